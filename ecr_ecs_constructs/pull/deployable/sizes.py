"""The sizes of containers that Amazon ECS registers in no task definition.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (CPU and memory)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.task_size import cpu_units, mebibytes

_CONTAINERS = "ContainerDefinitions.*"
_LEAST_MEMORY = 4
"""The least memory of a container, in MiB."""


def refused_sizes(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which containers of a task definition are larger than the task, or too small.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    sites = world.sites(definition, _CONTAINERS)
    units = [cpu_units(world.value(definition, "Cpu", at=site)) for site in sites]
    total, of_task = sum(each or 0 for each in units), cpu_units(world.value(definition, "Cpu"))
    if of_task is not None and total > of_task:
        why = f"the containers have {total} CPU units, and the task has {of_task}"
        yield Refusal(definition, "Properties.Cpu", why)
    for site in sites:
        yield from _memory(world, site)


def _memory(world: World, site: Site) -> Iterator[Refusal]:
    definition = site.resource
    task = mebibytes(world.value(definition, "Memory"))
    hard, soft = (mebibytes(world.value(definition, key, at=site)) for key in ("Memory", "MemoryReservation"))
    for key, own in (("Memory", hard), ("MemoryReservation", soft)):
        if own is not None and own < _LEAST_MEMORY:
            why = f"{key} is {own} MiB, and must be at least {_LEAST_MEMORY}"
            yield Refusal(definition, f"{site.location}.{key}", why)
        if own is not None and task is not None and own > task:
            yield Refusal(definition, f"{site.location}.{key}", f"{key} is {own} MiB, and the task has {task}")
    if hard is not None and soft is not None and soft > hard:
        why = f"MemoryReservation is {soft} MiB, and Memory is {hard}"
        yield Refusal(definition, f"{site.location}.MemoryReservation", why)
