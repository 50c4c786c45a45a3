"""VPC Block Public Access, which keeps the VPCs of an account in a region from the internet, but for exclusions.

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

from collections.abc import Collection, Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.network.topology.exits import Exit
from ecr_ecs_constructs.pull.network.topology.referrers import referrers
from ecr_ecs_constructs.pull.network.topology.vpcs import vpc_of
from ecr_ecs_constructs.pull.texts.pattern import Truth, every, some

OPTIONS = "AWS::EC2::VPCBlockPublicAccessOptions"
_EXCLUSION = "AWS::EC2::VPCBlockPublicAccessExclusion"

_BOTH_WAYS, _IN = "block-bidirectional", "block-ingress"
_FREE = ("allow-bidirectional",)
_OUT = ("allow-bidirectional", "allow-egress")


def let_out(world: World, subnet: Resource, way: Exit) -> Answer:
    """Return whether what goes from a subnet to the internet passes.

    Args:
        world: the world in which options and exclusions are read.
        subnet: where it comes from.
        way: where the default route of the subnet leads.
    """
    for options in world.root.all(OPTIONS):
        if not (near(options.template, subnet.template) and world.exists(options)):
            continue
        passes = _passes(world, options, subnet, way)
        if passes:
            continue
        fact = f"{options.logical_id} blocks public access of subnet {subnet.logical_id} by {way.answer.why}"
        if passes is False and _same_place(options.template, subnet.template):
            return Answer(False, fact)
        return Answer(None, f"it is not known whether {fact}")
    return Answer(True)


def _passes(world: World, options: Resource, subnet: Resource, way: Exit) -> Truth:
    mode = world.value(options, "InternetGatewayBlockMode")
    if mode in (_BOTH_WAYS, _IN):
        return _passes_under(world, mode, subnet, way)
    if isinstance(mode, str):
        return True  # `off`; there is no other mode
    return True if all(_passes_under(world, one, subnet, way) for one in (_BOTH_WAYS, _IN)) else None


def _passes_under(world: World, mode: str, subnet: Resource, way: Exit) -> Truth:
    """Return whether what goes to the internet passes under a mode.

    Where all is blocked, AWS does not tell whose exclusion lets pass what goes through a NAT gateway: that of the
    subnet which it comes from, or that of the subnet which the NAT gateway is in.
    """
    if way.needs_address:
        # An internet gateway lets connections in as well, and what lets out only leaves it blocked.
        return _is_excluded(world, subnet, _FREE)
    if mode == _IN:
        return True
    here = _is_excluded(world, subnet, _OUT)
    there = here if way.through is None else _is_excluded(world, way.through, _OUT)
    return here if here is there else None


def _is_excluded(world: World, subnet: Resource, modes: Collection[str]) -> Truth:
    """Return whether a subnet or its VPC is left out under one of some modes."""
    truths = set(_exclusions(world, subnet, modes))
    return None if {True, False} <= truths else some(truths)


def _exclusions(world: World, subnet: Resource, modes: Collection[str]) -> Iterator[Truth]:
    vpc, _ = vpc_of(world, subnet)
    for target, path in ((subnet, "SubnetId"), (vpc, "VpcId")):
        for exclusion, truth in referrers(world, target, _EXCLUSION, path) if target is not None else ():
            mode = world.value(exclusion, "InternetGatewayExclusionMode")
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
