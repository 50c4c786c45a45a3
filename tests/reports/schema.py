"""The JSON Schema of a report as JSON, which is published as `docs/report.schema.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.proof import LINKS
from ecr_ecs_constructs.reports.json import VERSION
from ecr_ecs_constructs.rules.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Schema = dict[str, Any]


def _text(description: str, *, or_null: bool = False) -> Schema:
    return {"type": ["string", "null"] if or_null else "string", "description": description}


def _number(description: str, least: int = 0, *, or_null: bool = False) -> Schema:
    type_ = ["integer", "null"] if or_null else "integer"
    return {"type": type_, "minimum": least, "description": description}


def _choice(description: str, values: Iterable[str]) -> Schema:
    return {"enum": [*values], "description": description}


def _object(description: str, properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "description": description, "required": [*properties], "properties": {**properties}}


def _list(description: str, items: Schema) -> Schema:
    return {"type": "array", "description": description, "items": items}


_PLACE = {
    "template": _text("The template's file, as the call names it."),
    "logical_id": _text("The resource; empty where it is of none."),
    "construct_path": _text("The path of the construct that made the resource, where known.", or_null=True),
}

_LINK = _object(
    "A link.",
    {
        "link": _choice("Its name.", LINKS),
        "verdict": _choice("Whether it holds.", [verdict.value for verdict in Verdict]),
        "evidence": _text("What decides it, or what is missing."),
    },
)

_CONTAINER = _object(
    "A container.",
    {
        **_PLACE,
        "container": _text("Its name; where it has none, the place in the resource."),
        "image": _text("Its image in the notation of Fn::Sub, several with | between them."),
        "verdict": _choice(
            "proven where every link holds, broken where one is broken, else unknown.", ["proven", "broken", "unknown"]
        ),
        "links": _list("The links of its pull path.", _LINK),
    },
)

_FINDING = _object(
    "A finding.",
    {
        "rule": _text("The id of the rule; not-proven for a container that must be proven and is not."),
        "severity": _choice("How bad it is.", [severity.value for severity in Severity]),
        "verdict": _choice("Whether it is broken or unknown.", ["broken", "unknown"]),
        **_PLACE,
        "location": _text("The place in the resource, such as Properties.ContainerDefinitions[0].Image."),
        "line": _number("The line in the template, from 1, where known.", 1, or_null=True),
        "column": _number("The column in the template, from 1, in characters, where known.", 1, or_null=True),
        "message": _text("The fact with its value."),
        "fix": _text("The advice."),
        "source": _text("The file:line of the statement that made the resource, where known.", or_null=True),
        "acknowledged": _text("The reason for which it is accepted; null where it is not.", or_null=True),
        "baseline": {"type": "boolean", "description": "Whether it is in the baseline."},
    },
)

_GONE = _object(
    "A finding of the baseline.",
    {
        "rule": _text("The id of the rule."),
        **_PLACE,
        "template": _text("The template's file, from the folder of the baseline."),
        "location": _text("The place in the resource."),
        "message": _text("The fact with its value."),
    },
)

_COUNTS = {
    "templates": "Templates.",
    "resources": "Resources in them.",
    "containers": "Containers.",
    "proven": "Containers that are proven.",
    "broken": "Containers that are broken.",
    "unknown": "Containers that are unknown.",
    "error": "Errors that are not accepted; those of not-proven are among the containers alone.",
    "warning": "Warnings that are not accepted.",
    "info": "Findings of information that are not accepted.",
    "acknowledged": "Findings that are acknowledged.",
    "baseline": "Findings that are in the baseline, but for those that are acknowledged.",
}

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Report of ecr-ecs check --format json",
    **_object(
        "Later versions of the command may add properties; whatever breaks readers makes a new version of the form.",
        {
            "version": {"type": "integer", "enum": [VERSION], "description": "The version of this form."},
            "tool": _object(
                "The command.",
                {"name": {"enum": ["ecr-ecs"], "description": "Its name."}, "version": _text("Its version.")},
            ),
            "containers": _list("Every container, in the order of the templates.", _CONTAINER),
            "findings": _list("Every finding, in the order of the templates; then those of not-proven.", _FINDING),
            "gone": _list("The findings of the baseline that are no more.", _GONE),
            "summary": _object("Counts.", {name: _number(text) for name, text in _COUNTS.items()}),
        },
    ),
}
