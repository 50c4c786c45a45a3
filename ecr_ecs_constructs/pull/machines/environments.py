"""Compute environments of AWS Batch: of which kind they are, and what images their instances boot.

Sources:
    https://docs.aws.amazon.com/batch/latest/userguide/compute_environment_parameters.html
    https://docs.aws.amazon.com/batch/latest/userguide/ami-selection-order.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_Ec2Configuration.html
    https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value
from ecr_ecs_constructs.pull.ami import NVIDIA, Ami, read_image_type
from ecr_ecs_constructs.pull.machines.images import images_at
from ecr_ecs_constructs.pull.machines.instance_types import InstanceTypes
from ecr_ecs_constructs.pull.texts.references import LAUNCH_TEMPLATE

RESOURCES = "ComputeResources"
"""The property of a compute environment that says what it has."""

BEST_FIT = "BEST_FIT"
"""The allocation strategy where none is given."""

CONFIGURATIONS = f"{RESOURCES}.Ec2Configuration.*"
_DEFAULT, _DEFAULT_WITH_GPUS = "ECS_AL2023", f"ECS_AL2023{NVIDIA}"


class EnvironmentKind(StrEnum):
    """The kind of a compute environment: the type of its resources, or who else has them."""

    EC2 = "EC2"
    SPOT = "SPOT"
    FARGATE = "FARGATE"
    FARGATE_SPOT = "FARGATE_SPOT"
    MANAGED_INSTANCES = "ECS_MANAGED_INSTANCES"
    UNMANAGED = "UNMANAGED"
    EKS = "Amazon EKS"


_TYPES = {each.value: each for each in EnvironmentKind if each.value.isupper()}


def kind_of(world: World, environment: Resource) -> EnvironmentKind | Value:
    """Return the kind of a compute environment, as it is written where it is none that is known."""
    if world.sites(environment, "EksConfiguration.EksClusterArn"):
        return EnvironmentKind.EKS
    value = world.value(environment, "Type", "MANAGED")
    type_ = value.upper() if isinstance(value, str) else value
    if type_ != "MANAGED":
        return EnvironmentKind.UNMANAGED if type_ == EnvironmentKind.UNMANAGED else value
    kind = world.value(environment, f"{RESOURCES}.Type")
    return _TYPES.get(kind.upper(), kind) if isinstance(kind, str) else kind


def images_of(world: World, launch: Site, entry: Site, types: InstanceTypes) -> Iterator[tuple[Site, Ami]]:
    """Yield each image that AWS Batch may choose for an instance type, with the place that says it.

    Its pages do not agree which of `ImageId` and `ImageIdOverride` goes before the other.

    Args:
        world: the world in which they are asked for.
        launch: what launches the instances.
        entry: the instance type, among those of the compute environment or the targets of a launch template.
        types: what it is.
    """
    environment = entry.resource
    own = [*images_at(world, launch.resource, "ImageId", launch)] if launch.resource.type == LAUNCH_TEMPLATE else []
    if own and ".Overrides" in entry.location:
        yield from own
        return
    matching = [*_matching(world, environment, types)]
    chosen = [*images_at(world, environment, f"{RESOURCES}.ImageId")]
    chosen += (image for each in matching for image in images_at(world, environment, "ImageIdOverride", each))
    if chosen or own:
        yield from chosen or own
        return
    architecture = next(iter(types.architectures)) if types.architectures and len(types.architectures) == 1 else None
    for each in matching:
        for site in world.sites(environment, "ImageType", each):
            yield site, read_image_type(world.read(site).value, architecture)
    if not any(_is_for(world, each, types) for each in matching):
        default = _DEFAULT_WITH_GPUS if _has_gpus(types) else _DEFAULT
        at = Site(environment, f"Properties.{RESOURCES}.Ec2Configuration", None)
        yield at, read_image_type(default, architecture)


def _matching(world: World, environment: Resource, types: InstanceTypes) -> tuple[Site, ...]:
    """Return the configurations of images that are for an instance type, all where none is."""
    every = world.sites(environment, CONFIGURATIONS)
    return tuple(each for each in every if _is_for(world, each, types)) or every


def _is_for(world: World, configuration: Site, types: InstanceTypes) -> bool:
    """Return whether a configuration of images is for an instance type: one with GPUs, or one without."""
    type_ = world.value(configuration.resource, "ImageType", at=configuration)
    return isinstance(type_, str) and type_.endswith(NVIDIA) is _has_gpus(types)


def _has_gpus(types: InstanceTypes) -> bool:
    return types.most is not None and types.most.gpus > 0
