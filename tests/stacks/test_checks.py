"""The reference templates under the eyes of others: cdk-nag, cfn-lint, and whoever pinned their logical ids."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from aws_cdk import aws_ec2 as ec2
from cdk_nag import AwsSolutionsChecks

from tests.cfn_lint import errors
from tests.stacks.nag import answering
from tests.stacks.reference import ROOT, STACKS, reference_app, synthesize

SNAPSHOTS = ROOT / "tests" / "snapshots"
CHINA = {"account": "111122223333", "region": "cn-north-1"}
FIXED = {"account": "111122223333", "region": "eu-central-1", "instance_type": "c7g.large", "nat": True}

CONFIGURATIONS = [
    pytest.param({}, id="default"),
    pytest.param(FIXED, id="fixed environment, arm64, NAT"),
    pytest.param(CHINA, id="China"),
]


@pytest.mark.parametrize("settings", CONFIGURATIONS)
def test_nag_finds_nothing_unacknowledged(settings: dict[str, Any]) -> None:
    app = reference_app(**settings)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


def test_nag_finds_what_is_not_acknowledged() -> None:
    app = reference_app()
    group = ec2.SecurityGroup(app.cluster, "Open", vpc=app.cluster.vpc)
    group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(22))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


@pytest.mark.parametrize("settings", CONFIGURATIONS)
def test_each_acknowledgement_answers_a_finding(settings: dict[str, Any], tmp_path: Path) -> None:
    with answering() as unanswered:
        app = reference_app(tmp_path, **settings)
        assert unanswered(app) == set()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    synthesize(folder)
    return folder


@pytest.fixture(scope="module")
def templates_with_nat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nat")
    synthesize(folder, **FIXED)
    return folder


@pytest.mark.parametrize(
    ("folder", "stack"),
    [
        *(("templates", stack) for stack in STACKS),
        ("templates_with_nat", "EcrEcsCluster"),
        # They differ from the others in their environment and architecture alone.
        *(
            pytest.param("templates_with_nat", stack, marks=pytest.mark.long)
            for stack in STACKS
            if "Cluster" not in stack
        ),
    ],
)
def test_cfn_lint_finds_no_error(folder: str, stack: str, request: pytest.FixtureRequest) -> None:
    text = (request.getfixturevalue(folder) / f"{stack}.template.json").read_text(encoding="utf-8")
    assert errors(text, "us-east-1", "eu-central-1") == []


def test_cfn_lint_finds_errors(templates: Path) -> None:
    text = (templates / "EcrEcsRepositories.template.json").read_text(encoding="utf-8")
    (found,) = errors(text.replace('"IMMUTABLE"', '"SOMETIMES"'), "us-east-1")
    assert "'SOMETIMES' is not one of" in found


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(templates: Path, stack: str) -> None:
    """`UPDATE_SNAPSHOTS=1 pytest tests/stacks` writes the snapshots anew.

    A logical id that changes means that a deployed resource is replaced.
    """
    text = (templates / f"{stack}.template.json").read_text(encoding="utf-8")
    now = json.loads(re.sub("[0-9a-f]{64}", "HASH", text))
    snapshot = SNAPSHOTS / f"{stack}.template.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert now == json.loads(snapshot.read_text(encoding="utf-8")), "UPDATE_SNAPSHOTS=1 pytest tests/stacks accepts it"
