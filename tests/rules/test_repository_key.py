# ruff: noqa: E501 - in a table, a case is a line
"""Keys that repositories are encrypted by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.rules.catalogue import BY_ID
from tests.judging import findings, line, write

if TYPE_CHECKING:
    from pathlib import Path

RULES = [BY_ID["unusable-repository-key"], BY_ID["unverifiable-repository"]]
TEMPLATE = """\
Parameters: {{Free: {{Type: String}}, Switch: {{Type: String, AllowedValues: ["true", "false"]}}}}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - {{Effect: Allow, Principal: {{AWS: !Sub "arn:aws:iam::${{AWS::AccountId}}:root"}}, Action: "kms:*", Resource: "*"}}
          {statement}
      {key}
  Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/images, TargetKeyId: !Ref Key}}}}
  Repo:
    Type: AWS::ECR::Repository
    Properties: {{EncryptionConfiguration: {{EncryptionType: {type_}, KmsKey: {named}}}}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {{ContainerDefinitions: [{{Name: web, Memory: 512, Image: !Sub "${{Repo.RepositoryUri}}:1"}}]}}
"""
AT = "unusable-repository-key Repo.Properties.EncryptionConfiguration.KmsKey: repository Repo gives out no image: "
UNKNOWN = (
    "unverifiable-repository? Task.Properties.ContainerDefinitions[0].Image: container 'web': "
    "cannot verify that the image can be there: "
)


def templated(*, key: str = "", statement: str = "", type_: str = "KMS", named: str = "!GetAtt Key.Arn") -> str:
    """A template with a key, a repository that it encrypts, and a task with an image of that."""
    statement = f"- {statement}" if statement else ""
    return TEMPLATE.format(key=key, statement=statement, type_=type_, named=named)


def said(folder: Path, text: str) -> list[str]:
    return [line(finding) for finding in findings(write(folder, text), RULES)]


DISABLED = [f"{AT}Enabled of key Key is false"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("", [], id="the defaults"),
        pytest.param("Enabled: true", [], id="enabled"),
        pytest.param("Enabled: false", DISABLED, id="disabled"),
        pytest.param("Enabled: !Ref Switch", DISABLED, id="disabled by a value of a parameter"),
        pytest.param(
            "Enabled: !Ref Free", [f"{UNKNOWN}Enabled of key Key is ${{Free}}"], id="known only at deployment"
        ),
        pytest.param("KeySpec: SYMMETRIC_DEFAULT", [], id="symmetric"),
        pytest.param("KeySpec: RSA_2048", [f"{AT}KeySpec of key Key is RSA_2048"], id="asymmetric"),
        pytest.param("KeyUsage: SIGN_VERIFY", [f"{AT}KeyUsage of key Key is SIGN_VERIFY"], id="for signatures"),
        pytest.param("Origin: EXTERNAL", [f"{UNKNOWN}Origin of key Key is EXTERNAL"], id="material to be imported"),
        pytest.param("EnableKeyRotation: true", [], id="rotated"),
    ],
)
def test_key(tmp_path: Path, key: str, expected: list[str]) -> None:
    assert said(tmp_path, templated(key=key)) == expected


def deny(principal: str = "'*'", action: str = "kms:*", more: str = "") -> str:
    return f"{{Effect: Deny, Principal: {principal}, Action: '{action}', Resource: '*'{more}}}"


DENIED = [f"{AT}statement 2 of the policy of key Key denies everyone kms:Decrypt"]
ELSEWHERE = "{AWS: 'arn:aws:iam::123456789012:role/other'}"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(deny(), DENIED, id="everyone, everything"),
        pytest.param(deny("{AWS: '*'}", "kms:Decrypt"), DENIED, id="everyone, decryption"),
        pytest.param(deny(action="kms:ScheduleKeyDeletion"), [], id="everyone, deletion"),
        pytest.param(deny(ELSEWHERE), [], id="a role"),
        pytest.param(deny().replace("Deny", "Allow"), [], id="Allow"),
        pytest.param(deny(more=", Condition: {Bool: {'aws:SecureTransport': 'false'}}"), [], id="without HTTPS"),
        pytest.param(
            deny(more=", Condition: {StringNotEquals: {'aws:PrincipalOrgID': o-1}}"),
            [
                f"{UNKNOWN}it is not known whether statement 2 of the policy of key Key denies everyone kms:Decrypt: "
                "condition StringNotEquals on aws:PrincipalOrgID in statement 2 of the policy of key Key"
            ],
            id="other organizations",
        ),
    ],
)
def test_policy(tmp_path: Path, statement: str, expected: list[str]) -> None:
    assert said(tmp_path, templated(statement=statement)) == expected


@pytest.mark.parametrize(
    ("type_", "named", "expected"),
    [
        pytest.param("KMS", "!Ref Key", DISABLED, id="by its ID"),
        pytest.param("KMS", "!Ref Alias", DISABLED, id="by an alias"),
        pytest.param("KMS_DSSE", "!Ref Key", DISABLED, id="two layers"),
        pytest.param("AES256", "!Ref Key", [], id="not by it"),
        pytest.param("KMS", "'arn:aws:kms:us-east-1:123456789012:key/1'", [], id="another key, which is elsewhere"),
        pytest.param("KMS", "!Ref AWS::NoValue", [], id="the key of Amazon ECR"),
    ],
)
def test_which_key(tmp_path: Path, type_: str, named: str, expected: list[str]) -> None:
    assert said(tmp_path, templated(key="Enabled: false", type_=type_, named=named)) == expected


_KNOWN = templated(named="!Ref Key")
UNREAD = f"{_KNOWN[: _KNOWN.index('KeyPolicy:')]}KeyPolicy: !Ref Free\n{_KNOWN[_KNOWN.index('  Alias:') :]}"


def test_policy_that_is_not_known(tmp_path: Path) -> None:
    assert said(tmp_path, UNREAD) == [f"{UNKNOWN}the document of the policy of key Key is known only at deployment"]
