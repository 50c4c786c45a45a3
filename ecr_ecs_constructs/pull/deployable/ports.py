"""The port mappings that Amazon ECS registers in no task definition.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    https://github.com/aws/amazon-ecs-agent/issues/1220 (a port that is mapped twice)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.ports import OWN_PORTS, host_ports, port

_LAST_PORT = 65535


def refused_ports(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield which ports of a task definition there are not, or which two of its containers take.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    mode = world.value(definition, "NetworkMode", "bridge")
    sites = world.sites(definition, "ContainerDefinitions.*.PortMappings.*")
    for site in sites:
        yield from _mapped(world, site, mode)
    taken: set[tuple[int, str]] = set()
    for number, protocol, site in host_ports(world, Site(definition, "Properties", world.root.written(definition))):
        if (number, protocol) in taken:
            why = f"port {number} of {protocol} is taken twice by containers of the task"
            yield Refusal(definition, site.location, why)
        taken.add((number, protocol))
    names = [world.value(definition, "Name", at=site) for site in sites]
    for site, name in zip(sites, names, strict=True):
        if isinstance(name, str) and names.count(name) > 1:
            why = f"two port mappings are called {name!r}, which is not known to be taken"
            yield Refusal(definition, site.location, why, None)


def _mapped(world: World, site: Site, mode: Value) -> Iterator[Refusal]:
    """Yield why a port can't be mapped."""
    definition = site.resource
    inner, outer = (port(world, site, key) for key in ("ContainerPort", "HostPort"))
    if mode == "none":
        yield Refusal(definition, site.location, "a port is mapped, and in network mode none there is no network")
    if inner == 0 or not any(world.sites(definition, key, site) for key in ("ContainerPort", "ContainerPortRange")):
        what = "no ContainerPort" if inner is None else "ContainerPort 0"
        yield Refusal(definition, site.location, f"a port is mapped with {what}, which is not known to be taken", None)
    if outer == 0 and mode in OWN_PORTS:
        why = f"HostPort is 0 in network mode {mode}, which is not known to be taken"
        yield Refusal(definition, f"{site.location}.HostPort", why, None)
    for key, number in (("ContainerPort", inner), ("HostPort", outer)):
        if number is not None and number > _LAST_PORT:
            yield Refusal(definition, f"{site.location}.{key}", f"{key} is {number}, and the last is {_LAST_PORT}")
    if mode in OWN_PORTS and inner is not None and outer and outer != inner:
        why = f"HostPort is {outer}, and in network mode {mode} it must be ContainerPort {inner}"
        yield Refusal(definition, f"{site.location}.HostPort", why)
