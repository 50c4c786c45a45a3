"""Properties of resources in one world: under one outcome for each condition, with one value for each open choice.

What is read in one world belongs together: a route and an endpoint that stand under opposite conditions never meet.
A question is asked in one world; where its answer depends on a condition that the world leaves open, it is asked anew
in each of the worlds that the condition makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Assumption,
    Branch,
    Evaluator,
    Hole,
    Kind,
    Site,
    Text,
    Value,
    pieces_of,
    text,
)
from ecr_ecs_constructs.pull.pattern import Truth, same

MAX_WORLDS = 64
"""How many worlds one question is asked in; what needs more is unknown."""

T = TypeVar("T")

_IDS: Mapping[str, str] = {
    "AWS::EC2::DHCPOptions": "DhcpOptionsId",
    "AWS::EC2::EgressOnlyInternetGateway": "Id",
    "AWS::EC2::Instance": "InstanceId",
    "AWS::EC2::VPNGateway": "VPNGatewayId",
    "AWS::EC2::InternetGateway": "InternetGatewayId",
    "AWS::EC2::NatGateway": "NatGatewayId",
    "AWS::EC2::RouteTable": "RouteTableId",
    "AWS::EC2::SecurityGroup": "GroupId",
    "AWS::EC2::Subnet": "SubnetId",
    "AWS::EC2::VPC": "VpcId",
}
"""The attribute that is the ID of a resource, as what `Ref` gives is, by resource type."""


@dataclass(frozen=True)
class Id:
    """The ID of a part of a network, as a property gives it.

    Attributes:
        value: the text, the logical ID of a resource of the templates.
        template: where it is written, or that of the resource.
        resource: what it is the ID of, where that is in the templates.
    """

    value: str | Text
    template: Template
    resource: Resource | None = None

    @classmethod
    def of_resource(cls, resource: Resource) -> Id:
        """Return the ID of a resource."""
        return cls(resource.logical_id, resource.template, resource)

    def __hash__(self) -> int:
        return hash(self.resource or self.value)

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return self.value
        # What is cut out of a text known only at deployment is named by the whole text.
        return re.sub(r"^\$\{(\$\{.*\})\}$", r"\1", str(self.value))

    def of(self, type_: str) -> Resource | None:
        """Return what it is the ID of, where that is a resource of a type in the templates."""
        return self.resource if self.resource is not None and self.resource.type == type_ else None

    def is_(self, other: Id) -> Truth:
        """Return whether it is the ID of the same thing as another."""
        if self.resource is None and other.resource is None:
            return same(self.value, other.value, local=self.template is other.template)
        return None if self.resource is None or other.resource is None else self.resource is other.resource


def near(one: Template, other: Template) -> bool:
    """Return whether two templates may be deployed to the same account and region."""
    pairs = ((one.account, other.account), (one.region, other.region))
    return all(left is None or right is None or left == right for left, right in pairs)


def read_ids(value: Value, template: Template) -> Iterator[Id]:
    """Yield the IDs in a value: one of its own, or several with commas between them."""
    if isinstance(value, (str, Text, Hole)):
        part: list[str | Hole] = []
        for piece in (value,) if isinstance(value, Hole) else pieces_of(value):
            first, *others = piece.split(",") if isinstance(piece, str) else (piece,)
            part.append(first.strip() if isinstance(first, str) else first)
            for other in others:
                yield from _id(part, template)
                part = [str(other).strip()]
        yield from _id(part, template)
    else:
        yield Id(text(Hole(Kind.ANYTHING, "a value that is no ID")), template)


def _id(pieces: list[str | Hole], template: Template) -> Iterator[Id]:
    value = text(*pieces)
    if value == "":
        return
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    resource = hole.resource if isinstance(hole, Hole) else None
    attribute = None if resource is None else _IDS.get(resource.type)
    if isinstance(hole, Hole) and resource is not None and attribute and hole.attribute in (None, attribute):
        yield Id.of_resource(resource)
    else:
        yield Id(value, template)


class _Fork(Exception):
    """No error: the question goes on in these worlds."""

    def __init__(self, worlds: tuple[World, ...]) -> None:
        super().__init__(worlds)
        self.worlds = worlds


class World:
    """One outcome for each of some conditions, and one value for each of some properties.

    Attributes:
        known: what was found out in this world, by whoever asked; it goes when the world goes.
    """

    def __init__(self, worlds: Worlds, assumptions: frozenset[Assumption], choices: Mapping[object, int]) -> None:
        self._worlds = worlds
        self._assumptions = assumptions
        self._choices = choices
        self.known: dict[Any, Any] = {}

    def once(self, key: object, answer: Callable[[], T]) -> T:
        """Return the answer to a question, asked only once in this world."""
        if key not in self.known:
            self.known[key] = answer()
        found: T = self.known[key]
        return found

    def exists(self, resource: Resource) -> bool:
        """Return whether a resource is there in this world."""
        return any(self._is_there(site) for site in self._worlds.sites(resource, "", None))

    def values(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        """Return the values that a path of a resource leads to: one, or one for each element of a list.

        Args:
            resource: the resource.
            path: as `Evaluator.sites` takes it.
            at: where the path starts; the resource's properties if not given.
        """
        key = (resource, path, _place(at))
        return self.once(key, lambda: tuple(self._values(resource, path, at)))

    def _values(self, resource: Resource, path: str, at: Site | None) -> Iterator[Value]:
        for site in self._worlds.sites(resource, path, at):
            if self._is_there(site):
                value = self._choose(site)
                if value is not ABSENT and value is not None:
                    yield value

    def value(self, resource: Resource, path: str, absent: Value = None) -> Value:
        """Return the only value that a path leads to.

        Args:
            resource: the resource.
            path: without `*`.
            absent: what to return where the property is not there.
        """
        return next(iter(self.values(resource, path)), absent)

    def ids(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Id, ...]:
        """Return the IDs that a path of a resource leads to."""
        key = ("ids", resource, path, _place(at))
        return self.once(
            key,
            lambda: tuple(
                one for value in self.values(resource, path, at) for one in read_ids(value, resource.template)
            ),
        )

    def pseudo(self, template: Template, name: str) -> str | Text:
        """Return the value of a pseudo parameter in a template, with a hole where the templates do not fix it."""
        return self._worlds.pseudo(template, name)

    def _is_there(self, site: Site) -> bool:
        return all(self._holds(assumption, site) for assumption in site.assumptions)

    def _holds(self, assumption: Assumption, site: Site) -> bool:
        if assumption in self._assumptions:
            return True
        opposite = assumption._replace(outcome=not assumption.outcome)
        if opposite in self._assumptions:
            return False
        both = [
            self._worlds.world(self._assumptions | {outcome}, self._choices)
            for outcome in (assumption, opposite)
            if self._worlds.possible(self._assumptions | {outcome}, site)
        ]
        if len(both) > 1:
            raise _Fork(tuple(both))
        return self._worlds.possible(self._assumptions | {assumption}, site)

    def _choose(self, site: Site) -> Value:
        branches = self._worlds.branches(site)
        if len(branches) == 1:
            return branches[0].value
        for name in sorted(_conditions(site.node)):
            self._holds(Assumption(site.resource.template, name, True), site)
        here = [branch.value for branch in self._worlds.branches(site._replace(assumptions=tuple(self._assumptions)))]
        options = [index for index, branch in enumerate(branches) if branch.value in here]
        place = (site.resource, site.location)
        if len(options) > 1 and place not in self._choices:
            choices = ({**self._choices, place: index} for index in options)
            raise _Fork(tuple(self._worlds.world(self._assumptions, choice) for choice in choices))
        return branches[self._choices[place] if len(options) > 1 else options[0]].value


def _place(at: Site | None) -> tuple[str, int] | None:
    """Return what tells the place where a path starts from others of the same resource."""
    return None if at is None else (at.location, id(at.node))


def _lacks(node: Node, path: str) -> bool:
    """Return whether a path plainly leads nowhere; quick."""
    for key in path.split(".") if path else ():
        if key not in node if type(node) is dict else True:
            return type(node) is dict and key != "*" and "Ref" not in node and not any(k[:4] == "Fn::" for k in node)
        node = node[key]
    return False


def _conditions(node: Node) -> set[str]:
    """Return the names of the conditions that a node asks itself."""
    if isinstance(node, list):
        return {name for item in node for name in _conditions(item)}
    if not isinstance(node, dict):
        return set()
    choice = node.get("Fn::If")
    own = {choice[0]} if isinstance(choice, list) and choice and isinstance(choice[0], str) else set()
    return own | {name for item in node.values() for name in _conditions(item)}


class Worlds:
    """The worlds of the templates of one evaluator; each is made once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._made: dict[object, World] = {}
        self._sites: dict[object, tuple[Site, ...]] = {}
        self._possible: dict[frozenset[Assumption], bool] = {}

    def ask(self, sites: tuple[Site, ...], question: Callable[[World], T]) -> Iterator[T | None]:
        """Yield the answer to a question in each world in which some places of templates are there together.

        Args:
            sites: the places.
            question: gives the answer in one world.

        Yields:
            Each answer; None, and no more, where there are more than `MAX_WORLDS`.
        """
        assumptions = frozenset(assumption for site in sites for assumption in site.assumptions)
        if assumptions and not self.possible(assumptions, sites[0]):
            return
        pending, made = [self.world(assumptions, {})], 1
        while pending:
            world = pending.pop()
            try:
                answer = question(world)
            except _Fork as fork:
                made += len(fork.worlds)
                if made > MAX_WORLDS:
                    yield None
                    return
                pending.extend(reversed(fork.worlds))
            else:
                yield answer

    def world(self, assumptions: frozenset[Assumption], choices: Mapping[object, int]) -> World:
        """Return the world of some outcomes and choices."""
        key = (assumptions, frozenset(choices.items()))
        if key not in self._made:
            self._made[key] = World(self, assumptions, choices)
        return self._made[key]

    def possible(self, assumptions: frozenset[Assumption], site: Site) -> bool:
        """Return whether outcomes of conditions can come together, as seen from a place."""
        if assumptions not in self._possible:
            self._possible[assumptions] = self._evaluator.possible(site._replace(assumptions=tuple(assumptions)))
        return self._possible[assumptions]

    def sites(self, resource: Resource, path: str, at: Site | None) -> tuple[Site, ...]:
        """Return the places that a path leads to, as `Evaluator.sites` yields them."""
        if _lacks(resource.properties if at is None else at.node, path):
            return ()
        key = (resource, path, _place(at))
        if key not in self._sites:
            self._sites[key] = tuple(self._evaluator.sites(resource, path, at))
        return self._sites[key]

    def every_id(self, resource: Resource, path: str) -> Iterator[Id]:
        """Yield every ID that a path leads to, in any of its branches."""
        for site in self.sites(resource, path, None):
            for branch in self.branches(site):
                if branch.value is not ABSENT and branch.value is not None:
                    yield from read_ids(branch.value, resource.template)

    def branches(self, site: Site) -> tuple[Branch, ...]:
        """Return every value that a place can have, each once."""
        return self._evaluator.branches(site)

    def pseudo(self, template: Template, name: str) -> str | Text:
        """Return the value of a pseudo parameter in a template."""
        found: str | Text = self._evaluator.evaluate(template, {"Ref": name})[0].value
        return found
