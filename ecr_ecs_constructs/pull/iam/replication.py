"""The replication of repositories to the registries of other regions and accounts.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Site, Text
from ecr_ecs_constructs.pull.iam.registry import is_registry
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.pattern import same

_REPLICATION = "AWS::ECR::ReplicationConfiguration"


class Replications(InWorld):
    """The replications of registries in one world.

    Args:
        world: the world.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def of(self, template: Template, image: Image) -> Iterator[tuple[Resource, Resource]]:
        """Yield the repositories that surely are replicated as the one of an image, with what replicates them.

        Args:
            template: the template of the image.
            image: the image, whose repository is not in the templates itself.
        """
        name = image.part("repository")
        for source in self.world.root.named("AWS::ECR::Repository", "RepositoryName", name):
            if not isinstance(name, str) or self.world.value(source, "RepositoryName") != name:
                continue
            own = [self.world.pseudo(source.template, f"AWS::{part}") for part in ("AccountId", "Region")]
            for replication in self.world.root.all(_REPLICATION):
                if is_registry(self.world, replication.template, source.template, *own) and any(
                    self._is_target(rule, template, image) and self._is_chosen(rule, name)
                    for rule in self.world.sites(replication, "ReplicationConfiguration.Rules.*")
                ):
                    yield source, replication

    def _is_target(self, rule: Site, template: Template, image: Image) -> bool:
        """Return whether a rule of a replication surely has the registry of an image among its destinations."""
        local = rule.resource.template is template
        for destination in self.world.sites(rule.resource, "Destinations.*", rule):
            parts = [self.world.value(rule.resource, key, at=destination) for key in ("RegistryId", "Region")]
            wanted = [image.part(key) for key in ("account", "region")]
            pairs = zip(parts, wanted, strict=True)
            if all(isinstance(one, (str, Text)) and same(one, other, local=local) for one, other in pairs):
                return True
        return False

    def _is_chosen(self, rule: Site, name: str) -> bool:
        """Return whether a rule of a replication surely is about a repository: all are where it has no filters."""
        filters = self.world.sites(rule.resource, "RepositoryFilters.*", rule)
        starts = [self.world.value(rule.resource, "Filter", at=each) for each in filters]
        return not filters or any(isinstance(start, str) and name.startswith(start) for start in starts)
