"""Task, built image, machine image and instance type are of one architecture and operating system."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.links.instances import of_container_instances, of_instances
from ecr_ecs_constructs.pull.links.words import subject
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.instance_types import InstanceTypes
from ecr_ecs_constructs.pull.placement.kinds import LaunchType
from ecr_ecs_constructs.pull.platforms.platforms import follows_image, is_daemon
from ecr_ecs_constructs.pull.platforms.requirements import Fit

MISMATCH = "ami-architecture-mismatch"
"""The rule that is broken where machine image and instance type are of different architectures; it makes one finding
of all instance types that one place allows."""


def architecture(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether AMI, instance types, task and built image of a container are of one platform."""
    for placement in here.placements.of(container):
        if placement.launch_type in (LaunchType.FARGATE, LaunchType.MANAGED_INSTANCES):
            yield Answer(True, _on_demand(here, container, placement.launch_type))
        else:
            yield from of_instances(here, container, placement, partial(_boot, here))
        for fit in here.platforms.of(container, placement):
            yield _fits(container, fit._replace(answer=placement.judged(fit.answer)))


def _boot(here: Here, host: Host) -> Iterator[Answer]:
    """Yield whether container instances boot their images on instance types of the same architecture."""
    for machine in here.machines.of(host):
        answer = machine.boots()
        if answer.truth is None:
            yield _unverifiable(machine.types.resource, machine.types.location, answer.why)
        else:
            yield answer if answer.truth else answer._replace(rule=MISMATCH)


@of_container_instances
def mismatched(here: Here, host: Host) -> Iterator[tuple[Ami, InstanceTypes]]:
    """Yield the images of container instances with the instance types that they do not fit."""
    for machine in here.machines.of(host):
        if machine.boots().truth is False:
            yield machine.ami, machine.types


def _fits(container: Container, fit: Fit) -> Answer:
    """Return whether a container is for the platform of what it runs on, in one respect."""
    answer, of = fit.answer, subject(container) if fit.of_image else ""
    if answer.truth is None:
        # Whoever deploys from a machine of another architecture deploys an image that does not start.
        severity = "warning" if fit.has_no_platform else None
        return _unverifiable(container.resource, fit.location, answer.why, of, severity)
    if answer.truth is False:
        problem = Problem("image-architecture-mismatch", container.resource, fit.location, f"{of}{answer.why}")
        return Answer.found(False, answer.why, problem)
    return answer


def _unverifiable(resource: Resource, location: str, why: str, of: str = "", severity: str | None = None) -> Answer:
    message = f"{of}cannot verify the architecture: {why}"
    problem = Problem("unverifiable-architecture", resource, location, message, Verdict.UNKNOWN, severity)
    return Answer.found(None, why, problem)


def _on_demand(here: Here, container: Container, launch_type: LaunchType) -> str:
    if follows_image(container):
        return "Express Mode runs the task on the architecture of its image"
    if is_daemon(container):
        return "a daemon runs on all instances that its capacity provider launches"
    architecture, family = here.containers.platform(container)
    name = "X86_64, the default of CpuArchitecture" if architecture is None else shown(architecture)
    system = "" if family in (None, "LINUX") else f" with {shown(family)}"
    return f"{launch_type.value} runs the task on {name}{system}"
