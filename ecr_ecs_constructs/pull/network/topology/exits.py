"""The ways out of subnets: where their default routes lead, and through which gateways.

What else stands in the way is read apart: security groups, network ACLs, block public access.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id, ids, named
from ecr_ecs_constructs.pull.network.topology.makers import may_be_made
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.route_tables import leads_elsewhere, route_of_main, routes_of, table_of
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, apart, vpc_of
from ecr_ecs_constructs.pull.texts.pattern import every, some

_INTERNET_GATEWAY, _ATTACHMENT = "AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment"
_EDGE_ASSOCIATION = "AWS::EC2::GatewayRouteTableAssociation"
_VPN_GATEWAY, _NAT_GATEWAY = "AWS::EC2::VPNGateway", "AWS::EC2::NatGateway"

_TARGETS: Mapping[str, str] = {
    "TransitGatewayId": "a transit gateway",
    "VpcPeeringConnectionId": "a peering connection",
    "InstanceId": "an instance",
    "NetworkInterfaceId": "a network interface",
    "VpcEndpointId": "a VPC endpoint",
    "LocalGatewayId": "a local gateway",
    "CarrierGatewayId": "a carrier gateway",
    "CoreNetworkArn": "a core network",
    "OdbNetworkArn": "an ODB network",
}
"""Targets of routes behind which lies what no template tells."""


class Exit(NamedTuple):
    """The end of a subnet's default route.

    Attributes:
        answer: whether it leads to the internet.
        needs_address: whether it takes traffic of public addresses only, as an internet gateway does.
        through: the subnet of the NAT gateway that it goes through.
    """

    answer: Answer
    needs_address: bool = False
    through: Resource | None = None


@asked
def exit_of(world: World, subnet: Resource, version: int = 4, nat: Resource | None = None) -> Exit:
    """Return where the default route of a subnet leads.

    Args:
        world: the world in which the networks are read.
        subnet: the subnet.
        version: of the internet protocol, 4 or 6.
        nat: the NAT gateway in the subnet whose traffic is followed, where it is that.
    """
    way = _exit(world, subnet, version, nat)
    return way if way.answer.truth is not False else Exit(may_be_made(world, way.answer.why, subnet))


def _exit(world: World, subnet: Resource, version: int, nat: Resource | None) -> Exit:
    table, known = table_of(world, subnet)
    if table is None:
        unsure = None if known.truth is None else route_of_main(world, subnet)
        if unsure is not None:
            return Exit(Answer(None, f"route {unsure.logical_id} may be of the main route table"))
        return Exit(known)
    routes = routes_of(world, table, version)
    if not routes.defaults:
        unclear = [*routes.parts, *routes.perhaps]
        none = Answer(False, "no default route leads out")
        return Exit(leads_elsewhere(unclear[0], table) if unclear else none)
    default, *others = routes.defaults
    way = _by(world, default, subnet, version, nat)
    unclear = [*others, *routes.parts]
    return Exit(leads_elsewhere(unclear[0], table)) if unclear and way.answer.truth else way


def _by(world: World, route: Resource, subnet: Resource, version: int, nat: Resource | None) -> Exit:
    """Return where a default route of a subnet leads, with the arguments of `exit_of`."""
    if (target := first_id(world, route, "NatGatewayId")) is not None:
        known = target.of(_NAT_GATEWAY)
        if known is None:
            return Exit(Answer(None, f"NAT gateway {target} is not in the templates"))
        return _by_nat(world, known, subnet, nat)
    if (gateway := first_id(world, route, "GatewayId")) is not None:
        return _by_gateway(world, gateway, subnet)
    if (egress_only := first_id(world, route, "EgressOnlyInternetGatewayId")) is not None:
        title = f"egress-only internet gateway {egress_only}"
        return Exit(Answer(True, title) if version == 6 else Answer(False, f"{title} takes no IPv4"))
    for key, kind in _TARGETS.items():
        if world.values(route, key):
            return Exit(Answer(None, f"route {route.logical_id} leads to {kind}"))
    return Exit(Answer(None, f"route {route.logical_id} has no target in the templates"))


def _by_gateway(world: World, gateway: Id, subnet: Resource) -> Exit:
    """Return whether a subnet's default route to an internet gateway, or to another one, leads to the internet."""
    internet = gateway.of(_INTERNET_GATEWAY)
    if internet is None and gateway.of(_VPN_GATEWAY):
        return Exit(Answer(None, f"virtual private gateway {gateway} leads on"))
    if internet is None:
        return Exit(Answer(None, f"gateway {gateway} is not in the templates"))
    answer = _is_attached(world, internet, subnet)
    if not answer.truth:
        return Exit(answer)
    for association, _ in referrers(world, internet, _EDGE_ASSOCIATION, "GatewayId"):
        return Exit(Answer(None, f"{association.logical_id} may lead elsewhere what comes back by {answer.why}"))
    return Exit(answer, needs_address=True)


def _is_attached(world: World, gateway: Resource, subnet: Resource) -> Answer:
    """Return whether an internet gateway is attached to the VPC of a subnet."""
    vpc, name = vpc_of(world, subnet)
    if vpc is None:
        return Answer(None, f"VPC {name} is not in the templates")
    own = Id.of_resource(vpc)
    attached = some(
        every((truth, some(other.is_(own) for other in ids(world, attachment, "VpcId"))))
        for attachment, truth in referrers(world, gateway, _ATTACHMENT, "InternetGatewayId")
    )
    title = f"internet gateway {gateway.logical_id}"
    if attached:
        return Answer(True, title)
    if attached is None:
        return Answer(None, f"it is not known whether {title} is attached to VPC {name}")
    return Answer(False, f"{title} is not attached to VPC {name}")


def _by_nat(world: World, nat: Resource, subnet: Resource, behind: Resource | None) -> Exit:
    """Return whether a subnet's default route to a NAT gateway leads to the internet.

    Args:
        world: the world in which the networks are read.
        nat: the NAT gateway.
        subnet: the subnet.
        behind: the NAT gateway in the subnet whose traffic is followed, where it is that.
    """
    name = f"NAT gateway {nat.logical_id}"
    if world.value(nat, "AvailabilityMode", "zonal") != "zonal":
        return Exit(Answer(None, f"{name} is not of one Availability Zone"))
    home = named(world, nat, "SubnetId", SUBNET)
    if home is None:
        return Exit(Answer(None, f"the subnet of {name} is not in the templates"))
    if home is subnet or (behind is not None and _default_nat(world, home) is behind):
        return Exit(Answer(False, f"{name} is in a subnet whose default route leads to itself"))
    if behind is not None:
        return Exit(Answer(None, f"traffic goes through {name}"))
    if apart(world, home, subnet):
        return Exit(Answer(None, f"{name} is in another VPC"))
    onward = exit_of(world, home, 4, nat).answer
    if not onward.truth:
        return Exit(Answer(onward.truth, f"{name} is in subnet {home.logical_id}, where {onward.why}"))
    answer = _is_public(world, nat)
    return Exit(answer, through=home) if answer.truth else Exit(answer)


def _is_public(world: World, nat: Resource) -> Answer:
    """Return whether a NAT gateway takes traffic to the internet."""
    name = f"NAT gateway {nat.logical_id}"
    connectivity = world.value(nat, "ConnectivityType", "public")
    if connectivity != "public":
        truth = False if connectivity == "private" else None
        return Answer(truth, f"ConnectivityType of {name} is {connectivity}")
    if not world.values(nat, "AllocationId"):
        return Answer(False, f"{name} has no AllocationId")
    return Answer(True, name)


def _default_nat(world: World, subnet: Resource) -> Resource | None:
    """Return the NAT gateway that the default route of a subnet leads to."""
    table = table_of(world, subnet)[0]
    defaults = () if table is None else routes_of(world, table, 4).defaults
    return named(world, defaults[0], "NatGatewayId", _NAT_GATEWAY) if defaults else None
