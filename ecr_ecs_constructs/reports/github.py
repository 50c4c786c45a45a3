"""Reports as commands to GitHub Actions, which shows them as annotations of the lines.

GitHub shows ten errors, ten warnings and ten notices of a step: the worst come first.

Sources:
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs (what is escaped)
    https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
"""

from __future__ import annotations

from ecr_ecs_constructs.reports.places import place_of, resource_of
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Finding, Severity
from ecr_ecs_constructs.rules.unproven import all_findings

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """Return a report as one command for each finding, in one line; what is accepted is a notice with its reason."""
    order = [*Severity]
    worst_first = sorted(
        all_findings(report), key=lambda finding: (finding.accepted is not None, order.index(finding.severity))
    )
    return "".join(f"{_command(finding, report.folder)}\n" for finding in worst_first)


def _command(finding: Finding, folder: str) -> str:
    place, accepted = place_of(finding, folder), finding.accepted
    properties = {
        "file": place.file,
        "line": place.line,
        "col": place.column,
        "title": f"{accepted}: {finding.rule}" if accepted else finding.rule,
    }
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    at = " ".join(filter(None, (resource_of(finding), finding.location)))
    told = f"fix: {finding.fix}" if finding.acknowledged is None else f"reason: {finding.acknowledged}"
    level = "notice" if accepted else _LEVELS[finding.severity]
    return f"::{level} {given}::{_data(finding.message, f'at: {at}', told)}"


def _data(*lines: str) -> str:
    """Return lines as the data of a command: nothing of a template makes a line of its own."""
    return "\n".join(map(escape, lines)).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
