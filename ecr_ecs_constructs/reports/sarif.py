"""Reports as SARIF 2.1.0, for code scanning and editors.

Sources:
    https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from urllib.parse import quote

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.cloudformation.edits import Replacement, apply, by_file
from ecr_ecs_constructs.cloudformation.positions import TemplatePositions
from ecr_ecs_constructs.reports.json import dumps
from ecr_ecs_constructs.reports.places import FilePlace, bytes_of, place_of, statement_of, template_place_of
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.fingerprints import VERSION, fingerprint, relative
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Finding, Severity
from ecr_ecs_constructs.rules.unproven import FIX, SUMMARY, all_findings

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_TAGS = ["amazon-ecr", "amazon-ecs", "reliability"]


def render(report: Report) -> str:
    """Return a report as one SARIF document with one run; of the rules it tells those that find something."""
    findings = all_findings(report)
    rules = {finding.rule: index for index, finding in enumerate({each.rule: each for each in findings}.values())}
    driver = {"name": "ecr-ecs", "semanticVersion": __version__, "rules": [*map(_rule, rules)]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder from which the command was called."}}},
        "results": [_result(finding, rules[finding.rule], report) for finding in findings],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(id: str) -> dict[str, object]:
    """Return what is told of a rule, or of what stands beside the rules."""
    rule = BY_ID.get(id)
    severity, summary, fix = (rule.severity, rule.summary, rule.fix) if rule else (Severity.ERROR, SUMMARY, FIX)
    page = f"{rule.page if rule else summary}\n\n## Fix\n\n{fix}"
    return {
        "id": id,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{summary} {fix}"},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": _TAGS, "problem.severity": _PROBLEMS[severity]},
    }


def _result(finding: Finding, index: int, report: Report) -> dict[str, object]:
    folder = report.folder
    mark = fingerprint(finding, folder)
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding.message)},
        "locations": [{**_location(place_of(finding, folder)), **_logical(finding)}],
        # GitHub knows a result again by the first one alone, and makes it of the text of the line where it lacks:
        # two findings of a rule in one line would be one then.
        "partialFingerprints": {"primaryLocationLineHash": mark, f"ecrEcs/v{VERSION}": mark},
        "properties": {
            "verdict": finding.verdict.value,
            "location": escape(finding.location),
            "fix": finding.fix,
        },
    }
    if statement_of(finding, folder) is not None:
        there = _location(template_place_of(finding, folder))
        result["relatedLocations"] = [{"id": 1, **there, "message": {"text": "The resource in the template."}}]
    if report.gone is not None:  # what is gone is told elsewhere: code scanning would take it for a result
        result["baselineState"] = "unchanged" if finding.in_baseline else "new"
    changes = [*_changes(finding, folder)]
    if changes:
        result["fixes"] = [{"description": {"text": finding.fix}, "artifactChanges": changes}]
    if finding.acknowledged is not None:
        reason = escape(finding.acknowledged)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _changes(finding: Finding, folder: str) -> Iterator[dict[str, object]]:
    """Yield the changes of files that mend a finding, in texts that are exact: programs apply them."""
    for edits in by_file(finding.edits):
        name, source = edits[0].template, edits[0].source
        found = apply(source, edits).replacements
        if found:
            replaced = [
                {"deletedRegion": _region(source, each), "insertedContent": {"text": each.text}} for each in found
            ]
            yield {"artifactLocation": _artifact(relative(name, folder)), "replacements": replaced}


def _region(source: TemplatePositions, replacement: Replacement) -> dict[str, int]:
    start, end = source.position(replacement.start), source.position(replacement.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _message(text: str) -> str:
    """Return a text as the text of a message, in which `[…](…)` is a link: nothing of a template makes one."""
    shown = escape(text)
    if "](" not in shown:
        return shown
    return shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _location(place: FilePlace) -> dict[str, object]:
    # Code scanning takes no result without a line.
    region = {"startLine": place.line or 1} | ({} if place.column is None else {"startColumn": place.column})
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": region}}


def _artifact(file: str) -> dict[str, str]:
    """Return a file by its address: relative to the current folder, absolute where it is outside."""
    address = quote(bytes_of(file))
    if PurePath(file).is_absolute():
        return {"uri": f"file://{address}" if address.startswith("/") else f"file:///{address}"}
    return {"uri": address, "uriBaseId": _ROOT}


def _logical(finding: Finding) -> dict[str, Sequence[dict[str, str]]]:
    """Return the resource of a finding, where it is of one."""
    name = finding.construct_path or finding.logical_id
    if not name:
        return {}
    resource = {"fullyQualifiedName": escape(name), "kind": "resource"}
    return {"logicalLocations": [{"name": escape(finding.logical_id), **resource} if finding.logical_id else resource]}
