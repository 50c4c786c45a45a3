"""The resources that refer to a part of a network, by their type and the property that names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.pull.network.topology.ids import Id, every_id, ids
from ecr_ecs_constructs.pull.texts.pattern import Truth, some


@asked
def referrers(world: World, part: Resource, type_: str, path: str) -> tuple[tuple[Resource, Truth], ...]:
    """Return the resources of a type that refer to a part of a network in this world, surely or perhaps."""
    perhaps = in_any_world(world, part, type_, path)
    if not perhaps:
        return ()  # as of most types
    own = Id.of_resource(part)
    found = []
    for resource in perhaps:
        truth = some(other.is_(own) for other in ids(world, resource, path))
        if truth is not False:
            found.append((resource, truth))
    return tuple(found)


def sure_referrers(world: World, part: Resource, type_: str, path: str) -> tuple[Resource, ...]:
    """Return the resources of a type that surely refer to a part of a network in this world."""
    return tuple(resource for resource, truth in referrers(world, part, type_, path) if truth)


def in_any_world(world: World, part: Resource, type_: str, path: str) -> Sequence[Resource]:
    """Return the resources of a type that refer to a part of a network in any world, or may do so."""
    found = _by_part(world, type_, path)
    perhaps = found.get(None, ())
    if not perhaps:
        return found.get(part, ())
    return (*found.get(part, ()), *(resource for resource in perhaps if near(resource.template, part.template)))


@asked
def _by_part(world: World, type_: str, path: str) -> Mapping[Resource | None, Sequence[Resource]]:
    """Return the resources of a type by what a property names in any world, None for what is not in the templates."""
    found: dict[Resource | None, dict[Resource, None]] = {}
    for resource in world.root.all(type_):
        for part in every_id(world.root, resource, path):
            found.setdefault(part.resource, {})[resource] = None
    return {part: tuple(resources) for part, resources in found.items()}
