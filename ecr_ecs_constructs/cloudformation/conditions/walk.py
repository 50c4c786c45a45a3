"""The places of a resource that a path leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ecr_ecs_constructs.cloudformation.evaluation import NO_VALUE, function_of, has_function
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Hole, Site, Text, Value


class Walk:
    """A way through the properties of a resource.

    Attributes:
        found: the places that were found.

    Args:
        outcomes: what returns the outcomes of a condition that are followed.
        read: what returns the values of a place that are followed.
        only: the location of the only place that is looked for, None for all.
    """

    def __init__(
        self,
        outcomes: Callable[[Template, str], Iterable[bool]],
        read: Callable[[Site], Iterable[Value]],
        only: str | None = None,
    ) -> None:
        self.found: list[Site] = []
        self._outcomes = outcomes
        self._read = read
        self._only = only

    def go(self, keys: Sequence[str], resource: Resource, location: str, node: Content) -> None:
        """Find the places that keys lead to from a place."""
        for index, key in enumerate(keys):
            if type(node) is dict and key in node:
                location, node = f"{location}.{key}", node[key]
                continue
            if key == "*" and type(node) is list:
                rest = keys[index + 1 :]
                for number, element in enumerate(node):
                    place = f"{location}[{number}]"
                    if self._only is None or self._only.startswith(place):
                        self.go(rest, resource, place, element)
            elif type(node) is not dict or key == "*" or "Ref" in node or has_function(node):
                self._go_on(Site(resource, location, node), keys[index:])
            return
        here = Site(resource, location, node)
        if type(node) is dict and len(node) == 1:  # it may be a function
            self._go_on(here, ())
        else:
            self.found.append(here)

    def _go_on(self, site: Site, keys: Sequence[str]) -> None:
        """Find the places that keys lead to from a place without the first of them, as far as the way is plain."""
        node = site.node
        if not isinstance(node, dict):
            if not keys:
                self.found.append(site)
            elif isinstance(node, (Text, Hole)):
                self.found.append(site._replace(location=f"{site.location}…"))
            elif keys[0] == "*":  # a list of one may be written without its brackets
                self.go(keys[1:], site.resource, f"{site.location}[0]", node)
            return
        if function := function_of(node):
            name, argument = function
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3 and isinstance(argument[0], str):
                for outcome in self._outcomes(site.resource.template, argument[0]):
                    index = 1 if outcome else 2
                    self.go(keys, site.resource, f"{site.location}.Fn::If[{index}]", argument[index])
                return
            if node == NO_VALUE:
                return
            if keys:
                self._go_into(site, keys)
                return
        if not keys:
            self.found.append(site)
        elif keys[0] == "*":
            self.go(keys[1:], site.resource, f"{site.location}[0]", node)
        elif (macro := next((key for key in node if key.startswith("Fn::")), None)) is not None:
            # What a transform includes, or a loop makes, may be this key.
            self.found.append(site._replace(location=f"{site.location}.{keys[0]}…", node={macro: node[macro]}))

    def _go_into(self, site: Site, keys: Sequence[str]) -> None:
        """Find the places that keys lead to in what a function gives."""
        for value in self._read(site):
            if isinstance(value, (dict, list)) and value != site.node:
                self.go(keys, site.resource, site.location, value)
            elif value is not ABSENT:
                self.found.append(site._replace(location=f"{site.location}…"))
