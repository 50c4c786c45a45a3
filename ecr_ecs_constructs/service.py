"""Services whose deployments fail fast and roll back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Unpack

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.dependencies import add_late_dependency, needed_by_tasks
from ecr_ecs_constructs.options import (
    Ec2ServiceOptions,
    ExternalServiceOptions,
    FargateServiceOptions,
    ManagedInstancesServiceOptions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import IConstruct

    from ecr_ecs_constructs.managed_instances import EcsManagedInstances

FAILURE_THRESHOLD: Final = 3
"""After how many failed tasks a deployment has failed: the least that Amazon ECS takes by its own formula."""


_REFUSED: Final[Mapping[str, str]] = {
    "circuit_breaker": "a deployment whose tasks do not start is always given up and rolled back; say by "
    "failure_threshold after how many failed tasks",
}


class _Waiting(Construct):
    """The hook of services of every kind."""

    def waits_for(self) -> list[IConstruct]:
        """Return what the service waits for besides all that its own stack makes for its tasks; a hook.

        It is called when the app is synthesized.
        """
        return []


class _Placed(_Waiting):
    """The hooks of services that run on what the cluster has, unless the caller says otherwise."""

    def default_capacity_provider_strategies(self, cluster: ecs.ICluster) -> list[ecs.CapacityProviderStrategy] | None:
        """Return where tasks are placed for which the caller says nothing; a hook, called before the service exists.

        Args:
            cluster: the cluster of the service.

        Returns:
            The default strategy of the cluster where it is known and of the service's kind; None for the launch type.
        """
        return _default_strategies(cluster, fargate=isinstance(self, ecs.FargateService))


@takes(Ec2ServiceOptions, refuses=_REFUSED)
class EcrEc2Service(ecs.Ec2Service, _Placed):
    """A service on container instances whose deployments fail fast, keep tasks running, and wait for all they need.

    A deployment whose tasks do not start is given up and rolled back after `failure_threshold` failed tasks, instead of
    holding up CloudFormation for hours, and no task that runs is taken away for it unless `min_healthy_percent` says
    so. The service is made behind all that its own stack makes for the tasks: capacity providers, routes, VPC endpoints
    and image copies.

    AWS CodeDeploy and others that `deployment_controller` names end deployments by themselves: these have no circuit
    breaker.

    Hooks: `default_capacity_provider_strategies`, `waits_for`.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the service runs in.
        task_definition: the task definition that the service runs.
        capacity_provider_strategies: where tasks are placed; None for the default strategy that the
            cluster has by now, where that is one of Auto Scaling groups, else for the launch type EC2, as for a
            `daemon`.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count;
            None for all of them, and for none with `daemon`, where an instance has no room for a second task.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.
        **options: those of `Ec2ServiceOptions`.

    Raises:
        ValueError: `failure_threshold` or `min_healthy_percent` is out of its range.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        task_definition: ecs.TaskDefinition,
        capacity_provider_strategies: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]] | None = None,
        min_healthy_percent: float | None = None,
        failure_threshold: int = FAILURE_THRESHOLD,
        **options: Unpack[Ec2ServiceOptions],
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        if capacity_provider_strategies is None and not options.get("daemon"):  # that takes no strategy
            capacity_provider_strategies = self.default_capacity_provider_strategies(cluster)
        if min_healthy_percent is None:
            min_healthy_percent = 0 if options.get("daemon") else 100
        super().__init__(
            scope,
            id,
            circuit_breaker=CIRCUIT_BREAKER if _is_of_ecs(options.get("deployment_controller")) else None,
            cluster=cluster,
            task_definition=task_definition,
            capacity_provider_strategies=capacity_provider_strategies,
            min_healthy_percent=min_healthy_percent,
            **Ec2ServiceOptions(**options),
        )
        _finish(self, cluster, failure_threshold, options.get("deployment_controller"))
        bring_along(self, task_definition)


@takes(FargateServiceOptions, refuses=_REFUSED)
class EcrFargateService(ecs.FargateService, _Placed):
    """A service on AWS Fargate whose deployments fail fast, keep tasks running, and wait for all they need.

    A deployment whose tasks do not start is given up and rolled back after `failure_threshold` failed tasks, instead of
    holding up CloudFormation for hours, and no task that runs is taken away for it unless `min_healthy_percent` says
    so. The service is made behind all that its own stack makes for the tasks: capacity providers, routes, VPC endpoints
    and image copies.

    AWS CodeDeploy and others that `deployment_controller` names end deployments by themselves: these have no circuit
    breaker.

    Hooks: `default_capacity_provider_strategies`, `waits_for`.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the service runs in.
        task_definition: the task definition that the service runs.
        capacity_provider_strategies: where tasks are placed; None for the default strategy that the
            cluster has by now, where that is one of AWS Fargate, else for the launch type FARGATE.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.
        **options: those of `FargateServiceOptions`.

    Raises:
        ValueError: `failure_threshold` or `min_healthy_percent` is out of its range.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        task_definition: ecs.TaskDefinition,
        capacity_provider_strategies: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]] | None = None,
        min_healthy_percent: float = 100,
        failure_threshold: int = FAILURE_THRESHOLD,
        **options: Unpack[FargateServiceOptions],
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        if capacity_provider_strategies is None:
            capacity_provider_strategies = self.default_capacity_provider_strategies(cluster)
        super().__init__(
            scope,
            id,
            circuit_breaker=CIRCUIT_BREAKER if _is_of_ecs(options.get("deployment_controller")) else None,
            cluster=cluster,
            task_definition=task_definition,
            capacity_provider_strategies=capacity_provider_strategies,
            min_healthy_percent=min_healthy_percent,
            **FargateServiceOptions(**options),
        )
        _finish(self, cluster, failure_threshold, options.get("deployment_controller"))
        bring_along(self, task_definition)


@takes(
    ManagedInstancesServiceOptions,
    refuses={
        **_REFUSED,
        "capacity_provider_strategies": "give capacity, what add_managed_instances returns",
        "platform_version": "it is for AWS Fargate",
        "assign_public_ip": "it is for tasks on AWS Fargate",
    },
)
class EcrManagedInstancesService(ecs.FargateService, _Waiting):  # the class of CDK for both
    """A service on ECS Managed Instances whose deployments fail fast, keep tasks running, and wait for all they need.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html

    Hooks: `waits_for`.

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the service runs in.
        task_definition: the task definition that the service runs.
        capacity: the fleet that the tasks run on.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.
        **options: those of `ManagedInstancesServiceOptions`.

    Raises:
        ValueError: `failure_threshold` or `min_healthy_percent` is out of its range.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        task_definition: ecs.TaskDefinition,
        capacity: EcsManagedInstances,
        min_healthy_percent: float = 100,
        failure_threshold: int = FAILURE_THRESHOLD,
        **options: Unpack[ManagedInstancesServiceOptions],
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        name = capacity.capacity_provider_name
        super().__init__(
            scope,
            id,
            circuit_breaker=CIRCUIT_BREAKER if _is_of_ecs(options.get("deployment_controller")) else None,
            cluster=cluster,
            task_definition=task_definition,
            capacity_provider_strategies=[ecs.CapacityProviderStrategy(capacity_provider=name, weight=1)],
            min_healthy_percent=min_healthy_percent,
            **ManagedInstancesServiceOptions(**options),
        )
        _finish(self, cluster, failure_threshold, options.get("deployment_controller"))
        bring_along(self, task_definition)


_NO_BALANCER: Final = "it is for services with a load balancer, which external instances do not have"


@takes(
    ExternalServiceOptions,
    refuses={
        **_REFUSED,
        "bake_time": _NO_BALANCER,
        "canary_configuration": _NO_BALANCER,
        "capacity_provider_strategies": "Amazon ECS has no capacity providers for external instances; the service "
        "has the launch type EXTERNAL",
        "cloud_map_options": "Amazon ECS has no service discovery for external instances",
        "deployment_strategy": "deployments are rolling ones: the others shift the traffic of a load balancer, which "
        "external instances do not have",
        "health_check_grace_period": _NO_BALANCER,
        "lifecycle_hooks": _NO_BALANCER,
        "linear_configuration": _NO_BALANCER,
        "security_groups": "external instances are in no VPC",
        "service_connect_configuration": "AWS does not say that external instances have Service Connect",
        "volume_configurations": "Amazon EBS volumes are attached to no external instances; give volumes to the task "
        "definition",
    },
)
class EcrExternalService(ecs.ExternalService, _Waiting):
    """A service on external instances, those of ECS Anywhere.

    It fails fast and keeps tasks running, as the other services do. No template has the instances: the service is
    proven where the configuration vouches for its cluster.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html

    Hooks: `waits_for`.

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the external instances register in.
        task_definition: the task definition that the service runs.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count;
            None for all of them, and for none with `daemon`, where an instance runs no second task.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.
        **options: those of `ExternalServiceOptions`.

    Raises:
        ValueError: `failure_threshold` or `min_healthy_percent` is out of its range, or the cluster has a namespace of
            AWS Cloud Map.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster: ecs.ICluster,
        task_definition: ecs.TaskDefinition,
        min_healthy_percent: float | None = None,
        failure_threshold: int = FAILURE_THRESHOLD,
        **options: Unpack[ExternalServiceOptions],
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        if cluster.default_cloud_map_namespace is not None:
            raise ValueError(
                f"cluster must have no default_cloud_map_namespace, got {cluster.node.path!r}: Amazon ECS has no "
                "service discovery for external instances"
            )
        given, is_daemon = ExternalServiceOptions(**options), bool(options.get("daemon"))
        if given.get("max_healthy_percent") is None and not is_daemon:
            given["max_healthy_percent"] = 200
        if min_healthy_percent is None:
            min_healthy_percent = 0 if is_daemon else 100
        super().__init__(
            scope,
            id,
            circuit_breaker=CIRCUIT_BREAKER if _is_of_ecs(options.get("deployment_controller")) else None,
            cluster=cluster,
            task_definition=task_definition,
            min_healthy_percent=min_healthy_percent,
            **given,
        )
        _finish(self, cluster, failure_threshold, options.get("deployment_controller"), on_vpc=False)
        bring_along(self, task_definition)


CIRCUIT_BREAKER: Final = ecs.DeploymentCircuitBreaker(enable=True, rollback=True)
"""Gives up a deployment whose tasks do not start, and rolls it back."""


def _check(failure_threshold: int, min_healthy_percent: float | None) -> None:
    if not cdk.Token.is_unresolved(failure_threshold) and failure_threshold not in range(1, 201):
        raise ValueError(
            f"failure_threshold must be a whole number from 1 to 200, got {failure_threshold!r}: "
            "Amazon ECS by itself waits for no more than 200 failed tasks"
        )
    percent = min_healthy_percent
    if percent is not None and not cdk.Token.is_unresolved(percent) and not 0 <= percent <= 100:
        raise ValueError(
            f"min_healthy_percent must be from 0 to 100, got {percent!r}: it is a part of the desired count"
        )


def _default_strategies(cluster: ecs.ICluster, *, fargate: bool) -> list[ecs.CapacityProviderStrategy] | None:
    """Return the default strategy of a cluster, where it is known and of the service's kind.

    Without a strategy CDK sets a launch type, and a service with a launch type does not use the strategy of its
    cluster: no Auto Scaling group grows then for tasks that wait for room.
    """
    strategies = cluster.default_capacity_provider_strategy if isinstance(cluster, ecs.Cluster) else []
    of_fargate = [strategy.capacity_provider in ("FARGATE", "FARGATE_SPOT") for strategy in strategies]
    return strategies if strategies and all(of_fargate) == any(of_fargate) == fargate else None


def _is_of_ecs(controller: ecs.DeploymentController | dict[str, Any] | None) -> bool:
    """Return whether Amazon ECS itself controls deployments, which alone have the circuit breaker."""
    given = controller if isinstance(controller, ecs.DeploymentController) or controller is None else None
    type_ = (
        given.type if given is not None else (controller or {}).get("type") if isinstance(controller, dict) else None
    )
    return type_ in (None, ecs.DeploymentControllerType.ECS)


def _finish(
    service: ecs.BaseService,
    cluster: ecs.ICluster,
    failure_threshold: int,
    controller: ecs.DeploymentController | dict[str, Any] | None = None,
    *,
    on_vpc: bool = True,
) -> None:
    """Set what CDK's construct has no argument for."""
    resource = service.node.default_child
    assert isinstance(resource, ecs.CfnService)  # noqa: S101 # narrows the type; CDK documents the child
    if _is_of_ecs(controller):
        resource.add_property_override(
            "DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration",
            {"Type": "COUNT", "Value": failure_threshold},
        )
    add_late_dependency(
        resource,
        lambda: [
            *needed_by_tasks(service, cluster, on_vpc=on_vpc),
            *(service.waits_for() if isinstance(service, _Waiting) else ()),
        ],
    )
