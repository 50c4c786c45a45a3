"""Forms of documents, as JSON Schemas, and the parts of a document that don't have their form.

Source: https://json-schema.org/draft/2020-12/json-schema-core
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node
from ecr_ecs_constructs.spelling import did_you_mean

Schema = Mapping[str, object]


def text(description: str, pattern: str = r"\S", allowed: str = "a text that is not empty") -> Schema:
    """Return the form of a text.

    Args:
        description: what it means.
        pattern: the pattern that it has.
        allowed: the same in words.
    """
    return {"type": "string", "pattern": pattern, "$comment": allowed, "description": description}


def choice(description: str, *values: str) -> Schema:
    """Return the form of a text that is one of some values."""
    return {"type": "string", "enum": list(values), "description": description}


def list_of(description: str, items: Schema) -> Schema:
    """Return the form of a list, all of whose items have one form."""
    return {"type": "array", "items": items, "description": description}


def tables(description: str, allowed: str, items: Schema) -> Schema:
    """Return the form of a list of tables, with the words for it."""
    return {**list_of(description, items), "$comment": allowed}


def table(description: str, properties: Schema, **more: object) -> Schema:
    """Return the form of a table that has no other keys than these."""
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": description,
        **more,
    }


def patterns(description: str) -> Schema:
    """Return the form of a pattern of names, or of a list of these."""
    items = {"type": "string", "pattern": r"\S", "$comment": "a text that is not empty"}
    return {
        "type": ["string", "array"],
        "pattern": r"\S",
        "items": items,
        "minItems": 1,
        "$comment": "a pattern, or a list of patterns",
        "description": f"{description} A pattern of what templates call these, as findings print it.",
    }


class Misfit(NamedTuple):
    """A part of a document that has not its form.

    Attributes:
        path: the keys and indices that lead to it.
        words: what it must be.
    """

    path: tuple[str | int, ...]
    words: str


def misfit_of(node: Node, schema: Schema, path: tuple[str | int, ...] = ()) -> Misfit | None:
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
    for key, needed in _schema(schema.get("dependentRequired", {})).items():
        missing = [each for each in _texts(needed) if key in node and each not in node]
        if missing:
            yield Misfit(path, f"must have the key {missing[0]} beside {key}")
    one_of = [key for each in _items(schema.get("oneOf", [])) for key in _texts(_schema(each)["required"])]
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


def _items(node: object) -> list[object]:
    assert isinstance(node, list)  # noqa: S101 - as above
    return node


def _texts(node: object) -> list[str]:
    return [str(each) for each in _items(node)]
