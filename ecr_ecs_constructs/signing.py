"""Signatures of images that are made when they are pushed: `EcrSigning`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_signer as signer

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.registries import check_patterns, refuse_second

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLATFORM: Final = "Notation-OCI-SHA384-ECDSA"
"""The signing platform for container images.

Source: https://docs.aws.amazon.com/signer/latest/developerguide/container-workflow.html
"""


@takes(refuses={"rules": "give signing_profile and repository_filters, and call add_rule"})
class EcrSigning(constructs.Construct):
    """The signing of a registry: Amazon ECR has AWS Signer sign images when they are pushed.

    Whoever pushes must be allowed to sign, by `grant_sign`. Amazon ECS does not look at signatures.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutSigningConfiguration.html

    Builds on: `ecr.CfnSigningConfiguration`.

    Hooks: `create_signing_profile`.

    Args:
        scope: where the configuration is made.
        id: its ID there.
        signing_profile: the profile that signs; None for one that is made here, and then is the attribute of this name.
        repository_filters: patterns of the repositories, with `*` for any characters; empty for all.

    Raises:
        ValueError: Amazon ECR refuses an argument, the profile signs no container images, or the registry has a
            configuration.

    Attributes:
        resource: the resource of CloudFormation.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        signing_profile: signer.ISigningProfile | None = None,
        repository_filters: Sequence[str] = (),
    ) -> None:
        if signing_profile is not None:
            _check_profile(cdk.Stack.of(scope), signing_profile)
        check_patterns("repository_filters", repository_filters, _PATTERN, 256)
        type_ = ecr.CfnSigningConfiguration.CFN_RESOURCE_TYPE_NAME
        refuse_second(scope, type_, "signing configuration")
        super().__init__(scope, id)
        self.signing_profile = signing_profile or self.create_signing_profile()
        self._arns = [_arn(self.signing_profile)]
        self._rules = [_rule(self._arns[0], repository_filters)]
        self.resource = ecr.CfnSigningConfiguration(self, "Resource", rules=self._rules)
        bring_along(self)

    def create_signing_profile(self) -> signer.ISigningProfile:
        """Return the profile that signs where none is given; a hook, called as the configuration is made."""
        return signer.SigningProfile(self, "Profile", platform=signer.Platform.NOTATION_OCI_SHA384_ECDSA)

    def add_rule(self, *, signing_profile: signer.ISigningProfile, repository_filters: Sequence[str] = ()) -> None:
        """Have images of some repositories signed by another profile, too.

        Args:
            signing_profile: the profile.
            repository_filters: patterns of the repositories; empty for all.

        Raises:
            ValueError: Amazon ECR refuses an argument, or that many rules.
        """
        if len(self._rules) == _MAX_RULES:
            raise ValueError(
                f"signing_profile must belong to {_MAX_RULES} rules at most, got {signing_profile.node.path!r}: "
                "Amazon ECR takes no more"
            )
        _check_profile(cdk.Stack.of(self), signing_profile)
        check_patterns("repository_filters", repository_filters, _PATTERN, 256)
        self._arns.append(_arn(signing_profile))
        self._rules.append(_rule(self._arns[-1], repository_filters))
        self.resource.rules = [*self._rules]

    def grant_sign(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal that pushes images sign them.

        Args:
            grantee: the principal.

        Returns:
            The grant.
        """
        return iam.Grant.add_to_principal(grantee=grantee, actions=["signer:SignPayload"], resource_arns=[*self._arns])


_MAX_RULES: Final = 10
_PATTERN = re.compile("(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*")


def _rule(arn: str, filters: Sequence[str]) -> ecr.CfnSigningConfiguration.RuleProperty:
    return ecr.CfnSigningConfiguration.RuleProperty(
        signing_profile_arn=arn,
        repository_filters=[
            ecr.CfnSigningConfiguration.RepositoryFilterProperty(filter=each, filter_type="WILDCARD_MATCH")
            for each in filters
        ]
        or None,
    )


def _arn(profile: signer.ISigningProfile) -> str:
    """Return the ARN of a profile; that of an imported one has two slashes in CDK, which Amazon ECR refuses."""
    if isinstance(profile.node.default_child, signer.CfnSigningProfile):
        return profile.signing_profile_arn
    return cdk.Stack.of(profile).format_arn(
        service="signer",
        resource="/signing-profiles",
        resource_name=profile.signing_profile_name,
        arn_format=cdk.ArnFormat.SLASH_RESOURCE_NAME,
    )


def _check_profile(stack: cdk.Stack, profile: signer.ISigningProfile) -> None:
    """Refuse a profile that signs something else than container images.

    Raises:
        ValueError: its platform is known, and another one.
    """
    resource = profile.node.default_child
    platform = stack.resolve(resource.platform_id) if isinstance(resource, signer.CfnSigningProfile) else None
    if isinstance(platform, str) and platform != _PLATFORM:
        raise ValueError(
            f"signing_profile must be of the platform {_PLATFORM}, got {platform!r}: it signs no container images"
        )
