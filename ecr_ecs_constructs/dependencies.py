"""Dependencies on constructs that are made later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import IConstruct

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE_COPY: Final = "Custom::CDKECRDeployment"
"""The type of the custom resources that copy images into repositories.

Source: https://github.com/cdklabs/cdk-ecr-deployment
"""


def add_late_dependency(dependent: constructs.IConstruct, roots: Callable[[], list[constructs.IConstruct]]) -> None:
    """Make the resources of a construct wait for those of constructs that are known only when the app is synthesized.

    Args:
        dependent: the construct whose resources wait.
        roots: returns the constructs whose resources they wait for.
    """
    group = constructs.DependencyGroup()
    constructs.Dependable.implement(group, _Late(roots))
    dependent.node.add_dependency(group)


class _Late(constructs.Dependable):
    def __init__(self, roots: Callable[[], list[constructs.IConstruct]]) -> None:
        super().__init__()
        self._roots = roots

    @property
    def dependency_roots(self) -> list[constructs.IConstruct]:
        return self._roots()


def needed_by_tasks(construct: IConstruct, cluster: ecs.ICluster, *, on_vpc: bool = True) -> list[IConstruct]:
    """Return all that the stack of a construct makes for the tasks that the construct runs.

    Args:
        construct: what runs tasks.
        cluster: the cluster in which it runs them.
        on_vpc: whether these pull in the VPC of the cluster.
    """
    return [
        *_associations(construct, cluster),
        *(_subnets(construct, cluster.vpc) if on_vpc else ()),
        *(_endpoints(construct, cluster.vpc) if on_vpc else ()),
        *_of_stack(construct, IMAGE_COPY),
    ]


def _associations(construct: IConstruct, cluster: ecs.ICluster) -> list[ecs.CfnClusterCapacityProviderAssociations]:
    """Return what associates capacity providers with a cluster; CDK makes it late, and lets no service wait for it.

    That of an imported cluster stands with the capacity; a service in another stack names that by what it exports.
    """
    own = cluster.node.find_all()
    beside = _of_stack(construct, "AWS::ECS::ClusterCapacityProviderAssociations")
    found = [each for each in (*own, *beside) if isinstance(each, ecs.CfnClusterCapacityProviderAssociations)]
    return [each for each in found if each.cluster == cluster.cluster_name]


def _subnets(construct: IConstruct, vpc: ec2.IVpc) -> list[ec2.ISubnet]:
    """Return the subnets of a VPC that the stack of a construct makes: below them are the routes of its first tasks."""
    every = [*vpc.public_subnets, *vpc.private_subnets, *vpc.isolated_subnets]
    return [subnet for subnet in every if cdk.Stack.of(subnet) is cdk.Stack.of(construct)]


def _endpoints(construct: IConstruct, vpc: ec2.IVpc) -> list[IConstruct]:
    """Return the endpoints of a VPC that the stack of a construct makes."""
    endpoints = _of_stack(construct, "AWS::EC2::VPCEndpoint")
    return [each for each in endpoints if isinstance(each, ec2.CfnVPCEndpoint) and each.vpc_id == vpc.vpc_id]


def _of_stack(construct: IConstruct, type_: str) -> list[IConstruct]:
    """Return the resources of a type in the stack of a construct."""
    stack = cdk.Stack.of(construct)
    found = cdk.ConstructSelector.resources_of_type(type_).select(stack)
    return [each for each in found if cdk.Stack.of(each) is stack]
