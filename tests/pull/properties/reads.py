"""The properties that the judge reads, as it is watched, and as its code names them."""

from __future__ import annotations

import ast
import re
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ecr_ecs_constructs
from ecr_ecs_constructs.cloudformation.conditions.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr_ecs_constructs.cloudformation.template import Resource
    from ecr_ecs_constructs.cloudformation.values import Branch, Site, Value

JUDGE = [Path(ecr_ecs_constructs.__file__).parent / room for room in ("pull", "rules")]


@contextmanager
def watched() -> Iterator[set[tuple[str, str]]]:
    """Note each property whose value is asked for: the resource type and the path."""
    found: set[tuple[str, str]] = set()
    values, read = World.values, World.read

    def watched_values(self: World, resource: Resource, path: str, at: Site | None = None) -> tuple[Value, ...]:
        found.add((resource.type, _path("" if at is None else at.location, path)))
        return values(self, resource, path, at)

    def watched_read(self: World, site: Site) -> Branch:
        found.add((site.resource.type, _path(site.location)))
        return read(self, site)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "values", watched_values)
        patch.setattr(World, "read", watched_read)
        yield found


_IN_A_LOCATION = re.compile(r"^Properties\.?|\.Fn::If\[[12]\]|…$")


def _path(location: str, path: str = "") -> str:
    """Return a place in a resource, or what a path leads to from there, as the table writes it."""
    start = re.sub(r"\[[0-9]+\]", ".*", _IN_A_LOCATION.sub("", location))
    return ".".join(part for part in (start, path) if part).replace(".", "/").removesuffix("/*")


BY_BEING_THERE = frozenset({"ConfiguredAtLaunch", "S3FilesVolumeConfiguration"})
"""The kinds of volumes that the judge does not name: it reads that a volume is of another kind than those it names."""


def is_named(path: str) -> bool:
    """Return whether the code of the judge names a property, as one word or as two that it puts together."""
    names = path.removesuffix("/*").split("/")
    words, last = _words(), names[-1]
    return (
        not BY_BEING_THERE.isdisjoint(names)
        or last in words
        or any({last[:end], last[end:]} <= words for end in range(1, len(last)))
    )


@cache
def _words() -> frozenset[str]:
    """Return the words that stand in the texts of the judge's code, its docstrings left out."""
    found: set[str] = set()
    for file in (file for room in JUDGE for file in room.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                found |= {*re.findall("[A-Za-z0-9]+", node.value)}
    return frozenset(found)
