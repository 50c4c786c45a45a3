"""A refusal of CloudFormation or of Amazon ECS."""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value
from ecr_ecs_constructs.pull.texts.pattern import Truth


class Refusal(NamedTuple):
    """Something that CloudFormation or Amazon ECS refuses to make, or may refuse.

    Attributes:
        resource: the resource that is refused.
        location: the place in it that is wrong.
        why: what is wrong there, in words.
        taken: False where it is refused; None where a value that is known only at deployment decides that.
    """

    resource: Resource
    location: str
    why: str
    taken: Truth = False


def refusal(site: Site, path: str, why: str, taken: Truth = False) -> Refusal:
    """Return a refusal of something below a place, whose reason begins with the name of the resource.

    Args:
        site: the place.
        path: leads from there to what is refused; empty for the place itself.
        why: what is wrong, as a predicate: `has no ImageId`.
        taken: as `Refusal` takes it.
    """
    location = f"{site.location}.{path}" if path else site.location
    return Refusal(site.resource, location, f"{site.resource.logical_id} {why}", taken)


def unread(world: World, resource: Resource) -> Site:
    """Return the place of the properties of a resource, without a note that the resource is read.

    Whether AWS makes a resource rests on what is asked of it; a task that does not use it rests on nothing else of it.
    """
    return Site(resource, "Properties", world.root.written(resource))


def made_by(value: Value) -> Resource | None:
    """Return the resource that a value refers to, None where it is more than a reference."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    return hole.resource if isinstance(hole, Hole) else None
