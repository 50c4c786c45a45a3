"""Container instances held against the platform that a task is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.machines.machines import Machine
from ecr_ecs_constructs.pull.placement.capacity import Pool
from ecr_ecs_constructs.pull.platforms.requirements import Fit, Requirement
from ecr_ecs_constructs.pull.platforms.traits import Trait, fits
from ecr_ecs_constructs.pull.texts.pattern import Truth

_WORST_FIRST: tuple[Truth, ...] = (False, None, True)


def on_instances(trait: Trait, pool: Pool, need: Requirement) -> Iterator[Fit]:
    """Yield whether the container instances that a task may be put on have what it is for.

    ECS puts a task that declares its architecture only on instances that have it, and any other task on any.
    """
    answers = [*_answers(trait, pool, need)]
    if len({answer.truth for answer in answers}) > 1:
        unread = pool.undecided
        if unread is not None:
            answers = _softened(answers, f"whether the placement constraint {unread!r} allows it is not known")
        elif not need.of_image and trait.is_heeded:
            best = max((answer.truth for answer in answers), key=_WORST_FIRST.index)
            answers = [answer for answer in answers if answer.truth is best]
        elif not need.of_image:
            answers = _softened(answers, f"that ECS chooses instances by {trait.key} is not documented")
    yield from map(need.fit, answers)


def _answers(trait: Trait, pool: Pool, need: Requirement) -> Iterator[Answer]:
    """Yield whether each of the container instances has what a task is for."""
    for host in pool.hosts:
        if host.launch is None:
            yield Answer(None, f"what launches {host.resource.logical_id} is not in the templates")
    for machine in pool.machines:
        has, runs = trait.of(machine), f"{machine.host.resource.logical_id} runs it on {trait.shown(machine)}"
        if has is None:
            yield Answer(None, f"{runs}, whose {trait.name} is not known")
        else:
            yield Answer(max((fits(need.wanted, each) for each in has), key=_WORST_FIRST.index, default=False), runs)


def _softened(answers: Sequence[Answer], reason: str) -> list[Answer]:
    """Return that what would be broken is not known to be."""
    return [
        answer._replace(truth=None, why=f"{answer.why}; {reason}") if answer.truth is False else answer
        for answer in answers
    ]


def mixed(trait: Trait, pool: Pool, location: str) -> Iterator[Fit]:
    """Yield that some instances have what others don't, where nothing says what a task and its image are for."""
    known = [(machine, has) for machine in pool.machines if (has := trait.of(machine)) is not None]
    for (one, has), (other, wants) in combinations(known, 2):
        if has.isdisjoint(wants):
            names = f"{_named(one, has)} or {_named(other, wants)}"
            why = f"the task has no {trait.key}, and runs on {names}, whatever its image is for"
            yield Fit(location, Answer(None, why))
            return


def _named(machine: Machine, has: frozenset[str]) -> str:
    return f"{machine.host.resource.logical_id} ({' or '.join(sorted(has))})"
