"""What mends a finding for certain: with it the finding is gone, nothing else is found, and no verdict is worse."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.edits import Edit, apply, lines_of
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.judging import write
from tests.rules.test_catalogue import example

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecr_ecs_constructs.rules.rule import Finding, Rule

MENDED = {
    "missing-agent-permission",
    "missing-circuit-breaker",
    "missing-pull-permission",
    "missing-pull-through-permission",
    "missing-start-permission",
    "no-path-to-logs-or-secrets",
    "outdated-ami",
    "scan-disabled",
    "scoped-authorization-token",
    "unordered-deployment",
}
"""The rules whose bad example on their page is mended for certain."""

_VERDICTS = ("proven", "unknown", "broken")


def judged(path: Path, policy: Policy) -> Report:
    return judge(load([path]), policy)


def changed(path: Path, edits: Sequence[Edit]) -> str:
    """Write a template with edits, and return what it was."""
    (source,) = {edit.source for edit in edits}
    before = path.read_bytes().decode()
    path.write_bytes((source.mark + apply(source, edits).text).encode())
    return before


def place(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.logical_id, finding.location


def check_mended(path: Path, policy: Policy, before: Report, edits: Sequence[Edit], mended: Sequence[Finding]) -> None:
    """Check that edits mend findings of a template, and change nothing for the worse."""
    text = changed(path, edits)
    after = judged(path, policy)
    left = {(*place(finding), finding.message) for finding in after.findings}
    assert [finding for finding in mended if (*place(finding), finding.message) in left] == []
    # What was broken may have hidden what is not known.
    new = {*map(place, after.findings)} - {*map(place, before.findings)}
    assert {finding for finding in after.findings if place(finding) in new and finding.verdict == "broken"} == set()
    verdicts = [[_VERDICTS.index(container.verdict) for container in report.containers] for report in (before, after)]
    assert all(now <= then for then, now in zip(*verdicts, strict=True))
    path.write_bytes(text.encode())


def check_all(path: Path, policy: Policy) -> set[str]:
    """Check what mends each finding of a template, and all of it together; return the rules whose findings are."""
    report = judged(path, policy)
    mended = [finding for finding in report.findings if finding.edits]
    for finding in mended:
        check_mended(path, policy, report, finding.edits, [finding])
    edits = list(dict.fromkeys(edit for finding in mended for edit in finding.edits))
    if edits:
        check_mended(path, policy, report, edits, mended)
    return {finding.rule for finding in mended}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("section", ["Bad", "Good"])
def test_page(tmp_path: Path, rule: Rule, section: str) -> None:
    path, policy = example(tmp_path, rule, section)
    rules = check_all(path, policy)
    assert (rule.id in rules) is (rule.id in MENDED and section == "Bad")


START = """\
Parameters:
  Tag: {Type: String}
Conditions:
  Some: !Equals [!Ref Tag, x]
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      ImageTagMutability: IMMUTABLE
      ImageScanningConfiguration: {ScanOnPush: true}  # as it is
      LifecyclePolicy: {LifecyclePolicyText: '{"rules": []}'}
"""
ROLE = """\
  ExecutionRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
%s"""
MANAGED = """\
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
"""
TASK = """\
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ExecutionRoleArn: !GetAtt ExecutionRole.Arn
      ContainerDefinitions:
        - Name: web
          Image: %s
"""
IMAGE = "!Sub '${Repository.RepositoryUri}:1'"
NETWORK = """\
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}
"""
SERVICE = """\
  Service:
    Type: AWS::ECS::Service
%s    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      DesiredCount: 1
      TaskDefinition: !Ref Task
      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}
      NetworkConfiguration:
        AwsvpcConfiguration:
          Subnets: [!Ref Subnet]
%s  Cluster: {Type: AWS::ECS::Cluster}
"""
ISOLATED = """\
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}
  Inside:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/16}]
"""
EXECUTE = "    DependsOn: [Association]\n"


def endpoint(name: str, service: str, more: str = "") -> str:
    return f"""\
  {name}:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub com.amazonaws.${{AWS::Region}}.{service}
      VpcId: !Ref Vpc
      VpcEndpointType: Interface
      PrivateDnsEnabled: true
      SubnetIds: [!Ref Subnet]
      SecurityGroupIds: [!Ref Inside]
{more}"""


def waits(more: str) -> list[str]:
    return ["-    DependsOn: [Association]", f"+    DependsOn: [Association, {more}]"]


LAYERS = """\
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      VpcId: !Ref Vpc
      RouteTableIds: [!Ref Table]
"""
API, REGISTRY = endpoint("EcrApiEndpoint", "ecr.api"), endpoint("EcrDkrEndpoint", "ecr.dkr")
NEW_REGISTRY, NEW_LAYERS = (
    [f"+{line}" for line in text.splitlines()]
    for text in (
        """\
  EcrDkrEndpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub "com.amazonaws.${AWS::Region}.ecr.dkr"
      VpcId: !Ref Vpc
      VpcEndpointType: Interface
      PrivateDnsEnabled: "true"
      SubnetIds:
        - !Ref Subnet
      SecurityGroupIds:
        - !Ref Inside""",
        """\
  S3Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3"
      VpcId: !Ref Vpc
      VpcEndpointType: Gateway
      RouteTableIds:
        - !Ref Table""",
    )
)
PUBLIC = "          AssignPublicIp: ENABLED\n"
AFTER = "    DependsOn: [Route, Association]\n"
INSTANCE = """\
  Instance:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: %s
"""
PATH = "/aws/service/ecs/optimized-ami/amazon-linux-2%s/image_id"
LOGS = """\
          LogConfiguration:
            LogDriver: awslogs
            Options: {awslogs-group: %s, awslogs-region: !Ref AWS::Region, awslogs-stream-prefix: web}
"""
GROUP = "  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: %s}}\n"
PULL_ONLY = """\
      Policies:
      - PolicyName: pull
        PolicyDocument:
          Statement:
            {Effect: Allow, Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken",
             "ecr:BatchCheckLayerAvailability"], Resource: "*"}
"""
LOG_GROUP = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group"
TOKEN_LINES = [
    "+              - Effect: Allow",
    "+                Action: ecr:GetAuthorizationToken",
    '+                Resource: "*"',
]
PULL_LINES = [
    "+        - PolicyName: pull-Repository",
    "+          PolicyDocument:",
    '+            Version: "2012-10-17"',
    "+            Statement:",
    *TOKEN_LINES,
    "+              - Effect: Allow",
    "+                Action:",
    "+                  - ecr:BatchGetImage",
    "+                  - ecr:GetDownloadUrlForLayer",
    "+                  - ecr:BatchCheckLayerAvailability",
    "+                Resource: !GetAtt Repository.Arn",
]


def logs_lines(resource: str, name: str) -> list[str]:
    return [
        f"+      - PolicyName: CreateLogStream-PutLogEvents-on-{name}",
        "+        PolicyDocument:",
        '+          Version: "2012-10-17"',
        "+          Statement:",
        "+            - Effect: Allow",
        "+              Action:",
        "+                - logs:CreateLogStream",
        "+                - logs:PutLogEvents",
        f"+              Resource: {resource}",
    ]


def permission(role: str, task: str = "", more: str = "", image: str = IMAGE) -> str:
    return START + ROLE % role + TASK % image + task + more


CASES: dict[str, tuple[str, str, list[str]]] = {
    "no policies": ("missing-pull-permission", permission(""), ["+      Policies:", *PULL_LINES]),
    "a policy beside": (
        "missing-pull-permission",
        permission("      Policies:\n        - {PolicyName: other, PolicyDocument: {Statement: []}}  # kept\n"),
        PULL_LINES,
    ),
    "a policy of that name on another role": (
        "missing-pull-permission",
        permission("")
        + "  Other:\n    Type: AWS::IAM::Role\n    Properties: {AssumeRolePolicyDocument: {Statement: []},"
        " Policies: [{PolicyName: pull-Repository, PolicyDocument: {Statement: []}}]}\n",
        ["+      Policies:", *PULL_LINES],
    ),
    "a repository elsewhere": (
        "scoped-authorization-token",
        permission(
            "      Policies:\n        - PolicyName: other\n          PolicyDocument:\n            Statement:\n"
            "              {Effect: Allow, Action: 'ecr:*', Resource: !GetAtt Repository.Arn}\n"
        ),
        [
            "+        - PolicyName: authorization-token",
            "+          PolicyDocument:",
            '+            Version: "2012-10-17"',
            "+            Statement:",
            *TOKEN_LINES,
        ],
    ),
    "a log group of the template": (
        "missing-start-permission",
        permission(PULL_ONLY, LOGS % "!Ref Logs", "  Logs: {Type: AWS::Logs::LogGroup}\n"),
        logs_lines("!GetAtt Logs.Arn", "Logs"),
    ),
    "a log group by its name": (
        "missing-start-permission",
        permission(PULL_ONLY, LOGS % "/ecs/web", GROUP % "/ecs/web"),
        logs_lines(f'!Sub "{LOG_GROUP}:/ecs/web:*"', "log-group-ecs-web"),
    ),
    "a text with ${…} of a repository": (
        "unqualified-image",
        permission(MANAGED, image="${Repository.RepositoryUri}:${Tag}"),
        [
            "-          Image: ${Repository.RepositoryUri}:${Tag}",
            "+          Image: !Sub ${Repository.RepositoryUri}:${Tag}",
        ],
    ),
    "a text with ${…} of an account": (
        "unqualified-image",
        permission(MANAGED, image="'${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/web:1'  # why"),
        [
            "-          Image: '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/web:1'  # why",
            "+          Image: !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/web:1'  # why",
        ],
    ),
    "no public address": (
        "no-path-to-ecr",
        permission(MANAGED) + NETWORK + SERVICE % (AFTER, ""),
        ["+          AssignPublicIp: ENABLED"],
    ),
    "a public address that is disabled": (
        "no-path-to-ecr",
        permission(MANAGED) + NETWORK + SERVICE % (AFTER, "          AssignPublicIp: DISABLED # so far\n"),
        ["-          AssignPublicIp: DISABLED # so far", "+          AssignPublicIp: ENABLED # so far"],
    ),
    "an endpoint": (
        "no-path-to-ecr",
        permission(MANAGED) + ISOLATED + API + LAYERS + SERVICE % (EXECUTE, ""),
        [*waits("EcrApiEndpoint, S3, EcrDkrEndpoint"), *NEW_REGISTRY],
    ),
    "a gateway endpoint": (
        "no-path-to-ecr",
        permission(MANAGED) + ISOLATED + API + REGISTRY + SERVICE % (EXECUTE, ""),
        [*waits("EcrApiEndpoint, EcrDkrEndpoint, S3Endpoint"), *NEW_LAYERS],
    ),
    "two endpoints": (
        "no-path-to-ecr",
        permission(MANAGED) + ISOLATED + API + SERVICE % (EXECUTE, ""),
        [*waits("EcrApiEndpoint, EcrDkrEndpoint, S3Endpoint"), *NEW_REGISTRY, *NEW_LAYERS],
    ),
    "no order": (
        "unordered-deployment",
        permission(MANAGED) + NETWORK + SERVICE % ("", PUBLIC),
        ["+    DependsOn:", "+      - Association", "+      - Route"],
    ),
    "an order that is not enough": (
        "unordered-deployment",
        permission(MANAGED) + NETWORK + SERVICE % ("    DependsOn: Route  # first\n", PUBLIC),
        ["-    DependsOn: Route  # first", "+    DependsOn: [Route, Association]  # first"],
    ),
    "an image id": (
        "outdated-ami",
        START + INSTANCE % f"'{{{{resolve:ssm:{PATH % '/recommended'}}}}}'",
        [
            "-      ImageId: '{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id}}'",
            '+      ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"',
        ],
    ),
    "an image of GPUs": (
        "outdated-ami",
        START + INSTANCE % f"resolve:ssm:{PATH % '/gpu/recommended'}",
        [
            "-      ImageId: resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/gpu/recommended/image_id",
            "+      ImageId: resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id",
        ],
    ),
    "an image of arm64 by its kernel": (
        "outdated-ami",
        START + INSTANCE % f"resolve:ssm:{PATH % '/kernel-5.10/arm64/recommended'}",
        [
            f"-      ImageId: resolve:ssm:{PATH % '/kernel-5.10/arm64/recommended'}",
            f"+      ImageId: resolve:ssm:{PATH % '023/arm64/recommended'}",
        ],
    ),
    "a scan that is switched off": (
        "scan-disabled",
        START.replace("ScanOnPush: true", "ScanOnPush: false"),
        [
            "-      ImageScanningConfiguration: {ScanOnPush: false}  # as it is",
            "+      ImageScanningConfiguration: {ScanOnPush: true}  # as it is",
        ],
    ),
    "a circuit breaker that is switched off": (
        "missing-circuit-breaker",
        permission(MANAGED) + NETWORK + SERVICE.replace("Enable: true", "Enable: false") % (AFTER, PUBLIC),
        [
            "-      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: false, Rollback: true}}",
            "+      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}",
        ],
    ),
}


@pytest.mark.parametrize(("rule", "template", "expected"), [pytest.param(*CASES[name], id=name) for name in CASES])
def test_mended(tmp_path: Path, rule: str, template: str, expected: list[str]) -> None:
    path = write(tmp_path, template)
    found = [finding for finding in judged(path, Policy()).findings if finding.rule == rule]
    assert found
    assert all(finding.edits == found[0].edits for finding in found)
    before = changed(path, found[0].edits)
    diff = unified_diff(lines_of(before), lines_of(path.read_text(encoding="utf-8")), n=0)
    assert [line[:-1] for line in diff if not line.startswith(("---", "+++", "@@"))] == expected
    path.write_text(before, encoding="utf-8")
    assert rule in check_all(path, Policy())


DENIED = """\
      Policies:
        - PolicyName: no
          PolicyDocument: {Statement: [{Effect: Deny, Action: "ecr:*", Resource: "*"}]}
"""
NEVER: dict[str, tuple[str, str]] = {
    "a pull that is denied": ("missing-pull-permission", permission(DENIED)),
    "a permissions boundary": (
        "missing-pull-permission",
        permission("      PermissionsBoundary: arn:aws:iam::aws:policy/AmazonS3FullAccess\n"),
    ),
    "a policy of that name": (
        "missing-pull-permission",
        permission("      Policies: [{PolicyName: pull-Repository, PolicyDocument: {Statement: []}}]\n"),
    ),
    "a policy of that name beside the role": (
        "missing-pull-permission",
        permission("") + "  Other:\n    Type: AWS::IAM::RolePolicy\n    Properties: {RoleName: !Ref ExecutionRole,"
        " PolicyName: pull-Repository, PolicyDocument: {Statement: [{Effect: Allow, Action: 'a:B', Resource: '*'}]}}\n",
    ),
    "policies under a condition": (
        "missing-pull-permission",
        permission("      Policies: !If [Some, [], []]\n"),
    ),
    "a repository whose policy names the role": (
        "missing-pull-permission",
        permission("").replace(
            "      ImageTagMutability",
            "      RepositoryPolicyText: {Statement: [{Effect: Deny, Principal: {AWS: !GetAtt ExecutionRole.Arn},"
            ' Action: "ecr:PutImage"}]}\n      ImageTagMutability',
        ),
    ),
    "an environment file without an ARN": (
        "missing-start-permission",
        permission(MANAGED, "          EnvironmentFiles: [{Type: s3, Value: text}]\n"),
    ),
    "a short name": ("unqualified-image", permission(MANAGED, image="nginx")),
    "a name with ${…} that no Fn::Sub makes a reference": (
        "unqualified-image",
        permission(MANAGED, image="'${Repository}:1'"),
    ),
    "an attribute of what is no repository": (
        "unqualified-image",
        permission(MANAGED, image="'${ExecutionRole.RepositoryUri}:1'"),
    ),
    "a group that lets nothing out": (
        "no-path-to-ecr",
        permission(MANAGED)
        + NETWORK
        + SERVICE % (AFTER, "          SecurityGroups: [!Ref Group]\n")
        + "  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: x, VpcId: !Ref Vpc,"
        " SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]}}\n",
    ),
    "no endpoint at all": ("no-path-to-ecr", permission(MANAGED) + ISOLATED + SERVICE % (EXECUTE, "")),
    "an endpoint with a policy": (
        "no-path-to-ecr",
        permission(MANAGED)
        + ISOLATED
        + endpoint(
            "Api",
            "ecr.api",
            "      PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}\n",
        )
        + LAYERS
        + SERVICE % (EXECUTE, ""),
    ),
    "an endpoint that is there and can't be reached": (
        "no-path-to-ecr",
        permission(MANAGED)
        + ISOLATED
        + API
        + REGISTRY.replace("PrivateDnsEnabled: true", "PrivateDnsEnabled: false")
        + LAYERS
        + SERVICE % (EXECUTE, ""),
    ),
    "an endpoint that is not reached either": (
        "no-path-to-ecr",
        permission(MANAGED) + ISOLATED.replace("FromPort: 443", "FromPort: 444") + API + SERVICE % (EXECUTE, ""),
    ),
    "a name that is taken": (
        "no-path-to-ecr",
        permission(MANAGED) + ISOLATED + API + LAYERS + endpoint("EcrDkrEndpoint", "logs") + SERVICE % (EXECUTE, ""),
    ),
    "no route table for a gateway endpoint": (
        "no-path-to-ecr",
        permission(MANAGED)
        + ISOLATED.replace("Association:", "Other:").replace("SubnetId: !Ref Subnet}", "SubnetId: !Ref Elsewhere}")
        + "  Elsewhere: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}\n"
        + API
        + REGISTRY
        + SERVICE % ("", ""),
    ),
    "no route": (
        "no-path-to-ecr",
        permission(MANAGED) + NETWORK.replace("0.0.0.0/0", "10.1.0.0/16") + SERVICE % (AFTER, ""),
    ),
    "a scan that a condition decides": (
        "scan-disabled",
        START.replace("ScanOnPush: true", "ScanOnPush: !If [Some, true, false]"),
    ),
    "a release that is pinned": (
        "outdated-ami",
        START + INSTANCE % f"resolve:ssm:{PATH % '/amzn2-ami-ecs-hvm-2.0.20200218-x86_64-ebs'}",
    ),
}


@pytest.mark.parametrize(("rule", "template"), [pytest.param(*NEVER[name], id=name) for name in NEVER])
def test_not_mended(tmp_path: Path, rule: str, template: str) -> None:
    found = [finding for finding in judged(write(tmp_path, template), Policy()).findings if finding.rule == rule]
    assert found
    assert [finding.edits for finding in found] == [()] * len(found)
