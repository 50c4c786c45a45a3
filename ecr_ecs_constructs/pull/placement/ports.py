"""The ports that the containers of a task take of the network that they share.

That is the network of the instance, or in network mode awsvpc the network interface of the task.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site

OWN_PORTS = ("awsvpc", "host")
"""The network modes in which a container has its ports on the network that it uses, and maps none."""


class HostPort(NamedTuple):
    """A port that a container takes.

    Attributes:
        number: its number, never 0.
        protocol: `tcp` or `udp`.
        site: the port mapping.
    """

    number: int
    protocol: str
    site: Site


def host_ports(world: World, task: Site) -> Iterator[HostPort]:
    """Yield the ports that the containers of a task surely take; one that Amazon ECS chooses is none of them.

    Args:
        world: the world in which it is asked.
        task: the place of the task.
    """
    resource = task.resource
    mode = world.value(resource, "NetworkMode", "bridge", task)
    for container in world.sites(resource, "ContainerDefinitions.*", task):
        for each in world.sites(resource, "PortMappings.*", container):
            number = port(world, each, "HostPort")
            if number is None and mode in OWN_PORTS:
                number = port(world, each, "ContainerPort")
            protocol = world.value(resource, "Protocol", "tcp", each)
            if number and isinstance(protocol, str):
                yield HostPort(number, protocol, each)


def port(world: World, site: Site, key: str) -> int | None:
    """Return a port of a port mapping, None where it is not given or known only at deployment.

    Args:
        world: the world in which it is asked.
        site: the port mapping.
        key: `ContainerPort` or `HostPort`.
    """
    value = world.value(site.resource, key, at=site)
    return int(value) if isinstance(value, str) and value.isdecimal() else None
