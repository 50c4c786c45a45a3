# ruff: noqa: E501 - in a table, a case is a line
"""Tasks that CloudFormation or Amazon ECS refuses, each beside one that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import line
from tests.pull.network.networks import EC2, NAT, OWN, changed, endpoint, ref, resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

RULES = (BY_ID["undeployable-task"], BY_ID["unverifiable-placement"])
SECTIONS: dict[str, Any] = {
    "Parameters": {
        "Free": {"Type": "String"},
        "Stage": {"Type": "String"},
        "Size": {"Type": "String", "AllowedValues": ["1024", "8192"]},
        "Usual": {"Type": "String", "Default": "512"},
        "Word": {"Type": "String", "AllowedValues": ["Allow", "Allows"]},
        "Whom": {"Type": "String", "AllowedValues": ["*", "text"]},
        "Range": {"Type": "String", "Default": "10.9.0.0/24"},
        "Names": {"Type": "CommaDelimitedList"},
        "Way": {"Type": "String", "AllowedValues": ["true", "false"]},
    },
    "Conditions": {
        "Prod": {"Fn::Equals": [ref("Stage"), "prod"]},
        "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
        "Live": {"Fn::And": [{"Condition": "Prod"}, {"Fn::Equals": [ref("Free"), "live"]}]},
    },
}
ON_FARGATE: Resources = changed(NAT, {"Task.RequiresCompatibilities": ["FARGATE"]})
ON_EC2: Resources = {**NAT, **EC2}
AWSVPC = {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]}}
CONTAINER = "Task.ContainerDefinitions.0"
AT = "Task.Properties"
AT_CONTAINER = f"{AT}.ContainerDefinitions[0]"
NETWORK = "Service.NetworkConfiguration"
NO_VALUE = ref("AWS::NoValue")
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
OWN_ROLE = resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [TRUST]})
AT_NETWORK = "Service.Properties.NetworkConfiguration"


def either(condition: str, yes: Any, no: Any = NO_VALUE) -> dict[str, Any]:
    return {"Fn::If": [condition, yes, no]}


def sub(text: str, **own: Any) -> dict[str, Any]:
    return {"Fn::Sub": [text, own] if own else text}


def under(condition: str, type_: str = "Logs::LogGroup", **properties: Any) -> dict[str, Any]:
    return {**resource(type_, **properties), "Condition": condition}


def logged(group: Any) -> dict[str, Any]:
    return {f"{CONTAINER}.Environment": [{"Name": "GROUP", "Value": group}]}


FILES = [{"Type": "s3", "Value": "arn:aws:s3:::app/a.env"}]
EFS = [{"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": "fs-0123456789abcdef0"}}]
OPTIONS = {"awslogs-group": "app", "awslogs-region": ref("AWS::Region"), "awslogs-stream-prefix": "app"}


def logs(**changes: Any) -> dict[str, Any]:
    options = {key: value for key, value in {**OPTIONS, **changes}.items() if value is not None}
    return {f"{CONTAINER}.LogConfiguration": {"LogDriver": "awslogs", "Options": options}}


def secret(name: str) -> dict[str, Any]:
    return {"Name": name, "ValueFrom": "/app/a"}


def circling(name: str) -> dict[str, Any]:
    return resource("Logs::LogGroup", LogGroupName=ref(name))


def refused(place: str, why: str) -> str:
    return f"undeployable-task {place}: {why}"


def unsure(place: str, why: str) -> str:
    return f"unverifiable-placement? {place}: cannot verify that AWS makes the task and its stacks: {why}"


def faulty(place: str, what: str) -> str:
    return refused(place, f"{what}: CloudFormation refuses the template")


A_ROLE = "the ARN or the name of an AWS::IAM::Role"
A_CLUSTER = "the ARN or the name of an AWS::ECS::Cluster"


def unmade(place: str, why: str) -> str:
    return refused(place, f"{why}: CloudFormation can't make the stack")


def unresolved(place: str, what: str) -> str:
    return refused(place, f"{place.partition('.')[0]} refers to {what}: CloudFormation refuses the template")


def mode(name: str) -> str:
    return refused(f"{AT}.NetworkMode", f"network mode is {name}, and AWS Fargate takes awsvpc only")


def case(resources: Resources, changes: Mapping[str, Any], *expected: str, id: str, **sections: Any) -> ParameterSet:
    return pytest.param(resources, changes, sections, expected, id=id)


NO_MEMORY = refused(f"{AT_CONTAINER}.Memory", "neither the task nor the container says how much memory it has")
NOT_ESSENTIAL = refused(f"{AT}.ContainerDefinitions", "no container of the task is essential")
SIDE_BY_SIDE = "LaunchType and CapacityProviderStrategy stand side by side, of which Amazon ECS takes one"
WITHOUT_NETWORK = "no network configuration, which a task of network mode awsvpc must have"
WITH_NETWORK = "a network configuration, which a task of network mode bridge may not have"
FARGATE_STRATEGY = [{"CapacityProvider": "FARGATE", "Weight": 1}]
GPU = [{"Type": "GPU", "Value": "1"}]
RULE = resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "a", "Arn": sub("arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:cluster/a"), "RoleArn": "arn:aws:iam::123456789012:role/a", "EcsParameters": {"TaskDefinitionArn": ref("Task"), "LaunchType": "FARGATE", "NetworkConfiguration": {"AwsVpcConfiguration": {"Subnets": [ref("Subnet")]}}}}])  # fmt: skip
EXPRESS: dict[str, Any] = {"Service": None, "Express": resource("ECS::ExpressGatewayService", InfrastructureRoleArn="arn:aws:iam::123456789012:role/a", TaskDefinitionArn=ref("Task"))}  # fmt: skip
MAIN_PORT = {"ContainerPort": 80, "Name": "http"}


def main(*ports: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    """The task definition of a service of Express Mode, and other properties of the service."""
    container = {"Name": "Main", "Image": OWN, "PortMappings": [*ports]}
    return {
        **EXPRESS,
        "Task.ContainerDefinitions": [container],
        **{f"Express.{key}": value for key, value in more.items()},
    }


PORT_OF_MAIN = "Task.Properties.ContainerDefinitions[0].PortMappings"
HANDED = resource("StepFunctions::StateMachine", RoleArn="arn:aws:iam::123456789012:role/a", DefinitionS3Location={"Bucket": "a", "Key": "b"}, DefinitionSubstitutions={"task": ref("Task")})  # fmt: skip
TARGET = "Service.Targets.0.EcsParameters"
AT_TARGET = "Service.Properties.Targets[0].EcsParameters"


def sized(cpu: Any, memory: Any) -> dict[str, Any]:
    return {"Task.Cpu": cpu, "Task.Memory": memory}


def no_size(mib: int, units: int, least: int, most: int) -> str:
    return refused(f"{AT}.Memory", f"AWS Fargate has no {mib} MiB with {units} CPU units; it has {least} to {most}")


DISCOVERED = {"Discovery": resource("ServiceDiscovery::Service", Name="web", DnsConfig={"NamespaceId": ref("Free"), "DnsRecords": [{"Type": "A", "TTL": 60}]})}  # fmt: skip
REGISTRY = [{"RegistryArn": {"Fn::GetAtt": ["Discovery", "Arn"]}}]


def limits(name: str, soft: Any, hard: Any) -> list[dict[str, Any]]:
    return [{"Name": name, "SoftLimit": soft, "HardLimit": hard}]


FIRST, IN = "Task.ContainerDefinitions.0", f"{AT}.ContainerDefinitions[0]"


def beside(**more: Any) -> dict[str, Any]:
    """Another container in the task."""
    return {"Task.ContainerDefinitions": [{"Name": "web", "Image": OWN}, {"Name": "beside", "Image": OWN, **more}]}


FARGATE = [
    case(ON_FARGATE, {}, id="task of AWS Fargate"),
    case(ON_FARGATE, {f"{FIRST}.LogConfiguration": {"LogDriver": "gelf"}}, refused(f"{IN}.LogConfiguration", "log driver is gelf, and AWS Fargate has awslogs, splunk, awsfirelens"), id="log driver of instances"),
    case(ON_FARGATE, {f"{FIRST}.LinuxParameters": {"Devices": [{"HostPath": "/dev/fuse"}]}}, refused(f"{IN}.LinuxParameters", "AWS Fargate gives out no devices"), id="device"),
    case(ON_FARGATE, {"Task.PidMode": "host"}, refused(f"{AT}.PidMode", "PidMode is host on AWS Fargate"), id="processes of the host"),
    case(ON_FARGATE, {"Task.PidMode": "task"}, id="processes of the task"),
    case(ON_FARGATE, {"Task.Volumes": [{"Name": "a", "Host": {"SourcePath": "/a"}}]}, refused(f"{AT}.Volumes", "a volume has a SourcePath on a host, and AWS Fargate has none"), id="volume of the host"),
    case(ON_FARGATE, {"Task.Volumes": [{"Name": "a", "Host": {}}]}, id="volume of the task"),
    case(ON_FARGATE, {"Task.Volumes": [{"Name": "a", "DockerVolumeConfiguration": {"Scope": "task"}}]}, refused(f"{AT}.Volumes", "AWS Fargate makes no volumes of Docker"), id="volume of Docker"),
    # what containers refer to
    case(ON_FARGATE, {"Service.PlacementConstraints": [{"Type": "distinctInstance"}]}, refused("Service.Properties.PlacementConstraints", "it has PlacementConstraints, and AWS Fargate places tasks without any"), id="constraint on AWS Fargate"),
    case(ON_FARGATE, {"Service.PlacementStrategies": [{"Type": "random"}]}, refused("Service.Properties.PlacementStrategies", "it has PlacementStrategies, and AWS Fargate places tasks without any"), id="strategy on AWS Fargate"),
    case(ON_EC2, {"Service.PlacementConstraints": [{"Type": "distinctInstance"}]}, id="constraint"),
    case(ON_EC2, {"Service.PlacementConstraints": [{"Type": "distinctInstance", "Expression": "a"}]}, refused("Service.Properties.PlacementConstraints[0]", "a constraint of type distinctInstance has an Expression"), id="constraint with an expression too much"),
    case(ON_EC2, {"Task.PlacementConstraints": [{"Type": "memberOf"}]}, refused(f"{AT}.PlacementConstraints[0]", "a constraint of type memberOf has no Expression"), id="constraint without an expression"),
    case(ON_EC2, {"Service.PlacementStrategies": [{"Type": "binpack", "Field": "MEMORY"}]}, id="strategy"),
    case(ON_EC2, {"Service.PlacementStrategies": [{"Type": "random"}]}, id="strategy without a field"),
    case(ON_EC2, {"Service.PlacementStrategies": [{"Type": "spread", "Field": "instanceId"}]}, id="strategy of instances"),
    case(ON_EC2, {"Service.PlacementStrategies": [{"Type": "binpack"}]}, unsure("Service.Properties.PlacementStrategies[0]", "a strategy of type binpack has no Field, which may not be taken"), id="strategy that lacks its field"),
    case(ON_EC2, {"Service.PlacementStrategies": [{"Type": "spread", "Field": "cpu"}]}, unsure("Service.Properties.PlacementStrategies[0]", "a strategy of type spread has Field cpu, which may not be taken"), id="strategy with the field of another"),
    case(ON_FARGATE, {"Service.DeploymentController": {"Type": "CODE_DEPLOY"}}, unsure("Service.Properties.DeploymentController", "AWS CodeDeploy controls its deployments, and takes services with a load balancer only"), id="AWS CodeDeploy without a load balancer"),
    case(ON_FARGATE, {"Service.DeploymentController": {"Type": "ECS"}}, id="deployments of Amazon ECS"),
    case(ON_FARGATE, {"Service.DeploymentConfiguration": {"Strategy": "ROLLING"}}, id="rolling deployments"),
    case(ON_FARGATE, {"Service.DeploymentConfiguration": {"Strategy": "CANARY"}}, unsure("Service.Properties.DeploymentConfiguration.Strategy", "its deployment strategy is CANARY, and it has no CanaryConfiguration"), id="another strategy of deployments"),
    case(ON_EC2, {f"{FIRST}.CredentialSpecs": ["file.json"]}, refused(f"{IN}.CredentialSpecs", "CredentialSpecs has 'file.json', and Amazon ECS takes what begins with credentialspec: or credentialspecdomainless:"), id="credential specification of no kind"),
    case(ON_EC2, {f"{FIRST}.DockerSecurityOptions": ["no-new-privileges"]}, id="security option"),
    case(ON_EC2, {f"{FIRST}.DockerSecurityOptions": ["seccomp"]}, unsure(f"{IN}.DockerSecurityOptions", "DockerSecurityOptions has 'seccomp', and Amazon ECS takes what begins with no-new-privileges or apparmor: or label: or credentialspec:"), id="another security option"),
    case(ON_FARGATE, {"Task.Volumes": [{"Host": {}}]}, unsure(f"{AT}.Volumes[0]", "a volume has no Name, by which containers could mount it"), id="volume without a name"),
    case(ON_FARGATE, {f"{FIRST}.Ulimits": limits("nofile", 1024, 65536)}, id="limit of open files"),
    case(ON_FARGATE, {f"{FIRST}.Ulimits": limits("nofile", 65536, 1024)}, refused(f"{IN}.Ulimits", "the soft limit of nofile is 65536, above the hard one of 1024"), id="soft limit above the hard one"),
    case(ON_FARGATE, {f"{FIRST}.Ulimits": limits("nofile", -1, 1024)}, refused(f"{IN}.Ulimits", "the soft limit of nofile is -1, above the hard one of 1024"), id="no soft limit below a hard one"),
    case(ON_FARGATE, {f"{FIRST}.Ulimits": limits("nofile", 1024, 2097152)}, unsure(f"{IN}.Ulimits", "limit nofile is 2097152, and Linux usually lets a process open 1048576 files"), id="more open files than Linux has"),
    case(ON_FARGATE, {f"{FIRST}.Ulimits": limits("nproc", 10, 10)}, unsure(f"{IN}.Ulimits", "limit nproc is set, and AWS Fargate is documented to take nofile alone"), id="another limit on AWS Fargate"),
    case(ON_EC2, {f"{FIRST}.Ulimits": limits("memlock", -1, -1)}, id="limits that are none"),
    case(ON_EC2, {f"{FIRST}.Ulimits": limits("files", 1, 1)}, unsure(f"{IN}.Ulimits", "limit files is 1 to 1, of which it is not known whether it is one"), id="limit that there is not"),
    case(ON_EC2, {f"{FIRST}.Ulimits": limits("nofile", ref("Free"), 1)}, unsure(f"{IN}.Ulimits", "limit nofile is ${Free} to 1, of which it is not known whether it is one"), id="limit that is not known"),
    case(ON_FARGATE, {"Task.EphemeralStorage": {"SizeInGiB": 21}}, id="least storage"),
    case(ON_FARGATE, {"Task.EphemeralStorage": {"SizeInGiB": 200}}, id="most storage"),
    case(ON_FARGATE, {"Task.EphemeralStorage": {"SizeInGiB": 20}}, refused(f"{AT}.EphemeralStorage", "EphemeralStorage is 20 GiB, and AWS Fargate takes 21 to 200"), id="too little storage"),
    case(ON_FARGATE, {"Task.EphemeralStorage": {"SizeInGiB": 201}}, refused(f"{AT}.EphemeralStorage", "EphemeralStorage is 201 GiB, and AWS Fargate takes 21 to 200"), id="too much storage"),
    case(ON_FARGATE, {"Task.EphemeralStorage": {"SizeInGiB": ref("Free")}}, unsure(f"{AT}.EphemeralStorage", "EphemeralStorage is ${Free} GiB, and AWS Fargate takes 21 to 200"), id="storage that is not known"),
    case(ON_EC2, {"Task.EphemeralStorage": {"SizeInGiB": 30}}, unsure(f"{AT}.EphemeralStorage", "EphemeralStorage is for tasks on AWS Fargate, and others may not take it"), id="storage of tasks on instances"),
    case(ON_FARGATE, {"Service.AvailabilityZoneRebalancing": "ENABLED"}, id="moved between zones"),
    case(ON_FARGATE, {"Service.AvailabilityZoneRebalancing": "ENABLED", "Service.DeploymentConfiguration": {"MaximumPercent": 100, "MinimumHealthyPercent": 0}}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: MaximumPercent must be above 100"), id="moved between zones with no task more than it has"),
    case(ON_FARGATE, {"Service.AvailabilityZoneRebalancing": ref("Free")}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: it is ${Free}"), id="whether it is moved is not known"),
    case(ON_EC2, {"Service.AvailabilityZoneRebalancing": "ENABLED", "Service.PlacementStrategies": [{"Type": "binpack", "Field": "MEMORY"}]}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: the first placement strategy does not spread over zones"), id="moved between zones, and packed"),
    case(ON_EC2, {"Service.AvailabilityZoneRebalancing": "ENABLED", "Service.PlacementStrategies": [{"Type": "spread", "Field": "attribute:ecs.availability-zone"}]}, id="moved between zones, and spread"),
    case(ON_EC2, {"Service.AvailabilityZoneRebalancing": "ENABLED", "Service.SchedulingStrategy": "DAEMON", "Service.CapacityProviderStrategy": None, "Service.LaunchType": "EC2"}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: SchedulingStrategy is DAEMON"), id="daemons moved between zones"),
    case(ON_FARGATE, {"Service.DeploymentController": {"Type": "EXTERNAL"}}, unsure("Service.Properties.DeploymentController", "its deployment controller is EXTERNAL, so that task sets start its tasks"), id="deployments of somebody else"),
    case(ON_EC2, {"Service.AvailabilityZoneRebalancing": "ENABLED", "Service.PlacementConstraints": [{"Type": "distinctInstance"}]}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: placement constraints may name a zone"), id="moved between zones, and constrained"),
    case(ON_EC2, {f"{CONTAINER}.PortMappings": [{"ContainerPort": 80}], "Service.AvailabilityZoneRebalancing": "ENABLED", "Service.LoadBalancers": [{"LoadBalancerName": "a", "ContainerName": "web", "ContainerPort": 80}]}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: a Classic Load Balancer is none for it"), id="moved between zones, with a Classic Load Balancer"),
    case(ON_EC2, {**DISCOVERED, "Service.ServiceRegistries": REGISTRY, "Task.NetworkMode": "bridge"}, unsure("Service.Properties.ServiceRegistries", "AWS Cloud Map may refuse its tasks: the network mode of the task is not awsvpc"), id="found by the address of its host"),
    case(ON_EC2, {"Task.RequiresCompatibilities": ["EXTERNAL"], "Service.AvailabilityZoneRebalancing": "ENABLED", "Service.LaunchType": "EXTERNAL", "Service.CapacityProviderStrategy": None}, unsure("Service.Properties.AvailabilityZoneRebalancing", "AvailabilityZoneRebalancing may be refused: LaunchType is EXTERNAL"), id="moved between zones, on machines of one's own"),
    case(ON_FARGATE, {**DISCOVERED, "Service.ServiceRegistries": REGISTRY}, id="found by address"),
    case(ON_FARGATE, {**DISCOVERED, "Discovery.DnsConfig.DnsRecords": [{"Type": "SRV", "TTL": 60}], "Service.ServiceRegistries": REGISTRY}, unsure("Service.Properties.ServiceRegistries", "AWS Cloud Map may refuse its tasks: the records of Discovery are not known to hold addresses alone"), id="found by port"),
    case(ON_FARGATE, {**DISCOVERED, "Service.ServiceRegistries": [{**REGISTRY[0], "Port": 80}]}, unsure("Service.Properties.ServiceRegistries", "AWS Cloud Map may refuse its tasks: it has Port, which is for records with a port"), id="found by address, with a port"),
    case(ON_FARGATE, {"Service.ServiceRegistries": [{"RegistryArn": ref("Free")}]}, unsure("Service.Properties.ServiceRegistries", "AWS Cloud Map may refuse its tasks: the registry is not a service of AWS Cloud Map in the templates"), id="registry that is not in the templates"),
    case(ON_FARGATE, {f"{FIRST}.DependsOn": [{"ContainerName": "ghost", "Condition": "START"}]}, refused(f"{IN}.DependsOn", "container 'web' depends on container 'ghost', which the task does not have"), id="dependency on nothing"),
    case(ON_FARGATE, {f"{FIRST}.DependsOn": [{"ContainerName": "web", "Condition": "START"}]}, refused(f"{IN}.DependsOn", "container 'web' depends on itself"), id="dependency on itself"),
    case(ON_FARGATE, {**beside(), f"{FIRST}.DependsOn": [{"ContainerName": "beside", "Condition": "START"}]}, id="dependency"),
    case(ON_FARGATE, {**beside(), f"{FIRST}.DependsOn": [{"ContainerName": "beside", "Condition": "HEALTHY"}]}, refused(f"{IN}.DependsOn", "container 'web' waits until 'beside' is healthy, which has no health check"), id="dependency on health that nobody checks"),
    case(ON_FARGATE, {**beside(HealthCheck={"Command": ["CMD", "a"]}), f"{FIRST}.DependsOn": [{"ContainerName": "beside", "Condition": "HEALTHY"}]}, id="dependency on health"),
    case(ON_FARGATE, {**beside(Name="web")}, refused(f"{AT}.ContainerDefinitions", "two containers are called 'web'"), id="one name twice"),
    case(ON_FARGATE, {**beside(Name=ref("Free"))}, id="name that is not known"),
    case(ON_FARGATE, {f"{FIRST}.VolumesFrom": [{"SourceContainer": "ghost"}]}, refused(f"{IN}.VolumesFrom", "container 'web' mounts from container 'ghost', which the task does not have"), id="volumes of no container"),
    case(ON_FARGATE, {f"{FIRST}.MountPoints": [{"SourceVolume": "a", "ContainerPath": "/a"}]}, refused(f"{IN}.MountPoints", "container 'web' mounts volume 'a', which the task does not have"), id="no volume"),
    case(ON_FARGATE, {f"{FIRST}.MountPoints": [{"SourceVolume": "a", "ContainerPath": "/a"}], "Task.Volumes": [{"Name": "a"}]}, id="volume"),
    case(ON_FARGATE, {f"{FIRST}.Secrets": [{"Name": "A", "ValueFrom": "/a"}], f"{FIRST}.Environment": [{"Name": "A", "Value": "a"}]}, refused(f"{IN}.Secrets", "container 'web' has secret 'A' beside another variable of that name"), id="secret of the name of a variable"),
    case(ON_FARGATE, {f"{FIRST}.Environment": [{"Name": "A", "Value": "a"}, {"Name": "A", "Value": "b"}]}, id="variable twice"),
    case(ON_FARGATE, {f"{FIRST}.Secrets": [{"Name": "A"}]}, refused(f"{IN}.Secrets", "container 'web' has secret 'A' without ValueFrom"), id="secret from nowhere"),
    case(ON_FARGATE, {f"{FIRST}.EnvironmentFiles": [{"Type": "http", "Value": "arn:aws:s3:::a/a.env"}]}, refused(f"{IN}.EnvironmentFiles", "container 'web' has EnvironmentFiles.Type http; Amazon ECS takes s3"), id="environment file that is not in Amazon S3"),
    case(ON_FARGATE, {f"{FIRST}.FirelensConfiguration": {"Type": "vector"}}, refused(f"{IN}.FirelensConfiguration", "container 'web' has FirelensConfiguration.Type vector; Amazon ECS takes fluentd and fluentbit"), id="router of another kind"),
    case(ON_FARGATE, {"Service.LoadBalancers": [{"ContainerName": "ghost", "ContainerPort": 80}]}, refused("Service.Properties.LoadBalancers", "a load balancer sends to container 'ghost', which the task does not have"), id="load balancer of no container"),
    case(ON_FARGATE, {"Task.NetworkMode": "bridge"}, mode("bridge"), id="network mode of its own"),
    case(ON_FARGATE, {"Task.NetworkMode": "host"}, mode("host"), id="network mode of the host"),
    case(ON_FARGATE, {"Task.NetworkMode": None}, mode("bridge"), id="no network mode"),
    case(ON_FARGATE, {"Task.NetworkMode": ref("Free")}, unsure(f"{AT}.NetworkMode", "network mode is ${Free}, and AWS Fargate takes awsvpc only"), id="network mode that is not known"),
    case(ON_FARGATE, {"Task.NetworkMode": either("Prod", "host", "awsvpc")}, mode("host"), id="network mode under a condition"),
    case(ON_FARGATE, sized("256", "2048"), id="largest memory"),
    case(ON_FARGATE, sized("256", "3072"), no_size(3072, 256, 512, 2048), id="memory too large"),
    case(ON_FARGATE, sized("1024", "1024"), no_size(1024, 1024, 2048, 8192), id="memory too small"),
    case(ON_FARGATE, sized("8192", "20480"), id="memory in steps of 4 GB"),
    case(ON_FARGATE, sized("8192", "18432"), no_size(18432, 8192, 16384, 61440), id="memory between steps"),
    case(ON_FARGATE, sized(256, 512), id="sizes as numbers"),
    case(ON_FARGATE, sized("0.25 vCPU", "0.5 GB"), id="sizes in words"),
    case(ON_FARGATE, sized("1vcpu", "2gb"), id="sizes in words without spaces"),
    case(ON_FARGATE, sized(".25 vCPU", "0.5GB"), id="size without its zero"),
    case(ON_FARGATE, sized("1 vCPU", "1 GB"), no_size(1024, 1024, 2048, 8192), id="memory in words too small"),
    case(ON_FARGATE, sized("300", "512"), refused(f"{AT}.Cpu", "AWS Fargate has no 300 CPU units; it has 256, 512, 1024, 2048, 4096, 8192, 16384"), id="CPU between sizes"),
    case(ON_FARGATE, sized("32768", "65536"), unsure(f"{AT}.Cpu", "AWS Fargate is not known to have 32768 CPU units; it has 256, 512, 1024, 2048, 4096, 8192, 16384"), id="CPU above all sizes that are known here"),
    case(ON_FARGATE, sized("256x", "512"), refused(f"{AT}.Cpu", "Cpu is 256x, of which AWS Fargate has certain sizes only"), id="CPU that is no size"),
    case(ON_FARGATE, {"Task.Cpu": None}, refused(f"{AT}.Cpu", "the task has no Cpu, which AWS Fargate asks for"), id="no CPU"),
    case(ON_FARGATE, {"Task.Memory": None}, refused(f"{AT}.Memory", "the task has no Memory, which AWS Fargate asks for"), id="no memory"),
    case(ON_FARGATE, sized("256", ref("Free")), unsure(f"{AT}.Memory", "Memory is ${Free}, of which AWS Fargate has certain sizes only"), id="memory that is not known"),
    case(ON_FARGATE, sized("256", ref("Usual")), id="memory by default"),
    case(ON_FARGATE, sized("256", ref("Size")), no_size(8192, 256, 512, 2048), id="memory of allowed values"),
    case(ON_FARGATE, sized("1024", either("Prod", "2048", "8192")), id="memory under a condition, both in size"),
    case(ON_FARGATE, sized(either("Prod", "1024", "256"), either("Prod", "8192", "512")), id="sizes that belong together"),
    case(ON_FARGATE, {f"{CONTAINER}.Privileged": True}, refused(f"{AT_CONTAINER}.Privileged", "Privileged is true, and AWS Fargate runs no privileged container"), id="privileged container"),
    case(ON_FARGATE, {f"{CONTAINER}.Privileged": False}, id="container that is not privileged"),
    case(ON_FARGATE, {f"{CONTAINER}.Privileged": ref("Free")}, unsure(f"{AT_CONTAINER}.Privileged", "Privileged is ${Free}, and AWS Fargate runs no privileged container"), id="container that may be privileged"),
    case(ON_FARGATE, {f"{CONTAINER}.ResourceRequirements": GPU}, refused(f"{AT_CONTAINER}.ResourceRequirements", "AWS Fargate has no GPU"), id="GPU"),
    case(ON_FARGATE, {f"{CONTAINER}.ResourceRequirements": [{"Type": "InferenceAccelerator", "Value": "a"}]}, id="no GPU"),
    case(ON_FARGATE, {"Service": None, "Task.NetworkMode": "host"}, mode("host"), id="definition for AWS Fargate that nothing runs"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": None, "Task.NetworkMode": "host"}, mode("host"), id="launch type of AWS Fargate, and network mode of the host"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": ["EC2", "FARGATE"]}, id="definition for both"),
    case(ON_FARGATE, main(MAIN_PORT), id="definition of Express Mode"),
    case(ON_FARGATE, {**main(MAIN_PORT), "Task.Cpu": "8192", "Task.Memory": "16384"}, unsure("Task.Properties.Cpu", "8192 CPU units and 16384 MiB are more or less than is documented for Express Mode"), id="large definition of Express Mode"),
    case(ON_FARGATE, EXPRESS, refused("Task.Properties.ContainerDefinitions", "the task has no container Main, which Express Mode asks for"), id="definition without a main container by Express Mode"),
    case(ON_FARGATE, {**EXPRESS, "Task.ContainerDefinitions": [{"Name": ref("Free"), "Image": OWN}]}, unsure("Task.Properties.ContainerDefinitions", "the task has no container Main, which Express Mode asks for"), id="definition whose container is named at deployment by Express Mode"),
    case(ON_FARGATE, main(), refused(PORT_OF_MAIN, "container Main maps 0 ports, and Express Mode asks for one"), id="definition without a port by Express Mode"),
    case(ON_FARGATE, main(MAIN_PORT, {"ContainerPort": 81, "Name": "admin"}), refused(PORT_OF_MAIN, "container Main maps 2 ports, and Express Mode asks for one"), id="definition with two ports by Express Mode"),
    case(ON_FARGATE, main({"ContainerPort": 80}), refused(f"{PORT_OF_MAIN}[0]", "the port of container Main has no Name, which Express Mode asks for"), id="definition with a port without a name by Express Mode"),
    case(ON_FARGATE, main({**MAIN_PORT, "Protocol": "udp"}), refused(f"{PORT_OF_MAIN}[0]", "the port of container Main is of udp, and Express Mode asks for tcp"), id="definition with a port of UDP by Express Mode"),
    case(ON_FARGATE, {**main(MAIN_PORT), "Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "Task.Cpu": "1024", "Task.Memory": "2048"}, refused("Task.Properties.RuntimePlatform", "the task is for WINDOWS_SERVER_2022_CORE, and tasks of Express Mode are for LINUX"), id="definition for Windows by Express Mode"),
    *(case(ON_FARGATE, main(MAIN_PORT, **{key: value}), refused("Express.Properties.TaskDefinitionArn", f"TaskDefinitionArn and {key} stand side by side, of which Amazon ECS takes one"), id=f"definition beside {key} of Express Mode") for key, value in {"Cpu": "256", "Memory": "512", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/a", "TaskRoleArn": "arn:aws:iam::123456789012:role/a"}.items()),
    case(ON_FARGATE, main(MAIN_PORT, ScalingTarget={"MinTaskCount": 2}), unsure("Express.Properties.ScalingTarget", "it is scaled to 2 tasks at least, and has no MaxTaskCount, which is then 1 in the schema"), id="more tasks than Express Mode has by default"),
    case(ON_FARGATE, {**EXPRESS, "Task.RequiresCompatibilities": ["EC2"]}, refused(f"{AT}.RequiresCompatibilities", "the task definition is for EC2, and not for FARGATE"), id="definition for EC2 by Express Mode"),
    case(ON_FARGATE, {**EXPRESS, "Task.NetworkMode": "bridge"}, refused(f"{AT}.NetworkMode", "network mode is bridge, and AWS Fargate takes awsvpc only"), id="definition without an own network by Express Mode"),
    case(ON_FARGATE, {"Service.ServiceName": "my service"}, unsure("Service.Properties.ServiceName", "ServiceName of Service is 'my service', which has not the form that is known for it"), id="name of a service of another form"),
    case(ON_FARGATE, main(MAIN_PORT, ServiceName="my service"), unsure("Express.Properties.ServiceName", "ServiceName of Express is 'my service', which has not the form that is known for it"), id="name of a service of Express Mode of another form"),
    case(ON_FARGATE, main(MAIN_PORT, HealthCheckPath="ping"), unsure("Express.Properties.HealthCheckPath", "HealthCheckPath of Express is 'ping', which has not the form that is known for it"), id="path of a health check of Express Mode without a slash"),
    case(ON_FARGATE, main(MAIN_PORT, HealthCheckPath="/ping"), id="path of a health check of Express Mode"),
    case(ON_FARGATE, {"Express": resource("ECS::ExpressGatewayService", InfrastructureRoleArn="arn:aws:iam::123456789012:role/a", ExecutionRoleArn="arn:aws:iam::123456789012:role/a", PrimaryContainer={"Image": OWN, "ContainerPort": 70000})}, faulty("Express.Properties.PrimaryContainer.ContainerPort", "PrimaryContainer.ContainerPort of Express is 70000, and must be at most 65535"), id="port of Express Mode that there is none of"),
    case(ON_FARGATE, {"Express": resource("ECS::ExpressGatewayService", InfrastructureRoleArn="arn:aws:iam::123456789012:role/a", TaskDefinitionArn="another")}, id="another definition of Express Mode"),
    case(ON_EC2, {"Task.RequiresCompatibilities": ["MANAGED_INSTANCES"]}, unsure(f"{AT}.RequiresCompatibilities", "the task definition is for MANAGED_INSTANCES alone, which is not known to be taken on EC2"), id="definition for Managed Instances on EC2"),
    case(ON_EC2, {"Task.RequiresCompatibilities": ["MANAGED_INSTANCES", "EC2"]}, id="definition for Managed Instances and EC2 on EC2"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": ["EC2"]}, refused(f"{AT}.RequiresCompatibilities", "the task definition is for EC2, and not for FARGATE"), id="definition for EC2 on AWS Fargate"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": [ref("Free")]}, id="definition for what is not known"),
]  # fmt: skip

TASKS = [
    case(ON_EC2, {}, id="task on container instances"),
    case(ON_EC2, {f"{CONTAINER}.Memory": None}, NO_MEMORY, id="no memory on container instances"),
    case(ON_EC2, {f"{CONTAINER}.Memory": None, f"{CONTAINER}.MemoryReservation": 128}, id="memory reserved"),
    case(ON_EC2, {f"{CONTAINER}.Memory": None, "Task.Memory": "512"}, id="memory of the task"),
    case(ON_EC2, {f"{CONTAINER}.Memory": ref("Free")}, id="memory of the container that is not known"),
    case(ON_EC2, {f"{CONTAINER}.Memory": None, "Task.Memory": either("Prod", "512")}, NO_MEMORY, id="memory of the task under a condition"),
    case(ON_EC2, {f"{CONTAINER}.Memory": None, "Task.RequiresCompatibilities": ["EC2", "MANAGED_INSTANCES"]}, id="no memory on managed instances"),
    case(ON_EC2, {f"{CONTAINER}.Essential": False}, NOT_ESSENTIAL, id="no essential container"),
    case(ON_EC2, {"Task.ContainerDefinitions": [{"Name": "a", "Image": "a", "Memory": 4}, {"Name": "b", "Image": "a", "Memory": 4, "Essential": False}]}, id="one of two containers is essential"),
    case(ON_EC2, {f"{CONTAINER}.Essential": ref("Free")}, id="container that may be essential"),
    case(ON_EC2, {f"{CONTAINER}.MountPoints": [{"SourceVolume": "data"}], "Task.Volumes": [{"Name": ref("Free")}]}, id="mount of a volume that is known only at deployment"),
    case(ON_EC2, {f"{CONTAINER}.MountPoints": [{"SourceVolume": "data"}], "Task.Volumes": either("Prod", [{"Name": "data"}])}, refused(f"{AT_CONTAINER}.MountPoints", "container 'web' mounts volume 'data', which the task does not have"), id="mount of a volume under a condition"),
    case(ON_EC2, {f"{CONTAINER}.Secrets": [secret("A"), secret("A")]}, refused(f"{AT_CONTAINER}.Secrets", "container 'web' has secret 'A' beside another variable of that name"), id="two secrets of one name"),
    case(ON_EC2, {f"{CONTAINER}.Secrets": [secret("A")], f"{CONTAINER}.Environment": [{"Name": "B", "Value": "a"}, {"Name": "B", "Value": "b"}]}, id="secret and variables of other names"),
    case(ON_EC2, {f"{CONTAINER}.EnvironmentFiles": FILES * 11}, refused(f"{AT}.ContainerDefinitions", "the task has 11 environment files, and may have 10"), id="eleven environment files"),
    case(ON_EC2, {f"{CONTAINER}.EnvironmentFiles": FILES * 10}, id="ten environment files"),
    # references to resources of another type
    *(case(ON_EC2, {f"Task.{key}": ref("Vpc")}, faulty(f"{AT}.{key}", f"{key} of Task refers to Vpc, the id of an AWS::EC2::VPC, where it must be {A_ROLE}"), id=f"{key} of a VPC") for key in ("TaskRoleArn", "ExecutionRoleArn")),
    case(ON_EC2, {"Task.TaskRoleArn": ref("Own"), "Own": OWN_ROLE}, id="role by its name"),
    case(ON_EC2, {"Task.TaskRoleArn": {"Fn::GetAtt": ["Own", "Arn"]}, "Own": OWN_ROLE}, id="role by its ARN"),
    case(ON_EC2, {"Task.TaskRoleArn": ref("Own"), "Own": resource("IAM::InstanceProfile", Roles=["a"])}, unsure(f"{AT}.TaskRoleArn", f"TaskRoleArn of Task refers to Own, the name of an AWS::IAM::InstanceProfile, where it must be {A_ROLE}"), id="name of an instance profile for a role"),
    case(ON_EC2, {"Task.TaskRoleArn": {"Fn::GetAtt": ["Own", "Arn"]}, "Own": {"Type": "Custom::Role", "Properties": {"ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:a"}}}, id="role by a custom resource"),
    case(ON_EC2, {"Task.Cpu": "300", "Task.Memory": "700"}, id="any size on container instances"),
    case(ON_EC2, {f"{CONTAINER}.Privileged": True, "Task.RequiresCompatibilities": ["EC2"]}, id="privileged container on container instances"),
]  # fmt: skip

RUNNERS = [
    case(ON_FARGATE, {"Service.CapacityProviderStrategy": FARGATE_STRATEGY}, refused("Service.Properties.LaunchType", SIDE_BY_SIDE), id="launch type beside a strategy"),
    case(ON_FARGATE, {"Service.CapacityProviderStrategy": FARGATE_STRATEGY, "Service.LaunchType": None}, id="strategy alone"),
    case(ON_FARGATE, {"Service.CapacityProviderStrategy": either("Prod", FARGATE_STRATEGY), "Service.LaunchType": either("Prod", ref("AWS::NoValue"), "FARGATE")}, id="strategy or launch type"),
    case(ON_FARGATE, {"Service.CapacityProviderStrategy": either("Prod", FARGATE_STRATEGY)}, refused("Service.Properties.LaunchType", SIDE_BY_SIDE), id="strategy under a condition beside a launch type"),
    case(ON_FARGATE, {"Service.CapacityProviderStrategy": []}, id="empty strategy beside a launch type"),
    case(ON_FARGATE, {"Service.Cluster": ref("Subnet")}, faulty("Service.Properties.Cluster", f"Cluster of Service refers to Subnet, the id of an AWS::EC2::Subnet, where it must be {A_CLUSTER}"), id="subnet for a cluster"),
    case(ON_FARGATE, {"Service.Cluster": ref("Repo"), "Repo": resource("ECR::Repository")}, unsure("Service.Properties.Cluster", f"Cluster of Service refers to Repo, the name of an AWS::ECR::Repository, where it must be {A_CLUSTER}"), id="name of a repository for a cluster"),
    case(ON_FARGATE, {"Service.Cluster": ref("Own"), "Own": resource("ECS::Cluster")}, id="cluster"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration.Subnets": [ref("Vpc")]}, faulty(f"{AT_NETWORK}.AwsvpcConfiguration.Subnets[0]", "NetworkConfiguration.AwsvpcConfiguration.Subnets[0] of Service refers to Vpc, the id of an AWS::EC2::VPC, where it must be the id of an AWS::EC2::Subnet"), id="VPC for a subnet"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration.SecurityGroups": [ref("Subnet")]}, faulty(f"{AT_NETWORK}.AwsvpcConfiguration.SecurityGroups[0]", "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups[0] of Service refers to Subnet, the id of an AWS::EC2::Subnet, where it must be the id of an AWS::EC2::SecurityGroup"), id="subnet for a security group"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration.SecurityGroups": [{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}]}, id="default security group of a VPC"),
    # platform versions
    *(case(ON_FARGATE, {"Service.PlatformVersion": version}, id=f"platform version {version}") for version in ("LATEST", "1.4.0", "1.3.0")),
    case(ON_FARGATE, {"Service.PlatformVersion": "latest"}, refused("Service.Properties.PlatformVersion", "platform version latest is none that is known of AWS Fargate for LINUX: LATEST, 1.4.0, 1.3.0"), id="platform version in another spelling"),
    case(ON_FARGATE, {"Service.PlatformVersion": "1.5.0"}, unsure("Service.Properties.PlatformVersion", "platform version 1.5.0 is none that is known of AWS Fargate for LINUX: LATEST, 1.4.0, 1.3.0"), id="platform version that may be a newer one"),
    case(ON_FARGATE, {"Service.PlatformVersion": ref("Free")}, id="platform version known only at deployment"),
    case(ON_FARGATE, {**sized("1024", "2048"), "Service.PlatformVersion": "1.0.0", "Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, id="platform version of Windows"),
    case(ON_FARGATE, {"Service.PlatformVersion": "1.3.0", "Task.Volumes": EFS}, refused("Service.Properties.PlatformVersion", "platform version 1.3.0 of AWS Fargate mounts no file system of Amazon EFS, which takes 1.4.0"), id="file system on platform version 1.3.0"),
    case(ON_FARGATE, {"Service.PlatformVersion": "1.4.0", "Task.Volumes": EFS}, id="file system on platform version 1.4.0"),
    # log options
    *(case(ON_FARGATE, logs(**{key: None}), refused(f"{AT_CONTAINER}.LogConfiguration", f"log driver awslogs has no option {key}, which it must have on AWS Fargate"), id=f"no option {key}") for key in OPTIONS),
    case(ON_FARGATE, logs(), id="all options of awslogs"),
    case(ON_EC2, logs(**{"awslogs-stream-prefix": None}), id="no prefix of log streams on container instances"),
    case(ON_FARGATE, {f"{CONTAINER}.LogConfiguration": {"LogDriver": "awslogs", "Options": ref("Free")}}, id="log options known only at deployment"),
    case(ON_FARGATE, {NETWORK: None}, refused(AT_NETWORK, WITHOUT_NETWORK), id="no network configuration"),
    case(ON_FARGATE, {NETWORK: either("Prod", AWSVPC)}, refused(AT_NETWORK, WITHOUT_NETWORK), id="network configuration under a condition"),
    case(ON_EC2, {"Task.NetworkMode": "awsvpc"}, refused(AT_NETWORK, WITHOUT_NETWORK), id="no network configuration on container instances"),
    case(ON_EC2, {"Task.NetworkMode": "awsvpc", NETWORK: AWSVPC}, id="network configuration on container instances"),
    case(ON_EC2, {NETWORK: AWSVPC}, refused(AT_NETWORK, WITH_NETWORK), id="network configuration without an interface of its own"),
    case(ON_EC2, {NETWORK: AWSVPC, "Task.NetworkMode": ref("Free")}, unsure(AT_NETWORK, "a network configuration is for network mode awsvpc alone, and the mode is ${Free}"), id="network configuration for a mode that is not known"),
    case(ON_EC2, {NETWORK: either("Prod", AWSVPC), "Task.NetworkMode": either("Prod", "awsvpc")}, id="network configuration that belongs to the mode"),
    case(ON_FARGATE, {"Service": RULE}, id="rule on AWS Fargate"),
    case(ON_FARGATE, {"Service": RULE, f"{TARGET}.NetworkConfiguration": None}, refused(f"{AT_TARGET}.NetworkConfiguration", WITHOUT_NETWORK), id="rule without network configuration"),
    case(ON_FARGATE, {"Service": HANDED}, id="state machine whose definition is not in the template"),
    case(ON_FARGATE, {"Service": RULE, f"{TARGET}.CapacityProviderStrategy": FARGATE_STRATEGY}, refused(f"{AT_TARGET}.LaunchType", SIDE_BY_SIDE), id="rule with launch type and strategy"),
]  # fmt: skip

GONE = unresolved(AT, "Gone, which is not in the template")
NOT_MADE = unresolved(AT, "Group, which is not made there")
LOOP = {
    "Fn::ForEach::Groups": ["Name", ["A", "B"], {"Group${Name}": resource("Logs::LogGroup", LogGroupName=ref("Name"))}]
}
OPEN_LOOP = {"Fn::ForEach::Groups": ["Name", ref("Names"), {"Group${Name}": resource("Logs::LogGroup", LogGroupName=ref("Name"))}]}  # fmt: skip
LANGUAGE = "AWS::LanguageExtensions"
REFERENCES = [
    case(ON_FARGATE, logged(ref("Gone")), GONE, id="reference to what is not there"),
    case(ON_FARGATE, logged({"Fn::GetAtt": ["Gone", "Arn"]}), GONE, id="attribute of what is not there"),
    case(ON_FARGATE, logged({"Fn::GetAtt": "Gone.Arn"}), GONE, id="attribute as a text of what is not there"),
    case(ON_FARGATE, logged(sub("a ${Gone} b")), GONE, id="text with what is not there"),
    case(ON_FARGATE, logged(sub("a ${Gone.Arn} b")), GONE, id="text with an attribute of what is not there"),
    case(ON_FARGATE, logged(sub("a ${ROOT_DIR} b")), unresolved(AT, "ROOT_DIR, which is not in the template"), id="variable of a shell in a text"),
    case(ON_FARGATE, logged(sub("a ${!Gone} b")), id="text with what stays as it is"),
    case(ON_FARGATE, logged(sub("a ${Own} b", Own=ref("Free"))), id="text with a value of its own"),
    case(ON_FARGATE, logged(sub("a ${Own} b", Own=ref("Gone"))), GONE, id="text with a value of its own that is not there"),
    case(ON_FARGATE, logged(sub("${AWS::Region} ${AWS::StackName} ${Free} ${Vpc} ${Vpc.CidrBlock}")), id="text with what is there"),
    case(ON_FARGATE, logged(either("Prod", ref("Gone"), "a")), GONE, id="reference that no world reads, and CloudFormation does"),
    case(ON_FARGATE, {"Far": under("Prod", SecretName=ref("Gone"))}, unresolved("Far.Properties", "Gone, which is not in the template"), id="reference of another resource"),
    case(ON_FARGATE, {"Service": {**ON_FARGATE["Service"], "DependsOn": "Gone"}}, unresolved("Service.DependsOn", "Gone, which is not in the template"), id="dependency on what is not there"),
    case(ON_FARGATE, {"Service": {**ON_FARGATE["Service"], "DependsOn": "Free"}}, unresolved("Service.DependsOn", "Free, which is not in the template"), id="dependency on a parameter"),
    case(ON_FARGATE, {"A": circling("B"), "B": circling("A")}, unresolved("A.Properties", "B, which leads back to it"), id="circle"),
    case(ON_FARGATE, {"A": circling("A")}, unresolved("A.Properties", "A, which leads back to it"), id="reference of a resource to itself"),
    case(ON_FARGATE, {"A": circling("B"), "B": {**resource("Logs::LogGroup"), "DependsOn": "A"}}, unresolved("A.Properties", "B, which leads back to it"), id="circle by a dependency"),
    case(ON_FARGATE, {"A": circling("B"), "B": resource("Logs::LogGroup", LogGroupName=either("Prod", ref("A"), "b"))}, unresolved("A.Properties", "B, which leads back to it"), id="circle under a condition"),
    case(ON_FARGATE, {"A": resource("Logs::LogGroup", LogGroupName=either("NotProd", ref("B"), "a")), "B": resource("Logs::LogGroup", LogGroupName=either("Prod", ref("A"), "b"))}, id="circle under conditions that never hold together"),
    case(ON_FARGATE, {"A": circling("B"), "B": circling("Vpc")}, id="chain"),
    case(ON_FARGATE, {}, unsure(AT, "rule Asserts of template may refuse the values of its parameters"), id="rules of the template", Rules={"Asserts": {"Assertions": [{"Assert": {"Fn::Equals": [ref("Free"), "a"]}}]}}),
    case(ON_FARGATE, {}, id="rule of CDK", Rules={"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Equals": [ref("Free"), "a"]}}]}}),
    *(case(ON_FARGATE, {**logged(f"{{{{resolve:ssm:/{name}}}}}"), "Kept": resource("SSM::Parameter", Name="/kept", Type="String", Value="a")}, *expected, id=f"dynamic reference to {name}") for name, expected in (
        ("kept", ()), ("kept:1", ()), ("other:99", ()),
        ("kept:99", (unsure(AT, "Task refers to version 99 of parameter /kept, which is made there and begins with version 1"),)),
    )),
    case(ON_FARGATE, {"Service": {**ON_FARGATE["Service"], "DependsOn": ["Vpc", "Gone"]}}, unresolved("Service.DependsOn", "Gone, which is not in the template"), id="one of the dependencies is not there"),
    case(ON_FARGATE, {"Service": {**ON_FARGATE["Service"], "DependsOn": ["Vpc", "Group"]}, "Group": under("Prod")}, id="dependency on what may not be made"),
    case(ON_FARGATE, {}, refused(AT, "Outputs.Out of template refers to Gone, which is not in the template: CloudFormation refuses the template"), id="output of what is not there", Outputs={"Out": {"Value": ref("Gone")}}),
    case(ON_FARGATE, {}, id="output of what is there", Outputs={"Out": {"Value": ref("Vpc")}, "Other": {"Value": ref("Free")}}),
    # conditions
    case(ON_FARGATE, {**logged(ref("Group")), "Group": under("Prod")}, NOT_MADE, id="reference to what may not be made"),
    case(ON_FARGATE, {**logged(sub("${Group.Arn}")), "Group": under("Prod")}, NOT_MADE, id="text with what may not be made"),
    case(ON_FARGATE, {**logged(either("Prod", ref("Group"), "a")), "Group": under("Prod")}, id="reference under the same condition"),
    case(ON_FARGATE, {**logged(either("NotProd", "a", ref("Group"))), "Group": under("Prod")}, id="reference under the opposite of its opposite"),
    case(ON_FARGATE, {**logged(either("Live", ref("Group"), "a")), "Group": under("Prod")}, id="reference under a narrower condition"),
    case(ON_FARGATE, {**logged(either("Prod", ref("Group"), "a")), "Group": under("Live")}, NOT_MADE, id="reference under a wider condition"),
    case(ON_FARGATE, {"Far": under("Prod", LogGroupName=ref("Group")), "Group": under("Prod")}, id="resource under the same condition"),
    case(ON_FARGATE, {"Far": under("NotProd", LogGroupName=ref("Group")), "Group": under("Prod")}, unresolved("Far.Properties", "Group, which is not made there"), id="resource under the opposite condition"),
    case(ON_FARGATE, {"Group": under("Prod")}, id="output under the same condition", Outputs={"Out": {"Value": ref("Group"), "Condition": "Prod"}}),
    case(ON_FARGATE, {"Group": under("Prod")}, refused(AT, "Outputs.Out of template refers to Group, which is not made there: CloudFormation refuses the template"), id="output of what may not be made", Outputs={"Out": {"Value": ref("Group")}}),
    # what adds names at deployment
    case({**ON_FARGATE, **LOOP}, logged(ref("GroupA")), id="reference to what a loop makes", Transform=LANGUAGE),
    case({**ON_FARGATE, **LOOP}, logged(ref("GroupC")), unresolved(AT, "GroupC, which is not in the template"), id="reference to what a loop does not make", Transform=LANGUAGE),
    case({**ON_FARGATE, **OPEN_LOOP}, logged(ref("GroupC")), id="reference to what a loop may make", Transform=LANGUAGE),
    case(ON_FARGATE, {}, id="output of what a loop may make", Transform=LANGUAGE, Outputs={"Fn::ForEach::Groups": ["Name", ref("Names"), {"Out${Name}": {"Value": ref("Name")}}]}),
    case(ON_FARGATE, {f"{CONTAINER}.DockerLabels": {"Fn::ForEach::Labels": ["Name", ref("Names"), {"Label${Name}": ref("Name")}]}}, id="loop over labels that are not known", Transform=LANGUAGE),
    case(ON_FARGATE, {f"{CONTAINER}.DockerLabels": {"Fn::ForEach::Labels": ["Name", ["A"], {"Label${Name}": ref("Name")}]}}, id="loop over labels", Transform=LANGUAGE),
    case(ON_FARGATE, logged(ref("Gone")), id="macro", Transform="Ours"),
    case(ON_FARGATE, logged(ref("Gone")), id="transform for serverless applications", Transform="AWS::Serverless-2016-10-31"),
    case(ON_FARGATE, logged(ref("Gone")), id="resources that are included", **{"Fn::Transform": {"Name": "AWS::Include"}}),
    case(ON_FARGATE, {**logged(ref("Gone")), "Fn::Transform": {"Name": "AWS::Include"}}, id="included among the resources"),
    case(ON_FARGATE, {**logged({"Fn::GetAtt": ["Part.Gone", "Arn"]}), "Part": {"Type": "Ours::Part::One::MODULE"}}, id="module"),
    case(ON_FARGATE, {**logged(ref("Group")), "Group": under("Prod")}, NOT_MADE, id="what may not be made, beside a transform", Transform="AWS::Serverless-2016-10-31"),
]  # fmt: skip


SOURCES = "CidrIp or CidrIpv6 or DestinationSecurityGroupId or DestinationPrefixListId"
AT_EGRESS = "TaskGroup.Properties.SecurityGroupEgress[0]"
NO_DESCRIPTION = faulty("TaskGroup.Properties", "TaskGroup has no GroupDescription")
NO_LIST = faulty(f"{AT}.RequiresCompatibilities", "RequiresCompatibilities of Task is a text, where it must be a list")


STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def of_lambda(service: Any = "lambda.amazonaws.com") -> dict[str, Any]:
    """A role of a function."""
    trust = {**TRUST, "Principal": {"Service": service}}
    return resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]})


def flow_log(of: Any, **more: Any) -> dict[str, Any]:
    own = {"LogGroupName": "a", "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/a", "TrafficType": "ALL"}
    return resource("EC2::FlowLog", ResourceType="VPC", ResourceId=of, **{**own, **more})


def function(**more: Any) -> dict[str, Any]:
    return resource("Lambda::Function", Code={"ZipFile": "a"}, Handler="a", Runtime="python3.13", **more)


FORMS = [
    case(ON_FARGATE, {"TaskGroup.GroupDescription": None}, NO_DESCRIPTION, id="property that is not there"),
    case(ON_FARGATE, {"TaskGroup.GroupDescription": either("Prod", "a")}, NO_DESCRIPTION, id="property that is not there under a condition"),
    case(ON_FARGATE, {"TaskGroup.GroupDescription": either("Prod", "a", "b")}, id="property that is there under any condition"),
    case(ON_FARGATE, {"Other": under("Prod", "EC2::SecurityGroup", VpcId=ref("Vpc"))}, faulty("Other.Properties", "Other has no GroupDescription"), id="resource under a condition without a property"),
    case(ON_FARGATE, {"Other": under("Prod", "EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription=either("Prod", "a"))}, id="property that is there wherever its resource is"),
    case(ON_FARGATE, {"Subnet.CidrBlock": None}, faulty("Subnet.Properties", "Subnet has none of CidrBlock or Ipv4IpamPoolId or Ipv6IpamPoolId or Ipv6CidrBlock"), id="none of some properties"),
    case(ON_FARGATE, {"TaskGroup.SecurityGroupEgress.0.CidrIpv6": "::/0"}, faulty(AT_EGRESS, f"SecurityGroupEgress[0] of TaskGroup has CidrIp and CidrIpv6, and must have one of {SOURCES}"), id="two of some properties"),
    case(ON_FARGATE, {"TaskGroup.SecurityGroupEgress.0.CidrIpv6": either("Prod", "::/0"), "TaskGroup.SecurityGroupEgress.0.CidrIp": either("Prod", NO_VALUE, "0.0.0.0/0")}, id="one of some properties under any condition"),
    case(ON_FARGATE, {"Subnet.AvailabilityZone": "a", "Subnet.AvailabilityZoneId": "b"}, faulty("Subnet.Properties", "Subnet has AvailabilityZone beside AvailabilityZoneId"), id="properties that exclude each other"),
    case(ON_FARGATE, {"Subnet.Ipv6NetmaskLength": 64}, unsure("Subnet.Properties", "Subnet has Ipv6NetmaskLength without Ipv6IpamPoolId"), id="property without another"),
    case(ON_FARGATE, {"TaskGroup.SecurityGroupEgress.0.FromPort": -2}, faulty(f"{AT_EGRESS}.FromPort", "SecurityGroupEgress[0].FromPort of TaskGroup is -2, and must be at least -1"), id="number that is too small"),
    case(ON_FARGATE, {"Key": resource("KMS::Key", PendingWindowInDays=40)}, faulty("Key.Properties.PendingWindowInDays", "PendingWindowInDays of Key is 40, and must be at most 30"), id="number that is too large"),
    case(ON_FARGATE, {"Key": resource("KMS::Key", PendingWindowInDays=30)}, id="number"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": "FARGATE"}, NO_LIST, id="text in place of a list"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": sub("FARGATE")}, NO_LIST, id="function that gives a text in place of a list"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": ref("Names")}, id="parameter that is a list"),
    case(ON_FARGATE, {"Task.RequiresCompatibilities": either("Prod", ["FARGATE"], "FARGATE")}, NO_LIST.replace(f"{AT}.RequiresCompatibilities:", f"{AT}.RequiresCompatibilities.Fn::If[2]:").replace("RequiresCompatibilities of", "RequiresCompatibilities.Fn::If[2] of"), id="text in place of a list under a condition"),
    case(ON_FARGATE, {"Service.LoadBalancers": {"ContainerName": "web"}}, faulty("Service.Properties.LoadBalancers", "LoadBalancers of Service is an object, where it must be a list"), id="object in place of a list"),
    case(ON_FARGATE, {"Vpc.EnableDnsHostnames": "yes"}, faulty("Vpc.Properties.EnableDnsHostnames", "EnableDnsHostnames of Vpc is 'yes', and neither true nor false"), id="no switch"),
    case(ON_FARGATE, {"Vpc.EnableDnsHostnames": "true"}, id="switch as a text"),
    case(ON_FARGATE, {"Service.DesiredCount": "two"}, faulty("Service.Properties.DesiredCount", "DesiredCount of Service is 'two', and no integer"), id="no number"),
    case(ON_FARGATE, {"Service.DesiredCount": "2"}, id="number as a text"),
    case(ON_FARGATE, {"Service.DesiredCount": ref("Free")}, id="number that is not known"),
    case(ON_FARGATE, {"Logs": resource("Logs::LogGroup", LogGroupName="")}, faulty("Logs.Properties.LogGroupName", "LogGroupName of Logs is empty"), id="empty text"),
    case(ON_FARGATE, {"Vpc.CidrBlock": "10.0.0.0/33"}, faulty("Vpc.Properties.CidrBlock", "CidrBlock of Vpc is '10.0.0.0/33', and no range of IP addresses"), id="no range"),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId="text")}, faulty("Other.Properties.VpcId", "VpcId of Other is 'text', and not the id of an AWS::EC2::VPC"), id="no id"),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId=ref("Subnet"))}, faulty("Other.Properties.VpcId", "VpcId of Other refers to Subnet, the id of an AWS::EC2::Subnet, where it must be the id of an AWS::EC2::VPC"), id="reference to a resource of another type"),
    *(case(ON_FARGATE, {"Association.SubnetId": text}, id=f"{text}, which the CDK looks up") for text in ("s-12345", "p-67890")),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId="vpc-12345")}, id="VPC that the CDK looks up"),
    case(ON_FARGATE, {"Association.SubnetId": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}, id="attribute that the template writes"),
    case(ON_FARGATE, {"Fn": function(Role=ref("Own")), "Own": of_lambda()}, unsure("Fn.Properties.Role", "Role of Fn refers to Own, the name of an AWS::IAM::Role, where it must be the ARN of an AWS::IAM::Role"), id="name of a role for its ARN"),
    case(ON_FARGATE, {"Fn": function(Role={"Fn::GetAtt": ["Own", "Arn"]}), "Own": of_lambda()}, id="ARN of a role"),
    case(ON_FARGATE, {"Fn": function(Role={"Fn::GetAtt": ["Own", "Arn"]}), "Own": OWN_ROLE}, unmade("Fn.Properties.Role", "lambda.amazonaws.com may not assume role Own of Fn: no statement of its trust policy lets lambda.amazonaws.com assume it"), id="role of another service"),
    case(ON_FARGATE, {"Fn": function(Role={"Fn::GetAtt": ["Own", "Arn"]}), "Own": of_lambda(ref("Free"))}, unsure("Fn.Properties.Role", "whether lambda.amazonaws.com may assume role Own is not known: known only at deployment: whom statement 1 of its trust policy addresses"), id="role of a service that is known only at deployment"),
    case(ON_FARGATE, {"Flow": flow_log(ref("Vpc"))}, id="flow log"),
    case(ON_FARGATE, {"Flow": flow_log(ref("Subnet"))}, faulty("Flow.Properties.ResourceId", "ResourceId of Flow refers to Subnet, the id of an AWS::EC2::Subnet, where it must be the id of an AWS::EC2::VPC"), id="flow log of a subnet as that of a VPC"),
    case(ON_FARGATE, {"Flow": flow_log(ref("Vpc"), TrafficType=NO_VALUE)}, unsure("Flow.Properties", "Flow has no TrafficType"), id="flow log without traffic"),
    case(ON_FARGATE, {"Flow": flow_log(ref("Vpc"), LogGroupName=sub("${AWS::Region} group"))}, faulty("Flow.Properties.LogGroupName", "LogGroupName of Flow is ${AWS::Region} group, and not the name of an AWS::Logs::LogGroup"), id="name with a character that it may not have"),
    case(ON_FARGATE, {"Handle": resource("CloudFormation::WaitConditionHandle")}, id="handle"),
    *(case({**ON_FARGATE, "Other": resource("ECS::Service", Cluster="a", TaskDefinition=name)}, {}, id=f"task definition {name}") for name in ("family", "family:3")),
    case(ON_FARGATE, {"Service.Cluster": ref("Handle"), "Handle": resource("CloudFormation::WaitConditionHandle")}, faulty("Service.Properties.Cluster", f"Cluster of Service refers to Handle, the URL of an AWS::CloudFormation::WaitConditionHandle, where it must be {A_CLUSTER}"), id="handle for a cluster"),
    case(ON_FARGATE, {"Other": resource("ECS::Cluster", ClusterName="a", VpcId=ref("Vpc"), SubnetIds=[ref("Subnet")])}, unsure("Other.Properties", "Other has SubnetIds and VpcId, which are no properties that are known of its type"), id="properties of another type"),
    case(ON_FARGATE, {"Vpc.Tags": [{"Key": "a", "Value": "b"}, {"Key": "b", "Value": ""}]}, id="tags"),
    case(ON_FARGATE, {"Vpc.Tags": [{"Key": "a", "Value": "b"}, either("Prod", {"Key": "a", "Value": "c"})]}, unsure("Vpc.Properties.Tags", "Tags of Vpc has Key a twice"), id="two tags of one key where a condition holds"),
    case(ON_FARGATE, {"Vpc.Tags": [{"Key": "512", "Value": "b"}, {"Key": ref("Usual"), "Value": "c"}]}, unsure("Vpc.Properties.Tags", "Tags of Vpc has Key 512 twice"), id="two tags of one key that a parameter gives"),
    case(ON_FARGATE, {"Vpc.Tags": [{"Key": either("Prod", "a", "b"), "Value": "b"}, {"Key": either("NotProd", "a", "b"), "Value": "c"}]}, id="two tags of other keys in either case"),
    case(ON_FARGATE, {"Vpc.Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}, unsure("Vpc.Properties.Tags", "Tags of Vpc has Key a twice"), id="two tags of one key"),
    case(ON_FARGATE, {"Other": resource("ECS::Cluster", ClusterSettings=[{"Name": "containerInsights", "Value": ""}])}, unsure("Other.Properties.ClusterSettings[0].Value", "ClusterSettings[0].Value of Other is '', which is none of its known values"), id="setting without a value"),
    case(ON_FARGATE, {"When": resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": ref("Own"), "RoleArn": "arn:aws:iam::123456789012:role/a"}), "Own": resource("ECS::Cluster")}, unsure("When.Properties.Target.Arn", "Target.Arn of When refers to Own, the name of an AWS::ECS::Cluster, where it must be an ARN"), id="name of a cluster for an ARN"),
    case(ON_FARGATE, logs(**{"awslogs-region": "text"}), unsure(f"{AT_CONTAINER}.LogConfiguration.Options.awslogs-region", "ContainerDefinitions[0].LogConfiguration.Options.awslogs-region of Task is 'text', which has not the form that is known for it"), id="text for a region"),
    *(case(ON_FARGATE, logs(**{"awslogs-region": region}), id=f"region {region}") for region in ("eu-west-1", "us-gov-west-1", "us-iso-east-1", "ap-southeast-5")),
    case(ON_FARGATE, logs(**{"awslogs-region": ref("AWS::AccountId")}), faulty(f"{AT_CONTAINER}.LogConfiguration.Options.awslogs-region", "ContainerDefinitions[0].LogConfiguration.Options.awslogs-region of Task refers to AWS::AccountId, where it must be the id of an AWS::Region"), id="account for a region"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration.Subnets": [ref("Subnet"), ref("Subnet")]}, unsure(f"{AT_NETWORK}.AwsvpcConfiguration.Subnets", "NetworkConfiguration.AwsvpcConfiguration.Subnets of Service has ${Subnet} twice"), id="subnet that stands twice"),
    case(ON_FARGATE, {"Handle": resource("CloudFormation::WaitConditionHandle", Count=1)}, unsure("Handle.Properties.Count", "Count of Handle is no property that is known there"), id="property of what has none"),
    case(ON_FARGATE, {"Fn": function(Role={"Fn::GetAtt": ["Repo", "Arn"]}), "Repo": resource("ECR::Repository")}, faulty("Fn.Properties.Role", "Role of Fn refers to Repo.Arn, the ARN of an AWS::ECR::Repository, where it must be the ARN of an AWS::IAM::Role"), id="ARN of a repository for that of a role"),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId=sub("${Subnet}"))}, faulty("Other.Properties.VpcId", "VpcId of Other refers to Subnet, the id of an AWS::EC2::Subnet, where it must be the id of an AWS::EC2::VPC"), id="reference in a text to a resource of another type"),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId=ref("Range"))}, faulty("Other.Properties.VpcId", "VpcId of Other is '10.9.0.0/24', and not the id of an AWS::EC2::VPC"), id="parameter that is no id"),
    case(ON_FARGATE, {"Other": resource("EC2::SecurityGroup", GroupDescription="a", VpcId=ref("OfSubnet"))}, faulty("Other.Properties.VpcId", "VpcId of Other refers to OfSubnet, the id of an AWS::EC2::Subnet, where it must be the id of an AWS::EC2::VPC"), id="parameter that is the id of a resource of another type", Parameters={**SECTIONS["Parameters"], "OfSubnet": {"Type": "AWS::EC2::Subnet::Id"}}),
    case(ON_FARGATE, {"Logs": resource("Logs::LogGroup", LogGroupName=ref("Vpc"))}, id="log group with the name of a VPC"),
    case(ON_FARGATE, {"Own": {**OWN_ROLE, "Properties": {**OWN_ROLE["Properties"], "RoleName": "a b"}}}, unsure("Own.Properties.RoleName", "RoleName of Own is 'a b', which has not the form that is known for it"), id="name of another form"),
    case(ON_FARGATE, {"Own": {**OWN_ROLE, "Properties": {**OWN_ROLE["Properties"], "RoleName": "a" * 65}}}, unsure("Own.Properties.RoleName", "RoleName of Own has 65 characters, and may have 64"), id="long name"),
    case(ON_FARGATE, {"Way": endpoint("logs", SecurityGroupIds=[ref("TaskGroup"), ref("TaskGroup")])}, unsure("Way.Properties.SecurityGroupIds", "SecurityGroupIds of Way has ${TaskGroup} twice"), id="element that stands in its list twice"),
    case(ON_FARGATE, {"Own": {"Type": "Custom::Role"}}, faulty("Own.Properties", "Own has no ServiceToken"), id="custom resource without a handler"),
    case(ON_FARGATE, {"Own": {"Type": "Custom::Role", "Properties": {"ServiceToken": ref("Free"), "More": {"a": []}}}}, id="custom resource"),
    case(ON_FARGATE, {"Own": {"Type": "Custom::Role", "Properties": {"ServiceToken": "handler"}}}, faulty("Own.Properties.ServiceToken", "ServiceToken of Own is 'handler', and not the ARN of an AWS::Lambda::Function or the ARN of an AWS::SNS::Topic"), id="custom resource with a handler that is no ARN"),
    case(ON_FARGATE, {"Association.SubnetId": ref("AWS::Region")}, faulty("Association.Properties.SubnetId", "SubnetId of Association refers to AWS::Region, where it must be the id of an AWS::EC2::Subnet"), id="region for a subnet"),
    case(ON_FARGATE, {"Vpc.VpcId": "vpc-0123456789abcdef0"}, faulty("Vpc.Properties.VpcId", "VpcId of Vpc is given by AWS, and by no template"), id="property that AWS gives"),
    case(ON_FARGATE, {"Route.DestinationIpv6CidrBlock": "::/0"}, faulty("Route.Properties", "Route has DestinationCidrBlock beside DestinationIpv6CidrBlock"), id="route to two destinations"),
    case(ON_FARGATE, {"Other": resource("SecretsManager::Secret", SecretString="a", GenerateSecretString={"PasswordLength": 20})}, faulty("Other.Properties", "Other has GenerateSecretString beside SecretString"), id="secret of two values"),
    case(ON_FARGATE, {"Task.RuntimePlatform": {"CpuArchitecture": either("Prod", NO_VALUE, "X86_64")}}, unsure(f"{AT}.RuntimePlatform", "RuntimePlatform of Task is an object without properties, which AWS may refuse"), id="object without properties where a condition holds"),
    case(ON_FARGATE, {"Task.Volumes": [{"Name": "a", "Host": either("Prod", {})}]}, id="object that AWS takes without properties, under a condition"),
    case(ON_FARGATE, {f"{FIRST}.LinuxParameters": {"Capabilities": {}}}, id="object that AWS takes without properties"),
    case(ON_FARGATE, {"Task.RuntimePlatform": {}}, unsure(f"{AT}.RuntimePlatform", "RuntimePlatform of Task is an object without properties, which AWS may refuse"), id="object without properties"),
    case(ON_FARGATE, {"Subnet.AvailabilityZone": "zone"}, unsure("Subnet.Properties.AvailabilityZone", "AvailabilityZone of Subnet is 'zone', which has not the form that is known for it"), id="no zone"),
    case(ON_FARGATE, {"Logs": resource("ECR::Repository", EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": "key"})}, faulty("Logs.Properties.EncryptionConfiguration.KmsKey", "EncryptionConfiguration.KmsKey of Logs is 'key', and not the ARN or the id of an AWS::KMS::Key or the name or the AliasName or the ARN of an AWS::KMS::Alias"), id="text that is no key"),
    *(case(ON_FARGATE, {"Logs": resource("ECR::Repository", EncryptionConfiguration={"EncryptionType": "KMS", "KmsKey": key})}, id=f"key {key}") for key in ("1234abcd-12ab-34cd-56ef-1234567890ab", "alias/a", "arn:aws:kms:eu-west-1:123456789012:key/a")),
    *(case(ON_FARGATE, {"Subnet.AvailabilityZone": zone}, id=f"zone {zone}") for zone in ("eu-west-1a", "us-gov-west-1b", "us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1")),
    case(ON_FARGATE, {"Own": OWN_ROLE, "Policy": resource("IAM::Policy", PolicyName="a", PolicyDocument={"Statement": STATEMENT}, Roles=[])}, faulty("Policy.Properties", "Policy has none of Users or Groups or Roles"), id="policy of nobody"),
    case(ON_FARGATE, {"Own": OWN_ROLE, "Policy": resource("IAM::Policy", PolicyName="a", PolicyDocument={"Statement": STATEMENT}, Roles=[either("Prod", ref("Own"))])}, faulty("Policy.Properties", "Policy has none of Users or Groups or Roles"), id="policy of nobody where a condition does not hold"),
    case(ON_FARGATE, {"TaskGroup.SecurityGroupIngress": {"Fn::GetAtt": ["Vpc", "VpcId"]}}, faulty("TaskGroup.Properties.SecurityGroupIngress", "SecurityGroupIngress of TaskGroup is a text, where it must be a list"), id="attribute that is a text for a list"),
    case(ON_FARGATE, logs(**{"awslogs-stream-prefix": ["a"]}), faulty(f"{AT_CONTAINER}.LogConfiguration.Options.awslogs-stream-prefix", "ContainerDefinitions[0].LogConfiguration.Options.awslogs-stream-prefix of Task is a list, where it must be a text"), id="list for an option"),
    case(ON_FARGATE, {"TaskGroup.SecurityGroupEgress.0.IpProtocol": ""}, unsure(f"{AT_EGRESS}.IpProtocol", "SecurityGroupEgress[0].IpProtocol of TaskGroup is empty, where that may be refused"), id="empty text where that is not known"),
    case(ON_FARGATE, {"Group": resource("AutoScaling::AutoScalingGroup", MinSize="1", MaxSize="1", LaunchConfigurationName="a", AvailabilityZones=[], VPCZoneIdentifier=[ref("Subnet")])}, id="empty list"),
    case(ON_FARGATE, {"Other": resource("ECR::ReplicationConfiguration", ReplicationConfiguration={"Rules": [{"Destinations": []}]})}, faulty("Other.Properties.ReplicationConfiguration.Rules[0].Destinations", "ReplicationConfiguration.Rules[0].Destinations of Other has 0 elements, of which there must be 1"), id="list without an element"),
    case(ON_FARGATE, {"Logs": resource("Logs::LogGroup", RetentionInDays=731)}, id="one of the known values"),
    case(ON_FARGATE, {"Logs": resource("Logs::LogGroup", RetentionInDays=732)}, unsure("Logs.Properties.RetentionInDays", "RetentionInDays of Logs is '732', which is none of its known values"), id="none of the known values"),
    case(ON_FARGATE, {"Logs": resource("Logs::LogGroup", RetentionInDays=-732.5)}, faulty("Logs.Properties.RetentionInDays", "RetentionInDays of Logs is '-732.5', and no integer"), id="fraction"),
    case(ON_FARGATE, {"Service.HealthCheckGracePeriodSeconds": "{{resolve:ssm:/a}}"}, id="dynamic reference"),
    case(ON_FARGATE, {"Other": resource("IoT::Thing", ThingName=["a"])}, id="type that has no schema here"),
    case(ON_FARGATE, {"TaskGroup.GroupDescription": None}, id="property that a macro may add", Transform="Ours"),
    # functions
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName=ref(""))}, faulty("Other.Properties.QueueName", "QueueName of Other is Ref of what it does not take"), id="reference to no name"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::GetAtt": ["Vpc"]})}, faulty("Other.Properties.QueueName", "QueueName of Other is Fn::GetAtt of what it does not take"), id="attribute without a name"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::Join": ["", "a"]})}, faulty("Other.Properties.QueueName", "QueueName of Other is Fn::Join of what it does not take"), id="text joined of a text"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::Join": ["", {"Fn::Split": [",", "a,b"]}]})}, id="text joined of what a function gives"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::Select": [0, ref("Names")]})}, id="element of a list"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::GetAtt": ["Vpc", "Arn"]})}, unsure("Other.Properties.QueueName", "QueueName of Other refers to Vpc.Arn, an attribute that AWS::EC2::VPC does not have"), id="attribute that is not known"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::GetAtt": ["Vpc", ref("Free")]})}, id="attribute that is known only at deployment"),
    case(ON_FARGATE, {"Other": resource("SQS::Queue", QueueName={"Fn::GetAtt": ["Far", "Arn"]}), "Far": resource("Ours::Far")}, id="attribute of a type that is not known"),
]  # fmt: skip


AT_POLICY, AT_DOCUMENT = "Policy.Properties.PolicyDocument", "PolicyDocument"
AT_STATEMENT, THE_STATEMENT = f"{AT_POLICY}.Statement[0]", f"{AT_DOCUMENT}.Statement[0]"
ELEMENTS = "Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition"


def of_role(document: Any) -> dict[str, Any]:
    """A policy of the task's role that has nothing to do with the start of the task."""
    policy = resource("IAM::Policy", PolicyName="more", Roles=[ref("Own")], PolicyDocument=document)
    return {"Own": OWN_ROLE, "Policy": policy}


def of_statement(**elements: Any) -> dict[str, Any]:
    found = {key: value for key, value in {**STATEMENT, **elements}.items() if value is not None}
    return of_role({"Statement": [found]})


def trusting(**elements: Any) -> dict[str, Any]:
    found = {key: value for key, value in {**TRUST, **elements}.items() if value is not None}
    return {"Own": resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [found]})}


AT_TRUST, THE_TRUST = "Own.Properties.AssumeRolePolicyDocument.Statement[0]", "AssumeRolePolicyDocument.Statement[0]"


def of_endpoint(**elements: Any) -> dict[str, Any]:
    found = {"Principal": "*", **STATEMENT, **elements}
    kept = {key: value for key, value in found.items() if value is not None}
    name = sub("com.amazonaws.${AWS::Region}.s3")
    return {"Way": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName=name, PolicyDocument={"Statement": kept})}


def of_repository(*actions: str) -> dict[str, Any]:
    document = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": [*actions]}}
    return {"Repo": resource("ECR::Repository", RepositoryPolicyText=document)}


def of_key(*actions: str) -> dict[str, Any]:
    document = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": [*actions], "Resource": "*"}}
    return {"Key": resource("KMS::Key", KeyPolicy=document)}


def arn(*parts: Any) -> dict[str, Any]:
    return {"Fn::Join": [":", ["arn", *parts]]}


OWN_PARTITION, OWN_REGION, OWN_ACCOUNT = (ref(f"AWS::{name}") for name in ("Partition", "Region", "AccountId"))
REST = (OWN_REGION, OWN_ACCOUNT, "a/b")
GOOD_ARNS = [
    *("arn:aws:s3:::bucket/*", "arn:*:s3:::bucket", "arn:aws:logs:*:*:*", "arn:aws:ecs", "arn:aws:unheard-of:::b"),
    *("arn:aws-cn:ecs:cn-north-1:111122223333:a", "arn:aws:iam::aws:policy/a", "${aws:PrincipalArn}"),
    *(sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:a"), arn(ref("Free"), "ecs", *REST)),
    *(arn(OWN_PARTITION, ref("Free"), *REST), arn(OWN_PARTITION, "ecs", ref("Free"), ref("Free"), "a"), ref("Free")),
    *(arn(OWN_PARTITION, "ecs", OWN_REGION), {"Fn::GetAtt": ["Own", "Arn"]}, sub("${Own.Arn}/a")),
]
NO_ARNS = [
    *(("bucket", "bucket", "must be an ARN or *"), (ref("Own"), "${Own}", "must be an ARN or *")),
    *((OWN_REGION, "${AWS::Region}", "must be an ARN or *"), ("arn", "arn", "must be an ARN or *")),
    *(("arn:aws", "arn:aws", "has no service"), ("arn::s3:::a", "arn::s3:::a", "has no partition")),
    *(("arn:aws::a", "arn:aws::a", "has no service"), ("arn:awsome:s3:::a", "arn:awsome:s3:::a", "has no partition")),
    (arn(OWN_REGION, "s3", "", "", "a"), "arn:${AWS::Region}:s3:::a", "has no partition"),
    (sub("arn:${AWS::Partition}x:s3:::a"), "arn:${AWS::Partition}x:s3:::a", "has no partition"),
    ("arn:aws:s3::bucket", "arn:aws:s3::bucket", "has fewer parts than an ARN"),
    ("arn:aws:iam:eu-west-1::role/a", "arn:aws:iam:eu-west-1::role/a", "has a region, which no resource of IAM has"),
]
NEARLY_ARNS = [
    ("arn:aws-new:s3:::a", "arn:aws-new:s3:::a", "has no partition"),
    (sub("arn:${AWS::StackName}:s3:::a"), "arn:${AWS::StackName}:s3:::a", "has no partition"),
    ("arn:aws:s3:::", "arn:aws:s3:::", "names no resource"),
    ("arn:aws:*:::a", "arn:aws:*:::a", "may have no service"),
    (sub("arn:aws:${AWS::Region}:::a"), "arn:aws:${AWS::Region}:::a", "may have no service"),
    (arn("aws", "ecs", OWN_ACCOUNT, "", "a"), "arn:aws:ecs:${AWS::AccountId}::a", "has no region where an ARN has it"),
    (arn("aws", "ecs", "", OWN_REGION, "a"), "arn:aws:ecs::${AWS::Region}:a", "has no account where an ARN has it"),
    ("arn:aws:ecs:somewhere::a", "arn:aws:ecs:somewhere::a", "has no region where an ARN has it"),
    ("arn:aws:iam::111122223333:a", "arn:aws:iam::111122223333:a", "may be no resource of IAM"),
    ("arn:aws:s3:eu-west-1::a", "arn:aws:s3:eu-west-1::a", "has a region, which few resources of Amazon S3 have"),
]


POLICIES = [
    case(ON_FARGATE, of_statement(), id="policy"),
    case(ON_FARGATE, of_role({"Version": "2012-10-17", "Statement": STATEMENT}), id="policy of one statement without brackets"),
    case(ON_FARGATE, of_role(sub('{"Statement": []}')), id="policy that is known only at deployment"),
    case(ON_FARGATE, of_role({"Statement": {**STATEMENT, "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalArn": "*"}, "Null": {"aws:SourceIp": "true"}}}}), id="conditions of a policy"),
    case(ON_FARGATE, of_role({"Version": "2012-10-18", "Statement": STATEMENT}), faulty(f"{AT_POLICY}.Version", f"{AT_DOCUMENT}.Version of Policy is '2012-10-18', and must be 2012-10-17 or 2008-10-17"), id="version that there is not"),
    case(ON_FARGATE, of_role({"Version": either("Prod", "2012-10-18", "2012-10-17"), "Statement": STATEMENT}), faulty(f"{AT_POLICY}.Version.Fn::If[1]", f"{AT_DOCUMENT}.Version.Fn::If[1] of Policy is '2012-10-18', and must be 2012-10-17 or 2008-10-17"), id="version that there is not under a condition"),
    case(ON_FARGATE, of_role({"Version": "2012-10-17"}), faulty(AT_POLICY, f"{AT_DOCUMENT} of Policy has no Statement"), id="policy without statements"),
    case(ON_FARGATE, of_role({"Statement": []}), unsure(f"{AT_POLICY}.Statement", f"{AT_DOCUMENT}.Statement of Policy is empty"), id="policy with no statement in its list"),
    case(ON_FARGATE, of_role({"Statement": ["text"]}), faulty(AT_STATEMENT, f"{THE_STATEMENT} of Policy is no statement"), id="text for a statement"),
    case(ON_FARGATE, of_role({"Statements": STATEMENT, "Statement": STATEMENT}), faulty(f"{AT_POLICY}.Statements", f"{AT_DOCUMENT}.Statements of Policy is none of Version, Id, Statement"), id="element that no policy has"),
    case(ON_FARGATE, of_statement(sid="a"), unsure(f"{AT_STATEMENT}.sid", f"{THE_STATEMENT}.sid of Policy is none of {ELEMENTS}"), id="element in another case"),
    *(case(ON_FARGATE, of_statement(**{name: None}), faulty(AT_STATEMENT, f"{THE_STATEMENT} of Policy has no {name}"), id=f"statement without {name}") for name in STATEMENT),
    *(case(ON_FARGATE, of_statement(Sid=sid), id=f"ID {sid!r} of a statement") for sid in ("Read1", "")),
    case(ON_FARGATE, of_statement(Sid="Read it"), faulty(f"{AT_STATEMENT}.Sid", f"{THE_STATEMENT}.Sid of Policy is 'Read it', and must be letters and digits"), id="ID of a statement with a space"),
    case(ON_FARGATE, of_statement(Sid={"a": "b"}), faulty(f"{AT_STATEMENT}.Sid", f"{THE_STATEMENT}.Sid of Policy is no text"), id="object for the ID of a statement"),
    case(ON_FARGATE, of_endpoint(Sid="Read it"), id="ID with a space of a statement of a VPC endpoint"),
    case(ON_FARGATE, of_endpoint(Sid=""), faulty("Way.Properties.PolicyDocument.Statement.Sid", "PolicyDocument.Statement.Sid of Way is '', and must be a name"), id="empty ID of a statement of a VPC endpoint"),
    case(ON_FARGATE, of_statement(NotAction="a:b"), faulty(f"{AT_STATEMENT}.Action", f"{THE_STATEMENT}.Action of Policy stands beside NotAction"), id="Action beside NotAction"),
    case(ON_FARGATE, of_statement(Principal="*"), faulty(f"{AT_STATEMENT}.Principal", f"{THE_STATEMENT}.Principal of Policy stands in a policy that takes none"), id="principal in the policy of a role"),
    case(ON_FARGATE, of_statement(Effect="allow"), faulty(f"{AT_STATEMENT}.Effect", f"{THE_STATEMENT}.Effect of Policy is 'allow', and must be Allow or Deny"), id="effect in another case"),
    case(ON_FARGATE, of_statement(Effect={"a": "Allow"}), faulty(f"{AT_STATEMENT}.Effect", f"{THE_STATEMENT}.Effect of Policy is no text"), id="object for an effect"),
    case(ON_FARGATE, of_statement(Action=[]), faulty(f"{AT_STATEMENT}.Action", f"{THE_STATEMENT}.Action of Policy is empty"), id="no action in a list"),
    case(ON_FARGATE, of_statement(Action=["s3:*", {"a": "b"}]), faulty(f"{AT_STATEMENT}.Action[1]", f"{THE_STATEMENT}.Action[1] of Policy is no text"), id="object for an action"),
    case(ON_FARGATE, of_statement(Action="GetObject"), faulty(f"{AT_STATEMENT}.Action", f"{THE_STATEMENT}.Action of Policy is 'GetObject', and must be the name of a service and of its action"), id="action of no service"),
    case(ON_FARGATE, of_statement(Action=ref("Free"), Resource=[ref("Free"), either("Prod", "*")]), id="elements that are known only at deployment"),
    case(ON_FARGATE, of_statement(Resource="bucket"), faulty(f"{AT_STATEMENT}.Resource", f"{THE_STATEMENT}.Resource of Policy is 'bucket', and must be an ARN or *"), id="resource that is no ARN"),
    case(ON_FARGATE, of_statement(Condition="a"), faulty(f"{AT_STATEMENT}.Condition", f"{THE_STATEMENT}.Condition of Policy is no object of conditions"), id="text for conditions"),
    case(ON_FARGATE, of_statement(Condition={"StringIs": {"a": "b"}}), faulty(f"{AT_STATEMENT}.Condition.StringIs", f"{THE_STATEMENT}.Condition.StringIs of Policy is no condition operator"), id="operator that there is not"),
    case(ON_FARGATE, of_statement(Condition={"StringLike": "a"}), faulty(f"{AT_STATEMENT}.Condition.StringLike", f"{THE_STATEMENT}.Condition.StringLike of Policy is no object of condition keys"), id="operator without keys"),
    case(ON_FARGATE, of_statement(Effect=ref("Word")), faulty(f"{AT_STATEMENT}.Effect", f"{THE_STATEMENT}.Effect of Policy is 'Allows', and must be Allow or Deny"), id="effect that a parameter may be"),
    case(ON_FARGATE, of_statement(Resource=either("Prod", "*")), faulty(AT_STATEMENT, f"{THE_STATEMENT} of Policy has no Resource"), id="statement without Resource under a condition"),
    case(ON_FARGATE, of_statement(Action=[either("Prod", "s3:*")]), faulty(f"{AT_STATEMENT}.Action", f"{THE_STATEMENT}.Action of Policy is empty"), id="no action under a condition"),
    case(ON_FARGATE, {"Repo": resource("ECR::Repository", RepositoryPolicyText=either("Prod", NO_VALUE, {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}}))}, id="policy that is not there under a condition"),
    case(ON_FARGATE, of_statement(Condition=ref("Free")), id="conditions that are known only at deployment"),
    case(ON_FARGATE, trusting(Principal=ref("Free")), id="principals that are known only at deployment"),
    case(ON_FARGATE, trusting(), id="trust policy"),
    case(ON_FARGATE, trusting(Principal={"AWS": ["111122223333", "*"]}), id="principals"),
    case(ON_FARGATE, trusting(Principal=None), faulty(AT_TRUST, f"{THE_TRUST} of Own has no Principal"), id="trust policy without a principal"),
    case(ON_FARGATE, trusting(Principal="ecs-tasks.amazonaws.com"), faulty(f"{AT_TRUST}.Principal", f"{THE_TRUST}.Principal of Own is neither * nor an object of principals"), id="text for principals"),
    case(ON_FARGATE, trusting(Principal=ref("Whom")), faulty(f"{AT_TRUST}.Principal", f"{THE_TRUST}.Principal of Own is neither * nor an object of principals"), id="text for principals that a parameter gives"),
    case(ON_FARGATE, trusting(Principal={"Service": ""}), faulty(f"{AT_TRUST}.Principal.Service", f"{THE_TRUST}.Principal.Service of Own is '', and must be a name"), id="service without a name"),
    case(ON_FARGATE, trusting(Principal={"AWS": "role/a"}), faulty(f"{AT_TRUST}.Principal.AWS", f"{THE_TRUST}.Principal.AWS of Own is 'role/a', and must be *, an account or an ARN"), id="principal that is no ARN"),
    case(ON_FARGATE, trusting(Action=["sts:AssumeRole", "sts:TagSession"]), id="actions of a trust policy"),
    case(ON_FARGATE, trusting(Action="ecs:RunTask"), faulty(f"{AT_TRUST}.Action", f"{THE_TRUST}.Action of Own is 'ecs:RunTask', and must be an action of AWS STS"), id="action of another service in a trust policy"),
    case(ON_FARGATE, trusting(Action="sts:AssumeRoles"), faulty(f"{AT_TRUST}.Action", f"{THE_TRUST}.Action of Own is 'sts:AssumeRoles', and must be an action of AWS STS"), id="action that there is not in a trust policy"),
    case(ON_FARGATE, trusting(Action="sts:*"), unsure(f"{AT_TRUST}.Action", f"{THE_TRUST}.Action of Own is 'sts:*', and must be an action that assumes a role"), id="all actions in a trust policy"),
    case(ON_FARGATE, {**trusting(), "Other": resource("IAM::Role", AssumeRolePolicyDocument={"Statement": {**TRUST, "Principal": {}}})}, unsure("Other.Properties.AssumeRolePolicyDocument.Statement.Principal", "AssumeRolePolicyDocument.Statement.Principal of Other names nobody"), id="trust policy for nobody"),
    case(ON_FARGATE, {**trusting(), "Other": resource("IAM::Role", AssumeRolePolicyDocument={"Statement": {**TRUST, "Principal": {"AWS": either("Prod", "*")}}})}, unsure("Other.Properties.AssumeRolePolicyDocument.Statement.Principal", "AssumeRolePolicyDocument.Statement.Principal of Other names nobody"), id="trust policy for nobody under a condition"),
    case(ON_FARGATE, trusting(Resource="*"), faulty(f"{AT_TRUST}.Resource", f"{THE_TRUST}.Resource of Own stands in a policy that takes none"), id="resource in a trust policy"),
    *(case(ON_FARGATE, of_statement(Resource=arn), id=f"ARN {arn}") for arn in GOOD_ARNS),
    *(case(ON_FARGATE, of_statement(Resource=[arn]), faulty(f"{AT_STATEMENT}.Resource[0]", f"{THE_STATEMENT}.Resource[0] of Policy is {said!r}, and {why}"), id=f"{said} is no ARN") for arn, said, why in NO_ARNS),
    *(case(ON_FARGATE, of_statement(Resource=arn), unsure(f"{AT_STATEMENT}.Resource", f"{THE_STATEMENT}.Resource of Policy is {said!r}, and {why}"), id=f"{said} may be no ARN") for arn, said, why in NEARLY_ARNS),
    case(ON_FARGATE, of_statement(Condition={"StringLike": {"aws:PrincipalArn": {"a": "b"}}}), faulty(f"{AT_STATEMENT}.Condition.StringLike.aws:PrincipalArn", f"{THE_STATEMENT}.Condition.StringLike.aws:PrincipalArn of Policy is no text"), id="object for the value of a condition"),
    case(ON_FARGATE, of_statement(Condition={"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/a", "role"]}}), unsure(f"{AT_STATEMENT}.Condition.ArnLike.aws:PrincipalArn[1]", f"{THE_STATEMENT}.Condition.ArnLike.aws:PrincipalArn[1] of Policy is 'role', and must be an ARN"), id="value of a condition that is no ARN"),
    case(ON_FARGATE, of_statement(Condition={"ArnLike": {"aws:PrincipalArn": ref("Own")}}), unsure(f"{AT_STATEMENT}.Condition.ArnLike.aws:PrincipalArn", f"{THE_STATEMENT}.Condition.ArnLike.aws:PrincipalArn of Policy is '${{Own}}', and must be an ARN or *"), id="name for the value of a condition"),
    case(ON_FARGATE, of_statement(Condition={"StringLike": {}, "ArnLike": {"aws:PrincipalArn": [], "aws:SourceArn": ref("Free")}}), id="conditions that ask for nothing, or for what is known only at deployment"),
    case(ON_FARGATE, of_statement(Action="*:Untag"), faulty(f"{AT_STATEMENT}.Action", f"{THE_STATEMENT}.Action of Policy is '*:Untag', and must be the name of a service and of its action"), id="action of all services"),
    case(ON_FARGATE, of_statement(Action=["unheard-of:Action", "s3:NoSuchAction"]), id="actions that there are not"),
    case(ON_FARGATE, of_repository("ecr:*", "ecr:DescribeImages", "ecr:Batch*", "ecr:BatchImportUpstreamImage", "ecr:GetImageCopyStatus"), id="actions of the policy of a repository"),
    *(case(ON_FARGATE, of_repository(action), unsure("Repo.Properties.RepositoryPolicyText.Statement.Action[0]", f"RepositoryPolicyText.Statement.Action[0] of Repo is {action!r}, and must be an action on a repository"), id=f"{action} in the policy of a repository") for action in ("ecr:PullImage", "s3:GetObject", "*")),
    case(ON_FARGATE, of_key("kms:*"), id="actions of the policy of a key"),
    case(ON_FARGATE, of_key("*"), unsure("Key.Properties.KeyPolicy.Statement.Action[0]", "KeyPolicy.Statement.Action[0] of Key is '*', and must be an action of AWS KMS"), id="all actions in the policy of a key"),
    case(ON_FARGATE, of_endpoint(), id="policy of a VPC endpoint"),
    case(ON_FARGATE, of_endpoint(Principal=None), faulty("Way.Properties.PolicyDocument.Statement", "PolicyDocument.Statement of Way has no Principal"), id="policy of a VPC endpoint without a principal"),
    case(ON_FARGATE, {"Repo": resource("ECR::Repository", RepositoryPolicyText="text")}, faulty("Repo.Properties.RepositoryPolicyText", "RepositoryPolicyText of Repo is a text, and no policy document"), id="text for a policy"),
    case(ON_FARGATE, {"Repo": resource("ECR::Repository", RepositoryPolicyText='{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}}')}, id="policy in a text"),
]  # fmt: skip


PORTS = f"{CONTAINER}.PortMappings"
SIZES = [
    case(ON_FARGATE, {f"{CONTAINER}.Memory": 512, f"{CONTAINER}.MemoryReservation": 512, f"{CONTAINER}.Cpu": 256, "Task.Cpu": 256, "Task.Memory": 512}, id="container of the size of its task"),
    case(ON_FARGATE, {f"{CONTAINER}.Memory": 1024, "Task.Cpu": 256, "Task.Memory": 512}, refused(f"{AT_CONTAINER}.Memory", "Memory is 1024 MiB, and the task has 512"), id="more memory than the task"),
    case(ON_EC2, {f"{CONTAINER}.MemoryReservation": 1024, f"{CONTAINER}.Memory": 512}, refused(f"{AT_CONTAINER}.MemoryReservation", "MemoryReservation is 1024 MiB, and Memory is 512"), id="more memory reserved than there may be"),
    case(ON_EC2, {f"{CONTAINER}.Memory": 0}, refused(f"{AT_CONTAINER}.Memory", "Memory is 0 MiB, and must be at least 4"), id="no memory"),
    case(ON_EC2, {f"{CONTAINER}.Memory": ref("Free"), "Task.Memory": "512"}, id="memory that is known only at deployment"),
    case(ON_FARGATE, {f"{CONTAINER}.Cpu": 512, "Task.Cpu": "0.25 vCPU", "Task.Memory": 512}, refused(f"{AT}.Cpu", "the containers have 512 CPU units, and the task has 256"), id="more CPU than the task"),
    case(ON_FARGATE, {PORTS: [{"ContainerPort": 80, "HostPort": 80}, {"ContainerPort": 81}]}, id="ports"),
    case(ON_FARGATE, {PORTS: [{"ContainerPort": 80, "HostPort": 8080}]}, refused(f"{AT_CONTAINER}.PortMappings[0].HostPort", "HostPort is 8080, and in network mode awsvpc it must be ContainerPort 80"), id="another port of the host"),
    case(ON_EC2, {PORTS: [{"ContainerPort": 80, "HostPort": 8080}]}, id="another port of the host in network mode bridge"),
    case(ON_EC2, {PORTS: [{"ContainerPort": 80000}]}, refused(f"{AT_CONTAINER}.PortMappings[0].ContainerPort", "ContainerPort is 80000, and the last is 65535"), id="port that there is not"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration": {}}, refused(AT_NETWORK, "the network configuration names no subnet"), id="network configuration without subnets"),
    case(ON_FARGATE, {f"{NETWORK}.AwsvpcConfiguration.Subnets": ref("Names")}, id="subnets that are known only at deployment"),
]  # fmt: skip


def with_attribute(**attributes: Any) -> dict[str, Any]:
    return {"Logs": {**resource("Logs::LogGroup"), **attributes}}


def updated(**policy: Any) -> dict[str, Any]:
    return {"Group": {**group_of(1, 2)["Group"], "UpdatePolicy": policy}}


def group_of(least: Any, most: Any, **more: Any) -> dict[str, Any]:
    launch = {"LaunchTemplateId": "lt-1", "Version": "1"}
    return {
        "Group": resource(
            "AutoScaling::AutoScalingGroup",
            MinSize=least,
            MaxSize=most,
            VPCZoneIdentifier=[ref("Subnet")],
            LaunchTemplate=launch,
            **more,
        )
    }


ATTRIBUTES = [
    *(case(ON_FARGATE, with_attribute(DeletionPolicy=word), id=f"deletion policy {word}") for word in ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")),
    case(ON_FARGATE, with_attribute(DeletionPolicy=ref("Free")), id="deletion policy that is known only at deployment"),
    case(ON_FARGATE, with_attribute(DeletionPolicy="Keep"), faulty("Logs.DeletionPolicy", "DeletionPolicy of Logs is 'Keep', and must be Delete or Retain or RetainExceptOnCreate or Snapshot"), id="deletion policy that there is not"),
    case(ON_FARGATE, with_attribute(UpdateReplacePolicy=["Retain"]), faulty("Logs.UpdateReplacePolicy", "UpdateReplacePolicy of Logs is no text, and must be Delete or Retain or Snapshot"), id="list for a policy"),
    case(ON_FARGATE, with_attribute(UpdatePolicy="a"), faulty("Logs.UpdatePolicy", "UpdatePolicy of Logs is no object"), id="text for an update policy"),
    case(ON_FARGATE, with_attribute(UpdatePolicy={}), unsure("Logs.UpdatePolicy", "UpdatePolicy of Logs is no attribute that is known of AWS::Logs::LogGroup"), id="update policy of a type that has none"),
    case(ON_FARGATE, updated(AutoScalingRollingUpdate={"MaxBatchSize": 1, "PauseTime": "PT5M"}), id="update policy"),
    case(ON_FARGATE, updated(AutoScalingRollingUpdate={"MaxBatchSize": "one"}), faulty("Group.UpdatePolicy.AutoScalingRollingUpdate.MaxBatchSize", "UpdatePolicy.AutoScalingRollingUpdate.MaxBatchSize of Group is 'one', and no integer"), id="update policy of the wrong form"),
    case(ON_FARGATE, updated(AutoScalingUpdate={}), unsure("Group.UpdatePolicy.AutoScalingUpdate", "UpdatePolicy.AutoScalingUpdate of Group is no property that is known there"), id="update policy that is not known"),
    case(ON_FARGATE, with_attribute(DeletionPolicy={"Key": "Retain"}), faulty("Logs.DeletionPolicy", "DeletionPolicy of Logs is no text, and must be Delete or Retain or RetainExceptOnCreate or Snapshot"), id="object for a policy"),
    case(ON_FARGATE, with_attribute(Comment="a"), unsure("Logs.Comment", "Comment of Logs is no attribute that is known of a resource"), id="attribute that is not known"),
    case(ON_FARGATE, with_attribute(Metadata={"a": "b"}, DependsOn="Vpc", Description="a", Version="1"), id="attributes"),
]  # fmt: skip


def in_section(name: str, **entries: Any) -> dict[str, Any]:
    return {name: {**SECTIONS.get(name, {}), **entries}}


def of_entry(kind: str, what: str) -> str:
    """A parameter, a mapping or an output has no resource: what it keeps from being made is named."""
    return faulty(AT, f"{kind} of template {what}")


def param(*expected: str, id: str, **declared: Any) -> ParameterSet:
    return case(ON_FARGATE, {}, *expected, id=id, **in_section("Parameters", More={"Type": "String", **declared}))


def gives(value: Any, *expected: str, id: str, **more: Any) -> ParameterSet:
    return case(ON_FARGATE, {}, *expected, id=id, Outputs={"More": {"Value": value, **more}})


def maps(value: Any, *expected: str, id: str) -> ParameterSet:
    return case(ON_FARGATE, {}, *expected, id=id, Mappings={"More": value})


SIZED = {"Sizes": {"dev": {"Size": "512"}, "prod": {"Size": "1024"}}}


def mapped(*keys: Any, id: str) -> ParameterSet:
    """A case of an output that is a value of a mapping, and that is refused for what stands behind the keys."""
    asked = [key for key in keys if not (isinstance(key, str) and key.startswith("undeployable"))]
    sections = in_section("Parameters", Stage2={"Type": "String", "AllowedValues": ["dev", "prod"]})
    more = {"Mappings": SIZED, "Outputs": {"More": {"Value": {"Fn::FindInMap": ["Sizes", *asked]}}}, **sections}
    return case(ON_FARGATE, {}, *keys[len(asked) :], id=id, **more)


DASHED = "has a name with other characters than letters and digits"
VPC_RANGE = {"Fn::GetAtt": ["Vpc", "CidrBlock"]}
MAY_LACK = "which may not be there in AWS Systems Manager"
STORED = "AWS::SSM::Parameter::Value<String>"
OTHERS = [
    param(id="parameter"),
    param(of_entry("Type of parameter More", "is a list, where it must be a text"), Type=["String"], id="type in a list"),
    param(of_entry("Type of parameter More", "is a function, where it must be written"), Type=ref("Free"), id="type that a function gives"),
    param(unsure(AT, "Type of parameter More of template is 'Strin', which is none of its known values"), Type="Strin", id="type that is not known"),
    param(unsure(AT, "Kind of parameter More of template is no property that is known there"), Kind="a", id="property that no parameter has"),
    param(of_entry("Description of parameter More", "is an object, where it must be a text"), Description={"a": "b"}, id="description in an object"),
    param(Default="", id="empty default"),
    param(of_entry("Default of parameter More", "is 'c', and must be one of a, b"), AllowedValues=["a", "b"], Default="c", id="default that is not allowed"),
    param(AllowedValues=["a", "b"], Default="a", id="default that is allowed"),
    param(of_entry("Default of parameter More", "is 'a', and must be a number"), Type="Number", Default="a", id="default that is no number"),
    param(of_entry("Default of parameter More", "is '1', and must be at least 2"), Type="Number", Default=1, MinValue=2, id="default that is too small"),
    param(of_entry("Default of parameter More", "is '3', and must be at most 2"), Type="Number", Default="3", MaxValue="2", id="default that is too large"),
    param(Type="List<Number>", Default="1,2", id="default with numbers"),
    param(AllowedPattern="[a-z]+", Default="abc", id="default that matches its pattern"),
    param(of_entry("Default of parameter More", "is '1', and must match [a-z]+"), AllowedPattern="[a-z]+", Default="1", id="default that does not match its pattern"),
    param(Type="CommaDelimitedList", AllowedPattern="[a-z]+", Default="a, b", id="list with a pattern for its elements"),
    param(of_entry("Default of parameter More", "is 'a, 1', and must match [a-z]+"), Type="CommaDelimitedList", AllowedPattern="[a-z]+", Default="a, 1", id="list with an element that does not match its pattern"),
    param(AllowedPattern="(?<!a)[a-z]+", Default="1", id="pattern that is not read"),
    *(case(ON_FARGATE, changes, of_entry("condition Gone", "is named, and is not among the conditions"), id=f"condition that is not there, {where}", **sections) for where, changes, sections in (
        ("in a function", {"Task.Cpu": {"Fn::If": ["Gone", "256", "256"]}}, {}),
        ("in an output", {}, {"Outputs": {"More": {"Value": "a", "Condition": "Gone"}}}),
        ("in another condition", {}, {"Conditions": {**SECTIONS["Conditions"], "More": {"Fn::Not": [{"Condition": "Gone"}]}}}),
        ("at a resource", {"Topic": {**resource("SNS::Topic"), "Condition": "Gone"}}, {}),
    )),
    case(ON_FARGATE, {"Role": resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]})}, id="condition of a policy"),
    case(ON_FARGATE, {}, of_entry("parameter My-More", DASHED), id="parameter with a dash", **in_section("Parameters", **{"My-More": {"Type": "String"}})),
    case(ON_FARGATE, {}, of_entry("output My-More", DASHED), id="output with a dash", Outputs={"My-More": {"Value": "a"}}),
    case(ON_FARGATE, {"My-Logs": resource("Logs::LogGroup")}, of_entry("resource My-Logs", DASHED), id="resource with a dash"),
    case(ON_FARGATE, {"My_Logs": resource("Logs::LogGroup")}, id="resource that a macro may rename", Transform="Ours"),
    case(ON_FARGATE, {f"Topic{number}": resource("SNS::Topic") for number in range(480)}, id="almost 500 resources"),
    case(ON_FARGATE, {f"Topic{number}": resource("SNS::Topic") for number in range(501)}, of_entry("section Resources", f"has {501 + len(ON_FARGATE)} entries, and may have 500"), id="more than 500 resources"),
    *(mapped(*keys, id=f"keys {keys} of a mapping") for keys in (("dev", "Size"), (ref("Stage2"), "Size"), (ref("Free"), "Size"), (ref("AWS::Region"), "Size"))),
    mapped("dev", "Gone", of_entry("Value of output More", "asks for dev.Gone of mapping Sizes, which does not have it"), id="second key that a mapping does not have"),
    mapped("gone", "Size", of_entry("Value of output More", "asks for gone of mapping Sizes, which does not have it"), id="key that a mapping does not have"),
    mapped("gone", "Size", {"DefaultValue": "a"}, id="key that a mapping does not have, with a default"),
    mapped(ref("Usual"), "Size", of_entry("Value of output More", "asks for 512 of mapping Sizes, which does not have it"), id="key that a default is and a mapping does not have"),
    mapped(ref("Way"), "Size", *(of_entry("Value of output More", f"asks for {way} of mapping Sizes, which does not have it") for way in ("false", "true")), id="key that a parameter may be and a mapping does not have"),
    case(ON_FARGATE, {}, id="key that a condition keeps from being asked for", Mappings=SIZED, Outputs={"More": {"Value": {"Fn::FindInMap": ["Sizes", "gone", "Size"]}, "Condition": "Never"}}, Conditions={**SECTIONS["Conditions"], "Never": {"Fn::Equals": ["a", "b"]}}),
    gives({"Fn::FindInMap": ["Gone", "a", "b"]}, of_entry("Value of output More", "asks for mapping Gone, which is not in the template"), id="mapping that is not there"),
    gives({"Fn::Select": [1, {"Fn::Cidr": [VPC_RANGE, 2, 8]}]}, id="range of a network"),
    gives({"Fn::Select": [2, {"Fn::Cidr": [VPC_RANGE, 2, 8]}]}, of_entry("Value of output More", "is Fn::Select of what it does not take"), id="range that was not asked for"),
    gives({"Fn::Select": [2, {"Fn::Cidr": [VPC_RANGE, ref("Free"), 8]}]}, id="range of a number that is known only at deployment"),
    gives({"Fn::Select": [0, {"Fn::Cidr": [VPC_RANGE, 2, 17]}]}, of_entry("Value.Fn::Select[1] of output More", "asks for 2 ranges of 17 bits, which 10.0.0.0/16 does not have"), id="ranges that are larger than their network"),
    gives({"Fn::Select": [0, {"Fn::Cidr": [VPC_RANGE, 5, 14]}]}, of_entry("Value.Fn::Select[1] of output More", "asks for 5 ranges of 14 bits, which 10.0.0.0/16 does not have"), id="more ranges than a network has"),
    gives({"Fn::Select": [0, {"Fn::Cidr": [VPC_RANGE, 257, 6]}]}, of_entry("Value.Fn::Select[1] of output More", "asks for 257 ranges, and 256 are the most"), id="more ranges than are given"),
    gives({"Fn::Select": [0, {"Fn::Cidr": [ref("Free"), 2, 17]}]}, id="ranges of a network that is known only at deployment"),
    param(Type=STORED, Default="/cdk-bootstrap/hnb659fds/version", id="version of the bootstrap stack"),
    param(Type=STORED, Default="/aws/service/global-infrastructure/version", id="parameter of AWS"),
    *(param(unsure(AT, f"Default of parameter More of template is '{name}', {MAY_LACK}"), Type=STORED, Default=name, id=f"{name}, which AWS does not have") for name in ("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_idx", "/cdk-bootstrap/hnb659fds/versions")),
    *(param(Type=STORED, Default=name, id=name) for name in ("/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id", "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended", "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id", "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-ECS_Optimized/image_id")),
    param(unsure(AT, f"Default of parameter More of template is '/own', {MAY_LACK}"), Type=STORED, Default="/own", id="parameter of Systems Manager"),
    maps({"a": {"b": "c", "d": ["e", 1]}}, id="mapping"),
    maps({}, of_entry("mapping More", "is empty"), id="empty mapping"),
    maps({"a": "b"}, of_entry("a of mapping More", "is no object with values"), id="mapping without values"),
    maps({"a": {"b": ref("Free")}}, of_entry("a.b of mapping More", "is neither a text nor a list of texts"), id="function in a mapping"),
    gives("a", id="output"),
    gives({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, Export={"Name": sub("${AWS::StackName}-a")}, Description="a", id="export"),
    gives(["a"], of_entry("Value of output More", "is a list, where it must be a text"), id="list for an output"),
    gives({"Fn::GetAZs": ""}, of_entry("Value of output More", "is a list, where it must be a text"), id="function that gives a list for an output"),
    gives("a", of_entry("Description of output More", "is a function, where it must be written"), Description=ref("Free"), id="description that a function gives"),
    gives("a", of_entry("Export of output More", "has no Name"), Export={}, id="export without a name"),
    gives({"Fn::Join": ["", [["a"]]]}, of_entry("Value of output More", "is Fn::Join of what it does not take"), id="list within a text"),
    gives({"Fn::Join": [["-"], ["a"]]}, of_entry("Value of output More", "is Fn::Join of what it does not take"), id="text joined by a list"),
    gives({"Fn::Join": ["", ["a", {"Fn::Split": [",", "a"]}]]}, of_entry("Value of output More", "is Fn::Join of what it does not take"), id="text joined of a function that gives a list"),
    gives({"Fn::Select": [2, ["a", "b"]]}, of_entry("Value of output More", "is Fn::Select of what it does not take"), id="element that a list does not have"),
    gives({"Fn::Select": [-1, ["a", "b"]]}, of_entry("Value of output More", "is Fn::Select of what it does not take"), id="element below the first"),
    gives({"Fn::Select": [0, [["a"]]]}, of_entry("Value of output More", "is a list, where it must be a text"), id="element that is a list"),
    gives({"Fn::Select": [9, {"Fn::GetAZs": ""}]}, unsure(AT, "Value of output More of template is an element of a list that may not have it"), id="zone that no region has"),
    gives({"Fn::Select": [1, {"Fn::Split": [":", "a"]}]}, of_entry("Value of output More", "is Fn::Select of what it does not take"), id="part that a text does not have"),
    gives({"Fn::Select": [1, {"Fn::Split": [":", "a:b"]}]}, id="part of a text"),
    *(gives({"Fn::Select": [1, {"Fn::Split": [at, {"Fn::GetAtt": ["Task", "TaskDefinitionArn"]}]}]}, id=f"part of an ARN between {at}") for at in (":", "/", ":task-definition/")),
    *(gives({"Fn::Select": [index, {"Fn::Split": [at, {"Fn::GetAtt": "Task.TaskDefinitionArn"}]}]}, unsure(AT, "Value of output More of template is an element of a list that may not have it"), id=f"part {index} of an ARN between {at}") for index, at in ((1, ":x"), (7, ":"))),
    gives({"Fn::Sub": ["${a}", {"a": ["b"]}]}, of_entry("Value of output More", "is Fn::Sub of what it does not take"), id="list for a variable"),
    gives({"Fn::FindInMap": ["a", "b"]}, of_entry("Value of output More", "is Fn::FindInMap of what it does not take"), id="mapping of two names"),
    gives({"Fn::GetStackOutput": {"StackName": "a"}}, of_entry("Value of output More", "is Fn::GetStackOutput of what it does not take"), id="output of a stack without a name"),
    gives({"Fn::GetStackOutput": {"StackName": "a", "OutputName": "b", "Region": "eu-west-1"}}, unsure(AT, "Outputs.More of template refers to output b of stack a, which is not in the templates"), id="output of another stack"),
    case(ON_FARGATE, {}, of_entry("output More", "has no Value"), id="output without a value", Outputs={"More": {}}),
    case(ON_FARGATE, {}, id="output under a condition that does not hold", Outputs={"More": {"Value": ["a"], "Condition": "Never"}}, Conditions={**SECTIONS["Conditions"], "Never": {"Fn::Equals": ["a", "b"]}}),
]  # fmt: skip


def subnet_of(range_: Any) -> dict[str, Any]:
    return resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock=range_)


def entry(number: Any, *, egress: Any = True) -> dict[str, Any]:
    more = {"Protocol": -1, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    return resource("EC2::NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber=number, Egress=egress, **more)


ACL = {"Acl": resource("EC2::NetworkAcl", VpcId=ref("Vpc"))}


def copies(region: Any, account: Any = "111122223333") -> dict[str, Any]:
    rule = {"Destinations": [{"Region": region, "RegistryId": account}]}
    return resource("ECR::ReplicationConfiguration", ReplicationConfiguration={"Rules": [rule]})


COPIES = copies("eu-west-1")
RANGES = [
    case(ON_FARGATE, {"More": subnet_of("10.0.9.0/24")}, id="subnet in its VPC"),
    case(ON_FARGATE, {"More": subnet_of(ref("Free"))}, id="range that is known only at deployment"),
    case(ON_FARGATE, {"Vpc.CidrBlock": "10.0.0.0/8"}, faulty("Vpc.Properties.CidrBlock", "CidrBlock of Vpc is 10.0.0.0/8, and its netmask must be /16 to /28"), id="VPC that is too large"),
    case(ON_FARGATE, {"More": subnet_of("10.0.9.0/29")}, faulty("More.Properties.CidrBlock", "CidrBlock of More is 10.0.9.0/29, and its netmask must be /16 to /28"), id="subnet that is too small"),
    case(ON_FARGATE, {"More": subnet_of("10.9.0.0/24")}, faulty("More.Properties.CidrBlock", "CidrBlock of More is 10.9.0.0/24, which is not in 10.0.0.0/16 of Vpc"), id="subnet outside of its VPC"),
    case(ON_FARGATE, {"More": subnet_of(ref("Range"))}, faulty("More.Properties.CidrBlock", "CidrBlock of More is 10.9.0.0/24, which is not in 10.0.0.0/16 of Vpc"), id="range that a parameter is by default"),
    case(ON_FARGATE, {"More": subnet_of("10.9.0.0/24"), "Block": resource("EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="10.9.0.0/16")}, id="subnet in a further range of its VPC"),
    case(ON_FARGATE, {"More": subnet_of("10.0.9.0/24"), "Less": subnet_of("10.0.9.128/25")}, faulty("More.Properties.CidrBlock", "CidrBlock of More is 10.0.9.0/24, which overlaps 10.0.9.128/25 of Less"), id="subnets that overlap"),
    case(ON_FARGATE, {"More": subnet_of(either("Prod", "10.0.9.0/24", "10.0.8.0/24")), "Less": subnet_of(either("Prod", "10.0.8.0/24", "10.0.9.0/24"))}, id="subnets that overlap under no condition"),
    case(ON_FARGATE, group_of(1, 2, DesiredCapacity="2"), id="sizes of a group"),
    case(ON_FARGATE, group_of("3", "2"), faulty("Group.Properties.MinSize", "MinSize of Group is 3, which is more than MaxSize 2"), id="minimum above the maximum"),
    case(ON_FARGATE, group_of(1, 2, DesiredCapacity=3), faulty("Group.Properties.DesiredCapacity", "DesiredCapacity of Group is 3, which is more than MaxSize 2"), id="desired capacity above the maximum"),
    case(ON_FARGATE, {**ACL, "One": entry(100), "Other": entry(200), "Inner": entry(100, egress=False)}, id="rules of a network ACL"),
    case(ON_FARGATE, {"One": COPIES, "Other": COPIES}, refused("Other.Properties", "Other and One are both of one registry, which takes one"), id="two replications of a registry"),
    case(ON_FARGATE, {"One": {**COPIES, "Condition": "Prod"}, "Other": {**COPIES, "Condition": "NotProd"}}, id="two replications of a registry under opposite conditions"),
    case(ON_FARGATE, {**ACL, "One": entry(100), "Other": entry("100", egress="true")}, refused("Other.Properties.RuleNumber", "Other and One have both RuleNumber 100"), id="two rules of one number"),
    case(ON_FARGATE, {**ACL, "One": entry(100), "Other": entry(100, egress=ref("Way"))}, refused("Other.Properties.RuleNumber", "Other and One have both RuleNumber 100"), id="two rules of one number in a direction that a parameter gives"),
    case(ON_FARGATE, {**ACL, "One": entry(32767)}, faulty("One.Properties.RuleNumber", "RuleNumber of One is 32767, and must be 1 to 32766"), id="number that no rule has"),
]  # fmt: skip


BESIDE: Resources = {
    **ON_FARGATE,
    "Launch": resource("EC2::LaunchTemplate", LaunchTemplateData={"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.small"}),
    "Group": resource(
        "AutoScaling::AutoScalingGroup", MinSize="1", MaxSize="1", VPCZoneIdentifier=[ref("Subnet")],
        LaunchTemplate={"LaunchTemplateId": ref("Launch"), "Version": "1"}, NewInstancesProtectedFromScaleIn=True,
    ),
    "Provider": resource("ECS::CapacityProvider", AutoScalingGroupProvider={
        "AutoScalingGroupArn": ref("Group"), "ManagedScaling": {"Status": "ENABLED"}, "ManagedTerminationProtection": "ENABLED",
    }),
    "Associated": resource("ECS::ClusterCapacityProviderAssociations", Cluster=ref("Cluster"), CapacityProviders=[ref("Provider")], DefaultCapacityProviderStrategy=[{"CapacityProvider": ref("Provider"), "Weight": 0}]),
}  # fmt: skip
ITEM, AT_STRATEGY = (
    {"CapacityProvider": ref("Provider"), "Weight": 1},
    "Associated.Properties.DefaultCapacityProviderStrategy",
)
MODEST = {"MemoryMiB": {"Min": 1024}, "VCpuCount": {"Min": 1}}
OVERRIDDEN = {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": ref("Launch"), "Version": "1"}, "Overrides": [{"InstanceType": "t3.small"}]}}  # fmt: skip
HOOK = {"LifecycleHookName": "a", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 60}
ALARM = {"AlarmNames": ["a"], "Enable": True, "Rollback": True}
WINDOWS = {"Task.RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "CpuArchitecture": "X86_64"}}
DATA, AT_DATA = "Launch.LaunchTemplateData", "Launch.Properties.LaunchTemplateData"
OF_GROUP, AT_GROUP = "Provider.AutoScalingGroupProvider", "Provider.Properties.AutoScalingGroupProvider"
PROTECTS = "Provider protects instances that run tasks"
LINUX = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
COMMANDS, AT_COMMANDS = (
    "Cluster.Configuration.ExecuteCommandConfiguration",
    "Cluster.Properties.Configuration.ExecuteCommandConfiguration",
)
NAMED = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "a"}]}]
AT_SERVICE, ROLLING = "Service.Properties", "Service.DeploymentConfiguration"
NOT_KNOWN = "which are not known to be taken"


def daemon(**more: Any) -> dict[str, Any]:
    return {"Service.SchedulingStrategy": "DAEMON", **more}


def scheduled(**changes: Any) -> dict[str, Any]:
    """The task on a schedule; what is for Amazon ECS stands there, and resources stand beside it."""
    own = {key: value for key, value in changes.items() if key in ("GroupName",)}
    more = {key: value for key, value in changes.items() if isinstance(value, dict)}
    ecs = {key: value for key, value in changes.items() if key not in (*own, *more)}
    parameters = {"TaskDefinitionArn": ref("Task"), "LaunchType": "FARGATE", "NetworkConfiguration": AWSVPC, **ecs}
    target = {"Arn": {"Fn::GetAtt": ["Cluster", "Arn"]}, "RoleArn": "arn:aws:iam::123456789012:role/a", "EcsParameters": parameters}  # fmt: skip
    when = resource("Scheduler::Schedule", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target, **own)  # fmt: skip
    return {"Service": when, **more}


MIXED = {f"{DATA}.InstanceType": None, "Group.LaunchTemplate": None, "Group.MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": ref("Launch"), "Version": "1"}, "Overrides": [{"InstanceType": "t3.small"}]}}}  # fmt: skip
CAPACITY = [
    case(BESIDE, {}, id="capacity that the task does not use"),
    # launch templates
    case(BESIDE, {f"{DATA}.ImageId": None}, refused(f"{AT_DATA}.ImageId", "Launch has no ImageId, without which no group is made"), id="group without an image"),
    case(BESIDE, {f"{DATA}.InstanceType": None}, refused(f"{AT_DATA}.InstanceType", "Launch has no InstanceType, without which no group is made"), id="group without an instance type"),
    case(BESIDE, {f"{DATA}.InstanceType": None, "Group.LaunchTemplate": None, "Group.MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": ref("Launch"), "Version": "1"}, "Overrides": [{"InstanceType": "t3.small"}]}}}, id="instance type of an override"),
    case(BESIDE, {f"{DATA}.ImageId": LINUX, f"{DATA}.InstanceType": "m7g.large"}, refused("Group.Properties", f"Group boots {LINUX.removeprefix('resolve:ssm:')} of x86_64 on m7g.large, which is of another"), id="group of another architecture than its image"),
    case(BESIDE, {f"{DATA}.ImageId": LINUX}, id="group of the architecture of its image"),
    case(BESIDE, {"Group.LaunchTemplate.Version": "newest"}, refused("Group.Properties.LaunchTemplate", "Group is of version newest of a launch template, which is none"), id="version that there is not"),
    case(BESIDE, {"Group.VPCZoneIdentifier": None}, faulty("Group.Properties", "Group has none of AvailabilityZoneIds or AvailabilityZones or InstanceId or VPCZoneIdentifier"), id="group in no subnet"),
    case(BESIDE, {f"{DATA}.MetadataOptions": {"HttpPutResponseHopLimit": 65}}, faulty(f"{AT_DATA}.MetadataOptions.HttpPutResponseHopLimit", "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit of Launch is 65, and must be at most 64"), id="hops above the most"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3"}}, {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 8}}]}, id="block devices"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "Iops": 4000, "Throughput": 250}}]}, id="block device with operations and throughput"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp2", "Iops": 4000}}]}, unsure(f"{AT_DATA}.BlockDeviceMappings[0].Ebs", "LaunchTemplateData.BlockDeviceMappings[0].Ebs of Launch has Iops beside VolumeType gp2"), id="operations of a volume that does not take them"),
    case(BESIDE, {**MIXED, "Group.MixedInstancesPolicy.InstancesDistribution": {"SpotAllocationStrategy": "lowest-price", "SpotInstancePools": 3}}, id="pools of the lowest price"),
    case(BESIDE, {**MIXED, "Group.MixedInstancesPolicy.InstancesDistribution": {"SpotAllocationStrategy": "capacity-optimized", "SpotInstancePools": 3}}, unsure("Group.Properties.MixedInstancesPolicy.InstancesDistribution", "MixedInstancesPolicy.InstancesDistribution of Group has SpotInstancePools beside SpotAllocationStrategy capacity-optimized"), id="pools of another strategy"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"Ebs": {"VolumeSize": 8}}]}, unsure(f"{AT_DATA}.BlockDeviceMappings[0].DeviceName", "Launch has a block device without a DeviceName"), id="block device without a name"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeType": "gp3"}}]}, unsure(f"{AT_DATA}.BlockDeviceMappings[0].DeviceName", "Launch has block device '/dev/sdf', without a size, which its image may not have"), id="block device without a size"),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "disk", "Ebs": {"VolumeSize": 8}}]}, unsure(f"{AT_DATA}.BlockDeviceMappings[0].DeviceName", "Launch has block device 'disk', a name that is not known of a device"), id="block device of another name"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [ref("TaskGroup")]}]}, id="network interface"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"Groups": [ref("TaskGroup")]}]}, refused(f"{AT_DATA}.NetworkInterfaces", "Launch has a network interface without a DeviceIndex"), id="network interface without an index"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 1}]}, refused(f"{AT_DATA}.NetworkInterfaces", "Launch has DeviceIndex 1, and no network interface of DeviceIndex 0"), id="no first network interface"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 0}], f"{DATA}.SecurityGroupIds": [ref("TaskGroup")]}, refused(f"{AT_DATA}.SecurityGroupIds", "Launch has SecurityGroupIds beside NetworkInterfaces, of which Amazon EC2 takes one"), id="security groups beside a network interface"),
    case(BESIDE, {f"{DATA}.UserData": "text!"}, refused(f"{AT_DATA}.UserData", "Launch has UserData that is not in Base64"), id="user data that is not in Base64"),
    case(BESIDE, {f"{DATA}.UserData": "IyEvYmluL3No"}, id="user data in Base64"),
    case(BESIDE, {f"{DATA}.TagSpecifications": NAMED}, id="tags of what is launched"),
    case(BESIDE, {f"{DATA}.TagSpecifications": [{"Tags": NAMED[0]["Tags"]}]}, unsure(f"{AT_DATA}.TagSpecifications[0]", "Launch has tags for no ResourceType"), id="tags of nothing"),
    case(BESIDE, {f"{DATA}.TagSpecifications": [{"ResourceType": "instance", "Tags": []}]}, unsure(f"{AT_DATA}.TagSpecifications[0]", "Launch has tags of which none is given"), id="no tags"),
    case(BESIDE, {f"{DATA}.TagSpecifications": NAMED * 2}, unsure(f"{AT_DATA}.TagSpecifications[0].ResourceType", "Launch has tags for ResourceType instance twice"), id="tags of one type twice"),
    case(BESIDE, {f"{DATA}.TagSpecifications": [{**NAMED[0], "ResourceType": "vpc"}]}, unsure(f"{AT_DATA}.TagSpecifications[0].ResourceType", "LaunchTemplateData.TagSpecifications[0].ResourceType of Launch is 'vpc', which is none of its known values"), id="tags of what is not launched"),
    *(case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": size}}]}, id=f"volume of {size} GiB") for size in (30, "100")),
    case(BESIDE, {f"{DATA}.BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}]}, unsure(f"{AT_DATA}.BlockDeviceMappings[0].Ebs.VolumeSize", "Launch has 8 GiB for /dev/xvda, where its image may have 30"), id="volume smaller than that of the image"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 0, "NetworkCardIndex": "0"}]}, id="first network card"),
    case(BESIDE, {f"{DATA}.NetworkInterfaces": [{"DeviceIndex": 0, "NetworkCardIndex": 1}]}, unsure(f"{AT_DATA}.NetworkInterfaces[0].NetworkCardIndex", "Launch has NetworkCardIndex 1, and most instances have card 0 alone"), id="another network card"),
    case(BESIDE, {f"{DATA}.InstanceType": "small"}, unsure(f"{AT_DATA}.InstanceType", "LaunchTemplateData.InstanceType of Launch is 'small', which has not the form that is known for it"), id="instance type without a family"),
    case(BESIDE, {f"{DATA}.CpuOptions": {"CoreCount": 1}}, unsure(f"{AT_DATA}.CpuOptions", "LaunchTemplateData.CpuOptions of Launch has CoreCount without ThreadsPerCore"), id="cores without threads"),
    case(BESIDE, {f"{DATA}.InstanceType": None, f"{DATA}.InstanceRequirements": MODEST, "Group.LaunchTemplate": None, "Group.MixedInstancesPolicy": OVERRIDDEN}, unsure(f"{AT_DATA}.InstanceRequirements", "Launch has InstanceRequirements, beside which overrides may not be taken"), id="instance types in place of requirements"),
    *(case(BESIDE, {f"{DATA}.ImageId": image, "Group.LaunchTemplate": None, "Group.MixedInstancesPolicy": {"LaunchTemplate": {**OVERRIDDEN["LaunchTemplate"], "Overrides": [override]}}}, *expected, id=name) for name, image, override, *expected in (
        ("image resolved at launch for instance types", LINUX, {"InstanceType": "t3.small"}),
        ("image resolved at launch for requirements", LINUX, {"InstanceRequirements": MODEST}, refused(f"{AT_DATA}.ImageId", "Launch has an ImageId that is resolved at launch, which no group takes beside InstanceRequirements")),
        ("image resolved at deployment for requirements", f"{{{{{LINUX}}}}}", {"InstanceRequirements": MODEST}),
    )),
    case(BESIDE, {"Group.LifecycleHookSpecificationList": [HOOK]}, id="lifecycle hook"),
    case(BESIDE, {"Group.LifecycleHookSpecificationList": [{**HOOK, "HeartbeatTimeout": 10}]}, faulty("Group.Properties.LifecycleHookSpecificationList[0].HeartbeatTimeout", "LifecycleHookSpecificationList[0].HeartbeatTimeout of Group is 10, and must be at least 30"), id="lifecycle hook that does not wait"),
    # capacity providers
    case(BESIDE, {"Group.NewInstancesProtectedFromScaleIn": None}, refused(f"{AT_GROUP}.ManagedTerminationProtection", f"{PROTECTS}, and NewInstancesProtectedFromScaleIn of Group is false"), id="protection without that of the group"),
    case(BESIDE, {"Group.NewInstancesProtectedFromScaleIn": None, f"{OF_GROUP}.ManagedTerminationProtection": "DISABLED"}, id="no protection"),
    case(BESIDE, {f"{OF_GROUP}.ManagedScaling.Status": "DISABLED"}, refused(f"{AT_GROUP}.ManagedTerminationProtection", f"{PROTECTS}, without managed scaling"), id="protection without managed scaling"),
    case(BESIDE, {f"{OF_GROUP}.ManagedScaling": either("Prod", {"Status": "ENABLED"})}, unsure(f"{AT_GROUP}.ManagedTerminationProtection", f"{PROTECTS}, and whether it has managed scaling is not known"), id="protection, and perhaps managed scaling"),
    case(BESIDE, {f"{OF_GROUP}.AutoScalingGroupArn": "group", f"{OF_GROUP}.ManagedTerminationProtection": None}, unsure(f"{AT_GROUP}.AutoScalingGroupArn", "Provider is of group 'group', which is not in the templates"), id="capacity provider of a group that is elsewhere"),
    case(BESIDE, {"Provider.AutoScalingGroupProvider": None}, faulty("Provider.Properties", "Provider has none of AutoScalingGroupProvider or ManagedInstancesProvider"), id="capacity provider of nothing"),
    case(BESIDE, {"Associated.CapacityProviders": ["FARGATE"]}, refused("Associated.Properties.DefaultCapacityProviderStrategy", "Associated has ${Provider} in its default strategy, and not among its capacity providers"), id="default strategy of a provider that is not associated"),
    case(BESIDE, {"Associated.CapacityProviders": either("Prod", [ref("Provider")], [])}, refused("Associated.Properties.DefaultCapacityProviderStrategy", "Associated has ${Provider} in its default strategy, and not among its capacity providers"), id="default strategy of a provider that is not associated in one world"),
    case(BESIDE, {"Associated.CapacityProviders": [ref("Free")]}, unsure("Associated.Properties.DefaultCapacityProviderStrategy", "Associated has ${Provider} in its default strategy, and not among its capacity providers"), id="default strategy of a provider that may be associated"),
    case(BESIDE, {"Associated.CapacityProviders": [ref("Provider"), "elsewhere"]}, unsure("Associated.Properties.CapacityProviders", "Associated names capacity provider 'elsewhere', which is not in the templates"), id="capacity provider that is elsewhere"),
    case(BESIDE, {"Associated.CapacityProviders": [ref("Provider"), "FARGATE_SPO"]}, refused("Associated.Properties.CapacityProviders", "Associated names capacity provider 'FARGATE_SPO', which is not in the templates"), id="capacity provider with a name that none has"),
    case(BESIDE, {"Associated.Cluster": "elsewhere"}, unsure("Associated.Properties.Cluster", "Associated is for cluster 'elsewhere', which is not in the templates"), id="cluster that is elsewhere"),
    *(case(BESIDE, {"Associated.DefaultCapacityProviderStrategy": strategy}, *expected, id=name) for name, strategy, *expected in (
        ("strategy of one provider", [ITEM]),
        ("strategy with a base", [{**ITEM, "Base": 1}]),
        ("strategy of AWS Fargate and others", [ITEM, {"CapacityProvider": "FARGATE", "Weight": 1}], refused(AT_STRATEGY, "Associated mixes capacity providers of AWS Fargate with others in one strategy")),
        ("strategy with a provider twice", [ITEM, ITEM], unsure(AT_STRATEGY, "Associated has a capacity provider twice in one strategy")),
    )),
    case(ON_FARGATE, {"Service.LaunchType": None, "Service.CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Base": 1}, {"CapacityProvider": "FARGATE_SPOT", "Base": 1}], "Cluster": resource("ECS::Cluster", CapacityProviders=["FARGATE", "FARGATE_SPOT"]), "Service.Cluster": ref("Cluster")}, refused(f"{AT_SERVICE}.CapacityProviderStrategy", "Service has a strategy with two bases, and one capacity provider alone may have one"), id="strategy with two bases"),
    case(BESIDE, {"Other": resource("ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": ref("Group")})}, refused(f"{AT_GROUP}.AutoScalingGroupArn", "Provider is of group Group, as Other is, and a group has one alone"), id="two capacity providers of one group"),
    case(BESIDE, {"Provider.Name": "ecs-web"}, refused("Provider.Properties.Name", "Provider has Name 'ecs-web', which begins as those of AWS"), id="capacity provider with a name of AWS"),
    # clusters
    case(ON_FARGATE, {"Cluster.Configuration": {"ExecuteCommandConfiguration": {"Logging": "OVERRIDE", "LogConfiguration": {"CloudWatchLogGroupName": "a"}}}}, id="logs of commands"),
    case(ON_FARGATE, {"Cluster.Configuration": {"ExecuteCommandConfiguration": {"Logging": "OVERRIDE"}}}, refused(f"{AT_COMMANDS}.Logging", "Cluster has Logging OVERRIDE without a LogConfiguration"), id="logs of commands that go nowhere"),
    case(ON_FARGATE, {"Cluster.Configuration": {"ExecuteCommandConfiguration": {"Logging": "OVERRIDE", "LogConfiguration": {"S3KeyPrefix": "a"}}}}, unsure(f"{AT_COMMANDS}.LogConfiguration", "Cluster has a LogConfiguration that names no log group or bucket"), id="logs of commands without a target"),
    case(ON_FARGATE, {"Cluster.Configuration": {"ExecuteCommandConfiguration": {"LogConfiguration": {"S3BucketName": "a"}}}}, unsure(f"{AT_COMMANDS}.LogConfiguration", "Cluster has a LogConfiguration with Logging DEFAULT"), id="logs of commands that are not overridden"),
    case(ON_FARGATE, {"Cluster.ClusterSettings": [{"Name": "insights", "Value": "enabled"}]}, unsure("Cluster.Properties.ClusterSettings[0].Name", "ClusterSettings[0].Name of Cluster is 'insights', which is none of its known values"), id="setting that is not known"),
    # services
    case(ON_FARGATE, {"Service.Cluster": None}, unsure(f"{AT_SERVICE}.Cluster", "its cluster is 'default', which is not in the templates"), id="service in the default cluster"),
    case(ON_FARGATE, {"Service.Cluster": "default", "Cluster.ClusterName": "default"}, id="service in a cluster by its name"),
    case(ON_FARGATE, daemon(), refused(f"{AT_SERVICE}.SchedulingStrategy", "it is a daemon, which Amazon ECS does not run on AWS Fargate"), id="daemon on AWS Fargate"),
    case(ON_EC2, daemon(), refused(f"{AT_SERVICE}.SchedulingStrategy", "it is a daemon, which Amazon ECS does not run by capacity provider Provider"), id="daemon by a capacity provider"),
    case({**BESIDE, "Other": resource("ECS::Service", Cluster=ref("Cluster"), SchedulingStrategy="DAEMON", TaskDefinition=ref("Task"), CapacityProviderStrategy=[{"CapacityProvider": ref("Provider"), "Weight": 1}])}, {}, refused("Other.Properties.CapacityProviderStrategy", "Other is a daemon with CapacityProviderStrategy, which no daemon has"), refused("Other.Properties.SchedulingStrategy", "it is a daemon, which Amazon ECS does not run by capacity provider Provider"), id="another daemon by a capacity provider"),
    case(ON_EC2, daemon(**{"Service.CapacityProviderStrategy": None, "Service.LaunchType": "EC2"}), id="daemon"),
    case(ON_EC2, daemon(**{"Service.CapacityProviderStrategy": None, "Service.LaunchType": "EC2", "Service.DesiredCount": 1}), refused(f"{AT_SERVICE}.DesiredCount", "Service is a daemon with DesiredCount, which no daemon has"), id="daemon with a number of tasks"),
    case({**ON_EC2, "Cluster": resource("ECS::Cluster", CapacityProviders=[ref("Provider")], DefaultCapacityProviderStrategy=[{"CapacityProvider": ref("Provider"), "Weight": 1}])}, daemon(**{"Service.CapacityProviderStrategy": None, "Service.Cluster": ref("Cluster")}), refused(f"{AT_SERVICE}.SchedulingStrategy", "it is a daemon, which Amazon ECS does not run by capacity provider Provider"), id="daemon by the strategy of its cluster"),
    case(ON_EC2, {"Service.CapacityProviderStrategy": []}, unsure(f"{AT_SERVICE}.CapacityProviderStrategy", "Service has an empty strategy of capacity providers"), id="empty strategy"),
    case(ON_FARGATE, {ROLLING: {"MaximumPercent": 100, "MinimumHealthyPercent": 0}}, id="one task after another"),
    case(ON_FARGATE, {ROLLING: {"MaximumPercent": 100, "MinimumHealthyPercent": 100}}, refused(f"{AT_SERVICE}.DeploymentConfiguration", "Service has MinimumHealthyPercent 100 and MaximumPercent 100, between which no task is replaced"), id="no task can be replaced"),
    case(ON_FARGATE, {ROLLING: {"MaximumPercent": 100}}, refused(f"{AT_SERVICE}.DeploymentConfiguration", "Service has MinimumHealthyPercent 100 and MaximumPercent 100, between which no task is replaced"), id="no task can be replaced by default"),
    case(ON_FARGATE, {ROLLING: {"MaximumPercent": 300}}, unsure(f"{AT_SERVICE}.DeploymentConfiguration", f"Service has MinimumHealthyPercent 100 and MaximumPercent 300, {NOT_KNOWN}"), id="three times as many tasks"),
    case(ON_FARGATE, {ROLLING: {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True, "ThresholdConfiguration": {"Type": "COUNT", "Value": 0}}}}, unsure(f"{AT_SERVICE}.DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration.Value", "Service has a circuit breaker with 0, which is not known to be taken"), id="circuit breaker without failures"),
    case(ON_FARGATE, {ROLLING: {"Alarms": ALARM}, "Alarm": resource("CloudWatch::Alarm", AlarmName="a", MetricName="a", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1)}, id="alarm"),
    case(ON_FARGATE, {ROLLING: {"Alarms": {**ALARM, "AlarmNames": [ref("Free")]}}}, id="alarm whose name is given at deployment"),
    case(ON_FARGATE, {ROLLING: {"Alarms": {**ALARM, "Enable": False}}}, id="alarm that is not looked at"),
    case(ON_FARGATE, {ROLLING: {"Alarms": ALARM}}, unsure(f"{AT_SERVICE}.DeploymentConfiguration.Alarms", "Service has alarm 'a', which is not in the templates"), id="alarm that is elsewhere"),
    case(ON_EC2, {"Service.PlatformVersion": "LATEST"}, unsure(f"{AT_SERVICE}.PlatformVersion", "it has PlatformVersion, which is for AWS Fargate, and its tasks are for EC2"), id="platform version of container instances by a strategy"),
    case({**ON_EC2, "Cluster": resource("ECS::Cluster")}, {"Service.CapacityProviderStrategy": None, "Service.LaunchType": "EC2", "Service.PlatformVersion": "LATEST"}, refused(f"{AT_SERVICE}.PlatformVersion", "it has PlatformVersion, which is for AWS Fargate, and its tasks are for EC2"), id="platform version of container instances"),
    case(ON_FARGATE, {"Service.DesiredCount": -1}, faulty(f"{AT_SERVICE}.DesiredCount", "DesiredCount of Service is -1, and must be at least 0"), id="fewer tasks than none"),
    case({**ON_EC2, "Cluster": resource("ECS::Cluster")}, {"Task.NetworkMode": "awsvpc", "Service.NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [ref("Subnet")], "AssignPublicIp": "ENABLED"}}}, refused(f"{AT_SERVICE}.NetworkConfiguration", "AssignPublicIp is ENABLED, which is for tasks on AWS Fargate alone"), id="public address on an instance"),
    # task definitions
    case(ON_FARGATE, {"Task.RequiresCompatibilities": None}, unsure(f"{AT}.RequiresCompatibilities", "the task definition does not say that it is for FARGATE, which is not known to be taken"), id="task that does not say what it is for"),
    case(ON_FARGATE, {f"{CONTAINER}.Name": "/web"}, unsure(f"{AT_CONTAINER}.Name", "ContainerDefinitions[0].Name of Task is '/web', which has not the form that is known for it"), id="name of a container"),
    case(ON_EC2, {"Task.NetworkMode": "none", PORTS: [{"ContainerPort": 80}]}, refused(f"{AT_CONTAINER}.PortMappings[0]", "a port is mapped, and in network mode none there is no network"), id="port without a network"),
    case(ON_EC2, {"Task.NetworkMode": "host", PORTS: [{"ContainerPort": 80, "HostPort": 8080}]}, refused(f"{AT_CONTAINER}.PortMappings[0].HostPort", "HostPort is 8080, and in network mode host it must be ContainerPort 80"), id="another port of the host in network mode host"),
    case(ON_EC2, {"Task.NetworkMode": "host", PORTS: [{"ContainerPort": 80, "HostPort": 0}]}, unsure(f"{AT_CONTAINER}.PortMappings[0].HostPort", "HostPort is 0 in network mode host, which is not known to be taken"), id="any port of the host in network mode host"),
    case(ON_EC2, {PORTS: [{"ContainerPort": 0}]}, unsure(f"{AT_CONTAINER}.PortMappings[0]", "a port is mapped with ContainerPort 0, which is not known to be taken"), id="port 0"),
    case(ON_EC2, {f"{CONTAINER}.LogConfiguration": {"LogDriver": "json-file", "Options": OPTIONS}}, refused(f"{AT_CONTAINER}.LogConfiguration", "log driver json-file does not take option awslogs-group"), id="option of another log driver"),
    case(ON_EC2, {f"{CONTAINER}.LogConfiguration": {"LogDriver": "json-file", "Options": {"max-size": "10m"}}}, id="option of the log driver"),
    case(ON_EC2, logs(**{"awslogs-region": None}), unsure(f"{AT_CONTAINER}.LogConfiguration", "log driver awslogs has no option awslogs-region, which Amazon ECS asks for"), id="no region of the logs"),
    case(ON_EC2, {**WINDOWS, f"{CONTAINER}.Privileged": False}, id="task for Windows"),
    *(case(ON_EC2, {**WINDOWS, f"{CONTAINER}.{key}": value}, unsure(f"{AT_CONTAINER}.{key}", f"{key} is not documented for tasks on Windows"), id=f"{key} on Windows") for key, value in (("Privileged", True), ("ReadonlyRootFilesystem", "true"), ("LinuxParameters", {"InitProcessEnabled": True}), ("FirelensConfiguration", {"Type": "fluentbit"}))),
    case(ON_EC2, {**WINDOWS, "Task.PidMode": "host"}, unsure(f"{AT}.PidMode", "PidMode is not documented for tasks on Windows"), id="processes of the host on Windows"),
    case(ON_EC2, {f"{CONTAINER}.FirelensConfiguration": {"Type": "fluentbit", "Options": {"enable-ecs-log-metadata": "true"}}}, id="log router"),
    case(ON_EC2, {f"{CONTAINER}.FirelensConfiguration": {"Type": "fluentbit", "Options": {"metadata": "true"}}}, unsure(f"{AT_CONTAINER}.FirelensConfiguration.Options.metadata", "ContainerDefinitions[0].FirelensConfiguration.Options.metadata of Task is no property that is known there"), id="log router with an option that is not known"),
    # schedules
    case(ON_FARGATE, scheduled(), id="task on a schedule"),
    case(ON_FARGATE, scheduled(GroupName="a", Group=resource("Scheduler::ScheduleGroup", Name="a")), id="schedule in a group"),
    case(ON_FARGATE, scheduled(GroupName="a"), unsure("Service.Properties.GroupName", "schedule group 'a' is not in the templates"), id="schedule in a group that is elsewhere"),
    case(ON_FARGATE, scheduled(PlacementConstraints=[{"Type": "distinctInstance"}]), refused("Service.Properties.Target.EcsParameters.PlacementConstraints", "it has PlacementConstraints, and AWS Fargate places tasks without any"), id="placement of a task on a schedule"),
    case(ON_FARGATE, {**scheduled(), "Service.FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}}, id="schedule with a window"),
    case(ON_FARGATE, {**scheduled(), "Service.FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, unsure("Service.Properties.FlexibleTimeWindow", "FlexibleTimeWindow of Service has no MaximumWindowInMinutes"), id="schedule with a window of no length"),
    case(ON_FARGATE, {"Rule": resource("Events::Rule", ScheduleExpression="rate(5 minutes)")}, id="schedule"),
    *(case(ON_FARGATE, {"Rule": resource("Events::Rule", ScheduleExpression=f"cron({when})")}, id=f"schedule {when}") for when in ("0 12 * * ? *", "0/15 8-17 ? * MON-FRI *")),
    case(ON_FARGATE, {"Rule": resource("Events::Rule", ScheduleExpression="cron(30 2 * * * *)")}, unsure("Rule.Properties.ScheduleExpression", "ScheduleExpression of Rule is 'cron(30 2 * * * *)', which has not the form that is known for it"), id="schedule by two kinds of days"),
    case(ON_FARGATE, {"Rule": resource("Events::Rule", ScheduleExpression="every day")}, unsure("Rule.Properties.ScheduleExpression", "ScheduleExpression of Rule is 'every day', which has not the form that is known for it"), id="schedule of another form"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "changes", "sections", "expected"),
    [*FARGATE, *TASKS, *RUNNERS, *REFERENCES, *FORMS, *POLICIES, *SIZES, *ATTRIBUTES, *OTHERS, *RANGES, *CAPACITY],
)
def test_undeployable(
    resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said([written(resources, changes, sections)]) == [*expected]


def written(resources: Resources, changes: Mapping[str, Any], sections: Mapping[str, Any]) -> Template:
    return Template("template", {**SECTIONS, **sections, "Resources": changed(resources, changes)})


def said(templates: Sequence[Template]) -> list[str]:
    """What is found of deployment; where container instances come from is another question."""
    found = [line(each) for each in judge(templates, rules=RULES).findings]
    return [each for each in found if each.startswith("undeployable-task") or "that AWS makes the task" in each]


def output(value: Any, condition: Any = None, **more: Any) -> dict[str, Any]:
    return {"Value": value, **({"Condition": condition} if condition else {}), **more}


PASSED = {name: ref(name) for name, declared in SECTIONS["Parameters"].items() if "Default" not in declared}
STACK = resource(
    "CloudFormation::Stack",
    TemplateURL="https://example.com/inner.json",
    Parameters={**PASSED, "Names": {"Fn::Join": [",", ref("Names")]}},
)
OF_INNER = logged({"Fn::GetAtt": ["Inner", "Outputs.Group"]})
MADE = {"Group": output(ref("Group"))}
NESTED = [
    pytest.param(STACK, OF_INNER, {"Group": resource("Logs::LogGroup")}, {"Outputs": MADE}, (), id="output"),
    pytest.param(STACK, logged({"Fn::GetAtt": "Inner.Outputs.Group"}), {"Group": resource("Logs::LogGroup")}, {"Outputs": MADE}, (), id="output as a text"),
    pytest.param(STACK, OF_INNER, {"Group": resource("Logs::LogGroup")}, {}, (unresolved(AT, "output Group of Inner, which is not in its template"),), id="no such output"),
    pytest.param(STACK, OF_INNER, {"Group": resource("Logs::LogGroup")}, {"Transform": "Ours"}, (), id="output that a macro may add"),
    pytest.param(STACK, OF_INNER, {"Group": resource("Logs::LogGroup")}, {"Outputs": {"Fn::Transform": {"Name": "AWS::Include"}}}, (), id="output that may be included"),
    pytest.param(STACK, OF_INNER, {"Group": under("Prod")}, {"Outputs": {"Group": output(ref("Group"), "Prod")}}, (unresolved(AT, "output Group of Inner, which is not made there"),), id="output under a condition"),
    pytest.param(STACK, logged(either("Prod", {"Fn::GetAtt": ["Inner", "Outputs.Group"]}, "a")), {"Group": under("Prod")}, {"Outputs": {"Group": output(ref("Group"), "Prod")}}, (), id="output under the same condition"),
    pytest.param(STACK, {}, {"Group": resource("Logs::LogGroup", LogGroupName=ref("Gone"))}, {}, (unresolved("Group.Properties", "Gone, which is not in the template"),), id="reference within it"),
    pytest.param({**STACK, "Condition": "Prod"}, {}, {"Group": resource("Logs::LogGroup", LogGroupName=ref("Gone"))}, {}, (unresolved("Group.Properties", "Gone, which is not in the template"),), id="reference within one that may not be made"),
    pytest.param(STACK, {"Group": resource("Logs::LogGroup", LogGroupName="app")}, {"Group": resource("Logs::LogGroup", LogGroupName="app")}, {}, (refused("Group.Properties.LogGroupName", "Group and Group have both LogGroupName app"),), id="name that a resource around it has"),
    pytest.param(STACK, {"Group": resource("Logs::LogGroup", LogGroupName="app")}, {"Group": resource("Logs::LogGroup", LogGroupName="app")}, {"Transform": "Ours"}, (), id="name that a macro may change"),
    pytest.param(STACK, {"Group": resource("Logs::LogGroup", LogGroupName=ref("AWS::StackName"))}, {"Group": resource("Logs::LogGroup", LogGroupName=ref("AWS::StackName"))}, {}, (), id="name of each stack"),
    pytest.param(STACK, {"Group": resource("Logs::LogGroup", LogGroupName=sub("app-${Free}"))}, {"Group": resource("Logs::LogGroup", LogGroupName=sub("app-${Free}"))}, {}, (), id="names by parameters"),
    pytest.param({**STACK, "Condition": "Prod"}, {"Group": under("NotProd", LogGroupName="app")}, {"Group": resource("Logs::LogGroup", LogGroupName="app")}, {}, (), id="name that a resource around it has where it is not made"),
    pytest.param({**STACK, "Condition": "Prod"}, OF_INNER, {"Group": resource("Logs::LogGroup")}, {"Outputs": MADE}, (unresolved(AT, "Inner, which is not made there"),), id="stack under a condition"),
    pytest.param({**STACK, "Condition": "Prod"}, logged(either("Prod", {"Fn::GetAtt": ["Inner", "Outputs.Group"]}, "a")), {"Group": resource("Logs::LogGroup")}, {"Outputs": MADE}, (), id="stack under the same condition"),
]  # fmt: skip


def given(*expected: str, id: str, parameters: Any, **declared: Any) -> ParameterSet:
    stack = resource("CloudFormation::Stack", TemplateURL="https://example.com/inner.json", Parameters=parameters)
    return pytest.param(stack, {}, {"Group": resource("Logs::LogGroup")}, {"Parameters": declared}, expected, id=id)


AT_GIVEN = "Inner.Properties.Parameters"
TEXT, LIST = {"Type": "String"}, {"Type": "CommaDelimitedList"}
KINDS = {"Type": "String", "AllowedValues": ["a", "b"]}
GIVEN = [
    given(parameters={"A": "a"}, A=TEXT, id="parameter"),
    given(parameters=ref("Free"), A=TEXT, id="parameters that a function gives"),
    given(faulty(f"{AT_GIVEN}.B", "Parameters.B of Inner is no parameter of inner"), parameters={"A": "a", "B": "b"}, A=TEXT, id="parameter that a nested stack does not have"),
    given(faulty(AT_GIVEN, "Parameters of Inner has no B, which inner asks for"), parameters={"A": "a"}, A=TEXT, B=TEXT, id="parameter that is not given"),
    given(faulty(AT_GIVEN, "Parameters of Inner has no A, which inner asks for"), parameters={"A": either("Prod", "a")}, A=TEXT, id="parameter that is not given under a condition"),
    given(parameters={"A": either("Prod", "a")}, A={**TEXT, "Default": "b"}, id="parameter with a default"),
    given(faulty(f"{AT_GIVEN}.A", "Parameters.A of Inner is a list, where it must be a text"), parameters={"A": ["a", "b"]}, A=LIST, id="list for a parameter"),
    given(faulty(f"{AT_GIVEN}.A", "Parameters.A of Inner is a list, where it must be a text"), parameters={"A": ref("Names")}, A=LIST, id="list of a parameter for a parameter"),
    given(parameters={"A": {"Fn::Join": [",", ref("Names")]}}, A=LIST, id="text for a parameter that is a list"),
    given(parameters={"A": "b"}, A=KINDS, id="value that a nested stack allows"),
    given(faulty(f"{AT_GIVEN}.A", "Parameters.A of Inner is 'c', and must be one of a, b by inner"), parameters={"A": "c"}, A=KINDS, id="value that a nested stack does not allow"),
    given(faulty(f"{AT_GIVEN}.A", "Parameters.A of Inner is '512', and must be one of a, b by inner"), parameters={"A": ref("Usual")}, A=KINDS, id="default that a nested stack does not allow"),
    given(parameters={"A": ref("Free")}, A=KINDS, id="value that is known only at deployment"),
    given(faulty(f"{AT_GIVEN}.A", "Parameters.A of Inner is 'c', and must match [0-9]+ by inner"), parameters={"A": "c"}, A={**TEXT, "AllowedPattern": "[0-9]+"}, id="value that does not match a pattern"),
    pytest.param(resource("CloudFormation::Stack", TemplateURL="https://example.com/inner.json"), {}, {"Group": resource("Logs::LogGroup")}, {"Parameters": {"A": TEXT}}, (faulty(AT_GIVEN, "Parameters of Inner has no A, which inner asks for"),), id="no parameters"),
    pytest.param(STACK, {}, {"Group": resource("Logs::LogGroup")}, {"Parameters": {}, "Transform": "Ours", "Conditions": {}}, (), id="parameter that a macro may add"),
]  # fmt: skip


@pytest.mark.parametrize(("stack", "changes", "inner", "sections", "expected"), [*NESTED, *GIVEN])
def test_nested_stack(
    stack: Any, changes: Mapping[str, Any], inner: Resources, sections: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said(nested(stack, changes, inner, sections)) == [*expected]


def nested(stack: Any, changes: Mapping[str, Any], inner: Resources, sections: Mapping[str, Any]) -> list[Template]:
    resources = {**changed(ON_FARGATE, changes), "Inner": stack}
    own = Template("template", {**SECTIONS, "Resources": resources})
    own.nested["Inner"] = Template("inner", {**SECTIONS, **sections, "Resources": inner}, parent=own.resources["Inner"])
    return [own, own.nested["Inner"]]


GROUP = resource("Logs::LogGroup", LogGroupName="app")
ROLE = resource("IAM::Role", RoleName="app", AssumeRolePolicyDocument={"Statement": [TRUST]})
HERE, THERE, ELSEWHERE = (("us-east-1", "111122223333"), ("eu-west-1", "111122223333"), ("us-east-1", "444455556666"))
OPEN = resource(
    "ECR::RegistryPolicy",
    PolicyText={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "a",
                "Effect": "Allow",
                "Principal": {"AWS": "444455556666"},
                "Action": "ecr:ReplicateImage",
                "Resource": "*",
            }
        ],
    },
)
AT_COPY = "Copies.Properties.ReplicationConfiguration.Rules[0].Destinations[0]"
TWICE = "Group and Group have both LogGroupName app"
BOTH = [
    pytest.param({"Group": GROUP}, {"Group": GROUP}, HERE, HERE, (unsure("Group.Properties.LogGroupName", TWICE),), id="two stacks of one account and region"),
    pytest.param({"Group": GROUP}, {"Group": GROUP}, HERE, THERE, (), id="two regions"),
    pytest.param({"Group": GROUP}, {"Group": GROUP}, HERE, ELSEWHERE, (), id="two accounts"),
    pytest.param({"Group": GROUP}, {"Group": GROUP}, (None, None), (None, None), (), id="stacks of which nobody knows where they lie"),
    pytest.param({"Policy": OPEN}, {"Policy": OPEN}, HERE, HERE, (unsure("Policy.Properties", "Policy and Policy are both of one registry, which takes one"),), id="policies of one registry"),
    pytest.param({"Policy": OPEN}, {"Policy": OPEN}, HERE, THERE, (), id="policies of registries of two regions"),
    pytest.param({"Copies": copies("eu-west-1")}, {}, HERE, HERE, (), id="replication to another region"),
    pytest.param({"Copies": copies("us-east-1", "444455556666")}, {}, HERE, HERE, (), id="replication to another account"),
    pytest.param({"Copies": copies("us-east-1")}, {}, HERE, HERE, (refused(AT_COPY, "Copies copies to its own registry"),), id="replication to the own registry"),
    pytest.param({"Copies": copies("us-east-1", ref("AWS::AccountId"))}, {}, HERE, HERE, (refused(AT_COPY, "Copies copies to its own registry"),), id="replication to the own registry, by reference"),
    pytest.param({"Copies": copies(ref("AWS::Region"), ref("AWS::AccountId"))}, {}, (None, None), (None, None), (refused(AT_COPY, "Copies copies to its own registry"),), id="replication to the own registry, wherever that is"),
    pytest.param({"Copies": copies("cn-north-1")}, {}, HERE, HERE, (refused(f"{AT_COPY}.Region", "Copies copies from us-east-1 to cn-north-1, which is of another partition"),), id="replication to another partition"),
    pytest.param({"Copies": copies("cn-north-1")}, {}, (None, None), (None, None), (), id="replication from a region that is not known"),
    pytest.param({"Role": ROLE}, {"Role": ROLE}, HERE, THERE, (unsure("Role.Properties.RoleName", "Role and Role have both RoleName app"),), id="roles of one account"),
    pytest.param({"Role": ROLE}, {"Role": ROLE}, HERE, ELSEWHERE, (), id="roles of two accounts"),
    pytest.param({"Group": {**GROUP, "Properties": {"LogGroupName": ref("AWS::StackName")}}}, {"Group": {**GROUP, "Properties": {"LogGroupName": ref("AWS::StackName")}}}, HERE, HERE, (), id="names of two stacks"),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "others", "place", "other_place", "expected"), BOTH)
def test_two_stacks(
    resources: Resources, others: Resources, place: Any, other_place: Any, expected: tuple[str, ...]
) -> None:
    body = {**SECTIONS, "Resources": {**ON_FARGATE, **resources}}
    own = Template("template", body, region=place[0], account=place[1])
    assert said([own, Template("other", {"Resources": others}, region=other_place[0], account=other_place[1])]) == [
        *expected
    ]


OF_OTHER = {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Group"}}
IMPORTED = logged({"Fn::ImportValue": "group"})
EXPORTED = {"Export": {"Name": "group"}}
IN_OTHER = refused(AT, "Outputs.Group of other refers to Gone, which is not in the template: CloudFormation refuses the template")  # fmt: skip
EXPORTS = [
    pytest.param(IMPORTED, {"Group": output("a", **EXPORTED)}, (), id="export"),
    pytest.param(IMPORTED, {}, (), id="export of a stack elsewhere"),
    pytest.param(IMPORTED, {"Group": output("a", "Prod", **EXPORTED)}, (unresolved(AT, "the export group of other, which is not made there"),), id="export under a condition"),
    pytest.param(logged(sub("${Own}", Own={"Fn::ImportValue": "group"})), {"Group": output("a", "Prod", **EXPORTED)}, (unresolved(AT, "the export group of other, which is not made there"),), id="export under a condition in a text"),
    pytest.param(IMPORTED, {"Group": output("a", "Always", **EXPORTED)}, (), id="export under a condition that holds"),
    pytest.param(IMPORTED, {"Group": output("a", "Never", **EXPORTED)}, (unresolved(AT, "the export group of other, which is not made there"),), id="export under a condition that does not hold"),
    pytest.param(logged(either("Prod", {"Fn::ImportValue": "group"}, "a")), {"Group": output("a", "Never", **EXPORTED)}, (unresolved(AT, "the export group of other, which is not made there"),), id="import under a condition"),
    pytest.param(IMPORTED, {"Group": output(ref("Gone"), **EXPORTED)}, (IN_OTHER,), id="export of a stack that refers to what is not there"),
    pytest.param(logged(either("Prod", {"Fn::ImportValue": "group"}, "a")), {"Group": output(ref("Gone"), **EXPORTED)}, (IN_OTHER,), id="import under a condition from a stack that refers to what is not there"),
    pytest.param(logged({"Fn::ImportValue": "elsewhere"}), {"Group": output(ref("Gone"), **EXPORTED)}, (), id="import from another stack than the one that refers to what is not there"),
    pytest.param(logged({"Fn::ImportValue": ref("Free")}), {"Group": output("a", "Never", **EXPORTED)}, (), id="import of a name that is not known"),
    pytest.param(IMPORTED, {"Group": output("a", **EXPORTED), "Other": output(ref("Gone"))}, (refused(AT, "Outputs.Other of other refers to Gone, which is not in the template: CloudFormation refuses the template"),), id="export of a stack that is not made"),
    pytest.param({}, {"Group": output("a", **EXPORTED), "Other": output(ref("Gone"))}, (), id="stack that is not made and that nothing is imported from"),
    pytest.param(logged({"Fn::GetStackOutput": {"StackName": "another", "OutputName": "Group"}}), {"Other": output(ref("Gone"))}, (unsure(AT, "Task refers to output Group of stack another, which is not in the templates"),), id="output of a stack elsewhere"),
    pytest.param(logged(OF_OTHER), {"Group": output("a")}, (), id="output of a stack"),
    pytest.param({"Subnet.VpcId": OF_OTHER}, {"Group": output("a")}, (faulty("Subnet.Properties.VpcId", "VpcId of Subnet is 'a', and not the id of an AWS::EC2::VPC"),), id="output of a stack that is no id"),
    pytest.param({"Subnet.VpcId": OF_OTHER}, {"Group": output(ref("Queue"))}, (faulty("Subnet.Properties.VpcId", "VpcId of Subnet refers to Queue of AWS::SQS::Queue, where it must be the id of an AWS::EC2::VPC"),), id="output of a stack that is the name of something else"),
    pytest.param(logged(OF_OTHER), {"Groups": output("a")}, (unresolved(AT, "output Group of stack other, which is not in its template"),), id="output that a stack does not have"),
    pytest.param(logged(OF_OTHER), {"Group": output("a", "Never")}, (unresolved(AT, "output Group of stack other, which is not made there"),), id="output of a stack under a condition"),
    pytest.param(logged({"Fn::GetStackOutput": {**OF_OTHER["Fn::GetStackOutput"], "Region": "eu-north-1"}}), {"Group": output("a")}, (unsure(AT, "Task refers to output Group of stack other, which is not in the templates"),), id="output of a stack in another region"),
    pytest.param(logged({"Fn::GetStackOutput": {"StackName": ref("Free"), "OutputName": "Group"}}), {}, (), id="output of a stack that is known only at deployment"),
    pytest.param(logged({"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Group"}}), {"Group": output("a"), "Other": output(ref("Gone"))}, (refused(AT, "Outputs.Other of other refers to Gone, which is not in the template: CloudFormation refuses the template"),), id="output of a stack that is not made"),
]  # fmt: skip

OTHER_EXPORT = {"Export": {"Name": "others"}}
BOTH_EXPORTS = logged({"Fn::Join": ["", [{"Fn::ImportValue": "group"}, {"Fn::ImportValue": "others"}]]})
EXPORTS += [
    pytest.param(logged({"Fn::ImportValue": "others"}), {"Group": output("a", **OTHER_EXPORT), "One": output("a", **EXPORTED), "More": output("b", **EXPORTED)}, (unmade(AT, "output More of other has export group, which output One of other has"),), id="export twice in a stack"),
    pytest.param(logged({"Fn::ImportValue": "others"}), {"Group": output("a", **OTHER_EXPORT), "One": output("a", "Prod", **EXPORTED), "More": output("b", "NotProd", **EXPORTED)}, (), id="export twice under opposite conditions"),
    pytest.param({}, {"One": output("a", **EXPORTED), "More": output("b", **EXPORTED)}, (), id="export twice in a stack that nothing is imported from"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "outputs", "expected"), EXPORTS)
def test_export(changes: Mapping[str, Any], outputs: Mapping[str, Any], expected: tuple[str, ...]) -> None:
    assert said(importing(changes, outputs)) == [*expected]


def importing(changes: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[Template]:
    own = Template("template", {**SECTIONS, "Resources": changed(ON_FARGATE, changes)})
    conditions = {**SECTIONS["Conditions"], "Always": {"Fn::Equals": ["a", "a"]}, "Never": {"Fn::Equals": ["a", "b"]}}
    body = {**SECTIONS, "Conditions": conditions, "Resources": {"Queue": resource("SQS::Queue")}, "Outputs": outputs}
    return [own, Template("other", body, stack_name="other")]


IMPORTER = {"Group": resource("Logs::LogGroup", LogGroupName={"Fn::ImportValue": "back"})}
BACK = {"Back": output("a", Export={"Name": "back"})}
TOGETHER = [
    pytest.param({}, {}, {}, (), id="two stacks"),
    pytest.param(BACK, {}, {}, (), id="export that nobody imports"),
    pytest.param(BACK, IMPORTER, {}, (unmade(AT, "template imports from other, which can't be there before it"),), id="stacks that import from each other"),
    pytest.param({"Mine": output("a", **EXPORTED)}, {}, {}, (), id="export of a stack elsewhere that this one has, too"),
    pytest.param({"Mine": output("a", **EXPORTED)}, {}, {"More": output("a", **OTHER_EXPORT)}, (unmade(AT, "output Group of other has export group, which output Mine of template has"),), id="export of the stack that is imported from"),
]  # fmt: skip


@pytest.mark.parametrize(("outputs", "resources", "more", "expected"), TOGETHER)
def test_stacks_together(
    outputs: Mapping[str, Any], resources: Resources, more: Mapping[str, Any], expected: tuple[str, ...]
) -> None:
    assert said(together(outputs, resources, more)) == [*expected]


def together(outputs: Mapping[str, Any], resources: Resources, more: Mapping[str, Any]) -> list[Template]:
    """Two templates: the first imports from the other, which has an export of its own and more of them."""
    task = changed(ON_FARGATE, logged({"Fn::ImportValue": "others"}) if more else IMPORTED)
    own = Template("template", {**SECTIONS, "Resources": task, "Outputs": {**outputs}})
    others = {"Resources": {"Queue": resource("SQS::Queue"), **resources}, "Outputs": {"Group": output("a", **EXPORTED), **more}}  # fmt: skip
    return [own, Template("other", others, stack_name="other")]
