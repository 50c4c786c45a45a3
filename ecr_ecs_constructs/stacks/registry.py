"""The registry of a team's images, in a region of its account: `RegistryStack`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Environment, Stack

from ecr_ecs_constructs.image_uri import EcrImageUri, partition_of, url_suffix_of
from ecr_ecs_constructs.pull_through_cache import EcrPullThroughCache
from ecr_ecs_constructs.registry_policy import EcrRegistryPolicy
from ecr_ecs_constructs.registry_scanning import EcrRegistryScanning
from ecr_ecs_constructs.replication import EcrReplication
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.repository_template import ROOT, EcrRepositoryTemplate
from ecr_ecs_constructs.signing import EcrSigning
from ecr_ecs_constructs.upstreams import EcrUpstream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_ecr as ecr
    from constructs import Construct


class RegistryStack(Stack):
    """A registry from which services of other accounts pull: a cache of Amazon ECR Public, and images of one's own.

    Images are pushed to the repository of one region, scanned and, but in China, signed there, and copied to the
    registries of others, where a creation template gives the copies the same settings.

    Args:
        scope: the app or stage.
        id: the name in it, and of the stack.
        repository_name: the name of the repository.
        pull_accounts: the accounts of the services.
        copies_to: the regions that images are copied to; None where the copies of another region come to this one.
        env: account and region, both known.

    Attributes:
        repository_name: the name of the repository.
        gallery: the cache of Amazon ECR Public.
        repository: the repository that images are pushed to; None where the copies come.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        repository_name: str,
        pull_accounts: Sequence[str],
        copies_to: Sequence[str] | None,
        env: Environment,
    ) -> None:
        super().__init__(scope, id, env=env, description="Registry of container images")
        self.repository_name = repository_name
        self.gallery = EcrPullThroughCache(
            self, "Gallery", upstream=EcrUpstream.public_gallery(), pull_accounts=pull_accounts
        )
        if pull_accounts:
            EcrRegistryPolicy(self, "Policy", import_accounts=pull_accounts)
        EcrRegistryScanning(self, "Scanning")
        self.repository: ecr.Repository | None = None
        if copies_to is None:
            prefix, slash, _ = repository_name.rpartition("/")
            EcrRepositoryTemplate(
                self,
                "Copies",
                prefix=prefix if slash else ROOT,
                applied_for=["REPLICATION"],
                pull_accounts=pull_accounts,
            )
            return
        self.repository = self.create_repository(repository_name, pull_accounts)
        if partition_of(self.region) != "aws-cn":  # where there is no AWS Signer
            EcrSigning(self, "Signing", repository_filters=[repository_name])
        if copies_to:
            EcrReplication(self, "Replication", regions=copies_to, repository_filters=[repository_name])
        CfnOutput(self, "RepositoryUri", value=self.repository.repository_uri, description="Where to push the image")

    def create_repository(self, repository_name: str, pull_accounts: Sequence[str]) -> ecr.Repository:
        """Make the repository that images are pushed to; a hook.

        Args:
            repository_name: its name.
            pull_accounts: the accounts whose roles may pull.

        Returns:
            A repository with the ID `Repository`.
        """
        return EcrRepository(self, "Repository", repository_name=repository_name, pull_accounts=pull_accounts)

    def image_uri(self, tag: str, digest: str | None = None) -> EcrImageUri:
        """Return the reference of an image of the repository, or of its copy, by which services of any account pull it.

        Args:
            tag: the tag of the image.
            digest: the digest of the image, in place of the tag.
        """
        return EcrImageUri(
            account=self.account,
            endpoint="dkr.ecr",
            region=self.region,
            suffix=url_suffix_of(self.region),
            repository=self.repository_name,
            tag=None if digest else tag,
            digest=digest,
        )
