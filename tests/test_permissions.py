"""grant_pull: the permission to pull, for roles of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack, Token
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam

from ecr_ecs_constructs.permissions import grant_pull
from tests.support import FOUR, THREE, properties, pulls

if TYPE_CHECKING:
    from collections.abc import Callable

ARN = "arn:aws:ecr:us-east-1:123456789012:repository/app"
OTHER_ARN = "arn:aws:ecr:us-east-1:123456789012:repository/team/*"
TOKEN = {"ecr:GetAuthorizationToken"}


def new_role(stack: Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(lambda stack: {}, {"*": FOUR}, id="all repositories"),
        pytest.param(lambda stack: {"repositories": [ARN]}, {"*": TOKEN, ARN: THREE}, id="an ARN"),
        pytest.param(
            lambda stack: {"repositories": [ARN, OTHER_ARN]}, {"*": TOKEN, ARN: THREE, OTHER_ARN: THREE}, id="ARNs"
        ),
        pytest.param(
            lambda stack: {"repositories": [Token.as_string({"Ref": "X"})]}, {"*": TOKEN, "${X}": THREE}, id="a token"
        ),
        pytest.param(
            lambda stack: {"repositories": [ecr.Repository(stack, "Repository"), ARN]},
            {"*": TOKEN, "${Repository22E53BBD.Arn}": THREE, ARN: THREE},
            id="a construct and an ARN",
        ),
        pytest.param(
            lambda stack: {"repositories": [ecr.Repository.from_repository_arn(stack, "Repository", ARN)]},
            {"*": TOKEN, ARN: THREE},
            id="an imported repository",
        ),
        pytest.param(
            lambda stack: {"pull_through_cache": True},
            {"*": FOUR | {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}},
            id="all repositories of a cache",
        ),
        pytest.param(
            lambda stack: {
                "repositories": [ecr.Repository(stack, "Repository"), ARN],
                "pull_through_cache": True,
            },
            {
                "*": TOKEN,
                "${Repository22E53BBD.Arn}": THREE | {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
                ARN: THREE | {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
            },
            id="some repositories of a cache",
        ),
    ],
)
def test_actions(options: Callable[[Stack], dict[str, Any]], expected: dict[str, set[str]]) -> None:
    stack = Stack(App(), "Stack")
    grant_pull(new_role(stack), **options(stack)).assert_success()
    assert pulls(stack) == expected


@pytest.mark.parametrize(
    ("import_role", "expected"),
    [
        pytest.param(
            lambda stack: iam.Role.from_role_name(stack, "Role", "ecsInstanceRole"), {"*": FOUR}, id="by name"
        ),
        pytest.param(
            lambda stack: iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111111111111:role/ecsInstanceRole"),
            {"*": FOUR},
            id="of this account",
        ),
        pytest.param(
            lambda stack: iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::222222222222:role/ecsInstanceRole"),
            {},
            id="of another account",
        ),
        pytest.param(
            lambda stack: iam.Role.from_role_name(stack, "Role", "ecsInstanceRole", mutable=False), {}, id="immutable"
        ),
    ],
)
def test_imported_role(import_role: Callable[[Stack], iam.IRole], expected: dict[str, set[str]]) -> None:
    stack = Stack(App(), "Stack", env=Environment(account="111111111111", region="us-east-1"))
    ecr.Repository(stack, "Repository")
    grant_pull(import_role(stack))
    assert pulls(stack) == expected


def test_repository_of_another_account_lets_the_role_in() -> None:
    app = App()
    images = Stack(app, "Images", env=Environment(account="111111111111", region="us-east-1"))
    services = Stack(app, "Services", env=Environment(account="222222222222", region="us-east-1"))
    grant_pull(new_role(services), repositories=[ecr.Repository(images, "Repository", repository_name="app")])
    (repository,) = properties(images, "AWS::ECR::Repository")
    (statement,) = repository["RepositoryPolicyText"]["Statement"]
    assert set(statement["Action"]) == THREE
    assert statement["Principal"]["AWS"]["Fn::Join"][1][-1] == ":iam::222222222222:root"
    assert pulls(services) == {
        "*": TOKEN,
        "arn:${AWS::Partition}:ecr:us-east-1:111111111111:repository/app": THREE,
    }


@pytest.mark.parametrize(
    ("repositories", "message"),
    [
        pytest.param(
            [],
            "repositories must name at least one repository, got []: the role could pull no image",
            id="none",
        ),
        pytest.param(
            ARN,
            f"repositories must be a list, got '{ARN}': it is one text",
            id="a text",
        ),
        pytest.param(
            ["app"],
            "repositories must hold repositories or ARNs of repositories, got 'app': "
            "an ARN reads arn:<partition>:ecr:<region>:<account>:repository/<name>",
            id="a name",
        ),
        pytest.param(
            ["arn:aws:s3:::bucket"],
            "repositories must hold repositories or ARNs of repositories, got 'arn:aws:s3:::bucket': "
            "an ARN reads arn:<partition>:ecr:<region>:<account>:repository/<name>",
            id="another ARN",
        ),
    ],
)
def test_refused(repositories: Any, message: str) -> None:
    stack = Stack(App(), "Stack")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        grant_pull(new_role(stack), repositories=repositories)
    assert str(caught.value) == message
