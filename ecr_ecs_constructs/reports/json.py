"""Reports as JSON for programs."""

from __future__ import annotations

import json

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.reports.summary import summarize
from ecr_ecs_constructs.rules.fingerprints import FindingKey
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding
from ecr_ecs_constructs.rules.unproven import all_findings

VERSION = 1
"""The version of the form; a change that breaks readers makes a new one."""


def render(report: Report) -> str:
    """Return a report as one JSON document of version `VERSION`, in a stable order, with a newline at its end."""
    document = {
        "version": VERSION,
        "tool": {"name": "ecr-ecs", "version": __version__},
        "containers": [_container(container) for container in report.containers],
        "findings": [_finding(finding) for finding in all_findings(report)],
        "gone": [_gone(finding) for finding in report.gone or ()],
        "summary": dict(summarize(report)),
    }
    return dumps(document)


def dumps(document: object) -> str:
    """Return a document as JSON in ASCII, with a newline at its end."""
    # As `reports.text.escape` says, no log of a CI service may hold `##`; within a string of JSON it has an escape.
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def _container(container: ContainerReport) -> dict[str, object]:
    return {
        "template": container.template,
        "logical_id": container.logical_id,
        "construct_path": container.construct_path,
        "container": container.container,
        "image": container.image,
        "verdict": container.verdict,
        "links": [
            {"link": link.name, "verdict": link.verdict.value, "evidence": link.evidence} for link in container.links
        ],
    }


def _gone(finding: FindingKey) -> dict[str, object]:
    return {**finding._asdict(), "construct_path": finding.construct_path or None}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.verdict.value,
        "template": finding.template,
        "logical_id": finding.logical_id,
        "construct_path": finding.construct_path,
        "location": finding.location,
        "line": finding.position and finding.position.line,
        "column": finding.position and finding.position.column,
        "message": finding.message,
        "fix": finding.fix,
        "source": finding.source,
        "acknowledged": finding.acknowledged,
        "baseline": finding.in_baseline,
    }
