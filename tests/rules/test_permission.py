# ruff: noqa: E501 - in a table, a case is a line
"""The permission family, trap by trap: who pulls, and what stops that role."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import ECR, assembly, findings, line, write

RULES = (
    BY_ID["missing-pull-permission"],
    BY_ID["scoped-authorization-token"],
    BY_ID["missing-execution-role"],
    BY_ID["unassumable-role"],
    BY_ID["missing-repository-policy"],
    BY_ID["missing-pull-through-permission"],
    BY_ID["unverifiable-role"],
    BY_ID["missing-agent-permission"],
)

REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/app"
PULL = '["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]'
TOKEN = '{Effect: Allow, Action: "ecr:GetAuthorizationToken", Resource: "*"}'
MANAGED = "arn:aws:iam::aws:policy"
AWSVPC = "{AwsvpcConfiguration: {Subnets: [a]}}"
TASKS, INSTANCES = "{Service: ecs-tasks.amazonaws.com}", "{Service: ec2.amazonaws.com}"


def trust(principal: str = TASKS, *, effect: str = "Allow", action: str = "sts:AssumeRole", more: str = "") -> str:
    return f'{{Statement: [{{Effect: {effect}, Principal: {principal}, Action: "{action}"{more}}}]}}'


def role(*statements: str, managed: str = "", extra: str = "", name: str = "Execution") -> str:
    """A role with an inline policy of some statements."""
    policies = (
        f"[{{PolicyName: Inline, PolicyDocument: {{Statement: [{', '.join(statements)}]}}}}]" if statements else "[]"
    )
    return f"""
  {name}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {trust(INSTANCES if name == "Instances" else TASKS)}
      Policies: {policies}
      ManagedPolicyArns: [{managed}]
{extra}"""


def task(
    execution_role: str = "!GetAtt Execution.Arn", compatibility: str = "FARGATE", image: str = f"{ECR}/app:1"
) -> str:
    own = f"\n      ExecutionRoleArn: {execution_role}" if execution_role else ""
    own += f"\n      NetworkMode: {re.sub('FARGATE|MANAGED_INSTANCES', 'awsvpc', re.sub('EC2|EXTERNAL', 'bridge', compatibility))}"
    return f"""
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [{compatibility}]
      Cpu: 256
      Memory: 512{own}
      ContainerDefinitions: [{{Name: web, Image: "{image}"}}]"""


def instances(managed: str, *, user_data: str = "ECS_CLUSTER=${Cluster}") -> str:
    return f"""
  Cluster: {{Type: AWS::ECS::Cluster}}
  Profile: {{Type: AWS::IAM::InstanceProfile, Properties: {{Roles: [!Ref Instances]}}}}
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        IamInstanceProfile: {{Arn: !GetAtt Profile.Arn}}
        ImageId: "{{{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}}}"
        UserData: {{"Fn::Base64": !Sub "#!/bin/bash\\necho {user_data} >> /etc/ecs/ecs.config"}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      VPCZoneIdentifier: [subnet-0123456789abcdef0]
      LaunchTemplate: {{LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber}}
  Provider:
    Type: AWS::ECS::CapacityProvider
    Properties: {{AutoScalingGroupProvider: {{AutoScalingGroupArn: !Ref Group}}}}
  Associations:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Cluster
      CapacityProviders: [!Ref Provider]
      DefaultCapacityProviderStrategy: [{{CapacityProvider: !Ref Provider, Weight: 1}}]
  Service: {{Type: AWS::ECS::Service, Properties: {{Cluster: !Ref Cluster, TaskDefinition: !Ref Task}}}}
{role(managed=managed, name="Instances")}"""


ALLOWED = f"allows ecr:BatchGetImage on {REPOSITORY}: it has"
LACKS = "container 'web': execution role Execution may not call"
ECS_FOR_EC2 = f"{MANAGED}/service-role/AmazonEC2ContainerServiceforEC2Role"
ECS_EXECUTION = f"{MANAGED}/service-role/AmazonECSTaskExecutionRolePolicy"
AT = "Task.Properties.ContainerDefinitions[0].Image"
HEAD = """\
Parameters: {Flag: {Type: String}}
Conditions: {HasRole: !Equals [!Ref Flag, 'yes'], NoRole: !Not [!Condition HasRole]}
Resources:"""
HERE = "aws://123456789012/us-east-1"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(role(managed=ECS_EXECUTION) + task(), [], id="managed policy for execution roles"),
        pytest.param(
            role(managed=f"{MANAGED}/AmazonECSTaskExecutionRolePolicy") + task(),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution role "
                f"Execution: known only at deployment: AWS managed policy {MANAGED}/AmazonECSTaskExecutionRolePolicy, "
                "which is none of those of 2026-09-30"
            ],
            id="managed policy that is newer, or mistyped",
        ),
        pytest.param(
            role(TOKEN, f"{{Effect: Allow, Action: {PULL}, Resource: {REPOSITORY}}}") + task(), [], id="least privilege"
        ),
        pytest.param(
            role('{Effect: Allow, Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: "*"}') + task(),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
                f"ecr:GetAuthorizationToken: no statement of role Execution {ALLOWED} policy 'Inline' of Execution"
            ],
            id="logs only, as CDK makes it for a registry's text with awslogs",
        ),
        pytest.param(
            instances(ECS_FOR_EC2)
            + role('{Effect: Allow, Action: "logs:*", Resource: "*"}')
            + task(compatibility="EC2"),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
                f"ecr:GetAuthorizationToken: no statement of role Execution {ALLOWED} policy 'Inline' of Execution"
            ],
            id="on EC2 an execution role pulls, though the instances could",
        ),
        pytest.param(
            role(f'{{Effect: Allow, Action: ["ecr:GetAuthorizationToken", "ecr:*"], Resource: {REPOSITORY}}}') + task(),
            [
                f"scoped-authorization-token {AT}: container 'web': execution role Execution is allowed "
                "ecr:GetAuthorizationToken, but not on *, the only resource it works on"
            ],
            id="token scoped to a repository",
        ),
        pytest.param(
            role(TOKEN, f"{{Effect: Allow, Action: {PULL}, Resource: {REPOSITORY}-other}}") + task(),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: "
                f"no statement of role Execution {ALLOWED} policy 'Inline' of Execution"
            ],
            id="role for another repository",
        ),
        pytest.param(
            role(managed=ECS_EXECUTION)
            + """
  Guard:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: Guard
      Roles: [!Ref Execution]
      PolicyDocument: {Statement: [{Sid: NoPull, Effect: Deny, Action: "ecr:Batch*", Resource: "*"}]}"""
            + task(),
            [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage: denied by statement NoPull of policy Guard"],
            id="Deny elsewhere",
        ),
        pytest.param(
            role(managed=ECS_EXECUTION, extra=f"      PermissionsBoundary: {MANAGED}/AmazonSSMManagedInstanceCore")
            + task(),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
                "ecr:GetAuthorizationToken: no statement of the permissions boundary of role Execution "
                f"{ALLOWED} AWS managed policy {MANAGED}/AmazonSSMManagedInstanceCore"
            ],
            id="boundary without ECR",
        ),
        pytest.param(
            task(""),
            [
                "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution "
                "role, and FARGATE pulls by nothing else (no service or schedule in the templates runs it; it is for FARGATE)"
            ],
            id="Fargate without execution role",
        ),
        pytest.param(
            task("", "EXTERNAL"),
            [
                "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution "
                "role, and EXTERNAL pulls by nothing else (no service or schedule in the templates runs it; it is for EXTERNAL)"
            ],
            id="ECS Anywhere without execution role",
        ),
        pytest.param(
            task("", "MANAGED_INSTANCES")
            + """
  Cluster: {Type: AWS::ECS::Cluster}
  Provider: {Type: AWS::ECS::CapacityProvider, Properties: {ManagedInstancesProvider: {InfrastructureRoleArn: a}}}
  Service:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Task
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a]}}
      CapacityProviderStrategy: [{CapacityProvider: !Ref Provider, Weight: 1}]""",
            [
                "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution "
                "role, and MANAGED_INSTANCES pulls by nothing else (Service by its capacity provider ${Provider})"
            ],
            id="managed instances without execution role",
        ),
        pytest.param(
            task("!If [HasRole, !GetAtt Execution.Arn, !Ref AWS::NoValue]") + role(managed=ECS_EXECUTION),
            [
                "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution "
                "role, and FARGATE pulls by nothing else (no service or schedule in the templates runs it; it is for FARGATE)"
            ],
            id="execution role in one branch only",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace(
                "!Ref Task",
                f"!Ref Task, LaunchType: !If [HasRole, FARGATE, EC2], NetworkConfiguration: !If [HasRole, {AWSVPC}, !Ref AWS::NoValue]",
            )
            + task("!If [HasRole, !GetAtt Execution.Arn, !Ref AWS::NoValue]", "!If [HasRole, FARGATE, EC2]")
            + role(managed=ECS_EXECUTION),
            [],
            id="execution role in the branch that needs one",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace(
                "!Ref Task",
                f"!Ref Task, LaunchType: !If [HasRole, EC2, FARGATE], NetworkConfiguration: !If [HasRole, !Ref AWS::NoValue, {AWSVPC}]",
            )
            + task("!If [HasRole, !GetAtt Execution.Arn, !Ref AWS::NoValue]", "!If [HasRole, EC2, FARGATE]")
            + role(managed=ECS_EXECUTION),
            [
                "missing-execution-role Task.Properties.ExecutionRoleArn: container 'web': the task has no execution "
                "role, and FARGATE pulls by nothing else (Service by launch type FARGATE)"
            ],
            id="execution role in the other branch than the one that needs it",
        ),
        pytest.param(
            task("!If [HasRole, !GetAtt Execution.Arn, !Ref AWS::NoValue]", "!If [HasRole, FARGATE, EC2]")
            + role(managed=ECS_EXECUTION),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify who "
                "pulls: the container instances are not in the templates: no service or schedule in the "
                "templates runs it; it is for EC2"
            ],
            id="execution role in the branch of Fargate, with nothing that runs it",
        ),
        pytest.param(
            role(managed=f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly") + task(),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchCheckLayerAvailability: no statement of role "
                f"Execution allows ecr:BatchCheckLayerAvailability on {REPOSITORY}: it has AWS managed policy "
                f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly"
            ],
            id="PullOnly on an execution role",
        ),
        pytest.param(
            role(managed=ECS_EXECUTION)
            + "\n  Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: hub}}"
            + task(image=f"{ECR}/hub/nginx:1"),
            [
                f"missing-pull-through-permission {AT}: {LACKS} ecr:BatchImportUpstreamImage and "
                "ecr:CreateRepository: no statement of role Execution allows ecr:BatchImportUpstreamImage on "
                f"arn:aws:ecr:us-east-1:123456789012:repository/hub/nginx: it has AWS managed policy {ECS_EXECUTION}"
            ],
            id="pull-through cache with the ECS managed policy",
        ),
        pytest.param(
            role(
                '{Effect: Allow, Action: "ecr:BatchImportUpstreamImage", Resource: "*"}',
                managed=ECS_EXECUTION,
            )
            + """
  Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: hub}}
  Born: {Type: AWS::ECR::RepositoryCreationTemplate, Properties: {Prefix: hub, AppliedFor: [PULL_THROUGH_CACHE]}}"""
            + task(image=f"{ECR}/hub/nginx:1"),
            [],
            id="pull-through cache with a creation template",
        ),
        pytest.param(
            role(managed=ECS_EXECUTION)
            + "\n  Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: hub}}"
            + task(image=f"{ECR}/hubble/nginx:1"),
            [],
            id="a prefix ends at a slash",
        ),
        pytest.param(
            task("arn:aws:iam::123456789012:role/execution"),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution "
                "role arn:aws:iam::123456789012:role/execution: known only at deployment: "
                "role arn:aws:iam::123456789012:role/execution, which is not in the templates"
            ],
            id="imported role",
        ),
        pytest.param(
            role(managed="arn:aws:iam::123456789012:policy/ours") + task(),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution "
                "role Execution: known only at deployment: managed policy arn:aws:iam::123456789012:policy/ours, "
                "which is not in the templates"
            ],
            id="imported policy",
        ),
        pytest.param(instances(ECS_FOR_EC2) + task("", "EC2"), [], id="container instance role"),
        pytest.param(
            instances(f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly") + task("", "EC2"),
            [
                "missing-agent-permission Instances.Properties: role Instances of container instances Group may not call "
                "ecs:DiscoverPollEndpoint, ecs:Poll, ecs:RegisterContainerInstance, ecs:StartTelemetrySession, "
                "ecs:SubmitContainerStateChange and ecs:SubmitTaskStateChange: no statement of role Instances allows "
                "ecs:DiscoverPollEndpoint on *: it has AWS managed policy "
                f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly",
                f"missing-pull-permission {AT}: container 'web': container instance role Instances may not call "
                "ecr:BatchCheckLayerAvailability: no statement of role Instances allows "
                f"ecr:BatchCheckLayerAvailability on {REPOSITORY}: it has AWS managed policy "
                f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly",
            ],
            id="PullOnly on a container instance role",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace("IamInstanceProfile: {Arn: !GetAtt Profile.Arn}", "EbsOptimized: true")
            + role(managed=ECS_EXECUTION)
            + task(compatibility="EC2"),
            [
                "missing-agent-permission Launch.Properties.LaunchTemplateData.IamInstanceProfile: container instances "
                "Group have no instance profile"
            ],
            id="container instances without an instance profile",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace("Roles: [!Ref Instances]", "Roles: []")
            + role(managed=ECS_EXECUTION)
            + task(compatibility="EC2"),
            [
                "missing-agent-permission Launch.Properties.LaunchTemplateData.IamInstanceProfile: container instances "
                "Group have the instance profile Profile, which has no role"
            ],
            id="instance profile without a role",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace("{Arn: !GetAtt Profile.Arn}", "{Name: ecsInstanceRole}")
            + role(managed=ECS_EXECUTION)
            + task(compatibility="EC2"),
            [],
            id="instance profile elsewhere, by which nobody pulls",
        ),
        pytest.param(
            instances(f"{MANAGED}/AmazonECSInstanceRolePolicyForManagedInstances, {ECS_FOR_EC2}") + task("", "EC2"),
            [],
            id="several managed policies",
        ),
        pytest.param(
            task("", "EC2"),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify who "
                "pulls: the container instances are not in the templates: no service or schedule in the "
                "templates runs it; it is for EC2"
            ],
            id="instances elsewhere",
        ),
        pytest.param(task("", image="nginx"), [], id="what is no ECR image is another family's"),
    ],
)
def test_one_account(tmp_path: Path, resources: str, expected: list[str]) -> None:
    found = findings(write(tmp_path, f"{HEAD}{resources}\n", HERE), RULES)
    assert sorted(map(line, found)) == sorted(expected)


INPUT = 'Input: !Sub \'{"executionRoleArn": "${%s.Arn}"}\''
RULE = """
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Targets: [{Arn: main, Id: a, %s, EcsParameters: {TaskDefinitionArn: !Ref Task, LaunchType: FARGATE, NetworkConfiguration: {AwsVpcConfiguration: {Subnets: [a]}}}}]"""
PIPE = """
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Target: main
      TargetParameters:
        EcsTaskParameters:
          TaskDefinitionArn: !Ref Task
          LaunchType: FARGATE
          NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a]}}
          Overrides: {ExecutionRoleArn: %s}"""
BOTH = role(managed=ECS_EXECUTION) + role(name="Powerless")
POWERLESS = (
    f"missing-pull-permission {AT}: container 'web': execution role Powerless may not call ecr:BatchGetImage, "
    "ecr:GetDownloadUrlForLayer and ecr:GetAuthorizationToken: no statement of role Powerless allows ecr:BatchGetImage "
    f"on {REPOSITORY}: it has no policies"
)
OVERRIDDEN = "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify who pulls: "


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(BOTH + task() + RULE % (INPUT % "Powerless"), [POWERLESS], id="by a role that may not"),
        pytest.param(BOTH + task("!GetAtt Powerless.Arn") + RULE % (INPUT % "Execution"), [], id="by one that may"),
        pytest.param(BOTH + task("") + RULE % (INPUT % "Execution"), [], id="of a task without a role"),
        pytest.param(BOTH + task() + RULE % 'Input: \'{"cpu": "1"}\'', [], id="of something else"),
        pytest.param(
            BOTH + task() + RULE % "Input: !Ref Flag",
            [OVERRIDDEN + "execution role ${Flag}, which the input of Rule may name"],
            id="known only at deployment",
        ),
        pytest.param(
            BOTH + task() + RULE % "Input: text",
            [OVERRIDDEN + "execution role text, which the input of Rule may name"],
            id="that is no JSON",
        ),
        pytest.param(
            BOTH + task() + RULE % "InputTransformer: {InputTemplate: '{\"executionRoleArn\": <role>}'}",
            [OVERRIDDEN + 'execution role {"executionRoleArn": <role>}, which the input of Rule may name'],
            id="of an event",
        ),
        pytest.param(
            BOTH + task() + RULE % 'InputTransformer: {InputTemplate: !Sub \'{"cpu": <cpu>, "memory": "${Flag}"}\'}',
            [],
            id="of something else, of an event",
        ),
        pytest.param(BOTH + task() + PIPE % "!GetAtt Powerless.Arn", [POWERLESS], id="of a pipe"),
        pytest.param(
            BOTH + task() + PIPE % "$.body.role",
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution "
                "role $.body.role: known only at deployment: role $.body.role, which is not in the templates"
            ],
            id="of an event of a pipe",
        ),
    ],
)
def test_execution_role_by_override(tmp_path: Path, resources: str, expected: list[str]) -> None:
    template = f"Parameters: {{Flag: {{Type: String}}}}\nResources:{resources}\n"
    found = findings(write(tmp_path, template, HERE), RULES)
    assert sorted(map(line, found)) == sorted(expected)


def test_fourth_action_is_a_warning_for_execution_roles_only(tmp_path: Path) -> None:
    only = f"{MANAGED}/AmazonEC2ContainerRegistryPullOnly"
    template = f"Resources:{role(managed=only)}{task()}{instances(only).replace('!Ref Task', 'elsewhere')}\n"
    found = findings(write(tmp_path, template, HERE), RULES)
    assert [(finding.rule, finding.severity.value) for finding in found] == [
        ("missing-pull-permission", "warning"),
        ("missing-agent-permission", "error"),
    ]


OWNER = """
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: app{policy}
"""
LET_IN = """
      RepositoryPolicyText: {Statement: [{Effect: Allow, Principal: {AWS: %s}, Action: "ecr:*"%s}]}"""
BLOCKED = (
    f"missing-repository-policy {AT}: container 'web': execution role Execution may not call ecr:BatchGetImage and "
    "ecr:GetDownloadUrlForLayer: "
)
NO_POLICY = [
    f"{BLOCKED}repository Repository of account 123456789012 has no policy that allows ecr:BatchGetImage on {REPOSITORY}"
]
SETTING = """
  Share:
    Type: %s
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:share", Of: %s}"""
UNSET = (
    "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution role "
    "Execution: known only at deployment: whether Share sets the policy of repository Repository"
)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(LET_IN % ('"210987654321"', ""), [], id="account"),
        pytest.param(LET_IN % ("arn:aws:iam::210987654321:root", ""), [], id="root"),
        pytest.param(LET_IN % ("arn:aws:iam::210987654321:role/execution", ""), [], id="role"),
        pytest.param(LET_IN % ('"*"', ""), [], id="everyone"),
        pytest.param(
            "",
            NO_POLICY,
            id="no policy",
        ),
        pytest.param(
            LET_IN % ('"333333333333"', ""),
            [
                f"{BLOCKED}no statement of the policy of repository Repository allows role Execution ecr:BatchGetImage "
                f"on {REPOSITORY}"
            ],
            id="another account",
        ),
        pytest.param(
            LET_IN % ('"*"', ", Condition: {StringEquals: {aws:PrincipalOrgID: o-1234567890}}"),
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution "
                "role Execution: known only at deployment: condition StringEquals on aws:PrincipalOrgID in statement 1 "
                "of the policy of repository Repository"
            ],
            id="organization",
        ),
        *(
            pytest.param(SETTING % ("Custom::Share", name), [UNSET], id=f"no policy, and {what} in a custom resource")
            for name, what in (
                ("!Ref Repository", "name"),
                ("!GetAtt Repository.Arn", "ARN"),
                ("app", "name as written"),
            )
        ),
        pytest.param(SETTING % ("Custom::Share", "other"), NO_POLICY, id="no policy, and another custom resource"),
        pytest.param(
            SETTING % ("Custom::ECRAutoDeleteImages", "!Ref Repository"), NO_POLICY, id="no policy, and what empties it"
        ),
        pytest.param(
            LET_IN % ('"210987654321"', "") + SETTING % ("Custom::Share", "!Ref Repository"), [], id="account, and more"
        ),
    ],
)
def test_across_accounts(tmp_path: Path, policy: str, expected: list[str]) -> None:
    puller = f"Resources:{role(managed=ECS_EXECUTION, extra='      RoleName: execution')}{task()}\n"
    stacks = [
        (OWNER.format(policy=policy), HERE),
        (puller, "aws://210987654321/us-east-1"),
    ]
    found = findings(assembly(tmp_path, stacks), RULES)
    assert [line(finding) for finding in found if finding.severity.value != "warning"] == expected


def test_one_of_two_repositories(tmp_path: Path) -> None:
    denied = """
      RepositoryPolicyText: {Statement: [{Effect: Deny, Principal: "*", Action: "ecr:*"}]}"""
    puller = f"Resources:{role(managed=ECS_EXECUTION)}{task()}\n"
    nowhere = "aws://unknown-account/us-east-1"
    stacks = [(OWNER.format(policy=""), nowhere), (OWNER.format(policy=denied), nowhere), (puller, nowhere)]
    (found,) = findings(assembly(tmp_path, stacks), RULES)
    assert found.rule == "unverifiable-role"
    both = f"Repository ({tmp_path}/template.yaml), Repository ({tmp_path}/template1.yaml)"
    assert f"which of the repositories {both} it is" in found.message


def test_repository_of_another_account_elsewhere(tmp_path: Path) -> None:
    template = f"Resources:{role(managed=ECS_EXECUTION)}{task()}\n"
    found = findings(write(tmp_path, template, "aws://210987654321/us-east-1"), RULES)
    assert [line(finding) for finding in found] == [
        "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution role "
        "Execution: known only at deployment: the policy of repository app of account 123456789012 in us-east-1, which is "
        "not in the templates"
    ]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param("[{Key: 'aws-cdk:id', Value: ours}]", [], id="tag in the template"),
        pytest.param(
            "[{Key: 'aws-cdk:id', Value: theirs}]",
            [
                f"{BLOCKED}no statement of the policy of repository Repository allows role Execution ecr:BatchGetImage "
                f"on {REPOSITORY}"
            ],
            id="other tag",
        ),
        pytest.param(
            "[]",
            [
                "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify execution "
                "role Execution: known only at deployment: condition StringEquals on aws:PrincipalTag/aws-cdk:id in "
                "statement 1 of the policy of repository Repository"
            ],
            id="a tag of the stack may be there",
        ),
    ],
)
def test_policy_as_cdk_makes_it_across_accounts(tmp_path: Path, tags: str, expected: list[str]) -> None:
    let_in = LET_IN % ('"210987654321"', ", Condition: {StringEquals: {'aws:PrincipalTag/aws-cdk:id': ours}}")
    puller = f"Resources:{role(managed=ECS_EXECUTION, extra=f'      Tags: {tags}')}{task()}\n"
    stacks = [
        (OWNER.format(policy=let_in), HERE),
        (puller, "aws://210987654321/us-east-1"),
    ]
    found = findings(assembly(tmp_path, stacks), RULES)
    assert [line(finding) for finding in found if finding.severity.value != "warning"] == expected


def trusting(*statements: str, own: str = "") -> str:
    """An execution role that may pull, with a trust policy of some statements."""
    document = own or f"{{Statement: [{', '.join(statements)}]}}"
    return role(managed=ECS_EXECUTION).replace(trust(), document) + task()


NOT_TRUSTED = "can't be assumed: no statement of its trust policy lets {}.amazonaws.com assume it"
UNTRUSTING = f"unassumable-role Execution.Properties.AssumeRolePolicyDocument: execution role Execution {NOT_TRUSTED}"
UNMET = (
    "unassumable-role Execution.Properties.AssumeRolePolicyDocument: execution role Execution can't be assumed: "
    "statement 1 of its trust policy asks for {} in a way that ecs-tasks.amazonaws.com never meets"
)
DENYING = (
    "unassumable-role Execution.Properties.AssumeRolePolicyDocument: execution role Execution can't be assumed: "
    "denied by statement {} of its trust policy"
)
UNTOLD = "unverifiable-role? Task.Properties.ContainerDefinitions[0]: container 'web': cannot verify {} role {}: "
THERE = (
    UNTOLD.format("execution", "Execution")
    + "it may pull where the account is 123456789012; elsewhere the policy of the repository decides"
)


def statement(
    principal: str = TASKS, effect: str = "Allow", action: str = "sts:AssumeRole", condition: str = ""
) -> str:
    more = f", Condition: {{{condition}}}" if condition else ""
    return f'{{Effect: {effect}, Principal: {principal}, Action: "{action}"{more}}}'


ACCOUNT, ARN = "aws:SourceAccount", "aws:SourceArn"
SOURCE = "!Sub 'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*'"
NOWHERE = "aws://unknown-account/unknown-region"


@pytest.mark.parametrize(
    ("resources", "environment", "expected"),
    [
        pytest.param(trusting(statement(TASKS)), HERE, [], id="tasks"),
        pytest.param(trusting(statement("{Service: [ec2.amazonaws.com, ecs-tasks.amazonaws.com]}")), HERE, [], id="among others"),
        pytest.param(trusting(statement(action="sts:*")), HERE, [], id="all of sts"),
        pytest.param(trusting(statement("{Service: !Sub 'ecs-tasks.${AWS::URLSuffix}'}")), NOWHERE, [THERE], id="suffix wherever it is"),
        pytest.param(trusting(statement("{Service: !Sub 'ecs-tasks.${AWS::URLSuffix}'}")), HERE, [], id="suffix"),
        pytest.param(trusting(own="!Sub '{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"ecs-tasks.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}'"), HERE, [], id="JSON in a text"),
        pytest.param(trusting(statement(condition=f'StringEquals: {{{ACCOUNT}: "123456789012"}}')), HERE, [], id="source account"),
        pytest.param(trusting(statement(condition=f"StringEquals: {{{ACCOUNT}: !Ref AWS::AccountId}}")), NOWHERE, [THERE], id="own account as the source wherever it is"),
        pytest.param(trusting(statement(condition=f"ArnLike: {{{ARN}: {SOURCE}}}")), HERE, [], id="source ARN"),
        pytest.param(trusting(statement(condition=f"ArnLike: {{{ARN}: {SOURCE}}}")), NOWHERE, [THERE], id="source ARN wherever it is"),
        pytest.param(trusting(statement(condition=f'ArnLike: {{{ARN}: "arn:aws:ecs:*:123456789012:*"}}')), HERE, [], id="source ARN of any region"),
        pytest.param(trusting(statement("{Service: lambda.amazonaws.com}")), HERE, [UNTRUSTING.format("ecs-tasks")], id="a function's"),
        pytest.param(trusting(statement("{Service: lambda.amazonaws.com}")) + SETTING % ("Custom::Share", "!Ref Execution"), HERE, [UNTOLD.format("execution", "Execution") + "known only at deployment: whether Share sets the policy of Execution"], id="a function's, and a custom resource has the role"),
        pytest.param(trusting(statement("{Service: lambda.amazonaws.com}")) + SETTING % ("Custom::Share", "a"), HERE, [UNTRUSTING.format("ecs-tasks")], id="a function's, and a custom resource has it not"),
        pytest.param(trusting(statement(INSTANCES)), HERE, [UNTRUSTING.format("ecs-tasks")], id="an instance's"),
        pytest.param(trusting(statement("{Service: ecs.amazonaws.com}")), HERE, [UNTRUSTING.format("ecs-tasks")], id="a service's"),
        pytest.param(trusting(statement("{Service: ecs-task.amazonaws.com}")), NOWHERE, [UNTRUSTING.format("ecs-tasks")], id="a slip"),
        pytest.param(trusting(statement("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}")), HERE, [UNTRUSTING.format("ecs-tasks")], id="an account"),
        pytest.param(trusting(statement(action="sts:AssumeRoleWithWebIdentity")), HERE, [UNTRUSTING.format("ecs-tasks")], id="another action"),
        pytest.param(trusting(statement(), statement(effect="Deny")), HERE, [DENYING.format(2)], id="denied"),
        pytest.param(trusting(statement(), statement(INSTANCES, effect="Deny")), HERE, [], id="others denied"),
        pytest.param(trusting(statement(condition=f'StringEquals: {{{ACCOUNT}: "999999999999"}}')), HERE, [UNMET.format("aws:SourceAccount")], id="another source account"),
        pytest.param(trusting(statement(condition=f'ArnLike: {{{ARN}: "arn:aws:ecs:us-west-2:123456789012:*"}}')), HERE, [UNMET.format("aws:SourceArn")], id="source ARN of another region"),
        pytest.param(
            trusting(statement(condition=f'StringEquals: {{{ACCOUNT}: "999999999999"}}')),
            NOWHERE,
            [UNTOLD.format("execution", "Execution") + "known only at deployment: condition StringEquals on aws:SourceAccount in statement 1 of its trust policy"],
            id="a source account wherever it is",
        ),
        pytest.param(
            trusting(statement(condition='StringEquals: {"aws:PrincipalOrgID": o-1}')),
            HERE,
            [UNMET.format("aws:PrincipalOrgID")],
            id="organization of whoever asks, which a service has none of",
        ),
        pytest.param(
            trusting(statement(condition='StringEquals: {"aws:SourceOrgID": o-1}')),
            HERE,
            [UNTOLD.format("execution", "Execution") + "known only at deployment: condition StringEquals on aws:SourceOrgID in statement 1 of its trust policy"],
            id="another condition",
        ),
        pytest.param(
            trusting(statement('"*"')), HERE, [UNTOLD.format("execution", "Execution") + "known only at deployment: whom statement 1 of its trust policy addresses"], id="everyone"
        ),
        pytest.param(trusting(own="{}"), HERE, [UNTOLD.format("execution", "Execution") + "known only at deployment: the document of its trust policy"], id="empty"),
        pytest.param(
            trusting(own="!Ref AWS::NoValue"), HERE, [UNTOLD.format("execution", "Execution") + "known only at deployment: the document of its trust policy"], id="none"
        ),
        pytest.param(
            trusting("!If [HasRole, " + statement() + ", " + statement(INSTANCES) + "]"),
            HERE,
            [UNTRUSTING.format("ecs-tasks")],
            id="in one case",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace(INSTANCES, TASKS) + task("", "EC2"),
            HERE,
            [f"unassumable-role Instances.Properties.AssumeRolePolicyDocument: container instance role Instances {NOT_TRUSTED.format('ec2')}"],
            id="instances with an execution role's",
        ),
        pytest.param(
            instances(ECS_FOR_EC2).replace(INSTANCES, TASKS) + trusting(statement()).replace("FARGATE", "EC2"),
            HERE,
            [f"unassumable-role Instances.Properties.AssumeRolePolicyDocument: container instance role Instances {NOT_TRUSTED.format('ec2')}"],
            id="instances, though an execution role pulls",
        ),
        pytest.param(instances(ECS_FOR_EC2).replace("ec2.amazonaws.com", "ec2.amazonaws.com.cn") + task("", "EC2", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1"), "aws://123456789012/cn-north-1", [], id="instances in China"),
        pytest.param(
            instances(ECS_FOR_EC2).replace(trust(INSTANCES), f"{{Statement: [{statement(INSTANCES, condition=f'StringEquals: {{{ACCOUNT}: 123456789012}}')}]}}") + trusting(statement()).replace("FARGATE", "EC2"),
            HERE,
            [UNTOLD.format("container instance", "Instances") + "known only at deployment: condition StringEquals on aws:SourceAccount in statement 1 of its trust policy"],
            id="instances by their source account",
        ),
    ],
)  # fmt: skip
def test_trust(tmp_path: Path, resources: str, environment: str, expected: list[str]) -> None:
    found = findings(write(tmp_path, f"{HEAD}{resources}\n", environment), RULES)
    assert sorted(map(line, found)) == sorted(expected)


SOURCES = "ArnLike: {aws:SourceArn: !Sub 'arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:*'}"
PARTITION_UNKNOWN = UNTOLD.format("execution", "Execution") + (
    "known only at deployment: condition ArnLike on aws:SourceArn in statement 1 of its trust policy"
)


def sourced(head: str, condition: str) -> str:
    """A template without a region, whose execution role trusts ECS under a condition."""
    image = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"
    resources = trusting(statement(condition=condition)).replace(f'"{ECR}/app:1"', f"!Sub '{image}'")
    return f"{head}Resources:{resources}\n"


@pytest.mark.parametrize(
    ("head", "condition", "expected"),
    [
        pytest.param("", SOURCES, [], id="as AWS recommends it"),
        pytest.param("", f"{SOURCES}, StringEquals: {{{ACCOUNT}: !Ref AWS::AccountId}}", [], id="and the account"),
        pytest.param("", SOURCES.replace("arn:aws:", "arn:*:"), [], id="of each partition"),
        pytest.param("", SOURCES.replace(":*'", ":task/*'"), [PARTITION_UNKNOWN], id="of some tasks"),
        pytest.param("", SOURCES.replace(":ecs:", ":ec2:"), [UNMET.format("aws:SourceArn")], id="of another service"),
        pytest.param("", SOURCES.replace("arn:aws:", "arn:aws-cn:"), [PARTITION_UNKNOWN], id="of another than the policy's"),
        pytest.param("Conditions: {China: !Equals [!Ref AWS::Partition, aws-cn]}\n", SOURCES, [PARTITION_UNKNOWN], id="for several partitions"),
        pytest.param("Mappings: {Of: {aws-cn: {suffix: com.cn}, aws: {suffix: com}}}\n", SOURCES, [PARTITION_UNKNOWN], id="by a map of partitions"),
        pytest.param("Mappings: {Of: {cn-north-1: {image: ami-1}, us-east-1: {image: ami-2}}}\n", SOURCES, [], id="by a map of regions that nothing asks"),
    ],
)  # fmt: skip
def test_trust_by_an_arn_without_a_region(tmp_path: Path, head: str, condition: str, expected: list[str]) -> None:
    found = findings(write(tmp_path, sourced(head, condition), NOWHERE), RULES)
    assert [line(finding) for finding in found] == expected


def test_trust_that_means_something_else_in_another_partition(tmp_path: Path) -> None:
    resources = trusting(statement("{Service: ecs-tasks.amazonaws.com.cn}"))
    china = resources.replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn").replace(
        "arn:aws:", "arn:aws-cn:"
    )
    stacks = [(f"Resources:{china}\n", "aws://123456789012/cn-north-1"), (f"Resources:{resources}\n", HERE)]
    found = findings(assembly(tmp_path, stacks), RULES)
    assert [(Path(each.template).name, line(each)) for each in found] == [
        ("template1.yaml", UNTRUSTING.format("ecs-tasks"))
    ]


REGISTRY = """
  Registry:
    Type: AWS::ECR::RegistryPolicy{condition}
    Properties:
      PolicyText: {{Statement: [{{Effect: {effect}, Principal: {who}, Action: "{action}", Resource: "{on}"{more}}}]}}"""
CACHE = "\n  Cache: {{Type: AWS::ECR::PullThroughCacheRule, Properties: {{EcrRepositoryPrefix: {}}}}}"
BORN = "\n  Born: {{Type: AWS::ECR::RepositoryCreationTemplate, Properties: {{Prefix: {}, AppliedFor: [PULL_THROUGH_CACHE]}}}}"
APP = "\n  Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: hub/nginx}}"
HUB = task(image=f"{ECR}/hub/nginx:1")
PULLER = role(managed=ECS_EXECUTION)
IMPORTER = role('{Effect: Allow, Action: "ecr:BatchImportUpstreamImage", Resource: "*"}', managed=ECS_EXECUTION)
THERE = "aws://210987654321/us-east-1"
HUB_ARN = "arn:aws:ecr:us-east-1:123456789012:repository/hub/nginx"
NO_IMPORT = f"no statement of role Execution allows ecr:BatchImportUpstreamImage on {HUB_ARN}: it has AWS managed policy {ECS_EXECUTION}"
NO_CREATE = f"no statement of role Execution allows ecr:CreateRepository on {HUB_ARN}: it has policy 'Inline' of Execution, AWS managed policy {ECS_EXECUTION}"
CACHED = (
    f"missing-pull-through-permission {AT}: {LACKS} ecr:BatchImportUpstreamImage and ecr:CreateRepository: {NO_IMPORT}"
)
DENIED = "denied by statement 1 of registry policy Registry"
PULLS = "ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
MAYBE = UNTOLD.format("execution", "Execution") + "known only at deployment: "


def under(resource: str) -> str:
    return resource.replace("Properties:", "Condition: HasRole, Properties:")


def registry(
    effect: str = "Deny", *, who: str = '"*"', action: str = "ecr:*", on: str = "*", more: str = "", condition: str = ""
) -> str:
    return REGISTRY.format(effect=effect, who=who, action=action, on=on, more=more, condition=condition)


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        pytest.param([(PULLER + task() + registry(), HERE)], [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: {DENIED}"], id="registry policy denies"),
        pytest.param([(PULLER + task() + registry(on=REPOSITORY), HERE), (OWNER.format(policy="").removeprefix("\nResources:"), HERE)], [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: {DENIED}"], id="registry policy denies what is on a repository of the templates"),
        pytest.param([(PULLER + task() + registry(on=f"{REPOSITORY}-other"), HERE)], [], id="registry policy denies another repository"),
        pytest.param([(PULLER + task() + registry(action="ecr:PutImage"), HERE)], [], id="registry policy denies pushes"),
        pytest.param([(PULLER + task() + registry(more=", Condition: {StringNotEquals: {aws:SourceVpce: vpce-1}}"), HERE)], [MAYBE + "condition StringNotEquals on aws:SourceVpce in statement 1 of registry policy Registry, and no service or schedule in the templates runs it; it is for FARGATE"], id="registry policy denies under a condition"),
        pytest.param([(PULLER + task() + registry(condition="\n    Condition: HasRole"), HERE)], [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: {DENIED}"], id="registry policy in one case"),
        pytest.param([(PULLER + task(), HERE), (registry(), HERE)], [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: {DENIED}"], id="registry policy of another stack"),
        pytest.param([(PULLER + task(), HERE), (registry(), THERE)], [], id="registry policy of another account"),
        pytest.param([(PULLER + task(), HERE), (registry(), "aws://123456789012/us-west-2")], [], id="registry policy of another region"),
        pytest.param([(PULLER + task(), HERE), (registry(), NOWHERE)], [MAYBE + "whether the image's registry has what stands in statement 1 of registry policy Registry"], id="registry policy of an unknown account"),
        pytest.param([(PULLER + task(), THERE), (registry(), HERE)], [f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: {DENIED}"], id="registry policy denies another account"),
        pytest.param(
            [(PULLER + task(), THERE), (registry("Allow", who='{AWS: "210987654321"}') + OWNER.format(policy="").removeprefix("\nResources:"), HERE)],
            [MAYBE + "whether the policy scope V2 is on for the pulls in statement 1 of registry policy Registry"],
            id="registry policy lets another account in",
        ),
        pytest.param(
            [(PULLER + task(), THERE), (registry("Allow", who='{AWS: "999999999999"}') + OWNER.format(policy="").removeprefix("\nResources:"), HERE)],
            [f"{BLOCKED}no statement of the policy of repository Repository allows role Execution ecr:BatchGetImage on {REPOSITORY}"],
            id="registry policy lets a third account in",
        ),
        pytest.param([(PULLER + HUB + CACHE.format("hub") + registry("Allow", who="{AWS: !GetAtt Execution.Arn}"), HERE)], [], id="registry policy lets the role import and create"),
        pytest.param([(PULLER + HUB + CACHE.format("hub") + registry("Allow", who="{AWS: !GetAtt Execution.Arn}", on=REPOSITORY), HERE)], [CACHED], id="registry policy lets the role import others"),
        pytest.param(
            [(IMPORTER + HUB + CACHE.format("hub") + BORN.format("hub") + registry(action="ecr:BatchImportUpstreamImage"), HERE)],
            [f"missing-pull-through-permission {AT}: {LACKS} ecr:BatchImportUpstreamImage: {DENIED}"],
            id="registry policy denies imports",
        ),
        pytest.param([(PULLER + HUB + CACHE.format("hub/"), HERE)], [CACHED], id="cache rule with a slash"),
        pytest.param([(IMPORTER + HUB + CACHE.format("hub") + BORN.format("hub/"), HERE)], [], id="creation template with a slash"),
        pytest.param([(IMPORTER + HUB + CACHE.format("hub") + BORN.format("ROOT"), HERE)], [], id="creation template for all"),
        pytest.param([(IMPORTER + HUB + CACHE.format("hub") + BORN.format("other"), HERE)], [f"missing-pull-through-permission {AT}: {LACKS} ecr:CreateRepository: {NO_CREATE}"], id="creation template for others"),
        pytest.param([(IMPORTER + HUB + CACHE.format("hub") + BORN.format("!Ref Flag"), HERE)], [MAYBE + f"whether repository hub/nginx is below prefix ${{Flag}} of repository creation template Born; {NO_CREATE}"], id="creation template with a parameter"),
        pytest.param([(IMPORTER + HUB + CACHE.format("hub") + under(BORN.format("hub")), HERE)], [f"missing-pull-through-permission {AT}: {LACKS} ecr:CreateRepository: {NO_CREATE}"], id="creation template in one case"),
        pytest.param([(IMPORTER + HUB + under(CACHE.format("hub")) + under(BORN.format("hub")), HERE)], [], id="creation template in the case of the cache rule"),
        pytest.param([(PULLER + HUB + under(CACHE.format("hub")), HERE)], [CACHED], id="cache rule in one case"),
        pytest.param([(PULLER + HUB.replace("TaskDefinition", "TaskDefinition\n    Condition: NoRole", 1) + under(CACHE.format("hub")), HERE)], [], id="cache rule in the other case"),
        pytest.param([(PULLER + HUB + CACHE.format("!Ref Flag"), HERE)], [MAYBE + f"whether repository hub/nginx is below prefix ${{Flag}} of pull-through cache rule Cache; {NO_IMPORT}"], id="cache rule with a parameter"),
        pytest.param([(PULLER + HUB + CACHE.format("!Sub 'team/${Flag}'"), HERE)], [], id="cache rule with a parameter elsewhere"),
        pytest.param([(PULLER + HUB + CACHE.format("ROOT"), HERE)], [CACHED], id="cache rule for all"),
        pytest.param([(PULLER + HUB + APP + CACHE.format("ROOT"), HERE)], [MAYBE + f"whether images of Repository come through pull-through cache rule Cache; {NO_IMPORT}"], id="cache rule for all, repository in the templates"),
        pytest.param([(PULLER + HUB + APP + CACHE.format("hub"), HERE)], [MAYBE + f"whether images of Repository come through pull-through cache rule Cache; {NO_IMPORT}"], id="cache rule, repository in the templates"),
        pytest.param([(IMPORTER + HUB + APP + CACHE.format("hub"), HERE)], [], id="cache rule, repository in the templates, role may import"),
        pytest.param([(PULLER + APP.replace("hub/nginx", "!Ref AWS::NoValue") + task(image="${Repository.RepositoryUri}:1").replace('Image: "', 'Image: !Sub "') + CACHE.format("hub"), HERE)], [], id="generated names are below no prefix"),
        pytest.param([(PULLER + HUB, HERE), (CACHE.format("hub"), THERE)], [], id="cache rule of another account"),
        pytest.param([(PULLER + HUB, HERE), (CACHE.format("hub"), "aws://123456789012/us-west-2")], [], id="cache rule of another region"),
        pytest.param([(PULLER + HUB, HERE), (CACHE.format("hub"), NOWHERE)], [MAYBE + f"whether pull-through cache rule Cache is of the registry of {ECR}/hub/nginx:1; {NO_IMPORT}"], id="cache rule of an unknown account"),
        pytest.param(
            [(PULLER + HUB + CACHE.format("hub"), THERE)],
            [MAYBE + "the policy of repository hub/nginx of account 123456789012 in us-east-1, which is not in the templates"],
            id="cache rule of the role's account, image of another one",
        ),
        pytest.param([(PULLER + HUB, THERE), (CACHE.format("hub"), HERE)], [CACHED], id="cache rule of the image's account, role of another one"),
        pytest.param(
            [(PULLER + task(), NOWHERE), (OWNER.format(policy="").removeprefix("\nResources:"), NOWHERE)],
            [MAYBE + "whether account ${AWS::AccountId} of role Execution is 123456789012"],
            id="two stacks of unknown accounts",
        ),
        pytest.param([(PULLER + task() + OWNER.format(policy="").removeprefix("\nResources:"), NOWHERE)], [], id="one stack of an unknown account"),
        pytest.param([(PULLER + task(), HERE), (OWNER.format(policy="").removeprefix("\nResources:"), NOWHERE)], [], id="repository of an unknown account, role of the image's"),
    ],
)  # fmt: skip
def test_registry(tmp_path: Path, stacks: list[tuple[str, str]], expected: list[str]) -> None:
    found = findings(assembly(tmp_path, [(f"{HEAD}{each}\n", environment) for each, environment in stacks]), RULES)
    assert sorted(line(each) for each in found if each.severity.value != "warning") == sorted(expected)


def test_account_of_a_token_across_accounts(tmp_path: Path) -> None:
    deny = "{Effect: Deny, Action: '*', Resource: '*', Condition: {StringNotEquals: {aws:ResourceAccount: '123456789012'}}}"
    puller = f"Resources:{role(deny, managed=ECS_EXECUTION)}{task()}\n"
    stacks = [(OWNER.format(policy=LET_IN % ('"210987654321"', "")), HERE), (puller, THERE)]
    found = findings(assembly(tmp_path, stacks), RULES)
    assert [line(finding) for finding in found if finding.severity.value != "warning"] == [
        MAYBE + "condition StringNotEquals on aws:ResourceAccount in statement 1 of policy 'Inline' of Execution"
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("Bool: {aws:SecureTransport: 'false'}", "", id="encrypted"),
        pytest.param("Bool: {aws:SecureTransport: 'true'}", "broken", id="not encrypted"),
        pytest.param("Bool: {aws:PrincipalIsAWSService: 'true'}", "", id="no service"),
        pytest.param("Bool: {aws:PrincipalIsAWSService: 'false'}", "broken", id="services only"),
        pytest.param("StringNotEquals: {aws:RequestedRegion: us-east-1}", "", id="region of the image"),
        pytest.param("StringNotEquals: {aws:RequestedRegion: us-west-2}", "broken", id="another region"),
        pytest.param("StringNotEquals: {aws:ResourceAccount: '123456789012'}", "", id="account of the image"),
        pytest.param("StringNotEquals: {aws:ResourceAccount: '210987654321'}", "broken", id="another account"),
        pytest.param("Bool: {aws:ViaAWSService: 'true'}", "", id="services in between"),
        pytest.param("Bool: {aws:ViaAWSService: 'false'}", "broken", id="no service in between"),
        pytest.param("StringEquals: {aws:PrincipalOrgID: o-1}", "unknown", id="what is not known of a pull"),
    ],
)
def test_what_is_known_of_a_pull(tmp_path: Path, condition: str, expected: str) -> None:
    deny = f"{{Effect: Deny, Action: '*', Resource: '*', Condition: {{{condition}}}}}"
    template = f"Resources:{role(deny, managed=ECS_EXECUTION)}{task()}\n"
    found = findings(write(tmp_path, template, HERE), RULES)
    assert [finding.verdict.value for finding in found] == ([expected] if expected else [])
