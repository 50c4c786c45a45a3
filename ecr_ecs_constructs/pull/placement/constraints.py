"""The placement constraints of a task and of its service, and the container instances that they leave.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.machines import REGISTERED, Machine
from ecr_ecs_constructs.pull.placement.kinds import Placement

_EXPRESSION = re.compile(
    r"\s*attribute:ecs\.(?P<attribute>[a-z-]+)\s*"
    r"(?:(?:==|equals\s)\s*(?P<value>[\w.-]+)|in\s*\[(?P<values>[\w.-]+(?:\s*,\s*[\w.-]+)*)\])\s*",
    re.ASCII,
)
"""A comparison of one attribute of container instances, with a value or with some."""


class _Constraint(NamedTuple):
    """That an attribute of container instances has one of some values."""

    attribute: str
    values: frozenset[str]

    def __str__(self) -> str:
        return f"{self.attribute} {' or '.join(sorted(self.values))}"

    def admits(self, machine: Machine) -> Answer:
        """Return whether container instances that are launched in one way have the attribute."""
        has, name = REGISTERED[self.attribute](machine), machine.host.resource.logical_id
        if has is None:
            return Answer(None, f"whether {name} has {self} is not known")
        if has <= self.values:
            return Answer(True)
        why = f"a placement constraint asks for {self}, and {name} has {' or '.join(sorted(has))}"
        return Answer(False if self.values.isdisjoint(has) else None, why)


class Constraints(NamedTuple):
    """The placement constraints of a task where it runs.

    Attributes:
        read: those that are read.
        unread: what another one says, that may exclude any instance; None where there is none.
    """

    read: tuple[_Constraint, ...] = ()
    unread: str | None = None

    def admit(self, machine: Machine) -> Answer:
        """Return whether they leave container instances that are launched in one way to the task."""
        found = all_of(constraint.admits(machine) for constraint in self.read)
        if self.unread is None or found.truth is False:
            return found
        name = machine.host.resource.logical_id
        return Answer(None, f"whether the placement constraint {self.unread!r} leaves {name} is not known")


def placement_constraints(world: World, container: Container, placement: Placement) -> Constraints:
    """Return the constraints under which a container's task is put on the instances of a placement."""
    read, unread = [], None
    for expression in _expressions(world, container.task, placement.at):
        match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
        if match is not None and match["attribute"] in REGISTERED:
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
