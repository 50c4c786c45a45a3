"""The actions that are asked about.

Sources:
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html (pulls)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html (caches)
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/slr-replication.html (replication)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html (the ECS agent)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html (secrets, logs, files)
    https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html (file systems)
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html (rules and schedules)
    https://docs.aws.amazon.com/step-functions/latest/dg/ecs-iam.html (state machines)
    https://docs.aws.amazon.com/batch/latest/userguide/CWE_IAM_role.html (rules that submit jobs)
"""

from __future__ import annotations

from collections.abc import Mapping

TOKEN_ACTION = "ecr:GetAuthorizationToken"  # noqa: S105 - the name of an action
PULL_ACTIONS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
CHECK_ACTION = "ecr:BatchCheckLayerAvailability"
"""Asked of a container instance role; the current guide of Amazon ECR no longer asks it of a role that pulls."""

AGENT_ACTIONS: Mapping[str, str] = {
    "ecs:DiscoverPollEndpoint": "*",
    "ecs:Poll": "container-instance",
    "ecs:RegisterContainerInstance": "cluster",
    "ecs:StartTelemetrySession": "container-instance",
    "ecs:SubmitContainerStateChange": "cluster",
    "ecs:SubmitTaskStateChange": "cluster",
}
"""The actions without which the ECS agent can't work, and the resource that each acts on."""

MANAGED_AGENT_ACTIONS = tuple(each for each in AGENT_ACTIONS if each != "ecs:SubmitContainerStateChange")
"""Those of the ECS agent on ECS Managed Instances, for which the managed policy of AWS has no other.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSInstanceRolePolicyForManagedInstances.html
"""

IMPORT_ACTION, CREATE_ACTION = "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"
"""The actions that the first pull of an image through a cache needs besides."""

REPLICATE_ACTION = "ecr:ReplicateImage"
"""The action of Amazon ECR itself by which it copies an image to another registry."""

ASSUME_ACTION = "sts:AssumeRole"

SECRET_ACTION, PARAMETER_ACTION, DECRYPT_ACTION = "secretsmanager:GetSecretValue", "ssm:GetParameters", "kms:Decrypt"
STREAM_ACTION, WRITE_ACTION, GROUP_ACTION = "logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"
FILE_ACTION, LOCATION_ACTION = "s3:GetObject", "s3:GetBucketLocation"
ENCRYPTION_ACTIONS = ("kms:Encrypt", DECRYPT_ACTION, "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
"""The actions that a service which encrypts by a key asks for itself."""

MOUNT_ACTION = "elasticfilesystem:ClientMount"
RUN_ACTION, PASS_ACTION = "ecs:RunTask", "iam:PassRole"
SUBMIT_ACTION = "batch:SubmitJob"
WATCH_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
DESCRIBE_ACTION = "fsx:DescribeFileSystems"

START_ACTIONS = (
    SECRET_ACTION,
    PARAMETER_ACTION,
    DECRYPT_ACTION,
    STREAM_ACTION,
    WRITE_ACTION,
    GROUP_ACTION,
    FILE_ACTION,
    LOCATION_ACTION,
    MOUNT_ACTION,
    RUN_ACTION,
    PASS_ACTION,
    SUBMIT_ACTION,
    *WATCH_ACTIONS,
    DESCRIBE_ACTION,
)
"""The actions that a task can need besides the pull before it starts."""

DEFAULT_GROUP_ACTIONS = ("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress")
"""The actions by which CDK takes the rules of the default security group of a VPC away."""

_OF_PULLS = (TOKEN_ACTION, *PULL_ACTIONS, CHECK_ACTION, IMPORT_ACTION, CREATE_ACTION)
_ALL = (*_OF_PULLS, REPLICATE_ACTION, *AGENT_ACTIONS, ASSUME_ACTION, *START_ACTIONS, *DEFAULT_GROUP_ACTIONS)

SERVICES = frozenset(action.partition(":")[0] for action in _ALL)
"""The services of all these actions, such as `ecr` and `sts`."""
