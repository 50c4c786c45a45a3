"""EcrRepository: names, tags, the time that images stay, and who else may pull."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnOutput, Duration, Environment, NestedStack, PhysicalName, RemovalPolicy, Stack, Stage, Token
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from ecr_ecs_constructs.repository import EcrRepository
from tests.support import THREE, line, only, properties, pulls

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

FOREIGN_DIGITS = chr(0x661) * 12  # ARABIC-INDIC DIGIT ONE: a digit to Python, none to AWS
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1"


def rule(priority: int, description: str, days: int, **selection: Any) -> dict[str, Any]:
    return {
        "rulePriority": priority,
        "description": description,
        "selection": {**selection, "countType": "sinceImagePushed", "countNumber": days, "countUnit": "days"},
        "action": {"type": "expire"},
    }


def days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def rules(untagged: int, any: int | None = None) -> list[dict[str, Any]]:
    first = rule(1, f"Untagged images {days(untagged)} after their push", untagged, tagStatus="untagged")
    return [first] if any is None else [first, rule(2, f"Images {days(any)} after their push", any, tagStatus="any")]


DEFAULT = {"ImageScanningConfiguration": {"ScanOnPush": True}, "ImageTagMutability": "IMMUTABLE"}


def repository(stack: Stack) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The properties of the only repository but its lifecycle, and the rules of that."""
    found = only(stack, "AWS::ECR::Repository")
    return found, json.loads(found.pop("LifecyclePolicy")["LifecyclePolicyText"])["rules"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(lambda stack: {}, {}, id="default: immutable, scanned on push"),
        pytest.param(lambda stack: {"repository_name": "team/app"}, {"RepositoryName": "team/app"}, id="name"),
        pytest.param(
            lambda stack: {
                "image_tag_mutability_exclusion_filters": [ecr.ImageTagMutabilityExclusionFilter.wildcard("dev-*")]
            },
            {
                "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                "ImageTagMutabilityExclusionFilters": [
                    {
                        "ImageTagMutabilityExclusionFilterType": "WILDCARD",
                        "ImageTagMutabilityExclusionFilterValue": "dev-*",
                    }
                ],
            },
            id="exclusion filter",
        ),
        pytest.param(
            lambda stack: {"encryption": ecr.RepositoryEncryption.KMS},
            {"EncryptionConfiguration": {"EncryptionType": "KMS"}},
            id="KMS",
        ),
        pytest.param(
            lambda stack: {"encryption_key": kms.Key.from_key_arn(stack, "Key", KEY_ARN)},
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY_ARN}},
            id="own key, imported",
        ),
        pytest.param(
            lambda stack: {"encryption_key": kms.Key(stack, "Key")},
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": {"Fn::GetAtt": ["Key961B73FD", "Arn"]}}},
            id="own key",
        ),
        pytest.param(
            lambda stack: {"removal_policy": RemovalPolicy.DESTROY, "empty_on_delete": True},
            {"EmptyOnDelete": True},
            id="emptied on delete",
        ),
    ],
)
def test_properties(options: Callable[[Stack], dict[str, Any]], expected: dict[str, Any]) -> None:
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", **options(stack))
    assert repository(stack) == ({**DEFAULT, **expected}, rules(90))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, ("RetainExceptOnCreate", "Retain"), id="default: it goes with a first deployment that fails"),
        pytest.param({"removal_policy": RemovalPolicy.RETAIN}, ("Retain", "Retain"), id="retain"),
        pytest.param({"removal_policy": RemovalPolicy.DESTROY}, ("Delete", "Delete"), id="destroy"),
    ],
)
def test_removal(options: dict[str, Any], expected: tuple[str, str]) -> None:
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", **options)
    (found,) = Template.from_stack(stack).find_resources("AWS::ECR::Repository").values()
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ab", id="2 characters"),
        pytest.param("a" * 256, id="256 characters"),
        pytest.param("a/b.c_d-e", id="single separators"),
        pytest.param("a--b", id="two hyphens, which CDK refuses"),
        pytest.param("a__b/c---d", id="two underscores, which CDK refuses"),
    ],
)
def test_names(name: str) -> None:
    stack = Stack(App(), "Stack")
    found = EcrRepository(stack, "Repository", repository_name=name)
    CfnOutput(stack, "Uri", value=found.repository_uri_for_tag("1"))
    CfnOutput(stack, "Name", value=found.repository_name)
    template = Template.from_stack(stack)
    ((logical_id, resource),) = template.find_resources("AWS::ECR::Repository").items()
    assert resource["Properties"]["RepositoryName"] == name
    arn = f"${{{logical_id}.Arn}}"
    assert {output: line(value["Value"]) for output, value in template.to_json()["Outputs"].items()} == {
        "Uri": f"${{{arn} at 4}}.dkr.ecr.${{{arn} at 3}}.${{AWS::URLSuffix}}/${{{logical_id}}}:1",
        "Name": f"${{{logical_id}}}",
    }


@pytest.mark.parametrize("name", ["app", "a--b", "a__b"])
def test_names_from_other_environments(name: str) -> None:
    app = App()
    images = Stack(app, "Images", env=Environment(account="111111111111", region="us-east-1"))
    services = Stack(app, "Services", env=Environment(account="222222222222", region="eu-west-1"))
    found = EcrRepository(images, "Repository", repository_name=name)
    role = iam.Role(services, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    found.grant_pull(role)
    CfnOutput(services, "Name", value=found.repository_name)
    assert pulls(services) == {
        "*": {"ecr:GetAuthorizationToken"},
        f"arn:${{AWS::Partition}}:ecr:us-east-1:111111111111:repository/{name}": THREE,
    }
    assert Template.from_stack(services).to_json()["Outputs"]["Name"]["Value"] == name
    assert only(images, "AWS::ECR::Repository")["RepositoryName"] == name


def test_name_generated_for_other_environments() -> None:
    app = App()
    images = Stack(app, "Images", env=Environment(account="111111111111", region="us-east-1"))
    services = Stack(app, "Services", env=Environment(account="222222222222", region="us-east-1"))
    found = EcrRepository(images, "Repository", repository_name=PhysicalName.GENERATE_IF_NEEDED)
    EcrRepository(images, "Alone", repository_name=PhysicalName.GENERATE_IF_NEEDED)
    CfnOutput(services, "Name", value=found.repository_name)
    name = Template.from_stack(services).to_json()["Outputs"]["Name"]["Value"]
    assert [each.get("RepositoryName") for each in properties(images, "AWS::ECR::Repository")] == [name, None]
    assert re.fullmatch("[a-z0-9-]+", name)


def test_name_by_token() -> None:
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", repository_name=Token.as_string({"Ref": "Name"}))
    assert only(stack, "AWS::ECR::Repository")["RepositoryName"] == {"Ref": "Name"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, rules(90), id="default: images with a tag stay"),
        pytest.param({"max_image_age": Duration.days(365)}, rules(90, 365), id="an age for all"),
        pytest.param(
            {"max_untagged_image_age": Duration.days(1), "max_image_age": Duration.days(1)}, rules(1, 1), id="one day"
        ),
        pytest.param({"max_image_age": Duration.hours(24 * 100)}, rules(90, 100), id="in hours"),
    ],
)
def test_lifecycle(options: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", **options)
    assert repository(stack)[1] == expected


def test_lifecycle_never_counts_images() -> None:
    """A count can expire what was pushed today: only ages hold the promise, and none below the stated time."""
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", max_untagged_image_age=Duration.days(30))
    selections = [rule["selection"] for rule in repository(stack)[1]]
    assert {selection["countType"] for selection in selections} == {"sinceImagePushed"}
    assert min(selection["countNumber"] for selection in selections) == 30


def test_added_rule_comes_before_the_rule_for_all() -> None:
    stack = Stack(App(), "Stack")
    found = EcrRepository(stack, "Repository", max_image_age=Duration.days(365))
    found.add_lifecycle_rule(description="Releases", tag_pattern_list=["v*"], max_image_age=Duration.days(3650))
    untagged, every = rules(90, 365)
    assert repository(stack)[1] == [
        untagged,
        rule(2, "Releases", 3650, tagStatus="tagged", tagPatternList=["v*"]),
        {**every, "rulePriority": 3},
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"max_image_count": 10},
            "max_image_count must be left out, got 10: a rule by count can expire an image that was pushed a day ago "
            "and runs; give max_image_age, and images of a shorter life a repository of their own",
            id="by count",
        ),
        pytest.param(
            {"max_image_age": Duration.days(89), "tag_prefix_list": ["pr-"]},
            "max_image_age must be at least 90 days, got '89 days': no image of this repository is expired sooner; "
            "give images of a shorter life a repository of their own",
            id="too early",
        ),
        pytest.param(
            {"max_image_age": Duration.hours(36), "tag_prefix_list": ["pr-"]},
            "max_image_age must be a whole number of days, got '1 day 12 hours' (1.5 days): Amazon ECR counts in days",
            id="half a day",
        ),
    ],
)
def test_added_rule_refused(options: dict[str, Any], message: str) -> None:
    stack = Stack(App(), "Stack")
    found = EcrRepository(stack, "Repository")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        found.add_lifecycle_rule(**options)
    assert str(caught.value) == message
    assert repository(stack)[1] == rules(90)


def principal(account: str) -> dict[str, Any]:
    return {"AWS": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{account}:root"]]}}


ORGANIZATION = {
    "Sid": "PullFromOrganization",
    "Principal": {"AWS": "*"},
    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {"pull_accounts": ["111111111111"]},
            [{"Sid": "PullFromAccounts", "Principal": principal("111111111111")}],
            id="account",
        ),
        pytest.param(
            {"pull_accounts": ["111111111111", "222222222222"]},
            [
                {
                    "Sid": "PullFromAccounts",
                    "Principal": {
                        "AWS": [principal("111111111111")["AWS"], principal("222222222222")["AWS"]],
                    },
                }
            ],
            id="accounts",
        ),
        pytest.param({"pull_organization": "o-a1b2c3d4e5"}, [ORGANIZATION], id="organization"),
        pytest.param(
            {"pull_accounts": ["111111111111"], "pull_organization": "o-a1b2c3d4e5"},
            [{"Sid": "PullFromAccounts", "Principal": principal("111111111111")}, ORGANIZATION],
            id="account and organization",
        ),
    ],
)
def test_pull_by_others(options: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    stack = Stack(App(), "Stack")
    EcrRepository(stack, "Repository", **options)
    found = only(stack, "AWS::ECR::Repository")["RepositoryPolicyText"]["Statement"]
    assert [set(statement.pop("Action")) for statement in found] == [THREE] * len(expected)
    assert found == [{"Effect": "Allow", **statement} for statement in expected]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"repository_name": "a"},
            "repository_name must be a name that Amazon ECR accepts, got 'a': ",
            id="short name",
        ),
        pytest.param(
            {"repository_name": "a" * 257},
            f"repository_name must be a name that Amazon ECR accepts, got '{'a' * 257}': ",
            id="long name",
        ),
        pytest.param(
            {"repository_name": "App"},
            "repository_name must be a name that Amazon ECR accepts, got 'App': ",
            id="capital",
        ),
        pytest.param(
            {"repository_name": "a___b"},
            "repository_name must be a name that Amazon ECR accepts, got 'a___b': ",
            id="three underscores",
        ),
        pytest.param(
            {"repository_name": "app\n"},
            "repository_name must be a name that Amazon ECR accepts, got 'app\\n': ",
            id="newline",
        ),
        pytest.param(
            {"max_untagged_image_age": Duration.hours(36)},
            "max_untagged_image_age must be a whole number of days, got '1 day 12 hours' (1.5 days): "
            "Amazon ECR counts in days",
            id="half days",
        ),
        pytest.param(
            {"max_image_age": Duration.days(0)}, "max_image_age must be at least one day, got '0 days'", id="no day"
        ),
        pytest.param(
            {"max_image_age": Duration.days(89)},
            "max_image_age must be at least max_untagged_image_age, got '89 days': "
            "images without a tag are kept for 90 days",
            id="tagged shorter than untagged",
        ),
        pytest.param(
            {"empty_on_delete": True},
            "removal_policy must be RemovalPolicy.DESTROY with empty_on_delete, got "
            "RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: a repository that stays keeps its images",
            id="retained but emptied",
        ),
        *(
            pytest.param(
                {"pull_accounts": [account]},
                f"pull_accounts must hold account IDs, got {account!r}: an account ID has 12 digits",
                id=f"account {account!r}",
            )
            for account in ("12345", "1" * 13, f"{'1' * 12}\n", FOREIGN_DIGITS, "")
        ),
        pytest.param(
            {"pull_accounts": "111111111111"},
            "pull_accounts must be a list of account IDs, got '111111111111': it is one text",
            id="one text",
        ),
        *(
            pytest.param(
                {"pull_organization": organization},
                f"pull_organization must be the ID of an organization, got {organization!r}: "
                "it is 'o-' and 10 to 32 lower-case letters and digits",
                id=f"organization {organization!r}",
            )
            for organization in ("r-a1b2", f"o-{'a' * 9}", f"o-{'a' * 33}", f"o-{'A' * 10}", f"o-{'a' * 10}\n", "")
        ),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    stack = Stack(App(), "Stack")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        EcrRepository(stack, "Repository", **options)
    assert str(caught.value).startswith(message)
    assert stack.node.children == []


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda app: NestedStack(Stack(app, "Parent"), "Nested"), id="nested stack"),
        pytest.param(lambda app: Stack(Stage(app, "Stage"), "Stack"), id="stage"),
    ],
)
def test_places(place: Callable[[App], Stack]) -> None:
    stack = place(App())
    EcrRepository(stack, "Repository", repository_name="a--b")
    assert repository(stack) == ({**DEFAULT, "RepositoryName": "a--b"}, rules(90))


class TeamRepository(EcrRepository):
    """A team's repository: named after the team, open to its organization, with releases that stay."""

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id, repository_name=f"team/{name}", pull_organization="o-a1b2c3d4e5")

    def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
        releases = ecr.LifecycleRule(
            description="Releases", tag_prefix_list=["v"], max_image_age=Duration.days(1000), rule_priority=1
        )
        return [releases, *super().lifecycle_rules()]


def test_hook_lifecycle_rules() -> None:
    stack = Stack(App(), "Stack")
    TeamRepository(stack, "Repository", name="app")
    found, found_rules = repository(stack)
    assert found["RepositoryName"] == "team/app"
    (untagged,) = rules(90)
    assert found_rules == [
        rule(1, "Releases", 1000, tagStatus="tagged", tagPrefixList=["v"]),
        {**untagged, "rulePriority": 2},
    ]


class CountingRepository(EcrRepository):
    def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
        return [ecr.LifecycleRule(max_image_count=10)]


def test_hook_cannot_weaken_the_promise() -> None:
    with pytest.raises(ValueError, match=r"^max_image_count must be left out, got 10: "):
        CountingRepository(Stack(App(), "Stack"), "Repository")
