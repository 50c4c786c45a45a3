"""The faults of a template for which CloudFormation refuses it, whatever it would make of it.

A template is read once, whatever is chosen. A fault says under which conditions it is one, and of which nodes it has to
know the values; whether it is one is asked in each world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TypeAlias

from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import scalar

Guards: TypeAlias = "tuple[tuple[str, bool], ...]"
"""Conditions, each with the outcome in which something is there."""


@dataclass(frozen=True, eq=False)
class Fault:
    """A place of a resource that CloudFormation refuses, or may refuse.

    Attributes:
        resource: the resource.
        guards: the conditions under which it is refused, besides that of the resource.
        location: the place.
        why: what is wrong, in words; empty where that depends on the values of nodes.
        taken: False where it is refused; None where what is published of a type may be older than the template.
        nodes: the nodes whose values decide, each chosen by a parameter or by a mapping, or written.
        judge: returns what is wrong of their values, in words; nothing where nothing is.
    """

    resource: Resource
    guards: Guards
    location: str
    why: str = ""
    taken: bool | None = False
    nodes: tuple[Node, ...] = ()
    judge: Callable[..., str] | None = None

    def said(self, why: str) -> str:
        """Return what is wrong in the place, in words."""
        inner = self.location.removeprefix("Properties").removeprefix(".")
        place = f"{inner} of {self.resource.logical_id}" if inner else self.resource.logical_id
        return f"{place} {why}"


def judged(fault: Fault) -> Iterator[Fault]:
    """Yield a fault whose nodes decide: at once where they are written, and nothing where they can't be known.

    Args:
        fault: the fault, with nodes and how they are judged.
    """
    texts = [scalar(node) for node in fault.nodes]
    if any(text is not None and "{{" in text for text in texts):
        return
    if all(text is not None for text in texts):
        why = fault.judge(*texts) if fault.judge is not None else ""
        if why:
            yield replace(fault, why=why, nodes=(), judge=None)
    elif all(text is not None or is_chosen(node) for text, node in zip(texts, fault.nodes, strict=True)):
        yield fault


def is_chosen(node: Node) -> bool:
    """Return whether a parameter or a mapping gives a node, so that its value may be known before deployment."""
    name, _ = function_of(node) or ("", None)
    return name in ("Ref", "Fn::FindInMap")


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


def presences(node: Mapping[str, Node], name: str) -> Iterator[tuple[Guards, bool]]:
    """Yield the conditions under which an object has a property, and those under which it has not.

    Args:
        node: the object.
        name: the property.
    """
    if name not in node:
        yield (), has_function(node)  # what a transform includes may have it
        return
    yield from ((guards, is_there(part)) for guards, _, part in branches(node[name], name, ()))


def voids(node: Sequence[Node], guards: Guards) -> Iterator[Guards]:
    """Yield the conditions under which no element of a list is there.

    Args:
        node: the list.
        guards: the conditions around it.
    """
    gone = [[own for own, _, part in branches(each, "", ()) if not is_there(part)] for each in node]
    if all(gone):
        yield from ((*guards, *chain.from_iterable(each)) for each in product(*gone))
