"""The baseline: what is known again, what is new, what is gone, and the one line about a file that is none."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # its stubs are for one line
import pytest

from ecr_ecs_constructs import cli
from ecr_ecs_constructs.config.baseline import SCHEMA, Names, content, read
from ecr_ecs_constructs.config.reading import ConfigError
from tests.judging import ECR
from tests.reports.reporting import FINDING

FILE = "ecr-ecs.baseline.json"
RULES = ("unqualified-image", "mutable-tags", "scan-disabled")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def template(**images: str) -> str:
    """Return a template with tasks, each of one container."""
    return "Resources:\n" + "".join(
        f"  {name}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      Memory: 512\n"
        f"      ContainerDefinitions: [{{Name: web, Image: {image}}}]\n"
        for name, image in images.items()
    )


def write(**files: str) -> None:
    for name, text in files.items():
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")


def ask(command: str, *arguments: str) -> int:
    """Run a command over the current folder, with rules whose findings are easily made."""
    return cli.main([command, ".", *(f"--rule={rule}" for rule in RULES), *arguments])


def document(*arguments: str) -> Any:
    ask("check", "--format", "json", "--output", "../report.json", *arguments)
    return json.loads(Path("../report.json").read_text(encoding="utf-8"))


def new() -> list[str]:
    """Return the resources with findings that are not in the baseline."""
    found = document("--baseline", FILE)["findings"]
    return [each["logical_id"] for each in found if not each["baseline"]]


BEFORE = template(Task="nginx")
REPOSITORY = "  Repository: {Type: AWS::ECR::Repository}\n"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(BEFORE, [], id="as it was"),
        pytest.param(f"# moved\n\n{BEFORE}", [], id="moved lines"),
        pytest.param(BEFORE.replace("      Memory: 512\n", "") + "      Memory: 512\n", [], id="moved properties"),
        pytest.param(template(Before="httpd", Task="nginx"), ["Before"], id="another resource before it"),
        pytest.param(template(Task="nginx", Other="nginx"), ["Other"], id="the same fault of another resource"),
        pytest.param(template(Other="nginx"), ["Other"], id="renamed resource"),
        pytest.param(template(Task="httpd"), ["Task"], id="another fault of the resource"),
        pytest.param(BEFORE.replace("web", "other"), ["Task"], id="another container"),
        pytest.param(
            BEFORE.replace("}]", "}, {Name: side, Image: nginx}]"), ["Task"], id="the same fault in another place"
        ),
        pytest.param(
            BEFORE.replace("[{", f"[{{Name: side, Image: '{ECR}/web:1'}}, {{"), [], id="another container before it"
        ),
        pytest.param(BEFORE + REPOSITORY, ["Repository", "Repository"], id="another rule"),
        pytest.param(template(Task=f"{ECR}/web:1"), [], id="mended"),
    ],
)
def test_new(after: str, expected: list[str]) -> None:
    write(a=BEFORE)
    assert ask("baseline") == 0
    write(a=after)
    assert new() == expected
    assert ask("check", "--baseline", FILE) == (1 if {*expected} - {"Repository"} else 0)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(BEFORE, [], id="as it was"),
        pytest.param(
            BEFORE.replace("[{", f"[{{Name: side, Image: '{ECR}/web:1'}}, {{"),
            ["Task"],
            id="another container before it",
        ),
    ],
)
def test_older_baseline(after: str, expected: list[str]) -> None:
    """It has numbers in place of names."""
    write(a=BEFORE)
    ask("baseline")
    text = Path(FILE).read_text(encoding="utf-8")
    assert "[Name=web]" in text
    Path(FILE).write_text(text.replace("[Name=web]", "[0]"), encoding="utf-8")
    write(a=after)
    assert new() == expected
    assert len(document("--baseline", FILE)["gone"]) == len(expected)


def test_order_of_resources() -> None:
    write(a=template(One="nginx", Two="httpd"))
    ask("baseline")
    first = Path(FILE).read_text(encoding="utf-8")
    write(a=template(Two="httpd", One="nginx"))
    assert new() == []
    ask("baseline")
    assert Path(FILE).read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("mark", "newline"),
    [
        pytest.param("\ufeff", "\n", id="byte order mark"),
        pytest.param("", "\r\n", id="line ends of Windows"),
    ],
)
def test_saved_by_an_editor(mark: str, newline: str) -> None:
    write(a=BEFORE)
    ask("baseline")
    text = Path(FILE).read_text(encoding="utf-8")
    Path(FILE).write_text(mark + text, encoding="utf-8", newline=newline)
    assert new() == []


def test_no_report_stands_in_place_of_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=BEFORE)
    ask("baseline")
    text = Path(FILE).read_text(encoding="utf-8")
    capsys.readouterr()
    assert ask("check", "--baseline", FILE, "--format", "json", "--output", FILE) == 2
    assert capsys.readouterr().err == f"ecr-ecs: {FILE}: is read by this call, and can't be written\n"
    assert Path(FILE).read_text(encoding="utf-8") == text


def test_renamed_file() -> None:
    write(a=BEFORE)
    ask("baseline")
    Path("a.yaml").rename("b.yaml")
    assert new() == ["Task"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param('[severity]\nmutable-tags = "error"', "", id="raised severity"),
        pytest.param('[severity]\nmutable-tags = "info"', "", id="lowered severity"),
        pytest.param("", "--fail-on info", id="raised threshold"),
        pytest.param("", "--today 2030-01-01", id="another day"),
    ],
)
def test_the_same_finding(text: str, options: str) -> None:
    write(a=BEFORE + REPOSITORY)
    ask("baseline")
    Path("ecr-ecs.toml").write_text(text, encoding="utf-8")
    assert ask("check", "--baseline", FILE, *options.split()) == 0


OLD = (
    "Resources:\n  Launch:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n"
    "        UserData: {Fn::Base64: 'echo ECS_CLUSTER=a >> /etc/ecs/ecs.config'}\n        ImageId: '{{resolve:ssm:/aws/"
    "service/ecs/optimized-ami/amazon-linux-2023/al2023-ami-ecs-hvm-2023.0.20260101-kernel-6.1-x86_64/image_id}}'\n"
    "  Group:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    Properties: {MinSize: 1, MaxSize: 1, LaunchTemplate: "
    "{LaunchTemplateId: !Ref Launch, Version: 1}}\n"
)


def test_no_message_tells_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    """The age of an image grows, and is the same fact."""
    write(a=OLD)
    assert cli.main(["baseline", "a.yaml", "--today", "2026-11-23", "--rule", "pinned-ami"]) == 0
    assert json.loads(Path(FILE).read_text(encoding="utf-8"))["findings"]
    later = ["--today", "2026-12-23", "--rule", "pinned-ami", "--fail-on", "info"]
    assert cli.main(["check", "a.yaml", *later]) == 1
    assert cli.main(["check", "a.yaml", *later, "--baseline", FILE]) == 0


ACKNOWLEDGED = BEFORE + "    Metadata: {ecr-ecs-constructs: {acknowledge: {unqualified-image: mirrored}}}\n"


def test_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x").mkdir()
    Path("x/b.yaml").write_text(template(Task="nginx"), encoding="utf-8")
    write(a=template(Two="nginx", One="httpd"), c=ACKNOWLEDGED)
    assert ask("baseline") == 0
    assert capsys.readouterr() == (f"3 findings written to {FILE}\n", "")
    found = json.loads(Path(FILE).read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA)
    assert [(each["template"], each["logical_id"]) for each in found["findings"]] == [
        ("a.yaml", "One"),
        ("a.yaml", "Two"),
        ("x/b.yaml", "Task"),
    ]
    assert found["findings"][0] == {
        "template": "a.yaml",
        "logical_id": "One",
        "location": "Properties.ContainerDefinitions[Name=web].Image",
        "rule": "unqualified-image",
        "message": "container 'web': image 'httpd' has no ECR registry",
    }


def test_acknowledged_finding_is_new_once_it_is_no_longer_acknowledged() -> None:
    write(a=ACKNOWLEDGED)
    ask("baseline")
    assert document("--baseline", FILE)["summary"]["acknowledged"] == 1
    write(a=BEFORE)
    assert new() == ["Task"]


def test_any_text() -> None:
    finding = FINDING._replace(message="\ud800\u202eü\x1b", construct_path=None)
    file = Path("b.json")
    names = Names(file, [finding.template])
    file.write_text(content([finding], names), encoding="ascii")
    (marked,), gone = read(file).applied([finding], [finding.template])
    assert marked.in_baseline
    assert gone == ()


@pytest.mark.parametrize(
    ("options", "file"),
    [
        pytest.param("", FILE, id="usual"),
        pytest.param("--output b.json", "b.json", id="option"),
        pytest.param("--config c.toml", "sub/d.json", id="configuration"),
        pytest.param("--config c.toml --output b.json", "b.json", id="option and configuration"),
    ],
)
def test_file_that_is_written(options: str, file: str) -> None:
    write(a=BEFORE)
    Path("sub").mkdir()
    Path("c.toml").write_text('baseline = "sub/d.json"', encoding="utf-8")
    assert ask("baseline", *options.split()) == 0
    assert [path.as_posix() for path in Path().rglob("*.json")] == [file]
    assert ask("check") == 1
    assert ask("check", "--baseline", file) == 0
    assert ask("check", "--config", "c.toml") == (0 if file == "sub/d.json" else 2)


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        pytest.param(".", "infra", id="above"),
        pytest.param("infra", ".", id="in the folder"),
        pytest.param("infra", "../infra", id="by another way"),
        pytest.param("other", "../infra", id="beside"),
    ],
)
def test_names_of_templates_are_those_from_the_baseline(
    folder: str, path: str, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    """A repository that several templates name alike is told with their files, too."""
    image = "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/web:1'"
    repository = "Resources:\n  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: web}}\n"
    for name, text in {"a": repository, "b": template(Task="nginx", Other=image), "d": repository}.items():
        Path("infra").mkdir(exist_ok=True)
        Path(f"infra/{name}.yaml").write_text(text, encoding="utf-8")
    Path("other").mkdir()
    Path("ecr-ecs.toml").write_text(f'baseline = "{FILE}"', encoding="utf-8")
    assert cli.main(["baseline", "infra"]) == 0
    monkeypatch.chdir(here / folder)
    assert cli.main(["check", path, "--fail-on", "info"]) == 0
    assert cli.main(["check", str(Path(path).resolve()), "--fail-on", "info"]) == 0


@pytest.mark.parametrize(
    ("after", "arguments", "expected"),
    [
        pytest.param({}, ".", [], id="nothing"),
        pytest.param({"a": template(One="nginx")}, ".", ["a.yaml Two"], id="mended"),
        pytest.param({"a": None}, ".", ["a.yaml One", "a.yaml Two"], id="deleted template"),
        pytest.param({"a": template()}, "b.yaml", [], id="another template is judged"),
        pytest.param({"a": template()}, ". --ignore unqualified-image", [], id="rule that is not checked"),
        pytest.param({"a": template(Three="nginx", Two="nginx")}, ".", ["a.yaml One"], id="new and gone"),
    ],
)
def test_gone(
    after: dict[str, str | None], arguments: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(a=template(One="nginx", Two="nginx"), b=template(Task="nginx"))
    ask("baseline")
    for name, text in after.items():
        if text is None:
            Path(f"{name}.yaml").unlink()
        else:
            write(**{name: text})
    capsys.readouterr()
    code = cli.main(
        ["check", *arguments.split(), "--baseline", FILE, "--rule=unqualified-image", "--rule=floating-tag"]
    )
    assert code == (1 if "Three" in str(after) else 0)
    told = re.findall(r"^  unqualified-image (.*): container", capsys.readouterr().out, re.MULTILINE)
    assert told == expected


def test_text_of_what_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=template(One="nginx", Two="nginx"))
    ask("baseline")
    write(a=template(Two="nginx"))
    capsys.readouterr()
    ask("check", "--baseline", FILE)
    assert capsys.readouterr().out.splitlines()[:5] == [
        "1 in the baseline: unqualified-image (1); --show-accepted lists them",
        "",
        "1 of the baseline gone; write it anew with `ecr-ecs baseline`:",
        "  unqualified-image a.yaml One: container 'web': image 'nginx' has no ECR registry",
        "",
    ]
    ask("check", "--baseline", FILE, "--quiet")
    assert capsys.readouterr().out == ""


def test_no_verdict_changes() -> None:
    write(a=BEFORE)
    ask("baseline")
    (container,) = document("--baseline", FILE)["containers"]
    assert container["verdict"] == "broken"
    assert ask("check", "--baseline", FILE, "--require", "proven") == 1


def test_nothing_is_written_where_a_template_can_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=BEFORE, b=f"{BEFORE}    a: {{")
    assert ask("baseline") == 2
    assert not Path(FILE).exists()
    assert capsys.readouterr().out == ""


def test_baseline_is_no_template(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=BEFORE)
    ask("baseline")
    assert ask("check", "--baseline", FILE) == 0
    assert capsys.readouterr().err == ""


SECRET = "hunter2"
ENTRY = {"template": "a", "logical_id": "b", "location": "", "rule": "c", "message": "d"}


def of(*findings: object, version: object = 1) -> str:
    return json.dumps({"version": version, "findings": findings}, indent=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", f"{FILE}: must be JSON, as `ecr-ecs baseline` writes it", id="empty"),
        pytest.param(f"password: {SECRET}", f"{FILE}: must be JSON, as `ecr-ecs baseline` writes it", id="YAML"),
        pytest.param(f'["{SECRET}"]', f"{FILE}: must be JSON, as `ecr-ecs baseline` writes it", id="list"),
        pytest.param("{", f"{FILE}:1:2: not JSON: Expecting property name enclosed in double quotes", id="no JSON"),
        pytest.param(
            of(ENTRY).replace(" {", "<<<<<<< HEAD\n {"), f"{FILE}:4:2: not JSON: Expecting value", id="conflict"
        ),
        pytest.param("{}", f"{FILE}:1: the baseline must have the key version", id="no version"),
        pytest.param(of(version=2), f"{FILE}:2: version must be 1", id="later version"),
        pytest.param(of(version=None), f"{FILE}:2: version must be 1", id="null"),
        pytest.param('{"version": 1}', f"{FILE}:1: the baseline must have the key findings", id="no findings"),
        pytest.param(
            '{"version": 1,\n"findings": {}}', f"{FILE}:2: findings must be a list", id="findings that are no list"
        ),
        pytest.param(of(SECRET), f"{FILE}:4: findings[0] must be a table", id="finding that is a text"),
        pytest.param(
            of(ENTRY, {**ENTRY, "rule": 1}), f"{FILE}:15: findings[1].rule must be a text", id="rule that is no text"
        ),
        pytest.param(
            of({key: value for key, value in ENTRY.items() if key != "rule"}),
            f"{FILE}:4: findings[0] must have the key rule",
            id="no rule",
        ),
        pytest.param(
            of({SECRET: 1, **ENTRY}),
            f"{FILE}:5: findings[0] must have no other keys than those of a baseline",
            id="another key",
        ),
        pytest.param(
            json.dumps({SECRET: SECRET}),
            f"{FILE}:1: the baseline must have no other keys than those of a baseline",
            id="another document",
        ),
        pytest.param("\udcff", f"{FILE}: must be a text in UTF-8, is none at byte 0", id="no text"),
    ],
)
def test_one_line_says_what_is_wrong(text: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(a=BEFORE)
    Path(FILE).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert ask("check", "--baseline", FILE) == 2
    assert capsys.readouterr() == ("", f"ecr-ecs: {expected}\n")
    assert SECRET not in expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(
            "missing.json", "cannot be read: No such file or directory; `ecr-ecs baseline` writes it", id="none"
        ),
        pytest.param("folder", "must be a regular file, is a folder", id="folder"),
        pytest.param("pipe", "must be a regular file, is a pipe", id="pipe"),
        pytest.param("/dev/zero", "must be a regular file, is a device", id="device"),
    ],
)
def test_regular_files_only(file: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(a=BEFORE)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    assert cli.main(["check", "a.yaml", "--baseline", file]) == 2
    assert capsys.readouterr() == ("", f"ecr-ecs: {file}: {expected}\n")
    Path("ecr-ecs.toml").write_text(f'baseline = "{file}"', encoding="utf-8")
    assert cli.main(["check", "a.yaml"]) == 2


def test_baseline_of_a_rule_that_is_no_more() -> None:
    Path(FILE).write_text(of({**ENTRY, "rule": "no-more"}), encoding="utf-8")
    with pytest.raises(ConfigError):
        read(Path("missing"))
    assert len(read(Path(FILE)).findings) == 1
    write(a=template(Task=f"{ECR}/web:1"))
    assert ask("check", "--baseline", FILE) == 0
