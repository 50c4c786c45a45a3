"""The links of a container's pull path, each with its verdict and the evidence for it."""

from __future__ import annotations

from collections.abc import Callable

from ecr_ecs_constructs.image_uri import UnverifiableImageUri
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.link import Link, LinkVerdict, worst
from ecr_ecs_constructs.pull.path import Container, Image


def image_link(facts: Facts, container: Container) -> Link:
    """Return whether every text that a container's image can become is a fully qualified reference."""
    return worst(_image(image, facts.policy.allow_public_gallery) for image in container.images)


def _image(image: Image, allow_public_gallery: bool) -> Link:
    defaults = f" (with the default of {' and '.join(image.defaults)})" if image.defaults else ""
    error = image.error_under(allow_public_gallery=allow_public_gallery)
    if error is None:
        kind = "a private ECR registry" if image.error is None else "the public gallery, which is allowed"
        return Link("image", LinkVerdict.HOLDS, f"{image} is a reference of {kind}{defaults}")
    verdict = LinkVerdict.UNKNOWN if isinstance(error, UnverifiableImageUri) else LinkVerdict.BROKEN
    return Link("image", verdict, f"{image} {error.reason}{defaults}")


def _unjudged(name: str) -> Callable[[Facts, Container], Link]:
    return lambda *_: Link(name, LinkVerdict.UNKNOWN, "not judged")


LINKS: tuple[Callable[[Facts, Container], Link], ...] = (
    image_link,
    *map(_unjudged, ("repository", "permission", "placement", "ami", "architecture", "network")),
)
"""What judges each link, in the order of the path."""
