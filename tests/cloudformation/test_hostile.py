"""Files that a stranger has written: each is refused in one line, and nothing that lies elsewhere is read or quoted."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml

from ecr_ecs_constructs import cli, cloudformation
from ecr_ecs_constructs.cloudformation import reading, yaml_reader
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.template import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ecr_ecs_constructs.cloudformation.template import Node
    from tests.cloudformation.nodes import Json

SECRET = "hunter2"  # what no output may hold
TASK = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [{"Name": "c", "Image": SECRET}]}}
OUTSIDE = {
    "token": f"{SECRET}\n",
    "token.json": json.dumps(SECRET),
    "netrc": f"machine example.org\n  login me\n  password {SECRET}\n",
    "env": f"TOKEN={SECRET}\n",
    "keys.yaml": f"{SECRET}: {{{SECRET}: [{SECRET}]}}\n",
    "sections.yaml": f"Metadata:\nResources: {SECRET}\n",
    "manifest.json": json.dumps({"artifacts": {"S": {"type": SECRET}}}),
    "tag.yaml": f"a: !!{SECRET} b\n",
    "verbatim.yaml": f"a: !<{SECRET}> b\n",
    "alias.yaml": f"a: *{SECRET}\n",
    "handle.yaml": f"a: !{SECRET}!b c\n",
    "anchors.yaml": f"a: [&{SECRET} b, &{SECRET} c]\n",
    "truncated.json": f'{{"{SECRET}": "{SECRET}',
    "latin1": f"{SECRET}\xff".encode("latin-1"),
    "null": f"{SECRET}\0".encode(),
    "template.json": json.dumps({"Resources": {"Task": TASK}}),
    "plain.json": '{"Resources": {}}',
}
"""What lies beside the folder that is checked."""


class Link(NamedTuple):
    to: str


class Pipe(NamedTuple):
    """A file that nobody ever writes to."""


class Socket(NamedTuple):
    """A file that no program can open."""


class Sparse(NamedTuple):
    """A file that is large and takes no room."""

    size: int


Content = object


def write(folder: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case Link(to):
                file.symlink_to(to)
            case Pipe():
                os.mkfifo(file)
            case Socket():
                with socket.socket(socket.AF_UNIX) as bound:
                    bound.bind(str(file))
            case Sparse(size):
                with file.open("wb") as opened:
                    opened.truncate(size)
            case bytes():
                file.write_bytes(content)
            case str():
                file.write_text(content, encoding="utf-8")
            case _:
                file.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with strange files in `outside`; whatever would hang ends after a minute."""

    def end(*_: object) -> None:
        raise AssertionError("this hangs")

    write(tmp_path / "outside", OUTSIDE)
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield tmp_path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


TOPIC = {"Type": "AWS::SNS::Topic"}
PLAIN = {"Resources": {"A": TOPIC}}


def nest(url: Node) -> dict[str, Json]:
    return {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}}


def asset(path: str) -> Json:
    body = nest("https://s3/bucket/n.json")
    body["Resources"]["N"]["Metadata"] = {"aws:asset:property": "TemplateURL", "aws:asset:path": path}
    return body


def assembly(folder: str, artifact: Json = None, /, **files: Content) -> dict[str, Content]:
    """An assembly with a stack `S` of the template `t.json`, or with another artifact of that name."""
    artifacts = {"S": artifact or stack(), "A": {"type": "cdk:asset-manifest", "properties": {"file": "a.json"}}}
    default = {"manifest.json": {"artifacts": artifacts}, "t.json": PLAIN}
    given = {f"{name}.json": content for name, content in files.items()}
    return {f"{folder}/{name}": content for name, content in {**default, **given}.items()}


def stack(file: str = "t.json", **more: Json) -> Json:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": file}, "dependencies": ["A"], **more}


def inner(folder: str) -> Json:
    return {"type": "cdk:cloud-assembly", "properties": {"directoryName": folder}}


def upload(path: str) -> Json:
    return {"files": {"f": {"source": {"path": path}, "destinations": {"d": {"objectKey": "n.json"}}}}}


def of_assets(file: str) -> Json:
    """A manifest whose asset manifest is a certain file."""
    return {"artifacts": {"S": stack(), "A": {"type": "cdk:asset-manifest", "properties": {"file": file}}}}


OUT = "leads out of d: only files below the given paths are read; give its folder too, if it is to be read"
TEXT = "a template must be an object with Resources, got a text"
ANOTHER = "a template must be an object with Resources, got one without"
TAG = "not YAML: a tag must be one of CloudFormation, or of YAML for texts, numbers, lists and mappings"
IS = "must be a regular file, is"
THERE = "../outside/template.json"
URL = "d/t.json: Resources.N.Properties.TemplateURL"
PATH = "d/t.json: Resources.N.Metadata.aws:asset:path"
OF_S = "d/manifest.json: artifacts.S.properties"
OF_A = "d/manifest.json: artifacts.A.properties.file"

GIVEN: list[tuple[str, dict[str, Content], str, str]] = [
    ("text", {}, "outside/token", TEXT),
    ("text in JSON", {}, "outside/token.json", TEXT),
    ("netrc", {}, "outside/netrc", TEXT),
    ("environment", {}, "outside/env", TEXT),
    ("keys", {}, "outside/keys.yaml", ANOTHER),
    ("sections", {}, "outside/sections.yaml", "Resources must be an object, got a text"),
    ("manifest", {}, "outside/manifest.json", ANOTHER),
    ("tag", {}, "outside/tag.yaml", f":1:4: {TAG}"),
    ("verbatim tag", {}, "outside/verbatim.yaml", f":1:4: {TAG}"),
    ("alias", {}, "outside/alias.yaml", ":1:4: not YAML: found undefined alias"),
    ("handle of a tag", {}, "outside/handle.yaml", ":1:4: not YAML: found undefined tag handle"),
    ("anchor twice", {}, "outside/anchors.yaml", ":1:17: not YAML: an anchor must stand once"),
    ("truncated", {}, "outside/truncated.json", ":1:13: not JSON: Unterminated string starting at"),
    ("no UTF-8", {}, "outside/latin1", "must be a text in UTF-8, is none at byte 7"),
    ("null character", {}, "outside/null", "not YAML: the character at 7 is none of YAML"),
    ("pipe", {"p": Pipe()}, "p", f"{IS} a pipe"),
    ("socket", {"s": Socket()}, "s", f"{IS} a socket"),
    ("device", {}, "/dev/zero", f"{IS} a device"),
    ("link to a pipe", {"l": Link("p"), "p": Pipe()}, "l", f"{IS} a pipe"),
    ("link to a device", {"l": Link("/dev/zero")}, "l", f"{IS} a device"),
    ("link to nothing", {"l": Link("nothing")}, "l", "cannot be read: No such file or directory"),
    ("link to itself", {"l": Link("l")}, "l", "cannot be read: Too many levels of symbolic links"),
    ("large", {"large": Sparse(2**40)}, "large", "must have at most 64 MiB, has more"),
]
"""What a user has given: a name, the files, which one is given, and what is said of it."""

TEMPLATES: list[tuple[str, dict[str, Content], str]] = [
    ("URL", {"d/t.json": nest(THERE)}, f"{URL} '{THERE}' {OUT}"),
    ("URL of nothing", {"d/t.json": nest("../nothing")}, f"{URL} '../nothing' {OUT}"),
    ("absolute URL", {"d/t.json": nest("/etc/passwd")}, f"{URL} '/etc/passwd' {OUT}"),
    ("URL in a folder of like name", {"d/t.json": nest("../d2/t"), "d2/t": PLAIN}, f"{URL} '../d2/t' {OUT}"),
    ("URL of a link", {"d/t.json": nest("l"), "d/l": Link(THERE)}, f"{URL} 'l' {OUT}"),
    ("URL of a link to nothing", {"d/t.json": nest("l"), "d/l": Link("../nothing")}, f"{URL} 'l' {OUT}"),
    ("URL of a link to a link", {"d/t.json": nest("l"), "d/l": Link("m"), "d/m": Link(THERE)}, f"{URL} 'l' {OUT}"),
    ("URL through a link", {"d/t.json": nest("l/token"), "d/l": Link("../outside")}, f"{URL} 'l/token' {OUT}"),
    ("URL back from a link", {"d/t.json": nest("l/../x"), "d/l": Link("../outside")}, f"{URL} 'l/../x' {OUT}"),
    ("URL that steers", {"d/t.json": nest("../\x1b[2J\n")}, f"{URL} '../\\x1b[2J\\n' {OUT}"),
    ("URL of a pipe", {"d/t.json": nest("p"), "d/p": Pipe()}, f"{URL} 'p': {IS} a pipe"),
    ("URL of a device", {"d/t.json": nest("/dev/zero")}, f"{URL} '/dev/zero' {OUT}"),
    ("URL of a large file", {"d/t.json": nest("n"), "d/n": Sparse(2**40)}, "d/n: must have at most 64 MiB, has more"),
    ("asset", {"d/t.json": asset(THERE)}, f"{PATH} '{THERE}' {OUT}"),
    (
        "URL in a nested stack",
        {"d/t.json": nest("n.json"), "d/n.json": nest(THERE)},
        f"d/n.json: Resources.N.Properties.TemplateURL '{THERE}' {OUT}",
    ),
]
"""What the template `d/t.json` names: a name, the files, and what is said of it."""

FOLDERS: list[tuple[str, dict[str, Content], str]] = [
    ("template", assembly("d", stack(THERE)), f"{OF_S}.templateFile '{THERE}' {OUT}"),
    ("template of a link", assembly("d", t=Link(THERE)), f"{OF_S}.templateFile 't.json' {OUT}"),
    ("template of a pipe", assembly("d", t=Pipe()), f"{OF_S}.templateFile 't.json': {IS} a pipe"),
    ("template of a device", assembly("d", stack("/dev/zero")), f"{OF_S}.templateFile '/dev/zero' {OUT}"),
    ("folder as template", assembly("d", stack(".")), f"{OF_S}.templateFile '.': {IS} a folder"),
    ("large template", assembly("d", t=Sparse(2**40)), "d/t.json: must have at most 64 MiB, has more"),
    ("assembly", assembly("d", inner("../outside")), f"{OF_S}.directoryName '../outside' {OUT}"),
    ("assembly around", assembly("d", inner("..")), f"{OF_S}.directoryName '..' {OUT}"),
    ("assembly at the root", assembly("d", inner("/")), f"{OF_S}.directoryName '/' {OUT}"),
    (
        "assembly of a link",
        {**assembly("d", inner("in")), "d/in": Link("../outside")},
        f"{OF_S}.directoryName 'in' {OUT}",
    ),
    (
        "manifest of a link in an assembly",
        {**assembly("d", inner("in")), "d/in/manifest.json": Link("../../outside/manifest.json")},
        f"d/in/manifest.json: the link {OUT}",
    ),
    (
        "template of an assembly in an assembly",
        {**assembly("d", inner("in")), **assembly("d/in", stack(f"../{THERE}"))},
        f"d/in/manifest.json: artifacts.S.properties.templateFile '../{THERE}' {OUT}",
    ),
    (
        "construct metadata",
        assembly("d", stack(additionalMetadataFile=THERE)),
        f"d/manifest.json: artifacts.S.additionalMetadataFile '{THERE}' {OUT}",
    ),
    (
        "construct metadata of a pipe",
        assembly("d", stack(additionalMetadataFile="m.json"), m=Pipe()),
        f"d/manifest.json: artifacts.S.additionalMetadataFile 'm.json': {IS} a pipe",
    ),
    ("asset manifest", assembly("d", manifest=of_assets(THERE)), f"{OF_A} '{THERE}' {OUT}"),
    ("asset manifest of a link", assembly("d", a=Link(THERE)), f"{OF_A} 'a.json' {OUT}"),
    ("asset manifest of a pipe", assembly("d", a=Pipe()), f"{OF_A} 'a.json': {IS} a pipe"),
    (
        "source of an asset",
        assembly("d", t=nest({"Fn::Sub": "https://s3/n.json"}), a=upload(THERE)),
        f"d/a.json: files.f.source.path '{THERE}' {OUT}",
    ),
    (
        "source of a pipe",
        assembly("d", t=nest({"Fn::Sub": "https://s3/n.json"}), a=upload("p.json"), p=Pipe()),
        f"d/a.json: files.f.source.path 'p.json': {IS} a pipe",
    ),
    ("manifest of a link", {"d/manifest.json": Link("../outside/manifest.json")}, f"d/manifest.json: the link {OUT}"),
    ("manifest of a pipe", {"d/manifest.json": Pipe()}, f"d/manifest.json: {IS} a pipe"),
    (
        "assembly in what does not name it",
        {
            "manifest.json": {"artifacts": {"S": inner("e")}},
            **assembly("d", t=nest({"Fn::Sub": "https://s3/n.json"}), a=upload("../n.json")),
            "n.json": PLAIN,
        },
        f"d/a.json: files.f.source.path '../n.json' {OUT}",
    ),
    (
        "assembly in what is malformed",
        {"manifest.json": {"artifacts": {"R": 1, "S": inner("d")}}, **assembly("d", stack("../n.json"))},
        f"{OF_S}.templateFile '../n.json' {OUT}",
    ),
    (
        "assembly beside a link",
        {"manifest.json": Link("/dev/zero"), **assembly("d", stack("../n.json"))},
        f"{OF_S}.templateFile '../n.json' {OUT}",
    ),
    ("link in a folder", {"d/t.json": PLAIN, "d/x.json": Link(THERE)}, f"d/x.json: the link {OUT}"),
    ("link to a token", {"d/t.json": PLAIN, "d/x.yaml": Link("../outside/token")}, f"d/x.yaml: the link {OUT}"),
    ("link to a device", {"d/t.json": PLAIN, "d/x.yml": Link("/dev/zero")}, f"d/x.yml: the link {OUT}"),
    ("pipe in a folder", {"d/t.json": PLAIN, "d/x.template": Pipe()}, f"d/x.template: {IS} a pipe"),
    ("socket in a folder", {"d/t.json": PLAIN, "d/x.json": Socket()}, f"d/x.json: {IS} a socket"),
    (
        "manifest of a link below a folder",
        {"d/in/manifest.json": Link("../../outside/manifest.json")},
        f"d/in/manifest.json: the link {OUT}",
    ),
]
"""What an assembly or a link in the folder `d` names: a name, the files, and what is said of it."""


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line in which both commands refuse what they are given."""
    lines = set()
    for command in ("check", "trace"):
        assert cli.main([command, *arguments]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        lines.add(captured.err)
    (line,) = lines
    assert SECRET not in line
    return line


@pytest.mark.parametrize(("files", "path", "message"), [pytest.param(*row, id=name) for name, *row in GIVEN])
def test_given(capsys: pytest.CaptureFixture[str], files: dict[str, Content], path: str, message: str) -> None:
    write(Path(), files)
    colon = "" if message.startswith(":") else ": "
    assert said(capsys, path) == f"ecr-ecs: {path}{colon}{message}\n"


@pytest.mark.parametrize("path", ["d", "d/t.json"])
@pytest.mark.parametrize(("files", "message"), [pytest.param(*row, id=name) for name, *row in TEMPLATES])
def test_named_by_a_template(
    capsys: pytest.CaptureFixture[str], files: dict[str, Content], message: str, path: str
) -> None:
    write(Path(), files)
    assert said(capsys, path) == f"ecr-ecs: {message}\n"


@pytest.mark.parametrize(("files", "message"), [pytest.param(*row, id=name) for name, *row in FOLDERS])
def test_named_in_a_folder(capsys: pytest.CaptureFixture[str], files: dict[str, Content], message: str) -> None:
    """The other files of the folder are judged."""
    write(Path(), files)
    for command in ("check", "trace"):
        assert cli.main([command, "d"]) == 2
        captured = capsys.readouterr()
        assert captured.err.splitlines()[0] == f"ecr-ecs: {message}"
        assert SECRET not in captured.out + captured.err


@pytest.mark.parametrize(("files", "path"), [pytest.param(*row[1:3], id=row[0]) for row in GIVEN])
def test_given_where_yaml_is_read_without_libyaml(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: dict[str, Content], path: str
) -> None:
    """Its messages differ, and quote more."""
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    monkeypatch.delattr(cloudformation, "yaml_reader", raising=False)
    monkeypatch.delitem(sys.modules, "ecr_ecs_constructs.cloudformation.yaml_reader", raising=False)
    write(Path(), files)
    assert said(capsys, path).startswith(f"ecr-ecs: {path}:")


def test_given_here(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path(), {"t.json": nest("../x")})
    place = "t.json: Resources.N.Properties.TemplateURL '../x'"
    assert said(capsys, "t.json") == f"ecr-ecs: {place} {OUT.replace(' d:', ' the current folder:')}\n"


FINE: list[tuple[str, dict[str, Content], list[str], list[str]]] = [
    ("link to a template", {"l": Link("outside/plain.json")}, ["l"], ["l"]),
    ("link to a folder", {"l": Link("d"), "d/t.json": PLAIN}, ["l"], ["l/t.json"]),
    ("link to an assembly", {"l": Link("d"), **assembly("d")}, ["l"], ["l/t.json"]),
    ("folder back and forth", {"d/t.json": PLAIN, "e/x": ""}, ["e/../d"], ["e/../d/t.json"]),
    ("link inside", {"d/t.json": nest("l"), "d/l": Link("in/n"), "d/in/n": PLAIN}, ["d"], ["d/t.json", "d/l"]),
    ("link in a folder", {"d/t.json": PLAIN, "d/x.json": Link("t.json")}, ["d"], ["d/t.json"]),
    ("folder of a link", {"d/t.json": nest("l/n"), "d/l": Link("in"), "d/in/n": PLAIN}, ["d"], ["d/t.json", "d/l/n"]),
    ("back inside", {"d/t.json": nest("in/../n"), "d/in/x": "", "d/n": PLAIN}, ["d"], ["d/t.json", "d/in/../n"]),
    ("out and in again", {"d/t.json": nest("../d/n"), "d/n": PLAIN}, ["d"], ["d/t.json", "d/../d/n"]),
    ("nothing inside", {"d/t.json": nest("nothing")}, ["d"], ["d/t.json"]),
    ("nothing that can be", {"d/t.json": nest("a\0b")}, ["d"], ["d/t.json"]),
    ("half a character", {"d/t.json": nest("\ud800")}, ["d"], ["d/t.json"]),
    ("folder as template", {"d/t.json": nest("in"), "d/in/x": ""}, ["d"], ["d/t.json"]),
    ("another given folder", {"d/t.json": nest("../e/n"), "e/n": PLAIN}, ["d", "e/n"], ["d/t.json", "d/../e/n"]),
    (
        "another given file",
        {"d/t.json": nest("../n.json"), "n.json": PLAIN},
        ["d/t.json", "n.json"],
        ["d/t.json", "d/../n.json"],
    ),
    (
        "folder around",
        {"e/d/t.json": nest("../n.json"), "e/n.json": PLAIN},
        ["e/d", "e"],
        ["e/d/t.json", "e/d/../n.json"],
    ),
    (
        "template of the assembly around",
        {**assembly("d", inner("in")), **assembly("d/in", stack("../t.json"))},
        ["d"],
        ["d/in/../t.json"],
    ),
    (
        "assembly in another",
        {
            **assembly("d", inner("in")),
            **assembly("d/in", t=nest({"Fn::Sub": "https://s3/n.json"}), a=upload("../n.json")),
            "d/n.json": PLAIN,
        },
        ["d/in"],
        ["d/in/t.json", "d/in/../n.json"],
    ),
    ("source that no stack nests", assembly("d", a=upload("/home/me/code")), ["d"], ["d/t.json"]),
    ("asset manifest that is missing", assembly("d"), ["d"], ["d/t.json"]),
    ("link to a given folder", {"d/t.json": Link("../e/n.json"), "e/n.json": PLAIN}, ["d", "e"], ["d/t.json"]),
    ("manifest of another kind", {"d/t.json": PLAIN, "d/in/manifest.json": "// {\n"}, ["d"], ["d/t.json"]),
    ("linked folder outside", {"d/t.json": PLAIN, "d/l": Link("../outside")}, ["d"], ["d/t.json"]),
    ("linked folder around", {"d/t.json": PLAIN, "d/l.json": Link("..")}, ["d"], ["d/t.json"]),
    ("link that is no template", {"d/t.json": PLAIN, "d/l": Link("../outside/token")}, ["d"], ["d/t.json"]),
    ("pipe that is no template", {"d/t.json": PLAIN, "d/p": Pipe(), "d/s.txt": Socket()}, ["d"], ["d/t.json"]),
    ("large file that is no template", {"d/t.json": PLAIN, "d/x.json": Sparse(2**40)}, ["d"], ["d/t.json"]),
    ("pipe in a hidden folder", {"d/t.json": PLAIN, "d/.x/p.json": Pipe()}, ["d"], ["d/t.json"]),
]
"""What is read: a name, the files, what is given, and the templates that are found."""


@pytest.mark.parametrize(("files", "paths", "expected"), [pytest.param(*row, id=name) for name, *row in FINE])
def test_fine(files: dict[str, Content], paths: list[str], expected: list[str]) -> None:
    write(Path(), files)
    assert [template.name for template in load(paths)] == expected
    assert [template.name for template in load([Path(path).absolute() for path in paths])] == [
        str(Path(name).absolute()) for name in expected
    ]


@pytest.mark.parametrize("path", ["a\0b", "a\0/b", "\ud800", "\ud800/b", "nothing/b", "x" * 999])
def test_path_of_nothing(path: str) -> None:
    with pytest.raises(
        TemplateError, match=r"cannot be read: (no file can have this name|No such file|File name too long)"
    ):
        load([path])


def test_absolute_path_inside(here: Path) -> None:
    write(here, {**assembly("d", t=asset(str(here / "d" / "n.json"))), "d/n.json": PLAIN})
    assert [template.name for template in load(["d"])] == ["d/t.json", str(here / "d" / "n.json")]


def test_what_cdk_has_just_written_may_lie_anywhere(here: Path) -> None:
    """Without staging, an asset stays where the app has it."""
    write(here, assembly("d", t=nest({"Fn::Sub": "https://s3/n.json"}), a=upload(str(here / "outside" / "plain.json"))))
    assert [template.name for template in load(["d"], trusted=True)] == [
        "d/t.json",
        str(here / "outside" / "plain.json"),
    ]


def deep(depth: int, manifest: Json) -> dict[str, Content]:
    """Folders in each other, each but the last an assembly with a manifest."""
    return {f"d/{'a/' * level}manifest.json": manifest for level in range(depth)} | {
        f"d/{'a/' * depth}manifest.json": {"artifacts": {}}
    }


def loop(items: list[str], text: str) -> Json:
    body = {"R${N}": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": text}}}
    return {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::L": ["N", items, body]}}


YAML_KEYS = "x: &x {" + ", ".join(f"k{number}: 1" for number in range(1000)) + "}\n"

BOMBS: list[tuple[str, dict[str, Content], str]] = [
    (
        "assemblies in each other",
        deep(300, {"artifacts": {"S": inner("a")}}),
        f"d/{'a/' * 201}manifest.json: assemblies must be nested at most 200 deep",
    ),
    (
        "assemblies each twice in another",
        deep(60, {"artifacts": {"S": inner("a"), "T": inner("a")}}),
        "d: no template found",
    ),
    (
        "stacks in each other",
        {f"d/{level}.json": nest(f"{level + 1}.json") for level in range(300)},
        "d/200.json: stacks must be nested at most 200 deep",
    ),
    (
        "long text in a loop",
        {"d/t.json": loop([str(number) for number in range(2000)], f"${{N}}{'y' * 50_000}")},
        "d/t.json: its loops must make at most 1000000 values",
    ),
    (
        "long text for each place in a loop",
        {"d/t.json": loop(["y" * 10_000], "${N}" * 10_000)},
        "d/t.json: its loops must make at most 1000000 values",
    ),
    (
        "merged keys",
        {"d/t.yaml": f"{YAML_KEYS}Resources: {{<<: [{'*x, ' * 1001}]}} # AWS::"},
        "d/t.yaml:2:13: not YAML: << must bring at most 1000000 keys",
    ),
    (
        "long text with many aliases",
        {"d/t.yaml": f"x: &x {'y' * 2**20}\nResources: {{A: [{'*x, ' * 100}]}} # AWS::"},
        "d/t.yaml: its aliases must stand for at most 1000000 values, and none for itself",
    ),
    (
        "long key with many aliases",
        {"d/t.yaml": f"x: &x {{? {'y' * 1000}\n : z}}\nResources: {{A: [{'*x, ' * 70_000}]}} # AWS::"},
        "d/t.yaml: its aliases must stand for at most 1000000 values, and none for itself",
    ),
    (
        "chain of aliases",
        {
            "d/t.yaml": "a0: &a0 [x] # AWS::\n"
            + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1300))
            + "Resources: {}"
        },
        "d/t.yaml: objects and lists must be nested at most 200 deep",
    ),
]
"""What is small and would become large: a name, the files, and what is said of them."""


@pytest.mark.parametrize(("files", "message"), [pytest.param(*row, id=name) for name, *row in BOMBS])
def test_bombs(capsys: pytest.CaptureFixture[str], files: dict[str, Content], message: str) -> None:
    write(Path(), files)
    assert said(capsys, "d") == f"ecr-ecs: {message}\n"


def test_many_values_in_yaml(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML takes much memory, and much time, for each."""
    monkeypatch.setattr(yaml_reader, "MAX_VALUES", 1000)
    write(Path(), {"t.yaml": f"Resources: {{}}\nMetadata: {{a: [{', '.join('x' * 1000)}]}}"})
    assert said(capsys, "t.yaml") == "ecr-ecs: t.yaml: must hold at most 1000 values, as it is in YAML\n"


def test_folders_in_each_other(here: Path) -> None:
    """Deeper than Python may call functions."""
    name = f"d/{'a/' * 1000}t.json"
    subprocess.run(["mkdir", "-p", Path(name).parent], check=True)
    try:
        Path(name).write_text(json.dumps(PLAIN))
        assert [template.name for template in load(["d"])] == [name]
    finally:
        subprocess.run(["rm", "-rf", here / "d"], check=True)


@pytest.mark.parametrize("path", ["/dev/zero", "p", "large", "d"])
def test_a_little_memory_is_enough(path: str) -> None:
    write(Path(), {"p": Pipe(), "large": Sparse(2**40), "d/t.json": nest("large"), "d/large": Sparse(2**40)})
    done = subprocess.run(
        ["bash", "-c", f"ulimit -v {2**19}; exec {sys.executable} -m ecr_ecs_constructs check {path}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "must" in done.stderr


@pytest.mark.parametrize("size", [reading.MAX_SIZE - 1, reading.MAX_SIZE, reading.MAX_SIZE + 1])
def test_size(here: Path, size: int) -> None:
    file = here / "t.json"
    body = json.dumps(PLAIN)
    with file.open("w") as opened:
        opened.write(body)
        opened.write(" " * (size - len(body)))
    if size <= reading.MAX_SIZE:
        assert len(load([file])) == 1
        return
    with pytest.raises(TemplateError, match=r"t.json: must have at most 64 MiB, has more$"):
        load([file])


def test_a_file_that_tells_no_size() -> None:
    """Files of the system have the size 0 until they are read."""
    with pytest.raises(
        TemplateError, match=r"^/proc/self/status: .* must be an object with Resources, got one without"
    ):
        load(["/proc/self/status"])
