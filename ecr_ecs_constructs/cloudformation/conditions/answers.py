"""The answers to a question that are known, each for all worlds that agree on what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ecr_ecs_constructs.cloudformation.choices import Choice, Choices, Variable

Key = tuple[object, ...]
Reads = Mapping[Variable, Choice | None]
"""The choices that an answer depends on, in the order in which they were read; None for those that were not made."""

UNASKED = object()
"""Stands for an answer that is not known."""


class Forked(NamedTuple):
    """The answer of a world in which a question reads what the world has not chosen.

    Attributes:
        variable: what it reads.
        choices: the choices that there are for it.
    """

    variable: Variable
    choices: Sequence[Choice]


class _Known(NamedTuple):
    """An answer, and what it depends on."""

    reads: Reads
    found: Any


class _Choosing:
    """A place of a tree of answers where the choice for a variable decides how it goes on."""

    __slots__ = ("after", "variable")

    def __init__(self, variable: Variable) -> None:
        self.variable = variable
        self.after: dict[object, _Place] = {}


_Place = _Choosing | _Known


class Answers:
    """The answers to one question.

    A question reads the choices of a world one after the other, and what it reads next depends on those before: its
    answers about one thing are the leaves of a tree.

    Attributes:
        same: those that no choice matters to, by the key of what is asked about.
    """

    __slots__ = ("chosen", "same")

    def __init__(self) -> None:
        self.same: dict[Key, Any] = {}
        self.chosen: dict[object, _Place] = {}

    def known(self, key: Key, choices: Choices) -> Any:
        """Return the answer of a world that chose alike, and note that what it depends on is read.

        Returns:
            The answer; `UNASKED` where none is known.
        """
        place: _Place | None = self.chosen[key]
        while isinstance(place, _Choosing):
            place = place.after.get(choices.get(place.variable))
        if place is None:
            return UNASKED
        choices.reads.update(place.reads)
        return place.found

    def keep(self, key: Key, choices: Choices, reads: Reads, found: object) -> None:
        """Keep the answer of a world that depends on its choices."""
        left, around = dict(reads), self.chosen
        at: object = key
        while left:
            place = around.get(at)
            if type(place) is not _Choosing:
                place = around[at] = _Choosing(next(iter(left)))
            left.pop(place.variable, None)
            around, at = place.after, choices.get(place.variable)
        around[at] = _Known(reads, found)
