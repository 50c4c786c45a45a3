"""The schemas of resource types that CloudFormation publishes, and holds the resources of a template against.

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
"""A JSON schema, with the words of CloudFormation and of cfn-lint for what excludes and what asks for what."""

_DATA = Path(__file__).with_suffix(".json.gz")


class ResourceSchema:
    """The schema of a resource type.

    Attributes:
        properties: the schema of the object below `Properties`.
        attributes: the names that `Fn::GetAtt` takes.
    """

    def __init__(self, data: Schema) -> None:
        self.properties = data
        self.attributes = frozenset(cast("list[str]", data.get("attributes", [])))
        self._definitions = cast("Mapping[str, Schema]", data.get("definitions", {}))

    def followed(self, schema: Schema) -> Schema:
        """Return the schema that a part of this one refers to, the part itself where it does not."""
        while isinstance(reference := schema.get("$ref"), str):
            schema = self._definitions[reference]
        return schema


@cache
def _lines() -> Mapping[str, str]:
    text = gzip.decompress(_DATA.read_bytes()).decode()
    return dict(line.split("\t", 1) for line in text.splitlines())


@cache
def schema_of(type_: str) -> ResourceSchema | None:
    """Return the schema of a resource type, None for a type that no link of the pull path asks about."""
    line = _lines().get(type_)
    return None if line is None else ResourceSchema(json.loads(line))
