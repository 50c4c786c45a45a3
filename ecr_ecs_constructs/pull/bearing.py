"""All that bears on some containers: whatever runs them, wherever it stands, and the problems of their pull paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.containers import Container, ContainerPlace
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.proof import LINKS


class Bearing(NamedTuple):
    """All that bears on some containers.

    Attributes:
        resources: whatever runs them: services and other runners, container instances and what launches them.
        problems: the problems of their pull paths.
    """

    resources: frozenset[Resource]
    problems: frozenset[Problem]

    def has(self, problem: Problem) -> bool:
        """Return whether a problem bears on these containers."""
        return problem in self.problems or problem.resource in self.resources


def bearing_on(facts: Facts, places: Iterable[ContainerPlace]) -> Bearing:
    """Return all that bears on the containers of some places."""
    resources: set[Resource] = set()
    problems: set[Problem] = set()
    for place in places:
        for _, found in facts.of_container(_running, place).found:
            resources.update(found)
        for question in LINKS.values():
            for _, answers in facts.of_container(question, place).found:
                problems.update(answer.problem for answer in answers if answer.problem is not None)
    return Bearing(frozenset(resources), frozenset(problems))


def _running(here: Here, container: Container) -> Iterator[Resource]:
    """Yield whatever runs a container."""
    for placement in here.placements.of(container):
        yield from (each for each in (placement.runner, placement.queue, placement.environment) if each is not None)
        for host in here.capacity.of(container, placement) if placement.runner is not None else ():
            yield host.resource
            if host.launch is not None:
                yield host.launch.resource
    yield from (reach.place for reach in here.networks.of(container))
