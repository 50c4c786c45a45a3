"""The deployments of services: what ends those whose tasks can't start, and what ends them too early."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import findings, write

TEMPLATE = """\
Parameters:
  Free: {Type: String}
  Stage: {Type: String, AllowedValues: [prod, test]}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Service: {Type: AWS::ECS::Service, Properties: {TaskDefinition: app, %s}}
"""
BREAKER = "DeploymentCircuitBreaker: {Enable: %s, Rollback: true}"


def said(folder: Path, rule: str, properties: str) -> list[str]:
    found = findings(write(folder, TEMPLATE % properties), [BY_ID[rule]])
    assert {each.logical_id for each in found} <= {"Service"}
    return [f"{each.severity} {each.message}" for each in found]


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        pytest.param("DesiredCount: 2", True, id="none"),
        pytest.param("LaunchType: FARGATE", True, id="1 task is the default"),
        pytest.param("SchedulingStrategy: DAEMON", True, id="a daemon"),
        pytest.param(f"DeploymentConfiguration: {{{BREAKER % 'false'}}}", True, id="switched off"),
        pytest.param(f"DeploymentConfiguration: {{{BREAKER % 'true'}}}", False, id="switched on"),
        pytest.param(f"DeploymentConfiguration: {{{BREAKER % '!Ref Free'}}}", False, id="known only at deployment"),
        pytest.param(f"DeploymentConfiguration: {{{BREAKER % '!If [Prod, true, false]'}}}", True, id="in one world"),
        pytest.param("DeploymentConfiguration: !Ref Free", False, id="a configuration that is not known"),
        pytest.param("DeploymentConfiguration: {Alarms: {Enable: true}}", False, id="alarms"),
        pytest.param("DeploymentConfiguration: {Alarms: {Enable: false}}", True, id="alarms that are switched off"),
        pytest.param("DeploymentConfiguration: {Strategy: BLUE_GREEN}", False, id="blue/green"),
        pytest.param("DeploymentConfiguration: {Strategy: ROLLING}", True, id="rolling updates"),
        pytest.param("DeploymentController: {Type: CODE_DEPLOY}", False, id="CodeDeploy"),
        pytest.param("DeploymentController: {Type: EXTERNAL}", False, id="another controller"),
        pytest.param("DeploymentController: {Type: ECS}", True, id="Amazon ECS"),
        pytest.param("DesiredCount: 0", False, id="no tasks"),
        pytest.param("DesiredCount: !Ref Free", False, id="a count that is known only at deployment"),
        pytest.param("SchedulingStrategy: !Ref Free", False, id="a strategy that is known only at deployment"),
    ],
)
def test_missing_circuit_breaker(tmp_path: Path, properties: str, found: bool) -> None:
    message = "warning no circuit breaker ends a deployment whose tasks can't start: CloudFormation waits for hours"
    assert said(tmp_path, "missing-circuit-breaker", properties) == ([message] if found else [])


NONE = "warning a deployment succeeds without a healthy task, whether or not the others can start"
HALF = "info a deployment succeeds with 50 percent of its tasks healthy, whether or not the others can start"


@pytest.mark.parametrize(
    ("criteria", "more", "expected"),
    [
        pytest.param("{Enable: true, HealthyPercent: 0}", "", [NONE], id="no task"),
        pytest.param("{Enable: true, HealthyPercent: 50}", "", [HALF], id="half of the tasks"),
        pytest.param("{Enable: true, HealthyPercent: 100}", "", [], id="all tasks"),
        pytest.param("{Enable: false, HealthyPercent: 0}", "", [], id="switched off"),
        pytest.param("{Enable: true, HealthyPercent: !Ref Free}", "", [], id="a share that is not known"),
        pytest.param("{Enable: !Ref Free, HealthyPercent: 0}", "", [], id="a switch that is not known"),
        pytest.param("{Enable: true}", "", [], id="refused by Amazon ECS"),
        pytest.param("!If [Prod, {Enable: true, HealthyPercent: 0}, !Ref 'AWS::NoValue']", "", [NONE], id="one world"),
        pytest.param("{Enable: true, HealthyPercent: 0}", "Strategy: CANARY, ", [], id="no rolling update"),
    ],
)
def test_early_success(tmp_path: Path, criteria: str, more: str, expected: list[str]) -> None:
    properties = f"DeploymentConfiguration: {{{more}EarlySuccessCriteria: {criteria}}}"
    assert said(tmp_path, "early-success", properties) == expected
