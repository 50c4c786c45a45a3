"""The containers of all templates, their images, and the repositories that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from glob import escape
from itertools import count
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, Worlds, asked
from ecr_ecs_constructs.cloudformation.evaluation import function_of
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, Template
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Hole,
    Kind,
    Site,
    Text,
    Value,
    pieces_of,
    shown,
)
from ecr_ecs_constructs.image_uri import (
    Constrained,
    EcrImageUri,
    InvalidImageUri,
    Piece,
    Placeholder,
    public_gallery_error,
)

CONTAINERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::ECS::TaskDefinition": (("", "ContainerDefinitions.*"),),
    "AWS::ECS::DaemonTaskDefinition": (("", "ContainerDefinitions.*"),),
    "AWS::ECS::ExpressGatewayService": (("", "PrimaryContainer"),),
    "AWS::Batch::JobDefinition": (
        ("ContainerProperties", ""),
        ("EcsProperties.TaskProperties.*", "Containers.*"),
        ("NodeProperties.NodeRangeProperties.*.Container", ""),
        ("NodeProperties.NodeRangeProperties.*.EcsProperties.TaskProperties.*", "Containers.*"),
    ),
}
"""Where each resource type holds the tasks that ECS runs, and where a task holds its containers.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ECS.html and AWS_Batch.html
"""

_PLACEHOLDERS = {
    Kind.ACCOUNT: Placeholder.ACCOUNT,
    Kind.REGION: Placeholder.REGION,
    Kind.URL_SUFFIX: Placeholder.URL_SUFFIX,
    Kind.REPOSITORY: Placeholder.REPOSITORY,
}
_NO_PARTS: Mapping[str, str | Text] = {}


class Image(NamedTuple):
    """One text that a container's `Image` can become.

    Attributes:
        location: where it stands in the template.
        value: the text; None where the container has no image, a list or an object where it is no text.
        shown: the text in the notation of `Fn::Sub`.
        defaults: the names of the parameters whose default decided it.
        uri: the reference, where it is one of a private ECR registry and its parts can be told apart.
        error: why it is no such reference, or not known to be one.
        parts: the fields of the reference with the holes that stand in them; empty where there is no reference.
    """

    location: str
    value: Value
    shown: str
    defaults: tuple[str, ...] = ()
    uri: EcrImageUri | None = None
    error: InvalidImageUri | None = None
    parts: Mapping[str, str | Text] = _NO_PARTS

    def __hash__(self) -> int:
        return hash((self.location, self.shown))  # a value may be a list or an object

    def error_under(self, *, allow_public_gallery: bool) -> InvalidImageUri | None:
        """Return why it is no reference of a private ECR registry or, where allowed, of the public gallery."""
        if self.error is None or not allow_public_gallery or not isinstance(self.value, (str, Text)):
            return self.error
        return public_gallery_error(map(_piece, pieces_of(self.value)))

    def __str__(self) -> str:
        return self.shown

    def part(self, name: str) -> str | Text:
        """Return a part of the reference with the holes that stand in it.

        Args:
            name: a field of `EcrImageUri`; the reference must have it.
        """
        return self.parts[name]


class Container(NamedTuple):
    """One container that ECS runs.

    Attributes:
        resource: the resource that defines it.
        location: where it is defined: `Properties.ContainerDefinitions[0]`.
        name: its name, None where it has none.
        image: what its image is.
        task: the place of its task, where execution role and platform stand.
        site: its own place.
    """

    resource: Resource
    location: str
    name: str | None
    image: Image
    task: Site
    site: Site

    def __hash__(self) -> int:
        return hash((self.resource, self.location))  # what stands there may be an object


class ContainerPlace(NamedTuple):
    """Where a container may be defined, in whatever world.

    Attributes:
        resource: the resource.
        task_path: the path of tasks in a resource of its type.
        task: the location of its task.
        path: the path of containers in a task.
        location: its own location.
    """

    resource: Resource
    task_path: str
    task: str
    path: str
    location: str


def container_places(worlds: Worlds) -> Iterator[ContainerPlace]:
    """Yield where containers may be defined in some templates, in a stable order."""
    for template in worlds.templates:
        for type_, paths in CONTAINERS.items():
            for resource in template.by_type.get(type_, ()):
                for task_path, path in paths:
                    for task in worlds.places(resource, task_path):
                        for site in worlds.places(resource, path, task):
                            yield ContainerPlace(resource, task_path, task.location, path, site.location)


class Model(InWorld):
    """What the templates of one call say in one world about images and the repositories that hold them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.templates = world.root.templates

    @asked
    def container(self, place: ContainerPlace) -> Container | None:
        """Return the container that is defined in a place, None where there is none in this world."""
        resource = place.resource
        task = self.world.site(resource, place.task_path, place.task)
        site = self.world.site(resource, place.path, place.location, task) if task is not None else None
        if task is None or site is None:
            return None
        if site.location.endswith("…"):
            return Container(resource, site.location, None, self._image(site), task, site)
        if function_of(site.node) and self.world.read(site).value in (ABSENT, None):
            return None
        image = self._image_of(site)
        return Container(resource, site.location, self._name(site), image, task, site)

    def _image_of(self, site: Site) -> Image:
        for each in self.world.sites(site.resource, "Image", site):
            image = self._image(each)
            if image.value is not ABSENT:
                return image
        error = InvalidImageUri("", "reference", "is missing")
        return Image(f"{site.location}.Image", None, "None", error=error)

    def _image(self, site: Site) -> Image:
        return read_image(site.location, *self.world.read(site))

    def _name(self, site: Site) -> str | None:
        for name in self.world.sites(site.resource, "Name", site):
            if not name.location.endswith("…"):
                value = self.world.read(name).value
                return str(value) if isinstance(value, (str, Text)) else None
        return None

    @asked
    def repositories(self, template: Template, image: Image) -> tuple[Resource, ...]:
        """Return the repositories of the templates that an image of a template can be pulled from."""
        if image.uri is None:
            return ()
        name = image.parts["repository"]
        if isinstance(name, Text):
            first, *others = name.pieces
            return () if others or not isinstance(first, Hole) or first.resource is None else (first.resource,)
        account, region = image.parts["account"], image.parts["region"]
        return tuple(
            repository
            for repository in self.world.root.named("AWS::ECR::Repository", "RepositoryName", name)
            if _same(repository.template.account, account, template.account)
            and _same(repository.template.region, region, template.region)
            and self.world.value(repository, "RepositoryName") == name
        )

    @asked
    def overwritable(self, repository: Resource, tag: str | Text) -> bool | None:
        """Return whether a tag of a repository can be moved to another image, None where it can't be known.

        Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
        """
        if self.world.sites(repository, TRANSFORM):
            return None  # what is included may say so too
        mode = self.world.value(repository, _MODE, "MUTABLE")
        return _overwritable(mode, self.world.value(repository, _FILTERS, []), tag)


_MODE, _FILTERS = "ImageTagMutability", "ImageTagMutabilityExclusionFilters"


def _overwritable(mode: Value, filters: Value, tag: str | Text) -> bool | None:
    if mode in ("MUTABLE", "IMMUTABLE"):
        return bool(mode == "MUTABLE")
    if mode not in ("MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION") or not isinstance(filters, list):
        return None
    values = [item.get("ImageTagMutabilityExclusionFilterValue") for item in filters if isinstance(item, dict)]
    patterns = [value for value in values if isinstance(value, str)]
    if not isinstance(tag, str) or len(patterns) < len(filters):
        return None
    globs = ["*".join(map(escape, pattern.split("*"))) for pattern in patterns]  # nothing else is a wildcard
    excluded = any(fnmatchcase(tag, glob) for glob in globs)
    return excluded is (mode == "IMMUTABLE_WITH_EXCLUSION")


def _same(known: str | None, written: str | Text, own: str | None) -> bool:
    """Return whether an account or region known of a repository can be the one written in an image's registry."""
    if isinstance(written, Text):
        return known is None or own is None or known == own
    return known is None or known == written


def read_image(location: str, value: Value, defaults: tuple[str, ...] = ()) -> Image:
    """Read a value of a container's `Image`.

    Args:
        location: where it stands in the template.
        value: what the evaluator made of it.
        defaults: the names of the parameters whose default decided it.
    """
    if not isinstance(value, (str, Text)):
        kind = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "nothing"
        error = InvalidImageUri("", "reference", f"is {kind}, not a text")
        return Image(location, value, shown(value), defaults, error=error)
    pieces = pieces_of(value)
    reading = _read(tuple(map(_piece, pieces)))
    parts = _NO_PARTS
    if reading.uri is not None:
        holes = [piece for piece in pieces if isinstance(piece, Hole)]
        parts = {
            name: Text(tuple(each if isinstance(each, str) else holes[each] for each in part))
            if isinstance(part, tuple)
            else part
            for name, part in reading.parts
        }
    return Image(location, value, str(value), defaults, reading.uri, reading.error, parts)


def _piece(piece: str | Hole) -> Piece:
    if isinstance(piece, str):
        return piece
    if piece.pattern is not None:
        return Constrained(piece.pattern)
    return _PLACEHOLDERS.get(piece.kind, Placeholder.ANY)


class _Reading(NamedTuple):
    """What all texts are that differ in nothing but the resources or parameters that their holes stand for.

    Attributes:
        uri: the reference.
        error: why it is none.
        parts: the fields of the reference, each a literal, or literals and the numbers of holes.
    """

    uri: EcrImageUri | None
    error: InvalidImageUri | None
    parts: tuple[tuple[str, str | tuple[str | int, ...]], ...] = ()


@lru_cache(maxsize=4096)
def _read(pieces: tuple[Piece, ...]) -> _Reading:
    try:
        uri = EcrImageUri.parse_symbolic(pieces)
    except InvalidImageUri as error:
        return _Reading(None, error.with_traceback(None))
    return _Reading(uri, None, tuple(_parts(uri)) if uri is not None else ())


_CHARACTERS = frozenset(placeholder.value for placeholder in Placeholder)
_PLACES = re.compile(f"([{''.join(_CHARACTERS)}])")


def _parts(uri: EcrImageUri) -> Iterator[tuple[str, str | tuple[str | int, ...]]]:
    numbers = count()
    for field in ("account", "region", "suffix", "repository", "tag", "digest"):
        written = getattr(uri, field) or ""
        split = [next(numbers) if each in _CHARACTERS else each for each in _PLACES.split(written) if each]
        yield field, written if written.isascii() else tuple(split)  # what is ASCII has no placeholder
