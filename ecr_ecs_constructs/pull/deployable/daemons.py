"""The daemons of ECS Managed Instances: each instance that may be chosen must have room for all of them.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-daemons.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterDaemonTaskDefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.deployable.managed_instances import REQUIREMENTS, RESERVED
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.machines.requirements import least_of, most_of
from ecr_ecs_constructs.pull.placement.eligibility import registered
from ecr_ecs_constructs.pull.placement.runners import DAEMON, Runners
from ecr_ecs_constructs.pull.placement.task_size import UNITS, TaskSize, task_size
from ecr_ecs_constructs.pull.texts.references import CAPACITY_PROVIDER, References

_UNITS = ("CPU units", "MiB")


def refused_daemons(world: World, definition: Resource, provider: Resource) -> Iterator[Refusal]:
    """Yield why instances of a capacity provider start no daemon, or may not: it is too large for them.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::DaemonTaskDefinition`.
        provider: the capacity provider of ECS Managed Instances.
    """
    sizes = [*_sizes(world, provider)]
    for given in world.values(provider, REQUIREMENTS) or ({},):
        requirements = given if isinstance(given, dict) else {"AllowedInstanceTypes": given}
        for unit, key, needed in zip(_UNITS, ("VCpuCount", "MemoryMiB"), _total(sizes), strict=True):
            if not needed:
                if needed is None:
                    why = f"how many {unit} the daemons of {provider.logical_id} reserve is known only at deployment"
                    yield Refusal(definition, "Properties", why, None)
                continue
            in_memory = unit == "MiB"
            most, least = most_of(requirements, key), least_of(requirements, key)
            surely = registered(least, RESERVED) if in_memory else least * UNITS
            reserve = f"the daemons of {provider.logical_id} reserve {needed} {unit}"
            if most is not None and needed > most * (1 if in_memory else UNITS):
                yield Refusal(definition, "Properties", f"{reserve}, and its instances have {most} {key} at most")
            elif needed > surely:
                why = f"{reserve}, and whether each instance that it may choose has them is not known"
                yield Refusal(definition, "Properties", why, None)


def _sizes(world: World, provider: Resource) -> Iterator[TaskSize]:
    """Yield what each daemon reserves that runs on the instances of a capacity provider."""
    references, runners = References(world), Runners(world)
    for daemon in world.root.all(DAEMON):
        if not world.exists(daemon):
            continue
        targets = references.targets(daemon, "CapacityProviderArns.*", CAPACITY_PROVIDER)
        if any(target.resource is provider for target in targets):
            for run in runners.runs(daemon):
                yield from (task_size(world, site) for site in world.sites(run.definition, ""))


def _total(sizes: list[TaskSize]) -> tuple[int | None, int | None]:
    """Return the CPU units and the MiB that daemons reserve together, each None where that is not known."""
    cpus, memories = [each.cpu for each in sizes], [each.memory for each in sizes]
    found = [None if None in each else sum(one for one in each if one is not None) for each in (cpus, memories)]
    return found[0], found[1]
