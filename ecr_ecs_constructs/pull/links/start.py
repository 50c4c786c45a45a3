"""The roles of a task may do what it needs before its process starts, besides the pull of its image."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.edits import Edit
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION
from ecr_ecs_constructs.pull.iam.pullers import INSTANCE_ROLE
from ecr_ecs_constructs.pull.links.allowing import allow, arn_for, with_policy
from ecr_ecs_constructs.pull.links.trust import unassumable
from ecr_ecs_constructs.pull.links.words import listed, subject
from ecr_ecs_constructs.pull.needs.grants import Grant
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Who


def starts(here: Here, container: Container) -> Iterator[Answer]:
    """Yield what a task lacks that it needs before it starts, and what of that is not known; nothing of the pull."""
    yield from _granted(here, container)
    yield from _without_role(here, container)
    for need in here.grants.needs(container):
        if isinstance(need.asks, Ask) and need.asks.who is Who.SERVICE:
            yield from _assumed(here, container, need, need.asks)
        elif need.there.truth is False:
            fact = f"{need.title} does not work: {need.there.why}"
            message = f"{subject(container)}{fact}"
            problem = Problem(need.there.rule, container.resource, container.location, message)
            yield Answer.found(False, fact, problem)
        elif need.there.truth is None and not need.creates:
            yield _unknown(container, f"cannot verify that {need.title} is there", need.there.why)


def _granted(here: Here, container: Container) -> Iterator[Answer]:
    """Yield what the roles that start a container may not do, or are not known to."""
    lacking, unsure = _Reasons(), _Reasons()
    doubts = _doubts(here, container)
    for grant in here.grants.of(container):
        need, who = grant.need, grant.who
        for action, answer in grant.answers.items():
            if answer.truth is False and not need.perhaps and not need.creates:
                lack = _lack(here, grant, action)
                lacking.add(who, answer.why.replace(action, _ACTION), action, need.title, lack)
            elif not answer.truth and (need.creates or need.perhaps):
                yield _perhaps(container, need, who, answer)
            elif not answer.truth and answer.why not in doubts:
                unsure.add(who, answer.why, action, need.title)
    whose = f"container {container.name!r} needs" if container.name else "the container needs"
    for who, why, actions, titles, edits in lacking:
        reason = why.replace(_ACTION, actions[0])
        message = f"{who} lacks {listed(actions)}, which {whose} for {listed(titles)}: {reason}"
        problem = Problem("missing-start-permission", container.resource, container.location, message, edits=edits)
        yield Answer.found(False, f"{who} may not call {actions[0]}: {reason}", problem)
    for who, why, actions, titles, _ in unsure:
        yield _unknown(container, f"cannot verify that {who} has {listed(actions)} for {listed(titles)}", why)


_ACTION = "\0"
"""Stands for the action in a reason that is the same for several."""


class _Lack(NamedTuple):
    """A resource that a role of the template may be allowed to use.

    Attributes:
        role: the role.
        arn: the ARN of the resource as a policy names it, in JSON.
        title: a name for it.
    """

    role: Resource
    arn: str
    title: str


def _lack(here: Here, grant: Grant, action: str) -> _Lack | None:
    """Return what a role may be allowed to use, where that mends that it may not do an action."""
    role, asks = grant.role, grant.need.asks
    if role is None or not isinstance(asks, Ask) or action not in grant.grantable:
        return None
    arn, made = arn_for(here.world, role, asks.made, asks.resource)
    return None if arn is None else _Lack(role, json.dumps(arn), made)


def _allowed(lacks: Mapping[_Lack | None, Mapping[str, None]]) -> tuple[Edit, ...]:
    """Return the changes that let roles do what they lack; none where one of them can't be let by a change."""
    edits: list[Edit] = []
    for lack, actions in lacks.items():
        if lack is None:
            return ()
        name = "-".join([*(action.partition(":")[2] for action in actions), "on", lack.title])
        found = with_policy(lack.role, name, [allow([*actions], json.loads(lack.arn))])
        if not found:
            return ()
        edits += found
    return tuple(edits)


class _Reason:
    """A reason why a role may not do something, or is not known to.

    Attributes:
        actions: what it may not do.
        titles: what needs that.
        lacks: what it may be allowed to use, with the actions; None for what no change of the template allows.
    """

    def __init__(self) -> None:
        self.actions: dict[str, None] = {}
        self.titles: dict[str, None] = {}
        self.lacks: dict[_Lack | None, dict[str, None]] = {}


class _Reasons:
    """The reasons why roles may not do something, or are not known to, each once with all that it is a reason for."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Reason] = {}

    def add(self, who: str, why: str, action: str, title: str, lack: _Lack | None = None) -> None:
        """Add a reason.

        Args:
            who: the role.
            why: the reason.
            action: what the role may not do, or is not known to.
            title: what needs that.
            lack: what it may be allowed to use.
        """
        reason = self._found.setdefault((who, why), _Reason())
        reason.actions[action] = reason.titles[title] = None
        reason.lacks.setdefault(lack, {})[action] = None

    def __iter__(self) -> Iterator[tuple[str, str, list[str], list[str], tuple[Edit, ...]]]:
        for (who, why), reason in self._found.items():
            yield who, why, [*reason.actions], [*reason.titles], _allowed(reason.lacks)


def _doubts(here: Here, container: Container) -> frozenset[str]:
    """Return what is not known of the pull of a container's image, which its own findings say."""
    pulls = here.pulls.of(container)
    return frozenset(answer.why for pull in pulls for answer in pull.answers.values() if answer.truth is None)


def _perhaps(container: Container, need: Need, who: str, answer: Answer) -> Answer:
    """Return that a role lacks, or may lack, what a container may need."""
    if need.creates:
        why = f"{need.there.why}, and {need.perhaps or answer.why}"
        return _unknown(container, f"cannot verify that {need.title} is there", why)
    return _unknown(container, f"cannot verify that {who} may use {need.title}", need.perhaps)


def _unknown(container: Container, fact: str, why: str) -> Answer:
    message = f"{subject(container)}{fact}: {why}"
    problem = Problem("unverifiable-start", container.resource, container.location, message, Verdict.UNKNOWN)
    return Answer.found(None, f"{fact}: {why}", problem)


def _without_role(here: Here, container: Container) -> Iterator[Answer]:
    """Yield that a task has no execution role, though it needs one, on whatever it runs."""
    for puller, needs in here.grants.without_role(container):
        if not needs or (puller.absent and container.image.uri is not None and puller.kind != INSTANCE_ROLE):
            continue  # the pull says it
        titles = listed([*dict.fromkeys(need.title for need in needs)])
        reason = f"the task has no execution role, which {titles} needs, on EC2 too"
        location = f"{container.task.location}.ExecutionRoleArn"
        message = f"{subject(container)}{reason}"
        yield Answer.found(False, reason, Problem("missing-execution-role", container.resource, location, message))
        return


def _assumed(here: Here, container: Container, need: Need, asks: Ask) -> Iterator[Answer]:
    """Yield that a service may not assume the role of a task, or of what starts it, or is not known to."""
    role = asks.made
    if role is None:
        if not need.there.truth:
            yield _unknown(container, "cannot verify that the task role can be assumed", need.there.why)
        return
    trust, who = here.grants.trust(role, asks, container.resource.template), need.title
    if trust.truth is False:
        yield unassumable(role, who, who, trust)
    elif trust.truth is None:
        yield _unknown(container, f"cannot verify that {who} can be assumed, {ASSUME_ACTION}", trust.why)
