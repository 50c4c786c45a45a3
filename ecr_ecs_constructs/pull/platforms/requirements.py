"""The architecture and the operating system that tasks declare and that images are built for.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
"""

from __future__ import annotations

from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.values import Value, shown
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.platforms.traits import Trait, fits


class Fit(NamedTuple):
    """Where a container says what it is for, and the answer whether what it runs on is of that platform.

    Attributes:
        location: where it says so.
        answer: the answer, without a finding.
        of_image: whether it is the container's own image that says it, not its task.
        has_no_platform: whether that image is built for whatever machine builds it.
    """

    location: str
    answer: Answer
    of_image: bool = False
    has_no_platform: bool = False


class Requirement(NamedTuple):
    """The value of a trait that a container is for.

    Attributes:
        location: where it says so.
        says: what it says, in words.
        wanted: the value of the trait, as the trait calls it; empty where it can't be told.
        of_image: whether it is the container's own image that says it, not its task.
        has_no_platform: whether that image is built for whatever machine builds it.
    """

    location: str
    says: str
    wanted: str = ""
    of_image: bool = False
    has_no_platform: bool = False

    def untold(self) -> Fit:
        """Return that it is not known what it is for."""
        return Fit(self.location, Answer(None, self.says), self.of_image, self.has_no_platform)

    def fit(self, answer: Answer) -> Fit:
        """Return the answer whether it is met, with what it says before what the answer says."""
        return Fit(self.location, answer._replace(why=f"{self.says}, {answer.why}"), self.of_image)

    def against(self, has: str, why: str) -> Fit:
        """Return whether it is met by a value of the trait that something has."""
        return self.fit(Answer(fits(self.wanted, has), why))


def declared(trait: Trait, location: str, value: Value) -> Requirement | None:
    """Return what a task says of a trait in its `RuntimePlatform`, None where it says nothing."""
    if value is None:
        return None
    if isinstance(value, str) and value in trait.values:
        return Requirement(location, f"the task is declared for {value}", trait.values[value])
    return Requirement(location, f"{trait.key} of the task is {shown(value)}")


def built(trait: Trait, container: Container) -> Requirement | None:
    """Return what a container's image is built for, None where it is none that CDK builds."""
    image, platforms = container.image, container.resource.template.image_platforms
    tag = image.parts.get("tag")
    if not isinstance(tag, str) or tag not in platforms:
        return None
    platform = platforms[tag]
    wanted = trait.parts.get(platform.split("/")[trait.part]) if platform and "/" in platform else None
    if wanted is not None:
        return Requirement(image.location, f"the image is built for {platform}", wanted, of_image=True)
    has = f"platform {platform!r}" if platform else "no platform: it gets that of the machine which builds it"
    says = f"the built image {tag} has {has}"
    return Requirement(image.location, says, of_image=True, has_no_platform=not platform)
