"""The containers that must be proven and are not, as findings: nobody can accept one."""

from __future__ import annotations

from collections.abc import Sequence

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding, Severity

NOT_PROVEN = "not-proven"
"""The id of such a finding; it is that of no rule, since a project can't leave it out."""

SUMMARY = "Container that must be proven is not."

FIX = "Mend what is broken; vouch for what lives elsewhere, or have its templates judged together with these."


def all_findings(report: Report) -> Sequence[Finding]:
    """Return the findings of a report, and one for each container that must be proven and is not."""
    if not report.requires_proof:
        return report.findings
    unproven = [container for container in report.containers if container.verdict != "proven"]
    return (*report.findings, *map(_finding, unproven))


def _finding(container: ContainerReport) -> Finding:
    links = [link for link in container.links if link.verdict in (Verdict.BROKEN, Verdict.UNKNOWN)]
    why = "; ".join(f"{link.name} {link.verdict.value}: {link.evidence}" for link in links)
    return Finding(
        rule=NOT_PROVEN,
        severity=Severity.ERROR,
        verdict=Verdict(container.verdict),
        template=container.template,
        logical_id=container.logical_id,
        construct_path=container.construct_path,
        location=container.location,
        message=f"container {container.container!r} is {container.verdict}: {why}",
        fix=FIX,
        source=container.source,
        position=container.position,
    )
