"""The links of a container's pull path, each with its verdict and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.path import Container, Image


class LinkVerdict(str, Enum):
    """The answer to the question whether a link of a pull path holds."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Link:
    """One link of a pull path.

    Attributes:
        name: `image`, `repository`, `permission`, `placement`, `ami`, `architecture` or `network`.
        verdict: whether it holds.
        evidence: what decides it, or what is missing.
    """

    name: str
    verdict: LinkVerdict
    evidence: str


def image_link(facts: Facts, container: Container) -> Link:
    """Return whether every text that a container's image can become is a fully qualified reference."""
    worst = min(
        (_image(image, facts.policy.allow_public_gallery) for image in container.images),
        key=lambda answer: (LinkVerdict.BROKEN, LinkVerdict.UNKNOWN, LinkVerdict.HOLDS).index(answer[0]),
    )
    return Link("image", *worst)


def _image(image: Image, allow_public_gallery: bool) -> tuple[LinkVerdict, str]:
    defaults = f" (with the default of {' and '.join(image.defaults)})" if image.defaults else ""
    if image.error is None:
        return LinkVerdict.HOLDS, f"{image} is a reference of a private ECR registry{defaults}"
    error = image.error_under(allow_public_gallery=allow_public_gallery)
    if error is None:
        return LinkVerdict.HOLDS, f"{image} is a reference of the public gallery, which is allowed{defaults}"
    verdict = LinkVerdict.UNKNOWN if isinstance(error, UnverifiableImageUri) else LinkVerdict.BROKEN
    return verdict, f"{image} {error.reason}{defaults}"


def _unjudged(name: str) -> Callable[[Facts, Container], Link]:
    return lambda *_: Link(name, LinkVerdict.UNKNOWN, "not judged")


LINKS: tuple[Callable[[Facts, Container], Link], ...] = (
    image_link,
    *map(_unjudged, ("repository", "permission", "placement", "ami", "architecture", "network")),
)
"""What judges each link, in the order of the path."""
