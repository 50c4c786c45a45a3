# ruff: noqa: E501 - in a table, a case is a line
"""Defaults for CDK's own constructs: what they change, and what they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs import EcrEcsDefaults, EcrFargateService, EcrFargateTaskDefinition, EcrRepository, EcsCluster
from ecr_ecs_constructs.testing import findings
from tests.judging import ECR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecr_ecs_constructs.defaults import Given, Made

IMAGE = ecs.ContainerImage.from_registry(f"{ECR}/team/web:1")


class Plain:
    """A stack of CDK's own constructs."""

    def __init__(self, defaults: EcrEcsDefaults | None = None) -> None:
        self.app = cdk.App()
        if defaults is not None:
            defaults.add_to(self.app)
        self.stack = cdk.Stack(self.app, "Stack")

    def vpc(self) -> ec2.Vpc:
        return ec2.Vpc(self.stack, "Vpc", max_azs=2)

    def cluster(self) -> ecs.Cluster:
        return ecs.Cluster(self.stack, "Cluster", vpc=self.vpc())

    def task(self, **options: Any) -> ecs.FargateTaskDefinition:
        task = ecs.FargateTaskDefinition(self.stack, "Task", **options)
        task.add_container("web", image=IMAGE)
        return task

    def template(self) -> Mapping[str, Any]:
        template: Mapping[str, Any] = assertions.Template.from_stack(self.stack).to_json()
        return template


def repository(plain: Plain, **options: Any) -> None:
    ecr.Repository(plain.stack, "Repository", **options)


def cluster(plain: Plain, **options: Any) -> None:
    ecs.Cluster(plain.stack, "Cluster", vpc=plain.vpc(), **options)


def group(plain: Plain, **options: Any) -> None:
    image, type_ = ecs.EcsOptimizedImage.amazon_linux2023(), ec2.InstanceType("t3.small")
    autoscaling.AutoScalingGroup(
        plain.stack, "Group", vpc=plain.vpc(), machine_image=image, instance_type=type_, **options
    )


def group_by_template(plain: Plain, **options: Any) -> None:
    image, type_ = ecs.EcsOptimizedImage.amazon_linux2023(), ec2.InstanceType("t3.small")
    template = ec2.LaunchTemplate(plain.stack, "Launch", machine_image=image, instance_type=type_)
    autoscaling.AutoScalingGroup(plain.stack, "Group", vpc=plain.vpc(), launch_template=template)


def task(plain: Plain, **options: Any) -> None:
    plain.task(**options)


def task_with_role(plain: Plain, **options: Any) -> None:
    role = iam.Role(plain.stack, "Own", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    plain.task(execution_role=role)


def ec2_task(plain: Plain, **options: Any) -> None:
    ecs.Ec2TaskDefinition(plain.stack, "Task").add_container("web", image=IMAGE, memory_limit_mib=512, **options)


def service(plain: Plain, **options: Any) -> None:
    ecs.FargateService(plain.stack, "Service", cluster=plain.cluster(), task_definition=plain.task(), **options)


def daemon(plain: Plain, **options: Any) -> None:
    definition = ecs.Ec2TaskDefinition(plain.stack, "Task")
    definition.add_container("web", image=IMAGE, memory_limit_mib=512)
    ecs.Ec2Service(plain.stack, "Service", cluster=plain.cluster(), task_definition=definition, daemon=True)


def pattern(plain: Plain, **options: Any) -> None:
    image = patterns.ApplicationLoadBalancedTaskImageOptions(image=IMAGE)
    patterns.ApplicationLoadBalancedFargateService(
        plain.stack, "Service", cluster=plain.cluster(), task_image_options=image
    )


REPOSITORY, CLUSTER, LAUNCH = "AWS::ECR::Repository", "AWS::ECS::Cluster", "AWS::EC2::LaunchTemplate"
TASK, SERVICE, ROLE = "AWS::ECS::TaskDefinition", "AWS::ECS::Service", "AWS::IAM::Role"
IMMUTABLE = {"ImageTagMutability": "IMMUTABLE"}
DEPLOYMENT = "DeploymentConfiguration"
BREAKER = {"Enable": True, "Rollback": True}
DRIVER = {"LogConfiguration": assertions.Match.object_like({"LogDriver": "awslogs"})}


@pytest.mark.parametrize(
    ("make", "options", "type_", "expected"),
    [
        pytest.param(repository, {}, REPOSITORY, IMMUTABLE, id="tags stay"),
        pytest.param(repository, {}, REPOSITORY, {"ImageScanningConfiguration": {"ScanOnPush": True}}, id="scanned"),
        pytest.param(repository, {}, REPOSITORY, {"LifecyclePolicy": assertions.Match.any_value()}, id="expire"),
        pytest.param(
            repository,
            {"image_tag_mutability": ecr.TagMutability.MUTABLE},
            REPOSITORY,
            {"ImageTagMutability": "MUTABLE"},
            id="tags move where they are let",
        ),
        pytest.param(
            repository,
            {"image_tag_mutability_exclusion_filters": [ecr.ImageTagMutabilityExclusionFilter.wildcard("dev-*")]},
            REPOSITORY,
            {"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            id="some tags move",
        ),
        pytest.param(
            repository,
            {"image_scan_on_push": False},
            REPOSITORY,
            {"ImageScanningConfiguration": {"ScanOnPush": False}},
            id="not scanned where it is forbidden",
        ),
        pytest.param(
            cluster, {}, CLUSTER, {"ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]}, id="insights"
        ),
        pytest.param(
            cluster,
            {"container_insights": False},
            CLUSTER,
            {"ClusterSettings": [{"Name": "containerInsights", "Value": "disabled"}]},
            id="no insights where they are switched off",
        ),
        pytest.param(
            group,
            {},
            "AWS::AutoScaling::LaunchConfiguration",
            {"MetadataOptions": {"HttpTokens": "required"}},
            id="imdsv2",
        ),
        pytest.param(
            group_by_template,
            {},
            LAUNCH,
            {"LaunchTemplateData": assertions.Match.object_like({"MetadataOptions": assertions.Match.absent()})},
            id="launch template of one's own",
        ),
        pytest.param(
            task, {}, TASK, {"ExecutionRoleArn": {"Fn::GetAtt": [assertions.Match.string_like_regexp("TaskExecutionRole"), "Arn"]}}, id="execution role"
        ),
        pytest.param(
            task_with_role, {}, TASK, {"ExecutionRoleArn": {"Fn::GetAtt": [assertions.Match.string_like_regexp("^Own"), "Arn"]}}, id="role of one's own"
        ),
        pytest.param(task, {}, TASK, {"ContainerDefinitions": [assertions.Match.object_like(DRIVER)]}, id="logs"),
        pytest.param(ec2_task, {}, TASK, {"ContainerDefinitions": [assertions.Match.object_like(DRIVER)]}, id="logs on instances"),
        pytest.param(
            ec2_task,
            {"logging": ecs.LogDrivers.syslog()},
            TASK,
            {"ContainerDefinitions": [assertions.Match.object_like({"LogConfiguration": {"LogDriver": "syslog"}})]},
            id="logging of one's own",
        ),
        pytest.param(
            service, {}, SERVICE, {DEPLOYMENT: assertions.Match.object_like({"DeploymentCircuitBreaker": BREAKER, "MinimumHealthyPercent": 100})}, id="circuit breaker"
        ),
        pytest.param(
            service, {"min_healthy_percent": 50}, SERVICE, {DEPLOYMENT: assertions.Match.object_like({"MinimumHealthyPercent": 50})}, id="percent of one's own"
        ),
        pytest.param(
            service,
            {"deployment_controller": ecs.DeploymentController(type=ecs.DeploymentControllerType.EXTERNAL)},
            SERVICE,
            {DEPLOYMENT: assertions.Match.object_like({"DeploymentCircuitBreaker": assertions.Match.absent()})},
            id="another controller",
        ),
        pytest.param(
            daemon, {}, SERVICE, {DEPLOYMENT: assertions.Match.object_like({"DeploymentCircuitBreaker": BREAKER, "MinimumHealthyPercent": 0})}, id="daemon"
        ),
        pytest.param(
            pattern, {}, SERVICE, {DEPLOYMENT: assertions.Match.object_like({"DeploymentCircuitBreaker": BREAKER})}, id="pattern"
        ),
    ],
)  # fmt: skip
def test_default(
    make: Callable[..., None], options: Mapping[str, Any], type_: str, expected: Mapping[str, Any]
) -> None:
    plain = Plain(EcrEcsDefaults())
    make(plain, **options)
    assertions.Template.from_stack(plain.stack).has_resource_properties(type_, expected)


def test_repository_of_a_failed_deployment_goes() -> None:
    plain = Plain(EcrEcsDefaults())
    repository(plain)
    expected = {"DeletionPolicy": "RetainExceptOnCreate"}
    assertions.Template.from_stack(plain.stack).has_resource(REPOSITORY, expected)


def ours(plain: Plain) -> None:
    """Constructs of this library, which have chosen everything."""
    repository = EcrRepository(plain.stack, "Repository")
    cluster = EcsCluster(plain.stack, "Cluster", vpc=plain.vpc())
    cluster.add_capacity("Capacity", instance_type=ec2.InstanceType("t3.small"))
    definition = EcrFargateTaskDefinition(plain.stack, "Task")
    definition.add_container("web", image=ecs.ContainerImage.from_ecr_repository(repository, "1"))
    EcrFargateService(plain.stack, "Service", cluster=cluster, task_definition=definition)


def test_constructs_of_this_library_are_left_alone() -> None:
    before, after = Plain(), Plain(EcrEcsDefaults())
    for plain in (before, after):
        ours(plain)
    assert before.template() == after.template()


class Team(EcrEcsDefaults):
    def cluster(self, made: Made) -> Given:
        return {**super().cluster(made), "clusterName": f"team-{made.id}"}

    def service(self, made: Made) -> Given:
        return {}


def test_hooks() -> None:
    plain = Plain(Team())
    service(plain)
    template = assertions.Template.from_stack(plain.stack)
    template.has_resource_properties(CLUSTER, {"ClusterName": "team-Cluster"})
    absent = {DEPLOYMENT: {"DeploymentCircuitBreaker": assertions.Match.absent()}}
    template.has_resource_properties(SERVICE, absent)


def test_below_a_scope_alone() -> None:
    app = cdk.App()
    inside, outside = cdk.Stack(app, "Inside"), cdk.Stack(app, "Outside")
    EcrEcsDefaults().add_to(inside)
    for stack in (inside, outside):
        ecr.Repository(stack, "Repository")
    assertions.Template.from_stack(inside).has_resource_properties(REPOSITORY, IMMUTABLE)
    absent = {"ImageTagMutability": assertions.Match.absent()}
    assertions.Template.from_stack(outside).has_resource_properties(REPOSITORY, absent)


BEFORE = [
    "missing-circuit-breaker",
    "missing-execution-role",
    "missing-lifecycle-policy",
    "mutable-tags",
    "scan-disabled",
]
OF_THE_VPC = "unordered-deployment"  # a service of CDK's own does not wait for its routes


@pytest.mark.parametrize(("defaults", "expected"), [(None, BEFORE), (EcrEcsDefaults(), [OF_THE_VPC])])
def test_findings_before_and_after(defaults: EcrEcsDefaults | None, expected: list[str]) -> None:
    plain = Plain(defaults)
    repository(plain)
    service(plain)
    assert sorted({finding.rule for finding in findings(plain.app) if finding.severity != "info"}) == expected
