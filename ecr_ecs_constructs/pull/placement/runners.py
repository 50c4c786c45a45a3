"""The runners of task definitions: services, task sets, daemons, Express Mode, rules, schedules, pipes, state machines.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-daemons.html
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
from ecr_ecs_constructs.pull.placement.handed import handed
from ecr_ecs_constructs.pull.placement.state_machines import STATE_MACHINE, StateMachines
from ecr_ecs_constructs.pull.texts.documents import read_document
from ecr_ecs_constructs.pull.texts.references import (
    CLUSTER,
    DAEMON_DEFINITION,
    JOB_DEFINITION,
    JOB_QUEUE,
    ROLE,
    TASK_DEFINITION,
    References,
    Target,
)

RULE = "AWS::Events::Rule"
SERVICE, TASK_SET, SCHEDULE = "AWS::ECS::Service", "AWS::ECS::TaskSet", "AWS::Scheduler::Schedule"
DAEMON, EXPRESS = "AWS::ECS::Daemon", "AWS::ECS::ExpressGatewayService"


class _RunnerKeys(NamedTuple):
    """The properties by which a type of resources runs task definitions, or job definitions of AWS Batch.

    Attributes:
        path: leads to the places that have the cluster, or the queue; empty where these are the properties.
        settings: leads from there to what has launch type, strategy and network.
        definition: the key of the definition beside these.
        cluster: the key of the cluster, or of the queue.
        network: leads from launch type and strategy to the network configuration; a job, or a daemon, has none there.
        role: the key of the role by which it starts tasks, beside the cluster; nothing where it needs none.
        call: what the states of a state machine call that have the cluster, in place of `path`.
        runs: the type of the definitions.
    """

    path: str
    settings: str
    definition: str
    cluster: str
    network: str
    role: str = ""
    call: str = ""
    runs: str = TASK_DEFINITION


_NETWORK, _OLD_NETWORK = "NetworkConfiguration.AwsvpcConfiguration", "NetworkConfiguration.AwsVpcConfiguration"
_TARGET, _PIPED = ("EcsParameters", "TaskDefinitionArn", "Arn"), "TargetParameters"
_JOB = ("", "RoleArn", "", JOB_DEFINITION)

_KEYS: Mapping[str, tuple[_RunnerKeys, ...]] = {
    SERVICE: (_RunnerKeys("", "", "TaskDefinition", "Cluster", _NETWORK),),
    TASK_SET: (_RunnerKeys("", "", "TaskDefinition", "Cluster", _OLD_NETWORK),),
    EXPRESS: (_RunnerKeys("", "", "TaskDefinitionArn", "Cluster", "NetworkConfiguration"),),
    DAEMON: (_RunnerKeys("", "", "DaemonTaskDefinitionArn", "ClusterArn", "", runs=DAEMON_DEFINITION),),
    RULE: (
        _RunnerKeys("Targets.*", *_TARGET, _OLD_NETWORK, "RoleArn"),
        _RunnerKeys("Targets.*", "BatchParameters", "JobDefinition", "Arn", *_JOB),
    ),
    SCHEDULE: (_RunnerKeys("Target", *_TARGET, _NETWORK, "RoleArn"),),
    "AWS::Pipes::Pipe": (
        _RunnerKeys("", f"{_PIPED}.EcsTaskParameters", "TaskDefinitionArn", "Target", _NETWORK, "RoleArn"),
        _RunnerKeys("", f"{_PIPED}.BatchJobParameters", "JobDefinition", "Target", *_JOB),
    ),
    STATE_MACHINE: (
        _RunnerKeys("", "", "TaskDefinition", "Cluster", _NETWORK, "RoleArn", "ecs:runTask"),
        _RunnerKeys("", "", "JobDefinition", "JobQueue", "", "RoleArn", "batch:submitJob", JOB_DEFINITION),
    ),
}

RUNNING: Sequence[str] = tuple(_KEYS)
"""The types of the resources that run tasks or jobs."""

NETWORKS: Mapping[str, str] = {type_: keys.network for type_, (keys, *_) in _KEYS.items() if keys.network}
"""The path from where launch type and strategy stand to the network configuration, by the type of a runner."""


class Run(NamedTuple):
    """Tasks of one definition, as a runner runs them.

    Attributes:
        runner: what runs it.
        definition: the task definition, or the job definition.
        keys: the properties by which it does.
        around: where the cluster, or the queue, stands.
        at: where launch type, strategy and network of its tasks stand.
        doubt: why it is not known whether it runs them; empty where it does.
    """

    runner: Resource
    definition: Resource
    keys: _RunnerKeys
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
        runners = self.world.root.candidates(_definitions, tuple(_KEYS), definition)
        found = [run for runner in runners for run in self.runs(runner) if run.definition is definition]
        return [*found, *(_by_anything(definition, maker) for maker in handed(self.world, definition))]

    @asked
    def runs(self, runner: Resource) -> tuple[Run, ...]:
        """Return all that a runner runs."""
        found = tuple(
            Run(runner, target.resource, keys, around, at)
            for keys in _KEYS[runner.type]
            for around in self._places(runner, keys)
            for at in (self.world.sites(runner, keys.settings, around) if keys.settings else (around,))
            for target in self._references.targets(runner, keys.definition, keys.runs, at)
            if target.resource is not None
        )
        return (*found, *self._perhaps(runner)) if runner.type == STATE_MACHINE else found

    def _places(self, runner: Resource, keys: _RunnerKeys) -> Sequence[Site]:
        """Return the places that have the clusters, or the queues, of a runner."""
        if keys.call:
            return [call.at for call in self._machines.calls(runner, keys.call)]
        return self.world.sites(runner, keys.path)

    def _perhaps(self, machine: Resource) -> Iterator[Run]:
        """Yield what a state machine may run since it is handed that, where its definition is not known."""
        unread = self._machines.unread(machine)
        if unread is not None:
            at, why = unread
            by_type = {keys.runs: keys for keys in _KEYS[machine.type]}
            for each in dict.fromkeys(_referred(self.world.values(machine, ""), *by_type)):
                yield Run(machine, each, by_type[each.type], at, at, f"{machine.logical_id} is handed it, and {why}")

    def cluster(self, run: Run) -> Target | None:
        """Return the cluster in which tasks are run, or the queue of jobs; None where none is named."""
        type_ = JOB_QUEUE if run.keys.runs == JOB_DEFINITION else CLUSTER
        found = self._references.targets(run.runner, run.keys.cluster, type_, run.around)
        return found[0] if found else None

    def starter(self, run: Run) -> Target | None:
        """Return the role by which a runner starts tasks; None where it needs none, as a service does.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html
        """
        key = run.keys.role
        if not key or run.doubt:
            return None
        at: Site | None = run.around
        if run.keys.call:
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
        if not run.keys.role:
            return ()  # what starts tasks by no role of its own overrides none
        roles = [*self.world.values(runner, "Overrides.ExecutionRoleArn", run.at)]
        unclear: list[Target] = []
        for path in ("Input", _TRANSFORMED):
            for value in self.world.values(runner, path, run.around):
                try:
                    read = read_document(value) if isinstance(value, (str, Text)) else value
                except ValueError:
                    read = None
                is_filled = path == _TRANSFORMED and "<" in str(value) and "executionRoleArn" not in str(value)
                if isinstance(read, dict):
                    roles += [role for role in (read.get("executionRoleArn"),) if role is not None]
                elif not is_filled:
                    unclear.append(Target(value, None, f"the input of {runner.logical_id} may name"))
        return (*unclear, *(self._references.of(role, ROLE, runner.template, path="/") for role in roles))


_TRANSFORMED = "InputTransformer.InputTemplate"


def _definitions(world: World, runner: Resource) -> Sequence[Resource]:
    """Return the task definitions that a runner runs."""
    return [run.definition for run in Runners(world).runs(runner)]


def _by_anything(definition: Resource, maker: Resource) -> Run:
    """Return how something may run a definition that it is handed."""
    at, keys = Site(maker, "Properties", None), _RunnerKeys("", "", "", "", "", runs=definition.type)
    return Run(maker, definition, keys, at, at, f"{maker.logical_id} is handed it, and may run it anywhere")


def _referred(values: Iterable[Value], *types: str) -> Iterator[Resource]:
    """Yield the resources of some types that values refer to."""
    for value in values:
        if isinstance(value, (list, dict)):
            yield from _referred(value if isinstance(value, list) else value.values(), *types)
        elif isinstance(value, Text):
            holes = (piece for piece in value.pieces if isinstance(piece, Hole))
            yield from (each.resource for each in holes if each.resource and each.resource.type in types)
