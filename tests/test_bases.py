"""The templates that other tests start from: what each proves, and that they are sound."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cfnlint.api import lint_file
from cfnlint.config import ManualArgs

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import Report, judge

BASES = Path(__file__).parent / "data" / "bases"
TODAY = date(2026, 11, 23)

INSTANCES = {
    "image": "holds",
    "repository": "holds",
    "permission": "holds",
    "placement": "holds",
    "ami": "holds",
    "architecture": "holds",
    "network": "holds",
}
FARGATE = {**INSTANCES, "ami": "not-applicable"}

VERDICTS = {
    "access-lists-and-secrets.yaml": {"worker": FARGATE},
    "batch.yaml": {"Properties.ContainerProperties": {**FARGATE, "network": "unknown"}},
    "batch-instances.yaml": {"Properties.ContainerProperties": INSTANCES},
    "bottlerocket.yaml": {"ledger": INSTANCES},
    "express.yaml": {"Properties.PrimaryContainer": FARGATE},
    "launch-type-ec2.yaml": {"app": INSTANCES},
    "managed-instances.yaml": {"web": FARGATE},
    "mirror": {"base": FARGATE},
    "mixed-instances.yaml": {"api": INSTANCES},
    "public-fargate.yaml": {"web": FARGATE, "metrics": FARGATE},
    "pull-through-cache.yaml": {"nginx": FARGATE},
    "schedule.yaml": {"report": FARGATE},
    "two-accounts": {"gateway": FARGATE},
    "windows.yaml": {"iis": INSTANCES},
}
"""By base, the verdict of each link of each of its containers."""


def judged(base: str) -> Report:
    return judge(load([BASES / base]), Policy(today=TODAY))


@pytest.mark.parametrize("base", VERDICTS)
def test_links(base: str) -> None:
    found = {
        container.container: {link.name: link.verdict.value for link in container.links}
        for container in judged(base).containers
    }
    assert found == VERDICTS[base]


@pytest.mark.parametrize("base", VERDICTS)
def test_nothing_is_found_but_information(base: str) -> None:
    assert [str(finding) for finding in judged(base).findings if finding.severity.value != "info"] == []


def test_every_base_is_judged() -> None:
    assert sorted(VERDICTS) == sorted(path.name for path in BASES.iterdir() if path.name != "README.md")


@pytest.mark.parametrize("file", sorted(str(path.relative_to(BASES)) for path in BASES.rglob("*.yaml")))
def test_cfn_lint_finds_nothing(file: str) -> None:
    assert lint_file(BASES / file, config=ManualArgs(regions=["us-east-1"])) == []
