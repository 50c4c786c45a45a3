"""Subnets that Amazon EC2 refuses to make, or may refuse: those in Availability Zones that there may not be.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
    https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.validity.lookups import is_to_look_up
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.network.topology.zones import ZONE, place_of

_USUAL = 3
_ZONES: Mapping[str, int] = {"ap-northeast-2": 4, "us-east-1": 6, "us-west-1": 2, "us-west-2": 4}
"""How many Availability Zones an account has in a region, where they are not as many as usual."""


def refused_subnet(world: World, subnet: Resource) -> Iterator[Refusal]:
    """Yield why Amazon EC2 makes no such subnet.

    Args:
        world: the world in which it is asked.
        subnet: the `AWS::EC2::Subnet`.
    """
    zone, region = world.value(subnet, ZONE), subnet.template.region
    location, title = f"Properties.{ZONE}", f"subnet {subnet.logical_id}"
    if isinstance(zone, str) and region is not None and not zone.startswith(region) and not is_to_look_up(zone):
        yield Refusal(subnet, location, f"{title} is in {zone}, which is no Availability Zone of {region}")
    place, most = place_of(zone), _ZONES.get(region or "", _USUAL)
    if place is not None and place >= most:
        why = f"{title} is in zone {place + 1} of {region or 'its region'}, which may have but {most}"
        yield Refusal(subnet, location, why, None)
