"""How many tasks of services the container instances of the templates surely hold at once.

A service whose tasks do not all find an instance does not become stable, and CloudFormation rolls its stack back.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-concepts.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html (network interfaces)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.instance_sizes import InstanceSize
from ecr_ecs_constructs.pull.placement.capacity import Capacity, Pool
from ecr_ecs_constructs.pull.placement.eligibility import registered
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.placements import Placements
from ecr_ecs_constructs.pull.placement.runners import SERVICE, Runners
from ecr_ecs_constructs.pull.placement.scaling import Scaling
from ecr_ecs_constructs.pull.placement.task_size import UNITS, task_size

_CONTAINERS, _CONSTRAINTS = "ContainerDefinitions.*", "PlacementConstraints.*"
_MANY = 1_000_000
"""More of anything than an instance has."""

_MOST_SERVICES, _MOST_TASKS = 16, 10_000
"""How many services with instances in common, and how many tasks of each, are counted.

A service has 5,000 tasks at most: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
"""


class _Amounts(NamedTuple):
    """The CPU units, MiB, GPUs and network interfaces that an instance has, or that a task needs."""

    cpu: int = _MANY
    memory: int = _MANY
    gpus: int = _MANY
    interfaces: int = _MANY


class _Load(NamedTuple):
    """The tasks of a service.

    Attributes:
        service: the service.
        wanted: how many tasks it wants; of a daemon, one on each instance.
        needs: what each of them needs.
        ports: the ports of the instance that each of them takes.
        is_daemon: whether it runs one task on each instance.
        is_apart: whether each of its tasks wants an instance of its own.
    """

    service: Resource
    wanted: int
    needs: _Amounts
    ports: frozenset[str]
    is_daemon: bool
    is_apart: bool


class _Instance:
    """A container instance that takes tasks until it is full."""

    def __init__(self, has: _Amounts) -> None:
        self._left = has
        self._ports: set[str] = set()
        self._services: set[Resource] = set()

    def takes(self, load: _Load) -> bool:
        """Take a task, and return whether there was room for it."""
        left = _Amounts(*(has - needed for has, needed in zip(self._left, load.needs, strict=True)))
        if min(left) < 0 or self._ports & load.ports or (load.is_apart and load.service in self._services):
            return False
        self._left = left
        self._ports |= load.ports
        self._services.add(load.service)
        return True


class Room(InWorld):
    """The room for the tasks of services in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._scaling = Scaling(world)
        self._capacity = Capacity(world)
        self._placements = Placements(world)

    def holds(self, container: Container, placement: Placement, pool: Pool) -> Answer:
        """Return whether the instances of a placement hold as many tasks as their service and others there want.

        Where a number is known only at deployment, it is not asked; that they hold one task is another question.

        Args:
            container: a container of the task.
            placement: a place where it runs.
            pool: the container instances there.
        """
        service = placement.runner
        if service is None or service.type != SERVICE:
            return Answer(True)
        own = self._load(service, container.task)
        loads = [own, *self._others(placement, pool.hosts)]
        wanted = sum(load.wanted for load in loads)
        instances = self._instances(pool, placement, min(wanted, len(loads) * _MOST_TASKS))
        if instances is None:
            return Answer(True)
        held = _held(loads, instances)
        if held >= wanted:
            return Answer(True)
        if len(loads) == 1:
            return Answer(None, f"its instances surely hold {held} of its {wanted} tasks")
        names = " and ".join(sorted(load.service.logical_id for load in loads))
        return Answer(None, f"its instances surely hold {held} of the {wanted} tasks of {names}")

    def _instances(self, pool: Pool, placement: Placement, wanted: int) -> list[_Instance] | None:
        """Return the instances that there surely are, None where their number is not known."""
        found: list[_Instance] = []
        for host in pool.hosts:
            most = self._scaling.most(host.resource, placement)
            machines = [machine for machine in pool.machines if machine.host is host]
            if most is None or not machines:
                return None
            sizes = [self._size(host, machine.types.least) for machine in machines]
            least = _Amounts(*(min(each) for each in zip(*sizes, strict=True)))
            found += (_Instance(least) for _ in range(min(most, wanted)))
        return found

    def _size(self, host: Host, least: InstanceSize | None) -> _Amounts:
        if least is None:
            return _Amounts()
        launch = host.launch
        used = 1 if launch is None else len(self.world.sites(launch.resource, "NetworkInterfaces.*", launch))
        interfaces = least.interfaces - max(used, 1)
        return _Amounts(least.cpus * UNITS, registered(least.memory, 0), least.gpus, interfaces)

    def _others(self, placement: Placement, hosts: Sequence[Host]) -> Iterator[_Load]:
        """Yield the tasks of other services that run on some of these instances."""
        cluster = placement.cluster and placement.cluster.resource
        services = () if cluster is None else self._services(cluster)
        for service, placements in services if len(services) <= _MOST_SERVICES else ():
            if service is placement.runner or not self.world.exists(service):
                continue
            for definition, each in placements:
                if each.launch_type is LaunchType.EC2 and self._meet(definition, each, placement, hosts):
                    yield self._load(service, Site(definition, "Properties", self.world.root.written(definition)))
                    break

    def _meet(self, definition: Resource, other: Placement, own: Placement, hosts: Sequence[Host]) -> bool:
        """Return whether the tasks of another placement need room on some of these instances.

        Those for which more instances are started than for one's own take none of one's own for good.
        """
        shared = [host.resource for host in self._capacity.brought(definition, other) if host in hosts]
        numbers = [tuple(self._scaling.most(each, by) or _MANY for by in (other, own)) for each in shared]
        return any(of_other <= of_own for of_other, of_own in numbers)

    @asked
    def _services(self, cluster: Resource) -> tuple[tuple[Resource, tuple[tuple[Resource, Placement], ...]], ...]:
        """Return the services of a cluster, each with the task definitions and the places where it runs them."""
        found = []
        runners = Runners(self.world)
        for service in self.world.root.candidates(_clusters, (SERVICE,), cluster):
            placed = tuple(
                (run.definition, each)
                for run in runners.runs(service)
                for each in self._placements.of_run(run)
                if each.cluster is not None and each.cluster.resource is cluster
            )
            found.append((service, placed))
        return tuple(found)

    def _load(self, service: Resource, task: Site) -> _Load:
        size = task_size(self.world, task)
        is_apart = "distinctInstance" in self.world.values(service, f"{_CONSTRAINTS}.Type")
        is_daemon = self.world.value(service, "SchedulingStrategy") == "DAEMON"
        mode = self.world.value(task.resource, "NetworkMode", "bridge", task)
        wanted = self.world.value(service, "DesiredCount", "1")
        count = int(wanted) if isinstance(wanted, str) and wanted.isdecimal() and not is_daemon else 1
        needs = _Amounts(size.cpu or 0, size.memory or 0, size.gpus or 0, 1 if mode == "awsvpc" else 0)
        return _Load(service, count, needs, frozenset(self._ports(task, mode)), is_daemon, is_apart)

    def _ports(self, task: Site, mode: Value) -> Iterator[str]:
        """Yield the ports of the instance that a task takes, which no second task can have."""
        for site in self.world.sites(task.resource, _CONTAINERS, task):
            for each in self.world.sites(task.resource, "PortMappings.*", site):
                own, port = (self.world.value(task.resource, key, "0", each) for key in ("HostPort", "ContainerPort"))
                if mode == "host":
                    yield shown(port if own == "0" else own)
                elif mode == "bridge" and own != "0":
                    yield shown(own)


def _held(loads: Sequence[_Load], instances: Sequence[_Instance]) -> int:
    """Return how many tasks some instances take: daemons first, then the largest."""
    held = 0
    for load in loads:
        if load.is_daemon and instances:
            held += sum(instance.takes(load) for instance in instances) == len(instances)
    for load in sorted(loads, key=lambda each: (each.needs.memory, each.needs.cpu), reverse=True):
        if not load.is_daemon:
            left = min(load.wanted, _MOST_TASKS)
            for instance in instances:
                while left and instance.takes(load):
                    left, held = left - 1, held + 1
    return held


def _clusters(world: World, service: Resource) -> tuple[Resource, ...]:
    """Return the clusters of the templates in which a service runs tasks."""
    runners = Runners(world)
    found = [runners.cluster(run) for run in runners.runs(service)]
    return tuple(target.resource for target in found if target is not None and target.resource is not None)
