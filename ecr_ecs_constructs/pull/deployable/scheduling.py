"""The settings by which Amazon ECS spreads, replaces and registers the tasks of a service, and which it takes.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PlacementConstraint.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PlacementStrategy.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.placement.kinds import LaunchType

_CONSTRAINTS, _STRATEGIES = "PlacementConstraints", "PlacementStrategies"
_ZONE = "attribute:ecs.availability-zone"
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "binpack": ("cpu", "memory"),
    "spread": ("instanceid", "host", "attribute:"),
    "random": ("",),
}
"""The types of placement strategies, and how their fields begin, in small letters; nothing where there may be none."""

_DEFAULT_GROUP = "default"
"""The schedule group that each account has."""

_DISCOVERY = "AWS::ServiceDiscovery::Service"
_ADDRESSES = frozenset({"A", "AAAA"})
"""The types of DNS records that hold an address, and no port."""


def refused_placement(
    world: World, owner: Resource, at: Site | None, launch_type: LaunchType | None
) -> Iterator[Refusal]:
    """Yield why Amazon ECS places no tasks by such constraints and strategies, or may not.

    Args:
        world: the world in which it is asked.
        owner: the service or the task definition that has them.
        at: where they stand, None for the properties of the owner.
        launch_type: what the tasks run on, None where that is not known.
    """
    around = "Properties" if at is None else at.location
    for key in (_CONSTRAINTS, _STRATEGIES):
        if world.sites(owner, f"{key}.*", at) and launch_type is LaunchType.FARGATE:
            yield Refusal(owner, f"{around}.{key}", f"it has {key}, and AWS Fargate places tasks without any")
    for each in world.sites(owner, f"{_CONSTRAINTS}.*", at):
        kind, expression = (world.value(owner, key, at=each) for key in ("Type", "Expression"))
        if kind == "distinctInstance" and expression is not None:
            yield Refusal(owner, each.location, "a constraint of type distinctInstance has an Expression")
        elif kind == "memberOf" and expression is None:
            yield Refusal(owner, each.location, "a constraint of type memberOf has no Expression")
    for each in world.sites(owner, f"{_STRATEGIES}.*", at):
        kind, field = (shown(world.value(owner, key, "", each)) for key in ("Type", "Field"))
        if not field.lower().startswith(_FIELDS.get(kind, ())) or (kind == "random" and field):
            why = f"a strategy of type {kind} has {f'Field {field}' if field else 'no Field'}, which may not be taken"
            yield Refusal(owner, each.location, why, None)


def refused_deployments(world: World, service: Resource) -> Iterator[Refusal]:
    """Yield why a service may not start tasks by itself, as its deployments are controlled.

    Args:
        world: the world in which it is asked.
        service: the service.
    """
    controller = world.value(service, "DeploymentController.Type", "ECS")
    location = "Properties.DeploymentController"
    if controller == "CODE_DEPLOY":
        if not world.sites(service, "LoadBalancers.*"):
            why = "AWS CodeDeploy controls its deployments, and takes services with a load balancer only"
            yield Refusal(service, location, why, None)
    elif controller != "ECS":
        why = f"its deployment controller is {shown(controller)}, so that task sets start its tasks"
        yield Refusal(service, location, why, None)


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
    if world.sites(service, f"{_CONSTRAINTS}.*") or world.sites(definition, f"{_CONSTRAINTS}.*"):
        yield "placement constraints may name a zone"
    if any(name is not None for name in world.values(service, "LoadBalancers.*.LoadBalancerName")):
        yield "a Classic Load Balancer is none for it"
    first = next(iter(world.sites(service, f"{_STRATEGIES}.*")), None)
    if first is not None:
        kind, field = (world.value(service, key, at=first) for key in ("Type", "Field"))
        if (kind, field) != ("spread", _ZONE):
            yield "the first placement strategy does not spread over zones"


def refused_schedule(world: World, schedule: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EventBridge Scheduler may not make a schedule: its group may not be there.

    Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html

    Args:
        world: the world in which it is asked.
        schedule: the `AWS::Scheduler::Schedule`.
    """
    name = world.value(schedule, "GroupName", _DEFAULT_GROUP)
    groups = world.root.named("AWS::Scheduler::ScheduleGroup", "Name", name) if isinstance(name, str) else ()
    if isinstance(name, str) and name != _DEFAULT_GROUP and not any(map(world.exists, groups)):
        why = f"schedule group {name!r} is not in the templates"
        yield Refusal(schedule, "Properties.GroupName", why, None)


def refused_rule(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that Amazon EventBridge makes no rule with a schedule on an event bus of one's own.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html

    Args:
        world: the world in which it is asked.
        own: the properties of the `AWS::Events::Rule`.
    """
    bus = world.value(own.resource, "EventBusName", _DEFAULT_GROUP, own)
    if world.sites(own.resource, "ScheduleExpression", own) and bus != _DEFAULT_GROUP:
        why = f"has a schedule on event bus {shown(bus)}, and schedules are for the default one"
        yield refusal(own, "EventBusName", why, False if isinstance(bus, str) and not bus.startswith("arn:") else None)


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
