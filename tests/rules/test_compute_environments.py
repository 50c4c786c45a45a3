# ruff: noqa: E501 - in a table, a case is a line
"""Jobs of AWS Batch on container instances, from the queue to what the instances boot, may do and reach."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.pull.proof import prove
from tests.pull.network.networks import changed, ref, resource
from tests.pull.placement.batch import COMPUTE, JOBS, TARGET, allowing, att, role

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV, RESOURCES, JOB = "ComputeEnvironment", "ComputeEnvironment.ComputeResources", "JobDefinition.ContainerProperties"
TYPES, IMAGES, LAUNCH = f"{RESOURCES}.InstanceTypes", f"{RESOURCES}.Ec2Configuration", f"{RESOURCES}.LaunchTemplate"
NEEDS = f"{JOB}.ResourceRequirements"
PROVEN = ""
NO_CAPACITY, REFUSED, UNPLACED = (
    "placement broken: no-capacity",
    "placement broken: undeployable-task",
    "placement unknown: unverifiable-placement",
)
UNKNOWN_IMAGE, OUTDATED = "ami unknown: unverifiable-ami", "ami broken: outdated-ami"
UNKNOWN_ARCHITECTURE = "architecture unknown: unverifiable-architecture"
PARAMETERS = {"Free": {"Type": "String"}, "Size": {"Type": "Number", "Default": 16}, "Stage": {"Type": "String"}, "Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"}, "ArmImage": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"}, "Plain": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"}, "Bottlerocket": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id"}}  # fmt: skip


def case(name: str, expected: str, **changes: Any) -> tuple[str, dict[str, Any], str]:
    """A row: its name, the links that do not hold, and what is changed in the base, `__` for a dot in a path."""
    return name, {key.replace("__", "."): value for key, value in changes.items()}, expected


def of(**keys: Any) -> dict[str, Any]:
    """Some properties of the compute resources; None leaves one out."""
    return {RESOURCES: {key: value for key, value in {**COMPUTE, **keys}.items() if value is not None}}


def size(vcpus: Any, memory: Any = "2048", gpus: Any = None) -> dict[str, Any]:
    """What a job reserves."""
    kinds = {"VCPU": vcpus, "MEMORY": memory, "GPU": gpus}
    return {NEEDS: [{"Type": kind, "Value": value} for kind, value in kinds.items() if value is not None]}


def template(**data: Any) -> dict[str, Any]:
    """A launch template that the compute environment uses."""
    specification = {"LaunchTemplateId": ref("Launch"), "Version": att("Launch", "LatestVersionNumber")}
    return {"Launch": resource("EC2::LaunchTemplate", LaunchTemplateData=data), LAUNCH: specification}


def mime(script: str, type_: str = "text/x-shellscript") -> dict[str, Any]:
    """User data of a launch template as a MIME archive."""
    parts = [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=="',
        "",
        "--==",
        f"Content-Type: {type_}",
        "",
        script,
        "--==--",
    ]
    return template(UserData={"Fn::Base64": "\n".join([*parts, ""])})


def script(line: str) -> dict[str, Any]:
    return mime(f"#!/bin/bash\n{line}")


def override(types: list[str], **data: Any) -> dict[str, Any]:
    """A launch template for some of the instance types alone."""
    for_some = {"LaunchTemplateId": ref("Special"), "TargetInstanceTypes": types}
    own = template(EbsOptimized=True)
    return {
        **own,
        LAUNCH: {**own[LAUNCH], "Overrides": [for_some]},
        "Special": resource("EC2::LaunchTemplate", LaunchTemplateData=data),
    }


def also(**keys: Any) -> dict[str, Any]:
    """Another compute environment in the queue."""
    order = [{"Order": number, "ComputeEnvironment": ref(name)} for number, name in enumerate((ENV, "Other"))]
    (resources,) = of(**keys).values()
    return {
        "Other": resource("Batch::ComputeEnvironment", Type="MANAGED", ComputeResources=resources),
        "JobQueue.ComputeEnvironmentOrder": order,
    }


def calling(**arguments: Any) -> dict[str, Any]:
    """A state machine that submits the job, in place of the rule."""
    run = {"Type": "Task", "Resource": "arn:aws:states:::batch:submitJob", "End": True}
    given = {"JobName": "a", "JobQueue": ref("JobQueue"), "JobDefinition": ref("JobDefinition"), **arguments}
    states = {"StartAt": "Run", "States": {"Run": {**run, "Parameters": given}}}
    machine = resource("StepFunctions::StateMachine", RoleArn=att("SubmitRole"), Definition=states)
    return {"Rule": None, "Machine": machine, "SubmitRole": role("states", Policies=allowing("batch:SubmitJob"))}


def nodes(count: Any = 2, **more: Any) -> dict[str, Any]:
    """A multi-node parallel job."""
    own = JOBS["JobDefinition"]["Properties"]
    ranges = [{"TargetNodes": "0:", "Container": own["ContainerProperties"]}]
    job = {"Type": "multinode", "NodeProperties": {"MainNode": 0, "NumNodes": count, "NodeRangeProperties": ranges}}
    return {"JobDefinition": resource("Batch::JobDefinition", **job), **more}


def tasks(**more: Any) -> dict[str, Any]:
    """A job with several containers."""
    own = {
        key: value
        for key, value in JOBS["JobDefinition"]["Properties"]["ContainerProperties"].items()
        if key in ("Image", "ResourceRequirements")
    }
    containers = [{"Name": "one", **own}, {"Name": "two", **own}]
    job = {
        "Type": "container",
        "PlatformCapabilities": ["EC2"],
        "EcsProperties": {"TaskProperties": [{"Containers": containers, **more}]},
    }
    return {"JobDefinition": resource("Batch::JobDefinition", **job)}


EXECUTION = {
    "ExecutionRole": role("ecs-tasks", "AmazonECSTaskExecutionRolePolicy"),
    f"{JOB}.ExecutionRoleArn": att("ExecutionRole"),
}
SPOT = {"Type": "SPOT", "AllocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED"}
FLEET = {"Fleet": role("spotfleet", "AmazonEC2SpotFleetTaggingRole")}
BEST_FIT_SPOT = of(Type="SPOT", AllocationStrategy=None, SpotIamFleetRole=att("Fleet"))
SERVED = {"Service": role("batch", "AWSBatchServiceRole"), f"{ENV}.ServiceRole": att("Service")}
NO_WAY = {"SubnetA.MapPublicIpOnLaunch": False, "SubnetB.MapPublicIpOnLaunch": False}
FARGATE = {RESOURCES: {"Type": "FARGATE", "MaxvCpus": 16, "Subnets": [ref("SubnetA")], "SecurityGroupIds": [ref("JobGroup")]},
           "JobDefinition.PlatformCapabilities": ["FARGATE"], **EXECUTION, f"{JOB}.NetworkConfiguration": {"AssignPublicIp": "ENABLED"}}  # fmt: skip


def own_policy(*actions: str, **more: Any) -> dict[str, Any]:
    return {"InstanceRole": role("ec2", Policies=allowing(*actions)), **more}


PULL = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchCheckLayerAvailability",
)
AGENT = (
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
)
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


CASES = [
    case("as it is", PROVEN),
    # the instance role
    case("profile by name", PROVEN, InstanceProfile__InstanceProfileName="jobs", **{f"{RESOURCES}.InstanceRole": "jobs"}),
    case("profile by Ref", PROVEN, **{f"{RESOURCES}.InstanceRole": ref("InstanceProfile")}),
    case("profile elsewhere", f"permission unknown: unverifiable-role, {UNPLACED}", **{f"{RESOURCES}.InstanceRole": "ecsInstanceRole"}),
    case("role in place of a profile", f"permission unknown: unverifiable-role, {REFUSED}", **{f"{RESOURCES}.InstanceRole": att("InstanceRole")}),
    case("no instance role", f"permission broken: missing-pull-permission, {REFUSED}", **of(InstanceRole=None)),
    case("profile without a role", "permission broken: missing-pull-permission, placement broken: missing-agent-permission", InstanceProfile__Roles=[]),
    case("role that EC2 may not assume", "permission broken: unassumable-role", InstanceRole=role("ecs-tasks", "AmazonEC2ContainerServiceforEC2Role")),
    case("role with a policy of its own", PROVEN, **own_policy(*PULL, *AGENT, *LOGS)),
    case("role that may not pull", "permission broken: missing-pull-permission", **own_policy(*AGENT, *LOGS)),
    case("role that may not register", "placement broken: missing-agent-permission", **own_policy(*PULL, *LOGS)),
    case("role that may not write logs", "permission broken: missing-start-permission", **own_policy(*PULL, *AGENT)),
    case("role without policies", "permission broken: missing-pull-permission, placement broken: missing-agent-permission", InstanceRole=role("ec2")),
    case("execution role pulls, instance role registers", PROVEN, **own_policy(*AGENT, **EXECUTION)),
    # the role of AWS Batch
    case("service role", PROVEN, **SERVED),
    case("service role that may launch nothing", "permission broken: missing-start-permission", **{**SERVED, "Service": role("batch")}),
    case("service role by a policy of its own", "permission unknown: unverifiable-start", **{**SERVED, "Service": role("batch", Policies=allowing("*"))}),
    case("service role of Amazon ECS", "permission broken: unassumable-role", **{**SERVED, "Service": role("ecs", "AWSBatchServiceRole")}),
    # Spot
    case("Spot without a fleet", PROVEN, **of(**SPOT)),
    case("Spot by BEST_FIT without a role", REFUSED, **of(Type="SPOT", AllocationStrategy="BEST_FIT")),
    case("Spot by default without a role", REFUSED, **of(Type="SPOT", AllocationStrategy=None)),
    case("Spot by default", PROVEN, **BEST_FIT_SPOT, **FLEET),
    case("Spot by a role that the fleet may not assume", "permission broken: unassumable-role", **BEST_FIT_SPOT, Fleet=role("ec2", "AmazonEC2SpotFleetTaggingRole")),
    case("Spot by a role without policies", "permission unknown: unverifiable-start", **BEST_FIT_SPOT, Fleet=role("spotfleet")),
    case("Spot by a role elsewhere", "permission unknown: unverifiable-start", **of(Type="SPOT", AllocationStrategy=None, SpotIamFleetRole="arn:aws:iam::123456789012:role/fleet")),
    case("strategy of Spot on demand", REFUSED, **of(AllocationStrategy="SPOT_CAPACITY_OPTIMIZED")),
    case("most that is paid for Spot", UNPLACED, **of(**SPOT, BidPercentage=10)),
    # the network
    case("no public address", "network broken: no-path-to-ecr", **NO_WAY),
    case("public address by the launch template", PROVEN, **NO_WAY, **template(NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": True}])),
    case("no public address by the launch template", "network broken: no-path-to-ecr", **template(NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": False}])),
    case("subnet elsewhere", "network unknown: unverifiable-network", **{f"{RESOURCES}.Subnets": ["subnet-1"]}),
    case("no subnet", f"{REFUSED}, network unknown: unverifiable-network", **of(Subnets=[])),
    case("group without a way out", "network broken: no-path-to-ecr", JobGroup__SecurityGroupEgress=[{"CidrIp": "127.0.0.1/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}]),
    case("group of the launch template", PROVEN, **of(SecurityGroupIds=None), **{LAUNCH: template()[LAUNCH], "Launch": template(SecurityGroupIds=[ref("JobGroup")])["Launch"]}),
    case("no group at all", REFUSED, **of(SecurityGroupIds=None)),
    case("no group in the launch template either", REFUSED, **of(SecurityGroupIds=None), **template(EbsOptimized=True)),
    case("several network interfaces", "network unknown: unverifiable-network", **template(NetworkInterfaces=[{"DeviceIndex": 0}, {"DeviceIndex": 1}])),
    # instance types and images
    case("optimal", PROVEN, **of(InstanceTypes=["optimal"])),
    case("default_x86_64", PROVEN, **of(InstanceTypes=["default_x86_64"])),
    case("default_arm64", PROVEN, **of(InstanceTypes=["default_arm64"])),
    case("family of Graviton", PROVEN, **of(InstanceTypes=["c7g", "m7g.large"])),
    case("families of two architectures", f"{REFUSED}, {UNKNOWN_ARCHITECTURE}", **of(InstanceTypes=["c7g", "c5"])),
    case("optimal and Graviton", f"{REFUSED}, {UNKNOWN_ARCHITECTURE}", **of(InstanceTypes=["optimal", "m7g"])),
    case("instance type known only at deployment", f"{UNPLACED}, {UNKNOWN_ARCHITECTURE}", **of(InstanceTypes=[ref("Free")])),
    case("instance type that is none", f"{UNPLACED}, {UNKNOWN_ARCHITECTURE}", **of(InstanceTypes=["c5*"])),
    case("no instance types", f"{UNPLACED}, {UNKNOWN_ARCHITECTURE}", **of(InstanceTypes=None)),
    case("no image type", PROVEN, **of(Ec2Configuration=None)),
    case("no image type on Graviton", PROVEN, **of(Ec2Configuration=None, InstanceTypes=["m7g"])),
    case("Amazon Linux 2", OUTDATED, **of(Ec2Configuration=[{"ImageType": "ECS_AL2"}])),
    case("Amazon Linux 2 with drivers", OUTDATED, **of(Ec2Configuration=[{"ImageType": "ECS_AL2_NVIDIA"}], InstanceTypes=["g5"])),
    case("Amazon Linux 1", OUTDATED, **of(Ec2Configuration=[{"ImageType": "ECS_AL1"}])),
    case("Amazon Linux 2023 with drivers, without GPUs", PROVEN, **of(Ec2Configuration=[{"ImageType": "ECS_AL2023_NVIDIA"}])),
    case("two image types", PROVEN, **of(Ec2Configuration=[{"ImageType": "ECS_AL2023"}, {"ImageType": "ECS_AL2023_NVIDIA"}])),
    case("three image types", f"{REFUSED}", **of(Ec2Configuration=[{"ImageType": "ECS_AL2023"}, {"ImageType": "ECS_AL2023_NVIDIA"}, {"ImageType": "ECS_AL2023"}])),
    case("drivers on Graviton", UNKNOWN_ARCHITECTURE, **of(Ec2Configuration=[{"ImageType": "ECS_AL2023_NVIDIA"}], InstanceTypes=["g5g"])),
    case("image type of Amazon EKS", f"{REFUSED}, {UNKNOWN_IMAGE}, {UNKNOWN_ARCHITECTURE}", **of(Ec2Configuration=[{"ImageType": "EKS_AL2023"}])),
    case("image type that is not known", f"{UNPLACED}, {UNKNOWN_IMAGE}, {UNKNOWN_ARCHITECTURE}", **of(Ec2Configuration=[{"ImageType": "ECS_AL2027"}])),
    case("image type known only at deployment", f"{UNKNOWN_IMAGE}, {UNKNOWN_ARCHITECTURE}", **of(Ec2Configuration=[{"ImageType": ref("Free")}])),
    case("Amazon Linux 2023 on the first Graviton", UNPLACED, **of(InstanceTypes=["a1"])),
    case("image of one's own that is ECS-optimized", PROVEN, **of(Ec2Configuration=[{"ImageType": "ECS_AL2023", "ImageIdOverride": ref("Image")}])),
    case("image of one's own by the older property", PROVEN, **of(ImageId=ref("Image"))),
    case("image of one's own of another architecture", "architecture broken: ami-architecture-mismatch", **of(ImageId=ref("ArmImage"))),
    case("image of one's own without the agent", f"ami broken: non-ecs-ami, {UNKNOWN_ARCHITECTURE}", **of(Ec2Configuration=[{"ImageType": "ECS_AL2023", "ImageIdOverride": ref("Plain")}])),
    case("fixed image", f"{UNKNOWN_IMAGE}, {UNKNOWN_ARCHITECTURE}", **of(ImageId="ami-0123456789abcdef0")),
    case("image and its override, one of them for Graviton", "architecture broken: ami-architecture-mismatch", **of(ImageId=ref("ArmImage"), Ec2Configuration=[{"ImageType": "ECS_AL2023", "ImageIdOverride": ref("Image")}])),
    case("Bottlerocket", UNPLACED, **of(ImageId=ref("Bottlerocket"))),
    case("image of the launch template", PROVEN, **template(ImageId=ref("Image"))),
    case("image of the launch template of another architecture", "architecture broken: ami-architecture-mismatch", **template(ImageId=ref("ArmImage"))),
    case("image goes before that of the launch template", PROVEN, **of(ImageId=ref("Image")), **template(ImageId=ref("ArmImage"))),
    # launch templates
    case("launch template", PROVEN, **template(EbsOptimized=True)),
    case("launch template whose instance type is ignored", PROVEN, **template(InstanceType="m7g.large")),
    case("launch template by name", PROVEN, **{**template(EbsOptimized=True), "Launch": resource("EC2::LaunchTemplate", LaunchTemplateName="jobs", LaunchTemplateData={"EbsOptimized": True}), LAUNCH: {"LaunchTemplateName": "jobs"}}),
    case("launch template elsewhere", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown: unverifiable-network", **{LAUNCH: {"LaunchTemplateId": "lt-1"}}),
    case("later version of the launch template", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown: unverifiable-network", **{**template(EbsOptimized=True), LAUNCH: {"LaunchTemplateId": ref("Launch"), "Version": "7"}}),
    case("no version of the launch template", f"permission unknown: unverifiable-role, {REFUSED}, ami unknown, architecture unknown, network unknown: unverifiable-network", **{**template(EbsOptimized=True), LAUNCH: {"LaunchTemplateId": ref("Launch"), "Version": ref("Launch")}}),
    case("launch template for others than its instance types", UNPLACED, **override(["m6i"], EbsOptimized=True)),
    case("launch template whose role and subnet are ignored", PROVEN, **template(IamInstanceProfile={"Name": "other"}, NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": "subnet-1"}])),
    case("launch template for Spot Instances", UNPLACED, **template(InstanceMarketOptions={"MarketType": "spot"})),
    case("launch template without a name", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown: unverifiable-network", **{LAUNCH: {"Version": "$Latest"}}),
    case("no metadata service", NO_CAPACITY, **template(MetadataOptions={"HttpEndpoint": "disabled"})),
    case("user data that leaves the agent alone", PROVEN, **script("mkdir -p /scratch")),
    case("user data that is no archive", REFUSED, **template(UserData={"Fn::Base64": "#!/bin/bash\nmkdir -p /scratch\n"})),
    case("user data known only at deployment", f"{UNPLACED}, network unknown: unverifiable-network", **template(UserData=ref("Free"))),
    case("user data that names another cluster", UNPLACED, **script("echo ECS_CLUSTER=other >> /etc/ecs/ecs.config")),
    case("user data that masks the agent", UNPLACED, **script("systemctl mask ecs")),
    case("user data that never ends", UNPLACED, **script("sleep infinity")),
    case("user data that turns the instance off", UNPLACED, **script("poweroff")),
    case("user data that stops Docker", UNPLACED, **script("systemctl stop docker")),
    case("user data that fails", PROVEN, **script("exit 1")),
    case("user data that runs what nobody knows", f"{UNPLACED}, network unknown: unverifiable-network", **script("/opt/setup.sh")),
    case("user data that replaces what the agent is told", UNPLACED, **script("echo ECS_ENABLE_CONTAINER_METADATA=true > /etc/ecs/ecs.config")),
    case("user data that adds to what the agent is told", PROVEN, **script("echo ECS_ENABLE_CONTAINER_METADATA=true >> /etc/ecs/ecs.config")),
    case("user data that removes what the agent is told", UNPLACED, **script("rm -f /etc/ecs/ecs.config")),
    case("user data that starts the instance again", UNPLACED, **script("reboot")),
    case("user data that starts the agent", UNPLACED, **script("systemctl start ecs")),
    case("packages of cloud-config", PROVEN, **mime("#cloud-config\npackages:\n- amazon-efs-utils\n", "text/cloud-config")),
    case("user data that sets the agent's memory", UNPLACED, **script("echo ECS_RESERVED_MEMORY=64 >> /etc/ecs/ecs.config")),
    case("user data that sets something harmless", PROVEN, **script("echo ECS_IMAGE_PULL_BEHAVIOR=prefer-cached >> /etc/ecs/ecs.config")),
    case("user data with a proxy", "network unknown: unverifiable-network", **script("echo HTTP_PROXY=10.0.0.1:3128 >> /etc/ecs/ecs.config")),
    case("device without a size", UNPLACED, **template(BlockDeviceMappings=[{"DeviceName": "/dev/sdz", "Ebs": {"Encrypted": True}}])),
    case("launch template for one family", PROVEN, **override(["c5"], EbsOptimized=True)),
    case("image of another architecture for one family", "architecture broken: ami-architecture-mismatch", **override(["c5"], ImageId=ref("ArmImage"))),
    case("no metadata service on one family", UNPLACED, **override(["c5"], MetadataOptions={"HttpEndpoint": "disabled"})),
    # sizes
    case("maximum of 0", NO_CAPACITY, **of(MaxvCpus=0)),
    case("maximum known only at deployment", UNPLACED, **of(MaxvCpus=ref("Free"))),
    case("maximum of a parameter's default", PROVEN, **of(MaxvCpus=ref("Size"))),
    case("more than the maximum", NO_CAPACITY, **size("17")),
    case("all of the maximum", PROVEN, **size("16")),
    case("more than any instance type", NO_CAPACITY, **of(InstanceTypes=["m5.large"]), **size("4")),
    case("as much memory as the instance type has", NO_CAPACITY, **of(InstanceTypes=["m5.large"]), **size("1", "8192")),
    case("nearly as much memory", UNPLACED, **of(InstanceTypes=["m5.large"]), **size("1", "7800")),
    case("more memory than the instance type has", NO_CAPACITY, **of(InstanceTypes=["m5.large"]), **size("1", "9000")),
    case("memory that one of the types has", PROVEN, **of(InstanceTypes=["c5.large", "m5.large"]), **size("1", "6000")),
    case("memory of an instance above the maximum", UNPLACED, **of(InstanceTypes=["c5"], MaxvCpus=4), **size("1", "30000")),
    case("smallest instance above the maximum by BEST_FIT", NO_CAPACITY, **of(InstanceTypes=["c5.9xlarge"], AllocationStrategy=None)),
    case("smallest instance above the maximum", UNPLACED, **of(InstanceTypes=["c5.9xlarge"])),
    case("GPU", PROVEN, **of(InstanceTypes=["g5"], Ec2Configuration=None), **size("4", "2048", "1")),
    case("GPU without GPUs", NO_CAPACITY, **size("4", "2048", "1")),
    case("GPU of optimal", NO_CAPACITY, **of(InstanceTypes=["optimal"]), **size("4", "2048", "1")),
    case("more GPUs than there are", NO_CAPACITY, **of(InstanceTypes=["g5.xlarge"], Ec2Configuration=None), **size("1", "2048", "2")),
    case("GPUs of one of the types", PROVEN, **of(InstanceTypes=["c5", "g5"], Ec2Configuration=None), **size("4", "2048", "1")),
    case("GPU without drivers", UNPLACED, **of(InstanceTypes=["g5"]), **size("4", "2048", "1")),
    case("size by the older properties", PROVEN, **{NEEDS: None, f"{JOB}.Vcpus": 1, f"{JOB}.Memory": 2048}),
    case("size known only at deployment", UNPLACED, **size(ref("Free"))),
    case("part of a vCPU", REFUSED, **size("0.5")),
    case("no memory", REFUSED, **size("1", None)),
    case("no vCPUs", REFUSED, **size(None)),
    case("too little memory", REFUSED, **size("1", "2")),
    case("minimum above the maximum", REFUSED, **of(MinvCpus=17)),
    case("desired below the minimum", REFUSED, **of(MinvCpus=2, DesiredvCpus=1)),
    case("desired above the maximum", REFUSED, **of(DesiredvCpus=17)),
    case("in their order", PROVEN, **of(MinvCpus=2, DesiredvCpus=4)),
    # queues and environments
    case("two environments", PROVEN, **also()),
    case("two environments, one too small", PROVEN, **also(InstanceTypes=["m5.large"]), **size("8")),
    case("two environments, one of few vCPUs", PROVEN, **also(MaxvCpus=2), **size("8")),
    case("two environments, both too small", NO_CAPACITY, **of(MaxvCpus=4), **also(MaxvCpus=2), **size("8")),
    case("two environments, one whose image is too old", OUTDATED, **also(Ec2Configuration=[{"ImageType": "ECS_AL2"}])),
    case("two environments of two architectures", UNPLACED, **also(InstanceTypes=["m7g"])),
    case("two environments, one on Fargate", REFUSED, **{**also(), "Other": resource("Batch::ComputeEnvironment", Type="MANAGED", ComputeResources=FARGATE[RESOURCES])}),
    case("environment of a type that is not known", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", **{f"{ENV}.Type": "MANAGEDx"}),
    case("strategy that is not known", UNPLACED, **of(AllocationStrategy="BEST_FIT_PROGRESSIVEx")),
    case("role of a fleet on demand", UNPLACED, **of(SpotIamFleetRole="text")),
    case("no image type in a list of them", UNPLACED, **of(Ec2Configuration=[])),
    case("instance type twice", UNPLACED, **of(InstanceTypes=["c5", "c5"])),
    case("four environments", REFUSED, JobQueue__ComputeEnvironmentOrder=[{"Order": number, "ComputeEnvironment": ref(ENV)} for number in range(4)]),
    case("unmanaged environment", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", **{RESOURCES: None, f"{ENV}.Type": "UNMANAGED"}),
    case("environment of Amazon EKS", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", **{f"{ENV}.EksConfiguration": {"EksClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/a", "KubernetesNamespace": "a"}}),
    case("environment of managed instances", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", **of(Type="ECS_MANAGED_INSTANCES")),
    case("disabled environment", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", **{f"{ENV}.State": "DISABLED"}),
    case("placement group", UNPLACED, **of(PlacementGroup="a")),
    # what submits the job
    case("nothing submits it", "permission unknown: unverifiable-role, placement unknown: unverifiable-placement, ami unknown, architecture unknown, network unknown", Rule=None),
    case("state machine", PROVEN, **calling()),
    case("state machine with another command", PROVEN, **calling(ContainerOverrides={"Command": ["a"], "Environment": []})),
    case("state machine with another size", UNPLACED, **calling(ContainerOverrides={"ResourceRequirements": [{"Type": "VCPU", "Value": "64"}]})),
    case("state machine with another size, too large by itself", UNPLACED, **calling(ContainerOverrides={"ResourceRequirements": [{"Type": "VCPU", "Value": "1"}]}), **size("64")),
    case("state machine with overrides known only when it runs", UNPLACED, **calling(**{"ContainerOverrides.$": "$.more"})),
    case("rule that overrides the size", UNPLACED, Rule__Targets=[{**TARGET, "Input": '{"ContainerOverrides": {"ResourceRequirements": []}}'}]),
    case("rule whose input is no JSON", UNPLACED, Rule__Targets=[{**TARGET, "Input": "text"}]),
    case("rule with a schedule on a bus of its own", REFUSED, Rule__EventBusName="text"),
    case("rule with parameters", PROVEN, Rule__Targets=[{**TARGET, "Input": '{"Parameters": {"frame": "1"}}'}]),
    # other kinds of jobs
    case("multi-node job", PROVEN, **nodes()),
    case("multi-node job of more than the maximum", NO_CAPACITY, **nodes(17)),
    case("multi-node job of a number known only at deployment", UNPLACED, **nodes(ref("Free"))),
    case("multi-node job on Spot", NO_CAPACITY, **nodes(**of(**SPOT))),
    case("multi-node job whose main node is none", REFUSED, **nodes(), **{"JobDefinition.NodeProperties.MainNode": 2}),
    case("job of several kinds", REFUSED, **{"JobDefinition.EcsProperties": tasks()["JobDefinition"]["Properties"]["EcsProperties"]}),
    case("job of another type", REFUSED, JobDefinition__Type="multinode"),
    case("job of a type that is none", REFUSED, JobDefinition__Type="containerx"),
    case("memory in both ways", UNPLACED, **{f"{JOB}.Memory": 1}),
    case("volume without a name", UNPLACED, **{f"{JOB}.Volumes": [{"Host": {}}]}),
    case("volume", PROVEN, **{f"{JOB}.Volumes": [{"Name": "scratch", "Host": {"SourcePath": "/scratch"}}], f"{JOB}.MountPoints": [{"SourceVolume": "scratch", "ContainerPath": "/scratch"}]}),
    case("volume that the job does not have", REFUSED, **{f"{JOB}.MountPoints": [{"SourceVolume": "scratch", "ContainerPath": "/scratch"}]}),
    case("option of another log driver", REFUSED, **{f"{JOB}.LogConfiguration.Options.splunk-url": "https://splunk"}),
    case("logs in no Region", f"permission unknown: unverifiable-start, {UNPLACED}", **{f"{JOB}.LogConfiguration.Options.awslogs-region": "text"}),
    case("logs in an account for a Region", REFUSED, **{f"{JOB}.LogConfiguration.Options.awslogs-region": ref("AWS::AccountId")}),
    case("several containers", PROVEN, **tasks()),
    case("several containers that are too large together", NO_CAPACITY, **of(InstanceTypes=["c5.large"]), **tasks(), **{"JobDefinition.EcsProperties.TaskProperties.0.Containers.1.ResourceRequirements": [{"Type": "VCPU", "Value": "2"}, {"Type": "MEMORY", "Value": "64"}]}),
    case("log driver that the agent registers", PROVEN, **{f"{JOB}.LogConfiguration": {"LogDriver": "json-file"}}),
    case("log driver that it may not register", UNPLACED, **{f"{JOB}.LogConfiguration": {"LogDriver": "journald"}}),
    case("platform", UNPLACED, **{f"{JOB}.RuntimePlatform": {"CpuArchitecture": "X86_64"}}),
    case("platform of another architecture", f"{UNPLACED}, architecture broken: image-architecture-mismatch", **{f"{JOB}.RuntimePlatform": {"CpuArchitecture": "ARM64"}}),
    case("log driver of FireLens without a router", "permission unknown: unverifiable-start", **{f"{JOB}.LogConfiguration": {"LogDriver": "awsfirelens"}}),
    case("network of Fargate", REFUSED, **{f"{JOB}.NetworkConfiguration": {"AssignPublicIp": "ENABLED"}}),
    case("platform version of Fargate", REFUSED, **{f"{JOB}.FargatePlatformConfiguration": {"PlatformVersion": "LATEST"}}),
    # on Fargate
    case("Fargate", PROVEN, **FARGATE),
    case("Fargate with a platform that says nothing, as CDK writes it", PROVEN, **FARGATE, **{f"{JOB}.RuntimePlatform": {}}),
    case("Fargate without such a pair", REFUSED, **FARGATE, **size("0.25", "4096")),
    case("Fargate with a quarter of a vCPU", PROVEN, **FARGATE, **size("0.25", "512")),
    case("Fargate with more than the maximum", NO_CAPACITY, **{**FARGATE, f"{RESOURCES}.MaxvCpus": 1}, **size("2", "4096")),
    case("Fargate with a maximum of 0", NO_CAPACITY, **{**FARGATE, f"{RESOURCES}.MaxvCpus": 0}),
    case("Fargate with a GPU", REFUSED, **FARGATE, **size("1", "2048", "1")),
    case("Fargate with a privileged container", REFUSED, **FARGATE, **{f"{JOB}.Privileged": True}),
    case("Fargate by the older properties", REFUSED, **FARGATE, **{NEEDS: None, f"{JOB}.Vcpus": 1, f"{JOB}.Memory": 2048}),
    case("Fargate with a size known only at deployment", UNPLACED, **FARGATE, **size(ref("Free"))),
    case("Fargate with a log driver of instances", REFUSED, **FARGATE, **{f"{JOB}.LogConfiguration": {"LogDriver": "json-file"}}),
    case("Fargate with a minimum", UNPLACED, **{**FARGATE, f"{RESOURCES}.MinvCpus": 0}),
    case("Fargate without a group", f"{REFUSED}, network unknown: unverifiable-network", **{**FARGATE, f"{RESOURCES}.SecurityGroupIds": []}),
    case("Fargate Spot", PROVEN, **{**FARGATE, f"{RESOURCES}.Type": "FARGATE_SPOT"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"), [pytest.param(changes, expected, id=name) for name, changes, expected in CASES]
)
def test_links(changes: Mapping[str, Any], expected: str) -> None:
    assert ", ".join(links(changes)) == expected


def links(changes: Mapping[str, Any]) -> list[str]:
    """The links of the job's container that do not hold, each with the rule that says so; the worst of each name."""
    facts = Facts([template_of(changes)], Policy(today=date(2026, 7, 1)))
    found = prove(facts, facts.places[0])
    lacking = [link for link in found if link.verdict.value not in ("holds", "not-applicable")]
    return [f"{link.name} {link.verdict.value}{': ' + link.rule if link.rule else ''}" for link in lacking]


def template_of(changes: Mapping[str, Any]) -> Template:
    sections = {"Parameters": PARAMETERS, "Resources": changed(JOBS, changes)}
    return Template("base", sections, region="us-east-1")
