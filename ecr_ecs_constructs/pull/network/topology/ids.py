"""The IDs of the parts of a network, as properties give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World, Worlds
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.texts.mentions import mentioned
from ecr_ecs_constructs.pull.texts.pattern import Truth, same

_IDS: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::DHCPOptions": ("DhcpOptionsId",),
    "AWS::EFS::FileSystem": ("FileSystemId",),
    "AWS::FSx::FileSystem": ("Id",),
    "AWS::EC2::EgressOnlyInternetGateway": ("Id",),
    "AWS::EC2::Instance": ("InstanceId",),
    "AWS::EC2::VPNGateway": ("VPNGatewayId",),
    "AWS::EC2::InternetGateway": ("InternetGatewayId",),
    "AWS::EC2::NatGateway": ("NatGatewayId",),
    "AWS::EC2::NetworkAcl": ("Id",),
    "AWS::EC2::RouteTable": ("RouteTableId",),
    "AWS::EC2::SecurityGroup": ("GroupId",),
    "AWS::EC2::Subnet": ("SubnetId",),
    "AWS::EC2::VPC": ("VpcId", "DefaultNetworkAcl"),
    "AWS::EC2::VPCEndpoint": ("Id",),
    "AWS::Route53Resolver::FirewallRuleGroup": ("Id",),
    "AWS::Route53Resolver::ResolverRule": ("ResolverRuleId",),
}
"""The attributes that are the ID of a resource, as what `Ref` gives is, by resource type.

The default network ACL of a VPC goes by the VPC: where the one is named, the other can't be.
"""


DEFAULT_GROUP = "DefaultSecurityGroup"
"""The attribute of a VPC that is the ID of its default security group."""


class Id(NamedTuple):
    """The ID of a part of a network, as a property gives it.

    Attributes:
        value: the text, the logical ID of a resource of the templates.
        template: where it is written, or that of the resource.
        resource: what it is the ID of, where that is in the templates; the VPC for its default security group.
    """

    value: str | Text
    template: Template
    resource: Resource | None = None

    @classmethod
    def of_resource(cls, resource: Resource) -> Id:
        """Return the ID of a resource."""
        return cls(resource.logical_id, resource.template, resource)

    @classmethod
    def of_default_group(cls, vpc: Resource) -> Id:
        """Return the ID of the default security group of a VPC, which is named where a security group is alone."""
        return cls(f"{vpc.logical_id}.{DEFAULT_GROUP}", vpc.template, vpc)

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return self.value
        # What is cut out of a text known only at deployment is named by the whole text.
        return re.sub(r"^\$\{(\$\{.*\})\}$", r"\1", str(self.value))

    def of(self, type_: str) -> Resource | None:
        """Return what it is the ID of, where that is a resource of a type in the templates."""
        return self.resource if self.resource is not None and self.resource.type == type_ else None

    def is_(self, other: Id) -> Truth:
        """Return whether it is the ID of the same thing as another."""
        if self.resource is None and other.resource is None:
            return same(self.value, other.value, local=self.template is other.template)
        return None if self.resource is None or other.resource is None else self.resource is other.resource


def read_ids(value: Value, template: Template) -> tuple[Id, ...]:
    """Return the IDs in a value: one of its own, or several with commas between them."""
    if isinstance(value, Hole):
        value = Text((value,))
    if not isinstance(value, (str, Text)):
        return (Id(text(Hole(Kind.ANYTHING, "a value that is no ID")), template),)
    if isinstance(value, Text) and len(value.pieces) == 1:
        return (_id(value, template),)  # as nearly all are
    parts: list[list[str | Hole]] = [[]]
    for piece in pieces_of(value):
        first, *others = piece.split(",") if isinstance(piece, str) else (piece,)
        parts[-1].append(first.strip() if isinstance(first, str) else first)
        parts += [[str(other).strip()] for other in others]
    return tuple(_id(one, template) for part in parts if (one := text(*part)) != "")


def _id(value: str | Text, template: Template) -> Id:
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    if isinstance(hole, Hole) and hole.resource is not None:
        if (hole.resource.type, hole.attribute) == ("AWS::EC2::VPC", DEFAULT_GROUP):
            return Id.of_default_group(hole.resource)
        attributes = _IDS.get(hole.resource.type)
        if attributes is not None and (hole.attribute is None or hole.attribute in attributes):
            return Id.of_resource(hole.resource)
    return Id(value, template)


def ids(world: World, resource: Resource, path: str, at: Site | None = None) -> tuple[Id, ...]:
    """Return the IDs that a path of a resource leads to in a world."""
    values = world.values(resource, path, at)
    if len(values) == 1:
        return read_ids(values[0], resource.template)
    return tuple(one for value in values for one in read_ids(value, resource.template))


def first_id(world: World, resource: Resource, path: str) -> Id | None:
    """Return the first ID that a path of a resource leads to."""
    found = ids(world, resource, path)
    return found[0] if found else None


def named(world: World, resource: Resource, path: str, type_: str) -> Resource | None:
    """Return the resource of a type that a property names, None where it is not in the templates."""
    first = first_id(world, resource, path)
    return None if first is None else first.of(type_)


def every_id(worlds: Worlds, resource: Resource, path: str) -> tuple[Id, ...]:
    """Return the IDs that a path of a resource leads to in any world; an unknown one where there are too many."""
    values = worlds.every(resource, path)
    if values is None:
        return (Id(Text((Hole(Kind.ANYTHING, f"{resource.logical_id}.{path}"),)), resource.template),)
    return tuple(one for value in values for one in read_ids(value, resource.template))


def named_in(worlds: Worlds, resource: Resource) -> set[Resource | None]:
    """Return the resources whose ID stands anywhere in the properties of another one, in any world.

    None is among them where too many worlds tell it: the ID of any resource may stand there.
    """
    found: set[Resource | None] = set()
    for each in mentioned(worlds, resource):
        if isinstance(each, Hole) and each.attribute != DEFAULT_GROUP:
            one = _id(Text((each,)), resource.template).resource
            if one is not None:
                found.add(one)
        elif each is None:
            found.add(None)
    return found
