"""The properties of a resource of which it is not known whether they keep a task from starting.

A question that reads a resource rests on all of its properties: those that it does not read are harmless, or the answer
is not known. So a world notes of a resource with such a property that a question reads it, as it notes the choices that
a question reads, and a remembered answer brings both along. Of all other resources nothing is noted: they are looked
through once, when the first of their properties is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, function_of
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Value, scalar
from ecr_ecs_constructs.pull.properties.declared import (
    NOT_JUDGED,
    NOT_KNOWN,
    UNKNOWN_LEAVES,
    Declared,
    Effect,
    Leaf,
    Tree,
    declared,
    declared_type,
)

_Guards = tuple[tuple[str, bool], ...]
"""The conditions around a property, each with the outcome in which the property is there."""


class UnknownProperty(NamedTuple):
    """A property of which it is not known whether it keeps a task from starting.

    Attributes:
        location: where it stands: `Properties.VolumeConfigurations`.
        declared: what is declared of it.
        node: what stands there.
        guards: the conditions around it.
    """

    location: str
    declared: Declared
    node: Node
    guards: _Guards


def has_unknown_properties(resource: Resource, written: Node) -> bool:
    """Return whether a resource has such a property in some world.

    Args:
        resource: the resource.
        written: its properties as they are written.
    """
    found = declared_type(resource.type)
    if found is None or not isinstance(written, dict) or _is_known(written, found.tree):
        return False
    return next(_in_resource(resource, written), None) is not None


def _is_known(node: Mapping[str, Node], tree: Tree) -> bool:
    """Return whether an object surely has no unknown property; most have none, and no function where objects stand."""
    for name, value in node.items():
        below = tree.get(name, 2)
        if type(below) is int:
            if below in UNKNOWN_LEAVES:
                return False
        elif type(below) is not dict:
            return False
        elif type(value) is list:
            inner = below.get("*")
            for item in value:
                if type(item) is not dict or type(inner) is not dict or not _is_known(item, inner):
                    return False
        elif type(value) is not dict or not _is_known(value, below):
            return False
    return True


@asked
def unknown_properties(world: World, resource: Resource) -> tuple[UnknownProperty, ...]:
    """Return the properties of a resource of which it is not known whether they keep a task from starting."""
    template = resource.template
    return tuple(
        each
        for each in _in_resource(resource, world.root.written(resource))
        if all(world.holds(template, condition) is outcome for condition, outcome in each.guards)
        and not (each.declared.defaults and world.evaluate(template, each.node).value in _absent(each.declared))
    )


def _absent(declared: Declared) -> tuple[Value, ...]:
    """Return the values of a property that change nothing."""
    return (*declared.defaults, ABSENT)


def _in_resource(resource: Resource, written: Node) -> Iterator[UnknownProperty]:
    found = declared_type(resource.type)
    return iter(()) if found is None else _in_object(written, found.tree, "Properties", ())


def _in_object(node: Node, tree: Tree, location: str, guards: _Guards) -> Iterator[UnknownProperty]:
    """Yield the unknown properties of an object, or of each object of a list; what a function gives has none."""
    for place, each, around in _given(node, location, guards):
        inner = tree.get("*")
        if isinstance(each, list):
            for index, item in enumerate(each):
                if isinstance(inner, dict):
                    yield from _in_object(item, inner, f"{place}[{index}]", around)
        elif isinstance(each, dict) and inner is not None:  # a list of one may be written without its brackets
            if isinstance(inner, dict):
                yield from _in_object(each, inner, f"{place}[0]", around)
        elif isinstance(each, dict) and function_of(each) is None:
            for name, value in each.items():
                if not name.startswith("Fn::"):
                    yield from _in_property(value, tree.get(name), f"{place}.{name}", around)


def _in_property(node: Node, below: Tree | Leaf | None, location: str, guards: _Guards) -> Iterator[UnknownProperty]:
    whole = NOT_KNOWN if below is None else NOT_JUDGED if isinstance(below, dict) else declared(below)
    if isinstance(below, dict) and not _is_unknown(below):
        yield from _in_object(node, below, location, guards)
    elif whole.effect is Effect.UNKNOWN:
        for place, each, around in _given(node, location, guards):
            if scalar(each) not in whole.defaults:
                yield UnknownProperty(place, whole, each, around)


def _is_unknown(tree: Tree | Leaf) -> bool:
    """Return whether nothing but what is unknown stands below a property, which is unknown as a whole then."""
    return all(map(_is_unknown, tree.values())) if isinstance(tree, dict) else tree in UNKNOWN_LEAVES


def _given(node: Node, location: str, guards: _Guards) -> Iterator[tuple[str, Node, _Guards]]:
    """Yield what a node is in each outcome of its conditions in which it is there, with its location."""
    if isinstance(node, dict) and len(node) == 1:
        choice = node.get("Fn::If")
        if isinstance(choice, list) and len(choice) == 3 and isinstance(choice[0], str):
            for index, outcome in ((1, True), (2, False)):
                yield from _given(choice[index], f"{location}.Fn::If[{index}]", (*guards, (choice[0], outcome)))
            return
    if node not in (None, NO_VALUE, [], {}):
        yield location, node, guards
