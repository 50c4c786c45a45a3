"""Facts that a project vouches for: about what lives elsewhere, so that no template tells of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple


class Vouch(NamedTuple):
    """A fact about what no template tells.

    Attributes:
        kind: what it is about, such as `subnet`.
        names: patterns of what templates call these, as findings print it; `*` stands for any text.
        reason: how it is known.
        until: the last day on which it counts; None for no end.
        file: where it stands.
        line: the line in there, from 1.
        location: the place in there.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    until: date | None
    file: str
    line: int
    location: str

    @property
    def title(self) -> str:
        """Its kind and its names, for messages."""
        return f"{self.kind} {' or '.join(map(repr, self.names))}"

    @property
    def evidence(self) -> str:
        """The words by which evidence quotes it."""
        return f"vouched for{f' until {self.until}' if self.until else ''}: {self.reason}"

    def is_of(self, kind: str, name: str) -> bool:
        """Return whether it is about something that templates call by a name."""
        patterns = (".*".join(map(re.escape, each.split("*"))) for each in self.names)
        return kind == self.kind and any(re.fullmatch(each, name, re.DOTALL) for each in patterns)


class Vouches:
    """All that is vouched for in one call.

    Args:
        each: the facts.
        today: the day as of which they count.
    """

    def __init__(self, each: Sequence[Vouch], today: date) -> None:
        self._each = each
        self._counting = [one for one in each if one.until is None or today <= one.until]
        self._found: dict[tuple[str, str], Vouch | None] = {}

    def of(self, kind: str, name: str) -> Vouch | None:
        """Return the first fact about something, None for nothing.

        Args:
            kind: what it is.
            name: what templates call it.
        """
        key = kind, name
        if key not in self._found:
            self._found[key] = next((one for one in self._counting if one.is_of(kind, name)), None)
        return self._found[key]

    def idle(self) -> Iterator[tuple[Vouch, str]]:
        """Yield the facts that nothing that was asked needs, each with the reason."""
        needed = set(self._found.values())
        for one in self._each:
            if one not in self._counting:
                yield one, f"its last day was {one.until}"
            elif one not in needed:
                yield one, "the templates leave nothing open that it is about"


NOTHING_VOUCHED = Vouches((), date.min)
"""Nothing is vouched for."""
