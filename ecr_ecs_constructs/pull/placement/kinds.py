"""The kinds of places that tasks run in.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Site, Text, Value
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.texts.references import Target


class LaunchType(StrEnum):
    """The launch type of a task: what it runs on.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    """

    EC2 = "EC2"
    FARGATE = "FARGATE"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"
    EXTERNAL = "EXTERNAL"


REGISTERED = (LaunchType.EC2, LaunchType.EXTERNAL)
"""The launch types of tasks on instances that register in the cluster by themselves; external ones are in no template.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html
"""

ON_INSTANCES = (LaunchType.EC2, LaunchType.MANAGED_INSTANCES)
"""The launch types of tasks that run on instances in a VPC, beside which their own network interfaces are."""


def launch_type_of(value: Value) -> LaunchType | None:
    """Return the launch type that a value names, None where it names none."""
    return _LAUNCH_TYPES.get(value) if isinstance(value, str) else None


_LAUNCH_TYPES = {each.value: each for each in LaunchType}


class Placement(NamedTuple):
    """A place where a task definition runs, or may run.

    Attributes:
        launch_type: that of its tasks there; None where it is known only at deployment.
        runner: the service or other resource that runs it, None where nothing in the templates does.
        cluster: the cluster, None where it is not known.
        evidence: how it is known.
        provider: the capacity provider that starts what it runs on, where it is in the templates.
        at: where launch type and network of its tasks stand, None where that is not in the templates.
        execution_roles: what can pull there in place of the execution role of the task definition, by the override of
            its runner; empty where that overrides nothing.
        starter: the role by which its runner starts it; None where that needs no role of its own.
        queue: the queue of AWS Batch from which it is run, None where it is none, or is not known.
        environment: the compute environment of that queue in which it is run.
        usable: whether its cluster can use the capacity provider that it is placed by.
        resized: why its task may have another size than its definition says; empty where it has that one.
        supposed: whether the launch type is only the one that its task is for, and may be another: what is broken by
            it alone is not known.
        elsewhere: that its cluster has what its tasks need, where that is not in the templates; None where nobody
            vouches for that.
    """

    launch_type: LaunchType | None
    runner: Resource | None
    cluster: Target | None
    evidence: str
    provider: Resource | None = None
    at: Site | None = None
    execution_roles: tuple[Target, ...] = ()
    starter: Target | None = None
    queue: Resource | None = None
    environment: Resource | None = None
    usable: Answer = Answer(True)
    resized: str = ""
    supposed: bool = False
    elsewhere: Answer | None = None

    def judged(self, answer: Answer) -> Answer:
        """Return an answer about its launch type as it counts: not known where it is no, and that is only supposed."""
        if answer.truth is False and self.supposed:
            return answer._replace(truth=None, why=f"{answer.why}, where it runs on {self.launch_type}")
        return answer

    def __hash__(self) -> int:
        return hash((self.runner, self.evidence))


def itself(cluster: Resource) -> Target:
    """Return a cluster of the templates as what a property refers to."""
    return Target(Text((Hole(Kind.RESOURCE, cluster.logical_id, cluster),)), cluster)


def cluster_of(environment: Resource) -> Target:
    """Return the cluster that AWS Batch makes for a compute environment, whose name no template knows."""
    return Target(Text((Hole(Kind.ANYTHING, f"{environment.logical_id}.Cluster", environment),)), None)
