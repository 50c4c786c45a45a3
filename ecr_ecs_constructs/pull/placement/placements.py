"""The places where containers run, told by what runs their task definitions.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.placement.jobs import Jobs
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement, launch_type_of
from ecr_ecs_constructs.pull.placement.providers import FARGATE_PROVIDERS, Providers, Share
from ecr_ecs_constructs.pull.placement.runners import DAEMON, EXPRESS, RUNNING, Run, Runners
from ecr_ecs_constructs.pull.texts.references import (
    CAPACITY_PROVIDER,
    CLUSTER,
    DAEMON_DEFINITION,
    JOB_DEFINITION,
    References,
    Target,
)
from ecr_ecs_constructs.pull.vouching import vouched_cluster, vouched_instances


class Placements(InWorld):
    """The places where containers run in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._references = References(world)
        self._providers = Providers(world)
        self._runners = Runners(world)
        self._jobs = Jobs(world)

    def of(self, container: Container) -> tuple[Placement, ...]:
        """Return every place where a container runs, or may run."""
        return self._of(container.resource)

    @asked
    def _of(self, resource: Resource) -> tuple[Placement, ...]:
        if resource.type == EXPRESS:
            return (self._by_express_mode(resource),)
        if resource.type == JOB_DEFINITION:
            return tuple(self._jobs.of(resource))
        found = [placement for run in self._runners.of(resource) for placement in self.of_run(run)]
        if self.world.values(resource, "RequiresCompatibilities.*") == (LaunchType.FARGATE.value,):
            found = [*map(_on_fargate, found)]
        return tuple(map(_on_instances, found)) or tuple(self._anywhere(resource))

    def _elsewhere(self, placement: Placement) -> Placement:
        """Return a placement with what is vouched for its cluster."""
        cluster = placement.cluster
        if placement.launch_type is LaunchType.EXTERNAL:  # whose instances are elsewhere, wherever the cluster is
            return placement._replace(elsewhere=vouched_instances(self.world, cluster))
        if cluster is None and self._references.of(DEFAULT_CLUSTER, CLUSTER, _template(placement)).resource is not None:
            return placement
        return placement._replace(elsewhere=vouched_cluster(self.world, cluster))

    @asked
    def is_used(self, cluster: Resource) -> bool:
        """Return whether something in the templates runs tasks in a cluster of these."""
        runners = [each for each in self.world.root.all(*RUNNING) if self.world.exists(each)]
        targets = (self._runners.cluster(run) for runner in runners for run in self._runners.runs(runner))
        return any(target is not None and target.resource is cluster for target in targets)

    def _anywhere(self, definition: Resource) -> Iterator[Placement]:
        """Yield every place where a task definition may run that no runner of the templates runs."""
        if definition.type == DAEMON_DEFINITION:
            evidence = "no daemon in the templates runs it, and daemons run on ECS Managed Instances"
            yield Placement(LaunchType.MANAGED_INSTANCES, None, None, evidence)
            return
        for compatibility in self.world.values(definition, "RequiresCompatibilities.*") or (LaunchType.EC2.value,):
            evidence = f"no service or schedule in the templates runs it; it is for {shown(compatibility)}"
            yield Placement(launch_type_of(compatibility), None, None, evidence)

    def of_run(self, run: Run) -> Sequence[Placement]:
        """Return where a runner runs tasks: by its strategy, its launch type, or what its cluster has by default."""
        if run.doubt:
            return [Placement(None, run.runner, None, run.doubt)]
        if run.runner.type == DAEMON:
            return self._of_daemon(run)
        if run.runner.type == EXPRESS:
            return [self._by_express_mode(run.runner)]
        roles, cluster = self._runners.execution_roles(run), self._runners.cluster(run)
        by = run.runner.logical_id
        shares = self._providers.of_strategy(run.runner, "CapacityProviderStrategy.*", run.at)
        found = [
            self._provided(run, cluster, each, f"{by} by its capacity provider {each.provider}") for each in shares
        ]
        launch_type = self.world.value(run.runner, "LaunchType", at=run.at)
        if launch_type is not None:
            evidence = f"{by} by launch type {shown(launch_type)}"
            found.append(Placement(launch_type_of(launch_type), run.runner, cluster, evidence, at=run.at))
        found = found or self._by_default(run, cluster)
        if _is_told(launch_type, shares):  # else they may be on AWS Fargate, whose network nobody vouches for
            found = [*map(self._elsewhere, found)]
        starter = self._runners.starter(run)
        if not roles and starter is None:
            return found  # as of services
        return [placement._replace(execution_roles=roles, starter=starter) for placement in found]

    def _by_express_mode(self, service: Resource) -> Placement:
        """Return where Express Mode runs tasks: it makes the default cluster with AWS Fargate, and no other.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
        """
        cluster = next(iter(self._references.targets(service, "Cluster", CLUSTER)), None)
        usable = Answer(True)
        if cluster is not None and cluster.value != DEFAULT_CLUSTER:
            usable = self._providers.associated(Target(FARGATE_PROVIDERS[0], None), cluster)
        if usable.truth is False:
            usable = Answer(None, f"{usable.why}, which Express Mode may ask for")
        return Placement(LaunchType.FARGATE, service, cluster, "Express Mode runs on Fargate", usable=usable)

    def _of_daemon(self, run: Run) -> list[Placement]:
        """Return where a daemon runs: on all that its capacity providers launch, which are of ECS Managed Instances.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateDaemon.html
        """
        by, cluster = run.runner.logical_id, self._runners.cluster(run)
        found = []
        for target in self._references.targets(run.runner, "CapacityProviderArns.*", CAPACITY_PROVIDER):
            placed = self._provided(run, cluster, Share(target), f"{by} by its capacity provider {target}")
            if placed.launch_type not in (None, LaunchType.MANAGED_INSTANCES):
                usable = Answer(False, f"daemons run on ECS Managed Instances, and it is for {placed.launch_type}")
                placed = placed._replace(launch_type=LaunchType.MANAGED_INSTANCES, provider=None, usable=usable)
            found.append(placed)
        return found or [Placement(None, run.runner, cluster, f"{by} names no capacity provider", at=run.at)]

    def _by_default(self, run: Run, cluster: Target | None) -> list[Placement]:
        """Return where tasks are run whose runner names neither a capacity provider nor a launch type."""
        by = run.runner.logical_id
        if cluster is not None and cluster.resource is None:
            return [Placement(None, run.runner, cluster, f"{by} in cluster {cluster}, which {cluster.lack}", at=run.at)]
        strategy = self._providers.by_default(cluster.resource) if cluster and cluster.resource else ()
        found = [
            self._provided(run, cluster, each, f"{by} by the cluster's default capacity provider {each.provider}")
            for each in strategy
        ]
        evidence = f"{by} by launch type EC2, the default"
        return found or [Placement(LaunchType.EC2, run.runner, cluster, evidence, at=run.at)]

    def _provided(self, run: Run, cluster: Target | None, share: Share, evidence: str) -> Placement:
        """Return where tasks are run by a capacity provider."""
        target, provider = share.provider, share.provider.resource
        launch_type: LaunchType | None = LaunchType.EC2
        if target.value in FARGATE_PROVIDERS:
            launch_type = LaunchType.FARGATE
        elif provider is None:
            launch_type, evidence = None, f"{evidence}, which {target.lack}"
        elif self.world.values(provider, "ManagedInstancesProvider"):
            launch_type = LaunchType.MANAGED_INSTANCES
        usable = all_of((share.counts, self._providers.associated(target, cluster)))
        return Placement(launch_type, run.runner, cluster, evidence, provider=provider, at=run.at, usable=usable)


def _is_told(launch_type: Value | None, shares: Sequence[Share]) -> bool:
    """Return whether the launch type and the capacity providers of a runner, where it names any, are known by name."""
    is_named = all(each.provider.resource or isinstance(each.provider.value, str) for each in shares)
    return is_named and (launch_type is None or launch_type_of(launch_type) is not None)


def _on_fargate(placement: Placement) -> Placement:
    """Return a placement of a task that is for Fargate alone, which is supposed to be there where it is not known.

    Amazon ECS runs such a task on container instances too, if these are its cluster's default.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    if placement.launch_type is not None or placement.runner is None or placement.at is None:
        return placement
    evidence = f"{placement.runner.logical_id} on Fargate, which alone its task is for"
    if placement.elsewhere is not None:
        return placement._replace(launch_type=LaunchType.FARGATE, evidence=evidence)
    usable = all_of((placement.usable, Answer(None, placement.evidence)))
    return placement._replace(launch_type=LaunchType.FARGATE, evidence=evidence, usable=usable, supposed=True)


def _on_instances(placement: Placement) -> Placement:
    """Return a placement on the container instances of its cluster, where that takes it on whatever it has."""
    if placement.launch_type is not None or placement.elsewhere is None:
        return placement
    return placement._replace(launch_type=LaunchType.EC2, provider=None)


def _template(placement: Placement) -> Template:
    assert placement.runner is not None  # noqa: S101 - something runs it
    return placement.runner.template
