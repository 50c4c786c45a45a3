"""Resources of which there can be but one: in a registry, with one name in an account, or in one place of a network.

CloudFormation refuses a resource whose physical ID another one has; the services refuse most names that are taken.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (resource already exists)
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidGroup.Duplicate,
        Resource.AlreadyAssociated, RouteAlreadyExists)
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ecr (what a registry has one of)
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.unresolved import is_whole
from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.names import NAMES
from ecr_ecs_constructs.cloudformation.template import Resource, Template, outermost
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, shown
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.texts.pattern import Truth


class _Scope(Enum):
    """Where there can be but one: in the template that has both, in an account and a Region, or in an account."""

    TEMPLATE = "template"
    REGION = "Region"
    ACCOUNT = "account"


class _Single(NamedTuple):
    """Properties by which no two resources of a type may be alike.

    Attributes:
        paths: the properties; none where there can be but one whatever they are.
        taken: False where the second one is refused; None where it may take the place of the first.
        scope: where no two may be alike.
    """

    paths: Sequence[str]
    taken: Truth = False
    scope: _Scope = _Scope.TEMPLATE


_OF_ACCOUNT = frozenset(
    {
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::S3::Bucket",
    }
)
"""The types whose names are the same in each Region of an account."""

_SINGLE: Mapping[str, Sequence[_Single]] = {
    **{
        type_: (_Single(paths, scope=_Scope.ACCOUNT if type_ in _OF_ACCOUNT else _Scope.REGION),)
        for type_, paths in NAMES.items()
    },
    "AWS::EC2::NatGateway": (_Single(("AllocationId",)),),
    "AWS::EC2::NetworkAclEntry": (_Single(("NetworkAclId", "Egress", "RuleNumber")),),
    "AWS::EC2::Route": (
        _Single(("RouteTableId", "DestinationCidrBlock")),
        _Single(("RouteTableId", "DestinationIpv6CidrBlock")),
        _Single(("RouteTableId", "DestinationPrefixListId")),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": (_Single(("SubnetId",), None),),
    "AWS::EC2::SubnetRouteTableAssociation": (_Single(("SubnetId",)),),
    "AWS::EC2::VPCGatewayAttachment": (_Single(("InternetGatewayId",)),),
    "AWS::ECR::RegistryPolicy": (_Single((), scope=_Scope.REGION),),
    "AWS::ECR::RegistryScanningConfiguration": (_Single((), None, _Scope.REGION),),
    "AWS::ECR::ReplicationConfiguration": (_Single((), scope=_Scope.REGION),),
    "AWS::ECR::SigningConfiguration": (_Single((), None, _Scope.REGION),),
}
"""By type, what no two resources have in common; the last property of each, if any, is given in any case."""

_DEFAULTS = {
    "Cluster": DEFAULT_CLUSTER,
    "Egress": "false",
    "EventBusName": "default",
    "GroupName": "default",
    "VpcId": "default",
}
"""The values of properties where they are not given; but for the last of those that are alike."""

_SAME = (Kind.RESOURCE, Kind.ACCOUNT, Kind.REGION, Kind.PARTITION, Kind.URL_SUFFIX)
"""The kinds of holes that stand for the same in all stacks of an account and a Region."""


def repeated(world: World, resource: Resource) -> Iterator[Refusal]:
    """Yield that a resource is like one that stands before it, of which there can be but one.

    Stacks that are deployed each for itself may be so in any order: which of two it is then is not known.

    Args:
        world: the world in which it is asked.
        resource: the resource.
    """
    for single in _SINGLE.get(resource.type, ()):
        own = _values(world, resource, single)
        path, alike = _alike(world, resource, single, own)
        place = alike.index(resource) if resource in alike else 0
        for other in (*alike[:place], *(each for each in alike[place + 1 :] if not _is_of_one(each, resource))):
            if not _meet(single, own, resource.template, other.template) or not _is_there(world, other):
                continue
            if _values(world, other, single) == own:
                what = f"have both {path} {shown(own[-1])}" if own else "are both of one registry, which takes one"
                why = f"{resource.logical_id} and {other.logical_id} {what}"
                location = f"Properties.{path}" if path else "Properties"
                yield Refusal(resource, location, why, single.taken if _is_of_one(other, resource) else None)


def _alike(world: World, resource: Resource, single: _Single, own: Sequence[Value]) -> tuple[str, Sequence[Resource]]:
    """Return the property that tells resources apart, if any, and those that may be alike by it."""
    if not single.paths:
        return "", world.root.all(resource.type)
    path, value = single.paths[-1], own[-1]
    is_told = None not in own and isinstance(value, (str, Text))
    return path, world.root.named(resource.type, path, value) if is_told else ()


def _is_of_one(one: Resource, other: Resource) -> bool:
    """Return whether two resources are of one stack, or of stacks that are nested in one."""
    return outermost(one.template) is outermost(other.template)


def _is_there(world: World, resource: Resource) -> bool:
    """Return whether a resource is made, and no macro may change it."""
    template = resource.template
    return world.exists(resource) and world.recall(is_whole, (template,), lambda: is_whole(template))


def _values(world: World, resource: Resource, single: _Single) -> list[Value]:
    """Return the values by which a resource is alike another one."""
    *others, last = single.paths or ("",)
    named = [world.value(resource, path, _DEFAULTS.get(path)) for path in others]
    return [*named, world.value(resource, last)] if last else named


def _meet(single: _Single, values: Sequence[Value], one: Template, other: Template) -> bool:
    """Return whether values are surely the same in two templates, and their stacks where there can be but one."""
    if one is other:
        return True
    if single.scope is _Scope.TEMPLATE or not all(map(_is_same, values)):
        return False
    if outermost(one) is outermost(other):
        return True
    is_there = single.scope is _Scope.ACCOUNT or (one.region is not None and one.region == other.region)
    return is_there and one.account is not None and one.account == other.account


def _is_same(value: Value) -> bool:
    """Return whether a text is the same in all stacks of an account and a Region."""
    if not isinstance(value, (str, Text)):
        return False
    holes = [piece for piece in pieces_of(value) if isinstance(piece, Hole)]
    return all(hole.kind in _SAME for hole in holes)
