"""Capacity providers: the clusters that they are associated with, and the groups whose instances they bring.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/clusters.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.placement.kinds import itself
from ecr_ecs_constructs.pull.placement.scaling import is_above_zero
from ecr_ecs_constructs.pull.texts.mentions import maker_given
from ecr_ecs_constructs.pull.texts.pattern import some
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, CLUSTER, GROUP, References, Target
from ecr_ecs_constructs.pull.vouching import vouched_cluster

ASSOCIATIONS = "AWS::ECS::ClusterCapacityProviderAssociations"
FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
_BY_DEFAULT = "DefaultCapacityProviderStrategy.*"


class Share(NamedTuple):
    """The share of a capacity provider in a strategy.

    Attributes:
        provider: the capacity provider.
        counts: whether tasks are placed by it.
    """

    provider: Target
    counts: Answer = Answer(True)


class Providers(InWorld):
    """The capacity providers of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    def by_default(self, cluster: Resource) -> tuple[Share, ...]:
        """Return the capacity providers of a cluster's default strategy that tasks are placed by."""
        owners = (cluster, *self._associations(itself(cluster)))
        return tuple(share for owner in owners for share in self.of_strategy(owner, _BY_DEFAULT))

    def of_strategy(self, owner: Resource, path: str, at: Site | None = None) -> tuple[Share, ...]:
        """Return the capacity providers of a strategy that tasks are placed by.

        Of several, those without a weight and a base get no task; a strategy of such ones alone is refused. Of a single
        one without a weight Amazon ECS says that it is taken, and has refused it.

        Args:
            owner: the resource that has the strategy.
            path: where its items stand.
            at: where the path starts.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
            https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/27
        """
        found = [
            (target, [is_above_zero(self.world.value(owner, key, "0", at=item)) for key in ("Weight", "Base")])
            for item in self.world.sites(owner, path, at)
            for target in self._references.targets(owner, "CapacityProvider", CAPACITY_PROVIDER, item)
        ]
        none = f"no capacity provider of the strategy of {owner.logical_id} has a weight above 0"
        if len(found) == 1:
            ((target, (weight, _)),) = found
            return (Share(target, Answer(None, none) if weight is False else Answer(True)),)
        weighed = [target for target, numbers in found if some(numbers) is not False]
        if found and not weighed:
            return tuple(Share(target, Answer(False, none)) for target, _ in found)
        return tuple(map(Share, weighed))

    @asked
    def of_cluster(self, cluster: Target) -> tuple[Resource, ...]:
        """Return the capacity providers of the templates that are associated with a cluster."""
        own = () if cluster.resource is None else (cluster.resource,)
        owners = (*own, *self._associations(cluster))
        return tuple(dict.fromkeys(provider for owner in owners for provider in _named(self.world, owner)))

    def associated(self, provider: Target, cluster: Target | None) -> Answer:
        """Return whether a capacity provider, Fargate's too, is associated with a cluster, as it must be to be used.

        One of ECS Managed Instances names its cluster itself.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
            https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-capacityprovider.html
        """
        if cluster is None:
            return Answer(None, f"the cluster that capacity provider {provider} is associated with is not known")
        own = () if cluster.resource is None else (cluster.resource,)
        named = [
            each
            for owner in (*own, *self._associations(cluster))
            for each in self._references.targets(owner, "CapacityProviders.*", CAPACITY_PROVIDER)
        ]
        made = provider.resource
        made_for = () if made is None else self._references.targets(made, "ClusterName", CLUSTER)
        if _holds(made_for, cluster):
            return Answer(True)
        if _holds(named, provider):
            why = f"capacity provider {provider} is made for cluster {', '.join(map(str, made_for))} alone"
            return Answer(None, f"{why}, and cluster {cluster} names it, too") if made_for else Answer(True)
        fact = f"capacity provider {provider} is not associated with cluster {cluster}"
        if cluster.resource is None:
            lack = Answer(None, f"{fact} in the templates, nor is the cluster in them")
            return vouched_cluster(self.world, cluster) or lack
        if made is None and provider.value not in FARGATE_PROVIDERS:
            return Answer(None, fact)  # one of ECS Managed Instances names its cluster where it is made
        maker = maker_given(self.world, cluster.resource)
        if maker is not None:
            return Answer(None, f"{fact}, unless {maker.logical_id} does so")
        unknown = next((each for each in named if each.resource is None and not isinstance(each.value, str)), None)
        return Answer(False, fact) if unknown is None else Answer(None, f"{fact}, unless {unknown} is the same")

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


def _holds(targets: Iterable[Target], wanted: Target) -> bool:
    """Return whether a target is among others, whether it is named there by a reference, a name or an ARN."""
    return any((each.resource or each.value) == (wanted.resource or wanted.value) for each in targets)


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
