"""The order of a deployment: a runner is made behind all that its tasks need, or its first tasks fail.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, partial

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation, deployment_of
from ecr_ecs_constructs.cloudformation.edits import Edit, add
from ecr_ecs_constructs.cloudformation.template import Resource, outermost
from ecr_ecs_constructs.pull.answer import Answer, Problem, worst
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.deployment.copies import Copies
from ecr_ecs_constructs.pull.deployment.first_runs import FirstRun, FirstRuns
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.iam.registry import together
from ecr_ecs_constructs.pull.links.network import network
from ecr_ecs_constructs.pull.links.permission import permission
from ecr_ecs_constructs.pull.links.repository import repository
from ecr_ecs_constructs.pull.network.topology.target_groups import forwarding, target_groups
from ecr_ecs_constructs.pull.network.words import listed

_Link = Callable[[Here, Container], Iterable[Answer]]


def unordered(here: Here, container: Container) -> Iterator[Problem]:
    """Yield what a runner needs and does not wait for: policies, routes, caches, image copies, listeners."""
    creation = Creation(here.world)
    for run in dict.fromkeys(FirstRuns(here.deployments).of(container, here.placements.of(container))):
        yield from _uncopied(here, creation, container, run)
        yield from _unbalanced(here, creation, run)
        is_late = cache(partial(_is_late, creation, run.runner))
        for link in (repository, permission, network) if here.world.root.made else ():
            whole, needed = here.world.needed(partial(here.answers, link, container))
            late = [each for each in needed if is_late(each)] if worst(whole).truth is True else ()
            if late and (answer := worst(link(here.before(run.runner, is_late), container))).truth is not True:
                missing = _alone(here, link, container, late) or late
                # An unknown answer says what is not in the templates; what is late is there.
                lacking = f"they lack {'it' if len(missing) == 1 else 'them'}"
                found = _problem(creation, run, missing, answer.why if answer.truth is False else lacking)
                waited = {*missing}.union(*map(creation.before, missing))
                still_late = partial(_is_among, frozenset(late) - waited)
                if found.edits and worst(link(here.early(still_late), container)).truth is not True:
                    found = found._replace(edits=_waiting(creation, run.runner, late))
                yield found


def _is_among(resources: Collection[Resource], resource: Resource) -> bool:
    return resource in resources


def _uncopied(here: Here, creation: Creation, container: Container, run: FirstRun) -> Iterator[Problem]:
    """Yield what copies the image of a container, or may do so, behind the runner that needs it."""
    runner = run.runner
    copies = [each for each in Copies(here.world).of(container) if _is_joint(each, runner)]
    if copies and not any(creation.precedes(each, runner) for each in copies):
        yield _problem(creation, run, copies, f"{container.image} is not copied yet")
    for empty in () if copies else here.repositories.of(container.resource.template, container.image):
        filling = here.deployments.filling(empty, container.resource, runner)
        custom = [each for each in filling if each in each.template.custom]
        if together(empty.template, runner.template) and custom and not creation.before(runner) & {*filling}:
            yield _problem(creation, run, custom, f"repository {empty.logical_id} has no image")


def _unbalanced(here: Here, creation: Creation, run: FirstRun) -> Iterator[Problem]:
    """Yield what gives a target group of a service its load balancer, or may do so, behind the service.

    Amazon ECS refuses a service whose target group has none yet, so that its stack fails.
    """
    runner = run.runner
    for target in dict.fromkeys(target_groups(here.world, runner, "LoadBalancers.*.TargetGroupArn")):
        found = forwarding(here.world, target)
        is_joint = bool(found) and all(_is_joint(each, runner) for each in found)
        if is_joint and not any(creation.precedes(each, runner) for each in found):
            why = f"target group {target.logical_id} has no load balancer, and Amazon ECS makes no service"
            yield _problem(creation, run._replace(is_final=True), found[:1], why)


def _is_joint(one: Resource, other: Resource) -> bool:
    """Return whether two resources are deployed together."""
    return deployment_of(one.template) == deployment_of(other.template)


def _is_late(creation: Creation, runner: Resource, resource: Resource) -> bool:
    """Return whether the deployment of a runner makes a resource, but may make it behind the runner."""
    if not _is_joint(resource, runner) or creation.precedes(resource, runner):
        return False
    own, others = creation.vpcs(runner), creation.vpcs(resource)
    return not own or not others or not own.isdisjoint(others)


def _alone(here: Here, link: _Link, container: Container, late: Sequence[Resource]) -> Sequence[Resource]:
    """Return those of some resources whose absence alone breaks a link that the absence of all breaks."""
    if len(late) == 1:
        return late
    return [each for each in late if any(not answer.truth for answer in link(here.without(each), container))]


def _problem(creation: Creation, run: FirstRun, late: Sequence[Resource], why: str) -> Problem:
    runner = run.runner
    behind = {other for each in late for other in creation.before(each)}
    last = [each for each in late if each not in behind]
    names = listed(sorted(_named(each, runner) for each in last))
    fact = f"{runner.logical_id} does not wait for {names}, and may start its tasks before: then {why}"
    # CDK makes no other stack until a deployment that waits has failed.
    is_stuck = run.is_awaited and any(outermost(each.template) is not outermost(runner.template) for each in late)
    severity = None if run.is_final or is_stuck else "info"
    return Problem(
        "unordered-deployment", runner, "DependsOn", fact, severity=severity, edits=_waiting(creation, runner, last)
    )


def _waiting(creation: Creation, runner: Resource, late: Sequence[Resource]) -> tuple[Edit, ...]:
    """Return what lets a runner wait for resources, where they are of its template and do not wait for it."""
    for each in late:
        is_there = each.condition in (None, runner.condition)
        if each.template is not runner.template or runner in creation.before(each) or not is_there:
            return ()
    behind = {other for each in late for other in creation.before(each)}
    return add(runner, "DependsOn", *sorted(each.logical_id for each in late if each not in behind))


def _named(late: Resource, runner: Resource) -> str:
    stack = outermost(late.template)
    return late.logical_id if stack is outermost(runner.template) else f"{late.logical_id} of {stack.stack_name}"
