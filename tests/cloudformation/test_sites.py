from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import UndecidedError, Worlds
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, text
from tests import worlds
from tests.cloudformation.nodes import (
    NO_VALUE,
    choice,
    equals,
    find,
    ref,
    select,
    shown,
    string,
    strings,
    template,
    when,
)

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.template import Node

LIST = "Properties.List"
PROD = {"IsProd": equals(ref("Env"), "prod")}
INCLUDE = {"Fn::Transform": {"Name": "AWS::Include"}}


@pytest.mark.parametrize(
    ("path", "properties", "expected"),
    [
        pytest.param("List.*.Image", {"List": [{"Image": "a"}]}, [(f"{LIST}[0].Image", ["a"])], id="one"),
        pytest.param("List.*.Image", {"List": []}, [], id="none"),
        pytest.param("List.*.Image", {}, [], id="absent"),
        pytest.param("List.*.Image", {"List": [{"Name": "a"}]}, [], id="absent-in-element"),
        pytest.param("List.*.Image", {"List": {"Image": "a"}}, [(f"{LIST}[0].Image", ["a"])], id="without-brackets"),
        pytest.param("List.*.Image", {"List": ["a", None]}, [], id="elements-are-no-objects"),
        pytest.param("", {"a": "b"}, [("Properties", [{"a": "b"}])], id="no-path"),
        pytest.param(
            "List.*.Image",
            {"List": [{"Image": "a"}, {"Image": "b"}]},
            [(f"{LIST}[0].Image", ["a"]), (f"{LIST}[1].Image", ["b"])],
            id="two",
        ),
        pytest.param("List.*.Image", {"List": NO_VALUE}, [], id="no-value"),
        pytest.param("List.*.Image", {"List": [NO_VALUE]}, [], id="no-value-element"),
        pytest.param("List.*.Image", {"List": [{"Image": NO_VALUE}]}, [], id="no-value-leaf"),
        pytest.param(
            "List.*.Image",
            {"List": [{"Image": when("C", "a", "b")}]},
            [(f"{LIST}[0].Image.Fn::If[1]", ["a"]), (f"{LIST}[0].Image.Fn::If[2]", ["b"])],
            id="if-at-leaf",
        ),
        pytest.param(
            "List.*.Image",
            {"List": when("C", [{"Image": "a"}], [{"Image": "b"}, {"Image": "c"}])},
            [
                (f"{LIST}.Fn::If[1][0].Image", ["a"]),
                (f"{LIST}.Fn::If[2][0].Image", ["b"]),
                (f"{LIST}.Fn::If[2][1].Image", ["c"]),
            ],
            id="if-at-list",
        ),
        pytest.param(
            "List.*.Image",
            {"List": [when("C", {"Image": "a"}, NO_VALUE)]},
            [(f"{LIST}[0].Fn::If[1].Image", ["a"])],
            id="if-at-element",
        ),
        pytest.param(
            "List.*.Image",
            when("C", {"List": [{"Image": "a"}]}, {}),
            [("Properties.Fn::If[1].List[0].Image", ["a"])],
            id="if-at-properties",
        ),
        pytest.param(
            "List.*.Image",
            {"List": [when("C", {"Image": when("C", "a", "never")}, {"Image": when("C", "never", "b")})]},
            [(f"{LIST}[0].Fn::If[1].Image.Fn::If[1]", ["a"]), (f"{LIST}[0].Fn::If[2].Image.Fn::If[2]", ["b"])],
            id="if-excludes",
        ),
        pytest.param(
            "List.*.Image",
            {"List": [when("IsProd", {"Image": ref("Env")}, {"Image": {"Fn::Sub": "${Env}"}})]},
            [(f"{LIST}[0].Fn::If[2].Image", ["dev"]), (f"{LIST}[0].Fn::If[1].Image", ["prod"])],
            id="if-decides-value",
        ),
        pytest.param("List.*.Image", {"List": {"Fn::If": ["C", []]}}, [(f"{LIST}…", ["${Fn::If}"])], id="malformed-if"),
        pytest.param("List.*.Image", {"List": ref("P")}, [(f"{LIST}…", ["${P}"])], id="unknown-list"),
        pytest.param("List.*", {"List": ref("L")}, [(f"{LIST}[0]", ["${L}"])], id="list-parameter"),
        pytest.param("List.*.Image", {"List": ref("L")}, [(f"{LIST}[0]…", ["${L}"])], id="list-parameter-of-objects"),
        pytest.param("List.*.Image", {"List": [ref("P")]}, [(f"{LIST}[0]…", ["${P}"])], id="unknown-element"),
        pytest.param("List.*.Image", {"List": INCLUDE}, [(f"{LIST}…", ["${Fn::Transform}"])], id="included-list"),
        pytest.param(
            "List.*.Image",
            {"List": [{"Name": "a", **INCLUDE}]},
            [(f"{LIST}[0].Image…", ["${Fn::Transform}"])],
            id="included-key",
        ),
        pytest.param(
            "List.*.Image",
            {"List": [{"Image": "a", **INCLUDE}]},
            [(f"{LIST}[0].Image", ["a"])],
            id="key-beside-include",
        ),
        pytest.param("List.*.Image", INCLUDE, [("Properties…", ["${Fn::Transform}"])], id="included-properties"),
        pytest.param(
            "List.*.Image",
            {"List": [{"Name": "a", "Fn::ForEach::K": ["N", ref("P"), {"${N}": "b"}]}]},
            [(f"{LIST}[0].Image…", ["${Fn::ForEach::K}"])],
            id="looped-key",
        ),
        pytest.param(
            "List.*", {"List": find("M", "a", "b")}, [(f"{LIST}[0]", ["x"]), (f"{LIST}[1]", ["y"])], id="mapped-list"
        ),
        pytest.param(
            "List.*.Image",
            {"List": select(0, [[{"Image": ref("P")}]])},
            [(f"{LIST}[0].Image", ["${P}"])],
            id="selected-list",
        ),
        pytest.param(
            "List.*.Image",
            {"List": [select(ref("I"), [{"Image": "a"}, {"Image": "b"}])]},
            [(f"{LIST}[0].Image", ["a"]), (f"{LIST}[0].Image", ["b"])],
            id="selected-elements",
        ),
        pytest.param(
            "List.*", {"List": find("N", ref("P"), "k")}, [(f"{LIST}…", ["${Fn::FindInMap}"])], id="no-key-at-all"
        ),
        pytest.param("List.*", {"List": find("M", "x", "y", default=NO_VALUE)}, [], id="no-value-by-default"),
    ],
)
def test_sites(path: str, properties: Node, expected: list[tuple[str, list[Node]]]) -> None:
    own = template(
        Resources={"R": {"Type": "T", "Properties": properties}},
        Parameters={"P": string(), "L": strings(), "Env": string(Default="dev"), "I": choice(0, 1)},
        Conditions=PROD,
        Mappings={"M": {"a": {"b": ["x", "y"]}}, "N": {}},
    )
    sites = worlds.sites(Worlds([own]), own.resources["R"], path)
    assert [(site.location, list(map(shown, values))) for site, values in sites] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({}, ["a", "b"], id="always"),
        pytest.param({"Condition": "IsProd"}, ["a"], id="under-the-condition"),
        pytest.param({"Condition": "Never"}, [], id="never"),
        pytest.param({"Condition": "Unknown"}, ["a", "b"], id="under-an-unknown-condition"),
        pytest.param({"Condition": ""}, ["a", "b"], id="no-condition"),
    ],
)
def test_condition_of_the_resource(body: dict[str, Any], expected: list[str]) -> None:
    own = template(
        Resources={"R": {"Type": "T", "Properties": {"K": when("IsProd", "a", "b"), "L": "x"}, **body}},
        Parameters={"Env": string()},
        Conditions={**PROD, "Never": equals("a", "b")},
    )
    root = Worlds([own])
    assert [value for _, values in worlds.sites(root, own.resources["R"], "K") for value in values] == expected
    assert len(worlds.sites(root, own.resources["R"], "L")) == (1 if expected else 0)


def test_what_no_deployment_can_be_is_no_proof() -> None:
    """Where CloudFormation refuses every choice with which a resource is there, nothing is known of it."""
    own = template(
        Resources={"R": {"Type": "T", "Condition": "Other", "Properties": {"K": find("M", ref("Env"), "k")}}},
        Parameters={"Env": string()},
        Mappings={"M": {"prod": {"k": "1"}}},
        Conditions={**PROD, "Other": {"Fn::Not": [{"Condition": "IsProd"}]}},
    )
    with pytest.raises(UndecidedError, match=r"^CloudFormation finds no value for a part of it in "):
        list(Worlds([own]).in_each_world(lambda world: world.values(own.resources["R"], "K") or None))


HOLE = Hole(Kind.ANYTHING, "h")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param(["a", "", "b"], "ab", id="literals"),
        pytest.param([HOLE], Text((HOLE,)), id="hole"),
        pytest.param(["a", "b", HOLE, "", "c"], Text(("ab", HOLE, "c")), id="literals-grow-together"),
        pytest.param([Text((HOLE, "a")), "b", Text(("c", HOLE))], Text((HOLE, "abc", HOLE)), id="texts"),
    ],
)
def test_text(parts: list[str | Hole | Text], expected: str | Text) -> None:
    assert text(*parts) == expected
