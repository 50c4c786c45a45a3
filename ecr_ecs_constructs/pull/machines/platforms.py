"""Whether a task and its image are for the architecture and the operating system of what they run on.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#runtime-platform
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_Windows.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    https://docs.aws.amazon.com/batch/latest/userguide/ecs-managed-instances-job-definitions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.ami import Ami, Architecture
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.machines.constraints import placement_constraints
from ecr_ecs_constructs.pull.machines.launches import Launches, Machines, required
from ecr_ecs_constructs.pull.placement.placements import PLATFORM_KEYS, Host, Launch, Placement, Placements
from ecr_ecs_constructs.pull.texts.pattern import Truth

_WORST_FIRST: tuple[Truth, ...] = (False, None, True)
_WINDOWS = "WINDOWS"
"""What an image is for whose platform is Windows: the platform does not say of which version."""

_OFF_FARGATE = frozenset({"WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_20H2_CORE"})
"""The families that only container instances have."""

_FAMILIES = frozenset(f"WINDOWS_SERVER_{year}_{kind}" for year in (2019, 2022, 2025) for kind in ("CORE", "FULL"))


class _Trait(NamedTuple):
    """One respect in which an image, its task and what runs it have to agree.

    Attributes:
        key: what a task's `RuntimePlatform` calls it.
        name: what people call it.
        default: what it is where ECS brings the machines and the task says nothing.
        values: what a task can say, and what that is called here.
        parts: what the platform of an image can say, and what that is called here.
        part: which part of the platform says it.
        is_heeded: whether ECS puts a task that says it only on container instances that have it.
    """

    key: str
    name: str
    default: str
    values: Mapping[str, str]
    parts: Mapping[str, str]
    part: int
    is_heeded: bool


_ARCHITECTURE = _Trait(
    PLATFORM_KEYS[0],
    "architecture",
    "X86_64",
    {"X86_64": "x86_64", "ARM64": "arm64"},
    {"amd64": "x86_64", "arm64": "arm64"},
    part=1,
    is_heeded=True,
)
_SYSTEM = _Trait(
    PLATFORM_KEYS[1],
    "operating system",
    "LINUX",
    {family: family for family in ("LINUX", *_FAMILIES, *_OFF_FARGATE)},
    {"linux": "LINUX", "windows": _WINDOWS},
    part=0,
    is_heeded=False,
)
_TRAITS = (_ARCHITECTURE, _SYSTEM)


class Fit(NamedTuple):
    """Whether a container is for the platform of what it runs on, in one respect.

    Attributes:
        location: where the container says what it is for.
        truth: whether it is.
        why: what both are.
        of_image: whether it is the container's own image that says it, not its task.
        lacks_platform: whether it is not known since an image is built for whatever builds it.
    """

    location: str
    truth: Truth
    why: str
    of_image: bool = False
    lacks_platform: bool = False


class _Made(NamedTuple):
    """What a container is made for: what it is, where and how it says so."""

    wanted: str
    location: str
    evidence: str
    of_image: bool = False

    def fit(self, truth: Truth, evidence: str) -> Fit:
        return Fit(self.location, truth, f"{self.evidence}, {evidence}", self.of_image)


def _fits(wanted: str, has: str) -> Truth:
    """Return whether what is wanted is there.

    A Windows container needs a host of its own version. A task that names another one is not surely broken: what its
    image is built on is not in the templates, and that ECS heeds the name is not documented.
    """
    if wanted == has:
        return True
    if not (wanted.startswith(_WINDOWS) and has.startswith(_WINDOWS)):
        return False
    return True if _WINDOWS in (wanted, has) else None


_SILENT = (None, None)


class Platforms(InWorld):
    """Whether containers are for the platform of what they run on, in one world.

    Args:
        placements: what runs where.
        launches: what container instances are launched with.
    """

    def __init__(self, placements: Placements, launches: Launches) -> None:
        self.world = placements.world
        self._placements = placements
        self._launches = launches

    @asked
    def judge(self, container: Container, placement: Placement) -> tuple[Fit, ...]:
        """Return whether a container's task and built image are for the platform of a place where it runs.

        A container that says nothing of its platform gives nothing, unless it runs on machines of several.
        """
        return tuple(_judge(self._placements, self._launches, container, placement))


def _judge(placements: Placements, launches: Launches, container: Container, placement: Placement) -> Iterator[Fit]:
    platform, assets = placements.platform(container), [*_assets(container)]
    hosts = _Hosts(launches, container, placement) if placement.launch is Launch.EC2 and placement.runner else None
    are_alike = placement.launch is not Launch.MANAGED_INSTANCES if hosts is None else hosts.are_alike
    if platform == _SILENT and not assets and are_alike:
        return  # neither task nor image says anything, and nothing chooses among machines that differ
    if hosts is not None and hosts.unmet is not None:
        location = f"{container.task.location}.PlacementConstraints"
        yield Fit(location, None, f"no container instances are known that have {hosts.unmet}")
    yield from _contradictions(placements, container, placement)
    for trait, value in zip(_TRAITS, platform, strict=True):
        location = f"{container.task.location}.RuntimePlatform.{trait.key}"
        runs, unclear = _declared(trait, location, value)
        images, unread = _built(trait, assets)
        yield from (*unclear, *unread)
        if placement.launch is Launch.EC2:
            yield from _agree(images, runs)
            needs = runs or images
            if hosts is not None:
                yield from hosts.judge(trait, needs) if needs or value is not None else hosts.mixed(trait, location)
        elif placement.launch in (Launch.FARGATE, Launch.MANAGED_INSTANCES) and not follows_image(container):
            if value is None:
                evidence = f"{placement.launch.value} runs the task on {trait.default}, the default of {trait.key}"
                runs.append(_Made(trait.values[trait.default], location, evidence))
            yield from _agree(images, runs)
            yield from _on_managed_instances(placements.world, placement, trait, runs)


def _declared(trait: _Trait, location: str, value: Value) -> tuple[list[_Made], list[Fit]]:
    """Return what a task is declared for, and what can't be told of it."""
    if value is None:
        return [], []
    if isinstance(value, str) and value in trait.values:
        return [_Made(trait.values[value], location, f"the task is declared for {value}")], []
    return [], [Fit(location, None, f"{trait.key} of the task is {shown(value)}")]


def _built(trait: _Trait, assets: Sequence[tuple[str, str, str | None]]) -> tuple[list[_Made], list[Fit]]:
    """Return what built images are for, and what can't be told of them."""
    needs, unclear = [], []
    for location, tag, platform in assets:
        wanted = trait.parts.get(platform.split("/")[trait.part]) if platform and "/" in platform else None
        if wanted is not None:
            needs.append(_Made(wanted, location, f"the image is built for {platform}", of_image=True))
        else:
            says = f"platform {platform!r}" if platform else "no platform: it gets that of the machine which builds it"
            unclear.append(Fit(location, None, f"the built image {tag} has {says}"))
    return needs, unclear


def follows_image(container: Container) -> bool:
    """Return whether ECS runs a container on the architecture of its image, whatever that is.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatformOverride.html
    """
    return container.resource.type == "AWS::ECS::ExpressGatewayService"


def _assets(container: Container) -> Iterator[tuple[str, str, str | None]]:
    """Yield the image of a container where CDK builds it: where it stands, its tag, and its platform where given."""
    known = container.resource.template.image_platforms
    image = container.image
    tag = image.parts.get("tag")
    if isinstance(tag, str) and tag in known:
        yield image.location, tag, known[tag]


def _agree(built: Sequence[_Made], runs: Sequence[_Made]) -> Iterator[Fit]:
    """Yield whether built images are for what their task runs on."""
    for image in built:
        for run in runs:
            yield image.fit(_fits(image.wanted, run.wanted), run.evidence)


def _contradictions(placements: Placements, container: Container, placement: Placement) -> Iterator[Fit]:
    """Yield what a task is declared for and ECS does not have, whatever its image."""
    location = f"{container.task.location}.RuntimePlatform"
    on_fargate = placement.launch is Launch.FARGATE
    architecture, family = placements.platform(container)
    is_windows = isinstance(family, str) and family.startswith(_WINDOWS)
    if architecture == "ARM64" and is_windows:
        evidence = f"the task is declared for ARM64 with {family}, and Windows runs on X86_64 only"
        yield Fit(f"{location}.{_ARCHITECTURE.key}", False, evidence)
    elif architecture == "ARM64" and on_fargate and placement.at is not None:
        for version in placements.world.values(placement.at.resource, "PlatformVersion", placement.at):
            yield from _platform_version(f"{location}.{_ARCHITECTURE.key}", version)
    if on_fargate and is_windows and family in _OFF_FARGATE:
        evidence = f"the task is declared for {family}, which Fargate does not have"
        yield Fit(f"{location}.{_SYSTEM.key}", False, evidence)
    elif on_fargate and is_windows and placement.evidence.endswith("FARGATE_SPOT"):
        evidence = f"the task is declared for {family}, and FARGATE_SPOT runs Linux only"
        yield Fit(f"{location}.{_SYSTEM.key}", False, evidence)


def _platform_version(location: str, version: Value) -> Iterator[Fit]:
    """Yield that a platform version of Fargate does not have ARM64, or may not: it came with 1.4.0."""
    is_known = isinstance(version, str) and re.fullmatch(r"LATEST|[0-9]+\.[0-9]+\.[0-9]+", version)
    if not is_known or re.match(r"1\.[0-3]\.", version):
        evidence = f"the task is declared for ARM64, and runs on platform version {shown(version)}: ARM64 needs 1.4.0"
        yield Fit(location, False if is_known else None, evidence)


class _Run(NamedTuple):
    """One launch of container instances that a task may be put on."""

    host: Host
    ami: Ami
    machines: Machines

    def has(self, trait: _Trait) -> frozenset[str] | None:
        """Return what the instances can have, None where it is not known."""
        if trait is _ARCHITECTURE:
            architectures = self.machines.booting(self.ami)
            return None if architectures is None else frozenset(each.value for each in architectures)
        family = self.ami.product.family if self.ami.product is not None else None
        return None if family is None else frozenset({family})

    def shown(self, trait: _Trait) -> str:
        """Return what the instances have, for people."""
        if trait is _SYSTEM:
            return self.ami.product.name if self.ami.product is not None else str(self.ami)
        has = self.has(trait)
        return self.machines.chosen if has is None else f"{self.machines.chosen} ({' or '.join(sorted(has))})"


class _Hosts:
    """The container instances of a placement, as far as placement constraints leave them to a task."""

    def __init__(self, launches: Launches, container: Container, placement: Placement) -> None:
        self._launches = launches
        self._hosts = placement.hosts
        self._constraints = placement_constraints(launches.world, container, placement)
        self._runs = [
            _Run(host, ami, machines)
            for host in self._hosts
            for ami, machines in self._launches.of(host)
            if self._constraints.admit(ami, machines)
        ]

    @property
    def are_alike(self) -> bool:
        """Whether they are launched in one way, so that nothing chooses among them."""
        return len(self._runs) == 1

    @property
    def unmet(self) -> str | None:
        """What none of them has and a constraint asks for, None where some may have it."""
        if self._runs or not self._constraints.read or not any(map(self._launches.of, self._hosts)):
            return None
        return " and ".join(map(str, self._constraints.read))

    def judge(self, trait: _Trait, needs: Sequence[_Made]) -> Iterator[Fit]:
        """Yield whether they have what is needed.

        ECS puts a task that declares its architecture only on instances that have it, and any other task on any.
        """
        for need in needs:
            answers = [*self._each(trait, need)]
            if len({answer.truth for answer in answers}) > 1:
                if self._constraints.unread is not None:
                    reason = f"whether the placement constraint {self._constraints.unread!r} allows it is not known"
                    answers = [_softened(answer, reason) for answer in answers]
                elif not need.of_image and trait.is_heeded:
                    best = max((answer.truth for answer in answers), key=_WORST_FIRST.index)
                    answers = [answer for answer in answers if answer.truth is best]
                elif not need.of_image:
                    reason = f"that ECS chooses instances by {trait.key} is not documented"
                    answers = [_softened(answer, reason) for answer in answers]
            yield from answers

    def _each(self, trait: _Trait, need: _Made) -> Iterator[Fit]:
        for host in self._hosts:
            if host.launch is None:
                evidence = f"what launches {host.resource.logical_id} is not in the templates"
                yield need.fit(None, evidence)
        for run in self._runs:
            has, runs = run.has(trait), f"{run.host.resource.logical_id} runs it on {run.shown(trait)}"
            if has is None:
                yield need.fit(None, f"{runs}, whose {trait.name} is not known")
            else:
                fits = [_fits(need.wanted, each) for each in has]
                yield need.fit(max(fits, key=_WORST_FIRST.index) if fits else False, runs)

    def mixed(self, trait: _Trait, location: str) -> Iterator[Fit]:
        """Yield that some have what others don't, where nothing says what a task and its image are for."""
        sides = [(run.host, has) for run in self._runs if (has := run.has(trait)) is not None]
        for (one, has), (other, wants) in combinations(sides, 2):
            if has.isdisjoint(wants):
                names = [
                    f"{host.resource.logical_id} ({' or '.join(sorted(can))})"
                    for host, can in ((one, has), (other, wants))
                ]
                evidence = f"the task has no {trait.key}, and runs on {' or '.join(names)}, whatever its image is for"
                yield Fit(location, None, evidence)
                return


def _softened(answer: Fit, reason: str) -> Fit:
    """Return that what would be broken is not known to be."""
    if answer.truth is not False:
        return answer
    return answer._replace(truth=None, why=f"{answer.why}; {reason}")


def _on_managed_instances(world: World, placement: Placement, trait: _Trait, runs: Sequence[_Made]) -> Iterator[Fit]:
    if placement.launch is not Launch.MANAGED_INSTANCES:
        return
    if trait is _SYSTEM:
        for need in runs:
            yield need.fit(_fits(need.wanted, "LINUX"), "and Managed Instances run Linux only")
    elif placement.provider is not None:
        path = "ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements"
        for value in world.values(placement.provider, path):
            said, left = required(value if isinstance(value, dict) else {})
            for need in runs:
                verdict = Architecture(need.wanted) in left
                yield need.fit(verdict, f"{placement.provider.logical_id} chooses instances with {said}")
