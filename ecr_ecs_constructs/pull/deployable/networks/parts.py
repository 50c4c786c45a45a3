"""The parts of networks of a stack, and why Amazon EC2 makes them or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.deployable.networks.endpoints import refused_endpoint
from ecr_ecs_constructs.pull.deployable.networks.subnets import refused_subnet
from ecr_ecs_constructs.pull.deployable.networks.traffic import refused_entry, refused_group, refused_rule
from ecr_ecs_constructs.pull.deployable.networks.vpcs import occupied, parted
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_QUESTIONS: Mapping[str, Sequence[Callable[[World, Resource], Iterator[Refusal]]]] = {
    "AWS::EC2::NatGateway": (occupied,),
    "AWS::EC2::NetworkAclEntry": (refused_entry,),
    "AWS::EC2::SecurityGroup": (refused_group,),
    "AWS::EC2::SecurityGroupEgress": (refused_rule,),
    "AWS::EC2::SecurityGroupIngress": (refused_rule,),
    "AWS::EC2::Subnet": (refused_subnet,),
    "AWS::EC2::SubnetNetworkAclAssociation": (parted,),
    "AWS::EC2::SubnetRouteTableAssociation": (parted,),
    "AWS::EC2::VPCEndpoint": (refused_endpoint, parted),
    "AWS::ECS::Service": (parted,),
}
"""The questions that are asked of a resource, by its type."""


def refused_part(world: World, resource: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 does not make a part of a network, nothing for a resource of another type.

    Args:
        world: the world in which it is asked.
        resource: the resource, which exists there.
    """
    for question in _QUESTIONS.get(resource.type, ()):
        yield from question(world, resource)
