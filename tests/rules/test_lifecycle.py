"""Lifecycle policies against the images of task definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import findings, write
from tests.pull.test_lifecycle import AGE, COUNT, PULLED, rule

RULES = (BY_ID["expiring-deployed-image"],)
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
HOST = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"

ANY, UNTAGGED = rule(9, "any", AGE, 30), rule(1, "untagged", AGE, 7)
RELEASES = rule(2, "tagged", COUNT, 10, "v*")


def template(image: str, policy: str, mode: str = "IMMUTABLE") -> str:
    return f"""\
Parameters:
  Tag: {{Type: String}}
  Stage: {{Type: String}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: team/app
      ImageTagMutability: {mode}
      LifecyclePolicy:
        LifecyclePolicyText: {policy}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {{Name: web, Memory: 512, Image: !Sub '{image}'}}
"""


def said(folder: Path, image: str, policy: str, mode: str = "IMMUTABLE") -> list[str]:
    """The severity of each finding, and what it says from the rule on, without the image."""
    found = findings(write(folder, template(f"{HOST}/{image}", policy, mode)), RULES)
    assert {f"{each.logical_id}.{each.location}" for each in found} <= {
        "Repository.Properties.LifecyclePolicy.LifecyclePolicyText"
    }
    named = f"image '{HOST}/{image}' of Task"
    return [f"{each.severity} {each.message.replace(named, 'it')}" for each in found]


@pytest.mark.parametrize(
    ("image", "rules", "expected"),
    [
        pytest.param("team/app:1", [], [], id="no rule"),
        pytest.param("team/app:1", [ANY], ["warning lifecycle rule 9 deletes it 30 days after its push"], id="age"),
        pytest.param("team/web:1", [ANY], [], id="another repository"),
        pytest.param("team/app:1", [UNTAGGED], [], id="untagged images only"),
        pytest.param(
            "team/app:v1", [RELEASES], ["info lifecycle rule 2 deletes it when 10 newer ones are there"], id="count"
        ),
        pytest.param(
            "team/app:v1", [RELEASES, ANY], ["info lifecycle rule 2 deletes it when 10 newer ones are there"],
            id="kept from age by a rule of higher priority",
        ),
        pytest.param(
            "team/app:1",
            [rule(1, "any", PULLED, 90, transition=True)],
            ["warning lifecycle rule 1 archives it 90 days after its last pull"],
            id="archived",
        ),
        pytest.param(
            f"team/app@{DIGEST}", [ANY], ["warning lifecycle rule 9 deletes it 30 days after its push"], id="a digest"
        ),
        pytest.param(
            f"team/app@{DIGEST}",
            [UNTAGGED],
            [],
            id="a digest whose tag stays",
        ),
        pytest.param(
            f"team/app@{DIGEST}",
            [RELEASES, ANY],
            ["info lifecycle rule 9 deletes it 30 days after its push"],
            id="a digest whose tag may keep it",
        ),
        pytest.param(
            "team/app:${Tag}", [ANY], ["warning lifecycle rule 9 deletes it 30 days after its push"], id="any tag"
        ),
        pytest.param(
            "team/app:${Tag}",
            [RELEASES, ANY],
            ["info lifecycle rule 9 deletes it 30 days after its push"],
            id="a tag that may keep it",
        ),
    ],
)  # fmt: skip
def test_immutable(tmp_path: Path, image: str, rules: list[dict[str, Any]], expected: list[str]) -> None:
    policy = f"'{json.dumps({'rules': rules})}'"
    assert said(tmp_path, image, policy) == expected


MOVED = (
    "info lifecycle rule 1 deletes it 7 days after its push, once another push has its tag; "
    "tasks of the deployment still start from it"
)


@pytest.mark.parametrize(
    ("image", "mode", "expected"),
    [
        pytest.param("team/app:1", "MUTABLE", [MOVED], id="a tag that moves"),
        pytest.param("team/app:1", "IMMUTABLE", [], id="a tag that stays"),
        pytest.param(f"team/app@{DIGEST}", "MUTABLE", [MOVED], id="a digest whose tag moves"),
    ],
)
def test_mutable(tmp_path: Path, image: str, mode: str, expected: list[str]) -> None:
    assert said(tmp_path, image, f"'{json.dumps({'rules': [UNTAGGED]})}'", mode) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("!Ref Tag", 0, id="known only at deployment"),
        pytest.param(f"!If [Prod, !Ref AWS::NoValue, '{json.dumps({'rules': [ANY]})}']", 1, id="in one world"),
        pytest.param(
            f"!If [Prod, '{json.dumps({'rules': [RELEASES]})}', '{json.dumps({'rules': [ANY]})}']",
            1,
            id="other rules in another world",
        ),
    ],
)
def test_worlds(tmp_path: Path, policy: str, expected: int) -> None:
    assert len(said(tmp_path, "team/app:1", policy)) == expected
