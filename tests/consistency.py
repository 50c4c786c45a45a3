"""Where a report contradicts itself: a link that no finding explains, or a finding that no link knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.rules import judge
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    import pytest

    from ecr_ecs_constructs.pull.facts import Facts
    from ecr_ecs_constructs.pull.link import Link
    from ecr_ecs_constructs.rules.judge import ContainerReport, Report
    from ecr_ecs_constructs.rules.rule import Finding, Rule

FAILING = (Verdict.BROKEN, Verdict.UNKNOWN)


def contradictions(report: Report) -> Iterator[str]:
    """Yield where the verdicts and the findings of a report of all rules contradict each other, in one line each."""
    found = {(finding.rule, finding.verdict) for finding in report.findings}
    for container in report.containers:
        for link in container.links:
            fault = _fault(link, container, found)
            if fault:
                where = f"{container.logical_id}, {container.container}"
                yield f"{where}: {link.name} {link.verdict.value}, {fault}: {link}"
    yield from _unheard(report)


def _fault(link: Link, container: ContainerReport, found: Container[tuple[str, Verdict]]) -> str:
    """Return what a link lacks to have a finding, or to share that of another link."""
    if link.verdict not in FAILING:
        return "but of a rule" if link.rule else ""
    if link.rule:
        return "" if (link.rule, link.verdict) in found else f"but no finding of {link.rule} is"
    if link.verdict is Verdict.BROKEN:
        return "but of no rule"
    is_shared = any(other.rule and other.verdict in FAILING for other in container.links)
    return "" if is_shared else "but of no rule, and no other link has a finding to share"


def _unheard(report: Report) -> Iterator[str]:
    """Yield the errors in resources that define containers, where nothing of those containers fails."""
    places = {(container.template, container.logical_id) for container in report.containers}
    for finding in report.findings:
        place = finding.template, finding.logical_id
        if place in places and finding.severity is Severity.ERROR and finding.acknowledged is None:
            here = [container for container in report.containers if (container.template, container.logical_id) == place]
            named = [
                container for container in here if finding.message.startswith(f"container {container.container!r}:")
            ]
            if all(container.verdict == "proven" for container in named or here):
                yield f"{finding.logical_id}, proven, but with an error: {finding}"


def watch(patch: pytest.MonkeyPatch) -> list[str]:
    """Hold the verdicts of each report that is made from now on against the findings of all rules.

    Returns:
        The contradictions, as they are found.
    """
    found: list[str] = []
    last: list[tuple[Facts, Sequence[Rule]]] = []
    find, make = judge._findings, judge.Report

    def findings(facts: Facts, rules: Sequence[Rule], *decided: Any) -> tuple[Finding, ...]:
        last[:] = [(facts, rules)]
        return find(facts, rules, *decided)

    def report(**parts: Any) -> Report:
        made = make(**parts)
        ((facts, rules),) = last
        every = made if rules is RULES else made._replace(findings=find(facts, RULES))
        found.extend(contradictions(every))
        return made

    patch.setattr(judge, "_findings", findings)
    patch.setattr(judge, "Report", report)
    return found
