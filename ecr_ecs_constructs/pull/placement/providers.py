"""Capacity providers: the clusters that they are associated with, and the groups whose instances they bring.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/clusters.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.placement.kinds import itself
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, CLUSTER, GROUP, References, Target

ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"
_BY_DEFAULT = "DefaultCapacityProviderStrategy.*.CapacityProvider"


class Providers(InWorld):
    """The capacity providers of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    def by_default(self, cluster: Resource) -> tuple[Target, ...]:
        """Return the capacity providers of a cluster's default strategy."""
        return tuple(
            target
            for owner in (cluster, *self._associations(itself(cluster)))
            for target in self._references.targets(owner, _BY_DEFAULT, CAPACITY_PROVIDER)
        )

    @asked
    def of_cluster(self, cluster: Target) -> tuple[Resource, ...]:
        """Return the capacity providers of the templates that are associated with a cluster."""
        own = () if cluster.resource is None else (cluster.resource,)
        owners = (*own, *self._associations(cluster))
        return tuple(dict.fromkeys(provider for owner in owners for provider in _named(self.world, owner)))

    def of_group(self, resource: Resource) -> Iterator[Resource]:
        """Yield the capacity providers that bring the instances of an Auto Scaling group."""
        for provider in self.world.root.candidates(_groups, (CAPACITY_PROVIDER,), resource):
            if resource in self.groups(provider):
                yield provider

    @asked
    def clusters_of_group(self, resource: Resource) -> tuple[tuple[Target, Resource], ...]:
        """Return the clusters that the instances of a group are for by a capacity provider, each with the provider."""
        found: dict[tuple[Target, Resource], None] = {}
        for provider in self.of_group(resource):
            for owner in self.world.root.candidates(_named, (CLUSTER, ASSOCIATIONS), provider):
                if provider in _named(self.world, owner):
                    is_cluster = owner.type == CLUSTER
                    clusters = (itself(owner),) if is_cluster else self._references.targets(owner, "Cluster", CLUSTER)
                    found.update(dict.fromkeys((cluster, provider) for cluster in clusters))
        return tuple(found)

    def groups(self, provider: Resource) -> tuple[Resource, ...]:
        """Return the Auto Scaling group of a capacity provider, nothing where it is not in the templates."""
        return _groups(self.world, provider)

    @asked
    def _associations(self, cluster: Target) -> tuple[Resource, ...]:
        """Return the associations of capacity providers with a cluster."""
        key = cluster.resource or str(cluster)
        return tuple(
            association
            for association in self.world.root.candidates(_clusters, (ASSOCIATIONS,), key)
            if key in _clusters(self.world, association)
        )


def _clusters(world: World, association: Resource) -> tuple[Resource | str, ...]:
    """Return the cluster of an association of capacity providers."""
    targets = References(world).targets(association, "Cluster", CLUSTER)
    return tuple(target.resource or str(target) for target in targets)


def _named(world: World, owner: Resource) -> tuple[Resource, ...]:
    """Return the capacity providers that a cluster, or an association, names."""
    targets = References(world).targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER)
    return tuple(target.resource for target in targets if target.resource is not None)


def _groups(world: World, provider: Resource) -> tuple[Resource, ...]:
    """Return the Auto Scaling group of a capacity provider."""
    targets = References(world).targets(provider, "AutoScalingGroupProvider.AutoScalingGroupArn", GROUP)
    return tuple(target.resource for target in targets if target.resource is not None)
