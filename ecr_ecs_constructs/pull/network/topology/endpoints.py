"""VPC endpoints: of which service and type they are, and whether they can be reached.

Sources:
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
"""

from __future__ import annotations

from collections.abc import Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, flag, pieces_of, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.dns import resolves_private
from ecr_ecs_constructs.pull.network.topology.ids import Id, ids
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.services import service_of
from ecr_ecs_constructs.pull.network.topology.sides import Peer
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, apart, groups_in
from ecr_ecs_constructs.pull.network.words import listed
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, some

ENDPOINT = "AWS::EC2::VPCEndpoint"
POLICY = "PolicyDocument"
"""The property of an endpoint that holds its policy; without it all passes."""


@asked
def endpoints_of(world: World, vpc: Resource, service: str) -> tuple[tuple[Resource, Truth], ...]:
    """Return the endpoints that are of a VPC and a service, surely or perhaps."""
    found = []
    for endpoint, truth in referrers(world, vpc, ENDPOINT, "VpcId"):
        names = world.values(endpoint, "ServiceName")
        answer = every((truth, some(is_service(name, service) for name in names)))
        if answer is not False:
            found.append((endpoint, None if is_foreign(world, endpoint) else answer))
    return tuple(found)


def is_service(name: Value, service: str) -> Truth:
    """Return whether a service name is that of a service.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """
    if not isinstance(name, (str, Text)):
        return None
    found = service_of(name)
    if found.name or found.exists is not None:
        return found.exists if found.name == service else False
    last = pieces_of(name)[-1]
    end = f".{service}"
    if isinstance(last, Hole) or last.endswith(end):
        return None
    return None if end.endswith(last) else False


def is_foreign(world: World, endpoint: Resource) -> bool:
    """Return whether an endpoint is for a service in another region than its own, or may be.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html
    """
    own, name = endpoint.template.region, world.value(endpoint, "ServiceName")
    if own is not None and isinstance(name, str) and f".{own}." not in name:
        return True
    return bool(world.values(endpoint, "ServiceRegion"))


def kind_of(world: World, endpoint: Resource) -> Value:
    """Return the type of an endpoint: `Interface`, `Gateway`, or another value."""
    return world.value(endpoint, "VpcEndpointType", "Gateway")


def has_private_names(world: World, endpoint: Resource) -> Truth:
    """Return whether the usual name of a service leads to an endpoint."""
    return flag(world.value(endpoint, "PrivateDnsEnabled", "false"))


def takes_names(world: World, endpoint: Resource) -> bool:
    """Return whether the names of S3 may lead from the VPC to an interface endpoint.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
    """
    if has_private_names(world, endpoint) is False:
        return False
    scope = world.value(endpoint, "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint")
    return bool(scope != "OnlyInboundResolver")


def has_ipv4(world: World, endpoint: Resource) -> Answer:
    """Return whether an endpoint has IPv4 addresses, and its names lead to them.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    for path in ("IpAddressType", "DnsOptions.DnsRecordIpType"):
        value = world.value(endpoint, path, "ipv4")
        if not isinstance(value, str) or value == "ipv6":
            return Answer(None, f"{path} of endpoint {endpoint.logical_id} is {shown(value)}")
    return Answer(True)


def is_on(world: World, endpoint: Resource, table: Resource | None, known: Answer) -> Truth:
    """Return whether a gateway endpoint is on a route table.

    Args:
        world: the world in which the endpoint is read.
        endpoint: the endpoint.
        table: the route table; None for the main one of the VPC, which templates can't name, and an unknown one.
        known: which of both, as `table_of` answers.
    """
    tables = ids(world, endpoint, "RouteTableIds.*")
    if table is not None:
        return some(other.is_(Id.of_resource(table)) for other in tables)
    return None if known.truth is None or any(other.resource is None for other in tables) else False


@asked
def peer_of(world: World, endpoint: Resource) -> Peer:
    """Return an interface endpoint as one side of a connection; without subnets where not all are in the templates."""
    named = ids(world, endpoint, "SubnetIds.*")
    subnets = [subnet.of(SUBNET) for subnet in named]
    known = tuple(subnet for subnet in subnets if subnet is not None)
    groups = groups_in(world, ids(world, endpoint, "SecurityGroupIds.*"), named)
    return Peer(groups, known if len(known) == len(subnets) else ())


@asked
def is_ready(world: World, endpoint: Resource, vpc: Resource) -> Answer:
    """Return whether an interface endpoint can be reached in its VPC, security groups and network ACLs left out.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    names = resolves_private(world, vpc)
    if not names.truth:
        return names
    name = f"endpoint {endpoint.logical_id}"
    peer = peer_of(world, endpoint)
    if not peer.subnets:
        return Answer(None, f"the subnets of {name} are not in the templates")
    twins = _of_one_zone(world, peer.subnets)
    if twins:
        return Answer(None, f"{name} has {listed(twins)}, which are of one Availability Zone")
    for part in (*peer.subnets, *(group.resource for group in peer.groups)):
        if part is not None and apart(world, part, endpoint):
            return Answer(None, f"{name} and {part.logical_id} are in different VPCs")
    protocol = has_ipv4(world, endpoint)
    return Answer(True, name) if protocol.truth else protocol


def _of_one_zone(world: World, subnets: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return the first two of some subnets that are surely of one Availability Zone; nothing where none are."""
    for index, one in enumerate(subnets):
        zone = world.value(one, "AvailabilityZone")
        for other in subnets[:index] if zone is not None else ():
            same_place = one.template is other.template or isinstance(zone, str)
            if same_place and other is not one and world.value(other, "AvailabilityZone") == zone:
                return other, one
    return ()
