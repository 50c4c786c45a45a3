"""Reports as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.reports.summary import summarize
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
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
    """Return a finding as one line: severity, rule, place, message; what is accepted has no severity."""
    place = " ".join(
        part for part in (finding.source or finding.template, finding.construct_path or finding.logical_id) if part
    )
    level = finding.severity.value if finding.acknowledged is None else "acknowledged"
    return escape(f"{level}[{finding.rule}] {place}: {finding.message}")


def render(report: Report) -> str:
    """Return a report: each finding with its place and its fix, what is not proven and must be, then a summary."""
    return "\n".join((*_lines(report), *_unproven(report), *_summary(report), ""))


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield finding_line(finding)
        yield escape("  at: " + " ".join(filter(None, (finding.template, finding.logical_id, finding.location))))
        if finding.acknowledged is None:
            yield f"  fix: {finding.fix}"
        else:
            yield escape(f"  reason: {finding.acknowledged}")
        yield ""


def _unproven(report: Report) -> Iterator[str]:
    """Yield the lines about the containers that are not proven, where each must be."""
    unproven = [container for container in report.containers if container.verdict != "proven"]
    if report.requires_proof and unproven:
        yield f"{_count(len(unproven), 'container')} not proven:"
        yield from chain.from_iterable(map(unproven_lines, unproven))
        yield ""


def unproven_lines(container: ContainerReport) -> Iterator[str]:
    """Yield the lines about a container that is not proven: its place, and why each link does not hold."""
    place = container.construct_path or f"{container.template} {container.logical_id}"
    yield escape(f"  {container.verdict}: {container.container} of {place}")
    for link in container.links:
        if link.verdict in (Verdict.BROKEN, Verdict.UNKNOWN):
            yield escape(f"    {link.name} {link.verdict.value}: {link.evidence}")


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
