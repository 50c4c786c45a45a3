"""Changes of a template's text: what is to change changes, and every other byte stays."""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.edits import Edit, add, apply, lines_of, place_by_names, put, put_default
from ecr_ecs_constructs.cloudformation.positions import TemplatePositions
from ecr_ecs_constructs.cloudformation.reading import parse
from ecr_ecs_constructs.cloudformation.template import Template

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.template import Node

YAML = """\
# a comment
Parameters:
  Ami: {Type: String, Default: old}  # the image
Conditions: {Prod: !Equals [!Ref AWS::Region, x]}
Resources:
    Bare:
        Type: T  # its type

    # behind a blank line
    Flow:
        Type: T
        Properties: {Name: x, List: [a, b], Empty: {}, None: []}
    Service:
        Type: 'T'
        DependsOn: "Bare"
        Properties:
            Text: |
                one
                  two

            Image: "${Repo.RepositoryUri}:1"   # quoted
            Plain: x-${Repo}
            Nested:
                Names:
                - a  # dash below its key

                - b
                Objects:
                  - Name: one
                    Value: 1
            Branch: !If [Prod, {Inner: 1}, !Ref AWS::NoValue]
            Nothing:
            Merged:
                <<: &anchor {Inner: 1}
                Own: 2
            Alias: *anchor
            Anchor: &block
                Inner: 1
            Again: *block
    Fn::ForEach::Loop:
        - Name
        - [One, Two]
        - Bucket${Name}:
              Type: T
              Properties: {Name: x}
# the end"""


def template(text: str, name: str = "a.yaml") -> Template:
    body = parse(text, Path(name))
    assert isinstance(body, dict)
    return Template(name, body, positions=TemplatePositions(text))


def changed(text: str, edits: tuple[Edit, ...], name: str = "a.yaml") -> list[str]:
    """The lines that a change takes away and brings."""
    positions = template(text, name).positions
    assert positions is not None
    found = apply(positions, edits)
    rebuilt = text
    for start, end, new in reversed(found.replacements):
        rebuilt = rebuilt[:start] + new + rebuilt[end:]
    assert rebuilt == found.text
    diff = unified_diff(lines_of(text), lines_of(found.text), n=0)
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


def edited(text: str, resource: str, location: str, value: Node, *, name: str = "a.yaml") -> list[str]:
    return changed(text, put(template(text, name).resources[resource], location, value), name)


PUT: dict[str, tuple[str, str, Node, list[str]]] = {
    "below what is not there": (
        "Bare",
        "Properties.A.B",
        True,
        ["+        Properties:\n", "+            A:\n", "+                B: true\n"],
    ),
    "in flow style": (
        "Flow",
        "Properties.A",
        {"B": "c d", "E": 1},
        [
            "-        Properties: {Name: x, List: [a, b], Empty: {}, None: []}\n",
            '+        Properties: {Name: x, List: [a, b], Empty: {}, None: [], A: {B: "c d", E: 1}}\n',
        ],
    ),
    "in an empty object": (
        "Flow",
        "Properties.Empty.A",
        "on",
        [
            "-        Properties: {Name: x, List: [a, b], Empty: {}, None: []}\n",
            '+        Properties: {Name: x, List: [a, b], Empty: {A: "on"}, None: []}\n',
        ],
    ),
    "behind a list": (
        "Service",
        "Properties.Nested.Objects[0].Key",
        ["x", {"Fn::GetAtt": ["A", "Arn"]}],
        [
            "+                    Key:\n",
            "+                        - x\n",
            "+                        - !GetAtt A.Arn\n",
        ],
    ),
    "as argument of Fn::Sub, in quotes": (
        "Service",
        "Properties.Image",
        {"Fn::Sub": "${Repo.RepositoryUri}:1"},
        [
            '-            Image: "${Repo.RepositoryUri}:1"   # quoted\n',
            '+            Image: !Sub "${Repo.RepositoryUri}:1"   # quoted\n',
        ],
    ),
    "as argument of Fn::Sub, without quotes": (
        "Service",
        "Properties.Plain",
        {"Fn::Sub": "x-${Repo}"},
        ["-            Plain: x-${Repo}\n", "+            Plain: !Sub x-${Repo}\n"],
    ),
    "what nobody sees": (
        "Service",
        "Properties.Nested.Objects[0].Value",
        "\u202e\u2028\x85é",
        [
            "-                    Value: 1\n",
            '+                    Value: "\\u202e\\u2028\\u0085é"\n',
        ],
    ),
    "a value": (
        "Service",
        "Properties.Nested.Objects[0].Value",
        2,
        ["-                    Value: 1\n", "+                    Value: 2\n"],
    ),
    "a text of several lines": (
        "Service",
        "Properties.Text",
        "x",
        ["-            Text: |\n", "-                one\n", "-                  two\n", "+            Text: x\n"],
    ),
    "what is there already": ("Flow", "Properties.Name", "x", []),
    "into a branch": (
        "Service",
        "Properties.Branch.Fn::If[1].Inner",
        2,
        [
            "-            Branch: !If [Prod, {Inner: 1}, !Ref AWS::NoValue]\n",
            "+            Branch: !If [Prod, {Inner: 2}, !Ref AWS::NoValue]\n",
        ],
    ),
}

NEVER = {
    "beside a function": ("Service", "Properties.Branch.Inner", 1),
    "instead of a function": ("Service", "Properties.Branch", 1),
    "instead of an object": ("Service", "Properties.Nested", 1),
    "below a text": ("Service", "Properties.Image.A", 1),
    "below nothing": ("Service", "Properties.Nothing.A", 1),
    "in what is merged": ("Service", "Properties.Merged.Inner", 2),
    "in an alias": ("Service", "Properties.Alias.New", 2),
    "in what has aliases": ("Service", "Properties.Anchor.Inner", 2),
    "beside what has aliases": ("Service", "Properties.Anchor.New", 2),
    "no character": ("Service", "Properties.Nested.Objects[0].Value", "\ud800"),
    "in a loop": ("BucketOne", "Properties.Name", "z"),
    "in an element that is not there": ("Service", "Properties.Nested.Names[7]", "y"),
}


@pytest.mark.parametrize(
    ("resource", "location", "value", "expected"), [pytest.param(*PUT[name], id=name) for name in PUT]
)
def test_put_in_yaml(resource: str, location: str, value: Node, expected: list[str]) -> None:
    assert edited(YAML, resource, location, value) == expected
    with_returns = [line.replace("\n", "\r\n") for line in expected]
    assert edited(YAML.replace("\n", "\r\n"), resource, location, value) == with_returns


@pytest.mark.parametrize(("resource", "location", "value"), [pytest.param(*NEVER[name], id=name) for name in NEVER])
def test_never_in_yaml(resource: str, location: str, value: Node) -> None:
    assert edited(YAML, resource, location, value) == []


ADD: dict[str, tuple[str, str, list[Node], list[str]]] = {
    "a list that is not there": (
        "Bare",
        "DependsOn",
        ["X", "Z"],
        ["+        DependsOn:\n", "+            - X\n", "+            - Z\n"],
    ),
    "to a text": (
        "Service",
        "DependsOn",
        ["X", "Bare"],
        ['-        DependsOn: "Bare"\n', "+        DependsOn: [Bare, X]\n"],
    ),
    "to a list in flow style": (
        "Flow",
        "Properties.List",
        [1, "a"],
        [
            "-        Properties: {Name: x, List: [a, b], Empty: {}, None: []}\n",
            "+        Properties: {Name: x, List: [a, b, 1], Empty: {}, None: []}\n",
        ],
    ),
    "to an empty list": (
        "Flow",
        "Properties.None",
        [{"Ref": "A"}],
        [
            "-        Properties: {Name: x, List: [a, b], Empty: {}, None: []}\n",
            "+        Properties: {Name: x, List: [a, b], Empty: {}, None: [!Ref A]}\n",
        ],
    ),
    "to a list with blank lines": ("Service", "Properties.Nested.Names", ["c: d"], ['+                - "c: d"\n']),
    "an object": (
        "Service",
        "Properties.Nested.Objects",
        [{"Name": "two", "Value": {"A": ["*"]}}],
        [
            "+                  - Name: two\n",
            "+                    Value:\n",
            "+                        A:\n",
            '+                            - "*"\n',
        ],
    ),
    "an object whose name is taken": ("Service", "Properties.Nested.Objects", [{"Name": "one", "Value": 2}], []),
    "to a function": ("Service", "Properties.Branch", ["a"], []),
    "to an object": ("Service", "Properties.Nested", ["a"], []),
}


@pytest.mark.parametrize(
    ("resource", "location", "elements", "expected"), [pytest.param(*ADD[name], id=name) for name in ADD]
)
def test_add_in_yaml(resource: str, location: str, elements: list[Node], expected: list[str]) -> None:
    assert changed(YAML, add(template(YAML).resources[resource], location, *elements)) == expected


def test_lines_end_as_the_one_before_does() -> None:
    text = "Resources:\n  A:\r\n    Type: T\r\n  B:\n    Type: T\n  C: {Type: T}\r\n"
    added = ["+    Properties:\n", "+      X: 1\n"]
    assert edited(text, "B", "Properties.X", 1) == added
    assert edited(text, "A", "Properties.X", 1) == [line.replace("\n", "\r\n") for line in added]
    json_text = '{"Resources": {\n "A": {\r\n  "Type": "T"\r\n },\n "B": {\n  "Type": "T"\n }}}\r\n'
    assert edited(json_text, "B", "DependsOn", "A", name="a.json") == [
        '-  "Type": "T"\n',
        '+  "Type": "T",\n',
        '+  "DependsOn": "A"\n',
    ]


def test_parameter() -> None:
    assert changed(YAML, put_default(template(YAML), "Ami", "/aws/new")) == [
        "-  Ami: {Type: String, Default: old}  # the image\n",
        "+  Ami: {Type: String, Default: /aws/new}  # the image\n",
    ]


JSON: Node = {"Resources": {"A": {"Type": "T"}, "B": {"Type": "T", "Properties": {"L": ["x"], "E": {}}}}}
COMPACT = '{"Resources":{"A":{"Type":"T"},"B":{"Type":"T","Properties":{"L":["x"],"E":{}}}}}'


@pytest.mark.parametrize(
    ("text", "resource", "location", "value", "expected"),
    [
        pytest.param(
            json.dumps(JSON, indent=1),
            "A",
            "Properties.X",
            True,
            ['-   "Type": "T"\n', '+   "Type": "T",\n', '+   "Properties": {\n', '+    "X": true\n', "+   }\n"],
            id="one space",
        ),
        pytest.param(
            json.dumps(JSON, indent="\t"),
            "B",
            "Properties.L",
            ["é"],
            [],
            id="instead of a list",
        ),
        pytest.param(
            json.dumps(JSON, indent="\t"),
            "B",
            "Properties.X",
            ["é"],
            ['-\t\t\t\t"E": {}\n', '+\t\t\t\t"E": {},\n', '+\t\t\t\t"X": [\n', '+\t\t\t\t\t"é"\n', "+\t\t\t\t]\n"],
            id="tabs",
        ),
        pytest.param(
            json.dumps(JSON, indent="\t"),
            "B",
            "Properties.X",
            ["\ud800\u202e\u2028\x85\u200b\U000e0001"],
            [
                *('-\t\t\t\t"E": {}\n', '+\t\t\t\t"E": {},\n', '+\t\t\t\t"X": [\n'),
                '+\t\t\t\t\t"\\ud800\\u202e\\u2028\\u0085\\u200b\\udb40\\udc01"\n',
                "+\t\t\t\t]\n",
            ],
            id="what nobody sees, in lines",
        ),
        pytest.param(
            json.dumps(JSON),
            "B",
            "Properties.E.X",
            "\ud800\u202e",
            [
                '-{"Resources": {"A": {"Type": "T"}, "B": {"Type": "T", "Properties": {"L": ["x"], "E": {}}}}}',
                '+{"Resources": {"A": {"Type": "T"}, "B": {"Type": "T", "Properties": {"L": ["x"], '
                '"E": {"X": "\\ud800\\u202e"}}}}}',
            ],
            id="what nobody sees, in one line",
        ),
        pytest.param(
            json.dumps(JSON, indent=2),
            "B",
            "Properties.E.X",
            1,
            ['-        "E": {}\n', '+        "E": {"X": 1}\n'],
            id="empty object",
        ),
        pytest.param(
            json.dumps(JSON),
            "A",
            "Properties.X",
            1,
            [f"-{json.dumps(JSON)}", "+" + json.dumps(JSON).replace('"T"}', '"T", "Properties": {"X": 1}}', 1)],
            id="one line",
        ),
        pytest.param(
            COMPACT,
            "A",
            "Properties.X",
            1,
            [f"-{COMPACT}", "+" + COMPACT.replace('"T"}', '"T","Properties":{"X":1}}', 1)],
            id="without spaces",
        ),
        pytest.param(
            COMPACT,
            "B",
            "Properties.L[0]",
            {"Fn::Sub": "x"},
            [f"-{COMPACT}", "+" + COMPACT.replace('"x"', '{"Fn::Sub": "x"}')],
            id="as argument of Fn::Sub",
        ),
        pytest.param(
            COMPACT.replace('"E":{}', '"E":1,"E":{}'),
            "B",
            "Properties.E.X",
            1,
            [f"-{COMPACT}".replace('"E":{}', '"E":1,"E":{}'), f"+{COMPACT}".replace('"E":{}', '"E":1,"E":{"X":1}')],
            id="the last of two keys",
        ),
    ],
)
def test_put_in_json(text: str, resource: str, location: str, value: Node, expected: list[str]) -> None:
    assert edited(text, resource, location, value, name="a.json") == expected
    with_returns = [line.replace("\n", "\r\n") for line in expected]
    assert edited(text.replace("\n", "\r\n"), resource, location, value, name="a.json") == with_returns


def test_attribute_stands_behind_the_type() -> None:
    text = '{"Resources": {"A": {\n "Type": "T",\n "Properties": {}}}}'
    edits = add(template(text, "a.json").resources["A"], "DependsOn", "B")
    assert changed(text, edits, "a.json") == ['+ "DependsOn": [\n', '+   "B"\n', "+ ],\n"]


def test_answer_of_get_template(tmp_path: Path) -> None:
    text = json.dumps({"StagesAvailable": ["Original"], "TemplateBody": JSON}, indent=1)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    (found,) = load([tmp_path / "a.json"])
    assert changed_file(found, "A") == text.replace(
        '"Type": "T"\n', '"Type": "T",\n    "DependsOn": [\n     "B"\n    ]\n', 1
    )


def test_template_in_a_text_stays(tmp_path: Path) -> None:
    text = json.dumps({"TemplateBody": json.dumps(JSON)})
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    (found,) = load([tmp_path / "a.json"])
    assert changed_file(found, "A") == text


def changed_file(found: Template, resource: str) -> str:
    assert found.positions is not None
    return apply(found.positions, add(found.resources[resource], "DependsOn", "B")).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"Parameters": {"BootstrapVersion": {}}, "Resources": {"A": {"Type": "T"}}}', id="by CDK"),
        pytest.param('{"Resources": {"A": {"Type": "T", "Metadata": {"aws:cdk:path": "A/B"}}}}', id="of a construct"),
        pytest.param('{"Transform": "Mine", "Resources": {"A": {"Type": "T"}}}', id="by a macro"),
    ],
)
def test_what_nobody_writes_is_not_changed(text: str) -> None:
    assert put(template(text, "a.json").resources["A"], "Properties.X", 1) == ()


def test_several_edits_count_together() -> None:
    resources = template(YAML).resources
    edits = (*add(resources["Bare"], "DependsOn", "X"), *put(resources["Flow"], "Properties.Name", "z"))
    edits += (*put(resources["Service"], "Properties.Anchor.New", 1), *add(resources["Bare"], "DependsOn", "X"))
    assert changed(YAML, edits) == [
        "+        DependsOn:\n",
        "+            - X\n",
        "-        Properties: {Name: x, List: [a, b], Empty: {}, None: []}\n",
        "+        Properties: {Name: z, List: [a, b], Empty: {}, None: []}\n",
    ]


LISTED = """\
Resources:
  Task:
    Type: T
    Properties:
      List: [{Name: a, Inner: [{Sid: x}, {Sid: y, Name: z}]}, {Name: b}, {Name: b}, {Name: !Ref P}, c]
      Branch: !If [Prod, {Name: a}, {Name: a}]
"""


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("Properties.List", "Properties.List", id="no element"),
        pytest.param("Properties.List[0]", "Properties.List[Name=a]", id="name"),
        pytest.param("Properties.List[0].Inner[0].Sid", "Properties.List[Name=a].Inner[Sid=x].Sid", id="name and Sid"),
        pytest.param("Properties.List[0].Inner[1]", "Properties.List[Name=a].Inner[Name=z]", id="both"),
        pytest.param("Properties.List[1].Value", "Properties.List[1].Value", id="name of two"),
        pytest.param("Properties.List[3]", "Properties.List[3]", id="name that is no text"),
        pytest.param("Properties.List[4]", "Properties.List[4]", id="no name"),
        pytest.param("Properties.List[9].A[0]", "Properties.List[9].A[0]", id="nothing there"),
        pytest.param("Properties.Branch.Fn::If[1]", "Properties.Branch.Fn::If[1]", id="branches of one name"),
    ],
)
def test_place_by_names(tmp_path: Path, location: str, expected: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(LISTED, encoding="utf-8")
    (template,) = load([file])
    assert place_by_names(template.resources["Task"], location) == expected
