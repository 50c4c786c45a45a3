"""VPC endpoints that Amazon EC2 refuses to make.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (DuplicateSubnetsInSameZone)
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, flag, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.endpoints import ENDPOINT, has_private_names, kind_of
from ecr_ecs_constructs.pull.network.topology.ids import Id, ids
from ecr_ecs_constructs.pull.network.topology.referrers import in_any_world
from ecr_ecs_constructs.pull.network.topology.services import service_of
from ecr_ecs_constructs.pull.network.topology.vpcs import SUBNET, vpc_of
from ecr_ecs_constructs.pull.network.topology.zones import may_be_of_one_zone

_TARGETS = ("ServiceName", "ResourceConfigurationArn", "ServiceNetworkArn")
"""The properties of which one says what an endpoint leads to."""

_GATEWAYS = ("dynamodb", "s3", "s3express")
"""The services that have gateway endpoints.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

_SCOPE = "PrivateDnsOnlyForInboundResolverEndpoint"

_FOREIGN: Mapping[str, Sequence[str]] = {
    "Gateway": ("SubnetIds.*", "SecurityGroupIds.*"),
    "Interface": ("RouteTableIds.*",),
}
"""The properties that endpoints of a type do not have."""

_ATTRIBUTES = {"EnableDnsSupport": "true", "EnableDnsHostnames": "false"}
"""The attributes of a VPC that private DNS names need, each with its default."""


def refused_endpoint(world: World, endpoint: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no such VPC endpoint.

    Args:
        world: the world in which it is asked.
        endpoint: the `AWS::EC2::VPCEndpoint`.
    """
    kind, name = kind_of(world, endpoint), world.value(endpoint, "ServiceName")
    title = f"endpoint {endpoint.logical_id}"
    if not any(world.values(endpoint, key) for key in _TARGETS):
        yield Refusal(endpoint, "Properties", f"{title} names no service")
    if isinstance(name, (str, Text)):
        yield from _of_service(endpoint, title, kind, name)
    for path in _FOREIGN.get(str(kind), ()):
        if world.values(endpoint, path):
            key = path.removesuffix(".*")
            yield Refusal(endpoint, f"Properties.{key}", f"{title} is of type {kind} and has {key}")
    scope = world.value(endpoint, f"DnsOptions.{_SCOPE}")
    if scope is not None and not _has_both(kind, name):
        why = f"{title} has {_SCOPE}, which is for services with gateway endpoints beside interface endpoints"
        yield Refusal(endpoint, "Properties.DnsOptions", why, None)
    if has_private_names(world, endpoint) and kind == "Gateway":
        yield Refusal(endpoint, "Properties.PrivateDnsEnabled", f"{title} is of type Gateway and has private DNS")
    if kind == "Interface":
        yield from _in_subnets(world, endpoint, title)
        yield from _with_names(world, endpoint, title)
    yield from _beside(world, endpoint, title, kind, name)


def _has_both(kind: Value, name: Value) -> bool:
    """Return whether an interface endpoint is for a service that has gateway endpoints, too."""
    return kind == "Interface" and isinstance(name, (str, Text)) and service_of(name).name in _GATEWAYS


def _of_service(endpoint: Resource, title: str, kind: Value, name: str | Text) -> Iterator[Refusal]:
    """Yield that there is no such service, or that it has no endpoints of a type."""
    service, location = service_of(name), "Properties.ServiceName"
    if service.exists is False:
        yield Refusal(endpoint, location, f"{title} is for {name}, which is the name of no service")
    elif service.exists is None and not _is_given(name):
        yield Refusal(endpoint, location, f"{title} is for {name}, which is none that is known of AWS", None)
    is_taken = kind == "Interface" or (kind == "Gateway" and service.name in _GATEWAYS)
    if service.exists and service.name and isinstance(kind, str) and not is_taken:
        why = f"{title} for {service.name} is of type {kind}, of which that service has none"
        yield Refusal(endpoint, "Properties.VpcEndpointType", why)


def _is_given(name: str | Text) -> bool:
    """Return whether more of a name than the region is given at deployment."""
    return isinstance(name, Text) and any(
        isinstance(each, Hole) and each.kind is not Kind.REGION for each in name.pieces
    )


def _in_subnets(world: World, endpoint: Resource, title: str) -> Iterator[Refusal]:
    """Yield that subnets of an interface endpoint are of one Availability Zone, of which it takes one subnet each."""
    subnets, location = ids(world, endpoint, "SubnetIds.*"), "Properties.SubnetIds"
    if not subnets:
        yield Refusal(endpoint, location, f"{title} is in no subnet", None)
    for one, other in combinations(subnets, 2):
        if one.is_(other):
            yield Refusal(endpoint, location, f"{title} names subnet {one} twice")
            continue
        first, second = one.of(SUBNET), other.of(SUBNET)
        truth = False if first is None or second is None else may_be_of_one_zone(world, first, second)
        if truth is not False:
            are = "are" if truth else "may be"
            why = f"{title} is in subnets {one} and {other}, which {are} of one Availability Zone"
            yield Refusal(endpoint, location, why, None if truth is None else False)


def _with_names(world: World, endpoint: Resource, title: str) -> Iterator[Refusal]:
    """Yield that the VPC of an endpoint with private DNS names resolves none."""
    vpc = vpc_of(world, endpoint)[0]
    if vpc is None or not has_private_names(world, endpoint):
        return
    for key, default in _ATTRIBUTES.items():
        if flag(world.value(vpc, key, default)) is False:
            why = (
                f"{title} has private DNS, and {key} of VPC {vpc.logical_id} is {shown(world.value(vpc, key, default))}"
            )
            yield Refusal(endpoint, "Properties.PrivateDnsEnabled", why)


def _beside(world: World, endpoint: Resource, title: str, kind: Value, name: Value) -> Iterator[Refusal]:
    """Yield that another endpoint for the same service, which stands before, has the same names or route table."""
    vpc = vpc_of(world, endpoint)[0] if isinstance(name, (str, Text)) else None
    of_vpc = () if vpc is None else in_any_world(world, vpc, ENDPOINT, "VpcId")
    alike = [each for each in world.root.named(ENDPOINT, "ServiceName", name) if each in of_vpc] if of_vpc else []
    for other in alike[: alike.index(endpoint)] if endpoint in alike else ():
        if vpc_of(world, other)[0] is not vpc or kind_of(world, other) != kind or not world.exists(other):
            continue
        if kind == "Interface" and has_private_names(world, endpoint) and has_private_names(world, other):
            why = f"{title} has the private DNS names of {other.logical_id}"
            yield Refusal(endpoint, "Properties.PrivateDnsEnabled", why)
        for table in _shared(world, endpoint, other) if kind == "Gateway" else ():
            why = f"{title} is on route table {table}, as {other.logical_id} is"
            yield Refusal(endpoint, "Properties.RouteTableIds", why)


def _shared(world: World, one: Resource, other: Resource) -> Iterator[Id]:
    """Yield the route tables that two gateway endpoints are surely both on."""
    tables = ids(world, other, "RouteTableIds.*")
    yield from (each for each in ids(world, one, "RouteTableIds.*") if any(each.is_(table) for table in tables))
