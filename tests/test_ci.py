"""What is ready-made for CI: the commands in it run, with the folder that a pipeline would have."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import yaml

import ecr_ecs_constructs
from ecr_ecs_constructs.cli import main
from tests.judging import ECR, assembly

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
CI = ROOT / "examples" / "ci"
TASK = """
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {{Memory: 512, ContainerDefinitions: [{{Name: web, Image: {}}}]}}
"""
BAD, GOOD = TASK.format("nginx"), TASK.format(f"{ECR}/web:1")
SYNTH = "npx aws-cdk synth --quiet"
LEFT_OUT = {"pip install -r requirements.txt", "pip install --no-deps ecr_ecs_constructs PyYAML", SYNTH}
"""The commands that are not run: they install, and write the cloud assembly that stands here already."""


def document(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does, with the command of this clone."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **variables}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def run(commands: Sequence[str]) -> list[int]:
    """Run the commands that are not left out; return their exit codes."""
    return [shell(command).returncode for command in commands if command not in LEFT_OUT]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a cloud assembly."""
    monkeypatch.chdir(tmp_path)
    for folder, template in {"cdk.out": BAD, "good": GOOD, "a folder": GOOD}.items():
        (tmp_path / folder).mkdir()
        assembly(tmp_path / folder, [(template, "aws://unknown-account/us-east-1")])
    return tmp_path


ACTION = document(ROOT / "action.yml")
INPUTS = {name: each["default"] for name, each in ACTION["inputs"].items()}
STEPS = {each["name"]: each for each in ACTION["runs"]["steps"]}


def step(name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action with some inputs."""
    values = {f"inputs.{key}": value for key, value in {**INPUTS, **inputs}.items()}
    values["steps.python.outputs.python-path"] = sys.executable
    variables = {
        variable: re.sub(r"\$\{\{ (\S+) \}\}", lambda name: values[name[1]], text)
        for variable, text in STEPS[name]["env"].items()
    }
    return shell(STEPS[name]["run"], GITHUB_ACTION_PATH="/actions/ecr-ecs", **variables)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        pytest.param({}, 1, id="as it is"),
        pytest.param({"paths": "good"}, 0, id="another path"),
        pytest.param({"paths": "good\ncdk.out\n"}, 1, id="two paths"),
        pytest.param({"paths": "a folder\n"}, 0, id="path with a space"),
        pytest.param({"paths": "--help"}, 2, id="path like an option"),
        pytest.param({"paths": "missing"}, 2, id="no such path"),
        pytest.param({"fail-on": "never"}, 0, id="never fails"),
        pytest.param({"paths": "good", "require": "proven"}, 1, id="must be proven"),
        pytest.param({"arguments": "--ignore=unqualified-image"}, 0, id="argument"),
        pytest.param({"arguments": "--ignore=unqualified-image\n\n--require=proven\n"}, 1, id="two arguments"),
        pytest.param({"baseline": "b.json"}, 0, id="baseline"),
        pytest.param({"baseline": "missing.json"}, 2, id="no such baseline"),
        pytest.param({"format": "text"}, 1, id="another form"),
        pytest.param({"sarif": ""}, 1, id="no file"),
    ],
)
def test_action(inputs: dict[str, str], code: int) -> None:
    assert main(["baseline", "cdk.out", "--output", "b.json"]) == 0
    done = step("Check", **inputs)
    assert done.returncode == code, done.stderr
    wants_file = inputs.get("sarif") != "" and code != 2
    assert Path("ecr-ecs.sarif").exists() is wants_file
    if wants_file:
        assert json.loads(Path("ecr-ecs.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    if inputs.get("format") == "text":
        assert "\nerror[unqualified-image] " in f"\n{done.stdout}"
    elif code == 1 and "paths" not in inputs and "arguments" not in inputs:
        assert "::error file=cdk.out/template.yaml,line=5," in done.stdout


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("value", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '"])
def test_no_input_is_a_command(name: str, value: str) -> None:
    assert step("Check", **{name: value}).returncode == (1 if name in ("version", "sarif") else 2)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("name", ["yaml.py", "json.py", "argparse.py", "ecr_ecs_constructs/__init__.py"])
def test_nothing_of_the_clone_is_run(name: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("open('pwned', 'w')", encoding="utf-8")
    assert step("Check", paths="good").returncode == 0
    assert not Path("pwned").exists()


@pytest.mark.parametrize(
    ("version", "package"),
    [
        pytest.param("", "/actions/ecr-ecs", id="of the action"),
        pytest.param("1.2.3", "ecr_ecs_constructs==1.2.3", id="of the index"),
    ],
)
def test_action_installs_the_command_alone(version: str, package: str, here: Path) -> None:
    """In the place of Python stands what tells its arguments."""
    (here / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    (here / "python").chmod(0o755)
    script = STEPS["Install ecr-ecs"]
    done = shell(script["run"], GITHUB_ACTION_PATH="/actions/ecr-ecs", PYTHON="./python", VERSION=version)
    assert done.stdout.split() == [
        *("-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *(package, "PyYAML"),
    ]


def test_no_expression_stands_in_a_script() -> None:
    """GitHub writes the value of an expression into a script before a shell reads it: it would be commands."""
    scripts = [each["run"] for each in STEPS.values() if "run" in each]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []
    used = set(re.findall(r"\$\{\{ inputs\.(\S+) \}\}", str(STEPS)))
    assert used == {*INPUTS}


def test_workflow_of_github() -> None:
    steps = document(CI / "github.yml")["jobs"]["ecr-ecs"]["steps"]
    assert run([each["run"] for each in steps if "run" in each]) == []
    (ours,) = [each for each in steps if "ecr_ecs_constructs@" in each.get("uses", "")]
    assert ours["uses"].endswith(f"@v{ecr_ecs_constructs.__version__}")
    assert step("Check", **ours["with"]).returncode == 1
    (upload,) = [each for each in steps if "upload-sarif" in each.get("uses", "")]
    assert upload["if"] == "always()"
    assert Path(upload["with"]["sarif_file"]).is_file()


def test_gitlab() -> None:
    synth, check = document(CI / "gitlab-ci.yml").values()
    assert synth["artifacts"]["paths"] == ["cdk.out"]
    assert run([*synth["script"], *check["script"]]) == [1]
    assert check["artifacts"]["when"] == "always"
    reports = check["artifacts"]["reports"]
    found = json.loads(Path(reports["codequality"]).read_text(encoding="utf-8"))
    assert "unqualified-image" in {each["check_name"] for each in found}
    assert failures(reports["junit"])


def test_codebuild() -> None:
    spec = document(CI / "buildspec.yml")
    assert run([command for phase in spec["phases"].values() for command in phase["commands"]]) == [1]
    (report,) = spec["reports"].values()
    assert report["file-format"] == "JUNITXML"
    assert all(map(failures, report["files"]))


def failures(file: str) -> list[str]:
    return [each.attrib["type"] for each in ET.parse(file).getroot().iter("failure")]


HOOKS = {each["id"]: each for each in document(ROOT / ".pre-commit-hooks.yaml")}


@pytest.mark.parametrize(
    ("hook", "args", "code"),
    [
        pytest.param("ecr-ecs", None, 1, id="repository"),
        pytest.param("ecr-ecs", ["good"], 0, id="folder"),
        pytest.param("ecr-ecs", ["cdk.out", "--fail-on=never"], 0, id="options"),
        pytest.param("ecr-ecs-cdk", None, 1, id="assembly"),
        pytest.param("ecr-ecs-cdk", ["good", "--require=proven"], 1, id="another assembly"),
    ],
)
def test_pre_commit(hook: str, args: list[str] | None, code: int) -> None:
    done = shell(f"{HOOKS[hook]['entry']} {shlex.join(HOOKS[hook]['args'] if args is None else args)}")
    assert (done.returncode, done.stderr) == (code, "")
    assert bool(done.stdout) is bool(code)  # a hook that is fine is silent


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param("a.json", True, id="JSON"),
        pytest.param("stacks/a.template", True, id="template"),
        pytest.param("a.yaml", True, id="YAML"),
        pytest.param("a.yml", True, id="YAML in short"),
        pytest.param("a.py", False, id="Python"),
        pytest.param("json", False, id="no ending"),
    ],
)
def test_files_of_the_hook(file: str, expected: bool) -> None:
    assert bool(re.search(HOOKS["ecr-ecs"]["files"], file)) is expected
    assert {each["pass_filenames"] for each in HOOKS.values()} == {False}


def test_page() -> None:
    """It names hooks and files that there are, and its commands run."""
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert (ROOT / "docs" / link).is_file()
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (repo,) = yaml.safe_load(example)["repos"]
    assert repo["rev"] == f"v{ecr_ecs_constructs.__version__}"
    assert {hook["id"] for hook in repo["hooks"]} <= {*HOOKS}
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert run(block.splitlines()) == [0, 0]
