"""The properties of the resource types that the proof reads: each decides, is harmless, or is unknown.

The table is made from the schema of CloudFormation. A property that it does not have, or that nobody has looked at, is
unknown.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias


class Effect(StrEnum):
    """How a property has to do with the start of a task."""

    DECIDES = "decides"
    HARMLESS = "harmless"
    UNKNOWN = "unknown"


class Declared(NamedTuple):
    """The declaration of a property.

    Attributes:
        effect: how it has to do with the start of a task.
        reason: why it is harmless, or unknown.
    """

    effect: Effect
    reason: str = ""


DECIDES = Declared(Effect.DECIDES)
NOT_JUDGED = Declared(Effect.UNKNOWN, "it can keep a task from starting, and is not judged")
NOT_KNOWN = Declared(Effect.UNKNOWN, "it is not known to the judge")

Tree: TypeAlias = "Mapping[str, Tree | Declared]"
"""The properties of an object by name, `*` for each element of a list; either what stands below them, or what is
declared of them and of all below."""


class DeclaredType(NamedTuple):
    """The declaration of a resource type.

    Attributes:
        rule: the id of the rule that is left unverified where a property of it is unknown.
        tree: its properties.
    """

    rule: str
    tree: Tree


@cache
def declared_type(type_: str) -> DeclaredType | None:
    """Return what is declared of a resource type, None for one that the proof does not read."""
    lines, reasons = _table()
    _, found, rest = lines.partition(f"\n  {json.dumps(type_)}: ")
    if not found:
        return None
    rule, tree = json.loads(rest.partition("\n")[0].removesuffix(","))
    return DeclaredType(rule, _tree(tree, (DECIDES, NOT_JUDGED, NOT_KNOWN, *reasons)))


def properties_of(type_: str) -> Mapping[str, Declared]:
    """Return what is declared of each property of a resource type, by its path; nothing for a type that is not read.

    Args:
        type_: the resource type.

    Returns:
        By names with `/` between them, and `*` for each element of a list: `ContainerDefinitions/*/Image`. An object
        has no declaration of its own: what stands in it has.
    """
    found = declared_type(type_)
    return {} if found is None else dict(_paths(found.tree, ""))


def declared_types() -> tuple[str, ...]:
    """Return the resource types that the proof reads."""
    lines, _ = _table()
    starts = (line.partition('": ')[0] for line in lines.splitlines() if line.startswith('  "AWS::'))
    return tuple(start.removeprefix('  "') for start in starts)


@cache
def _table() -> tuple[str, tuple[Declared, ...]]:
    """Return the lines of the table, of which only those that are needed are parsed, and the reasons."""
    packed = Path(__file__).with_name("properties.json.gz").read_bytes()
    lines = gzip.decompress(packed).decode()
    head = json.loads(lines.partition(',\n "types"')[0] + "}")
    return lines, tuple(Declared(Effect.HARMLESS, reason) for reason in head["reasons"])


def _tree(written: Mapping[str, object], declared: tuple[Declared, ...]) -> Tree:
    """Return a tree whose leaves are written as numbers."""
    return {
        name: _tree(each, declared) if isinstance(each, dict) else declared[int(str(each))]
        for name, each in written.items()
    }


def _paths(tree: Tree, path: str) -> Iterator[tuple[str, Declared]]:
    for name, each in tree.items():
        if isinstance(each, Declared):
            yield f"{path}{name}", each
        else:
            yield from _paths(each, f"{path}{name}/")
