"""Instances that Amazon ECS launches and replaces by itself: `EcsManagedInstances`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.options import ManagedInstancesOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ec2 as ec2
    from constructs import Construct

INFRASTRUCTURE_POLICY = "AmazonECSInfrastructureRolePolicyForManagedInstances"
"""The managed policy of AWS by which Amazon ECS launches the instances.

It hands on instance roles alone whose names begin with `ecsInstanceRole`, as that of CDK does.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-instance-profile.html
"""


@takes(ManagedInstancesOptions)
class EcsManagedInstances(ecs.ManagedInstancesCapacityProvider):
    """A fleet of ECS Managed Instances: its capacity provider, with the roles named as they must be.

    `add_managed_instances` of `EcsCluster` makes it.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ManagedInstances.html

    Hooks: `create_infrastructure_role`.

    Args:
        scope: where the capacity provider is made.
        id: its ID there.
        subnets: the subnets of the instances, which reach Amazon ECR and Amazon ECS from these.
        security_groups: the security groups of the instances.
        infrastructure_role: the role by which Amazon ECS launches the instances; None for that of
            `create_infrastructure_role`.
        **options: those of `ManagedInstancesOptions`.

    Raises:
        ValueError: `subnets` or `security_groups` is empty.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        subnets: Sequence[ec2.ISubnet | ec2.Subnet],
        security_groups: Sequence[ec2.ISecurityGroup],
        infrastructure_role: iam.IRole | iam.Role | None = None,
        **options: Unpack[ManagedInstancesOptions],
    ) -> None:
        for argument, given in (("subnets", subnets), ("security_groups", security_groups)):
            if not given:
                raise ValueError(f"{argument} must name at least one, got []: no instance could be launched")
        super().__init__(
            scope,
            id,
            subnets=subnets,
            security_groups=security_groups,
            infrastructure_role=infrastructure_role or self.create_infrastructure_role(scope, f"{id}Infrastructure"),
            **ManagedInstancesOptions(**options),
        )
        bring_along(self)

    def create_infrastructure_role(self, scope: Construct, id: str) -> iam.IRole | iam.Role:
        """Make the role by which Amazon ECS launches the instances; a hook, called before the fleet itself exists.

        Args:
            scope: the scope of the fleet.
            id: the ID of the role there.

        Returns:
            A role with the managed policy of AWS; one with a policy of its own is not proven.
        """
        policy = iam.ManagedPolicy.from_aws_managed_policy_name(INFRASTRUCTURE_POLICY)
        trusted = iam.ServicePrincipal("ecs.amazonaws.com")
        return iam.Role(scope, id, assumed_by=trusted, managed_policies=[policy])
