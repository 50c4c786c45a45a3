"""The registries from which pull-through caches fetch: `EcrUpstream`.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html (registries)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html (credentials)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (Amazon ECR as upstream)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import region_info

from ecr_ecs_constructs.argument_kinds import misfit
from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.image_uri import check_digest, check_repository_name, check_tag
from ecr_ecs_constructs.repository_policies import check_accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_iam as iam

SECRET_PREFIX: Final = "ecr-pullthroughcache/"  # noqa: S105 # the name of a secret is none
"""How the name of the secret with the credentials begins.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html
"""


@dataclass(frozen=True)
class EcrUpstream:
    """A registry from which a pull-through cache fetches; its class methods make one for each kind.

    Attributes:
        upstream_registry: the name of its kind.
        upstream_registry_url: its URL; of Amazon ECR it depends on the cache.
        title: how messages name it.
        namespace: what the name of each of its repositories begins with; empty where it may have a single part.
        credentials: the secret with the user's name and token; None where it takes everybody.
        account: the account of a registry of Amazon ECR; None for that of the cache.
        region: the region of a registry of Amazon ECR; None for that of the cache.
        role: the role by which Amazon ECR fetches from another account; None for one that the cache makes.
    """

    upstream_registry: str
    upstream_registry_url: str
    title: str
    namespace: str = ""
    credentials: secretsmanager.ISecret | secretsmanager.Secret | None = None
    account: str | None = None
    region: str | None = None
    role: iam.IRole | iam.Role | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            error = misfit(field.name, str(field.type), getattr(self, field.name))
            if error is not None:
                raise error
        if self.credentials is None and self.upstream_registry in _ASKING:
            raise ValueError(f"credentials must be a secret, got None: {self.title} asks who pulls")

    @classmethod
    def public_gallery(cls) -> EcrUpstream:
        """Return the public gallery, `public.ecr.aws`; official images of Docker are `docker/library/…` there."""
        return cls("ecr-public", "public.ecr.aws", "the public gallery", "the alias of a registry")

    @classmethod
    def kubernetes(cls) -> EcrUpstream:
        """Return the registry of Kubernetes, `registry.k8s.io`."""
        return cls("k8s", "registry.k8s.io", "Kubernetes")

    @classmethod
    def quay(cls) -> EcrUpstream:
        """Return Quay, `quay.io`."""
        return cls("quay", "quay.io", "Quay", "an organization")

    @classmethod
    def docker_hub(cls, *, credentials: secretsmanager.ISecret | secretsmanager.Secret) -> EcrUpstream:
        """Return Docker Hub; its official images are `library/…`.

        Args:
            credentials: a secret whose name begins with `ecr-pullthroughcache/`, with the keys `username` and
                `accessToken`, in the account and the region of the cache.
        """
        return cls("docker-hub", "registry-1.docker.io", "Docker Hub", "library", credentials)

    @classmethod
    def github(cls, *, credentials: secretsmanager.ISecret | secretsmanager.Secret) -> EcrUpstream:
        """Return the container registry of GitHub, `ghcr.io`.

        Args:
            credentials: as for `docker_hub`.
        """
        return cls("github-container-registry", "ghcr.io", "GitHub", "an owner", credentials)

    @classmethod
    def gitlab(cls, *, credentials: secretsmanager.ISecret | secretsmanager.Secret) -> EcrUpstream:
        """Return the container registry of GitLab.com, `registry.gitlab.com`.

        Args:
            credentials: as for `docker_hub`.
        """
        return cls("gitlab-container-registry", "registry.gitlab.com", "GitLab", "a group", credentials)

    @classmethod
    def chainguard(cls, *, credentials: secretsmanager.ISecret | secretsmanager.Secret) -> EcrUpstream:
        """Return the registry of Chainguard, `cgr.dev`.

        Args:
            credentials: as for `docker_hub`.
        """
        return cls("chainguard", "cgr.dev", "Chainguard", "an organization", credentials)

    @classmethod
    def azure(cls, name: str, *, credentials: secretsmanager.ISecret | secretsmanager.Secret) -> EcrUpstream:
        """Return a registry of Microsoft Azure, `<name>.azurecr.io`.

        Args:
            name: the name of the registry.
            credentials: as for `docker_hub`.

        Raises:
            ValueError: it is no name of a registry.
        """
        if not cdk.Token.is_unresolved(name) and not re.fullmatch("[a-zA-Z0-9-]{5,63}", name):
            raise ValueError(
                f"name must be that of a registry of Azure, got {name!r}: it is what stands before .azurecr.io"
            )
        return cls("azure-container-registry", f"{name.lower()}.azurecr.io", "Azure", "", credentials)

    @classmethod
    @takes()
    def ecr(
        cls, *, account: str | None = None, region: str | None = None, role: iam.IRole | iam.Role | None = None
    ) -> EcrUpstream:
        """Return a private registry of Amazon ECR in another account, another region or both.

        The registry of another account must let in that of the cache: `EcrRegistryPolicy(cache_accounts=[…])` there.

        Args:
            account: its account; None for that of the cache.
            region: its region; None for that of the cache.
            role: the role by which Amazon ECR fetches from another account; None for one that the cache makes.

        Raises:
            ValueError: neither account nor region is given, or the account is none.
        """
        if account is None and region is None:
            raise ValueError("account or region must be given, got None: a registry is no upstream of itself")
        if account is not None:
            check_accounts("account", [account])
        return cls("ecr", "", "Amazon ECR", account=account, region=region, role=role)

    def url(self, stack: cdk.Stack) -> str:
        """Return the URL of the registry for a cache in a stack."""
        if self.upstream_registry_url:
            return self.upstream_registry_url
        region = self.region or stack.region
        known = None if cdk.Token.is_unresolved(region) else region_info.RegionInfo.get(region).domain_suffix
        return f"{self.account or stack.account}.dkr.ecr.{region}.{known or stack.url_suffix}"

    def is_of_other_account(self, stack: cdk.Stack) -> bool:
        """Return whether the registry is one of Amazon ECR in another account than a stack."""
        return self.account is not None and self.account != stack.account

    def check(self, stack: cdk.Stack) -> None:
        """Refuse what no cache in a stack can fetch from.

        Raises:
            ValueError: it is the stack's own registry, or the secret has another name, a key of its own, or is in
                another account or region.
        """
        if self.credentials is not None:
            _check_secret(self.credentials, stack)
        if self.upstream_registry == "ecr" and self.url(stack) == EcrUpstream.ecr(region=stack.region).url(stack):
            raise ValueError(
                f"upstream must be another registry than that of the cache, got {self.url(stack)!r}: "
                "give another account or region"
            )

    def check_repository(self, repository: str, below: str) -> None:
        """Refuse the name of a repository that the registry does not have.

        Args:
            repository: the name as it is upstream.
            below: what comes before it in the name of the repository of Amazon ECR.

        Raises:
            ValueError: Amazon ECR takes no such name, or the registry has none of a single part.
        """
        if cdk.Token.is_unresolved(repository):
            return
        recipe = f"repository must be its whole name in the registry upstream, got {repository!r}"
        host, slash, rest = repository.partition("/")
        if slash and (host in _HUB_HOSTS or host == self.upstream_registry_url):
            raise ValueError(f"{recipe}: the cache knows the registry; give {rest!r}")
        name, colon, which = repository.rpartition(":")
        if colon and "/" not in which:
            as_digest = f"the digest as digest='{name.partition('@')[2]}:{which}'"
            instead = as_digest if "@" in name else f"the tag as the second argument, {which!r}"
            raise ValueError(f"{recipe}: give {instead}")
        try:
            check_repository_name(f"cache/{repository}" if cdk.Token.is_unresolved(below) else f"{below}{repository}")
        except ValueError as error:
            raise ValueError(f"{recipe}: {error}") from None
        if self.namespace == "library" and not slash:
            raise ValueError(
                f"{recipe}: Docker Hub has its official images below library/; give 'library/{repository}'"
            )
        if self.namespace and not slash:
            raise ValueError(f"{recipe}: in {self.title} it begins with {self.namespace}, as in '<name>/{repository}'")


_ASKING = frozenset(
    {
        "azure-container-registry",
        "chainguard",
        "docker-hub",
        "github-container-registry",
        "gitlab-container-registry",
    }
)
"""The kinds of registries for which Amazon ECR asks for credentials."""

_HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


def _check_secret(secret: secretsmanager.ISecret, stack: cdk.Stack) -> None:
    """Refuse a secret that Amazon ECR can't read.

    Raises:
        ValueError: its name is known and begins otherwise, it has a key of its own, or is known to be elsewhere.
    """
    name = _name_of(secret, stack)
    recipe = f"credentials must be a secret whose name begins with {SECRET_PREFIX!r}, got"
    if name is None:
        raise ValueError(f"{recipe} {secret.node.path!r}: CloudFormation generates its name; give secret_name")
    if not cdk.Token.is_unresolved(name) and not name.startswith(SECRET_PREFIX):
        raise ValueError(f"{recipe} {name!r}: Amazon ECR may read no other one")
    if secret.encryption_key is not None:
        raise ValueError(
            f"credentials must be encrypted by the key aws/secretsmanager, got {secret.encryption_key.node.path!r}: "
            "Amazon ECR can use no other key for them; leave out encryption_key"
        )
    for argument, own, other in (
        ("account", stack.account, secret.env.account),
        ("region", stack.region, secret.env.region),
    ):
        if not cdk.Token.is_unresolved(own) and not cdk.Token.is_unresolved(other) and own != other:
            raise ValueError(
                f"credentials must be in the {argument} of the cache, {own}, got {other!r}: Amazon ECR reads them there"
            )


def _name_of(secret: secretsmanager.ISecret, stack: cdk.Stack) -> str | None:
    """Return the name of a secret, as far as it is known; None where CloudFormation generates it."""
    resource = secret.node.default_child
    if not isinstance(resource, secretsmanager.CfnSecret):
        return secret.secret_name
    name = stack.resolve(resource.name)
    return name if name is None or isinstance(name, str) else cdk.Token.as_string(resource.name)


_METHODS = {
    "docker.io": "docker_hub(credentials=secret)",
    "public.ecr.aws": "public_gallery()",
    "registry.k8s.io": "kubernetes()",
    "quay.io": "quay()",
    "ghcr.io": "github(credentials=secret)",
    "registry.gitlab.com": "gitlab(credentials=secret)",
    "cgr.dev": "chainguard(credentials=secret)",
}


def cache_for(reference: str) -> str | None:
    """Return the expression by which an image of another registry is had through a cache.

    Args:
        reference: the image as Docker reads it: without a registry it is of Docker Hub.

    Returns:
        The expression; None for what is no image of a registry that a cache can fetch from.
    """
    host, slash, name = reference.partition("/")
    if not slash or not re.search("[.:]|^localhost$", host):
        host, name = "docker.io", reference
    host = "docker.io" if host in _HUB_HOSTS else host
    method = _METHODS.get(host)
    if azure := re.fullmatch(r"([a-z0-9-]+)\.azurecr\.io", host):
        method = f'azure("{azure[1]}", credentials=secret)'
    name, at, digest = name.partition("@")
    name, _, tag = name.partition(":")
    if host == "docker.io" and "/" not in name:
        name = f"library/{name}"
    if method is None or not _is(check_repository_name, f"cache/{name}"):
        return None
    which = f'digest="{digest}"' if at and _is(check_digest, digest) else f'"{tag if _is(check_tag, tag) else "<tag>"}"'
    return f'EcrPullThroughCache(scope, "Cache", upstream=EcrUpstream.{method}).image("{name}", {which})'


def _is(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True
