"""Tasks and services on external instances, those of ECS Anywhere: vouched for, each hook, each refusal."""

from __future__ import annotations

from functools import cache
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_servicediscovery as servicediscovery
from aws_cdk import aws_sqs as sqs

from ecr_ecs_constructs import EcrExternalService, EcrExternalTaskDefinition, EcrImage, EcrRepository
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.support import only, properties, pulls

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = cdk.Environment(account="123456789012", region="eu-west-1")
URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1.2.3"


class Factory(NamedTuple):
    """An app with a service on external instances.

    Attributes:
        app: the app.
        stack: its stack.
        service: the service.
    """

    app: cdk.App
    stack: cdk.Stack
    service: EcrExternalService


def factory(task_type: type[EcrExternalTaskDefinition] = EcrExternalTaskDefinition, **options: Any) -> Factory:
    app = cdk.App(outdir=mkdtemp())
    repository = EcrRepository(cdk.Stack(app, "Base", env=HOME), "Repository", repository_name="web")
    stack = cdk.Stack(app, "Factory", env=HOME)
    task = task_type(stack, "Task")
    task.add_container("web", image=EcrImage.from_ecr_repository(repository, "1"), memory_limit_mib=256)
    service = EcrExternalService(stack, "Service", cluster=cluster(stack), task_definition=task, **options)
    return Factory(app, stack, service)


def cluster(stack: cdk.Stack) -> ecs.ICluster:
    """A cluster, in a VPC that its external instances do not use."""
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["a"])
    return ecs.Cluster(stack, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED)


@cache
def whole() -> Factory:
    """The factory with all its defaults, synthesized once for all tests that only read it."""
    made = factory()
    made.app.synth()
    return made


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        pytest.param(
            None,
            "unknown; ServiceD69D759B by launch type EXTERNAL; the external instances of cluster ${ClusterEB0386A7} "
            "are in no template",
            id="nobody vouches",
        ),
        pytest.param("${ClusterEB0386A7}", "proven", id="for the cluster"),
        pytest.param("web", "unknown; ", id="for another cluster"),
    ],
)
def test_verdict(cluster: str | None, expected: str) -> None:
    names = () if cluster is None else (cluster,)
    vouches = [Vouch("cluster", (name,), "in the hall", None, "ecr-ecs.toml", 1, "vouch[0]") for name in names]
    (container,) = judge(load([whole().app.outdir]), Policy(vouches=tuple(vouches))).containers
    whys = [each.evidence for each in container.links if each.verdict.value in ("broken", "unknown")]
    assert "; ".join([container.verdict, *whys])[: len(expected)] == expected


def test_execution_role_pulls() -> None:
    own = pulls(whole().stack)
    assert {action for actions in own.values() for action in actions} >= {"ecr:BatchGetImage"}
    task = only(whole().stack, "AWS::ECS::TaskDefinition")
    assert (task["RequiresCompatibilities"], task["NetworkMode"]) == (["EXTERNAL"], "bridge")
    assert "ExecutionRoleArn" in task


def test_fails_fast_and_keeps_tasks() -> None:
    service = only(whole().stack, "AWS::ECS::Service")
    configuration = service["DeploymentConfiguration"]
    assert service["LaunchType"] == "EXTERNAL"
    assert (configuration["MinimumHealthyPercent"], configuration["MaximumPercent"]) == (100, 200)
    assert configuration["DeploymentCircuitBreaker"] == {
        "Enable": True,
        "Rollback": True,
        "ThresholdConfiguration": {"Type": "COUNT", "Value": 3},
    }
    assert "NetworkConfiguration" not in service


def test_daemon_has_one_task_on_each_instance() -> None:
    service = only(factory(daemon=True).stack, "AWS::ECS::Service")
    configuration = service["DeploymentConfiguration"]
    assert service["SchedulingStrategy"] == "DAEMON"
    assert (configuration["MinimumHealthyPercent"], configuration["MaximumPercent"]) == (0, 100)


class TeamTask(EcrExternalTaskDefinition):
    """A team's task definition, whose containers log to files, but for those of the system."""

    def container_logging(self, container_id: str) -> ecs.LogDriver:
        return ecs.LogDrivers.json_file() if container_id == "web" else super().container_logging(container_id)

    def create_log_group(self) -> logs.ILogGroup:
        return logs.LogGroup(self, "LogGroup", retention=logs.RetentionDays.ONE_WEEK)


class TeamExternalService(EcrExternalService):
    """A team's service, behind a queue."""

    def waits_for(self) -> list[Any]:
        return [cdk.Stack.of(self).node.find_child("Queue")]


def test_hooks_of_a_task() -> None:
    made = factory(TeamTask)
    made.service.task_definition.add_container("agent", image=EcrImage(URI), memory_limit_mib=64)
    (task,) = properties(made.stack, "AWS::ECS::TaskDefinition")
    drivers = [each["LogConfiguration"]["LogDriver"] for each in task["ContainerDefinitions"]]
    assert drivers == ["json-file", "awslogs"]
    assert only(made.stack, "AWS::Logs::LogGroup")["RetentionInDays"] == 7


def test_hook_of_a_service() -> None:
    stack = cdk.Stack(cdk.App(), "Factory", env=HOME)
    sqs.Queue(stack, "Queue")
    task = EcrExternalTaskDefinition(stack, "Task")
    task.add_container("web", image=URI, memory_limit_mib=256)
    TeamExternalService(stack, "Service", cluster=cluster(stack), task_definition=task)
    template = cdk.assertions.Template.from_stack(stack).to_json()["Resources"]
    (service,) = [each for each in template.values() if each["Type"] == "AWS::ECS::Service"]
    assert [name for name in service["DependsOn"] if name.startswith("Queue")]


def named(stack: cdk.Stack) -> ecs.ICluster:
    found = servicediscovery.HttpNamespace.from_http_namespace_attributes(
        stack, "Names", namespace_arn="arn", namespace_id="id", namespace_name="shop"
    )
    return ecs.Cluster.from_cluster_attributes(
        stack, "Named", cluster_name="named", vpc=cluster(stack).vpc, default_cloud_map_namespace=found
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            lambda stack: EcrExternalTaskDefinition(stack, "It", network_mode=ecs.NetworkMode.AWS_VPC),
            "network_mode must be BRIDGE, HOST or NONE, got AWS_VPC: external instances are in no VPC",
            id="network mode",
        ),
        pytest.param(
            lambda stack: EcrExternalTaskDefinition(stack, "It").add_container("web", image="nginx"),
            "image must be a fully qualified reference of a private ECR registry, got 'nginx': it has no ECR registry",
            id="image elsewhere",
        ),
        pytest.param(
            lambda stack: EcrExternalService(
                stack, "It", cluster=named(stack), task_definition=EcrExternalTaskDefinition(stack, "Task")
            ),
            "cluster must have no default_cloud_map_namespace, got 'Factory/Named': Amazon ECS has no service "
            "discovery for external instances",
            id="cluster with a namespace",
        ),
        pytest.param(
            lambda stack: EcrExternalService(
                stack,
                "It",
                cluster=cluster(stack),
                task_definition=EcrExternalTaskDefinition(stack, "Task"),
                failure_threshold=0,
            ),
            "failure_threshold must be a whole number from 1 to 200, got 0: ",
            id="threshold",
        ),
    ],
)
def test_refused(call: Callable[[cdk.Stack], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        call(cdk.Stack(cdk.App(), "Factory", env=HOME))
    assert str(caught.value)[: len(message)] == message
