"""Many changes judged, and what became of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.mutations.declared import declaration
from tests.mutations.declared.declaration import Declared
from tests.mutations.judging import is_proven
from tests.mutations.mutants import Mutant, mutants

OPEN = Path(__file__).parent / "open.txt"
"""The changes that are passed and that nobody has judged yet, with their number: a line each. It only shrinks."""


class Group(NamedTuple):
    """Changes that are alike.

    Attributes:
        type: the type of the resource, or the section of the template.
        path: the place, `*` for each index.
        change: the class of the change, and its kind.
    """

    type: str
    path: str
    change: str

    def __str__(self) -> str:
        return " | ".join(self)


def group(mutant: Mutant) -> Group:
    """Return the group of a change."""
    return Group(*mutant.where(), f"{mutant.change} {mutant.kind}".strip())


class Survey(NamedTuple):
    """What became of changes.

    Attributes:
        judged: how many there are, by class.
        proven: how many of them are still proven, by class.
        declared: how many of these each declaration speaks of.
        open: how many of these are open, by group.
        undeclared: all others that are still proven, by group.
    """

    judged: Counter[str]
    proven: Counter[str]
    declared: Counter[Declared]
    open: Counter[Group]
    undeclared: Mapping[Group, Sequence[Mutant]]


def drawn(base_name: str, seed: int, count: int) -> Sequence[Mutant]:
    """Draw changes of a base; the same for the same arguments."""
    every = mutants(base_name)
    return Random(f"{seed} {base_name}").sample(every, min(count, len(every)))


def survey(chosen: Iterable[Mutant], processes: int = 1) -> Survey:
    """Judge changes.

    Args:
        chosen: the changes.
        processes: how many processes judge them.
    """
    every = [*chosen]
    found = Survey(Counter(), Counter(), Counter(), Counter(), defaultdict(list))
    undeclared: dict[Group, list[Mutant]] = defaultdict(list)
    for mutant, proven in zip(every, _judged(every, processes), strict=True):
        found.judged[mutant.change] += 1
        if not proven:
            continue
        found.proven[mutant.change] += 1
        declared, own = declaration(mutant), group(mutant)
        if declared is not None:
            found.declared[declared] += 1
        elif own in still_open():
            found.open[own] += 1
        else:
            undeclared[own].append(mutant)
    return found._replace(undeclared=dict(undeclared))


def _judged(every: Sequence[Mutant], processes: int) -> Iterator[bool]:
    if processes == 1:
        yield from map(is_proven, every)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(is_proven, every, chunksize=100)


@cache
def still_open() -> Mapping[Group, int]:
    """Return the groups of which nobody has judged yet whether the task starts, with the number of their changes."""
    found = {}
    for line in OPEN.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            count, *parts = line.split(" | ")
            found[Group(*parts)] = int(count)
    return found


def write_open(found: Survey) -> None:
    """Leave out of the open changes what is no longer met. Nothing comes in."""
    head = [line for line in OPEN.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    left = {own: min(count, found.open[own]) for own, count in still_open().items() if found.open[own]}
    lines = [f"{count} | {own}" for own, count in sorted(left.items())]
    OPEN.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
