"""The places of a resource that a path leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from ecr_ecs_constructs.cloudformation.functions import NO_VALUE, function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Hole, Site, Text, Value, scalar


@lru_cache(maxsize=1024)
def _keys(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def plain_values(path: str, node: Content) -> tuple[Value, ...] | None:
    """Return the values that a path leads to where nothing but literals is on the way, None elsewhere.

    Args:
        path: keys separated by dots; `*` stands for each element of a list.
        node: what stands where the path starts.
    """
    found: list[Value] = []
    return tuple(found) if _is_plain(_keys(path), node, found) else None


def _is_plain(keys: Sequence[str], node: Content, found: list[Value]) -> bool:
    """Add the literals that keys lead to; return whether nothing else is there."""
    for index, key in enumerate(keys):
        if type(node) is dict:
            if key in node:
                node = node[key]
                continue
            return key != "*" and not ("Ref" in node or has_function(node))
        if type(node) is not list or key != "*":
            return False
        rest = keys[index + 1 :]
        return all(_is_plain(rest, element, found) for element in node)
    value = node if type(node) is str and "{{" not in node else scalar(node) if type(node) in (bool, int) else None
    if value is None:
        return False
    found.append(value)
    return True


class Walk:
    """A way through properties: past conditions, and into what functions give.

    Args:
        outcomes: returns the outcomes of a condition that are followed.
        read: returns the values of a place that are followed.
    """

    def __init__(
        self, outcomes: Callable[[Template, str], Iterable[bool]], read: Callable[[Site], Iterable[Value]]
    ) -> None:
        self._outcomes = outcomes
        self._read = read

    def find(self, resource: Resource, path: str, at: Site | None = None, only: str | None = None) -> list[Site]:
        """Return the places of a resource that a path leads to.

        Args:
            resource: the resource.
            path: keys separated by dots; `*` stands for each element of a list.
            at: where the path starts; the resource's properties if not given.
            only: the location of the only place that is looked for, None for all.
        """
        location, node = (at.location, at.node) if at is not None else ("Properties", resource.properties)
        way = _Way(resource, only)
        self._go(way, _keys(path), location, node)
        return way.found

    def _go(self, way: _Way, keys: Sequence[str], location: str, node: Content) -> None:
        """Find the places that keys lead to from a place."""
        for index, key in enumerate(keys):
            if type(node) is dict and key in node:
                location, node = f"{location}.{key}", node[key]
                continue
            if key == "*" and type(node) is list:
                for number, element in enumerate(node):
                    place = f"{location}[{number}]"
                    if way.only is None or way.only.startswith(place):
                        self._go(way, keys[index + 1 :], place, element)
            elif type(node) is not dict or key == "*" or "Ref" in node or has_function(node):
                self._go_on(way, keys[index:], location, node)
            return
        if type(node) is dict and len(node) == 1 and ("Fn::If" in node or node == NO_VALUE):
            self._go_on(way, (), location, node)
        else:
            way.add(location, node)

    def _go_on(self, way: _Way, keys: Sequence[str], location: str, node: Content) -> None:
        """Find the places that keys lead to from a place without the first of them, as far as the way is plain."""
        if not isinstance(node, dict):
            if not keys:
                way.add(location, node)
            elif isinstance(node, (Text, Hole)):
                way.add(f"{location}…", node)
            elif keys[0] == "*":  # a list of one may be written without its brackets
                self._go(way, keys[1:], f"{location}[0]", node)
            return
        if function := function_of(node):
            name, argument = function
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
                for outcome in self._outcomes(way.resource.template, argument[0]):
                    index = 1 if outcome else 2
                    self._go(way, keys, f"{location}.Fn::If[{index}]", argument[index])
                return
            if node == NO_VALUE:
                return
            if keys:
                self._go_into(way, keys, location, node)
                return
        if not keys:
            way.add(location, node)
        elif keys[0] == "*":
            self._go(way, keys[1:], f"{location}[0]", node)
        elif (macro := next((key for key in node if key.startswith("Fn::")), None)) is not None:
            # What a transform includes, or a loop makes, may be this key.
            way.add(f"{location}.{keys[0]}…", {macro: node[macro]})

    def _go_into(self, way: _Way, keys: Sequence[str], location: str, node: Content) -> None:
        """Find the places that keys lead to in what a function gives."""
        for value in self._read(Site(way.resource, location, node)):
            if isinstance(value, (dict, list)) and value != node:
                self._go(way, keys, location, value)
            elif value is not ABSENT:
                way.add(f"{location}…", node)


class _Way:
    """A path of a resource, and the places that it leads to.

    Attributes:
        resource: the resource.
        only: the location of the only place that is looked for, None for all.
        found: the places.
    """

    __slots__ = ("found", "only", "resource")

    def __init__(self, resource: Resource, only: str | None) -> None:
        self.resource = resource
        self.only = only
        self.found: list[Site] = []

    def add(self, location: str, node: Content) -> None:
        """Add a place."""
        self.found.append(Site(self.resource, location, node))
