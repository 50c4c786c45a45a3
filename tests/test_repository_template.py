"""EcrRepositoryTemplate: the settings of repositories that Amazon ECR makes, for each way in which it makes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from ecr_ecs_constructs import (
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrReplication,
    EcrRepository,
    EcrRepositoryTemplate,
    EcsCluster,
)
from ecr_ecs_constructs.testing import assert_proven, findings
from tests.support import THREE, line, only, properties, statements
from tests.test_repository import FOREIGN_DIGITS, KEY_ARN, rule, rules

if TYPE_CHECKING:
    from collections.abc import Callable

PUSH, REPLICATION, CACHE = "CREATE_ON_PUSH", "REPLICATION", "PULL_THROUGH_CACHE"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


def add(stack: Stack, **options: Any) -> EcrRepositoryTemplate:
    return EcrRepositoryTemplate(stack, "Template", **{"prefix": "team", "applied_for": [PUSH], **options})


def template(stack: Stack) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The properties of the only template but its lifecycle policy, and the rules of that."""
    found = only(stack, "AWS::ECR::RepositoryCreationTemplate")
    return found, json.loads(found.pop("LifecyclePolicy"))["rules"]


DEFAULT = {"Prefix": "team", "AppliedFor": [PUSH], "ImageTagMutability": "IMMUTABLE"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(lambda _: {}, {}, id="default: tags that can't be moved, keys of the service"),
        pytest.param(lambda _: {"prefix": "ROOT"}, {"Prefix": "ROOT"}, id="all repositories"),
        pytest.param(lambda _: {"prefix": "a"}, {"Prefix": "a"}, id="prefix of one character"),
        pytest.param(lambda _: {"prefix": "team/a--b/"}, {"Prefix": "team/a--b/"}, id="prefix with its slash"),
        pytest.param(lambda _: {"applied_for": [REPLICATION]}, {"AppliedFor": [REPLICATION]}, id="replication"),
        pytest.param(
            lambda _: {"applied_for": [CACHE]},
            {"AppliedFor": [CACHE], "ImageTagMutability": "MUTABLE"},
            id="cache: tags move with those upstream",
        ),
        pytest.param(
            lambda _: {"applied_for": [CACHE, REPLICATION, PUSH]},
            {"AppliedFor": [CACHE, REPLICATION, PUSH], "ImageTagMutability": "MUTABLE"},
            id="all three, where the cache needs tags that can be moved",
        ),
        pytest.param(lambda _: {"description": "Teams"}, {"Description": "Teams"}, id="description"),
        pytest.param(
            lambda _: {"image_tag_mutability_exclusion_filters": ["dev-*"]},
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
    ],
)
def test_properties(stack: Stack, options: Callable[[Stack], dict[str, Any]], expected: dict[str, Any]) -> None:
    assert add(stack, **options(stack)).role is None
    assert template(stack) == ({**DEFAULT, **expected}, rules(90))
    assert properties(stack, "AWS::IAM::Role") == []


OWN = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository"
MAKE = ({"ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"}, f"{OWN}/team/*")
KEY = {"kms:CreateGrant", "kms:RetireGrant", "kms:DescribeKey"}


@pytest.mark.parametrize(
    ("options", "expected", "allowed"),
    [
        pytest.param(
            lambda _: {"resource_tags": {"team": "a"}},
            {"ResourceTags": [{"Key": "team", "Value": "a"}]},
            [MAKE],
            id="tags",
        ),
        pytest.param(
            lambda _: {"resource_tags": {"team": "a"}, "prefix": "ROOT"},
            {"ResourceTags": [{"Key": "team", "Value": "a"}], "Prefix": "ROOT"},
            [(MAKE[0], f"{OWN}/*")],
            id="tags of all repositories",
        ),
        pytest.param(
            lambda _: {"encryption": ecr.RepositoryEncryption.KMS},
            {"EncryptionConfiguration": {"EncryptionType": "KMS"}},
            [MAKE, (KEY, "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*")],
            id="KMS",
        ),
        pytest.param(
            lambda stack: {"encryption_key": kms.Key.from_key_arn(stack, "Key", KEY_ARN)},
            {"EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": KEY_ARN}},
            [MAKE, (KEY, KEY_ARN)],
            id="own key",
        ),
        pytest.param(
            lambda stack: {
                "encryption": ecr.RepositoryEncryption.KMS_DSSE,
                "encryption_key": kms.Key.from_key_arn(stack, "Key", KEY_ARN),
            },
            {"EncryptionConfiguration": {"EncryptionType": "KMS_DSSE", "KmsKey": KEY_ARN}},
            [MAKE, (KEY, KEY_ARN)],
            id="own key, two layers",
        ),
    ],
)
def test_role(
    stack: Stack,
    options: Callable[[Stack], dict[str, Any]],
    expected: dict[str, Any],
    allowed: list[tuple[set[str], str]],
) -> None:
    """Amazon ECR needs a role of the user to tag repositories and to encrypt them by AWS KMS."""
    role = add(stack, **options(stack)).role
    assert role is not None
    found, _ = template(stack)
    assert found == {**DEFAULT, **expected, "CustomRoleArn": stack.resolve(role.role_arn)}
    (trust,) = only(stack, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "ecr.amazonaws.com"}
    assert [({*each["Action"]}, *map(line, each["Resource"])) for each in statements(stack)] == allowed
    (made,) = Template.from_stack(stack).find_resources("AWS::ECR::RepositoryCreationTemplate").values()
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    assert policy in made["DependsOn"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"max_image_age": Duration.days(365)}, rules(90, 365), id="an age for all"),
        pytest.param({"max_untagged_image_age": Duration.days(1)}, rules(1), id="an age for those without a tag"),
    ],
)
def test_lifecycle(stack: Stack, options: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    add(stack, **options)
    assert template(stack)[1] == expected


def test_pull_by_others(stack: Stack) -> None:
    add(stack, pull_accounts=["999988887777"])
    policy = line(only(stack, "AWS::ECR::RepositoryCreationTemplate")["RepositoryPolicy"])
    (statement,) = json.loads(policy)["Statement"]
    assert {*statement["Action"]} == THREE
    assert statement["Principal"] == {"AWS": "arn:${AWS::Partition}:iam::999988887777:root"}


USES = "applied_for must be a list of what makes repositories, got "
NAMES = ": PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH"
FILTERS = "image_tag_mutability_exclusion_filters must be at most 5 patterns of tags, got "


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"applied_for": []}, f"{USES}[]{NAMES}", id="for nothing"),
        pytest.param({"applied_for": "REPLICATION"}, f"{USES}'REPLICATION'{NAMES}", id="in one text"),
        pytest.param({"applied_for": ["PUSH"]}, f"{USES}['PUSH']{NAMES}", id="for something else"),
        *(
            pytest.param(
                {"prefix": prefix},
                f"prefix must be the first parts of a repository's name, got {prefix!r}: it is ROOT, or 1 to 256 "
                "lower-case letters and digits, with single separators between them",
                id=f"prefix {prefix[:6]!r}",
            )
            for prefix in ("", "a" * 257, "Team", "team_", "team\n", "*", FOREIGN_DIGITS)
        ),
        pytest.param(
            {"encryption": ecr.RepositoryEncryption.AES_256, "encryption_key": True},
            "encryption must be RepositoryEncryption.KMS or KMS_DSSE with encryption_key, got 'AES256': "
            "AES256 uses keys of the service",
            id="key of its own without KMS",
        ),
        pytest.param(
            {"image_tag_mutability_exclusion_filters": ["a"] * 6},
            f"{FILTERS}{['a'] * 6!r}: a pattern has 1 to 128 characters of a tag or '*'",
            id="six filters",
        ),
        pytest.param(
            {"image_tag_mutability_exclusion_filters": ["a b"]},
            f"{FILTERS}['a b']: a pattern has 1 to 128 characters of a tag or '*'",
            id="no filter",
        ),
        pytest.param(
            {"image_tag_mutability_exclusion_filters": ["a"], "applied_for": [CACHE]},
            "image_tag_mutability_exclusion_filters must be left out with PULL_THROUGH_CACHE, got ['a']: "
            "every tag of a cache can be moved",
            id="filter for a cache",
        ),
        pytest.param(
            {"max_image_age": Duration.days(1)},
            "max_image_age must be at least max_untagged_image_age, got '1 day': "
            "images without a tag are kept for 90 days",
            id="ages that contradict each other",
        ),
        pytest.param(
            {"pull_accounts": ["1"]},
            "pull_accounts must hold account IDs, got '1': an account ID has 12 digits",
            id="no account",
        ),
    ],
)
def test_refused(stack: Stack, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        add(stack, **options)
    assert str(caught.value) == message
    assert stack.node.children == []


def test_second_prefix(stack: Stack) -> None:
    add(stack)
    EcrRepositoryTemplate(stack, "Below", prefix="team/app", applied_for=["REPLICATION"])
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        EcrRepositoryTemplate(stack, "Other", prefix="team/", applied_for=["REPLICATION"])
    message = "prefix must be another one, got 'team/': 'Stack/Template' has it in the same registry"
    assert str(caught.value) == message


class TeamTemplate(EcrRepositoryTemplate):
    """Keeps releases for long, lets a build account push, and has a role that exists."""

    def create_role(self) -> iam.IRole:
        return iam.Role.from_role_name(self, "Role", "repositories")

    def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
        releases = ecr.LifecycleRule(tag_prefix_list=["v"], max_image_age=Duration.days(1000), rule_priority=1)
        every = ecr.LifecycleRule(max_image_age=Duration.days(200))
        return [every, releases, *super().lifecycle_rules()]

    def policy_statements(self) -> list[iam.PolicyStatement]:
        builds = [iam.AccountPrincipal("999988887777")]
        return [*super().policy_statements(), iam.PolicyStatement(actions=["ecr:PutImage"], principals=builds)]


def test_hooks(stack: Stack) -> None:
    TeamTemplate(stack, "Template", prefix="team", applied_for=["CREATE_ON_PUSH"], resource_tags={"a": "b"})
    found, found_rules = template(stack)
    assert line(found["CustomRoleArn"]) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/repositories"
    (statement,) = json.loads(line(found["RepositoryPolicy"]))["Statement"]
    assert statement["Action"] == "ecr:PutImage"
    (untagged,) = rules(90)
    releases, every = rule(1, "", 1000, tagStatus="tagged", tagPrefixList=["v"]), rule(3, "", 200, tagStatus="any")
    for each in (releases, every):
        del each["description"]
    assert found_rules == [releases, {**untagged, "rulePriority": 2}, every]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            ecr.LifecycleRule(max_image_count=10), "max_image_count must be left out, got 10: ", id="by count"
        ),
        pytest.param(
            ecr.LifecycleRule(max_image_age=Duration.days(89)),
            "max_image_age must be at least 90 days, ",
            id="too early",
        ),
        pytest.param(ecr.LifecycleRule(description="x"), "max_image_age must be given, got None: ", id="by nothing"),
    ],
)
def test_hook_cannot_weaken_the_promise(stack: Stack, given: ecr.LifecycleRule, message: str) -> None:
    class Weak(EcrRepositoryTemplate):
        def lifecycle_rules(self) -> list[ecr.LifecycleRule]:
            return [given]

    with pytest.raises(ValueError, match=f"^{message}"):
        Weak(stack, "Template", prefix="team", applied_for=["REPLICATION"])


SERVICES = "999988887777"


def service_from_a_copy(prefix: str, applied_for: Any, pull_accounts: list[str], copied: str = "team/") -> App:
    """A service that pulls a copy of an image from the registry of another account, in its own region."""
    app = App()
    home, copies = (
        Stack(app, region, env=Environment(account="111122223333", region=region))
        for region in ("eu-central-1", "us-east-1")
    )
    EcrRepository(home, "Repository", repository_name="team/app")
    EcrReplication(home, "Replication", regions=["us-east-1"], repository_filters=[copied])
    EcrRepositoryTemplate(copies, "Template", prefix=prefix, applied_for=[applied_for], pull_accounts=pull_accounts)
    services = Stack(app, "Services", env=Environment(account=SERVICES, region="us-east-1"))
    task = EcrFargateTaskDefinition(services, "Task")
    task.add_container("App", image="111122223333.dkr.ecr.us-east-1.amazonaws.com/team/app:1")
    vpc = ec2.Vpc(services, "Vpc", availability_zones=["us-east-1a"], nat_gateways=1)
    EcrFargateService(services, "Service", cluster=EcsCluster(services, "Cluster", vpc=vpc), task_definition=task)
    return app


def test_copy_has_the_policy_of_its_template() -> None:
    assert_proven(service_from_a_copy("team", REPLICATION, [SERVICES]))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(("team", REPLICATION, []), {"missing-repository-policy"}, id="policy without the account"),
        pytest.param(("team", PUSH, [SERVICES]), {"unverifiable-role"}, id="template for pushes"),
        pytest.param(("team/app", REPLICATION, [SERVICES]), {"unverifiable-role"}, id="template for names below"),
        pytest.param(
            ("team", REPLICATION, [SERVICES], "web/"),
            {"unverifiable-repository", "unverifiable-role"},
            id="other repositories copied",
        ),
    ],
)
def test_copy_without_the_policy(given: tuple[Any, ...], found: set[str]) -> None:
    assert {each.rule for each in findings(service_from_a_copy(*given))} == found
