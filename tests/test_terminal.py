"""Colours and links, where standard output is a terminal that shows them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ecr_ecs_constructs.cli.terminal import style_of_output
from ecr_ecs_constructs.reports.style import PLAIN, Style
from ecr_ecs_constructs.rules.rule import page_of

TEMPLATE = """
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {Memory: 512, ContainerDefinitions: [{Name: web, Image: nginx}]}
"""

XTERM = {"TERM": "xterm"}
PROGRAM = "TERM_PROGRAM"
MEANS = (
    *("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", PROGRAM),
    *("VTE_VERSION", "DOMTERM", "KONSOLE_VERSION", "WT_SESSION"),
)
"""The variables that tell of a terminal."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    for name in MEANS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(XTERM, Style(colours=True), id="terminal"),
        pytest.param({}, Style(colours=True), id="terminal without a name"),
        pytest.param({"TERM": "dumb"}, PLAIN, id="dumb"),
        pytest.param({"TERM": "dumb", "WT_SESSION": "1"}, PLAIN, id="dumb within another"),
        pytest.param({"TERM": "dumb", "FORCE_COLOR": "1"}, Style(colours=True), id="dumb, FORCE_COLOR"),
        pytest.param({**XTERM, "NO_COLOR": "1"}, PLAIN, id="NO_COLOR"),
        pytest.param({**XTERM, "NO_COLOR": ""}, Style(colours=True), id="empty NO_COLOR"),
        pytest.param({**XTERM, "NO_COLOR": "1", "FORCE_COLOR": "1"}, PLAIN, id="NO_COLOR and FORCE_COLOR"),
        pytest.param({**XTERM, "NO_COLOR": "1", PROGRAM: "vscode"}, PLAIN, id="NO_COLOR, links"),
        *(
            pytest.param({**XTERM, **variables}, Style(colours=True, links=links), id=str(variables))
            for variables, links in [
                ({PROGRAM: "vscode"}, True),
                ({PROGRAM: "iTerm.app"}, True),
                ({PROGRAM: "Apple_Terminal"}, False),
                ({"TERM": "xterm-kitty"}, True),
                ({"TERM": "alacritty"}, True),
                ({"TERM": "xterm-256color"}, False),
                ({"COLORTERM": "truecolor"}, False),
                ({"COLORTERM": "xfce4-terminal"}, True),
                ({"WT_SESSION": "a"}, True),
                ({"KONSOLE_VERSION": "230800"}, True),
                ({"DOMTERM": ""}, True),
                ({"VTE_VERSION": "7600"}, True),
                ({"VTE_VERSION": "4999"}, False),
                ({"VTE_VERSION": "new"}, False),
            ]
        ),
    ],
)
@pytest.mark.parametrize("plain", [False, True])
def test_terminal(plain: bool, environment: dict[str, str], expected: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert style_of_output(plain=plain) == (PLAIN if plain else expected)
    os.close(ours)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param(XTERM, PLAIN, id="no terminal"),
        pytest.param({**XTERM, PROGRAM: "vscode"}, PLAIN, id="no terminal within one"),
        pytest.param({"FORCE_COLOR": "1", PROGRAM: "vscode"}, Style(colours=True), id="FORCE_COLOR"),
        pytest.param({"FORCE_COLOR": ""}, PLAIN, id="empty FORCE_COLOR"),
    ],
)
@pytest.mark.parametrize("is_open", [False, True])
def test_file(is_open: bool, environment: dict[str, str], expected: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if not is_open:
        monkeypatch.setattr(sys, "stdout", None)
    assert style_of_output(plain=False) == expected


RED = "\x1b[31m"
LINK = f"\x1b]8;;{page_of('unqualified-image').as_uri()}\x1b\\unqualified-image\x1b]8;;\x1b\\"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("check", [RED, LINK], id="check"),
        pytest.param("trace", [RED], id="trace"),
        pytest.param("check --no-color", [], id="check without"),
        pytest.param("trace --no-color", [], id="trace without"),
        pytest.param("check --format json", [], id="other form"),
    ],
)
def test_command_in_a_terminal(arguments: str, expected: list[str]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ecr_ecs_constructs", *arguments.split(), "template.yaml"]
    subprocess.run(command, stdout=theirs, env={**os.environ, **XTERM, PROGRAM: "vscode"}, check=False)
    os.close(theirs)
    output = os.read(ours, 65_536).decode()
    os.close(ours)
    assert [part for part in expected if part not in output] == []
    assert ("\x1b" in output) is bool(expected)


@pytest.mark.parametrize("where", ["pipe", "file"])
def test_command_elsewhere(where: str) -> None:
    command = [sys.executable, "-m", "ecr_ecs_constructs", "check", "template.yaml"]
    environment = {**os.environ, **XTERM, PROGRAM: "vscode"}
    if where == "file":
        command += ["--output", "report.txt"]
        environment["FORCE_COLOR"] = "1"
    written = subprocess.run(command, capture_output=True, env=environment, check=False).stdout
    text = Path("report.txt").read_bytes() if where == "file" else written
    assert b"error[unqualified-image] template.yaml Task: " in text
    assert b"\x1b" not in text
