"""The settings of repositories that Amazon ECR makes by itself: `EcrRepositoryTemplate`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import aws_cdk as cdk
import constructs
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.image_ages import MAX_UNTAGGED_IMAGE_AGE, check_ages, policy_text, rules_of_ages
from ecr_ecs_constructs.permissions import IMPORT_ACTION
from ecr_ecs_constructs.registries import refuse_second_prefix
from ecr_ecs_constructs.repository_policies import pull_statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_kms as kms

Use: TypeAlias = Literal["PULL_THROUGH_CACHE", "REPLICATION", "CREATE_ON_PUSH"]
"""The ways in which Amazon ECR makes repositories: at a first pull through a cache, by replication, at a first push."""

_USES: Final = ("PULL_THROUGH_CACHE", "REPLICATION", "CREATE_ON_PUSH")
_CACHE: Final = "PULL_THROUGH_CACHE"

ROOT: Final = "ROOT"
"""The prefix of all repositories that have no other one.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html
"""

_PREFIX = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?")


@takes(
    refuses={
        "custom_role_arn": "a role is made where Amazon ECR needs one; override the hook create_role",
        "encryption_configuration": "give encryption or encryption_key",
        "image_tag_mutability": "tags can be moved where a cache needs it, and nowhere else; name those that can by "
        "image_tag_mutability_exclusion_filters",
        "lifecycle_policy": "override the hook lifecycle_rules",
        "repository_policy": "give pull_accounts or pull_organization, or override the hook policy_statements",
    }
)
class EcrRepositoryTemplate(constructs.Construct):
    """The settings of the repositories below a prefix that Amazon ECR makes by itself: those of `EcrRepository`.

    There are two exceptions: scanning is turned on by `EcrRegistryScanning`, and tags can be moved in repositories of a
    pull-through cache, where Amazon ECR moves them when they are moved upstream. Repositories that exist keep their
    settings.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-custom.html (role)

    Builds on: `ecr.CfnRepositoryCreationTemplate`.

    Hooks: `create_role`, `lifecycle_rules`, `policy_statements`.

    Args:
        scope: where the template is made.
        id: its ID there.
        prefix: what the names of the repositories begin with, without the slash behind it; ROOT for all that have no
            other template.
        applied_for: what makes the repositories: PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH.
        description: what the template is for.
        image_tag_mutability_exclusion_filters: at most 5 patterns of tags that can be moved all the same, as `dev-*`.
        max_untagged_image_age: how long after its push an image without a tag is kept, in whole days.
        max_image_age: how long after its push any image is kept, in whole days; None for ever.
        encryption: how images are encrypted; None for keys of the service, or for KMS where `encryption_key` is given.
        encryption_key: the KMS key that encrypts the images. Roles that pull need no permission on it.
        resource_tags: the tags of the repositories.
        pull_accounts: IDs of other accounts whose roles may pull, as far as their own policies let them.
        pull_organization: the ID of the AWS organization whose roles may pull, as far as their own policies let them.

    Raises:
        ValueError: Amazon ECR refuses an argument, two contradict each other, or the registry has a template for the
            prefix.

    Attributes:
        resource: the resource of CloudFormation.
        encryption_type: how images are encrypted: AES256, KMS or KMS_DSSE.
        role: the role by which Amazon ECR makes the repositories; None where it needs none.
    """

    def __init__(
        self,
        scope: constructs.Construct,
        id: str,
        *,
        prefix: str,
        applied_for: Sequence[Use],
        description: str | None = None,
        image_tag_mutability_exclusion_filters: Sequence[str] = (),
        max_untagged_image_age: cdk.Duration = MAX_UNTAGGED_IMAGE_AGE,
        max_image_age: cdk.Duration | None = None,
        encryption: ecr.RepositoryEncryption | None = None,
        encryption_key: kms.IKey | kms.Key | None = None,
        resource_tags: Mapping[str, str] | None = None,
        pull_accounts: Sequence[str] = (),
        pull_organization: str | None = None,
    ) -> None:
        check_prefix("prefix", prefix, 1, 256)
        _check_uses(applied_for)
        _check_filters(applied_for, image_tag_mutability_exclusion_filters)
        check_ages(max_untagged_image_age, max_image_age)
        encryption_type = _encryption_type(encryption, encryption_key)
        more = [IMPORT_ACTION] if _CACHE in applied_for else []
        self._statements = pull_statements(pull_accounts, pull_organization, more_actions=more)
        refuse_second_prefix(scope, ecr.CfnRepositoryCreationTemplate.CFN_RESOURCE_TYPE_NAME, "prefix", prefix)
        super().__init__(scope, id)
        self.prefix = prefix
        self.encryption_type = encryption_type
        self.encryption_key = encryption_key
        self.max_untagged_image_age = max_untagged_image_age
        self.max_image_age = max_image_age
        self.role = self.create_role() if encryption_type != "AES256" or resource_tags else None
        rules = self.lifecycle_rules()
        self.resource = ecr.CfnRepositoryCreationTemplate(
            self,
            "Resource",
            applied_for=[*applied_for],
            prefix=prefix,
            custom_role_arn=None if self.role is None else self.role.role_arn,
            description=description,
            encryption_configuration=_encryption(encryption_type, encryption_key),
            image_tag_mutability=_mutability(applied_for, image_tag_mutability_exclusion_filters),
            image_tag_mutability_exclusion_filters=_filters(image_tag_mutability_exclusion_filters),
            lifecycle_policy=policy_text(rules, max_untagged_image_age) if rules else None,
            repository_policy=_policy_text(self, self.policy_statements()),
            resource_tags=[cdk.CfnTag(key=key, value=value) for key, value in (resource_tags or {}).items()] or None,
        )
        if self.role is not None:
            self.resource.node.add_dependency(self.role)
        bring_along(self)

    def create_role(self) -> iam.IRole | iam.Role:
        """Return the role by which Amazon ECR makes repositories with tags or with keys of AWS KMS; a hook.

        It is called as the template is made, where it has tags or such a key.
        """
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("ecr.amazonaws.com"),
            description=f"Makes the repositories below {self.prefix}",
        )
        name = "*" if self.prefix == ROOT else f"{self.prefix.removesuffix('/')}/*"
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"],
                resources=[stack.format_arn(service="ecr", resource="repository", resource_name=name)],
            )
        )
        if self.encryption_key is not None:
            self.encryption_key.grant(role, *_KEY_ACTIONS)
        elif self.encryption_type != "AES256":
            every_key = stack.format_arn(service="kms", resource="key", resource_name="*")
            role.add_to_policy(iam.PolicyStatement(actions=[*_KEY_ACTIONS], resources=[every_key]))
        return role

    def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
        """Return the rules by which images are expired, as those of `EcrRepository`; a hook.

        It is called as the template is made.
        """
        return rules_of_ages(self.max_untagged_image_age, self.max_image_age)

    def policy_statements(self) -> list[iam.PolicyStatement]:
        """Return the statements of the repository policy, those for who else may pull; a hook.

        It is called as the template is made.
        """
        return self._statements


_KEY_ACTIONS: Final = ("kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey")


def check_prefix(argument: str, prefix: str, least: int, most: int) -> None:
    """Refuse a prefix of repositories that Amazon ECR does not take.

    Args:
        argument: the name of the argument.
        prefix: what it got.
        least: how many characters it has at least.
        most: how many it has at most.

    Raises:
        ValueError: it is none.
    """
    if cdk.Token.is_unresolved(prefix) or prefix == ROOT:
        return
    if not _PREFIX.fullmatch(prefix) or not least <= len(prefix) <= most:
        raise ValueError(
            f"{argument} must be the first parts of a repository's name, got {prefix!r}: it is {ROOT}, or {least} to "
            f"{most} lower-case letters and digits, with single separators between them"
        )


def _check_uses(applied_for: Sequence[str]) -> None:
    if isinstance(applied_for, str) or not applied_for or not {*applied_for} <= {*_USES}:
        raise ValueError(
            f"applied_for must be a list of what makes repositories, got {applied_for!r}: {', '.join(_USES)}"
        )


def _check_filters(applied_for: Sequence[str], filters: Sequence[str]) -> None:
    if isinstance(filters, str) or len(filters) > _MAX_FILTERS or not all(map(_FILTER.fullmatch, filters)):
        raise ValueError(
            f"image_tag_mutability_exclusion_filters must be at most {_MAX_FILTERS} patterns of tags, got {filters!r}: "
            "a pattern has 1 to 128 characters of a tag or '*'"
        )
    if filters and _CACHE in applied_for:
        raise ValueError(
            f"image_tag_mutability_exclusion_filters must be left out with {_CACHE}, got {filters!r}: "
            "every tag of a cache can be moved"
        )


_MAX_FILTERS: Final = 5
_FILTER = re.compile("[0-9a-zA-Z._*-]{1,128}")


def _encryption_type(encryption: ecr.RepositoryEncryption | None, key: kms.IKey | kms.Key | None) -> str:
    if encryption is None:
        return "AES256" if key is None else "KMS"
    if key is not None and encryption.value == "AES256":
        raise ValueError(
            f"encryption must be RepositoryEncryption.KMS or KMS_DSSE with encryption_key, got {encryption.value!r}: "
            "AES256 uses keys of the service"
        )
    return encryption.value


def _encryption(
    type_: str, key: kms.IKey | kms.Key | None
) -> ecr.CfnRepositoryCreationTemplate.EncryptionConfigurationProperty | None:
    """Return the encryption, None for that of the service, which Amazon ECR takes by itself."""
    if type_ == "AES256":
        return None
    return ecr.CfnRepositoryCreationTemplate.EncryptionConfigurationProperty(
        encryption_type=type_, kms_key=None if key is None else key.key_arn
    )


def _mutability(applied_for: Sequence[str], filters: Sequence[str]) -> str:
    if _CACHE in applied_for:
        return "MUTABLE"
    return "IMMUTABLE_WITH_EXCLUSION" if filters else "IMMUTABLE"


def _filters(
    filters: Sequence[str],
) -> list[ecr.CfnRepositoryCreationTemplate.ImageTagMutabilityExclusionFilterProperty] | None:
    return [
        ecr.CfnRepositoryCreationTemplate.ImageTagMutabilityExclusionFilterProperty(
            image_tag_mutability_exclusion_filter_type="WILDCARD", image_tag_mutability_exclusion_filter_value=each
        )
        for each in filters
    ] or None


def _policy_text(construct: constructs.Construct, statements: Sequence[iam.PolicyStatement]) -> str | None:
    """Return the text of a policy, None for no statements."""
    document = iam.PolicyDocument(statements=[*statements])
    return None if document.is_empty else cdk.Stack.of(construct).to_json_string(document)
