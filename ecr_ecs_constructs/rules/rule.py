"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.facts import Facts


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """The answer to a question about a template that does not hold."""

    BROKEN = "broken"
    UNKNOWN = "unknown"


class Problem(NamedTuple):
    """One place where a rule does not hold.

    Attributes:
        resource: the resource it is in.
        location: the place in the resource: `Properties.ContainerDefinitions[0].Image`.
        message: the fact with its value, no advice.
        verdict: whether the rule is broken there, or can't be verified.
        severity: how bad this one is; that of the rule if None.
    """

    resource: Resource
    location: str
    message: str
    verdict: Verdict = Verdict.BROKEN
    severity: Severity | None = None


Check = Callable[[Facts], Iterator[Problem]]


class Rule(NamedTuple):
    """One thing that is checked.

    Attributes:
        id: names the bad thing.
        severity: of its findings.
        fix: the advice, an imperative.
        check: yields the problems that the facts hold.
    """

    id: str
    severity: Severity
    fix: str
    check: Check

    @property
    def page(self) -> str:
        """The rule's documentation in Markdown: what it checks, why it is bad, a bad and a good example, references."""
        from inspect import cleandoc  # noqa: PLC0415 - only who reads pages needs it, and it takes its time

        return cleandoc(self.check.__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]


class Finding(NamedTuple):
    """One rule broken, or not verifiable, at one place.

    Attributes:
        rule: the id of the rule.
        severity: how bad it is.
        verdict: whether it is broken or unknown.
        template: the name of the template's file.
        logical_id: the resource.
        construct_path: the path of the construct that made the resource, where known.
        location: the place in the resource.
        message: the fact with its value.
        fix: the advice.
        source: the `file:line` of the statement that made the construct, where known.
        acknowledged: the reason for which it is accepted; None where it is not.
    """

    rule: str
    severity: Severity
    verdict: Verdict
    template: str
    logical_id: str
    construct_path: str | None
    location: str
    message: str
    fix: str
    source: str | None = None
    acknowledged: str | None = None


def rule(id: str, severity: Severity, fix: str) -> Callable[[Check], Rule]:
    """Make a rule of a check, whose docstring is the rule's page."""
    return lambda check: Rule(id, severity, fix, check)
