"""The sizes and ports of containers that Amazon ECS registers in no task definition.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (CPU and memory)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
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

_LAST_PORT = 65535
_OWN_PORTS = ("awsvpc", "host")
"""The network modes in which a container has its ports on the network that it uses, and maps none."""


def refused_sizes(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which containers of a task definition are larger than the task, or have ports that there are not.

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
        yield from _ports(world, site)


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


def _ports(world: World, site: Site) -> Iterator[Refusal]:
    definition = site.resource
    mode = world.value(definition, "NetworkMode", "bridge")
    for each in world.sites(definition, "PortMappings.*", site):
        inner, outer = (_port(world, each, key) for key in ("ContainerPort", "HostPort"))
        if mode == "none":
            yield Refusal(definition, each.location, "a port is mapped, and in network mode none there is no network")
        if inner == 0 or not any(world.sites(definition, key, each) for key in ("ContainerPort", "ContainerPortRange")):
            what = "no ContainerPort" if inner is None else "ContainerPort 0"
            yield Refusal(
                definition, each.location, f"a port is mapped with {what}, which is not known to be taken", None
            )
        if outer == 0 and mode in _OWN_PORTS:
            why = f"HostPort is 0 in network mode {mode}, which is not known to be taken"
            yield Refusal(definition, f"{each.location}.HostPort", why, None)
        for key, port in (("ContainerPort", inner), ("HostPort", outer)):
            if port is not None and port > _LAST_PORT:
                yield Refusal(definition, f"{each.location}.{key}", f"{key} is {port}, and the last is {_LAST_PORT}")
        if mode in _OWN_PORTS and inner is not None and outer and outer != inner:
            why = f"HostPort is {outer}, and in network mode {mode} it must be ContainerPort {inner}"
            yield Refusal(definition, f"{each.location}.HostPort", why)


def _port(world: World, site: Site, key: str) -> int | None:
    value = world.value(site.resource, key, at=site)
    return int(value) if isinstance(value, str) and value.isdecimal() else None
