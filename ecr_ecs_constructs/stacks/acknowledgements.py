"""The answers of the reference stacks to the AWS Solutions rules of cdk-nag: `acknowledge`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def acknowledge_policies(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge the wildcards of all policies below a construct that CDK itself writes.

    Args:
        construct: the construct, once it has made all of them.
        reasons: why they are right as they are, by a regular expression for what is allowed, `Action::…` or
            `Resource::…`; the first that matches counts, and what none matches stays a finding.
    """
    for policy in construct.node.find_all():
        if isinstance(policy, iam.CfnPolicy):
            for wildcard in sorted({*_wildcards(policy)}):
                if reason := next((why for pattern, why in reasons.items() if re.fullmatch(pattern, wildcard)), None):
                    acknowledge(policy, f"AwsSolutions-IAM5[{wildcard}]", reason)


def _wildcards(policy: iam.CfnPolicy) -> Iterator[str]:
    """Yield what a policy allows by a wildcard, as cdk-nag writes it."""
    for statement in Stack.of(policy).resolve(policy.policy_document)["Statement"]:
        for key in ("Action", "Resource"):
            given = statement[key]
            for each in map(_flat, given if isinstance(given, list) else [given]):
                if "*" in each:
                    yield f"{key}::{each}"


def _flat(value: object) -> str:
    """Return a value of a template as cdk-nag writes it: what is known only at deployment stands in angle brackets."""
    match value:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_flat, parts))
    return str(value)
