"""The task definitions that Amazon ECS takes for AWS Fargate.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (task size)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html (options of awslogs)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html (platform version)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site, Value, flag, shown
from ecr_ecs_constructs.fargate_sizes import MEMORY
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.task_size import cpu_units, mebibytes
from ecr_ecs_constructs.pull.texts.pattern import Truth

_DRIVERS = ("awslogs", "splunk", "awsfirelens")
"""The log drivers of AWS Fargate.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
"""

_MODES: Mapping[str, Sequence[str]] = {"PidMode": ("task",), "IpcMode": ()}
"""The properties that share a namespace, each with the values that AWS Fargate takes.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""

_LONGEST_STOP = 120
"""How many seconds a container may have to stop.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
"""

_OF_WINDOWS = (1024, 2048, 4096)
"""The CPU units that a task with Windows may have."""


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
    yield from _host(world, definition)
    for site in world.sites(definition, "ContainerDefinitions.*"):
        privileged = world.value(definition, "Privileged", "false", site)
        if flag(privileged) is not False:
            why = f"Privileged is {shown(privileged)}, and AWS Fargate runs no privileged container"
            yield Refusal(definition, f"{site.location}.Privileged", why, _taken(privileged))
        for driver in world.values(definition, "LogConfiguration.LogDriver", site):
            if driver not in _DRIVERS:
                why = f"log driver is {shown(driver)}, and AWS Fargate has {', '.join(_DRIVERS)}"
                yield Refusal(definition, f"{site.location}.LogConfiguration", why, _taken(driver))
        if world.values(definition, "LinuxParameters.Devices.*.HostPath", site):
            yield Refusal(definition, f"{site.location}.LinuxParameters", "AWS Fargate gives out no devices")
        wait = world.value(definition, "StopTimeout", at=site)
        if isinstance(wait, str) and wait.isdecimal() and int(wait) > _LONGEST_STOP:
            why = f"StopTimeout is {wait}, and AWS Fargate waits {_LONGEST_STOP} seconds at most"
            yield Refusal(definition, f"{site.location}.StopTimeout", why, None)
        if "GPU" in world.values(definition, "ResourceRequirements.*.Type", site):
            yield Refusal(definition, f"{site.location}.ResourceRequirements", "AWS Fargate has no GPU")
        yield from _log_options(world, definition, site)


_LOG_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
"""The options of the log driver awslogs that a task on AWS Fargate must have."""


def _log_options(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield why the log driver awslogs of a container is not set up for AWS Fargate."""
    if world.value(definition, "LogConfiguration.LogDriver", at=site) != "awslogs":
        return
    options = world.value(definition, "LogConfiguration.Options", at=site)
    secret = world.values(definition, "LogConfiguration.SecretOptions.*.Name", site)
    if options is not None and not isinstance(options, dict):
        return  # the needs of the task say that it is not known
    for key in _LOG_OPTIONS:
        if (options is None or options.get(key) is None) and key not in secret:
            why = f"log driver awslogs has no option {key}, which it must have on AWS Fargate"
            yield Refusal(definition, f"{site.location}.LogConfiguration", why)


_VERSIONS = ("LATEST", "1.4.0", "1.3.0")
_WINDOWS_VERSIONS = ("LATEST", "1.0.0")


def refused_version(world: World, definition: Resource, runner: Resource, at: Site) -> Iterator[Refusal]:
    """Yield why AWS Fargate does not run a task on the platform version that its runner asks for.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        runner: what runs it.
        at: where launch type and platform version of its tasks stand.
    """
    version = world.value(runner, "PlatformVersion", at=at)
    if not isinstance(version, str):
        return
    family = world.value(definition, "RuntimePlatform.OperatingSystemFamily", "LINUX")
    if not isinstance(family, str):
        return
    known = _VERSIONS if family == "LINUX" else _WINDOWS_VERSIONS
    location = f"{at.location}.PlatformVersion"
    if version not in known:
        why = f"platform version {version} is none that is known of AWS Fargate for {family}: {', '.join(known)}"
        yield Refusal(runner, location, why, None if re.fullmatch(r"[0-9]+[.][0-9]+[.][0-9]+", version) else False)
    elif version == "1.3.0" and world.values(definition, "Volumes.*.EFSVolumeConfiguration"):
        why = "platform version 1.3.0 of AWS Fargate mounts no file system of Amazon EFS, which takes 1.4.0"
        yield Refusal(runner, location, why)


def _host(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield what a task definition asks of a host, which AWS Fargate does not give."""
    for key, taken in _MODES.items():
        mode = world.value(definition, key)
        if mode is not None and mode not in taken:
            yield Refusal(definition, f"Properties.{key}", f"{key} is {shown(mode)} on AWS Fargate", _taken(mode))
    if world.values(definition, "Volumes.*.Host.SourcePath"):
        yield Refusal(definition, "Properties.Volumes", "a volume has a SourcePath on a host, and AWS Fargate has none")
    if world.sites(definition, "Volumes.*.DockerVolumeConfiguration"):
        yield Refusal(definition, "Properties.Volumes", "AWS Fargate makes no volumes of Docker")


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
        yield from refused_pair(definition, "", *sizes)
        family = world.value(definition, "RuntimePlatform.OperatingSystemFamily", "LINUX")
        if shown(family).startswith("WINDOWS") and sizes[0] in MEMORY and sizes[0] not in _OF_WINDOWS:
            why = f"AWS Fargate has no {sizes[0]} CPU units with Windows; it has {', '.join(map(str, _OF_WINDOWS))}"
            yield Refusal(definition, "Properties.Cpu", why, False if sizes[0] < min(_OF_WINDOWS) else None)


def refused_pair(definition: Resource, location: str, units: int, memory: int) -> Iterator[Refusal]:
    """Yield why AWS Fargate has no such pair of CPU units and MiB; AWS may add larger ones than are known here.

    Args:
        definition: what says the size.
        location: where it says both; empty where they stand apart.
        units: the CPU units.
        memory: the memory in MiB.
    """
    allowed = MEMORY.get(units)
    if allowed is None:
        taken: Truth = False if units < max(MEMORY) else None
        has = "has no" if taken is False else "is not known to have"
        why = f"AWS Fargate {has} {units} CPU units; it has {', '.join(map(str, MEMORY))}"
        yield Refusal(definition, location or "Properties.Cpu", why, taken)
    elif memory not in allowed:
        why = f"AWS Fargate has no {memory} MiB with {units} CPU units; it has {min(allowed)} to {max(allowed)}"
        yield Refusal(definition, location or "Properties.Memory", why)
