"""The ways out of a VPC's subnets: route tables, gateways, endpoints, and the security groups on the way.

What else stands in the way is read apart: network ACLs in `acl.py`, block public access in `public_access.py`.

Each answer is `True` or `False` where the templates decide it, else None, with the fact that decides it or the one that
is missing in words that fit behind "no way to ecr.dkr from Subnet: ".

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, Worlds, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, Template, near
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, pieces_of, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.ids import Id, every_id, ids, named_in, read_ids
from ecr_ecs_constructs.pull.network.names import ANY_DOMAIN, Resolver, Resolvers, domain
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, same, some

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

VPC, SUBNET, VPC_CIDR = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCCidrBlock"
ROUTE, ASSOCIATION = "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation"
_PROPAGATIONS: Mapping[str, str] = {
    "AWS::EC2::VPNGatewayRoutePropagation": "RouteTableIds.*",
    "AWS::EC2::RouteServerPropagation": "RouteTableId",
}
"""What adds routes to route tables, and where it names these."""

EDGE_ASSOCIATION = "AWS::EC2::GatewayRouteTableAssociation"
INTERNET_GATEWAY, ATTACHMENT = "AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment"
NAT_GATEWAY, ROUTE_TABLE = "AWS::EC2::NatGateway", "AWS::EC2::RouteTable"
ENDPOINT, GROUP = "AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroup"
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
DHCP_ASSOCIATION = "AWS::EC2::VPCDHCPOptionsAssociation"

HOSTED_ZONE = "AWS::Route53::HostedZone"
RESOLVER_RULE, RULE_ASSOCIATION = (
    "AWS::Route53Resolver::ResolverRule",
    "AWS::Route53Resolver::ResolverRuleAssociation",
)
PROFILE_ASSOCIATION = "AWS::Route53Profiles::ProfileAssociation"
FIREWALL_RULES, FIREWALL_ASSOCIATION = (
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
)

_TARGETS: Mapping[str, str] = {
    "TransitGatewayId": "a transit gateway",
    "VpcPeeringConnectionId": "a peering connection",
    "InstanceId": "an instance",
    "NetworkInterfaceId": "a network interface",
    "VpcEndpointId": "a VPC endpoint",
    "LocalGatewayId": "a local gateway",
    "CarrierGatewayId": "a carrier gateway",
    "CoreNetworkArn": "a core network",
    "OdbNetworkArn": "an ODB network",
}
"""Targets of routes behind which lies what no template tells."""

_INNER_TARGETS = ("NatGatewayId", "NetworkInterfaceId", "VpcEndpointId", "InstanceId")
"""Targets of routes that may be more specific than the local one of their VPC."""

_CUSTOM = "AWS::CloudFormation::CustomResource"
_AVAILABILITY_ZONE = re.compile("[a-z]+(-[a-z]+)+-[0-9]+[a-z]")
"""Those of a region: the names of Local and Wavelength Zones go on."""

_WIDEST = 16
"""The shortest prefix that a VPC can have.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

_PORT = 443
_EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


class Exit(NamedTuple):
    """Where the default route of a subnet leads.

    Attributes:
        truth: whether it leads to the internet.
        why: the fact.
        needs_address: whether it takes traffic of public addresses only, as an internet gateway does.
        through: the subnet of the NAT gateway that it goes through.
    """

    truth: Truth
    why: str
    needs_address: bool = False
    through: Resource | None = None


class _Routes(NamedTuple):
    """What a route table says of what goes to the internet.

    Attributes:
        defaults: its default routes; a table has but one, so which of several is there is decided elsewhere.
        parts: what leads a part of it elsewhere, or may do so.
        perhaps: routes that may be of the table.
    """

    defaults: Sequence[Resource]
    parts: Sequence[Resource]
    perhaps: Sequence[Resource]


class Peer(NamedTuple):
    """One side of a connection.

    Attributes:
        groups: its security groups; empty where it is in the default one of its VPC.
        subnets: where it is.
    """

    groups: tuple[Id, ...]
    subnets: tuple[Resource, ...]


def flag(value: Value) -> Truth:
    """Return a Boolean property."""
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


class References:
    """Which resources of the templates refer to which, by type and property, in whatever world."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._found: dict[tuple[str, str], Mapping[Resource | None, Sequence[Resource]]] = {}

    @classmethod
    def of(cls, worlds: Worlds) -> References:
        """Return those of some templates, which are made once."""
        known = worlds.memory(cls).same
        if () not in known:
            known[()] = cls(worlds)
        found: References = known[()]
        return found

    @cached_property
    def _makers(self) -> Mapping[Resource | None, Sequence[Resource]]:
        """What may make anything at deployment, by the resources whose ID it is given; None stands for any."""
        found: dict[Resource | None, dict[Resource, None]] = {}
        for template in self._worlds.templates:
            own = (each for type_, each in template.by_type.items() if type_[:5] != "AWS::" or type_ == _CUSTOM)
            for maker in dict.fromkeys((*template.opaque, *chain.from_iterable(own))):
                for target in named_in(self._worlds, maker):
                    found.setdefault(target, {})[maker] = None
        return {target: tuple(makers) for target, makers in found.items()}

    def makers(self, target: Resource) -> Sequence[Resource]:
        """Return what may make anything at deployment and is given the ID of a resource, or may be."""
        perhaps = (maker for maker in self._makers.get(None, ()) if near(maker.template, target.template))
        return (*self._makers.get(target, ()), *perhaps)

    @cached_property
    def has_detours(self) -> bool:
        """Whether any route may lead what stays in its VPC through something in it, as to a firewall."""
        return any(
            any(found is None or found for found in (self._worlds.every(route, key) for key in _INNER_TARGETS))
            and self._worlds.every(route, "DestinationCidrBlock") not in ((), (_EVERYWHERE[4],))
            for route in self._worlds.all(ROUTE)
        )

    def to(self, target: Resource, type_: str, path: str) -> Sequence[Resource]:
        """Return the resources of a type that refer to another one by a property, or may do so."""
        found = self._found.get((type_, path))
        if found is None:
            found = self._found[type_, path] = self._index(type_, path)
        perhaps = found.get(None, ())
        if not perhaps:
            return found.get(target, ())
        return (*found.get(target, ()), *(resource for resource in perhaps if near(resource.template, target.template)))

    def _index(self, type_: str, path: str) -> Mapping[Resource | None, Sequence[Resource]]:
        found: dict[Resource | None, dict[Resource, None]] = {}
        for resource in self._worlds.all(type_):
            for target in every_id(self._worlds, resource, path):
                found.setdefault(target.resource, {})[resource] = None
        return {resource: tuple(resources) for resource, resources in found.items()}


class Topology(InWorld):
    """The networks of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References.of(world.root)

    # what refers to what

    @asked
    def referrers(self, target: Resource, type_: str, path: str) -> tuple[tuple[Resource, Truth], ...]:
        """Return the resources of a type that refer to another one in this world, surely or perhaps."""
        found = []
        for resource in self._references.to(target, type_, path):
            truth = some(other.is_(Id.of_resource(target)) for other in ids(self.world, resource, path))
            if truth is not False:
                found.append((resource, truth))
        return tuple(found)

    def _sure(self, target: Resource, type_: str, path: str) -> tuple[Resource, ...]:
        return tuple(resource for resource, truth in self.referrers(target, type_, path) if truth)

    def _perhaps(self, target: Resource, type_: str, path: str) -> tuple[Resource, ...]:
        return tuple(resource for resource, truth in self.referrers(target, type_, path) if truth is None)

    def first(self, resource: Resource, path: str) -> Id | None:
        """Return the first ID that a path of a resource leads to."""
        found = ids(self.world, resource, path)
        return found[0] if found else None

    def _id(self, resource: Resource, path: str, type_: str) -> Resource | None:
        """Return the resource of a type that a property names, None where it is not in the templates."""
        first = self.first(resource, path)
        return None if first is None else first.of(type_)

    # what is made elsewhere

    @asked
    def maker(self, subnet: Resource) -> str | None:
        """Return what may make a way from a subnet at deployment that the templates do not tell, in words.

        It is what rewrites a template of its network, or makes anything and is given a part of it, and what leads over
        IPv6 to what has addresses of IPv4 only.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
        """
        if flag(self.world.value(subnet, "EnableDns64", "false")) is not False:
            return f"DNS64 of {subnet.logical_id}"
        parts = [part for part in (subnet, self.vpc(subnet)[0], self.table(subnet)[0]) if part is not None]
        for part in parts:
            for macro in part.template.macros:
                return f"macro {macro}"
            for maker in (*part.template.by_type.get(TRANSFORM, ()), *self._references.makers(part)):
                if self.world.exists(maker):
                    return maker.logical_id
        return None

    def may_be_made(self, why: str, subnet: Resource) -> Answer:
        """Return what it means that a way from a subnet is missing: there is none, unless something may make it."""
        maker = self.maker(subnet)
        return Answer(False, why) if maker is None else Answer(None, f"{why}, but {maker} may make a way")

    # VPCs

    def vpc(self, subnet: Resource) -> tuple[Resource | None, str]:
        """Return the VPC of a subnet, None where it is not in the templates, and its name."""
        first = self.first(subnet, "VpcId")
        return None if first is None else first.of(VPC), str(first)

    def apart(self, one: Resource, other: Resource) -> bool:
        """Return whether two parts of networks are surely of different VPCs, which no deployment takes."""
        if one.template is other.template and self.world.value(one, "VpcId") == self.world.value(other, "VpcId"):
            return False  # as nearly all are
        first, second = self.first(one, "VpcId"), self.first(other, "VpcId")
        if first is not None and second is not None:
            return first.is_(second) is False
        # A security group that names none is in the default VPC, which no template makes.
        return any(vpc is not None and vpc.of(VPC) is not None for vpc in (first, second))

    @asked
    def names(self, vpc: Resource) -> Answer:
        """Return whether the DNS server of a VPC answers what is in it.

        Sources:
            https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
            https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html
        """
        for association, sure in self.referrers(vpc, DHCP_ASSOCIATION, "VpcId"):
            options = self._id(association, "DhcpOptionsId", "AWS::EC2::DHCPOptions")
            servers = () if options is None else self.world.values(options, "DomainNameServers.*")
            if not servers or any(server != "AmazonProvidedDNS" for server in servers):
                name = "name" if sure else "may name"
                what = "other DNS servers" if servers or options is None else "no DNS servers"
                return Answer(None, f"DHCP options of VPC {vpc.logical_id} {name} {what}")
        answer = self._attribute(vpc, "EnableDnsSupport", "true")
        firewall = self._firewall(vpc) if answer.truth else None
        if firewall is not None:
            return Answer(None, f"DNS Firewall may block names in VPC {vpc.logical_id} ({firewall.logical_id})")
        return answer

    def _firewall(self, vpc: Resource) -> Resource | None:
        """Return the association of a VPC with firewall rules for names that are not known to let all pass."""
        for association, _ in self.referrers(vpc, FIREWALL_ASSOCIATION, "VpcId"):
            group = self._id(association, "FirewallRuleGroupId", FIREWALL_RULES)
            rules = (None,) if group is None else self.world.values(group, "FirewallRules.*")
            if any(not isinstance(rule, dict) or rule.get("Action") not in ("ALLOW", "ALERT") for rule in rules):
                return association
        return None

    def _attribute(self, vpc: Resource, name: str, absent: str) -> Answer:
        value = self.world.value(vpc, name, absent)
        return Answer(flag(value), f"{name} of VPC {vpc.logical_id} is {shown(value)}")

    def private_names(self, vpc: Resource) -> Answer:
        """Return whether the private DNS names of endpoints can be resolved in a VPC.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
        """
        answer = self.names(vpc)
        return self._attribute(vpc, "EnableDnsHostnames", "false") if answer.truth else answer

    @asked
    def resolvers(self, vpc: Resource) -> Resolvers | None:
        """Return what may answer for names in a VPC in place of public DNS, None where nothing does."""
        zones = self.referrers(vpc, HOSTED_ZONE, "VPCs.*.VPCId")
        found = [Resolver(zone, domain(self.world.value(zone, "Name"))) for zone, _ in zones]
        found += [
            Resolver(profile, ANY_DOMAIN) for profile, _ in self.referrers(vpc, PROFILE_ASSOCIATION, "ResourceId")
        ]
        local: list[str | Text] = []
        for association, sure in self.referrers(vpc, RULE_ASSOCIATION, "VPCId"):
            rule = self._id(association, "ResolverRuleId", RESOLVER_RULE)
            name = ANY_DOMAIN if rule is None else domain(self.world.value(rule, "DomainName"))
            if rule is None or self.world.value(rule, "RuleType") != "SYSTEM":
                found.append(Resolver(association, name, is_rule=True))
            elif sure:
                local.append(name)
        return Resolvers(tuple(found), tuple(local)) if found else None

    # routes

    @asked
    def table(self, subnet: Resource) -> tuple[Resource | None, Answer]:
        """Return the route table of a subnet; None where it is the main one of the VPC, or not known."""
        associations = self._sure(subnet, ASSOCIATION, "SubnetId")
        if len(associations) > 1:
            return None, Answer(None, f"{listed(associations)} give it route tables, and it has but one")
        for association in associations:
            table = self._id(association, "RouteTableId", ROUTE_TABLE)
            if table is not None:
                if self.apart(table, subnet):
                    return None, Answer(None, f"route table {table.logical_id} is in another VPC")
                return table, Answer(True)
            name = self.first(association, "RouteTableId")
            return None, Answer(None, f"route table {name} is not in the templates")
        for association in self._perhaps(subnet, ASSOCIATION, "SubnetId"):
            return None, Answer(None, f"{association.logical_id} may give it a route table")
        return None, Answer(False, "no route table is associated, and the main one has no default route")

    @asked
    def exit(self, subnet: Resource, version: int = 4, behind: Resource | None = None) -> Exit:
        """Return where the default route of a subnet leads.

        Args:
            subnet: the subnet.
            version: of the internet protocol, 4 or 6.
            behind: the NAT gateway in the subnet whose traffic is followed, where it is that.
        """
        way = self._exit(subnet, version, behind)
        if way.truth is not False:
            return way
        made = self.may_be_made(way.why, subnet)
        return Exit(made.truth, made.why)

    def _exit(self, subnet: Resource, version: int, behind: Resource | None) -> Exit:
        table, known = self.table(subnet)
        if table is None:
            unsure = None if known.truth is None else self._stray_route(subnet)
            if unsure is not None:
                return Exit(None, f"route {unsure.logical_id} may be of the main route table")
            return Exit(known.truth, known.why)
        routes = self._routes(table, version)
        default = routes.defaults[0] if routes.defaults else None
        unclear = [*routes.defaults[1:], *routes.parts] if routes.defaults else [*routes.parts, *routes.perhaps]
        way = (
            Exit(False, "no default route leads out")
            if default is None
            else self._target(default, subnet, version, behind)
        )
        if unclear and (way.truth or default is None):
            return Exit(None, _leads_elsewhere(unclear[0], table))
        return way

    @asked
    def _routes(self, table: Resource, version: int) -> _Routes:
        """Return what a route table says of what goes to the internet."""
        routes = [
            (route, truth, self._is_default(route, version))
            for route, truth in self.referrers(table, ROUTE, "RouteTableId")
        ]
        propagations = (
            resource for type_, path in _PROPAGATIONS.items() for resource, _ in self.referrers(table, type_, path)
        )
        return _Routes(
            [route for route, truth, is_default in routes if truth and is_default],
            [*(route for route, truth, is_default in routes if truth and is_default is None), *propagations],
            [route for route, truth, is_default in routes if truth is None and is_default is not False],
        )

    def is_undivided(self, table: Resource) -> Answer:
        """Return whether no route of a table is, or may be, more specific than those of gateway endpoints.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
        """
        parts = self._routes(table, 4).parts
        return Answer(None, _leads_elsewhere(parts[0], table)) if parts else Answer(True)

    @asked
    def crosses(self, one: Resource, other: Resource) -> Answer:
        """Return whether what goes from one subnet to another one takes the local route of their VPC.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
        """
        table, vpc = self.table(one)[0], self.vpc(other)[0]
        for route in () if table is None else self._sure(table, ROUTE, "RouteTableId"):
            destination = self.world.value(route, "DestinationCidrBlock")
            if not self._is_detour(route) or destination is None or self._is_wide(destination, vpc):
                continue
            if self._covers(destination, route.template, other) is not False:
                why = (
                    f"route {route.logical_id} may lead elsewhere what goes from {one.logical_id} to {other.logical_id}"
                )
                return Answer(None, why)
        return Answer(True)

    def _is_detour(self, route: Resource) -> bool:
        """Return whether a route may lead what stays in its VPC through something in it, as to a firewall."""
        destination = self.world.value(route, "DestinationCidrBlock")
        return destination not in (None, _EVERYWHERE[4]) and any(
            self.world.values(route, key) for key in _INNER_TARGETS
        )

    def _is_wide(self, destination: Value, vpc: Resource | None) -> bool:
        """Return whether the local route of a VPC is surely as specific as a route."""
        range_ = _network(destination)
        if range_ is None:
            return False
        known = vpc is not None and not self._has_second_range(vpc)
        whole = _network(self.world.value(vpc, "CidrBlock")) if vpc is not None and known else None
        return range_.prefixlen <= (_WIDEST if whole is None else whole.prefixlen)

    def _stray_route(self, subnet: Resource) -> Resource | None:
        """Return a route that may be of the main route table, which no template can name."""
        for route in self._references.to(subnet, ROUTE, "RouteTableId"):
            if self.world.exists(route) and self._is_default(route, 4) is not False:
                return route
        return None

    def _is_default(self, route: Resource, version: int) -> Truth:
        """Return whether a route takes what goes to the internet; None where it takes a part of that, or may do so."""
        own, other = ("DestinationCidrBlock", "DestinationIpv6CidrBlock")[:: 1 if version == 4 else -1]
        destination = self.world.value(route, own)
        if destination is None:
            return False if self.world.value(route, other) is not None else None
        if destination == _EVERYWHERE[version]:
            return True
        return _may_be_internet(destination)

    def _target(self, route: Resource, subnet: Resource, version: int, behind: Resource | None) -> Exit:
        nat, gateway = (self.first(route, key) for key in ("NatGatewayId", "GatewayId"))
        if nat is not None:
            known = nat.of(NAT_GATEWAY)
            return (
                self._nat(known, subnet, behind) if known else Exit(None, f"NAT gateway {nat} is not in the templates")
            )
        if gateway is not None:
            if (internet := gateway.of(INTERNET_GATEWAY)) is not None:
                way = self._internet_gateway(internet, subnet)
                edge = self.referrers(internet, EDGE_ASSOCIATION, "GatewayId") if way.truth else ()
                for association, _ in edge:
                    return Exit(None, f"{association.logical_id} may lead elsewhere what comes back by {way.why}")
                return way
            if gateway.of("AWS::EC2::VPNGateway"):
                return Exit(None, f"virtual private gateway {gateway} leads on")
            return Exit(None, f"gateway {gateway} is not in the templates")
        if (egress_only := self.first(route, "EgressOnlyInternetGatewayId")) is not None:
            title = f"egress-only internet gateway {egress_only}"
            return Exit(True, title) if version == 6 else Exit(False, f"{title} takes no IPv4")
        for key, kind in _TARGETS.items():
            if self.world.values(route, key):
                return Exit(None, f"route {route.logical_id} leads to {kind}")
        return Exit(None, f"route {route.logical_id} has no target in the templates")

    def _internet_gateway(self, gateway: Resource, subnet: Resource) -> Exit:
        vpc, name = self.vpc(subnet)
        if vpc is None:
            return Exit(None, f"VPC {name} is not in the templates")
        own = Id.of_resource(vpc)
        attached = some(
            every((truth, some(other.is_(own) for other in ids(self.world, attachment, "VpcId"))))
            for attachment, truth in self.referrers(gateway, ATTACHMENT, "InternetGatewayId")
        )
        if attached:
            return Exit(True, f"internet gateway {gateway.logical_id}", needs_address=True)
        fact = f"internet gateway {gateway.logical_id} is {'' if attached is None else 'not '}attached to VPC {name}"
        return Exit(attached, f"it is not known whether {fact}" if attached is None else fact)

    def _nat(self, nat: Resource, subnet: Resource, behind: Resource | None) -> Exit:
        name = f"NAT gateway {nat.logical_id}"
        if self.world.value(nat, "AvailabilityMode", "zonal") != "zonal":
            return Exit(None, f"{name} is not of one Availability Zone")
        home = self._id(nat, "SubnetId", SUBNET)
        if home is None:
            return Exit(None, f"the subnet of {name} is not in the templates")
        if home is subnet or (behind is not None and self._default_nat(home) is behind):
            return Exit(False, f"{name} is in a subnet whose default route leads to itself")
        if behind is not None:
            return Exit(None, f"traffic goes through {name}")
        if self.apart(home, subnet):
            return Exit(None, f"{name} is in another VPC")
        way = self.exit(home, 4, nat)
        where = f"{name} is in subnet {home.logical_id}"
        if way.truth is not True:
            return Exit(way.truth, f"{where}, where {way.why}")
        connectivity = self.world.value(nat, "ConnectivityType", "public")
        if connectivity != "public":
            return Exit(False if connectivity == "private" else None, f"ConnectivityType of {name} is {connectivity}")
        if not self.world.values(nat, "AllocationId"):
            return Exit(False, f"{name} has no AllocationId")
        return Exit(True, name, through=home)

    def _default_nat(self, subnet: Resource) -> Resource | None:
        """Return the NAT gateway that the default route of a subnet leads to."""
        table = self.table(subnet)[0]
        defaults = () if table is None else self._routes(table, 4).defaults
        return self._id(defaults[0], "NatGatewayId", NAT_GATEWAY) if defaults else None

    def fargate_zone(self, subnet: Resource) -> str | None:
        """Return where a subnet is, in words, where it is not known whether Fargate runs there.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-regions-zones.html
        """
        if self.world.values(subnet, "OutpostArn"):
            return "on an Outpost"
        zone = self.world.value(subnet, "AvailabilityZone")
        return f"in {zone}" if isinstance(zone, str) and not _AVAILABILITY_ZONE.fullmatch(zone) else None

    # endpoints

    @asked
    def endpoints(self, vpc: Resource, service: str) -> tuple[tuple[Resource, Truth], ...]:
        """Return the endpoints that are of a service and a VPC, surely or perhaps."""
        found = []
        for endpoint, truth in self.referrers(vpc, ENDPOINT, "VpcId"):
            names = self.world.values(endpoint, "ServiceName")
            answer = every((truth, some(_is_service(name, service) for name in names)))
            if answer is not False:
                found.append((endpoint, None if self.is_foreign(endpoint) else answer))
        return tuple(found)

    def is_foreign(self, endpoint: Resource) -> bool:
        """Return whether an endpoint is for a service in another region than its own, or may be.

        Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html
        """
        own, name = endpoint.template.region, self.world.value(endpoint, "ServiceName")
        if own is not None and isinstance(name, str) and f".{own}." not in name:
            return True
        return bool(self.world.values(endpoint, "ServiceRegion"))

    def kind(self, endpoint: Resource) -> Value:
        """Return the type of an endpoint."""
        return self.world.value(endpoint, "VpcEndpointType", "Gateway")

    def has_private_names(self, endpoint: Resource) -> Truth:
        """Return whether the usual name of a service leads to an endpoint."""
        return flag(self.world.value(endpoint, "PrivateDnsEnabled", "false"))

    def takes_names(self, endpoint: Resource) -> bool:
        """Return whether the names of S3 may lead from the VPC to an interface endpoint.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
        """
        if self.has_private_names(endpoint) is False:
            return False
        scope = self.world.value(endpoint, "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint")
        return bool(scope != "OnlyInboundResolver")

    def protocol(self, endpoint: Resource) -> Answer:
        """Return whether an endpoint has addresses of the internet protocol 4, and its names do.

        Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
        """
        for path in ("IpAddressType", "DnsOptions.DnsRecordIpType"):
            value = self.world.value(endpoint, path, "ipv4")
            if not isinstance(value, str) or value == "ipv6":
                return Answer(None, f"{path} of endpoint {endpoint.logical_id} is {shown(value)}")
        return Answer(True)

    @asked
    def peer(self, endpoint: Resource) -> Peer:
        """Return an endpoint as one side of a connection."""
        subnets = [subnet.of(SUBNET) for subnet in ids(self.world, endpoint, "SubnetIds.*")]
        known = tuple(subnet for subnet in subnets if subnet is not None)
        return Peer(ids(self.world, endpoint, "SecurityGroupIds.*"), known if len(known) == len(subnets) else ())

    @asked
    def is_ready(self, endpoint: Resource, vpc: Resource) -> Answer:
        """Return whether an interface endpoint can be reached in its VPC, security groups and network ACLs left out.

        Source: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
        """
        names = self.private_names(vpc)
        if not names.truth:
            return names
        subnets = self.peer(endpoint).subnets
        if not subnets:
            return Answer(None, f"the subnets of endpoint {endpoint.logical_id} are not in the templates")
        twins = self._of_one_zone(subnets)
        if twins:
            return Answer(
                None, f"endpoint {endpoint.logical_id} has {listed(twins)}, which are of one Availability Zone"
            )
        groups = [group.resource for group in self.peer(endpoint).groups]
        for part in (*subnets, *groups):
            if part is not None and self.apart(part, endpoint):
                return Answer(None, f"endpoint {endpoint.logical_id} and {part.logical_id} are in different VPCs")
        protocol = self.protocol(endpoint)
        return Answer(True, f"endpoint {endpoint.logical_id}") if protocol.truth else protocol

    def _of_one_zone(self, subnets: Sequence[Resource]) -> tuple[Resource, ...]:
        """Return the first two of some subnets that are surely of one Availability Zone; nothing where none are."""
        for index, one in enumerate(subnets):
            zone = self.world.value(one, "AvailabilityZone")
            for other in subnets[:index] if zone is not None else ():
                same_place = one.template is other.template or isinstance(zone, str)
                if same_place and other is not one and self.world.value(other, "AvailabilityZone") == zone:
                    return other, one
        return ()

    def routes(self, endpoint: Resource, table: Resource | None, known: Answer) -> Truth:
        """Return whether a gateway endpoint is on a route table.

        Args:
            endpoint: the endpoint.
            table: the route table; None for the main one of the VPC, which templates can't name, and an unknown one.
            known: which of both.
        """
        tables = ids(self.world, endpoint, "RouteTableIds.*")
        if table is not None:
            return some(other.is_(Id.of_resource(table)) for other in tables)
        return None if known.truth is None or any(other.resource is None for other in tables) else False

    def has_elastic_address(self, instance: Resource) -> Truth:
        """Return whether an instance gets an Elastic IP address."""
        types = ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
        return some(truth for type_ in types for _, truth in self.referrers(instance, type_, "InstanceId"))

    # security groups

    def admits(self, endpoint: Resource, puller: Peer) -> Answer:
        """Return whether an endpoint's security groups let a puller in on port 443."""
        groups = self.peer(endpoint).groups
        if not groups:
            return Answer(None, f"endpoint {endpoint.logical_id} is in the default security group of its VPC")
        (subnet,) = puller.subnets
        truth = self._admits(groups, Peer((), (subnet,))) or self._admits(groups, puller)
        if truth:
            return Answer(True)
        return passes(truth, f"security group {listed(groups)}", f"in from {listed(puller.groups or puller.subnets)}")

    @asked
    def _admits(self, groups: tuple[Id, ...], puller: Peer) -> Truth:
        return some(
            every((rule.port, self.is_about(rule, puller))) for group in groups for rule in self._rules(group, INGRESS)
        )

    def lets_out(self, puller: Peer, to: Peer | None, version: int = 4) -> Answer:
        """Return whether a puller's security groups let it out on port 443.

        Args:
            puller: the puller.
            to: an endpoint, or None for the internet.
            version: of the internet protocol, 4 or 6.
        """
        if not puller.groups:
            return Answer(None, "its security groups are not in the templates")
        truth = some(
            every((rule.port, self.is_about(rule, to) if to else is_internet(rule, version)))
            for group in puller.groups
            for rule in self._rules(group, EGRESS)
        )
        if truth:
            return Answer(True)
        whither = f"to {listed(to.groups or to.subnets)}" if to else "to the internet"
        return passes(truth, f"security group {listed(puller.groups)}", f"out {whither}")

    @asked
    def is_open(self, groups: tuple[Id, ...]) -> bool:
        """Return whether security groups surely let everything out to the internet on port 443."""
        return bool(self.lets_out(Peer(groups, ()), None).truth)

    @asked
    def _rules(self, group: Id, type_: str) -> tuple[Rule, ...]:
        side = "Source" if type_ == INGRESS else "Destination"
        resource = group.resource
        if resource is None:
            return (_UNKNOWN,)
        inline = type_.rpartition("::")[2]
        own = self.world.values(resource, f"{inline}.*")
        apart = self.referrers(resource, type_, "GroupId")
        found = [_rule(value, side, resource.template) for value in own]
        for other, truth in apart:
            if truth is None:
                found.append(_UNKNOWN)
            else:
                found += [_rule(value, side, other.template) for value in self.world.values(other, "")]
        if type_ == EGRESS and not own and not apart:
            # Amazon EC2 gives a new group this rule; CloudFormation takes it away with the first other one.
            found.append(_UNKNOWN if self.world.values(resource, inline) else _OPEN)
        return tuple(found)

    def is_about(self, rule: Rule, peer: Peer) -> Truth:
        """Return whether a rule is about all that one side of a connection can be."""
        if rule.group is not None:
            return some(group.is_(rule.group) for group in peer.groups) if peer.groups else None
        if rule.cidr is not None:
            truths = {self._covers(rule.cidr, rule.template, subnet) for subnet in peer.subnets}
            return truths.pop() if len(truths) == 1 else None
        return None if rule.opaque else False

    def _covers(self, cidr: Value, template: Template | None, subnet: Resource) -> Truth:
        """Return whether a range of addresses holds all those of a subnet."""
        if cidr == _EVERYWHERE[4]:
            return True
        # What is no text is no range, as an empty one.
        return self._is_covered(cidr if isinstance(cidr, (str, Text)) else "", template, subnet)

    @asked
    def _has_second_range(self, vpc: Resource) -> bool:
        """Return whether a VPC has more than one range of addresses of the internet protocol 4, or may have more."""
        ranges = (range_ for range_, _ in self.referrers(vpc, VPC_CIDR, "VpcId"))
        return any(self.world.values(each, key) for each in ranges for key in ("CidrBlock", "Ipv4IpamPoolId"))

    @asked
    def _is_covered(self, cidr: str | Text, template: Template | None, subnet: Resource) -> Truth:
        vpc = self.vpc(subnet)[0]
        own = self.world.value(subnet, "CidrBlock")
        if isinstance(cidr, Text) and _is_range_of(cidr, template, subnet, own):
            return True
        if vpc is not None:
            whole = self.world.value(vpc, "CidrBlock")
            if isinstance(cidr, Text) and _is_range_of(cidr, template, vpc, whole):
                cidr = whole
                if not self._has_second_range(vpc):
                    return True
            if _network(own) is None and not self._has_second_range(vpc):
                own = whole
        range_, part = _network(cidr), _network(own)
        if range_ is None or part is None:
            return None
        if part.subnet_of(range_):
            return True
        return None if part.overlaps(range_) else False


class Rule(NamedTuple):
    """One rule of a security group, or what a rule of a network ACL says of the other side.

    Attributes:
        port: whether it is about TCP 443.
        group: the security group on the other side.
        cidr: the addresses on the other side, of the internet protocol 4.
        cidr6: the same of the internet protocol 6.
        opaque: whether the other side is known only at deployment, or a prefix list.
        template: where it is written.
    """

    port: Truth
    group: Id | None = None
    cidr: Value = None
    cidr6: Value = None
    opaque: bool = False
    template: Template | None = None


_UNKNOWN = Rule(None, opaque=True)
_OPEN = Rule(True, cidr6=_EVERYWHERE[6], cidr=_EVERYWHERE[4])


def _rule(value: Value, side: str, template: Template) -> Rule:
    if not isinstance(value, dict):
        return _UNKNOWN
    groups = read_ids(value.get(f"{side}SecurityGroupId", ""), template)
    group = groups[0] if groups else None
    cidr, cidr6 = value.get("CidrIp"), value.get("CidrIpv6")
    return Rule(_port(value), group, cidr, cidr6, not (group or cidr or cidr6), template)


def _port(rule: Mapping[str, Value]) -> Truth:
    """Return whether a rule is about TCP 443.

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
        return int(first) <= _PORT <= int(last) or first == last == "-1"
    except ValueError:
        return None


def is_internet(rule: Rule, version: int) -> Truth:
    """Return whether a rule is about all addresses of the internet; None where it is about a part, or may be."""
    if rule.group is not None:
        return False
    cidr = rule.cidr if version == 4 else rule.cidr6
    if cidr is None:
        return None if rule.opaque else False
    if cidr == _EVERYWHERE[version]:
        return True
    return _may_be_internet(cidr)


def passes(truth: Truth, subject: str, way: str, what: str = "TCP 443") -> Answer:
    """Return an answer about traffic in words.

    Args:
        truth: whether it passes.
        subject: what it passes.
        way: from where, or whither.
        what: the traffic.
    """
    if truth is None:
        return Answer(None, f"it is not known whether {subject} lets {what} {way}")
    return Answer(truth, f"{subject} lets no {what} {way}")


def _network(value: Value) -> IPv4Network | None:
    """Return a literal range of addresses of the internet protocol 4."""
    network = _read_network(value) if isinstance(value, str) else None
    return network if network is not None and network.version == 4 else None


_PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""The ranges of addresses that are not of the internet: private, shared by providers, of one link.

Sources:
    https://www.iana.org/assignments/iana-ipv4-special-registry
    https://www.iana.org/assignments/iana-ipv6-special-registry
"""


def _may_be_internet(value: Value) -> Truth:
    """Return False for a range of private addresses, None for any other."""
    network = _read_network(value) if isinstance(value, str) else None
    if network is None:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    for private in map(_read_network, _PRIVATE):
        # `is_private` of older Pythons looks at both ends of a range alone.
        if private is None or private.version != network.version:
            continue
        if int(private.network_address) <= first and last <= int(private.broadcast_address):
            return False
    return None


@lru_cache(maxsize=1024)
def _read_network(value: str) -> IPv4Network | IPv6Network | None:
    from ipaddress import ip_network  # noqa: PLC0415 - most networks need no arithmetic

    try:
        return ip_network(value, strict=False)
    except ValueError:
        return None


def _is_range_of(cidr: Text, template: Template | None, resource: Resource, own: Value) -> bool:
    """Return whether a value is the range of addresses of a subnet, or the primary one of a VPC.

    Args:
        cidr: the value.
        template: where it is written.
        resource: the subnet or the VPC.
        own: its range of addresses.
    """
    hole = cidr.pieces[0] if len(cidr.pieces) == 1 else None
    if isinstance(hole, Hole) and hole.resource is resource and hole.attribute == "CidrBlock":
        return True
    return isinstance(own, Text) and same(cidr, own, local=template is resource.template) is True


def _leads_elsewhere(resource: Resource, table: Resource) -> str:
    return f"{resource.logical_id} may lead elsewhere from route table {table.logical_id}"


def _is_service(name: Value, service: str) -> Truth:
    """Return whether a service name is that of a service: it ends with it, behind a region.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """
    if not isinstance(name, (str, Text)):
        return None
    *before, last = pieces_of(name)
    end = f".{service}"
    if isinstance(last, Hole):
        return None
    if before and len(last) < len(end):
        return None if end.endswith(last) else False
    return last.endswith(end)


def listed(items: Iterable[object]) -> str:
    """Return the names of some things as a list in words, each once."""
    names = list(dict.fromkeys(item.logical_id if isinstance(item, Resource) else str(item) for item in items))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
