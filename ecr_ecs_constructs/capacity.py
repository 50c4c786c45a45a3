"""Container instances of one kind in a cluster: `EcsCapacity`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aws_cdk import Token
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.arguments import only
from ecr_ecs_constructs.options import GroupOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_iam as iam
    from constructs import Construct

    from ecr_ecs_constructs.options import CapacityOptions


class EcsCapacity(autoscaling.AutoScalingGroup):
    """An Auto Scaling group of container instances with IMDSv2 and encrypted volumes, and its capacity provider.

    The capacity provider scales the group, protects instances that run tasks, and drains those that end.

    `add_capacity` of `EcsCluster` or `EcsExistingCluster` makes it, and checks its arguments before anything is made.

    Args:
        scope: where the group is made, and its capacity provider under the ID `CapacityProvider`.
        id: the ID of the group there.
        launch_template: the launch template, for the first instance type.
        instance_types: the instance types, the preferred one first.
        instances_distribution: the shares of On-Demand and Spot instances; None for On-Demand instances alone.
        min_capacity: the smallest number of instances.
        desired_capacity: the number of instances after each deployment; None to leave it to Amazon ECS.
        max_capacity: the largest number of instances.
        vpc: the VPC of the instances.
        subnets: the subnets of the instances.
        update_policy: how instances are replaced.
        options: the other arguments of the capacity, of which those for group and capacity provider are taken.

    Attributes:
        launch_template: the launch template that the instances are started from.
        capacity_provider: the capacity provider by which the cluster starts and stops the instances.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        launch_template: ec2.LaunchTemplate,
        instance_types: Sequence[ec2.InstanceType],
        instances_distribution: autoscaling.InstancesDistribution | None,
        min_capacity: int,
        desired_capacity: int | None,
        max_capacity: int,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet | ec2.Subnet],
        update_policy: autoscaling.UpdatePolicy,
        options: CapacityOptions,
    ) -> None:
        self._is_associating = False
        mixed = instances_distribution is not None or len(instance_types) > 1
        super().__init__(
            scope,
            id,
            desired_capacity=desired_capacity,
            launch_template=None if mixed else launch_template,
            max_capacity=max_capacity,
            min_capacity=min_capacity,
            mixed_instances_policy=_mixed_instances_policy(launch_template, instance_types, instances_distribution)
            if mixed
            else None,
            update_policy=update_policy,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets),
            **only(GroupOptions, options),
        )
        self.launch_template = launch_template
        self.capacity_provider = ecs.AsgCapacityProvider(
            scope,
            "CapacityProvider",
            auto_scaling_group=self,
            capacity_provider_name=options.get("capacity_provider_name"),
            enable_managed_draining=True,
            enable_managed_scaling=True,
            enable_managed_termination_protection=True,
            instance_warmup_period=options.get("instance_warmup_period"),
            maximum_scaling_step_size=options.get("maximum_scaling_step_size"),
            minimum_scaling_step_size=options.get("minimum_scaling_step_size"),
            target_capacity_percent=options.get("target_capacity_percent"),
        )

    def associate(self, cluster: ecs.Cluster) -> None:
        """Associate the capacity provider with a cluster of this app.

        CDK then lets services of the cluster count on the instances. It would also add to their user data and their
        role, in which all that they need is already.

        Args:
            cluster: the cluster.
        """
        self._is_associating = True
        try:
            cluster.add_asg_capacity_provider(self.capacity_provider)
        finally:
            self._is_associating = False

    def add_user_data(self, *commands: str) -> None:
        """Add commands to the user data of the instances.

        Args:
            commands: the commands.
        """
        if not self._is_associating:
            super().add_user_data(*commands)

    def add_to_role_policy(self, statement: iam.PolicyStatement) -> None:
        """Add a statement to the policy of the role of the instances.

        Args:
            statement: the statement.
        """
        if not self._is_associating:
            super().add_to_role_policy(statement)

    @property
    def capacity_provider_name(self) -> str:
        """The name of the capacity provider, for the strategy of a service."""
        return self.capacity_provider.capacity_provider_name


def _mixed_instances_policy(
    launch_template: ec2.LaunchTemplate,
    instance_types: Sequence[ec2.InstanceType],
    distribution: autoscaling.InstancesDistribution | None,
) -> autoscaling.MixedInstancesPolicy:
    return autoscaling.MixedInstancesPolicy(
        launch_template=launch_template,
        launch_template_overrides=[autoscaling.LaunchTemplateOverrides(instance_type=each) for each in instance_types],
        instances_distribution=distribution,
    )


def check_sizes(minimum: int, desired: int | None, maximum: int) -> None:
    """Refuse numbers of instances that no Auto Scaling group can have, or that run no task.

    Args:
        minimum: the argument `min_capacity`.
        desired: the argument `desired_capacity`.
        maximum: the argument `max_capacity`.

    Raises:
        ValueError: a number is out of its range.
    """
    if not Token.is_unresolved(minimum) and minimum < 0:
        raise ValueError(f"min_capacity must be 0 or more, got {minimum!r}: a group can't have fewer instances")
    if not Token.is_unresolved(maximum):
        if maximum < 1:
            raise ValueError(f"max_capacity must be 1 or more, got {maximum!r}: no task could ever run")
        if not Token.is_unresolved(minimum) and maximum < minimum:
            raise ValueError(f"max_capacity must be {minimum} or more, got {maximum!r}: min_capacity is {minimum}")
    if desired is None or any(Token.is_unresolved(number) for number in (minimum, desired, maximum)):
        return
    if not minimum <= desired <= maximum:
        raise ValueError(
            f"desired_capacity must be {minimum} to {maximum}, got {desired!r}: "
            "it lies between min_capacity and max_capacity"
        )


def check_percent(argument: str, percent: float | None, least: int) -> None:
    """Refuse a number that is no percentage, or below the least one.

    Args:
        argument: the name of the argument.
        percent: the number, None for none.
        least: the least percentage.

    Raises:
        ValueError: the number is out of its range.
    """
    if percent is not None and not Token.is_unresolved(percent) and not least <= percent <= 100:
        raise ValueError(f"{argument} must be {least} to 100, got {percent!r}: it is a percentage")


def check_provider(options: CapacityOptions) -> None:
    """Refuse what Amazon ECS refuses for a capacity provider.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html

    Args:
        options: the arguments of the capacity.

    Raises:
        ValueError: the percentage is out of its range, or the name holds other characters, is too long, or begins
            with a word that is reserved.
    """
    check_percent("target_capacity_percent", options.get("target_capacity_percent"), 1)
    name = options.get("capacity_provider_name")
    if name is None or Token.is_unresolved(name):
        return
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name) or re.match("aws|ecs|fargate", name, re.IGNORECASE):
        raise ValueError(
            "capacity_provider_name must be 1 to 255 letters, digits, - or _ and begin with none of aws, ecs, fargate, "
            f"got {name!r}: Amazon ECS takes no other"
        )


def strategy_of(
    given: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]],
) -> list[ecs.CapacityProviderStrategy]:
    """Return the parts of a strategy, whichever of the two forms that CDK takes they have."""
    return [
        part if isinstance(part, ecs.CapacityProviderStrategy) else ecs.CapacityProviderStrategy(**part)
        for part in given
    ]


def check_strategy(strategy: Sequence[ecs.CapacityProviderStrategy], known: Sequence[str], way: str) -> None:
    """Refuse a default strategy that Amazon ECS refuses.

    Args:
        strategy: the argument `default_capacity_provider_strategy`.
        known: the names of the capacity providers of the cluster.
        way: how the cluster is given another one.

    Raises:
        ValueError: it is empty, names other capacity providers, mixes Fargate with instances or has several bases.
    """
    names = [part.capacity_provider for part in strategy]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise wrong_strategy("name capacity of this cluster", unknown or names, f"add it by {way} first")
    if 0 < sum(name in {"FARGATE", "FARGATE_SPOT"} for name in names) < len(names):
        raise wrong_strategy("be all Fargate or all instances", names, "a strategy can't mix the two")
    bases = [part.base for part in strategy if part.base]
    if len(bases) > 1:
        raise wrong_strategy("have one base at most", bases, "Amazon ECS takes no more")


def wrong_strategy(expected: str, got: object, reason: str) -> ValueError:
    """Return the error for a default strategy.

    Args:
        expected: what it must be or do.
        got: what was given.
        reason: why it is refused.
    """
    return ValueError(f"default_capacity_provider_strategy must {expected}, got {got!r}: {reason}")
