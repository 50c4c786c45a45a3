# ruff: noqa: E501 - in a table, a case is a line
"""What starts tasks on a schedule or by an event: its role may run the task, and hand on the roles of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judging import findings, line, write
from tests.rules.test_start import AT, HERE, RULES, TRUST, allow, resource, template

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

ROLE = resource("Role", "AWS::IAM::Role", f"{{AssumeRolePolicyDocument: {TRUST % 'ecs-tasks'}}}")
TASK = "TaskRoleArn: !GetAtt Role.Arn"
CLUSTER = resource("Cluster", "AWS::ECS::Cluster")
STARTER = "RoleArn: !GetAtt Starter.Arn"
NETWORK = "NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a]}}"
SETTINGS = f"EcsParameters: {{TaskDefinitionArn: !Ref Task, LaunchType: FARGATE, {NETWORK}}}"


def rule(role: str = STARTER, settings: str = SETTINGS, more: str = "") -> str:
    settings = settings.replace("Awsvpc", "AwsVpc")  # as rules spell it
    target = f"{{Id: a, Arn: !GetAtt Cluster.Arn, {role}{', ' if role else ''}{settings}}}"
    return resource("Rule", "AWS::Events::Rule", f"{{ScheduleExpression: rate(1 day), Targets: [{target}]{more}}}")


def schedule(more: str = "") -> str:
    target = f"{{Arn: !GetAtt Cluster.Arn, {STARTER}, {SETTINGS}}}"
    return resource("Rule", "AWS::Scheduler::Schedule", f"{{ScheduleExpression: rate(1 day), Target: {target}{more}}}")


PIPE = resource("Rule", "AWS::Pipes::Pipe", f"{{Source: arn, Target: !GetAtt Cluster.Arn, {STARTER}, TargetParameters: {{EcsTaskParameters: {{TaskDefinitionArn: !Ref Task, LaunchType: FARGATE, {NETWORK}}}}}}}")  # fmt: skip


def machine(
    settings: str = "TaskDefinition: !Ref Task, LaunchType: FARGATE, Cluster: !GetAtt Cluster.Arn",
    *,
    wait: str = "",
    state: str = "",
    more: str = "",
) -> str:
    """A state machine of one state that runs the task."""
    run = f"{{Type: Task, End: true, Resource: 'arn:aws:states:::ecs:runTask{wait}', Parameters: {{{settings}, {NETWORK}}}{state}}}"
    return resource(
        "Rule",
        "AWS::StepFunctions::StateMachine",
        f"{{Definition: {{StartAt: Run, States: {{Run: {run}}}}}, {STARTER}{more}}}",
    )


def starter(*statements: str, service: str = "events", managed: str = "", trust: str = "") -> str:
    policies = f"Policies: [{{PolicyName: Own, PolicyDocument: {{Version: '2012-10-17', Statement: [{', '.join(statements)}]}}}}]"
    properties = f"AssumeRolePolicyDocument: {trust or TRUST % service}, ManagedPolicyArns: [{managed}]"
    return resource("Starter", "AWS::IAM::Role", f"{{{properties}{', ' + policies if statements else ''}}}")


RUN = allow("ecs:RunTask", "!Ref Task")
ALL = allow("*", "'*'")
PASS = allow("iam:PassRole", "[!GetAtt Execution.Arn, !GetAtt Role.Arn]")
TO_TASKS = ", Condition: {StringLike: {'iam:PassedToService': ecs-tasks.amazonaws.com}}"
IN_CLUSTER = ", Condition: {ArnEquals: {'ecs:cluster': !GetAtt Cluster.Arn}}"
RULE = "arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule"
WATCH = allow("events:*", f"'{RULE}'")
EVENTS = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceEventsRole"
GROUP = "arn:aws:scheduler:us-east-1:123456789012:schedule-group"


def trusted(service: str, source: str) -> str:
    return (TRUST % service).replace(
        "}]}",
        f", Condition: {{StringEquals: {{'aws:SourceAccount': '123456789012', 'aws:SourceArn': '{source}'}}}}}}]}}",
    )


def judged(more: str, *, task: str = TASK, compatible: str = "FARGATE") -> str:
    return template("", more=CLUSTER + ROLE + more, task=task).replace("[FARGATE]", f"[{compatible}]")


def lacks(action: str, on: str) -> str:
    return f"missing-start-permission {AT}: role Starter lacks {action}, which container 'web' needs for its start by Rule: no statement of role Starter allows {action} on {on}"


def unsure(what: str) -> str:
    return f"unverifiable-start? {AT}: container 'web': cannot verify that {what}"


IAM = "arn:aws:iam::123456789012:role"
DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition"
NO_RUN, NO_EXECUTION, NO_TASK = (
    lacks("ecs:RunTask", DEFINITION), lacks("iam:PassRole", f"{IAM}/${{Execution}}"), lacks("iam:PassRole", f"{IAM}/${{Role}}"),
)  # fmt: skip


def case(source: str, *expected: str, id: str) -> ParameterSet:
    return pytest.param(source, expected, id=id)


OF_FAMILY = ("RequiresCompat", "Family: web\n      RequiresCompat")


def parts(account: int = 4) -> str:
    """The ARN of all revisions of a task definition, made of the parts of that of one; with the part for the account."""
    *own, last = (f"!Select [{each}, !Split [':', !Ref Task]]" for each in (1, 2, 3, account, 5))
    kind, name = (f"!Select [{each}, !Split ['/', {last}]]" for each in (0, 1))
    before = ", ':', ".join([*own, kind])
    return f"!Join ['', ['arn:', {before}, '/', {name}, ':*']]"


CASES = [
    case(judged(rule() + starter(RUN, PASS)), id="rule"),
    case(judged(rule() + starter(allow("ecs:RunTask", "!Ref Task", IN_CLUSTER), allow("iam:PassRole", "'*'", TO_TASKS))), id="rule as the CDK grants it"),
    case(judged(rule() + starter(managed=EVENTS)), id="rule by the managed policy"),
    case(judged(schedule() + starter(RUN, PASS, service="scheduler")), id="schedule"),
    case(judged(PIPE + starter(RUN, PASS, service="pipes")), id="pipe"),
    case(judged(rule() + starter()), NO_RUN, NO_EXECUTION, NO_TASK, id="role without a policy"),
    case(judged(rule() + starter(RUN)), NO_EXECUTION, NO_TASK, id="role that may pass none"),
    case(judged(rule() + starter(PASS)), NO_RUN, id="role that may not run it"),
    case(judged(rule() + starter(RUN, allow("iam:PassRole", "!GetAtt Role.Arn"))), NO_EXECUTION, id="role that may not pass the execution role"),
    case(judged(rule() + starter(RUN, allow("iam:PassRole", "!GetAtt Execution.Arn"))), NO_TASK, id="role that may not pass the task role"),
    case(judged(rule(settings=SETTINGS.replace("FARGATE", "EC2")) + starter(RUN, allow("iam:PassRole", "!GetAtt Execution.Arn")), compatible="EC2"), unsure("role Starter may use its start by Rule: whether Amazon ECS asks it for the task role"), id="task role of a task for EC2, as the CDK leaves it"),
    case(judged(rule() + starter(RUN, allow("iam:PassRole", "!GetAtt Execution.Arn")), task=""), id="task without a task role"),
    case(judged(rule() + starter(RUN, allow("iam:PassRole", "'*'", ", Condition: {StringEquals: {'iam:PassedToService': ec2.amazonaws.com}}"))), NO_EXECUTION, NO_TASK, id="roles may be passed to another service"),
    case(judged(rule() + starter(allow("ecs:RunTask", "!Ref Task", IN_CLUSTER.replace("!GetAtt Cluster.Arn", f"'{DEFINITION.replace('task-definition', 'cluster')}/other'")), PASS)), unsure("role Starter has ecs:RunTask for its start by Rule: known only at deployment: condition ArnEquals on ecs:cluster"), id="role for a cluster that may be another one"),
    case(judged(rule() + starter(allow("ecs:RunTask", f"'{DEFINITION}/web:*'"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), id="role for all revisions of the family"),
    case(judged(rule() + starter(allow("ecs:RunTask", f"'{DEFINITION}/other:*'"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), NO_RUN, id="role for another family"),
    case(judged(rule(settings=SETTINGS.replace("!Ref Task", f"'{DEFINITION}/web'")) + starter(allow("ecs:RunTask", f"'{DEFINITION}/web*'"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), id="latest revision by whatever begins so"),
    case(judged(rule(settings=SETTINGS.replace("!Ref Task", f"'{DEFINITION}/web'")) + starter(allow("ecs:RunTask", f"'{DEFINITION}/web:*'"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), id="latest revision by all revisions"),
    case(judged(rule(settings=SETTINGS.replace("!Ref Task", f"'{DEFINITION}/web'")) + starter(allow("ecs:RunTask", "!Ref Task"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), id="latest revision by the revision of the template"),
    case(judged(rule(settings=SETTINGS.replace("!Ref Task", f"'{DEFINITION}/web'")) + starter(allow("ecs:RunTask", f"'{DEFINITION}/web'"), PASS)).replace("RequiresCompat", "Family: web\n      RequiresCompat"), unsure(f"role Starter has ecs:RunTask for its start by Rule: it may on {DEFINITION}/web, and AWS asks for {DEFINITION}/web:${{Task}}"), id="latest revision by the family"),
    # state machines
    case(judged(machine() + starter(RUN, PASS, service="states")), id="state machine"),
    case(judged(machine(wait=".waitForTaskToken") + starter(RUN, PASS, service="states")), id="state machine that waits for a token"),
    case(judged(machine(wait=".sync") + starter(RUN, PASS, WATCH, service="states")), id="state machine that waits for the end"),
    case(judged(machine(wait=".sync") + starter(RUN, PASS, service="states")), f"missing-start-permission {AT}: role Starter lacks events:PutTargets, events:PutRule and events:DescribeRule, which container 'web' needs for its start by Rule: no statement of role Starter allows events:PutTargets on {RULE}", id="state machine that may not wait for the end"),
    case(judged(machine(wait=".sync") + starter(service="states", managed="arn:aws:iam::aws:policy/AdministratorAccess")), id="state machine by a managed policy"),
    case(judged(machine(wait=".sync") + starter(RUN, PASS, service="states", managed="arn:aws:iam::aws:policy/CloudWatchEventsFullAccess")), id="state machine that waits by a managed policy"),
    case(judged(machine() + starter(service="states")), NO_RUN, NO_EXECUTION, NO_TASK, id="state machine whose role has no policy"),
    case(judged(machine() + starter(RUN, service="states")), NO_EXECUTION, NO_TASK, id="state machine that may pass no role"),
    case(judged(machine() + starter(allow("ecs:RunTask", "!Ref Task", IN_CLUSTER), PASS, service="states")), id="state machine in its cluster"),
    case(judged(machine() + starter(RUN, PASS)), "unassumable-role Starter.Properties.AssumeRolePolicyDocument: role Starter of Rule can't be assumed: no statement of its trust policy lets states.amazonaws.com assume it", id="role of a rule for a state machine"),
    case(judged(machine() + starter(RUN, PASS, service="states.us-east-1")), id="role that trusts the name of Step Functions in the region"),
    case(judged(machine(more=", StateMachineName: nightly") + starter(ALL, trust=trusted("states", "arn:aws:states:us-east-1:123456789012:stateMachine:nightly"))), id="role for the state machine by its name"),
    case(judged(machine(more=", StateMachineName: nightly") + starter(ALL, trust=trusted("states", "arn:aws:states:us-east-1:123456789012:stateMachine:daily"))), "unassumable-role Starter.Properties.AssumeRolePolicyDocument", id="role for another state machine"),
    case(judged(machine(state=", Credentials: {RoleArn: 'arn:aws:iam::123456789012:role/runs'}") + starter(service="states")), unsure("its start by Rule is there: role arn:aws:iam::123456789012:role/runs, which the state machine assumes for it"), id="state by a role of its own"),
    case(judged(machine(settings="'TaskDefinition.$': $.task, LaunchType: FARGATE") + starter(service="states")), id="state machine that may run another task"),
    case(judged(machine(settings=f"TaskDefinition: '{DEFINITION}/web', LaunchType: FARGATE") + starter(RUN, PASS, service="states")).replace("RequiresCompat", "Family: web\n      RequiresCompat"), id="state machine that runs the latest revision, as the CDK writes it"),
    case(judged(machine() + starter(allow("ecs:RunTask", parts()), PASS, service="states")).replace(*OF_FAMILY), id="state machine whose role has the parts of the ARN, as the CDK writes them"),
    case(judged(machine() + starter(allow("ecs:RunTask", parts(1)), PASS, service="states")).replace(*OF_FAMILY), NO_RUN, id="state machine whose role has other parts of the ARN"),
    case(judged(machine() + starter(allow("ecs:RunTask", parts()), PASS, service="states")), unsure("role Starter has ecs:RunTask for its start by Rule: known only at deployment"), id="parts of an ARN of a family that CloudFormation names"),
    # the role itself
    case(judged(rule(role="")), f"missing-start-permission {AT}: container 'web': its start by Rule does not work: Rule names no RoleArn for it", id="rule without a role"),
    case(judged(rule(role="RoleArn: arn:aws:iam::123456789012:role/events")), unsure("its start by Rule is there: role arn:aws:iam::123456789012:role/events, which is not in the templates"), id="role that is not in the templates"),
    case(judged(rule() + starter(ALL, service="lambda")), "unassumable-role Starter.Properties.AssumeRolePolicyDocument: role Starter of Rule can't be assumed: no statement of its trust policy lets events.amazonaws.com assume it", id="role of a function"),
    case(judged(schedule() + starter(ALL)), "unassumable-role Starter.Properties.AssumeRolePolicyDocument: role Starter of Rule can't be assumed: no statement of its trust policy lets scheduler.amazonaws.com assume it", id="role of a rule for a schedule"),
    case(judged(schedule() + starter(ALL, trust=trusted("scheduler", f"{GROUP}/default"))), id="role for the group of the schedule"),
    case(judged(schedule(", GroupName: night") + starter(ALL, trust=trusted("scheduler", f"{GROUP}/night"))), id="role for the named group of the schedule"),
    case(judged(schedule(", GroupName: night") + starter(ALL, trust=trusted("scheduler", f"{GROUP}/default"))), "unassumable-role Starter.Properties.AssumeRolePolicyDocument", id="role for another group of schedules"),
    case(judged(rule(more=", Name: nightly") + starter(ALL, trust=trusted("events", "arn:aws:events:us-east-1:123456789012:rule/nightly"))), id="role for the rule by its name"),
    case(judged(PIPE.replace("{Source", "{Name: orders, Source") + starter(ALL, trust=trusted("pipes", "arn:aws:pipes:us-east-1:123456789012:pipe/orders"))), id="role for the pipe by its name"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_starters(tmp_path: Path, source: str, expected: tuple[str, ...]) -> None:
    found = sorted(map(line, findings(write(tmp_path, source, HERE), RULES)))
    assert len(found) == len(expected), found
    for said, start in zip(found, sorted(expected), strict=True):
        assert said.startswith(start)
