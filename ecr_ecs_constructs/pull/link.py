"""The answer to one question about a container's pull path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class LinkVerdict(str, Enum):
    """The answer to the question whether a link of a pull path holds, the worst first."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    HOLDS = "holds"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Link:
    """One link of a pull path.

    Attributes:
        name: `image`, `repository`, `permission`, `placement`, `ami`, `architecture` or `network`.
        verdict: whether it holds.
        evidence: what decides it, or what is missing.
    """

    name: str
    verdict: LinkVerdict
    evidence: str


def worst(links: Iterable[Link]) -> Link:
    """Return the worst of some answers to one question, the first of those that are equally bad."""
    order = list(LinkVerdict)
    return min(links, key=lambda link: order.index(link.verdict))
