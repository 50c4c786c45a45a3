"""The containers of all templates, their images, and the repositories that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from glob import escape
from itertools import chain, count, product
from math import prod
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Assumption,
    Evaluator,
    Hole,
    Kind,
    Site,
    Text,
    Value,
    existence,
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
_MAX_CASES = 64


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
        assumptions: the conditions under which it is the image.
    """

    location: str
    value: Value
    shown: str
    defaults: tuple[str, ...] = ()
    uri: EcrImageUri | None = None
    error: InvalidImageUri | None = None
    parts: Mapping[str, str | Text] = _NO_PARTS
    assumptions: tuple[Assumption, ...] = ()

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
        images: every text that its image can become.
        task: the place of its task, where execution role and platform stand.
        site: its own place.
    """

    resource: Resource
    location: str
    name: str | None
    images: tuple[Image, ...]
    task: Site
    site: Site


class Model:
    """What the templates of one call say about pulling images."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = tuple(templates)
        self.evaluator = Evaluator(self.templates)
        self._mutability: dict[Resource, tuple[Value, ...]] = {}
        self._possible: dict[tuple[Assumption, ...], bool] = {}

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Every container of every template, in a stable order."""
        sites = self.evaluator.sites
        return tuple(
            self._container(site, task)
            for template in self.templates
            for type_, paths in CONTAINERS.items()
            for resource in template.by_type.get(type_, ())
            for task_path, container_path in paths
            for task in sites(resource, task_path)
            for site in sites(resource, container_path, task)
        )

    def _container(self, site: Site, task: Site) -> Container:
        resource = site.resource
        if site.location.endswith("…"):
            return Container(resource, site.location, None, tuple(self._images(site)), task, site)
        images = [
            image for image_site in self.evaluator.sites(resource, "Image", site) for image in self._images(image_site)
        ]
        if not images or self._may_be_no_value(site, "Image"):
            error = InvalidImageUri("", "reference", "is missing")
            images.append(Image(f"{site.location}.Image", None, "None", error=error))
        return Container(resource, site.location, self._name(site), tuple(images), task, site)

    def _name(self, site: Site) -> str | None:
        """Return the first name that a container can have."""
        for name in self.evaluator.sites(site.resource, "Name", site):
            if not name.location.endswith("…"):
                for branch in self.evaluator.branches(name):
                    if isinstance(branch.value, (str, Text)):
                        return str(branch.value)
        return None

    def _may_be_no_value(self, site: Site, key: str) -> bool:
        """Return whether a key of an object that stands there may be absent after all."""
        if not isinstance(site.node, dict) or key not in site.node or is_surely_there(site.node[key]):
            return False
        at = Site(site.resource, site.location, site.node[key], site.assumptions)
        return any(branch.value is ABSENT for branch in self.evaluator.branches(at))

    def _images(self, site: Site) -> Iterator[Image]:
        for branch in self.evaluator.branches(site):
            image = read_image(site.location, branch.value, branch.defaults)
            yield image._replace(assumptions=site.assumptions) if site.assumptions else image

    def can_meet(self, *groups: Sequence[Assumption]) -> bool:
        """Return whether what stands under some conditions each can be there together."""
        together = tuple(dict.fromkeys(chain.from_iterable(groups)))
        if not together:
            return True
        if together not in self._possible:
            resource = next(iter(together[0].template.resources.values()))
            self._possible[together] = self.evaluator.possible(Site(resource, "", None, together))
        return self._possible[together]

    def always_one(self, given: Sequence[Assumption], cases: Sequence[Sequence[Assumption]]) -> bool:
        """Return whether one of some cases is surely so.

        Args:
            given: the conditions under which the question is asked.
            cases: the conditions under which each case is so.
        """
        if prod(map(len, cases)) > _MAX_CASES:
            return False
        # Where no case is so, each of them has a condition with the other outcome.
        return not any(
            self.can_meet(given, [each._replace(outcome=not each.outcome) for each in failing])
            for failing in product(*cases)
        )

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
            for repository, assumptions in self._repositories.get(name, {}).items()
            if _same(repository.template.account, account, template.account)
            and _same(repository.template.region, region, template.region)
            and any(not each or self.can_meet(image.assumptions, each) for each in assumptions)
        )

    def is_always_one(self, repositories: Sequence[Resource], image: Image) -> bool:
        """Return whether one of the repositories that an image can be pulled from is there wherever the image is.

        One that the image refers to is: CloudFormation refuses a template that refers to what is not there.
        """
        name = image.parts["repository"]
        if isinstance(name, Text):
            return True
        return self.always_one(
            image.assumptions, [each for one in repositories for each in self._repositories[name][one]]
        )

    def overwritable(self, repository: Resource, tag: str | Text) -> bool | None:
        """Return whether a tag of a repository can be moved to another image, None where it can't be known.

        Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
        """
        if repository not in self._mutability:
            # As one value, so that mode and filters are of the same branch.
            properties = repository.properties
            node = {key: value for key, value in properties.items() if key in _MUTABILITY or key[:4] == "Fn::"}
            site = Site(repository, "Properties", node, tuple(existence(repository)))
            self._mutability[repository] = tuple(branch.value for branch in self.evaluator.branches(site))
        answers = {_overwritable(properties, tag) for properties in self._mutability[repository]}
        return answers.pop() if len(answers) == 1 else None

    @cached_property
    def _repositories(self) -> Mapping[str, Mapping[Resource, Sequence[Sequence[Assumption]]]]:
        """By literal name, the repositories that can have it, with the conditions of each place that gives it."""
        found: dict[str, dict[Resource, list[Sequence[Assumption]]]] = {}
        for template in self.templates:
            for repository in template.by_type.get("AWS::ECR::Repository", ()):
                for site in self.evaluator.sites(repository, "RepositoryName"):
                    for branch in self.evaluator.branches(site):
                        if isinstance(branch.value, str):
                            found.setdefault(branch.value, {}).setdefault(repository, []).append(site.assumptions)
        return found


_TEXTS = frozenset({"Fn::Base64", "Fn::Join", "Fn::Sub"})
"""What makes a text of whatever it is given."""


def is_surely_there(node: Node) -> bool:
    """Return whether a node is one that never turns out to be `AWS::NoValue`."""
    if isinstance(node, dict):
        return len(node) == 1 and _TEXTS.issuperset(node)
    return isinstance(node, (str, list))


_MODE, _FILTERS = _MUTABILITY = ("ImageTagMutability", "ImageTagMutabilityExclusionFilters")


def _overwritable(properties: Value, tag: str | Text) -> bool | None:
    if not isinstance(properties, dict) or any(key not in _MUTABILITY for key in properties):
        return None
    mode, filters = properties.get(_MODE, "MUTABLE"), properties.get(_FILTERS, [])
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
