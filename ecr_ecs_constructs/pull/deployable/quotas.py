"""The lists of which Amazon ECS takes a certain number of elements, and no more.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.placement.runners import SERVICE
from ecr_ecs_constructs.pull.texts.references import TASK_DEFINITION

_MOST: Mapping[str, Mapping[str, int]] = {
    SERVICE: {
        "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups": 5,
        "NetworkConfiguration.AwsvpcConfiguration.Subnets": 16,
        "PlacementConstraints": 10,
        "PlacementStrategies": 5,
    },
    TASK_DEFINITION: {"ContainerDefinitions": 10, "PlacementConstraints": 10},
}
"""By resource type, how many elements a list may have; no account gets more."""


def exceeding(world: World, own: Site) -> Iterator[Refusal]:
    """Yield which lists of a resource have more elements than they may have.

    Args:
        world: the world in which it is asked.
        own: the properties of the resource.
    """
    for path, most in _MOST[own.resource.type].items():
        number = len(world.sites(own.resource, f"{path}.*", own))
        if number > most:
            yield refusal(own, path, f"has {number} {path.rpartition('.')[2]}, of which there may be {most}")
