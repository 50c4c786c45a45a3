# ruff: noqa: E501 - in a table, a case is a line
"""ECS Managed Instances and Express Mode: the roles by which Amazon ECS makes what tasks run on, and all they rest on."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.pull.network.networks import NAT, changed, ref, resource, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr_ecs_constructs.cloudformation.template import Template

RULES = (BY_ID["missing-start-permission"], BY_ID["unverifiable-start"])
AWS = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances"


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def passing(resource_arn: object) -> list[dict[str, Any]]:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource_arn}
    return [{"PolicyName": "pass", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]


MANAGED: dict[str, Any] = {
    **NAT,
    "Cluster": resource("ECS::Cluster"),
    "Infrastructure": resource(
        "IAM::Role", AssumeRolePolicyDocument=trust("ecs.amazonaws.com"), ManagedPolicyArns=[AWS]
    ),
    "Host": resource("IAM::Role", AssumeRolePolicyDocument=trust("ec2.amazonaws.com")),
    "Profile": resource("IAM::InstanceProfile", Roles=[ref("Host")]),
    "Provider": resource(
        "ECS::CapacityProvider",
        ClusterName=ref("Cluster"),
        ManagedInstancesProvider={
            "InfrastructureRoleArn": {"Fn::GetAtt": ["Infrastructure", "Arn"]},
            "InstanceLaunchTemplate": {
                "Ec2InstanceProfileArn": {"Fn::GetAtt": ["Profile", "Arn"]},
                "NetworkConfiguration": {"Subnets": [ref("Subnet")], "SecurityGroups": [ref("TaskGroup")]},
            },
        },
    ),
}
CHANGES = {
    "Service.LaunchType": None,
    "Service.Cluster": ref("Cluster"),
    "Service.CapacityProviderStrategy": [{"CapacityProvider": ref("Provider"), "Weight": 1}],
}
LACKS = "missing-start-permission: no statement of role Infrastructure allows iam:PassRole"
UNSURE = "unverifiable-start: cannot verify"


def managed(changes: Mapping[str, Any]) -> Template:
    body = changed(MANAGED, {**CHANGES, **changes})
    return template(body, Parameters={"Free": {"Type": "String"}})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"Host.RoleName": "ecsInstanceRole"}, "", id="the name that AWS's policy takes"),
        pytest.param({"Host.RoleName": "ecsInstanceRole-shop"}, "", id="a name that begins so"),
        pytest.param({"Host.RoleName": "shop-instances"}, LACKS, id="another name"),
        pytest.param({}, UNSURE, id="a name that CloudFormation makes of that of the stack"),
        pytest.param(
            {"Infrastructure.Policies": passing({"Fn::GetAtt": ["Host", "Arn"]})}, "", id="a policy for the role"
        ),
        pytest.param({"Infrastructure.Policies": passing("*")}, "", id="a policy for all roles"),
        pytest.param({"Host.RoleName": {"Ref": "Free"}}, UNSURE, id="a name known only at deployment"),
        pytest.param({"Profile.Roles": ["ecsInstanceRole"]}, "", id="a role elsewhere with that name"),
        pytest.param({"Profile.Roles": ["instances"]}, LACKS, id="a role elsewhere with another name"),
    ],
)
def test_instance_role_is_passed(changes: Mapping[str, Any], expected: str) -> None:
    found = judge([managed(changes)], rules=RULES).findings
    said = [f"{each.rule}: {each.message.partition(': ')[2]}" for each in found if "PassRole" in each.message]
    assert [each[: len(expected)] for each in said] == [expected] * bool(expected), found


BASES = Path(__file__).parents[1] / "data" / "bases"
INSTANCES, EXPRESS = BASES / "managed-instances.yaml", BASES / "express.yaml"


def told(base: Path, edits: Mapping[str, str]) -> str:
    """The verdict of a base in which some texts are others."""
    text = base.read_text(encoding="utf-8")
    for old, new in edits.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (template_,) = load_text(text)
    (container,) = judge([template_]).containers
    whys = [f"{link.name} {link.verdict.value}: {link.evidence}" for link in container.links]
    unproven = [each for each in whys if " holds: " not in each and " not-applicable: " not in each]
    return "; ".join([container.verdict, *unproven])


def load_text(text: str) -> list[Template]:
    with TemporaryDirectory() as folder:
        Path(folder, "base.yaml").write_text(text, encoding="utf-8")
        return list(load([Path(folder, "base.yaml")]))


POLICY = "- !Sub arn:${AWS::Partition}:iam::aws:policy/"
THIRD_SUBNET = """  SubnetC:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: 10.0.3.0/24
      AvailabilityZone: !Select [1, !GetAZs ""]
  SubnetCRoutes:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties:
      SubnetId: !Ref SubnetC
      RouteTableId: !Ref RouteTable
  LogGroup:
    Type"""
OF_INSTANCES, OF_EXPRESS = f"{POLICY}AmazonECSInfrastructureRolePolicyForManagedInstances", f"{POLICY}service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"  # fmt: skip
OF_AGENT = f"{POLICY}AmazonECSInstanceRolePolicyForManagedInstances"
OF_TASKS = f"{POLICY}service-role/AmazonECSTaskExecutionRolePolicy"
DENIES = (
    "\n      Policies: [{PolicyName: Less, PolicyDocument: {Statement: {Effect: Deny, Action: '%s', Resource: '*'}}}]"
)
NOT_JUDGED = "unknown; permission unknown: cannot verify that what Amazon ECS makes for %s is there: whether role Infrastructure may do what this takes is not judged: it has no %s"
PRICED = "unknown; placement unknown: whether Capacity chooses an instance that is large enough for the task is not known: its %s may leave out all that are"
TAKEN = "unknown; permission unknown: cannot verify that what Amazon ECS makes for %s is there: known only at deployment: whether %s"


@pytest.mark.parametrize(
    ("base", "edits", "expected"),
    [
        pytest.param(INSTANCES, {}, "proven", id="managed instances"),
        pytest.param(INSTANCES, {OF_INSTANCES: f"{POLICY}AdministratorAccess"}, "proven", id="by all that there is"),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: "[]"},
            "broken; permission broken: role Infrastructure may not call iam:PassRole",
            id="without a policy",
        ),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: "[]\n      Policies: [{PolicyName: A, PolicyDocument: {Statement: {Effect: Allow, Action: '*', Resource: '*'}}}]"},
            NOT_JUDGED % ("Capacity", "AmazonECSInfrastructureRolePolicyForManagedInstances"),
            id="by a policy of one's own",
        ),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: f"{OF_INSTANCES}{DENIES % 'ec2:CreateFleet'}"},
            TAKEN % ("Capacity", "statement 1 of policy 'Less' of Infrastructure denies some of it"),
            id="what launches is denied",
        ),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: f"{OF_INSTANCES}{DENIES % 'resource-groups:*'}"},
            TAKEN % ("Capacity", "statement 1 of policy 'Less' of Infrastructure denies some of it"),
            id="an action is denied of a service that nothing else is asked of",
        ),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: f"{OF_INSTANCES}\n        {POLICY}AWSDenyAll"},
            "broken; permission broken: role Infrastructure may not call iam:PassRole: denied by AWS managed policy",
            id="all is denied by a policy of AWS",
        ),
        pytest.param(
            INSTANCES,
            {OF_INSTANCES: f"{OF_INSTANCES}\n      PermissionsBoundary: !Sub arn:${{AWS::Partition}}:iam::aws:policy/AdministratorAccess"},
            "unknown; permission unknown: cannot verify that what Amazon ECS makes for Capacity is there",
            id="a boundary",
        ),
        pytest.param(
            INSTANCES,
            {"Service: ecs.amazonaws.com": "Service: ecs-tasks.amazonaws.com"},
            "broken; permission broken: infrastructure role Infrastructure of Capacity can't be assumed",
            id="trusted by tasks",
        ),
        pytest.param(
            INSTANCES,
            {"Service: ec2.amazonaws.com": "Service: ecs.amazonaws.com"},
            "broken; permission broken: ",
            id="instance role that EC2 may not assume",
        ),
        pytest.param(
            INSTANCES,
            {OF_AGENT: "[]"},
            "broken; placement broken: the ECS agent on Capacity may not call ecs:DiscoverPollEndpoint",
            id="instance role without the agent's policy",
        ),
        pytest.param(
            INSTANCES,
            {"RoleName: ecsInstanceRoleShop": "RoleName: instances"},
            "broken; permission broken: role Infrastructure may not call iam:PassRole",
            id="instance role of another name",
        ),
        pytest.param(
            INSTANCES, {"Roles: [!Ref InstanceRole]": "Roles: []"}, "broken; placement broken: ", id="no instance role"
        ),
        pytest.param(
            INSTANCES,
            {"!GetAtt InstanceProfile.Arn": "!Ref InstanceProfile"},
            "unknown; placement unknown: ManagedInstancesProvider.InstanceLaunchTemplate.Ec2InstanceProfileArn of Capacity is "
            "${InstanceProfile}, and an ARN is documented there",
            id="instance profile by its name",
        ),
        pytest.param(
            INSTANCES,
            {"!GetAtt InstanceProfile.Arn": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole"},
            "unknown; permission unknown: ",
            id="instance profile elsewhere",
        ),
        pytest.param(
            INSTANCES,
            {"NetworkMode: awsvpc": "NetworkMode: bridge"},
            "broken; placement broken: network mode is bridge, and ECS Managed Instances take awsvpc and host only",
            id="bridge",
        ),
        pytest.param(
            INSTANCES, {"      NetworkMode: awsvpc\n": ""}, "unknown; placement unknown: the task has no NetworkMode", id="no network mode"
        ),
        pytest.param(
            INSTANCES,
            {"[MANAGED_INSTANCES]": "[EC2]"},
            "unknown; placement unknown: the task definition does not say that it is for MANAGED_INSTANCES",
            id="task for instances",
        ),
        pytest.param(INSTANCES, {'      Cpu: "512"\n': ""}, "unknown; placement unknown: the task has no Cpu", id="no CPU units"),
        pytest.param(INSTANCES, {'Memory: "1024"': 'Memory: "2"'}, "unknown; placement unknown: Memory of the task is 2", id="too little memory"),
        pytest.param(
            INSTANCES,
            {'Cpu: "512"': 'Cpu: "16384"'},
            "broken; placement broken: the task reserves 16384 CPU units, and an instance of Capacity has 8192 at most",
            id="more CPU units than any instance",
        ),
        pytest.param(
            INSTANCES,
            {'Memory: "1024"': 'Memory: "32768"'},
            "unknown; placement unknown: whether Capacity chooses an instance that is large enough for the task is not known",
            id="all memory of the largest instance",
        ),
        pytest.param(INSTANCES, {'Cpu: "512"': 'Cpu: "4096"'}, "proven", id="a large task"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            OnDemandMaxPricePercentageOverLowestPrice: 20\n"}, "proven", id="limit of the price for On-Demand, and each instance is large enough"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            OnDemandMaxPricePercentageOverLowestPrice: 999999\n", 'Cpu: "512"': 'Cpu: "4096"'}, "proven", id="no limit of the price for On-Demand"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            OnDemandMaxPricePercentageOverLowestPrice: 20\n", 'Cpu: "512"': 'Cpu: "4096"'}, PRICED % "OnDemandMaxPricePercentageOverLowestPrice", id="limit of the price for On-Demand, and some instances are large enough"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            SpotMaxPricePercentageOverLowestPrice: 20\n"}, "proven", id="limit of the price for Spot, and each instance is large enough"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            SpotMaxPricePercentageOverLowestPrice: 999999\n", 'Cpu: "512"': 'Cpu: "4096"'}, "proven", id="no limit of the price for Spot"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            SpotMaxPricePercentageOverLowestPrice: 20\n", 'Cpu: "512"': 'Cpu: "4096"'}, PRICED % "SpotMaxPricePercentageOverLowestPrice", id="limit of the price for Spot, and some instances are large enough"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: 100\n"}, "proven", id="limit of the price for Spot at that of On-Demand"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: 100\n", 'Cpu: "512"': 'Cpu: "4096"'}, PRICED % "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice", id="limit of the price for Spot at that of On-Demand, and some instances are large enough"),
        pytest.param(INSTANCES, {"            CpuManufacturers: [amazon-web-services]\n": "            CpuManufacturers: [amazon-web-services]\n            MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: 20\n"}, "unknown; placement unknown: ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements.MaxSpotPriceAsPercentageOfOptimalOnDemandPrice of Capacity can", id="limit of the price for Spot below that of On-Demand"),
        pytest.param(
            INSTANCES,
            {"CpuManufacturers: [amazon-web-services]": "AllowedInstanceTypes: [t4g.*]"},
            "unknown; placement unknown: whether Capacity chooses an instance that is large enough for the task is not known",
            id="burstable types, which are left out by default",
        ),
        pytest.param(
            INSTANCES,
            {"- Name: web\n": "- Name: web\n          Privileged: true\n"},
            "unknown; placement unknown: it has Privileged, and whether ECS Managed Instances take it is not judged",
            id="privileged container",
        ),
        pytest.param(
            INSTANCES,
            {"          Weight: 1\n": "          Weight: 1\n      PlacementConstraints: [{Type: distinctInstance}]\n"},
            "unknown; placement unknown: it has PlacementConstraints",
            id="placement constraint",
        ),
        pytest.param(
            INSTANCES,
            {"        AwsvpcConfiguration:\n": "        AwsvpcConfiguration:\n          AssignPublicIp: ENABLED\n"},
            "unknown; placement unknown: AssignPublicIp is ENABLED",
            id="public address",
        ),
        pytest.param(
            INSTANCES,
            {"          InstanceRequirements:\n": "          CapacityOptionType: RESERVED\n          InstanceRequirements:\n"},
            "unknown; placement unknown: ManagedInstancesProvider.InstanceLaunchTemplate.CapacityOptionType of Capacity can",
            id="reserved capacity",
        ),
        pytest.param(EXPRESS, {}, "proven", id="Express Mode"),
        pytest.param(
            EXPRESS,
            {OF_EXPRESS: "[]"},
            NOT_JUDGED % ("Service", "AmazonECSInfrastructureRoleforExpressGatewayServices"),
            id="Express Mode without a policy",
        ),
        pytest.param(
            EXPRESS,
            {OF_EXPRESS: f"{OF_EXPRESS}{DENIES % 'elasticloadbalancing:*'}"},
            TAKEN % ("Service", "statement 1 of policy 'Less' of Infrastructure denies some of it"),
            id="Express Mode, load balancers are denied",
        ),
        pytest.param(
            EXPRESS,
            {"Service: ecs.amazonaws.com": "Service: ecs-tasks.amazonaws.com"},
            "broken; permission broken: infrastructure role Infrastructure of Service can't be assumed",
            id="Express Mode trusted by tasks",
        ),
        pytest.param(
            EXPRESS,
            {"CapacityProviders: [FARGATE]": "ClusterName: shop"},
            "unknown; placement unknown: Express Mode runs on Fargate; capacity provider FARGATE is not associated with cluster",
            id="Express Mode in a cluster without AWS Fargate",
        ),
        pytest.param(
            EXPRESS,
            {"LogGroup: !Ref LogGroup": "LogGroup: elsewhere"},
            "unknown; permission unknown: cannot verify that its log group is there",
            id="Express Mode with a log group elsewhere",
        ),
        pytest.param(
            EXPRESS,
            {OF_TASKS: f"{POLICY}AmazonEC2ContainerRegistryPullOnly"},
            "broken; permission broken: execution role ExecutionRole may not call logs:CreateLogStream",
            id="Express Mode with a role that may not log",
        ),
        pytest.param(
            EXPRESS,
            {"!Select [1, !GetAZs \"\"]": "!Select [0, !GetAZs \"\"]"},
            "unknown; placement unknown: its Application Load Balancer must be in two Availability Zones",
            id="Express Mode in one zone",
        ),
        pytest.param(
            EXPRESS,
            {"  LogGroup:\n    Type": THIRD_SUBNET, "        Subnets: [!Ref SubnetA, !Ref SubnetB]": "        Subnets: [!Ref SubnetA, !Ref SubnetB, !Ref SubnetC]"},
            "unknown; placement unknown: two of its subnets are of one Availability Zone",
            id="Express Mode, two subnets in one of two zones",
        ),
        pytest.param(
            EXPRESS,
            {"CidrBlock: 10.0.1.0/24": "CidrBlock: 10.0.1.0/28"},
            "unknown; placement unknown: its Application Load Balancer is in subnet SubnetA, of fewer addresses",
            id="Express Mode in a small subnet",
        ),
        pytest.param(
            EXPRESS, {'Memory: "1024"': 'Memory: "1000"'}, "broken; placement broken: AWS Fargate has no 1000 MiB", id="Express Mode, another size"
        ),
        pytest.param(
            EXPRESS,
            {'Cpu: "512"': 'Cpu: "8192"', 'Memory: "1024"': 'Memory: "16384"'},
            "unknown; placement unknown: 8192 CPU units and 16384 MiB are more or less than is documented for Express Mode",
            id="Express Mode, a large task",
        ),
        pytest.param(
            EXPRESS,
            {"MinTaskCount: 1": "MinTaskCount: 5"},
            "unknown; placement unknown: it is scaled to 4 tasks at most, and to 5 at least",
            id="Express Mode, more tasks than there may be",
        ),
        pytest.param(
            EXPRESS,
            {"      Cluster: !Ref Cluster\n": "      Cluster: !Ref Cluster\n      TaskDefinitionArn: elsewhere\n"},
            "broken; placement broken: TaskDefinitionArn and PrimaryContainer stand side by side",
            id="Express Mode with a container and a task definition",
        ),
        pytest.param(
            EXPRESS,
            {"MinTaskCount: 1": "MinTaskCount: 0"},
            "unknown; placement unknown: it is scaled by a number below 1",
            id="Express Mode without tasks",
        ),
    ],
)  # fmt: skip
def test_each_fact_counts(base: Path, edits: Mapping[str, str], expected: str) -> None:
    assert told(base, edits)[: len(expected)] == expected
