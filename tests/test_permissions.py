"""grant_pull: the permission to pull, for roles of all kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack, Stage, Token
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match

from ecr_ecs_constructs.instance_role import EcsInstanceRole
from ecr_ecs_constructs.permissions import REPOSITORY_PULL_ACTIONS, grant_pull
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


def imported(stack: Stack) -> ecr.IRepository:
    return ecr.Repository.from_repository_arn(stack, "Imported", ARN)


def of_another_stack(stack: Stack) -> ecr.IRepository:
    images = Stack(Stage.of(stack), "Images", env=Environment(account="123456789012", region="us-east-1"))
    return ecr.Repository(images, "Repository", repository_name="app")


@pytest.mark.parametrize(
    ("account", "repositories", "told"),
    [
        pytest.param("111111111111", lambda _: [ARN], ["repository 'app'"], id="an ARN"),
        pytest.param(
            "111111111111",
            lambda _: [ARN.replace("app", Token.as_string({"Ref": "X"}))],
            ["the repository"],
            id="an ARN with a token for the name",
        ),
        pytest.param("111111111111", lambda _: [OTHER_ARN], ["each repository 'team/*'"], id="an ARN of several"),
        pytest.param(
            "111111111111",
            lambda stack: [
                stack.format_arn(
                    service="ecr", account="123456789012", region="*", resource="repository", resource_name="app"
                )
            ],
            ["repository 'app'"],
            id="an ARN of this partition",
        ),
        pytest.param("111111111111", lambda stack: [imported(stack)], ["repository 'app'"], id="an imported one"),
        pytest.param(
            "111111111111",
            lambda stack: [imported(stack), OTHER_ARN],
            ["repository 'app'", "each repository 'team/*'"],
            id="each of them",
        ),
        pytest.param("123456789012", lambda stack: [imported(stack), ARN], [], id="own account"),
        pytest.param(None, lambda stack: [imported(stack), ARN], [], id="account known at deployment only"),
        pytest.param("111111111111", lambda _: [Token.as_string({"Ref": "X"})], [], id="a token"),
        pytest.param("111111111111", lambda _: ["arn:aws:ecr:*:*:repository/*"], [], id="any account"),
        pytest.param("111111111111", lambda stack: [of_another_stack(stack)], [], id="repository of this app"),
        pytest.param(
            "111111111111", lambda stack: [of_another_stack(stack), ARN][1:], [], id="ARN of a repository of this app"
        ),
        pytest.param("111111111111", lambda _: [ARN.replace("123456789012", "906394416424")], [], id="Fluent Bit"),
        pytest.param("111111111111", lambda _: [ARN.replace("123456789012", "840364872350")], [], id="Envoy"),
        pytest.param("111111111111", lambda _: [ARN.replace("123456789012", "763104351884")], [], id="deep learning"),
        pytest.param("111111111111", lambda _: None, [], id="all repositories"),
    ],
)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda stack, repositories: grant_pull(new_role(stack), repositories=repositories), id="grant_pull"
        ),
        pytest.param(
            lambda stack, repositories: EcsInstanceRole(stack, "Role", repositories=repositories), id="EcsInstanceRole"
        ),
    ],
)
def test_what_another_account_must_add_is_told(
    make: Callable[[Stack, Any], object], account: str | None, repositories: Callable[[Stack], Any], told: list[str]
) -> None:
    stack = Stack(App(), "Stack", env=Environment(account=account, region="us-east-1"))
    make(stack, repositories(stack))
    found = Annotations.from_stack(stack).find_warning(
        "/Stack/Role", Match.string_like_regexp("repositoryOfOtherAccount")
    )
    statement = json.dumps({"Effect": "Allow", "Principal": {"AWS": account}, "Action": [*REPOSITORY_PULL_ACTIONS]})
    assert [message.entry.data for message in found] == [
        f"the policy of {which} in account 123456789012 must hold the statement {statement}: nothing here can add it "
        "[ack: ecr-ecs:repositoryOfOtherAccount]"
        for which in told
    ]


def test_repository_that_is_made_later_is_of_this_app_too() -> None:
    stack = Stack(App(), "Stack", env=Environment(account="111111111111", region="us-east-1"))
    grant_pull(new_role(stack), repositories=[ARN])
    of_another_stack(stack)
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


def test_role_of_another_account_is_the_one_to_let_in() -> None:
    stack = Stack(App(), "Stack", env=Environment(account="111111111111", region="us-east-1"))
    grant_pull(iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::222222222222:role/r"), repositories=[ARN])
    let_in = Match.string_like_regexp('"AWS": "222222222222"')
    assert len(Annotations.from_stack(stack).find_warning("/Stack/Role", let_in)) == 1


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
