"""The answer to a question about a container's pull path: it holds, it is broken, or it is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.edits import Edit
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.texts.pattern import Truth


class Verdict(StrEnum):
    """An answer as reports name it, the worst first."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    HOLDS = "holds"
    NOT_APPLICABLE = "not-applicable"

    __hash__ = str.__hash__  # as equality, which is that of the text; that of members is slow


class Problem(NamedTuple):
    """The finding that an answer which does not hold makes.

    Attributes:
        rule: the id of the rule that it breaks.
        resource: the resource that it is in.
        location: the place in the resource: `Properties.ContainerDefinitions[0].Image`.
        message: the fact with its value, no advice.
        verdict: whether the rule is broken there, or can't be verified.
        severity: how bad it is, where that is not the severity of the rule.
        edits: the changes of its template that certainly mend it, where nobody has to choose between several.
    """

    rule: str
    resource: Resource
    location: str
    message: str
    verdict: Verdict = Verdict.BROKEN
    severity: str | None = None
    edits: tuple[Edit, ...] = ()


class Answer(NamedTuple):
    """The answer to whether something is so, and the reason.

    Attributes:
        truth: whether it is so; None where it is not known.
        why: what decides it, or what is missing to know it.
        rule: the id of the rule that it breaks, or leaves unverified; empty where it makes no finding of its own.
        problem: the finding that it makes; None where its rule makes one of all answers of a place.
        applies: whether the question has a meaning.
    """

    truth: Truth
    why: str = ""
    rule: str = ""
    problem: Problem | None = None
    applies: bool = True

    @classmethod
    def found(cls, truth: Truth, why: str, problem: Problem) -> Answer:
        """Return an answer with the finding that it makes."""
        return cls(truth, why, problem.rule, problem)

    @property
    def verdict(self) -> Verdict:
        """The answer as reports name it."""
        if not self.applies:
            return Verdict.NOT_APPLICABLE
        return _VERDICTS[self.truth]


_VERDICTS = {False: Verdict.BROKEN, None: Verdict.UNKNOWN, True: Verdict.HOLDS}
_WORST_FIRST = (False, None, True)


def worst(answers: Iterable[Answer]) -> Answer:
    """Return the worst of some answers, the first of those that are equally bad; there must be one."""
    found = tuple(answers)
    return found[0] if len(found) == 1 else min(found, key=lambda answer: _WORST_FIRST.index(answer.truth))


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return the worst of some answers, the first of those that are equally bad; that all is so where there are none.

    No answer is asked for behind one that is no: it would not count.
    """
    found: Answer | None = None
    for answer in answers:
        if answer.truth is False:
            return answer
        if found is None or (found.truth and answer.truth is None):
            found = answer
    return Answer(True) if found is None else found
