"""Which container instances the placement constraints of a task and of its service leave.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.launches import Machines
from ecr_ecs_constructs.pull.placement.placements import Placement

_EXPRESSION = re.compile(
    r"\s*attribute:ecs\.(?P<attribute>[a-z-]+)\s*"
    r"(?:(?:==|equals\s)\s*(?P<value>[\w.-]+)|in\s*\[(?P<values>[\w.-]+(?:\s*,\s*[\w.-]+)*)\])\s*",
    re.ASCII,
)
"""One comparison of one attribute of container instances, with a value or with some."""


def _architecture(ami: Ami, machines: Machines) -> frozenset[str] | None:
    architectures = machines.booting(ami)
    return None if architectures is None else frozenset(each.value for each in architectures)


def _system(ami: Ami, _: Machines) -> frozenset[str] | None:
    family = ami.product.family if ami.product is not None else None
    return None if family is None else frozenset({"linux" if family == "LINUX" else "windows"})


def _instance_type(_: Ami, machines: Machines) -> frozenset[str] | None:
    return frozenset({machines.chosen}) if re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", machines.chosen) else None


_ATTRIBUTES: Mapping[str, Callable[[Ami, Machines], frozenset[str] | None]] = {
    "cpu-architecture": _architecture,
    "instance-type": _instance_type,
    "os-type": _system,
}
"""What tells an attribute of container instances from what they are launched with, None where it can't be told."""


class _Constraint(NamedTuple):
    """That an attribute of container instances has one of some values."""

    attribute: str
    values: frozenset[str]

    def __str__(self) -> str:
        return f"{self.attribute} {' or '.join(sorted(self.values))}"

    def admits(self, ami: Ami, machines: Machines) -> bool:
        has = _ATTRIBUTES[self.attribute](ami, machines)
        return has is None or not self.values.isdisjoint(has)


class Constraints(NamedTuple):
    """The placement constraints of a task where it runs.

    Attributes:
        read: those that are read.
        unread: what another one says, that may exclude any instance; None where there is none.
    """

    read: tuple[_Constraint, ...] = ()
    unread: str | None = None

    def admit(self, ami: Ami, machines: Machines) -> bool:
        """Return whether none of those that are read excludes instances that are launched with an image and types."""
        return all(constraint.admits(ami, machines) for constraint in self.read)


def placement_constraints(world: World, container: Container, placement: Placement) -> Constraints:
    """Return the constraints under which a container's task is put on the instances of a placement."""
    read, unread = [], None
    for expression in _expressions(world, container.task, placement.at):
        match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
        if match is not None and match["attribute"] in _ATTRIBUTES:
            values = re.findall(r"[\w.-]+", match["value"] or match["values"])
            read.append(_Constraint(match["attribute"], frozenset(values)))
        else:
            unread = shown(expression)
    return Constraints(tuple(read), unread) if read or unread is not None else _NONE


_NONE = Constraints()


def _expressions(world: World, *places: Site | None) -> Iterator[Value]:
    """Yield what the constraints at some places say."""
    for place in places:
        for value in world.values(place.resource, "PlacementConstraints.*", place) if place is not None else ():
            if not isinstance(value, dict):
                yield value
            elif value.get("Type") != "distinctInstance":
                yield value.get("Expression")
