"""A rule, and a finding that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.edits import Edit
from ecr_ecs_constructs.cloudformation.positions import Position
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.proof import problems

NAME = "ecr-ecs"
"""The name of the checks: a rule's full id is `ecr-ecs::<id>`."""


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


Check = Callable[[Facts], Iterable[Problem]]


def page_of(id: str) -> Path:
    """Return the file of the page of a rule."""
    return Path(__file__).with_name("pages") / f"{id}.md"


class Rule(NamedTuple):
    """A rule that templates are checked against.

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
        """The rule's documentation, `pages/<id>.md`: what it checks, why it is bad, examples, references."""
        return page_of(self.id).read_text(encoding="utf-8").rstrip("\n")

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]


class Finding(NamedTuple):
    """A rule that is broken, or not verifiable, at a place.

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
        position: the line and the column of the place in the template's file, or of the part around it that is there;
            None where it was not read from a file.
        in_baseline: whether it is in the baseline of the project.
        edits: the changes of the template that certainly mend it; of one that CDK makes there are none.
        place: the place with names in place of numbers, by which later runs know it again; empty where it is the same.
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
    position: Position | None = None
    in_baseline: bool = False
    edits: tuple[Edit, ...] = ()
    place: str = ""

    @property
    def accepted(self) -> str | None:
        """By which it is accepted, `acknowledged` or `baseline`; None where it is not."""
        if self.acknowledged is not None:
            return "acknowledged"
        return "baseline" if self.in_baseline else None


def linked(id: str, severity: Severity, fix: str) -> Rule:
    """Make a rule that a link of a pull path breaks: it finds what the answers of the links say of it."""
    return Rule(id, severity, fix, partial(_of_links, id))


def _of_links(id: str, facts: Facts) -> Iterable[Problem]:
    return problems(facts).get(id, ())


def rule(id: str, severity: Severity, fix: str) -> Callable[[Check], Rule]:
    """Make a rule of a check; its page is `pages/<id>.md`."""
    return lambda check: Rule(id, severity, fix, check)
