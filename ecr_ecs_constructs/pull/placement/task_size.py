"""The CPU, the memory and the GPUs that a task reserves on a container instance.

Sources:
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters_ec2.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Value
from ecr_ecs_constructs.pull.containers import containers_of
from ecr_ecs_constructs.pull.texts.references import JOB_DEFINITION

_CPU = re.compile(r"\s*(?:(\d+)|(\d*\.?\d+)\s*vcpus?)\s*", re.IGNORECASE)
_MEMORY = re.compile(r"\s*(?:(\d+)|(\d*\.?\d+)\s*gb)\s*", re.IGNORECASE)
UNITS = 1024
"""The CPU units of a virtual CPU; the MiB of a GB as well."""


class TaskSize(NamedTuple):
    """The resources that a task reserves, each None where it is known only at deployment.

    Attributes:
        cpu: CPU units, 1,024 for each virtual CPU.
        memory: memory in MiB.
        gpus: GPUs.
    """

    cpu: int | None
    memory: int | None
    gpus: int | None


def cpu_units(value: Value) -> int | None:
    """Return the CPU units that a value gives: `512`, `.5 vCPU`; None where it gives none."""
    return _number(_CPU, value)


def mebibytes(value: Value) -> int | None:
    """Return the memory in MiB that a value gives: `512`, `0.5 GB`; None where it gives none."""
    return _number(_MEMORY, value)


def _number(form: re.Pattern[str], value: Value) -> int | None:
    match = form.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    return int(match[1]) if match[1] else round(float(match[2]) * UNITS)


def task_size(world: World, task: Site) -> TaskSize:
    """Return what a task reserves: what itself says, else what all of its containers do.

    Args:
        world: the world in which it is asked.
        task: the place of the task.
    """
    containers = containers_of(world, task)
    if task.resource.type == JOB_DEFINITION:
        return TaskSize(*(_required(world, containers, kind, unit) for kind, unit in _UNITS.items()))
    cpu, memory = (world.value(task.resource, key, at=task) for key in ("Cpu", "Memory"))

    def total(*keys: str) -> int | None:
        found = [_first(world, container, keys) for container in containers]
        sizes = [0 if value is None else mebibytes(value) for value in found]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    return TaskSize(
        total("Cpu") if cpu is None else cpu_units(cpu),
        total("MemoryReservation", "Memory") if memory is None else mebibytes(memory),
        _gpus(world, containers),
    )


OLDER = {"VCPU": "Vcpus", "MEMORY": "Memory"}
"""The older keys by which a container of a job says what it reserves, by the kind of that."""

_UNITS = {"VCPU": UNITS, "MEMORY": 1, "GPU": 1}
"""The kinds of what a container of a job reserves, each with how many units one of it is."""

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")


def job_requirements(world: World, container: Site, kind: str) -> tuple[Value, ...]:
    """Return what a container of a job says of its virtual CPUs, its memory or its GPUs, nothing where it is silent.

    Args:
        world: the world in which it is asked.
        container: the place of the container.
        kind: `VCPU`, `MEMORY` or `GPU`.
    """
    resource, old = container.resource, OLDER.get(kind, "")
    found: list[Value] = []
    for need in world.sites(resource, "ResourceRequirements.*", container):
        type_, value = (world.value(resource, key, at=need) for key in ("Type", "Value"))
        if type_ == kind or not isinstance(type_, str):
            found.append(value if type_ == kind else type_)
    return (*found, *(() if found or not old else world.values(resource, old, container)))


def _required(world: World, containers: Sequence[Site], kind: str, unit: int) -> int | None:
    """Return how much all containers of a job reserve, None where that is known only at deployment."""
    total = 0.0
    for container in containers:
        found = job_requirements(world, container, kind)
        known = [float(each) for each in found if isinstance(each, str) and _NUMBER.fullmatch(each)]
        if len(known) < len(found):
            return None
        total += max(known, default=0.0)
    return math.ceil(total * unit)


def _first(world: World, container: Site, keys: tuple[str, ...]) -> Value:
    values = [world.value(container.resource, key, at=container) for key in keys]
    return next((value for value in values if value is not None), None)


def _gpus(world: World, containers: tuple[Site, ...]) -> int | None:
    count = 0
    for container in containers:
        for need in world.sites(container.resource, "ResourceRequirements.*", container):
            kind, value = (world.value(container.resource, key, at=need) for key in ("Type", "Value"))
            if kind == "InferenceAccelerator":
                continue
            if kind != "GPU" or not isinstance(value, str) or not value.isdecimal():
                return None
            count += int(value)
    return count
