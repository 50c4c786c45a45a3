# ruff: noqa: E501 - in a table, a case is a line
"""The capacity of tasks: which container instances exist and can take a task, and what its cluster can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.messages.cases import BASES
from tests.pull.network.networks import changed, ref, resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.mark import ParameterSet

    from tests.pull.network.networks import Resources

RULES = tuple(BY_ID[name] for name in ("no-capacity", "unverifiable-placement", "no-path-to-ecr"))
GROUP, PROVIDER, LAUNCH = (
    "AutoScalingGroup",
    "CapacityProvider.AutoScalingGroupProvider",
    "LaunchTemplate.LaunchTemplateData",
)
OVERRIDES = f"{GROUP}.MixedInstancesPolicy.LaunchTemplate.Overrides"
WEB = "TaskDefinition.ContainerDefinitions.0"
WITH_GPUS = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id"
STRATEGY = "Service.CapacityProviderStrategy"
HOLDS, BROKEN, UNKNOWN = "holds", "no-capacity", "unverifiable-placement"
PARAMETERS = {"Free": {"Type": "String"}, "Size": {"Type": "Number", "Default": 2}, "Flag": {"Type": "String"}}


def case(name: str, expected: str, **changes: Any) -> ParameterSet:
    """A row: its name, what is found, and what is changed in the base, `__` for a dot in a path."""
    return pytest.param({key.replace("__", "."): value for key, value in changes.items()}, expected, id=name)


def scheduled(**sizes: Any) -> dict[str, Any]:
    return resource(
        "AutoScaling::ScheduledAction", AutoScalingGroupName=ref(GROUP), StartTime="2030-01-01T00:00:00Z", **sizes
    )


def policy(**more: Any) -> dict[str, Any]:
    tracking = {"PolicyType": "TargetTrackingScaling", "TargetTrackingConfiguration": {"TargetValue": 50}}
    return resource("AutoScaling::ScalingPolicy", AutoScalingGroupName=ref(GROUP), **(more or tracking))


def item(provider: Any, **more: Any) -> dict[str, Any]:
    return {"CapacityProvider": provider, **more}


def held_to(expression: Any) -> list[dict[str, Any]]:
    return [{"Type": "memberOf", "Expression": expression}]


def data(settings: str) -> dict[str, Any]:
    """User data that joins the cluster, with further settings of the agent."""
    script = f"#!/bin/bash\ncat <<'END' >> /etc/ecs/ecs.config\nECS_CLUSTER=${{Cluster}}\n{settings}\nEND\n"
    return {f"{LAUNCH}.UserData": {"Fn::Base64": {"Fn::Sub": script}}}


def logging(driver: Any) -> dict[str, Any]:
    return {f"{WEB}.LogConfiguration": {"LogDriver": driver}}


def of_host(number: int, **more: Any) -> dict[str, Any]:
    """A task that has a port of the instance."""
    ports = [{"ContainerPort": 80, "HostPort": number, **more}]
    network = {"TaskDefinition.NetworkMode": "bridge", "Service.NetworkConfiguration": None}
    return {f"{WEB}.PortMappings": ports, **network}


TEAM = 'ECS_INSTANCE_ATTRIBUTES={"team":"web", "stage":"prod", "release":"v2.1"}'
OWN_ATTRIBUTES = {
    HOLDS: ("team == web", "team in [web, db]", "team exists", "team != db", "release =~ v2.*", "team==web and attribute:stage==prod", "team !~ db.*"),
    BROKEN: ("team == db", "team != web", "team not_exists", "team in [db, app]", "team =~ d.*", "release !~ v2.*", "team == web and attribute:stage == test"),
    UNKNOWN: ("other == web", "other exists", "team == we*", "team =~ we.*", "team !~ we.*", "team == web or attribute:team == db", "not(team == db)"),
}  # fmt: skip
"""Placement constraints by what they leave of instances with attributes of one's own."""


def toml(setting: str = "") -> dict[str, Any]:
    return {"Fn::Base64": {"Fn::Sub": f'[settings.ecs]\ncluster = "${{Cluster}}"\n{setting}'}}


TOML = {f"{LAUNCH}.ImageId": "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2/arm64/latest/image_id", f"{LAUNCH}.UserData": toml()}  # fmt: skip
SUBNETS = "Service.NetworkConfiguration.AwsvpcConfiguration.Subnets"
ELSEWHERE = {"Vpc2": resource("EC2::VPC", CidrBlock="10.9.0.0/16"), "There": resource("EC2::Subnet", VpcId=ref("Vpc2"), CidrBlock="10.9.0.0/24")}  # fmt: skip
OWN = ref("CapacityProvider")
BRIDGE = {"TaskDefinition.NetworkMode": "bridge", "Service.NetworkConfiguration": None}


def other(count: int | None, **changes: Any) -> dict[str, Any]:
    """Another service with tasks of the same definition."""
    network = {"AwsvpcConfiguration": {"Subnets": [ref("PrivateSubnetA"), ref("PrivateSubnetB")], "SecurityGroups": [ref("TaskGroup")]}}  # fmt: skip
    own = {"Cluster": ref("Cluster"), "CapacityProviderStrategy": [{"CapacityProvider": OWN, "Weight": 1}]}
    given = {
        **own,
        "TaskDefinition": ref("TaskDefinition"),
        "DesiredCount": count,
        "NetworkConfiguration": network,
        **changes,
    }
    return resource("ECS::Service", **{key: value for key, value in given.items() if value is not None})


FOR_FARGATE = {"TaskDefinition.RequiresCompatibilities": ["EC2", "FARGATE"], "TaskDefinition.Cpu": "256", "TaskDefinition.Memory": "512"}  # fmt: skip
STILL = {f"{PROVIDER}.ManagedScaling": None, f"{PROVIDER}.ManagedTerminationProtection": "DISABLED"}
MAKER = {"ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:a"}
TWO = {"Second": resource("ECS::CapacityProvider", AutoScalingGroupProvider={"AutoScalingGroupArn": ref("Empty")}),
       "Empty": resource("AutoScaling::AutoScalingGroup", MinSize="0", MaxSize="0", VPCZoneIdentifier=[ref("PrivateSubnetA")], LaunchTemplate={"LaunchTemplateId": ref("Launch"), "Version": "1"}),
       "Launch": resource("EC2::LaunchTemplate", LaunchTemplateData={"ImageId": ref("ImageId"), "InstanceType": "m7g.large", "UserData": toml()}),
       "CapacityProviders.CapacityProviders": [OWN, ref("Second")]}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        case("as it is", HOLDS),
        # sizes
        case("maximum of 0", BROKEN, AutoScalingGroup__MaxSize="0"),
        case("maximum of a parameter's default", HOLDS, AutoScalingGroup__MaxSize=ref("Size")),
        case("maximum known only at deployment", UNKNOWN, AutoScalingGroup__MaxSize=ref("Free")),
        case("maximum of 0 where the flag is set", BROKEN, AutoScalingGroup__MaxSize={"Fn::If": ["Set", "0", "1"]}),
        case("maximum raised by a schedule", HOLDS, AutoScalingGroup__MaxSize="0", Raise=scheduled(MaxSize=3)),
        case("maximum of a schedule is 0 too", BROKEN, AutoScalingGroup__MaxSize="0", Raise=scheduled(MaxSize=0)),
        case("maximum not raised by a policy", BROKEN, AutoScalingGroup__MaxSize="0", Raise=policy()),
        case("maximum that a custom resource may raise", UNKNOWN, AutoScalingGroup__MaxSize="0", Maker={"Type": "Custom::Maker", "Properties": {**MAKER, "Group": ref(GROUP)}}),
        case("maximum and a custom resource of something else", BROKEN, AutoScalingGroup__MaxSize="0", Maker={"Type": "Custom::Maker", "Properties": {**MAKER, "Name": "group"}}),
        case("starts with none", UNKNOWN, **STILL),
        case("starts with none, managed scaling off", UNKNOWN, **{**STILL, f"{PROVIDER}.ManagedScaling": {"Status": "DISABLED"}}),
        case("starts with none, raised by a policy", HOLDS, **STILL, Raise=policy()),
        case("starts with none, raised by a policy on their load", UNKNOWN, **STILL, Raise=policy(PolicyType="TargetTrackingScaling", TargetTrackingConfiguration={"TargetValue": 50, "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}})),
        case("starts with none, a policy of steps, which may lower it", UNKNOWN, **STILL, Raise=policy(ScalingAdjustment=-1)),
        case("starts with none, raised by a schedule", HOLDS, **STILL, Raise=scheduled(DesiredCapacity=1)),
        case("starts with its minimum", HOLDS, **STILL, AutoScalingGroup__MinSize="1"),
        case("desired capacity", HOLDS, **STILL, AutoScalingGroup__DesiredCapacity="1"),
        # metadata service
        case("metadata service off", BROKEN, **{f"{LAUNCH}.MetadataOptions": {"HttpEndpoint": "disabled"}}),
        case("metadata service on", HOLDS, **{f"{LAUNCH}.MetadataOptions": {"HttpEndpoint": "enabled"}}),
        case("metadata service known only at deployment", UNKNOWN, **{f"{LAUNCH}.MetadataOptions": {"HttpEndpoint": ref("Free")}}),
        # placement constraints
        case("constraint that one of a group's types meets", UNKNOWN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type == m7g.large")),
        case("constraint that each type of a group meets", HOLDS, Service__PlacementConstraints=held_to("attribute:ecs.instance-type in [m7g.large, c7g.large, r7g.large]")),
        case("constraint that none meets", BROKEN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type == c5.large")),
        case("constraint of the task that none meets", BROKEN, TaskDefinition__PlacementConstraints=held_to("attribute:ecs.cpu-architecture == x86_64")),
        case("constraint on an attribute of one's own", UNKNOWN, Service__PlacementConstraints=held_to("attribute:team == web")),
        *(
            case(f"own attribute, {expression}", expected, Service__PlacementConstraints=held_to(f"attribute:{expression}"), **data(TEAM))
            for expected, expressions in OWN_ATTRIBUTES.items()
            for expression in expressions
        ),
        case("own attribute known only at deployment", UNKNOWN, Service__PlacementConstraints=held_to("attribute:team == web"), **data('ECS_INSTANCE_ATTRIBUTES={"team":"${Free}"}')),
        case("own attribute given anew", BROKEN, Service__PlacementConstraints=held_to("attribute:team == web"), **data(f'{TEAM}\nECS_INSTANCE_ATTRIBUTES={{"team":"db"}}')),
        case("own attribute that is no text", UNKNOWN, Service__PlacementConstraints=held_to("attribute:team == 1"), **data('ECS_INSTANCE_ATTRIBUTES={"team":1}')),
        case("own attribute by a pattern with many wildcards", UNKNOWN, Service__PlacementConstraints=held_to(f"attribute:team =~ {'w*' * 20}x"), **data(f'ECS_INSTANCE_ATTRIBUTES={{"team":"{"w" * 60}"}}')),
        case("own attribute that is no JSON", UNKNOWN, Service__PlacementConstraints=held_to("attribute:team == web"), **data("ECS_INSTANCE_ATTRIBUTES=team")),
        case("own attribute of Bottlerocket", HOLDS, Service__PlacementConstraints=held_to("attribute:team == web"), **{**TOML, f"{LAUNCH}.UserData": toml("[settings.ecs.instance-attributes]\nteam = 'web'\n'a.b' = 'c'")}),
        case("another own attribute of Bottlerocket", BROKEN, Service__PlacementConstraints=held_to("attribute:team == db"), **{**TOML, f"{LAUNCH}.UserData": toml("instance-attributes = {team = 'web'}")}),
        case("own attribute of Bottlerocket that is none", UNKNOWN, Service__PlacementConstraints=held_to("attribute:team == db"), **{**TOML, f"{LAUNCH}.UserData": toml("instance-attributes = {team = 1}")}),
        case("types by a pattern", HOLDS, Service__PlacementConstraints=held_to("attribute:ecs.instance-type =~ m7g.*"), **{OVERRIDES: [{"InstanceType": "m7g.large"}, {"InstanceType": "m7g.xlarge"}]}),
        case("types by a pattern that one of a group's matches", UNKNOWN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type =~ m7g.*")),
        case("types by a pattern that none matches", BROKEN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type =~ g4dn.*")),
        case("types by a pattern of a part", UNKNOWN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type =~ 7g")),
        case("types by no pattern", UNKNOWN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type =~ *7g")),
        case("two constraints, one is not met", BROKEN, Service__PlacementConstraints=[*held_to("attribute:team == web"), *held_to("attribute:ecs.os-type == windows")]),
        case("constraint on a type known only at deployment", UNKNOWN, Service__PlacementConstraints=held_to("attribute:ecs.instance-type == m7g.large"), **{OVERRIDES: [{"InstanceType": ref("Free")}]}),
        case("each on its own instance", HOLDS, Service__PlacementConstraints=[{"Type": "distinctInstance"}]),
        # sizes of tasks: c7g.large has 4096 MiB, m7g.large 8192, all of them 2 CPUs
        case("task that fits", HOLDS, TaskDefinition__Memory="3600", TaskDefinition__Cpu="2 vCPU"),
        case("memory that one of a group's types has", UNKNOWN, TaskDefinition__Memory="6000"),
        case("memory of which the operating system may keep a part", UNKNOWN, TaskDefinition__Memory="4096"),
        case("memory that none has", BROKEN, TaskDefinition__Memory="17 GB"),
        case("memory of a container that none has", BROKEN, **{f"{WEB}.Memory": 20000}),
        case("memory of a container, of which less is reserved", HOLDS, **{f"{WEB}.Memory": 20000, f"{WEB}.MemoryReservation": 512}),
        case("memory known only at deployment", UNKNOWN, **{f"{WEB}.Memory": ref("Free")}),
        case("memory of a task known only at deployment", UNKNOWN, TaskDefinition__Memory=ref("Free")),
        case("more CPUs than any has", BROKEN, TaskDefinition__Cpu="4096"),
        case("more CPUs of a container than any has", BROKEN, **{f"{WEB}.Cpu": 4096}),
        case("type that is not known", UNKNOWN, **{OVERRIDES: [{"InstanceType": "m99g.large"}]}),
        case("types that are chosen by what they have", HOLDS, **{OVERRIDES: [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}}}]}),
        case("types that are not much dearer than the cheapest", HOLDS, **{OVERRIDES: [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}, "OnDemandMaxPricePercentageOverLowestPrice": 0, "SpotMaxPricePercentageOverLowestPrice": 0}}]}),
        case("types that cost no more than On-Demand", HOLDS, **{OVERRIDES: [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}, "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice": 100}}]}),
        case("types that must cost less than On-Demand", UNKNOWN, **{OVERRIDES: [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}, "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice": 20}}]}),
        case("types that may have too little", UNKNOWN, TaskDefinition__Memory="3600", **{OVERRIDES: [{"InstanceRequirements": {"VCpuCount": {"Min": 2}, "MemoryMiB": {"Min": 2048}}}]}),
        case("GPUs that none has", BROKEN, **{f"{WEB}.ResourceRequirements": [{"Type": "GPU", "Value": "1"}]}),
        case("GPUs, with an image that may not register them", UNKNOWN, **{f"{WEB}.ResourceRequirements": [{"Type": "GPU", "Value": "1"}], OVERRIDES: [{"InstanceType": "g5g.xlarge"}]}),
        case("GPUs", HOLDS, **{f"{WEB}.ResourceRequirements": [{"Type": "GPU", "Value": "1"}], OVERRIDES: [{"InstanceType": "g5g.xlarge"}], f"{LAUNCH}.ImageId": WITH_GPUS}),
        case("GPUs, how many is known only at deployment", UNKNOWN, **{f"{WEB}.ResourceRequirements": [{"Type": "GPU", "Value": ref("Free")}]}),
        case("inference accelerator", HOLDS, **{f"{WEB}.ResourceRequirements": [{"Type": "InferenceAccelerator", "Value": "device"}]}),
        case("CPUs that options take away", BROKEN, TaskDefinition__Cpu="2048", **{f"{LAUNCH}.CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 1}}),
        case("CPUs that options leave", HOLDS, TaskDefinition__Cpu="1024", **{f"{LAUNCH}.CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 1}}),
        case("CPUs of options known only at deployment", UNKNOWN, TaskDefinition__Cpu="1024", **{f"{LAUNCH}.CpuOptions": {"CoreCount": ref("Free"), "ThreadsPerCore": 1}}),
        case("options known only at deployment", UNKNOWN, TaskDefinition__Cpu="1024", **{f"{LAUNCH}.CpuOptions": ref("Free")}),
        case("options of something else", HOLDS, TaskDefinition__Cpu="2048", **{f"{LAUNCH}.CpuOptions": {"AmdSevSnp": "disabled"}}),
        case("memory that the agent keeps back", BROKEN, TaskDefinition__Memory="5500", **data("ECS_RESERVED_MEMORY=12000")),
        case("memory that the agent may keep back", UNKNOWN, TaskDefinition__Memory="3600", **data("ECS_RESERVED_MEMORY=256")),
        case("memory that the agent leaves", HOLDS, TaskDefinition__Memory="3400", **data("ECS_RESERVED_MEMORY=256")),
        case("memory kept back known only at deployment", UNKNOWN, **data("ECS_RESERVED_MEMORY=${Free}")),
        case("memory that Bottlerocket keeps back", BROKEN, **{**TOML, f"{LAUNCH}.UserData": toml("reserved-memory = 16000")}),
        # the agent
        *(case(f"log driver {driver} by default", HOLDS, **logging(driver)) for driver in ("awslogs", "json-file", "syslog", "fluentd", "none", "awsfirelens")),
        *(case(f"log driver {driver}, which nothing lists", BROKEN, **logging(driver)) for driver in ("splunk", "gelf", "journald")),
        case("log driver known only at deployment", UNKNOWN, **logging(ref("Free"))),
        case("log driver that nothing known lists", UNKNOWN, **logging("splunk"), **{f"{LAUNCH}.UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/bash\necho ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config\n/opt/setup"}}}),
        case("Bottlerocket with a log driver by default", HOLDS, **logging("json-file"), **TOML),
        case("Bottlerocket with a log driver that nothing lists", BROKEN, **logging("fluentd"), **TOML),
        case("log driver of an image of one's own", HOLDS, **logging("splunk"), **{f"{LAUNCH}.ImageId": "ami-0123456789abcdef0"}),
        case("log driver that is listed", HOLDS, **data("ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\", \"awslogs\"]")),
        case("log driver that is not listed", BROKEN, **data("ECS_AVAILABLE_LOGGING_DRIVERS=[\"json-file\"]")),
        case("list of log drivers that is set anew", HOLDS, **data("ECS_AVAILABLE_LOGGING_DRIVERS=[]\nECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"]")),
        case("list of log drivers that is no list", UNKNOWN, **data("ECS_AVAILABLE_LOGGING_DRIVERS=awslogs")),
        case("list of log drivers known only at deployment", UNKNOWN, **data("ECS_AVAILABLE_LOGGING_DRIVERS=${Free}")),
        case("log driver of the agent's own", HOLDS, **data("ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"]"), **{f"{WEB}.LogConfiguration": {"LogDriver": "awsfirelens"}}),
        *(case(f"port {number} of the instance, which the agent reserves", BROKEN, **of_host(number)) for number in (22, 2375, 51678)),
        case("port of the instance", HOLDS, **of_host(80)),
        case("port of UDP that the agent reserves for TCP", HOLDS, **of_host(22, Protocol="udp")),
        case("port that the agent may not reserve", UNKNOWN, **of_host(22), **data("ECS_RESERVED_PORTS=[]")),
        case("port of a task of its own network", HOLDS, **{f"{WEB}.PortMappings": [{"ContainerPort": 22}]}),
        case("interfaces of tasks switched off", BROKEN, **data("ECS_ENABLE_TASK_ENI=false")),
        case("interfaces of tasks switched off, and asked for by none", HOLDS, **data("ECS_ENABLE_TASK_ENI=false"), TaskDefinition__NetworkMode="bridge", Service__NetworkConfiguration=None),
        case("interfaces of tasks known only at deployment", UNKNOWN, **data("ECS_ENABLE_TASK_ENI=${Free}")),
        case("privileged containers switched off", BROKEN, **data("ECS_DISABLE_PRIVILEGED=true"), **{f"{WEB}.Privileged": True}),
        case("privileged containers", HOLDS, **data("ECS_DISABLE_PRIVILEGED=false"), **{f"{WEB}.Privileged": True}),
        case("privileged containers switched off, and perhaps asked for", UNKNOWN, **data("ECS_DISABLE_PRIVILEGED=true"), **{f"{WEB}.Privileged": ref("Free")}),
        case("Bottlerocket with a privileged container", BROKEN, **{f"{WEB}.Privileged": True, **TOML}),
        case("Bottlerocket that allows a privileged container", HOLDS, **{f"{WEB}.Privileged": True, **TOML, f"{LAUNCH}.UserData": toml("allow-privileged-containers = true")}),
        case("Bottlerocket with other log drivers", BROKEN, **{**TOML, f"{LAUNCH}.UserData": toml('logging-drivers = ["json-file"]')}),
        case("Bottlerocket with the log driver", HOLDS, **{**TOML, f"{LAUNCH}.UserData": toml('logging-drivers = ["awslogs"]')}),
        # as many tasks as the service wants: c7g.large surely registers 3686 MiB, the group has 10 at most
        case("tasks that fit", HOLDS, Service__DesiredCount=70, TaskDefinition__Memory="512", **BRIDGE),
        case("more tasks than fit", UNKNOWN, Service__DesiredCount=71, TaskDefinition__Memory="512", **BRIDGE),
        case("more tasks than any service has", UNKNOWN, Service__DesiredCount=1_000_000, TaskDefinition__Memory="512", **BRIDGE),
        case("tasks with a network interface, of which c7g.large has 3", HOLDS, Service__DesiredCount=20),
        case("more tasks than network interfaces for them", UNKNOWN, Service__DesiredCount=21),
        case("tasks on instances of their own", HOLDS, Service__DesiredCount=10, Service__PlacementConstraints=[{"Type": "distinctInstance"}]),
        case("more tasks than instances of their own", UNKNOWN, Service__DesiredCount=11, Service__PlacementConstraints=[{"Type": "distinctInstance"}]),
        case("tasks beside those of another service", HOLDS, Service__DesiredCount=10, Other=other(10)),
        case("more tasks than fit beside those of another service", UNKNOWN, Service__DesiredCount=10, Other=other(11)),
        case("tasks beside a daemon", HOLDS, Service__DesiredCount=10, AutoScalingGroup__MinSize="1", Other=other(None, SchedulingStrategy="DAEMON", LaunchType="EC2", CapacityProviderStrategy=None)),
        case("more tasks than fit beside a daemon", UNKNOWN, Service__DesiredCount=11, AutoScalingGroup__MinSize="1", Other=other(None, SchedulingStrategy="DAEMON", LaunchType="EC2", CapacityProviderStrategy=None)),
        case("tasks beside those of a service under a condition", UNKNOWN, Service__DesiredCount=10, Other={**other(11), "Condition": "Set"}),
        case("tasks beside those of a service under the opposite condition", HOLDS, Service__DesiredCount={"Fn::If": ["Set", 0, 10]}, Other={**other(11), "Condition": "Set"}),
        # managed scaling counts tasks that its capacity provider places
        case("launch type, and no instance at first", UNKNOWN, Service__LaunchType="EC2", Service__CapacityProviderStrategy=None),
        case("launch type, and an instance at first", HOLDS, Service__LaunchType="EC2", Service__CapacityProviderStrategy=None, AutoScalingGroup__MinSize="1"),
        case("default strategy of the cluster", HOLDS, Service__CapacityProviderStrategy=None),
        case("no strategy at all", UNKNOWN, Service__CapacityProviderStrategy=None, CapacityProviders__DefaultCapacityProviderStrategy=[]),
        case("more tasks than CPUs for them", UNKNOWN, Service__DesiredCount=21, TaskDefinition__Memory="512", TaskDefinition__Cpu="1024"),
        case("more tasks than a group has that nothing scales", UNKNOWN, **STILL, AutoScalingGroup__MinSize="1", Service__DesiredCount=8, TaskDefinition__Memory="512"),
        case("more tasks than instances with their port", UNKNOWN, Service__DesiredCount=11, TaskDefinition__NetworkMode="bridge", Service__NetworkConfiguration=None, **{f"{WEB}.PortMappings": [{"ContainerPort": 80, "HostPort": 80}]}),
        case("as many tasks as instances with their port", HOLDS, Service__DesiredCount=10, TaskDefinition__NetworkMode="bridge", Service__NetworkConfiguration=None, **{f"{WEB}.PortMappings": [{"ContainerPort": 80, "HostPort": 80}]}),
        case("number of tasks known only at deployment", HOLDS, Service__DesiredCount=ref("Free")),
        # the network interface of the task
        case("subnet in one of the zones of the instances", UNKNOWN, **{SUBNETS: [ref("PrivateSubnetA")]}),
        case("subnet in the only zone of the instances", HOLDS, AutoScalingGroup__VPCZoneIdentifier=[ref("PrivateSubnetA")], **{SUBNETS: [ref("PrivateSubnetA")]}),
        case("subnets of another VPC", BROKEN, **ELSEWHERE, **{SUBNETS.rpartition(".")[0]: {"Subnets": [ref("There")]}}),
        case("subnets known only at deployment", UNKNOWN, **{SUBNETS: [ref("Free")]}),
        case("subnets known only at deployment, of a task without an interface", HOLDS, **{SUBNETS: [ref("Free")]}, TaskDefinition__NetworkMode="bridge"),
        case("subnet of a VPC known only at deployment", UNKNOWN, There=resource("EC2::Subnet", VpcId=ref("Free"), CidrBlock="10.9.0.0/24"), **{SUBNETS: [ref("There")]}),
        case("subnets of another VPC, of a task without an interface", HOLDS, **ELSEWHERE, **{SUBNETS: [ref("There")]}, TaskDefinition__NetworkMode="bridge"),
        # capacity providers
        case("associated by its name", HOLDS, CapacityProvider__Name="arm", CapacityProviders__CapacityProviders=["arm"]),
        case("named by the service, associated by reference", HOLDS, CapacityProvider__Name="arm", **{STRATEGY: [item("arm", Weight=1)]}),
        case("not associated", BROKEN, CapacityProviders=None),
        case("associated where the flag is set", BROKEN, CapacityProviders__CapacityProviders={"Fn::If": ["Set", [OWN], []]}, CapacityProviders__DefaultCapacityProviderStrategy=[]),
        case("associated by the cluster", HOLDS, CapacityProviders=None, Cluster__CapacityProviders=[OWN]),
        case("another one is associated, known only at deployment", UNKNOWN, CapacityProviders__CapacityProviders=[ref("Free")]),
        case("associated with another cluster", BROKEN, Other=resource("ECS::Cluster"), CapacityProviders__Cluster=ref("Other")),
        case("a custom resource may associate it", UNKNOWN, CapacityProviders={"Type": "Custom::Association", "Properties": {**MAKER, "Cluster": ref("Cluster")}}),
        case("Fargate is not associated", BROKEN, **FOR_FARGATE, **{STRATEGY: [item("FARGATE", Weight=1)]}),
        case("Fargate is associated", HOLDS, **FOR_FARGATE, **{STRATEGY: [item("FARGATE", Weight=1)]}, CapacityProviders__CapacityProviders=["FARGATE", "FARGATE_SPOT", OWN]),
        case("one without instances has no weight", HOLDS, **TWO, **{STRATEGY: [item(OWN, Weight=1), item(ref("Second"), Weight=0)]}),
        case("one without instances has a weight", BROKEN, **TWO, **{STRATEGY: [item(OWN, Weight=1), item(ref("Second"), Weight=1)]}),
        case("one without instances has a base", BROKEN, **TWO, **{STRATEGY: [item(OWN, Weight=1), item(ref("Second"), Base=1)]}),
        case("two without a weight", BROKEN, **TWO, **{STRATEGY: [item(OWN), item(ref("Second"))]}),
        case("one alone with a base and no weight", UNKNOWN, **{STRATEGY: [item(OWN, Base=1)]}),
        case("one alone without a weight", UNKNOWN, **{STRATEGY: [item(OWN)]}),
    ],
)  # fmt: skip
def test_capacity(changes: Mapping[str, Any], expected: str) -> None:
    found = {finding.rule for finding in judge([template(changes)], Policy(), RULES).findings}
    assert found == ({expected} - {HOLDS})


ARN = "arn:${{AWS::Partition}}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:capacity-provider/${{{}}}"
DAEMON: dict[str, Any] = {
    "Agent": resource("ECS::DaemonTaskDefinition", ContainerDefinitions=[{"Name": "agent", "Image": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/agent:1"}}]),
    "Daemon": resource("ECS::Daemon", ClusterArn={"Fn::GetAtt": "Cluster.Arn"}, DaemonTaskDefinitionArn=ref("Agent"), CapacityProviderArns=[{"Fn::Sub": ARN.format("Managed")}]),
    "Managed": resource("ECS::CapacityProvider", ClusterName=ref("Cluster"), ManagedInstancesProvider={
        "InfrastructureRoleArn": "arn:aws:iam::123456789012:role/infra",
        "InstanceLaunchTemplate": {"Ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole", "NetworkConfiguration": {"Subnets": [ref("PrivateSubnetA")], "SecurityGroups": ["sg-0123456789abcdef0"]}},
    }),
}  # fmt: skip


ROOM_ELSEWHERE = "unknown: whether the ECS agent on Managed can register is not known: "
"""What is said where nothing speaks against the size of a daemon."""


def of_instances(**requirements: Any) -> dict[str, Any]:
    """The change by which instances of the capacity provider must have something."""
    all_of_them = {"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1}, **requirements}
    return {"Managed__ManagedInstancesProvider__InstanceLaunchTemplate__InstanceRequirements": all_of_them}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        case("on managed instances", "unknown: whether the ECS agent on Managed can register is not known: the instances of Managed have the instance profile arn:aws:iam::123456789012:instance-profile/ecsInstanceRole, which is not in the templates"),
        case("on managed instances of another cluster", "broken: Daemon by its capacity provider MANAGED; capacity provider MANAGED is not associated with cluster ${Cluster.Arn}", Other=resource("ECS::Cluster"), Managed__ClusterName=ref("Other")),
        case("on managed instances of another cluster, though its own names them", "unknown: Daemon by its capacity provider MANAGED; capacity provider MANAGED is made for cluster ${Other} alone, and cluster ${Cluster.Arn} names it, too", Other=resource("ECS::Cluster"), Managed__ClusterName=ref("Other"), Cluster__CapacityProviders=[ref("Managed")]),
        case("on instances of a group", "broken: Daemon by its capacity provider GROUP; daemons run on ECS Managed Instances, and it is for EC2", Daemon__CapacityProviderArns=[{"Fn::Sub": ARN.format("CapacityProvider")}]),
        case("on managed instances and on those of a group", "broken: Daemon by its capacity provider GROUP; daemons run", Daemon__CapacityProviderArns=[{"Fn::Sub": ARN.format(each)} for each in ("Managed", "CapacityProvider")]),
        case("on instances that are not in the templates", "unknown: Daemon by its capacity provider ${Free}, which is not in the templates", Daemon__CapacityProviderArns=[ref("Free")]),
        case("without a capacity provider", "unknown: Daemon names no capacity provider", Daemon__CapacityProviderArns=None),
        case("in no known cluster", "unknown: Daemon by its capacity provider MANAGED; the cluster that capacity provider MANAGED is associated with is not known", Daemon__ClusterArn=None),
        case("without a role, and commands may be run in it", "broken: EnableExecuteCommand is true, and the task has no TaskRoleArn", Daemon__EnableExecuteCommand=True),
        case("whose memory no instance has", "broken: the daemons of Managed reserve 9000 MiB, and its instances have 8192 MemoryMiB at most", **of_instances(MemoryMiB={"Min": 1, "Max": 8192}), Agent__Memory="9000"),
        case("whose CPU no instance has", "broken: the daemons of Managed reserve 4096 CPU units, and its instances have 2 VCpuCount at most", **of_instances(VCpuCount={"Min": 1, "Max": 2}), Agent__Cpu="4096"),
        case("whose memory some instances may not have", "unknown: the daemons of Managed reserve 4096 MiB, and whether each instance that it may choose has them is not known", **of_instances(MemoryMiB={"Min": 4096}), Agent__Memory="4096"),
        case("whose containers some instances may not hold", "unknown: the daemons of Managed reserve 4096 MiB, and whether each instance that it may choose has them is not known", **of_instances(MemoryMiB={"Min": 4096}), Agent__ContainerDefinitions__0__Memory=4096),
        case("of any size, on any instances", "unknown: the daemons of Managed reserve 1024 MiB, and whether each instance that it may choose has them is not known", Agent__Memory="1024"),
        case("of a size that is known at deployment", "unknown: how many MiB the daemons of Managed reserve is known only at deployment", Agent__Memory=ref("Free")),
        case("beside another one, for which no room may be", "unknown: the daemons of Managed reserve 4096 MiB, and whether", **of_instances(MemoryMiB={"Min": 4096}), Agent__Memory="3000", Agent2=resource("ECS::DaemonTaskDefinition", Memory="1096", ContainerDefinitions=[{"Name": "a", "Image": "a"}]), Daemon2={**DAEMON["Daemon"], "Properties": {**DAEMON["Daemon"]["Properties"], "DaemonTaskDefinitionArn": ref("Agent2")}}),
        case("that each instance has room for", ROOM_ELSEWHERE, **of_instances(MemoryMiB={"Min": 4096}, VCpuCount={"Min": 2}), Agent__Memory="3000", Agent__Cpu="1024"),
        case("that each instance of a family has room for", ROOM_ELSEWHERE, **of_instances(AllowedInstanceTypes=["m7i.*"]), Agent__Memory="3000", Agent__Cpu="1024"),
        case("that nothing runs", "holds: no daemon in the templates runs it, and daemons run on ECS Managed Instances", Daemon__DaemonTaskDefinitionArn=None),
        case("of a definition elsewhere", "holds: no daemon in the templates runs it, and daemons run on ECS Managed Instances", Daemon__DaemonTaskDefinitionArn=ref("Free")),
        case("where what it runs on is open", "broken: where Flag is not yes: Daemon by its capacity provider GROUP; daemons run", Daemon__CapacityProviderArns=[{"Fn::If": ["Set", {"Fn::Sub": ARN.format("Managed")}, {"Fn::Sub": ARN.format("CapacityProvider")}]}]),
    ],
)  # fmt: skip
def test_daemon(changes: Mapping[str, Any], expected: str) -> None:
    (container,) = (
        each
        for each in judge([template({**DAEMON, **changes})], Policy(), RULES).containers
        if each.logical_id == "Agent"
    )
    (link,) = (each for each in container.links if each.name == "placement")
    arn = "arn:aws:ecs:us-east-1:${AWS::AccountId}:capacity-provider/"
    said = expected.replace("MANAGED", f"{arn}${{Managed}}").replace("GROUP", f"{arn}${{CapacityProvider}}")
    assert f"{link.verdict.value}: {link.evidence}".startswith(said)


def template(changes: Mapping[str, Any]) -> Template:
    (base,) = load([BASES / "mixed-instances.yaml"])
    sections: dict[str, Any] = dict(base.body)
    sections["Resources"] = _ordered(changed(sections["Resources"], changes))
    sections["Parameters"] = {**sections["Parameters"], **PARAMETERS}
    sections["Conditions"] = {"Set": {"Fn::Equals": [ref("Flag"), "yes"]}}
    return Template("base", sections, region="us-east-1")


def _ordered(resources: Resources) -> Resources:
    """Return resources that depend on no resource that was removed."""
    for each in resources.values():
        if "DependsOn" in each:
            after = each["DependsOn"] if isinstance(each["DependsOn"], list) else [each["DependsOn"]]
            each["DependsOn"] = [name for name in after if name in resources]
    return resources


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        pytest.param("10", {"no-path-to-ecr"}, id="on instances without a way"),
        pytest.param("0", {"no-path-to-ecr", BROKEN}, id="without instances, what else they lack is said"),
    ],
)
def test_what_else_is_found(size: str, expected: set[str]) -> None:
    found = judge([template({"PrivateDefaultRoute": None, "AutoScalingGroup.MaxSize": size})], Policy(), RULES).findings
    assert {finding.rule for finding in found} == expected
