"""VPCs, and the parts of networks that are in them."""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.network.topology.ids import first_id

VPC, SUBNET = "AWS::EC2::VPC", "AWS::EC2::Subnet"


def vpc_of(world: World, subnet: Resource) -> tuple[Resource | None, str]:
    """Return the VPC of a subnet, None where it is not in the templates, and its name."""
    first = first_id(world, subnet, "VpcId")
    return None if first is None else first.of(VPC), str(first)


def apart(world: World, one: Resource, other: Resource) -> bool:
    """Return whether two parts of networks are surely of different VPCs, which no deployment takes."""
    if one.template is other.template and world.value(one, "VpcId") == world.value(other, "VpcId"):
        return False  # as nearly all are
    first, second = first_id(world, one, "VpcId"), first_id(world, other, "VpcId")
    if first is not None and second is not None:
        return first.is_(second) is False
    # A security group that names none is in the default VPC, which no template makes.
    return any(vpc is not None and vpc.of(VPC) is not None for vpc in (first, second))
