"""The containers that ECS runs, and what their tasks say of roles and platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, Worlds, asked
from ecr_ecs_constructs.cloudformation.functions import function_of
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Site, Text, Value
from ecr_ecs_constructs.image_uri import InvalidImageUri
from ecr_ecs_constructs.pull.images import Image, read_image
from ecr_ecs_constructs.pull.texts.references import ROLE, References, Target

CONTAINERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::ECS::TaskDefinition": (("", "ContainerDefinitions.*"),),
    "AWS::ECS::DaemonTaskDefinition": (("", "ContainerDefinitions.*"),),
    "AWS::ECS::ExpressGatewayService": (("", "PrimaryContainer"),),
    "AWS::Batch::JobDefinition": (
        ("ContainerProperties", ""),
        ("EcsProperties.TaskProperties.*", "Containers.*"),
        ("NodeProperties.NodeRangeProperties.*.Container", ""),
        ("NodeProperties.NodeRangeProperties.*.EcsProperties.TaskProperties.*", "Containers.*"),
    ),
}
"""Where each resource type holds the tasks that ECS runs, and where a task holds its containers.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html and AWS_Batch.html
"""

_TASK_ROLES = ("TaskRoleArn", "JobRoleArn")
"""The keys of the role that a task runs by: of Amazon ECS, and of AWS Batch."""


def containers_of(world: World, task: Site) -> tuple[Site, ...]:
    """Return the places of the containers of a task; a job of AWS Batch with one container is that itself.

    Args:
        world: the world in which they are asked for.
        task: the place of the task, as `CONTAINERS` leads to it.
    """
    for task_path, path in CONTAINERS[task.resource.type]:
        key = task_path.removesuffix(".*").rpartition(".")[2]
        if key in task.location:
            return world.sites(task.resource, path, task)
    return ()


class Container(NamedTuple):
    """A container that ECS runs.

    Attributes:
        resource: the resource that defines it.
        location: where it is defined: `Properties.ContainerDefinitions[0]`.
        name: its name, None where it has none.
        image: what its image is.
        task: the place of its task, where execution role and platform stand.
        site: its own place.
    """

    resource: Resource
    location: str
    name: str | None
    image: Image
    task: Site
    site: Site

    def __hash__(self) -> int:
        # What stands there may be an object; by its image it is another one in each of many worlds.
        return hash((self.resource, self.location, self.image.shown))


class ContainerPlace(NamedTuple):
    """Where a container may be defined, in whatever world.

    Attributes:
        resource: the resource.
        task_path: the path of tasks in a resource of its type.
        task: the location of its task.
        path: the path of containers in a task.
        location: its own location.
    """

    resource: Resource
    task_path: str
    task: str
    path: str
    location: str


def container_places(worlds: Worlds) -> Iterator[ContainerPlace]:
    """Yield where containers may be defined in some templates, in a stable order."""
    for template in worlds.templates:
        for type_, paths in CONTAINERS.items():
            for resource in template.by_type.get(type_, ()):
                for task_path, path in paths:
                    for task in worlds.places(resource, task_path):
                        for site in worlds.places(resource, path, task):
                            yield ContainerPlace(resource, task_path, task.location, path, site.location)


class RuntimePlatform(NamedTuple):
    """The platform that a task is declared for; None stands for what the task is silent about.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
    """

    architecture: Value
    family: Value


UNDECLARED = RuntimePlatform(None, None)
ARCHITECTURE_KEY, FAMILY_KEY = "CpuArchitecture", "OperatingSystemFamily"
"""The keys of a task's `RuntimePlatform`."""


class Containers(InWorld):
    """The containers of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def at(self, place: ContainerPlace) -> Container | None:
        """Return the container that is defined in a place, None where there is none in this world."""
        resource = place.resource
        task = self.world.site(resource, place.task_path, place.task)
        site = self.world.site(resource, place.path, place.location, task) if task is not None else None
        if task is None or site is None:
            return None
        if site.location.endswith("…"):
            return Container(resource, site.location, None, self._image(site), task, site)
        if function_of(site.node) and self.world.read(site).value in (ABSENT, None):
            return None
        image = self._image_of(site)
        return Container(resource, site.location, self._name(site), image, task, site)

    def _image_of(self, site: Site) -> Image:
        for each in self.world.sites(site.resource, "Image", site):
            image = self._image(each)
            if image.value is not ABSENT:
                return image
        error = InvalidImageUri("", "reference", "is missing")
        return Image(f"{site.location}.Image", None, "None", error=error)

    def _image(self, site: Site) -> Image:
        return read_image(site.location, *self.world.read(site))

    def _name(self, site: Site) -> str | None:
        for name in self.world.sites(site.resource, "Name", site):
            if not name.location.endswith("…"):
                value = self.world.read(name).value
                return str(value) if isinstance(value, (str, Text)) else None
        return None

    def execution_role(self, container: Container) -> Target | None:
        """Return the execution role of a container's task, None where it has none."""
        task = container.task
        value = self.world.value(task.resource, "ExecutionRoleArn", at=task)
        return None if value is None else References(self.world).of(value, ROLE, task.resource.template, path="/")

    def task_roles(self, task: Site) -> tuple[Target, ...]:
        """Return the role that the processes of a task run by, nothing where it has none."""
        of, template = References(self.world).of, task.resource.template
        values = [value for path in _TASK_ROLES for value in self.world.values(task.resource, path, task)]
        return tuple([of(value, ROLE, template, path="/") for value in values if value is not None])

    def platform(self, container: Container) -> RuntimePlatform:
        """Return the platform that a container's task is declared for."""
        task = container.task
        value = self.world.value(task.resource, "RuntimePlatform", at=task)
        if value is None:
            return UNDECLARED
        if isinstance(value, dict) and not any(key.startswith("Fn::") for key in value):
            return RuntimePlatform(value.get(ARCHITECTURE_KEY), value.get(FAMILY_KEY))
        return RuntimePlatform(value, value)
