"""Resources that may attach policies to a role at deployment, of which the templates say nothing."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, pieces_of
from ecr_ecs_constructs.pull.texts.mentions import maker_given, mention


@asked
def attacher_of(world: World, role: Resource) -> Resource | None:
    """Return what may make anything at deployment and is given a role, or its name; None where nothing is."""
    name = world.value(role, "RoleName")
    pieces = pieces_of(name) if isinstance(name, (str, Text)) else ()
    return maker_given(world, role, map(mention, pieces) if len(pieces) == 1 else ())
