"""What a declaration says of changes that the judge passes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.mutations.mutants import Mutant, path_of
from tests.mutations.places import Path, matches
from tests.oracle.bases import Body, base


class Sort(Enum):
    """Why a change may be passed."""

    HARMLESS = "harmless"
    """Something is different, and the task starts as before."""

    EQUIVALENT = "equivalent"
    """Another notation of the same, or of the default."""


class Declared(NamedTuple):
    """A declaration.

    Attributes:
        sort: harmless or equivalent.
        types: the resource types, with `*` for any part of a name; or the section of the template.
        paths: the places in the resource, patterns of `places.matches`.
        changes: the classes of changes, and `exchanged KIND` for one kind of values. What may be deleted may be put
            under a condition too.
        why: why the task starts.
        bases: the bases of which alone it speaks, where the reason lies there.
        resources: the logical IDs of which alone it speaks, with `*` for any part of them.
        old: the values of which alone it speaks, with `*` for any part of a text; other values are written as JSON.
        new: what alone may stand there instead, written alike; of what is deleted, `GONE`.
        statement: the statements of policies in which alone the place may stand, or be one, written alike.
    """

    sort: Sort
    types: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    why: str
    bases: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)
    old: tuple[str, ...] = ("*",)
    new: tuple[str, ...] = ("*",)
    statement: tuple[str, ...] = ("*",)

    def covers(self, change: Change) -> bool:
        """Return whether it speaks of a change."""
        return (
            any(one in self.changes for one in change.classes)
            and fnmatchcase(change.type, self.types)
            and _is_one_of(change.base, self.bases)
            and _is_one_of(change.resource, self.resources)
            and any(matches(pattern, change.path) for pattern in self.paths)
            and _is_one_of(change.old, self.old)
            and _is_one_of(change.new, self.new)
            and _is_one_of(change.statement, self.statement)
        )


class Change(NamedTuple):
    """A change as declarations look at it."""

    base: str
    type: str
    resource: str
    path: str
    classes: Sequence[str]
    old: str
    new: str
    statement: str

    @classmethod
    def of(cls, mutant: Mutant) -> Change:
        type_, path = mutant.where()
        body = base(mutant.base)[mutant.part].body
        old, new, statement = path_of(body, mutant.path), mutant.value, _statement(body, mutant.path)
        texts = (_text(old), _text(new), statement)
        return cls(mutant.base, type_, str(mutant.path[1]), path, _classes(mutant), *texts)


def _statement(body: Body, path: Path) -> str:
    """Return the statement of a policy that holds a place, or stands in it; nothing where there is none."""
    for end in range(len(path), 1, -1):
        if path[end - 2] == "Statement" and isinstance(path[end - 1], int):
            return _text(path_of(body, path[:end]))
    return ""


def _classes(mutant: Mutant) -> Sequence[str]:
    if mutant.change == "conditional":
        return ("conditional", "deleted")
    return (mutant.change, f"{mutant.change} {mutant.kind}")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_one_of(text: str, patterns: Sequence[str]) -> bool:
    return any(pattern == "*" or fnmatchcase(text, pattern) for pattern in patterns)


H, E = Sort.HARMLESS, Sort.EQUIVALENT
GONE, EMPTY, SWITCH = ("deleted",), ("deleted", "emptied"), ("deleted", "exchanged switch")
TEXT = ("deleted", "exchanged text")
VALUES = (
    "deleted",
    "exchanged switch",
    "exchanged number",
    "exchanged text",
    "exchanged other",
    "exchanged size",
)
"""A value that is gone, or another one of the same kind."""
