"""Reports as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.reports.summary import summarize
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Finding, Rule


def escape(text: str) -> str:
    """Return a text in which escapes stand for what steers a terminal or a CI service.

    Those are control characters, and the `##` that starts a command anywhere in a line of the log: `##[error]` of
    GitHub Actions, `##vso[task.complete]` of Azure Pipelines. A command that starts with `::` must begin the line, and
    no line of a report begins with text from a template.

    Sources:
        https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
        https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
    """
    printable = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return printable.replace("##", "#\\x23")


def finding_line(finding: Finding) -> str:
    """Return a finding as one line: severity, rule, place, message."""
    place = " ".join(
        part for part in (finding.source or finding.template, finding.construct_path or finding.logical_id) if part
    )
    return escape(f"{finding.severity.value}[{finding.rule}] {place}: {finding.message}")


def render(report: Report) -> str:
    """Return a report: each finding with its place and its fix, then a summary."""
    return "\n".join((*_lines(report), *_summary(report), ""))


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield finding_line(finding)
        yield escape(f"  at: {finding.template} {finding.logical_id} {finding.location}")
        if finding.acknowledged is None:
            yield f"  fix: {finding.fix}"
        else:
            yield escape(f"  acknowledged: {finding.acknowledged}")
        yield ""


def _summary(report: Report) -> Iterator[str]:
    counts = summarize(report)
    yield (
        f"{_count(counts['containers'], 'container')} of {_count(counts['resources'], 'resource')}"
        f" in {_count(counts['templates'], 'template')}: "
        f"{counts['proven']} proven, {counts['broken']} broken, {counts['unknown']} unknown"
    )
    severities = [_count(counts["error"], "error"), _count(counts["warning"], "warning"), f"{counts['info']} info"]
    if counts["acknowledged"]:
        severities.append(f"{counts['acknowledged']} acknowledged")
    yield ", ".join(severities)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def rule_list(rules: Sequence[Rule]) -> str:
    """Return rules as a table: id, severity, what it finds."""
    width = max(len(rule.id) for rule in rules)
    return "".join(f"{rule.id:<{width}}  {rule.severity.value:<7}  {rule.summary}\n" for rule in rules)


def rule_page(rule: Rule) -> str:
    """Return the page of a rule."""
    return f"# {rule.id} ({rule.severity.value})\n\n{rule.page}\n\n## Fix\n\n{rule.fix}\n"
