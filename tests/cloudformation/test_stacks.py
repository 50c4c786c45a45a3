"""Values that lead from one template to another: nested stacks, exports and imports, outputs of other stacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Text
from tests import worlds
from tests.cloudformation.nodes import (
    NO_VALUE,
    att,
    choice,
    equals,
    find,
    join,
    ref,
    select,
    shown,
    split,
    string,
    strings,
    sub,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ecr_ecs_constructs.cloudformation.template import Node
    from tests.cloudformation.nodes import Json

URI = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
REPOSITORY = {"Repo": {"Type": "AWS::ECR::Repository"}}
SPLIT_ARN = split(":", {"Fn::ImportValue": "arn"})


def probe(node: Json) -> dict[str, Json]:
    """Return resources of which the first one, `Probe`, holds a node."""
    return {"Probe": {**HANDLE, "Properties": {"Node": node}}}


def stack(url: str = "nested.json", **more: Json) -> dict[str, Node]:
    condition = {"Condition": more.pop("Condition")} if "Condition" in more else {}
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **more}, **condition}


def write(folder: Path, files: Mapping[str, Json]) -> None:
    for name, body in files.items():
        (folder / name).write_text(json.dumps({"Resources": {"Handle": HANDLE}, **body}), encoding="utf-8")


def probed(folder: Path, files: Mapping[str, Node]) -> list[list[Node]]:
    """Return what each probe can be, in the order of the templates."""
    write(folder, files)
    templates = load([folder])
    root = Worlds(templates)
    return [
        [shown(value) for _, values in worlds.sites(root, probe, "Node") for value in values]
        for template in templates
        if (probe := template.resources.get("Probe"))
    ]


NESTED: list[Any] = []


def nested(
    id: str, node: Node, *expected: Node, parameters: Json = None, declared: Json = None, **parent: Json
) -> None:
    """Add a case: a node of a nested stack, its parameters, and what the parent passes for them."""
    passed = {} if parameters is None else {"Parameters": parameters}
    condition = {"Condition": parent.pop("Condition")} if "Condition" in parent else {}
    body = {**parent, "Resources": {"Nest": stack(**passed, **condition), **parent.get("Resources", {})}}
    NESTED.append(pytest.param(body, {"Resources": probe(node), **(declared or {})}, list(expected), id=id))


P = {"Parameters": {"P": string()}}
D = {"Parameters": {"P": string(Default="d")}}
L = {"Parameters": {"P": strings()}}
ENV = {"Parameters": {"Env": string(Default="dev")}}

nested("passed-text", ref("P"), "x", parameters={"P": "x"}, declared=P)
nested("passed-number", ref("P"), "1", parameters={"P": 1}, declared=P)
nested("passed-before-default", ref("P"), "x", parameters={"P": "x"}, declared=D)
nested(
    "passed-parameter", ref("P"), "x", "y", parameters={"P": ref("Q")}, declared=D, Parameters={"Q": choice("x", "y")}
)
nested("passed-unknown", ref("P"), "${Q}", parameters={"P": ref("Q")}, declared=D, Parameters={"Q": string()})
nested("passed-default", ref("P"), "q", parameters={"P": ref("Q")}, declared=D, Parameters={"Q": string(Default="q")})
nested("passed-nothing", ref("P"), "d", parameters={}, declared=D)
nested("passed-other", ref("P"), "d", parameters={"Q": "x"}, declared=D)
nested("no-parameters", ref("P"), "d", declared=D)
nested("no-parameters-no-default", ref("P"), "${P}", declared=P)
nested("no-value", ref("P"), "d", parameters={"P": NO_VALUE}, declared=D)
nested("no-value-for-all", ref("P"), "d", parameters=NO_VALUE, declared=D)
nested("no-value-in-one-branch", ref("P"), "x", "d", parameters={"P": when("C", "x", NO_VALUE)}, declared=D)
nested("all-in-one-branch", ref("P"), "x", "d", parameters=when("C", {"P": "x"}, {}), declared=D)
nested("all-unknown", ref("P"), "${Nest.Parameters}", parameters={"Fn::Transform": {"Name": "M"}}, declared=D)
nested("some-unknown", ref("P"), "${Nest.Parameters}", parameters={"Q": "x", "Fn::Transform": {}}, declared=D)
nested("some-known", ref("P"), "x", parameters={"P": "x", "Fn::Transform": {}}, declared=D)
nested("no-object", ref("P"), "${Nest.Parameters}", parameters="x", declared=D)
nested("all-or-no-value", ref("P"), "x", "d", parameters=when("C", {"P": "x"}, NO_VALUE), declared=D)
nested(
    "not-passed-is-decided", when("C", ref("P"), "b"), "b", declared=D | {"Conditions": {"C": equals(ref("P"), "x")}}
)
nested(
    "not-passed-allowed-is-decided", ref("P"), "a", declared={"Parameters": {"P": choice("a", "b") | {"Default": "a"}}}
)
nested("passed-list", ref("P"), ["a", "b"], parameters={"P": ["a", "b"]}, declared=L)
nested("passed-list-as-text", ref("P"), ["a", "b"], parameters={"P": "a, b"}, declared=L)
nested(
    "passed-joined-list",
    select(1, ref("P")),
    "${AWS::Region}",
    parameters={"P": join("a", ref("AWS::Region"), by=",")},
    declared=L,
)
nested(
    "passed-unknown-list",
    select(1, ref("P")),
    "${Q}",
    parameters={"P": ref("Q")},
    declared=L,
    Parameters={"Q": strings()},
)
nested("passed-list-for-text", ref("P"), "a,b", parameters={"P": split("-", "a-b")}, declared=P)
nested(
    "passed-parents-list-for-text",
    ref("P"),
    "q,r",
    parameters={"P": ref("Q")},
    declared=P,
    Parameters={"Q": strings(Default="q,r")},
)
nested("passed-object", ref("P"), {"a": "b"}, parameters={"P": {"a": "b"}}, declared=P)
nested(
    "passed-stored-name",
    ref("P"),
    "${P}",
    parameters={"P": "/a"},
    declared={"Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}}},
)
nested("passed-repository", sub("${P}:1"), "${Repo}:1", parameters={"P": ref("Repo")}, declared=P, Resources=REPOSITORY)
nested(
    "passed-arn",
    select(4, split(":", ref("P"))),
    "${AWS::AccountId}",
    parameters={"P": att("Repo", "Arn")},
    declared=P,
    Resources=REPOSITORY,
)
nested("parents-pseudo-parameters", ref("AWS::Region"), "${AWS::Region}")
nested("stack-name-is-its-own", ref("AWS::StackName"), "${AWS::StackName}")
nested(
    "compared-in-nested",
    when("C", ref("P"), sub("not ${P}")),
    "not dev",
    "prod",
    parameters={"P": ref("Env")},
    declared=P | {"Conditions": {"C": equals(ref("P"), "prod")}},
    **ENV,
)
nested(
    "compared-region",
    when("C", ref("P"), "other"),
    "eu-west-1",
    "other",
    parameters={"P": ref("AWS::Region")},
    declared=P | {"Conditions": {"C": equals(ref("P"), "eu-west-1")}},
)
nested(
    "compared-stored-name",
    when("C", "a", "b"),
    "a",
    "b",
    parameters={"P": ref("Env")},
    declared={
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        "Conditions": {"C": equals(ref("P"), "prod")},
    },
    Parameters=ENV["Parameters"],
    Conditions={"D": equals(ref("Env"), "prod")},
)
nested(
    "mapped-in-nested",
    sub("${A}${P}", A=find("M", ref("P"), "k")),
    "1x",
    "2y",
    parameters={"P": ref("Q")},
    declared=P | {"Mappings": {"M": {"x": {"k": "1"}, "y": {"k": "2"}}}},
    Parameters={"Q": string()},
)
nested(
    "mapped-no-value",
    find("M", ref("P"), "k"),
    "1",
    parameters={"P": NO_VALUE},
    declared={"Parameters": {"P": string(Default="x")}, "Mappings": {"M": {"x": {"k": "1"}}}},
)
nested(
    "condition-of-the-stack",
    ref("P"),
    "x",
    parameters={"P": when("IsProd", "x", "never")},
    declared=P,
    Condition="IsProd",
    Conditions={"IsProd": equals(ref("Env"), "prod")},
    **ENV,
)
nested("stack-that-never-is", "x", Condition="Never", Conditions={"Never": equals("a", "b")})
nested(
    "refers-to-itself",
    ref("P"),
    "${Nest.Parameters.P}${Nest.Parameters.P}",
    parameters={"P": att("Nest", "Outputs.O")},
    declared=P | {"Outputs": {"O": {"Value": join(ref("P"), ref("P"))}}},
)


@pytest.mark.parametrize(("parent", "child", "expected"), NESTED)
def test_parameters_of_a_nested_stack(tmp_path: Path, parent: Node, child: Node, expected: list[Node]) -> None:
    assert probed(tmp_path, {"a.json": parent, "nested.json": child}) == [expected]


OUTPUT = {"Outputs": {"O": {"Value": sub("${Repo}:1")}}, "Resources": REPOSITORY}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"a.json": {"Resources": probe(att("Nest", "Outputs.O")) | {"Nest": stack()}}, "nested.json": OUTPUT},
            [["${Repo}:1"]],
            id="output",
        ),
        pytest.param(
            {"a.json": {"Resources": probe(sub("x/${Nest.Outputs.O}")) | {"Nest": stack()}}, "nested.json": OUTPUT},
            [["x/${Repo}:1"]],
            id="output-in-sub",
        ),
        pytest.param(
            {"a.json": {"Resources": probe(att("Nest", "Outputs.X")) | {"Nest": stack()}}, "nested.json": OUTPUT},
            [["${Nest.Outputs.X}"]],
            id="missing-output",
        ),
        pytest.param(
            {
                "a.json": {"Resources": probe(att("Nest", "Outputs.O")) | {"Nest": stack()}},
                "nested.json": {"Outputs": {"O": {"Fn::Transform": {}}}},
            },
            [["${Nest.Outputs.O}"]],
            id="malformed-output",
        ),
        pytest.param(
            {"a.json": {"Resources": probe(att("Nest", "Outputs.O")) | {"Nest": stack("https://x/nested.json")}}},
            [["${Nest.Outputs.O}"]],
            id="template-elsewhere",
        ),
        pytest.param(
            {
                "a.json": {"Resources": probe(att("Nest", "Outputs.O")) | {"Nest": stack("middle.json")}},
                "middle.json": {"Resources": {"In": stack()}, "Outputs": {"O": {"Value": att("In", "Outputs.O")}}},
                "nested.json": OUTPUT,
            },
            [["${Repo}:1"]],
            id="output-through-two-levels",
        ),
        pytest.param(
            {
                "a.json": {"Resources": {"Nest": stack("middle.json", Parameters={"P": "x"})}},
                "middle.json": {**P, "Resources": {"In": stack(Parameters={"P": sub("${P}y")})}},
                "nested.json": {**P, "Resources": probe(ref("P"))},
            },
            [["xy"]],
            id="parameter-through-two-levels",
        ),
        pytest.param(
            {
                "a.json": {"Resources": {"A": stack(Parameters={"P": "x"}), "B": stack(Parameters={"P": "y"})}},
                "nested.json": {**P, "Resources": probe(ref("P"))},
            },
            [["x"], ["y"]],
            id="one-template-twice",
        ),
        pytest.param(
            {
                "a.json": {
                    "Resources": {
                        "Store": stack("store.json"),
                        "Nest": stack(Parameters={"P": att("Store", "Outputs.O")}),
                    }
                },
                "store.json": OUTPUT,
                "nested.json": {**P, "Resources": probe(ref("P"))},
            },
            [["${Repo}:1"]],
            id="from-one-nested-stack-to-the-other",
        ),
        pytest.param(
            {
                "a.json": {"Resources": {"Nest": stack(Parameters={"P": ref("Q")})}, "Parameters": {"Q": string()}},
                "nested.json": {
                    "Parameters": {"P": string(AllowedPattern="a+")},
                    "Resources": probe(ref("P")),
                },
            },
            [["${Q}"]],
            id="constraint-of-nested",
        ),
        pytest.param(
            {
                "a.json": {
                    "Resources": {
                        "A": {"Type": "AWS::EC2::Subnet"},
                        "B": {"Type": "AWS::EC2::Subnet"},
                        "Nest": stack(Parameters={"P": join(ref("A"), ref("B"), by=",")}),
                    }
                },
                "nested.json": {
                    "Parameters": {"P": {"Type": "List<AWS::EC2::Subnet::Id>"}},
                    "Resources": probe(select(1, ref("P"))),
                },
            },
            [["${B}"]],
            id="ids-joined-for-a-list",
        ),
    ],
)
def test_nested_stacks(tmp_path: Path, files: Mapping[str, Node], expected: list[list[Node]]) -> None:
    assert probed(tmp_path, files) == expected


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        pytest.param({"AllowedPattern": "a+"}, "a+", id="pattern"),
        pytest.param({"AllowedValues": ["a", "b.c"]}, r"a|b\.c", id="values"),
        pytest.param({}, None, id="none"),
    ],
)
def test_constraint_of_a_nested_parameter(tmp_path: Path, constraint: dict[str, Node], expected: str | None) -> None:
    parent = {"Resources": {"Nest": stack(Parameters={"P": ref("Q")})}, "Parameters": {"Q": string()}}
    write(tmp_path, {"a.json": parent, "nested.json": {"Parameters": {"P": string(**constraint)}}})
    templates = load([tmp_path])
    [branch] = worlds.branches(Worlds(templates), templates[1], ref("P"))
    assert isinstance(branch.value, Text)
    assert [(hole.name, hole.pattern) for hole in branch.value.pieces if isinstance(hole, Hole)] == [("Q", expected)]


def export(name: Json, value: Json, **more: Json) -> dict[str, Json]:
    return {"Outputs": {"O": {"Value": value, "Export": {"Name": name}}}, **more}


IMPORT = {"Resources": probe({"Fn::ImportValue": "uri"})}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a.json": IMPORT, "b.json": export("uri", "x")}, ["x"], id="import"),
        pytest.param({"a.json": IMPORT}, ["${Fn::ImportValue uri}"], id="nobody-exports"),
        pytest.param(
            {"a.json": IMPORT, "b.json": export("uri", "x"), "c.json": export("uri", "y")},
            ["${Fn::ImportValue uri}"],
            id="two-export",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export("uri", att("Repo", "RepositoryUri"), Resources=REPOSITORY)},
            [URI + "/${Repo}"],
            id="repository",
        ),
        pytest.param(
            {
                "a.json": {"Resources": probe(join(select(4, SPLIT_ARN), select(3, SPLIT_ARN), by="."))},
                "b.json": export("arn", att("Repo", "Arn"), Resources=REPOSITORY),
            },
            ["${AWS::AccountId}.${AWS::Region}"],
            id="split-arn",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export(sub("${P}i"), "x", Parameters={"P": string(Default="ur")})},
            ["x"],
            id="name-by-default",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export(ref("P"), ref("P"), Parameters={"P": choice("uri", "arn")})},
            ["uri", "arn"],
            id="name-by-choice",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export(ref("P"), "x", Parameters={"P": string()})},
            ["${Fn::ImportValue uri}"],
            id="unknown-name",
        ),
        pytest.param(
            {"a.json": {"Resources": probe({"Fn::ImportValue": ref("P")})}, "b.json": export("uri", "x")},
            ["${Fn::ImportValue ${P}}"],
            id="import-of-unknown-name",
        ),
        pytest.param(
            {
                "a.json": {
                    "Parameters": {"P": choice("uri", "arn")},
                    "Resources": probe({"Fn::ImportValue": ref("P")}),
                },
                "b.json": export("uri", "x"),
            },
            ["x", "${Fn::ImportValue arn}"],
            id="import-in-step",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export("uri", {"Fn::ImportValue": "arn"}), "c.json": export("arn", "x")},
            ["x"],
            id="through-two-stacks",
        ),
        pytest.param(
            {
                "a.json": IMPORT,
                "b.json": export("uri", {"Fn::ImportValue": "arn"}),
                "c.json": export("arn", join({"Fn::ImportValue": "uri"}, {"Fn::ImportValue": "uri"})),
            },
            ["${Fn::ImportValue uri}${Fn::ImportValue uri}"],
            id="in-a-circle",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": export({"Fn::ImportValue": "arn"}, "x"), "c.json": export("arn", "uri")},
            ["${Fn::ImportValue uri}"],
            id="name-is-imported",
        ),
        pytest.param(
            {
                "a.json": IMPORT,
                "b.json": {"Outputs": {"O": {"Value": "x", "Export": None}, "N": None, "M": {"Export": "uri"}}},
            },
            ["${Fn::ImportValue uri}"],
            id="malformed-exports",
        ),
        pytest.param(
            {"a.json": IMPORT, "b.json": {"Outputs": {"O": {"Export": {"Name": "uri"}}}}},
            ["${Fn::ImportValue uri}"],
            id="export-of-nothing",
        ),
        pytest.param(
            {
                "a.json": IMPORT,
                "b.json": {
                    "Outputs": {
                        "O": {"Value": "x", "Export": {"Name": "uri0"}},
                        **{
                            f"O{i}": {
                                "Value": join(*[{"Fn::ImportValue": f"uri{i}"}] * 2),
                                "Export": {"Name": f"uri{i + 1}" if i < 20 else "uri"},
                            }
                            for i in range(21)
                        },
                    }
                },
            },
            None,
            id="outputs-double-each-other",
        ),
    ],
)
def test_imports(tmp_path: Path, files: Mapping[str, Node], expected: list[Node] | None) -> None:
    [found] = probed(tmp_path, files)
    if expected is None:
        assert "20000 in all" in str(found)
    else:
        assert found == expected


def assemble(folder: Path, stacks: Mapping[str, tuple[str, Json]]) -> None:
    """Write a cloud assembly: environment and template by the name of the stack."""
    write(folder, {f"{name}.template.json": body for name, (_, body) in stacks.items()})
    artifacts = {
        f"Artifact{number}": {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{environment}",
            "properties": {"templateFile": f"{name}.template.json", "stackName": name.partition("@")[0]},
        }
        for number, (name, (environment, _)) in enumerate(stacks.items())
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}), encoding="utf-8")


UNKNOWN = "unknown-account/unknown-region"
ONE, OTHER_REGION, OTHER_ACCOUNT = "111111111111/eu-west-1", "111111111111/us-east-1", "222222222222/eu-west-1"
ROLE = "arn:aws:iam::222222222222:role/reader"


def output(**more: Node) -> Node:
    return {"Resources": probe({"Fn::GetStackOutput": {"StackName": "Store", "OutputName": "O", **more}})}


STORE = {"Outputs": {"N": {}, "O": {"Value": sub("${AWS::AccountId}/${AWS::Region}"), "Export": {"Name": "uri"}}}}
NOT_FOUND = "${Fn::GetStackOutput Store.O}"


@pytest.mark.parametrize(
    ("consumer", "node", "stores", "expected"),
    [
        pytest.param(ONE, IMPORT, [ONE], "111111111111/eu-west-1", id="import"),
        pytest.param(ONE, IMPORT, [ONE, OTHER_REGION], "111111111111/eu-west-1", id="import-of-this-region"),
        pytest.param(OTHER_REGION, IMPORT, [ONE, OTHER_REGION], "111111111111/us-east-1", id="import-of-that-region"),
        pytest.param(ONE, IMPORT, [ONE, OTHER_ACCOUNT], "111111111111/eu-west-1", id="import-of-this-account"),
        pytest.param(ONE, IMPORT, [OTHER_REGION], "${Fn::ImportValue uri}", id="import-of-no-region"),
        pytest.param(ONE, IMPORT, [UNKNOWN], "${AWS::AccountId}/${AWS::Region}", id="import-of-unknown-region"),
        pytest.param(UNKNOWN, IMPORT, [ONE, OTHER_REGION], "${Fn::ImportValue uri}", id="import-into-unknown-region"),
        pytest.param(UNKNOWN, output(), [UNKNOWN], "${AWS::AccountId}/${AWS::Region}", id="output"),
        pytest.param(
            UNKNOWN,
            output(Region=ref("AWS::Region")),
            [UNKNOWN],
            "${AWS::AccountId}/${AWS::Region}",
            id="output-of-own-region",
        ),
        pytest.param(ONE, output(), [ONE, OTHER_REGION], "111111111111/eu-west-1", id="output-of-this-region"),
        pytest.param(ONE, output(Region="eu-west-1"), [ONE], "111111111111/eu-west-1", id="output-of-named-region"),
        pytest.param(
            ONE, output(Region="us-east-1"), [ONE, OTHER_REGION], "111111111111/us-east-1", id="output-of-other-region"
        ),
        pytest.param(ONE, output(Region="us-east-1"), [ONE], NOT_FOUND, id="output-of-missing-region"),
        pytest.param(ONE, output(Region="us-east-1"), [UNKNOWN], NOT_FOUND, id="output-of-unplaced-stack"),
        pytest.param(
            UNKNOWN, output(Region="eu-west-1"), [ONE], "111111111111/eu-west-1", id="output-into-unknown-region"
        ),
        pytest.param(ONE, output(Region=ref("P")), [ONE], NOT_FOUND, id="output-of-unknown-region"),
        pytest.param(
            ONE, output(RoleArn=ROLE), [ONE, OTHER_ACCOUNT], "222222222222/eu-west-1", id="output-of-role-account"
        ),
        pytest.param(ONE, output(RoleArn=ref("P")), [ONE], NOT_FOUND, id="output-of-unknown-account"),
        pytest.param(ONE, output(OutputName="N"), [ONE], NOT_FOUND.replace("O}", "N}"), id="output-of-nothing"),
        pytest.param(ONE, output(OutputName="X"), [ONE], NOT_FOUND.replace("O}", "X}"), id="missing-output"),
        pytest.param(ONE, output(StackName=ref("P")), [ONE], "${Fn::GetStackOutput ${P}.O}", id="unknown-stack"),
        pytest.param(
            ONE, {"Resources": probe({"Fn::GetStackOutput": "O"})}, [ONE], "${Fn::GetStackOutput}", id="malformed"
        ),
        pytest.param(UNKNOWN, output(), [ONE, OTHER_REGION], NOT_FOUND, id="two-stacks"),
    ],
)
def test_stacks_of_an_assembly(tmp_path: Path, consumer: str, node: Node, stores: list[str], expected: str) -> None:
    assemble(tmp_path, {"Web": (consumer, node), **{f"Store@{i}": (place, STORE) for i, place in enumerate(stores)}})
    templates = load([tmp_path])
    [(_, values)] = worlds.sites(Worlds(templates), templates[0].resources["Probe"], "Node")
    assert list(map(shown, values)) == [expected]


def test_stack_with_included_properties(tmp_path: Path) -> None:
    """What a transform adds to a nested stack may be its parameters."""
    included: Json = {"Nest": {**stack(), "Properties": {"TemplateURL": "nested.json", "Fn::Transform": {}}}}
    child: Json = {
        "Parameters": {"P": strings(Default="d")},
        "Resources": {**probe(ref("P")), "Fn::ForEach::L": ["N", ref("P"), {"R${N}": HANDLE}]},
    }
    assert probed(tmp_path, {"a.json": {"Resources": included}, "nested.json": child}) == [[["${${Nest.Parameters}}"]]]
    assert list(load([tmp_path])[1].resources) == ["Probe", "R${N}"]


def test_outputs_in_a_circle(tmp_path: Path) -> None:
    node = {"Fn::GetStackOutput": {"StackName": "Web", "OutputName": "O"}}
    assemble(tmp_path, {"Web": (UNKNOWN, {"Outputs": {"O": {"Value": join(node, node)}}})})
    templates = load([tmp_path])
    assert [shown(branch.value) for branch in worlds.branches(Worlds(templates), templates[0], node)] == [
        "${Fn::GetStackOutput Web.O}${Fn::GetStackOutput Web.O}"
    ]


def test_absent_stays_absent(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": {"Resources": {"Nest": stack(Parameters={"P": NO_VALUE})}}, "nested.json": P})
    templates = load([tmp_path])
    [branch] = worlds.branches(Worlds(templates), templates[1], {"a": NO_VALUE, "b": [NO_VALUE]})
    assert branch.value == {"b": []}
    assert worlds.branches(Worlds(templates), templates[1], NO_VALUE)[0].value is ABSENT
