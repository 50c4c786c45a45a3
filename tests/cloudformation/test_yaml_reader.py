from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.yaml_reader import parse

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.template import Node


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a: 1.10", {"a": "1.10"}, id="decimal"),
        pytest.param("a: 012345678901", {"a": "012345678901"}, id="leading-zero"),
        pytest.param("a: 1e3", {"a": "1e3"}, id="exponent"),
        pytest.param("a: 0x1f", {"a": "0x1f"}, id="hexadecimal"),
        pytest.param("a: [012345670123, 0, 00]", {"a": ["1402433619", "0", "0"]}, id="octal"),
        pytest.param("a: [012345678901, 0128]", {"a": ["012345678901", "0128"]}, id="not-octal"),
        pytest.param(
            "a: ['012345670123', !!str 017, !Ref 017]",
            {"a": ["012345670123", "017", {"Ref": "017"}]},
            id="octal-as-text",
        ),
        pytest.param("a: 1:30", {"a": "1:30"}, id="base-60"),
        pytest.param("a: .inf", {"a": ".inf"}, id="infinity"),
        pytest.param("a: 2012-10-17", {"a": "2012-10-17"}, id="date"),
        pytest.param("a: [yes, Yes, TRUE, on, y]", {"a": ["true", "true", "true", "true", "y"]}, id="true"),
        pytest.param("a: [no, No, FALSE, off, n]", {"a": ["false", "false", "false", "false", "n"]}, id="false"),
        pytest.param("a: ['yes', \"On\"]", {"a": ["yes", "On"]}, id="quoted-booleans"),
        pytest.param("a: !!bool maybe", {"a": "maybe"}, id="no-boolean"),
        pytest.param("a: [~, null, NULL, ]", {"a": [None, None, None]}, id="null"),
        pytest.param("a:", {"a": None}, id="empty"),
        pytest.param("a: '~'", {"a": "~"}, id="quoted-null"),
        pytest.param("a: !!str 1", {"a": "1"}, id="str"),
        pytest.param("a: [!!int 0x1, !!float 1.0]", {"a": ["0x1", "1.0"]}, id="int-and-float"),
        pytest.param("a: !!null x", {"a": None}, id="tagged-null"),
        pytest.param("a: !!map {b: c}", {"a": {"b": "c"}}, id="map"),
        pytest.param("a: !!seq [b]", {"a": ["b"]}, id="seq"),
        pytest.param("1: a\nyes: b", {"1": "a", "true": "b"}, id="keys"),
        pytest.param("a: b\na: c", {"a": "c"}, id="same-key-twice"),
        pytest.param("a: &x [b]\nc: *x", {"a": ["b"], "c": ["b"]}, id="alias"),
        pytest.param(
            "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}", {"a": {"k": "1", "l": "2"}, "b": {"k": "1", "l": "3"}}, id="merge"
        ),
        pytest.param("b: {l: 3, <<: {k: 1, l: 2}}", {"b": {"k": "1", "l": "3"}}, id="merge-behind"),
        pytest.param("b: {<<: [{k: 1}, {k: 2, l: 3}]}", {"b": {"k": "1", "l": "3"}}, id="merge-of-several"),
        pytest.param("b: {'<<': {k: 1}}", {"b": {"<<": {"k": "1"}}}, id="quoted-merge"),
        pytest.param("b: {<<: a}", {"b": {"<<": "a"}}, id="merge-of-text"),
        pytest.param("- |\n  a\n  b\n- >\n  c\n  d\n", ["a\nb\n", "c d\n"], id="blocks"),
        pytest.param("!Ref A", {"Ref": "A"}, id="ref"),
        pytest.param("!Condition A", {"Condition": "A"}, id="condition"),
        pytest.param("!GetAtt A.B", {"Fn::GetAtt": ["A", "B"]}, id="get-att"),
        pytest.param("!GetAtt A.Outputs.B", {"Fn::GetAtt": ["A", "Outputs.B"]}, id="get-att-with-dots"),
        pytest.param("!GetAtt A", {"Fn::GetAtt": ["A"]}, id="get-att-without-dot"),
        pytest.param("!GetAtt [A, !Ref B]", {"Fn::GetAtt": ["A", {"Ref": "B"}]}, id="get-att-as-list"),
        pytest.param("!Sub 'a${B}'", {"Fn::Sub": "a${B}"}, id="sub"),
        pytest.param("!Sub ['a${B}', {B: !Ref C}]", {"Fn::Sub": ["a${B}", {"B": {"Ref": "C"}}]}, id="sub-with-own"),
        pytest.param("!Sub |\n  a\n", {"Fn::Sub": "a\n"}, id="sub-block"),
        pytest.param("!Join [':', [a, !Ref B]]", {"Fn::Join": [":", ["a", {"Ref": "B"}]]}, id="join"),
        pytest.param("!Select [0, !GetAZs '']", {"Fn::Select": ["0", {"Fn::GetAZs": ""}]}, id="select"),
        pytest.param("!Split [',', a]", {"Fn::Split": [",", "a"]}, id="split"),
        pytest.param("!FindInMap [A, !Ref B, c]", {"Fn::FindInMap": ["A", {"Ref": "B"}, "c"]}, id="find-in-map"),
        pytest.param("!If [C, a, !Ref AWS::NoValue]", {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, id="if"),
        pytest.param("!Equals [!Ref A, true]", {"Fn::Equals": [{"Ref": "A"}, "true"]}, id="equals"),
        pytest.param(
            "!And [!Condition A, !Not [!Condition B]]",
            {"Fn::And": [{"Condition": "A"}, {"Fn::Not": [{"Condition": "B"}]}]},
            id="and-not",
        ),
        pytest.param("!Or [!Condition A, !Condition B]", {"Fn::Or": [{"Condition": "A"}, {"Condition": "B"}]}, id="or"),
        pytest.param(
            "!ImportValue\n  Fn::Sub: '${A}-b'", {"Fn::ImportValue": {"Fn::Sub": "${A}-b"}}, id="import-value"
        ),
        pytest.param("Fn::ImportValue: !Sub '${A}-b'", {"Fn::ImportValue": {"Fn::Sub": "${A}-b"}}, id="long-form"),
        pytest.param("!Base64 a", {"Fn::Base64": "a"}, id="base64"),
        pytest.param("!Cidr [a, 1, 2]", {"Fn::Cidr": ["a", "1", "2"]}, id="cidr"),
        pytest.param("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}, id="transform"),
        pytest.param("!ToJsonString {a: b}", {"Fn::ToJsonString": {"a": "b"}}, id="to-json-string"),
        pytest.param("!Length [a]", {"Fn::Length": ["a"]}, id="length"),
        pytest.param("!Later a", {"Fn::Later": "a"}, id="unknown-tag"),
        pytest.param("%YAML 1.1\n---\na: b\n...\n", {"a": "b"}, id="document-marks"),
        pytest.param("a: " + "[" * 150 + "]" * 150 + f"\nb: {'[]' * 0}{'x' * 2000}", None, id="deep-enough-to-look"),
    ],
)
def test_parse(content: str, expected: Node) -> None:
    node = parse(content, "t.yaml")
    if expected is None:
        assert isinstance(node, dict)
        assert node["b"] == "x" * 2000
        return
    assert node == expected
