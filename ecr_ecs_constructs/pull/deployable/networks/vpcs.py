"""Parts of networks that Amazon EC2 and others refuse to put together: of different VPCs, or one of a kind twice.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (Resource.AlreadyAssociated,
        RouteAlreadyExists, InvalidParameterValue)
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, shown
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.endpoints import ENDPOINT
from ecr_ecs_constructs.pull.network.topology.ids import ids
from ecr_ecs_constructs.pull.network.topology.vpcs import apart
from ecr_ecs_constructs.pull.texts.pattern import Truth

_OF_SERVICE = "NetworkConfiguration.AwsvpcConfiguration"
_TOGETHER: Mapping[str, Sequence[str]] = {
    ENDPOINT: ("SubnetIds.*", "SecurityGroupIds.*", "RouteTableIds.*"),
    "AWS::EC2::SubnetRouteTableAssociation": ("SubnetId", "RouteTableId"),
    "AWS::EC2::SubnetNetworkAclAssociation": ("SubnetId", "NetworkAclId"),
    "AWS::ECS::Service": (f"{_OF_SERVICE}.Subnets.*", f"{_OF_SERVICE}.SecurityGroups.*"),
}
"""The paths to parts that must be of one VPC, by the type of the resource that puts them together."""


def occupied(world: World, gateway: Resource) -> Iterator[Refusal]:
    """Yield that the address of a NAT gateway is that of an instance, too.

    Args:
        world: the world in which it is asked.
        gateway: the `AWS::EC2::NatGateway`.
    """
    value = world.value(gateway, "AllocationId")
    hole = value.pieces[0] if isinstance(value, Text) else None
    address = hole.resource if isinstance(hole, Hole) else None
    if address is not None and address.type == "AWS::EC2::EIP" and world.values(address, "InstanceId"):
        why = f"{gateway.logical_id} has the address of {address.logical_id}, which has an InstanceId"
        yield Refusal(gateway, "Properties.AllocationId", why, None)


class _Single(NamedTuple):
    """Properties by which no two resources of a type may be alike.

    Attributes:
        paths: the properties.
        taken: False where the second one is refused; None where it may take the place of the first.
    """

    paths: Sequence[str]
    taken: Truth = False


_SINGLE: Mapping[str, Sequence[_Single]] = {
    "AWS::EC2::NatGateway": (_Single(("AllocationId",)),),
    "AWS::EC2::NetworkAclEntry": (_Single(("NetworkAclId", "Egress", "RuleNumber")),),
    "AWS::EC2::Route": (
        _Single(("RouteTableId", "DestinationCidrBlock")),
        _Single(("RouteTableId", "DestinationIpv6CidrBlock")),
        _Single(("RouteTableId", "DestinationPrefixListId")),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": (_Single(("SubnetId",), None),),
    "AWS::EC2::SubnetRouteTableAssociation": (_Single(("SubnetId",)),),
    "AWS::EC2::VPCGatewayAttachment": (_Single(("InternetGatewayId",)),),
}


_DEFAULTS = {"Egress": "false"}
"""The values of properties where they are not given."""


def parted(world: World, resource: Resource) -> Iterator[Refusal]:
    """Yield that what a resource puts together is of different VPCs.

    Args:
        world: the world in which it is asked.
        resource: the resource.
    """
    paths = _TOGETHER[resource.type]
    parts = [(path, one.resource) for path in paths for one in ids(world, resource, path) if one.resource is not None]
    first = resource if resource.type == ENDPOINT else parts[0][1] if parts else resource
    for path, part in parts:
        if part is not first and apart(world, part, first):
            why = f"{first.logical_id} and {part.logical_id} are of different VPCs"
            yield Refusal(resource, f"Properties.{path.removesuffix('.*')}", why)


def repeated(world: World, resource: Resource) -> Iterator[Refusal]:
    """Yield that a resource is like one that stands before it, of which there can be but one.

    Args:
        world: the world in which it is asked.
        resource: the resource.
    """
    for single in _SINGLE[resource.type]:
        path = single.paths[-1]
        own = _values(world, resource, single)
        is_told = None not in own and isinstance(own[-1], (str, Text))
        alike = () if not is_told else world.root.named(resource.type, path, own[-1])
        for other in alike[: alike.index(resource)] if resource in alike else ():
            if other.template is resource.template and _values(world, other, single) == own:
                why = f"{resource.logical_id} and {other.logical_id} have both {path} {shown(own[-1])}"
                yield Refusal(resource, f"Properties.{path}", why, single.taken)


def _values(world: World, resource: Resource, single: _Single) -> list[Value]:
    """Return the values by which a resource is alike another one."""
    return [world.value(resource, path, _DEFAULTS.get(path)) for path in single.paths]
