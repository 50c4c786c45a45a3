"""The roles by which Amazon ECS itself makes something for tasks: volumes, certificates, instances.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/infrastructure_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.actions import ASSUME_ACTION
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.needs.need import Ask, Need, Nothing, Who
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.references import ROLE, References
from ecr_ecs_constructs.pull.vouching import vouched_role

_ROLES: Mapping[str, tuple[str, ...]] = {
    "AWS::ECS::Service": (
        "ServiceConnectConfiguration.Services.*.Tls.RoleArn",
        "VolumeConfigurations.*.ManagedEBSVolume.RoleArn",
    ),
    "AWS::ECS::CapacityProvider": ("ManagedInstancesProvider.InfrastructureRoleArn",),
    "AWS::ECS::ExpressGatewayService": ("InfrastructureRoleArn",),
}
"""By the type of a resource: where its infrastructure roles stand."""

_OUTSIDE = Nothing("Amazon ECS asks from outside the network of the task")


class Infrastructure(InWorld):
    """The infrastructure roles in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    def needs(self, placement: Placement) -> Iterator[Need]:
        """Yield the needs of what runs tasks in one place: Amazon ECS must be able to assume each of its roles."""
        for resource in (placement.runner, placement.provider):
            if resource is not None:
                for path in _ROLES.get(resource.type, ()):
                    yield from self._of(resource, path)

    def _of(self, resource: Resource, path: str) -> Iterator[Need]:
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
