"""Changes that the judge passes, each with the reason why the task starts all the same.

A declaration lists what is good. Where a change keeps the task from starting, it is not declared: the judge is wrong
there. What nobody has looked at yet stands in `open.txt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.mutations.mutants import Mutant
from tests.mutations.places import matches


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
        base: the base of which alone it speaks, where the reason lies there.
        resource: the logical ID of which alone it speaks, with `*` for any part of it.
    """

    sort: Sort
    types: str
    paths: tuple[str, ...]
    changes: tuple[str, ...]
    why: str
    base: str = "*"
    resource: str = "*"

    def covers(self, mutant: Mutant, type_: str, path: str) -> bool:
        """Return whether it speaks of a change, of which the type and the path are known."""
        return (
            any(change in self.changes for change in _changes(mutant))
            and fnmatchcase(type_, self.types)
            and fnmatchcase(mutant.base, self.base)
            and fnmatchcase(str(mutant.path[1]), self.resource)
            and any(matches(pattern, path) for pattern in self.paths)
        )


def _changes(mutant: Mutant) -> Sequence[str]:
    if mutant.change == "conditional":
        return ("conditional", "deleted")
    return (mutant.change, f"{mutant.change} {mutant.kind}")


DECLARED: tuple[Declared, ...] = ()
"""All declarations; the first that speaks of a change counts."""


def declaration(mutant: Mutant) -> Declared | None:
    """Return the declaration that speaks of a change, None where none does."""
    type_, path = mutant.where()
    return next((each for each in DECLARED if each.covers(mutant, type_, path)), None)
