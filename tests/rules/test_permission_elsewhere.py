# ruff: noqa: E501 - in a table, a case is a line
"""Permissions on which something else has a say than policies of roles and repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judging import assembly, findings, line
from tests.rules.test_permission import (
    AT,
    ECS_EXECUTION,
    HEAD,
    HERE,
    LACKS,
    MAYBE,
    REPOSITORY,
    RULES,
    role,
    task,
)

if TYPE_CHECKING:
    from pathlib import Path

BARE, PULLER = role() + task(), role(managed=ECS_EXECUTION) + task()
NO_POLICIES = [
    f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
    f"ecr:GetAuthorizationToken: no statement of role Execution allows ecr:BatchGetImage on {REPOSITORY}: "
    "it has no policies"
]


def custom(name: str, *, more: str = "") -> str:
    """A custom resource that is given something."""
    return f"""
  Attach:
    Type: Custom::Attach{more}
    Properties: {{ServiceToken: "arn:aws:lambda:us-east-1:123456789012:function:attach", Of: {name}}}"""


def nested(parameter: str) -> str:
    """A nested stack whose template is not there."""
    return f"""
  Attach:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: "https://example.com/a.json", Parameters: {{Of: {parameter}}}}}"""


ATTACHED = [f"{MAYBE}whether Attach attaches a policy to role Execution"]
BOUNDED = role(extra=f"      PermissionsBoundary: {ECS_EXECUTION}") + task()
CHOSEN = role(extra="      RoleName: !Ref Flag") + task()
NAMED = role(extra="      RoleName: puller") + task()
KEPT_IN = role(extra="      PermissionsBoundary: arn:aws:iam::aws:policy/IAMReadOnlyAccess") + task()
OUT_OF_BOUNDS = [
    f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
    f"ecr:GetAuthorizationToken: no statement of the permissions boundary of role Execution allows ecr:BatchGetImage on "
    f"{REPOSITORY}: it has AWS managed policy arn:aws:iam::aws:policy/IAMReadOnlyAccess (which grants nothing that a "
    "task needs to start, as of 2026-09-30)"
]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(BARE, NO_POLICIES, id="nothing"),
        pytest.param(BARE + custom("!Ref Execution"), ATTACHED, id="custom resource with the name"),
        pytest.param(BARE + custom("!GetAtt Execution.Arn"), ATTACHED, id="custom resource with the ARN"),
        pytest.param(BARE + custom("[{A: !Sub 'x-${Execution}'}]"), ATTACHED, id="custom resource with the name within"),
        pytest.param(BARE + custom("!Ref Task"), NO_POLICIES, id="custom resource with something else"),
        pytest.param(NAMED + custom("puller"), ATTACHED, id="custom resource with the name as it is written"),
        pytest.param(NAMED + custom("other"), NO_POLICIES, id="custom resource with another name"),
        pytest.param(CHOSEN + custom("!Ref Flag"), ATTACHED, id="custom resource with the name by a parameter"),
        pytest.param(BARE + custom("!Ref Flag"), NO_POLICIES, id="custom resource with a parameter"),
        pytest.param(BARE + nested("!Ref Execution"), ATTACHED, id="nested stack elsewhere"),
        pytest.param(
            BARE + custom("!Ref Execution", more="\n    Condition: HasRole"),
            NO_POLICIES + ATTACHED,
            id="custom resource under a condition",
        ),
        pytest.param(PULLER + custom("!Ref Execution"), [], id="custom resource, and all is allowed"),
        pytest.param(
            role("{Effect: Deny, Action: 'ecr:*', Resource: '*'}", managed=ECS_EXECUTION) + task() + custom("!Ref Execution"),
            [
                f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
                "ecr:GetAuthorizationToken: denied by statement 1 of policy 'Inline' of Execution"
            ],
            id="custom resource, and all is denied",
        ),
        pytest.param(BOUNDED + custom("!Ref Execution"), ATTACHED, id="custom resource within a boundary that allows it"),
        pytest.param(KEPT_IN + custom("!Ref Execution"), OUT_OF_BOUNDS, id="custom resource within a boundary that does not"),
    ],
)  # fmt: skip
def test_custom_resource(tmp_path: Path, resources: str, expected: list[str]) -> None:
    assert found_in(tmp_path, [(resources, HERE)]) == sorted(expected)


MANAGEMENT = "aws://999999999999/us-east-1"
DENIED = "denied by statement 1 of service control policy Guardrail"
BY_SCP = [
    f"missing-pull-permission {AT}: {LACKS} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
    f"ecr:GetAuthorizationToken: {DENIED}"
]


def scp(
    *targets: str,
    action: str = "ecr:*",
    effect: str = "Deny",
    more: str = "",
    kind: str = "SERVICE_CONTROL_POLICY",
    condition: str = "",
) -> str:
    return f"""
  Guardrail:
    Type: AWS::Organizations::Policy{condition}
    Properties:
      Name: Guardrail
      Type: {kind}
      TargetIds: [{", ".join(targets)}]
      Content: {{Statement: [{{Effect: {effect}, Action: "{action}", Resource: "*"{more}}}]}}"""


OWN, OTHER = "'123456789012'", "'210987654321'"
REGIONS = ", Condition: {StringNotEquals: {'aws:RequestedRegion': [%s]}}"
TEXT = scp(OWN).replace(
    'Content: {Statement: [{Effect: Deny, Action: "ecr:*", Resource: "*"}]}',
    """Content: '{"Statement": {"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}}'""",
)


@pytest.mark.parametrize(
    ("policy", "where", "expected"),
    [
        pytest.param(scp(OWN), MANAGEMENT, BY_SCP, id="account"),
        pytest.param(scp(OTHER, OWN), MANAGEMENT, BY_SCP, id="account and another"),
        pytest.param(scp(OTHER), MANAGEMENT, [], id="another account"),
        pytest.param(scp(), MANAGEMENT, [], id="attached to nothing"),
        pytest.param(TEXT, MANAGEMENT, BY_SCP, id="as text"),
        pytest.param(scp(OWN, effect="Allow", action="s3:*"), MANAGEMENT, [], id="Allow, which takes nothing away"),
        pytest.param(scp(OWN, action="s3:*"), MANAGEMENT, [], id="other actions"),
        pytest.param(scp(OWN, kind="TAG_POLICY"), MANAGEMENT, [], id="a policy of another type"),
        pytest.param(scp(OWN, more=REGIONS % "us-east-1"), MANAGEMENT, [], id="other regions"),
        pytest.param(scp(OWN, more=REGIONS % "eu-west-1"), MANAGEMENT, BY_SCP, id="own region"),
        pytest.param(
            scp(OWN, more=", Condition: {ArnNotLike: {'aws:PrincipalArn': 'arn:aws:iam::*:role/Platform*'}}"),
            MANAGEMENT,
            [f"{MAYBE}condition ArnNotLike on aws:PrincipalArn in statement 1 of service control policy Guardrail"],
            id="roles of other names, where CloudFormation makes the name",
        ),
        pytest.param(
            scp("ou-ab12-12345678"),
            MANAGEMENT,
            [
                f"{MAYBE}whether account 123456789012 is below ou-ab12-12345678 in statement 1 of service control policy "
                "Guardrail"
            ],
            id="organizational unit",
        ),
        pytest.param(
            scp("!Ref Flag"),
            MANAGEMENT,
            [
                f"{MAYBE}whether account 123456789012 is below ${{Flag}} in statement 1 of service control policy Guardrail"
            ],
            id="target by a parameter",
        ),
        pytest.param(
            scp(OWN),
            HERE,
            [
                f"{MAYBE}whether account 123456789012 is the management account in statement 1 of service control policy "
                "Guardrail"
            ],
            id="made in the account itself, which may be the management account",
        ),
        pytest.param(scp(OWN, condition="\n    Condition: HasRole"), MANAGEMENT, BY_SCP, id="under a condition"),
    ],
)
def test_service_control_policy(tmp_path: Path, policy: str, where: str, expected: list[str]) -> None:
    assert found_in(tmp_path, [(PULLER, HERE), (policy, where)]) == expected


PULLED = "ecr:BatchGetImage and ecr:GetDownloadUrlForLayer"
ALL = f"{PULLED.replace(' and ', ', ')} and ecr:GetAuthorizationToken"
BY_RCP = "denied by statement 1 of resource control policy Guardrail"
TRUST_AT = "unassumable-role Execution.Properties.AssumeRolePolicyDocument: execution role Execution can't be assumed: "


def rcp(*targets: str, more: str = "", **changes: str) -> str:
    return scp(*targets, kind="RESOURCE_CONTROL_POLICY", more=f", Principal: '*'{more}", **changes)


def by_rcp(actions: str) -> list[str]:
    return [f"missing-pull-permission {AT}: {LACKS} {actions}: {BY_RCP}"]


def doubted(why: str) -> list[str]:
    return [f"{MAYBE}{why} in statement 1 of resource control policy Guardrail"]


IDENTITIES = ", Condition: {StringNotEqualsIfExists: {'aws:PrincipalOrgID': o-1}, BoolIfExists: {'aws:PrincipalIsAWSService': 'false'}}"


@pytest.mark.parametrize(
    ("policy", "where", "expected"),
    [
        pytest.param(rcp(OWN), MANAGEMENT, by_rcp(ALL), id="account"),
        pytest.param(rcp(OTHER), MANAGEMENT, [], id="another account"),
        pytest.param(rcp(OWN, action="ecr:BatchGetImage"), MANAGEMENT, by_rcp("ecr:BatchGetImage"), id="one action"),
        pytest.param(rcp(OWN, action="s3:*"), MANAGEMENT, [], id="other actions"),
        pytest.param(rcp(OWN, effect="Allow", action="s3:*"), MANAGEMENT, [], id="Allow, which takes nothing away"),
        pytest.param(rcp(OWN, action="sts:AssumeRole"), MANAGEMENT, [f"{TRUST_AT}{BY_RCP}"], id="roles that nobody may assume"),
        pytest.param(rcp(OWN, action="sts:AssumeRole", more=IDENTITIES), MANAGEMENT, [], id="roles that services may assume"),
        pytest.param(rcp(OWN, more=IDENTITIES), MANAGEMENT, doubted("condition StringNotEqualsIfExists on aws:PrincipalOrgID"), id="organization"),
        pytest.param(rcp("ou-ab12-12345678"), MANAGEMENT, doubted("whether account 123456789012 is below ou-ab12-12345678"), id="organizational unit"),
        pytest.param(rcp(OWN), HERE, doubted("whether account 123456789012 is the management account"), id="made in the account itself"),
        pytest.param(rcp(OWN).replace("RESOURCE_CONTROL_POLICY", "!Ref Flag"), MANAGEMENT, [f"{MAYBE}whether ${{Flag}} makes it a service control policy in statement 1 of service control policy Guardrail and whether ${{Flag}} makes it a resource control policy in statement 1 of resource control policy Guardrail"], id="type by a parameter"),
        pytest.param(rcp(OWN, more=", Condition: {StringNotEquals: {'aws:SourceVpc': vpc-1}}"), MANAGEMENT, [f"{doubted('condition StringNotEquals on aws:SourceVpc')[0]}, and no service or schedule in the templates runs it; it is for FARGATE"], id="network that is not known"),
    ],
)  # fmt: skip
def test_resource_control_policy(tmp_path: Path, policy: str, where: str, expected: list[str]) -> None:
    assert found_in(tmp_path, [(PULLER, HERE), (policy, where)]) == expected


FAR_IMAGE = task().replace("123456789012.dkr", "210987654321.dkr")


def test_resource_control_policy_on_a_repository_elsewhere(tmp_path: Path) -> None:
    """The account of the repository counts for the pull, and that of the role for the token."""
    policy = rcp(OTHER)
    expected = [f"missing-pull-permission {AT}: {LACKS} {PULLED}: {BY_RCP}"]
    assert found_in(tmp_path, [(role(managed=ECS_EXECUTION) + FAR_IMAGE, HERE), (policy, MANAGEMENT)]) == expected


def found_in(folder: Path, stacks: list[tuple[str, str]]) -> list[str]:
    """The findings of the family about some stacks, each with its environment."""
    found = findings(assembly(folder, [(f"{HEAD}{each}\n", environment) for each, environment in stacks]), RULES)
    return sorted(line(each) for each in found if each.severity.value != "warning")
