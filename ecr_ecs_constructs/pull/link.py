"""The answer to one question about a container's pull path."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class LinkVerdict(StrEnum):
    """The answer to the question whether a link of a pull path holds, the worst first."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    HOLDS = "holds"
    NOT_APPLICABLE = "not-applicable"


class Link(NamedTuple):
    """One link of a pull path.

    Attributes:
        name: `image`, `repository`, `permission`, `placement`, `ami`, `architecture` or `network`.
        verdict: whether it holds.
        evidence: what decides it, or what is missing.
    """

    name: str
    verdict: LinkVerdict
    evidence: str


_WORST_FIRST = tuple(LinkVerdict)


def worst(links: Iterable[Link]) -> Link:
    """Return the worst of some answers to one question, the first of those that are equally bad."""
    found = tuple(links)
    return found[0] if len(found) == 1 else min(found, key=lambda link: _WORST_FIRST.index(link.verdict))
