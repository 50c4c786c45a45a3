"""The container instances boot from an ECS-optimized machine image that is still supported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from ecr_ecs_constructs.cloudformation.edits import Edit, put, put_default, written
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.ami import Ami, successor
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.links.instances import of_instances
from ecr_ecs_constructs.pull.links.words import with_defaults
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.kinds import LaunchType


def ami(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether the images of the container instances that a container runs on are ECS-optimized and supported."""
    for placement in here.placements.of(container):
        if placement.launch_type not in (None, LaunchType.EC2):
            yield Answer(True, f"{placement.evidence}: no AMI is chosen for it", applies=False)
        else:
            yield from of_instances(here, container, placement, partial(boots, here))


def boots(here: Here, host: Host) -> Iterator[Answer]:
    """Yield whether container instances can boot each of their images and find the ECS agent on it."""
    for at, image in here.machines.images(host):
        answer = booted(image, at, here.policy.today, lacks_agent=here.joins.lacks_agent(host))
        yield answer._replace(why=f"{host.resource.logical_id}: {answer.why}")


def booted(image: Ami, at: Site, today: date, *, lacks_agent: bool) -> Answer:
    """Return whether container instances can boot an image and find the ECS agent on it.

    Args:
        image: the image.
        at: the place that says it.
        today: the day of judgement.
        lacks_agent: whether the user data certainly does not install the agent.
    """
    defaults, product = with_defaults(image.defaults), image.product
    built = f"{image} is built from " if image.vouched else ""
    vouched = f", {image.vouched}" if image.vouched else ""

    def problem(rule: str, fact: str, verdict: Verdict = Verdict.BROKEN, edits: tuple[Edit, ...] = ()) -> Problem:
        message = f"machine image {str(image)!r} {fact}{defaults}"
        return Problem(rule, at.resource, at.location, message, verdict, edits=edits)

    if product is None:
        why = f"{image.mystery}{defaults}"
        message = f"cannot verify the machine image: {why}"
        unknown = Problem("unverifiable-ami", at.resource, at.location, message, Verdict.UNKNOWN)
        return Answer.found(None, why, unknown)
    if not product.ecs_optimized:
        why = f"{image} is {product.name}{defaults}"
        if lacks_agent:
            fact = f"is {product.name}, and the user data does not install the agent"
            return Answer.found(False, why, problem("non-ecs-ami", fact))
        fact = f"is {product.name}: whether the user data installs the ECS agent is not known"
        return Answer.found(
            None, f"{why}, which the user data may install", problem("unverifiable-ami", fact, Verdict.UNKNOWN)
        )
    if image.outdated(today):
        ended = f"reached its end of life on {product.end_of_life}"
        why = f"{built}{product.name}{', which' if built else ''} {ended}{vouched}{defaults}"
        fact = f"{'is built from' if built else 'is'} {product.name}, which {ended} ({product.source})"
        return Answer.found(False, why, problem("outdated-ami", fact, edits=_succeeded(image, at, today)))
    until = f", supported until {product.end_of_life}" if product.end_of_life else ""
    return Answer(True, f"{built}{product.name}{until}{vouched}{defaults}")


def _succeeded(image: Ami, at: Site, today: date) -> tuple[Edit, ...]:
    """Return the change by which container instances boot from the image that came after an outdated one.

    It is made where the parameter of the image stands: in the image id, or in the default of a parameter.
    """
    newer = successor(image, today)
    if newer is None or image.parameter is None:
        return ()
    resource, node = at.resource, written(at.resource, at.location)
    if isinstance(node, str) and node.count(image.parameter) == 1:
        return put(resource, at.location, node.replace(image.parameter, newer))
    name = node.get("Ref") if isinstance(node, dict) else None
    declared = resource.template.declared.get(name, {}) if isinstance(name, str) else {}
    if isinstance(name, str) and declared.get("Default") == image.parameter and "AllowedValues" not in declared:
        return put_default(resource.template, name, newer)
    return ()
