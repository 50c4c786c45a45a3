# ruff: noqa: E501 - in a table, a case is a line
"""The command with templates that do not say where they are deployed: account, region, stacks, parameters, files."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ecr_ecs_constructs import cli
from tests.judging import ECR

RULES = [f"--rule={name}" for name in ("unqualified-image", "unverifiable-image", "cross-region-image")]
IMAGE = {"Image": {"Type": "String"}}


def template(image: Any, **sections: Any) -> dict[str, Any]:
    containers = [{"Name": "web", "Image": image, "Memory": 512}]
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}}
    return {"Resources": {"Task": task}, **sections}


EXPORTED = {"Fn::ImportValue": "first-image"}
EXPORTING = {
    "Outputs": {"Image": {"Value": f"{ECR}/app:1", "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-image"}}}}
}
GOOD, BAD = template(f"{ECR}/app:1"), template("nginx")
FILES = {
    "good.json": json.dumps(GOOD),
    "bad.json": json.dumps(BAD),
    "open.json": json.dumps(template({"Ref": "Image"}, Parameters=IMAGE)),
    "got.json": json.dumps({"TemplateBody": BAD, "StagesAvailable": ["Original"]}),
    "got-text.json": json.dumps({"TemplateBody": json.dumps(BAD)}),
    "stacks/one.json": json.dumps(template(f"{ECR}/app:1", **EXPORTING)),
    "stacks/two.json": json.dumps(template(EXPORTED)),
    "mixed/good.json": json.dumps(GOOD),
    "mixed/broken.json": '{"Resources": {"A": {"Type": "AWS::',
    "mixed/deep/bad.json": json.dumps(BAD),
    "unreadable/broken.json": '{"Resources": {"A": {"Type": "AWS::',
    "aws.json": json.dumps([{"ParameterKey": "Image", "ParameterValue": "nginx"}]),
    "kept.json": json.dumps([{"ParameterKey": "Image", "UsePreviousValue": True}]),
    "pipeline.json": json.dumps({"Parameters": {"Image": "nginx"}, "Tags": {}}),
    "plain.yaml": "Image: nginx\n",
    "deploy.json": json.dumps(["Image=nginx"]),
    "input.json": json.dumps({"StackName": "a", "Parameters": [{"ParameterKey": "Image", "ParameterValue": "nginx"}]}),
    "nameless.json": json.dumps(["=nginx"]),
    "valueless.json": json.dumps({"Parameters": ["Image"]}),
    "other.json": json.dumps({"Other": "a"}),
    "nested.json": json.dumps({"Image": {"a": 1}}),
    "keyless.json": json.dumps([{"ParameterValue": "nginx"}]),
    "text.json": '"nginx"',
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, with templates and files of parameters."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        Path(name).parent.mkdir(exist_ok=True, parents=True)
        Path(name).write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        pytest.param("good.json", 0, [], id="nothing is known"),
        pytest.param("good.json --region us-east-1", 0, [], id="region of the image"),
        pytest.param("good.json --region eu-west-1", 0, ["cross-region-image"], id="another region"),
        pytest.param("stacks", 1, ["unverifiable-image"], id="export of a stack without a name"),
        pytest.param("stacks --stack one.json=first", 0, [], id="export of a stack"),
        pytest.param("stacks --stack stacks/one.json=first --stack two.json=second", 0, [], id="two stacks"),
        pytest.param("stacks --stack one.json=other", 1, ["unverifiable-image"], id="export of another stack"),
        pytest.param("open.json", 1, ["unverifiable-image"], id="no parameter"),
        *(
            pytest.param(f"open.json --parameters {file}", 1, ["unqualified-image"], id=f"parameters of {file}")
            for file in ("aws.json", "pipeline.json", "plain.yaml", "deploy.json", "input.json")
        ),
        pytest.param("open.json --parameters kept.json", 1, ["unverifiable-image"], id="parameter that is kept"),
        pytest.param(
            f"open.json --parameters aws.json --parameter Image={ECR}/app:1", 0, [], id="parameter above a file"
        ),
        pytest.param("got.json", 1, ["unqualified-image"], id="answer of AWS"),
        pytest.param("got-text.json", 1, ["unqualified-image"], id="answer of AWS with a text"),
        pytest.param("mixed --exclude broken.json", 1, ["unqualified-image"], id="name that is left out"),
        pytest.param("mixed --exclude deep --exclude broken.*", 0, [], id="folder that is left out"),
        pytest.param("mixed --exclude deep/*.json --exclude broken.json", 0, [], id="path that is left out"),
    ],
)
def test_environment(capsys: pytest.CaptureFixture[str], arguments: str, code: int, expected: list[str]) -> None:
    assert cli.main(["check", *arguments.split(), *RULES, "--format", "json"]) == code
    captured = capsys.readouterr()
    assert [finding["rule"] for finding in json.loads(captured.out)["findings"]] == expected
    assert captured.err == ""


def test_files_that_cannot_be_read_hide_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "mixed", *RULES, "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert [finding["template"] for finding in json.loads(captured.out)["findings"]] == [
        str(Path("mixed/deep/bad.json"))
    ]
    (line,) = captured.err.splitlines()
    assert line.startswith(f"ecr-ecs: {Path('mixed/broken.json')}:1:30: not JSON")
    assert cli.main(["trace", "mixed"]) == 2
    assert "nginx" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        pytest.param(FILES["bad.json"], 1, "error[unqualified-image] - Task: ", id="template"),
        pytest.param("Resources: {A: {Type: AWS::SNS::Topic}}", 0, "0 containers", id="YAML"),
        pytest.param("[]", 2, "ecr-ecs: -: a template must be an object with Resources, got a list", id="no template"),
        pytest.param("", 2, "ecr-ecs: -: ", id="nothing"),
        pytest.param(b"\xff", 2, "ecr-ecs: -: must be a text in UTF-8, is none at byte 0", id="no text"),
    ],
)
def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, content: str | bytes, code: int, expected: str
) -> None:
    encoded = content.encode() if isinstance(content, str) else content
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded)))
    assert cli.main(["check", "-", *RULES]) == code
    captured = capsys.readouterr()
    assert (captured.err or captured.out).startswith(expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("good.json --account 12", "argument --account: must be 12 digits, got '12'", id="account"),
        pytest.param("good.json --region europe", "argument --region: must be a region such as eu-west-1, got 'europe'", id="region"),
        *(pytest.param(f"good.json --stack {text}", f"argument --stack: must be FILE=NAME, got {text!r}", id=f"stack {text}") for text in ("good.json", "=a", "good.json=1a")),
        pytest.param("good.json --stack bad.json=a", "stack 'a' must be that of one template outside of a cloud assembly, got bad.json", id="stack of another file"),
        pytest.param("good.json mixed --exclude broken.json --stack good.json=a", f"stack 'a' must be that of one template outside of a cloud assembly, got good.json, which is good.json and {Path('mixed/good.json')}", id="stack of two files"),
        pytest.param("open.json --parameters other.json", "parameter 'Other' must be one of the templates, and none has it", id="other parameter"),
        pytest.param("open.json --parameter Imgae=a", "parameter 'Imgae' must be one of the templates, and none has it; did you mean 'Image'?", id="mistyped parameter"),
        pytest.param("open.json --parameters nested.json", "nested.json:1: parameter 'Image' must be a text, a number, true or false, or a list of these", id="object for a parameter"),
        *(pytest.param(f"open.json --parameters {file}", f'{file}: {place}must be a list of {{"ParameterKey": …, "ParameterValue": …}} or of "NAME=VALUE", or an object of values by name, at its top or below "Parameters"', id=f"parameters of {file}") for file, place in (("keyless.json", "[0]: "), ("nameless.json", "[0]: "), ("valueless.json", "[0]: "), ("text.json", ""))),
        pytest.param("open.json --parameters gone.json", "gone.json: cannot be read: No such file or directory", id="no file of parameters"),
        pytest.param("good.json nothing.json --exclude good.json", "nothing.json: cannot be read: No such file or directory", id="path that is not there"),
    ],
)  # fmt: skip
def test_bad_environment(capsys: pytest.CaptureFixture[str], arguments: str, expected: str) -> None:
    assert cli.main(["check", *arguments.split(), *RULES]) == 2
    line = capsys.readouterr().err.splitlines()[0]
    assert (
        line.removeprefix("ecr-ecs")
        .removeprefix(" check")
        .removeprefix(": ")
        .removesuffix(" (see ecr-ecs check --help)")
        == expected
    )
