"""Key policies: the statements that let services of AWS use a KMS key of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


def let_ec2_use(key: kms.IKey) -> None:
    """Let Amazon EC2 use a key for the volumes of instances that the key's account starts.

    The statement names no role, as that of the AWS managed key `aws/ebs`: the service-linked role by which Amazon EC2
    Auto Scaling starts instances need not exist yet, and KMS refuses a policy that names a role which does not exist.

    Source: https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html

    Args:
        key: the key; the policy of an imported one is left as it is.
    """
    stack = Stack.of(key)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="EbsVolumesOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=[
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:CallerAccount": stack.account,
                    "kms:ViaService": f"ec2.{stack.region}.{stack.url_suffix}",
                }
            },
        )
    )


def let_logs_use(key: kms.IKey, stack: Stack) -> None:
    """Let CloudWatch Logs use a key for the log groups of an account.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html

    Args:
        key: the key; the policy of an imported one is left as it is.
        stack: a stack in the account and region of the log groups.
    """
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.{stack.url_suffix}")],
            actions=["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            resources=["*"],
            conditions={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": stack.format_arn(service="logs", resource="*")}
            },
        )
    )
