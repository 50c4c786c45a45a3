"""Random templates, evaluated by a second evaluator for each complete choice of parameters, one after the other."""

from __future__ import annotations

import itertools
import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Kind, Text, pieces_of
from tests import worlds
from tests.blocks import blocks
from tests.cloudformation.nodes import NO_VALUE, choice, equals, find, join, ref, select, shown, split, template, when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ecr_ecs_constructs.cloudformation.template import Node
    from ecr_ecs_constructs.cloudformation.values import Value
    from tests.cloudformation.nodes import Json

CHOICES = {"A": ("a", "b", "c-d"), "B": ("a", "x-y"), "C": ("a", "1")}
REGIONS = ("eu-west-1", "cn-north-1", "us-east-1")
MAPPINGS = {
    "M": {"a": {"k": "m1", "l": "m2"}, "b": {"k": "m3", "l": "m4"}, "c-d": {"k": "m5", "l": "m6"}, "x-y": {"k": "m7"}},
    "R": {"eu-west-1": {"k": "r1"}, "us-east-1": {"k": "r2"}, "cn-north-1": {"k": "r3"}},
}
CONDITIONS = 4


class Writer:
    """Writes random nodes."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self, depth: int) -> Node:
        pick = self.random.randrange(9 if depth else 2)
        if pick == 0:
            return self.random.choice(("", "a", "x-y", "t:u", "p/q"))
        if pick == 1:
            return ref(self.random.choice([*CHOICES, "AWS::Region"]))
        if pick == 2:
            return join(
                *(self.element(depth - 1) for _ in range(self.random.randrange(4))), by=self.random.choice(",-")
            )
        if pick == 3:
            own = {"v": self.text(depth - 1)}
            return {"Fn::Sub": [self.random.choice(("${A}-${v}", "${v}", "x${B}${!A}${v}${v}")), own]}
        if pick == 4:
            return select(self.random.randrange(3), [self.text(depth - 1) for _ in range(3)])
        if pick == 5:
            return select(self.random.randrange(2), split(self.random.choice("-:"), self.text(depth - 1)))
        if pick == 6:
            key = self.random.choice(("k", "k", "l", ref("C")))
            default = self.random.choice((None, None, self.text(depth - 1)))
            return find("M", ref(self.random.choice("AB")), key, default=default)
        if pick == 7:
            return find("R", ref("AWS::Region"), "k")
        return when(self.condition_name(), self.text(depth - 1), self.text(depth - 1))

    def element(self, depth: int) -> Node:
        if self.random.randrange(4):
            return self.text(depth)
        return when(self.condition_name(), *self.random.sample([NO_VALUE, self.text(depth)], 2))

    def condition_name(self) -> str:
        return f"C{self.random.randrange(CONDITIONS)}"

    def condition(self, number: int, depth: int) -> Node:
        pick = self.random.randrange(6 if depth else 3)
        if pick < 3 and not (pick == 2 and number):
            region = self.random.randrange(4) == 0
            left = (
                ref("AWS::Region") if region else join(ref("A"), ref("B")) if pick else ref(self.random.choice("ABC"))
            )
            literal = self.random.choice(REGIONS if region else ("a", "b", "c-d", "x-y", "1", "aa", "ba", ref("C")))
            return equals(*self.random.sample([left, literal], 2))
        if pick == 2:
            return {"Condition": f"C{self.random.randrange(number)}"}
        if pick == 3:
            return {"Fn::Not": [self.condition(number, depth - 1)]}
        operator = "Fn::And" if pick == 4 else "Fn::Or"
        return {operator: [self.condition(number, depth - 1) for _ in range(self.random.randrange(2, 4))]}


class Undeployable(Exception):
    """CloudFormation refuses this choice."""


class Plain:
    """Evaluates a node for one choice of everything, by the words of the manual."""

    def __init__(self, chosen: Mapping[str, str], conditions: Mapping[str, Node]) -> None:
        self.chosen, self.conditions = chosen, conditions

    def value(self, node: Json) -> Json:
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not ABSENT]
        if isinstance(node, dict):
            [(name, argument)] = node.items()
            return getattr(self, name.rpartition(":")[2].lower())(argument)
        return str(node)

    def ref(self, name: str) -> Json:
        return ABSENT if name == "AWS::NoValue" else self.chosen[name]

    def join(self, argument: list[Json]) -> str:
        return str(argument[0].join(self.value(argument[1])))

    def sub(self, argument: list[Json]) -> str:
        names = {**self.chosen, "v": self.value(argument[1]["v"]), "!A": "${A}"}
        parts = str(argument[0]).split("${")
        return parts[0] + "".join(names[part.partition("}")[0]] + part.partition("}")[2] for part in parts[1:])

    def select(self, argument: list[Json]) -> str:
        items = self.value(argument[1])
        if argument[0] >= len(items):
            raise Undeployable
        return str(items[argument[0]])

    def split(self, argument: list[Json]) -> list[str]:
        return list(self.value(argument[1]).split(argument[0]))

    def findinmap(self, argument: list[Json]) -> str:
        found: Json = MAPPINGS
        for key in argument[:3]:
            name = self.value(key)
            if name not in found:
                if len(argument) < 4:
                    raise Undeployable
                return str(self.value(argument[3]["DefaultValue"]))
            found = found[name]
        return str(found)

    def if_(self, argument: list[Json]) -> Json:
        return self.value(argument[1] if self.condition({"Condition": argument[0]}) else argument[2])

    def __getattr__(self, name: str) -> Json:
        return {"if": self.if_}[name]

    def condition(self, node: Json) -> bool:
        [(name, argument)] = node.items()
        if name == "Condition":
            return self.condition(self.conditions[argument])
        if name == "Fn::Equals":
            return bool(self.value(argument[0]) == self.value(argument[1]))
        outcomes = [self.condition(item) for item in argument]
        return {"Fn::Not": not outcomes[0], "Fn::And": all(outcomes), "Fn::Or": any(outcomes)}[name]


def holes(value: Value) -> list[Hole]:
    assert isinstance(value, (str, Text))
    return [piece for piece in pieces_of(value) if isinstance(piece, Hole)]


def choices(regions: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    for values in itertools.product(*CHOICES.values(), regions):
        yield dict(zip([*CHOICES, "AWS::Region"], values, strict=True))


def texts(nodes: list[Node], plain: Plain, under: tuple[str, ...] = ()) -> list[str] | None:
    """Return the texts of nodes that stand under some conditions, None where CloudFormation refuses the choice."""
    try:
        exists = all(plain.condition({"Condition": name}) for name in under)
        return list(plain.value(nodes)) if exists else []
    except Undeployable:
        return None


def deployable(evaluate: Callable[[Plain], list[str] | None], conditions: Mapping[str, Node]) -> tuple[set[str], bool]:
    """Return every text that a choice can make, and whether one is refused."""
    found: set[str] = set()
    refused = False
    for chosen in choices(REGIONS[:1]):
        texts = evaluate(Plain(chosen, conditions))
        found.update(texts or [])
        refused = refused or texts is None
    return found, refused


def templates(seed: int) -> tuple[Node, dict[str, Node], dict[str, Json]]:
    writer = Writer(seed)
    conditions = {f"C{number}": writer.condition(number, 2) for number in range(CONDITIONS)}
    more = {
        "Parameters": {name: choice(*values) for name, values in CHOICES.items()},
        "Mappings": MAPPINGS,
        "Conditions": conditions,
    }
    return writer.text(4), conditions, more


@pytest.mark.parametrize("block", blocks(10, 100))
def test_as_the_plain_evaluator(block: int) -> None:
    """In a known region, every text, and no other."""
    for seed in range(block * 100, block * 100 + 100):
        node, conditions, more = templates(seed)
        expected, refused = deployable(partial(texts, [node]), conditions)
        own = template(region=REGIONS[0], **more)
        found = {shown(branch.value) for branch in worlds.branches(Worlds([own]), own, node)}
        assert found >= expected if refused else found == expected, (seed, node, found, expected)


@pytest.mark.parametrize("block", blocks(5, 50))
def test_no_text_is_missed(block: int) -> None:
    """In an unknown region a hole may stand for several texts, but each stands for one that is found."""
    for seed in range(block * 100, block * 100 + 100):
        node, conditions, more = templates(seed)
        own = template(**more)
        values = [branch.value for branch in worlds.branches(Worlds([own]), own, node)]
        for chosen in choices(REGIONS):
            known = template(region=chosen["AWS::Region"], parameters={name: chosen[name] for name in CHOICES}, **more)
            expected = texts([node], Plain(chosen, conditions))
            if expected is None:
                continue
            [decided] = worlds.branches(Worlds([known]), known, node)
            assert [decided.value] == expected, (seed, chosen, node)
            filled = {str(shown(value)).replace("${AWS::Region}", chosen["AWS::Region"]) for value in values}
            opaque = any(hole.kind is Kind.ANYTHING for value in values for hole in holes(value))
            assert opaque or filled.issuperset(expected), (seed, chosen, node)


@pytest.mark.parametrize("block", blocks(5, 50))
def test_sites(block: int) -> None:
    """A list's elements, reached one by one, on a resource that exists under a condition."""
    for seed in range(block * 100, block * 100 + 100):
        writer = Writer(seed)
        conditions = {f"C{number}": writer.condition(number, 2) for number in range(CONDITIONS)}
        elements = [writer.element(2) for _ in range(3)]
        body = {"Type": "T", "Condition": "C0", "Properties": {"List": when("C1", elements, NO_VALUE)}}
        own = template(
            region=REGIONS[0],
            Resources={"T": body},
            Parameters={name: choice(*values) for name, values in CHOICES.items()},
            Mappings=MAPPINGS,
            Conditions=conditions,
        )
        sites = worlds.sites(Worlds([own]), own.resources["T"], "List.*")
        found = {shown(value) for _, values in sites for value in values}
        expected, refused = deployable(partial(texts, elements, under=("C0", "C1")), conditions)
        assert found >= expected if refused else found == expected, (seed, found, expected)
