"""Whether machine images, instance types and tasks are of one processor architecture.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-type-names
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import Evaluator, Site, Text, Value, shown
from ecr_ecs_constructs.pull.ami import Ami, Architecture, image_site, read_ami
from ecr_ecs_constructs.pull.link import Link, LinkVerdict, worst
from ecr_ecs_constructs.pull.path import Container
from ecr_ecs_constructs.pull.placement import Host, Launch, Placement

if TYPE_CHECKING:
    from ecr_ecs_constructs.pull.facts import Facts

Architectures = frozenset[Architecture]
"""The architectures that something can have."""

ANY: Architectures = frozenset(Architecture)

_ARM = re.compile(r"a1\.|[a-z]+[0-9]+g|[a-z0-9]+-gb[0-9]|mac2|mac-m")
"""Graviton: `a1`, or a `g` right behind the generation (`c7g`, `im4gn`); Grace: `gb` behind a hyphen (`p6e-gb200`);
Apple: every Mac but the first (`mac2`, `mac-m4`)."""

_MANUFACTURERS: Mapping[str, Architectures] = {
    "amazon-web-services": frozenset({Architecture.ARM64}),
    "amd": frozenset({Architecture.X86_64}),
    "intel": frozenset({Architecture.X86_64}),
}

_PLATFORMS: Mapping[str, Architecture] = {"amd64": Architecture.X86_64, "arm64": Architecture.ARM64}
"""The architectures of container images, as the platform of an image names them: `linux/arm64`."""

_TASKS: Mapping[str, Architecture] = {"X86_64": Architecture.X86_64, "ARM64": Architecture.ARM64}
"""The architectures of tasks, as `CpuArchitecture` names them."""


def instance_architecture(name: str) -> Architecture | None:
    """Return the architecture of an EC2 instance type, None where the name is none.

    Args:
        name: its full name, such as `c7g.large`, or how it begins up to the dot.
    """
    if not re.match(r"[a-z][a-z0-9-]*\.", name):
        return None
    return Architecture.ARM64 if _ARM.match(name) else Architecture.X86_64


class Machines(NamedTuple):
    """The instance types that one launch chooses from.

    Attributes:
        resource: the resource that chooses them.
        location: where it chooses them.
        chosen: the type, or what it must have.
        architectures: those that they can have, None where it is not known.
        by_image: whether EC2 chooses among them by the architecture of the image.
    """

    resource: Resource
    location: str
    chosen: str
    architectures: Architectures | None
    by_image: bool = False


def _machines(at: Site, launch: Value) -> Machines:
    if not isinstance(launch, dict):
        return Machines(at.resource, at.location, shown(launch), None)
    requirements, name = launch.get("InstanceRequirements"), launch.get("InstanceType")
    if isinstance(requirements, dict):
        return Machines(at.resource, f"{at.location}.InstanceRequirements", *_required(requirements), by_image=True)
    if name is None and requirements is None:
        return Machines(at.resource, at.location, "no instance type", None)
    first = name.pieces[0] if isinstance(name, Text) else name
    architecture = instance_architecture(first) if isinstance(first, str) else None
    return Machines(
        at.resource,
        f"{at.location}.InstanceType",
        shown(name or requirements),
        None if architecture is None else frozenset({architecture}),
    )


def _required(requirements: Mapping[str, Value]) -> tuple[str, Architectures]:
    """Return what requirements say of the processor, and the architectures that they leave."""
    said, left = [], ANY
    for key, read in (("CpuManufacturers", _of_manufacturer), ("AllowedInstanceTypes", _of_pattern)):
        values = requirements.get(key)
        if isinstance(values, list) and values:
            said.append(f"{key} {', '.join(map(shown, values))}")
            left &= frozenset().union(*map(read, values))
    return " and ".join(said) or "any processor", left


def _of_manufacturer(name: Value) -> Architectures:
    return _MANUFACTURERS.get(name, ANY) if isinstance(name, str) else ANY


def _of_pattern(pattern: Value) -> Architectures:
    """Return the architectures of the instance types that a pattern such as `c7g.*` allows."""
    start = pattern.partition("*")[0] if isinstance(pattern, str) else ""
    if _ARM.match(start):
        return frozenset({Architecture.ARM64})
    architecture = instance_architecture(start)
    return ANY if architecture is None else frozenset({architecture})


_CHOICES = ("InstanceType", "InstanceRequirements")


def _is_opaque(node: Node) -> bool:
    """Return whether an override is known only at deployment."""
    return not isinstance(node, dict) or any(key == "Ref" or key.startswith("Fn::") for key in node)


def _only(site: Site, keys: Sequence[str]) -> Site:
    """Return a place as if it had some of its keys only."""
    return site._replace(node={key: site.node[key] for key in keys if key in site.node})


class Launches:
    """What container instances boot from together with what they run on.

    Args:
        evaluator: of the templates.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._found: dict[int, tuple[Host, tuple[tuple[Ami, Machines], ...]]] = {}

    def of(self, host: Host) -> tuple[tuple[Ami, Machines], ...]:
        """Return every image with the instance types that one branch of the templates puts it on.

        Instances whose launch template is not in the templates give nothing.
        """
        if id(host) not in self._found:
            self._found[id(host)] = host, tuple(dict.fromkeys(self._find(host)))
        return self._found[id(host)][1]

    def _find(self, host: Host) -> Iterator[tuple[Ami, Machines]]:
        launch = host.launch
        if launch is None:
            return
        for override in host.overrides or (launch,):
            if override is not launch and _is_opaque(override.node):
                machines = override._replace(node={"InstanceType": override.node})
            else:
                machines = _only(override if any(key in override.node for key in _CHOICES) else launch, _CHOICES)
            yield from self._together(_only(image_site(launch, override), ("ImageId",)), machines)

    def _together(self, image: Site, at: Site) -> Iterator[tuple[Ami, Machines]]:
        both = image._replace(node={**image.node, **at.node}, assumptions=(*image.assumptions, *at.assumptions))
        found = self._evaluator.branches(both) if at.resource.template is image.resource.template else ()
        type_ = image.resource.type
        if found and all(isinstance(branch.value, dict) for branch in found):
            for branch in found:
                yield read_ami(branch.value.get("ImageId"), branch.defaults, type_), _machines(at, branch.value)
            return
        # Two templates, or more branches than are followed. Some combinations may exclude each other, so where there
        # are several no architecture is known.
        images = self._evaluator.branches(image._replace(node=image.node.get("ImageId")))
        machines = [_machines(at, branch.value) for branch in self._evaluator.branches(at)]
        certain = len(images) == 1 or len(machines) == 1
        for branch in images:
            for each in machines:
                ami = read_ami(branch.value, branch.defaults, type_)
                yield ami, each if certain else each._replace(architectures=None)


class Answer(NamedTuple):
    """Whether the architectures of a container and of what it runs on agree, in one respect.

    Attributes:
        location: where the container says its own.
        verdict: whether they agree.
        evidence: which they are.
        of_image: whether it is the container's own image that says it, not its task.
    """

    location: str
    verdict: LinkVerdict
    evidence: str
    of_image: bool = False


class _Need(NamedTuple):
    """An architecture that a container is made for: what it is, where and how it says so."""

    architecture: Architecture
    location: str
    evidence: str
    of_image: bool = False

    def answer(self, verdict: LinkVerdict, evidence: str) -> Answer:
        return Answer(self.location, verdict, f"{self.evidence}, {evidence}", self.of_image)


def judge_task(facts: Facts, container: Container, placement: Placement) -> Iterator[Answer]:
    """Yield whether a container's task and built image are of the architecture of a place where it runs.

    A container that says nothing of its architecture yields nothing.
    """
    location = f"{container.task.location}.RuntimePlatform.CpuArchitecture"
    values = facts.placements.architectures(container)
    declared = []
    for value in values:
        if isinstance(value, str) and value in _TASKS:
            declared.append(_Need(_TASKS[value], location, f"the task is declared for {value}"))
        else:
            yield Answer(location, LinkVerdict.UNKNOWN, f"CpuArchitecture of the task is {shown(value)}")
    built = []
    for place, tag, platform in _assets(container):
        architecture = _PLATFORMS.get(platform.split("/")[1]) if platform and "/" in platform else None
        if architecture is None:
            says = f"platform {platform!r}" if platform else "no platform: it gets that of the machine which builds it"
            yield Answer(place, LinkVerdict.UNKNOWN, f"the built image {tag} has {says}")
        else:
            built.append(_Need(architecture, place, f"the image is built for {platform}", of_image=True))
    if not values and not built and placement.launch is not Launch.MANAGED_INSTANCES:
        return  # neither task nor image says anything, and no requirement chooses the machine
    if placement.launch is Launch.EC2:
        yield from _agree(built, declared, len(container.images))
        yield from _on_hosts(facts, placement, declared, built)
    elif placement.launch in (Launch.FARGATE, Launch.MANAGED_INSTANCES) and not _follows_image(container):
        evidence = f"{placement.launch.value} runs the task on X86_64, the default of CpuArchitecture"
        runs = declared if values else [_Need(Architecture.X86_64, location, evidence)]
        yield from _agree(built, runs, len(container.images))
        yield from _on_managed_instances(facts, placement, runs)


def _follows_image(container: Container) -> bool:
    """Return whether ECS runs a container on the architecture of its image, whatever that is.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatformOverride.html
    """
    return container.resource.type == "AWS::ECS::ExpressGatewayService"


def _assets(container: Container) -> Iterator[tuple[str, str, str | None]]:
    """Yield those images of a container that CDK builds: where each stands, its tag, and its platform where given."""
    known = container.resource.template.image_platforms
    for image in container.images if known else ():
        tag = image.parts.get("tag")
        if isinstance(tag, str) and tag in known:
            yield image.location, tag, known[tag]


def _agree(built: Sequence[_Need], runs: Sequence[_Need], images: int) -> Iterator[Answer]:
    """Yield whether built images are of the architecture that their task runs on.

    Where both have branches, they may go together, so that only what fits to none is broken.
    """
    for image in built:
        fits = [run.architecture is image.architecture for run in runs]
        tied = images > 1 and len(runs) > 1 and any(fits)
        for run, fit in zip(runs, fits, strict=True):
            bad = LinkVerdict.UNKNOWN if tied else LinkVerdict.BROKEN
            yield image.answer(LinkVerdict.HOLDS if fit else bad, run.evidence)


def _on_hosts(
    facts: Facts, placement: Placement, declared: Sequence[_Need], built: Sequence[_Need]
) -> Iterator[Answer]:
    """Yield whether container instances have the architecture of a task.

    ECS puts a task that declares one only on instances that have it, and any other task on any of them.
    """
    if placement.runner is None:
        return
    for need in declared or built:
        answers = [answer for host in placement.hosts for answer in _on_host(facts, host, need)]
        if declared and answers:
            best = max(answers, key=lambda answer: list(LinkVerdict).index(answer.verdict))
            answers = [answer for answer in answers if answer.verdict is best.verdict]
        yield from answers


def _on_host(facts: Facts, host: Host, need: _Need) -> Iterator[Answer]:
    if host.launch is None:
        yield need.answer(LinkVerdict.UNKNOWN, f"what launches {host.resource.logical_id} is not in the templates")
    for ami, machines in facts.launches.of(host):
        architectures = machines.architectures
        if machines.by_image:
            architectures = None if ami.architecture is None else frozenset({ami.architecture})
        runs = f"{host.resource.logical_id} runs it on {machines.chosen}"
        if architectures is None:
            yield need.answer(LinkVerdict.UNKNOWN, f"{runs}, whose architecture is not known")
        else:
            fits = need.architecture in architectures
            names = " or ".join(sorted(each.value for each in architectures))
            yield need.answer(LinkVerdict.HOLDS if fits else LinkVerdict.BROKEN, f"{runs} ({names})")


def _on_managed_instances(facts: Facts, placement: Placement, runs: Sequence[_Need]) -> Iterator[Answer]:
    if placement.provider is None or placement.launch is not Launch.MANAGED_INSTANCES:
        return
    path = "ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements"
    for value in facts.placements.values(placement.provider, path):
        said, left = _required(value if isinstance(value, dict) else {})
        for need in runs:
            verdict = LinkVerdict.HOLDS if need.architecture in left else LinkVerdict.BROKEN
            yield need.answer(verdict, f"{placement.provider.logical_id} chooses instances with {said}")


def architecture_link(facts: Facts, container: Container) -> Link:
    """Return whether AMI, instance types, task and built image of a container are of one architecture."""
    return worst(link for placement in facts.placements.of(container) for link in _links(facts, container, placement))


def _links(facts: Facts, container: Container, placement: Placement) -> Iterator[Link]:
    if placement.launch in (Launch.FARGATE, Launch.MANAGED_INSTANCES):
        yield Link("architecture", LinkVerdict.HOLDS, _on_demand(facts, container, placement.launch))
    elif placement.launch is Launch.EC2 and placement.runner is not None and placement.hosts:
        for host in placement.hosts:
            if host.launch is None:
                evidence = f"what launches {host.resource.logical_id} is not in the templates"
                yield Link("architecture", LinkVerdict.UNKNOWN, evidence)
            for ami, machines in facts.launches.of(host):
                yield judge_launch(host, ami, machines)
    else:
        evidence = f"its container instances are not known: {placement.evidence}"
        yield Link("architecture", LinkVerdict.UNKNOWN, evidence)
    for answer in judge_task(facts, container, placement):
        yield Link("architecture", answer.verdict, answer.evidence)


def _on_demand(facts: Facts, container: Container, launch: Launch) -> str:
    values = facts.placements.architectures(container)
    if _follows_image(container):
        return "Express Mode runs the task on the architecture of its image"
    return (
        f"{launch.value} runs the task on {' or '.join(map(shown, values)) or 'X86_64, the default of CpuArchitecture'}"
    )


def judge_launch(host: Host, ami: Ami, machines: Machines) -> Link:
    """Return whether instances boot from an image of their own architecture.

    Args:
        host: the instances.
        ami: what they boot from.
        machines: what they run on.
    """
    of = f" of {ami.architecture.value}" if ami.architecture is not None else ""
    name = host.resource.logical_id
    if machines.architectures is None or ami.architecture is None:
        missing = "the architecture of its image" if ami.architecture is None else f"that of {machines.chosen}"
        return Link(
            "architecture", LinkVerdict.UNKNOWN, f"{name} boots {ami}{of} on {machines.chosen}: {missing} is not known"
        )
    fits = ami.architecture in machines.architectures
    names = " or ".join(sorted(each.value for each in machines.architectures))
    evidence = f"{name} boots {ami}{of} on {machines.chosen} ({names})"
    return Link("architecture", LinkVerdict.HOLDS if fits else LinkVerdict.BROKEN, evidence)
