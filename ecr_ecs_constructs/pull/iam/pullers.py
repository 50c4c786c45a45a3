"""Who pulls the image of a container: the execution role of its task, or the role of its container instances.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import ABSENT
from ecr_ecs_constructs.pull.containers import Container, Containers
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.placement.capacity import Capacity
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.placements import Placements
from ecr_ecs_constructs.pull.texts.references import Target

EXECUTION_ROLE, INSTANCE_ROLE = "execution role", "container instance role"


class Puller(NamedTuple):
    """Who pulls the image of a container in one place where it runs.

    Attributes:
        kind: `execution role` or `container instance role`.
        role: the role; None where there is none, or where it is not known which.
        placement: where it pulls; None where it is the same everywhere.
        absent: whether it is certain that there is none.
        reason: why there is no role.
    """

    kind: str
    role: Target | None
    placement: Placement | None = None
    absent: bool = False
    reason: str = ""


class Pullers(InWorld):
    """The roles that pull images in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._containers = Containers(world)
        self._placements = Placements(world)
        self._capacity = Capacity(world)

    @asked
    def of(self, container: Container) -> tuple[Puller, ...]:
        """Return who pulls a container's image, once for each place where that makes a difference."""
        placements = self._placements.of(container)
        roles = [target for placement in placements for target in placement.execution_roles]
        own = [placement for placement in placements if not placement.execution_roles]
        role = self._containers.execution_role(container)
        if own and role is not None:
            roles.append(role)
        found = [_by_execution_role(target) for target in roles]
        for placement in own if role is None else ():
            found += self._without_execution_role(container, placement, self._capacity.of(container, placement))
        return tuple(dict.fromkeys(found))

    def at(self, container: Container, placement: Placement, host: Host | None) -> tuple[Puller, ...]:
        """Return who pulls a container's image in one place where it runs.

        Args:
            container: the container.
            placement: the place.
            host: the container instances there; None where it is on none.
        """
        own = self._containers.execution_role(container)
        roles = placement.execution_roles or (() if own is None else (own,))
        if roles:
            return tuple(map(_by_execution_role, roles))
        return tuple(self._without_execution_role(container, placement, () if host is None else (host,)))

    def _without_execution_role(
        self, container: Container, placement: Placement, hosts: Sequence[Host]
    ) -> Iterator[Puller]:
        if placement.launch_type is None or placement.supposed:
            yield Puller(EXECUTION_ROLE, None, placement, reason=f"where it runs is not known: {placement.evidence}")
        elif placement.launch_type is not LaunchType.EC2:
            reason = f"the task has no execution role, and {placement.launch_type.value} pulls by nothing else"
            yield Puller(EXECUTION_ROLE, None, placement, absent=True, reason=f"{reason} ({placement.evidence})")
        elif not hosts and placement.elsewhere is None:
            reason = f"{self._capacity.absence(container, placement)}: {placement.evidence}"
            yield Puller(INSTANCE_ROLE, None, placement, reason=reason)
        else:
            for host in hosts:
                yield from _of_host(host)


def _by_execution_role(target: Target) -> Puller:
    reason = f"{EXECUTION_ROLE} {target}, which {target.doubt}" if target.doubt else ""
    return Puller(EXECUTION_ROLE, None if target.doubt else target, reason=reason)


def _of_host(host: Host) -> Iterator[Puller]:
    name = host.resource.logical_id
    if host.launch is None:
        yield Puller(INSTANCE_ROLE, None, reason=f"how {name} launches instances is not in the templates")
    for role in host.roles:
        if role.doubt:
            reason = f"the instances of {name} {role.doubt}"
            yield Puller(INSTANCE_ROLE, None, absent=role.value is ABSENT, reason=reason)
        else:
            yield Puller(INSTANCE_ROLE, role)
