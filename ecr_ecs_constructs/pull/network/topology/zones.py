"""The Availability Zones of subnets.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnet.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
"""

from __future__ import annotations

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource, agree
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value
from ecr_ecs_constructs.pull.texts.pattern import Truth

ZONE, _ZONE_ID, _LIST = "AvailabilityZone", "AvailabilityZoneId", "Fn::GetAZs"


def are_of_one_zone(world: World, one: Resource, other: Resource) -> Truth:
    """Return whether two subnets of one region are of one Availability Zone; None where that is not known."""
    if one is other:
        return True
    for key in (ZONE, _ZONE_ID):
        first, second = world.value(one, key), world.value(other, key)
        if isinstance(first, str) and isinstance(second, str):
            return first == second
        if first is not None and first == second and one.template is other.template:
            return True
        places = place_of(first), place_of(second)
        if None not in places and agree(one.template.account, other.template.account):
            return places[0] == places[1]  # the list is the same wherever it is asked for in an account and a region
    return None


def may_be_of_one_zone(world: World, one: Resource, other: Resource) -> Truth:
    """Return whether two subnets of one region are of one Availability Zone; None where Amazon EC2 decides that.

    What is given at deployment is taken to be different where it is written differently.
    """
    truth = are_of_one_zone(world, one, other)
    if truth is not None:
        return truth
    zones = world.value(one, ZONE), world.value(other, ZONE)
    is_chosen = any(not world.values(subnet, ZONE) and not world.values(subnet, _ZONE_ID) for subnet in (one, other))
    is_mixed = any(isinstance(zone, str) for zone in zones) and any(place_of(zone) is not None for zone in zones)
    return None if is_chosen or is_mixed else False


def place_of(zone: Value) -> int | None:
    """Return the place of a zone in the list of those of the region, None where it is not chosen from that."""
    hole = zone.pieces[0] if isinstance(zone, Text) and len(zone.pieces) == 1 else None
    if not isinstance(hole, Hole) or hole.name != _LIST or not isinstance(hole.origin, tuple):
        return None
    place = hole.origin[-1]
    return place if isinstance(place, int) else None
