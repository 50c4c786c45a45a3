"""The faults of a template for which CloudFormation refuses it, whatever it would make of it.

A fault stands in a resource, or in an entry of another section. A template is read once, whatever is chosen. A fault
says under which conditions it is one, and of which nodes it has to know the values; whether it is one is asked in each
world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TypeAlias

from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import scalar

Guards: TypeAlias = "tuple[tuple[str, bool], ...]"
"""Conditions, each with the outcome in which something is there."""


@dataclass(frozen=True, eq=False)
class Entry:
    """An entry of another section of a template than its resources.

    Attributes:
        template: the template.
        kind: what it is: parameter, mapping or output.
        name: its name in the section.
        body: what stands below its name.
    """

    template: Template
    kind: str
    name: str
    body: Node


Holder: TypeAlias = "Resource | Entry"
"""A resource, or another entry of a template, that a fault stands in."""


@dataclass(frozen=True, eq=False)
class Fault:
    """A place of a resource, or of another entry of a template, that CloudFormation refuses, or may refuse.

    Attributes:
        holder: the resource, or the other entry.
        guards: the conditions under which it is refused, besides that of a resource.
        location: the place in it.
        why: what is wrong, in words; empty where that depends on the values of nodes.
        taken: False where it is refused; None where what is published of a type may be older than the template.
        nodes: the nodes whose values decide, each chosen by a parameter or by a mapping, or written.
        judge: returns what is wrong of their values, in words; nothing where nothing is.
        is_open: whether it judges values of which parts are known only at deployment as well.
        stored: the parameter of Systems Manager that may not be there; empty for any other fault.
    """

    holder: Holder
    guards: Guards
    location: str
    why: str = ""
    taken: bool | None = False
    nodes: tuple[Node, ...] = ()
    judge: Callable[..., str] | None = None
    is_open: bool = False
    stored: str = ""

    def said(self, why: str) -> str:
        """Return what is wrong in the place, in words."""
        inner = self.location.removeprefix("Properties").removeprefix(".")
        name = self.holder.logical_id if isinstance(self.holder, Resource) else _named(self.holder)
        return f"{inner} of {name} {why}" if inner else f"{name} {why}"


def _named(entry: Entry) -> str:
    return f"{entry.kind} {entry.name} of {entry.template.name}"


def judged(fault: Fault) -> Iterator[Fault]:
    """Yield a fault whose nodes decide: at once where they are written, and nothing where they can't be known.

    Args:
        fault: the fault, with nodes and how they are judged.
    """
    texts = [literal(node) for node in fault.nodes]
    if any(text is not None and "{{" in text for text in texts):
        return
    if all(text is not None for text in texts):
        why = fault.judge(*texts) if fault.judge is not None else ""
        if why:
            yield replace(fault, why=why, nodes=(), judge=None)
    elif all(text is not None or is_chosen(node) for text, node in zip(texts, fault.nodes, strict=True)):
        yield fault


def literal(node: Node) -> str | None:
    """Return the text that is written in a place, None where a function decides it."""
    name, argument = function_of(node) or ("", None)
    is_plain = name == "Fn::Sub" and isinstance(argument, str) and "${" not in argument
    return str(argument) if is_plain else scalar(node)


def is_chosen(node: Node) -> bool:
    """Return whether something else of the templates gives a node, so that its value may be known before deployment."""
    name, argument = function_of(node) or ("", None)
    if name == "Fn::GetAtt":
        attribute = argument[1:] if isinstance(argument, list) else str(argument).split(".", 1)[1:]
        return bool(attribute) and str(attribute[0]).startswith("Outputs.")
    return name in ("Ref", "Fn::FindInMap", "Fn::ImportValue", "Fn::GetStackOutput")


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


def found_at(node: Node, path: Sequence[str], location: str, guards: Guards) -> Iterator[tuple[Guards, str, Node]]:
    """Yield each node that a path leads to and that is there, with its conditions and where it stands.

    Args:
        node: the node that the path starts at.
        path: its steps; `*` stands for each element of a list.
        location: where the node stands.
        guards: the conditions around it.
    """
    for own, place, part in branches(node, location, guards):
        if not path:
            if is_there(part):
                yield own, place, part
        elif path[0] == "*":
            for index, item in enumerate(part) if isinstance(part, list) else ():
                yield from found_at(item, path[1:], f"{place}[{index}]", own)
        elif isinstance(part, dict) and path[0] in part:
            yield from found_at(part[path[0]], path[1:], f"{place}.{path[0]}", own)


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
