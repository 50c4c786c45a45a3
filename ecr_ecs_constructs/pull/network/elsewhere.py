"""The ways from a subnet elsewhere that is vouched for: what the templates themselves may change of them.

Who vouches for a subnet tells how it is without these templates. What they add to its network is judged: where it can
be in the way, the way is not known.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.needs.need import Destination
from ecr_ecs_constructs.pull.network.public_access import OPTIONS
from ecr_ecs_constructs.pull.network.topology.endpoints import (
    ENDPOINT,
    POLICY,
    has_private_names,
    is_service,
    kind_of,
)
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id, ids
from ecr_ecs_constructs.pull.network.topology.security_groups import admits
from ecr_ecs_constructs.pull.network.topology.sides import Peer
from ecr_ecs_constructs.pull.network.topology.vpcs import VPC

_GIVEN: Mapping[str, str] = {
    "AWS::EC2::SubnetNetworkAclAssociation": "a network ACL",
    "AWS::EC2::SubnetRouteTableAssociation": "a route table",
}
"""The resources that give a subnet something, by their type."""


@asked
def changed(world: World, subnet: Id) -> str:
    """Return what of the templates may change each way from a subnet elsewhere; empty where nothing does."""
    for type_, what in _GIVEN.items():
        for each in _near(world, subnet.template, type_):
            if any(other.resource is None and other.is_(subnet) is not False for other in ids(world, each, "SubnetId")):
                return f"{each.logical_id} may give it {what}"
    for options in _near(world, subnet.template, OPTIONS):
        return f"{options.logical_id} may block its public access"
    return ""


@asked
def owned(world: World, groups: tuple[Id, ...]) -> str:
    """Return which of some security groups is of a VPC of the templates, where no subnet elsewhere is known to be."""
    for group in groups:
        if group.resource is not None and group.resource.type != VPC:
            vpc = first_id(world, group.resource, "VpcId")
            if vpc is not None and vpc.resource is not None:
                return f"whether it is in {vpc}, as security group {group} is, is not known"
    return ""


@asked
def diverted(world: World, groups: tuple[Id, ...], subnet: Id, destination: Destination) -> Answer:
    """Return whether no VPC endpoint of the templates can be in the way from a subnet elsewhere to a destination.

    Args:
        world: the world in which the endpoints are read.
        groups: the security groups of what sends.
        subnet: the subnet.
        destination: the destination.
    """
    for endpoint in _near(world, subnet.template, ENDPOINT):
        vpc = first_id(world, endpoint, "VpcId")
        is_elsewhere = vpc is None or vpc.resource is None
        names = world.values(endpoint, "ServiceName")
        if not (is_elsewhere and any(is_service(name, destination.service) is not False for name in names)):
            continue
        if world.values(endpoint, POLICY):
            return Answer(None, f"the policy of endpoint {endpoint.logical_id} may keep it from {destination.service}")
        if kind_of(world, endpoint) == "Gateway" or has_private_names(world, endpoint) is False:
            continue
        lets = admits(world, endpoint, Peer(groups, ()))
        if not lets.truth:
            return Answer(None, f"endpoint {endpoint.logical_id} may be in its VPC: {lets.why}")
    return Answer(True)


def _near(world: World, template: Template, type_: str) -> Iterator[Resource]:
    """Yield the resources of a type that may be where a template is deployed to."""
    return (each for each in world.root.all(type_) if near(each.template, template) and world.exists(each))
