"""The compute environments of AWS Batch that can run a job, by its size.

AWS Batch tries the environments of a queue in their order, and puts a job in none that is too small for it.

Sources:
    https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html
    https://docs.aws.amazon.com/batch/latest/userguide/multi-node-parallel-jobs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.containers import CONTAINERS
from ecr_ecs_constructs.pull.machines.environments import RESOURCES, EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.machines.hosts import Hosts
from ecr_ecs_constructs.pull.machines.machines import Machines
from ecr_ecs_constructs.pull.placement.eligibility import Eligibility
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.task_size import UNITS, task_size

_NODES = "NodeProperties"


class Fitting(InWorld):
    """The sizes of compute environments, held against those of jobs, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._hosts = Hosts(world)
        self._machines = Machines(world)
        self._eligibility = Eligibility(world, Joins(world))

    def usable(self, environment: Resource, definition: Resource) -> Answer:
        """Return whether a job is for a compute environment of its kind, and not above its maximum of vCPUs."""
        return all_of(self._usable(environment, definition))

    def holds(self, environment: Resource, definition: Resource) -> Answer:
        """Return whether a compute environment has instances that are large enough for a job; Fargate is."""
        machines = [each for host in self._hosts.of(environment) for each in self._machines.of(host)]
        if not machines:
            return Answer(True)
        tasks = self._tasks(definition)
        return all_of(_best([self._eligibility.holds(each, task) for each in machines]) for task in tasks)

    def _tasks(self, definition: Resource) -> Iterator[Site]:
        for path, _ in CONTAINERS[definition.type]:
            yield from self.world.sites(definition, path)

    def _usable(self, environment: Resource, definition: Resource) -> Iterator[Answer]:
        name, kind = environment.logical_id, kind_of(self.world, environment)
        is_parallel = bool(self.world.sites(definition, _NODES))
        if is_parallel and kind is not EnvironmentKind.EC2 and kind is not EnvironmentKind.UNMANAGED:
            is_sure = isinstance(kind, EnvironmentKind)
            yield Answer(
                False if is_sure else None, f"{name} is on {shown(kind)}, which runs no multi-node parallel job"
            )
        if kind is EnvironmentKind.UNMANAGED:
            return
        most = self.world.value(environment, f"{RESOURCES}.MaxvCpus")
        sizes = [task_size(self.world, task).cpu for task in self._tasks(definition)]
        nodes = self.world.value(definition, f"{_NODES}.NumNodes", "1")
        cpus = [size for size in sizes if size is not None]
        if not isinstance(most, str) or not most.isdecimal():
            yield Answer(None, f"how many vCPUs {name} has at most is known only at deployment ({shown(most)})")
        elif len(cpus) < len(sizes) or not isinstance(nodes, str) or not nodes.isdecimal():
            yield Answer(None, "how many vCPUs the job reserves is known only at deployment")
        elif cpus and max(cpus) * int(nodes) > int(most) * UNITS:
            is_sure = min(cpus) * int(nodes) > int(most) * UNITS
            needed = f"{max(cpus) * int(nodes) / UNITS:g}"
            yield Answer(False if is_sure else None, f"the job reserves {needed} vCPUs, and {name} has {most} at most")


def _best(answers: Sequence[Answer]) -> Answer:
    return next((each for truth in (True, None) for each in answers if each.truth is truth), answers[0])
