"""Replications of registries that Amazon ECR refuses.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutReplicationConfiguration.html
    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site, Text
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, refusal
from ecr_ecs_constructs.pull.iam.registry import is_registry


def refused_replication(world: World, site: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECR takes no replication: it copies to its own registry, or to another partition.

    Args:
        world: the world in which it is asked.
        site: the place of the replication's properties.
    """
    resource, template = site.resource, site.resource.template
    own = world.pseudo(template, "AWS::Region")
    for destination in world.sites(resource, "ReplicationConfiguration.Rules.*.Destinations.*", site):
        account, region = (world.value(resource, key, at=destination) for key in ("RegistryId", "Region"))
        if not isinstance(account, (str, Text)) or not isinstance(region, (str, Text)):
            continue
        if is_registry(world, template, template, account, region):
            yield refusal(destination, "", "copies to its own registry")
        elif isinstance(own, str) and isinstance(region, str) and partition_of(own) != partition_of(region):
            yield refusal(destination, "Region", f"copies from {own} to {region}, which is of another partition")
