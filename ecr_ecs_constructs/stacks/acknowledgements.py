"""The answers of the reference stacks to the AWS Solutions rules of cdk-nag: `acknowledge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Acknowledgment, Stack, Validations

if TYPE_CHECKING:
    from constructs import IConstruct

WHY_ALL_RESOURCES: Final = (
    "ecr:GetAuthorizationToken knows no resource, so that IAM takes it on * alone; the token opens nothing by itself, "
    "and the actions that read images are allowed on named repositories only. "
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html"
)
"""The reason for the statement on `*` of an execution role."""


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge one finding of the AWS Solutions rules on a construct and what lies below it.

    Args:
        construct: the construct, as near to the resource as can be.
        finding: the rule, with what it found in brackets if it can find several things.
        reason: why it is right as it is, for an auditor.
    """
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions::{finding}", reason=reason))


def acknowledge_resource(construct: IConstruct, arn: str, reason: str) -> None:
    """Acknowledge that a policy allows actions on a pattern of resources.

    Args:
        construct: the role or policy.
        arn: the pattern, with tokens where they stand in the policy.
        reason: why it is right as it is, for an auditor.
    """
    acknowledge(construct, f"AwsSolutions-IAM5[Resource::{_flat(Stack.of(construct).resolve(arn))}]", reason)


def _flat(value: object) -> str:
    """Return a value of a template as cdk-nag writes it: what is known only at deployment stands in angle brackets."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_flat, parts))
    return str(value)
