"""Network ACLs: what the numbered rules of subnets let in and out.

They keep no state, so the answers of a connection must pass as the requests do. They filter what enters and leaves a
subnet, neither what stays in it nor names asked of the Amazon DNS server.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-networkaclentry.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.ids import Id
from ecr_ecs_constructs.pull.network.topology import VPC, Peer, Rule, Topology, flag, is_internet, passes
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, negate

ACL, ENTRY = "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry"
ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"

Ports = tuple[int, int]
"""The first and the last of some ports of TCP."""

LINUX: Ports = (32768, 61000)
WINDOWS: Ports = (49152, 65535)
ANY_SYSTEM: Ports = (LINUX[0], WINDOWS[1])
"""The ports from which clients of either system send, and to which they get answers."""

_HTTPS: Ports = (443, 443)
_NAT: Ports = (1024, 65535)
_ALL: Ports = (0, 65535)


class _Entry(NamedTuple):
    """One rule of a network ACL that is, or may be, about TCP.

    Attributes:
        number: its place in the order, None where that is not known.
        is_egress: whether it is about what leaves the subnets.
        allows: whether it lets pass what it is about.
        ports: the ports that it is about, None where they are not known.
        side: the addresses on the other side.
        is_sure: whether it is of this network ACL, and about TCP.
    """

    number: int | None
    is_egress: Truth
    allows: Truth
    ports: Ports | None
    side: Rule
    is_sure: Truth

    def covers(self, port: int) -> Truth:
        """Return whether it is about a port."""
        return None if self.ports is None else self.ports[0] <= port <= self.ports[1]


class _Acl(NamedTuple):
    """A network ACL that a subnet has, or may have.

    Attributes:
        title: what it is called.
        entries: its rules in the order in which they count, first those whose place is not known; None where the
            network ACL is not in the templates.
    """

    title: str
    entries: tuple[_Entry, ...] | None


class _Passage(NamedTuple):
    """What a network ACL must let pass.

    Attributes:
        subnet: the subnet that has it.
        is_egress: whether it leaves the subnet.
        ports: to which ports.
        other: the subnet on the other side, None for the internet.
        version: of the internet protocol, 4 or 6.
    """

    subnet: Resource
    is_egress: bool
    ports: Ports
    other: Resource | None = None
    version: int = 4

    def __str__(self) -> str:
        """Return from where, or whither."""
        other = "the internet" if self.other is None else self.other.logical_id
        return f"out to {other}" if self.is_egress else f"in from {other}"


class Acls(InWorld):
    """The network ACLs of the templates in one world."""

    def __init__(self, topology: Topology) -> None:
        self.world = topology.world
        self._topology = topology

    # ways

    def let_out(self, subnet: Resource, ports: Ports, nat: Resource | None = None, version: int = 4) -> Answer:
        """Return whether requests on port 443 pass from a subnet to the internet, and their answers back.

        Args:
            subnet: where they come from.
            ports: those that the one who asks sends from.
            nat: the subnet of the NAT gateway that they go through.
            version: of the internet protocol, 4 or 6.
        """
        return self._all_pass(_to_internet(subnet, ports, nat, version))

    def let_to_endpoint(self, subnet: Resource, endpoint: Resource, ports: Ports) -> Answer:
        """Return whether requests on port 443 pass from a subnet to an interface endpoint, and their answers back.

        Args:
            subnet: where they come from.
            endpoint: the endpoint, whose name can be answered with its address in any of its subnets.
            ports: those that the one who asks sends from.
        """
        subnets = self._topology.peer(endpoint).subnets
        answers = [
            Answer(True) if other is subnet else self._all_pass(_between(subnet, other, ports)) for other in subnets
        ]
        worst = _worst(answers)
        if worst.truth is False and any(answer.truth is not False for answer in answers):
            return Answer(None, f"not every address of endpoint {endpoint.logical_id} is reached: {worst.why}")
        return worst

    def _all_pass(self, passages: Iterable[_Passage]) -> Answer:
        return _worst(map(self._passes, passages))

    @asked
    def _passes(self, passage: _Passage) -> Answer:
        """Return whether whatever network ACL a subnet has lets something pass."""
        acls = self._of(passage.subnet)
        answers = [self._let(acl, passage) for acl in acls]
        if any(answer.truth is not answers[0].truth for answer in answers):
            titles = " or ".join(acl.title for acl in acls)
            return Answer(None, f"it is not known which network ACL subnet {passage.subnet.logical_id} has: {titles}")
        return answers[0]

    def _let(self, acl: _Acl, passage: _Passage) -> Answer:
        """Return whether a network ACL lets something pass."""
        if acl.entries is None:
            return Answer(None, f"{acl.title} is not in the templates")
        entries = [(entry, self._is_about(entry, passage)) for entry in acl.entries]
        matching = [(entry, truth) for entry, truth in entries if truth is not False]
        truths = {_allowed(matching, port) for port in _starts(matching, passage.ports)}
        first, last = passage.ports
        what = f"TCP {first}" if first == last else f"TCP {first}-{last}"
        return passes(truths.pop() if len(truths) == 1 else None, acl.title, str(passage), what)

    def _is_about(self, entry: _Entry, passage: _Passage) -> Truth:
        """Return whether an entry is about all the addresses of the other side, whatever ports it is about."""
        other = passage.other
        about = is_internet(entry.side, passage.version) if other is None else self._is_about_subnet(entry.side, other)
        return every((entry.is_sure, entry.is_egress if passage.is_egress else negate(entry.is_egress), about))

    def _is_about_subnet(self, side: Rule, subnet: Resource) -> Truth:
        return self._topology.is_about(side, Peer((), (subnet,)))

    # what the templates say

    @asked
    def _of(self, subnet: Resource) -> tuple[_Acl, ...]:
        """Return each network ACL that a subnet may have: one where that is known."""
        topology = self._topology
        associations = topology.referrers(subnet, ASSOCIATION, "SubnetId")
        found = [self._named(topology.first(association, "NetworkAclId")) for association, _ in associations]
        if not any(truth for _, truth in associations):
            vpc, name = topology.vpc(subnet)
            found.append(_Acl(_of_vpc(name), None) if vpc is None else self._default(vpc))
        return tuple(found)

    def _named(self, name: Id | None) -> _Acl:
        vpc = None if name is None else name.of(VPC)  # the ID of its default network ACL
        acl = None if name is None else name.of(ACL)
        if vpc is not None:
            return self._default(vpc)
        return _Acl(f"network ACL {name}", None if acl is None else self._custom(acl))

    @asked
    def _default(self, vpc: Resource) -> _Acl:
        """Return the default network ACL of a VPC, which lets everything pass but for what templates add to it."""
        added = tuple(self._entries(vpc))
        # The rules of the internet protocol 6 are not made where others are added before the VPC gets addresses of it.
        own = [
            _Entry(number, is_egress, True, _ALL, _OPEN[version], True if version == 4 or not added else None)
            for is_egress in (True, False)
            for number, version in ((100, 4), (101, 6))
        ]
        return _Acl(_of_vpc(vpc.logical_id), _ordered((*own, *added)))

    @asked
    def _custom(self, acl: Resource) -> tuple[_Entry, ...]:
        return _ordered(tuple(self._entries(acl)))

    def _entries(self, acl: Resource) -> Iterator[_Entry]:
        """Yield the rules that the templates put into a network ACL; the default one is given by its VPC."""
        for resource, truth in self._topology.referrers(acl, ENTRY, "NetworkAclId"):
            for value in self._topology.world.values(resource, ""):
                entry = _read(value, truth, resource.template)
                if entry is not None:
                    yield entry


# what must pass


def _to_internet(subnet: Resource, ports: Ports, nat: Resource | None, version: int) -> Iterator[_Passage]:
    """Yield what goes from a subnet to the internet, perhaps through that of a NAT gateway, and back."""
    yield _Passage(subnet, True, _HTTPS, version=version)
    if nat is not None:
        yield _Passage(nat, False, _HTTPS, subnet)
        yield _Passage(nat, True, _HTTPS)
        yield _Passage(nat, False, _NAT)
        yield _Passage(nat, True, ports, subnet)
    yield _Passage(subnet, False, ports, version=version)


def _between(client: Resource, server: Resource, ports: Ports) -> Iterator[_Passage]:
    """Yield what goes from a subnet to another one and back."""
    yield _Passage(client, True, _HTTPS, server)
    yield _Passage(server, False, _HTTPS, client)
    yield _Passage(server, True, ports, client)
    yield _Passage(client, False, ports, server)


def _worst(answers: Iterable[Answer]) -> Answer:
    """Return the first answer that is no, else the first that is not known."""
    found = Answer(True)
    for answer in answers:
        if answer.truth is False:
            return answer
        if found.truth and answer.truth is None:
            found = answer
    return found


# the rules in their order


def _starts(matching: Sequence[tuple[_Entry, Truth]], ports: Ports) -> set[int]:
    """Return the first port of each range in which the same rules count."""
    first, last = ports
    edges = (edge for entry, _ in matching if entry.ports for edge in (entry.ports[0], entry.ports[1] + 1))
    return {first, *(edge for edge in edges if first < edge <= last)}


def _allowed(matching: Iterable[tuple[_Entry, Truth]], port: int) -> Truth:
    """Return whether all that goes to one port passes, or nothing of it; None for a part, and where it is not known.

    Args:
        matching: the rules in their order, and whether each is about all the addresses.
        port: the port.
    """
    before: set[Truth] = set()  # what the rules do that come first for some of it, or may do so
    for entry, truth in matching:
        match = every((truth, entry.covers(port)))
        if match and entry.number is not None:
            return entry.allows if before <= {entry.allows} else None
        if match is not False:
            before.add(entry.allows)
    return False if before <= {False} else None


def _ordered(entries: Sequence[_Entry]) -> tuple[_Entry, ...]:
    """Return rules in the order in which they count, first those whose place is not known."""
    # No two rules of one direction can have one number: which of them is there is decided elsewhere.
    count = Counter((entry.number, entry.is_egress) for entry in entries if entry.is_sure)
    placed = [e if count[e.number, e.is_egress] < 2 else e._replace(number=None) for e in entries]
    return tuple(sorted(placed, key=lambda entry: -1 if entry.number is None else entry.number))


def _read(value: Value, is_sure: Truth, template: Template) -> _Entry | None:
    """Return a rule as a template has it, None for one that is about another protocol than TCP."""
    if not isinstance(value, dict):
        return _Entry(None, None, None, None, Rule(None, opaque=True), None)
    protocol = _number(value.get("Protocol"))
    if protocol not in (None, -1, 6):
        return None
    cidr, cidr6 = value.get("CidrBlock"), value.get("Ipv6CidrBlock")
    return _Entry(
        _number(value.get("RuleNumber")),
        flag(value.get("Egress", "false")),
        _ACTIONS.get(str(value.get("RuleAction"))),
        _ALL if protocol == -1 else _ports(value.get("PortRange")),
        Rule(None, cidr=cidr, cidr6=cidr6, opaque=not (cidr or cidr6), template=template),
        None if protocol is None else is_sure,
    )


def _ports(value: Value) -> Ports | None:
    if not isinstance(value, dict):
        return None
    first, last = _number(value.get("From")), _number(value.get("To"))
    return None if first is None or last is None or not 0 <= first <= last else (first, last)


def _number(value: Value) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _of_vpc(name: str) -> str:
    return f"the default network ACL of VPC {name}"


_ACTIONS: Mapping[str, bool] = {"allow": True, "deny": False}
_OPEN: Mapping[int, Rule] = {4: Rule(None, cidr="0.0.0.0/0"), 6: Rule(None, cidr6="::/0")}
