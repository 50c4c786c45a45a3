"""The faults of a template for which CloudFormation refuses it, whatever it would make of it.

Nothing here depends on a world but which branch of an `Fn::If` is there, so that a template is read once, and a fault
says under which conditions it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ecr_ecs_constructs.cloudformation.functions import NO_VALUE
from ecr_ecs_constructs.cloudformation.template import Node, Resource

Guards: TypeAlias = "tuple[tuple[str, bool], ...]"
"""Conditions, each with the outcome in which something is there."""


class Fault(NamedTuple):
    """A place of a resource that CloudFormation refuses.

    Attributes:
        resource: the resource.
        guards: the conditions under which it is refused, besides that of the resource.
        location: the place.
        why: what is wrong, in words.
        taken: False where it is refused; None where what is published of a type may be older than the template.
    """

    resource: Resource
    guards: Guards
    location: str
    why: str
    taken: bool | None = False

    def __str__(self) -> str:
        inner = self.location.removeprefix("Properties").removeprefix(".")
        place = f"{inner} of {self.resource.logical_id}" if inner else self.resource.logical_id
        return f"{place} {self.why}"


def branches(node: Node, location: str, guards: Guards) -> Iterator[tuple[Guards, str, Node]]:
    """Yield each node that may stand in a place, with its conditions and where it stands.

    Args:
        node: what stands there, conditions included.
        location: the place.
        guards: the conditions around it.
    """
    choice = node.get("Fn::If") if isinstance(node, dict) and len(node) == 1 else None
    if isinstance(choice, list) and len(choice) == 3 and isinstance(choice[0], str):
        for index, outcome in ((1, True), (2, False)):
            inner = (*guards, (choice[0], outcome))
            yield from branches(choice[index], f"{location}.Fn::If[{index}]", inner)
    else:
        yield guards, location, node


def is_there(node: Node) -> bool:
    """Return whether a node that is no condition is a value."""
    return node != NO_VALUE
