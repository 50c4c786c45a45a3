"""Pull-through caches of private registries of Amazon ECR, in other accounts or regions.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (roles and policies)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html (names)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, asked
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Text, shown, text
from ecr_ecs_constructs.image_uri import partition_of
from ecr_ecs_constructs.pull.answer import Answer, worst
from ecr_ecs_constructs.pull.iam.actions import TOKEN_ACTION
from ecr_ecs_constructs.pull.iam.encryption import Encryption
from ecr_ecs_constructs.pull.iam.registry import ROOT, is_registry, repository_title, titled
from ecr_ecs_constructs.pull.iam.repositories import RepositoryPolicies
from ecr_ecs_constructs.pull.iam.roles import RolePolicies, Roles
from ecr_ecs_constructs.pull.iam.service_roles import ROLE_ARN, Deed, ServiceRoles, does, service_linked
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.images import Image, read_image
from ecr_ecs_constructs.pull.repositories import Repositories
from ecr_ecs_constructs.pull.vouching import vouched_repository

_FETCHES = (
    *("ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer"),
    "ecr:GetImageCopyStatus",
)
"""The actions that the registry upstream must allow."""

_STORES = (
    *("ecr:BatchImportUpstreamImage", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage"),
    "ecr:UploadLayerPart",
)
"""The actions in the registry of the cache."""

_ROLE = "AWSServiceRoleForECRPullThroughCache", "pullthroughcache.ecr.amazonaws.com"
"""The service-linked role by which Amazon ECR fetches where a rule has none, and the service that it belongs to.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-pullthroughcache.html
"""

_URL, _PREFIX = "UpstreamRegistryUrl", "UpstreamRepositoryPrefix"


class _Mirrored(NamedTuple):
    """An image of a cache, and the one upstream that it is fetched from."""

    rule: Resource
    image: Image
    upstream: Image


class Mirrors(InWorld):
    """The pull-through caches of private registries of Amazon ECR in one world.

    Args:
        roles: the policies of roles.
    """

    def __init__(self, roles: Roles) -> None:
        self.world = roles.world
        self._repositories = Repositories(self.world)
        self._policies = RepositoryPolicies(roles.documents)
        self._encryption = Encryption(roles.documents)
        self._service_roles = ServiceRoles(roles)

    @asked
    def _mirrored(self, rule: Resource, image: Image) -> _Mirrored | None:
        """Return an image with the one upstream; None where the registry upstream is none of Amazon ECR."""
        url, name = self.world.value(rule, _URL), image.part("repository")
        if not isinstance(url, (str, Text)) or "/" in str(url):
            return None
        there = self._name(rule, name) if isinstance(name, str) else "any"
        upstream = read_image(f"Properties.{_URL}", text(url, "/", there, ":any"))
        is_ecr = upstream.uri is not None and upstream.uri.endpoint == "dkr.ecr"
        return _Mirrored(rule, image, upstream) if is_ecr else None

    def upstream(self, rule: Resource, image: Image) -> Iterator[Resource]:
        """Yield the repository that an image is fetched from, and what lets its registry do so.

        Args:
            rule: the rule.
            image: the image, whose repository is below the rule.
        """
        mirrored = self._mirrored(rule, image)
        if mirrored is not None:
            yield from self._repositories.of(rule.template, mirrored.upstream)
            for policy in self._policies.registries.policies:
                if self._is_of(mirrored, policy, mirrored.upstream):
                    yield policy

    @asked
    def of(self, rule: Resource, image: Image) -> Answer | None:
        """Return whether a rule fetches an image from a registry of Amazon ECR; None for registries of others.

        Args:
            rule: the rule.
            image: the image, whose repository is below the rule.
        """
        mirrored = self._mirrored(rule, image)
        if mirrored is None:
            return None
        url, name, upstream = self.world.value(rule, _URL), image.part("repository"), mirrored.upstream
        title = titled(rule)
        if not isinstance(name, str):
            return Answer(None, f"which repository of {url} {title} fetches is known only at deployment")
        kind = self.world.value(rule, "UpstreamRegistry")
        if kind not in (None, "ecr"):
            return Answer(None, f"{title} has UpstreamRegistry {shown(kind)}, and {url} is ecr")
        if self._is_of(mirrored, rule, upstream):
            return Answer(None, f"{title} has the URL of its own registry")
        regions = [each.part("region") for each in (image, upstream)]
        if len({partition_of(each) for each in regions if isinstance(each, str)}) > 1:
            return Answer(None, f"{title} fetches from {url}, which is of another partition")
        answer = worst((self._is_there(mirrored), *self._fetched(mirrored)))
        if answer.truth:
            return Answer(True, f"repository {name} is made at the first pull by {title}, from {answer.why}")
        return Answer(None, f"{title} may not fetch it: {answer.why}")

    def _name(self, rule: Resource, name: str) -> str:
        """Return the name upstream of a repository."""
        prefix, other = self.world.value(rule, "EcrRepositoryPrefix"), self.world.value(rule, _PREFIX, ROOT)
        below = name if prefix == ROOT else name.removeprefix(f"{str(prefix).removesuffix('/')}/")
        return below if other == ROOT else f"{str(other).removesuffix('/')}/{below}"

    def _is_of(self, mirrored: _Mirrored, resource: Resource, image: Image) -> bool:
        """Return whether a resource surely is of the registry of an image that the rule of a cache names."""
        account, region = image.part("account"), image.part("region")
        return bool(is_registry(self.world, resource.template, mirrored.rule.template, account, region))

    def _is_there(self, mirrored: _Mirrored) -> Answer:
        """Return whether the repository upstream is in the templates and gives out images, or is vouched for."""
        where = repository_title(mirrored.upstream)
        found = self._repositories.of(mirrored.rule.template, mirrored.upstream)
        for each in found:
            if self._is_of(mirrored, each, mirrored.upstream):
                return worst((Answer(True, where), self._encryption.of(each)))
        return vouched_repository(self.world, mirrored.upstream) or Answer(None, f"{where} is not in the templates")

    def _fetched(self, mirrored: _Mirrored) -> Iterator[Answer]:
        """Yield whether Amazon ECR may fetch an image: within an account by its own role, else by one of the rule."""
        rule = mirrored.rule
        if self.world.value(rule, ROLE_ARN) is not None:
            yield from self._service_roles.may(rule, Assumer.CACHES, partial(self._deeds, mirrored))
        elif self._is_own(mirrored):
            role = self._own_role(rule)
            yield from (each for deed in self._deeds(mirrored, role) for each in does(role, deed, rule.template))
        else:
            why = f"has no {ROLE_ARN}, which Amazon ECR asks for with a registry of another account"
            yield Answer(None, f"{rule.logical_id} {why}")

    def stored(self, rule: Resource, image: Image) -> Iterator[Answer]:
        """Yield whether Amazon ECR may store an image that a rule fetches from a registry of others.

        Args:
            rule: the rule.
            image: the image, whose repository is below the rule.
        """
        role = self._own_role(rule)
        yield from does(role, self._storing(rule, image, role), rule.template)

    def _own_role(self, rule: Resource) -> RolePolicies:
        return service_linked(self.world, rule.template, *_ROLE, (*_FETCHES, *_STORES, TOKEN_ACTION))

    def _storing(self, rule: Resource, image: Image, role: RolePolicies) -> Deed:
        """Return what Amazon ECR does by a role to store an image below a rule.

        The policies count that its creation template gives the repository and that its registry has.
        """
        made = self._policies.of_image(rule.template, image, (), role.resource)
        own = role.principal.account
        guard = self._policies.with_registry(made, rule.template, image, own, "", pull=True)
        return Deed(dict.fromkeys(_STORES, self._policies.registries.arn(rule.template, image)), image, guard)

    def _is_own(self, mirrored: _Mirrored) -> bool:
        """Return whether the registry upstream surely is of the account of the rule."""
        own = self.world.pseudo(mirrored.rule.template, "AWS::AccountId")
        return mirrored.upstream.part("account") in (own, mirrored.rule.template.account)

    def _deeds(self, mirrored: _Mirrored, role: RolePolicies) -> tuple[Deed, ...]:
        """Return what Amazon ECR does by a role to fetch an image: it reads upstream and stores below the rule."""
        template, image, upstream = mirrored.rule.template, mirrored.image, mirrored.upstream
        arn, account = self._policies.registries.arn, upstream.part("account")
        foreign = account if isinstance(account, str) and not self._is_own(mirrored) else ""
        there = self._repositories.of(template, upstream)
        own = self._policies.of_image(template, upstream, there, role.resource)
        policy = self._policies.with_registry(own, template, upstream, role.principal.account, foreign, pull=False)
        return (
            Deed(dict.fromkeys(_FETCHES, arn(template, upstream)), upstream, policy),
            self._storing(mirrored.rule, image, role),
            Deed({TOKEN_ACTION: "*"}, image),
        )
