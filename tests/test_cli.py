"""The command `ecr-ecs`: its options, its output, its exit codes, one line for whatever is wrong."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs import __version__, cli
from ecr_ecs_constructs.cli import project
from ecr_ecs_constructs.reports import text as text_report
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.judging import ECR, assembly

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = Path(cli.__file__).parents[2]
SOMEWHERE = "aws://unknown-account/unknown-region"

FIX = (
    "Write Image in full: <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>, or …@sha256:<digest>; by !Sub "
    "where it holds ${…}, and by ${Repository.RepositoryUri}:<tag> for a repository of the template (in the CDK "
    "image=EcrImage.…, and image=EcrPullThroughCache(…).image(…) for one of another registry)."
)


def template(*images: str, **sections: Any) -> str:
    containers = [{"Name": f"c{index}", "Image": image} for index, image in enumerate(images)]
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Memory": "512", "ContainerDefinitions": containers}}
    return json.dumps({"Resources": {"Task": task}, **sections})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with templates whose names say what they hold."""
    monkeypatch.chdir(tmp_path)
    parameter = {"Image": {"Type": "String", "Default": "nginx"}}
    for name, content in {
        "good": template(f"{ECR}/app:1"),
        "bad": template("nginx"),
        "unknown": template({"Ref": "Image"}, Parameters={"Image": {"Type": "String"}}),  # type: ignore[arg-type]
        "info": template(f"{ECR}/app:latest"),
        "public": template("public.ecr.aws/nginx/nginx:1"),
        "default": template({"Ref": "Image"}, Parameters=parameter),  # type: ignore[arg-type]
        "empty": '{"Resources": {}}',
        "list": "[]",
        "broken": "{",
        "control": template("\x1b[31m", Metadata={}).replace('"Task"', '"Ta\\u001bsk"'),
    }.items():
        Path(f"{name}.json").write_text(content, encoding="utf-8")
    Path("cross").mkdir()
    assembly(Path("cross"), [(template(f"{ECR}/app:1"), "aws://unknown-account/eu-west-1")])
    Path("nothing").mkdir()
    return Path()


IMAGES = [f"--rule={rule.id}" for rule in RULES if rule.id.endswith("-image") or rule.id == "floating-tag"]
"""Rules that the templates here are made for: what other rules find in them is no matter of this file."""


def run(*arguments: str) -> int:
    return cli.main([*arguments, *IMAGES] if arguments[:1] == ("check",) else arguments)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("good.json", 0, id="nothing found"),
        pytest.param("empty.json", 0, id="nothing to judge"),
        pytest.param("bad.json", 1, id="error"),
        pytest.param("unknown.json", 1, id="unknown"),
        pytest.param("info.json", 0, id="info"),
        pytest.param("cross", 0, id="warning"),
        pytest.param("good.json bad.json", 1, id="one of two"),
        pytest.param("bad.json --fail-on error", 1, id="error at error"),
        pytest.param("bad.json --fail-on never", 0, id="error at never"),
        pytest.param("cross --fail-on error", 0, id="warning at error"),
        pytest.param("cross --fail-on warning", 1, id="warning at warning"),
        pytest.param("cross --fail-on info", 1, id="warning at info"),
        pytest.param("info.json --fail-on warning", 0, id="info at warning"),
        pytest.param("info.json --fail-on info", 1, id="info at info"),
        pytest.param("unknown.json --unknown report", 0, id="unknown is only reported"),
        pytest.param("unknown.json --unknown fail", 1, id="unknown fails"),
        pytest.param("bad.json --unknown report", 1, id="what is known still fails"),
        pytest.param("bad.json unknown.json --unknown report --fail-on info", 1, id="known and unknown"),
        pytest.param("bad.json --ignore unqualified-image", 0, id="ignored"),
        pytest.param("bad.json --ignore unqualified-image --ignore floating-tag", 0, id="two ignored"),
        pytest.param("public.json", 1, id="public gallery"),
        pytest.param("public.json --allow-public-gallery", 0, id="public gallery allowed"),
        pytest.param("good.json --allow-account 123456789012", 0, id="account allowed"),
        pytest.param("good.json --allow-account 111111111111 --allow-account 123456789012", 0, id="two allowed"),
        pytest.param("good.json --allow-account 111111111111", 1, id="account not allowed"),
        pytest.param("default.json", 1, id="default"),
        pytest.param(f"default.json --parameter Image={ECR}/app:1", 0, id="parameter"),
        pytest.param("default.json --parameter Image=httpd", 1, id="bad parameter"),
        pytest.param("default.json --parameter Image=", 1, id="empty parameter"),
    ],
)
def test_exit_code(capsys: pytest.CaptureFixture[str], arguments: str, expected: int) -> None:
    assert run("check", *arguments.split()) == expected
    assert capsys.readouterr().err == ""


def test_only_the_rules_asked_for() -> None:
    assert cli.main(["check", "bad.json", "--rule", "floating-tag"]) == 0
    assert cli.main(["check", "bad.json", "--rule", "floating-tag", "--rule", "unqualified-image"]) == 1


def test_parameter_of_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    body = Path("default.json").read_text(encoding="utf-8")
    Path("two").mkdir()
    assembly(Path("two"), [(body, SOMEWHERE), (body, SOMEWHERE)])
    good = f"Image={ECR}/app:1"
    assert run("check", "two", "--parameter", f"Stack:{good}", "--parameter", f"Stack1:{good}") == 0
    assert run("check", "two", "--parameter", good) == 0
    capsys.readouterr()
    assert run("check", "two", "--parameter", f"Stack1:{good}", "--format", "json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["template"] == os.path.join("two", "template.yaml")  # noqa: PTH118 # the form that is shown


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([], "ecr-ecs: the following arguments are required: COMMAND (see ecr-ecs --help)", id="none"),
        pytest.param(
            ["check"],
            "ecr-ecs check: the following arguments are required: PATH (see ecr-ecs check --help)",
            id="no path",
        ),
        pytest.param(
            ["check", ""],
            "ecr-ecs check: argument PATH: must be a path, got '' (see ecr-ecs check --help)",
            id="empty path",
        ),
        pytest.param(["check", "missing"], "ecr-ecs: missing: cannot be read: No such file or directory", id="missing"),
        pytest.param(["check", "nothing"], "ecr-ecs: nothing: no template found", id="empty folder"),
        pytest.param(
            ["check", "good.json", "nothing"], "ecr-ecs: nothing: no template found", id="empty folder beside another"
        ),
        pytest.param(
            ["check", "list.json"],
            "ecr-ecs: list.json: a template must be an object with Resources, got a list",
            id="no template",
        ),
        pytest.param(
            ["check", "broken.json"],
            "ecr-ecs: broken.json:1:2: not JSON: Expecting property name enclosed in double quotes",
            id="no JSON",
        ),
        pytest.param(
            ["check", "a\x1b[31m.json"],
            "ecr-ecs: a\\x1b[31m.json: cannot be read: No such file or directory",
            id="control characters",
        ),
        pytest.param(
            ["check", "good.json", "--colour\x1b"],
            "ecr-ecs: unrecognized arguments: --colour\\x1b (see ecr-ecs --help)",
            id="option",
        ),
        pytest.param(
            ["check", "good.json", "--form", "json"],
            "ecr-ecs: unrecognized arguments: --form json (see ecr-ecs --help)",
            id="shortened option",
        ),
        pytest.param(
            ["check", "good.json", "--fail-on", "fatal"],
            "ecr-ecs check: argument --fail-on: invalid choice: 'fatal' "
            "(choose from 'error', 'warning', 'info', 'never') (see ecr-ecs check --help)",
            id="fail-on",
        ),
        pytest.param(
            ["check", "good.json", "--unknown", "pass"],
            "ecr-ecs check: argument --unknown: invalid choice: 'pass' (choose from 'fail', 'report') "
            "(see ecr-ecs check --help)",
            id="unknown",
        ),
        pytest.param(
            ["check", "good.json", "--allow-account", "12345"],
            "ecr-ecs check: argument --allow-account: must be 12 digits, got '12345' (see ecr-ecs check --help)",
            id="account",
        ),
        pytest.param(
            ["check", "good.json", "--allow-account", "１２３４５６７８９０１２"],  # noqa: RUF001 # the case
            "ecr-ecs check: argument --allow-account: must be 12 digits, got '１２３４５６７８９０１２' "  # noqa: RUF001
            "(see ecr-ecs check --help)",
            id="account in other digits",
        ),
        pytest.param(
            ["check", "good.json", "--rule", "unqualified"],
            "ecr-ecs check: argument --rule: must be the id of a rule, got 'unqualified'; "
            "did you mean 'unqualified-image'? (see ecr-ecs check --help)",
            id="rule",
        ),
        pytest.param(
            ["check", "good.json", "--ignore", "xyz"],
            "ecr-ecs check: argument --ignore: must be the id of a rule, got 'xyz'; "
            "`ecr-ecs rules` lists them (see ecr-ecs check --help)",
            id="ignored rule",
        ),
        pytest.param(
            ["check", "good.json", "--rule", "floating-tag", "--ignore", "floating-tag"],
            "ecr-ecs: --rule and --ignore must leave a rule to check, and leave none",
            id="no rule left",
        ),
        pytest.param(
            ["check", "default.json", "--parameter", "Image"],
            "ecr-ecs check: argument --parameter: must be [STACK:]NAME=VALUE, got 'Image' (see ecr-ecs check --help)",
            id="parameter without value",
        ),
        pytest.param(
            ["check", "default.json", "--parameter", "1:Image=x"],
            "ecr-ecs check: argument --parameter: must be [STACK:]NAME=VALUE, got '1:Image=x' "
            "(see ecr-ecs check --help)",
            id="parameter of no stack's name",
        ),
        pytest.param(
            ["check", "default.json", "--parameter", "Other=x"],
            "ecr-ecs: parameter 'Other' must be one of the templates, and none has it",
            id="another parameter",
        ),
        pytest.param(
            ["check", "cross", "--parameter", "Other:Image=x"],
            "ecr-ecs: parameter 'Image' must be one of stack 'Other', which does not have it",
            id="parameter of another stack",
        ),
        pytest.param(
            ["check", "good.json", "--output", "missing/report"],
            "ecr-ecs: missing/report: cannot be written: No such file or directory",
            id="output in no folder",
        ),
        pytest.param(
            ["check", "good.json", "--output", "nothing"],
            "ecr-ecs: nothing: cannot be written: Is a directory",
            id="output is a folder",
        ),
        pytest.param(
            ["check", "good.json", "--output", "good.json/report"],
            "ecr-ecs: good.json/report: cannot be written: Not a directory",
            id="output below a file",
        ),
        pytest.param(
            ["check", "good.json", "--format", "json", "--format", "sarif"],
            "ecr-ecs: at most one report goes to standard output, got json and sarif: "
            "--output FILE behind a --format writes it to a file",
            id="two reports to standard output",
        ),
        pytest.param(
            [
                "check",
                "good.json",
                "--format",
                "json",
                "--output",
                "a",
                "--format",
                "text",
                "--output",
                "./nothing/../a",
            ],
            "ecr-ecs: a: two reports can't be written to one file",
            id="two reports to one file",
        ),
        pytest.param(
            ["check", "good.json", "--output", "a", "--output", "b"],
            "ecr-ecs check: a --format must stand before each --output, got 'b' too (see ecr-ecs check --help)",
            id="two outputs",
        ),
        pytest.param(
            ["check", "good.json", "--format", "json", "--output", "a", "--output", "b"],
            "ecr-ecs check: a --format must stand before each --output, got 'b' too (see ecr-ecs check --help)",
            id="two outputs of a format",
        ),
        pytest.param(
            ["check", "good.json", "--output", "a", "--format", "json"],
            "ecr-ecs check: --output must stand behind the --format that it is of (see ecr-ecs check --help)",
            id="output before a format",
        ),
        pytest.param(
            ["check", "good.json", "--format", "json", "--output", "a", "--format", "sarif", "--output", "missing/b"],
            "ecr-ecs: missing/b: cannot be written: No such file or directory",
            id="second output in no folder",
        ),
        pytest.param(
            ["check", "good.json", "--output", ""],
            "ecr-ecs check: argument --output: must be a path, got '' (see ecr-ecs check --help)",
            id="empty output",
        ),
        pytest.param(
            ["check", "good.json", "--output", "-"],
            "ecr-ecs check: argument --output: must be a file, got '-'; ./- is a file of that name "
            "(see ecr-ecs check --help)",
            id="output to a hyphen",
        ),
        pytest.param(
            ["baseline", "good.json", "--output", "-"],
            "ecr-ecs baseline: argument --output: must be a file, got '-'; ./- is a file of that name "
            "(see ecr-ecs baseline --help)",
            id="baseline to a hyphen",
        ),
        pytest.param(
            ["check", "good.json", "--output", "nothing/../good.json"],
            "ecr-ecs: nothing/../good.json: is read by this call, and can't be written",
            id="output to a template",
        ),
        pytest.param(
            [
                "check",
                "bad.json",
                "good.json",
                "--format",
                "json",
                "--output",
                "a",
                "--format",
                "sarif",
                "--output",
                "bad.json",
            ],
            "ecr-ecs: bad.json: is read by this call, and can't be written",
            id="second output to a template",
        ),
        pytest.param(
            ["baseline", "good.json", "--output", "good.json"],
            "ecr-ecs: good.json: is read by this call, and can't be written",
            id="baseline to a template",
        ),
        pytest.param(
            ["check", "good.json", "--format", "diff"],
            "ecr-ecs: --format diff needs --output FILE: its text is exact, and may steer a terminal; --diff shows it",
            id="diff without a file",
        ),
        pytest.param(
            ["check", "good.json", "--format", "json", "--diff"],
            "ecr-ecs: --diff needs --format text; --format diff --output FILE writes a file for `git apply`",
            id="diff in another form",
        ),
        pytest.param(
            ["explain", "no-rule"],
            "ecr-ecs explain: argument ID: must be the id of a rule, got 'no-rule'; "
            "`ecr-ecs rules` lists them (see ecr-ecs explain --help)",
            id="explain",
        ),
        pytest.param(["rules", "x"], "ecr-ecs: unrecognized arguments: x (see ecr-ecs --help)", id="rules"),
    ],
)
def test_bad_arguments(capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"{expected}\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(
            ["judge"], "ecr-ecs: argument COMMAND: invalid choice: 'judge' (choose from 'check', ", id="command"
        ),
        pytest.param(
            ["check", "good.json", "--format", "xml"],
            "ecr-ecs check: argument --format: invalid choice: 'xml' (choose from 'text', 'json'",
            id="format",
        ),
    ],
)
def test_choices_that_grow(capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str) -> None:
    assert cli.main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(expected)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    run("check", "bad.json")
    assert (
        capsys.readouterr().out
        == f"""\
error[unqualified-image] bad.json Task: container 'c0': image 'nginx' has no ECR registry
  at: bad.json:1:133 Task Properties.ContainerDefinitions[0].Image
  fix: {FIX}

1 container of 1 resource in 1 template: 0 proven, 1 broken, 0 unknown
1 error, 0 warnings, 0 info
"""
    )


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    run("check", "bad.json", "--format", "json")
    document = json.loads(capsys.readouterr().out)
    image, *others = document["containers"][0].pop("links")
    assert image == {"link": "image", "verdict": "broken", "evidence": "nginx has no ECR registry"}
    assert {link["link"] for link in others} <= {
        "repository",
        "permission",
        "placement",
        "ami",
        "architecture",
        "network",
    }
    assert document == {
        "version": 1,
        "tool": {"name": "ecr-ecs", "version": __version__},
        "containers": [
            {
                "template": "bad.json",
                "logical_id": "Task",
                "construct_path": None,
                "container": "c0",
                "image": "nginx",
                "verdict": "broken",
            }
        ],
        "findings": [
            {
                "rule": "unqualified-image",
                "severity": "error",
                "verdict": "broken",
                "template": "bad.json",
                "logical_id": "Task",
                "construct_path": None,
                "location": "Properties.ContainerDefinitions[0].Image",
                "line": 1,
                "column": 133,
                "message": "container 'c0': image 'nginx' has no ECR registry",
                "fix": FIX,
                "source": None,
                "acknowledged": None,
                "baseline": False,
            }
        ],
        "gone": [],
        "summary": {
            "templates": 1,
            "resources": 1,
            "containers": 1,
            "proven": 0,
            "broken": 1,
            "unknown": 0,
            "error": 1,
            "warning": 0,
            "info": 0,
            "acknowledged": 0,
            "baseline": 0,
        },
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("good.json", 0, id="nothing found"),
        pytest.param("info.json", 0, id="nothing that fails"),
        pytest.param("info.json --fail-on info", 1, id="info fails"),
        pytest.param("bad.json info.json", 1, id="one of two fails"),
        pytest.param("bad.json --fail-on never", 0, id="never"),
        pytest.param("info.json --require proven", 1, id="no proof"),
    ],
)
def test_quiet(capsys: pytest.CaptureFixture[str], arguments: str, code: int) -> None:
    assert run("check", "--quiet", *arguments.split()) == code
    assert bool(capsys.readouterr().out) is bool(code)


def test_quiet_is_about_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "--quiet", "good.json", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_control_characters_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "control.json") == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "Ta\\x1bsk" in out


def test_acknowledged_finding_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads(Path("bad.json").read_text(encoding="utf-8"))
    reason = {"unqualified-image": "mirrored by the host"}
    body["Resources"]["Task"]["Metadata"] = {"ecr-ecs-constructs": {"acknowledge": reason}}
    Path("acknowledged.json").write_text(json.dumps(body), encoding="utf-8")
    assert run("check", "acknowledged.json", "--fail-on", "info") == 0
    summary = """\
1 container of 1 resource in 1 template: 0 proven, 1 broken, 0 unknown
0 errors, 0 warnings, 0 info, 1 acknowledged
"""
    folded = "1 acknowledged: unqualified-image (1); --show-accepted lists them\n\n"
    assert capsys.readouterr().out == folded + summary
    assert run("check", "acknowledged.json", "--show-accepted") == 0
    shown = """\
acknowledged[unqualified-image] acknowledged.json Task: container 'c0': image 'nginx' has no ECR registry
  at: acknowledged.json:1:133 Task Properties.ContainerDefinitions[0].Image
  reason: mirrored by the host

"""
    assert capsys.readouterr().out == shown + summary


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_explain(capsys: pytest.CaptureFixture[str], rule: Any) -> None:
    assert cli.main(["explain", rule.id]) == 0
    assert capsys.readouterr().out == f"# {rule.id} ({rule.severity.value})\n\n{rule.page}\n\n## Fix\n\n{rule.fix}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["rules", "--help"], ["explain", "-h"]])
def test_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out.startswith("usage: ecr-ecs")


def test_crash_is_no_verdict(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(text_report, "summarize", fail)
    assert run("check", "good.json") == 2
    python = ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(
        r"ecr-ecs: internal error, please report this line: KeyError at reports/text.py:[0-9]+ in _summary "
        + re.escape(f"(ecr-ecs check, version {__version__}, Python {python}, {sys.platform})\n"),
        capsys.readouterr().err,
    )


def test_memory_is_too_small(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(project, "judge", fail)
    assert run("check", "good.json") == 2
    assert capsys.readouterr().err == "ecr-ecs: the memory is too small for what is judged\n"


class Gone(io.StringIO):
    """A standard output whose reader has gone."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        return self._descriptor


def test_reader_has_gone_inside_the_process(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (here / "out").open("w") as file:
        monkeypatch.setattr(sys, "stdout", Gone(file.fileno()))
        assert run("check", "good.json") == 2


def test_process_without_output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert run("check", "good.json", "--output", "report") == 0
    assert run("check", "good.json") == 2
    assert capsys.readouterr().err == "ecr-ecs: standard output: is closed\n"
    monkeypatch.setattr(sys, "stderr", None)
    assert run("check", "missing") == 2


def test_output_to_a_pipe(here: Path) -> None:
    os.mkfifo(here / "pipe")
    reader = os.open(here / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("check", "good.json", "--output", "pipe") == 0
        assert os.read(reader, 1_000_000).endswith(b"0 errors, 0 warnings, 0 info\n")
    finally:
        os.close(reader)


def test_malformed_asset_manifest(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": {"Fn::Join": ["", ["x", "/k.json"]]}}}
    assembly(here / "nothing", [(json.dumps({"Resources": {"Nested": nested}}), SOMEWHERE)])
    manifest = json.loads((here / "nothing" / "manifest.json").read_text())
    manifest["artifacts"]["Stack"]["dependencies"] = ["Assets"]
    manifest["artifacts"]["Assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    (here / "nothing" / "manifest.json").write_text(json.dumps(manifest))
    (here / "nothing" / "assets.json").write_text('{"files": {"k": {}}, "dockerImages": {}}')
    assert run("check", "nothing") == 2
    expected = "ecr-ecs: nothing/assets.json: files.k.source must be an object, got nothing\n"
    assert capsys.readouterr().err == expected


# --output


def test_output(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run("check", "bad.json", "--output", "report.txt") == 1
    finally:
        os.umask(before)
    assert capsys.readouterr().out == ""
    report = here / "report.txt"
    assert report.read_text(encoding="utf-8").startswith("error[unqualified-image] bad.json Task: ")
    assert "…" in report.read_text(encoding="utf-8")
    assert stat.S_IMODE(report.stat().st_mode) == 0o640


FORMS = ("json", "sarif", "github", "gitlab", "junit")


def test_several_reports_of_one_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*arguments: Any) -> Report:
        calls.append(arguments)
        return judge(*arguments)

    monkeypatch.setattr(project, "judge", counted)
    written = " ".join(f"--format {form} --output all.{form}" for form in FORMS)
    assert run("check", "bad.json", *written.split(), "--format", "text") == 1
    assert len(calls) == 1
    together = {form: Path(f"all.{form}").read_text(encoding="utf-8") for form in FORMS}
    together["text"] = capsys.readouterr().out
    for form, content in together.items():
        assert run("check", "bad.json", "--format", form) == 1
        assert capsys.readouterr().out == content


def test_what_is_required_is_found_in_each_form(capsys: pytest.CaptureFixture[str]) -> None:
    for form in FORMS:
        assert run("check", "bad.json", "--format", form, "--require", "proven", "--fail-on", "never") == 1
        assert "not-proven" in capsys.readouterr().out
        assert run("check", "bad.json", "--format", form, "--fail-on", "never") == 0
        assert "not-proven" not in capsys.readouterr().out


def test_a_container_that_is_not_proven_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lines.json").write_text(template(f"{ECR}/app:1", "nginx").replace('{"Name"', '\n{"Name"'), encoding="utf-8")
    run("check", "lines.json", "--format", "json", "--require", "proven")
    found = [each for each in json.loads(capsys.readouterr().out)["findings"] if each["rule"] == "not-proven"]
    assert [(each["location"], each["line"]) for each in found] == [
        ("Properties.ContainerDefinitions[0]", 2),
        ("Properties.ContainerDefinitions[1]", 3),
    ]


def test_a_hostile_file_steers_no_reader(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\n::error::x\x1b\u202e%0A##[x].json"
    body = template("nginx").replace('"Task"', '"::error::\\r\\u202e"')
    Path(name).write_text(body, encoding="utf-8")
    assert run("check", name) == 1
    found = capsys.readouterr().out
    for form in FORMS:
        assert run("check", name, "--format", form) == 1
        found += capsys.readouterr().out
    assert all(character.isprintable() or character == "\n" for character in found)
    assert "##" not in found
    (command,) = [line for line in found.splitlines() if line.lstrip().startswith("::")]
    assert command.startswith("::error file=a\\n%3A%3Aerror%3A%3Ax\\x1b\\u202e%250A#\\x23[x].json,line=1,col=")


def test_files_are_named_as_the_folder_of_the_call_sees_them(capsys: pytest.CaptureFixture[str]) -> None:
    for given in ("bad.json", "./bad.json", str(Path("bad.json").absolute())):
        run("check", given, "--format", "gitlab")
        (found,) = json.loads(capsys.readouterr().out)
        assert found["location"] == {"path": "bad.json", "lines": {"begin": 1}}


UNSUBSTITUTED = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Memory: 512
      ContainerDefinitions:
        - Name: web
          Image: ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1
"""


def test_diff(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "sub.yaml").write_text(UNSUBSTITUTED, encoding="utf-8")
    assert run("check", "sub.yaml", "--diff") == 1
    report, _, changes = capsys.readouterr().out.partition("changes that mend findings:\n")
    assert report.endswith("1 error, 0 warnings, 0 info\n\n")
    assert (
        changes.splitlines()[-1]
        == "  | +          Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"
    )
    assert run("check", "sub.yaml", "--diff", "--quiet") == 1
    assert capsys.readouterr().out.endswith(changes)
    assert run("check", "sub.yaml", "--diff", "--quiet", "--fail-on", "never") == 0
    assert capsys.readouterr().out == ""
    assert run("check", "sub.yaml", "--format", "diff", "--output", "fixes.patch") == 1
    assert capsys.readouterr().out == ""
    subprocess.run(["git", "apply", "fixes.patch"], check=True)
    assert run("check", "sub.yaml") == 0
    assert run("check", "bad.json", "--diff") == 1
    assert "changes" not in capsys.readouterr().out


def test_output_replaces_what_a_file_holds(here: Path) -> None:
    report = here / "report.txt"
    report.write_text("x" * 100_000)
    report.chmod(0o604)
    assert run("check", "good.json", "--output", "report.txt") == 0
    assert report.read_text().endswith("0 errors, 0 warnings, 0 info\n")
    assert stat.S_IMODE(report.stat().st_mode) == 0o604


def test_output_through_a_link(here: Path) -> None:
    (here / "link").symlink_to("nothing/report")
    assert run("check", "good.json", "--output", "link") == 0
    assert (here / "link").is_symlink()
    assert (here / "nothing" / "report").is_file()


@pytest.mark.parametrize(
    ("step", "error"),
    [
        pytest.param("replace", (28, "No space left on device"), id="full disk"),
        pytest.param("open", (13, "Permission denied"), id="folder that may not be written"),
    ],
)
def test_output_is_whole_or_not_there(
    step: str,
    error: tuple[int, str],
    capsys: pytest.CaptureFixture[str],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = here / "nothing" / "report"
    report.write_text("before")

    def fail(self: Path, *_: object, **__: object) -> None:
        raise OSError(*error, str(self))

    with monkeypatch.context() as context:
        context.setattr(Path, step, fail)
        assert run("check", "bad.json", "--output", "nothing/report") == 2
    assert capsys.readouterr().err == f"ecr-ecs: nothing/report: cannot be written: {error[1]}\n"
    assert [file.name for file in report.parent.iterdir()] == ["report"]
    assert report.read_text() == "before"


def test_an_interrupt_leaves_nothing_half_written(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    report = here / "nothing" / "report"
    report.write_text("before")
    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run("check", "bad.json", "--output", "nothing/report")
    assert [file.name for file in report.parent.iterdir()] == ["report"]
    assert report.read_text() == "before"


def test_no_link_leads_a_report_elsewhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one of the name that the report has while it is written."""
    other = here / "other"
    other.write_text("before")
    monkeypatch.setattr("os.urandom", bytes)
    (here / "nothing" / f".ecr-ecs-{bytes(8).hex()}").symlink_to(other.absolute())
    assert run("check", "good.json", "--output", "nothing/report") == 2
    assert other.read_text() == "before"


def test_no_report_where_the_input_is_bad(here: Path) -> None:
    assert run("check", "broken.json", "--output", "report") == 2
    assert not (here / "report").exists()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"ecr-ecs {__version__}\n"


# as a process


def environment(**variables: str) -> dict[str, str]:
    """The environment of a process in which `ecr-ecs` is the command."""
    folder = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **variables}


def shell(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell."""
    env = environment(**variables)
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=env, check=False)


@pytest.mark.parametrize(
    ("command", "code", "out", "err"),
    [
        pytest.param(
            "ecr-ecs check good.json --rule floating-tag | tail -1",
            0,
            "0 errors, 0 warnings, 0 info\n",
            "",
            id="script",
        ),
        pytest.param("ecr-ecs check bad.json --rule unqualified-image > report", 1, "", "", id="findings"),
        pytest.param(
            "python -m ecr_ecs_constructs check missing",
            2,
            "",
            "ecr-ecs: missing: cannot be read: No such file or directory\n",
            id="module",
        ),
        pytest.param(
            "ecr-ecs rules > /dev/full", 2, "", "ecr-ecs: standard output: No space left on device\n", id="full device"
        ),
        pytest.param("ecr-ecs rules >&-", 2, "", "ecr-ecs: standard output: is closed\n", id="closed output"),
        pytest.param(
            "ecr-ecs --help > /dev/full",
            2,
            "",
            "ecr-ecs: standard output: No space left on device\n",
            id="help to a full device",
        ),
        pytest.param("ecr-ecs --help >&-", 2, "", "ecr-ecs: standard output: is closed\n", id="help, closed output"),
        pytest.param(
            "good=$PWD/good.json; mkdir gone; cd gone; rmdir ../gone;"
            " ecr-ecs check $good --no-config --rule floating-tag --format gitlab",
            0,
            "[]\n",
            "",
            id="folder that is gone",
        ),
        pytest.param("ecr-ecs check good.json --output report >&-", 0, "", "", id="closed output that is not needed"),
        pytest.param("ecr-ecs check missing 2>&-", 2, "", "", id="closed error output"),
        pytest.param("ecr-ecs judge 2>&-", 2, "", "", id="closed error output, bad argument"),
        pytest.param("ecr-ecs rules >&- 2>&-", 2, "", "", id="both closed"),
        pytest.param("ecr-ecs check missing 2> /dev/full", 2, "", "", id="full error output"),
        pytest.param("ecr-ecs judge 2> /dev/full", 2, "", "", id="full error output, bad argument"),
        pytest.param("ecr-ecs rules > /dev/full 2> /dev/full", 2, "", "", id="both full"),
        pytest.param(
            "ecr-ecs check good.json --rule floating-tag --output /dev/stdout | tail -1",
            0,
            "0 errors, 0 warnings, 0 info\n",
            "",
            id="output is a pipe",
        ),
        pytest.param(
            "ecr-ecs check good.json --rule floating-tag --output >(cat > copy); wait $!; tail -1 copy",
            0,
            "0 errors, 0 warnings, 0 info\n",
            "",
            id="output is another process",
        ),
    ],
)
def test_process(command: str, code: int, out: str, err: str) -> None:
    done = shell(command)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)


def instances(user_data: str) -> str:
    """A template of the container instances of a cluster, with their user data."""
    image = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    launch = {"ImageId": image, "InstanceType": "t3.small", "UserData": {"Fn::Base64": user_data}}
    group = {"LaunchConfigurationName": {"Ref": "Launch"}, "MinSize": "1", "MaxSize": "1"}
    provider = {"AutoScalingGroupProvider": {"AutoScalingGroupArn": {"Ref": "Group"}}}
    cluster = {"Cluster": "main", "CapacityProviders": [{"Ref": "Provider"}], "DefaultCapacityProviderStrategy": []}
    resources = {
        "Launch": {"Type": "AWS::AutoScaling::LaunchConfiguration", "Properties": launch},
        "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": group},
        "Provider": {"Type": "AWS::ECS::CapacityProvider", "Properties": provider},
        "Cluster": {"Type": "AWS::ECS::ClusterCapacityProviderAssociations", "Properties": cluster},
    }
    return json.dumps({"Resources": resources})


@pytest.mark.parametrize(
    ("file", "content", "code", "err"),
    [
        pytest.param("a.json", template(f"{ECR}/app:1"), 0, "", id="JSON"),
        pytest.param("a.yaml", template(f"{ECR}/app:1"), 0, "", id="JSON in a file of YAML"),
        pytest.param("a.yaml", "Resources: {}", 2, "a.yaml", id="YAML"),
        pytest.param(
            "a.json",
            instances("#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config"),
            0,
            "",
            id="user data without YAML",
        ),
        pytest.param(
            "a.json", instances("#cloud-config\nruncmd: [ls]"), 2, "cloud-config of user data", id="user data in YAML"
        ),
    ],
)
def test_without_pyyaml(file: str, content: str, code: int, err: str) -> None:
    Path(file).write_text(content, encoding="utf-8")
    program = "import sys; sys.modules['yaml'] = None; from ecr_ecs_constructs.__main__ import run; run()"
    rules = ("--rule", "unqualified-image", "--rule", "unjoined-instances")
    command = (sys.executable, "-c", program, "check", file, *rules)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    missing = f"ecr-ecs: {err}: YAML can't be read, as PyYAML is not installed: pip install PyYAML\n"
    assert (done.returncode, done.stderr) == (code, missing if err else "")


def process(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command; SIGINT reaches it also where these tests run in the background of a script."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "ecr_ecs_constructs", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("module", ["argparse", "yaml"])
def test_interrupted_while_it_is_imported_or_reads(here: Path, module: str) -> None:
    """The library that it imports first sends the signal, or the one that it imports for the first template in YAML."""
    Path("t.yaml").write_text("Resources: {}")
    Path("fakes").mkdir()
    Path("fakes", f"{module}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()\n")
    started = process("check", "t.yaml", PYTHONPATH=f"{here.absolute() / 'fakes'}{os.pathsep}{PACKAGES}")
    assert started.communicate(timeout=60) == (b"", b"")
    assert started.returncode == 130


def test_interrupted_while_its_reader_waits() -> None:
    """What is still to be written waits for a reader: the command does not."""
    Path("many.json").write_text(template(*(f"nginx:{'x' * 500}{number}" for number in range(500))))
    started = process("check", "many.json", "--rule", "unqualified-image")
    assert started.stdout is not None
    assert started.stderr is not None
    assert started.stdout.read(1) == b"e"  # the pipe takes less than there is
    started.send_signal(signal.SIGINT)
    assert started.wait(timeout=60) == 130
    assert started.stderr.read() == b""
    started.stdout.close()
    started.stderr.close()


def test_reader_has_gone() -> None:
    """The command can't tell what it found, and says nothing of that."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(["ecr-ecs", "rules"], stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_terminal_of_another_encoding(here: Path, encoding: str) -> None:
    Path("text.json").write_text(template("bild-ü-✓"), encoding="utf-8")
    done = shell(
        "ecr-ecs check text.json --rule unqualified-image | iconv -f $PYTHONIOENCODING -t utf-8; echo ${PIPESTATUS[0]}",
        PYTHONIOENCODING=encoding,
    )
    shown: Callable[[str], str] = lambda text: text.encode(encoding, "backslashreplace").decode(encoding)  # noqa: E731
    lines = done.stdout.splitlines()
    assert shown("image 'bild-ü-✓' holds 'ü' at index 5") in lines[0]
    assert lines[2] == shown(f"  fix: {FIX}")
    assert (lines[-1], done.stderr) == ("1", "")
