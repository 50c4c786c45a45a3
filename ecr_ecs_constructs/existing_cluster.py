"""A cluster that was made elsewhere, and the instances that this app adds to it: `EcsExistingCluster`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.capacity import check_strategy, strategy_of
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.container_instances import ContainerInstances

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

    from ecr_ecs_constructs.capacity import EcsCapacity


@takes()
class EcsExistingCluster(ContainerInstances):
    """A cluster that is no `EcsCluster`, to which `add_capacity` adds the same instances: imported, or of CDK's own.

    CDK associates the capacity providers with a cluster of this app, and its
    `add_default_capacity_provider_strategy` may name them. With an imported cluster `associate` does it, and nothing
    else: until then the instances join the cluster and take tasks of the launch type EC2, but their number stays.

    Builds on: `ecs.ICluster`.

    Hooks: `create_instance_role`, `create_security_group`, `default_machine_image`, `image_refresh_preferences`,
    `spot_allocation_strategy`, `update_policy`, `user_data`.

    Args:
        scope: where the instances are made.
        id: the ID of what holds them there.
        cluster: the cluster, which knows its VPC: imported by `from_cluster_attributes`, or made in the same stack.

    Raises:
        ValueError: the cluster is made in another stack, or was imported without its VPC or as one without instances.

    Attributes:
        cluster: the cluster.
        vpc: its VPC, in which the instances are.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: ecs.ICluster) -> None:
        _check(cluster, cdk.Stack.of(scope))
        self._capacities: list[EcsCapacity] = []
        self.cluster = cluster
        super().__init__(scope, id)
        bring_along(self)

    @property
    def _cluster(self) -> ecs.ICluster:
        return self.cluster

    @property
    def vpc(self) -> ec2.IVpc:
        """The VPC of the cluster."""
        return self.cluster.vpc

    def associate(
        self,
        *,
        other_capacity_providers: Sequence[str],
        default_capacity_provider_strategy: Sequence[ecs.CapacityProviderStrategy | dict[str, Any]],
    ) -> ecs.CfnClusterCapacityProviderAssociations:
        """Associate the capacity providers with an imported cluster, so that services may name them.

        Amazon ECS then forgets the capacity providers and the default strategy that the cluster had, and CloudFormation
        takes all of them from it when the resource is deleted. So this is for a cluster whose capacity providers no
        other stack associates; elsewhere that stack is to name those made here, by their `capacity_provider_name`.

        Args:
            other_capacity_providers: the names of the capacity providers that the cluster keeps besides those of
                `add_capacity`, such as FARGATE; empty for none.
            default_capacity_provider_strategy: where services and tasks of the cluster run that name no capacity;
                empty for no strategy.

        Returns:
            The association, of all capacity that is ever added.

        Raises:
            ValueError: the cluster is not imported or is associated already, or the strategy names an unknown capacity
                provider, mixes Fargate with instances or has more than one base.

        References:
            https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
        """
        if isinstance(self.cluster, ecs.Cluster):
            raise _wrong(self.cluster, "be imported", "CDK associates the capacity of a cluster of its own app")
        if self.node.try_find_child("Association") is not None:
            raise ValueError(
                f"other_capacity_providers must be said once, got {list(other_capacity_providers)!r}: the cluster has "
                "an association"
            )
        strategy = strategy_of(default_capacity_provider_strategy)
        if strategy:
            check_strategy(
                strategy, self._names(other_capacity_providers), "add_capacity(...) or other_capacity_providers"
            )
        return ecs.CfnClusterCapacityProviderAssociations(
            self,
            "Association",
            capacity_providers=cdk.Lazy.list(_Names(lambda: self._names(other_capacity_providers))),
            cluster=self.cluster.cluster_name,
            default_capacity_provider_strategy=[
                ecs.CfnClusterCapacityProviderAssociations.CapacityProviderStrategyProperty(
                    capacity_provider=part.capacity_provider, base=part.base, weight=part.weight
                )
                for part in strategy
            ],
        )

    def _names(self, others: Sequence[str]) -> list[str]:
        return [*others, *(capacity.capacity_provider_name for capacity in self._capacities)]


@jsii.implements(cdk.IStableListProducer)
class _Names:
    """A list that is asked for at synthesis."""

    def __init__(self, names: Callable[[], list[str]]) -> None:
        self._names = names

    def produce(self) -> list[str]:
        return self._names()


def _check(cluster: ecs.ICluster, stack: cdk.Stack) -> None:
    """Refuse a cluster that the instances of a stack can't join."""
    if isinstance(cluster, ecs.Cluster):
        if cdk.Stack.of(cluster) is not stack:
            raise _wrong(
                cluster,
                f"be made in {stack.node.path!r}, or imported there",
                "CDK associates the capacity where the cluster is made, so that both stacks would need each other",
            )
        return
    try:
        is_for_instances = bool(cluster.vpc) and cluster.has_ec2_capacity
    except RuntimeError:
        raise _wrong(
            cluster, "know its VPC", "import it by from_cluster_attributes; from_cluster_arn leaves the VPC out"
        ) from None
    if not is_for_instances:
        raise _wrong(
            cluster, "have instances", "CDK refuses services on them; import it without has_ec2_capacity=False"
        )


def _wrong(cluster: ecs.ICluster, expected: str, reason: str) -> ValueError:
    return ValueError(f"cluster must {expected}, got {cluster.node.path!r}: {reason}")
