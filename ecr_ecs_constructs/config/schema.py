"""The form of the configuration, as a JSON Schema, and the parts of a document that don't have it.

The schema is published as `docs/ecr-ecs.schema.json`, which editors read.

Source: https://json-schema.org/draft/2020-12/json-schema-core
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.rules.severities import OFF
from ecr_ecs_constructs.spelling import did_you_mean

Schema = Mapping[str, object]

VERSION = 1
"""The version of the form."""

KINDS = ("repository", "subnet", "security-group", "role", "cluster")
"""The kinds of facts that can be vouched for."""

_IDS = [rule.id for rule in RULES]


def _text(description: str, pattern: str = r"\S", allowed: str = "a text that is not empty") -> Schema:
    return {"type": "string", "pattern": pattern, "$comment": allowed, "description": description}


def _choice(description: str, *values: str) -> Schema:
    return {"type": "string", "enum": list(values), "description": description}


def _list(description: str, items: Schema) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _tables(description: str, allowed: str, items: Schema) -> Schema:
    return {**_list(description, items), "$comment": allowed}


def _object(description: str, properties: Schema, **more: object) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": description,
        **more,
    }


_LISTED = "ids of rules, as `ecr-ecs rules` lists them"
_ACCOUNT = "^[0-9]{12}$"
_REGION = "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ONE: Schema = {"type": ["string", "number", "boolean"], "$comment": "a text, a number, or true or false"}
_VALUE: Schema = {
    "type": ["string", "number", "boolean", "array"],
    "items": _ONE,
    "$comment": "a text, a number, true or false, or a list of these",
}
_SEVERITIES = _object(
    "How bad the findings of rules are, by id; `off` reports none.",
    {rule: _choice(f"That of {rule}.", *(each.value for each in Severity), OFF) for rule in _IDS},
    **{"$comment": _LISTED},
)


def _names(description: str) -> Schema:
    items = {"type": "string", "pattern": r"\S", "$comment": "a text that is not empty"}
    return {
        "type": ["string", "array"],
        "pattern": r"\S",
        "items": items,
        "minItems": 1,
        "$comment": "a pattern, or a list of patterns",
        "description": f"{description} A pattern of what templates call these, as findings print it.",
    }


_TEMPLATE = _text("A pattern of the paths of templates, or of the ends of these: `legacy/*.yaml`.")

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Configuration of ecr-ecs: ecr-ecs.toml, or [tool.ecr-ecs] in pyproject.toml",
    **_object(
        "The keys have the names and the meaning of the options of `ecr-ecs check`.",
        {
            "version": {"type": "integer", "enum": [VERSION], "description": "The version of this form."},
            "account": _text("The account of templates that do not say it.", _ACCOUNT, "12 digits, as a text"),
            "region": _text("The region of templates that do not say it.", _REGION, "a region such as eu-west-1"),
            "allow-public-gallery": {"type": "boolean", "description": "Accept full references of public.ecr.aws."},
            "allow-account": _list(
                "Accept registries of these accounts and the stack's own only.",
                _text("An account.", _ACCOUNT, "12 digits, as a text"),
            ),
            "exclude": _list("Leave out what has this name, or this path below a given folder.", _text("A pattern.")),
            "ignore": _list(
                "Leave these rules out.",
                {**_choice("The id of a rule.", *_IDS), "$comment": "the id of a rule, as `ecr-ecs rules` lists it"},
            ),
            "fail-on": _choice("The lowest severity that fails.", *(severity.value for severity in Severity), "never"),
            "unknown": _choice("Whether what can't be verified fails as its severity says.", "fail", "report"),
            "require": _choice("What each container must be, whatever is accepted or left out.", "proven"),
            "baseline": _text("The file of findings that do not fail, from the folder of this file.", allowed="a path"),
            "synthesis": _choice("Whether findings fail a synthesis, or are only reported there.", "fail", "report"),
            "parameter": {
                "type": "object",
                "additionalProperties": _VALUE,
                "description": "The values that parameters are deployed with, by NAME or STACK:NAME.",
            },
            "parameters": _list("Files of such values, from the folder of this file.", _text("A path.")),
            "stack": {
                "type": "object",
                "additionalProperties": _text(
                    "The name of its stack.",
                    "^[A-Za-z][A-Za-z0-9-]{0,127}$",
                    "the name of a stack: a letter, then letters, digits and hyphens, 128 at most",
                ),
                "description": "The names of the stacks that templates are deployed as, by file.",
            },
            "severity": _SEVERITIES,
            "override": _tables(
                "Severities at some places; the last that fits a finding counts.",
                "a list of tables, each below [[override]]",
                _object(
                    "The severities at one place.",
                    {
                        "path": _text("A pattern of construct paths, which is about all below these, too: `App/Old*`."),
                        "template": _TEMPLATE,
                        "severity": _SEVERITIES,
                    },
                    required=["severity"],
                ),
            ),
            "vouch": _tables(
                "What lives elsewhere, and is right.",
                "a list of tables, each below [[vouch]]",
                _object(
                    "One fact about it.",
                    {
                        "repository": _names("Repositories that are there, and let whoever the templates name pull."),
                        "subnet": _names(
                            "Subnets from which tasks reach Amazon ECR, and the other services that they need to start."
                        ),
                        "security-group": _names("Security groups that let TCP 443 out to anywhere."),
                        "role": _names("Roles that may be assumed, and may do all that tasks need to start."),
                        "cluster": _names("Clusters whose capacity takes the tasks, and can pull their images."),
                        "reason": _text("How it is known; evidence quotes it."),
                        "until": _text("The last day on which it counts.", _DAY, "a day such as 2027-03-31"),
                    },
                    required=["reason"],
                    oneOf=[{"required": [kind]} for kind in KINDS],
                ),
            ),
        },
    ),
}
"""The form of the configuration."""


class Misfit(NamedTuple):
    """A part of a document that has not its form.

    Attributes:
        path: the keys and indices that lead to it.
        words: what it must be.
    """

    path: tuple[str | int, ...]
    words: str


def misfit_of(node: Node, schema: Schema = SCHEMA, path: tuple[str | int, ...] = ()) -> Misfit | None:
    """Return the first part of a document that has not its form, None where all have it.

    Args:
        node: the document, or a part of it; a day is a text.
        schema: the form that it must have.
        path: where it stands.
    """
    return next(_misfits(node, schema, path), None)


def _misfits(node: Node, schema: Schema, path: tuple[str | int, ...]) -> Iterator[Misfit]:
    types = schema["type"]
    allowed = [types] if isinstance(types, str) else _texts(types)
    if not any(isinstance(node, _TYPES[each]) and (each == "boolean") is isinstance(node, bool) for each in allowed):
        yield Misfit(path, f"must be {_words(schema)}")
        return
    values = schema.get("enum")
    if isinstance(values, list) and node not in values:
        hint = did_you_mean(node, _texts(values)) if isinstance(node, str) else ""
        yield Misfit(path, f"must be {_words(schema)}" + (f"; {hint}" if hint else ""))
    pattern = schema.get("pattern")
    if isinstance(node, str) and isinstance(pattern, str) and re.search(pattern, node) is None:
        yield Misfit(path, f"must be {_words(schema)}")
    if isinstance(node, list):
        if len(node) < int(str(schema.get("minItems", 0))):
            yield Misfit(path, f"must be {_words(schema)}")
        for index, item in enumerate(node):
            if "items" in schema:
                yield from _misfits(item, _schema(schema["items"]), (*path, index))
    if isinstance(node, dict):
        yield from _misfits_of_object(node, schema, path)


def _misfits_of_object(node: dict[str, Node], schema: Schema, path: tuple[str | int, ...]) -> Iterator[Misfit]:
    properties, others = _schema(schema.get("properties", {})), schema.get("additionalProperties")
    for key, value in node.items():
        if key in properties:
            yield from _misfits(value, _schema(properties[key]), (*path, key))
        elif others is False:
            hint = did_you_mean(key, properties) or f"the keys are {schema.get('$comment') or _listed([*properties])}"
            yield Misfit((*path, key), f"is no key here; {hint}")
        else:
            yield from _misfits(value, _schema(others), (*path, key))
    for key in _texts(schema.get("required", [])):
        if key not in node:
            yield Misfit(path, f"must have the key {key}")
    one_of = [key for each in _list_of(schema.get("oneOf", [])) for key in _texts(_schema(each)["required"])]
    given = [key for key in node if key in one_of]
    if len(given) > 1:
        yield Misfit((*path, given[1]), f"must stand in a table of its own, since {given[0]} stands in this one")
    elif one_of and not given:
        yield Misfit(path, f"must have one of the keys {_listed(one_of)}")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _words(schema: Schema) -> str:
    """Return what a part must be."""
    values, comment = schema.get("enum"), schema.get("$comment")
    if isinstance(comment, str) and schema["type"] != "object":
        return comment
    if isinstance(values, list):
        return _listed([str(value) for value in values])
    return {"array": "a list", "object": "a table", "boolean": "true or false", "string": "a text"}[str(schema["type"])]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _schema(node: object) -> Schema:
    assert isinstance(node, Mapping)  # noqa: S101 - the schema is ours
    return node


def _list_of(node: object) -> list[object]:
    assert isinstance(node, list)  # noqa: S101 - as above
    return node


def _texts(node: object) -> list[str]:
    return [str(each) for each in _list_of(node)]
