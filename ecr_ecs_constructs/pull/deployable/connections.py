"""The named ports by which Amazon ECS connects the tasks of services: Service Connect, and Amazon VPC Lattice.

What a service has there is taken for granted where it is of the templates and names a port of the task.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_VpcLatticeConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-vpc-lattice.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.cloudformation.values import Site, Value, flag, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, made_by
from ecr_ecs_constructs.pull.placement.runners import SERVICE

_CONNECT, _LATTICE = "ServiceConnectConfiguration", "VpcLatticeConfigurations"
_SERVICES = f"{_CONNECT}.Services.*"
_MODES = ("awsvpc", "bridge")
_TARGETS = "AWS::VpcLattice::TargetGroup"


def refused_connections(world: World, definition: Resource, service: Resource) -> Iterator[Refusal]:
    """Yield why Amazon ECS may make no service with such connections.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition` that it runs.
        service: the service.
    """
    for site in world.sites(service, _CONNECT):
        if flag(world.value(service, "Enabled", "false", site)) is not False:
            yield from _connected(world, definition, service)
    for site in world.sites(service, f"{_LATTICE}.*"):
        yield from _unnamed(world, definition, site)
        yield from _untargeted(world, definition, site)


def _connected(world: World, definition: Resource, service: Resource) -> Iterator[Refusal]:
    """Yield what speaks against Service Connect."""
    mode = world.value(definition, "NetworkMode", "bridge")
    if mode not in _MODES:
        why = f"Service Connect is for network modes {' and '.join(_MODES)}, and the mode is {shown(mode)}"
        yield Refusal(service, f"Properties.{_CONNECT}", why, None)
    family = world.value(definition, "RuntimePlatform.OperatingSystemFamily", "LINUX")
    if family != "LINUX":
        why = f"whether Service Connect takes tasks of {shown(family)} is not judged"
        yield Refusal(service, f"Properties.{_CONNECT}", why, None)
    own = world.sites(service, _SERVICES)
    names = [_name(world, each) for each in own]
    for site, name in zip(own, names, strict=True):
        yield from _unnamed(world, definition, site)
        if names.count(name) > 1:
            yield Refusal(service, site.location, f"two of its services for Service Connect are {shown(name)}", None)
        other = next((each for each in _others(world, service) if _registers(world, each, service, name)), None)
        if other is not None:
            why = f"{other.logical_id} may register {shown(name)} in its namespace, too"
            yield Refusal(service, site.location, why, None)


def _name(world: World, site: Site) -> Value:
    """Return the name by which a namespace knows a port."""
    port = world.value(site.resource, "PortName", at=site)
    return world.value(site.resource, "DiscoveryName", port, site)


def _others(world: World, service: Resource) -> Iterator[Resource]:
    """Yield the other services that may be in the account and region of a service."""
    for each in world.root.all(SERVICE):
        if each is not service and near(each.template, service.template) and world.exists(each):
            yield each


def _registers(world: World, other: Resource, service: Resource, name: Value) -> bool:
    """Return whether a service may register a name in the namespace of another one."""
    one, two = (world.value(each, f"{_CONNECT}.Namespace") for each in (other, service))
    made, own = made_by(one), made_by(two)
    if made is not None and own is not None and made is not own:
        return False
    if isinstance(one, str) and isinstance(two, str) and one != two:
        return False
    return any(_name(world, each) == name for each in world.sites(other, _SERVICES))


def _unnamed(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield that a service names a port that its task does not have."""
    name = world.value(site.resource, "PortName", at=site)
    if not isinstance(name, str) or name not in world.values(definition, "ContainerDefinitions.*.PortMappings.*.Name"):
        why = f"PortName is {'not given' if name is None else shown(name)}, and no port of the task is known to have it"
        yield Refusal(site.resource, site.location, why, None)


def _untargeted(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield what speaks against the target group of Amazon VPC Lattice in which tasks are registered."""
    value = world.value(site.resource, "TargetGroupArn", at=site)
    group = made_by(value)
    if group is None or group.type != _TARGETS:
        given = "not given" if value is None else shown(value)
        why = f"TargetGroupArn is {given}, which is no target group of the templates"
        yield Refusal(site.resource, site.location, why, None)
    elif world.value(group, "Type") != "IP" or world.value(definition, "NetworkMode") != "awsvpc":
        why = f"whether {group.logical_id} takes the tasks is not judged: its type is not IP, or their mode not awsvpc"
        yield Refusal(site.resource, site.location, why, None)
