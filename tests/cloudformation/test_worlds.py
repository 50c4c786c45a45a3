"""Answers that are kept for other worlds, and the values of parameters that worlds tell apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, Worlds, asked, settled
from ecr_ecs_constructs.cloudformation.template import Template
from tests.cloudformation.nodes import equals, join, ref, sub, template, when

if TYPE_CHECKING:
    from pathlib import Path

    from ecr_ecs_constructs.cloudformation.template import Node


def choice(*values: str) -> Node:
    return {"Type": "String", "AllowedValues": list(values)}


class Questions(InWorld):
    """Reads one parameter, then a text in which another one decides whether that one matters."""

    def __init__(self, world: World, own: Template) -> None:
        self.world = world
        self._own = own

    @asked
    def whole(self) -> tuple[str, str]:
        first = str(self.world.evaluate(self._own, ref("B")).value)
        return first, self.part()

    @settled
    def part(self) -> str:
        return str(self.world.evaluate(self._own, when("IsA", when("IsB", "good", "bad"), "good")).value)


@pytest.mark.parametrize("a", [("x", "y"), ("y", "x"), ("x", "y", "z")])
@pytest.mark.parametrize("b", [("x", "y"), ("y", "x"), ("p", "x", "q")])
def test_a_settled_answer_counts_where_it_is_the_same_alone(a: tuple[str, ...], b: tuple[str, ...]) -> None:
    conditions = {"IsA": equals(ref("A"), "x"), "IsB": equals(ref("B"), "x")}
    own = template(Parameters={"A": choice(*a), "B": choice(*b)}, Conditions=conditions)
    found = {answer for _, answer in Worlds([own]).in_each_world(lambda world: Questions(world, own).whole())}
    assert found == {(each, "good") for each in b} | {(each, "bad") for each in b if each != "x"}


@pytest.mark.parametrize(
    "passed",
    [
        pytest.param(ref("P"), id="as it is"),
        pytest.param(sub("${P}"), id="in a text"),
        pytest.param(join(ref("P")), id="in a join"),
        pytest.param(when("Any", ref("P"), "dev"), id="in a branch"),
        pytest.param({"Fn::GetAtt": ["First", "Outputs.Same"]}, id="through an output"),
    ],
)
def test_another_value_of_a_parameter_that_a_nested_condition_meets(tmp_path: Path, passed: Node) -> None:
    """Its default is not all other values: the condition of the nested stack tells one from it."""
    inner = {
        "Parameters": {"Env": {"Type": "String"}},
        "Conditions": {"Stage": equals(ref("Env"), "stage")},
        "Resources": {},
        "Outputs": {"Same": {"Value": ref("Env")}},
    }
    first = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "first.json", "Parameters": {"Env": ref("P")}},
    }
    second = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "second.json", "Parameters": {"Env": passed}},
    }
    outer = {
        "Parameters": {"P": {"Type": "String", "Default": "dev"}, "Q": {"Type": "String"}},
        "Conditions": {"Any": equals(ref("Q"), "yes")},
        "Resources": {"First": first, "Second": second},
    }
    for name, body in (("first", inner), ("second", inner), ("outer", outer)):
        (tmp_path / f"{name}.json").write_text(json.dumps(body), encoding="utf-8")
    templates = load([tmp_path / "outer.json"])
    nested = next(each for each in templates if each.name.endswith("second.json"))
    branches = Worlds(templates).branches(nested, when("Stage", "bad", "good")) or ()
    assert {branch.value for branch in branches} == {"good", "bad"}


@pytest.mark.parametrize("sides", [(ref("P"), ref("Q")), (ref("Q"), ref("P"))])
def test_sides_of_a_comparison_decide_nothing(sides: tuple[Node, Node]) -> None:
    own = template(
        Parameters={"P": {"Type": "String"}, "Q": {"Type": "String"}},
        Conditions={"One": equals(ref("P"), ref("Q")), "Other": equals(*sides)},
    )
    branches = Worlds([own]).branches(own, when("One", when("Other", "both", "one"), "none")) or ()
    assert {branch.value for branch in branches} == {"both", "none"}


class Import(InWorld):
    """Reads what decides the name of an export, then imports by another of its names."""

    def __init__(self, world: World, exporting: Template, importing: Template) -> None:
        self.world = world
        self._exporting, self._importing = exporting, importing

    @settled
    def value(self) -> str:
        other: Node = {"Fn::ImportValue": "other"}
        name = str(self.world.evaluate(self._exporting, when("IsA", "one", "other")).value)
        return str(self.world.evaluate(self._importing, other).value) if name else ""


def test_what_a_settled_question_assumes_decides_no_other_one() -> None:
    exporting = template(
        Parameters={"P": choice("x", "y")},
        Conditions={"IsA": equals(ref("P"), "x")},
        Outputs={"O": {"Value": "good", "Export": {"Name": when("IsA", "one", "other")}}},
    )
    importing = template()
    found = Worlds([exporting, importing]).in_each_world(lambda world: Import(world, exporting, importing).value())
    assert [answer for _, answer in found] == ["good"]


def test_a_default_is_not_remembered_where_a_condition_needs_another_value() -> None:
    own = template(
        Parameters={"P": {"Type": "String", "Default": "a"}, "Q": {"Type": "String", "Default": "b"}},
        Conditions={"Same": equals(ref("P"), ref("Q"))},
    )

    def values(world: World, *nodes: Node) -> tuple[str, ...]:
        return tuple(str(world.evaluate(own, node).value) for node in nodes)

    worlds = Worlds([own])
    alone = {answer for _, answer in worlds.in_each_world(lambda world: values(world, ref("P")))}
    both = {answer for _, answer in worlds.in_each_world(lambda world: values(world, when("Same", "=", "≠"), ref("P")))}
    assert alone == {("a",)}
    assert {each for _, each in both} == {"a", "${P}"}
