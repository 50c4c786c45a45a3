"""Capacity: the container instances that a cluster, a capacity provider or a placement has.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/launch_container_instance.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template, near
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.boot.user_data import DEFAULT_CLUSTER, Certainty
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.hosts import LAUNCHING, Host, Hosts
from ecr_ecs_constructs.pull.machines.machines import Machine, Machines
from ecr_ecs_constructs.pull.placement.constraints import placement_constraints
from ecr_ecs_constructs.pull.placement.eligibility import Eligibility
from ecr_ecs_constructs.pull.placement.joins import Joins
from ecr_ecs_constructs.pull.placement.kinds import LaunchType, Placement, itself
from ecr_ecs_constructs.pull.placement.providers import Providers
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT, JOB_DEFINITION, Target


class Candidate(NamedTuple):
    """Container instances that a task may be put on.

    Attributes:
        host: the container instances.
        machine: one way in which they are launched; None where that is not in the templates.
        answer: whether they exist and can take the task.
    """

    host: Host
    machine: Machine | None
    answer: Answer


class Pool(NamedTuple):
    """The container instances that a task may be put on.

    Attributes:
        candidates: those of its placement.
        undecided: what a placement constraint says of which it is not known whether it leaves each of them; None where
            there is none.
    """

    candidates: tuple[Candidate, ...]
    undecided: str | None

    @property
    def answer(self) -> Answer:
        """The answer whether some of them can take the task; not known of a group that may launch only others."""
        of_groups: dict[Resource, list[Answer]] = {}
        for each in self.candidates:
            of_groups.setdefault(each.host.resource, []).append(each.answer)
        found = [_of_group(answers) for answers in of_groups.values()]
        best = next((truth for truth in (True, None) if any(each.truth is truth for each in found)), False)
        return Answer(best, "; ".join(dict.fromkeys(each.why for each in found if each.truth is best)))

    @property
    def left(self) -> tuple[Candidate, ...]:
        """Those that can take the task, or may; all where none can, so that it is said what else they lack."""
        return tuple(each for each in self.candidates if each.answer.truth is not False) or self.candidates

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The container instances that are left."""
        return tuple(dict.fromkeys(each.host for each in self.left))

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Each way in which the container instances that are left are launched."""
        return tuple(each.machine for each in self.left if each.machine is not None)


class Capacity(InWorld):
    """The container instances of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._hosts = Hosts(world)
        self._machines = Machines(world)
        self._joins = Joins(world)
        self._providers = Providers(world)
        self._eligibility = Eligibility(world, self._joins)

    def of(self, container: Container, placement: Placement) -> tuple[Host, ...]:
        """Return the container instances that a container's task may be put on in one of its placements."""
        return self.pool(container, placement).hosts

    def brought(self, definition: Resource, placement: Placement) -> tuple[Host, ...]:
        """Return the container instances of a placement of a task definition, whatever they can take."""
        runner = placement.runner
        if placement.launch_type is not LaunchType.EC2:
            return ()
        if runner is None:
            return self._near(definition.template)
        if definition.type == JOB_DEFINITION:
            return () if placement.environment is None else self._hosts.of(placement.environment)
        if placement.provider is not None:
            return self.of_provider(placement.provider)
        cluster = placement.cluster or Target(DEFAULT_CLUSTER, self._joins.named(DEFAULT_CLUSTER, runner))
        if cluster.resource is not None:
            return self.of_cluster(itself(cluster.resource))
        return tuple(host for host in self.of_cluster(cluster) if near(host.resource.template, runner.template))

    @asked
    def pool(self, container: Container, placement: Placement) -> Pool:
        """Return the container instances that a container's task may be put on, and whether they can take it."""
        constraints = placement_constraints(self.world, container, placement)
        task, hosts = container.task, self.brought(container.resource, placement)
        attributes = {host: self._eligibility.attributes(host) if constraints.read else None for host in hosts}
        governed = frozenset(name for own in attributes.values() for name in own or ())
        machines = [machine for host in hosts for machine in self._machines.of(host)]
        if placement.environment is not None and not placement.resized:  # AWS Batch launches none that is too small
            machines = [each for each in machines if self._eligibility.holds(each, task).truth is not False] or machines
        candidates = [
            Candidate(host, None, self._eligibility.exist(host, placement)) for host in hosts if not host.launch
        ]
        undecided = constraints.unread
        for machine in machines:
            own = attributes[machine.host]
            undecided = undecided or constraints.undecided(machine, own, governed)
            answer = self._eligibility.of(machine, task, placement, constraints.admit(machine, own, governed))
            candidates.append(Candidate(machine.host, machine, answer))
        return Pool(tuple(candidates), undecided)

    @asked
    def of_provider(self, provider: Resource) -> tuple[Host, ...]:
        """Return the container instances that a capacity provider brings."""
        return tuple(host for group in self._providers.groups(provider) for host in self._hosts.of(group))

    @asked
    def of_cluster(self, cluster: Target) -> tuple[Host, ...]:
        """Return the container instances of a cluster: those of its capacity providers, and those that join it."""
        return tuple(self._of_cluster(cluster))

    def _of_cluster(self, cluster: Target) -> Iterator[Host]:
        providers = self._providers.of_cluster(cluster)
        provided = dict.fromkeys(host for provider in providers for host in self.of_provider(provider))
        yield from provided
        launching = {
            resource: None
            for name in (cluster.resource, None)
            for resource in self.world.root.candidates(_joined_by, LAUNCHING, name)
        }
        for resource in launching:
            hosts = self._hosts.of(resource)
            if any(self._joins.surely(host, cluster) for host in hosts):
                # Where one way to launch them is not known, it may join as the others do.
                joining = (host for host in hosts if host.launch is None or self._joins.surely(host, cluster))
                yield from (host for host in joining if host not in provided)

    @asked
    def _near(self, template: Template) -> tuple[Host, ...]:
        """Return the container instances that may be of one region and account with a template."""
        templates = [each for each in self.world.root.templates if near(each, template)]
        return tuple(host for each in templates for host in self.of_template(each))

    def of_template(self, template: Template) -> tuple[Host, ...]:
        """Return the container instances that a template launches."""
        launching = (resource for type_ in LAUNCHING for resource in template.by_type.get(type_, ()))
        return tuple(
            host for resource in launching for host in self._hosts.of(resource) if self.is_container_instance(host)
        )

    @asked
    def unclear(self, container: Container, placement: Placement) -> tuple[tuple[Host, Answer], ...]:
        """Return the instances that may join the cluster of a placement, and why that is not known.

        Args:
            container: the container that is placed.
            placement: where; one by a capacity provider has none.
        """
        is_job = container.resource.type == JOB_DEFINITION  # which runs in a cluster of AWS Batch
        if is_job or placement.provider is not None or placement.launch_type is not LaunchType.EC2:
            return ()
        where = (placement.runner or container.resource).template
        cluster = placement.cluster or Target(DEFAULT_CLUSTER, None)
        templates = [each for each in self.world.root.templates if near(each, where)]
        launching = (each for one in templates for type_ in LAUNCHING for each in one.by_type.get(type_, ()))
        hosts = (host for each in launching for host in self._hosts.of(each) if not self.is_provided(host))
        answers = ((host, self._joins.to(host, cluster)) for host in hosts if self._may_be_container_instance(host))
        return tuple((host, answer) for host, answer in answers if answer.truth is None)

    def _may_be_container_instance(self, host: Host) -> bool:
        is_unclear = any(join.certainty is Certainty.UNKNOWN for join in self._joins.of(host))
        return host.launch is not None and (is_unclear or self.is_container_instance(host))

    def absence(self, container: Container, placement: Placement) -> str:
        """Return why no container instances of a placement are known."""
        unclear = self.unclear(container, placement)
        return unclear[0][1].why if unclear else "the container instances are not in the templates"

    @asked
    def is_container_instance(self, host: Host) -> bool:
        """Return whether instances run ECS.

        They are of a capacity provider or a compute environment, name a cluster in their user data, or boot an
        ECS-optimized image.
        """
        return (
            host.resource.type == COMPUTE_ENVIRONMENT
            or any(True for _ in self._providers.of_group(host.resource))
            or any(join.certainty is Certainty.SAID for join in self._joins.of(host))
            or any(ami.product is not None and ami.product.ecs_optimized for ami in self._machines.amis(host))
        )

    def is_provided(self, host: Host) -> bool:
        """Return whether container instances are of a capacity provider of a cluster."""
        return bool(self._providers.clusters_of_group(host.resource))

    def clusters_of(self, host: Host) -> tuple[Resource, ...]:
        """Return the clusters of the templates that container instances are of: by a provider, or since they join."""
        provided = [cluster.resource for cluster, _ in self._providers.clusters_of_group(host.resource)]
        joined = [each for each in self._joins.clusters(host) if each is not None]
        surely = [each for each in joined if self._joins.surely(host, itself(each))]
        return tuple(dict.fromkeys(cluster for cluster in (*provided, *surely) if cluster is not None))


def _of_group(answers: Sequence[Answer]) -> Answer:
    """Return whether what a group launches can take a task, whichever of its instance types it launches."""
    truths = {each.truth for each in answers}
    whys = "; ".join(dict.fromkeys(each.why for each in answers if each.why))
    return Answer(truths.pop() if len(truths) == 1 else None, whys)


def _joined_by(world: World, resource: Resource) -> Iterator[Resource | None]:
    """Yield the clusters of the templates that instances join, None where it is none of these."""
    for host in Hosts(world).of(resource):
        yield from Joins(world).clusters(host)
