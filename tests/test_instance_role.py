"""EcsInstanceRole: what container instances may do, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, NestedStack, Stack, Stage
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from ecr_ecs_constructs.instance_role import EcsInstanceRole
from tests.support import FOUR, THREE, line, only, properties, pulls, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

ECS = "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}"
CLUSTER_ARN = "arn:aws:ecs:us-east-1:123456789012:cluster/production"
REPOSITORY_ARN = "arn:aws:ecr:us-east-1:123456789012:repository/app"
JOIN = {
    "ecs:DeregisterContainerInstance",
    "ecs:RegisterContainerInstance",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
}
SERVE = {"ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"}
ON_REGISTRATION = {"StringEquals": {"ecs:CreateAction": "RegisterContainerInstance"}}


def agent(cluster: str, condition: Any) -> list[tuple[set[str], list[str], Any]]:
    return [
        (JOIN, [cluster], None),
        (SERVE, [f"{ECS}:container-instance/*"], condition),
        ({"ec2:DescribeTags", "ecs:DiscoverPollEndpoint"}, ["*"], None),
        ({"ecs:TagResource"}, [f"{ECS}:container-instance/*"], ON_REGISTRATION),
        ({"ecs:ListTagsForResource"}, [f"{ECS}:container-instance/*", f"{ECS}:task/*"], None),
    ]


AGENT_ARN = "arn:${AWS::Partition}:ecr:${AWS::Region}:*:repository/aws-guardduty-agent-ecs-ec2"
ANY_CLUSTER = agent(f"{ECS}:cluster/*", None)
TOKEN = ({"ecr:GetAuthorizationToken"}, ["*"], None)
PULL_ALL = (FOUR, ["*"], None)
SESSIONS = (
    {
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    },
    ["*"],
    None,
)


def cluster(stack: Stack) -> ecs.ICluster:
    return ecs.Cluster.from_cluster_arn(stack, "Cluster", CLUSTER_ARN)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(lambda stack: {}, [PULL_ALL, *ANY_CLUSTER], id="default: the four actions on all repositories"),
        pytest.param(
            lambda stack: {"repositories": [REPOSITORY_ARN]},
            [TOKEN, (THREE, [REPOSITORY_ARN], None), *ANY_CLUSTER],
            id="repositories narrow three actions",
        ),
        pytest.param(
            lambda stack: {"repositories": [ecr.Repository.from_repository_arn(stack, "Imported", REPOSITORY_ARN)]},
            [TOKEN, (THREE, [REPOSITORY_ARN], None), *ANY_CLUSTER],
            id="imported repository",
        ),
        pytest.param(
            lambda stack: {"pull_through_cache": True},
            [(FOUR | {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}, ["*"], None), *ANY_CLUSTER],
            id="pull-through cache",
        ),
        pytest.param(
            lambda stack: {"cluster": cluster(stack)},
            [PULL_ALL, *agent(CLUSTER_ARN, {"ArnEquals": {"ecs:cluster": CLUSTER_ARN}})],
            id="one cluster",
        ),
        pytest.param(
            lambda stack: {"repositories": [REPOSITORY_ARN], "runtime_monitoring": True},
            [TOKEN, (THREE, [REPOSITORY_ARN], None), (THREE, [AGENT_ARN], None), *ANY_CLUSTER],
            id="GuardDuty's agent beside the repositories",
        ),
        pytest.param(
            lambda stack: {"runtime_monitoring": True}, [PULL_ALL, *ANY_CLUSTER], id="GuardDuty's agent among all"
        ),
        pytest.param(lambda stack: {"session_manager": True}, [PULL_ALL, *ANY_CLUSTER, SESSIONS], id="Session Manager"),
    ],
)
def test_permissions(options: Callable[[Stack], dict[str, Any]], expected: list[Any]) -> None:
    stack = Stack(App(), "Stack")
    EcsInstanceRole(stack, "Role", **options(stack))
    found = [
        (set(statement["Action"]), [line(resource) for resource in statement["Resource"]], statement.get("Condition"))
        for statement in statements(stack)
    ]
    assert found == expected


def test_default_statement_is_one_statement() -> None:
    stack = Stack(App(), "Stack")
    EcsInstanceRole(stack, "Role")
    assert statements(stack)[0] == {
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetAuthorizationToken",
        ],
        "Resource": ["*"],
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(lambda stack: {}, {}, id="default: no managed policy, generated name"),
        pytest.param(
            lambda stack: {"managed_policies": [iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchAgent")]},
            {"ManagedPolicyArns": ["arn:${AWS::Partition}:iam::aws:policy/CloudWatchAgent"]},
            id="managed policy",
        ),
        pytest.param(
            lambda stack: {"role_name": "instances", "description": "of ECS", "path": "/ecs/"},
            {"RoleName": "instances", "Description": "of ECS", "Path": "/ecs/"},
            id="name, description, path",
        ),
        pytest.param(
            lambda stack: {
                "permissions_boundary": iam.ManagedPolicy.from_managed_policy_arn(stack, "B", "arn:aws:iam::1:policy/b")
            },
            {"PermissionsBoundary": "arn:aws:iam::1:policy/b"},
            id="permissions boundary",
        ),
    ],
)
def test_role_and_profile(options: Callable[[Stack], dict[str, Any]], expected: dict[str, Any]) -> None:
    stack = Stack(App(), "Stack")
    role = EcsInstanceRole(stack, "Role", **options(stack))
    found = only(stack, "AWS::IAM::Role")
    (assume,) = found.pop("AssumeRolePolicyDocument")["Statement"]
    assert assume == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
    }
    if "ManagedPolicyArns" in found:
        found["ManagedPolicyArns"] = [line(arn) for arn in found["ManagedPolicyArns"]]
    assert found == expected
    path = {"Path": expected["Path"]} if "Path" in expected else {}
    assert only(stack, "AWS::IAM::InstanceProfile") == {"Roles": [stack.resolve(role.role_name)], **path}


def launch(stack: Stack, **options: Any) -> ec2.LaunchTemplate:
    return ec2.LaunchTemplate(
        stack,
        "Launch",
        instance_type=ec2.InstanceType("t3.micro"),
        machine_image=ec2.MachineImage.latest_amazon_linux2023(),
        **options,
    )


def by_profile(stack: Stack, role: EcsInstanceRole) -> None:
    launch(stack, instance_profile=role.instance_profile)


def by_role(stack: Stack, role: EcsInstanceRole) -> None:
    launch(stack, role=role)


def by_group(stack: Stack, role: EcsInstanceRole) -> None:
    autoscaling.AutoScalingGroup(
        stack,
        "Group",
        vpc=ec2.Vpc(stack, "Vpc", max_azs=1, nat_gateways=0),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        launch_template=launch(
            stack,
            instance_profile=role.instance_profile,
            security_group=ec2.SecurityGroup.from_security_group_id(stack, "Group0", "sg-11111111"),
        ),
    )


@pytest.mark.parametrize(
    ("use", "profiles"),
    [
        pytest.param(by_profile, 1, id="launch template by profile"),
        pytest.param(by_role, 2, id="launch template by role"),
        pytest.param(by_group, 1, id="Auto Scaling group"),
    ],
)
def test_is_held_by_instances(use: Callable[[Stack, EcsInstanceRole], None], profiles: int) -> None:
    stack = Stack(App(), "Stack")
    role = EcsInstanceRole(stack, "Role")
    use(stack, role)
    template = Template.from_stack(stack)
    found = template.find_resources("AWS::IAM::InstanceProfile")
    assert [profile["Properties"]["Roles"] for profile in found.values()] == [
        [stack.resolve(role.role_name)]
    ] * profiles
    (data,) = (properties["LaunchTemplateData"] for properties in properties(stack, "AWS::EC2::LaunchTemplate"))
    (profile_id, _) = data["IamInstanceProfile"]["Arn"]["Fn::GetAtt"]
    assert profile_id in found


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda app: NestedStack(Stack(app, "Parent"), "Nested"), id="nested stack"),
        pytest.param(lambda app: Stack(Stage(app, "Stage"), "Stack"), id="stage"),
    ],
)
def test_places(place: Callable[[App], Stack]) -> None:
    stack = place(App())
    EcsInstanceRole(stack, "Role")
    assert pulls(stack) == {"*": FOUR}


class LoggingInstanceRole(EcsInstanceRole):
    """A team's role, whose agent writes logs by itself."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, session_manager=True, path="/team/")

    def agent_statements(self, cluster: ecs.ICluster | None) -> list[iam.PolicyStatement]:
        logs = iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=["*"])
        return [*super().agent_statements(cluster), logs]


def test_hook_agent_statements() -> None:
    stack = Stack(App(), "Stack")
    LoggingInstanceRole(stack, "Role")
    found = [set(statement["Action"]) for statement in statements(stack)]
    assert found == [
        FOUR,
        *(actions for actions, _, _ in ANY_CLUSTER),
        {"logs:CreateLogStream", "logs:PutLogEvents"},
        SESSIONS[0],
    ]


def test_refuses_no_repositories() -> None:
    with pytest.raises(ValueError, match=r"^repositories must name at least one repository, got \[\]: "):
        EcsInstanceRole(Stack(App(), "Stack"), "Role", repositories=[])
