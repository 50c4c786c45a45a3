"""The settings of containers, tasks and services that Amazon ECS takes: limits, storage, zones, service discovery.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, shown
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

_DISCOVERY = "AWS::ServiceDiscovery::Service"
_ADDRESSES = frozenset({"A", "AAAA"})
"""The types of DNS records that hold an address, and no port."""


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


def refused_storage(world: World, definition: Resource, launch_type: LaunchType | None) -> Iterator[Refusal]:
    """Yield why a task does not get the storage that it asks for, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        launch_type: what it runs on, None where that is not known.
    """
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


def refused_balance(world: World, definition: Resource, service: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS makes no service that moves its tasks between Availability Zones, or may not.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition` that it runs.
        service: the service.
    """
    name = "AvailabilityZoneRebalancing"
    value = world.value(service, name, "DISABLED")
    if value != "DISABLED":
        why = f"it is {shown(value)}" if value != "ENABLED" else next(_unbalanced(world, definition, service), "")
        if why:
            yield Refusal(service, f"Properties.{name}", f"{name} may be refused: {why}", None)


def _unbalanced(world: World, definition: Resource, service: Resource) -> Iterator[str]:
    """Yield what speaks against a service that moves its tasks between zones."""
    strategy = world.value(service, "SchedulingStrategy", "REPLICA")
    if strategy != "REPLICA":
        yield f"SchedulingStrategy is {shown(strategy)}"
    most = _number(world.value(service, "DeploymentConfiguration.MaximumPercent", "200"))
    if most is None or most <= 100:
        yield "MaximumPercent must be above 100"
    if world.value(service, "LaunchType") == "EXTERNAL":
        yield "LaunchType is EXTERNAL"
    if world.sites(service, "PlacementConstraints.*") or world.sites(definition, "PlacementConstraints.*"):
        yield "placement constraints may name a zone"
    if any(name is not None for name in world.values(service, "LoadBalancers.*.LoadBalancerName")):
        yield "a Classic Load Balancer is none for it"
    first = next(iter(world.sites(service, "PlacementStrategies.*")), None)
    if first is not None:
        kind, field = (world.value(service, key, at=first) for key in ("Type", "Field"))
        if (kind, field) != ("spread", "attribute:ecs.availability-zone"):
            yield "the first placement strategy does not spread over zones"


def refused_registries(world: World, definition: Resource, service: Resource) -> Iterator[Refusal]:
    """Yield why a service may not be registered with AWS Cloud Map.

    One whose records hold addresses takes tasks of network mode awsvpc, and no port.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition` that it runs.
        service: the service.
    """
    for each in world.sites(service, "ServiceRegistries.*"):
        if lacking := _unregistered(world, definition, each):
            why = f"AWS Cloud Map may refuse its tasks: {lacking}"
            yield Refusal(service, "Properties.ServiceRegistries", why, None)


def _unregistered(world: World, definition: Resource, site: Site) -> str:
    """Return why it is not known that a registry takes tasks, nothing where it is known."""
    found = _made(world.value(site.resource, "RegistryArn", at=site))
    if found is None or found.type != _DISCOVERY:
        return "the registry is not a service of AWS Cloud Map in the templates"
    types = world.values(found, "DnsConfig.DnsRecords.*.Type")
    if not types or not _ADDRESSES.issuperset(map(str, types)):
        return f"the records of {found.logical_id} are not known to hold addresses alone"
    if world.value(definition, "NetworkMode") != "awsvpc":
        return "the network mode of the task is not awsvpc"
    given = [key for key in ("ContainerName", "ContainerPort", "Port") if world.value(site.resource, key, at=site)]
    return f"it has {given[0]}, which is for records with a port" if given else ""


def _made(value: Value) -> Resource | None:
    """Return the resource whose ARN a value is, None for any other value."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    return hole.resource if isinstance(hole, Hole) and hole.attribute == "Arn" else None


def _number(value: Value) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None
