from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation import loops
from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.cloudformation.loops import TooManyValues, expand
from ecr_ecs_constructs.cloudformation.template import Resource, Template, TemplateError
from tests import worlds
from tests.cloudformation.nodes import att, equals, find, join, ref, shown, strings, sub, template, when

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.template import Node
    from tests.cloudformation.nodes import Json


def loop(identifier: str, collection: Json, body: Json, name: str = "L") -> dict[str, Node]:
    return {f"Fn::ForEach::{name}": [identifier, collection, body]}


def resource(image: Node = "x") -> dict[str, Node]:
    return {"Type": "T", "Properties": {"Image": image}}


UNKNOWN = loop("N", ref("P"), {"R${N}": resource("a${N}b")})


@pytest.mark.parametrize(
    ("section", "lists", "expected"),
    [
        pytest.param({"A": resource()}, {}, {"A": resource()}, id="none"),
        pytest.param(
            loop("N", ["a", "b"], {"R${N}": resource("x:${N}")}),
            {},
            {"Ra": resource("x:a"), "Rb": resource("x:b")},
            id="texts",
        ),
        pytest.param(loop("N", [1], {"R${N}": resource()}), {}, {"R1": resource()}, id="numbers"),
        pytest.param(loop("N", [], {"R${N}": resource()}), {}, {}, id="nothing"),
        pytest.param(
            loop("N", ["a"], {"R${N}": resource(ref("N"))}), {}, {"Ra": resource("a")}, id="reference-to-identifier"
        ),
        pytest.param(
            loop("N", ["a"], {"R${N}": resource(ref("R${N}"))}), {}, {"Ra": resource(ref("Ra"))}, id="reference-to-own"
        ),
        pytest.param(
            loop("N", ["a"], {"R${N}": resource(sub("${N}-${M}", M="${N}"))}),
            {},
            {"Ra": resource(sub("a-${M}", M="a"))},
            id="sub",
        ),
        pytest.param(
            loop("N", ["a"], {"R${N}": resource(att("R${N}", "Arn"))}), {}, {"Ra": resource(att("Ra", "Arn"))}, id="att"
        ),
        pytest.param(
            loop("N", ["10.0.1"], {"R&{N}": resource("${N}/&{N}")}),
            {},
            {"R1001": resource("10.0.1/1001")},
            id="letters",
        ),
        pytest.param(
            loop("N", ["a", "b"], loop("M", ["x", "y"], {"R${N}${M}": resource("${N}:${M}")})),
            {},
            {f"R{n}{m}": resource(f"{n}:{m}") for n in "ab" for m in "xy"},
            id="nested",
        ),
        pytest.param(
            loop("N", ["a"], loop("M", [ref("N"), "b"], {"R${M}": resource("${N}${M}")})),
            {},
            {"Ra": resource("aa"), "Rb": resource("ab")},
            id="nested-by-outer",
        ),
        pytest.param(
            loop("N", ref("P"), {"R${N}": resource("${N}")}),
            {"P": ["a", "b"]},
            {"Ra": resource("a"), "Rb": resource("b")},
            id="list-parameter",
        ),
        pytest.param(
            {"A": resource(loop("N", ["a", "b"], {"K${N}": "${N}"}))},
            {},
            {"A": resource({"Ka": "a", "Kb": "b"})},
            id="in-properties",
        ),
        pytest.param(UNKNOWN, {}, {"R${N}": resource(join("a", ref("N"), "b"))}, id="unknown-stands-once"),
        pytest.param(
            loop("N", ref("P"), {"R${N}": resource("a&{N}")}),
            {},
            {"R${N}": resource(join("a", ref("N"), ""))},
            id="unknown-letters",
        ),
        pytest.param(
            loop("N", ref("P"), {"R${N}": resource([sub("${N}"), sub("${N}${M}", M="${N}"), ref("R${N}"), ref("N")])}),
            {},
            {"R${N}": resource([sub("${N}"), sub("${N}${M}", M=join("", ref("N"), "")), ref("R${N}"), ref("N")])},
            id="unknown-in-names",
        ),
        pytest.param(
            loop("N", ref("P"), {"R${N}": resource(when("C${N}", "${N}", "b"))}),
            {},
            {"R${N}": resource(when("C${N}", join("", ref("N"), ""), "b"))},
            id="unknown-in-if",
        ),
        pytest.param(
            loop("N", ref("P"), loop("M", ["x"], {"R${N}${M}": resource("${N}${M}")})),
            {},
            {"R${N}x": resource(join("", ref("N"), "x"))},
            id="known-in-unknown",
        ),
        pytest.param(
            {"A": resource(loop("N", ref("P"), {"K${N}": "${N}"}))},
            {},
            {"A": resource(loop("N", ref("P"), {"K${N}": "${N}"}))},
            id="unknown-in-properties-stays",
        ),
        pytest.param(
            loop("N", find("M", "a", "b"), {"R${N}": resource("${N}")}),
            {},
            {"R${N}": resource(join("", ref("N"), ""))},
            id="function-as-collection",
        ),
        pytest.param(
            loop("N", ["a", ref("P")], {"R${N}": resource()}), {}, {"R${N}": resource()}, id="unknown-element"
        ),
        pytest.param(loop("N", [True], {"R${N}": resource()}), {}, {"R${N}": resource()}, id="element-is-no-text"),
        pytest.param(loop("N", ["a"], "x"), {}, loop("N", ["a"], "x"), id="malformed-stays"),
        pytest.param(
            loop("N", ["a", "b"], {"R": resource("${N}")}),
            {},
            {"R": resource(join("", ref("N"), ""))},
            id="key-without-identifier-stands-once",
        ),
        *(
            pytest.param({"A": resource(loop("N", ["a"], body))}, {}, {"A": resource(loop("N", ["a"], body))}, id=name)
            for name, body in {
                "key-without-identifier-stays": {"K": "${N}"},
                "one-of-its-keys-stays": {"K${N}": "${N}", "K": "${N}"},
                "identifier-itself-stays": ref("N"),
                "reference-stays": ref("A"),
                "function-stays": when("C", "x", "y"),
                "transform-stays": {"Fn::Transform": {"Name": "AWS::Include"}},
                "key-of-another-loop-stays": {"K${M}": "x"},
            }.items()
        ),
        pytest.param(
            {"A": resource(loop("N", ["a", "b"], loop("M", ["x"], ref("M"), "Inner")))},
            {},
            {"A": resource(loop("M", ["x"], ref("M"), "Inner"))},
            id="nested-reference-stays",
        ),
        pytest.param({"A": {"Ref": ["x"], "n": None}}, {}, {"A": {"Ref": ["x"], "n": None}}, id="other-nodes"),
    ],
)
def test_expand(section: dict[str, Node], lists: dict[str, list[str]], expected: Node) -> None:
    assert expand(section, lists) == expected


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MAX_VALUES", 100)
    digits = [str(digit) for digit in range(10)]
    section = loop("N", digits, loop("M", digits, {"R${N}${M}": resource()}))
    with pytest.raises(TooManyValues):
        expand(section, {})
    with pytest.raises(TemplateError, match=r"^t: its loops must make at most 100 values$"):
        _ = template(Resources=section).resources


@pytest.mark.parametrize("inside", [False, True], ids=["sections", "properties"])
def test_too_many_that_make_nothing(monkeypatch: pytest.MonkeyPatch, *, inside: bool) -> None:
    monkeypatch.setattr(loops, "MAX_VALUES", 100)
    section = loop("N", ref("P"), loop("M", ref("P"), {}))
    with pytest.raises(TooManyValues):
        expand({"A": section} if inside else section, {"P": ["x"] * 20})


LISTED: dict[str, Any] = {"Parameters": {"P": strings(Default="a, b")}, "Transform": "AWS::LanguageExtensions"}


@pytest.mark.parametrize(
    ("own", "parent", "expected"),
    [
        pytest.param(template(Resources=UNKNOWN, **LISTED), None, ["aab", "abb"], id="default"),
        pytest.param(template(Resources=UNKNOWN, parameters={"P": "c"}, **LISTED), None, ["acb"], id="given"),
        pytest.param(template(Resources=UNKNOWN, Parameters={"P": strings()}), None, ["a${N}b"], id="no-default"),
        pytest.param(template(Resources=UNKNOWN), None, ["a${N}b"], id="no-parameter"),
        pytest.param(
            template(Resources=UNKNOWN, Parameters={"P": {"Type": "String", "Default": "a"}}),
            None,
            ["a${N}b"],
            id="no-list",
        ),
        pytest.param(template(Resources=UNKNOWN, **LISTED), {}, ["aab", "abb"], id="nested-default"),
        pytest.param(template(Resources=UNKNOWN, **LISTED), {"Parameters": {"P": "x,y"}}, ["axb", "ayb"], id="passed"),
        pytest.param(
            template(Resources=UNKNOWN, **LISTED), {"Parameters": {"P": ref("Q")}}, ["a${N}b"], id="passed-function"
        ),
        pytest.param(
            template(Resources=UNKNOWN, **LISTED),
            {"Parameters": when("C", {}, {"P": "x"})},
            ["a${N}b"],
            id="passed-in-branch",
        ),
        pytest.param(template(Resources=UNKNOWN, **LISTED), {"Parameters": "x"}, ["a${N}b"], id="passed-malformed"),
    ],
)
def test_collections(own: Template, parent: Node, expected: list[str]) -> None:
    if parent is not None:
        outer = template(name="outer")
        nest = Resource(outer, "Nest", "AWS::CloudFormation::Stack", {"Properties": parent})
        own = Template(own.name, own.body, parent=nest)
    root = Worlds([own])
    assert [
        shown(value)
        for each in own.resources.values()
        for _, values in worlds.sites(root, each, "Image")
        for value in values
    ] == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(ref("N"), id="identifier"),
        pytest.param({"Image": "${N}"}, id="key-without-identifier"),
        pytest.param({"Ref": "N", "Image": "${N}"}, id="both"),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"Name": "x"}], ids=["alone", "beside"])
def test_what_a_refused_loop_makes_is_unknown(body: Json, beside: dict[str, Node]) -> None:
    own = template(
        Transform="AWS::LanguageExtensions",
        Resources={"A": {"Type": "T", "Properties": {**loop("N", ["a", "b"], body), **beside}}},
    )
    found = worlds.sites(Worlds([own]), own.resources["A"], "Image")
    assert [(site.location, shown(value)) for site, values in found for value in values] == [
        (f"Properties{'.Image' if beside else ''}…", "${Fn::ForEach::L}")
    ]


def test_conditions_and_outputs() -> None:
    own = template(
        Transform=["AWS::LanguageExtensions"],
        Conditions=loop("N", ["a", "b"], {"Is${N}": equals("${N}", "a")}),
        Outputs=loop("N", ["a"], {"O${N}": {"Value": "${N}"}}),
    )
    assert own.section("Conditions") == {"Isa": equals("a", "a"), "Isb": equals("b", "a")}
    assert own.section("Outputs") == {"Oa": {"Value": "a"}}
    [branch] = worlds.branches(Worlds([own]), own, [when("Isa", "x", "y"), when("Isb", "x", "y")])
    assert branch.value == ["x", "y"]


def test_what_a_loop_makes_is_checked() -> None:
    own = template(Resources=loop("N", ["a"], {"R${N}": {"Type": "T", "Properties": ref("N")}}))
    with pytest.raises(TemplateError, match=r"^t: Resources\.Ra\.Properties must be an object, got a text$"):
        _ = own.resources
