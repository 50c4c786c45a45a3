"""Facts that a project vouches for: about what lives elsewhere, so that no template tells of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import NamedTuple


class Vouch(NamedTuple):
    """A fact about what no template tells.

    Attributes:
        kind: what it is about: `repository`, `subnet`, `role` or `cluster`.
        names: patterns of what templates call these, as findings print it; `*` stands for any text.
        reason: how it is known.
        until: the last day on which it counts; None for no end.
        template: a pattern of the paths of the templates that it is for, or of the ends of these; None for all.
        file: where it stands.
        location: the place in there.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    until: date | None
    template: str | None
    file: str
    location: str

    @property
    def title(self) -> str:
        """Its kind and its names, for messages."""
        return f"{self.kind} {' or '.join(map(repr, self.names))}"

    @property
    def evidence(self) -> str:
        """The words by which evidence quotes it."""
        return f"vouched for{f' until {self.until}' if self.until else ''}: {self.reason}"

    def is_of(self, kind: str, name: str, template: str) -> bool:
        """Return whether it is about something that a template calls by a name."""
        return (
            kind == self.kind
            and (self.template is None or is_named(template, self.template))
            and any(re.fullmatch(".*".join(map(re.escape, each.split("*"))), name, re.DOTALL) for each in self.names)
        )


def is_named(file: str, pattern: str) -> bool:
    """Return whether the path of a file, or an end of it, fits a pattern."""
    parts = PurePath(file).parts
    return any(fnmatchcase("/".join(parts[start:]), pattern) for start in range(len(parts)))


class Vouches:
    """All that is vouched for in one call.

    Args:
        each: the facts.
        today: the day as of which they count.
    """

    def __init__(self, each: Sequence[Vouch], today: date) -> None:
        self._each = each
        self._counting = [one for one in each if one.until is None or today <= one.until]
        self._found: dict[tuple[str, str, str], Vouch | None] = {}

    def of(self, kind: str, name: str, template: str) -> Vouch | None:
        """Return the first fact about something, None for nothing.

        Args:
            kind: what it is.
            name: what a template calls it.
            template: the name of the template's file.
        """
        key = kind, name, template
        if key not in self._found:
            self._found[key] = next((one for one in self._counting if one.is_of(*key)), None)
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
