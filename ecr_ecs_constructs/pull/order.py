"""The order of a deployment: a service is made behind all that its tasks need, or its first tasks fail.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import is_

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation, EarlyWorld
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer, Problem, worst
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.registry import together
from ecr_ecs_constructs.pull.links.network import network
from ecr_ecs_constructs.pull.links.permission import permission
from ecr_ecs_constructs.pull.network.words import listed

_Link = Callable[[Here, Container], Iterable[Answer]]


def unordered(here: Here, container: Container) -> Iterator[Problem]:
    """Yield what a service needs and does not wait for: policies of the role that pulls, routes, image copies."""
    creation = Creation(here.world)
    for placement in here.placements.of(container):
        runner = placement.runner
        if runner is None or here.deployments.awaited(container, placement) is None:
            continue
        yield from _uncopied(here, creation, container, runner)
        is_late = partial(_is_late, creation, runner)
        for link in (permission, network) if here.world.root.made else ():
            whole, needed = here.world.needed(partial(_answer, link, here, container))
            late = [each for each in needed if is_late(each)] if whole.truth is True else ()
            if late and (early := _early(here, link, container, is_late)).truth is not True:
                yield _problem(here, creation, runner, _alone(here, link, container, late) or late, early.why)


def _uncopied(here: Here, creation: Creation, container: Container, runner: Resource) -> Iterator[Problem]:
    """Yield the custom resources that may fill the repository of an image behind the runner that needs it."""
    for repository in here.repositories.of(container.resource.template, container.image):
        filling = here.deployments.filling(repository, container.resource, runner)
        copies = [each for each in filling if each in each.template.custom]
        if together(repository.template, runner.template) and copies and not creation.before(runner) & {*filling}:
            yield _problem(here, creation, runner, copies, f"repository {repository.logical_id} has no image")


def _is_late(creation: Creation, runner: Resource, resource: Resource) -> bool:
    """Return whether the deployment of a runner makes a resource, but may make it behind the runner."""
    if resource in creation.before(runner) or not together(resource.template, runner.template):
        return False
    own, others = creation.vpcs(runner), creation.vpcs(resource)
    return not own or not others or not own.isdisjoint(others)


def _answer(link: _Link, here: Here, container: Container) -> Answer:
    return worst(link(here, container))


def _early(here: Here, link: _Link, container: Container, is_late: Callable[[Resource], bool]) -> Answer:
    """Return the answer of a link as long as some resources are not made yet."""
    return _answer(link, Here(EarlyWorld(here.world, is_late), here.policy), container)


def _alone(here: Here, link: _Link, container: Container, late: Sequence[Resource]) -> Sequence[Resource]:
    """Return those of some resources whose absence alone breaks a link that the absence of all breaks."""
    if len(late) == 1:
        return late
    return [each for each in late if _early(here, link, container, partial(is_, each)).truth is not True]


def _problem(here: Here, creation: Creation, runner: Resource, late: Sequence[Resource], why: str) -> Problem:
    behind = {other for each in late for other in creation.before(each)}
    last = sorted(each.logical_id for each in late if each not in behind)
    fact = f"{runner.logical_id} does not wait for {listed(last)}, and may start its tasks before: then {why}"
    # Without a circuit breaker Amazon ECS tries again until all is there.
    severity = None if here.deployments.services.is_broken_off(runner) else "info"
    return Problem("unordered-deployment", runner, "DependsOn", fact, severity=severity)
