"""What a registry has one of: replication, scanning, a policy and signing; and all of it together."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Environment, NestedStack, Stack, Stage, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_signer as signer
from aws_cdk.assertions import Template
from cdk_nag import AwsSolutionsChecks

from ecr_ecs_constructs import (
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrPullThroughCache,
    EcrRegistryPolicy,
    EcrRegistryScanning,
    EcrReplication,
    EcrRepositoryTemplate,
    EcrSigning,
    EcrUpstream,
    EcsCluster,
)
from ecr_ecs_constructs.stacks.acknowledgements import acknowledge_resource
from ecr_ecs_constructs.testing import assert_no_findings, assert_proven
from tests.cfn_lint import errors
from tests.support import line, only, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

HERE = Environment(account="111122223333", region="eu-central-1")
OTHER = "999988887777"
OWN = "arn:${AWS::Partition}:ecr:eu-central-1:111122223333:repository/*"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack", env=HERE)


def destination(region: str, account: str = "111122223333") -> dict[str, str]:
    return {"Region": region, "RegistryId": account}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"regions": ["us-east-1"]}, {"Destinations": [destination("us-east-1")]}, id="region"),
        pytest.param(
            {"regions": ["us-east-1", "eu-west-1"]},
            {"Destinations": [destination("us-east-1"), destination("eu-west-1")]},
            id="regions",
        ),
        pytest.param(
            {"regions": ["eu-central-1", "eu-west-1"], "accounts": [OTHER]},
            {"Destinations": [destination("eu-central-1", OTHER), destination("eu-west-1", OTHER)]},
            id="another account, also in the own region",
        ),
        pytest.param(
            {"regions": ["us-east-1"], "repository_filters": ["team/", "base"]},
            {
                "Destinations": [destination("us-east-1")],
                "RepositoryFilters": [
                    {"Filter": "team/", "FilterType": "PREFIX_MATCH"},
                    {"Filter": "base", "FilterType": "PREFIX_MATCH"},
                ],
            },
            id="filters",
        ),
    ],
)
def test_replication(stack: Stack, options: dict[str, Any], expected: dict[str, Any]) -> None:
    EcrReplication(stack, "Replication", **options)
    found = only(stack, "AWS::ECR::ReplicationConfiguration")
    assert found == {"ReplicationConfiguration": {"Rules": [expected]}}


def test_rules_of_a_replication(stack: Stack) -> None:
    replication = EcrReplication(stack, "Replication", regions=["us-east-1"])
    replication.add_rule(regions=["eu-west-1"], accounts=[OTHER], repository_filters=["team/"])
    rules = only(stack, "AWS::ECR::ReplicationConfiguration")["ReplicationConfiguration"]["Rules"]
    assert [each["Destinations"] for each in rules] == [[destination("us-east-1")], [destination("eu-west-1", OTHER)]]


def test_too_many_rules(stack: Stack) -> None:
    replication = EcrReplication(stack, "Replication", regions=["us-east-1"])
    for _ in range(24):
        replication.add_rule(regions=["us-east-1"])
    with pytest.raises(ValueError, match=r"^regions must belong to 25 rules at most, got \['us-east-1'\]: "):
        replication.add_rule(regions=["us-east-1"])


SCANNED = "repository_filters must hold patterns of repository names, got "


@pytest.mark.parametrize(
    ("construct", "options", "message"),
    [
        pytest.param(
            EcrReplication,
            {"regions": []},
            "regions must be a list of regions, got []: it says where images are copied to",
            id="replication to nowhere",
        ),
        pytest.param(
            EcrReplication,
            {"regions": "us-east-1"},
            "regions must be a list of regions, got 'us-east-1': it says where images are copied to",
            id="replication to one text",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["Frankfurt"]},
            "regions must hold regions, got 'Frankfurt': a region is written as eu-central-1",
            id="replication to no region",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["us-east-1", "cn-north-1"]},
            "regions must be of the partition of eu-central-1, got 'cn-north-1': no image leaves its partition",
            id="replication to another partition",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["us-east-1", "eu-central-1"]},
            "regions must be other ones in the own account, got 'eu-central-1': the images are there",
            id="replication to itself",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["eu-central-1"], "accounts": [OTHER, "111122223333"]},
            "regions must be other ones in the own account, got 'eu-central-1': the images are there",
            id="replication to itself by its account",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["us-east-1"], "accounts": []},
            "accounts must name at least one account, got []: leave it out for the own one",
            id="replication to nobody",
        ),
        pytest.param(
            EcrReplication,
            {"regions": ["us-east-1"], "accounts": ["1"]},
            "accounts must hold account IDs, got '1': an account ID has 12 digits",
            id="replication to no account",
        ),
        *(
            pytest.param(
                EcrReplication,
                {"regions": ["us-east-1"], "repository_filters": [text]},
                f"repository_filters must hold beginnings of repository names, got {text!r}: "
                "it is 2 to 256 characters of a name, and no pattern",
                id=f"replication of {text!r}",
            )
            for text in ("a", "team/*", "Team/", "")
        ),
        pytest.param(
            EcrRegistryScanning,
            {"scan_type": "FULL"},
            "scan_type must be BASIC or ENHANCED, got 'FULL': Amazon ECR knows no other one",
            id="scanning of another kind",
        ),
        pytest.param(
            EcrRegistryScanning,
            {"continuous_scan": ["*"]},
            "continuous_scan must be left out for BASIC, got ['*']: only Amazon Inspector scans again; "
            "give scan_type ENHANCED",
            id="scanning again and again, without Amazon Inspector",
        ),
        pytest.param(
            EcrRegistryScanning,
            {"scan_on_push": []},
            "scan_on_push must hold a pattern, got []: no image would be scanned",
            id="scanning of nothing",
        ),
        pytest.param(
            EcrRegistryScanning,
            {"scan_on_push": "*"},
            "scan_on_push must be a list of 100 patterns at most, got '*': Amazon ECR takes no more",
            id="scanning by one text",
        ),
        *(
            pytest.param(
                EcrRegistryScanning,
                {"scan_on_push": [text]},
                f"scan_on_push must hold patterns of repository names, got {text!r}: "
                "it is the characters of a name, and '*' for any",
                id=f"scanning of {text!r}",
            )
            for text in ("Team/*", "team//a", "", "a" * 256, f"{'a' * 60}!")
        ),
        pytest.param(
            EcrRegistryPolicy,
            {},
            "statements must hold a statement, got []: a policy without one lets in nobody; give replication_accounts, "
            "cache_accounts, import_accounts or statements",
            id="policy",
        ),
        *(
            pytest.param(
                EcrRegistryPolicy,
                {argument: ["1"]},
                f"{argument} must hold account IDs, got '1': an account ID has 12 digits",
                id=f"policy for no {argument}",
            )
            for argument in ("replication_accounts", "cache_accounts", "import_accounts")
        ),
        pytest.param(
            EcrSigning,
            {"repository_filters": ["Team"]},
            f"{SCANNED}'Team': it is the characters of a name, and '*' for any",
            id="signing of no repository",
        ),
    ],
)
def test_refused(stack: Stack, construct: Callable[..., Construct], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        construct(stack, "It", **options)
    assert str(caught.value) == message
    assert stack.node.children == []


def patterns(*filters: str) -> list[dict[str, str]]:
    return [{"Filter": each, "FilterType": "WILDCARD"} for each in filters]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {},
            {
                "ScanType": "BASIC",
                "Rules": [{"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": patterns("*")}],
            },
            id="default: every image when it is pushed",
        ),
        pytest.param(
            {"scan_type": "ENHANCED", "scan_on_push": ["team/*", "base"], "continuous_scan": ["prod/*"]},
            {
                "ScanType": "ENHANCED",
                "Rules": [
                    {"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": patterns("team/*", "base")},
                    {"ScanFrequency": "CONTINUOUS_SCAN", "RepositoryFilters": patterns("prod/*")},
                ],
            },
            id="Amazon Inspector",
        ),
        pytest.param(
            {"scan_type": "ENHANCED", "scan_on_push": [], "continuous_scan": ["*"]},
            {
                "ScanType": "ENHANCED",
                "Rules": [{"ScanFrequency": "CONTINUOUS_SCAN", "RepositoryFilters": patterns("*")}],
            },
            id="every image again and again",
        ),
    ],
)
def test_scanning(stack: Stack, options: dict[str, Any], expected: dict[str, Any]) -> None:
    EcrRegistryScanning(stack, "Scanning", **options)
    assert only(stack, "AWS::ECR::RegistryScanningConfiguration") == expected


ROOT_OF_OTHER = "arn:${AWS::Partition}:iam::999988887777:root"


@pytest.mark.parametrize(
    ("argument", "sid", "actions"),
    [
        pytest.param(
            "replication_accounts",
            "ReplicationFromAccounts",
            ["ecr:CreateRepository", "ecr:ReplicateImage"],
            id="replication",
        ),
        pytest.param(
            "cache_accounts",
            "CachesOfAccounts",
            [
                "ecr:BatchGetImage",
                "ecr:BatchImportUpstreamImage",
                "ecr:GetDownloadUrlForLayer",
                "ecr:GetImageCopyStatus",
            ],
            id="caches",
        ),
        pytest.param(
            "import_accounts",
            "FirstPullsByAccounts",
            ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
            id="first pulls",
        ),
    ],
)
def test_policy(stack: Stack, argument: str, sid: str, actions: list[str]) -> None:
    options: dict[str, Any] = {argument: [OTHER]}
    EcrRegistryPolicy(stack, "Policy", **options)
    (found,) = only(stack, "AWS::ECR::RegistryPolicy")["PolicyText"]["Statement"]
    assert {**found, "Principal": line(found["Principal"]["AWS"]), "Resource": line(found["Resource"])} == {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Principal": ROOT_OF_OTHER,
        "Resource": OWN,
    }


def statement(*principals: iam.IPrincipal, **options: Any) -> iam.PolicyStatement:
    given = {"actions": ["ecr:ReplicateImage"], "resources": ["*"], **options}
    return iam.PolicyStatement(principals=[*principals], **given)


def test_statements_of_a_policy(stack: Stack) -> None:
    organization = iam.OrganizationPrincipal("o-a1b2c3d4e5")
    policy = EcrRegistryPolicy(stack, "Policy", statements=[statement(organization)])
    policy.add_statement(statement(iam.AnyPrincipal(), effect=iam.Effect.DENY, actions=["ecr:CreateRepository"]))
    found = only(stack, "AWS::ECR::RegistryPolicy")["PolicyText"]["Statement"]
    assert [(each["Effect"], each["Action"]) for each in found] == [
        ("Allow", "ecr:ReplicateImage"),
        ("Deny", "ecr:CreateRepository"),
    ]


@pytest.mark.parametrize(
    ("given", "recipe", "reason"),
    [
        pytest.param(
            statement(iam.AnyPrincipal()),
            "statements must not let in every AWS account, got ",
            "name accounts, or give a condition",
            id="everybody",
        ),
        pytest.param(
            statement(iam.StarPrincipal()),
            "statements must not let in every AWS account, got ",
            "name accounts, or give a condition",
            id="everybody, by a star",
        ),
        pytest.param(
            statement(),
            "statements must name principals and resources, got ",
            "the policy of a registry has both",
            id="no principal",
        ),
        pytest.param(
            statement(iam.AccountPrincipal(OTHER), resources=[]),
            "statements must name principals and resources, got ",
            "the policy of a registry has both",
            id="no resource",
        ),
    ],
)
def test_statement_refused(stack: Stack, given: iam.PolicyStatement, recipe: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # both ends of the message are compared
        EcrRegistryPolicy(stack, "Policy", statements=[given])
    assert str(caught.value).startswith(recipe)
    assert str(caught.value).endswith(reason)
    policy = EcrRegistryPolicy(stack, "Policy", replication_accounts=[OTHER])
    with pytest.raises(ValueError, match=f"^{recipe}"):
        policy.add_statement(given)


def test_signing(stack: Stack) -> None:
    signing = EcrSigning(stack, "Signing")
    assert only(stack, "AWS::Signer::SigningProfile")["PlatformId"] == "Notation-OCI-SHA384-ECDSA"
    arn = stack.resolve(signing.signing_profile.signing_profile_arn)
    assert only(stack, "AWS::ECR::SigningConfiguration") == {"Rules": [{"SigningProfileArn": arn}]}


def imported(stack: Stack, name: str = "team") -> signer.ISigningProfile:
    return signer.SigningProfile.from_signing_profile_attributes(
        stack, name, signing_profile_name=name, signing_profile_version="1"
    )


def test_signing_by_an_imported_profile(stack: Stack) -> None:
    """The ARN that CDK makes of its name has two slashes, of which Amazon ECR takes one."""
    signing = EcrSigning(stack, "Signing", signing_profile=imported(stack), repository_filters=["team/*"])
    signing.add_rule(signing_profile=imported(stack, "base"), repository_filters=["base"])
    first, second = only(stack, "AWS::ECR::SigningConfiguration")["Rules"]
    start = "arn:${AWS::Partition}:signer:eu-central-1:111122223333:/signing-profiles"
    assert [line(each["SigningProfileArn"]) for each in (first, second)] == [f"{start}/team", f"{start}/base"]
    assert first["RepositoryFilters"] == [{"Filter": "team/*", "FilterType": "WILDCARD_MATCH"}]


def test_permission_to_sign(stack: Stack) -> None:
    role = iam.Role(stack, "Builds", assumed_by=iam.AccountPrincipal(OTHER))
    EcrSigning(stack, "Signing", signing_profile=imported(stack)).grant_sign(role).assert_success()
    (found,) = statements(stack)
    assert found["Action"] == ["signer:SignPayload"]


def test_signing_of_something_else(stack: Stack) -> None:
    functions = signer.SigningProfile(stack, "Functions", platform=signer.Platform.AWS_LAMBDA_SHA384_ECDSA)
    message = (
        "signing_profile must be of the platform Notation-OCI-SHA384-ECDSA, got 'AWSLambda-SHA384-ECDSA': "
        "it signs no container images"
    )
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        EcrSigning(stack, "Signing", signing_profile=functions)
    assert str(caught.value) == message
    signing = EcrSigning(stack, "Signing")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        signing.add_rule(signing_profile=functions)
    assert str(caught.value) == message


def test_too_many_profiles(stack: Stack) -> None:
    signing, profile = EcrSigning(stack, "Signing"), imported(stack)
    for _ in range(9):
        signing.add_rule(signing_profile=profile)
    with pytest.raises(ValueError, match=r"^signing_profile must belong to 10 rules at most, got 'Stack/team': "):
        signing.add_rule(signing_profile=profile)


class TeamSigning(EcrSigning):
    def create_signing_profile(self) -> signer.ISigningProfile:
        return imported(Stack.of(self), "ours")


def test_hook_of_signing(stack: Stack) -> None:
    TeamSigning(stack, "Signing")
    (rule,) = only(stack, "AWS::ECR::SigningConfiguration")["Rules"]
    assert line(rule["SigningProfileArn"]).endswith("/ours")


ONE_OF: dict[str, Callable[[Construct, str], Construct]] = {
    "replication configuration": lambda scope, name: EcrReplication(scope, name, regions=["us-west-2"]),
    "scanning configuration": EcrRegistryScanning,
    "policy": lambda scope, name: EcrRegistryPolicy(scope, name, replication_accounts=[OTHER]),
    "signing configuration": EcrSigning,
}


@pytest.mark.parametrize("title", ONE_OF)
def test_second(stack: Stack, title: str) -> None:
    ONE_OF[title](stack, "First")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        ONE_OF[title](stack, "Second")
    assert str(caught.value) == (
        f"scope must be in another account or region, got 'Stack': a registry has one {title}, "
        "and that is 'Stack/First'"
    )
    assert stack.node.try_find_child("Second") is None


def staged(app: App, name: str, env: Environment | None = None) -> Stack:
    return Stack(Stage(app, name, env=env), "Stack")


TOKYO = Environment(account="111122223333", region="ap-northeast-1")
ELSEWHERE = Environment(account=OTHER, region="eu-central-1")


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        pytest.param(lambda app: Stack(app, "A"), lambda app: Stack(app, "B"), True, id="no environment"),
        pytest.param(
            lambda app: Stack(app, "A", env=HERE), lambda app: Stack(app, "B", env=HERE), True, id="same environment"
        ),
        pytest.param(
            lambda app: Stack(app, "A", env=Environment(region="eu-central-1")),
            lambda app: Stack(app, "B", env=Environment(region="eu-central-1")),
            True,
            id="same region, no account",
        ),
        pytest.param(
            lambda app: staged(app, "A", HERE), lambda app: staged(app, "B", HERE), True, id="stages of one environment"
        ),
        pytest.param(
            lambda app: Stack(app, "A", env=HERE),
            lambda app: NestedStack(Stack(app, "B", env=HERE), "Nested"),
            True,
            id="nested stack",
        ),
        pytest.param(
            lambda app: Stack(app, "A", env=HERE), lambda app: Stack(app, "B", env=TOKYO), False, id="another region"
        ),
        pytest.param(
            lambda app: Stack(app, "A", env=HERE), lambda app: Stack(app, "B", env=ELSEWHERE), False, id="other account"
        ),
        pytest.param(
            lambda app: Stack(app, "A", env=Environment(region="eu-central-1")),
            lambda app: Stack(app, "B", env=Environment(region="eu-west-1")),
            False,
            id="another region, no account",
        ),
        pytest.param(lambda app: Stack(app, "A", env=HERE), lambda app: Stack(app, "B"), False, id="only one is known"),
        pytest.param(
            lambda app: staged(app, "A"), lambda app: staged(app, "B"), False, id="stages without environment"
        ),
    ],
)
def test_second_registry(first: Callable[[App], Stack], second: Callable[[App], Stack], is_same: bool) -> None:
    app = App()
    EcrRegistryScanning(first(app), "Scanning")
    if not is_same:
        EcrRegistryScanning(second(app), "Scanning")
        return
    with pytest.raises(ValueError, match="a registry has one scanning configuration, and that is 'A"):
        EcrRegistryScanning(second(app), "Scanning")


def test_second_beside_one_of_cdk(stack: Stack) -> None:
    ecr.CfnRegistryPolicy(stack, "Plain", policy_text={"Statement": []})
    with pytest.raises(ValueError, match=r"a registry has one policy, and that is 'Stack/Plain'$"):
        EcrRegistryPolicy(stack, "Policy", replication_accounts=[OTHER])


def whole(env: Environment | None = None, *, with_roles: bool = True) -> Stack:
    """A stack with all of it, as far as it goes by default.

    Args:
        env: where it is deployed.
        with_roles: whether something needs a role of Amazon ECR, which the judge does not follow.
    """
    stack = Stack(App(), "Registry", env=env)
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "ecr-pullthroughcache/docker-hub")
    EcrPullThroughCache(stack, "Gallery", upstream=EcrUpstream.public_gallery())
    EcrPullThroughCache(stack, "Hub", upstream=EcrUpstream.docker_hub(credentials=secret))
    if with_roles:
        EcrPullThroughCache(stack, "Base", upstream=EcrUpstream.ecr(account=OTHER))
    tags = {"team": "a"} if with_roles else None
    EcrRepositoryTemplate(
        stack, "Template", prefix="team", applied_for=["CREATE_ON_PUSH", "REPLICATION"], resource_tags=tags
    )
    EcrReplication(stack, "Replication", regions=["eu-west-1"])
    EcrRegistryScanning(stack, "Scanning")
    EcrRegistryPolicy(
        stack, "Policy", replication_accounts=[OTHER], cache_accounts=[OTHER], import_accounts=[OTHER], statements=[]
    )
    EcrSigning(stack, "Signing")
    return stack


SNAPSHOT = Path(__file__).parent / "snapshots" / "Registry.template.json"


def test_snapshot() -> None:
    """`UPDATE_SNAPSHOTS=1 pytest tests/test_registry.py` writes the snapshot anew.

    A logical id that changes means that a deployed resource is replaced.
    """
    now = Template.from_stack(whole()).to_json()
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8")), "UPDATE_SNAPSHOTS=1 accepts it"


@pytest.mark.parametrize("env", [pytest.param(None, id="no environment"), pytest.param(HERE, id="fixed environment")])
def test_cfn_lint_finds_no_error(env: Environment | None) -> None:
    assert errors(json.dumps(Template.from_stack(whole(env)).to_json()), "eu-central-1") == []


@pytest.mark.parametrize("env", [pytest.param(None, id="no environment"), pytest.param(HERE, id="fixed environment")])
def test_nag_finds_the_wildcards_alone(env: Environment | None) -> None:
    """Roles of Amazon ECR are for all repositories below a prefix, of which none is known."""
    stack = whole(env)
    reason = "for all repositories below a prefix"
    own, other = stack.node.find_child("Base"), stack.node.find_child("Template")
    acknowledge_resource(own, "*", "ecr:GetAuthorizationToken knows no resource")
    for construct, name, account in ((own, "ecr/*", None), (own, "*", OTHER), (other, "team/*", None)):
        arn = stack.format_arn(service="ecr", resource="repository", resource_name=name, account=account)
        acknowledge_resource(construct, arn, reason)
    app = stack.node.root
    assert isinstance(app, App)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


def test_nothing_hinders_a_proof() -> None:
    """A service that runs images of the caches is proven beside all of it."""
    stack = whole(with_roles=False)
    task = EcrFargateTaskDefinition(stack, "Task")
    for name, image in (("Gallery", "nginx/nginx"), ("Hub", "library/nginx")):
        cache = stack.node.find_child(name)
        assert isinstance(cache, EcrPullThroughCache)
        task.add_container(name, image=cache.image(image, CfnParameter(stack, f"{name}Tag").value_as_string))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    EcrFargateService(stack, "Service", cluster=EcsCluster(stack, "Cluster", vpc=vpc), task_definition=task)
    assert_proven(stack)
    assert_no_findings(stack)
