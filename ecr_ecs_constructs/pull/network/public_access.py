"""VPC Block Public Access: what an account keeps from the internet in a region, and what it leaves out of that.

It stands in internet gateways and egress-only internet gateways, so no VPC endpoint is concerned. Only what the
templates say counts.

Sources:
    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-example.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcblockpublicaccessoptions.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcblockpublicaccessexclusion.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology import Exit, Topology
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, some

OPTIONS = "AWS::EC2::VPCBlockPublicAccessOptions"
EXCLUSION = "AWS::EC2::VPCBlockPublicAccessExclusion"

_BOTH_WAYS, _IN = "block-bidirectional", "block-ingress"
_FREE = ("allow-bidirectional",)
_OUT = ("allow-bidirectional", "allow-egress")


class PublicAccess:
    """What blocks public access in one world.

    Args:
        topology: the networks in that world.
        options: all that may block public access, in whatever account and region.
    """

    def __init__(self, topology: Topology, options: Sequence[Resource]) -> None:
        self._topology = topology
        self._options = options

    def let_out(self, subnet: Resource, way: Exit) -> Answer:
        """Return whether what goes from a subnet to the internet passes.

        Args:
            subnet: where it comes from.
            way: where the default route of the subnet leads.
        """
        for options in self._options:
            if not (near(options.template, subnet.template) and self._topology.world.exists(options)):
                continue
            passes = self._passes(options, subnet, way)
            if passes:
                continue
            fact = f"{options.logical_id} blocks public access of subnet {subnet.logical_id} by {way.why}"
            if passes is False and _same_place(options.template, subnet.template):
                return Answer(False, fact)
            return Answer(None, f"it is not known whether {fact}")
        return Answer(True)

    def _passes(self, options: Resource, subnet: Resource, way: Exit) -> Truth:
        mode = self._topology.world.value(options, "InternetGatewayBlockMode")
        if mode in (_BOTH_WAYS, _IN):
            return self._passes_under(mode, subnet, way)
        if isinstance(mode, str):
            return True  # `off`; there is no other mode
        return True if all(self._passes_under(one, subnet, way) for one in (_BOTH_WAYS, _IN)) else None

    def _passes_under(self, mode: str, subnet: Resource, way: Exit) -> Truth:
        """Return whether what goes to the internet passes under a mode.

        Where all is blocked, AWS does not tell whose exclusion lets pass what goes through a NAT gateway: that of the
        subnet which it comes from, or that of the subnet which the NAT gateway is in.
        """
        if way.needs_address:
            # An internet gateway lets connections in as well, and what lets out only leaves it blocked.
            return self._is_excluded(subnet, _FREE)
        if mode == _IN:
            return True
        here = self._is_excluded(subnet, _OUT)
        there = here if way.through is None else self._is_excluded(way.through, _OUT)
        return here if here is there else None

    def _is_excluded(self, subnet: Resource, modes: Collection[str]) -> Truth:
        """Return whether a subnet or its VPC is left out under one of some modes."""
        truths = set(self._exclusions(subnet, modes))
        return None if {True, False} <= truths else some(truths)

    def _exclusions(self, subnet: Resource, modes: Collection[str]) -> Iterator[Truth]:
        topology = self._topology
        vpc, _ = topology.vpc(subnet)
        for target, path in ((subnet, "SubnetId"), (vpc, "VpcId")):
            for exclusion, truth in topology.referrers(target, EXCLUSION, path) if target is not None else ():
                mode = topology.world.value(exclusion, "InternetGatewayExclusionMode")
                yield every((truth, mode in modes if isinstance(mode, str) else None))


def _same_place(one: Template, other: Template) -> bool:
    """Return whether two templates are surely deployed to the same account and region."""
    if _root(one) is _root(other):
        return True
    return None not in (one.account, one.region) and (one.account, one.region) == (other.account, other.region)


def _root(template: Template) -> Template:
    while template.parent is not None:
        template = template.parent.template
    return template
