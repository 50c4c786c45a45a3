"""The containers that Amazon ECS registers in no task definition: their parts name nothing, or a name stands twice.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_VolumeFrom.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
    https://github.com/dagster-io/dagster/issues/11622 (the name of a secret and of a variable)
    https://github.com/CircleCI-Public/aws-ecs-orb/issues/190 (the names of two secrets)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_CONTAINERS = "ContainerDefinitions.*"
_MAX_FILES = 10
"""How many environment files a task may have.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
"""


class _Name(NamedTuple):
    """The kind of a name in a container.

    Attributes:
        key: the key of the container below which it stands.
        path: leads from there to the name.
        given: leads from the task definition to the names that there are.
        what: what the name is of.
    """

    key: str
    path: str
    given: str
    what: str


_NAMES = (
    _Name("MountPoints", "*.SourceVolume", "Volumes.*.Name", "volume"),
    _Name("VolumesFrom", "*.SourceContainer", f"{_CONTAINERS}.Name", "container"),
    _Name("DependsOn", "*.ContainerName", f"{_CONTAINERS}.Name", "container"),
)


def refused_containers(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS registers no task definition with such containers.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    for site in world.sites(definition, _CONTAINERS):
        yield from _names_nothing(world, definition, site)
        yield from _names_twice(world, definition, site)
    files = world.values(definition, f"{_CONTAINERS}.EnvironmentFiles.*")
    if len(files) > _MAX_FILES and all(isinstance(each, dict) for each in files):
        why = f"the task has {len(files)} environment files, and may have {_MAX_FILES}"
        yield Refusal(definition, "Properties.ContainerDefinitions", why)


def _names_nothing(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield the names in a container that are of no volume and of no container of its task."""
    for key, path, given, what in _NAMES:
        known = _texts(world.values(definition, given))
        for name in world.values(definition, f"{key}.{path}", site):
            if known is not None and isinstance(name, str) and name not in known:
                yield Refusal(definition, f"{site.location}.{key}", f"the task has no {what} {name}")


def _names_twice(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield the names of secrets that stand twice in a container."""
    secrets = [each for each in world.values(definition, "Secrets.*.Name", site) if isinstance(each, str)]
    variables = {each for each in world.values(definition, "Environment.*.Name", site) if isinstance(each, str)}
    for name in dict.fromkeys(secrets):
        if secrets.count(name) > 1:
            yield Refusal(definition, f"{site.location}.Secrets", f"two secrets have the name {name}")
        if name in variables:
            why = f"a secret and an environment variable have the name {name}"
            yield Refusal(definition, f"{site.location}.Secrets", why)


def _texts(values: Sequence[Value]) -> set[str] | None:
    """Return values that are all known, None where one is not."""
    known = {each for each in values if isinstance(each, str)}
    return known if all(isinstance(each, str) for each in values) else None
