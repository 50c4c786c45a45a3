"""The properties of a resource type, as the schema of CloudFormation has them; cfn-lint ships it."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
"""The region whose schema is taken: it has all that others have."""


def source() -> str:
    """Return where the schema is from."""
    return f"cfn-lint {version('cfn-lint')}, {_read('version.json')['schema_date'][:10]}"


@cache
def properties(type_: str) -> tuple[str, ...]:
    """Return the paths of all properties of a resource type that a template may give, sorted.

    Args:
        type_: the type; that the schema does not have it raises `KeyError`.

    Returns:
        Names with `/` between them, and `*` for each element of a list: `ContainerDefinitions/*/Image`. What a map has
        is left out, and what stands in an object that stands in itself.
    """
    schema = _read(f"resources/{_types()[type_]}.json")
    given = [f"{pointer.removeprefix('/properties/')}/" for pointer in schema.get("readOnlyProperties", ())]
    found = set(_below(schema, schema, ()))
    return tuple(sorted(path for path in found if not any(f"{path}/".startswith(each) for each in given)))


@cache
def _types() -> dict[str, str]:
    found: dict[str, str] = _read(f"providers/{REGION}.json")
    return found


def _read(name: str) -> dict[str, Any]:
    import cfnlint  # noqa: PLC0415 - its imports take a second, which every process that collects tests would spend

    data = Path(cfnlint.__file__).parent / "data" / "schemas"
    found: dict[str, Any] = json.loads((data / name).read_text(encoding="utf-8"))
    return found


def _below(
    schema: dict[str, Any], node: dict[str, Any], path: tuple[str, ...], seen: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the paths of the properties below a node of a schema."""
    while "$ref" in node:
        reference = node["$ref"]
        if reference in seen:
            return
        seen = (*seen, reference)
        node = schema
        for key in reference.removeprefix("#/").split("/"):
            node = node[key]
    for name, inner in node.get("properties", {}).items():
        yield "/".join((*path, name))
        yield from _below(schema, inner, (*path, name), seen)
    for inner in (each for key in ("oneOf", "anyOf", "allOf") for each in node.get(key, ())):
        yield from _below(schema, inner, path, seen)
    if isinstance(node.get("items"), dict):
        yield from _below(schema, node["items"], (*path, "*"), seen)
