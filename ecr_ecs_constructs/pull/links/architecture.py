"""Task, built image, machine image and instance type are of one architecture and operating system."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.links.words import subject
from ecr_ecs_constructs.pull.machines.launches import Machines, judge_launch
from ecr_ecs_constructs.pull.machines.platforms import Fit, follows_image
from ecr_ecs_constructs.pull.placement.placements import Host, Launch, Placement


def architecture(here: Here, container: Container) -> Iterator[Answer]:
    """Yield whether AMI, instance types, task and built image of a container are of one platform."""
    for placement in here.placements.of(container):
        yield from _launched(here, container, placement)
        for fit in here.platforms.judge(container, placement):
            yield _fits(container, fit)


def _launched(here: Here, container: Container, placement: Placement) -> Iterator[Answer]:
    if placement.launch in (Launch.FARGATE, Launch.MANAGED_INSTANCES):
        yield Answer(True, _on_demand(here, container, placement.launch))
    elif placement.launch is Launch.EC2 and placement.runner is not None and placement.hosts:
        for host in placement.hosts:
            if host.launch is None:  # as the link of the placement says
                yield Answer(None, f"what launches {host.resource.logical_id} is not in the templates")
            for image, machines in here.launches.of(host):
                answer = judge_launch(host, image, machines)
                if answer.truth is None:
                    message = f"cannot verify the architecture: {answer.why}"
                    place = machines.resource, machines.location
                    answer = Answer.found(
                        None, answer.why, Problem("unverifiable-architecture", *place, message, Verdict.UNKNOWN)
                    )
                yield answer
    else:
        # The link of the placement says why.
        yield Answer(None, f"its container instances are not known: {placement.evidence}")


def mismatched(here: Here, host: Host) -> Iterator[tuple[Ami, Machines]]:
    """Yield the images of container instances with the instance types that they do not fit."""
    if here.placements.is_container_instance(host):
        for image, machines in here.launches.of(host):
            if judge_launch(host, image, machines).truth is False:
                yield image, machines


def _fits(container: Container, fit: Fit) -> Answer:
    """Return whether a container is for the platform of what it runs on, in one respect."""
    if fit.truth:
        return Answer(True, fit.why)
    of = subject(container) if fit.of_image else ""
    if fit.truth is False:
        message = f"{of}{fit.why}"
        return Answer.found(
            False, fit.why, Problem("image-architecture-mismatch", container.resource, fit.location, message)
        )
    message = f"{of}cannot verify the architecture: {fit.why}"
    problem = Problem("unverifiable-architecture", container.resource, fit.location, message, Verdict.UNKNOWN)
    # What builds an asset without a platform is a machine that nobody has chosen.
    is_chosen = not fit.lacks_platform
    return Answer.found(None, fit.why, problem if is_chosen else problem._replace(severity="warning"))


def _on_demand(here: Here, container: Container, launch: Launch) -> str:
    if follows_image(container):
        return "Express Mode runs the task on the architecture of its image"
    architecture, family = here.placements.platform(container)
    name = "X86_64, the default of CpuArchitecture" if architecture is None else shown(architecture)
    return f"{launch.value} runs the task on {name if family in (None, 'LINUX') else f'{name} with {shown(family)}'}"
