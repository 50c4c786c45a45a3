"""The job definitions that AWS Batch registers, and runs where they are placed.

Sources:
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ContainerProperties.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_EcsTaskProperties.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html
    https://github.com/kestra-io/plugin-aws/issues/504 (vCPUs on Amazon EC2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, flag, shown
from ecr_ecs_constructs.pull.containers import containers_of
from ecr_ecs_constructs.pull.deployable.containers import refused_mounts, refused_variables
from ecr_ecs_constructs.pull.deployable.fargate import refused_pair
from ecr_ecs_constructs.pull.deployable.logging import refused_driver
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType
from ecr_ecs_constructs.pull.placement.task_size import OLDER, job_requirements, task_size

_NEEDS, _NODES = "ResourceRequirements", "NodeProperties"
_ALONE = "Properties.ContainerProperties"
"""Where the one container of a job stands, which says of all its size."""

_DRIVERS = ("awslogs", "splunk")
"""The log drivers of jobs on AWS Fargate.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_LogConfiguration.html
"""

_OF_FARGATE = ("FargatePlatformConfiguration", "NetworkConfiguration", "PlatformVersion")
"""The properties that a job on Amazon EC2 may not have."""


def refused_job(world: World, task: Site, launch_type: LaunchType | None) -> Iterator[Refusal]:
    """Yield why AWS Batch takes no such job, or may not.

    Args:
        world: the world in which it is asked.
        task: the place of the task in the job definition.
        launch_type: that of the job where it is placed, None where it is not known.
    """
    yield from _kinds(world, task.resource)
    containers = containers_of(world, task)
    volumes = world.values(task.resource, "Volumes.*.Name", task)
    if len(volumes) < len(world.sites(task.resource, "Volumes.*", task)):
        yield refusal(task, "Volumes", "has a volume without a name, by which containers could mount it", None)
    known = tuple(each for each in volumes if isinstance(each, str))
    for each in containers:
        subject = f"container of {task.resource.logical_id}"
        yield from refused_mounts(world, each, subject, known if len(known) == len(volumes) else None)
        yield from refused_variables(world, each, subject)
        yield from refused_driver(world, each)
    yield from _sizes(world, task, containers)
    if launch_type is LaunchType.FARGATE:
        yield from _on_fargate(world, task, containers)
    elif launch_type is LaunchType.EC2:
        yield from _on_instances(world, task, containers)


_OF_KIND = ("ContainerProperties", "EcsProperties", "EksProperties", _NODES)


def _kinds(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield that a job definition is of several kinds, or of another one than it says."""
    given = [key for key in _OF_KIND if world.sites(definition, key)]
    at = Site(definition, "Properties", None)
    if len(given) > 1:
        yield refusal(at, given[1], f"has {' and '.join(given)}, of which AWS Batch takes one")
    wanted, type_ = "multinode" if _NODES in given else "container", world.value(definition, "Type")
    if type_ != wanted:
        why = f"is of Type {shown(type_)}, where a job of its kind is of {wanted}"
        yield refusal(at, "Type", why, False if isinstance(type_, str) else None)
    main, nodes = (world.value(definition, f"{_NODES}.{key}") for key in ("MainNode", "NumNodes"))
    numbers = [int(each) for each in (main, nodes) if isinstance(each, str) and each.isdecimal()]
    if len(numbers) == 2 and numbers[0] >= numbers[1]:
        yield refusal(at, _NODES, f"has MainNode {main}, and its {nodes} nodes begin with 0")


def _sizes(world: World, task: Site, containers: Iterable[Site]) -> Iterator[Refusal]:
    """Yield that a job says nothing of its size, or says it twice, or that it has too little memory."""
    for kind, lack in (("VCPU", "how many vCPUs"), ("MEMORY", "how much memory")):
        if not any(job_requirements(world, each, kind) for each in containers):
            is_alone = task.location.startswith(_ALONE)
            yield refusal(task, _NEEDS, f"does not say {lack} it has", False if is_alone else None)
    for each in containers:
        for value in job_requirements(world, each, "MEMORY"):
            if isinstance(value, str) and value.isdecimal() and int(value) < _LEAST_MEMORY:
                yield refusal(each, _NEEDS, f"has {value} MiB, and must have at least {_LEAST_MEMORY}")
        for kind, key in OLDER.items():
            if kind in world.values(each.resource, f"{_NEEDS}.*.Type", each) and world.values(each.resource, key, each):
                yield refusal(each, key, f"has {key} beside {kind} of its {_NEEDS}", None)


def _on_instances(world: World, task: Site, containers: Iterable[Site]) -> Iterator[Refusal]:
    """Yield what a job has that AWS Batch does not take on Amazon EC2."""
    for key in _OF_FARGATE:
        if world.sites(task.resource, key, task):
            yield refusal(task, key, f"has {key}, which is for AWS Fargate alone")
    if world.sites(task.resource, "RuntimePlatform", task):
        yield refusal(task, "RuntimePlatform", "has RuntimePlatform, which is not for Amazon EC2", None)
    for each in containers:
        for value in job_requirements(world, each, "VCPU"):
            if isinstance(value, str) and not value.isdecimal():
                yield refusal(each, _NEEDS, f"has {value} vCPUs, and AWS Batch takes whole ones on Amazon EC2")


def _on_fargate(world: World, task: Site, containers: Iterable[Site]) -> Iterator[Refusal]:
    """Yield why AWS Fargate has no job of such a size, or none with such containers."""
    size = task_size(world, task)
    if size.cpu is None or size.memory is None:
        yield refusal(task, _NEEDS, "has a size that is known only at deployment", None)
    elif size.cpu and size.memory:
        yield from refused_pair(task.resource, f"{task.location}.{_NEEDS}", size.cpu, size.memory)
    for each in containers:
        yield from _container_on_fargate(world, each)


_LEAST_MEMORY = 4
"""The least memory of a container, in MiB."""


def _container_on_fargate(world: World, site: Site) -> Iterator[Refusal]:
    """Yield what a container has that AWS Fargate does not take."""
    for key in ("Vcpus", "Memory") if site.location.startswith(_ALONE) else ():
        if world.values(site.resource, key, site):
            yield refusal(site, key, f"has {key} in place of {_NEEDS}, which AWS Batch does not take on AWS Fargate")
    if job_requirements(world, site, "GPU"):
        yield refusal(site, _NEEDS, "has GPUs, which AWS Fargate has not")
    privileged = world.value(site.resource, "Privileged", "false", site)
    if flag(privileged) is not False:
        why = f"has Privileged {shown(privileged)}, and AWS Fargate runs no privileged container"
        yield refusal(site, "Privileged", why, False if isinstance(privileged, str) else None)
    for driver in world.values(site.resource, "LogConfiguration.LogDriver", site):
        if driver not in _DRIVERS:
            why = f"has log driver {shown(driver)}, and jobs on AWS Fargate have {' and '.join(_DRIVERS)}"
            yield refusal(site, "LogConfiguration", why, False if isinstance(driver, str) else None)
