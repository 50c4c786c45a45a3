"""The repositories that images are pulled from, and whose tags can be moved to another image."""

from __future__ import annotations

from fnmatch import fnmatchcase
from glob import escape

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.pattern import same


class Repositories(InWorld):
    """The repositories of the templates in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @asked
    def of(self, template: Template, image: Image) -> tuple[Resource, ...]:
        """Return the repositories of the templates that an image of a template can be pulled from."""
        if image.uri is None:
            return ()
        name = image.parts["repository"]
        if isinstance(name, Text):
            first, *others = name.pieces
            if not others and isinstance(first, Hole) and first.kind is Kind.REPOSITORY and first.resource is not None:
                return (first.resource,)
            if not same(name, name):
                return ()  # elsewhere the same words may stand for another name
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
