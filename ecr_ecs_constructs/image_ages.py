"""The time for which a repository keeps its images: the rules of its lifecycle policy, and what bounds them.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr

from ecr_ecs_constructs.arguments import left_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_UNTAGGED_IMAGE_AGE: Final = cdk.Duration.days(90)
"""How long after its push an image without a tag is kept, where the caller does not say it."""

_WHY_NO_COUNT: Final = (
    "a rule by count can expire an image that was pushed a day ago and runs; give max_image_age, and images of a "
    "shorter life a repository of their own"
)


def check_ages(untagged: cdk.Duration, any_image: cdk.Duration | None) -> None:
    """Refuse ages that Amazon ECR can't count, or that contradict each other.

    Args:
        untagged: `max_untagged_image_age`.
        any_image: `max_image_age`, None for ever.

    Raises:
        ValueError: an age is no whole number of days, or any image is to be expired before those without a tag.
    """
    _check_age("max_untagged_image_age", untagged)
    if any_image is None:
        return
    _check_age("max_image_age", any_image)
    if _shorter(any_image, untagged):
        raise ValueError(
            f"max_image_age must be at least max_untagged_image_age, got {any_image.to_human_string()!r}: "
            f"images without a tag are kept for {untagged.to_human_string()}"
        )


def check_rule(age: cdk.Duration | None, count: float | None, least: cdk.Duration) -> None:
    """Refuse a rule that would expire images sooner than a repository promises.

    Args:
        age: the age at which the rule expires images.
        count: the number of images that it leaves.
        least: how long after their push all images are kept.

    Raises:
        ValueError: the rule counts images, or the age is shorter or no whole number of days.
    """
    if count is not None:
        raise left_out("max_image_count", count, _WHY_NO_COUNT)
    if age is None:
        return
    _check_age("max_image_age", age)
    if _shorter(age, least):
        raise ValueError(
            f"max_image_age must be at least {least.to_human_string()}, "
            f"got {age.to_human_string()!r}: no image of this repository is expired sooner; give "
            "images of a shorter life a repository of their own"
        )


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


def rules_of_ages(untagged: cdk.Duration, any_image: cdk.Duration | None) -> list[ecr.LifecycleRule]:
    """Return the rules that expire images without a tag, and any image.

    Args:
        untagged: how long after its push an image without a tag is kept.
        any_image: how long after its push any image is kept, None for ever.
    """
    rule = untagged_rule(untagged)
    if any_image is None:
        return [rule]
    every = ecr.LifecycleRule(
        description=f"Images {any_image.to_human_string()} after their push",
        tag_status=ecr.TagStatus.ANY,
        max_image_age=any_image,
    )
    return [rule, every]


def policy_text(rules: Sequence[ecr.LifecycleRule], least: cdk.Duration) -> str:
    """Return the text of a lifecycle policy, as CDK writes that of a repository.

    Args:
        rules: the rules. Those without a priority come behind the others, and one for all images comes last.
        least: how long after their push all images are kept.

    Raises:
        ValueError: a rule would expire images sooner.
    """
    for rule in rules:
        check_rule(rule.max_image_age, rule.max_image_count, least)
        if rule.max_image_age is None:
            raise ValueError(
                f"max_image_age must be given, got None: rule {rule.description!r} expires by nothing else"
            )
    return json.dumps({"rules": [*_rendered(rules)]})


def _rendered(rules: Sequence[ecr.LifecycleRule]) -> Iterator[dict[str, object]]:
    last = max((int(rule.rule_priority) for rule in rules if rule.rule_priority is not None), default=0)
    for rule in sorted(rules, key=lambda rule: _status(rule) == "any"):
        assert rule.max_image_age is not None  # noqa: S101 # told above; narrows the type
        if rule.rule_priority is None:
            last += 1
        yield {
            "rulePriority": last if rule.rule_priority is None else int(rule.rule_priority),
            **({"description": rule.description} if rule.description else {}),
            "selection": {
                "tagStatus": _status(rule),
                **({"tagPrefixList": [*rule.tag_prefix_list]} if rule.tag_prefix_list else {}),
                **({"tagPatternList": [*rule.tag_pattern_list]} if rule.tag_pattern_list else {}),
                "countType": "sinceImagePushed",
                "countNumber": int(rule.max_image_age.to_days()),
                "countUnit": "days",
            },
            "action": {"type": "expire"},
        }


def _status(rule: ecr.LifecycleRule) -> str:
    if rule.tag_status is not None:
        return rule.tag_status.name.lower()
    return "tagged" if rule.tag_prefix_list or rule.tag_pattern_list else "any"


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
