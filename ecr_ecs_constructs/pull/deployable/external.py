"""The tasks that Amazon ECS runs on external instances, those of ECS Anywhere.

What is not documented for them is unknown.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html (considerations)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType
from ecr_ecs_constructs.pull.texts.pattern import Truth

_MODES = ("bridge", "host", "none")

_OF_TASKS: Mapping[str, Truth] = {
    "Volumes.*.EFSVolumeConfiguration": False,
    "ProxyConfiguration": False,
    "InferenceAccelerators": None,
    "EphemeralStorage": None,
    "ContainerDefinitions.*.DockerSecurityOptions": None,
}
_OF_SERVICES: Mapping[str, Truth] = {
    "LoadBalancers": False,
    "ServiceRegistries": False,
    "ServiceConnectConfiguration": None,
    "VolumeConfigurations": None,
}
"""The properties of tasks and of services that they do not have there, or of which it is not documented."""


def refused_on_external(world: World, definition: Resource, runner: Resource | None) -> Iterator[Refusal]:
    """Yield why Amazon ECS runs no task on external instances, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        runner: what runs it, None where nothing in the templates does.
    """
    wanted = world.values(definition, "RequiresCompatibilities.*")
    if runner is not None and LaunchType.EXTERNAL not in wanted:
        why = "the task definition does not say that it is for EXTERNAL, which is not known to be taken"
        yield Refusal(definition, "Properties.RequiresCompatibilities", why, None)
    mode = world.value(definition, "NetworkMode", _MODES[0])
    if mode not in _MODES:
        why = f"network mode is {shown(mode)}, which external instances do not have"
        yield Refusal(definition, "Properties.NetworkMode", why, False if mode == "awsvpc" else None)
    yield from _lacking(world, definition, _OF_TASKS)
    if runner is not None:
        yield from _lacking(world, runner, _OF_SERVICES)


def _lacking(world: World, owner: Resource, table: Mapping[str, Truth]) -> Iterator[Refusal]:
    """Yield which properties of a resource external instances do not have, or may not have."""
    for path, taken in table.items():
        lack = "and whether it works on external instances is not documented"
        for site in world.sites(owner, path):
            why = (
                f"it has {path.rpartition('.')[2]}, {lack if taken is None else 'which external instances do not have'}"
            )
            yield Refusal(owner, site.location, why, taken)
