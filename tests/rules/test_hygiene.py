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
