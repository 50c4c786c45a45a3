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
        defaults: of one that is unknown, the values that change nothing: those that it has where it is not given.
    """

    effect: Effect
    reason: str = ""
    defaults: tuple[str, ...] = ()


DECIDES = Declared(Effect.DECIDES)
NOT_JUDGED = Declared(Effect.UNKNOWN, "can keep tasks from starting, and is not judged")
NOT_KNOWN = Declared(Effect.UNKNOWN, "is no property that the judge knows")

Leaf: TypeAlias = int | list[int | str]
"""The number of a declaration in the table; in a list, with the values that change nothing behind it."""

Tree: TypeAlias = "dict[str, Tree | Leaf]"
"""The properties of an object by name, `*` for each element of a list; either what stands below them, or what is
declared of them and of all below.

It stays as it is parsed: most properties of most templates are only looked up in it.
"""

UNKNOWN_LEAVES = range(1, 3)
"""The numbers of `NOT_JUDGED` and `NOT_KNOWN`."""


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
    lines, _ = _table()
    _, found, rest = lines.partition(f"\n  {json.dumps(type_)}: ")
    return DeclaredType(*json.loads(rest.partition("\n")[0].removesuffix(","))) if found else None


def declared(leaf: Leaf) -> Declared:
    """Return the declaration that a leaf of the table stands for."""
    _, numbered = _table()
    if isinstance(leaf, int):
        return numbered[leaf]
    number, *defaults = leaf
    return numbered[int(number)]._replace(defaults=tuple(map(str, defaults)))


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
    """Return the lines of the table, of which only those that are needed are parsed, and all declarations."""
    packed = Path(__file__).with_name("properties.json.gz").read_bytes()
    lines = gzip.decompress(packed).decode()
    head = json.loads(lines.partition(',\n "types"')[0] + "}")
    harmless = (Declared(Effect.HARMLESS, reason) for reason in head["reasons"])
    return lines, (DECIDES, NOT_JUDGED, NOT_KNOWN, *harmless)


def _paths(tree: Tree, path: str) -> Iterator[tuple[str, Declared]]:
    for name, each in tree.items():
        if isinstance(each, dict):
            yield from _paths(each, f"{path}{name}/")
        else:
            yield f"{path}{name}", declared(each)
