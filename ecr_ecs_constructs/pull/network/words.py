"""The words that the facts about networks share."""

from __future__ import annotations

from collections.abc import Iterable

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.texts.pattern import Truth


def listed(items: Iterable[object]) -> str:
    """Return the names of some things as a list in words, each once."""
    names = list(dict.fromkeys(item.logical_id if isinstance(item, Resource) else str(item) for item in items))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def passes(truth: Truth, subject: str, way: str, what: str = "TCP 443") -> Answer:
    """Return the answer whether traffic passes something, such as a security group.

    Args:
        truth: whether it passes.
        subject: the name of what it passes.
        way: from where, or whither: `out to the internet`.
        what: the traffic.
    """
    if truth:
        return Answer(True)
    if truth is None:
        return Answer(None, f"it is not known whether {subject} lets {what} {way}")
    return Answer(False, f"{subject} lets no {what} {way}")
