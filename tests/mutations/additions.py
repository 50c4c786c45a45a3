"""What can be added to a resource: each property of the schema of its type that it does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ecr_ecs_constructs.cloudformation.validity.schemas import ResourceSchema, Schema, schema_of
from tests.mutations.places import Path

DEEPEST = 6
"""How deep an object that is added may be: definitions refer to themselves."""

OF_FORMAT = {
    "AWS::EC2::Image.Id": "ami-0fedcba9876543210",
    "AWS::EC2::SecurityGroup.Id": "sg-0fedcba9876543210",
    "AWS::EC2::Subnet.Id": "subnet-0fedcba9876543210",
    "AWS::EC2::VPC.Id": "vpc-0fedcba9876543210",
    "ipv4-network": "10.9.0.0/24",
    "ipv6-network": "2001:db8::/64",
}
"""A text of each format."""


def additions(type_: str, path: Path, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the properties that an object lacks, each with a value that it can have.

    Args:
        type_: the type of the resource.
        path: the place of the object, from the properties of the resource on.
        node: the object.
    """
    types = schema_of(type_)
    schema = None if types is None else _below(types, path)
    if types is None or schema is None:
        return
    for name, each in _properties(schema).items():
        if name not in node:
            yield from ((name, value) for value in _values(types, each, 0))


def _below(types: ResourceSchema, path: Path) -> Schema | None:
    schema = types.properties
    for step in path:
        part = _properties(schema).get(step) if isinstance(step, str) else schema.get("items")
        if not isinstance(part, dict):
            return None
        schema = types.followed(part)
    return schema


def _properties(schema: Schema) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", schema.get("properties", {}))


def _values(types: ResourceSchema, schema: Schema, depth: int) -> Iterator[Any]:
    """Yield values that a schema takes: both switches, two of the texts that are known, the bounds of a number."""
    schema = types.followed(schema)
    kinds = cast("Sequence[str] | str", schema.get("type", "object"))
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if known := cast("Sequence[Any]", schema.get("enum", ())):
        yield from dict.fromkeys((known[0], known[-1]))
    elif kind == "boolean":
        yield from (True, False)
    elif kind in ("integer", "number"):
        yield from dict.fromkeys((schema.get("minimum", 1), schema.get("maximum", 100)))
    elif kind == "string":
        yield OF_FORMAT.get(str(schema.get("format")), "text")
    elif kind == "array":
        items = schema.get("items")
        yield from ([value] for value in (_values(types, items, depth + 1) if isinstance(items, dict) else ("text",)))
    elif depth < DEEPEST:
        yield from _objects(types, schema, depth + 1)


def _objects(types: ResourceSchema, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
    """Yield objects of a schema: with what they must have, and besides that with each other property alone."""
    properties = _properties(schema)
    asked = cast("Sequence[str]", schema.get("required", ()))
    least = {name: next(iter(_values(types, properties[name], depth)), "text") for name in asked if name in properties}
    if not properties:
        yield {"Key": "text"}
        return
    yield least
    for name, each in properties.items():
        if name not in least:
            yield from ({**least, name: value} for value in _values(types, each, depth))
