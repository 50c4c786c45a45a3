"""The runners of task definitions: services, task sets, rules, schedules and pipes.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/tasks-scheduled-eventbridge-scheduler.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-events-rule-ecsparameters.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-pipes-pipe-pipetargetecstaskparameters.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Site, Text
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.references import CLUSTER, ROLE, TASK_DEFINITION, References, Target

SERVICE, TASK_SET = "AWS::ECS::Service", "AWS::ECS::TaskSet"


class _Runner(NamedTuple):
    """The properties by which a type of resources runs task definitions.

    Attributes:
        path: leads to the places that have the cluster.
        settings: leads from there to what has launch type and strategy.
        definition: the key of the task definition beside these.
        cluster: the key of the cluster.
        role: the key of the role by which it starts tasks, beside that; nothing where it needs none.
    """

    path: str
    settings: str
    definition: str
    cluster: str
    role: str = ""


_RUNNERS: Mapping[str, _Runner] = {
    SERVICE: _Runner("", "", "TaskDefinition", "Cluster"),
    TASK_SET: _Runner("", "", "TaskDefinition", "Cluster"),
    "AWS::Events::Rule": _Runner("Targets.*", "EcsParameters", "TaskDefinitionArn", "Arn", "RoleArn"),
    "AWS::Scheduler::Schedule": _Runner("Target", "EcsParameters", "TaskDefinitionArn", "Arn", "RoleArn"),
    "AWS::Pipes::Pipe": _Runner("", "TargetParameters.EcsTaskParameters", "TaskDefinitionArn", "Target", "RoleArn"),
}


class Run(NamedTuple):
    """Tasks of one definition, as a runner runs them.

    Attributes:
        runner: what runs it.
        definition: the task definition.
        around: where the cluster stands.
        at: where launch type, strategy and network of its tasks stand.
    """

    runner: Resource
    definition: Resource
    around: Site
    at: Site


class Runners(InWorld):
    """The runners of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)

    def of(self, definition: Resource) -> Sequence[Run]:
        """Return how each runner runs a task definition."""
        runners = self.world.root.candidates(_definitions, tuple(_RUNNERS), definition)
        return [run for runner in runners for run in self.runs(runner) if run.definition is definition]

    @asked
    def runs(self, runner: Resource) -> tuple[Run, ...]:
        """Return all that a runner runs."""
        form = _RUNNERS[runner.type]
        return tuple(
            Run(runner, target.resource, around, at)
            for around in self.world.sites(runner, form.path)
            for at in (self.world.sites(runner, form.settings, around) if form.settings else (around,))
            for target in self._references.targets(runner, form.definition, TASK_DEFINITION, at)
            if target.resource is not None
        )

    def cluster(self, run: Run) -> Target | None:
        """Return the cluster in which tasks are run, None where none is named."""
        clusters = self._references.targets(run.runner, _RUNNERS[run.runner.type].cluster, CLUSTER, run.around)
        return clusters[0] if clusters else None

    def starter(self, run: Run) -> Target | None:
        """Return the role by which a runner starts tasks; None where it needs none, as a service does.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
        """
        key = _RUNNERS[run.runner.type].role
        if not key:
            return None
        value = self.world.value(run.runner, key, at=run.around)
        if value is None:
            return Target(ABSENT, None, f"{run.runner.logical_id} names no {key} for it")
        return self._references.of(value, ROLE, run.runner.template, path="/")

    def execution_roles(self, run: Run) -> tuple[Target, ...]:
        """Return the execution roles that a runner gives its tasks in place of that of their definition.

        Sources:
            https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html (the input of a rule)
            https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_EcsTaskOverride.html
        """
        runner = run.runner
        if runner.type in (SERVICE, TASK_SET):
            return ()
        roles = [*self.world.values(runner, "Overrides.ExecutionRoleArn", run.at)]
        inputs = (*self.world.values(runner, "Input", run.around), *self.world.values(runner, _TRANSFORMED, run.around))
        unclear: list[Target] = []
        for value in inputs:
            try:
                read = read_document(value) if isinstance(value, (str, Text)) else value
            except ValueError:
                read = None
            if isinstance(read, dict):
                roles += [role for role in (read.get("executionRoleArn"),) if role is not None]
            elif "executionRoleArn" in str(value) or (isinstance(value, Text) and len(value.pieces) == 1):
                unclear.append(Target(value, None, f"the input of {runner.logical_id} may name"))
        return (*unclear, *(self._references.of(role, ROLE, runner.template, path="/") for role in roles))


_TRANSFORMED = "InputTransformer.InputTemplate"


def _definitions(world: World, runner: Resource) -> Sequence[Resource]:
    """Return the task definitions that a runner runs."""
    return [run.definition for run in Runners(world).runs(runner)]
