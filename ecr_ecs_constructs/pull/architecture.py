"""What container instances are launched with, and whether machine image and instance type are of one architecture.

Sources:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html#instance-type-names
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node, Resource
from ecr_ecs_constructs.cloudformation.values import Assumption, Evaluator, Site, Text, Value, existence, shown
from ecr_ecs_constructs.pull.ami import Ami, Architecture, image_site, read_ami
from ecr_ecs_constructs.pull.link import Link, LinkVerdict
from ecr_ecs_constructs.pull.placement import Host

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

    def booting(self, ami: Ami) -> Architectures | None:
        """Return the architectures that they can have with an image, None where it is not known."""
        if not self.by_image:
            return self.architectures
        return None if ami.architecture is None else frozenset({ami.architecture})


def _machines(at: Site, launch: Value) -> Machines:
    if not isinstance(launch, dict):
        return Machines(at.resource, at.location, shown(launch), None)
    requirements, name = launch.get("InstanceRequirements"), launch.get("InstanceType")
    if isinstance(requirements, dict):
        return Machines(at.resource, f"{at.location}.InstanceRequirements", *required(requirements), by_image=True)
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


def required(requirements: Mapping[str, Value]) -> tuple[str, Architectures]:
    """Return what instance requirements say of the processor, and the architectures that they leave.

    Args:
        requirements: the `InstanceRequirements`.
    """
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


class Alternatives(NamedTuple):
    """What container instances are launched with, of which one deployment has one.

    Attributes:
        assumptions: the conditions under which such instances are there.
        launches: every image with the instance types that it is put on.
    """

    assumptions: tuple[Assumption, ...]
    launches: tuple[tuple[Ami, Machines], ...]


class Launches:
    """What container instances boot from together with what they run on.

    Args:
        evaluator: of the templates.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._found: dict[int, tuple[Host, tuple[Alternatives, ...], tuple[tuple[Ami, Machines], ...]]] = {}

    def of(self, host: Host) -> tuple[tuple[Ami, Machines], ...]:
        """Return every image with the instance types that one branch of the templates puts it on.

        Instances whose launch template is not in the templates give nothing.
        """
        return self._read(host)[2]

    def side_by_side(self, host: Host) -> tuple[Alternatives, ...]:
        """Return what one deployment launches side by side: the overrides of a mixed-instances policy."""
        return self._read(host)[1]

    def meet(self, one: Alternatives, other: Alternatives) -> bool:
        """Return whether a deployment can have instances of both."""
        (_, machines), *_ = one.launches
        both = Site(machines.resource, machines.location, None, (*one.assumptions, *other.assumptions))
        return self._evaluator.possible(both)

    def _read(self, host: Host) -> tuple[Host, tuple[Alternatives, ...], tuple[tuple[Ami, Machines], ...]]:
        known = self._found.get(id(host))
        if known is None:
            found = tuple(self._find(host))
            launches = tuple(dict.fromkeys(launch for alternatives in found for launch in alternatives.launches))
            known = self._found[id(host)] = host, found, launches
        return known

    def _find(self, host: Host) -> Iterator[Alternatives]:
        launch = host.launch
        if launch is None:
            return
        given = (*existence(host.resource), *launch.assumptions)
        for override in host.overrides or (launch,):
            if override is not launch and _is_opaque(override.node):
                machines = override._replace(node={"InstanceType": override.node})
            else:
                machines = _only(override if any(key in override.node for key in _CHOICES) else launch, _CHOICES)
            image = _only(image_site(launch, override), ("ImageId",))
            yield Alternatives((*given, *override.assumptions), tuple(self._together(image, machines)))

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
