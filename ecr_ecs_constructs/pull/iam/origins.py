"""The origins of repositories that the templates do not declare: caches, pushes and replication.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html (caches)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html (pushes)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html (replication)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Site, Text, Value, shown
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.registry import ROOT, Registries, is_registry
from ecr_ecs_constructs.pull.images import Image
from ecr_ecs_constructs.pull.texts.pattern import same

_REPLICATION = "AWS::ECR::ReplicationConfiguration"


class _Upstream(NamedTuple):
    """A registry that pull-through cache rules fetch from.

    Attributes:
        name: the name of its kind.
        asks: whether Amazon ECR asks for credentials.
    """

    name: str
    asks: bool


_HUB = "registry-1.docker.io"
_UPSTREAMS: Mapping[str, _Upstream] = {
    "public.ecr.aws": _Upstream("ecr-public", False),
    "registry.k8s.io": _Upstream("k8s", False),
    "quay.io": _Upstream("quay", False),
    _HUB: _Upstream("docker-hub", True),
    "ghcr.io": _Upstream("github-container-registry", True),
    "registry.gitlab.com": _Upstream("gitlab-container-registry", True),
}
"""The upstream registries by their URLs, but for those whose URL is of an account.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
"""

_NAMES = "ecr-pullthroughcache/"
"""How the name of the secret of a rule must begin.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
"""


class Origins(InWorld):
    """The origins of the repositories of images in one world.

    Args:
        registries: the registries that images are pulled from.
    """

    def __init__(self, registries: Registries) -> None:
        self.world = registries.world
        self._registries = registries
        self._arns = Arns(self.world)

    @asked
    def of(self, template: Template, image: Image) -> Answer:
        """Return whether something makes the repository of an image that is not in the templates itself.

        Args:
            template: the template of the image.
            image: the image, a reference of a private registry.

        Returns:
            True with what makes it; None with why a cache rule above it may not, and without where nothing is known.
        """
        caches = [rule for rule, doubt in self._registries.caches(template, image, ()) if not doubt]
        if caches:
            return worst(self._cached(rule, image) for rule in caches)
        name = image.part("repository")
        for creation in self._registries.creations("CREATE_ON_PUSH", template, image):
            return Answer(True, f"repository {name} is made at the first push by {creation.logical_id}")
        for source, replication in self._replicated(template, image):
            return Answer(True, f"repository {name} is replicated from {source.logical_id} by {replication.logical_id}")
        return Answer(None)

    def _cached(self, rule: Resource, image: Image) -> Answer:
        """Return whether a rule makes a repository at the first pull, where its upstream holds the image."""
        name, title = image.part("repository"), f"pull-through cache rule {rule.logical_id}"
        url, kind = self.world.value(rule, "UpstreamRegistryUrl"), self.world.value(rule, "UpstreamRegistry")
        upstream = _UPSTREAMS.get(url) if isinstance(url, str) else None
        if upstream is None or kind not in (None, upstream.name):
            return Answer(None, f"whether {title} takes {shown(url)} as its upstream registry is not known")
        if self.world.value(rule, "UpstreamRepositoryPrefix", ROOT) != ROOT:
            return Answer(None, f"which repository of {url} {title} takes by its UpstreamRepositoryPrefix is not known")
        credentials = self.world.value(rule, "CredentialArn")
        if upstream.asks and credentials is None:
            return Answer(None, f"{title} has no CredentialArn, which Amazon ECR asks for with {url}")
        if credentials is not None and not self._is_named(credentials):
            return Answer(None, f"whether the secret of {title} has a name below {_NAMES} is not known")
        prefix = self.world.value(rule, "EcrRepositoryPrefix")
        below = str(name) if prefix == ROOT else str(name).removeprefix(f"{str(prefix).removesuffix('/')}/")
        if url == _HUB and "/" not in below:
            return Answer(
                None, f"Docker Hub has no repository {below}: {title} finds its official images below library/"
            )
        return Answer(True, f"repository {name} is made at the first pull by {title}")

    def _is_named(self, credentials: Value) -> bool:
        """Return whether the secret of a rule surely has a name as Amazon ECR asks for it."""
        if not isinstance(credentials, (str, Text)):
            return False
        hole = credentials.pieces[0] if isinstance(credentials, Text) and len(credentials.pieces) == 1 else None
        secret = self._arns.secret_of(hole.resource) if isinstance(hole, Hole) and hole.resource is not None else None
        name = None if secret is None else self.world.value(secret, "Name")
        return f":secret:{_NAMES}" in str(credentials) or (
            isinstance(name, (str, Text)) and str(name).startswith(_NAMES)
        )

    def _replicated(self, template: Template, image: Image) -> Iterator[tuple[Resource, Resource]]:
        """Yield the repositories that surely are replicated as the one of an image, with what replicates them."""
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
