"""Resources that may attach policies to a role at deployment, of which the templates say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of
from ecr_ecs_constructs.pull.texts.mentions import mentioned
from ecr_ecs_constructs.pull.texts.references import ROLE

_Given = Resource | Hole | str | None
"""A part of a property: a reference to a role, another part that is known only at deployment, a literal; None for any.
"""


@asked
def attacher_of(world: World, role: Resource) -> Resource | None:
    """Return what may make anything at deployment and is given a role, or its name; None where nothing is."""
    found = _by_part(world)
    name = world.value(role, "RoleName")
    keys: list[_Given] = [role, None]
    if isinstance(name, (str, Text)):
        keys += pieces_of(name) if len(pieces_of(name)) == 1 else ()
    for key in keys:
        for maker in found.get(key, ()):
            if near(maker.template, role.template) and world.exists(maker):
                return maker
    return None


@asked
def _by_part(world: World) -> Mapping[_Given, Sequence[Resource]]:
    """Return what may make anything at deployment by what it is given."""
    found: dict[_Given, dict[Resource, None]] = {}
    for template in world.root.templates:
        for maker in dict.fromkeys((*template.opaque, *template.custom)):
            for part in mentioned(world.root, maker):
                is_role = isinstance(part, Hole) and part.resource is not None and part.resource.type == ROLE
                found.setdefault(part.resource if is_role and isinstance(part, Hole) else part, {})[maker] = None
    return {part: tuple(makers) for part, makers in found.items()}
