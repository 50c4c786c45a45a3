"""How many tasks of a service the container instances of the templates surely hold at once.

A service whose tasks do not all find an instance does not become stable, and CloudFormation rolls its stack back.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-concepts.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.machines import Machine
from ecr_ecs_constructs.pull.placement.capacity import Pool
from ecr_ecs_constructs.pull.placement.eligibility import registered
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.runners import SERVICE
from ecr_ecs_constructs.pull.placement.scaling import Scaling
from ecr_ecs_constructs.pull.placement.task_size import UNITS, task_size

_CONTAINERS = "ContainerDefinitions.*"
_MANY = 1_000_000
"""More tasks than any instance holds."""


class Room(InWorld):
    """The room for the tasks of services in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._scaling = Scaling(world)

    def holds(self, container: Container, placement: Placement, pool: Pool) -> Answer:
        """Return whether the instances of a placement hold as many tasks as their service wants.

        Where a number is known only at deployment, it is not asked; that they hold one task is another question.

        Args:
            container: a container of the task.
            placement: a place where it runs.
            pool: the container instances there.
        """
        service = placement.runner
        wanted = self.world.value(service, "DesiredCount") if service is not None and service.type == SERVICE else None
        count = int(wanted) if isinstance(wanted, str) and wanted.isdecimal() else 1
        if count <= 1:
            return Answer(True)
        total = 0
        for host in pool.hosts:
            most = self._scaling.most(host.resource)
            held = [self._held(each, container.task) for each in pool.machines if each.host is host]
            if most is None or not held:
                return Answer(True)
            total += most * min(held)
        return Answer(True if count <= total else None, f"its instances surely hold {total} of its {count} tasks")

    def _held(self, machine: Machine, task: Site) -> int:
        """Return how many tasks an instance surely holds."""
        size, least = task_size(self.world, task), machine.types.least
        if least is None:
            return _MANY
        parts = [(size.cpu, least.cpus * UNITS), (size.memory, registered(least.memory, 0)), (size.gpus, least.gpus)]
        held = [has // needed for needed, has in parts if needed]
        return min([*held, 1 if self._has_fixed_port(task) else _MANY])

    def _has_fixed_port(self, task: Site) -> bool:
        """Return whether a container of a task has a port of the instance, which no second task can have."""
        mode = self.world.value(task.resource, "NetworkMode", "bridge", task)
        ports = [
            self.world.value(task.resource, "HostPort", "0", each)
            for site in self.world.sites(task.resource, _CONTAINERS, task)
            for each in self.world.sites(task.resource, "PortMappings.*", site)
        ]
        return bool(ports) and (mode == "host" or (mode == "bridge" and any(port != "0" for port in ports)))
