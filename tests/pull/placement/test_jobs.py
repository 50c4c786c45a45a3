"""Where jobs of AWS Batch run: in which compute environments of which queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judging import write
from tests.pull.placement.test_placements import placements

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

JOB = """
  Job:
    Type: AWS::Batch::JobDefinition
    Properties: {JobDefinitionName: tiles, PlatformCapabilities: [FARGATE], ContainerProperties: {Image: a}}
"""
RULE = """
  Rule:
    Type: AWS::Events::Rule
    Properties: {Targets: [{Arn: %s, RoleArn: arn, BatchParameters: {JobDefinition: %s, JobName: a}}]}
"""
PIPE = """
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      {Target: !Ref Queue, RoleArn: arn, TargetParameters: {BatchJobParameters: {JobDefinition: !Ref Job, JobName: a}}}
"""
MACHINE = """
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn
      Definition:
        States:
          Run:
            Type: Task
            Resource: arn:aws:states:::batch:submitJob%s
            Parameters: {%s, JobName: a, JobDefinition: tiles}
"""
HANDED = """
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties: {DefinitionS3Location: {Bucket: a, Key: b}, DefinitionSubstitutions: {job: !Ref Job}}
"""


def queue(name: str = "Queue", environments: str = "!Ref Compute", more: str = "") -> str:
    listed = ", ".join(f"{{Order: 1, ComputeEnvironment: {each}}}" for each in environments.split(" and "))
    return f"\n  {name}: {{Type: AWS::Batch::JobQueue, Properties: {{ComputeEnvironmentOrder: [{listed}]{more}}}}}\n"


def compute(kind: str = "FARGATE", name: str = "Compute", more: str = "") -> str:
    properties = f"Type: MANAGED, ComputeResources: {{Type: {kind}, Subnets: [a]}}{more}"
    return f"\n  {name}: {{Type: AWS::Batch::ComputeEnvironment, Properties: {{{properties}}}}}\n"


def rule(to: str = "!Ref Queue", job: str = "!Ref Job") -> str:
    return RULE % (to, job)


BY_ANYONE = "FARGATE [] AWS Batch runs it on FARGATE, in a queue given with each job"
BY_RULE = "FARGATE [] Rule submits it to queue Queue, by Compute on FARGATE"
BY_MACHINE = BY_RULE.replace("Rule", "Machine")
MADE = queue() + compute()
OTHER = compute(name="Other")


def case(resources: str, *expected: str, id: str) -> ParameterSet:
    return pytest.param(resources, [*expected], id=id)


CASES = [
    case(MADE + rule(), BY_RULE, id="rule"),
    case(MADE + rule("!GetAtt Queue.JobQueueArn", "tiles"), BY_RULE, id="rule by name"),
    case(MADE + PIPE, BY_RULE.replace("Rule", "Pipe"), id="pipe"),
    case(MADE + MACHINE % ("", "JobQueue: !Ref Queue"), BY_MACHINE, id="state machine"),
    case(MADE + MACHINE % (".sync", "JobQueue: !Ref Queue"), BY_MACHINE, id="state machine that waits"),
    case(
        MADE + MACHINE % ("", "'JobQueue.$': $.queue"),
        "FARGATE [] Machine submits it on FARGATE to queue ${$.queue}, which is not in the templates",
        id="queue by JSONPath",
    ),
    case(
        MADE + MACHINE % ("", "Priority: 1"),
        "FARGATE [] Machine submits it on FARGATE to no queue",
        id="queue left out",
    ),
    case(
        MADE + HANDED,
        "FARGATE [] Machine is handed it, and its definition is in Amazon S3",
        id="state machine with its definition in S3",
    ),
    case(MADE + rule() + MACHINE % ("", "JobQueue: !Ref Queue"), BY_RULE, BY_MACHINE, id="rule and state machine"),
    case(
        MADE + rule("arn:aws:batch:us-east-1:123456789012:job-queue/other"),
        "FARGATE [] Rule submits it on FARGATE to queue arn:aws:batch:us-east-1:123456789012:job-queue/other, "
        "which is not in the templates",
        id="queue elsewhere",
    ),
    case(MADE, BY_RULE.replace("Rule submits it to", "AWS Batch runs it from"), BY_ANYONE, id="only queue"),
    case("", BY_ANYONE, id="no queue"),
    case(MADE + queue("Second"), BY_ANYONE, id="two queues"),
    case(
        MADE + queue("Second", "!Ref Other") + compute("EC2", "Other"),
        BY_RULE.replace("Rule submits it to", "AWS Batch runs it from"),
        BY_ANYONE,
        id="only queue on Fargate",
    ),
    case(
        queue(environments="!Ref Compute and !Ref Other") + compute() + compute("FARGATE_SPOT", "Other") + rule(),
        BY_RULE,
        BY_RULE.replace("Compute on FARGATE", "Other on FARGATE_SPOT"),
        id="two environments",
    ),
    case(
        queue(environments="!Ref Compute and !Ref Other")
        + compute()
        + compute(name="Other", more=", State: DISABLED")
        + rule(),
        BY_RULE,
        id="one of two environments is disabled",
    ),
    case(
        queue() + compute(more=", State: DISABLED") + rule(),
        "? [] Rule submits it to queue Queue, which has no compute environment for it, for Compute is disabled",
        id="disabled environment",
    ),
    case(
        queue() + compute("EC2") + rule(),
        "? [] Rule submits it to queue Queue, which has no compute environment for it",
        id="environment of instances",
    ),
    case(
        queue(more=", State: DISABLED") + compute() + rule(),
        "? [] Rule submits it to queue Queue, which is disabled",
        id="disabled queue",
    ),
    case(
        queue(environments="arn:aws:batch:us-east-1:123456789012:compute-environment/far") + rule(),
        "FARGATE [] Rule submits it to queue Queue with compute environment "
        "arn:aws:batch:us-east-1:123456789012:compute-environment/far, which is not in the templates",
        id="environment elsewhere",
    ),
    case(
        queue() + compute("!Ref Kind") + rule(),
        "FARGATE [] Rule submits it to queue Queue, by Compute on ${Kind}",
        id="environment of a type that is not known",
    ),
]


@pytest.mark.parametrize(("resources", "expected"), CASES)
def test_fargate(tmp_path: Path, resources: str, expected: list[str]) -> None:
    assert placements(write(tmp_path, with_job(resources))) == expected


def with_job(resources: str) -> str:
    """A template with a job for Fargate and some resources."""
    return f"Parameters: {{Kind: {{Type: String}}}}\nResources:{JOB}{resources}"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        case(
            queue() + compute("EC2") + rule(),
            "EC2 [Compute] Rule submits it to queue Queue, by Compute on EC2",
            id="EC2",
        ),
        case(
            queue() + compute("SPOT") + rule(),
            "EC2 [Compute] Rule submits it to queue Queue, by Compute on SPOT",
            id="Spot",
        ),
        case(
            queue() + compute().replace("Type: MANAGED", "Type: unmanaged") + rule(),
            "EC2 [] Rule submits it to queue Queue, by Compute on UNMANAGED",
            id="instances of one's own",
        ),
    ],
)
def test_instances(tmp_path: Path, resources: str, expected: list[str]) -> None:
    job = JOB.replace("PlatformCapabilities: [FARGATE], ", "")
    assert placements(write(tmp_path, f"Resources:{job}{resources}")) == expected
