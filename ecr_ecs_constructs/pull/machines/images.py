"""The machine images that templates name, as far as it is known, or vouched for, which they are."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Site
from ecr_ecs_constructs.pull.ami import Ami, read_ami
from ecr_ecs_constructs.pull.vouching import vouched_ami


def images_at(
    world: World, resource: Resource, path: str = "ImageId", at: Site | None = None
) -> Iterator[tuple[Site, Ami]]:
    """Yield the image ids that stand at a path, each with its place.

    Args:
        world: the world in which they are asked for.
        resource: the resource that they stand in.
        path: the path.
        at: the place that the path leads on from; None for the properties.
    """
    for site in world.sites(resource, path, at):
        value, defaults = world.read(site)
        if value is not ABSENT and value is not None:
            yield site, vouched_ami(world, resource.template, read_ami(value, defaults, resource.type))
