"""Resources that AWS refuses to make for their settings, or for those of the resources that they refer to.

They may stand beside the path of a task: where one of them is refused, its whole stack is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecr_ecs_constructs.cloudformation.conditions.worlds import World
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.deployable.balancers import LOAD_BALANCER, refused_load_balancer, refused_targets
from ecr_ecs_constructs.pull.deployable.caches import refused_cache_rule
from ecr_ecs_constructs.pull.deployable.clusters import refused_cluster, refused_execute_command, refused_provider
from ecr_ecs_constructs.pull.deployable.environments import refused_environment, refused_queue
from ecr_ecs_constructs.pull.deployable.launches import refused_group, refused_launch_template
from ecr_ecs_constructs.pull.deployable.quotas import exceeding
from ecr_ecs_constructs.pull.deployable.refusal import Refusal, unread
from ecr_ecs_constructs.pull.deployable.replications import refused_replication
from ecr_ecs_constructs.pull.deployable.scheduling import refused_rule
from ecr_ecs_constructs.pull.deployable.services import refused_service
from ecr_ecs_constructs.pull.deployable.signals import WAIT_CONDITION, unmet, unsignalled
from ecr_ecs_constructs.pull.iam.registry import CACHE_RULE
from ecr_ecs_constructs.pull.iam.replication import REPLICATION
from ecr_ecs_constructs.pull.machines.hosts import INSTANCE
from ecr_ecs_constructs.pull.placement.providers import ASSOCIATIONS
from ecr_ecs_constructs.pull.placement.runners import RULE, SERVICE
from ecr_ecs_constructs.pull.texts.references import (
    CAPACITY_PROVIDER,
    CLUSTER,
    COMPUTE_ENVIRONMENT,
    GROUP,
    JOB_QUEUE,
    LAUNCH_TEMPLATE,
    TASK_DEFINITION,
)

_Refuses = Callable[[World, Site], Iterator[Refusal]]
_REFUSES: Mapping[str, tuple[_Refuses, ...]] = {
    ASSOCIATIONS: (refused_cluster,),
    CACHE_RULE: (refused_cache_rule,),
    CAPACITY_PROVIDER: (refused_provider,),
    COMPUTE_ENVIRONMENT: (refused_environment,),
    CLUSTER: (refused_cluster, refused_execute_command),
    GROUP: (refused_group, refused_targets, unsignalled),
    INSTANCE: (unsignalled,),
    JOB_QUEUE: (refused_queue,),
    LAUNCH_TEMPLATE: (refused_launch_template,),
    LOAD_BALANCER: (refused_load_balancer,),
    REPLICATION: (refused_replication,),
    RULE: (refused_rule,),
    SERVICE: (refused_service, exceeding),
    TASK_DEFINITION: (exceeding,),
    WAIT_CONDITION: (unmet,),
}
"""By resource type, what yields why AWS refuses its settings, given the place of its properties."""


def refused_resource(world: World, resource: Resource) -> Iterator[Refusal]:
    """Yield why AWS does not make a resource with its settings, nothing for a type of which none are judged.

    Args:
        world: the world in which it is asked.
        resource: the resource, which exists there.
    """
    for refuses in _REFUSES.get(resource.type, ()):
        yield from refuses(world, unread(world, resource))
