"""The task definitions that Amazon ECS takes for AWS Fargate.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (task size)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Value, flag, shown
from ecr_ecs_constructs.fargate_sizes import MEMORY
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.task_size import cpu_units, mebibytes
from ecr_ecs_constructs.pull.texts.pattern import Truth


def refused_on_fargate(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield why a task definition is none for AWS Fargate.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    mode = world.value(definition, "NetworkMode", "bridge")
    if mode != "awsvpc":
        why = f"network mode is {shown(mode)}, and AWS Fargate takes awsvpc only"
        yield Refusal(definition, "Properties.NetworkMode", why, _taken(mode))
    yield from _size(world, definition)
    for site in world.sites(definition, "ContainerDefinitions.*"):
        privileged = world.value(definition, "Privileged", "false", site)
        if flag(privileged) is not False:
            why = f"Privileged is {shown(privileged)}, and AWS Fargate runs no privileged container"
            yield Refusal(definition, f"{site.location}.Privileged", why, _taken(privileged))
        if "GPU" in world.values(definition, "ResourceRequirements.*.Type", site):
            yield Refusal(definition, f"{site.location}.ResourceRequirements", "AWS Fargate has no GPU")


def _taken(value: Value) -> Truth:
    """Return False for a value that is known to be wrong, None for one that is known only at deployment."""
    return False if isinstance(value, str) else None


def _size(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield why CPU and memory of a task are no size that AWS Fargate has."""
    sizes: list[int] = []
    for key, read in (("Cpu", cpu_units), ("Memory", mebibytes)):
        value = world.value(definition, key)
        size = read(value)
        if size is not None:
            sizes.append(size)
        elif value is None:
            yield Refusal(definition, f"Properties.{key}", f"the task has no {key}, which AWS Fargate asks for")
        else:
            why = f"{key} is {shown(value)}, of which AWS Fargate has certain sizes only"
            yield Refusal(definition, f"Properties.{key}", why, _taken(value))
    if len(sizes) == 2:
        yield from _pair(definition, *sizes)


def _pair(definition: Resource, units: int, memory: int) -> Iterator[Refusal]:
    """Yield why AWS Fargate has no such pair of CPU units and MiB; pairs above those of the table are not judged."""
    allowed = MEMORY.get(units)
    if allowed is None and units < max(MEMORY):
        why = f"AWS Fargate has no {units} CPU units; it has {', '.join(map(str, MEMORY))}"
        yield Refusal(definition, "Properties.Cpu", why)
    elif allowed is not None and memory not in allowed:
        why = f"AWS Fargate has no {memory} MiB with {units} CPU units; it has {min(allowed)} to {max(allowed)}"
        yield Refusal(definition, "Properties.Memory", why)
