"""The roles by which Amazon ECS itself makes something for tasks: volumes, certificates, instances.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-instance-profile.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION, PASS_ACTION
from ecr_ecs_constructs.pull.iam.carriers import Carriers
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.references import PROFILE, ROLE, References
from ecr_ecs_constructs.pull.vouching import vouched_role

_ROLES: Mapping[str, Mapping[str, str]] = {
    "AWS::ECS::Service": {
        "ServiceConnectConfiguration.Services.*.Tls.RoleArn": (
            "service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity"
        ),
        "VolumeConfigurations.*.ManagedEBSVolume.RoleArn": "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
        "LoadBalancers.*.AdvancedConfiguration.RoleArn": "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        "VpcLatticeConfigurations.*.RoleArn": "AmazonECSInfrastructureRolePolicyForVpcLattice",
    },
    "AWS::ECS::CapacityProvider": {
        "ManagedInstancesProvider.InfrastructureRoleArn": "AmazonECSInfrastructureRolePolicyForManagedInstances"
    },
    "AWS::ECS::ExpressGatewayService": {
        "InfrastructureRoleArn": "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"
    },
}
"""By the type of a resource: where its infrastructure roles stand, and the managed policy of AWS for each."""

_MANAGED = "ManagedInstancesProvider"
_PROFILE = f"{_MANAGED}.InstanceLaunchTemplate.Ec2InstanceProfileArn"
_TO_EC2 = (("iam:passedtoservice", "ec2.amazonaws.com"),)

_OUTSIDE = Nothing("Amazon ECS asks from outside the network of the task")


class Infrastructure(InWorld):
    """The infrastructure roles in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._arns = roles.arns
        self._carriers = Carriers(roles)
        self._references = References(self.world)

    def needs(self, placement: Placement) -> Iterator[Need]:
        """Yield the needs of what runs tasks in one place: Amazon ECS makes something by each of its roles."""
        for resource in (placement.runner, placement.provider):
            if resource is not None:
                for path, policy in _ROLES.get(resource.type, {}).items():
                    yield from self._of(resource, path, policy)
        if placement.provider is not None:
            yield from self._passing(placement.provider)

    def _passing(self, provider: Resource) -> Iterator[Need]:
        """Yield the need to hand the role of managed instances on to Amazon EC2: AWS's own policy goes by its name."""
        title = f"the start of instances by {provider.logical_id}"
        for infrastructure in self._references.targets(provider, f"{_MANAGED}.InfrastructureRoleArn", ROLE):
            for profile in self._references.targets(provider, _PROFILE, PROFILE):
                if profile.resource is None:
                    there = Answer(None, f"instance profile {profile}, which {profile.lack}")
                    yield Need(f"the instance profile of {provider.logical_id}", _OUTSIDE, _OUTSIDE, there)
                    continue
                for role in self._references.targets(profile.resource, "Roles.*", ROLE):
                    arn = self._arns.role(role, profile.resource.template)
                    asks = Ask(Who.STARTER, (PASS_ACTION,), arn, role=infrastructure, context=_TO_EC2)
                    yield Need(title, asks, _OUTSIDE)

    def _of(self, resource: Resource, path: str, policy: str) -> Iterator[Need]:
        for value in self.world.values(resource, path):
            target = self._references.of(value, ROLE, resource.template, path="/")
            role = target.resource
            if role is None:
                there = vouched_role(self.world, target) or Answer(None, f"role {target}, which {target.lack}")
                yield Need(f"the infrastructure role of {resource.logical_id}", _OUTSIDE, _OUTSIDE, there)
            else:
                title = f"infrastructure role {role.logical_id} of {resource.logical_id}"
                asks = Ask(Who.SERVICE, (ASSUME_ACTION,), made=role, assumer=Assumer.INFRASTRUCTURE)
                yield Need(title, asks, _OUTSIDE)
                made, actions = f"what Amazon ECS makes for {resource.logical_id}", Nothing("AWS documents a policy")
                yield Need(made, actions, _OUTSIDE, self._carriers.may(role, (policy,)))
