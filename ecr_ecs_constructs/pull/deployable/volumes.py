"""The Amazon EBS volumes that Amazon ECS makes for the tasks of a service.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-volumes.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceManagedEBSVolumeConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, flag, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType

_SIZES = range(1, 16385)
"""The sizes in GiB of the types gp2 and gp3."""


def refused_volumes(
    world: World, definition: Resource, service: Resource, launch_type: LaunchType | None
) -> Iterator[Refusal]:
    """Yield why Amazon ECS may make no volumes for the tasks of a service.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition` that it runs.
        service: the service.
        launch_type: what its tasks run on, None where that is not known.
    """
    launched = [
        world.value(definition, "Name", at=each)
        for each in world.sites(definition, "Volumes.*")
        if flag(world.value(definition, "ConfiguredAtLaunch", "false", each)) is True
    ]
    for site in world.sites(service, "VolumeConfigurations.*"):
        name = world.value(service, "Name", at=site)
        if not isinstance(name, str) or name not in launched:
            given = "without a name" if name is None else shown(name)
            why = f"it makes volume {given}, and the task has no volume of that name that is configured at launch"
            yield Refusal(service, site.location, why, None)
        for why in _unmade(world, definition, site, launch_type):
            yield Refusal(service, site.location, f"it makes a volume, and {why}", None)


def _unmade(world: World, definition: Resource, site: Site, launch_type: LaunchType | None) -> Iterator[str]:
    """Yield what speaks against a volume."""
    if launch_type is not LaunchType.FARGATE:
        yield "whether instances can attach it is not judged"
    family = world.value(definition, "RuntimePlatform.OperatingSystemFamily", "LINUX")
    if family != "LINUX":
        yield f"that is for tasks of Linux, and the task is for {shown(family)}"
    size = world.value(site.resource, "ManagedEBSVolume.SizeInGiB", at=site)
    if not isinstance(size, str) or not size.isdecimal() or int(size) not in _SIZES:
        yield f"its size is {'not given' if size is None else shown(size)}, of 1 to {_SIZES[-1]} GiB"
