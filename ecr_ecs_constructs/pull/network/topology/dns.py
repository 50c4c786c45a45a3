"""DNS in VPCs: whether the Amazon DNS server answers, and what may answer for names in place of public DNS.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-forward-vpc-to-network-autodefined-rules.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-servicediscovery-privatednsnamespace.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, flag, pieces_of, shown, text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.ids import named
from ecr_ecs_constructs.pull.network.topology.makers import may_be_changed
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.texts.pattern import Form, Truth, matches, same, some

_OPTIONS, _OPTIONS_ASSOCIATION = "AWS::EC2::DHCPOptions", "AWS::EC2::VPCDHCPOptionsAssociation"
_ZONES = {"AWS::Route53::HostedZone": "VPCs.*.VPCId", "AWS::ServiceDiscovery::PrivateDnsNamespace": "Vpc"}
"""The resources that are or make a private hosted zone of their name, and where they name its VPC."""

_PROFILE_ASSOCIATION = "AWS::Route53Profiles::ProfileAssociation"
_RULE, _RULE_ASSOCIATION = "AWS::Route53Resolver::ResolverRule", "AWS::Route53Resolver::ResolverRuleAssociation"
_FIREWALL, _FIREWALL_ASSOCIATION = (
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
)

_ANY_DOMAIN = Text((Hole(Kind.ANYTHING, "a domain"),))
"""A domain that is not known."""


class Resolver(NamedTuple):
    """A resource that may answer for the names of a domain in a VPC.

    Attributes:
        resource: the resource.
        domain: the domain, in lower case, without the last dot.
        is_rule: whether it is a rule, to which there can be exceptions.
    """

    resource: Resource
    domain: str | Text
    is_rule: bool = False


class Resolvers(NamedTuple):
    """All that may answer for names in a VPC in place of public DNS.

    Attributes:
        each: what may do so.
        local: the domains that no rule for a domain around them forwards.
    """

    each: tuple[Resolver, ...]
    local: tuple[str | Text, ...]

    def of(self, names: Iterable[str | Text], private: str | Text | None = None) -> Resource | None:
        """Return what may answer for one of some names, None where nothing does.

        Args:
            names: the names.
            private: the domain that an interface endpoint answers for, against all that is less specific.
        """
        for name in names:
            for resolver in self.each:
                if _holds(resolver.domain, name) is False or self._spares(resolver, name):
                    continue
                if private is None or _holds(private, resolver.domain) is not False:
                    return resolver.resource
        return None

    def _spares(self, resolver: Resolver, name: str | Text) -> bool:
        """Return whether there is an exception from a rule for a name."""
        return resolver.is_rule and any(_holds(resolver.domain, own) and _holds(own, name) for own in self.local)


def _holds(domain: str | Text, name: str | Text) -> Truth:
    """Return whether a name is a domain's own or below it; the empty domain holds all."""
    return not domain or some((same(domain, name), matches(text("*.", domain), name, Form.LIKE)))


def _domain(value: Value) -> str | Text:
    """Return the name of a domain as names are compared: in lower case, without the last dot."""
    if not isinstance(value, (str, Text)):
        return _ANY_DOMAIN
    *pieces, last = [piece.lower() if isinstance(piece, str) else piece for piece in pieces_of(value)]
    return text(*pieces, last.removesuffix(".") if isinstance(last, str) else last)


@asked
def resolvers_of(world: World, vpc: Resource) -> Resolvers | None:
    """Return what may answer for names in a VPC in place of public DNS, None where nothing does."""
    zones = [zone for type_, path in _ZONES.items() for zone, _ in referrers(world, vpc, type_, path)]
    found = [Resolver(zone, _domain(world.value(zone, "Name"))) for zone in zones]
    profiles = referrers(world, vpc, _PROFILE_ASSOCIATION, "ResourceId")
    found += [Resolver(profile, _ANY_DOMAIN) for profile, _ in profiles]
    local: list[str | Text] = []
    for association, sure in referrers(world, vpc, _RULE_ASSOCIATION, "VPCId"):
        rule = named(world, association, "ResolverRuleId", _RULE)
        domain = _ANY_DOMAIN if rule is None else _domain(world.value(rule, "DomainName"))
        if rule is None or world.value(rule, "RuleType") != "SYSTEM":
            found.append(Resolver(association, domain, is_rule=True))
        elif sure:
            local.append(domain)
    return Resolvers(tuple(found), tuple(local)) if found else None


@asked
def resolves(world: World, vpc: Resource) -> Answer:
    """Return whether the Amazon DNS server answers what is in a VPC.

    Sources:
        https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html
    """
    for association, sure in referrers(world, vpc, _OPTIONS_ASSOCIATION, "VpcId"):
        options = named(world, association, "DhcpOptionsId", _OPTIONS)
        servers = () if options is None else world.values(options, "DomainNameServers.*")
        if not servers or any(server != "AmazonProvidedDNS" for server in servers):
            name = "name" if sure else "may name"
            which = "other DNS servers" if servers or options is None else "no DNS servers"
            return Answer(None, f"DHCP options of VPC {vpc.logical_id} {name} {which}")
    answer = _attribute(world, vpc, "EnableDnsSupport", "true")
    firewall = _firewall(world, vpc) if answer.truth else None
    if firewall is not None:
        return Answer(None, f"DNS Firewall may block names in VPC {vpc.logical_id} ({firewall.logical_id})")
    return answer


def resolves_private(world: World, vpc: Resource) -> Answer:
    """Return whether the private DNS names of interface endpoints are resolved in a VPC.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
    """
    answer = resolves(world, vpc)
    return _attribute(world, vpc, "EnableDnsHostnames", "false") if answer.truth else answer


def _attribute(world: World, vpc: Resource, name: str, absent: str) -> Answer:
    value = world.value(vpc, name, absent)
    return may_be_changed(world, Answer(flag(value), f"{name} of VPC {vpc.logical_id} is {shown(value)}"), vpc)


def _firewall(world: World, vpc: Resource) -> Resource | None:
    """Return the association of a VPC with firewall rules for names that are not known to let all pass."""
    for association, _ in referrers(world, vpc, _FIREWALL_ASSOCIATION, "VpcId"):
        group = named(world, association, "FirewallRuleGroupId", _FIREWALL)
        rules = (None,) if group is None else world.values(group, "FirewallRules.*")
        if any(not isinstance(rule, dict) or rule.get("Action") not in ("ALLOW", "ALERT") for rule in rules):
            return association
    return None
