"""The reference app is proven, and each permission and each dependency that is taken away is told, alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.rules.judge import Report, judge

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
CLUSTER, EC2, FARGATE, IMAGES = "EcrEcsCluster", "EcrEcsEc2Service", "EcrEcsFargateService", "EcrEcsRepositories"
BEFORE = {CLUSTER: [IMAGES], EC2: [CLUSTER, IMAGES], FARGATE: [CLUSTER, IMAGES], IMAGES: []}
"""The stacks, and those that each depends on."""

EXECUTION, TASK, INSTANCE = "TaskDefinitionExecutionRole", "TaskDefinitionTaskRole", "ClusterInstancesInstanceRole"

Bodies = dict[str, dict[str, Any]]


def bodies() -> Bodies:
    return {name: json.loads((SNAPSHOTS / f"{name}.template.json").read_text(encoding="utf-8")) for name in BEFORE}


def judged(changed: Bodies) -> Report:
    templates = {name: Template(name, body, stack_name=name, assembly="app") for name, body in changed.items()}
    for name, template in templates.items():
        template.awaited += [templates[before] for before in BEFORE[name]]
    return judge([*templates.values()])


def broken(report: Report) -> dict[str, list[str]]:
    """The links of each container that do not hold, by its stack."""
    return {
        container.template: [
            f"{link.name} {link.verdict.value}"
            for link in container.links
            if link.verdict not in ("holds", "not-applicable")
        ]
        for container in report.containers
    }


def found(report: Report) -> list[str]:
    """Severity, rule and place of each finding."""
    return [f"{each.severity} {each.rule} {each.template}.{each.logical_id[:-8]}" for each in report.findings]


def resource(changed: Bodies, stack: str, name: str) -> dict[str, Any]:
    """The only resource of a stack with a logical ID that begins with a name and ends with its hash."""
    (it,) = (body for key, body in changed[stack]["Resources"].items() if key[:-8] == name)
    return dict(it)


def forbid(changed: Bodies, stack: str, role: str, action: str) -> None:
    """Take an action away from a role."""
    taken = 0
    for statement in resource(changed, stack, f"{role}DefaultPolicy")["Properties"]["PolicyDocument"]["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        taken += action in actions
        statement["Action"] = [each for each in actions if each != action] or ["none:None"]
    assert taken == 1


def test_proven_without_a_finding() -> None:
    report = judged(bodies())
    assert broken(report) == {EC2: [], FARGATE: []}
    assert [container.verdict for container in report.containers] == ["proven", "proven"]
    assert found(report) == []


OF_TASKS = {
    "ecr:GetAuthorizationToken": "missing-pull-permission",
    "ecr:BatchGetImage": "missing-pull-permission",
    "ecr:GetDownloadUrlForLayer": "missing-pull-permission",
    "logs:CreateLogStream": "missing-start-permission",
    "logs:PutLogEvents": "missing-start-permission",
}
OF_INSTANCES = (
    "ecs:DiscoverPollEndpoint",
    "ecs:Poll",
    "ecs:RegisterContainerInstance",
    "ecs:StartTelemetrySession",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
)
NOT_NEEDED = (
    *("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),  # the execution role pulls
    *("ecr:BatchCheckLayerAvailability", "ec2:DescribeTags", "ecs:DeregisterContainerInstance", "ecs:TagResource"),
    *("ecs:SubmitAttachmentStateChanges", "ecs:UpdateContainerInstancesState", "ecs:ListTagsForResource"),
)


@pytest.mark.parametrize("stack", [EC2, FARGATE])
@pytest.mark.parametrize(("action", "rule"), OF_TASKS.items())
def test_permission_of_an_execution_role(stack: str, action: str, rule: str) -> None:
    changed = bodies()
    forbid(changed, stack, EXECUTION, action)
    report = judged(changed)
    assert broken(report) == {EC2: [], FARGATE: [], stack: ["permission broken"]}
    assert found(report) == [f"error {rule} {stack}.TaskDefinition"]
    (finding,) = report.findings
    assert [each for each in OF_TASKS if each in finding.message] == [action]


@pytest.mark.parametrize("stack", [EC2, FARGATE])
def test_what_a_pull_works_without(stack: str) -> None:
    changed = bodies()
    forbid(changed, stack, EXECUTION, "ecr:BatchCheckLayerAvailability")
    report = judged(changed)
    assert broken(report) == {EC2: [], FARGATE: []}
    assert found(report) == [f"warning missing-pull-permission {stack}.TaskDefinition"]


@pytest.mark.parametrize("action", OF_INSTANCES)
def test_permission_of_the_instance_role(action: str) -> None:
    changed = bodies()
    forbid(changed, CLUSTER, INSTANCE, action)
    report = judged(changed)
    assert broken(report) == {EC2: ["placement broken"], FARGATE: []}
    assert {each.rule for each in report.findings} == {"missing-agent-permission"}
    assert {each for finding in report.findings for each in OF_INSTANCES if each in finding.message} == {action}


@pytest.mark.parametrize("action", NOT_NEEDED)
def test_what_instances_work_without(action: str) -> None:
    changed = bodies()
    forbid(changed, CLUSTER, INSTANCE, action)
    report = judged(changed)
    assert broken(report) == {EC2: [], FARGATE: []}
    assert found(report) == []


def test_every_permission_is_taken_away() -> None:
    asked = {EXECUTION: {*OF_TASKS, "ecr:BatchCheckLayerAvailability"}, INSTANCE: {*OF_INSTANCES, *NOT_NEEDED}}
    for stack, role in ((EC2, EXECUTION), (FARGATE, EXECUTION), (CLUSTER, INSTANCE)):
        policy = resource(bodies(), stack, f"{role}DefaultPolicy")["Properties"]["PolicyDocument"]
        actions = [each["Action"] for each in policy["Statement"]]
        assert {one for each in actions for one in (each if isinstance(each, list) else [each])} == asked[role]


@pytest.mark.parametrize(
    ("stack", "role", "containers"),
    [
        pytest.param(EC2, EXECUTION, [EC2], id="execution role on EC2"),
        pytest.param(FARGATE, EXECUTION, [FARGATE], id="execution role on Fargate"),
        pytest.param(EC2, TASK, [EC2], id="task role on EC2"),
        pytest.param(FARGATE, TASK, [FARGATE], id="task role on Fargate"),
        pytest.param(CLUSTER, INSTANCE, [EC2], id="instance role"),
    ],
)
def test_trust(stack: str, role: str, containers: list[str]) -> None:
    changed = bodies()
    statements = resource(changed, stack, role)["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    statements[0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    report = judged(changed)
    assert broken(report) == {each: ["permission broken"] if each in containers else [] for each in (EC2, FARGATE)}
    assert found(report) == [f"error unassumable-role {stack}.{role}"]


@pytest.mark.parametrize("stack", [EC2, FARGATE])
def test_order(stack: str) -> None:
    changed = bodies()
    del changed[stack]["Resources"][next(key for key in changed[stack]["Resources"] if key[:-8] == "TaskDefinition")][
        "DependsOn"
    ]
    report = judged(changed)
    assert broken(report) == {EC2: [], FARGATE: []}
    assert found(report) == [f"warning unordered-deployment {stack}.Service"]
    (finding,) = report.findings
    waits, _, why = finding.message.partition(", and may start its tasks before: then ")
    assert f"does not wait for {EXECUTION}DefaultPolicy" in waits
    assert "may not call" in why
