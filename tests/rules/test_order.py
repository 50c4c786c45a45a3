"""The order of a deployment: a service and what its tasks need, with each dependency in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import findings, write

RULES = (BY_ID["unordered-deployment"],)

BASE = """\
Parameters:
  Stage: {Type: String, AllowedValues: [prod, test]}
  Count: {Type: Number, Default: 1}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Internet: {Type: AWS::EC2::InternetGateway}
  Attach: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Internet}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attach
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Internet}
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: tasks, VpcId: !Ref Vpc}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
  Pull:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: pull
      Roles: [!Ref Role]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
            Resource: "*"
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/app:1.4.2
  Service:
    Type: AWS::ECS::Service
    DependsOn: [Pull, Route, Association]
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      DesiredCount: !Ref Count
      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: [!Ref Subnet], SecurityGroups: [!Ref Group], AssignPublicIp: ENABLED}
"""
REPOSITORY = """\
  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: team/app}}
  Copy:
    Type: Custom::CDKECRDeployment
    Properties: {ServiceToken: !Sub 'arn:aws:lambda:us-east-1:${AWS::AccountId}:function:copy', To: !Ref Repository}
"""
WAITS = "DependsOn: [Pull, Route, Association]"
NOT_FOR_POLICY = (WAITS, "DependsOn: [Route, Association]")
BREAKER = "      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}\n"


def said(folder: Path, *changes: tuple[str, str], more: str = "") -> list[str]:
    """Severity and what the service does not wait for, of each finding, sorted."""
    template = BASE + more
    for old, new in changes:
        assert old in template, old
        template = template.replace(old, new)
    found = findings(write(folder, template), RULES)
    assert {f"{each.logical_id}.{each.location}" for each in found} <= {"Service.DependsOn"}
    return sorted(f"{each.severity} {each.message.partition(',')[0].partition(' wait for ')[2]}" for each in found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([], [], id="all in order"),
        pytest.param([NOT_FOR_POLICY], ["warning Pull"], id="policy"),
        pytest.param([(WAITS, "DependsOn: [Pull, Association]")], ["warning Route"], id="route"),
        pytest.param([(WAITS, "DependsOn: [Pull, Route]")], ["warning Association"], id="association"),
        pytest.param([(WAITS, "DependsOn: Route")], ["warning Association", "warning Pull"], id="one name alone"),
        pytest.param(
            [(f"    {WAITS}\n", ""), (BREAKER, "")], ["info Association and Route", "info Pull"], id="no breaker"
        ),
        pytest.param([NOT_FOR_POLICY, ("Default: 1", "Default: 0")], [], id="no tasks"),
        pytest.param([NOT_FOR_POLICY, (", Default: 1", "")], [], id="a count that is known only at deployment"),
        pytest.param([NOT_FOR_POLICY, ("Name: web", "Name: !Ref Pull")], [], id="a reference of the task"),
        pytest.param([NOT_FOR_POLICY, ("Name: web", "Name: !Sub 'web-${Pull}'")], [], id="a reference in a text"),
        pytest.param(
            [NOT_FOR_POLICY, ("Name: web", "Name: !If [Prod, !Ref Pull, web]")],
            ["warning Pull"],
            id="a reference in one world only",
        ),
        pytest.param([NOT_FOR_POLICY, ("Name: web", "Name: !Sub 'web-${!Pull}'")], ["warning Pull"], id="no reference"),
        pytest.param(
            [NOT_FOR_POLICY, ("PolicyName: pull", "PolicyName: !GetAtt Service.Name")],
            ["warning Pull"],
            id="a policy that waits for the service",
        ),
    ],
)
def test_dependencies(tmp_path: Path, changes: list[tuple[str, str]], expected: list[str]) -> None:
    assert said(tmp_path, *changes) == expected


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        pytest.param(WAITS, ["warning Copy"], id="not for the copy"),
        pytest.param("DependsOn: [Pull, Route, Association, Copy]", [], id="for the copy"),
    ],
)
def test_image_copies(tmp_path: Path, waits: str, expected: list[str]) -> None:
    assert said(tmp_path, (WAITS, waits), more=REPOSITORY) == expected


def test_what_is_broken_anyway_is_no_matter_of_order(tmp_path: Path) -> None:
    assert said(tmp_path, NOT_FOR_POLICY, ('"ecr:BatchGetImage", ', "")) == []
