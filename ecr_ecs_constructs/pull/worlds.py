"""Properties of resources in one world: under one outcome for each condition, with one value for each open choice.

What is read in one world belongs together: a route and an endpoint that stand under opposite conditions never meet.
A question is asked in one world; where its answer depends on a condition that the world leaves open, it is asked anew
in each of the worlds that the condition makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

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
    scalar,
    text,
)
from ecr_ecs_constructs.pull.pattern import Truth, same

MAX_WORLDS = 64
"""How many worlds one question is asked in; what needs more is unknown."""

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_IDS: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::DHCPOptions": ("DhcpOptionsId",),
    "AWS::EC2::EgressOnlyInternetGateway": ("Id",),
    "AWS::EC2::Instance": ("InstanceId",),
    "AWS::EC2::VPNGateway": ("VPNGatewayId",),
    "AWS::EC2::InternetGateway": ("InternetGatewayId",),
    "AWS::EC2::NatGateway": ("NatGatewayId",),
    "AWS::EC2::NetworkAcl": ("Id",),
    "AWS::EC2::RouteTable": ("RouteTableId",),
    "AWS::EC2::SecurityGroup": ("GroupId",),
    "AWS::EC2::Subnet": ("SubnetId",),
    "AWS::EC2::VPC": ("VpcId", "DefaultNetworkAcl"),
    "AWS::Route53Resolver::FirewallRuleGroup": ("Id",),
    "AWS::Route53Resolver::ResolverRule": ("ResolverRuleId",),
}
"""The attributes that are the ID of a resource, as what `Ref` gives is, by resource type.

The default network ACL of a VPC goes by the VPC: where the one is named, the other can't be.
"""


def once(question: F) -> F:
    """Let a question be asked only once.

    Args:
        question: what is asked of a world, or of anything else that keeps answers in a dictionary `known`, with
            arguments that can be keys of it.

    Returns:
        What gives the answer that is known, and asks the question where none is.
    """

    @wraps(question)
    def asked(of: Any, *arguments: Any) -> Any:
        key = (question, arguments)
        found = of.known.get(key, ABSENT)
        if found is ABSENT:
            found = of.known[key] = question(of, *arguments)
        return found

    return cast("F", asked)


class Id(NamedTuple):
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


def read_ids(value: Value, template: Template) -> tuple[Id, ...]:
    """Return the IDs in a value: one of its own, or several with commas between them."""
    if isinstance(value, Hole):
        value = Text((value,))
    if not isinstance(value, (str, Text)):
        return (Id(text(Hole(Kind.ANYTHING, "a value that is no ID")), template),)
    if isinstance(value, Text) and len(value.pieces) == 1:
        return (_id(value, template),)  # as nearly all are
    parts: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value):
        first, *others = piece.split(",") if isinstance(piece, str) else (piece,)
        parts[-1].append(first.strip() if isinstance(first, str) else first)
        parts += [[str(other).strip()] for other in others]
    return tuple(_id(one, template) for part in parts if (one := text(*part)) != "")


def _id(value: str | Text, template: Template) -> Id:
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    if isinstance(hole, Hole) and hole.resource is not None:
        attributes = _IDS.get(hole.resource.type)
        if attributes is not None and (hole.attribute is None or hole.attribute in attributes):
            return Id.of_resource(hole.resource)
    return Id(value, template)


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
        self._plain = worlds.values
        self._values: dict[object, tuple[Value, ...]] = {}
        self._ids: dict[int, tuple[Id, ...]] = {}

    @once
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
        key = (resource, path) if at is None else (resource, path, at.location, id(at.node))
        found = self._plain.get(key, ABSENT)
        if found is ABSENT:
            found = self._plain[key] = self._worlds.plain(resource, path, at)
        if found is None:
            found = self._values.get(key)
            if found is None:
                found = self._values[key] = tuple(self._read(resource, path, at))
        return found

    def _read(self, resource: Resource, path: str, at: Site | None) -> Iterator[Value]:
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
        values = self.values(resource, path)
        return values[0] if values else absent

    def ids(self, resource: Resource, path: str, at: Site | None = None) -> tuple[Id, ...]:
        """Return the IDs that a path of a resource leads to."""
        values = self.values(resource, path, at)
        found = self._ids.get(id(values))
        if found is None:  # what was read is kept as long as the world
            found = self._ids[id(values)] = _ids(values, resource.template)
        return found

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
        if len(here) == 1:
            return here[0]
        place = (site.resource, site.location)
        # A condition may fix a part that is open without it: such a value is none of the branches.
        values = self._worlds.options(place, [branch.value for branch in branches] + here)
        if place not in self._choices:
            choices = ({**self._choices, place: index} for index, value in enumerate(values) if value in here)
            raise _Fork(tuple(self._worlds.world(self._assumptions, choice) for choice in choices))
        return values[self._choices[place]]


def _ids(values: tuple[Value, ...], template: Template) -> tuple[Id, ...]:
    if len(values) == 1:
        return read_ids(values[0], template)
    return tuple(one for value in values for one in read_ids(value, template))


def _leaves(node: Node, keys: Sequence[str]) -> Sequence[Node] | None:
    """Return what keys lead to where no function stands on the way, None where one does, or may."""
    for index, key in enumerate(keys):
        if type(node) is dict:
            if key in node:
                node = node[key]
                continue
            for name in node:
                if name == "Ref" or name[:4] == "Fn::":
                    return None
            return None if key == "*" else ()
        if type(node) is not list or key != "*":
            return None
        if rest := keys[index + 1 :]:
            ways = [_leaves(element, rest) for element in node]
            return None if None in ways else [leaf for way in ways if way for leaf in way]
        for element in node:
            if type(element) is dict and "Fn::If" in element:
                return None
        return node
    return None if type(node) is dict and "Fn::If" in node else (node,)


def _is_literal(node: Mapping[str, Node]) -> bool:
    """Return whether an object holds plain strings only."""
    return all(type(value) is str and "{{" not in value for value in node.values())


def _always_exists(resource: Resource | None) -> bool:
    """Return whether neither a resource nor a nested stack around it has a condition."""
    while resource is not None:
        if resource.condition:
            return False
        resource = resource.template.parent
    return True


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
    """The worlds of the templates of one evaluator; each is made once.

    Attributes:
        values: what was read that is the same in every world, None where it may not be.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.values: dict[object, tuple[Value, ...] | None] = {}
        self._made: dict[object, World] = {}
        self._sites: dict[object, tuple[Site, ...]] = {}
        self._options: dict[object, list[Value]] = {}
        self._possible: dict[frozenset[Assumption], bool] = {}
        self._unconditional = self.world(frozenset(), {})

    def ask(self, sites: Sequence[Site], question: Callable[[World], T]) -> Iterator[T | None]:
        """Yield the answer to a question in each world in which some places of templates are there together.

        Args:
            sites: the places.
            question: gives the answer in one world.

        Yields:
            Each answer; None, and no more, where there are more than `MAX_WORLDS`.
        """
        pending, made = [self._unconditional], 1
        if any(site.assumptions for site in sites):
            assumptions = frozenset(assumption for site in sites for assumption in site.assumptions)
            if not self.possible(assumptions, sites[0]):
                return
            pending = [self.world(assumptions, {})]
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
        """Return the places that a path leads to, as `Evaluator.sites` does."""
        if at is None:
            return self._evaluator.sites(resource, path)
        key = (resource, path, at.location, id(at.node))
        if key not in self._sites:
            self._sites[key] = self._evaluator.sites(resource, path, at)
        return self._sites[key]

    def plain(self, resource: Resource, path: str, at: Site | None) -> tuple[Value, ...] | None:
        """Return the values that a path leads to where they are the same in every world, None where they may not be."""
        if at.assumptions if at is not None else not _always_exists(resource):
            return None
        leaves = _leaves(resource.properties if at is None else at.node, path.split(".") if path else ())
        if not leaves:
            return None if leaves is None else ()  # most of what is asked for is not there
        found: list[Value] = []
        for leaf in leaves:
            if type(leaf) is str and "{{" not in leaf:
                found.append(leaf)
                continue
            if type(leaf) is bool or type(leaf) is int:
                found.append(scalar(leaf))
                continue
            branches = self._evaluate(resource.template, leaf)
            if len(branches) > 1:
                return None
            value = branches[0].value
            if value is not ABSENT and value is not None:
                found.append(value)
        return tuple(found)

    def _evaluate(self, template: Template, node: Node) -> tuple[Branch, ...]:
        """Return every value that a node can have."""
        if type(node) is dict and len(node) > 1 and _is_literal(node):
            return (Branch(node),)  # as the rules of most security groups
        return self._evaluator.evaluate(template, node)

    def named_in(self, resource: Resource) -> set[Resource]:
        """Return the resources whose ID stands anywhere in the properties of another one, in any of its branches."""
        found: set[Resource] = set()
        nodes, values = [resource.properties], list[Value]()
        while nodes:
            node = nodes.pop()
            if type(node) is list:
                nodes += node
            elif type(node) is dict and not any(key == "Ref" or key[:4] == "Fn::" for key in node):
                nodes += node.values()
            elif type(node) is dict:
                values += [branch.value for branch in self._evaluate(resource.template, node)]
        while values:
            value = values.pop()
            if isinstance(value, (list, dict)):
                values += value if isinstance(value, list) else value.values()
            elif isinstance(value, Text):
                ids = (_id(Text((piece,)), resource.template) for piece in value.pieces)
                found.update(each.resource for each in ids if each.resource is not None)
        return found

    def every_id(self, resource: Resource, path: str) -> tuple[Id, ...]:
        """Return every ID that a path leads to, in any of its branches."""
        values = self.plain(resource, path, None)
        if values is None:
            every = [branch.value for site in self.sites(resource, path, None) for branch in self.branches(site)]
            values = tuple(value for value in every if value is not ABSENT and value is not None)
        return _ids(values, resource.template)

    def options(self, place: object, values: Sequence[Value]) -> Sequence[Value]:
        """Return the values that a place was seen to have in any world, each once, those of now among them."""
        seen = self._options.setdefault(place, [])
        seen += [value for index, value in enumerate(values) if value not in seen and value not in values[:index]]
        return seen

    def branches(self, site: Site) -> tuple[Branch, ...]:
        """Return every value that a place can have, each once."""
        return self._evaluator.branches(site)

    def pseudo(self, template: Template, name: str) -> str | Text:
        """Return the value of a pseudo parameter in a template."""
        found: str | Text = self._evaluate(template, {"Ref": name})[0].value
        return found
