"""Images of other registries by way of Amazon ECR: `EcrPullThroughCache`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.image import EcrImage, Reading, check_which
from ecr_ecs_constructs.permissions import IMPORT_ACTION, PULL_THROUGH_ACTIONS
from ecr_ecs_constructs.registries import refuse_second_prefix
from ecr_ecs_constructs.repository_policies import pull_statements
from ecr_ecs_constructs.repository_template import ROOT, EcrRepositoryTemplate, check_prefix
from ecr_ecs_constructs.upstreams import EcrUpstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_kms as kms

    from ecr_ecs_constructs.image_uri import EcrImageUri


@takes(
    refuses={
        "credential_arn": "give credentials to the upstream",
        "custom_role_arn": "give role to EcrUpstream.ecr, or override the hook create_role",
        "upstream_registry": "give upstream, as in EcrUpstream.public_gallery()",
        "upstream_registry_url": "give upstream, as in EcrUpstream.public_gallery()",
    }
)
class EcrPullThroughCache(constructs.Construct):
    """A pull-through cache, by which images of another registry are pulled as images of Amazon ECR, rule and template.

    Amazon ECR makes the repository of an image at its first pull, by the settings of a creation template, and looks
    once a day whether the tag has been moved upstream. The first pull of an image needs a way to
    the internet, such as a NAT gateway, also where VPC endpoints lead to Amazon ECR.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html (role)
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html (prefixes)

    Builds on: `ecr.CfnPullThroughCacheRule`.

    Hooks: `create_role`, `create_template`.

    Args:
        scope: where the rule is made.
        id: its ID there.
        upstream: the registry to fetch from.
        ecr_repository_prefix: what the names of the repositories begin with, 2 to 30 characters; ROOT for nothing; None
            for the name of the upstream's kind, as `docker-hub`.
        upstream_repository_prefix: what stands in its place in the names upstream, where that is Amazon ECR; None for
            nothing.
        encryption: how images are encrypted; None for keys of the service, or for KMS where `encryption_key` is given.
        encryption_key: the KMS key that encrypts the images. Roles that pull need no permission on it.
        pull_accounts: IDs of other accounts whose roles may pull, as far as their own policies let them. An image
            that nobody has pulled yet they get where `EcrRegistryPolicy(import_accounts=[…])` lets them.
        pull_organization: the ID of the AWS organization whose roles may pull, as far as their own policies let them.

    Raises:
        ValueError: Amazon ECR refuses an argument, two contradict each other, or the registry has a rule for the
            prefix.

    Attributes:
        resource: the resource of CloudFormation.
        template: the creation template of the repositories; None where the hook makes none.
        role: the role by which Amazon ECR fetches from a registry of another account; None for others.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        upstream: EcrUpstream,
        ecr_repository_prefix: str | None = None,
        upstream_repository_prefix: str | None = None,
        encryption: ecr.RepositoryEncryption | None = None,
        encryption_key: kms.IKey | kms.Key | None = None,
        pull_accounts: Sequence[str] = (),
        pull_organization: str | None = None,
    ) -> None:
        if not isinstance(upstream, EcrUpstream):
            raise TypeError(
                f"upstream must be an EcrUpstream, got {upstream!r}: EcrUpstream.public_gallery() and the like make one"
            )
        prefix = upstream.upstream_registry if ecr_repository_prefix is None else ecr_repository_prefix
        stack = cdk.Stack.of(scope)
        check_prefix("ecr_repository_prefix", prefix, 2, 30)
        _check_upstream_prefix(upstream, upstream_repository_prefix)
        upstream.check(stack)
        pull_statements(pull_accounts, pull_organization)
        type_ = ecr.CfnPullThroughCacheRule.CFN_RESOURCE_TYPE_NAME
        refuse_second_prefix(scope, type_, "ecr_repository_prefix", prefix)
        super().__init__(scope, id)
        self.upstream = upstream
        self.ecr_repository_prefix = prefix
        self._encryption = encryption
        self._encryption_key = encryption_key
        self._pull_accounts = pull_accounts
        self._pull_organization = pull_organization
        self.template = self.create_template()
        self.role = upstream.role or (self.create_role() if upstream.is_of_other_account(stack) else None)
        self.resource = ecr.CfnPullThroughCacheRule(
            self,
            "Resource",
            ecr_repository_prefix=prefix,
            upstream_registry=upstream.upstream_registry,
            upstream_registry_url=upstream.url(stack),
            upstream_repository_prefix=upstream_repository_prefix,
            credential_arn=None if upstream.credentials is None else upstream.credentials.secret_arn,
            custom_role_arn=None if self.role is None else self.role.role_arn,
        )
        if self.role is not None:
            self.resource.node.add_dependency(self.role)
        bring_along(self)

    def image(self, repository: str, tag: str | None = None, *, digest: str | None = None) -> EcrImage:
        """Return an image of the registry upstream.

        The execution role of the task that is given it may pull it, first pull included, and the task definition waits
        for the cache.

        Args:
            repository: its name upstream, without the registry: `library/nginx` for `nginx` of Docker Hub.
            tag: the tag of the image.
            digest: the digest of the image, in place of the tag.

        Raises:
            ValueError: the registry upstream has no repository of that name, or not one of tag and digest is given.
        """
        below = "" if self.ecr_repository_prefix == ROOT else f"{self.ecr_repository_prefix.removesuffix('/')}/"
        self.upstream.check_repository(repository, below)
        check_which(tag, digest)
        stack = cdk.Stack.of(self)
        which = f"@{digest}" if tag is None else f":{tag}"
        registry = f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
        return _CachedImage(f"{registry}/{below}{repository}{which}", self)

    def create_template(self) -> EcrRepositoryTemplate | None:
        """Return the template by which Amazon ECR makes the repositories; a hook, called as the cache is made.

        Where there is none, the roles that pull are allowed to make repositories.
        """
        return EcrRepositoryTemplate(
            self,
            "Template",
            prefix=self.ecr_repository_prefix,
            applied_for=["PULL_THROUGH_CACHE"],
            description=f"Images of {self.upstream.title}",
            encryption=self._encryption,
            encryption_key=self._encryption_key,
            pull_accounts=self._pull_accounts,
            pull_organization=self._pull_organization,
        )

    def create_role(self) -> iam.IRole | iam.Role:
        """Return the role by which Amazon ECR fetches from a registry of another account; a hook.

        It is called as the cache is made, where the registry upstream is of another account.
        """
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("pullthroughcache.ecr.amazonaws.com"),
            description=f"Fetches images for {self.ecr_repository_prefix}",
        )
        name = "*" if self.ecr_repository_prefix == ROOT else f"{self.ecr_repository_prefix.removesuffix('/')}/*"
        own = stack.format_arn(service="ecr", resource="repository", resource_name=name)
        account, region = self.upstream.account, self.upstream.region
        other = stack.format_arn(
            service="ecr", account=account, region=region, resource="repository", resource_name="*"
        )
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
        role.add_to_policy(iam.PolicyStatement(actions=[*_FETCH_ACTIONS], resources=[own, other]))
        return role


_FETCH_ACTIONS = (
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetImageCopyStatus",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
"""The actions besides the token by which Amazon ECR fetches from a registry of another account.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
"""


class _CachedImage(EcrImage):
    """An image below a pull-through cache."""

    def __init__(self, reference: str, cache: EcrPullThroughCache) -> None:
        super().__init__(reference, pull_through_cache=True)
        self._cache = cache
        self._extra_actions = PULL_THROUGH_ACTIONS if cache.template is None else (IMPORT_ACTION,)

    def _tell_what_other_account_adds(self, container_definition: ecs.ContainerDefinition, uri: EcrImageUri) -> None:
        """Say nothing: the creation template gives the repository its policy, and the judge reads it there."""

    def _read(self, text: str, scope: constructs.IConstruct) -> Reading:
        own, at = cdk.Stack.of(self._cache), cdk.Stack.of(scope)
        for place, here, there in (("account", own.account, at.account), ("region", own.region, at.region)):
            if cdk.Token.is_unresolved(here) and not cdk.Token.is_unresolved(there):
                self._refusal = ValueError(
                    f"image must be of a cache in a known {place}, got one of {self._cache.node.path!r}: "
                    f"{at.node.path!r} would pull from {there}; give an env to {own.node.path!r}"
                )
                raise self._refusal
        return super()._read(text, scope)

    def bind(
        self, scope: constructs.Construct, container_definition: ecs.ContainerDefinition
    ) -> ecs.ContainerImageConfig:
        """Give a container its reference, and let its task definition wait for the cache; called by CDK."""
        config = super().bind(scope, container_definition)
        resource = container_definition.task_definition.node.default_child
        if resource is not None and cdk.Stage.of(resource) is cdk.Stage.of(self._cache):  # each is deployed alone
            resource.node.add_dependency(self._cache)
        return config


def _check_upstream_prefix(upstream: EcrUpstream, prefix: str | None) -> None:
    if prefix is None:
        return
    check_prefix("upstream_repository_prefix", prefix, 2, 30)
    if upstream.upstream_registry != "ecr":
        raise ValueError(
            f"upstream_repository_prefix must be left out for {upstream.title}, got {prefix!r}: "
            "Amazon ECR takes it for its own registries only"
        )
