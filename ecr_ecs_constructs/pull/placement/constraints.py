"""The placement constraints of a task and of its service, and the container instances that they leave.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.machines import REGISTERED, Machine
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.pattern import Truth, negate

Attributes = Mapping[str, Value]
"""The attributes of one's own that user data gives container instances, by their names."""

_EXPRESSION = re.compile(
    r"\s*attribute:(?P<attribute>[\w.-]+?)\s*(?:"
    r"(?:(?P<sign>==|!=|=~|!~)|(?<=\s)(?P<word>equals|not_equals|matches|not_matches)(?=\s))\s*(?P<value>[\w.*-]+)"
    r"|(?P<list>(?<=\s)in|(?<=\s)not_in|!in)\s*\[(?P<values>[\w.-]+(?:\s*,\s*[\w.-]+)*)\]"
    r"|(?<=\s)(?P<bare>exists|not_exists|!exists))\s*",
    re.ASCII,
)
"""A comparison of one attribute of container instances, with a value or with some."""

_AND = re.compile(r"\s(?:and|&&)\s")
_OPERATORS: Mapping[str, str] = {
    "equals": "==",
    "in": "==",
    "not_equals": "!=",
    "not_in": "!=",
    "!in": "!=",
    "matches": "=~",
    "not_matches": "!~",
    "!exists": "not_exists",
}
"""The operators that mean another one; several values are taken for each other."""

_OF_ECS = "ecs."
_MAX_PATTERN, _MAX_WILDCARDS = 100, 3
"""How long a pattern is that is read, and how many wildcards it has: with each more a match takes longer by far."""


class _Constraint(NamedTuple):
    """A comparison of an attribute of container instances with some values.

    Attributes:
        attribute: the name of the attribute.
        operator: how it is compared: `==`, `!=`, `=~`, `!~`, `exists` or `not_exists`.
        values: the values; nothing where only the existence counts.
        written: the expression.
    """

    attribute: str
    operator: str
    values: tuple[str, ...]
    written: str

    def __str__(self) -> str:
        name, values = self.attribute.removeprefix(_OF_ECS), " or ".join(sorted(self.values))
        return f"{name} {values}" if self.operator == "==" else f"{name} {self.operator} {values}".rstrip()

    @property
    def is_patterned(self) -> bool:
        """True where more may speak against it than that the value is not known."""
        return self.is_own or self.operator in ("=~", "!~")

    @property
    def is_own(self) -> bool:
        """True where the attribute is none that the agent registers by itself."""
        return not self.attribute.startswith(_OF_ECS)

    def admits(self, machine: Machine, own: Attributes | None, governed: Collection[str]) -> Answer:
        """Return whether container instances that are launched in one way meet it.

        Args:
            machine: the container instances.
            own: the attributes of one's own that they have; None where these are not known.
            governed: the attributes that some instances get by user data. Others get them from nobody else.
        """
        has, name = self._has(machine, own, governed), machine.host.resource.logical_id
        if has is None and self.is_own:
            return Answer(None, f"whether the placement constraint {self.written!r} leaves {name} is not known")
        if has is None:
            return Answer(None, f"whether {name} has {self} is not known")
        truths = {self._is_met(each) for each in has} or {self._is_met(None)}
        if truths == {True}:
            return Answer(True)
        why = f"a placement constraint asks for {self}, and {name} has {' or '.join(sorted(has)) or 'none'}"
        return Answer(False if truths == {False} else None, why)

    def _has(self, machine: Machine, own: Attributes | None, governed: Collection[str]) -> frozenset[str] | None:
        """Return the values that the attribute can have, nothing where it is not there; None where that is not known.

        Attributes of one's own can be put on instances while they run, where the templates give them to none.
        """
        if not self.is_own:
            return REGISTERED[self.attribute.removeprefix(_OF_ECS)](machine)
        if own is None:
            return None
        if self.attribute not in own:
            return frozenset() if self.attribute in governed else None
        value = own[self.attribute]
        return frozenset({value}) if isinstance(value, str) else None

    def _is_met(self, value: str | None) -> Truth:
        """Return whether it is met by a value, None for an attribute that is not there."""
        if self.operator in ("exists", "not_exists"):
            return (value is not None) is (self.operator == "exists")
        if value is None:  # whether `!=` and `!~` are met then is not documented
            return False if self.operator in ("==", "=~") else None
        found = value in self.values if self.operator in ("==", "!=") else _matches(self.values[0], value)
        return found if self.operator in ("==", "=~") else negate(found)


def _matches(pattern: str, value: str) -> Truth:
    """Return whether a value matches a pattern: `g2.*`.

    AWS does not say which patterns there are, nor whether they are about a part of a value. It surely matches where it
    does as a whole, as a regular expression and with wildcards; it surely does not where none of all finds anything.
    """
    try:
        regular = re.compile(pattern)
    except re.error:
        return None
    with_wildcards = re.compile(".*".join(map(re.escape, pattern.split("*"))))
    if regular.fullmatch(value) and with_wildcards.fullmatch(value):
        return True
    return None if regular.search(value) or with_wildcards.search(value) else False


class Constraints(NamedTuple):
    """The placement constraints of a task where it runs.

    Attributes:
        read: those that are read.
        unread: what another one says, that may exclude any instance; None where there is none.
    """

    read: tuple[_Constraint, ...] = ()
    unread: str | None = None

    def admit(self, machine: Machine, own: Attributes | None, governed: Collection[str]) -> Answer:
        """Return whether they leave container instances to the task, as `admits` of each takes them."""
        found = all_of(constraint.admits(machine, own, governed) for constraint in self.read)
        if self.unread is None or found.truth is False:
            return found
        name = machine.host.resource.logical_id
        return Answer(None, f"whether the placement constraint {self.unread!r} leaves {name} is not known")

    def undecided(self, machine: Machine, own: Attributes | None, governed: Collection[str]) -> str | None:
        """Return what a constraint says that may leave instances or not, None where there is none."""
        found = ((each, each.admits(machine, own, governed)) for each in self.read)
        return next((each.written for each, answer in found if answer.truth is None and each.is_patterned), None)


def placement_constraints(world: World, container: Container, placement: Placement) -> Constraints:
    """Return the constraints under which a container's task is put on the instances of a placement."""
    read: list[_Constraint] = []
    unread = None
    for expression in _expressions(world, container.task, placement.at):
        found = _read(expression) if isinstance(expression, str) else None
        if found is None:
            unread = shown(expression)
        else:
            read += found
    return Constraints(tuple(read), unread) if read or unread is not None else _NONE


def _read(expression: str) -> list[_Constraint] | None:
    """Return the comparisons of an expression, all of which must hold; None for one that is not read."""
    found = []
    for part in _AND.split(expression):
        match = _EXPRESSION.fullmatch(part)
        if match is None:
            return None
        written = match["sign"] or match["word"] or match["list"] or match["bare"]
        operator, attribute = _OPERATORS.get(written, written), match["attribute"]
        is_known = not attribute.startswith(_OF_ECS) or attribute.removeprefix(_OF_ECS) in REGISTERED
        values = tuple(re.findall(r"[\w.*-]+", match["value"] or match["values"] or ""))
        is_pattern = operator in ("=~", "!~")
        if not is_known or any(_is_long(each) if is_pattern else "*" in each for each in values):
            return None
        found.append(_Constraint(attribute, operator, values, expression))
    return found


def _is_long(pattern: str) -> bool:
    return len(pattern) > _MAX_PATTERN or pattern.count("*") > _MAX_WILDCARDS


_NONE = Constraints()


def _expressions(world: World, *places: Site | None) -> Iterator[Value]:
    """Yield what the constraints at some places say."""
    for place in places:
        for value in world.values(place.resource, "PlacementConstraints.*", place) if place is not None else ():
            if not isinstance(value, dict):
                yield value
            elif value.get("Type") != "distinctInstance":
                yield value.get("Expression")
