"""The line of the user's program that made a construct, at each door that shows it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest

import ecr_ecs_constructs
from ecr_ecs_constructs.cli import main
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge
from ecr_ecs_constructs.stacks.app import ReferenceApp
from tests.cloudformation.test_assembly import stack, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAM = """\
import sys
import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr, aws_ecs as ecs
from constructs import Construct
{import_}


class Team(Construct):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        self.definition = ecs.FargateTaskDefinition(self, "Task")
        self.definition.add_container("web", image=ecs.ContainerImage.from_registry("nginx"))


app = cdk.App()
stack = cdk.Stack(app, "Stack")
ecr.CfnRepository(stack, "L1")
ecr.Repository(
    stack,
    "L2",
)
Team(stack, "Team")
{more}
app.synth()
"""
OURS = "from ecr_ecs_constructs import EcrRepository, EcrFargateTaskDefinition, EcrImage"
MADE = """\
definition = EcrFargateTaskDefinition(stack, "Ours")
definition.add_container("web", image=EcrImage.from_image_uri("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1"))
definition.node.default_child.add_property_override("ContainerDefinitions.0.Image", "nginx")
"""
LINES = {"Stack/L1": 17, "Stack/L2/Resource": 18, "Stack/Team/Task/Resource": 11, "Stack/Ours/Resource": 23}
REPORT_ONLY = "[tool.ecr-ecs]\nseverity = {unqualified-image = 'warning'}\n"


def synthesize(folder: Path, program: str, **variables: str) -> Mapping[str, str | None]:
    """Run a program; return what the findings about it tell of where their constructs were made."""
    (folder / "team.py").write_text(program, encoding="utf-8")
    (folder / "pyproject.toml").write_text(REPORT_ONLY, encoding="utf-8")
    package = str(Path(ecr_ecs_constructs.__file__).parents[1])
    environment = {name: value for name, value in os.environ.items() if name != "JSII_HOST_STACK_TRACES"}
    environment.update(variables, PYTHONPATH=package, CDK_OUTDIR=str(folder / "cdk.out"))
    subprocess.run([sys.executable, "team.py"], cwd=folder, env=environment, check=True, capture_output=True)
    return {str(finding.construct_path): finding.source for finding in judge(load([folder / "cdk.out"])).findings}


@pytest.mark.parametrize(
    ("import_", "more", "variables", "expected"),
    [
        pytest.param(OURS, MADE, {}, LINES, id="with-the-library"),
        pytest.param("", "", {"JSII_HOST_STACK_TRACES": "1"}, dict([*LINES.items()][:3]), id="as-told-by-a-variable"),
        pytest.param(OURS, MADE, {"JSII_HOST_STACK_TRACES": "0"}, dict.fromkeys(LINES), id="forbidden"),
        pytest.param("", "", {}, dict.fromkeys([*LINES][:3]), id="without-both"),
    ],
)
def test_program(
    import_: str, more: str, variables: Mapping[str, str], expected: Mapping[str, int | None], tmp_path: Path
) -> None:
    with contextlib.chdir(tmp_path):
        found = synthesize(tmp_path, PROGRAM.format(import_=import_, more=more), **variables)
    assert found == {path: line and f"team.py:{line}" for path, line in expected.items()}


def test_from_another_folder(tmp_path: Path) -> None:
    found = synthesize(tmp_path, PROGRAM.format(import_=OURS, more=MADE))
    assert found == {path: f"{tmp_path / 'team.py'}:{line}" for path, line in LINES.items()}


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param(["make (/a/app.py:7)", "<module> (/a/app.py:9)"], "/a/app.py:7", id="innermost"),
        pytest.param(["new Task (/a/lib/task.ts:7:12)"], "/a/lib/task.ts:7", id="typescript"),
        pytest.param(["/a/lib/task.js:7:12"], "/a/lib/task.js:7", id="without-a-function"),
        pytest.param(["make (C:\\a\\app.py:7)"], "C:\\a\\app.py:7", id="windows"),
        pytest.param(["make (/a (copy)/app.py:7)"], "/a (copy)/app.py:7", id="brackets"),
        pytest.param(["f (/v/site-packages/x/y.py:1)", "make (/a/app.py:7)"], "/a/app.py:7", id="library"),
        pytest.param(["f (/usr/lib/python3/dist-packages/x.py:1)"], None, id="library-of-the-system"),
        pytest.param(["f (/a/node_modules/x/y.js:1:2)"], None, id="library-of-node"),
        pytest.param(["Module._compile (node:internal/modules/cjs/loader:1105:14)"], None, id="node"),
        pytest.param(["...aws-cdk-lib, jsii runtime...", "(no user code in 10 frames, use x)"], None, id="none"),
        pytest.param(["app.py", 7, None, {}, ":7", ""], None, id="no-frames"),
    ],
)
def test_frame(frames: list[object], expected: str | None, tmp_path: Path) -> None:
    entries = {"/W/A": [{"type": "aws:cdk:creationStack", "data": frames}]}
    template = {"Resources": {"A": {"Type": "AWS::ECR::Repository"}}}
    write(tmp_path, {"manifest.json": {"artifacts": {"W": stack("t.json", metadata=entries)}}, "t.json": template})
    [web] = load([tmp_path])
    assert web.constructs.sources.get("W/A") == expected


def test_folder_that_is_gone(tmp_path: Path) -> None:
    entries = {"/W/A": [{"type": "aws:cdk:creationStack", "data": ["make (/a/app.py:7)"]}]}
    template = {"Resources": {"A": {"Type": "AWS::ECR::Repository"}}}
    write(tmp_path, {"manifest.json": {"artifacts": {"W": stack("t.json", metadata=entries)}}, "t.json": template})
    (gone := tmp_path / "gone").mkdir()
    with contextlib.chdir(gone):
        gone.rmdir()
        [web] = load([tmp_path])
        assert web.constructs.sources == {"W/A": "/a/app.py:7"}


def test_reference_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault put into a stack of the reference app is shown at the line that makes the construct."""
    app = ReferenceApp(outdir=str(tmp_path / "out"))
    path = "EcrEcsFargateService/TaskDefinition/Resource"
    definition = next(each for each in app.node.find_all() if each.node.path == path)
    assert isinstance(definition, cdk.CfnResource)
    definition.add_property_override("ContainerDefinitions.0.Image", "nginx")
    monkeypatch.chdir(Path(ecr_ecs_constructs.__file__).parents[1])
    with pytest.raises(RuntimeError) as raised:
        app.synth()
    assert main(["check", str(tmp_path / "out"), "--rule", "unqualified-image"]) == 1
    place = capsys.readouterr().out.split()[1]
    file, line = place.split(":")
    assert "EcrFargateTaskDefinition(" in Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert f"{place}\nERROR container 'App'" in str(raised.value)  # CDK's own report


# In an editor


def send(stream: IO[bytes], message: Mapping[str, object]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    stream.flush()


def received(stream: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    while header := stream.readline():
        length = int(header.partition(b":")[2])
        stream.readline()
        yield json.loads(stream.read(length))


def diagnostics(server: subprocess.Popen[bytes], root: str) -> Iterator[set[tuple[str, int, str]]]:
    """Yield what a server shows of each file whenever it does: file, line, rule."""
    assert server.stdin is not None
    assert server.stdout is not None
    send(server.stdin, {"id": 1, "method": "initialize", "params": {"rootUri": root, "capabilities": {}}})
    for message in received(server.stdout):
        if message.get("id") == 1:
            send(server.stdin, {"method": "initialized", "params": {}})
            synthesize = {"command": "cdk.explorer.synthNow", "arguments": []}
            send(server.stdin, {"id": 2, "method": "workspace/executeCommand", "params": synthesize})
        elif message.get("method") == "textDocument/publishDiagnostics":
            file = str(message["params"]["uri"]).removeprefix(f"{root}/")
            shown = [each for each in message["params"]["diagnostics"] if "code" in each]
            yield {(file, each["range"]["start"]["line"] + 1, each["code"]) for each in shown}


def test_language_server(tmp_path: Path) -> None:
    (tmp_path / "team.py").write_text(PROGRAM.format(import_=OURS, more=MADE), encoding="utf-8")
    (tmp_path / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} team.py"}), encoding="utf-8")
    package = str(Path(ecr_ecs_constructs.__file__).parents[1])
    with subprocess.Popen(
        ["cdk", "lsp"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": package},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        end = partial(os.killpg, server.pid, signal.SIGKILL)  # the app that it runs, too
        alarm = threading.Timer(120, end)
        alarm.start()
        try:
            shown = next(each for each in diagnostics(server, tmp_path.as_uri()) if each)
        finally:
            alarm.cancel()
            end()
    assert shown == {("team.py", 23, "unqualified-image")}
