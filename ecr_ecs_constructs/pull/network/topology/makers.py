"""Resources that may make a way at deployment of which the templates say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, near
from ecr_ecs_constructs.cloudformation.values import flag
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.ids import named_in
from ecr_ecs_constructs.pull.network.topology.route_tables import table_of
from ecr_ecs_constructs.pull.network.topology.vpcs import vpc_of
from ecr_ecs_constructs.pull.texts.mentions import makers_in


def may_be_made(world: World, why: str, subnet: Resource, *parts: Resource) -> Answer:
    """Return the answer for a way from a subnet that is missing: there is none, unless something may make it.

    Args:
        world: the world in which the networks are read.
        why: what is missing.
        subnet: the subnet.
        parts: what leads there once it is changed.
    """
    maker = _maker(world, subnet)
    if maker is not None:
        return Answer(None, f"{why}, but {maker} may make a way")
    return may_be_changed(world, Answer(False, why), *parts)


def may_be_changed(world: World, answer: Answer, *parts: Resource) -> Answer:
    """Return the answer for what parts of a network keep from passing: it may pass where something may change them.

    Args:
        world: the world in which the networks are read.
        answer: whether it passes by what the templates say.
        parts: each part that keeps it alone.
    """
    for part in parts if answer.truth is False else ():
        for maker in _makers(world, part):
            if world.exists(maker):
                return Answer(None, f"{answer.why}, but {maker.logical_id} may change {part.logical_id}")
    return answer


@asked
def _maker(world: World, subnet: Resource) -> str | None:
    """Return the name of what may make a way from a subnet at deployment.

    It is what rewrites a template of its network, or makes anything and is given a part of it, and what leads over
    IPv6 to what has addresses of IPv4 only.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
    """
    if flag(world.value(subnet, "EnableDns64", "false")) is not False:
        return f"DNS64 of {subnet.logical_id}"
    parts = [part for part in (subnet, vpc_of(world, subnet)[0], table_of(world, subnet)[0]) if part is not None]
    for part in parts:
        for macro in part.template.macros:
            return f"macro {macro}"
        for maker in (*part.template.by_type.get(TRANSFORM, ()), *_makers(world, part)):
            if world.exists(maker):
                return maker.logical_id
    return None


def _makers(world: World, part: Resource) -> Sequence[Resource]:
    """Return what may make anything at deployment and is given the ID of a part of a network, or may be."""
    found = _by_part(world)
    perhaps = (maker for maker in found.get(None, ()) if near(maker.template, part.template))
    return (*found.get(part, ()), *perhaps)


@asked
def _by_part(world: World) -> Mapping[Resource | None, Sequence[Resource]]:
    """Return what may make anything at deployment by the resources whose ID it is given; None stands for any."""
    found: dict[Resource | None, dict[Resource, None]] = {}
    for template in world.root.templates:
        for maker in makers_in(template):
            for part in named_in(world.root, maker):
                found.setdefault(part, {})[maker] = None
    return {part: tuple(each) for part, each in found.items()}
