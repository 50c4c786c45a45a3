"""The answer to one question about a container's pull path, as reports show it."""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.pull.answer import Verdict


class Link(NamedTuple):
    """A link of a pull path.

    Attributes:
        name: `image`, `repository`, `permission`, `placement`, `ami`, `architecture` or `network`.
        verdict: whether it holds.
        evidence: what decides it, or what is missing.
        rule: the id of the rule that it breaks or leaves unverified; empty where it holds, or shares the finding of
            another link.
    """

    name: str
    verdict: Verdict
    evidence: str
    rule: str = ""
