"""The parts of networks of a stack, and why Amazon EC2 makes them or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, settled, unnoted
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.pull.deployable.networks.endpoints import refused_endpoint
from ecr_ecs_constructs.pull.deployable.networks.subnets import refused_subnet
from ecr_ecs_constructs.pull.deployable.networks.traffic import refused_entry, refused_group, refused_rule
from ecr_ecs_constructs.pull.deployable.networks.vpcs import parted, repeated
from ecr_ecs_constructs.pull.deployable.refusal import Refusal

_QUESTIONS: Mapping[str, Sequence[Callable[[World, Resource], Iterator[Refusal]]]] = {
    "AWS::EC2::NatGateway": (repeated,),
    "AWS::EC2::NetworkAclEntry": (refused_entry, repeated),
    "AWS::EC2::Route": (repeated,),
    "AWS::EC2::SecurityGroup": (refused_group,),
    "AWS::EC2::SecurityGroupEgress": (refused_rule,),
    "AWS::EC2::SecurityGroupIngress": (refused_rule,),
    "AWS::EC2::Subnet": (refused_subnet,),
    "AWS::EC2::SubnetNetworkAclAssociation": (parted, repeated),
    "AWS::EC2::SubnetRouteTableAssociation": (parted, repeated),
    "AWS::EC2::VPCEndpoint": (refused_endpoint, parted),
    "AWS::EC2::VPCGatewayAttachment": (repeated,),
    "AWS::ECS::Service": (parted,),
}
"""The questions that are asked of a resource, by its type."""


def refused_parts(world: World, template: Template) -> Iterator[Refusal]:
    """Yield why Amazon EC2 does not make the parts of networks of a template.

    Args:
        world: the world in which it is asked.
        template: the template; those that are nested in it are left out.
    """
    for type_ in _QUESTIONS:
        for resource in template.by_type.get(type_, ()):
            yield from _refused(world, resource)


@settled
def _refused(world: World, resource: Resource) -> tuple[Refusal, ...]:
    return unnoted(world, lambda: _asked(world, resource))


def _asked(world: World, resource: Resource) -> tuple[Refusal, ...]:
    """Return why Amazon EC2 does not make a resource; a task needs only that it is made, whatever it is then."""
    if not world.exists(resource):
        return ()
    return tuple(refusal for question in _QUESTIONS[resource.type] for refusal in question(world, resource))
