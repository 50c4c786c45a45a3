"""The links of a container's pull path: verdict and evidence of each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import ECR, write

MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
TEMPLATE = """
Parameters:
  Free: {Type: String}
  Pattern: {Type: String, AllowedPattern: 'REGISTRY/[a-z]{2,9}:[0-9]+'}
Resources:
  Repository: {Type: AWS::ECR::Repository, Properties: {ImageTagMutability: IMMUTABLE}}
  Named: {Type: AWS::ECR::Repository, Properties: {RepositoryName: named}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: [MANAGED]
  Distrusting:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: [MANAGED]
  Empty: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, ManagedPolicyArns: [MANAGED]}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ExecutionRoleArn: ROLE
      ContainerDefinitions: [{Name: web, Image: IMAGE}]
"""
OURS = "!GetAtt Role.Arn"
ALLOWED = (
    "execution role Role: ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, ecr:GetAuthorizationToken allowed by "
    f"AWS managed policy {MANAGED}; sts:AssumeRole allowed by statement 1 of its trust policy"
)


@pytest.mark.parametrize(
    ("image", "role", "expected"),
    [
        pytest.param(
            "!Sub '${Repository.RepositoryUri}:1'",
            OURS,
            [
                "image holds: 123456789012.dkr.ecr.us-east-1.amazonaws.com/${Repository}:1 is a reference of a private "
                "ECR registry",
                "repository holds: repository ${Repository} is Repository of template.yaml",
                f"permission holds: {ALLOWED}",
            ],
            id="repository of the templates",
        ),
        pytest.param(
            f"{ECR}/named:1",
            OURS,
            [
                f"image holds: {ECR}/named:1 is a reference of a private ECR registry",
                "repository holds: repository named is Named of template.yaml",
                f"permission holds: {ALLOWED}",
            ],
            id="repository of the templates, by its name",
        ),
        pytest.param(
            f"{ECR}/cdk-hnb659fds-container-assets-123456789012-us-east-1:0abc",
            OURS,
            [
                f"image holds: {ECR}/cdk-hnb659fds-container-assets-123456789012-us-east-1:0abc is a reference of a "
                "private ECR registry",
                "repository holds: repository cdk-hnb659fds-container-assets-123456789012-us-east-1 is filled by CDK "
                "before it deploys the stack",
                f"permission holds: {ALLOWED}",
            ],
            id="docker asset",
        ),
        pytest.param(
            f"{ECR}/elsewhere:1",
            OURS,
            [
                f"image holds: {ECR}/elsewhere:1 is a reference of a private ECR registry",
                "repository unknown: repository elsewhere of account 123456789012 in us-east-1 is not in the templates",
                f"permission holds: {ALLOWED}",
            ],
            id="repository elsewhere",
        ),
        pytest.param(
            "!Ref Pattern",
            OURS,
            [
                "image holds: ${Pattern} is a reference of a private ECR registry",
                "repository unknown: no repository can be told of the image '${Pattern}'",
                "permission unknown: which repository is pulled from can't be told",
            ],
            id="constrained parameter",
        ),
        pytest.param(
            "!Ref Free",
            OURS,
            [
                "image unknown: ${Free} is known only at deployment",
                "repository unknown: no repository can be told of the image '${Free}'",
                "permission unknown: which repository is pulled from can't be told",
            ],
            id="free parameter",
        ),
        pytest.param(
            "nginx",
            OURS,
            [
                "image broken: nginx has no ECR registry",
                "repository unknown: no repository can be told of the image 'nginx'",
                "permission unknown: which repository is pulled from can't be told",
            ],
            id="no ECR image",
        ),
        pytest.param(
            "public.ecr.aws/nginx/nginx:1",
            OURS,
            [
                "image holds: public.ecr.aws/nginx/nginx:1 is a reference of the public gallery, which is allowed",
                "repository not-applicable: the public gallery is no repository of an account",
                "permission not-applicable: the public gallery asks for no permission",
            ],
            id="public gallery",
        ),
        pytest.param(
            f"{ECR}/named:1",
            "!Ref AWS::NoValue",
            [
                f"image holds: {ECR}/named:1 is a reference of a private ECR registry",
                "repository holds: repository named is Named of template.yaml",
                "permission broken: the task has no execution role, and FARGATE pulls by nothing else "
                "(no service or schedule in the templates runs it; it is for FARGATE)",
            ],
            id="no execution role",
        ),
        pytest.param(
            f"{ECR}/named:1",
            "!GetAtt Distrusting.Arn",
            [
                f"image holds: {ECR}/named:1 is a reference of a private ECR registry",
                "repository holds: repository named is Named of template.yaml",
                "permission broken: execution role Distrusting can't be assumed: no statement of its trust policy lets "
                "ecs-tasks.amazonaws.com assume it",
            ],
            id="role that does not trust ECS",
        ),
        pytest.param(
            f"{ECR}/named:1",
            "!GetAtt Empty.Arn",
            [
                f"image holds: {ECR}/named:1 is a reference of a private ECR registry",
                "repository holds: repository named is Named of template.yaml",
                "permission unknown: execution role Empty, sts:AssumeRole: known only at deployment: the document of "
                "its trust policy",
            ],
            id="role without a trust policy",
        ),
        pytest.param(
            f"{ECR}/named:1",
            "!Ref Free",
            [
                f"image holds: {ECR}/named:1 is a reference of a private ECR registry",
                "repository holds: repository named is Named of template.yaml",
                "permission unknown: execution role ${Free}, ecr:BatchGetImage: known only at deployment: "
                "role ${Free}, which is not in the templates",
            ],
            id="imported role",
        ),
    ],
)
def test_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str, role: str, expected: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    known = {"REGISTRY": ECR.replace(".", "[.]"), "MANAGED": MANAGED, "ROLE": role, "IMAGE": image}
    template = re.sub("|".join(known), lambda match: known[match[0]], TEMPLATE)
    write(tmp_path, template, "aws://123456789012/us-east-1")
    (container,) = judge(load(["."]), Policy(allow_public_gallery=True), ()).containers
    assert [f"{link.name} {link.verdict.value}: {link.evidence}" for link in container.links[:3]] == expected


@pytest.mark.parametrize(
    ("transform", "image", "expected"),
    [
        pytest.param(
            "Transform: Ours",
            f"{ECR}/named:1",
            "unknown: the macro Ours rewrites the template at deployment",
            id="macro",
        ),
        pytest.param("Transform: Ours", "nginx", "broken: nginx has no ECR registry", id="macro, no ECR image"),
        pytest.param(
            "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]",
            f"{ECR}/named:1",
            f"holds: {ECR}/named:1 is a reference of a private ECR registry",
            id="macros of AWS",
        ),
    ],
)
def test_image_under_a_macro(tmp_path: Path, transform: str, image: str, expected: str) -> None:
    template = TEMPLATE.replace("ROLE", OURS).replace("IMAGE", image).replace("REGISTRY", "[0-9]")
    write(tmp_path, f"{transform}\n{template}", "aws://123456789012/us-east-1")
    (container,) = judge(load([tmp_path]), Policy(), ()).containers
    assert f"{container.links[0].verdict.value}: {container.links[0].evidence}" == expected


@pytest.mark.parametrize(
    ("environment", "image", "expected"),
    [
        pytest.param("123456789012/us-east-1", f"{ECR}/named:1", "holds: repository named is Named of {}", id="own"),
        pytest.param(
            "unknown-account/us-east-1",
            f"{ECR}/named:1",
            "unknown: whether repository named is Named of {} depends on where these templates are deployed",
            id="account unknown",
        ),
        pytest.param(
            "123456789012/unknown-region",
            f"{ECR}/named:1",
            "unknown: whether repository named is Named of {} depends on where these templates are deployed",
            id="region unknown",
        ),
        pytest.param(
            "unknown-account/unknown-region",
            "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/named:1'",
            "holds: repository named is Named of {}",
            id="own, not known which",
        ),
        pytest.param(
            "210987654321/us-east-1",
            f"{ECR}/named:1",
            "unknown: repository named of account 123456789012 in us-east-1 is not in the templates",
            id="another account",
        ),
        pytest.param(
            "210987654321/us-east-1",
            f"{ECR}/cdk-q-container-assets-123456789012-us-east-1:1",
            "unknown: repository cdk-q-container-assets-123456789012-us-east-1 of account 123456789012 in us-east-1 is "
            "not in the templates",
            id="docker asset of another account",
        ),
        pytest.param(
            "unknown-account/unknown-region",
            "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/cdk-q-container-assets-${AWS::AccountId}-"
            "${AWS::Region}:1'",
            "holds: repository cdk-q-container-assets-${{AWS::AccountId}}-${{AWS::Region}} is filled by CDK before it "
            "deploys the stack",
            id="docker asset, not known where",
        ),
        pytest.param(
            "123456789012/us-east-1",
            f"{ECR}/cdk-q-container-assets-210987654321-us-east-1:1",
            "unknown: repository cdk-q-container-assets-210987654321-us-east-1 of account 123456789012 in us-east-1 is "
            "not in the templates",
            id="docker asset, named for another account",
        ),
    ],
)
def test_repository_of_an_account(tmp_path: Path, environment: str, image: str, expected: str) -> None:
    template = TEMPLATE.replace("ROLE", OURS).replace("IMAGE", image).replace("REGISTRY", "[0-9]")
    folder = write(tmp_path, template, f"aws://{environment}")
    (container,) = judge(load([folder]), Policy(), ()).containers
    link = container.links[1]
    assert f"{link.verdict.value}: {link.evidence}" == expected.format(folder / "template.yaml")


OTHERWISE = "elsewhere the policy of the repository decides"


@pytest.mark.parametrize(
    ("environment", "image", "expected"),
    [
        pytest.param("123456789012/us-east-1", f"{ECR}/other:1", f"holds: {ALLOWED}", id="own"),
        pytest.param(
            "unknown-account/unknown-region",
            "!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/other:1'",
            f"holds: {ALLOWED}",
            id="own, not known which",
        ),
        pytest.param(
            "unknown-account/us-east-1",
            f"{ECR}/other:1",
            f"unknown: execution role Role may pull where the account is 123456789012; {OTHERWISE}",
            id="account unknown",
        ),
        pytest.param(
            "210987654321/us-east-1",
            f"{ECR}/other:1",
            "unknown: execution role Role may pull but for the policy of repository other of account 123456789012 in "
            "us-east-1, which is not in the templates",
            id="another account",
        ),
    ],
)
def test_permission_in_an_account(tmp_path: Path, environment: str, image: str, expected: str) -> None:
    template = TEMPLATE.replace("ROLE", OURS).replace("IMAGE", image).replace("REGISTRY", "[0-9]")
    (container,) = judge(
        load([write(tmp_path, template.replace("MANAGED", MANAGED), f"aws://{environment}")]), Policy(), ()
    ).containers
    link = container.links[2]
    assert f"{link.verdict.value}: {link.evidence}" == expected


def test_docker_asset_of_no_assembly(tmp_path: Path) -> None:
    """Nothing says that CDK deploys the template."""
    name = "cdk-q-container-assets-${AWS::AccountId}-${AWS::Region}"
    image = f"!Sub '${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/{name}:1'"
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE.replace("ROLE", OURS).replace("IMAGE", image).replace("REGISTRY", "[0-9]"), "utf-8")
    (container,) = judge(load([file]), Policy(), ()).containers
    assert container.links[1] == Link(
        "repository",
        Verdict.UNKNOWN,
        f"repository {name} of account ${{AWS::AccountId}} in ${{AWS::Region}} is not in the templates",
        "unverifiable-repository",
    )


def test_what_no_deployment_can_be_is_no_proof(tmp_path: Path) -> None:
    """Where CloudFormation refuses the image whatever is chosen, the container is there, and nothing of it proven."""
    only_else = "Condition: Other\n    Properties:\n      RequiresCompatibilities"
    sections = (
        "Mappings: {Tags: {prod: {tag: '1'}}}\n"
        "Conditions: {Other: !Not [!Equals [!Ref Free, prod]]}\n"
        + TEMPLATE.replace("Properties:\n      RequiresCompatibilities", only_else)
        .replace("ROLE", OURS)
        .replace("IMAGE", f"!Sub ['{ECR}/named:${{Tag}}', {{Tag: !FindInMap [Tags, !Ref Free, tag]}}]")
        .replace("REGISTRY", "[0-9]")
    )
    (container,) = judge(load([write(tmp_path, sections, "aws://123456789012/us-east-1")]), Policy(), ()).containers
    refused = "CloudFormation finds no value for a part of it in any combination of parameters"
    assert (container.logical_id, container.image, container.verdict) == ("Task", refused, "unknown")
    assert {(link.verdict, link.evidence) for link in container.links} == {(Verdict.UNKNOWN, refused)}


def test_credentials_in_place_of_the_role(tmp_path: Path) -> None:
    """What was left when an image moved from another registry."""
    credentials = f"{ECR}/named:1, RepositoryCredentials: {{CredentialsParameter: secret}}"
    template = (
        TEMPLATE.replace("ROLE", OURS)
        .replace("IMAGE", credentials)
        .replace("REGISTRY", "[0-9]")
        .replace("MANAGED", MANAGED)
    )
    (container,) = judge(load([write(tmp_path, template, "aws://123456789012/us-east-1")]), Policy(), ()).containers
    assert container.links[2].verdict.value == "unknown"
    assert container.links[2].evidence == (
        "it is not known whether the registry takes what RepositoryCredentials hold, not the role's token"
    )
