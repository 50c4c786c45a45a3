"""The load balancers of services and groups: what Elastic Load Balancing and Amazon ECS make of them.

A target group that is not in the templates is taken for granted: it takes what it is given, and has a load balancer.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html (target types)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/attach-load-balancer-asg.html
    https://github.com/hashicorp/terraform/issues/18674 (a group and its target groups)
    https://github.com/hashicorp/terraform/issues/24266 (network mode bridge)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.unresolved import is_whole
from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource, outermost
from ecr_ecs_constructs.cloudformation.values import Site, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal, unread
from ecr_ecs_constructs.pull.network.topology.ids import ids
from ecr_ecs_constructs.pull.network.topology.ranges import is_small
from ecr_ecs_constructs.pull.network.topology.target_groups import (
    FORWARDERS,
    TARGET_GROUP,
    forwarding,
    target_groups,
)
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, apart
from ecr_ecs_constructs.pull.network.topology.zones import ZONE, are_of_one_zone, place_of
from ecr_ecs_constructs.pull.placement.ports import port
from ecr_ecs_constructs.pull.placement.runners import SERVICE
from ecr_ecs_constructs.pull.texts.mentions import mention, mentioned
from ecr_ecs_constructs.pull.texts.references import GROUP

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_OWN = "LoadBalancers"
_TARGETS = ("TargetGroupArn", "AdvancedConfiguration.AlternateTargetGroupArn")
_OF_HOSTS = ("VPCZoneIdentifier.*", "SubnetId")
"""The paths of the subnets of groups and of instances."""
_LOCATION = f"Properties.{_OWN}"
_TYPES = {"awsvpc": "ip", "bridge": "instance", "host": "instance"}
"""The types of targets that Amazon ECS registers, by the network mode of the task."""

_BY_ITSELF = (TARGET_GROUP, SERVICE, GROUP, *FORWARDERS)
"""The types of which it is known what they do with a target group."""

_HARMLESS = ("AWS::ApplicationAutoScaling::", "AWS::CloudWatch::", "AWS::IAM::")
"""How the types begin that do nothing with a target group that they name."""


def refused_balancers(
    world: World, definition: Resource, service: Resource, hosts: Sequence[Resource]
) -> Iterator[Refusal]:
    """Yield why Amazon ECS makes no service that load balancers send requests to in such a way.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
        service: the service that runs it.
        hosts: the groups and instances that its tasks may be put on.
    """
    mode = world.value(definition, "NetworkMode", "bridge")
    for site in world.sites(service, f"{_OWN}.*"):
        yield from _named(world, site)
        yield from _of_container(world, definition, site)
        for target in (each for path in _TARGETS for each in target_groups(world, service, path, site)):
            yield from _of_type(world, service, target, mode)
            if not forwarding(world, target):
                yield _unforwarded(world, service, target)
            for subnet in ids(world, service, "NetworkConfiguration.AwsvpcConfiguration.Subnets.*"):
                if (there := subnet.of(SUBNET)) is not None and apart(world, target, there):
                    why = f"{target.logical_id} and {there.logical_id} are of different VPCs"
                    yield Refusal(service, _LOCATION, why, None)
            if _TYPES.get(shown(mode)) == "instance":
                yield from _of_hosts(world, service, target, hosts)


def _named(world: World, site: Site) -> Iterator[Refusal]:
    """Yield what a service does not say of a load balancer, of which it is not known that it may be missing."""
    for keys in (("ContainerName",), ("ContainerPort",), ("TargetGroupArn", "LoadBalancerName")):
        if not any(world.sites(site.resource, key, site) for key in keys):
            why = f"a load balancer stands there without {' or '.join(keys)}, which may not be taken"
            yield Refusal(site.resource, _LOCATION, why, None)


def _of_container(world: World, definition: Resource, site: Site) -> Iterator[Refusal]:
    """Yield that a task has no container, or none with a port, that a load balancer sends to."""
    containers = world.sites(definition, "ContainerDefinitions.*")
    names = [world.value(definition, "Name", at=each) for each in containers]
    name, number = world.value(site.resource, "ContainerName", at=site), port(world, site, "ContainerPort")
    if not isinstance(name, str) or not all(isinstance(each, str) for each in names):
        return
    if name not in names:
        why = f"a load balancer sends to container {name!r}, which the task does not have"
        yield Refusal(site.resource, _LOCATION, why)
        return
    mappings = world.sites(definition, "PortMappings.*", containers[names.index(name)])
    ports = [port(world, each, "ContainerPort") for each in mappings]
    if number is not None and number not in ports:
        why = f"a load balancer sends to port {number} of container {name!r}, which maps no such port"
        yield Refusal(site.resource, _LOCATION, why, None if None in ports else False)


def _of_type(world: World, service: Resource, target: Resource, mode: Value) -> Iterator[Refusal]:
    """Yield that a target group takes no tasks of a network mode."""
    given, wanted = world.value(target, "TargetType", "instance"), _TYPES.get(shown(mode))
    if wanted is not None and given != wanted:
        has = f"{target.logical_id} has targets of type {shown(given)}"
        why = f"{has}, and tasks of network mode {mode} are of type {wanted}"
        yield Refusal(service, _LOCATION, why, False if isinstance(given, str) else None)


def _of_hosts(world: World, service: Resource, target: Resource, hosts: Sequence[Resource]) -> Iterator[Refusal]:
    """Yield that the container instances of a service are of another VPC than a target group, which takes none of them.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html
    """
    are_apart: list[bool] = []
    for host in hosts:
        subnets = [one.of(SUBNET) for path in _OF_HOSTS for one in ids(world, host, path)]
        known = [each for each in subnets if each is not None]
        are_apart.append(bool(known) and all(apart(world, target, each) for each in known))
        if are_apart[-1]:
            why = f"{target.logical_id} and the instances of {host.logical_id} are of different VPCs"
    if any(are_apart):
        yield Refusal(service, _LOCATION, why, False if all(are_apart) else None)


def _unforwarded(world: World, service: Resource, target: Resource) -> Refusal:
    """Return that no listener forwards to a target group, without which Amazon ECS makes no service."""
    is_given = any(
        part is None or part is target
        for template in world.root.templates
        for each in template.resources.values()
        if each.type not in _BY_ITSELF and not each.type.startswith(_HARMLESS) and world.exists(each)
        for part in map(mention, mentioned(world.root, each))
    )
    is_whole_stack = outermost(target.template) is outermost(service.template) and is_whole(service.template)
    is_sure = is_whole_stack and not is_given
    why = f"no listener of the templates forwards to {target.logical_id}, which then has no load balancer"
    return Refusal(service, _LOCATION, why, False if is_sure else None)


def refused_targets(world: World, own: Site) -> Iterator[Refusal]:
    """Yield which target groups take no instances of an Auto Scaling group.

    Args:
        world: the world in which it is asked.
        own: the properties of the group.
    """
    for target in target_groups(world, own.resource, "TargetGroupARNs.*", own):
        given = world.value(target, "TargetType", "instance", unread(world, target))
        if given != "instance":
            why = f"has target group {target.logical_id}, whose TargetType is {shown(given)}, and not instance"
            yield refusal(own, "TargetGroupARNs", why, False if isinstance(given, str) else None)


_USUAL_ZONE = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9][a-z]")
"""An Availability Zone, and no Local Zone."""


def refused_load_balancer(world: World, own: Site) -> Iterator[Refusal]:
    """Yield that an Application Load Balancer is in one Availability Zone, and not in two, or in a small subnet.

    Elastic Load Balancing refuses a subnet with fewer than 8 free addresses. A new one of /28, the smallest, has 11.

    Sources:
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
        https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1333

    Args:
        world: the world in which it is asked.
        own: the properties of the load balancer.
    """
    balancer = own.resource
    if world.value(balancer, "Type", "application", own) != "application":
        return
    paths = [path for path in ("Subnets.*", "SubnetMappings.*.SubnetId") if world.values(balancer, path, own)]
    subnets = [one.of(SUBNET) for path in paths for one in ids(world, balancer, path, own)]
    known = [each for each in subnets if each is not None]
    for small in (each for each in known if is_small(world, each)):
        why = f"is in subnet {small.logical_id}, of fewer addresses than the /27 that AWS asks for"
        yield refusal(own, paths[0].partition(".")[0], why, None)
    if not known or len(known) < len(subnets) or any(world.values(each, "OutpostArn") for each in known):
        return
    if all(are_of_one_zone(world, known[0], each) for each in known):
        zone = world.value(known[0], ZONE)
        is_usual = zone is None or place_of(zone) is not None or _USUAL_ZONE.fullmatch(shown(zone)) is not None
        why = "is in subnets of one Availability Zone, and an Application Load Balancer must be in two"
        yield refusal(own, paths[0].partition(".")[0], why, False if is_usual else None)
