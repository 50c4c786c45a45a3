"""VPCs, and the parts of networks that are in them."""

from __future__ import annotations

from collections.abc import Iterable

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.network.topology.ids import Id, first_id

VPC, SUBNET = "AWS::EC2::VPC", "AWS::EC2::Subnet"


def vpc_of(world: World, subnet: Resource) -> tuple[Resource | None, str]:
    """Return the VPC of a subnet, None where it is not in the templates, and its name."""
    first = first_id(world, subnet, "VpcId")
    return None if first is None else first.of(VPC), str(first)


def groups_in(world: World, groups: tuple[Id, ...], subnets: Iterable[Id]) -> tuple[Id, ...]:
    """Return some security groups, or the default one of the VPC where none are named; none if no VPC is known.

    Sources:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html

    Args:
        world: the world.
        groups: the security groups that are named.
        subnets: where that is which has them.
    """
    if groups:
        return groups
    found = {None if subnet is None else vpc_of(world, subnet)[0] for subnet in (each.of(SUBNET) for each in subnets)}
    vpc = found.pop() if len(found) == 1 else None
    return () if vpc is None else (Id.of_default_group(vpc),)


def _vpc_id(world: World, part: Resource) -> Id | None:
    return Id.of_resource(part) if part.type == VPC else first_id(world, part, "VpcId")


def apart(world: World, one: Resource, other: Resource) -> bool:
    """Return whether two parts of networks are surely of different VPCs, which no deployment takes."""
    if (
        one.template is other.template
        and VPC not in (one.type, other.type)
        and world.value(one, "VpcId") == world.value(other, "VpcId")
    ):
        return False  # as nearly all are
    first, second = _vpc_id(world, one), _vpc_id(world, other)
    if first is not None and second is not None:
        return first.is_(second) is False
    # A security group that names none is in the default VPC, which no template makes.
    return any(vpc is not None and vpc.of(VPC) is not None for vpc in (first, second))
