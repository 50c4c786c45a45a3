"""Handovers: the resources that others are handed, by a reference or a name, and so may use when they are made.

Source: https://github.com/aws/aws-cdk/issues/7746 (a service waits for the pipeline that waits for the service)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.creation import Creation
from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Text, Value, pieces_of
from ecr_ecs_constructs.pull.iam.registry import together
from ecr_ecs_constructs.pull.texts.mentions import INERT
from ecr_ecs_constructs.pull.texts.references import ROLE

REPOSITORY = "AWS::ECR::Repository"

_STARTED = ("AWS::CodePipeline::Pipeline", "AWS::ImageBuilder::Image")
"""The types of AWS that run something of one's own as soon as they are made."""

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
_REPOSITORY_NAME = "RepositoryName"
_WORD = re.compile("[A-Za-z0-9][A-Za-z0-9._/-]*")


def custom_types(world: World) -> tuple[str, ...]:
    """Return the types of the custom resources of all templates."""
    return tuple(dict.fromkeys(each.type for template in world.root.templates for each in template.custom))


class Handovers(InWorld):
    """The resources that others are handed, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def acting(self, repository: Resource) -> Iterator[Resource]:
        """Yield all that runs something of its own in the deployment of a repository, and may be handed it."""
        for each in self.world.root.candidates(_handed, self._acting_types(), repository):
            own = each.template
            # A nested stack whose template is there does nothing but what stands in it.
            if together(own, repository.template) and each.logical_id not in own.nested and self.world.exists(each):
                yield each

    @asked
    def _acting_types(self) -> tuple[str, ...]:
        """Return the types of all that runs something of its own as soon as it is made, or may do so."""
        templates = self.world.root.templates
        made = (each.type for template in templates for each in (*template.opaque, *template.custom))
        started = (type_ for template in templates for type_ in _STARTED if type_ in template.by_type)
        return tuple(type_ for type_ in dict.fromkeys((*made, *started)) if type_ not in INERT)

    @asked
    def reach(self, start: Resource, without: Resource | None = None) -> frozenset[Resource]:
        """Return what a resource is handed: what it refers to, itself or through what it refers to.

        Args:
            start: the resource.
            without: a resource through which nothing counts.
        """
        found: set[Resource] = set()
        pending = [start]
        while pending:
            new = self.own(pending.pop()) - found
            found |= new
            pending += new - {without}
        return frozenset(found)

    @asked
    def own(self, resource: Resource) -> frozenset[Resource]:
        """Return what a resource itself refers to, names or waits for, and the policies of a role."""
        found: set[Resource] = set()
        values: list[Value] = [*self.world.values(resource, "")]
        while values:
            value = values.pop()
            if isinstance(value, (list, dict)):
                values += value if isinstance(value, list) else value.values()
            elif isinstance(value, (str, Text)):
                holes = (each for each in pieces_of(value) if isinstance(each, Hole))
                found.update(each.resource for each in holes if each.resource is not None)
                found.update(self._named(value))
        found.update(Creation(self.world).awaited(resource))
        if resource.type == ROLE:
            policies = self.world.root.candidates(_referred, _POLICIES, resource)
            found.update(each for each in policies if resource in self.own(each))
        return frozenset(found)

    def _named(self, written: str | Text) -> Iterator[Resource]:
        """Yield the repositories whose name is a text, a word of it, or stands there behind a registry."""
        for name in dict.fromkeys((written, *_words(str(written)))):
            for each in self.world.root.named(REPOSITORY, _REPOSITORY_NAME, name):
                if self.world.value(each, _REPOSITORY_NAME) == name:
                    yield each


def _words(written: str) -> Iterator[str]:
    """Yield what may be the name of a repository in a text: words, and what stands in them behind a registry."""
    for word in _WORD.findall(written):
        yield word
        first, _, rest = word.partition("/")
        if rest and (first == "repository" or "." in first):
            yield rest


# candidates: what may be handed to what, in whatever world


def _handed(world: World, acting: Resource) -> Iterator[Resource]:
    """Yield the repositories that something is handed."""
    yield from (each for each in Handovers(world).reach(acting) if each.type == REPOSITORY)


def _referred(world: World, resource: Resource) -> Iterator[Resource]:
    """Yield what a resource refers to."""
    yield from Handovers(world).own(resource)
