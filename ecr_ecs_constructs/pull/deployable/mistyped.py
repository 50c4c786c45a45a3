"""References that lead to a resource of another type than the property is for.

Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ref.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.placement.runners import NETWORKS
from ecr_ecs_constructs.pull.texts.references import CLUSTER, ROLE


class _Typed(NamedTuple):
    """The resources that a property is for.

    Attributes:
        types: their types.
        what: what the property takes of them, in words.
        by_name: whether it takes a name, which a resource of another type may have as well.
    """

    types: tuple[str, ...]
    what: str
    by_name: bool


_ROLE = _Typed((ROLE,), "a role", by_name=True)
_OF_DEFINITION: Mapping[str, _Typed] = {"TaskRoleArn": _ROLE, "ExecutionRoleArn": _ROLE}
_OF_SERVICE: Mapping[str, _Typed] = {"Cluster": _Typed((CLUSTER,), "a cluster", by_name=True)}
_OF_NETWORK: Mapping[str, _Typed] = {
    "Subnets.*": _Typed(("AWS::EC2::Subnet",), "subnets", by_name=False),
    "SecurityGroups.*": _Typed(("AWS::EC2::SecurityGroup",), "security groups", by_name=False),
}

_NAMED = frozenset({CLUSTER, ROLE, "AWS::ECR::Repository", "AWS::IAM::InstanceProfile", "AWS::Logs::LogGroup"})
"""The types whose `Ref` is a name."""

_IDENTIFIED = re.compile(
    r"AWS::EC2::(VPC|Subnet|SecurityGroup|RouteTable|Route|InternetGateway|NatGateway|NetworkAcl|Instance|"
    r"LaunchTemplate|VPCEndpoint)|AWS::ECS::(TaskDefinition|Service)|"
    r"AWS::ElasticLoadBalancingV2::(LoadBalancer|Listener|TargetGroup)|AWS::EFS::(FileSystem|AccessPoint)|"
    r"AWS::SecretsManager::Secret"
)
"""The types whose `Ref` is an ID or an ARN, which no resource of another type has."""


def mistyped_definition(world: World, definition: Resource) -> Iterator[Refusal]:
    """Yield the references of a task definition to resources of another type.

    Args:
        world: the world in which it is asked.
        definition: the `AWS::ECS::TaskDefinition`.
    """
    return _mistyped(world, definition, None, _OF_DEFINITION, "")


def mistyped_runner(world: World, runner: Resource, at: Site) -> Iterator[Refusal]:
    """Yield the references of what runs tasks to resources of another type.

    Args:
        world: the world in which it is asked.
        runner: what runs tasks.
        at: where launch type and network of its tasks stand.
    """
    if runner.type == "AWS::ECS::Service":
        yield from _mistyped(world, runner, at, _OF_SERVICE, "")
    yield from _mistyped(world, runner, at, _OF_NETWORK, f"{NETWORKS[runner.type]}.")


def _mistyped(
    world: World, resource: Resource, at: Site | None, wanted: Mapping[str, _Typed], start: str
) -> Iterator[Refusal]:
    around = at.location if at is not None else "Properties"
    for key, each in wanted.items():
        for value in world.values(resource, f"{start}{key}", at):
            taken = _takes(each, value)
            if taken is not True and isinstance(value, Text):
                location = f"{around}.{start}{key}".removesuffix(".*")
                yield Refusal(resource, location, f"it takes {each.what}, and is given {value}", taken)


def _takes(wanted: _Typed, value: Value) -> bool | None:
    """Return whether a property takes a value; not known of the name of something else, which may be one of it too."""
    hole = value.pieces[0] if isinstance(value, Text) and len(value.pieces) == 1 else None
    if not isinstance(hole, Hole) or hole.resource is None or hole.attribute is not None:
        return True
    type_ = hole.resource.type
    if type_ in wanted.types:
        return True
    if _IDENTIFIED.fullmatch(type_):
        return False
    return (None if wanted.by_name else False) if type_ in _NAMED else True
