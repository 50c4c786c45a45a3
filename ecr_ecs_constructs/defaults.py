"""Defaults for CDK's own constructs, for a whole app.

Source: https://docs.aws.amazon.com/cdk/v2/guide/blueprints.html (property injection)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final, NamedTuple, TypeAlias

import aws_cdk as cdk
import jsii
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct

from ecr_ecs_constructs.image_ages import untagged_rule
from ecr_ecs_constructs.service import CIRCUIT_BREAKER

Given: TypeAlias = "Mapping[str, Any]"
"""The arguments that a construct is made with, by the names that they have in CDK itself: `imageScanOnPush`."""


class Made(NamedTuple):
    """A construct of CDK that is about to be made.

    Attributes:
        given: what it is made with.
        scope: where it is made.
        id: its ID there.
    """

    given: Given
    scope: Construct
    id: str


_EXECUTION_POLICY: Final = "service-role/AmazonECSTaskExecutionRolePolicy"


class EcrEcsDefaults:
    """Defaults for CDK's own constructs, where whoever makes one has not chosen otherwise.

    `EcrEcsDefaults().add_to(app)`, before the stacks are made, has repositories, clusters, Auto Scaling groups, task
    definitions, their containers and services made as this library makes its own, also by patterns such as
    `ApplicationLoadBalancedFargateService`. What is given stays; constructs of this library are left alone.

    Each hook returns the arguments that a construct gets besides those that it is made with.

    Hooks: `auto_scaling_group`, `cluster`, `container`, `repository`, `service`, `task_definition`.
    """

    def add_to(self, scope: Construct) -> None:
        """Set the defaults for all that is made below a scope from now on.

        Args:
            scope: an app, a stage or a stack.
        """
        hooks: Mapping[type[Construct], _Hook] = {
            autoscaling.AutoScalingGroup: self.auto_scaling_group,
            ecr.Repository: self.repository,
            ecs.Cluster: self.cluster,
            ecs.ContainerDefinition: self.container,
            ecs.Ec2Service: self.service,
            ecs.Ec2TaskDefinition: self.task_definition,
            ecs.FargateService: self.service,
            ecs.FargateTaskDefinition: self.task_definition,
        }
        cdk.PropertyInjectors.of(scope).add(*(_Injector(kind, hook) for kind, hook in hooks.items()))

    def repository(self, made: Made) -> Given:
        """Return the defaults of a repository; a hook, called before an `ecr.Repository` is made.

        Its tags can't be moved, its images are scanned, untagged ones expire. One that the first deployment of its
        stack has made goes with it where that deployment fails.

        Args:
            made: the repository.
        """
        excepts = made.given.get("imageTagMutabilityExclusionFilters")
        return {
            "imageScanOnPush": True,
            "imageTagMutability": ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION
            if excepts
            else ecr.TagMutability.IMMUTABLE,
            "lifecycleRules": [untagged_rule()],
            "removalPolicy": cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }

    def cluster(self, made: Made) -> Given:
        """Return the defaults of a cluster; a hook, called before an `ecs.Cluster` is made.

        It has Container Insights with enhanced observability.

        Args:
            made: the cluster.
        """
        return {} if "containerInsights" in made.given else {"containerInsightsV2": ecs.ContainerInsights.ENHANCED}

    def auto_scaling_group(self, made: Made) -> Given:
        """Return the defaults of an Auto Scaling group; a hook.

        It is called before an `autoscaling.AutoScalingGroup` is made. Its instances answer to IMDSv2 alone.

        Args:
            made: the group.
        """
        by_template = "launchTemplate" in made.given or "mixedInstancesPolicy" in made.given
        return {} if by_template else {"requireImdsv2": True}

    def task_definition(self, made: Made) -> Given:
        """Return the defaults of a task definition; a hook.

        It is called before an `ecs.Ec2TaskDefinition` or an `ecs.FargateTaskDefinition` is made. That has an execution
        role that may pull every image of its account. CDK by itself makes none for an image that is given by its URI.

        Args:
            made: the task definition.
        """
        if "executionRole" in made.given:
            return {}
        policy = iam.ManagedPolicy.from_aws_managed_policy_name(_EXECUTION_POLICY)
        tasks = iam.ServicePrincipal("ecs-tasks.amazonaws.com")
        role = iam.Role(made.scope, f"{made.id}ExecutionRole", assumed_by=tasks, managed_policies=[policy])
        return {"executionRole": role}

    def container(self, made: Made) -> Given:
        """Return the defaults of a container; a hook, called before an `ecs.ContainerDefinition` is made.

        It logs to a log group of its own, which keeps a year.

        Args:
            made: the container.
        """
        if "logging" in made.given:
            return {}
        return {"logging": ecs.LogDrivers.aws_logs(stream_prefix=made.id, log_retention=logs.RetentionDays.ONE_YEAR)}

    def service(self, made: Made) -> Given:
        """Return the defaults of a service; a hook.

        It is called before an `ecs.Ec2Service` or an `ecs.FargateService` is made. A deployment whose tasks do not
        start is rolled back, those that run stay.

        Args:
            made: the service.
        """
        if "deploymentController" in made.given:
            return {}
        whole = {} if made.given.get("daemon") else {"minHealthyPercent": 100}
        return {"circuitBreaker": CIRCUIT_BREAKER, **whole}


_Hook: TypeAlias = Callable[[Made], Given]


@jsii.implements(cdk.IPropertyInjector)
class _Injector:
    """Gives a construct of CDK what a hook returns.

    Args:
        kind: the class of the construct.
        hook: the hook.
    """

    def __init__(self, kind: type[Construct], hook: _Hook) -> None:
        self._kind, self._hook = kind, hook

    @property
    def construct_unique_id(self) -> str:
        """The ID under which CDK asks for it."""
        return str(self._kind.PROPERTY_INJECTION_ID)  # type: ignore[attr-defined] # each of these has it

    def inject(self, original_props: Given, *, id: str, scope: IConstruct) -> Given:
        """Return the arguments that a construct is made with, and behind them those of the hook."""
        if _is_ours():
            return original_props
        assert isinstance(scope, Construct)  # noqa: S101 - what can have children is one
        return {**self._hook(Made(original_props, scope, id)), **original_props}


def _is_ours() -> bool:
    """Return whether a construct of this library makes what is made: its constructor calls that of CDK."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the way to a frame that needs no source text
    while frame is not None:
        package, _, module = frame.f_globals.get("__name__", "").partition(".")
        if package not in _BETWEEN:
            return package == __name__.partition(".")[0] and not module.startswith("stacks.")
        frame = frame.f_back
    return False


_BETWEEN = frozenset({"aws_cdk", "constructs", "jsii", "typeguard"})
