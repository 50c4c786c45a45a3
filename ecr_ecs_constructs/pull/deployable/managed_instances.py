"""The tasks that Amazon ECS runs on ECS Managed Instances.

What is not documented for them is unknown.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters-managed-instances.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedInstancesNetworkConfiguration.html
    https://docs.aws.amazon.com/batch/latest/userguide/ecs-managed-instances-job-definitions.html (the size of tasks)
    https://github.com/aws/aws-cdk/blob/v2.275.0/packages/aws-cdk-lib/aws-ecs/lib/base/task-definition.ts
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, flag, shown
from ecr_ecs_constructs.pull.ami import Architecture
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.machines.requirements import left_sizes, most_of, price_limit
from ecr_ecs_constructs.pull.placement.eligibility import registered
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import NETWORKS
from ecr_ecs_constructs.pull.placement.task_size import UNITS, TaskSize, cpu_units, mebibytes, task_size

_MODES = ("awsvpc", "host")
_DRIVERS = ("awslogs", "awsfirelens")
_UNTOLD = ("PidMode", "IpcMode", "PlacementConstraints")
_UNTOLD_OF_CONTAINERS = ("CredentialSpecs", "DockerSecurityOptions", "LinuxParameters", "ResourceRequirements")
"""The properties of tasks, and of their containers, of which it is not known what becomes of them there."""

_LEAST = {"Cpu": 128, "Memory": 6}
"""The size that a task has at least.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
"""

REQUIREMENTS = "ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements"
"""The path of what the instances of a capacity provider must have."""

_BY_ARN = {
    "ClusterName": False,
    "ManagedInstancesProvider.InfrastructureRoleArn": True,
    "ManagedInstancesProvider.InstanceLaunchTemplate.Ec2InstanceProfileArn": True,
}
"""The properties of a capacity provider that name something, and whether by an ARN.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-capacityprovider.html
"""
_FORMS = {True: "an ARN", False: "a name"}

RESERVED = 256
"""More MiB than an instance keeps for its agent."""


def refused_on_managed_instances(world: World, task: Site, placement: Placement) -> Iterator[Refusal]:
    """Yield why Amazon ECS runs no task on ECS Managed Instances, or may not.

    Args:
        world: the world in which it is asked.
        task: the place of the task, in an `AWS::ECS::TaskDefinition`.
        placement: where it runs, by a capacity provider of ECS Managed Instances.
    """
    definition, provider = task.resource, placement.provider
    wanted = world.values(definition, "RequiresCompatibilities.*")
    is_for = LaunchType.MANAGED_INSTANCES.value in wanted
    if not is_for:
        why = "the task definition does not say that it is for MANAGED_INSTANCES, which is not known to be taken"
        yield Refusal(definition, "Properties.RequiresCompatibilities", why, None)
    mode = world.value(definition, "NetworkMode")
    if mode is None and is_for:
        why = f"the task has no NetworkMode, and that it is {_MODES[0]} on ECS Managed Instances is not judged"
        yield Refusal(definition, "Properties.NetworkMode", why, None)
    elif mode not in _MODES:
        why = f"network mode is {shown(mode)}, and ECS Managed Instances take {' and '.join(_MODES)} only"
        yield Refusal(definition, "Properties.NetworkMode", why, False if is_for and isinstance(mode, str) else None)
    for key, least in _LEAST.items():
        given = world.value(definition, key)
        known = cpu_units(given) if key == "Cpu" else mebibytes(given)
        if given is None:
            why = f"the task has no {key}, and whether ECS Managed Instances take it is not documented"
            yield Refusal(definition, f"Properties.{key}", why, None)
        elif known is not None and known < least:
            why = f"{key} of the task is {known}, and below {least} it is not documented that Amazon ECS takes it"
            yield Refusal(definition, f"Properties.{key}", why, None)
    yield from _untold(world, definition)
    if placement.runner is not None and placement.at is not None:
        yield from _placed(world, placement.runner, placement.at)
    if provider is not None:
        yield from _named(world, provider)
        size, architecture = task_size(world, task), world.value(definition, "RuntimePlatform.CpuArchitecture")
        for requirements in world.values(provider, REQUIREMENTS) or ({},):
            yield from _large(definition, provider, requirements, size, architecture)


def _named(world: World, provider: Resource) -> Iterator[Refusal]:
    """Yield what a capacity provider names by another form than the one that is documented: a name, or an ARN."""
    for path, is_arn in _BY_ARN.items():
        for value in world.values(provider, path):
            hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
            by_arn = hole.attribute == "Arn" if isinstance(hole, Hole) and hole.resource else None
            by_arn = value.startswith("arn:") if isinstance(value, str) else by_arn
            if by_arn is not None and by_arn is not is_arn:
                why = f"{path} of {provider.logical_id} is {shown(value)}, and {_FORMS[is_arn]} is documented there"
                yield Refusal(provider, f"Properties.{path}", why, None)


def _untold(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield what a task asks for of which it is not known whether it gets it on ECS Managed Instances."""
    places = [("Properties", key) for key in _UNTOLD if world.sites(definition, key)]
    for site in world.sites(definition, "ContainerDefinitions.*"):
        places += [(site.location, key) for key in _UNTOLD_OF_CONTAINERS if world.sites(definition, key, site)]
        if flag(world.value(definition, "Privileged", "false", site)) is not False:
            places.append((site.location, "Privileged"))
        if any(each not in _DRIVERS for each in world.values(definition, "LogConfiguration.LogDriver", site)):
            places.append((site.location, "LogConfiguration"))
    for site in world.sites(definition, "Volumes.*"):
        kinds = ("DockerVolumeConfiguration", "FSxWindowsFileServerVolumeConfiguration", "Host.SourcePath")
        places += [(site.location, key) for key in kinds if world.sites(definition, key, site)]
    for around, key in places:
        why = f"it has {key}, and whether ECS Managed Instances take it is not judged"
        yield Refusal(definition, f"{around}.{key}", why, None)


def _placed(world: World, runner: Resource, at: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECS may not place tasks on ECS Managed Instances as their runner says."""
    for key in ("PlacementConstraints", "PlacementStrategies", "PlacementStrategy"):
        if world.sites(runner, f"{key}.*", at):
            why = f"it has {key}, and whether ECS Managed Instances meet it is not judged"
            yield Refusal(runner, f"{at.location}.{key}", why, None)
    network = NETWORKS.get(runner.type, "")
    address = world.value(runner, f"{network}.AssignPublicIp", "DISABLED", at) if network else "DISABLED"
    if address != "DISABLED":
        why = f"AssignPublicIp is {shown(address)}, which is documented for tasks on AWS Fargate alone"
        yield Refusal(runner, f"{at.location}.NetworkConfiguration", why, None)


def _large(
    definition: Resource, provider: Resource, requirements: Value, size: TaskSize, architecture: Value
) -> Iterator[Refusal]:
    """Yield that no instance that a capacity provider may choose is large enough for a task, or that none surely is."""
    given = requirements if isinstance(requirements, dict) else {"AllowedInstanceTypes": requirements}
    wanted = "X86_64" if architecture is None else architecture
    for unit, needed, most in (
        ("CPU units", size.cpu, most_of(given, "VCpuCount")),
        ("MiB", size.memory, most_of(given, "MemoryMiB")),
    ):
        bound = None if most is None else most * (UNITS if unit == "CPU units" else 1)
        if needed is not None and bound is not None and needed > bound:
            why = f"the task reserves {needed} {unit}, and an instance of {provider.logical_id} has {bound} at most"
            yield Refusal(definition, "Properties", why)
            return
    known = [each for each in Architecture if each.name == wanted]
    fits = size.cpu is not None and size.memory is not None
    sizes = (each for one in known for each in left_sizes(given, one)) if fits else iter(())
    large = [
        each.cpus * UNITS >= (size.cpu or 0) and registered(each.memory, RESERVED) >= (size.memory or 0)
        for each in sizes
    ]
    limit = price_limit(given)
    if not any(large) or (limit is not None and not all(large)):
        limited = f": its {limit} may leave out all that are" if any(large) else ""
        why = (
            f"whether {provider.logical_id} chooses an instance that is large enough for the task is not known{limited}"
        )
        yield Refusal(definition, "Properties", why, None)
