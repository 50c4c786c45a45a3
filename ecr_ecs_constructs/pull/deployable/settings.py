"""The settings of containers and tasks that Amazon ECS takes: limits, options, storage.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/windows_task_definitions.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html (for Linux alone)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType

_LIMITS = frozenset(
    {
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    }
)  # fmt: skip
_MOST_FILES = 1_048_576
"""The most open files that Linux lets a process have, as it is set up; containers that ask for more do not start.

Source: https://docs.kernel.org/admin-guide/sysctl/fs.html (nr_open)
"""

_STORAGE = range(21, 201)
"""The sizes of storage of a task of AWS Fargate that may be asked for, in GiB."""

_CONTAINERS = "ContainerDefinitions.*"
_SPECS = ("credentialspec:", "credentialspecdomainless:")
_SECURITY = ("no-new-privileges", "apparmor:", "label:", "credentialspec:")
"""How the security options of Docker begin that Amazon ECS takes."""


def refused_limits(world: World, site: Site, launch_type: LaunchType | None) -> Iterator[Refusal]:
    """Yield why a container does not start with its limits of resources, or may not.

    Args:
        world: the world in which it is asked.
        site: the container definition.
        launch_type: what its task runs on, None where that is not known.
    """
    for each in world.sites(site.resource, "Ulimits.*", site):
        name, soft, hard = (world.value(each.resource, key, at=each) for key in ("Name", "SoftLimit", "HardLimit"))
        location, least, most = f"{site.location}.Ulimits", _number(soft), _number(hard)
        if name not in _LIMITS or least is None or most is None:
            why = f"limit {shown(name)} is {shown(soft)} to {shown(hard)}, of which it is not known whether it is one"
            yield Refusal(site.resource, location, why, None)
        elif 0 <= most < least or (least < 0 <= most):
            yield Refusal(site.resource, location, f"the soft limit of {name} is {least}, above the hard one of {most}")
        elif name == "nofile" and not 0 <= most <= _MOST_FILES:
            why = f"limit nofile is {most}, and Linux usually lets a process open {_MOST_FILES} files"
            yield Refusal(site.resource, location, why, None)
        elif name != "nofile" and launch_type is LaunchType.FARGATE:
            why = f"limit {name} is set, and AWS Fargate is documented to take nofile alone"
            yield Refusal(site.resource, location, why, None)


def refused_options(world: World, site: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS takes no container with its credential specifications or security options, or may not.

    Args:
        world: the world in which it is asked.
        site: the container definition.
    """
    for key, taken, truth in (("CredentialSpecs", _SPECS, False), ("DockerSecurityOptions", _SECURITY, None)):
        for value in world.values(site.resource, f"{key}.*", site):
            if isinstance(value, str) and not value.startswith(taken):
                why = f"{key} has {value!r}, and Amazon ECS takes what begins with {' or '.join(taken)}"
                yield Refusal(site.resource, f"{site.location}.{key}", why, truth)


_OF_LINUX = ("IpcMode", "PidMode")
_OF_LINUX_CONTAINERS = (
    *("DisableNetworking", "DnsSearchDomains", "DnsServers", "ExtraHosts", "FirelensConfiguration", "Links"),
    *("LinuxParameters", "Privileged", "ReadonlyRootFilesystem", "Ulimits"),
)
"""The properties of tasks, and those of their containers, that Windows does not have."""


def refused_on_windows(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield what a task definition asks for that containers with Windows may not get.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`, whose tasks run on Windows.
    """
    own = Site(definition, "Properties", world.root.written(definition))
    places = [(own, _OF_LINUX), *((each, _OF_LINUX_CONTAINERS) for each in world.sites(definition, _CONTAINERS))]
    for place, keys in places:
        for key in keys:
            for site in world.sites(definition, key, place):
                if world.read(site).value != "false":
                    yield Refusal(definition, site.location, f"{key} is not documented for tasks on Windows", None)


def refused_storage(world: World, definition: Resource, launch_type: LaunchType | None) -> Iterator[Refusal]:
    """Yield why a task does not get the storage that it asks for, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        launch_type: what it runs on, None where that is not known.
    """
    for each in world.sites(definition, "Volumes.*"):
        if world.value(definition, "Name", at=each) is None:
            yield Refusal(definition, each.location, "a volume has no Name, by which containers could mount it", None)
    if not world.sites(definition, "EphemeralStorage"):
        return
    size, location = world.value(definition, "EphemeralStorage.SizeInGiB"), "Properties.EphemeralStorage"
    number = _number(size)
    if launch_type is not LaunchType.FARGATE:
        yield Refusal(
            definition, location, "EphemeralStorage is for tasks on AWS Fargate, and others may not take it", None
        )
    elif number is None or number not in _STORAGE:
        first, last = _STORAGE[0], _STORAGE[-1]
        why = f"EphemeralStorage is {shown(size)} GiB, and AWS Fargate takes {first} to {last}"
        yield Refusal(definition, location, why, None if number is None else False)


def _number(value: Value) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None
