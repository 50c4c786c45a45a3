"""The schemas that CloudFormation holds a template against: those of resource types, which it publishes, and others.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-type-schemas.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias, cast

Schema: TypeAlias = "dict[str, Schema | list[Schema] | list[str] | str | int | bool]"
"""A JSON schema, with the words of CloudFormation and of cfn-lint for what excludes and what asks for what.

Words of its own: `closed` of an object that has no other properties, `values` for the schema of each value of an
object, `formats` for what identifies a resource, `literal` of what no function may give, `when` for what else holds
where a property has one of some values, `open` of a resource that takes any properties.
"""

Formats: TypeAlias = "tuple[str, ...]"
"""The formats of identifiers of resources, such as `AWS::EC2::Subnet.Id`, of which any will do."""

_CUSTOM = "AWS::CloudFormation::CustomResource"
"""The resource type of a custom resource that has no type of its own."""

_DATA = Path(__file__).with_suffix(".json.gz")


class ResourceSchema:
    """The schema of a resource type, of an entry of a section, or of an attribute of resources by their type.

    Attributes:
        properties: the schema of the object below `Properties`.
        attributes: the names that `Fn::GetAtt` takes, and `Ref`, each with the formats of what it gives, None for what
            is written in the template, and may be anything; None where it takes any name.
    """

    def __init__(self, data: Schema) -> None:
        self.properties = data
        given = cast("Mapping[str, list[str] | None] | None", data.get("attributes"))
        self.attributes: Mapping[str, Formats | None] | None = (
            None if given is None else {name: None if each is None else tuple(each) for name, each in given.items()}
        )
        self._definitions = cast("Mapping[str, Schema]", data.get("definitions", {}))

    def followed(self, schema: Schema) -> Schema:
        """Return the schema that a part of this one refers to, the part itself where it does not."""
        while isinstance(reference := schema.get("$ref"), str):
            schema = self._definitions[reference]
        return schema

    def part(self, name: str) -> ResourceSchema | None:
        """Return the schema of a property, None where it is none that is known."""
        found = cast("Mapping[str, Schema]", self.properties.get("properties", {})).get(name)
        return None if found is None else ResourceSchema({**found, "definitions": cast("Schema", self._definitions)})


@cache
def _lines() -> Mapping[str, str]:
    text = gzip.decompress(_DATA.read_bytes()).decode()
    return dict(line.split("\t", 1) for line in text.splitlines())


@cache
def schema_of(name: str) -> ResourceSchema | None:
    """Return the schema of a resource type, a section or an attribute; None for a type that has none here."""
    line = _lines().get(name) or (_lines()[_CUSTOM] if name.startswith("Custom::") else None)
    return None if line is None else ResourceSchema(json.loads(line))
