"""Colours and links for terminals; without them a text is what it is in a file.

Sources:
    https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
"""

from __future__ import annotations

from typing import NamedTuple

_COLOURS = {
    **dict.fromkeys(("holds", "proven"), 32),
    **dict.fromkeys(("broken", "error"), 31),
    **dict.fromkeys(("unknown", "warning"), 33),
    "info": 36,
    **dict.fromkeys(("not-applicable", "acknowledged", "baseline"), 2),
}


class Style(NamedTuple):
    """The means of a terminal that a text makes use of.

    Attributes:
        colours: whether verdicts and severities are coloured.
        links: whether ids of rules lead to their pages.
    """

    colours: bool = False
    links: bool = False

    def painted(self, word: str) -> str:
        """Return a verdict or a severity in its colour."""
        return f"\x1b[{_COLOURS[word]}m{word}\x1b[0m" if self.colours else word

    def linked(self, text: str, target: str) -> str:
        """Return a text that leads to a URL."""
        return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\" if self.links else text


PLAIN = Style()
"""A text that is the same everywhere."""
