"""Repositories of container images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr

from ecr_ecs_constructs.arguments import takes
from ecr_ecs_constructs.checks import bring_along
from ecr_ecs_constructs.image_ages import MAX_UNTAGGED_IMAGE_AGE, check_ages, check_rule, rules_of_ages
from ecr_ecs_constructs.image_uri import check_repository_name
from ecr_ecs_constructs.repository_policies import pull_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from constructs import Construct


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
    """A private Amazon ECR repository that scans images, moves no tag, and keeps what may still run.

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

    Hooks: `lifecycle_rules`.

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
        encryption_key: kms.IKey | kms.Key | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        empty_on_delete: bool = False,
        pull_accounts: Sequence[str] = (),
        pull_organization: str | None = None,
    ) -> None:
        _check_name(repository_name)
        check_ages(max_untagged_image_age, max_image_age)
        _check_removal(removal_policy, empty_on_delete=empty_on_delete)
        statements = pull_statements(pull_accounts, pull_organization)
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
        """Return the rules by which images are expired; a hook, called as the repository is made.

        `add_lifecycle_rule` checks each of them.
        """
        return rules_of_ages(self.max_untagged_image_age, self.max_image_age)

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
        check_rule(max_image_age, max_image_count, self.max_untagged_image_age)
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


def _check_name(name: str | None) -> None:
    if name is None or cdk.Token.is_unresolved(name):
        return
    try:
        check_repository_name(name)
    except ValueError as error:
        raise ValueError(f"repository_name must be a name that Amazon ECR accepts, got {name!r}: {error}") from None


def _check_removal(removal_policy: cdk.RemovalPolicy, *, empty_on_delete: bool) -> None:
    if empty_on_delete and removal_policy is not cdk.RemovalPolicy.DESTROY:
        raise ValueError(
            f"removal_policy must be RemovalPolicy.DESTROY with empty_on_delete, got {removal_policy}: "
            "a repository that stays keeps its images"
        )
