"""The images that container instances boot, the instance types that they boot them on, and what they register with.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-optimized_AMI.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html#attributes
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.values import Site
from ecr_ecs_constructs.pull.ami import Ami
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.machines.environments import RESOURCES, images_of
from ecr_ecs_constructs.pull.machines.hosts import Host
from ecr_ecs_constructs.pull.machines.images import images_at
from ecr_ecs_constructs.pull.machines.instance_types import InstanceTypes, instance_types, named_types
from ecr_ecs_constructs.pull.texts.references import COMPUTE_ENVIRONMENT

Values = frozenset[str]
"""The values that an attribute of container instances can have."""


class Machine(NamedTuple):
    """Container instances of one image and one choice of instance types.

    Attributes:
        host: the container instances.
        ami: what they boot.
        types: what they boot it on.
    """

    host: Host
    ami: Ami
    types: InstanceTypes

    @property
    def architectures(self) -> Values | None:
        """The architectures that they can have, None where that is not known."""
        if self.types.by_image:
            return None if self.ami.architecture is None else frozenset({self.ami.architecture.value})
        found = self.types.architectures
        return None if found is None else frozenset(each.value for each in found)

    @property
    def families(self) -> Values | None:
        """Their operating system and its version as ECS names them, None where that is not known."""
        family = self.ami.product.family if self.ami.product is not None else None
        return None if family is None else frozenset({family})

    def boots(self) -> Answer:
        """Return whether they boot an image of their own architecture."""
        architecture, types, name = self.ami.architecture, self.types, self.host.resource.logical_id
        of = f" of {architecture.value}" if architecture is not None else ""
        if types.architectures is None or architecture is None:
            missing = "the architecture of its image" if architecture is None else f"that of {types.chosen}"
            return Answer(None, f"{name} boots {self.ami}{of} on {types.chosen}: {missing} is not known")
        names = " or ".join(sorted(each.value for each in types.architectures))
        fact = f"{name} boots {self.ami}{of} on {types.chosen} ({names})"
        return Answer(architecture in types.architectures, fact)


def _systems(machine: Machine) -> Values | None:
    families = machine.families
    return None if families is None else frozenset("linux" if each == "LINUX" else "windows" for each in families)


def _instance_types(machine: Machine) -> Values | None:
    chosen = machine.types.chosen
    return frozenset({chosen}) if re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", chosen) else None


REGISTERED: Mapping[str, Callable[[Machine], Values | None]] = {
    "cpu-architecture": lambda machine: machine.architectures,
    "instance-type": _instance_types,
    "os-type": _systems,
}
"""The attributes that the ECS agent registers by itself, by their names behind `ecs.`, and what tells their values; it
gives None where these can't be told."""


class Machines(InWorld):
    """How container instances are launched in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def of(self, host: Host) -> tuple[Machine, ...]:
        """Return each way in which container instances are launched, one for each override that differs.

        Instances whose launch is not in the templates give nothing.
        """
        launch = host.launch
        if launch is None:
            return ()
        if host.resource.type == COMPUTE_ENVIRONMENT:
            found = [Machine(host, ami, types) for _, ami, types in self._of_environment(host, launch)]
        else:
            found = [
                Machine(host, self._image(launch, each)[1], instance_types(self.world, launch, each))
                for each in host.overrides or (launch,)
            ]
        return tuple(dict.fromkeys(found))

    def amis(self, host: Host) -> tuple[Ami, ...]:
        """Return every image that container instances boot."""
        return tuple(dict.fromkeys(ami for _, ami in self.images(host)))

    @asked
    def images(self, host: Host) -> tuple[tuple[Site, Ami], ...]:
        """Return every image that container instances boot, with the place that says it."""
        launch = host.launch
        if launch is None:
            return ()
        if host.resource.type == COMPUTE_ENVIRONMENT:
            found = [(at, ami) for at, ami, _ in self._of_environment(host, launch)]
        else:
            found = [self._image(launch, each) for each in host.overrides or (launch,)]
        return tuple({at.location: (at, ami) for at, ami in found}.values())

    def _of_environment(self, host: Host, launch: Site) -> Iterator[tuple[Site, Ami, InstanceTypes]]:
        """Yield each image of a compute environment with the place that says it, and what instances boot it on."""
        nothing = Site(host.resource, f"Properties.{RESOURCES}.InstanceTypes", None)
        for entry in host.overrides or (nothing,):
            types = named_types(entry, self.world.read(entry).value)
            yield from ((at, ami, types) for at, ami in images_of(self.world, launch, entry, types))

    def _image(self, launch: Site, override: Site) -> tuple[Site, Ami]:
        """Return the image of instances and its place: that of an override that has one, else of what launches them."""
        at = override if self.world.values(override.resource, "ImageId", override) else launch
        for site, ami in images_at(self.world, at.resource, "ImageId", at):
            return Site(at.resource, f"{at.location}.ImageId", site.node), ami
        return Site(at.resource, f"{at.location}.ImageId", None), Ami(None)
