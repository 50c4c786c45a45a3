"""The values that the hole of a text may stand for, and the choice that decides it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ecr_ecs_constructs import regular
from ecr_ecs_constructs.cloudformation.choices import Variable
from ecr_ecs_constructs.cloudformation.evaluation.strings import between
from ecr_ecs_constructs.cloudformation.parameters import variable_referred
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text


class OnlyHole(NamedTuple):
    """The hole of a text that has but one.

    Attributes:
        before: the literal before it.
        hole: the hole.
        behind: the literal behind it.
    """

    before: str
    hole: Hole
    behind: str

    def values(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield what the hole stands for where the text is one of some literals; nothing for those it can't be."""
        for each in texts:
            inner = between(self.before, each, self.behind)
            # The constraint on a list is one on its elements.
            if inner is not None and (self.hole.kind is Kind.REST or admits(self.hole.pattern, inner)):
                yield inner


def only_hole(text: Text) -> OnlyHole | None:
    """Return the hole of a text that has but one, None for other texts."""
    found = [(index, piece) for index, piece in enumerate(text.pieces) if isinstance(piece, Hole)]
    if len(found) != 1:
        return None
    index, hole = found[0]
    before, behind = text.pieces[:index], text.pieces[index + 1 :]
    return OnlyHole("".join(map(str, before)), hole, "".join(map(str, behind)))


def admits(pattern: str | None, literal: str) -> bool:
    """Return whether an expression matches a literal in full; so does one that can't be read, and where there is none.

    Args:
        pattern: the regular expression of a parameter.
        literal: the literal.
    """
    if pattern is None:
        return True
    try:
        return regular.intersection(re.escape(literal), pattern) is not None
    except regular.UnsupportedPattern:
        return True


_OF_PSEUDO = (Kind.ACCOUNT, Kind.REGION, Kind.PARTITION, Kind.URL_SUFFIX)


def variable_of(hole: Hole) -> Variable | None:
    """Return the variable whose choice decides what a hole stands for, None where it stands for no parameter."""
    if hole.kind in _OF_PSEUDO:
        return (hole.name,)
    match hole.origin:
        case (Template() as template, str(node)):
            return variable_referred(template, json.loads(node))
    return None
