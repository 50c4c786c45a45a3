"""The containers that another container of a task waits for, and how long it can wait.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    https://github.com/boto/boto3/issues/2436 (an essential container that another one waits to end)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, flag, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_ENDS = ("COMPLETE", "SUCCESS")
"""The conditions that are met once a container has ended."""


def refused_dependencies(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which container of a task definition waits for something that Amazon ECS lets none wait for.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    sites: dict[Value, Site] = {}
    for site in world.sites(definition, "ContainerDefinitions.*"):
        name = world.value(definition, "Name", at=site)
        if not isinstance(name, str):
            return
        sites[name] = site
    awaited: dict[Value, list[Value]] = {name: [] for name in sites}
    for name, site in sites.items():
        for each in world.sites(definition, "DependsOn.*", site):
            other, condition = (world.value(definition, key, at=each) for key in ("ContainerName", "Condition"))
            if other not in sites:
                continue
            awaited[name].append(other)
            yield from _unmet(world, site, sites[other], condition)
    for name, site in sites.items():
        if name not in awaited[name] and _leads_back(awaited, name):
            why = f"container {name!r} depends on containers that depend on it"
            yield Refusal(definition, f"{site.location}.DependsOn", why)


def _unmet(world: World, site: Site, awaited: Site, condition: Value) -> Iterator[Refusal]:
    """Yield that what a container waits for of another one never comes."""
    name, other = (shown(world.value(each.resource, "Name", at=each)) for each in (site, awaited))
    definition, location = site.resource, f"{site.location}.DependsOn"
    if condition == "HEALTHY" and not world.sites(definition, "HealthCheck", awaited):
        why = f"container {name!r} waits until {other!r} is healthy, which has no health check"
        yield Refusal(definition, location, why)
    essential = world.value(definition, "Essential", "true", awaited)
    if condition in _ENDS and flag(essential) is not False:
        why = f"container {name!r} waits until {other!r} ends, whose Essential is {shown(essential)}"
        yield Refusal(definition, location, why, None if flag(essential) is None else False)


def _leads_back(awaited: Mapping[Value, list[Value]], start: Value) -> bool:
    """Return whether what a container waits for waits for it."""
    found: dict[Value, None] = {}
    pending = [*awaited[start]]
    while pending:
        each = pending.pop()
        if each not in found:
            found[each] = None
            pending += awaited[each]
    return start in found
