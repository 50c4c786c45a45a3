"""The runners of task definitions: services, task sets, rules, schedules, pipes and state machines.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/tasks-scheduled-eventbridge-scheduler.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-events-rule-ecsparameters.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-pipes-pipe-pipetargetecstaskparameters.html
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Hole, Site, Text, Value
from ecr_ecs_constructs.pull.placement.state_machines import STATE_MACHINE, StateMachines
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.references import CLUSTER, ROLE, TASK_DEFINITION, References, Target

SERVICE, TASK_SET = "AWS::ECS::Service", "AWS::ECS::TaskSet"


class _Runner(NamedTuple):
    """The properties by which a type of resources runs task definitions.

    Attributes:
        path: leads to the places that have the cluster; None where the states of a state machine have it.
        settings: leads from there to what has launch type, strategy and network.
        definition: the key of the task definition beside these.
        cluster: the key of the cluster.
        network: leads from launch type and strategy to the network configuration.
        role: the key of the role by which it starts tasks, beside the cluster; nothing where it needs none.
    """

    path: str | None
    settings: str
    definition: str
    cluster: str
    network: str
    role: str = ""


_NETWORK, _OLD_NETWORK = "NetworkConfiguration.AwsvpcConfiguration", "NetworkConfiguration.AwsVpcConfiguration"
_TARGET = ("EcsParameters", "TaskDefinitionArn", "Arn")

_RUNNERS: Mapping[str, _Runner] = {
    SERVICE: _Runner("", "", "TaskDefinition", "Cluster", _NETWORK),
    TASK_SET: _Runner("", "", "TaskDefinition", "Cluster", _OLD_NETWORK),
    "AWS::Events::Rule": _Runner("Targets.*", *_TARGET, _OLD_NETWORK, "RoleArn"),
    "AWS::Scheduler::Schedule": _Runner("Target", *_TARGET, _NETWORK, "RoleArn"),
    "AWS::Pipes::Pipe": _Runner(
        "", "TargetParameters.EcsTaskParameters", "TaskDefinitionArn", "Target", _NETWORK, "RoleArn"
    ),
    STATE_MACHINE: _Runner(None, "", "TaskDefinition", "Cluster", _NETWORK, "RoleArn"),
}

NETWORKS: Mapping[str, str] = {type_: each.network for type_, each in _RUNNERS.items()}
"""The path from where launch type and strategy stand to the network configuration, by the type of a runner."""


class Run(NamedTuple):
    """Tasks of one definition, as a runner runs them.

    Attributes:
        runner: what runs it.
        definition: the task definition.
        around: where the cluster stands.
        at: where launch type, strategy and network of its tasks stand.
        doubt: why it is not known whether it runs them; empty where it does.
    """

    runner: Resource
    definition: Resource
    around: Site
    at: Site
    doubt: str = ""


class Runners(InWorld):
    """The runners of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)
        self._machines = StateMachines(world)

    def of(self, definition: Resource) -> Sequence[Run]:
        """Return how each runner runs a task definition."""
        runners = self.world.root.candidates(_definitions, tuple(_RUNNERS), definition)
        return [run for runner in runners for run in self.runs(runner) if run.definition is definition]

    @asked
    def runs(self, runner: Resource) -> tuple[Run, ...]:
        """Return all that a runner runs."""
        form = _RUNNERS[runner.type]
        found = tuple(
            Run(runner, target.resource, around, at)
            for around in self._places(runner, form)
            for at in (self.world.sites(runner, form.settings, around) if form.settings else (around,))
            for target in self._references.targets(runner, form.definition, TASK_DEFINITION, at)
            if target.resource is not None
        )
        return (*found, *self._perhaps(runner)) if runner.type == STATE_MACHINE else found

    def _places(self, runner: Resource, form: _Runner) -> Sequence[Site]:
        """Return the places that have the clusters of a runner."""
        if form.path is None:
            return [call.at for call in self._machines.running(runner)]
        return self.world.sites(runner, form.path)

    def _perhaps(self, machine: Resource) -> Iterator[Run]:
        """Yield what a state machine may run since it is handed that, where its definition is not known."""
        unread = self._machines.unread(machine)
        if unread is not None:
            at, why = unread
            for definition in dict.fromkeys(_task_definitions(self.world.values(machine, ""))):
                yield Run(machine, definition, at, at, f"{machine.logical_id} is handed it, and {why}")

    def cluster(self, run: Run) -> Target | None:
        """Return the cluster in which tasks are run, None where none is named."""
        clusters = self._references.targets(run.runner, _RUNNERS[run.runner.type].cluster, CLUSTER, run.around)
        return clusters[0] if clusters else None

    def starter(self, run: Run) -> Target | None:
        """Return the role by which a runner starts tasks; None where it needs none, as a service does.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
        """
        form = _RUNNERS[run.runner.type]
        key = form.role
        if not key or run.doubt:
            return None
        at: Site | None = run.around
        if form.path is None:
            assumed = self._machines.call_at(run.around).credentials
            if assumed is not None:
                return Target(assumed, None, "the state machine assumes for it")
            at = None  # the role of all states stands beside their definition
        value = self.world.value(run.runner, key, at=at)
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


def _task_definitions(values: Iterable[Value]) -> Iterator[Resource]:
    """Yield the task definitions of the templates that values refer to."""
    for value in values:
        if isinstance(value, (list, dict)):
            yield from _task_definitions(value if isinstance(value, list) else value.values())
        elif isinstance(value, Text):
            holes = (piece for piece in value.pieces if isinstance(piece, Hole))
            yield from (each.resource for each in holes if each.resource and each.resource.type == TASK_DEFINITION)
