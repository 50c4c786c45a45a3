"""Reports as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.reports.style import PLAIN, Style
from ecr_ecs_constructs.reports.summary import by_template, summarize
from ecr_ecs_constructs.rules.fingerprints import FindingKey
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding, Rule, page_of


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


def finding_line(finding: Finding, style: Style = PLAIN) -> str:
    """Return a finding as one line: severity, rule, place, message; in place of the severity, by what it is accepted.

    Args:
        finding: the finding.
        style: the means of the terminal.
    """
    place = " ".join(
        part for part in (finding.source or finding.template, finding.construct_path or finding.logical_id) if part
    )
    level = style.painted(finding.accepted or finding.severity.value)
    rule = style.linked(escape(finding.rule), page_of(finding.rule).as_uri())
    return f"{level}[{rule}] {escape(f'{place}: {finding.message}')}"


def render(report: Report, style: Style = PLAIN, *, quiet: bool = False, accepted: bool = False) -> str:
    """Return a report: each finding with its place and its fix, what is not proven and must be, then a summary.

    Args:
        report: the report.
        style: the means of the terminal.
        quiet: whether findings that do not fail are left out, and everything where nothing fails.
        accepted: whether each finding that is accepted is told; they are only counted otherwise.
    """
    if quiet and report.passes:
        return ""
    shown = [each for each in report.findings if report.gate.fails(each) or not quiet]
    told = [each for each in shown if each.accepted is None or accepted]
    folded = {name: [each for each in shown if each.accepted == name] for name in ("acknowledged", "baseline")}
    lines = (
        *chain.from_iterable(_lines(finding, style) for finding in told),
        *_unproven(report, style),
        *([] if accepted else _folded(folded)),
        *([] if quiet else _gone(report.gone or ())),
        *([] if quiet else _by_template(report)),
        *_summary(report),
    )
    return "\n".join((*lines, ""))


def _lines(finding: Finding, style: Style) -> Iterator[str]:
    yield finding_line(finding, style)
    # Editors and terminals open what is written as `file:line:column`.
    place = ":".join((finding.template, *map(str, finding.position or ())))
    yield escape("  at: " + " ".join(filter(None, (place, finding.logical_id, finding.location))))
    if finding.acknowledged is None:
        yield f"  fix: {finding.fix}"
    else:
        yield escape(f"  reason: {finding.acknowledged}")
    yield ""


def _unproven(report: Report, style: Style) -> Iterator[str]:
    """Yield the lines about the containers that are not proven, where each must be."""
    unproven = [container for container in report.containers if container.verdict != "proven"]
    if report.requires_proof and unproven:
        yield f"{_count(len(unproven), 'container')} not proven:"
        for container in unproven:
            yield from unproven_lines(container, style)
        yield ""


def unproven_lines(container: ContainerReport, style: Style = PLAIN) -> Iterator[str]:
    """Yield the lines about a container that is not proven: its place, and why each link does not hold.

    Args:
        container: the container.
        style: the means of the terminal.
    """
    place = container.construct_path or f"{container.template} {container.logical_id}"
    yield f"  {style.painted(container.verdict)}: {escape(f'{container.container} of {place}')}"
    for link in container.links:
        if link.verdict in (Verdict.BROKEN, Verdict.UNKNOWN):
            yield f"    {link.name} {style.painted(link.verdict.value)}: {escape(link.evidence)}"


def _folded(findings: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """Yield a line for the findings that are accepted in one way: how many, and of which rules."""
    for name, each in findings.items():
        if each:
            rules = Counter(finding.rule for finding in each)
            listed = ", ".join(f"{escape(rule)} ({number})" for rule, number in sorted(rules.items()))
            yield f"{_ACCEPTED[name].format(len(each))}: {listed}; --show-accepted lists them"
    if any(findings.values()):
        yield ""


_ACCEPTED = {"acknowledged": "{} acknowledged", "baseline": "{} in the baseline"}


def _gone(findings: Sequence[FindingKey]) -> Iterator[str]:
    """Yield the lines about the findings of the baseline that are no more."""
    if findings:
        yield f"{len(findings)} of the baseline gone; write it anew with `ecr-ecs baseline`:"
        for each in findings:
            place = " ".join(filter(None, (each.template, each.construct_path or each.logical_id)))
            yield escape(f"  {each.rule} {place}: {each.message}")
        yield ""


def _by_template(report: Report) -> Iterator[str]:
    """Yield a table of what was found in each template, where several have something to tell.

    A line that begins with the name of a template could be a command to a CI service.
    """
    rows = by_template(report)
    if len(rows) > 1:
        yield " ".join(_COLUMNS.values()) + "  template"
        for name, counts in rows.items():
            numbers = (f"{counts[column]:>{len(title)}}" for column, title in _COLUMNS.items())
            yield f"{' '.join(numbers)}  {escape(name)}"
        yield ""


_COLUMNS = {"proven": "proven", "broken": "broken", "unknown": "unknown", "error": "errors", "warning": "warnings"}


def _summary(report: Report) -> Iterator[str]:
    counts = summarize(report)
    yield (
        f"{_count(counts['containers'], 'container')} of {_count(counts['resources'], 'resource')}"
        f" in {_count(counts['templates'], 'template')}: "
        f"{counts['proven']} proven, {counts['broken']} broken, {counts['unknown']} unknown"
    )
    severities = [_count(counts["error"], "error"), _count(counts["warning"], "warning"), f"{counts['info']} info"]
    accepted = [words.format(counts[name]) for name, words in _ACCEPTED.items() if counts[name]]
    yield ", ".join((*severities, *accepted))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def rule_list(rules: Sequence[Rule]) -> str:
    """Return rules as a table: id, severity, what it finds."""
    width = max(len(rule.id) for rule in rules)
    return "".join(f"{rule.id:<{width}}  {rule.severity.value:<7}  {rule.summary}\n" for rule in rules)


def rule_page(rule: Rule) -> str:
    """Return the page of a rule."""
    return f"# {rule.id} ({rule.severity.value})\n\n{rule.page}\n\n## Fix\n\n{rule.fix}\n"
