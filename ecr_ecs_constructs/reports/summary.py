"""The counts of a report: what was judged, containers by verdict, findings by severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding, Severity


def summarize(report: Report) -> Mapping[str, int]:
    """Return the counts of a report: what was judged, the containers by verdict, the findings by severity.

    A finding that is accepted counts as that alone.
    """
    accepted = Counter(finding.accepted for finding in report.findings)
    return {
        "templates": report.templates,
        "resources": report.resources,
        "containers": len(report.containers),
        **_verdicts(report.containers),
        **_severities(report.findings),
        "acknowledged": accepted["acknowledged"],
        "baseline": accepted["baseline"],
    }


def by_template(report: Report) -> Mapping[str, Mapping[str, int]]:
    """Return the counts of the containers and the findings of each template that has some, in the order of names."""
    containers: dict[str, list[ContainerReport]] = {}
    findings: dict[str, list[Finding]] = {}
    for container in report.containers:
        containers.setdefault(container.template, []).append(container)
    for finding in report.findings:
        findings.setdefault(finding.template, []).append(finding)
    return {
        name: {**_verdicts(containers.get(name, ())), **_severities(findings.get(name, ()))}
        for name in sorted({*containers, *findings})
    }


def _verdicts(containers: Iterable[ContainerReport]) -> Mapping[str, int]:
    verdicts = Counter(container.verdict for container in containers)
    return {verdict: verdicts[verdict] for verdict in ("proven", "broken", "unknown")}


def _severities(findings: Iterable[Finding]) -> Mapping[str, int]:
    severities = Counter(finding.severity for finding in findings if finding.accepted is None)
    return {severity.value: severities[severity] for severity in Severity}
