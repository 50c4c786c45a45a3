"""The roles of a task may do what it needs before its process starts, besides the pull of its image."""

from __future__ import annotations

from ecr_ecs_constructs.rules.rule import Severity, linked

missing_start_permission = linked(
    "missing-start-permission",
    Severity.ERROR,
    "Allow the role the action on what the task needs, by a statement of one of its Policies (in the CDK by "
    "grant_read of a secret or a bucket, grant_write of a log group, each with the execution role; by "
    "grant_read_write of a file system with the task role, and IAM authorization).",
)

unusable_start_key = linked(
    "unusable-start-key",
    Severity.ERROR,
    "Set KmsKeyId of what the task needs (encryption_key=… in the CDK) to an enabled symmetric key, or leave it out "
    "for the key of AWS. By the KeyPolicy of the key of a log group, let in logs.<region>.amazonaws.com with "
    "kms:Encrypt, kms:Decrypt, kms:ReEncrypt* and kms:GenerateDataKey*.",
)

unverifiable_start = linked(
    "unverifiable-start",
    Severity.INFO,
    "Judge the templates that hold the role, its policies and what the task needs in the same call, or verify that it "
    "is there and that the role may use it; a role is vouched for by its name: role in a [[vouch]] of the "
    "configuration.",
)
