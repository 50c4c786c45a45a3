"""The fingerprint of a finding: what changes it, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from ecr_ecs_constructs.cloudformation.positions import Position
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.rules.fingerprints import fingerprint, relative
from ecr_ecs_constructs.rules.rule import Severity
from tests.reports.reporting import FINDING


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rule": "floating-tag"}, id="rule"),
        pytest.param({"template": "out/Other.template.json"}, id="template"),
        pytest.param({"logical_id": "Other"}, id="resource"),
        pytest.param({"construct_path": "Other/Task/Resource"}, id="construct"),
        pytest.param({"construct_path": None}, id="no construct"),
        pytest.param({"location": "Properties.ContainerDefinitions[1].Image"}, id="place"),
        pytest.param({"message": "another"}, id="message"),
        pytest.param({"message": "\ud800"}, id="any text"),
        pytest.param({"location": "", "message": f"{FINDING.location}{FINDING.message}"}, id="text that moves over"),
    ],
)
def test_another_finding(changes: dict[str, Any]) -> None:
    assert fingerprint(FINDING._replace(**changes)) != fingerprint(FINDING)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"severity": Severity.INFO}, id="severity"),
        pytest.param({"verdict": Verdict.UNKNOWN}, id="verdict"),
        pytest.param({"fix": "Do something else."}, id="advice"),
        pytest.param({"source": "stacks/web.py:99"}, id="statement"),
        pytest.param({"position": Position(9, 9)}, id="line"),
        pytest.param({"acknowledged": "so"}, id="acknowledgement"),
        pytest.param({"template": "./out/x/../Web.template.json"}, id="another way to the file"),
    ],
)
def test_the_same_finding(changes: dict[str, Any]) -> None:
    assert fingerprint(FINDING._replace(**changes)) == fingerprint(FINDING)


def test_fingerprint_is_kept_from_version_to_version() -> None:
    """Baselines and dashboards hold it."""
    assert fingerprint(FINDING) == "762c2abe0e87924d49bf42956847b3e90b0ce810a32278701b083d36ff8535eb"


def test_fingerprint_is_that_of_any_machine() -> None:
    here = FINDING._replace(template="/home/me/app/out/Web.template.json")
    there = FINDING._replace(template="/builds/7/app/out/Web.template.json")
    assert fingerprint(here, "/home/me/app") == fingerprint(there, "/builds/7/app") == fingerprint(FINDING)


def test_files_that_a_message_names_are_those_of_any_machine() -> None:
    told = "tag '1' of repository Repository ({}a.yaml), image 'x/builds/7/app/a.yaml'"
    here, there, relatively = (
        FINDING._replace(message=told.format(folder)) for folder in ("/home/me/app/", "/builds/7/app/", "")
    )
    assert fingerprint(here, "/home/me/app") == fingerprint(there, "/builds/7/app") == fingerprint(relatively)
    assert fingerprint(there, "/") != fingerprint(there, "/builds/7/app")


@pytest.mark.parametrize(
    ("file", "folder", "expected"),
    [
        pytest.param("a/b.json", "/x", "a/b.json", id="below"),
        pytest.param("/x/a/b.json", "/x", "a/b.json", id="absolute, below"),
        pytest.param("../b.json", "/x/y", "/x/b.json", id="outside"),
        pytest.param("../y/b.json", "/x/y", "b.json", id="out and in"),
        pytest.param("/xy/b.json", "/x", "/xy/b.json", id="a name that begins alike"),
        pytest.param("a/b.json", "", "a/b.json", id="no folder"),
        pytest.param("../b.json", "", "../b.json", id="no folder, outside"),
        pytest.param("a.json", "/", "a.json", id="root"),
        pytest.param("-", "/x", "-", id="standard input"),
    ],
)
def test_relative(file: str, folder: str, expected: str) -> None:
    assert relative(file, folder) == expected
