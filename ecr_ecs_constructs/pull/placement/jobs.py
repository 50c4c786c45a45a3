"""The places where jobs of AWS Batch run: the compute environments of the queues that they are submitted to.

Sources:
    https://docs.aws.amazon.com/batch/latest/userguide/job_queue_parameters.html
    https://docs.aws.amazon.com/batch/latest/userguide/compute_environment_parameters.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-jobdefinition.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, near
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import Run, Runners
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT, JOB_QUEUE, References

_ENVIRONMENTS = "ComputeEnvironmentOrder.*.ComputeEnvironment"
_KINDS = {
    "EC2": LaunchType.EC2,
    "SPOT": LaunchType.EC2,
    "FARGATE": LaunchType.FARGATE,
    "FARGATE_SPOT": LaunchType.FARGATE,
}
"""The launch type of jobs, by the type of the compute resources of their environment."""


class Jobs(InWorld):
    """The jobs of AWS Batch in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)
        self._runners = Runners(world)

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
        starter = self._runners.starter(run)
        for each in self._in_queue(run.definition, queue.resource, launch_type, f"{by} submits it to"):
            is_placed = each.environment is not None
            yield each._replace(runner=run.runner, at=run.at, starter=starter) if is_placed else each

    def _by_anyone(self, definition: Resource, launch_type: LaunchType | None, platform: Value) -> Iterator[Placement]:
        queues = [queue for queue in self.world.root.all(JOB_QUEUE) if near(queue.template, definition.template)]
        by_queue = [[*self._in_queue(definition, queue, launch_type, "AWS Batch runs it from")] for queue in queues]
        fitting = [found for found in by_queue if any(each.environment is not None for each in found)]
        if len(fitting) == 1:
            yield from fitting[0]
        evidence = f"AWS Batch runs it on {shown(platform)}, in a queue given with each job"
        yield Placement(launch_type, definition, None, evidence)

    def _in_queue(
        self, definition: Resource, queue: Resource, launch_type: LaunchType | None, how: str
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
                kind = self._kind(environment)
                own = _KINDS.get(kind) if isinstance(kind, str) else None
                placed = Placement(
                    launch_type, definition, None, f"{start}, by {environment.logical_id} on {shown(kind)}"
                )
                if own is None:
                    found.append(placed)
                elif own is launch_type:
                    found.append(placed._replace(queue=queue, environment=environment))
        if found and self._is_on(queue):
            return found
        lack = "which is disabled"
        if self._is_on(queue):
            without = f", for {' and '.join(disabled)} is disabled" if disabled else ""
            lack = f"which has no compute environment for it{without}"
        return [Placement(None, definition, None, f"{start}, {lack}")]

    def _is_on(self, resource: Resource) -> bool:
        """Return whether a queue, or a compute environment, is there and not disabled; no job starts in others."""
        return self.world.exists(resource) and self.world.value(resource, "State") != "DISABLED"

    def _kind(self, environment: Resource) -> Value:
        """Return the type of the compute resources of an environment; one that is not managed has instances."""
        value = self.world.value(environment, "Type")
        if isinstance(value, str) and value.upper() == "UNMANAGED":
            return "EC2"
        kind = self.world.value(environment, "ComputeResources.Type")
        return kind.upper() if isinstance(kind, str) else kind
