"""Daemons on ECS Managed Instances: proven with their defaults, each hook, each refusal."""

from __future__ import annotations

import json
from functools import cache
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from ecr_ecs_constructs import EcrDaemon, EcrImage, EcrRepository, EcsCluster, EcsManagedInstances
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge
from tests.support import only, properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOME = cdk.Environment(account="123456789012", region="eu-west-1")
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2.3"
X86 = ec2.InstanceRequirementsConfig(
    v_cpu_count_min=2,
    memory_min=cdk.Size.gibibytes(4),
    cpu_manufacturers=[ec2.CpuManufacturer.INTEL, ec2.CpuManufacturer.AMD],
)
"""The requirements of instances of one architecture."""


class Watched(NamedTuple):
    """An app with a daemon.

    Attributes:
        app: the app.
        stack: its stack.
        daemon: the daemon.
        image: an image of the repository.
    """

    app: cdk.App
    stack: cdk.Stack
    daemon: EcrDaemon
    image: EcrImage


def watched(
    daemon_type: type[EcrDaemon] = EcrDaemon,
    container: Mapping[str, Any] | None = None,
    requirements: ec2.InstanceRequirementsConfig | None = X86,
    **options: Any,
) -> Watched:
    app = cdk.App(outdir=mkdtemp())
    repository = EcrRepository(cdk.Stack(app, "Base", env=HOME), "Repository", repository_name="agent")
    stack = cdk.Stack(app, "Shop", env=HOME)
    vpc = ec2.Vpc(stack, "Vpc", availability_zones=["eu-west-1a", "eu-west-1b"], nat_gateways=1)
    cluster = EcsCluster(stack, "Cluster", vpc=vpc)
    fleet = cluster.add_managed_instances("Fleet", instance_requirements=requirements)
    daemon = daemon_type(stack, "Agent", cluster=cluster, capacities=[fleet], **options)
    image = EcrImage.from_ecr_repository(repository, "1")
    daemon.add_container("agent", image=image, **(container or {}))
    return Watched(app, stack, daemon, image)


def told(made: Watched) -> str:
    """The verdict of the only container, why it is none better, and what is found."""
    made.app.synth()
    report = judge(load([made.app.outdir]))
    (container,) = report.containers
    whys = [each.evidence for each in container.links if each.verdict.value in ("broken", "unknown")]
    found = sorted({each.rule for each in report.findings} - {"unverifiable-architecture", "unverifiable-placement"})
    return "; ".join([container.verdict, *whys, *found])


@cache
def whole() -> Watched:
    """The daemon with all its defaults, synthesized once for all tests that only read it."""
    made = watched()
    made.app.synth()
    return made


LOGS = {"name": "logs", "host": {"sourcePath": "/var/log"}}
MOUNTED = {"sourceVolume": "logs", "containerPath": "/logs", "readOnly": True}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(whole, "proven", id="defaults"),
        pytest.param(
            lambda: watched(
                container={"privileged": True, "memory": 128, "mount_points": [MOUNTED]},
                volumes=[LOGS],
                pid_mode="shared",
                critical=False,
            ),
            "proven",
            id="looks into its host",
        ),
        pytest.param(lambda: watched(cpu=256, memory_limit_mib=512), "proven", id="sized"),
        pytest.param(
            lambda: watched(memory_limit_mib=8192),
            "unknown; the daemons of ClusterFleetManagedInstances470BF090 reserve 8192 MiB, and whether each instance "
            "that it may choose has them is not known",
            id="larger than some instances",
        ),
        pytest.param(
            lambda: watched(requirements=None),
            "unknown; ClusterFleetManagedInstances470BF090 chooses instances with any processor, and the daemon runs "
            "on each, whatever its image is for",
            id="on instances of any processor",
        ),
    ],
)
def test_verdict(make: Callable[[], Watched], expected: str) -> None:
    assert told(make()) == expected


def test_parts() -> None:
    daemon, definition = only(whole().stack, "AWS::ECS::Daemon"), only(whole().stack, "AWS::ECS::DaemonTaskDefinition")
    assert (daemon["DaemonName"], definition["Family"]) == ("ShopAgent798C7EA4", "ShopAgent798C7EA4")
    assert daemon["DaemonTaskDefinitionArn"]["Fn::GetAtt"][1] == "DaemonTaskDefinitionArn"
    (container,) = definition["ContainerDefinitions"]
    assert (container["Name"], container["LogConfiguration"]["LogDriver"]) == ("agent", "awslogs")
    assert whole().daemon.execution_role.node.path == "Shop/Agent/ExecutionRole"
    assert whole().daemon.task_definition.node.path == "Shop/Agent/TaskDefinition"
    assert whole().daemon.daemon.node.path == "Shop/Agent/Resource"


def test_variables() -> None:
    made = watched()
    secret = secretsmanager.Secret(made.stack, "Key")
    made.daemon.add_container(
        "sidecar",
        image=made.image,
        environment={"LEVEL": "info"},
        secrets={"KEY": ecs.Secret.from_secrets_manager(secret)},
    )
    _, sidecar = only(made.stack, "AWS::ECS::DaemonTaskDefinition")["ContainerDefinitions"]
    assert sidecar["Environment"] == [{"Name": "LEVEL", "Value": "info"}]
    assert [each["Name"] for each in sidecar["Secrets"]] == ["KEY"]
    assert "secretsmanager:GetSecretValue" in json.dumps(properties(made.stack, "AWS::IAM::Policy"))


def test_roles_and_log_group_that_are_given() -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=HOME)
    role = iam.Role.from_role_name(stack, "Role", "agent")
    group = logs.LogGroup.from_log_group_name(stack, "Group", "agents")
    daemon = bare(stack, execution_role=role, task_role=role, log_group=group)
    daemon.add_container("agent", image=URI)
    definition = only(stack, "AWS::ECS::DaemonTaskDefinition")
    assert definition["ExecutionRoleArn"] == definition["TaskRoleArn"]
    assert definition["ContainerDefinitions"][0]["LogConfiguration"]["Options"]["awslogs-group"] == "agents"


class TeamDaemon(EcrDaemon):
    """A team's daemon, which logs to files of its host but for one container, and stands behind a queue."""

    def container_logging(self, container_id: str) -> ecs.CfnDaemonTaskDefinition.LogConfigurationProperty:
        if container_id == "audit":
            return super().container_logging(container_id)
        return ecs.CfnDaemonTaskDefinition.LogConfigurationProperty(log_driver="json-file")

    def create_log_group(self) -> logs.ILogGroup:
        return logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_WEEK)

    def waits_for(self) -> list[Any]:
        return [cdk.Stack.of(self).node.find_child("Queue")]


def test_hooks() -> None:
    made = watched(TeamDaemon)
    sqs.Queue(made.stack, "Queue")
    made.daemon.add_container("audit", image=made.image)
    template = made.app.synth().get_stack_by_name("Shop").template["Resources"].values()
    (daemon,) = [each for each in template if each["Type"] == "AWS::ECS::Daemon"]
    (definition,) = [each for each in template if each["Type"] == "AWS::ECS::DaemonTaskDefinition"]
    drivers = [each["LogConfiguration"]["LogDriver"] for each in definition["Properties"]["ContainerDefinitions"]]
    assert drivers == ["json-file", "awslogs"]
    assert [name for name in daemon["DependsOn"] if name.startswith("Queue")]
    assert 7 in [each["Properties"]["RetentionInDays"] for each in template if each["Type"] == "AWS::Logs::LogGroup"]


def bare(stack: cdk.Stack, **options: Any) -> EcrDaemon:
    """A daemon of the ID `It`, on instances in a cluster and a VPC that are imported."""
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["a"])
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="web", vpc=vpc)
    subnet = ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-0123456789abcdef0")
    group = ec2.SecurityGroup.from_security_group_id(stack, "SecurityGroup", "sg-0123456789abcdef0")
    fleet = EcsManagedInstances(stack, "Fleet", subnets=[subnet], security_groups=[group])
    fleet.bind(cluster)
    return EcrDaemon(stack, "It", **{"cluster": cluster, "capacities": [fleet], **options})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            lambda stack: bare(stack, capacities=[]),
            "capacities must name at least one, got []: no instance would run the daemon",
            id="no capacity",
        ),
        pytest.param(
            lambda stack: bare(stack).add_container("agent", image="nginx"),
            "image must be a fully qualified reference of a private ECR registry, got 'nginx': it has no ECR registry",
            id="image elsewhere",
        ),
        pytest.param(
            lambda stack: bare(stack).add_container("agent", image=EcrImage.from_tarball("a.tar")),
            "image must be a reference or an EcrImage of a repository, got ",
            id="image that is built",
        ),
    ],
)
def test_refused(call: Callable[[cdk.Stack], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        call(cdk.Stack(cdk.App(), "Shop", env=HOME))
    assert str(caught.value)[: len(message)] == message


def test_daemon_without_a_container() -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=HOME)
    bare(stack)
    with pytest.raises(RuntimeError, match="It must have a container, got none: call add_container"):
        cdk.assertions.Template.from_stack(stack)
