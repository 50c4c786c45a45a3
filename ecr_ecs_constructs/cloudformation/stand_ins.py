"""Characters that stand for what is known only at deployment, so that what reads plain text can read it."""

from __future__ import annotations

import re

from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of, text

STAND_IN = "[\U000f0000-\U0010ffff]"
"""A regular expression of the characters that can stand for holes: private ones of Unicode, which mean nothing."""

_STAND_IN = re.compile(f"({STAND_IN})")
_FIRST = 0xF0000


class StandIns:
    """The characters that stand for the holes of some texts, each for one."""

    def __init__(self) -> None:
        self._meaning: dict[str, str | Hole] = {}
        self._known: dict[str | Hole, str] = {}

    def encode(self, value: str | Text) -> str:
        """Return a text with a character in place of each hole.

        One of these characters that stands in the text itself gets another in its place.
        """
        return "".join(
            self._of(piece) if isinstance(piece, Hole) else _STAND_IN.sub(lambda found: self._of(found[0]), piece)
            for piece in pieces_of(value)
        )

    def _of(self, piece: str | Hole) -> str:
        if piece not in self._known:
            stand_in = self._known[piece] = chr(_FIRST + len(self._known))
            self._meaning[stand_in] = piece
        return self._known[piece]

    def decode(self, encoded: str) -> str | Text:
        """Return what a part of an encoded text stands for."""
        return text(*(self._meaning.get(part, part) for part in _STAND_IN.split(encoded)))
