"""Security groups: whether their rules let TCP out of where containers run, and into VPC endpoints and the like.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Text, Value
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.endpoints import peer_of
from ecr_ecs_constructs.pull.network.topology.ids import Id, ids, read_ids
from ecr_ecs_constructs.pull.network.topology.prefix_lists import is_of_s3
from ecr_ecs_constructs.pull.network.topology.ranges import EVERYWHERE, joined
from ecr_ecs_constructs.pull.network.topology.referrers import in_any_world, referrers
from ecr_ecs_constructs.pull.network.topology.sides import UNKNOWN_SIDE, Peer, Side, is_about, is_internet
from ecr_ecs_constructs.pull.network.topology.vpcs import VPC
from ecr_ecs_constructs.pull.network.words import listed, passes
from ecr_ecs_constructs.pull.texts.mentions import maker_of
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, some
from ecr_ecs_constructs.pull.vouching import vouched

_INGRESS, _EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
_SIDES = {_INGRESS: "Source", _EGRESS: "Destination"}
HTTPS = 443
"""The port of TCP of all services of AWS but file systems."""


class SecurityGroupRule(NamedTuple):
    """An inbound or outbound rule of a security group.

    Attributes:
        port: whether it is about the port of TCP that is asked about.
        side: the sources or destinations that it is about.
    """

    port: Truth
    side: Side


_UNKNOWN = SecurityGroupRule(None, UNKNOWN_SIDE)
_OPEN = SecurityGroupRule(True, Side(cidr=EVERYWHERE[4], cidr6=EVERYWHERE[6]))


def admits(world: World, endpoint: Resource, sender: Peer) -> Answer:
    """Return whether an endpoint's security groups let something in a subnet in on port 443.

    Args:
        world: the world in which the groups are read.
        endpoint: the endpoint.
        sender: what sends, in one subnet.
    """
    return lets_in(world, peer_of(world, endpoint).groups, sender, f"endpoint {endpoint.logical_id}")


def lets_in(world: World, groups: tuple[Id, ...], sender: Peer, title: str, port: int = HTTPS) -> Answer:
    """Return whether the security groups of something let a sender in on a port of TCP.

    Args:
        world: the world in which the groups are read.
        groups: the security groups.
        sender: what sends, in one subnet.
        title: what has the groups.
        port: the port.
    """
    if not groups:
        return Answer(None, f"{title} is in the default security group of its VPC")
    # Whatever the subnet is let in for needs no look at the groups of each sender in it.
    truth = _admits(world, groups, Peer((), sender.subnets), port) or _admits(world, groups, sender, port)
    if truth:
        return Answer(True)
    way = f"in from {listed(sender.groups or sender.subnets)}"
    return passes(truth, f"security group {listed(groups)}", way, f"TCP {port}")


@asked
def _admits(world: World, groups: tuple[Id, ...], sender: Peer, port: int) -> Truth:
    return _are_about(world, [rule for group in groups for rule in _rules(world, group, _INGRESS, port)], sender)


def _are_about(world: World, rules: Sequence[SecurityGroupRule], peer: Peer) -> Truth:
    """Return whether rules are about all that one side of a connection can be, in each of its subnets by some of them.

    Several rules may be about a subnet together, each about a part of it.
    """
    of_parts = [rule.side.cidr for rule in rules if rule.port and isinstance(rule.side.cidr, str)]
    every_rule = [*rules, *(SecurityGroupRule(True, Side(cidr=each)) for each in joined(of_parts))]
    truths = {
        some(every((rule.port, is_about(world, rule.side, each))) for rule in every_rule)
        for each in [peer._replace(subnets=(subnet,)) for subnet in peer.subnets] or [peer]
    }
    return truths.pop() if len(truths) == 1 else None


def _are_internet(rules: Sequence[SecurityGroupRule], version: int) -> Truth:
    """Return whether rules are about all addresses of the internet of a version, by one of them or together."""
    cidrs = [rule.side.cidr if version == 4 else rule.side.cidr6 for rule in rules if rule.port]
    if EVERYWHERE[version] in joined([cidr for cidr in cidrs if isinstance(cidr, str)]):
        return True
    return some(every((rule.port, is_internet(rule.side, version))) for rule in rules)


def lets_out(world: World, sender: Peer, to: Peer | None, version: int = 4, port: int = HTTPS) -> Answer:
    """Return whether a sender's security groups let it out on a port of TCP.

    Args:
        world: the world in which the groups are read.
        sender: what sends.
        to: an endpoint or the like, or None for the internet.
        version: of the internet protocol, 4 or 6.
        port: the port.
    """
    if not sender.groups:
        return Answer(None, "its security groups are not in the templates")
    rules = [rule for group in sender.groups for rule in _rules(world, group, _EGRESS, port)]
    truth = _are_about(world, rules, to) if to else _are_internet(rules, version)
    if truth:
        return Answer(True)
    whither = f"to {listed(to.groups or to.subnets)}" if to else "to the internet"
    return passes(truth, f"security group {listed(sender.groups)}", f"out {whither}", f"TCP {port}")


@asked
def lets_out_to_s3(world: World, sender: Peer, region: str | Text) -> bool:
    """Return whether a rule of a sender's security groups surely lets it out to the prefix list of S3 in a region."""
    return any(
        rule.port and is_of_s3(rule.side.prefixes, region)
        for group in sender.groups
        for rule in _rules(world, group, _EGRESS, HTTPS)
    )


@asked
def are_open(world: World, groups: tuple[Id, ...]) -> bool:
    """Return whether security groups surely let everything out to the internet on port 443."""
    return bool(lets_out(world, Peer(groups, ()), None).truth)


@asked
def _rules(world: World, group: Id, type_: str, port: int) -> tuple[SecurityGroupRule, ...]:
    """Return the rules of a security group, its own and those that are resources of a type, as about one port."""
    side, resource = _SIDES[type_], group.resource
    if resource is None:
        is_open = type_ == _EGRESS and port == HTTPS and vouched(world, "security-group", group) is not None
        return (_OPEN if is_open else _UNKNOWN,)
    if resource.type == VPC:
        return _of_default(world, resource, type_, port)
    inline = type_.rpartition("::")[2]
    own = world.values(resource, f"{inline}.*")
    apart = _apart(world, resource, type_, port)
    found = [*(_rule(value, side, resource.template, port) for value in own), *apart]
    if maker_of(world, resource):
        found.append(_UNKNOWN)  # whatever that makes
    if type_ == _EGRESS and not own and not apart:
        # Amazon EC2 gives a new group this rule; CloudFormation takes it away with the first other one.
        found.append(_UNKNOWN if world.values(resource, inline) else _OPEN)
    return tuple(found)


def _apart(world: World, resource: Resource, type_: str, port: int) -> list[SecurityGroupRule]:
    """Return the rules of a security group, the default one for a VPC, that are resources of a type."""
    found: list[SecurityGroupRule] = []
    for other, truth in referrers(world, resource, type_, "GroupId"):
        if truth is None:
            found.append(_UNKNOWN)
        else:
            found += [_rule(value, _SIDES[type_], other.template, port) for value in world.values(other, "")]
    return found


_RESTRICTION, _RESTRICTED = "Custom::VpcRestrictDefaultSG", "DefaultSecurityGroupId"
"""The custom resource of the CDK that takes their first rules away from default security groups.

Source: https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html (@aws-cdk/aws-ec2:restrictDefaultSecurityGroup)
"""


def _of_default(world: World, vpc: Resource, type_: str, port: int) -> tuple[SecurityGroupRule, ...]:
    """Return the rules of the default security group of a VPC, as about one port.

    It lets in what is in it, and lets everything out, until these rules are taken away.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    apart, group = _apart(world, vpc, type_, port), Id.of_default_group(vpc)
    if any(world.value(other, "IpProtocol") == "-1" for other, _ in referrers(world, vpc, type_, "GroupId")):
        return (_UNKNOWN,)  # it may be the first rule, which Amazon EC2 makes only once
    if maker_of(world, vpc) or (
        type_ == _EGRESS and apart
    ):  # what CloudFormation makes of the first rule then is not documented
        return (_UNKNOWN, *apart)
    restrictions = (each for each in in_any_world(world, vpc, _RESTRICTION, _RESTRICTED) if world.exists(each))
    named = (one for each in restrictions for one in ids(world, each, _RESTRICTED) if one.resource is not None)
    restricted = some(one.is_(group) for one in named)
    if restricted is not False:
        return tuple(apart if restricted else [_UNKNOWN, *apart])
    return (_OPEN if type_ == _EGRESS else SecurityGroupRule(True, Side(group)), *apart)


def _rule(value: Value, side: str, template: Template, port: int) -> SecurityGroupRule:
    if not isinstance(value, dict):
        return _UNKNOWN
    groups = read_ids(value.get(f"{side}SecurityGroupId", ""), template)
    group = groups[0] if groups else None
    cidr, cidr6 = value.get("CidrIp"), value.get("CidrIpv6")
    prefixes = value.get(f"{side}PrefixListId")
    is_opaque = not (group or cidr or cidr6)
    return SecurityGroupRule(_covers(value, port), Side(group, cidr, cidr6, is_opaque, template, prefixes))


def _covers(rule: Mapping[str, Value], port: int) -> Truth:
    """Return whether a rule is about a port of TCP.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-securitygroup-ingress.html
    """
    protocol = rule.get("IpProtocol")
    if not isinstance(protocol, str):
        return None
    if protocol == "-1":
        return True
    if protocol.lower() not in ("tcp", "6"):
        return False
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if not (isinstance(first, str) and isinstance(last, str)):
        return None
    try:
        return int(first) <= port <= int(last) or first == last == "-1"
    except ValueError:
        return None
