"""The container definitions that Amazon ECS takes: what they refer to stands in the task definition, each name once.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EnvironmentFile.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_FirelensConfiguration.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_CONTAINERS = "ContainerDefinitions.*"
_OTHERS: Mapping[str, str] = {"DependsOn.*.ContainerName": "depends on", "VolumesFrom.*.SourceContainer": "mounts from"}
"""The paths of the names of other containers, each with what a container does with them."""

_TYPES: Mapping[str, Collection[str]] = {
    "EnvironmentFiles.*.Type": ("s3",),
    "FirelensConfiguration.Type": ("fluentd", "fluentbit"),
}
_FILES = 10
"""How many environment files a task may have.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/taskdef-envfiles.html
"""


def refused_containers(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS registers no task definition with such containers.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    sites = world.sites(definition, _CONTAINERS)
    names = _known(world.value(definition, "Name", at=site) for site in sites)
    for name in _repeated(names or ()):
        yield Refusal(definition, "Properties.ContainerDefinitions", f"two containers are called {name!r}")
    files = world.values(definition, f"{_CONTAINERS}.EnvironmentFiles.*")
    if len(files) > _FILES and all(isinstance(each, dict) for each in files):
        why = f"the task has {len(files)} environment files, and may have {_FILES}"
        yield Refusal(definition, "Properties.ContainerDefinitions", why)
    volumes = _known(world.values(definition, "Volumes.*.Name"))
    for site in sites:
        own = world.value(definition, "Name", at=site)
        subject = f"container {own!r}" if isinstance(own, str) else "a container"
        yield from _of_others(world, site, subject, own, names)
        yield from refused_mounts(world, site, subject, volumes)
        yield from refused_variables(world, site, subject)
        for path, taken in _TYPES.items():
            for value in world.values(definition, path, site):
                if isinstance(value, str) and value not in taken:
                    why = f"{subject} has {path.replace('.*', '')} {value}; Amazon ECS takes {' and '.join(taken)}"
                    yield Refusal(definition, f"{site.location}.{path.partition('.')[0]}", why)


def _of_others(world: World, site: Site, subject: str, own: Value, names: tuple[str, ...] | None) -> Iterator[Refusal]:
    for path, does in _OTHERS.items():
        for name in world.values(site.resource, path, site):
            if not isinstance(name, str) or names is None:
                continue
            if name == own or name not in names:
                what = "itself" if name == own else f"container {name!r}, which the task does not have"
                yield Refusal(site.resource, f"{site.location}.{path.partition('.')[0]}", f"{subject} {does} {what}")


def refused_mounts(world: World, site: Site, subject: str, volumes: tuple[str, ...] | None) -> Iterator[Refusal]:
    """Yield which volumes a container mounts that its task does not have.

    Args:
        world: the world in which it is asked.
        site: the container.
        subject: the container, as the reason begins.
        volumes: the names of the volumes; None where one is known only at deployment.
    """
    for name in world.values(site.resource, "MountPoints.*.SourceVolume", site):
        if volumes is not None and isinstance(name, str) and name not in volumes:
            why = f"{subject} mounts volume {name!r}, which the task does not have"
            yield Refusal(site.resource, f"{site.location}.MountPoints", why)


def refused_variables(world: World, site: Site, subject: str) -> Iterator[Refusal]:
    """Yield which secrets of a container have no value, or the name of another variable.

    Args:
        world: the world in which it is asked.
        site: the container.
        subject: the container, as the reason begins.
    """
    definition = site.resource
    secrets = _known(world.values(definition, "Secrets.*.Name", site)) or ()
    plain = _known(dict.fromkeys(map(shown, world.values(definition, "Environment.*.Name", site)))) or ()
    for name in _repeated((*secrets, *plain)):
        why = f"{subject} has secret {name!r} beside another variable of that name"
        yield Refusal(definition, f"{site.location}.Secrets", why)
    for each in world.sites(definition, "Secrets.*", site):
        if world.value(definition, "ValueFrom", at=each) is None:
            name = shown(world.value(definition, "Name", at=each))
            yield Refusal(definition, f"{site.location}.Secrets", f"{subject} has secret {name!r} without ValueFrom")


def _known(values: Iterator[Value] | Collection[Value]) -> tuple[str, ...] | None:
    """Return some names, None where one is known only at deployment."""
    found = tuple(values)
    return tuple(str(each) for each in found) if all(isinstance(each, str) for each in found) else None


def _repeated(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that stand there twice or more, each once."""
    return tuple(dict.fromkeys(name for number, name in enumerate(names) if name in names[:number]))
