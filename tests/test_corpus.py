"""The command that judges a folder of templates, each by itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.rules.judge import Report, judge
from tests import corpus
from tests.pull.network.networks import ISOLATED, OWN, changed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ecr_ecs_constructs.cloudformation.template import Template


def isolated(image: object) -> str:
    """A task on Fargate, without a role, in a subnet that leads nowhere."""
    return json.dumps({"Resources": changed(ISOLATED, {"Task.ContainerDefinitions.0.Image": image})})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "below"
    below.mkdir()
    (tmp_path / "ecr.json").write_text(isolated(OWN))
    (below / "hub.yaml").write_text(isolated("nginx"))
    (below / "topic.yml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")
    (below / "broken.yaml").write_text("Resources:\n  a: [\n")
    (below / "list.json").write_text("[]")
    (below / "read.me").write_text("no template")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], folder: Path) -> tuple[int, str]:
    """The exit code, and what is said without times and the words of the YAML parser, one space for several."""
    code = corpus.main([str(folder)])
    said = re.sub(" +", " ", capsys.readouterr().out)
    return code, re.sub("not YAML: .*", "not YAML: …", re.sub(r"\d+\.\d+( s)?\b", "#", said))


NO_WAY = "no way to ecr.api, ecr.dkr and s3 from Subnet: VPC Vpc has no such endpoint, and no default route leads out"
NO_ROLE = "the task has no execution role, and FARGATE pulls by nothing else (Service by launch type FARGATE)"
REFUSED = """2 refused
 below/broken.yaml: 3:1: not YAML: …
 below/list.json: a template must be an object with Resources, got a list"""


def test_report(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, said = run(capsys, folder)
    times, as_they_are, as_if = said.split("\n\n")
    assert code == 0
    title, *lines = times.splitlines()
    assert title == " ms containers template"
    assert sorted(lines) == [" # 0 below/topic.yml", " # 1 below/hub.yaml", " # 1 ecr.json"]
    assert as_they_are == (
        "As they are\n"
        "link broken unknown holds not-applicable\n"
        "image 1 0 1 0\n"
        "repository 0 2 0 0\n"
        "permission 1 1 0 0\n"
        "placement 0 0 2 0\n"
        "ami 0 0 0 2\n"
        "architecture 0 0 2 0\n"
        "network 1 0 0 1\n"
        "2 broken links besides image\n"
        f" ecr.json Task web: permission: {NO_ROLE}\n"
        f" ecr.json Task web: network: {NO_WAY}\n"
        "2 errors besides those of image\n"
        f" error[missing-execution-role] ecr.json Task: container 'web': {NO_ROLE}\n"
        f" error[no-path-to-ecr] ecr.json Service: {NO_WAY}\n"
        f"{REFUSED}\n"
        "0 internal errors\n"
        "3 templates judged, 2 containers, # of processor time"
    )
    assert as_if == (
        "As if each image were of the account's own registry\n"
        "link broken unknown holds not-applicable\n"
        "image 0 0 2 0\n"
        "repository 0 2 0 0\n"
        "permission 2 0 0 0\n"
        "placement 0 0 2 0\n"
        "ami 0 0 0 2\n"
        "architecture 0 0 2 0\n"
        "network 2 0 0 0\n"
        "2 broken links besides image and permission, 1 of them not shown above\n"
        f" below/hub.yaml Task web: network: {NO_WAY}\n"
        "2 errors besides those of image and permission, 1 of them not shown above\n"
        f" error[no-path-to-ecr] below/hub.yaml Service: {NO_WAY}\n"
        "2 refused, 0 of them not shown above\n"
        "0 internal errors\n"
        "3 templates judged, 2 containers, # of processor time\n"
    )


def test_internal_error(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other templates are judged all the same."""

    def crash(templates: Iterable[Template]) -> Report:
        found = tuple(templates)
        if "hub" in found[0].name:
            raise KeyError("Image")
        return judge(found)

    monkeypatch.setattr(corpus, "judge", crash)
    code, said = run(capsys, folder)
    assert code == 1
    assert re.search(r"\n1 internal errors\n below/hub.yaml: KeyError: 'Image' \(.*test_corpus.py:\d+\)\n", said)
    assert said.count("2 templates judged, 1 containers") == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("nothing", "nothing: is no folder", id="no folder"),
        pytest.param("ecr.json", "ecr.json: is no folder", id="file"),
        pytest.param(
            "empty", "empty: holds no file that ends with .json, .yaml, .yml, .template", id="folder of other files"
        ),
    ],
)
def test_nothing_to_judge(capsys: pytest.CaptureFixture[str], folder: Path, name: str, message: str) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / "read.me").touch()
    with pytest.raises(SystemExit) as stopped:
        corpus.main([str(folder / name)])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(f"corpus: error: {folder}/{message}\n")
