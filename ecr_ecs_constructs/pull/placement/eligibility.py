"""The container instances that exist and can take a task, with each reason for and against that.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html (metadata service)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import Site, shown
from ecr_ecs_constructs.pull.ami import NVIDIA
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.machines.environments import BEST_FIT, RESOURCES, EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.instance_sizes import InstanceSize
from ecr_ecs_constructs.pull.machines.instance_types import InstanceTypes
from ecr_ecs_constructs.pull.machines.machines import Machine
from ecr_ecs_constructs.pull.placement.agent import Agent
from ecr_ecs_constructs.pull.placement.constraints import Attributes
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.placement.scaling import Scaling
from ecr_ecs_constructs.pull.placement.task_size import UNITS, TaskSize, task_size


class Eligibility(InWorld):
    """The container instances that exist and can take tasks, in one world.

    Args:
        world: the world.
        joins: what the user data of container instances says.
    """

    def __init__(self, world: World, joins: Joins) -> None:
        self.world = world
        self._agent = Agent(world, joins)
        self._scaling = Scaling(world)

    def attributes(self, host: Host) -> Attributes | None:
        """Return the attributes of one's own that container instances have, None where they are not known."""
        return self._agent.attributes(host)

    def of(self, machine: Machine, task: Site, placement: Placement, admitted: Answer) -> Answer:
        """Return whether container instances that are launched in one way exist, and can take a task in a placement.

        Args:
            machine: the container instances.
            task: the task.
            placement: the placement.
            admitted: whether the placement constraints leave them to the task.
        """
        fits = Answer(True) if placement.resized else self.holds(machine, task)  # what is not known is told once
        takes = self._agent.takes(machine, task)
        return all_of((self.exist(machine.host, placement), admitted, fits, takes))

    @asked
    def holds(self, machine: Machine, task: Site) -> Answer:
        """Return whether container instances that are launched in one way are large enough for a task."""
        is_within, within = self._within(machine)
        return all_of((is_within, *_hold(within, task_size(self.world, task), self._agent.reserves(machine.host))))

    def _within(self, machine: Machine) -> tuple[Answer, Machine]:
        """Return whether AWS Batch may launch instances of a compute environment, and those that it surely may.

        It may exceed the maximum by one instance, but not with allocation strategy `BEST_FIT` on demand.

        Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html (maxvCpus)
        """
        environment, types = machine.host.resource, machine.types
        limit = self.world.value(environment, f"{RESOURCES}.MaxvCpus") if types.sizes else None
        if not isinstance(limit, str) or not limit.isdecimal():
            return Answer(True), machine
        sizes = tuple(size for size in types.sizes if size.cpus <= int(limit))
        if sizes:
            return Answer(True), machine._replace(types=types._replace(sizes=sizes))
        strategy = self.world.value(environment, f"{RESOURCES}.AllocationStrategy", BEST_FIT)
        is_strict = strategy == BEST_FIT and kind_of(self.world, environment) is EnvironmentKind.EC2
        least = min(size.cpus for size in types.sizes)
        why = f"{environment.logical_id} has {limit} vCPUs at most, and an instance of {types.chosen} has {least}"
        return Answer(False if is_strict else None, why), machine

    @asked
    def exist(self, host: Host, placement: Placement) -> Answer:
        """Return whether container instances exist for tasks, and can become such.

        The agent asks the metadata service first.
        """
        return all_of((self._scaling.runs(host.resource, placement), self._metadata(host)))

    def _metadata(self, host: Host) -> Answer:
        """Return whether instances have the metadata service, which gives them their user data and their role."""
        launch, name = host.launch, host.resource.logical_id
        if launch is None:
            return Answer(True)  # the link of the placement says that it is not known
        endpoint = self.world.value(launch.resource, "MetadataOptions.HttpEndpoint", "enabled", at=launch)
        if endpoint == "enabled":
            return Answer(True)
        if endpoint == "disabled":
            return Answer(False, f"{name} has no metadata service, and so neither user data nor a role")
        return Answer(None, f"whether {name} has the metadata service is known only at deployment ({shown(endpoint)})")


_REGISTERED = 0.9
"""The part of its memory that an instance surely registers: the operating system keeps some for itself.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
"""


def registered(memory: int, reserved: int | None) -> int:
    """Return the MiB that an instance surely registers of its memory.

    Args:
        memory: its memory in MiB.
        reserved: what its agent keeps back at most; None where that is known only at deployment.
    """
    return 0 if reserved is None else int(memory * _REGISTERED) - reserved


_WITH_GPUS = re.compile(rf"/gpu/|-nvidia(-fips)?/|{NVIDIA}$")
"""The images on which the agent registers GPUs.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-gpu.html
"""


def _chosen(types: InstanceTypes, size: TaskSize, reserved: int | None) -> InstanceSize | None:
    """Return the size that a task surely gets: one that is large enough where one is chosen so, else the least."""
    needed = (size.cpu or 0, size.memory or 0, size.gpus or 0)
    for each in types.sizes:
        has = (each.cpus * UNITS, registered(each.memory, reserved), each.gpus)
        if all(own >= wanted for own, wanted in zip(has, needed, strict=True)):
            return each
    return types.least


def _hold(machine: Machine, size: TaskSize, reserved: tuple[int, int | None]) -> Iterator[Answer]:
    """Yield whether container instances are large enough for a task.

    Args:
        machine: the container instances.
        size: what the task reserves.
        reserved: the MiB that the agent does not register, at least and at most; None where the latter is not known.
    """
    kept, at_worst = reserved
    least, most = _chosen(machine.types, size, at_worst), machine.types.most
    host, name = machine.host.resource.logical_id, f"{machine.host.resource.logical_id} on {machine.types.chosen}"
    for unit, needed, surely, at_most in (
        ("CPU units", size.cpu, least and least.cpus * UNITS, most and most.cpus * UNITS),
        ("MiB", size.memory, least and registered(least.memory, at_worst), most and most.memory - kept),
        ("GPUs", size.gpus, least and least.gpus, most and most.gpus),
    ):
        if needed is None:
            yield Answer(None, f"how many {unit} the task reserves is known only at deployment")
        elif at_most is not None and needed > at_most:
            yield Answer(False, f"the task reserves {needed} {unit}, and {name} has {at_most}")
        elif needed and (surely is None or needed > surely):
            yield Answer(None, f"whether {name} has the {needed} {unit} that the task reserves is not known")
    if size.gpus and not _WITH_GPUS.search(str(machine.ami)):
        yield Answer(None, f"whether {host} registers its GPUs is not known: its image is {machine.ami}")
