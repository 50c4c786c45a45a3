"""The order of a deployment: a service and what its tasks need, with each dependency in turn."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import assembly, findings, write

if TYPE_CHECKING:
    from collections.abc import Sequence

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
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
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
    return found(write(folder, changed(BASE + more, changes)))


def changed(template: str, changes: Sequence[tuple[str, str]]) -> str:
    for old, new in changes:
        assert old in template, old
        template = template.replace(old, new)
    return template


def found(path: Path, runner: str = "Service") -> list[str]:
    all_found = findings(path, RULES)
    assert {f"{each.logical_id}.{each.location}" for each in all_found} <= {f"{runner}.DependsOn"}
    return sorted(f"{each.severity} {each.message.partition(',')[0].partition(' wait for ')[2]}" for each in all_found)


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
        pytest.param([(WAITS, f"{WAITS.replace('Pull, ', '')}\n    Metadata: {{for: !Ref Pull}}")], [], id="metadata"),
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


CACHE = """\
  Cache:
    Type: AWS::ECR::PullThroughCacheRule
    Properties: {EcrRepositoryPrefix: team, UpstreamRegistryUrl: registry.k8s.io}
"""
CREATION = """\
  Creation: {Type: AWS::ECR::RepositoryCreationTemplate, Properties: {Prefix: team, AppliedFor: [PULL_THROUGH_CACHE]}}
"""
IMPORT = ('"ecr:GetDownloadUrlForLayer"', '"ecr:GetDownloadUrlForLayer", "ecr:BatchImportUpstreamImage"')
CREATE = ('"ecr:GetDownloadUrlForLayer"', '"ecr:GetDownloadUrlForLayer", "ecr:CreateRepository"')


@pytest.mark.parametrize(
    ("waits", "changes", "expected"),
    [
        pytest.param(", Cache, Creation", [IMPORT], [], id="for both"),
        pytest.param(", Creation", [IMPORT], ["warning Cache"], id="not for the cache"),
        pytest.param(", Cache", [IMPORT], ["warning Creation"], id="not for the creation template"),
        pytest.param(", Cache", [IMPORT, CREATE], [], id="not for the creation template that nothing needs"),
        pytest.param("", [IMPORT], ["warning Cache"], id="for none, and without the cache nothing is created"),
    ],
)
def test_caches(tmp_path: Path, waits: str, changes: list[tuple[str, str]], expected: list[str]) -> None:
    assert said(tmp_path, (WAITS, f"{WAITS[:-1]}{waits}]"), *changes, more=CACHE + CREATION) == expected


BALANCER = """\
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Type: network, Subnets: [!Ref Subnet]}}
  Target:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 80, Protocol: TCP, VpcId: !Ref Vpc, TargetType: ip}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      {Port: 80, Protocol: TCP, LoadBalancerArn: !Ref Balancer, DefaultActions: [%s]}
"""
FORWARD = "{Type: forward, TargetGroupArn: !Ref Target}"
LISTENED = "      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Target}]\n"


@pytest.mark.parametrize(
    ("waits", "action", "expected"),
    [
        pytest.param(WAITS, FORWARD, ["warning Listener"], id="not for the listener"),
        pytest.param("DependsOn: [Pull, Route, Association, Listener]", FORWARD, [], id="for the listener"),
        pytest.param(WAITS, FORWARD.replace("!Ref Target", "!Ref Stage"), [], id="listener of another target group"),
    ],
)
def test_listeners(tmp_path: Path, waits: str, action: str, expected: list[str]) -> None:
    """Without a circuit breaker, too: Amazon ECS refuses the service at once."""
    assert said(tmp_path, (WAITS, waits), (BREAKER, LISTENED), more=BALANCER % action) == expected


def test_what_is_broken_anyway_is_no_matter_of_order(tmp_path: Path) -> None:
    assert said(tmp_path, NOT_FOR_POLICY, ('"ecr:BatchGetImage", ', "")) == []


LOGS = """\
      LogConfiguration:
        LogDriver: awslogs
        Options: {awslogs-group: %s, awslogs-region: !Ref AWS::Region, awslogs-stream-prefix: web}
"""
GROUP = "  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /team/app}}\n"
IMAGE = "          Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/app:1.4.2\n"
ACTIONS = '"ecr:GetDownloadUrlForLayer"'
MORE = ', "logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"'


@pytest.mark.parametrize(
    ("group", "waits", "expected"),
    [
        pytest.param("/team/app", "", ["warning Logs"], id="by its name"),
        pytest.param("/team/app", ", Logs", [], id="by its name, and waited for"),
        pytest.param("!Ref Logs", "", [], id="by a reference"),
        pytest.param("/team/app, awslogs-create-group: true", "", [], id="that the driver may create"),
    ],
)
def test_log_group(tmp_path: Path, group: str, waits: str, expected: list[str]) -> None:
    changes = [
        (IMAGE, IMAGE + textwrap.indent(textwrap.dedent(LOGS % group), " " * 10)),
        (ACTIONS, ACTIONS + MORE),
        (WAITS, f"{WAITS[:-1]}{waits}]"),
    ]
    assert said(tmp_path, *changes, more=GROUP) == expected


HEAD, _, _ = BASE.partition("  Vpc:")
BLOCKS = {
    block.partition(":")[0].strip(): block for block in re.findall(r"^  \w+:.*\n(?:    .*\n)*", BASE, re.MULTILINE)
}
"""The resources of the base, each as it is written there, by its name."""


def stack(*names: str, more: str = "", changes: Sequence[tuple[str, str]] = ()) -> str:
    """A stack of some resources of the base."""
    return changed(HEAD + "".join(BLOCKS[name] for name in names), changes) + more


STARTER = """\
  Starter:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: [events.amazonaws.com, scheduler.amazonaws.com]}
            Action: sts:AssumeRole
  Start:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: start
      Roles: [!Ref Starter]
      PolicyDocument:
        Statement:
          - {Effect: Allow, Action: ecs:RunTask, Resource: !Ref Task}
          - {Effect: Allow, Action: iam:PassRole, Resource: !GetAtt Role.Arn}
"""
RULE = """\
  Runner:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 minute)
      State: %s
      Targets:
        - Id: task
          Arn: !Sub arn:aws:ecs:us-east-1:${AWS::AccountId}:cluster/main
          RoleArn: !GetAtt Starter.Arn
          EcsParameters:
            TaskDefinitionArn: !Ref Task
            LaunchType: FARGATE
            NetworkConfiguration:
              AwsVpcConfiguration: {Subnets: [!Ref Subnet], SecurityGroups: [!Ref Group], AssignPublicIp: ENABLED}
"""
SCHEDULE = """\
  Runner:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 minute)
      FlexibleTimeWindow: {Mode: "OFF"}
      State: %s
      Target:
        Arn: !Sub arn:aws:ecs:us-east-1:${AWS::AccountId}:cluster/main
        RoleArn: !GetAtt Starter.Arn
        EcsParameters:
          TaskDefinitionArn: !Ref Task
          LaunchType: FARGATE
          NetworkConfiguration:
            AwsvpcConfiguration: {Subnets: [!Ref Subnet], SecurityGroups: [!Ref Group], AssignPublicIp: ENABLED}
"""
CUSTOM = """\
  Runner:
    Type: Custom::AWS
    Properties:
      ServiceToken: !Sub arn:aws:lambda:us-east-1:${AWS::AccountId}:function:call
      Create: !Sub '{"service":"ECS","action":"%s","parameters":{"taskDefinition":"${Task}"}}'
"""


@pytest.mark.parametrize(
    ("runner", "expected"),
    [
        pytest.param(RULE % "ENABLED", ["info Association and Route", "info Pull and Start"], id="rule"),
        pytest.param(RULE % "DISABLED", [], id="a rule that is switched off"),
        pytest.param(
            (RULE % "ENABLED").replace("Runner:\n", "Runner:\n    DependsOn: [Pull, Start, Route, Association]\n"),
            [],
            id="a rule that waits",
        ),
        pytest.param(SCHEDULE % "ENABLED", ["info Association and Route", "info Pull and Start"], id="schedule"),
        pytest.param(SCHEDULE % "DISABLED", [], id="a schedule that is switched off"),
        pytest.param(CUSTOM % "runTask", ["warning Pull"], id="custom resource that runs a task once"),
        pytest.param(CUSTOM % "tagResource", [], id="custom resource that runs none"),
    ],
)
def test_other_runners(tmp_path: Path, runner: str, expected: list[str]) -> None:
    assert found(write(tmp_path, BASE.replace(BLOCKS["Service"], STARTER + runner)), "Runner") == expected


OUTPUTS = """\
Outputs:
  Role: {Value: !GetAtt Role.Arn, Export: {Name: role}}
  Name: {Value: !Ref Role, Export: {Name: name}}
  Subnet: {Value: !Ref Subnet, Export: {Name: subnet}}
  Group: {Value: !Ref Group, Export: {Name: group}}
  Vpc: {Value: !Ref Vpc, Export: {Name: vpc}}
  Table: {Value: !Ref Table, Export: {Name: table}}
"""
NAMES = {
    "!GetAtt Role.Arn": "role",
    "!Ref Role": "name",
    "!Ref Subnet": "subnet",
    "!Ref Group": "group",
    "!Ref Vpc": "vpc",
    "!Ref Table": "table",
}


def importing(*names: str, changes: Sequence[tuple[str, str]] = ()) -> str:
    """A stack of some resources of the base that imports what others refer to."""
    template = stack(*names, changes=changes)
    for reference, name in NAMES.items():
        template = re.sub(rf"{re.escape(reference)}(?![A-Za-z])", f"!ImportValue {name}", template)
    return template


NETWORK = ("Vpc", "Subnet", "Table", "Association", "Group", "Role")
ROUTE = ("Internet", "Attach", "Route")
ALONE = (f"    {WAITS}\n", "")
SERVICES = importing("Task", "Service", changes=[ALONE])
POLICIES = importing("Pull")
ROUTES = importing(*ROUTE)


@pytest.mark.parametrize(
    ("stacks", "dependencies", "expected"),
    [
        pytest.param(
            [stack(*NETWORK, *ROUTE, "Pull", more=OUTPUTS), SERVICES], {1: ["Stack"]}, [], id="all in a stack before"
        ),
        pytest.param(
            [stack(*NETWORK, *ROUTE, more=OUTPUTS), SERVICES, POLICIES],
            {1: ["Stack"], 2: ["Stack"]},
            ["warning Pull of Stack2"],
            id="a policy in a stack that nothing orders",
        ),
        pytest.param(
            [stack(*NETWORK, *ROUTE, more=OUTPUTS), SERVICES, POLICIES],
            {1: ["Stack", "Stack2"], 2: ["Stack"]},
            [],
            id="a policy in a stack before",
        ),
        pytest.param(
            [stack(*NETWORK, *ROUTE, more=OUTPUTS), SERVICES, POLICIES],
            {1: ["Stack"], 2: ["Stack1"]},
            ["warning Pull of Stack2"],
            id="a policy in a stack behind",
        ),
        pytest.param(
            [stack(*NETWORK, *ROUTE, more=OUTPUTS), SERVICES, POLICIES, HEAD + "  Topic: {Type: AWS::SNS::Topic}\n"],
            {1: ["Stack3"], 3: ["Stack2"]},
            [],
            id="a policy in a stack before the one before",
        ),
        pytest.param(
            [stack(*NETWORK, "Pull", more=OUTPUTS), SERVICES, ROUTES],
            {1: ["Stack"], 2: ["Stack"]},
            ["warning Route of Stack2"],
            id="a route in a stack that nothing orders",
        ),
        pytest.param(
            [stack(*NETWORK, "Pull", more=OUTPUTS), SERVICES, ROUTES],
            {1: ["Stack2"]},
            [],
            id="a route in a stack before",
        ),
        pytest.param(
            [stack(*NETWORK, *ROUTE, more=OUTPUTS), changed(SERVICES, [(BREAKER, "")]), POLICIES],
            {1: ["Stack"], 2: ["Stack"]},
            ["warning Pull of Stack2"],
            id="without a breaker, the other stack never comes",
        ),
        pytest.param(
            [
                stack(*NETWORK, *ROUTE, more=OUTPUTS),
                SERVICES.replace("Name: web", "Name: !ImportValue policy"),
                POLICIES + "Outputs:\n  Policy: {Value: !Ref Pull, Export: {Name: policy}}\n",
            ],
            {},
            [],
            id="an export of the other stack that is imported",
        ),
    ],
)
def test_stacks(tmp_path: Path, stacks: list[str], dependencies: dict[int, list[str]], expected: list[str]) -> None:
    environment = "aws://123456789012/us-east-1"
    assert found(assembly(tmp_path, [(each, environment) for each in stacks], dependencies)) == expected


def test_templates_of_no_assembly_are_deployed_apart(tmp_path: Path) -> None:
    for name, template in {"a": stack(*NETWORK, *ROUTE, more=OUTPUTS), "b": SERVICES, "c": POLICIES}.items():
        (tmp_path / f"{name}.yaml").write_text(template, encoding="utf-8")
    assert found(tmp_path) == []


NESTED = """\
  Nested:
    Type: AWS::CloudFormation::Stack
    %s
    Properties:
      TemplateURL: nested.yaml
      Parameters: {Role: !GetAtt Role.Arn, Subnet: !Ref Subnet, Group: !Ref Group, Name: !Ref Role}
"""
PARAMETERS = "  Role: {Type: String}\n  Name: {Type: String}\n  Subnet: {Type: String}\n  Group: {Type: String}\n"


def nested(*names: str) -> str:
    """A nested stack of some resources of the base that is given what others refer to."""
    template = stack(*names, changes=[("Conditions:\n", f"{PARAMETERS}Conditions:\n")])
    for old, new in (
        (f"    {WAITS}\n", ""),
        ("!GetAtt Role.Arn", "!Ref Role"),
        ("Roles: [!Ref Role]", "Roles: [!Ref Name]"),
    ):
        template = template.replace(old, new)
    return template


@pytest.mark.parametrize(
    ("outside", "inside", "depends", "expected"),
    [
        pytest.param("Pull", ("Task", "Service"), "DependsOn: [Route]", ["warning Pull"], id="service inside, no wait"),
        pytest.param("Pull", ("Task", "Service"), "DependsOn: [Pull, Route]", [], id="the nested stack waits"),
        pytest.param("Task", ("Pull",), "DependsOn: [Route]", ["warning Pull"], id="policy inside, no wait"),
    ],
)
def test_nested_stacks(
    tmp_path: Path, outside: str, inside: tuple[str, ...], depends: str, expected: list[str]
) -> None:
    (tmp_path / "nested.yaml").write_text(nested(*inside), encoding="utf-8")
    own = (outside,) if "Service" in inside else (outside, "Service")
    waits = [(WAITS, "DependsOn: [Route, Association]")] if "Service" in own else []
    template = stack(
        *NETWORK, *ROUTE, *own, more=NESTED % depends.replace("Route", "Route, Association"), changes=waits
    )
    assert found(write(tmp_path, template)) == expected


def test_service_that_waits_for_a_nested_stack(tmp_path: Path) -> None:
    (tmp_path / "nested.yaml").write_text(nested("Pull"), encoding="utf-8")
    waits = [(WAITS, "DependsOn: [Route, Association, Nested]")]
    template = stack(*NETWORK, *ROUTE, "Task", "Service", more=NESTED % "", changes=waits)
    assert found(write(tmp_path, template)) == []


COPY = """\
  Copy:
    Type: %s
    Properties:
      ServiceToken: !Sub 'arn:aws:lambda:us-east-1:${AWS::AccountId}:function:copy'
      SrcImage: docker://public.ecr.aws/team/app:1.4.2
      DestImage: !Sub 'docker://${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/app:%s'
"""
COPIES = (WAITS, "DependsOn: [Pull, Route, Association, Copy]")


@pytest.mark.parametrize(
    ("type_", "tag", "changes", "expected"),
    [
        pytest.param("Custom::CDKECRDeployment", "1.4.2", [], ["warning Copy"], id="not for the copy"),
        pytest.param("Custom::CDKBucketDeployment", "1.4.2", [], ["warning Copy"], id="by its older name"),
        pytest.param("Custom::CDKECRDeployment", "1.4.2", [COPIES], [], id="for the copy"),
        pytest.param("Custom::CDKECRDeployment", "1.4.1", [], [], id="a copy of another image"),
        pytest.param("Custom::CDKECRDeployment", "1.4.2", [(BREAKER, "")], ["info Copy"], id="no breaker"),
    ],
)
def test_copies_to_repositories_elsewhere(
    tmp_path: Path, type_: str, tag: str, changes: list[tuple[str, str]], expected: list[str]
) -> None:
    assert said(tmp_path, *changes, more=COPY % (type_, tag)) == expected


def test_a_copy_in_a_stack_that_nothing_orders(tmp_path: Path) -> None:
    copies = HEAD + COPY % ("Custom::CDKECRDeployment", "1.4.2")
    stacks = [(each, "aws://123456789012/us-east-1") for each in (BASE, copies)]
    assert found(assembly(tmp_path, stacks)) == ["warning Copy of Stack1"]
    assert found(assembly(tmp_path, stacks, {0: ["Stack1"]})) == []
