# ruff: noqa: E501 - in a table, a case is a line
"""What starts jobs of AWS Batch: the role that submits them, and the role that AWS Batch is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judging import findings, line, write
from tests.rules.test_start import EXECUTION, HERE, RULES, TRUST, allow, resource
from tests.rules.test_starters import ALL, starter, trusted

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

BATCH = "arn:aws:batch:us-east-1:123456789012"
TEMPLATE = f"""
Resources:
  Execution:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {TRUST % "ecs-tasks"}
      ManagedPolicyArns: [{EXECUTION}]
  Role:
    Type: AWS::IAM::Role
    Properties: {{AssumeRolePolicyDocument: {TRUST % "ecs-tasks"}}}
  Job:
    Type: AWS::Batch::JobDefinition
    Properties:
      Type: container
      PlatformCapabilities: [FARGATE]
      ContainerProperties: {{Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1", ExecutionRoleArn: !GetAtt Execution.Arn, JobRoleArn: !GetAtt Role.Arn}}
  Queue: {{Type: AWS::Batch::JobQueue, Properties: {{JobQueueName: nightly, ComputeEnvironmentOrder: [{{Order: 1, ComputeEnvironment: !Ref Compute}}]}}}}
"""
NAMED = ("Type: container", "JobDefinitionName: tiles\n      Type: container")


def compute(role: str = "") -> str:
    return resource(
        "Compute",
        "AWS::Batch::ComputeEnvironment",
        f"{{Type: MANAGED, ComputeResources: {{Type: FARGATE, Subnets: [a]}}{', ServiceRole: ' + role if role else ''}}}",
    )


def rule(job: str = "!Ref Job", role: str = ", RoleArn: !GetAtt Starter.Arn") -> str:
    return resource(
        "Rule",
        "AWS::Events::Rule",
        f"{{Targets: [{{Id: a, Arn: !Ref Queue{role}, BatchParameters: {{JobDefinition: {job}, JobName: a}}}}]}}",
    )


def machine(wait: str = "") -> str:
    run = f"{{Type: Task, Resource: 'arn:aws:states:::batch:submitJob{wait}', Arguments: {{JobQueue: !Ref Queue, JobDefinition: !Ref Job}}}}"
    return resource(
        "Machine",
        "AWS::StepFunctions::StateMachine",
        f"{{RoleArn: !GetAtt Starter.Arn, Definition: {{States: {{Run: {run}}}}}}}",
    )


def own(*statements: str, managed: str = "", service: str = "batch", trust: str = "") -> str:
    """The role that AWS Batch is given."""
    return starter(*statements, managed=managed, service=service, trust=trust).replace("Starter", "Own", 1)


def judged(*parts: str) -> str:
    return TEMPLATE + "".join(parts)


AT = "Job.Properties.ContainerProperties"
SUBMIT = allow("batch:SubmitJob", "[!Ref Job, !Ref Queue]")
RUN, PASS = allow("ecs:RunTask", "'*'"), allow("iam:PassRole", "[!GetAtt Execution.Arn, !GetAtt Role.Arn]")
SERVED = compute("!GetAtt Own.Arn")
WATCH = allow("events:*", "'arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForBatchJobsRule'")


def lacks(role: str, action: str, by: str, on: str = "") -> str:
    return f"missing-start-permission {AT}: role {role} lacks {action}, which the container needs for its start {by}: no statement of role {role} allows {action.partition(',')[0]} on {on}"


def case(source: str, *expected: str, id: str) -> ParameterSet:
    return pytest.param(source, expected, id=id)


CASES = [
    case(judged(compute()), id="nothing submits it"),
    case(judged(compute(), rule(), starter(SUBMIT)), id="rule"),
    case(judged(compute(), rule(), starter(managed="arn:aws:iam::aws:policy/service-role/AWSBatchServiceEventTargetRole")), id="rule by the managed policy"),
    case(judged(compute(), rule(), starter(allow("batch:SubmitJob", f"['{BATCH}:job-definition/*', '{BATCH}:job-queue/nightly']"))), id="rule by ARNs"),
    case(judged(compute(), rule(), starter(allow("batch:SubmitJob", "!Ref Job"))), lacks("Starter", "batch:SubmitJob", "by Rule", f"{BATCH}:job-queue/nightly"), id="role for no queue"),
    case(judged(compute(), rule(), starter(allow("batch:SubmitJob", "!Ref Queue"))), lacks("Starter", "batch:SubmitJob", "by Rule", f"{BATCH}:job-definition/${{Job}}"), id="role for no job"),
    case(judged(compute(), rule(role="")), f"missing-start-permission {AT}: its start by Rule does not work: Rule names no RoleArn for it", id="rule without a role"),
    case(judged(compute(), rule(), starter(SUBMIT, service="batch")), "unassumable-role Starter.Properties.AssumeRolePolicyDocument: role Starter of Rule can't be assumed: no statement of its trust policy lets events.amazonaws.com assume it", id="role of AWS Batch for a rule"),
    case(judged(compute(), rule("tiles"), starter(allow("batch:SubmitJob", f"['{BATCH}:job-definition/tiles*', !Ref Queue]"))).replace(*NAMED), id="latest revision by whatever begins so"),
    case(judged(compute(), rule("tiles"), starter(allow("batch:SubmitJob", f"['{BATCH}:job-definition/tiles:*', !Ref Queue]"))).replace(*NAMED), f"unverifiable-start? {AT}: cannot verify that role Starter has batch:SubmitJob for its start by Rule: it may on {BATCH}:job-definition/tiles:${{Job}}, and AWS asks for {BATCH}:job-definition/tiles", id="latest revision by all revisions"),
    case(judged(compute(), machine(), starter(SUBMIT, service="states")), id="state machine"),
    case(judged(compute(), machine(".sync"), starter(SUBMIT, WATCH, service="states")), id="state machine that waits for the end"),
    case(judged(compute(), machine(".sync"), starter(SUBMIT, service="states")), lacks("Starter", "events:PutTargets, events:PutRule and events:DescribeRule", "by Machine"), id="state machine that may not wait for the end"),
    case(judged(compute(), machine(), starter(service="states")), lacks("Starter", "batch:SubmitJob", "by Machine"), lacks("Starter", "batch:SubmitJob", "by Machine"), id="state machine whose role has no policy"),
    # the role that AWS Batch is given
    case(judged(SERVED, own(RUN, PASS)), id="service role"),
    case(judged(SERVED, own(managed="arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole")), id="service role by the managed policy"),
    case(judged(SERVED, own(RUN)), lacks("Own", "iam:PassRole", "in Compute"), lacks("Own", "iam:PassRole", "in Compute"), id="service role that may pass none"),
    case(judged(SERVED, own(PASS)), lacks("Own", "ecs:RunTask", "in Compute"), id="service role that may run nothing"),
    case(judged(SERVED, own(ALL, service="ecs")), "unassumable-role Own.Properties.AssumeRolePolicyDocument: role Own of Compute can't be assumed: no statement of its trust policy lets batch.amazonaws.com assume it", id="service role of Amazon ECS"),
    case(judged(SERVED, own(ALL, trust=trusted("batch", f"{BATCH}:compute-environment/a"))), f"unverifiable-start? {AT}: cannot verify that role Own of Compute can be assumed, sts:AssumeRole: known only at deployment: condition StringEquals on aws:SourceArn", id="service role for an environment by its ARN"),
    case(judged(compute("arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch")), id="role that AWS Batch makes"),
    case(judged(compute("arn:aws:iam::123456789012:role/own")), f"unverifiable-start? {AT}: cannot verify that its start in Compute is there: role arn:aws:iam::123456789012:role/own, which is not in the templates", id="service role that is not in the templates"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_jobs(tmp_path: Path, source: str, expected: tuple[str, ...]) -> None:
    found = sorted(map(line, findings(write(tmp_path, source, HERE), RULES)))
    assert len(found) == len(expected), found
    for said, start in zip(found, sorted(expected), strict=True):
        assert said.startswith(start)
