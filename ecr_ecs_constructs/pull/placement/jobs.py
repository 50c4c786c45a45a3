"""The places where jobs of AWS Batch run: the compute environments of the queues that they are submitted to.

Sources:
    https://docs.aws.amazon.com/batch/latest/userguide/job_queue_parameters.html
    https://docs.aws.amazon.com/batch/latest/userguide/compute_environment_parameters.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-jobdefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.machines.environments import EnvironmentKind, kind_of
from ecr_ecs_constructs.pull.placement.fitting import Fitting
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement, cluster_of
from ecr_ecs_constructs.pull.placement.runners import Run, Runners
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT, JOB_QUEUE, References

_ENVIRONMENTS = "ComputeEnvironmentOrder.*.ComputeEnvironment"
_KINDS: Mapping[str, LaunchType] = {
    EnvironmentKind.EC2: LaunchType.EC2,
    EnvironmentKind.SPOT: LaunchType.EC2,
    EnvironmentKind.UNMANAGED: LaunchType.EC2,
    EnvironmentKind.FARGATE: LaunchType.FARGATE,
    EnvironmentKind.FARGATE_SPOT: LaunchType.FARGATE,
}
"""The launch type of jobs, by the kind of their compute environment."""

_OVERRIDES = ("ContainerOverrides", "EcsPropertiesOverride", "NodeOverrides")
_INPUTS = ("Input", "InputTransformer.InputTemplate")
_HARMLESS = frozenset({"Command", "Environment"})
"""The overrides of a job that are for its process alone."""


class Jobs(InWorld):
    """The jobs of AWS Batch in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)
        self._runners = Runners(world)
        self._fitting = Fitting(world)

    def of(self, definition: Resource) -> Iterator[Placement]:
        """Yield every place where a job definition runs, or may run.

        What submits a job names its queue. Where nothing in the templates submits it, it may be for any queue: for the
        only one there that can run it, and for those elsewhere.
        """
        runs = self._runners.of(definition)
        for platform in self.world.values(definition, "PlatformCapabilities.*") or ("EC2",):
            launch_type = _KINDS.get(platform) if isinstance(platform, str) else None
            for run in runs:
                yield from self._submitted(run, launch_type, platform)
            if not runs:
                yield from self._by_anyone(definition, launch_type, platform)

    def _submitted(self, run: Run, launch_type: LaunchType | None, platform: Value) -> Iterator[Placement]:
        by, queue = run.runner.logical_id, self._runners.cluster(run)
        if run.doubt or queue is None or queue.resource is None:
            to = f"queue {queue}, which {queue.lack}" if queue is not None else "no queue"
            evidence = run.doubt or f"{by} submits it on {shown(platform)} to {to}"
            yield Placement(launch_type, run.definition, None, evidence)
            return
        starter, resized = self._runners.starter(run), self._resized(run)
        for each in self._in_queue(run.definition, queue.resource, launch_type, f"{by} submits it to", resized):
            is_placed = each.environment is not None
            yield each._replace(runner=run.runner, at=run.at, starter=starter) if is_placed else each

    def _resized(self, run: Run) -> str:
        """Return why a job may run with another size than its definition says, where what submits it gives it one.

        Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
        """
        given = [value for key in _OVERRIDES for value in self.world.values(run.runner, key, run.at)]
        inputs = [value for key in _INPUTS for value in self.world.values(run.runner, key, run.around)]
        is_harmless = all(isinstance(each, dict) and each.keys() <= _HARMLESS for each in given)
        told = [str(value).strip().lower() for value in inputs]
        if is_harmless and all(each.startswith("{") and "overrides" not in each for each in told):
            return ""
        return f"{run.runner.logical_id} gives the job what its definition does not say"

    def _by_anyone(self, definition: Resource, launch_type: LaunchType | None, platform: Value) -> Iterator[Placement]:
        queues = [queue for queue in self.world.root.all(JOB_QUEUE) if near(queue.template, definition.template)]
        by_queue = [[*self._in_queue(definition, queue, launch_type, "AWS Batch runs it from")] for queue in queues]
        fitting = [found for found in by_queue if any(each.environment is not None for each in found)]
        if len(fitting) == 1:
            yield from fitting[0]
        evidence = f"AWS Batch runs it on {shown(platform)}, in a queue given with each job"
        yield Placement(launch_type, definition, None, evidence)

    def _in_queue(
        self, definition: Resource, queue: Resource, launch_type: LaunchType | None, how: str, resized: str = ""
    ) -> Sequence[Placement]:
        """Return where a queue runs a job; one place that is not known where it has no environment for that."""
        start = f"{how} queue {queue.logical_id}"
        found: list[Placement] = []
        disabled: list[str] = []
        for target in self._references.targets(queue, _ENVIRONMENTS, COMPUTE_ENVIRONMENT):
            environment = target.resource
            if environment is None:
                evidence = f"{start} with compute environment {target}, which {target.lack}"
                found.append(Placement(launch_type, definition, None, evidence))
            elif not self._is_on(environment):
                disabled += [environment.logical_id] if self.world.exists(environment) else []
            else:
                kind = kind_of(self.world, environment)
                own = _KINDS.get(kind) if isinstance(kind, str) else None
                evidence = f"{start}, by {environment.logical_id} on {shown(kind)}"
                placed = Placement(launch_type, definition, None, evidence)
                if own is None:
                    is_known = isinstance(kind, EnvironmentKind)
                    found.append(placed._replace(evidence=f"{evidence}, which is not judged") if is_known else placed)
                elif own is launch_type:
                    placed = placed._replace(queue=queue, environment=environment, resized=resized)
                    found.append(self._in_environment(placed, definition, environment))
        if found and self._is_on(queue):
            return found if resized else self._large_enough(found, definition) or found
        lack = "which is disabled"
        if self._is_on(queue):
            without = f", for {' and '.join(disabled)} is disabled" if disabled else ""
            lack = f"which has no compute environment for it{without}"
        return [Placement(None, definition, None, f"{start}, {lack}")]

    def _is_on(self, resource: Resource) -> bool:
        """Return whether a queue, or a compute environment, is there and not disabled; no job starts in others."""
        return self.world.exists(resource) and self.world.value(resource, "State") != "DISABLED"

    def _in_environment(self, placed: Placement, definition: Resource, environment: Resource) -> Placement:
        """Return a place in a compute environment with its cluster, and whether it can be used for a job."""
        unknown, on_instances = placed.resized, placed.launch_type is LaunchType.EC2
        usable = Answer(None, unknown) if unknown else self._fitting.usable(environment, definition)
        return placed._replace(cluster=cluster_of(environment) if on_instances else None, usable=usable)

    def _large_enough(self, found: Sequence[Placement], definition: Resource) -> Sequence[Placement]:
        """Return the places that may be large enough for a job, as AWS Batch passes over those that are not."""
        return [
            each
            for each in found
            if each.environment is None
            or (each.usable.truth is not False and self._fitting.holds(each.environment, definition).truth is not False)
        ]
