"""The JSON document of version 1, pinned."""

from __future__ import annotations

import json

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.reports import json as json_report
from tests.reports.reporting import EMPTY, FINDING, REPORT

CONTAINER = {
    "template": "out/Web.template.json",
    "logical_id": "Task",
    "construct_path": "Web/Task/Resource",
}
FOUND = {
    "rule": "unqualified-image",
    "severity": "error",
    "verdict": "broken",
    "template": "out/Web.template.json",
    "logical_id": "Task",
    "construct_path": "Web/Task/Resource",
    "location": "Properties.ContainerDefinitions[0].Image",
    "line": 7,
    "column": 11,
    "message": "container 'web': image 'nginx' has no ECR registry",
    "fix": "Name the image in full.",
    "source": "stacks/web.py:31",
    "acknowledged": None,
    "baseline": False,
}
DOCUMENT = {
    "version": 1,
    "tool": {"name": "ecr-ecs", "version": __version__},
    "containers": [
        {
            **CONTAINER,
            "container": "web",
            "image": "nginx",
            "verdict": "broken",
            "links": [
                {"link": "image", "verdict": "broken", "evidence": "nginx has no ECR registry"},
                {"link": "network", "verdict": "unknown", "evidence": "imported VPC"},
            ],
        },
        {
            **CONTAINER,
            "container": "log",
            "image": "nginx",
            "verdict": "proven",
            "links": [{"link": "image", "verdict": "holds", "evidence": "it is one"}],
        },
        {
            **CONTAINER,
            "container": "sidecar",
            "image": "nginx",
            "verdict": "unknown",
            "links": [{"link": "image", "verdict": "unknown", "evidence": "who knows"}],
        },
    ],
    "findings": [
        FOUND,
        {**FOUND, "severity": "warning", "source": None, "verdict": "unknown", "line": None, "column": None},
        {**FOUND, "severity": "info", "source": None, "construct_path": None, "acknowledged": "mirrored"},
        {**FOUND, "baseline": True},
    ],
    "gone": [
        {
            "rule": "unqualified-image",
            "template": "out/Web.template.json",
            "logical_id": "Task",
            "construct_path": "Web/Task/Resource",
            "location": "Properties.ContainerDefinitions[0].Image",
            "message": "another one",
        }
    ],
    "summary": {
        "templates": 2,
        "resources": 5,
        "containers": 3,
        "proven": 1,
        "broken": 1,
        "unknown": 1,
        "error": 1,
        "warning": 1,
        "info": 0,
        "acknowledged": 1,
        "baseline": 1,
    },
}


def test_document() -> None:
    rendered = json_report.render(REPORT)
    assert rendered == json.dumps(DOCUMENT, indent=2) + "\n"  # keys in this order, too


def test_empty() -> None:
    document = json.loads(json_report.render(EMPTY))
    assert (document["containers"], document["findings"], document["summary"]["templates"]) == ([], [], 1)


def test_any_text_is_ascii() -> None:
    rendered = json_report.render(EMPTY._replace(findings=(FINDING._replace(message="ü\x1b\ud800"),)))
    assert rendered.isascii()
    assert json.loads(rendered)["findings"][0]["message"] == "ü\x1b\ud800"


def test_no_command_of_a_ci_service() -> None:
    rendered = json_report.render(EMPTY._replace(findings=(FINDING._replace(message="###[error] ##vso[x]"),)))
    assert "##" not in rendered
    assert json.loads(rendered)["findings"][0]["message"] == "###[error] ##vso[x]"
