"""Ranges of IP addresses, of group sizes and of rule numbers that AWS refuses.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Network
from itertools import product
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.functions import referred
from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, Guards, branches, is_there, judged

_VPC, _MORE, _SUBNET = "AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Subnet"
_GROUP, _ENTRY = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::NetworkAclEntry"
_RANGE, _NUMBER = "CidrBlock", "RuleNumber"
_LARGEST, _SMALLEST = 16, 28
"""The netmasks of the largest and the smallest range that a VPC or a subnet has."""

_LAST_RULE = 32766
"""The highest number of a rule of a network ACL."""


class _Written(NamedTuple):
    """A node that a property has under some conditions."""

    guards: Guards
    location: str
    node: Node


def out_of_range(resource: Resource) -> Iterator[Fault]:
    """Yield the ranges of a resource that AWS refuses.

    Args:
        resource: the resource.
    """
    for fault in _found(resource):
        yield from judged(fault)


def _found(resource: Resource) -> Iterator[Fault]:
    if resource.type in (_VPC, _SUBNET):
        for own in _written(resource, _RANGE):
            yield Fault(resource, own.guards, own.location, nodes=(own.node,), judge=_netmask)
    if resource.type == _SUBNET:
        yield from _outside(resource)
        yield from _overlapping(resource)
    if resource.type == _GROUP:
        yield from _sizes(resource)
    if resource.type == _ENTRY:
        yield from _numbers(resource)


def _netmask(text: str) -> str:
    network = _network(text)
    is_right = network is None or _LARGEST <= network.prefixlen <= _SMALLEST
    return "" if is_right else f"is {text}, and its netmask must be /{_LARGEST} to /{_SMALLEST}"


def _outside(subnet: Resource) -> Iterator[Fault]:
    """Yield that the range of a subnet may be in none of those of its VPC."""
    for guards, vpc in _vpcs(subnet):
        if any(_has_more(each, vpc) for each in subnet.template.by_type.get(_MORE, ())):
            continue
        for own, of_vpc in product(_written(subnet, _RANGE), _written(vpc, _RANGE)):
            judge = partial(_out_of, vpc.logical_id)
            around = (*guards, *own.guards, *of_vpc.guards)
            yield Fault(subnet, around, own.location, nodes=(own.node, of_vpc.node), judge=judge)


def _out_of(vpc: str, text: str, of_vpc: str) -> str:
    own, around = _network(text), _network(of_vpc)
    is_in = own is None or around is None or own.subnet_of(around)
    return "" if is_in else f"is {text}, which is not in {of_vpc} of {vpc}"


def _overlapping(subnet: Resource) -> Iterator[Fault]:
    """Yield that the range of a subnet may overlap that of one that stands behind it."""
    others = subnet.template.by_type.get(_SUBNET, ())
    vpcs, ranges = [*_vpcs(subnet)], [*_written(subnet, _RANGE)]
    for other in others[others.index(subnet) + 1 :] if vpcs and ranges else ():
        for (outer, vpc), (its, another) in product(vpcs, _vpcs(other)):
            for own, theirs in product(ranges, _written(other, _RANGE)) if vpc is another else ():
                guards = (*outer, *its, *own.guards, *theirs.guards, *_condition(other))
                judge = partial(_over, other.logical_id)
                yield Fault(subnet, guards, own.location, nodes=(own.node, theirs.node), judge=judge)


def _over(other: str, text: str, its_text: str) -> str:
    own, its = _network(text), _network(its_text)
    is_apart = own is None or its is None or not own.overlaps(its)
    return "" if is_apart else f"is {text}, which overlaps {its_text} of {other}"


def _sizes(group: Resource) -> Iterator[Fault]:
    """Yield that the sizes of an Auto Scaling group may exclude each other."""
    for lower, upper in (("MinSize", "MaxSize"), ("DesiredCapacity", "MaxSize"), ("MinSize", "DesiredCapacity")):
        for one, other in product(_written(group, lower), _written(group, upper)):
            judge = partial(_more, upper)
            yield Fault(group, (*one.guards, *other.guards), one.location, nodes=(one.node, other.node), judge=judge)


def _more(upper: str, text: str, most: str) -> str:
    is_more = text.isdecimal() and most.isdecimal() and int(text) > int(most)
    return f"is {text}, which is more than {upper} {most}" if is_more else ""


def _numbers(entry: Resource) -> Iterator[Fault]:
    """Yield that the number of a rule of a network ACL may be none."""
    for number in _written(entry, _NUMBER):
        yield Fault(entry, number.guards, number.location, nodes=(number.node,), judge=_numbered)


def _numbered(text: str) -> str:
    is_one = not text.isdecimal() or 1 <= int(text) <= _LAST_RULE
    return "" if is_one else f"is {text}, and must be 1 to {_LAST_RULE}"


def _written(resource: Resource, name: str) -> Iterator[_Written]:
    """Yield the nodes that a property may have."""
    if name in resource.properties:
        for guards, location, part in branches(resource.properties[name], f"Properties.{name}", ()):
            if is_there(part):
                yield _Written(guards, location, part)


def _network(text: str) -> IPv4Network | None:
    """Return a range of IP addresses, None for what is none: that is of the wrong shape."""
    try:
        return IPv4Network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _vpcs(subnet: Resource) -> Iterator[tuple[Guards, Resource]]:
    """Yield the VPCs that a subnet may be of, as far as they stand in the same template."""
    for guards, _, part in branches(subnet.properties.get("VpcId"), "", ()):
        found = subnet.template.resources.get(referred(part) or "")
        if found is not None and found.type == _VPC:
            yield guards, found


def _has_more(block: Resource, vpc: Resource) -> bool:
    """Return whether a further range is of a VPC, or may be."""
    return referred(block.properties.get("VpcId")) in (None, vpc.logical_id)


def _condition(resource: Resource) -> Guards:
    return ((resource.condition, True),) if resource.condition else ()
