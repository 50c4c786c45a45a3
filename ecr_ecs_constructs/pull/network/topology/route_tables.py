"""Route tables: which one a subnet has, and what its routes say of what goes to the internet or stays in the VPC.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/centralized-access-to-vpc-private-endpoints.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id, named
from ecr_ecs_constructs.pull.network.topology.ranges import EVERYWHERE, covers, is_inside, is_wide, may_be_internet
from ecr_ecs_constructs.pull.network.topology.referrers import in_any_world, referrers, sure_referrers
from ecr_ecs_constructs.pull.network.topology.vpcs import apart, vpc_of
from ecr_ecs_constructs.pull.network.words import listed
from ecr_ecs_constructs.pull.texts.pattern import Truth

_ROUTE_TABLE, _ROUTE = "AWS::EC2::RouteTable", "AWS::EC2::Route"
ASSOCIATION = "AWS::EC2::SubnetRouteTableAssociation"
_INTERNET_GATEWAY = "AWS::EC2::InternetGateway"
_PROPAGATIONS: Mapping[str, str] = {
    "AWS::EC2::VPNGatewayRoutePropagation": "RouteTableIds.*",
    "AWS::EC2::RouteServerPropagation": "RouteTableId",
}
"""The resources that add routes to route tables, and where they name these."""

_INNER_TARGETS = ("NatGatewayId", "NetworkInterfaceId", "VpcEndpointId", "InstanceId")
"""Targets of routes that may be more specific than the local one of their VPC."""

_OUTER_TARGETS = ("TransitGatewayId", "VpcPeeringConnectionId", "CoreNetworkArn", "LocalGatewayId")
"""Targets of routes that lead to other networks, but for the default one."""


class Routes(NamedTuple):
    """The routes of a route table for what goes to the internet.

    Attributes:
        defaults: its default routes; a table has but one, so which of several is there is decided elsewhere.
        parts: what leads a part of it elsewhere, or may do so.
        perhaps: routes that may be of the table.
    """

    defaults: Sequence[Resource]
    parts: Sequence[Resource]
    perhaps: Sequence[Resource]


@asked
def table_of(world: World, subnet: Resource) -> tuple[Resource | None, Answer]:
    """Return the route table of a subnet, and the answer whether it has one of its own.

    Returns:
        The route table; None where the subnet has the main one of its VPC (false), or where it is not known which
        (None).
    """
    associations = sure_referrers(world, subnet, ASSOCIATION, "SubnetId")
    if len(associations) > 1:
        return None, Answer(None, f"{listed(associations)} give it route tables, and it has but one")
    for association in associations:
        table = named(world, association, "RouteTableId", _ROUTE_TABLE)
        if table is None:
            name = first_id(world, association, "RouteTableId")
            return None, Answer(None, f"route table {name} is not in the templates")
        if apart(world, table, subnet):
            return None, Answer(None, f"route table {table.logical_id} is in another VPC")
        return table, Answer(True)
    for association, _ in referrers(world, subnet, ASSOCIATION, "SubnetId"):
        return None, Answer(None, f"{association.logical_id} may give it a route table")
    return None, Answer(False, "no route table is associated, and the main one has no default route")


@asked
def routes_of(world: World, table: Resource, version: int) -> Routes:
    """Return what a route table says of what goes to the internet by a version of the internet protocol, 4 or 6."""
    routes = [
        (route, truth, _is_default(world, route, version))
        for route, truth in referrers(world, table, _ROUTE, "RouteTableId")
    ]
    propagations = (
        resource for type_, path in _PROPAGATIONS.items() for resource, _ in referrers(world, table, type_, path)
    )
    return Routes(
        [route for route, truth, is_default in routes if truth and is_default],
        [*(route for route, truth, is_default in routes if truth and is_default is None), *propagations],
        [route for route, truth, is_default in routes if truth is None and is_default is not False],
    )


def _is_default(world: World, route: Resource, version: int) -> Truth:
    """Return whether a route takes what goes to the internet; None where it takes a part of that, or may do so."""
    own, other = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")[:: 1 if version == 4 else -1]
    destination = world.value(route, own)
    if destination is None:
        return False if world.value(route, other) is not None else None
    return True if destination == EVERYWHERE[version] else may_be_internet(destination)


def route_of_main(world: World, subnet: Resource) -> Resource | None:
    """Return a route that may be of the main route table of a subnet's VPC, which no template can name."""
    for route in in_any_world(world, subnet, _ROUTE, "RouteTableId"):
        if world.exists(route) and _is_default(world, route, 4) is not False:
            return route
    return None


@asked
def to_other_network(world: World, subnet: Resource, version: int = 4) -> Resource | None:
    """Return a route that may lead from a subnet to another network, where endpoints for several VPCs can be.

    Of IPv4 it is no default route: that one is followed for all traffic.

    Args:
        world: the world in which the routes are read.
        subnet: the subnet.
        version: of the internet protocol, 4 or 6.
    """
    key = "DestinationCidrBlock" if version == 4 else "DestinationIpv6CidrBlock"
    table, vpc = table_of(world, subnet)[0], vpc_of(world, subnet)[0]
    for route, _ in () if table is None else referrers(world, table, _ROUTE, "RouteTableId"):
        destination = world.value(route, key)
        if destination is None or (version == 4 and _is_default(world, route, 4)):
            continue
        gateway = first_id(world, route, "GatewayId")
        is_outer = gateway is not None and not _is_known(gateway)
        if is_outer or any(world.values(route, key) for key in _OUTER_TARGETS):
            return route
        if any(world.values(route, key) for key in _INNER_TARGETS) and not is_inside(world, destination, vpc):
            return route
    return None


def _is_known(gateway: Id) -> bool:
    """Return whether a gateway is surely none that leads to another network, as a virtual private gateway does."""
    return gateway.of(_INTERNET_GATEWAY) is not None or str(gateway.value).startswith(("igw-", "local"))


def leads_elsewhere(resource: Resource, table: Resource) -> Answer:
    """Return the answer for what a route of a route table may lead elsewhere."""
    return Answer(None, f"{resource.logical_id} may lead elsewhere from route table {table.logical_id}")


def is_undivided(world: World, table: Resource) -> Answer:
    """Return whether no route of a table is, or may be, more specific than those of gateway endpoints.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    parts = routes_of(world, table, 4).parts
    return leads_elsewhere(parts[0], table) if parts else Answer(True)


# detours: routes that lead what stays in its VPC through something in it, as to a firewall


@asked
def has_detours(world: World) -> bool:
    """Return whether any route, in any world, may lead what stays in its VPC through something in it."""
    root = world.root
    return any(
        any(found is None or found for found in (root.every(route, key) for key in _INNER_TARGETS))
        and root.every(route, "DestinationCidrBlock") not in ((), (EVERYWHERE[4],))
        for route in root.all(_ROUTE)
    )


@asked
def crosses(world: World, one: Resource, other: Resource) -> Answer:
    """Return whether what goes from one subnet to another one takes the local route of their VPC.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    table, vpc = table_of(world, one)[0], vpc_of(world, other)[0]
    for route in () if table is None else sure_referrers(world, table, _ROUTE, "RouteTableId"):
        destination = world.value(route, "DestinationCidrBlock")
        if not _is_detour(world, route) or destination is None or is_wide(world, destination, vpc):
            continue
        if covers(world, destination, route.template, other) is not False:
            what = f"what goes from {one.logical_id} to {other.logical_id}"
            return Answer(None, f"route {route.logical_id} may lead elsewhere {what}")
    return Answer(True)


def _is_detour(world: World, route: Resource) -> bool:
    """Return whether a route may lead what stays in its VPC through something in it."""
    destination = world.value(route, "DestinationCidrBlock")
    return destination not in (None, EVERYWHERE[4]) and any(world.values(route, key) for key in _INNER_TARGETS)
