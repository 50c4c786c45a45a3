"""Services whose deployments fail fast and roll back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.dependencies import add_late_dependency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

FAILURE_THRESHOLD: Final = 3
"""After how many failed tasks a deployment has failed: the least that Amazon ECS takes by its own formula."""


class EcrEc2Service(ecs.Ec2Service):
    """A service on container instances.

    A deployment whose tasks do not start is given up and rolled back after `failure_threshold` failed tasks, instead of
    holding up CloudFormation for hours, and the tasks that run are not taken away for it.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the service runs in.
        task_definition: the task definition that the service runs.
        assign_public_ip: whether tasks get a public IPv4 address; with the network mode awsvpc alone.
        availability_zone_rebalancing: whether Amazon ECS moves tasks to keep Availability Zones in balance.
        daemon: whether one task runs on every container instance, instead of a number of tasks.
        placement_constraints: the container instances that tasks may be placed on.
        placement_strategies: how tasks are spread over container instances.
        security_groups: the security groups of the tasks; with the network mode awsvpc alone.
        vpc_subnets: the subnets of the tasks; with the network mode awsvpc alone.
        bake_time: how long old and new tasks run beside each other after a shift of traffic.
        canary_configuration: the shift of traffic in two steps.
        capacity_provider_strategies: where tasks are placed; None for the default strategy that the
            cluster has by now, where that is one of Auto Scaling groups, else for the launch type EC2.
        cloud_map_options: the registration in AWS Cloud Map.
        deployment_alarms: the alarms that end a deployment.
        deployment_strategy: how tasks are replaced.
        desired_count: how many tasks run.
        enable_ecs_managed_tags: whether Amazon ECS tags the tasks.
        enable_execute_command: whether ECS Exec may run commands in the containers.
        force_new_deployment: when to deploy anew without a change.
        health_check_grace_period: how long the health checks of a load balancer are ignored after a task has started.
        lifecycle_hooks: what runs in the stages of a deployment.
        linear_configuration: the shift of traffic in equal steps.
        max_healthy_percent: how many tasks may run during a deployment, in percent of the desired count.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count;
            None for all of them, and for none with `daemon`, where an instance has no room for a second task.
        propagate_tags: where the tags of the tasks come from.
        service_connect_configuration: the configuration of Service Connect.
        service_name: the physical name; None for a generated one.
        task_definition_revision: the revision of the task definition; None for the one of this deployment.
        volume_configurations: the Amazon EBS volumes that the service makes for its tasks.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.

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
        assign_public_ip: bool | None = None,
        availability_zone_rebalancing: ecs.AvailabilityZoneRebalancing | None = None,
        daemon: bool | None = None,
        placement_constraints: Sequence[ecs.PlacementConstraint] | None = None,
        placement_strategies: Sequence[ecs.PlacementStrategy] | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        vpc_subnets: ec2.SubnetSelection | dict[str, Any] | None = None,
        bake_time: cdk.Duration | None = None,
        canary_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None = None,
        capacity_provider_strategies: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]] | None = None,
        cloud_map_options: ecs.CloudMapOptions | dict[str, Any] | None = None,
        deployment_alarms: ecs.DeploymentAlarmConfig | dict[str, Any] | None = None,
        deployment_strategy: ecs.DeploymentStrategy | None = None,
        desired_count: float | None = None,
        enable_ecs_managed_tags: bool | None = None,
        enable_execute_command: bool | None = None,
        force_new_deployment: ecs.ForceNewDeployment | dict[str, Any] | None = None,
        health_check_grace_period: cdk.Duration | None = None,
        lifecycle_hooks: Sequence[ecs.IDeploymentLifecycleHookTarget] | None = None,
        linear_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None = None,
        max_healthy_percent: float | None = None,
        min_healthy_percent: float | None = None,
        propagate_tags: ecs.PropagatedTagSource | None = None,
        service_connect_configuration: ecs.ServiceConnectProps | dict[str, Any] | None = None,
        service_name: str | None = None,
        task_definition_revision: ecs.TaskDefinitionRevision | None = None,
        volume_configurations: Sequence[ecs.ServiceManagedVolume] | None = None,
        failure_threshold: int = FAILURE_THRESHOLD,
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        if capacity_provider_strategies is None:
            capacity_provider_strategies = _default_strategies(cluster, fargate=False)
        if min_healthy_percent is None:
            min_healthy_percent = 0 if daemon else 100
        super().__init__(
            scope,
            id,
            circuit_breaker=_CIRCUIT_BREAKER,
            cluster=cluster,
            task_definition=task_definition,
            assign_public_ip=assign_public_ip,
            availability_zone_rebalancing=availability_zone_rebalancing,
            daemon=daemon,
            placement_constraints=placement_constraints,
            placement_strategies=placement_strategies,
            security_groups=security_groups,
            vpc_subnets=vpc_subnets,
            bake_time=bake_time,
            canary_configuration=canary_configuration,
            capacity_provider_strategies=capacity_provider_strategies,
            cloud_map_options=cloud_map_options,
            deployment_alarms=deployment_alarms,
            deployment_strategy=deployment_strategy,
            desired_count=desired_count,
            enable_ecs_managed_tags=enable_ecs_managed_tags,
            enable_execute_command=enable_execute_command,
            force_new_deployment=force_new_deployment,
            health_check_grace_period=health_check_grace_period,
            lifecycle_hooks=lifecycle_hooks,
            linear_configuration=linear_configuration,
            max_healthy_percent=max_healthy_percent,
            min_healthy_percent=min_healthy_percent,
            propagate_tags=propagate_tags,
            service_connect_configuration=service_connect_configuration,
            service_name=service_name,
            task_definition_revision=task_definition_revision,
            volume_configurations=volume_configurations,
        )
        _finish(self, cluster, failure_threshold)
        bring_along(self, task_definition)


class EcrFargateService(ecs.FargateService):
    """A service on AWS Fargate.

    A deployment whose tasks do not start is given up and rolled back after `failure_threshold` failed tasks, instead of
    holding up CloudFormation for hours, and the tasks that run are not taken away for it.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html

    Args:
        scope: where the service is made.
        id: its ID there.
        cluster: the cluster that the service runs in.
        task_definition: the task definition that the service runs.
        assign_public_ip: whether tasks get a public IPv4 address; with the network mode awsvpc alone.
        availability_zone_rebalancing: whether Amazon ECS moves tasks to keep Availability Zones in balance.
        platform_version: the version of the AWS Fargate platform.
        security_groups: the security groups of the tasks; with the network mode awsvpc alone.
        vpc_subnets: the subnets of the tasks; with the network mode awsvpc alone.
        bake_time: how long old and new tasks run beside each other after a shift of traffic.
        canary_configuration: the shift of traffic in two steps.
        capacity_provider_strategies: where tasks are placed; None for the default strategy that the
            cluster has by now, where that is one of AWS Fargate, else for the launch type FARGATE.
        cloud_map_options: the registration in AWS Cloud Map.
        deployment_alarms: the alarms that end a deployment.
        deployment_strategy: how tasks are replaced.
        desired_count: how many tasks run.
        enable_ecs_managed_tags: whether Amazon ECS tags the tasks.
        enable_execute_command: whether ECS Exec may run commands in the containers.
        force_new_deployment: when to deploy anew without a change.
        health_check_grace_period: how long the health checks of a load balancer are ignored after a task has started.
        lifecycle_hooks: what runs in the stages of a deployment.
        linear_configuration: the shift of traffic in equal steps.
        max_healthy_percent: how many tasks may run during a deployment, in percent of the desired count.
        min_healthy_percent: how many tasks keep running during a deployment, in percent of the desired count.
        propagate_tags: where the tags of the tasks come from.
        service_connect_configuration: the configuration of Service Connect.
        service_name: the physical name; None for a generated one.
        task_definition_revision: the revision of the task definition; None for the one of this deployment.
        volume_configurations: the Amazon EBS volumes that the service makes for its tasks.
        failure_threshold: after how many failed tasks a deployment has failed, from 1 to 200.

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
        assign_public_ip: bool | None = None,
        availability_zone_rebalancing: ecs.AvailabilityZoneRebalancing | None = None,
        platform_version: ecs.FargatePlatformVersion | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        vpc_subnets: ec2.SubnetSelection | dict[str, Any] | None = None,
        bake_time: cdk.Duration | None = None,
        canary_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None = None,
        capacity_provider_strategies: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]] | None = None,
        cloud_map_options: ecs.CloudMapOptions | dict[str, Any] | None = None,
        deployment_alarms: ecs.DeploymentAlarmConfig | dict[str, Any] | None = None,
        deployment_strategy: ecs.DeploymentStrategy | None = None,
        desired_count: float | None = None,
        enable_ecs_managed_tags: bool | None = None,
        enable_execute_command: bool | None = None,
        force_new_deployment: ecs.ForceNewDeployment | dict[str, Any] | None = None,
        health_check_grace_period: cdk.Duration | None = None,
        lifecycle_hooks: Sequence[ecs.IDeploymentLifecycleHookTarget] | None = None,
        linear_configuration: ecs.TrafficShiftConfig | dict[str, Any] | None = None,
        max_healthy_percent: float | None = None,
        min_healthy_percent: float = 100,
        propagate_tags: ecs.PropagatedTagSource | None = None,
        service_connect_configuration: ecs.ServiceConnectProps | dict[str, Any] | None = None,
        service_name: str | None = None,
        task_definition_revision: ecs.TaskDefinitionRevision | None = None,
        volume_configurations: Sequence[ecs.ServiceManagedVolume] | None = None,
        failure_threshold: int = FAILURE_THRESHOLD,
    ) -> None:
        _check(failure_threshold, min_healthy_percent)
        if capacity_provider_strategies is None:
            capacity_provider_strategies = _default_strategies(cluster, fargate=True)
        super().__init__(
            scope,
            id,
            circuit_breaker=_CIRCUIT_BREAKER,
            cluster=cluster,
            task_definition=task_definition,
            assign_public_ip=assign_public_ip,
            availability_zone_rebalancing=availability_zone_rebalancing,
            platform_version=platform_version,
            security_groups=security_groups,
            vpc_subnets=vpc_subnets,
            bake_time=bake_time,
            canary_configuration=canary_configuration,
            capacity_provider_strategies=capacity_provider_strategies,
            cloud_map_options=cloud_map_options,
            deployment_alarms=deployment_alarms,
            deployment_strategy=deployment_strategy,
            desired_count=desired_count,
            enable_ecs_managed_tags=enable_ecs_managed_tags,
            enable_execute_command=enable_execute_command,
            force_new_deployment=force_new_deployment,
            health_check_grace_period=health_check_grace_period,
            lifecycle_hooks=lifecycle_hooks,
            linear_configuration=linear_configuration,
            max_healthy_percent=max_healthy_percent,
            min_healthy_percent=min_healthy_percent,
            propagate_tags=propagate_tags,
            service_connect_configuration=service_connect_configuration,
            service_name=service_name,
            task_definition_revision=task_definition_revision,
            volume_configurations=volume_configurations,
        )
        _finish(self, cluster, failure_threshold)
        bring_along(self, task_definition)


_CIRCUIT_BREAKER: Final = ecs.DeploymentCircuitBreaker(enable=True, rollback=True)


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

    CDK sets a launch type otherwise, by which a service passes the strategy of its cluster by: no task that waits for
    room makes an Auto Scaling group grow then.
    """
    strategies = cluster.default_capacity_provider_strategy if isinstance(cluster, ecs.Cluster) else []
    of_fargate = [strategy.capacity_provider in ("FARGATE", "FARGATE_SPOT") for strategy in strategies]
    return strategies if strategies and all(of_fargate) == any(of_fargate) == fargate else None


def _finish(service: ecs.BaseService, cluster: ecs.ICluster, failure_threshold: int) -> None:
    """Set what CDK's construct has no argument for."""
    resource = service.node.default_child
    assert isinstance(resource, ecs.CfnService)  # noqa: S101 # narrows the type; CDK documents the child
    resource.add_property_override(
        "DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration",
        {"Type": "COUNT", "Value": failure_threshold},
    )
    add_late_dependency(
        resource,  # CDK associates capacity providers with their cluster only then, and lets no service wait for it
        lambda: [
            construct
            for construct in cluster.node.find_all()
            if isinstance(construct, ecs.CfnClusterCapacityProviderAssociations)
        ],
    )
