"""Which role, profile, repository or other resource of the templates a property means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import assembly, where, write

ONE, TWO = "111111111111", "222222222222"
HERE, THERE = f"aws://{ONE}/us-east-1", f"aws://{TWO}/us-east-1"
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
CONDITIONS = """
Parameters: {Env: {Type: String}, Choice: {Type: String, AllowedValues: [a, b]}, Default: {Type: String, Default: ex}}
Mappings: {Same: {a: {is: a}, b: {is: b}}, Other: {a: {is: b}, b: {is: a}}}
Conditions: {Prod: !Equals [!Ref Env, prod], Test: !Not [!Condition Prod]}
"""
TRUST = "{Statement: [{Effect: Allow, Principal: {Service: %s.amazonaws.com}, Action: 'sts:AssumeRole'}]}"
ROLE = """
  {}:
    Type: AWS::IAM::Role
    Properties: {{AssumeRolePolicyDocument: {}, ManagedPolicyArns: [{}]{}}}
"""
FOR_FARGATE = """RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512"""
TASK = f"""
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      {FOR_FARGATE}
      ExecutionRoleArn: {{}}
      ContainerDefinitions: [{{{{Name: web, Image: {{}}.dkr.ecr.us-east-1.amazonaws.com/app:1}}}}]
"""


def role(more: str = "", logical_id: str = "Exec", managed: str = MANAGED) -> str:
    return ROLE.format(logical_id, TRUST % "ecs-tasks", managed, f", {more}" if more else "")


def stack(arn: str, *roles: str, account: str = ONE) -> str:
    return f"{CONDITIONS}Resources:{TASK.format(arn, account)}{''.join(roles)}"


def under(condition: str, resource: str) -> str:
    return f"{resource}    Condition: {condition}\n"


def link(path: Path, name: str, number: int = 0) -> str:
    """Verdict and evidence of a link of the only container, or of one of several."""
    container = judge(load([path]), Policy(), ()).containers[number]
    return next(f"{each.verdict.value}: {each.evidence}" for each in container.links if each.name == name)


LITERAL = f"arn:aws:iam::{ONE}:role/ex"
OURS = "holds: execution role Exec: "


@pytest.mark.parametrize(
    ("arn", "more", "expected"),
    [
        pytest.param("!GetAtt Exec.Arn", "", OURS, id="attribute"),
        pytest.param("!Ref Exec", "", OURS, id="name"),
        pytest.param("!Ref Exec", "Path: /", OURS, id="name-and-path-of-its-own"),
        pytest.param("!Ref Exec", "Path: /svc/", "unknown: execution role ${Exec}", id="name-without-its-path"),
        pytest.param("ex", "RoleName: ex, Path: /svc/", "unknown: execution role ex", id="literal-name-without-path"),
        pytest.param("ex", "RoleName: ex", OURS, id="literal-name"),
        pytest.param("!GetAtt Exec.RoleId", "", "unknown: execution role ${Exec.RoleId}", id="id"),
        pytest.param("!Sub 'arn:aws:iam::${AWS::AccountId}:role/${Exec}'", "", OURS, id="reference-in-arn"),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/svc/${Exec}'", "", "unknown", id="reference-with-path-of-none"
        ),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/svc/${Exec}'", "Path: /svc/", OURS, id="reference-with-its-path"
        ),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${Exec}'", "Path: /svc/", "unknown", id="reference-lacks-path"
        ),
        pytest.param("!Sub 'arn:aws:iam::${AWS::AccountId}:role/x-${Exec}'", "", "unknown", id="part-of-a-name"),
        pytest.param(LITERAL, "RoleName: ex", OURS, id="literal"),
        pytest.param(LITERAL, "RoleName: !Ref Default", OURS, id="name-by-default"),
        pytest.param(LITERAL, "RoleName: ex, Path: /svc/", "unknown", id="literal-lacks-path"),
        pytest.param(LITERAL.replace("role/", "role/svc/"), "RoleName: ex, Path: /svc/", OURS, id="literal-with-path"),
        pytest.param(LITERAL.replace("role/", "role/svc/"), "RoleName: ex", "unknown", id="literal-with-path-of-none"),
        pytest.param(LITERAL.replace(ONE, TWO), "RoleName: ex", "unknown", id="other-account"),
        pytest.param(LITERAL.replace("aws", "aws-cn"), "RoleName: ex", "unknown", id="other-partition"),
        pytest.param(LITERAL.replace("role", "user"), "RoleName: ex", "unknown", id="user"),
        pytest.param("!Sub 'arn:aws:iam::${Env}:role/ex'", "RoleName: ex", "unknown", id="account-by-parameter"),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${AWS::StackName}-ex'",
            "RoleName: !Sub '${AWS::StackName}-ex'",
            OURS,
            id="name-of-the-stack",
        ),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${Env}-ex'",
            "RoleName: !Sub '${Env}-ex'",
            OURS,
            id="name-by-parameter",
        ),
        pytest.param(
            "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${Choice}'", "RoleName: !Ref Choice", OURS, id="name-by-choice"
        ),
        pytest.param(
            "!Sub ['arn:aws:iam::${AWS::AccountId}:role/${Mapped}', {Mapped: !FindInMap [Same, !Ref Choice, is]}]",
            "RoleName: !Ref Choice",
            OURS,
            id="the-same-choice",
        ),
        pytest.param(
            "!Sub ['arn:aws:iam::${AWS::AccountId}:role/${Mapped}', {Mapped: !FindInMap [Other, !Ref Choice, is]}]",
            "RoleName: !Ref Choice",
            f"unknown: execution role arn:aws:iam::{ONE}:role/b, ecr:BatchGetImage: known only at deployment: role ",
            id="always-the-other-choice",
        ),
        pytest.param(
            LITERAL.replace("ex", "a"),
            "RoleName: !Ref Choice",
            f"unknown: where Choice is b: execution role {LITERAL.replace('ex', 'a')}, ecr:BatchGetImage: known only "
            "at deployment: role ",
            id="one-choice-of-two",
        ),
        pytest.param(LITERAL, "RoleName: !If [Prod, ex, other]", "unknown", id="name-in-one-branch"),
        pytest.param(
            f"!If [Prod, '{LITERAL}', '{LITERAL.replace('ex', 'other')}']",
            "RoleName: !If [Prod, ex, other]",
            OURS,
            id="both-in-the-same-branches",
        ),
        pytest.param(LITERAL, "RoleName: '\ue000'", "unknown: execution role", id="odd-character-in-a-name"),
    ],
)
def test_execution_role(tmp_path: Path, arn: str, more: str, expected: str) -> None:
    (tmp_path / "a").mkdir()
    written = write(tmp_path / "a", stack(arn, role(more)).replace("\ue000", "\\ue000"), HERE)
    assert link(written, "permission").startswith(expected)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        pytest.param([under("Prod", role("RoleName: ex"))], "unknown", id="in-one-world-only"),
        pytest.param(
            [under("Prod", role("RoleName: ex")), under("Test", role("RoleName: ex", "Other"))],
            "holds",
            id="one-in-each-world",
        ),
        pytest.param(
            [under("Prod", role("RoleName: ex")), under("Test", role("RoleName: ex", "Other", ""))],
            "broken: where Env is not prod: execution role Other may not call ecr:BatchGetImage",
            id="one-that-may-and-one-that-may-not",
        ),
        pytest.param(
            [under("Test", role("RoleName: ex", "Other", "")), under("Prod", role("RoleName: ex"))],
            "broken: where Env is not prod: execution role Other may not call ecr:BatchGetImage",
            id="the-same-in-other-order",
        ),
    ],
)
def test_conditional_roles(tmp_path: Path, roles: list[str], expected: str) -> None:
    assert link(write(tmp_path, stack(LITERAL, *roles), HERE), "permission").startswith(expected)


def test_each_role_pulls_the_image_of_its_case(tmp_path: Path) -> None:
    for_one = (
        "Policies: [{PolicyName: Pull, PolicyDocument: {Statement: [{Effect: Allow, Action: 'ecr:GetAuthorizationToken'"
        ", Resource: '*'}, {Effect: Allow, Action: 'ecr:*', Resource: 'arn:aws:ecr:*:*:repository/%s'}]}}]"
    )
    roles = role(for_one % "app", "App", ""), role(for_one % "web", "Web", "")
    image = f"!If [Prod, '{IMAGE}', '{IMAGE.replace('/app', '/web')}']"
    for arn, expected in (("App.Arn, !GetAtt Web.Arn", "holds"), ("Web.Arn, !GetAtt App.Arn", "broken")):
        template = stack(f"!If [Prod, !GetAtt {arn}]", *roles).replace(IMAGE, image)
        assert link(write(tmp_path, template, HERE), "permission").startswith(expected)


def test_role_is_there_where_the_task_is(tmp_path: Path) -> None:
    template = stack(LITERAL, under("Prod", role("RoleName: ex")))
    for condition, expected in (("Prod", "holds"), ("Test", "unknown")):
        own = template.replace(
            "Type: AWS::ECS::TaskDefinition",
            f"{{}}\n    Condition: {condition}".format("Type: AWS::ECS::TaskDefinition"),
        )
        assert link(write(tmp_path, own, HERE), "permission").startswith(expected)


ELSEWHERE = f"Resources:{role('RoleName: ex', 'Elsewhere')}"
POWERLESS = f"Resources:{role('RoleName: ex', 'Powerless', '')}"
USES, HAS = stack(LITERAL), stack(LITERAL, role("RoleName: ex"))


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        pytest.param([(USES, HERE), (ELSEWHERE, HERE)], "holds: execution role Elsewhere", id="other-stack"),
        pytest.param([(USES, HERE), (ELSEWHERE, f"aws://{ONE}/eu-west-1")], "holds", id="other-region"),
        pytest.param([(USES, HERE), (ELSEWHERE, THERE)], f"unknown: execution role {LITERAL},", id="other-account"),
        pytest.param([(HAS, HERE), (POWERLESS, THERE)], OURS, id="own-before-other-account"),
        pytest.param([(USES, HERE), (ELSEWHERE, HERE), (POWERLESS, THERE)], "holds", id="own-account-before-other"),
        pytest.param(
            [(USES, HERE), (ELSEWHERE, HERE), (POWERLESS, HERE)],
            f"unknown: execution role {LITERAL}, which may be Elsewhere of template1.yaml or Powerless of "
            "template2.yaml",
            id="two-of-one-name",
        ),
        pytest.param(
            [(USES.replace(ONE, TWO), THERE), (HAS, HERE), (ELSEWHERE, THERE)],
            "holds: execution role Elsewhere",
            id="each-account-its-own",
        ),
        pytest.param(
            [(HAS, "aws://unknown-account/unknown-region"), (POWERLESS, "aws://unknown-account/unknown-region")],
            "unknown: execution role Exec may pull where the account is 111111111111;",
            id="own-where-accounts-are-not-known",
        ),
    ],
)
def test_across_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stacks: list[tuple[str, str]], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assembly(tmp_path, stacks)
    assert link(Path(), "permission").startswith(expected)


INSTANCES = """
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: main}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      RoleName: instances
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: prof, Path: /svc/, Roles: [!Ref Role]}}
  Instance:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: "{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}}"
      InstanceType: t3.small
      UserData: {"Fn::Base64": "#!/bin/bash\\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config"}
      IamInstanceProfile: !Ref Profile
  Service: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref Task, Cluster: !Ref Cluster, LaunchType: EC2}}
"""
LAUNCHED = """      LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        IamInstanceProfile: !Ref Profile
"""
BY_PROFILE = "      IamInstanceProfile: !Ref Profile\n"
POLICY = "ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role]"


def on_instances(executed: str, *changes: tuple[str, str]) -> str:
    template = stack(executed, role(), INSTANCES).replace(FOR_FARGATE, "Memory: 512")
    for old, new in changes:
        assert old in template
        template = template.replace(old, new)
    return template


LACKS = "broken: the instances of Instance have no instance profile"
FOUND = "holds: container instance role Role: "


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([], FOUND, id="reference"),
        pytest.param([("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: prof")], FOUND, id="literal"),
        pytest.param([(BY_PROFILE, LAUNCHED.replace("!Ref Profile", "{Arn: !GetAtt Profile.Arn}"))], FOUND, id="ARN"),
        pytest.param(
            [
                (
                    BY_PROFILE,
                    LAUNCHED.replace("!Ref Profile", f"{{Arn: 'arn:aws:iam::{ONE}:instance-profile/svc/prof'}}"),
                )
            ],
            FOUND,
            id="literal-ARN",
        ),
        pytest.param(
            [(BY_PROFILE, LAUNCHED.replace("!Ref Profile", f"{{Arn: 'arn:aws:iam::{ONE}:instance-profile/prof'}}"))],
            f"unknown: the instances of Instance have the instance profile arn:aws:iam::{ONE}:instance-profile/prof, "
            "which is Profile by another path",
            id="literal-ARN-lacks-path",
        ),
        pytest.param(
            [("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: instances")],
            "unknown: the instances of Instance have the instance profile instances, which is not in the templates",
            id="profile-called-like-a-role",
        ),
        pytest.param(
            [("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: !Ref Role")],
            "unknown: the instances of Instance have the instance profile ${Role}, which is not in the templates",
            id="role-in-place-of-a-profile",
        ),
        pytest.param([(BY_PROFILE, "")], LACKS, id="none"),
        pytest.param(
            [("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: !If [Prod, !Ref Profile, !Ref AWS::NoValue]")],
            where("Env is not prod", LACKS),
            id="none-in-one-branch",
        ),
        pytest.param(
            [
                (
                    BY_PROFILE,
                    LAUNCHED.replace("!Ref Profile", "{Arn: !If [Prod, !GetAtt Profile.Arn, !Ref AWS::NoValue]}"),
                )
            ],
            where("Env is not prod", LACKS),
            id="no-ARN-in-one-branch",
        ),
        pytest.param(
            [
                (
                    BY_PROFILE,
                    LAUNCHED.replace(
                        "!Ref Profile",
                        "{Arn: !If [Prod, !GetAtt Profile.Arn, !Ref AWS::NoValue], "
                        "Name: !If [Prod, !Ref AWS::NoValue, !Ref Profile]}",
                    ),
                )
            ],
            FOUND,
            id="ARN-in-one-branch-and-name-in-the-other",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Roles: [!If [Prod, !Ref Role, !Ref AWS::NoValue]]")],
            "broken: where Env is not prod: the instances of Instance have the instance profile Profile, which has no "
            "role",
            id="profile-without-role-in-one-branch",
        ),
        pytest.param(
            [
                ("Roles: [!Ref Role]", "Roles: [!If [Prod, !Ref Role, !Ref AWS::NoValue]]"),
                ("Type: AWS::EC2::Instance\n", "Type: AWS::EC2::Instance\n    Condition: Prod\n"),
                ("  Task:\n", "  Task:\n    Condition: Prod\n"),
            ],
            FOUND,
            id="profile-with-role-where-the-instance-is",
        ),
        pytest.param(
            [
                (BY_PROFILE, LAUNCHED.replace("!Ref Profile", "!If [Prod, {Name: !Ref Profile}, !Ref AWS::NoValue]")),
                ("Type: AWS::EC2::Instance\n", "Type: AWS::EC2::Instance\n    Condition: Prod\n"),
                ("  Task:\n", "  Task:\n    Condition: Prod\n"),
            ],
            FOUND,
            id="profile-where-the-instance-is",
        ),
        pytest.param(
            [("Type: AWS::EC2::Instance\n", "Type: AWS::EC2::Instance\n    Condition: Prod\n")],
            "unknown: where Env is not prod: the container instances are not in the templates: Service by launch type "
            "EC2",
            id="no-instance-in-one-branch",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Fn::Transform: {Name: Macro}")],
            "unknown: container instance role ",
            id="profile-that-a-macro-makes",
        ),
        pytest.param(
            [("IamInstanceProfile: !Ref Profile", "Fn::Transform: {Name: Macro}")],
            "unknown: ",
            id="instance-that-a-macro-makes",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Roles: []")],
            "broken: the instances of Instance have the instance profile Profile, which has no role",
            id="profile-without-role",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Roles: [ecsInstanceRole]")],
            "unknown: container instance role ecsInstanceRole, ",
            id="role-elsewhere",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Roles: !Ref Env")],
            "unknown: container instance role ${Env}, ",
            id="roles-by-parameter",
        ),
    ],
)
def test_instance_role(tmp_path: Path, changes: list[tuple[str, str]], expected: str) -> None:
    template = on_instances("!Ref AWS::NoValue", *changes)
    assert link(write(tmp_path, template, HERE), "permission").startswith(expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param([], "holds: Service by launch type EC2; Instance joins ${Cluster}", id="agent-may-register"),
        pytest.param(
            [(BY_PROFILE, "")],
            "broken: Service by launch type EC2; the instances of Instance have no instance profile, and the ECS agent "
            "on them can't register",
            id="no-profile",
        ),
        pytest.param(
            [(POLICY, "ManagedPolicyArns: []")],
            "broken: Service by launch type EC2; the ECS agent on Instance may not call ecs:DiscoverPollEndpoint: no "
            "statement of role Role allows",
            id="role-without-policies",
        ),
        pytest.param(
            [("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: elsewhere")],
            "unknown: Service by launch type EC2; whether the ECS agent on Instance can register is not known: the "
            "instances of Instance have the instance profile elsewhere, which is not in the templates",
            id="profile-elsewhere",
        ),
        pytest.param(
            [("Roles: [!Ref Role]", "Roles: [elsewhere]")],
            "unknown: Profile names role 'elsewhere', which is not in the templates",
            id="role-elsewhere",
        ),
    ],
)
def test_agent(tmp_path: Path, changes: list[tuple[str, str]], expected: str) -> None:
    template = on_instances("!GetAtt Exec.Arn", *changes)
    written = write(tmp_path, template, HERE)
    assert link(written, "permission").startswith(OURS)
    assert link(written, "placement").startswith(expected)


AGENT = (
    "Policies: [{PolicyName: Agent, PolicyDocument: {Statement: [{Effect: Allow, Action: 'ecs:DiscoverPollEndpoint', "
    "Resource: '*'}, {Effect: Allow, Action: ['ecs:RegisterContainerInstance', 'ecs:Submit*'], Resource: %s}, {Effect: "
    "Allow, Action: ['ecs:Poll', 'ecs:StartTelemetrySession'], Resource: %s%s}]}}]"
)
ECS = "arn:aws:ecs:us-east-1:111111111111"
FOR_CLUSTER = ", Condition: {ArnEquals: {'ecs:cluster': %s}}"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(AGENT % ("!GetAtt Cluster.Arn", "'*'", ""), "holds: ", id="attribute"),
        pytest.param(AGENT % (f"'{ECS}:cluster/main'", f"'{ECS}:container-instance/main/*'", ""), "holds: ", id="name"),
        pytest.param(
            AGENT % (f"!Sub '{ECS}:cluster/${{Cluster}}'", f"!Sub '{ECS}:container-instance/${{Cluster}}/*'", ""),
            "holds: ",
            id="reference",
        ),
        pytest.param(
            AGENT % ("'*'", f"'{ECS}:container-instance/*'", FOR_CLUSTER % "!GetAtt Cluster.Arn"),
            "holds: ",
            id="condition",
        ),
        pytest.param(
            AGENT % ("'*'", "'*'", FOR_CLUSTER % f"'{ECS}:cluster/main'"), "holds: ", id="condition-with-a-name"
        ),
        pytest.param(
            AGENT % ("'*'", "'*'", FOR_CLUSTER % f"'{ECS}:cluster/other'"),
            "broken: Service by launch type EC2; the ECS agent on Instance may not call ecs:Poll: ",
            id="condition-for-another-cluster",
        ),
        pytest.param(
            AGENT % (f"'{ECS}:cluster/other'", "'*'", ""),
            "broken: Service by launch type EC2; the ECS agent on Instance may not call ecs:RegisterContainerInstance",
            id="another-cluster",
        ),
        pytest.param(AGENT % ("!Ref Env", "'*'", ""), "unknown: ", id="known-only-at-deployment"),
    ],
)
def test_policy_for_the_agent(tmp_path: Path, policy: str, expected: str) -> None:
    template = on_instances("!GetAtt Exec.Arn", (POLICY, policy))
    assert link(write(tmp_path, template, HERE), "placement").startswith(expected)


def test_policy_for_the_agents_of_one_region(tmp_path: Path) -> None:
    """Instances in two regions with one role, which may register in the cluster of the first one only."""
    here = on_instances(
        "!GetAtt Exec.Arn",
        ("  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: main}}\n", ""),
        ("Cluster: !Ref Cluster", "Cluster: main"),
        (POLICY, AGENT % (f"'{ECS}:cluster/main'", "'*'", "")),
    )
    role = here[here.index("  Role:\n") : here.index("  Instance:\n")]
    there = here.replace(role, "").replace("IamInstanceProfile: !Ref Profile", "IamInstanceProfile: prof")
    written = assembly(tmp_path, [(here, HERE), (there, f"aws://{ONE}/eu-west-1")])
    assert link(written, "placement", 0).startswith("holds: ")
    assert link(written, "placement", 1).startswith(
        "broken: Service by launch type EC2; the ECS agent on Instance may not call ecs:RegisterContainerInstance: "
    )


def test_cluster_of_another_account_is_not_joined(tmp_path: Path) -> None:
    """Service and cluster in one account, and instances that name a cluster of the same name in another."""
    service, _, _ = on_instances("!GetAtt Exec.Arn").partition("  Role:\n")
    service += INSTANCES[INSTANCES.index("  Service:") :]
    instances = f"Resources:{INSTANCES[: INSTANCES.index('  Service:')]}".replace("\n  Cluster:", "\n  Own:")
    for other, expected in ((THERE, "unknown: Service by launch type EC2; no container instances"), (HERE, "holds: ")):
        own = (
            instances if other == THERE else instances.replace(instances[: instances.index("  Role:")], "Resources:\n")
        )
        assert link(assembly(tmp_path, [(service, HERE), (own, other)]), "placement").startswith(expected)


REPOSITORY = "\n  {}: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: app}}}}\n"


def repository(condition: str = "", logical_id: str = "Repo") -> str:
    found = REPOSITORY.format(logical_id)
    return found.replace("Properties:", f"Condition: {condition}, Properties:") if condition else found


IMAGE = f"{ONE}.dkr.ecr.us-east-1.amazonaws.com/app:1"


@pytest.mark.parametrize(
    ("repositories", "task", "image", "expected"),
    [
        pytest.param([repository()], "", IMAGE, "holds", id="always-there"),
        pytest.param(
            [repository("Prod")],
            "",
            IMAGE,
            f"unknown: where Env is not prod: repository app of account {ONE} in us-east-1 is not in the templates",
            id="there-under-a-condition",
        ),
        pytest.param([repository("Prod")], "Condition: Prod", IMAGE, "holds", id="under-the-condition-of-the-task"),
        pytest.param(
            [repository("Test")],
            "Condition: Prod",
            IMAGE,
            f"unknown: repository app of account {ONE} in us-east-1 is not in the templates",
            id="under-the-opposite-condition",
        ),
        pytest.param([repository("Prod"), repository("Test", "Other")], "", IMAGE, "holds", id="one-in-each-world"),
        pytest.param(
            [repository("Prod"), repository("", "Other").replace("app", "web")],
            "",
            f"!If [Prod, '{IMAGE}', '{IMAGE.replace('/app', '/web')}']",
            "holds",
            id="image-in-the-same-branch",
        ),
        pytest.param(
            [repository().replace("RepositoryName: app", "RepositoryName: !If [Prod, app, other]")],
            "",
            IMAGE,
            "unknown",
            id="name-in-one-branch",
        ),
        pytest.param(
            [repository("Prod").replace("RepositoryName: app", "")],
            "",
            "!Sub '${Repo.RepositoryUri}:1'",
            "holds",
            id="reference",
        ),
    ],
)
def test_repository(tmp_path: Path, repositories: list[str], task: str, image: str, expected: str) -> None:
    template = stack("!GetAtt Exec.Arn", role(), *repositories).replace(IMAGE, image)
    template = template.replace("  Task:\n", f"  Task:\n    {task}\n")
    assert link(write(tmp_path, template, HERE), "repository").replace(f"{tmp_path}/", "").startswith(expected)
