"""Parts of networks that Amazon EC2 and others refuse to put together.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidParameterValue)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.endpoints import ENDPOINT
from ecr_ecs_constructs.pull.network.topology.ids import ids
from ecr_ecs_constructs.pull.network.topology.vpcs import apart

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
