"""Ranges of IP addresses, of group sizes and of rule numbers that AWS refuses.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import product
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.functions import referred
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.validity.faults import Fault, Guards, branches
from ecr_ecs_constructs.cloudformation.values import scalar

_VPC, _MORE, _SUBNET = "AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Subnet"
_GROUP, _ENTRY = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::NetworkAclEntry"
_LARGEST, _SMALLEST = 16, 28
"""The netmasks of the largest and the smallest range that a VPC or a subnet has."""

_LAST_RULE = 32766
"""The highest number of a rule of a network ACL."""


class _Written(NamedTuple):
    """A text that a property has under some conditions."""

    guards: Guards
    location: str
    text: str


def out_of_range(resource: Resource) -> Iterator[Fault]:
    """Yield the ranges of a resource that AWS refuses.

    Args:
        resource: the resource.
    """
    if resource.type in (_VPC, _SUBNET):
        yield from _netmasks(resource)
    if resource.type == _SUBNET:
        yield from _outside(resource)
        yield from _overlapping(resource)
    if resource.type == _GROUP:
        yield from _sizes(resource)
    if resource.type == _ENTRY:
        yield from _numbers(resource)


def _netmasks(resource: Resource) -> Iterator[Fault]:
    for written, network in _networks(resource):
        if not _LARGEST <= network.prefixlen <= _SMALLEST:
            why = f"is {written.text}, and its netmask must be /{_LARGEST} to /{_SMALLEST}"
            yield Fault(resource, written.guards, written.location, why)


def _outside(subnet: Resource) -> Iterator[Fault]:
    """Yield that the range of a subnet is in none of those of its VPC."""
    vpc = _vpc(subnet)
    if vpc is None or any(_has_more(each, vpc) for each in subnet.template.by_type.get(_MORE, ())):
        return
    for (written, own), (of_vpc, around) in product(_networks(subnet), _networks(vpc)):
        if not own.subnet_of(around):
            why = f"is {written.text}, which is not in {of_vpc.text} of {vpc.logical_id}"
            yield Fault(subnet, (*written.guards, *of_vpc.guards), written.location, why)


def _overlapping(subnet: Resource) -> Iterator[Fault]:
    """Yield that the range of a subnet overlaps that of one that stands behind it."""
    vpc, others = _vpc(subnet), subnet.template.by_type.get(_SUBNET, ())
    if vpc is None:
        return
    networks = [*_networks(subnet)]
    for other in others[others.index(subnet) + 1 :] if networks else ():
        for (written, own), (its, network) in product(networks, _networks(other)) if _vpc(other) is vpc else ():
            if own.overlaps(network):
                guards = (*written.guards, *its.guards, *_condition(other))
                why = f"is {written.text}, which overlaps {its.text} of {other.logical_id}"
                yield Fault(subnet, guards, written.location, why)


def _sizes(group: Resource) -> Iterator[Fault]:
    """Yield that the sizes of an Auto Scaling group exclude each other."""
    for lower, upper in (("MinSize", "MaxSize"), ("DesiredCapacity", "MaxSize"), ("MinSize", "DesiredCapacity")):
        for one, other in product(_numbers_of(group, lower), _numbers_of(group, upper)):
            if int(one.text) > int(other.text):
                why = f"is {one.text}, which is more than {upper} {other.text}"
                yield Fault(group, (*one.guards, *other.guards), one.location, why)


def _numbers(entry: Resource) -> Iterator[Fault]:
    """Yield that the number of a rule of a network ACL is none, or that of one that stands behind it."""
    own, others = [*_numbers_of(entry, "RuleNumber")], entry.template.by_type[_ENTRY]
    for number in own:
        if not 1 <= int(number.text) <= _LAST_RULE:
            why = f"is {number.text}, and must be 1 to {_LAST_RULE}"
            yield Fault(entry, number.guards, number.location, why)
    acl, side = referred(entry.properties.get("NetworkAclId")), scalar(entry.properties.get("Egress", "false"))
    for other in others[others.index(entry) + 1 :] if acl and side else ():
        properties = other.properties
        if referred(properties.get("NetworkAclId")) == acl and scalar(properties.get("Egress", "false")) == side:
            for number, its in product(own, _numbers_of(other, "RuleNumber")):
                if int(number.text) == int(its.text):
                    guards = (*number.guards, *its.guards, *_condition(other))
                    why = f"is {number.text}, as that of {other.logical_id}"
                    yield Fault(entry, guards, number.location, why)


def _written(resource: Resource, name: str) -> Iterator[_Written]:
    """Yield the texts that a property may have."""
    if name in resource.properties:
        for guards, location, part in branches(resource.properties[name], f"Properties.{name}", ()):
            text = scalar(part)
            if text is not None:
                yield _Written(guards, location, text)


def _numbers_of(resource: Resource, name: str) -> Iterator[_Written]:
    return (each for each in _written(resource, name) if re.fullmatch("[0-9]+", each.text))


def _networks(resource: Resource) -> Iterator[tuple[_Written, IPv4Network]]:
    """Yield the ranges that a VPC or a subnet may have; what is none is of the wrong shape."""
    for written in _written(resource, "CidrBlock"):
        try:
            network = IPv4Network(written.text, strict=False)
        except ValueError:
            continue
        if "/" in written.text:
            yield written, network


def _vpc(subnet: Resource) -> Resource | None:
    """Return the VPC of a subnet where it stands in the same template."""
    found = subnet.template.resources.get(referred(subnet.properties.get("VpcId")) or "")
    return found if found is not None and found.type == _VPC else None


def _has_more(block: Resource, vpc: Resource) -> bool:
    """Return whether a further range is of a VPC, or may be."""
    return referred(block.properties.get("VpcId")) in (None, vpc.logical_id)


def _condition(resource: Resource) -> Guards:
    return ((resource.condition, True),) if resource.condition else ()
