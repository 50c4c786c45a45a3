"""Pull-through cache rules that Amazon ECR refuses."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.deployable.refusal import Refusal
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.upstreams import Upstreams


def refused_cache_rule(world: World, site: Site) -> Iterator[Refusal]:
    """Yield why Amazon ECR takes no pull-through cache rule.

    A registry upstream that is not known says nothing of the rest of its stack: that is told where it is pulled from.

    Args:
        world: the world in which it is asked.
        site: the place of the rule's properties.
    """
    fault = Upstreams(Arns(world)).fault(site.resource)
    if fault is not None and fault.taken is False:
        yield Refusal(site.resource, fault.location, f"{site.resource.logical_id} {fault.why}")
