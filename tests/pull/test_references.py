"""Which repository of the templates an image is pulled from, and whether it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import write

ONE = "111111111111"
HERE = f"aws://{ONE}/us-east-1"
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
CONDITIONS = """
Parameters: {Env: {Type: String}, Choice: {Type: String, AllowedValues: [a, b]}, Default: {Type: String, Default: ex}}
Mappings: {Same: {a: {is: a}, b: {is: b}}, Other: {a: {is: b}, b: {is: a}}}
Conditions: {Prod: !Equals [!Ref Env, prod], Test: !Not [!Condition Prod]}
"""
ROLE = """
  {}:
    Type: AWS::IAM::Role
    Properties: {{AssumeRolePolicyDocument: {{}}, ManagedPolicyArns: [{}]{}}}
"""
TASK = """
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: {}
      ContainerDefinitions: [{{Name: web, Image: {}.dkr.ecr.us-east-1.amazonaws.com/app:1}}]
"""


def role(more: str = "", logical_id: str = "Exec", managed: str = MANAGED) -> str:
    return ROLE.format(logical_id, managed, f", {more}" if more else "")


def stack(arn: str, *roles: str, account: str = ONE) -> str:
    return f"{CONDITIONS}Resources:{TASK.format(arn, account)}{''.join(roles)}"


def under(condition: str, resource: str) -> str:
    return f"{resource}    Condition: {condition}\n"


def link(path: Path, name: str, number: int = 0) -> str:
    """Verdict and evidence of a link of the only container, or of one of several."""
    container = judge(load([path]), Policy(), ()).containers[number]
    return next(f"{each.verdict.value}: {each.evidence}" for each in container.links if each.name == name)


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
            "unknown: repository app is Repo of template.yaml, which is not always there where the container is",
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
