"""Image copies: custom resources that copy an image into a repository while a deployment runs.

Source: https://github.com/cdklabs/cdk-ecr-deployment
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, Value, text
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.deployment.handovers import custom_types

_TARGET, _TRANSPORT = "DestImage", "docker://"
"""The property that says which image a copy makes, and how its value begins."""


class Copies(InWorld):
    """The image copies of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def of(self, container: Container) -> Iterator[Resource]:
        """Yield the copies that surely make the image of a container."""
        image = container.image.value
        if isinstance(image, (str, Text)):
            for copy in self.world.root.candidates(_made, custom_types(self.world), image):
                if self.world.exists(copy) and image in _made(self.world, copy):
                    yield copy


def _made(world: World, copy: Resource) -> Iterator[str | Text]:
    """Yield the image that a custom resource makes, if it is a copy."""
    value: Value = world.value(copy, _TARGET)
    if isinstance(value, str):
        yield value.removeprefix(_TRANSPORT)
    elif isinstance(value, Text):
        first, *others = value.pieces
        yield text(first.removeprefix(_TRANSPORT) if isinstance(first, str) else first, *others)
