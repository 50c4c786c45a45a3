"""Reports as GitLab Code Quality reads them.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from ecr_ecs_constructs.reports.json import dumps
from ecr_ecs_constructs.reports.places import place_of
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.fingerprints import fingerprint
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Finding, Severity
from ecr_ecs_constructs.rules.unproven import all_findings

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}
"""GitLab has `info`, `minor`, `major`, `critical` and `blocker`; it says of none when it fits."""


def render(report: Report) -> str:
    """Return a report as a list of degradations; what is accepted is information and tells its reason."""
    return dumps([_degradation(finding, report.folder) for finding in all_findings(report)])


def _degradation(finding: Finding, folder: str) -> dict[str, object]:
    place, reason = place_of(finding, folder), finding.acknowledged
    accepted = finding.accepted if reason is None else f"acknowledged: {reason}"
    return {
        "description": escape(f"{finding.message} ({accepted})" if accepted else finding.message),
        "check_name": finding.rule,
        "fingerprint": fingerprint(finding, folder),
        "severity": "info" if accepted else _SEVERITIES[finding.severity],
        # GitLab shows nothing without a line.
        "location": {"path": escape(place.file), "lines": {"begin": place.line or 1}},
    }
