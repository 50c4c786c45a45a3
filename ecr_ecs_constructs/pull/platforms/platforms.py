"""Tasks and their images held against the architecture and the operating system of what they run on.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    https://docs.aws.amazon.com/batch/latest/userguide/ecs-managed-instances-job-definitions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.ami import Architecture
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import UNDECLARED, Container, Containers, RuntimePlatform
from ecr_ecs_constructs.pull.machines.instance_types import required
from ecr_ecs_constructs.pull.placement.capacity import Capacity, Pool
from ecr_ecs_constructs.pull.placement.kinds import REGISTERED, LaunchType, Placement
from ecr_ecs_constructs.pull.placement.runners import EXPRESS
from ecr_ecs_constructs.pull.platforms.on_instances import mixed, on_instances
from ecr_ecs_constructs.pull.platforms.requirements import Fit, Requirement, built, declared
from ecr_ecs_constructs.pull.platforms.traits import ARCHITECTURE, OFF_FARGATE, SYSTEM, TRAITS, WINDOWS, Trait
from ecr_ecs_constructs.pull.texts.references import DAEMON_DEFINITION

_REQUIREMENTS = "ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements"
_LINUX = "and Managed Instances run Linux only"


class Platforms(InWorld):
    """The fit of containers and of what they run on, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._containers = Containers(world)
        self._capacity = Capacity(world)

    @asked
    def of(self, container: Container, placement: Placement) -> tuple[Fit, ...]:
        """Return whether a container's task and built image are for the platform of a place where it runs.

        A container that says nothing of its platform gives nothing, unless it runs on machines of several.
        """
        return tuple(self._of(container, placement))

    def _of(self, container: Container, placement: Placement) -> Iterator[Fit]:
        if is_daemon(container):
            yield from self._of_daemon(container, placement)
            return
        platform, launch_type = self._containers.platform(container), placement.launch_type
        pool = self._capacity.pool(container, placement) if launch_type is LaunchType.EC2 and placement.runner else None
        are_alike = launch_type is not LaunchType.MANAGED_INSTANCES if pool is None else len(pool.machines) == 1
        if platform == UNDECLARED and are_alike and built(ARCHITECTURE, container) is None:
            return  # neither task nor image says anything, and nothing chooses among machines that differ
        yield from self._contradictions(container, placement, platform)
        for trait, value in zip(TRAITS, platform, strict=True):
            location = f"{container.task.location}.RuntimePlatform.{trait.key}"
            task, image = declared(trait, location, value), built(trait, container)
            for each in (task, image):
                if each is not None and not each.wanted:
                    yield each.untold()
            if launch_type in (LaunchType.FARGATE, LaunchType.MANAGED_INSTANCES) and not follows_image(container):
                task = task or _by_default(trait, location, launch_type)
                yield from _agree(image, task)
                yield from self._on_managed_instances(trait, placement, task)
            elif launch_type in REGISTERED:
                yield from _agree(image, task)
                need = next((each for each in (task, image) if each is not None and each.wanted), None)
                if pool is not None and need is not None:
                    yield from on_instances(trait, pool, need)
                elif pool is not None and task is None:
                    yield from mixed(trait, pool, location)
                    if platform != UNDECLARED:
                        yield from _half_declared(trait, pool, location)

    def _contradictions(self, container: Container, placement: Placement, platform: RuntimePlatform) -> Iterator[Fit]:
        """Yield what a task is declared for and ECS does not have, whatever its image."""
        architecture, family = platform
        location = f"{container.task.location}.RuntimePlatform"
        on_fargate = placement.launch_type is LaunchType.FARGATE
        is_windows = isinstance(family, str) and family.startswith(WINDOWS)
        if architecture == "ARM64" and is_windows:
            why = f"the task is declared for ARM64 with {family}, and Windows runs on X86_64 only"
            yield Fit(f"{location}.{ARCHITECTURE.key}", Answer(False, why))
        elif architecture == "ARM64" and on_fargate and placement.at is not None:
            for version in self.world.values(placement.at.resource, "PlatformVersion", placement.at):
                yield from _platform_version(f"{location}.{ARCHITECTURE.key}", version)
        if on_fargate and is_windows and family in OFF_FARGATE:
            why = f"the task is declared for {family}, which Fargate does not have"
            yield Fit(f"{location}.{SYSTEM.key}", Answer(False, why))
        elif on_fargate and is_windows and placement.evidence.endswith("FARGATE_SPOT"):
            why = f"the task is declared for {family}, and FARGATE_SPOT runs Linux only"
            yield Fit(f"{location}.{SYSTEM.key}", Answer(False, why))

    def _of_daemon(self, container: Container, placement: Placement) -> Iterator[Fit]:
        """Yield whether the image of a daemon is for each of the machines that its capacity provider launches.

        Its definition says nothing of a platform: Amazon ECS runs it on all of them.
        """
        if placement.launch_type is None:
            return  # the link of the placement says why it is not known
        location = container.image.location
        for trait in TRAITS:
            image = built(trait, container)
            if image is not None and not image.wanted:
                yield image.untold()
            elif trait is SYSTEM and image is not None:
                yield image.against("LINUX", _LINUX)
            elif trait is ARCHITECTURE:
                for why, left in self._chosen(placement):
                    if image is not None:
                        is_for = Architecture(image.wanted) in left
                        yield image.fit(Answer(False if not is_for else None if len(left) > 1 else True, why))
                    elif len(left) > 1:
                        yield Fit(
                            location, Answer(None, f"{why}, and the daemon runs on each, whatever its image is for")
                        )

    def _chosen(self, placement: Placement) -> Iterator[tuple[str, frozenset[Architecture]]]:
        """Yield how a capacity provider of ECS Managed Instances chooses them, and the architectures that are left."""
        provider = placement.provider
        if provider is None:
            yield "which instances its capacity provider launches is not known", frozenset(Architecture)
            return
        for value in self.world.values(provider, _REQUIREMENTS) or ({},):
            said, left = required(value if isinstance(value, dict) else {})
            yield f"{provider.logical_id} chooses instances with {said}", left

    def _on_managed_instances(self, trait: Trait, placement: Placement, task: Requirement) -> Iterator[Fit]:
        if placement.launch_type is not LaunchType.MANAGED_INSTANCES or not task.wanted:
            return
        if trait is SYSTEM:
            yield task.against("LINUX", _LINUX)
        elif placement.provider is not None and self.world.values(placement.provider, _REQUIREMENTS):
            for why, left in self._chosen(placement):
                yield task.fit(Answer(Architecture(task.wanted) in left, why))


def follows_image(container: Container) -> bool:
    """Return whether ECS runs a container on the architecture of its image, whatever that is.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatformOverride.html
    """
    return container.resource.type == EXPRESS


def is_daemon(container: Container) -> bool:
    """Return whether a container is of a daemon, which runs on all instances of its capacity providers.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-daemons.html
    """
    return container.resource.type == DAEMON_DEFINITION


def _by_default(trait: Trait, location: str, launch_type: LaunchType) -> Requirement:
    """Return what a task runs on that says nothing of a trait, where ECS brings the machines."""
    says = f"{launch_type.value} runs the task on {trait.default}, the default of {trait.key}"
    return Requirement(location, says, trait.values[trait.default])


def _half_declared(trait: Trait, pool: Pool, location: str) -> Iterator[Fit]:
    """Yield which instances are not what a task may be for that says the other trait alone."""
    says = f"the task has no {trait.key}, and whether it is for {trait.default} then is not documented"
    for each in on_instances(trait, pool, Requirement(location, says, trait.values[trait.default])):
        if each.answer.truth is False:
            yield each._replace(answer=each.answer._replace(truth=None))


def _agree(image: Requirement | None, task: Requirement | None) -> Iterator[Fit]:
    """Yield whether a built image is for what its task runs on, where both are known."""
    if image is not None and image.wanted and task is not None and task.wanted:
        yield image.against(task.wanted, task.says)


def _platform_version(location: str, version: Value) -> Iterator[Fit]:
    """Yield that a platform version of Fargate does not have ARM64, or may not: it came with 1.4.0."""
    is_known = isinstance(version, str) and re.fullmatch(r"LATEST|[0-9]+\.[0-9]+\.[0-9]+", version)
    if not is_known or re.match(r"1\.[0-3]\.", str(version)):
        why = f"the task is declared for ARM64, and runs on platform version {shown(version)}: ARM64 needs 1.4.0"
        yield Fit(location, Answer(False if is_known else None, why))
