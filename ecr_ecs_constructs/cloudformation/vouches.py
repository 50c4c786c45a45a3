"""Facts that a project vouches for: about what lives elsewhere, so that no template tells of it.

The configuration vouches for facts of any kind. A template vouches, in its own `Metadata`, for its machine images
alone: who writes it knows what they are built from, and no more than that of what lives elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.forms import Schema, patterns, table, text
from ecr_ecs_constructs.cloudformation.template import Node

GROUNDS: Schema = {
    "reason": text("How it is known; evidence quotes it."),
    "until": text("The last day on which it counts.", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a day such as 2027-03-31"),
}
"""The keys that each fact may have."""

AMI: Schema = {
    "ami": patterns("Machine images that are built from a public one, which based-on names."),
    "based-on": text("The public SSM parameter of the image of AWS that they are built from."),
}
"""The keys of a fact about machine images."""

IN_TEMPLATE = table("One fact that a template vouches for.", {**AMI, **GROUNDS}, required=[*AMI, "reason"])
"""The form of a fact in the `Metadata` of a template."""

IN_TEMPLATES = table(
    "What a template says to this library in its Metadata.",
    {"vouch": {"type": "array", "description": "What lives elsewhere, and is right."}},
)
"""The form of what is around these facts."""


class Vouch(NamedTuple):
    """A fact about what no template tells.

    Attributes:
        kind: what it is about, such as `subnet`.
        names: patterns of what templates call these, as findings print it; `*` stands for any text.
        reason: how it is known.
        until: the last day on which it counts; None for no end.
        file: where it stands.
        line: the line in there, from 1; 0 where it was not read from a file.
        location: the place in there.
        based_on: the public SSM parameter of the machine image that it is built from; empty for another kind.
        column: the column, from 1.
        template: the name of the template of which alone it counts; None for all.
        flaw: why it counts for nothing, though its day has not passed; empty where nothing is wrong.
    """

    kind: str
    names: tuple[str, ...]
    reason: str
    until: date | None
    file: str
    line: int
    location: str
    based_on: str = ""
    column: int = 1
    template: str | None = None
    flaw: str = ""

    @property
    def title(self) -> str:
        """Its kind and its names, for messages."""
        return f"{self.kind} {' or '.join(map(repr, self.names))}" if self.names else f"in {self.location}"

    @property
    def evidence(self) -> str:
        """The words by which evidence quotes it."""
        return f"vouched for{f' until {self.until}' if self.until else ''}: {self.reason}"

    def is_of(self, kind: str, name: str) -> bool:
        """Return whether it is about something that templates call by a name."""
        patterns = (".*".join(map(re.escape, each.split("*"))) for each in self.names)
        return kind == self.kind and any(re.fullmatch(each, name, re.DOTALL) for each in patterns)


def vouch_of(kind: str, table: Mapping[str, Node], file: str, line: int, location: str) -> Vouch:
    """Return the fact that a table vouches for, which has the form for it.

    Args:
        kind: what it is about.
        table: the table.
        file: where it stands.
        line: the line in there.
        location: the place in there.
    """
    names, until = table[kind], table.get("until")
    return Vouch(
        kind=kind,
        names=tuple(map(str, names)) if isinstance(names, list) else (str(names),),
        reason=str(table["reason"]),
        until=None if until is None else date.fromisoformat(str(until)),
        file=file,
        line=line,
        location=location,
        based_on=str(table.get("based-on", "")),
    )


class Vouches:
    """All that is vouched for in one call.

    Args:
        each: the facts.
        today: the day as of which they count.
    """

    def __init__(self, each: Sequence[Vouch], today: date) -> None:
        self._each = each
        self._counting = [one for one in each if not one.flaw and (one.until is None or today <= one.until)]
        self._found: dict[tuple[str, str, str | None], Vouch | None] = {}

    def __bool__(self) -> bool:
        return bool(self._each)

    def of(self, kind: str, name: str, template: str | None = None) -> Vouch | None:
        """Return the first fact about something, None for nothing.

        Args:
            kind: what it is.
            name: what templates call it.
            template: the name of the template that calls it so, for kinds that templates vouch for, too.
        """
        key = kind, name, template
        if key not in self._found:
            counting = (one for one in self._counting if one.template in (None, template))
            self._found[key] = next((one for one in counting if one.is_of(kind, name)), None)
        return self._found[key]

    def idle(self) -> Iterator[tuple[Vouch, str]]:
        """Yield the facts that nothing that was asked needs, each with the reason."""
        needed = set(self._found.values())
        for one in self._each:
            if one not in self._counting:
                yield one, one.flaw or f"its last day was {one.until}"
            elif one not in needed:
                yield one, "the templates leave nothing open that it is about"


NOTHING_VOUCHED = Vouches((), date.min)
"""Nothing is vouched for."""
