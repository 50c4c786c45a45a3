"""What every test holds its reports against, told by reports that are made up: each contradiction is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import ContainerReport, Report, judge
from ecr_ecs_constructs.rules.rule import Finding
from tests.consistency import contradictions

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLDS, BROKEN, UNKNOWN, NONE = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE
NO_IMAGE, NO_PLACE = "unqualified-image", "unverifiable-placement"


def container(*links: tuple[str, Verdict, str], name: str = "web", of: str = "Task") -> ContainerReport:
    return ContainerReport(
        "t.json", of, None, name, "app:1", tuple(Link(link, how, "", rule) for link, how, rule in links)
    )


def finding(
    rule: str, verdict: Verdict = BROKEN, message: str = "", of: str = "Task", reason: str | None = None
) -> Finding:
    severity = BY_ID[rule].severity
    return Finding(rule, severity, verdict, "t.json", of, None, "Properties", message, "", acknowledged=reason)


FINE = container(("image", HOLDS, ""))
NO_ECR = container(("image", BROKEN, NO_IMAGE))
UNPLACED = container(("image", HOLDS, ""), ("placement", UNKNOWN, NO_PLACE), ("network", UNKNOWN, ""))
SIDE = "container 'side': it has no ECR registry"


@pytest.mark.parametrize(
    ("containers", "findings", "expected"),
    [
        pytest.param([FINE], [], [], id="proven"),
        pytest.param([container(("image", NONE, ""))], [], [], id="not applicable"),
        pytest.param(
            [container(("image", HOLDS, NO_IMAGE))], [], ["image holds, but of a rule"], id="holds, of a rule"
        ),
        pytest.param([NO_ECR], [finding(NO_IMAGE)], [], id="broken"),
        pytest.param([NO_ECR], [finding(NO_IMAGE, reason="so")], [], id="broken, acknowledged"),
        pytest.param([NO_ECR], [], ["image broken, but no finding of unqualified-image is"], id="broken, not found"),
        pytest.param(
            [NO_ECR],
            [finding(NO_IMAGE, UNKNOWN)],
            ["image broken, but no finding of unqualified-image is"],
            id="broken, found unknown",
        ),
        pytest.param([container(("image", BROKEN, ""))], [], ["image broken, but of no rule"], id="broken, of no rule"),
        pytest.param([UNPLACED], [finding(NO_PLACE, UNKNOWN)], [], id="unknown, one for another"),
        pytest.param(
            [UNPLACED], [], ["placement unknown, but no finding of unverifiable-placement is"], id="unknown, not found"
        ),
        pytest.param(
            [container(("network", UNKNOWN, ""), ("ami", UNKNOWN, ""))],
            [finding(NO_PLACE, UNKNOWN)],
            [
                "network unknown, but of no rule, and no other link has a finding to share",
                "ami unknown, but of no rule, and no other link has a finding to share",
            ],
            id="unknown, nothing to share",
        ),
        pytest.param(
            [container(("network", UNKNOWN, "")), UNPLACED],
            [finding(NO_PLACE, UNKNOWN)],
            ["network unknown, but of no rule, and no other link has a finding to share"],
            id="unknown, a finding of another container",
        ),
        pytest.param([FINE], [finding(NO_IMAGE)], ["Task, proven, but with an error"], id="proven, with an error"),
        pytest.param([FINE], [finding(NO_IMAGE, reason="so")], [], id="proven, acknowledged"),
        pytest.param([FINE], [finding("floating-tag")], [], id="proven, with a warning"),
        pytest.param([FINE], [finding(NO_IMAGE, of="Other")], [], id="proven, elsewhere an error"),
        pytest.param(
            [FINE, NO_ECR._replace(container="side")], [finding(NO_IMAGE)], [], id="proven beside a broken one"
        ),
        pytest.param(
            [FINE, NO_ECR._replace(container="side")],
            [finding(NO_IMAGE, message=SIDE)],
            [],
            id="error of the broken one",
        ),
        pytest.param(
            [FINE._replace(container="side"), NO_ECR],
            [finding(NO_IMAGE, message=SIDE)],
            ["Task, proven, but with an error"],
            id="error of the proven one",
        ),
    ],
)
def test_contradictions(
    containers: Sequence[ContainerReport], findings: Sequence[Finding], expected: list[str]
) -> None:
    found = contradictions(Report(1, 1, tuple(containers), tuple(findings)))
    assert [line.removeprefix("Task, web: ").partition(":")[0] for line in found] == expected


def test_every_report_is_watched(contradictory: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecr_ecs_constructs.rules.judge._containers", lambda facts, below: [NO_ECR])
    judge((), rules=())
    (found,) = contradictory
    assert found.startswith("Task, web: image broken, but no finding of unqualified-image is: ")
    contradictory.clear()
