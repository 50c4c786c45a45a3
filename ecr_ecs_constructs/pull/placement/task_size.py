"""The CPU, the memory and the GPUs that a task reserves on a container instance.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters_ec2.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Value

_CONTAINERS = "ContainerDefinitions.*"
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
    cpu, memory = (world.value(task.resource, key, at=task) for key in ("Cpu", "Memory"))
    containers = world.sites(task.resource, _CONTAINERS, task)

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
