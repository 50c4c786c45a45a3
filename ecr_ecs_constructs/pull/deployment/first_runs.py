"""First runs: the first tasks of a definition, which start while the deployment that makes their runner goes on.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/tasks-scheduled-eventbridge-scheduler.html
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources.AwsCustomResource.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import shown
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.deployment.deployments import Deployments
from ecr_ecs_constructs.pull.deployment.handovers import Handovers, custom_types
from ecr_ecs_constructs.pull.placement.kinds import Placement
from ecr_ecs_constructs.pull.texts.references import TASK_DEFINITION

_SWITCHES: Mapping[str, tuple[str, str]] = {
    "AWS::Events::Rule": ("State", "DISABLED"),
    "AWS::Scheduler::Schedule": ("State", "DISABLED"),
    "AWS::Pipes::Pipe": ("DesiredState", "STOPPED"),
}
"""The property that switches off what runs tasks again and again, and its value then, by type."""

_CALL = "runtask"
"""The action of Amazon ECS by which a custom resource runs a task, in lower case."""


class FirstRun(NamedTuple):
    """The first tasks that a runner starts.

    Attributes:
        runner: what starts them.
        is_awaited: whether the deployment waits for them.
        is_final: whether the deployment fails where they do; else Amazon ECS, or the runner, tries again.
    """

    runner: Resource
    is_awaited: bool
    is_final: bool


class FirstRuns(InWorld):
    """The first tasks of every runner in one world."""

    def __init__(self, deployments: Deployments) -> None:
        self.world = deployments.world
        self._deployments = deployments

    def of(self, container: Container, placements: Sequence[Placement]) -> Iterator[FirstRun]:
        """Yield the first runs of a container's task that come during a deployment, as far as they surely come.

        Args:
            container: the container.
            placements: where it runs.
        """
        for placement in placements:
            runner = placement.runner
            if runner is not None and self._deployments.awaited(container, placement) is not None:
                is_final = bool(self._deployments.services.is_broken_off(runner))
                yield FirstRun(runner, is_awaited=True, is_final=is_final)
            elif runner is not None and runner.type in _SWITCHES:
                switch, off = _SWITCHES[runner.type]
                if self.world.value(runner, switch) != off:
                    yield FirstRun(runner, is_awaited=False, is_final=False)
        for runner in self._calling(container.resource):
            yield FirstRun(runner, is_awaited=True, is_final=True)

    @asked
    def _calling(self, definition: Resource) -> tuple[Resource, ...]:
        """Return the custom resources that run a task definition as soon as they are made."""
        if definition.type != TASK_DEFINITION:
            return ()
        found = self.world.root.candidates(_called, custom_types(self.world), definition)
        return tuple(each for each in found if self.world.exists(each) and definition in _called(self.world, each))


def _called(world: World, custom: Resource) -> Iterator[Resource]:
    """Yield the task definitions that a custom resource runs."""
    if any(_CALL in shown(value).lower() for value in world.values(custom, "")):
        yield from (each for each in Handovers(world).own(custom) if each.type == TASK_DEFINITION)
