"""How repositories are kept: tags that stay, scans, a lifecycle policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import findings, write

PRELUDE = """\
Parameters:
  Free: {Type: String}
  Stage: {Type: String}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
"""
REGISTRY = "  Registry: {Type: AWS::ECR::RegistryScanningConfiguration, Properties: {ScanType: ENHANCED, Rules: []}}\n"
LATEST = """\
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Name: web, Image: !Sub '${Repository.RepositoryUri}:%s'}]}
"""


def said(folder: Path, rule: str, properties: str, more: str = "", condition: str = "") -> list[str]:
    repository = f"  Repository: {{Type: AWS::ECR::Repository, {condition}Properties: {{{properties}}}}}\n"
    return [each.message for each in findings(write(folder, PRELUDE + repository + more), [BY_ID[rule]])]


MOVES = "every tag of the repository can be moved to another image"


@pytest.mark.parametrize(
    ("properties", "condition", "expected"),
    [
        pytest.param("", "", [MOVES], id="the default"),
        pytest.param("ImageTagMutability: MUTABLE", "", [MOVES], id="mutable"),
        pytest.param("ImageTagMutability: IMMUTABLE", "", [], id="immutable"),
        pytest.param("ImageTagMutability: IMMUTABLE_WITH_EXCLUSION", "", [], id="immutable but for some"),
        pytest.param("ImageTagMutability: MUTABLE_WITH_EXCLUSION", "", [], id="mutable but for some"),
        pytest.param("ImageTagMutability: !Ref Free", "", [], id="known only at deployment"),
        pytest.param("ImageTagMutability: !If [Prod, IMMUTABLE, MUTABLE]", "", [MOVES], id="in one world"),
        pytest.param("ImageTagMutability: !If [Prod, IMMUTABLE, MUTABLE]", "Condition: Prod, ", [], id="in none"),
    ],
)
def test_mutable_tags(tmp_path: Path, properties: str, condition: str, expected: list[str]) -> None:
    assert said(tmp_path, "mutable-tags", properties, condition=condition) == expected


CACHE = "  Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: %s}}\n"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        pytest.param("hub", [], id="of a pull-through cache"),
        pytest.param("!Ref Free", [], id="of what may be one"),
        pytest.param("quay", [MOVES], id="of another cache"),
    ],
)
def test_mutable_tags_of_caches(tmp_path: Path, prefix: str, expected: list[str]) -> None:
    assert said(tmp_path, "mutable-tags", "RepositoryName: hub/nginx", CACHE % prefix) == expected


UNSCANNED = "images are not scanned when they are pushed"


@pytest.mark.parametrize(
    ("properties", "more", "expected"),
    [
        pytest.param("", "", [UNSCANNED], id="the default"),
        pytest.param("ImageScanningConfiguration: {ScanOnPush: false}", "", [UNSCANNED], id="switched off"),
        pytest.param("ImageScanningConfiguration: {ScanOnPush: true}", "", [], id="switched on"),
        pytest.param("ImageScanningConfiguration: {ScanOnPush: 'true'}", "", [], id="a text"),
        pytest.param("ImageScanningConfiguration: {ScanOnPush: !Ref Free}", "", [], id="known only at deployment"),
        pytest.param("", REGISTRY, [], id="the registry is scanned"),
    ],
)
def test_scan_disabled(tmp_path: Path, properties: str, more: str, expected: list[str]) -> None:
    assert said(tmp_path, "scan-disabled", properties, more) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param("", ["the repository has no lifecycle policy, and keeps every image for ever"], id="none"),
        pytest.param("LifecyclePolicy: {LifecyclePolicyText: '{}'}", [], id="one"),
        pytest.param("LifecyclePolicy: !Ref Free", [], id="known only at deployment"),
    ],
)
def test_missing_lifecycle_policy(tmp_path: Path, properties: str, expected: list[str]) -> None:
    assert said(tmp_path, "missing-lifecycle-policy", properties) == expected


EXCEPT = (
    "ImageTagMutability: IMMUTABLE_WITH_EXCLUSION, ImageTagMutabilityExclusionFilters: "
    "[{ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: 'late*'}]"
)


@pytest.mark.parametrize(
    ("properties", "tag", "found"),
    [
        pytest.param("ImageTagMutability: IMMUTABLE", "latest", True, id="immutable"),
        pytest.param("ImageTagMutability: IMMUTABLE", "1.4.2", False, id="another tag"),
        pytest.param("", "latest", False, id="mutable"),
        pytest.param(EXCEPT, "latest", False, id="excepted by a filter"),
        pytest.param("ImageTagMutability: !Ref Free", "latest", False, id="known only at deployment"),
    ],
)
def test_immutable_latest(tmp_path: Path, properties: str, tag: str, found: bool) -> None:
    messages = said(tmp_path, "immutable-latest", properties, LATEST % tag)
    assert [each.partition(" has ")[2] for each in messages] == (
        ["tag 'latest', which repository Repository takes only once"] if found else []
    )


def policy(statement: str) -> str:
    return f"RepositoryPolicyText: {{Version: '2012-10-17', Statement: [{{{statement}}}]}}"


PULL = "Effect: Allow, Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer], Principal: "
OPEN = (
    "every AWS account may ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: "
    "allowed by statement 1 of the policy of repository Repository"
)


def unknown(why: str) -> str:
    return (
        "cannot verify that not every AWS account may ecr:BatchGetImage and ecr:GetDownloadUrlForLayer: "
        f"known only at deployment: {why} in statement 1 of the policy of repository Repository"
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param("'*'", OPEN, id="everyone"),
        pytest.param("{AWS: '*'}", OPEN, id="every principal of AWS"),
        pytest.param("{AWS: ['123456789012', '*']}", OPEN, id="an account and everyone"),
        pytest.param("{AWS: '123456789012'}", None, id="an account"),
        pytest.param("{AWS: 'arn:aws:iam::123456789012:root'}", None, id="the root of an account"),
        pytest.param("{AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}", None, id="the own account"),
        pytest.param("{Service: codebuild.amazonaws.com}", None, id="a service"),
    ],
)
def test_public_principal(tmp_path: Path, statement: str, expected: str | None) -> None:
    messages = said(tmp_path, "public-repository-policy", policy(PULL + statement))
    assert messages == ([expected] if expected else [])


ORGANIZATION = "StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(ORGANIZATION, None, id="an organization"),
        pytest.param("ForAnyValue:StringLike: {aws:PrincipalOrgPaths: o-a1b2c3d4e5/*}", None, id="a path of one"),
        pytest.param("StringEquals: {aws:PrincipalOrgID: '${aws:ResourceOrgID}'}", None, id="the own organization"),
        pytest.param("StringEquals: {aws:PrincipalAccount: '123456789012'}", None, id="an account"),
        pytest.param("StringEquals: {aws:PrincipalAccount: !Ref AWS::AccountId}", None, id="the own account"),
        pytest.param("StringEquals: {aws:SourceAccount: '123456789012'}", None, id="a service for an account"),
        pytest.param("StringEquals: {aws:SourceVpce: vpce-0123456789abcdef0}", None, id="an endpoint"),
        pytest.param("ArnLike: {aws:PrincipalArn: 'arn:aws:iam::123456789012:role/*'}", None, id="roles of an account"),
        pytest.param("Bool: {aws:PrincipalIsAWSService: 'true'}", None, id="services"),
        pytest.param("Bool: {aws:SecureTransport: 'true'}", OPEN, id="HTTPS narrows nothing"),
        pytest.param("StringLike: {aws:PrincipalOrgID: o-*}", OPEN, id="any organization"),
        pytest.param("StringEqualsIfExists: {aws:PrincipalOrgID: o-a1b2c3d4e5}", OPEN, id="or none at all"),
        pytest.param("StringNotEquals: {aws:PrincipalAccount: '123456789012'}", OPEN, id="all but an account"),
        pytest.param(
            "StringEquals: {aws:PrincipalTag/team: web}",
            unknown("condition StringEquals on aws:PrincipalTag/team"),
            id="a tag that strangers can give themselves",
        ),
        pytest.param(
            "ArnLike: {aws:PrincipalArn: 'arn:aws:iam::*:role/deploy'}",
            unknown("condition ArnLike on aws:PrincipalArn"),
            id="a name that strangers can give their roles",
        ),
    ],
)
def test_public_but_for_a_condition(tmp_path: Path, condition: str, expected: str | None) -> None:
    statement = f"{PULL}'*', Condition: {{{condition}}}"
    messages = said(tmp_path, "public-repository-policy", policy(statement))
    assert messages == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param("", [], id="no policy"),
        pytest.param(
            f"RepositoryPolicyText: {{Statement: [{{{PULL}'*'}}, {{Effect: Deny, Action: 'ecr:*', Principal: '*', "
            "Condition: {StringNotEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}}]}",
            [],
            id="a denial of all but an organization",
        ),
        pytest.param(
            policy("Effect: Allow, Action: 'ecr:*', Principal: '*'"),
            [OPEN.replace("ecr:GetDownloadUrlForLayer", "28 other actions")],
            id="every action",
        ),
        pytest.param(
            policy(f"{PULL}{{AWS: !Ref Free}}"),
            [unknown("whom statement 1 of the policy of repository Repository addresses").partition(" in ")[0]],
            id="a principal that is known only at deployment",
        ),
        pytest.param(
            f"RepositoryPolicyText: {{Statement: [{{{PULL}!If [Prod, '*', {{AWS: '123456789012'}}]}}]}}",
            [OPEN],
            id="in one world",
        ),
    ],
)
def test_public_repository_policy(tmp_path: Path, properties: str, expected: list[str]) -> None:
    assert said(tmp_path, "public-repository-policy", properties) == expected


def test_policy_of_a_creation_template(tmp_path: Path) -> None:
    text = '{"Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": "*"}]}'
    template = (
        "  Created: {Type: AWS::ECR::RepositoryCreationTemplate, Properties: {AppliedFor: [PULL_THROUGH_CACHE], "
        f"Prefix: ROOT, RepositoryPolicy: '{text}'}}}}\n"
    )
    assert said(tmp_path, "public-repository-policy", "", template) == [
        "every AWS account may ecr:BatchGetImage: "
        "allowed by statement 1 of the policy of repository creation template Created"
    ]
