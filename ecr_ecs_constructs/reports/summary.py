"""The counts of a report: what was judged, containers by verdict, findings by severity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Severity


def summarize(report: Report) -> Mapping[str, int]:
    """Return the counts of a report: what was judged, the containers by verdict, the findings by severity.

    An acknowledged finding counts as that alone.
    """
    verdicts = Counter(container.verdict for container in report.containers)
    severities = Counter(finding.severity for finding in report.findings if finding.acknowledged is None)
    return {
        "templates": report.templates,
        "resources": report.resources,
        "containers": len(report.containers),
        **{verdict: verdicts[verdict] for verdict in ("proven", "broken", "unknown")},
        **{severity.value: severities[severity] for severity in Severity},
        "acknowledged": sum(finding.acknowledged is not None for finding in report.findings),
    }
