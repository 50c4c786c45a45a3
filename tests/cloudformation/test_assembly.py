from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import Parameter
from ecr_ecs_constructs.cloudformation.template import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr_ecs_constructs.cloudformation.template import Node
    from tests.cloudformation.nodes import Json

TOPIC = {"Type": "AWS::SNS::Topic"}
PLAIN = {"Resources": {"A": TOPIC}}


def nest(url: Json = None, **more: Json) -> dict[str, Json]:
    properties = {"Properties": {"TemplateURL": url}} if url is not None else {}
    return {"Resources": {"Nest": {"Type": "AWS::CloudFormation::Stack", **properties, **more}}}


def asset(path: Json) -> dict[str, Json]:
    url = {"Fn::Sub": "https://s3/bucket/x.json"}
    return nest(url, Metadata={"aws:asset:path": path, "aws:asset:property": "TemplateURL"})


def stack(file: str, environment: str = "aws://unknown-account/unknown-region", **more: Json) -> dict[str, Json]:
    name = {"stackName": more.pop("stackName")} if "stackName" in more else {}
    properties = {"templateFile": file, **name}
    return {"type": "aws:cloudformation:stack", "environment": environment, "properties": properties, **more}


def write(folder: Path, files: Mapping[str, Json]) -> None:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "paths", "expected"),
    [
        pytest.param({"t.json": PLAIN}, ["t.json"], ["t.json"], id="file"),
        pytest.param({"t": PLAIN}, ["t"], ["t"], id="file-of-any-name"),
        pytest.param(
            {"b/t.yaml": PLAIN, "a.yml": PLAIN, "c.template": PLAIN, "d.json": PLAIN, "e.txt": PLAIN},
            ["."],
            ["a.yml", "c.template", "d.json", "b/t.yaml"],
            id="folder",
        ),
        pytest.param(
            {"t.json": PLAIN, ".git/t.json": PLAIN, "node_modules/t.json": PLAIN}, ["."], ["t.json"], id="hidden"
        ),
        pytest.param(
            {"t.json": PLAIN, "o.json": {"Resources": ["AWS::"]}, "p.json": "AWS:: x"}, ["."], ["t.json"], id="others"
        ),
        pytest.param(
            {"a.json": PLAIN, "b.json": PLAIN}, ["b.json", "a.json", "b.json"], ["b.json", "a.json"], id="twice"
        ),
        pytest.param({"a.json": PLAIN, "b.json": PLAIN}, ["b.json", "."], ["b.json", "a.json"], id="file-and-folder"),
        pytest.param({"a.json": nest("b.json"), "b.json": PLAIN}, ["."], ["a.json", "b.json"], id="nested"),
        pytest.param(
            {"b.json": nest("a.json"), "a.json": PLAIN}, ["."], ["b.json", "a.json"], id="nested-behind-parent"
        ),
        pytest.param(
            {"a.json": nest("b.json"), "b.json": PLAIN},
            ["b.json", "a.json"],
            ["a.json", "b.json"],
            id="nested-given-too",
        ),
        pytest.param({"a.json": nest("b.json"), "b.json": PLAIN}, ["b.json"], ["b.json"], id="nested-alone"),
        pytest.param({"a.json": asset("b"), "b": PLAIN}, ["a.json"], ["a.json", "b"], id="asset"),
        pytest.param(
            {"a.json": asset("b"), "b": PLAIN, "c.json": asset("b")},
            ["."],
            ["a.json", "b", "c.json", "b"],
            id="nested-twice",
        ),
        pytest.param({"a.json": asset("missing")}, ["a.json"], ["a.json"], id="asset-elsewhere"),
        pytest.param({"a.json": asset(5)}, ["a.json"], ["a.json"], id="asset-is-no-path"),
        pytest.param({"a.json": nest()}, ["a.json"], ["a.json"], id="nested-nowhere"),
        pytest.param(
            {"a.json": nest("https://s3/b.json"), "b.json": PLAIN}, ["a.json"], ["a.json"], id="nested-by-url"
        ),
        pytest.param(
            {
                "out/manifest.json": {"artifacts": {"W": stack("t.json"), "T": {"type": "cdk:tree"}}},
                "out/t.json": PLAIN,
                "out/u.json": PLAIN,
            },
            ["out"],
            ["out/t.json"],
            id="assembly",
        ),
        pytest.param(
            {"out/manifest.json": {"artifacts": {"W": stack("t.json")}}, "out/t.json": PLAIN, "u.json": PLAIN},
            ["."],
            ["u.json", "out/t.json"],
            id="assembly-in-folder",
        ),
        pytest.param(
            {"app/manifest.json": {"name": "a web app"}, "app/t.json": PLAIN},
            ["."],
            ["app/t.json"],
            id="other-manifest-in-folder",
        ),
        pytest.param(
            {"out/manifest.json": {"artifacts": {"W": stack("t.json")}}, "out/t.json": PLAIN},
            ["out/t.json", "out"],
            ["out/t.json"],
            id="assembly-and-its-file",
        ),
        pytest.param(
            {
                "out/manifest.json": {
                    "artifacts": {
                        "S": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "in"}},
                        "W": stack("t.json"),
                    }
                },
                "out/t.json": PLAIN,
                "out/in/manifest.json": {"artifacts": {"V": stack("v.json")}},
                "out/in/v.json": asset("n.json"),
                "out/in/n.json": PLAIN,
            },
            ["out"],
            ["out/in/v.json", "out/in/n.json", "out/t.json"],
            id="stage",
        ),
        pytest.param(
            {
                "out/manifest.json": {
                    "artifacts": {"A": stack("t.json", "aws://1/a"), "B": stack("t.json", "aws://2/b")},
                },
                "out/t.json": PLAIN,
            },
            ["out"],
            ["out/t.json", "out/t.json"],
            id="one-file-for-two-stacks",
        ),
    ],
)
def test_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, Node], paths: list[str], expected: list[str]
) -> None:
    write(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert [template.name for template in load(paths)] == expected


@pytest.mark.parametrize(
    ("artifact", "expected"),
    [
        pytest.param(stack("t.json"), ("Web", None, None), id="unknown"),
        pytest.param(stack("t.json", "aws://111111111111/eu-west-1"), ("Web", "111111111111", "eu-west-1"), id="known"),
        pytest.param(stack("t.json", "aws://111111111111/unknown-region"), ("Web", "111111111111", None), id="account"),
        pytest.param(stack("t.json", ""), ("Web", None, None), id="empty"),
        pytest.param(stack("t.json", stackName="Prod-Web"), ("Prod-Web", None, None), id="name"),
    ],
)
def test_context(tmp_path: Path, artifact: Node, expected: tuple[str | None, ...]) -> None:
    write(tmp_path, {"manifest.json": {"artifacts": {"Web": artifact}}, "t.json": asset("n.json"), "n.json": PLAIN})
    web, nested = load([tmp_path])
    assert (web.stack_name, web.account, web.region) == expected
    assert (nested.stack_name, nested.account, nested.region) == (None, *expected[1:])
    assert web.nested == {"Nest": nested}
    assert nested.parent is web.resources["Nest"]


def test_metadata(tmp_path: Path) -> None:
    entries = {
        "/Web": [{"type": "aws:cdk:acknowledged-rules", "data": {"ecr-ecs::x": "a"}}, {"type": "aws:cdk:info"}],
        "/Web/A": [
            {"type": "aws:cdk:logicalId", "data": "A"},
            {"type": "aws:cdk:acknowledged-rules", "data": {"ecr-ecs::y": "b"}},
            {"type": "aws:cdk:acknowledged-rules", "data": {"ecr-ecs::z": "c"}},
            {
                "type": "aws:cdk:creationStack",
                "data": ["...aws-cdk-lib...", "<module> (app.py:5)", "<module> (x.py:1)"],
            },
        ],
    }
    for name, artifact in {
        "inline": stack("t.json", metadata=entries),
        "file": stack("t.json", additionalMetadataFile="m.json"),
    }.items():
        folder = tmp_path / name
        write(folder, {"manifest.json": {"artifacts": {"W": artifact}}, "t.json": PLAIN, "m.json": entries})
        for trusted in (False, True):
            [web] = load([folder], trusted=trusted)
            assert web.constructs.paths == {"A": ("Web/A",)}
            assert web.constructs.acknowledged == {
                "Web": {"ecr-ecs::x": "a"},
                "Web/A": {"ecr-ecs::y": "b", "ecr-ecs::z": "c"},
            }
            assert web.constructs.sources == {"Web/A": "app.py:5"}
            assert web.resources["A"].construct_path == "Web/A"


def test_malformed_metadata_of_a_trusted_assembly_is_refused_when_it_is_asked_for(tmp_path: Path) -> None:
    artifacts = {"artifacts": {"W": stack("t.json", additionalMetadataFile="m.json")}}
    write(tmp_path, {"manifest.json": artifacts, "t.json": PLAIN, "m.json": []})
    message = "m.json: construct metadata must be an object"
    [web] = load([tmp_path], trusted=True)
    with pytest.raises(TemplateError, match=message):
        _ = web.resources["A"].construct_path
    with pytest.raises(TemplateError, match=message):
        load([tmp_path])


def test_construct_paths_of_nested_stacks(tmp_path: Path) -> None:
    """One logical ID in two templates: each has the path below its own construct."""
    entries = {
        path: [{"type": "aws:cdk:logicalId", "data": name}]
        for path, name in {
            "/Web/Nest/A": "A",
            "/Web/A": "A",
            "/Web/Nest.NestedStack/Nest.NestedStackResource": "Nest",
            "/Web/Nest/B": "B",
        }.items()
    }
    web = {"Resources": {**asset("n.json")["Resources"], "A": TOPIC, "C": TOPIC}}
    inner = {"Resources": {"A": TOPIC, "B": TOPIC}}
    artifacts = {"artifacts": {"W": stack("t.json", metadata=entries)}}
    write(tmp_path, {"manifest.json": artifacts, "t.json": web, "n.json": inner})
    templates = load([tmp_path])
    assert [[each.construct_path for each in own.resources.values()] for own in templates] == [
        ["Web/Nest.NestedStack/Nest.NestedStackResource", "Web/A", None],
        ["Web/Nest/A", "Web/Nest/B"],
    ]


DECLARED: Json = {"Resources": {}, "Parameters": {"P": {"Type": "String"}}}
BOTH = {"artifacts": {"A": stack("a.json"), "B": stack("b.json")}}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param([], [{}, {}], id="none"),
        pytest.param([Parameter(None, "P", "1")], [{"P": "1"}, {"P": "1"}], id="all"),
        pytest.param([Parameter("A", "P", "1")], [{"P": "1"}, {}], id="one"),
        pytest.param([Parameter("A", "P", "1"), Parameter(None, "P", "2")], [{"P": "1"}, {"P": "2"}], id="one-and-all"),
        pytest.param([Parameter(None, "P", "2"), Parameter("A", "P", "1")], [{"P": "1"}, {"P": "2"}], id="all-and-one"),
        pytest.param(
            [Parameter(None, "P", "1"), Parameter(None, "P", "2")], [{"P": "2"}, {"P": "2"}], id="last-counts"
        ),
    ],
)
def test_parameters(tmp_path: Path, parameters: list[Parameter], expected: list[dict[str, str]]) -> None:
    write(tmp_path, {"manifest.json": BOTH, "a.json": DECLARED, "b.json": DECLARED})
    assert [template.parameters for template in load([tmp_path], parameters)] == expected


def test_parameters_are_not_for_nested_stacks(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": {**nest("b.json"), "Parameters": DECLARED["Parameters"]}, "b.json": DECLARED})
    assert [template.parameters for template in load([tmp_path / "a.json"], [Parameter(None, "P", "1")])] == [
        {"P": "1"},
        {},
    ]


def test_included_resources(tmp_path: Path) -> None:
    include = {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/x.yaml"}}
    write(tmp_path, {"t.json": {"Resources": {"A": TOPIC, "B": {"Fn::Transform": include}, "Fn::Transform": include}}})
    [own] = load([tmp_path / "t.json"])
    assert {name: [each.logical_id for each in found] for name, found in own.by_type.items()} == {
        "AWS::SNS::Topic": ["A"],
        "Fn::Transform": ["B", "Fn::Transform"],
    }
    assert repr(own) == f"Template({str(tmp_path / 't.json')!r})"


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        pytest.param([], ["A.json", "B.json"], id="none"),
        pytest.param(["A.*"], ["B.json"], id="by a name"),
        pytest.param(["a.*"], ["A.json", "B.json"], id="by another name"),
        pytest.param(["inner/*"], ["A.json"], id="by a path in a nested assembly"),
    ],
)
def test_stacks_that_are_left_out(tmp_path: Path, exclude: list[str], expected: list[str]) -> None:
    inner = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "inner"}}
    empty: Json = {"Resources": {}}
    (tmp_path / "inner").mkdir()
    write(tmp_path, {"A.json": empty, "manifest.json": {"artifacts": {"A": stack("A.json"), "inner": inner}}})
    later = stack("B.json", dependencies=["A"])
    write(tmp_path / "inner", {"B.json": empty, "manifest.json": {"artifacts": {"B": later}}})
    assert sorted(Path(each.name).name for each in load([tmp_path], exclude=exclude)) == expected
