"""Input of any kind is read, or refused in one line that begins with the file's name."""

from __future__ import annotations

import json
import random
import re
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation import assembly
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.cloudformation.template import TemplateError
from ecr_ecs_constructs.pull.facts import Facts, Here, Policy
from tests.blocks import blocks
from tests.cloudformation.nodes import equals, join, ref, select, split, sub, when

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ecr_ecs_constructs.cloudformation.template import Node
    from ecr_ecs_constructs.pull.containers import Container
    from tests.cloudformation.nodes import Json

HANDLE = "{Type: AWS::CloudFormation::WaitConditionHandle}"
STACK = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}"
FINE = f"Resources: {{A: {HANDLE}}}\n"
FINE_JSON = '{"Resources": {"A": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}'
NUMBER = "a number must be finite and have at most 4300 digits"
TAG = "a tag must be one of CloudFormation, or of YAML for texts, numbers, lists and mappings"
DEEP = '{"a":' * 198 + "1" + "}" * 198
LAUGHS = "\n".join(
    [
        "a0: &a0 [x, x]",
        *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)),
        "Resources: {A: *a39}",
    ]
)


def images(path: Path) -> list[str]:
    """Read everything that there is about images; anything but a `TemplateError` is a failure."""

    def ask(here: Here, container: Container) -> list[str]:
        for repository in here.repositories.of(container.resource.template, container.image):
            here.repositories.overwritable(repository, container.image.part("tag"))
        return [str(container.image)]

    return list(Facts(load([path]), Policy()).of_containers(ask))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("t.yaml", "", "t.yaml: is empty", id="empty"),
        pytest.param("t.json", " \n", "t.json: is empty", id="blank"),
        pytest.param("t.json", b"\xef\xbb\xbf", "t.json: is empty", id="byte-order-mark-alone"),
        pytest.param("t.json", b"\x80\x00\x01", "t.json: must be a text in UTF-8, is none at byte 0", id="binary"),
        pytest.param(
            "t.json", FINE_JSON.encode("utf-16"), "t.json: must be a text in UTF-8, is none at byte 0", id="utf-16"
        ),
        pytest.param("t.yaml", FINE.encode("utf-16-le"), "t.yaml: not YAML: …", id="utf-16-without-mark"),
        pytest.param("t.yaml", "a: \0", "t.yaml: not YAML: …", id="null-character"),
        pytest.param("t.json", FINE_JSON[:40], "t.json:1:…: not JSON: …", id="truncated-json"),
        pytest.param("t.yaml", FINE[:-3], "t.yaml:…: not YAML: …", id="truncated-yaml"),
        pytest.param("t.json", "{'Resources': {}}", "t.json:1:2: not JSON: …", id="single-quotes"),
        pytest.param("t.json", '{"Resources": {}} x', "t.json:1:19: not JSON: Extra data", id="more-behind-json"),
        pytest.param("t.json", '{"a": NaN}', f"t.json: not JSON: {NUMBER}", id="no-number"),
        pytest.param("t.json", '{"a": -Infinity}', f"t.json: not JSON: {NUMBER}", id="infinite-number"),
        pytest.param("t.json", '{"a": 1e999}', f"t.json: not JSON: {NUMBER}", id="number-too-large"),
        pytest.param("t.json", '{"a": %s}' % ("1" * 5000), f"t.json: not JSON: {NUMBER}", id="long-number"),
        pytest.param(
            "t.yaml",
            "a: 0" + "7" * 5000,
            "t.yaml:1:4: not YAML: a number must have at most 4300 digits",
            id="long-octal-number",
        ),
        pytest.param(
            "t.yaml",
            "Resources:\n\tA: b",
            "t.yaml:2:1: not YAML: found character that cannot start any token",
            id="tab",
        ),
        pytest.param("t.yaml", "{% if x %}\nResources: {}\n", "t.yaml:1:2: not YAML: …", id="jinja"),
        pytest.param(
            "t.yaml",
            "Resources:\n  {{ name }}:\n    Type: T\n",
            "t.yaml:2:4: not YAML: a key must be a text",
            id="go-template",
        ),
        pytest.param("t.yaml", "a: *b", "t.yaml:1:4: not YAML: found undefined alias", id="undefined-alias"),
        pytest.param(
            "t.yaml", "a: 1\n---\nb: 2\n", "t.yaml:2:1: not YAML: but found another document", id="two-documents"
        ),
        pytest.param("t.yaml", "? [a]\n: b", "t.yaml:1:3: not YAML: a key must be a text", id="list-as-key"),
        pytest.param("t.yaml", "~: b", "t.yaml:1:1: not YAML: a key must be a text", id="null-as-key"),
        pytest.param(
            "t.yaml",
            "a: !!python/object:os.system x",
            f"t.yaml:1:4: not YAML: {TAG}",
            id="python-object",
        ),
        pytest.param("t.yaml", "a: !!timestamp x", f"t.yaml:1:4: not YAML: {TAG}", id="timestamp"),
        pytest.param("t.yaml", "a: !!set {x}", f"t.yaml:1:4: not YAML: {TAG}", id="set"),
        pytest.param("t.yaml", "a: !!binary x", f"t.yaml:1:4: not YAML: {TAG}", id="binary-text"),
        pytest.param("t.yaml", "a: !!map [x]", "t.yaml:1:4: not YAML: what is tagged a mapping is none", id="no-map"),
        pytest.param("t.yaml", "a: !!seq x", "t.yaml:1:4: not YAML: …", id="no-list"),
        pytest.param("t.yaml", "a: !!int [x]", "t.yaml:1:4: not YAML: …", id="no-number-in-yaml"),
        pytest.param(
            "t.yaml",
            "&a [*a]",
            "t.yaml: its aliases must stand for at most 1000000 values, and none for itself",
            id="alias-circle",
        ),
        pytest.param(
            "t.yaml",
            "a: &a [*a]",
            "t.yaml:1:4: not YAML: found unconstructable recursive node",
            id="alias-circle-of-lists",
        ),
        pytest.param(
            "t.yaml",
            "a: &a {b: *a}",
            "t.yaml:1:4: not YAML: found unconstructable recursive node",
            id="alias-circle-of-objects",
        ),
        pytest.param(
            "t.yaml",
            LAUGHS,
            "t.yaml: its aliases must stand for at most 1000000 values, and none for itself",
            id="billion-laughs",
        ),
        pytest.param(
            "t.yaml",
            "a: " + "[" * 500 + "]" * 500,
            "t.yaml: objects and lists must be nested at most 200 deep",
            id="deep",
        ),
        pytest.param(
            "t.yaml",
            "a: " + "[" * 100_000,
            "t.yaml: objects and lists must be nested at most 200 deep",
            id="deep-enough-to-crash",
        ),
        pytest.param(
            "t.yaml",
            "- " * 100_000 + "a",
            "t.yaml: objects and lists must be nested at most 200 deep",
            id="deep-blocks",
        ),
        pytest.param(
            "t.json", "[" * 100_000, "t.json: objects and lists must be nested at most 200 deep", id="deep-json"
        ),
        pytest.param(
            "t.json",
            '{"a":' * 201 + "1" + "}" * 201,
            "t.json: objects and lists must be nested at most 200 deep",
            id="just-too-deep",
        ),
        pytest.param(
            "t.json",
            r'["]", "\"]", "\\", ' * 201 + "1" + r', "\\[", "["]' * 201,
            "t.json: objects and lists must be nested at most 200 deep",
            id="too-deep-beside-brackets-in-texts",
        ),
        pytest.param(
            "t.yaml", "just words", "t.yaml: a template must be an object with Resources, got a text", id="words"
        ),
        pytest.param("t.yaml", "- a", "t.yaml: a template must be an object with Resources, got a list", id="list"),
        pytest.param("t.json", "[]", "t.json: a template must be an object with Resources, got a list", id="json-list"),
        pytest.param("t.yaml", "~", "t.yaml: a template must be an object with Resources, got nothing", id="null"),
        pytest.param("t.yaml", "# a", "t.yaml: a template must be an object with Resources, got nothing", id="comment"),
        pytest.param(
            "t.yaml",
            "{}",
            "t.yaml: a template must be an object with Resources, got an empty object",
            id="empty-object",
        ),
        pytest.param(
            "t.yaml",
            "services: {}\nversion: '3'",
            "t.yaml: a template must be an object with Resources, got one without",
            id="compose",
        ),
        pytest.param("t.yaml", "Resources:", "t.yaml: Resources must be an object, got nothing", id="resources-null"),
        pytest.param(
            "t.yaml", "Resources: [a]", "t.yaml: Resources must be an object, got a list", id="resources-list"
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: b}",
            "t.yaml: Resources.A must be an object with a Type, got a text",
            id="resource-text",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: }",
            "t.yaml: Resources.A must be an object with a Type, got nothing",
            id="resource-null",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {}}",
            "t.yaml: Resources.A.Type must be the name of a resource type, got nothing",
            id="no-type",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: [T]}}",
            "t.yaml: Resources.A.Type must be the name of a resource type, got a list",
            id="type-list",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: {}, Fn::Transform: {}}}",
            "t.yaml: Resources.A.Type must be the name of a resource type, got an empty object",
            id="type-beside-transform",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: T, Properties: [a]}}",
            "t.yaml: Resources.A.Properties must be an object, got a list",
            id="properties-list",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: T, Properties: a}}",
            "t.yaml: Resources.A.Properties must be an object, got a text",
            id="properties-text",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: T, Condition: [a]}}",
            "t.yaml: Resources.A.Condition must be the name of a condition, got a list",
            id="condition-list",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {A: {Type: T, Condition: {Fn::Not: []}}}",
            "t.yaml: Resources.A.Condition must be the name of a condition, got an object",
            id="condition-object",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {Fn::ForEach::L: x}",
            "t.yaml: Resources.Fn::ForEach::L must be a list of an identifier, a collection and an object, got a text",
            id="loop-text",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {Fn::ForEach::L: [N, [a], {'R${N}': x}]}",
            "t.yaml: Resources.Fn::ForEach::L.R${N} must be an object with a Type, got a text",
            id="loop-of-text",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {Fn::ForEach::L: [N, [a], {Fn::ForEach::M: x}]}",
            "t.yaml: Resources.Fn::ForEach::L.Fn::ForEach::M must be a list of an identifier, …",
            id="loop-in-loop",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {}\nParameters: [a]",
            "t.yaml: Parameters must be an object, got a list",
            id="parameters-list",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {}\nParameters: {P: String}",
            "t.yaml: Parameters.P must be an object, got a text",
            id="parameter-text",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {}\nMappings: {M: [a]}",
            "t.yaml: Mappings.M must be an object, got a list",
            id="mapping-list",
        ),
        pytest.param(
            "t.yaml",
            "Resources: {}\nConditions: a",
            "t.yaml: Conditions must be an object, got a text",
            id="conditions-text",
        ),
        pytest.param(
            "t.yaml", "Resources: {}\nOutputs: a", "t.yaml: Outputs must be an object, got a text", id="outputs-text"
        ),
        pytest.param(
            "t.yaml",
            "Resources: {}\nMetadata: [a]",
            "t.yaml: Metadata must be an object, got a list",
            id="metadata-list",
        ),
        pytest.param(
            "t.json",
            '{"Resources": {"A\\nB\\u001b": 1}}',
            "t.json: Resources.A\\nB\\x1b must be an object with a Type, got a number",
            id="name-of-two-lines",
        ),
        pytest.param(
            "t.yaml",
            f"Resources: {{A: {STACK % 't.yaml'}}}",
            "t.yaml: nested stack A nests itself through t.yaml",
            id="nests-itself",
        ),
        pytest.param(
            "t.yaml",
            f"Resources: {{A: {STACK % '../d/t.yaml'}}}",
            "t.yaml: nested stack A nests itself through t.yaml",
            id="nests-itself-by-another-way",
        ),
    ],
)
def test_file(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(TemplateError) as caught:
        images(folder / name)
    pattern = ".*".join(map(re.escape, f"{folder}/{message}".split("…" if message.endswith("…") else "\0")))
    assert re.fullmatch(pattern, str(caught.value)), caught.value


def nested(local: str, kind: str = "TemplateURL") -> str:
    return f"Resources: {{A: {STACK % local}}}\n"


def manifest(*artifacts: object) -> str:
    return json.dumps({"artifacts": {f"S{number}": artifact for number, artifact in enumerate(artifacts)}})


def stack(**properties: object) -> dict[str, object]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t.json", **properties}}


ASSET = json.dumps(
    {
        "Resources": {
            "A": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:property": "TemplateURL", "aws:asset:path": "n.json"},
            }
        }
    }
)
BELOW = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "in"}}
ARTIFACT = "/manifest.json: artifacts.S0"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({}, ": no template found", id="empty-folder"),
        pytest.param(
            {"a.txt": FINE, "b.yaml": "a: b\n", ".hidden/t.yaml": FINE}, ": no template found", id="no-template"
        ),
        pytest.param(
            {"c.yaml": "services: {}\n", "Chart.yaml": "{{ .Values }}"}, ": no template found", id="compose-and-helm"
        ),
        pytest.param({"node_modules/t.yaml": FINE}, ": no template found", id="of-others"),
        pytest.param(
            {"t.yaml": "Resources: {A: AWS::S3::Bucket}"},
            "/t.yaml: Resources.A must be an object with a Type, got a text",
            id="malformed",
        ),
        pytest.param(
            {"t.yaml": FINE, "u.yaml": "{{ x }}: Resources AWS::"},
            "/u.yaml:1:24: not YAML: mapping values are not allowed in this context",
            id="one-is-jinja",
        ),
        pytest.param(
            {"t.yaml": FINE, "u.yaml": b"\xff"},
            "/u.yaml: must be a text in UTF-8, is none at byte 0",
            id="one-is-binary",
        ),
        pytest.param(
            {"a.yaml": nested("b.yaml"), "b.yaml": nested("a.yaml")},
            "/b.yaml: nested stack A nests itself through a.yaml",
            id="circle",
        ),
        pytest.param(
            {"a.yaml": nested("n"), "n": "[]"},
            "/n: a template must be an object with Resources, got a list",
            id="nested-malformed",
        ),
        pytest.param({"a.yaml": nested("n"), "n": ""}, "/n: is empty", id="nested-empty"),
        pytest.param({"manifest.json": ""}, "/manifest.json: is empty", id="manifest-empty"),
        pytest.param({"manifest.json": "{"}, "/manifest.json:1:2: not JSON: …", id="manifest-truncated"),
        pytest.param(
            {"manifest.json": "{}"},
            "/manifest.json: a cloud assembly's manifest must have artifacts, got none",
            id="no-artifacts",
        ),
        pytest.param(
            {"manifest.json": "words"},
            "/manifest.json: a cloud assembly's manifest must have artifacts, got none",
            id="manifest-words",
        ),
        pytest.param(
            {"manifest.json": '{"artifacts": []}'},
            "/manifest.json: a cloud assembly's manifest must have artifacts, got none",
            id="artifacts-list",
        ),
        pytest.param({"manifest.json": '{"artifacts": {}}'}, ": no template found", id="no-stack"),
        pytest.param({"manifest.json": manifest({"type": "cdk:tree"})}, ": no template found", id="no-stack-but-tree"),
        pytest.param({"manifest.json": manifest("a")}, f"{ARTIFACT} must be an object, got a text", id="artifact-text"),
        pytest.param(
            {"manifest.json": manifest({})}, f"{ARTIFACT}.type must be a text, got nothing", id="artifact-without-type"
        ),
        pytest.param(
            {"manifest.json": manifest({"type": "aws:cloudformation:stack"})},
            f"{ARTIFACT}.properties must be an object, got nothing",
            id="stack-without-file",
        ),
        pytest.param(
            {"manifest.json": manifest(stack(templateFile=1)), "t.json": FINE_JSON},
            f"{ARTIFACT}.properties.templateFile must be a text, got a number",
            id="file-is-a-number",
        ),
        pytest.param(
            {"manifest.json": manifest(stack(stackName=1)), "t.json": FINE_JSON},
            f"{ARTIFACT}.properties.stackName must be a text, got a number",
            id="name-is-a-number",
        ),
        pytest.param(
            {"manifest.json": manifest({**stack(), "environment": 1}), "t.json": FINE_JSON},
            f"{ARTIFACT}.environment must be a text, got a number",
            id="environment-is-a-number",
        ),
        pytest.param(
            {"manifest.json": manifest({**stack(), "metadata": {"/A": 1}}), "t.json": FINE_JSON},
            f"{ARTIFACT}.metadata must hold lists of objects with a type and its data",
            id="metadata-malformed",
        ),
        pytest.param(
            {"manifest.json": manifest({**stack(), "metadata": {"/A": [{}]}}), "t.json": FINE_JSON},
            f"{ARTIFACT}.metadata must hold lists of objects with a type and its data",
            id="metadata-without-type",
        ),
        pytest.param(
            {
                "manifest.json": manifest({**stack(), "additionalMetadataFile": "m.json"}),
                "t.json": FINE_JSON,
                "m.json": "[]",
            },
            "/m.json: construct metadata must be an object, got a list",
            id="metadata-file",
        ),
        pytest.param(
            {"manifest.json": manifest(stack())},
            "/t.json: cannot be read: No such file or directory",
            id="template-missing",
        ),
        pytest.param(
            {"manifest.json": manifest(stack(templateFile="a\0b"))},
            "/a\\x00b: cannot be read: no file can have this name",
            id="template-without-name",
        ),
        pytest.param(
            {"manifest.json": manifest(stack(templateFile="x" * 999))},
            f"/{'x' * 999}: cannot be read: File name too long",
            id="template-of-long-name",
        ),
        pytest.param(
            {"manifest.json": manifest(stack()), "t.json": "[]"},
            "/t.json: a template must be an object with Resources, got a list",
            id="template-malformed",
        ),
        pytest.param(
            {"manifest.json": manifest(stack()), "t.json": ASSET},
            "/t.json: nested stack A has no template 'n.json'",
            id="nested-missing",
        ),
        pytest.param(
            {"manifest.json": manifest(stack()), "t.json": ASSET, "n.json": "x"},
            "/n.json: a template must be an object with Resources, got a text",
            id="asset-malformed",
        ),
        pytest.param(
            {"manifest.json": manifest(BELOW)},
            "/in/manifest.json: cannot be read: No such file or directory",
            id="nested-assembly-missing",
        ),
        pytest.param(
            {"manifest.json": manifest({**BELOW, "properties": {"directoryName": "."}})},
            "/manifest.json: the assembly nests itself",
            id="assembly-nests-itself",
        ),
        pytest.param(
            {"manifest.json": manifest(BELOW), "in/manifest.json": "[]"},
            "/in/manifest.json: a cloud assembly's manifest must have artifacts, got none",
            id="nested-assembly-malformed",
        ),
    ],
)
def test_folder(tmp_path: Path, files: Mapping[str, str | bytes], message: str) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(TemplateError) as caught:
        images(tmp_path)
    pattern = ".*".join(map(re.escape, f"{tmp_path}{message}".split("…")))
    assert re.fullmatch(pattern, str(caught.value)), caught.value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("t.json", b"\xef\xbb\xbf" + FINE_JSON.encode(), id="byte-order-mark"),
        pytest.param("t.yaml", FINE_JSON, id="json-as-yaml"),
        pytest.param("t.yaml", "{Resources: {}}", id="flow-style"),
        pytest.param("t.template", FINE, id="yaml-as-template"),
        pytest.param("t", FINE_JSON, id="no-suffix"),
        pytest.param("t.json", '{"Resources": {"A": {"Type": "T"}, "A": {"Type": "U"}}}', id="same-key-twice"),
        pytest.param("t.yaml", "Resources: {A: {Type: T}, A: {Type: U}}", id="same-key-twice-in-yaml"),
        pytest.param("t.yaml", "Resources: {}\nConditions:\nOutputs: ~", id="empty-sections"),
        pytest.param("t.yaml", "Resources: {A: {Type: T, Properties: }}", id="no-properties"),
        pytest.param("t.yaml", "Resources: {Fn::Transform: {Name: AWS::Include}}", id="included-resources"),
        pytest.param("t.yaml", "Resources: {A: {Fn::Transform: {Name: AWS::Include}}}", id="included-resource"),
        pytest.param("t.yaml", nested("missing.yaml"), id="nested-elsewhere"),
        pytest.param("t.yaml", nested("https://s3/n.yaml"), id="nested-by-url"),
        pytest.param("t.yaml", nested("!Ref P"), id="nested-by-parameter"),
        pytest.param("t.yaml", nested("x" * 999), id="nested-by-long-name"),
        pytest.param("t.yaml", nested('"a\\0b"'), id="nested-by-no-name"),
        pytest.param(
            "t.yaml", "Resources: {A: {Type: AWS::CloudFormation::Stack, Metadata: [a]}}", id="nested-with-odd-metadata"
        ),
        pytest.param("t.json", f'{{"Resources": {{}}, "Metadata": {DEEP}}}', id="deep"),
        pytest.param("t.json", '{"Resources": {}, "Description": "%s"}' % (r"[{\"" * 500), id="brackets-in-a-text"),
        pytest.param("t.yaml", f"Description: {'x' * 5000}\n{FINE}", id="long-line"),
    ],
)
def test_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    assert images(tmp_path / name) == []


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=rf"^{tmp_path}/x: cannot be read: No such file or directory$"):
        load([tmp_path / "x"])


def test_unreadable_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scan(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("os.scandir", scan)
    with pytest.raises(TemplateError, match=rf"^{tmp_path}: cannot be read: Permission denied$"):
        load([tmp_path])


def test_too_many_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "MAX_TEMPLATES", 100)
    for level in range(8):
        two = "".join(f"  {name}: {STACK % f'{level + 1}.yaml'}\n" for name in "AB")
        (tmp_path / f"{level}.yaml").write_text(f"Resources:\n{two}")
    (tmp_path / "8.yaml").write_text(FINE)
    with pytest.raises(TemplateError, match=r".yaml: nested stacks must make at most 100 templates$"):
        load([tmp_path / "0.yaml"])


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        pytest.param(
            Parameter(None, "X", "1"),
            "parameter 'X' must be one of the templates, and none has it",
            id="name",
        ),
        pytest.param(
            Parameter("Web", "P", "1"),
            "parameter 'P' must be one of stack 'Web', which does not have it",
            id="stack",
        ),
        pytest.param(
            Parameter(None, "Kind", "c"), "parameter 'Kind' must have a value that t.yaml allows, got 'c'", id="value"
        ),
        pytest.param(
            Parameter(None, "Kind", ""), "parameter 'Kind' must have a value that t.yaml allows, got ''", id="no value"
        ),
        pytest.param(
            Parameter(None, "Kinds", "a,c"),
            "parameter 'Kinds' must have a value that t.yaml allows, got 'c'",
            id="element of a list",
        ),
    ],
)
def test_wrong_parameter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameter: Parameter, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(
        "Resources: {}\n"
        "Parameters:\n"
        "  P: {Type: String}\n"
        "  Kind: {Type: String, AllowedValues: [a, 1]}\n"
        "  Kinds: {Type: CommaDelimitedList, AllowedValues: [a, b]}\n"
    )
    with pytest.raises(TemplateError) as caught:
        load(["t.yaml"], [parameter])
    assert str(caught.value) == message
    allowed = [Parameter(None, "P", "c"), Parameter(None, "Kind", "1"), Parameter(None, "Kinds", "b, a")]
    assert [template.parameters for template in load(["t.yaml"], allowed)] == [{"P": "c", "Kind": "1", "Kinds": "b, a"}]


VALID: Json = {
    "Transform": "AWS::LanguageExtensions",
    "Parameters": {
        "Env": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Tag": {"Type": "String", "AllowedPattern": "[a-z]+", "Default": "1"},
        "List": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "Mappings": {"M": {"dev": {"k": "d"}, "prod": {"k": "p"}}},
    "Conditions": {
        "IsProd": {"Fn::Or": [equals(ref("Env"), "prod"), {"Fn::Not": [{"Condition": "IsDev"}]}]},
        "IsDev": equals("a", "a"),
    },
    "Resources": {
        "Repo": {
            "Type": "AWS::ECR::Repository",
            "Properties": {"ImageTagMutability": when("IsProd", "IMMUTABLE", ref("AWS::NoValue"))},
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Condition": "IsDev",
            "Properties": {
                "ContainerDefinitions": [
                    {
                        "Name": "a",
                        "Image": sub(
                            "${Repo.RepositoryUri}:${Tag}-${x}",
                            x={"Fn::FindInMap": ["M", ref("Env"), "k", {"DefaultValue": "z"}]},
                        ),
                    },
                    when(
                        "IsProd",
                        {
                            "Image": join(
                                select(4, split(":", {"Fn::GetAtt": ["Repo", "Arn"]})),
                                ".dkr.ecr.eu-west-1.amazonaws.com/x:1",
                            )
                        },
                        ref("AWS::NoValue"),
                    ),
                    {"Name": "c", "Image": "{{resolve:ssm:/image}}", "Fn::Transform": {"Name": "AWS::Include"}},
                ]
            },
        },
        "Fn::ForEach::Loop": [
            "N",
            ref("List"),
            {
                "Job${N}": {
                    "Type": "AWS::Batch::JobDefinition",
                    "Properties": {"ContainerProperties": {"Image": {"Fn::ImportValue": "uri-${N}"}}},
                }
            },
        ],
    },
    "Outputs": {"O": {"Value": ref("Repo"), "Export": {"Name": "uri-a"}}},
}
VALID_YAML = """\
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Repo: &repo
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: !Sub '${Env}-web'
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: &containers
        - Name: web
          Image: !If [IsProd, !Sub '${Repo.RepositoryUri}:1', !Join ['', [a, !Ref Repo]]]
        - !If
          - IsProd
          - Image: "nginx:1"
          - !Ref AWS::NoValue
        - << : {Name: b}
          Image: |
            multi
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      EcsProperties: {TaskProperties: [{Containers: *containers}]}
"""


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Change, cut, double or swap a few bytes."""
    mutated = bytearray(content)
    for _ in range(chance.randrange(1, 5)):
        place, other = (chance.randrange(len(mutated)) for _ in range(2))
        pick = chance.randrange(6)
        if pick == 0:
            mutated[place] = chance.randrange(256)
        elif pick == 1:
            mutated[place] = chance.choice(b"{}[]:,\"'&*!-|>#%@`? \n\t0aRFn$")
        elif pick == 2:
            del mutated[place : place + chance.randrange(1, 20)]
        elif pick == 3:
            mutated[place:place] = mutated[other : other + chance.randrange(1, 40)]
        elif pick == 4:
            mutated[place:place] = chance.choice(
                (b"null", b"[]", b"{}", b'""', b"1e9", b"true", b"AWS::NoValue", b"Fn::If")
            )
        else:
            mutated[place], mutated[other] = mutated[other], mutated[place]
        mutated = mutated or bytearray(b"{")
    return bytes(mutated)


def refusal(file: Path) -> str | None:
    """Return the one line in which a file is refused, None where it is read."""
    try:
        images(file)
    except TemplateError as error:
        return str(error)
    except Exception as error:
        content = file.read_bytes() if file.is_file() else b""
        raise AssertionError(f"not refused: {file} {content!r}") from error
    return None


@pytest.mark.parametrize("block", blocks(5, 50))
@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("t.json", json.dumps(VALID, indent=1).encode(), id="json"),
        pytest.param("t.yaml", VALID_YAML.encode(), id="yaml"),
    ],
)
def test_mutations(tmp_path: Path, name: str, content: bytes, block: int) -> None:
    file = tmp_path / name
    lines = []
    for seed in range(block * 150, block * 150 + 150):
        file.write_bytes(mutate(content, random.Random(seed)))
        lines.append(refusal(file))
    assert None in lines
    assert [line for line in lines if line is not None and not re.fullmatch(rf"{file}:.+", line)] == []


NODES: tuple[Json, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", "${x}", [], {}, [[]]),
    {"Ref": "AWS::NoValue"},
    {"Ref": None},
    {"Fn::If": ["IsProd", "a", "b"]},
    {"Fn::GetAtt": []},
    {"Fn::Split": ["", ""]},
    {"Fn::Transform": []},
)


def places(node: Json) -> Iterator[tuple[Json, Json]]:
    """Yield each object or list with each of its keys."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield node, key
        yield from places(value)


PARTS = 3


def anywhere(body: Json, node: Json, part: int) -> Iterator[Json]:
    """Yield a body with a node at each place of a part of them, one after the other."""
    for number in range(part, sum(1 for _ in places(body)), PARTS):
        changed = json.loads(json.dumps(body))
        holder, key = next(islice(places(changed), number, None))
        holder[key] = node
        yield changed


@pytest.mark.parametrize("part", blocks(1, PARTS))
@pytest.mark.parametrize("node", NODES, ids=json.dumps)
def test_any_node_anywhere(tmp_path: Path, node: Node, part: int) -> None:
    """Each place of the template holds each kind of node once."""
    file = tmp_path / "t.json"
    lines = []
    for body in anywhere(VALID, node, (part + NODES.index(node)) % PARTS):
        file.write_text(json.dumps(body))
        lines.append(refusal(file))
    assert None in lines
    assert [line for line in lines if line is not None and not re.fullmatch(rf"{file}: .+", line)] == []


ASSEMBLY: Json = {
    "manifest.json": {
        "version": "48.0.0",
        "artifacts": {
            "Web.assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
            "Web": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://111111111111/eu-west-1",
                "properties": {"templateFile": "t.json", "stackName": "Web"},
                "dependencies": ["Web.assets"],
                "additionalMetadataFile": "metadata.json",
                "metadata": {"/Web/Task": [{"type": "aws:cdk:logicalId", "data": "Task"}]},
            },
            "Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "prod"}},
        },
    },
    "assets.json": {
        "files": {"a": {"source": {"path": "n.json"}, "destinations": {"d": {"objectKey": "a.json"}}}},
        "dockerImages": {"b": {"source": {"platform": "linux/arm64"}, "destinations": {"d": {"imageTag": "b"}}}},
    },
    "metadata.json": {"/Web": [{"type": "aws:cdk:acknowledged-rules", "data": {"ecr-ecs::x": "y"}}]},
    "t.json": {
        "Resources": {
            "Nest": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:path": "n.json", "aws:asset:property": "TemplateURL"},
                "Properties": {"TemplateURL": sub("https://s3.${AWS::URLSuffix}/assets/a.json")},
            },
            "Bare": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": sub("https://s3.${AWS::URLSuffix}/assets/a.json")},
            },
        }
    },
    "n.json": VALID,
    "prod/manifest.json": {"artifacts": {}},
}
NAMES = ("x" * 999, "a\0b", ".")
"""What a file may be said to be called."""


@pytest.mark.parametrize("part", blocks(1, PARTS))
@pytest.mark.parametrize("node", [*NODES, *NAMES], ids=lambda node: json.dumps(node)[:30])
@pytest.mark.parametrize("changed", ["manifest.json", "assets.json", "metadata.json", "t.json"])
def test_any_node_anywhere_in_an_assembly(tmp_path: Path, changed: str, node: Node, part: int) -> None:
    (tmp_path / "prod").mkdir()
    for name, body in ASSEMBLY.items():
        (tmp_path / name).write_text(json.dumps(body))
    assert refusal(tmp_path) is None
    lines = []
    for body in anywhere(ASSEMBLY[changed], node, (part + [*NODES, *NAMES].index(node)) % PARTS):
        (tmp_path / changed).write_text(json.dumps(body))
        lines.append(refusal(tmp_path))
    assert [line for line in lines if line is not None and not re.fullmatch(rf"{tmp_path}.*: .+", line)] == []
