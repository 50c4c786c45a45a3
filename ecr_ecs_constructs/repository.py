"""Repositories of container images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.arguments import left_out, takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.image_uri import check_repository_name
from ecr_ecs_constructs.permissions import REPOSITORY_PULL_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from constructs import Construct

MAX_UNTAGGED_IMAGE_AGE: Final = cdk.Duration.days(90)
"""How long after its push an image without a tag is kept, where the caller does not say it."""

_WHY_NO_COUNT: Final = (
    "a rule by count can expire an image that was pushed a day ago and runs; give max_image_age, and images of a "
    "shorter life a repository of their own"
)

_ACCOUNT_ID = re.compile("[0-9]{12}")
_ORGANIZATION_ID = re.compile("o-[a-z0-9]{10,32}")


@takes(
    refuses={
        "auto_delete_images": "CDK has replaced it; give empty_on_delete",
        "image_scan_on_push": "images are always scanned when they are pushed",
        "image_tag_mutability": "tags can't be moved; name those that can by image_tag_mutability_exclusion_filters",
        "lifecycle_registry_id": "a repository is in the registry of the account of its stack",
        "lifecycle_rules": "override the hook lifecycle_rules, or call add_lifecycle_rule",
    }
)
class EcrRepository(ecr.Repository):
    """A private Amazon ECR repository that keeps what may still run.

    Tags can't be moved, images are scanned when they are pushed, and only images without a tag are expired,
    `max_untagged_image_age` after their push. Amazon ECR has no rule that spares the images in use: by the time since
    the last pull it only archives, and an archived image can't be pulled. So images with a tag stay, unless
    `max_image_age` says how long a deployment lives at most: deploy a newer image before that time has passed.
    Rules by count can't keep any such promise and are refused. Images that are to live shorter belong in a repository
    of their own.

    A repository that the first deployment of its stack has made goes with it where that deployment fails, so that the
    next one can make it anew; later it stays, whatever happens to its stack.

    Sources:
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html

    Args:
        scope: where the repository is made.
        id: its ID there.
        repository_name: the physical name, any that Amazon ECR accepts; None for a generated one.
        image_tag_mutability_exclusion_filters: at most 5 filters for tags that can be moved all the same.
        max_untagged_image_age: how long after its push an image without a tag is kept, in whole days.
        max_image_age: how long after its push any image is kept that no added rule keeps longer, in whole days; None
            for ever.
        encryption: how images are encrypted; None for keys of the service, or for KMS where `encryption_key` is given.
        encryption_key: the KMS key that encrypts the images. Roles that pull need no permission on it.
        removal_policy: what happens to the repository when it leaves its stack.
        empty_on_delete: whether its images are deleted with it; needs `RemovalPolicy.DESTROY`.
        pull_accounts: IDs of other accounts whose roles may pull, as far as their own policies let them.
        pull_organization: the ID of the AWS organization whose roles may pull, as far as their own policies let them.

    Raises:
        ValueError: Amazon ECR refuses an argument, or two contradict each other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        repository_name: str | None = None,
        image_tag_mutability_exclusion_filters: Sequence[ecr.ImageTagMutabilityExclusionFilter] = (),
        max_untagged_image_age: cdk.Duration = MAX_UNTAGGED_IMAGE_AGE,
        max_image_age: cdk.Duration | None = None,
        encryption: ecr.RepositoryEncryption | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        empty_on_delete: bool = False,
        pull_accounts: Sequence[str] = (),
        pull_organization: str | None = None,
    ) -> None:
        _check_name(repository_name)
        _check_ages(max_untagged_image_age, max_image_age)
        _check_removal(removal_policy, empty_on_delete=empty_on_delete)
        statements = _pull_statements(pull_accounts, pull_organization)
        self.max_untagged_image_age = max_untagged_image_age
        self.max_image_age = max_image_age
        known_name = repository_name is not None and not cdk.Token.is_unresolved(repository_name)
        self._given_name = repository_name if known_name else None
        super().__init__(
            scope,
            id,
            # CDK checks names, and refuses legal ones; a name that it is to generate it doesn't check.
            repository_name=cdk.PhysicalName.GENERATE_IF_NEEDED if known_name else repository_name,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION
            if image_tag_mutability_exclusion_filters
            else ecr.TagMutability.IMMUTABLE,
            image_tag_mutability_exclusion_filters=image_tag_mutability_exclusion_filters or None,
            encryption=encryption,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            empty_on_delete=empty_on_delete or None,
        )
        if known_name:
            resource = self.node.default_child
            assert isinstance(resource, ecr.CfnRepository)  # noqa: S101 # narrows the type; CDK documents the child
            resource.repository_name = repository_name
        for rule in self.lifecycle_rules():
            self._add_rule(rule)
        for statement in statements:
            self.add_to_resource_policy(statement)
        bring_along(self)

    def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
        """Return the rules by which images are expired; a hook, whose rules `add_lifecycle_rule` checks."""
        untagged = untagged_rule(self.max_untagged_image_age)
        if self.max_image_age is None:
            return [untagged]
        every = ecr.LifecycleRule(
            description=f"Images {self.max_image_age.to_human_string()} after their push",
            tag_status=ecr.TagStatus.ANY,
            max_image_age=self.max_image_age,
        )
        return [untagged, every]

    def add_lifecycle_rule(
        self,
        *,
        description: str | None = None,
        max_image_age: cdk.Duration | None = None,
        max_image_count: float | None = None,
        rule_priority: float | None = None,
        tag_pattern_list: Sequence[str] | None = None,
        tag_prefix_list: Sequence[str] | None = None,
        tag_status: ecr.TagStatus | None = None,
    ) -> None:
        """Add a rule that expires images, such as one that keeps some tags longer.

        An image that a rule selects by its tags is not expired by a rule of lower priority.

        Args:
            description: what the rule is for.
            max_image_age: how long after their push the selected images are kept, in whole days.
            max_image_count: refused with a reason; the repository of CDK takes it.
            rule_priority: the place among the rules, the lowest first; None for a place behind those that have none.
            tag_pattern_list: selects the images that have a tag for every of these patterns.
            tag_prefix_list: selects the images that have a tag for every of these prefixes.
            tag_status: selects the images with a tag, without one, or both.

        Raises:
            ValueError: the rule would expire images sooner than `max_untagged_image_age` after their push.
        """
        if max_image_count is not None:
            raise left_out("max_image_count", max_image_count, _WHY_NO_COUNT)
        if max_image_age is not None:
            _check_rule_age(max_image_age, self.max_untagged_image_age)
        super().add_lifecycle_rule(
            description=description,
            max_image_age=max_image_age,
            rule_priority=rule_priority,
            tag_pattern_list=tag_pattern_list,
            tag_prefix_list=tag_prefix_list,
            tag_status=tag_status,
        )

    def _add_rule(self, rule: ecr.LifecycleRule) -> None:
        self.add_lifecycle_rule(
            description=rule.description,
            max_image_age=rule.max_image_age,
            max_image_count=rule.max_image_count,
            rule_priority=rule.rule_priority,
            tag_pattern_list=rule.tag_pattern_list,
            tag_prefix_list=rule.tag_prefix_list,
            tag_status=rule.tag_status,
        )

    def _generate_physical_name(self) -> str:
        """Return the name that references from other environments read."""
        return self._given_name or super()._generate_physical_name()


def untagged_rule(age: cdk.Duration = MAX_UNTAGGED_IMAGE_AGE) -> ecr.LifecycleRule:
    """Return the rule by which images without a tag expire.

    Args:
        age: how long after its push an image is kept.
    """
    return ecr.LifecycleRule(
        description=f"Untagged images {age.to_human_string()} after their push",
        tag_status=ecr.TagStatus.UNTAGGED,
        max_image_age=age,
    )


def _check_name(name: str | None) -> None:
    if name is None or cdk.Token.is_unresolved(name):
        return
    try:
        check_repository_name(name)
    except ValueError as error:
        raise ValueError(f"repository_name must be a name that Amazon ECR accepts, got {name!r}: {error}") from None


def _check_ages(untagged: cdk.Duration, any_image: cdk.Duration | None) -> None:
    _check_age("max_untagged_image_age", untagged)
    if any_image is None:
        return
    _check_age("max_image_age", any_image)
    if _shorter(any_image, untagged):
        raise ValueError(
            f"max_image_age must be at least max_untagged_image_age, got {any_image.to_human_string()!r}: "
            f"images without a tag are kept for {untagged.to_human_string()}"
        )


def _check_rule_age(age: cdk.Duration, least: cdk.Duration) -> None:
    _check_age("max_image_age", age)
    if _shorter(age, least):
        raise ValueError(
            f"max_image_age must be at least {least.to_human_string()}, "
            f"got {age.to_human_string()!r}: no image of this repository is expired sooner; give "
            "images of a shorter life a repository of their own"
        )


def _check_removal(removal_policy: cdk.RemovalPolicy, *, empty_on_delete: bool) -> None:
    if empty_on_delete and removal_policy is not cdk.RemovalPolicy.DESTROY:
        raise ValueError(
            f"removal_policy must be RemovalPolicy.DESTROY with empty_on_delete, got {removal_policy}: "
            "a repository that stays keeps its images"
        )


def _check_age(argument: str, age: cdk.Duration) -> None:
    if not age.is_unresolved() and (days := age.to_days(integral=False)) % 1:
        raise ValueError(
            f"{argument} must be a whole number of days, got {age.to_human_string()!r} ({days:g} days): "
            "Amazon ECR counts in days"
        )
    if not age.is_unresolved() and age.to_days() < 1:
        raise ValueError(f"{argument} must be at least one day, got {age.to_human_string()!r}")


def _shorter(age: cdk.Duration, other: cdk.Duration) -> bool:
    return not age.is_unresolved() and not other.is_unresolved() and age.to_days() < other.to_days()


def _pull_statements(accounts: Sequence[str], organization: str | None) -> list[iam.PolicyStatement]:
    """Return the statements of a repository policy that let others pull.

    An account is named as such and not by its roles, since Amazon ECR refuses a policy that names a role which does
    not exist.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
    """
    if isinstance(accounts, str):
        raise ValueError(f"pull_accounts must be a list of account IDs, got {accounts!r}: it is one text")  # noqa: TRY004 # the arguments' own recipe
    for account in accounts:
        if not cdk.Token.is_unresolved(account) and not _ACCOUNT_ID.fullmatch(account):
            raise ValueError(f"pull_accounts must hold account IDs, got {account!r}: an account ID has 12 digits")
    statements = []
    if accounts:
        statements.append(
            iam.PolicyStatement(
                sid="PullFromAccounts",
                actions=[*REPOSITORY_PULL_ACTIONS],
                principals=[iam.AccountPrincipal(account) for account in accounts],
            )
        )
    if organization is not None:
        if not cdk.Token.is_unresolved(organization) and not _ORGANIZATION_ID.fullmatch(organization):
            raise ValueError(
                f"pull_organization must be the ID of an organization, got {organization!r}: "
                "it is 'o-' and 10 to 32 lower-case letters and digits"
            )
        statements.append(
            iam.PolicyStatement(
                sid="PullFromOrganization",
                actions=[*REPOSITORY_PULL_ACTIONS],
                principals=[iam.OrganizationPrincipal(organization)],
            )
        )
    return statements
