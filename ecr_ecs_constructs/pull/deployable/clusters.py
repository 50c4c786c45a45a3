"""The clusters and capacity providers that Amazon ECS makes.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers-create-auto-scaling-group.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, flag, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal, unread
from ecr_ecs_constructs.pull.placement.providers import Providers
from ecr_ecs_constructs.pull.placement.scaling import is_above_zero
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, CLUSTER, GROUP, References

_OF_FARGATE = ("FARGATE", "FARGATE_SPOT")
_RESERVED = re.compile("(aws|ecs|fargate).*", re.IGNORECASE | re.DOTALL)
"""The names that no capacity provider of one's own has."""

_PROVIDERS, _STRATEGY = "CapacityProviders", "DefaultCapacityProviderStrategy"


def refused_cluster(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS does not associate a cluster with capacity providers.

    Args:
        world: the world in which it is asked.
        own: the properties of the cluster, or of what associates it.
    """
    resource, references = own.resource, References(world)
    for target in references.targets(resource, "Cluster", CLUSTER, own):
        if target.resource is None and isinstance(target.value, str) and not target.value.startswith("arn:"):
            yield refusal(own, "Cluster", f"is for cluster {target.value!r}, which is not in the templates", None)
    yield from refused_strategy(world, own, _STRATEGY)
    associated = world.values(resource, f"{_PROVIDERS}.*", own)
    for name in associated:
        if not isinstance(name, str) or name in _OF_FARGATE:
            continue
        if references.of(name, CAPACITY_PROVIDER, resource.template).resource is None:
            taken = False if _RESERVED.fullmatch(name) else None
            yield refusal(own, _PROVIDERS, f"names capacity provider {name!r}, which is not in the templates", taken)
    made = [references.of(name, CAPACITY_PROVIDER, resource.template).resource for name in associated]
    for name in world.values(resource, f"{_STRATEGY}.*.CapacityProvider", own):
        provider = references.of(name, CAPACITY_PROVIDER, resource.template).resource
        if name not in associated and (provider is None or provider not in made):
            is_known = all(map(_is_told_apart, (name, *associated)))
            why = f"has {shown(name)} in its default strategy, and not among its capacity providers"
            yield refusal(own, _STRATEGY, why, False if is_known else None)


def refused_strategy(world: World, own: Site, path: str) -> Iterator[Refusal]:
    """Yield why Amazon ECS takes no such strategy of capacity providers, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the service or the cluster that has it.
        path: leads from there to the strategy.
    """
    items = world.sites(own.resource, f"{path}.*", own)
    names = [world.value(own.resource, "CapacityProvider", at=item) for item in items]
    told = [name for name in names if _is_told_apart(name)]
    kinds = {name in _OF_FARGATE for name in told}
    if len(kinds) == 2:
        yield refusal(own, path, "mixes capacity providers of AWS Fargate with others in one strategy")
    bases = [is_above_zero(world.value(own.resource, "Base", "0", item)) for item in items]
    if bases.count(True) > 1:
        yield refusal(own, path, "has a strategy with two bases, and one capacity provider alone may have one")
    if len({*map(shown, told)}) < len(told):
        yield refusal(own, path, "has a capacity provider twice in one strategy", None)


def _is_told_apart(name: Value) -> bool:
    """Return whether a name is known, or that of a capacity provider of the templates, which no other one has."""
    if isinstance(name, str):
        return True
    hole = name.pieces[0] if isinstance(name, Text) and len(name.pieces) == 1 else None
    return isinstance(hole, Hole) and hole.resource is not None and hole.resource.type == CAPACITY_PROVIDER


def refused_provider(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS makes no capacity provider of a group, or may not.

    Args:
        world: the world in which it is asked.
        own: the properties of the capacity provider.
    """
    path = f"{_GROUP_PROVIDER}.AutoScalingGroupArn"
    for target in References(world).targets(own.resource, path, GROUP, own):
        group = target.resource
        if group is None and isinstance(target.value, str) and not target.value.startswith("arn:"):
            yield refusal(own, path, f"is of group {target.value!r}, which is not in the templates", None)
        for other in Providers(world).of_group(group) if group is not None else ():
            if group is not None and other is not own.resource and world.exists(other):
                why = f"is of group {group.logical_id}, as {other.logical_id} is, and a group has one alone"
                yield refusal(own, path, why)
    for name in world.values(own.resource, "Name", own):
        if isinstance(name, str) and _RESERVED.fullmatch(name):
            yield refusal(own, "Name", f"has Name {name!r}, which begins as those of AWS")
    yield from _protected(world, own)


_GROUP_PROVIDER = "AutoScalingGroupProvider"


def _protected(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why a capacity provider can't protect the instances that run tasks from being taken away."""
    provider, key = own.resource, _GROUP_PROVIDER
    if world.value(provider, f"{key}.ManagedTerminationProtection", at=own) != "ENABLED":
        return
    location, protects = f"{key}.ManagedTerminationProtection", "protects instances that run tasks"
    status = world.value(provider, f"{key}.ManagedScaling.Status", at=own)
    if status == "DISABLED":
        yield refusal(own, location, f"{protects}, without managed scaling")
    elif status != "ENABLED":
        yield refusal(own, location, f"{protects}, and whether it has managed scaling is not known", None)
    for target in References(world).targets(provider, f"{key}.AutoScalingGroupArn", GROUP, own):
        group = target.resource
        if group is None:
            continue
        given = world.value(group, "NewInstancesProtectedFromScaleIn", "false", unread(world, group))
        if flag(given) is not True:
            why = f"{protects}, and NewInstancesProtectedFromScaleIn of {group.logical_id} is {shown(given)}"
            yield refusal(own, location, why, flag(given))


def refused_execute_command(world: World, own: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS makes no cluster with such logs of commands in containers.

    Args:
        world: the world in which it is asked.
        own: the properties of the cluster.
    """
    cluster, start = own.resource, "Configuration.ExecuteCommandConfiguration"
    logging = world.value(cluster, f"{start}.Logging", "DEFAULT", own)
    is_given = bool(world.sites(cluster, f"{start}.LogConfiguration", own))
    targets = [
        world.value(cluster, f"{start}.LogConfiguration.{key}", at=own)
        for key in ("CloudWatchLogGroupName", "S3BucketName")
    ]
    if logging == "OVERRIDE" and not is_given:
        yield refusal(own, f"{start}.Logging", "has Logging OVERRIDE without a LogConfiguration")
    elif logging == "OVERRIDE" and targets == [None, None]:
        yield refusal(
            own, f"{start}.LogConfiguration", "has a LogConfiguration that names no log group or bucket", None
        )
    elif isinstance(logging, str) and logging != "OVERRIDE" and is_given:
        yield refusal(own, f"{start}.LogConfiguration", f"has a LogConfiguration with Logging {logging}", None)
