"""The role that pulls an image is there, and the service may assume it."""

from __future__ import annotations

from ecr_ecs_constructs.rules.rule import Severity, linked

missing_execution_role = linked(
    "missing-execution-role",
    Severity.ERROR,
    "Give the task definition an ExecutionRoleArn (execution_role=… in the CDK) whose role may pull the image and "
    "read the secrets.",
)

unassumable_role = linked(
    "unassumable-role",
    Severity.ERROR,
    "Let the service assume the role by its AssumeRolePolicyDocument (assumed_by=… in the CDK): "
    "ecs-tasks.amazonaws.com an execution role or a task role, ec2.amazonaws.com a container instance role, "
    "events.amazonaws.com the role of a rule, scheduler.amazonaws.com that of a schedule, pipes.amazonaws.com that of "
    "a pipe, ecs.amazonaws.com an infrastructure role.",
)

unverifiable_role = linked(
    "unverifiable-role",
    Severity.INFO,
    "Judge the templates that hold the role, its policies or the repository in the same call; or verify them there, "
    "and vouch for them by their names: role or repository in a [[vouch]] of the configuration.",
)
