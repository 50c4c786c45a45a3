# ruff: noqa: E501 - in a table, a case is a line
from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import MAX_WORLDS, UndecidedError, World, Worlds
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text
from ecr_ecs_constructs.pull.answer import Answer, Verdict
from ecr_ecs_constructs.pull.iam.decisions import decide
from ecr_ecs_constructs.pull.iam.managed_policies import aws_managed_policies
from ecr_ecs_constructs.pull.iam.repositories import RepositoryPolicies
from ecr_ecs_constructs.pull.iam.roles import Roles
from ecr_ecs_constructs.pull.texts.pattern import ContextValue
from ecr_ecs_constructs.pull.texts.references import Target
from tests import worlds
from tests.pull.iam.managed_policies import ACTIONS, DATA, listed, published, rendered
from tests.work import counted

HERE, OTHER, REGION = "111111111111", "222222222222", "us-east-1"
APP = f"arn:aws:ecr:{REGION}:{HERE}:repository/app"
GET, TOKEN = "ecr:BatchGetImage", "ecr:GetAuthorizationToken"
CHECK, LAYER = "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"
IMPORT = "ecr:BatchImportUpstreamImage"
HOLDS, BROKEN, UNKNOWN = Verdict.HOLDS, Verdict.BROKEN, Verdict.UNKNOWN

Object = dict[str, Any]


def allow(*actions: Any, on: Any = "*", **more: Any) -> Object:
    return {"Effect": "Allow", "Action": list(actions) or "ecr:*", "Resource": on, **more}


def deny(*actions: Any, on: Any = "*", **more: Any) -> Object:
    return {**allow(*actions, on=on, **more), "Effect": "Deny"}


def document(*statements: Any, version: str = "2012-10-17") -> Object:
    return {"Version": version, "Statement": list(statements)}


def role(*statements: Any, **properties: Any) -> Object:
    policies = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}] if statements else []
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies, **properties}}


def attached(*statements: Any, type_: str = "Policy", **more: Any) -> Object:
    name = {"RoleName": {"Ref": "Role"}} if type_ == "RolePolicy" else {"Roles": [{"Ref": "Role"}]}
    condition = {"Condition": more.pop("condition")} if "condition" in more else {}
    properties = {"PolicyDocument": document(*statements), **name, **more}
    return {
        "Type": f"AWS::IAM::{type_}",
        "Properties": {k: v for k, v in properties.items() if v is not None},
        **condition,
    }


def template(resources: Object, *, name: str = "stack", account: str | None = HERE, **sections: Any) -> Template:
    region = sections.pop("region", REGION)
    return Template(name, {"Resources": resources, **sections}, account=account, region=region)


def judge(
    resources: Object,
    action: str = GET,
    on: Any = APP,
    *,
    context: dict[str, ContextValue] | None = None,
    assumed: dict[str, bool] | None = None,
    others: tuple[Template, ...] = (),
    **sections: Any,
) -> Answer:
    """Return the worst decision of all worlds on a role of a template; `on` is a node of that template."""
    own = template(resources, **sections)

    def ask(world: World) -> Iterator[Answer]:
        outcomes = {name: world.evaluate(own, in_case(name, True, False)).value == "true" for name in assumed or {}}
        if outcomes == (assumed or {}) and world.exists(own.resources["Role"]):
            iam = Roles(world)
            resource = world.evaluate(own, on).value
            assert isinstance(resource, (str, Text))
            carried = iam.of(own.resources["Role"])
            yield decide(carried, action, resource, template=own, context=context)

    decisions = worlds.together(Worlds([own, *others]), ask)
    return min(decisions, key=lambda decision: (BROKEN, UNKNOWN, HOLDS).index(decision.verdict))


# statements

ARN = f"arn:aws:ecr:{REGION}:{HERE}:repository"


INCLUDE = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://bucket/rest.yaml"}}}


@pytest.mark.parametrize(
    ("statement", "action", "on", "verdict"),
    [
        pytest.param(allow(GET), GET, APP, HOLDS, id="action"),
        pytest.param(allow(LAYER), GET, APP, BROKEN, id="other-action"),
        pytest.param({**allow(GET), **INCLUDE}, GET, APP, UNKNOWN, id="include-may-add-a-condition"),
        pytest.param({**allow(LAYER), **INCLUDE}, GET, APP, UNKNOWN, id="include-may-be-anything"),
        pytest.param(allow("ECR:batchgetIMAGE"), GET, APP, HOLDS, id="actions-ignore-case"),
        pytest.param(allow("ecr:Batch*"), GET, APP, HOLDS, id="action-star"),
        pytest.param(allow("ecr:BatchGetImag?"), GET, APP, HOLDS, id="action-question-mark"),
        pytest.param(allow("ecr:BatchGetImage?"), GET, APP, BROKEN, id="question-mark-is-one-character"),
        pytest.param(allow("*"), GET, APP, HOLDS, id="all-actions"),
        pytest.param({"Effect": "Allow", "Action": GET, "Resource": APP}, GET, APP, HOLDS, id="single-values"),
        pytest.param({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, GET, APP, HOLDS, id="not-action"),
        pytest.param(
            {"Effect": "Allow", "NotAction": ["s3:*", "ecr:*"], "Resource": "*"}, GET, APP, BROKEN, id="in-not-action"
        ),
        pytest.param(allow(on=["arn:aws:s3:::b", APP]), GET, APP, HOLDS, id="one-of-resources"),
        pytest.param(allow(on=f"{ARN}/other"), GET, APP, BROKEN, id="another-repository"),
        pytest.param(allow(on=f"{ARN}/App"), GET, APP, BROKEN, id="arns-respect-case"),
        pytest.param(allow(on=f"{ARN}/a*"), GET, APP, HOLDS, id="resource-star"),
        pytest.param(allow(on=f"{ARN}/a?p"), GET, APP, HOLDS, id="resource-question-mark"),
        pytest.param(allow(on=f"{ARN}/*"), GET, f"{ARN}/team/app", HOLDS, id="star-spans-slashes"),
        pytest.param(allow(on="arn:aws:ecr:*:*:repository/app"), GET, APP, HOLDS, id="star-in-each-part"),
        pytest.param(allow(on="arn:aws:ecr:*"), GET, APP, HOLDS, id="star-at-the-end"),
        pytest.param(allow(on=f"{ARN}/{'*?' * 12}Z"), GET, f"{ARN}/{'a' * 60}", BROKEN, id="many-wildcards"),
        pytest.param(allow(on=f"{ARN}/{'*?' * 12}"), GET, f"{ARN}/{'a' * 60}", HOLDS, id="many-wildcards-that-match"),
        pytest.param(allow(f"ecr:{'*a' * 40}"), GET, APP, BROKEN, id="many-wildcards-in-an-action"),
        pytest.param(allow(on="arn:aws:ecr"), GET, APP, HOLDS, id="incomplete-arn"),
        pytest.param(allow(on="arn:aws:ecr:us-east-1:2*"), GET, APP, BROKEN, id="incomplete-arn-of-other-account"),
        pytest.param(
            allow(on="arn:aws:ecr:*:repository/app"), GET, APP, UNKNOWN, id="star-over-parts-of-incomplete-arn"
        ),
        pytest.param(allow(on="arn:aws:ecr:*1:repository/app:"), GET, f"{APP}:", UNKNOWN, id="star-over-parts"),
        pytest.param(allow(on="arn:aws:ecr:u*1:repository/app"), GET, APP, UNKNOWN, id="star-inside-a-part-over-parts"),
        pytest.param(allow(on=f"arn:aws:ecr:*:{HERE}:*/app"), GET, APP, UNKNOWN, id="wildcard-for-resource-type"),
        pytest.param(
            {"Effect": "Allow", "Action": GET, "NotResource": f"{ARN}/other"}, GET, APP, HOLDS, id="not-resource"
        ),
        pytest.param(
            {"Effect": "Allow", "Action": GET, "NotResource": [f"{ARN}/a*"]}, GET, APP, BROKEN, id="in-not-resource"
        ),
        pytest.param(allow(TOKEN), TOKEN, "*", HOLDS, id="token-on-all"),
        pytest.param(allow(TOKEN, on=APP), TOKEN, "*", BROKEN, id="token-on-a-repository"),
        pytest.param(allow(TOKEN, on="arn:aws:ecr:*"), TOKEN, "*", BROKEN, id="token-on-all-of-ecr"),
        pytest.param(allow(TOKEN, on=[APP, "*"]), TOKEN, "*", HOLDS, id="token-on-all-among-others"),
        pytest.param(
            {"Effect": "Allow", "Action": TOKEN, "NotResource": APP}, TOKEN, "*", HOLDS, id="token-on-all-but-one"
        ),
        pytest.param({"Effect": "Permit", "Action": "*", "Resource": "*"}, GET, APP, UNKNOWN, id="no-such-effect"),
        pytest.param({"Effect": "Allow", "Resource": "*"}, GET, APP, UNKNOWN, id="no-action"),
        pytest.param(
            {"Effect": "Allow", "Action": "*", "NotAction": "s3:*"}, GET, APP, UNKNOWN, id="action-and-not-action"
        ),
        pytest.param({"Effect": "Allow", "Action": "*"}, GET, APP, UNKNOWN, id="no-resource"),
        pytest.param(allow(NotResource="x"), GET, APP, UNKNOWN, id="resource-and-not-resource"),
        pytest.param(allow(Condition=["x"]), GET, APP, UNKNOWN, id="condition-is-no-object"),
        pytest.param(allow({"Ref": "Unknown"}, GET), GET, APP, HOLDS, id="unknown-action-and-action"),
        pytest.param(allow({"Ref": "Unknown"}, LAYER), GET, APP, UNKNOWN, id="unknown-action-and-another"),
        pytest.param("statement", GET, APP, UNKNOWN, id="statement-is-no-object"),
        pytest.param({"Effect": "Deny", "Action": [], "Resource": "*"}, GET, APP, BROKEN, id="no-actions"),
    ],
)
def test_statement(statement: Object, action: str, on: str, verdict: Verdict) -> None:
    assert judge({"Role": role(statement)}, action, on).verdict is verdict


@pytest.mark.parametrize(
    ("statements", "verdict", "reason"),
    [
        pytest.param([allow(GET), deny(GET)], BROKEN, "denied by statement 2 of policy 'Own' of Role", id="deny-wins"),
        pytest.param(
            [allow(GET, Sid="Pull"), deny(on=f"{ARN}/other")],
            HOLDS,
            "allowed by statement Pull of policy 'Own' of Role",
            id="deny-elsewhere",
        ),
        pytest.param(
            [allow("logs:*")],
            BROKEN,
            f"no statement of role Role allows {GET} on {APP}: it has policy 'Own' of Role",
            id="logs-only",
        ),
        pytest.param([], BROKEN, f"no statement of role Role allows {GET} on {APP}: it has no policies", id="nothing"),
        pytest.param(
            [allow(GET), deny(GET, Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})],
            UNKNOWN,
            "known only at deployment: condition StringNotEquals on aws:SourceVpc in statement 2 of policy 'Own' of Role",
            id="deny-under-condition",
        ),
        pytest.param(
            [allow(GET, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})],
            UNKNOWN,
            "known only at deployment: condition StringEquals on aws:SourceVpc in statement 1 of policy 'Own' of Role",
            id="allow-under-condition",
        ),
        pytest.param(
            [allow(GET, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), allow(GET)],
            HOLDS,
            "allowed by statement 2 of policy 'Own' of Role",
            id="allow-besides-one-under-condition",
        ),
        pytest.param(
            [allow(GET, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), deny(GET)],
            BROKEN,
            "denied by statement 2 of policy 'Own' of Role",
            id="deny-besides-an-allow-under-condition",
        ),
        pytest.param(
            [allow("ecr:Describe*"), allow(GET, on={"Ref": "Unknown"})],
            UNKNOWN,
            f"known only at deployment: whether {APP} is ${{Unknown}} in statement 2 of policy 'Own' of Role",
            id="resource-unknown",
        ),
        pytest.param(
            [{"Effect": "Allow", "Action": {"Ref": "Unknown"}, "Resource": "*"}],
            UNKNOWN,
            "known only at deployment: action ${Unknown} in statement 1 of policy 'Own' of Role",
            id="action-unknown",
        ),
        pytest.param(
            [{"Effect": {"Ref": "Unknown"}, "Action": "*", "Resource": "*"}],
            UNKNOWN,
            "known only at deployment: the effect ${Unknown} in statement 1 of policy 'Own' of Role",
            id="effect-unknown",
        ),
    ],
)
def test_statements_together(statements: list[Object], verdict: Verdict, reason: str) -> None:
    decision = judge({"Role": role(*statements)})
    assert (decision.verdict, decision.why) == (verdict, reason)


def test_a_decision_names_its_evidence() -> None:
    decision = judge({"Role": role(allow(LAYER), allow(GET, Sid="Pull"))})
    assert decision == Answer(True, "allowed by statement Pull of policy 'Own' of Role")


# texts that are known only in parts

REPOSITORY: Object = {"Type": "AWS::ECR::Repository"}
SUB_ARN = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/"
REPOSITORY_RESOURCES = {
    "App": REPOSITORY,
    "Base": REPOSITORY,
    "Named": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "named"}},
    "Bucket": {"Type": "AWS::S3::Bucket"},
}
PARAMETERS = {
    "Name": {"Type": "String"},
    "Team": {"Type": "String", "AllowedPattern": "^team-[a-z]+$"},
    "Odd": {"Type": "String", "AllowedPattern": "(?=a)[a-z]+"},
    "Anchored": {"Type": "String", "AllowedPattern": "(^a$)|(^b$)"},
    "Glob": {"Type": "String", "AllowedPattern": "[a*]+"},
    "Arns": {"Type": "CommaDelimitedList"},
    "Choice": {"Type": "String", "AllowedValues": ["app", "api"]},
    "Default": {"Type": "String", "Default": "app"},
}


def arn(attribute: str) -> Object:
    return {"Fn::GetAtt": [attribute, "Arn"]}


def sub(text: str) -> Object:
    return {"Fn::Sub": text}


@pytest.mark.parametrize(
    ("pattern", "on", "verdict"),
    [
        pytest.param(arn("App"), arn("App"), HOLDS, id="same-repository"),
        pytest.param(arn("Base"), arn("App"), BROKEN, id="another-repository"),
        pytest.param([arn("Base"), arn("App")], arn("App"), HOLDS, id="one-of-repositories"),
        pytest.param(sub(f"{SUB_ARN}${{App}}"), arn("App"), HOLDS, id="written-out"),
        pytest.param(arn("Named"), sub(f"{SUB_ARN}named"), HOLDS, id="named-repository"),
        pytest.param(arn("Named"), sub(f"{SUB_ARN}other"), BROKEN, id="named-otherwise"),
        pytest.param(arn("App"), sub(f"{SUB_ARN}other"), UNKNOWN, id="generated-name-or-literal"),
        pytest.param("arn:aws:ecr:*:*:repository/*", arn("App"), HOLDS, id="partition-of-all-that-is-written"),
        pytest.param("arn:aws-cn:ecr:*:*:repository/*", arn("App"), HOLDS, id="partition-of-all-in-China"),
        pytest.param(
            ["arn:aws:ecr:*:*:repository/*", "arn:aws-cn:s3:::images"], arn("App"), UNKNOWN, id="partition-of-several"
        ),
        pytest.param(
            ["arn:aws:ecr:*:*:repository/*", "arn:*:ecr:cn-north-1:*:repository/*"],
            arn("App"),
            UNKNOWN,
            id="partition-of-a-region",
        ),
        pytest.param("arn:*:ecr:*:*:repository/*", arn("App"), HOLDS, id="partition-by-no-literal"),
        pytest.param(sub("arn:${AWS::Partition}:ecr:*:*:repository/*"), arn("App"), HOLDS, id="stars-over-holes"),
        pytest.param(
            sub("arn:${AWS::Partition}:ecr:${AWS::Region}:*:repository/*"), arn("App"), HOLDS, id="star-for-account"
        ),
        pytest.param(
            sub("arn:${AWS::Partition}:ecr:*:????????????:repository/*"), arn("App"), HOLDS, id="account-has-12-digits"
        ),
        pytest.param(sub("arn:${AWS::Partition}:ecr:*:?????:repository/*"), arn("App"), BROKEN, id="not-5"),
        pytest.param(
            sub("arn:${AWS::Partition}:ecr:*:*:repository/?"), arn("App"), UNKNOWN, id="name-of-one-character"
        ),
        pytest.param(sub("arn:${AWS::Partition}:s3:::${Bucket}"), arn("App"), BROKEN, id="another-service"),
        pytest.param(sub("arn:*:s3:::${Bucket}"), arn("App"), BROKEN, id="another-service-behind-a-star"),
        pytest.param({"Ref": "Name"}, arn("App"), UNKNOWN, id="parameter"),
        pytest.param({"Ref": "Arns"}, arn("App"), UNKNOWN, id="list-parameter"),
        pytest.param([{"Ref": "Name"}, "*"], arn("App"), HOLDS, id="parameter-or-all"),
        pytest.param(sub(f"{SUB_ARN}${{Name}}"), sub(f"{SUB_ARN}${{Name}}"), HOLDS, id="same-parameter"),
        pytest.param(sub(f"{SUB_ARN}${{Name}}*"), sub(f"{SUB_ARN}${{Name}}"), HOLDS, id="same-parameter-and-star"),
        pytest.param(sub(f"{SUB_ARN}${{Name}}"), sub(f"{SUB_ARN}${{Team}}"), UNKNOWN, id="another-parameter"),
        pytest.param(sub(f"{SUB_ARN}${{Name}}"), sub(f"{SUB_ARN}app"), UNKNOWN, id="parameter-or-literal"),
        pytest.param(sub(f"{SUB_ARN}team-*"), sub(f"{SUB_ARN}${{Team}}"), HOLDS, id="pattern-covered"),
        pytest.param(sub(f"{SUB_ARN}crew-*"), sub(f"{SUB_ARN}${{Team}}"), BROKEN, id="pattern-apart"),
        pytest.param(sub(f"{SUB_ARN}team-a*"), sub(f"{SUB_ARN}${{Team}}"), UNKNOWN, id="pattern-in-part"),
        pytest.param(sub(f"{SUB_ARN}${{Team}}"), sub(f"{SUB_ARN}app"), BROKEN, id="pattern-of-policy-apart"),
        pytest.param(sub(f"{SUB_ARN}a*"), sub(f"{SUB_ARN}${{Odd}}"), UNKNOWN, id="pattern-not-readable"),
        pytest.param(sub(f"{SUB_ARN}${{Glob}}"), sub(f"{SUB_ARN}app"), UNKNOWN, id="pattern-that-allows-wildcards"),
        pytest.param(sub(f"{SUB_ARN}${{Base}}/${{Name}}"), arn("App"), UNKNOWN, id="below-another-repository"),
        pytest.param(
            sub("arn:${AWS::Partition}:ecr:u*-1:${AWS::AccountId}:repository/app"),
            sub("arn:${AWS::Partition}:ecr:us${Name}-1:${AWS::AccountId}:repository/app"),
            UNKNOWN,
            id="star-over-what-may-hold-colons",
        ),
        pytest.param(sub(f"{SUB_ARN}a*"), sub(f"{SUB_ARN}${{Anchored}}"), UNKNOWN, id="pattern-readable-alone"),
        pytest.param(sub(f"{SUB_ARN}${{Name}}"), sub(f"{SUB_ARN}${{Name}}-x"), UNKNOWN, id="same-parameter-and-more"),
        pytest.param("{{resolve:ssm:/arn}}", arn("App"), UNKNOWN, id="dynamic-reference-alone"),
        pytest.param(["{{resolve:ssm:/arn}}", "*"], arn("App"), HOLDS, id="dynamic-reference-or-all"),
        pytest.param(sub(f"{SUB_ARN}${{Choice}}"), sub(f"{SUB_ARN}app"), BROKEN, id="one-of-allowed-values"),
        pytest.param(sub(f"{SUB_ARN}a*"), sub(f"{SUB_ARN}${{Choice}}"), HOLDS, id="first-allowed-value"),
        pytest.param(sub(f"{SUB_ARN}${{Default}}"), sub(f"{SUB_ARN}app"), HOLDS, id="default"),
        pytest.param(
            sub(f"{SUB_ARN}{{{{resolve:ssm:/name}}}}"),
            sub(f"{SUB_ARN}{{{{resolve:ssm:/name}}}}"),
            HOLDS,
            id="same-dynamic-reference",
        ),
        pytest.param(sub(f"{SUB_ARN}{{{{resolve:ssm:/name}}}}"), sub(f"{SUB_ARN}app"), UNKNOWN, id="dynamic-reference"),
        pytest.param(
            {"Fn::Select": [0, {"Ref": "Arns"}]}, {"Fn::Select": [1, {"Ref": "Arns"}]}, UNKNOWN, id="nameless"
        ),
        pytest.param(
            [{"Fn::If": ["Big", "*", {"Ref": "AWS::NoValue"}]}], arn("App"), UNKNOWN, id="resource-under-condition"
        ),
        pytest.param({"Fn::If": ["Big", "*", arn("App")]}, arn("App"), HOLDS, id="either-resource"),
        pytest.param(
            sub("arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${!aws:PrincipalAccount}"),
            arn("App"),
            UNKNOWN,
            id="variable",
        ),
        pytest.param(
            sub("arn:${AWS::Partition}:${!aws:PrincipalAccount}"), arn("App"), UNKNOWN, id="variable-too-early"
        ),
    ],
)
def test_half_known_resources(pattern: Any, on: Any, verdict: Verdict) -> None:
    decision = judge(
        {"Role": role(allow(on=pattern)), **REPOSITORY_RESOURCES},
        on=on,
        account=None,
        region=None,
        Parameters=PARAMETERS,
        Conditions={"Big": {"Fn::Equals": [{"Ref": "Name"}, "big"]}},
    )
    assert decision.verdict is verdict


def test_parameters_of_one_name_in_two_templates_are_two() -> None:
    """The role's template is another one than that of the image."""
    parameters = {"Name": {"Type": "String"}}
    roles = template({"Role": role(allow(on=sub(f"{ARN}/${{Name}}")))}, Parameters=parameters)
    images = template({"App": REPOSITORY}, name="images", Parameters=parameters)
    iam = Roles(worlds.only(roles, images))
    carried = iam.of(roles.resources["Role"])
    for own, verdict in ((images, UNKNOWN), (roles, HOLDS)):
        resource = iam.world.evaluate(own, sub(f"{ARN}/${{Name}}")).value
        assert isinstance(resource, Text)
        assert decide(carried, GET, resource, template=own).verdict is verdict


@pytest.mark.parametrize(("name", "verdict"), [("App", HOLDS), ("Base", UNKNOWN)])
def test_repositories_of_two_stacks_may_have_one_name(name: str, verdict: Verdict) -> None:
    """Account and region of the stacks are not known: they may be two."""
    images = template({"App": REPOSITORY}, name="images", account=None, region=None, **exported("arn", arn("App")))
    granted = {"Fn::ImportValue": "arn"} if name == "App" else arn(name)
    roles = template({"Role": role(allow(on=granted)), "Base": REPOSITORY}, account=None, region=None)
    iam = Roles(worlds.only(roles, images))
    resource = iam.world.evaluate(images, arn("App")).value
    assert isinstance(resource, Text)
    carried = iam.of(roles.resources["Role"])
    assert decide(carried, GET, resource, template=images).verdict is verdict


@pytest.mark.parametrize(
    ("statement", "on", "context", "verdict"),
    [
        pytest.param("repository/${aws:PrincipalAccount}", HERE, {}, HOLDS, id="known"),
        pytest.param("repository/${aws:PrincipalAccount}", "app", {}, BROKEN, id="known-otherwise"),
        pytest.param("repository/${AWS:principalaccount}", HERE, {}, HOLDS, id="keys-ignore-case"),
        pytest.param("repository/${aws:PrincipalTag/team}", "app", {}, UNKNOWN, id="not-known"),
        pytest.param("repository/${aws:PrincipalTag/team}", "app", {"aws:PrincipalTag/team": "app"}, HOLDS, id="given"),
        pytest.param("repository/${aws:PrincipalTag/team}", "app", {"aws:PrincipalTag/team": ()}, UNKNOWN, id="no-value"),
        pytest.param("repository/${aws:PrincipalTag/team, 'app'}", "app", {"aws:PrincipalTag/team": ()}, HOLDS, id="default"),
        pytest.param("repository/${aws:PrincipalTag/team, 'app'}", "app", {}, UNKNOWN, id="default-or-value"),
        pytest.param("repository/${aws:PrincipalTag/team}", "app", {"aws:PrincipalTag/team": "*"}, BROKEN, id="a-value-is-no-pattern"),
        pytest.param("repository/${*}", "app", {}, BROKEN, id="a-star-that-is-none"),
        pytest.param("repository/a${?}p", "app", {}, BROKEN, id="a-question-mark-that-is-none"),
        pytest.param("repository/${aws:PrincipalTag/", "app", {}, UNKNOWN, id="without-end"),
    ],
)  # fmt: skip
def test_policy_variables(statement: str, on: str, context: dict[str, ContextValue], verdict: Verdict) -> None:
    resources = {"Role": role(allow(on=f"arn:aws:ecr:{REGION}:{HERE}:{statement}"))}
    assert judge(resources, on=f"{ARN}/{on}", context=context).verdict is verdict


@pytest.mark.parametrize("version", ["2008-10-17", None], ids=["2008", "none"])
def test_policy_variables_are_text_before_2012(version: str | None) -> None:
    own = {"Version": version, "Statement": allow(on=f"{ARN}/${{aws:PrincipalTag/team}}")}
    policy = {"PolicyName": "Old", "PolicyDocument": {key: value for key, value in own.items() if value}}
    assert judge({"Role": role(Policies=[policy])}).verdict is BROKEN


# conditions

KNOWN: dict[str, ContextValue] = {
    "aws:RequestedRegion": REGION,
    "aws:PrincipalOrgID": "o-a1b2c3d4e5",
    "aws:PrincipalOrgPaths": ("o-a1b2c3d4e5/r-ab12/ou-1/", "o-a1b2c3d4e5/r-ab12/ou-2/"),
    "aws:SecureTransport": "true",
    "aws:MultiFactorAuthPresent": (),
    "aws:TagKeys": (),
}


@pytest.mark.parametrize(
    ("operator", "key", "values", "verdict"),
    [
        pytest.param("StringEquals", "aws:RequestedRegion", "us-east-1", HOLDS, id="equals"),
        pytest.param("StringEquals", "AWS:requestedregion", "us-east-1", HOLDS, id="keys-ignore-case"),
        pytest.param("stringequals", "aws:RequestedRegion", "us-east-1", HOLDS, id="operators-ignore-case"),
        pytest.param("StringEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"], HOLDS, id="one-of"),
        pytest.param("StringEquals", "aws:RequestedRegion", "us-*", BROKEN, id="equals-has-no-wildcards"),
        pytest.param("StringEquals", "aws:RequestedRegion", {"Ref": "AWS::Region"}, HOLDS, id="pseudo-parameter"),
        pytest.param("StringEquals", "aws:RequestedRegion", {"Ref": "Unknown"}, UNKNOWN, id="value-unknown"),
        pytest.param("StringEquals", "aws:RequestedRegion", ["us-east-1", {"Ref": "Unknown"}], HOLDS, id="one-of-unknown"),
        pytest.param("StringNotEquals", "aws:RequestedRegion", "us-east-1", BROKEN, id="not-equals"),
        pytest.param("StringNotEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"], BROKEN, id="none-of"),
        pytest.param("StringEqualsIgnoreCase", "aws:RequestedRegion", "US-East-1", HOLDS, id="ignore-case"),
        pytest.param("StringEqualsIgnoreCase", "aws:RequestedRegion", {"Ref": "Unknown"}, UNKNOWN, id="ignore-case-unknown"),
        pytest.param("StringEqualsIgnoreCase", "aws:RequestedRegion", "${aws:RequestedRegion}", HOLDS, id="ignore-case-variable"),
        pytest.param("StringNotEqualsIgnoreCase", "aws:RequestedRegion", "US-EAST-1", BROKEN, id="not-ignore-case"),
        pytest.param("StringLike", "aws:RequestedRegion", "us-*", HOLDS, id="like"),
        pytest.param("StringNotLike", "aws:RequestedRegion", "us-*", BROKEN, id="not-like"),
        pytest.param("StringLike", "aws:RequestedRegion", "US-*", BROKEN, id="like-respects-case"),
        pytest.param("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{HERE}:role/*", HOLDS, id="arn-like"),
        pytest.param("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/App", HOLDS, id="arn-equals-has-wildcards"),
        pytest.param("ArnEquals", "aws:PrincipalArn", arn("Role"), HOLDS, id="arn-of-the-role"),
        pytest.param("ArnEquals", "aws:PrincipalArn", arn("Another"), BROKEN, id="arn-of-another-role"),
        pytest.param("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:*", HOLDS, id="arn-not-like"),
        pytest.param("ArnLike", "aws:PrincipalArn", "arn:aws:*:role/App", UNKNOWN, id="no-arn"),
        pytest.param("ArnLike", "aws:PrincipalArn", sub("arn:${Unknown}:role/App"), UNKNOWN, id="no-arn-known"),
        pytest.param("ArnLike", "aws:PrincipalArn", f"arn:aws:iam*:{HERE}:x:role/App", BROKEN, id="arn-star-stays-in-its-part"),
        pytest.param("StringEquals", "aws:PrincipalAccount", HERE, HOLDS, id="account-of-the-role"),
        pytest.param("StringEquals", "aws:PrincipalType", "AssumedRole", HOLDS, id="type-of-the-role"),
        pytest.param("Bool", "aws:SecureTransport", True, HOLDS, id="bool"),
        pytest.param("Bool", "aws:SecureTransport", "TRUE", HOLDS, id="bool-ignores-case"),
        pytest.param("Bool", "aws:SecureTransport", "false", BROKEN, id="bool-false"),
        pytest.param("Bool", "aws:MultiFactorAuthPresent", "true", BROKEN, id="absent"),
        pytest.param("BoolIfExists", "aws:MultiFactorAuthPresent", "true", HOLDS, id="absent-if-exists"),
        pytest.param("StringNotEquals", "aws:MultiFactorAuthPresent", "true", HOLDS, id="absent-negated"),
        pytest.param("NotIpAddress", "aws:MultiFactorAuthPresent", "10.0.0.0/8", HOLDS, id="absent-address-negated"),
        pytest.param("NumericLessThanEquals", "aws:MultiFactorAuthPresent", 3, BROKEN, id="absent-number"),
        pytest.param("Null", "aws:MultiFactorAuthPresent", "true", HOLDS, id="null"),
        pytest.param("Null", "aws:RequestedRegion", "true", BROKEN, id="not-null"),
        pytest.param("Null", "aws:RequestedRegion", False, HOLDS, id="null-false"),
        pytest.param("Null", "aws:SourceVpc", "true", UNKNOWN, id="null-of-what"),
        pytest.param("StringEquals", "aws:SourceVpc", "vpc-1", UNKNOWN, id="key-unknown"),
        pytest.param("StringEqualsIfExists", "aws:SourceVpc", "vpc-1", UNKNOWN, id="key-unknown-if-exists"),
        pytest.param("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/ou-1/", HOLDS, id="any-value"),
        pytest.param("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/ou-3/", BROKEN, id="no-value"),
        pytest.param("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-*/ou-1/", HOLDS, id="any-value-not"),
        pytest.param("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-*/ou-1/", BROKEN, id="not-all-values"),
        pytest.param("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-*/ou-?/", HOLDS, id="all-values"),
        pytest.param("ForAllValues:StringLike", "aws:TagKeys", "x", HOLDS, id="all-of-none"),
        pytest.param("ForAnyValue:StringLike", "aws:TagKeys", "x", BROKEN, id="any-of-none"),
        pytest.param("ForAnyValue:StringLikeIfExists", "aws:TagKeys", "x", HOLDS, id="any-of-none-if-exists"),
        pytest.param("ForAnyValue:StringNotEquals", "aws:TagKeys", "x", BROKEN, id="any-of-none-negated"),
        pytest.param("ForSomeValues:StringLike", "aws:TagKeys", "x", UNKNOWN, id="no-such-quantifier"),
        pytest.param("StringLike", "aws:PrincipalOrgPaths", "o-*", UNKNOWN, id="several-values-unquantified"),
        pytest.param("StringSounds", "aws:RequestedRegion", "us", UNKNOWN, id="no-such-operator"),
        pytest.param("IpAddress", "aws:RequestedRegion", "10.0.0.0/8", UNKNOWN, id="addresses-undecided"),
        pytest.param("NumericEquals", "aws:RequestedRegion", 1, UNKNOWN, id="numbers-undecided"),
        pytest.param("DateGreaterThan", "aws:CurrentTime", "2026-01-01", UNKNOWN, id="dates-undecided"),
    ],
)  # fmt: skip
def test_condition(operator: str, key: str, values: Any, verdict: Verdict) -> None:
    resources = {
        "Role": role(allow(Condition={operator: {key: values}}), RoleName="App"),
        "Another": role(RoleName="Other"),
    }
    assert judge(resources, context=KNOWN).verdict is verdict


@pytest.mark.parametrize(
    ("operator", "pattern", "verdict"),
    [
        pytest.param("ArnLike", "arn:*:iam::*:role/App", HOLDS, id="like"),
        pytest.param("ArnLike", "arn:*:iam::*:role/Other", BROKEN, id="unlike"),
        pytest.param("ArnLike", f"arn:*:iam::{HERE}:role/App", UNKNOWN, id="account-unknown"),
        pytest.param("ArnNotLike", "arn:aws:s3", UNKNOWN, id="no-arn"),
        pytest.param("StringEquals", sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/App"), HOLDS, id="equals"),
    ],
)
def test_condition_on_a_half_known_arn(operator: str, pattern: Any, verdict: Verdict) -> None:
    resources = {"Role": role(allow(Condition={operator: {"aws:PrincipalArn": pattern}}), RoleName="App")}
    assert judge(resources, account=None, region=None).verdict is verdict


@pytest.mark.parametrize("action", [pytest.param(GET, id="it names the action"), pytest.param(LAYER, id="another one")])
def test_statement_with_too_many_values_is_unknown(action: str) -> None:
    choices = {f"Choice{index}": {"Type": "String", "AllowedValues": ["a", "b", "c"]} for index in range(8)}
    name = "".join(f"${{{choice}}}" for choice in choices)
    with pytest.raises(
        UndecidedError, match=r"^it depends on more than 4096 combinations of conditions and parameters$"
    ):
        judge({"Role": role(allow(GET, on=sub(f"{ARN}/{name}")))}, action, Parameters=choices)


def test_all_conditions_count() -> None:
    def both(*regions: str) -> Verdict:
        first, second = regions
        condition = {"StringEquals": {"aws:RequestedRegion": first}, "StringLike": {"aws:RequestedRegion": second}}
        return judge({"Role": role(allow(Condition=condition))}, context=KNOWN).verdict

    assert (both(REGION, "us-*"), both(REGION, "eu-*"), both("eu-west-1", "us-*")) == (HOLDS, BROKEN, BROKEN)


# what a role carries

ECS_TASK = "service-role/AmazonECSTaskExecutionRolePolicy"
FOUND, NONE = f"allowed by statement 1 of policy {'Extra'}", f"no statement of role Role allows {GET} on {APP}"


@pytest.mark.parametrize(
    ("resources", "verdict", "reason"),
    [
        pytest.param({"Role": role(), "Extra": attached(allow())}, HOLDS, FOUND, id="policy"),
        pytest.param({"Role": role(), "Extra": attached(allow(), type_="RolePolicy")}, HOLDS, FOUND, id="role-policy"),
        pytest.param({"Role": role(), "Extra": attached(allow(), type_="ManagedPolicy")}, HOLDS, FOUND, id="managed-policy-names-role"),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[{"Ref": "Extra"}]), "Extra": attached(allow(), type_="ManagedPolicy", Roles=None)},
            HOLDS, FOUND, id="role-names-managed-policy",
        ),
        pytest.param(
            {
                "Role": role(ManagedPolicyArns=[{"Fn::GetAtt": "Extra.PolicyArn"}]),
                "Extra": attached(allow(), type_="ManagedPolicy", Roles=None),
            },
            HOLDS, FOUND, id="role-names-managed-policy-by-attribute",
        ),
        pytest.param(
            {
                "Role": role(ManagedPolicyArns=[f"arn:aws:iam::{HERE}:policy/team/Pull"]),
                "Extra": attached(allow(), type_="ManagedPolicy", Roles=None, ManagedPolicyName="Pull", Path="/team/"),
            },
            HOLDS, FOUND, id="role-names-managed-policy-by-literal-arn",
        ),
        pytest.param(
            {
                "Role": role(ManagedPolicyArns=[sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Pull")]),
                "Extra": attached(allow(), type_="ManagedPolicy", Roles=None, ManagedPolicyName="Pull"),
            },
            HOLDS, FOUND, id="role-names-managed-policy-by-written-arn",
        ),
        pytest.param({"Role": role(RoleName="App"), "Extra": attached(allow(), Roles=["App"])}, HOLDS, FOUND, id="by-literal-name"),
        pytest.param(
            {"Role": role(RoleName="App"), "Extra": attached(allow(), Roles=["Other"])},
            BROKEN, f"{NONE}: it has no policies", id="by-another-name",
        ),
        pytest.param(
            {"Role": role(RoleName={"Ref": "Name"}), "Extra": attached(allow(), Roles=[{"Ref": "Name"}])},
            HOLDS, FOUND, id="by-the-same-parameter",
        ),
        pytest.param(
            {"Role": role(RoleName="App"), "Extra": attached(allow(), Roles=[{"Ref": "Name"}])},
            UNKNOWN, "known only at deployment: a parameter in statement 1 of policy Extra", id="by-a-parameter",
        ),
        pytest.param(
            {"Role": role(RoleName={"Ref": "Name"}), "Extra": attached(allow(), Roles=["App"])},
            UNKNOWN, "known only at deployment: a parameter in statement 1 of policy Extra", id="by-a-literal-name-that-may-be-its",
        ),
        pytest.param(
            {"Role": role(), "Extra": attached(allow(), Roles=["App"])},
            BROKEN, f"{NONE}: it has no policies", id="a-literal-is-no-generated-name",
        ),
        pytest.param(
            {"Role": role(), "Extra": attached(allow(), Roles=[{"Ref": "Name"}])},
            BROKEN, f"{NONE}: it has no policies", id="a-parameter-is-no-generated-name",
        ),
        pytest.param(
            {"Role": role(), "Extra": attached(allow(), Roles=[{"Fn::Select": [1, {"Fn::Split": ["/", arn("Role")]}]}])},
            UNKNOWN, "known only at deployment: a parameter in statement 1 of policy Extra", id="by-a-part-of-the-arn",
        ),
        pytest.param(
            {"Role": role(), "Extra": attached(allow(), Roles={"Ref": "Names"})},
            UNKNOWN, "known only at deployment: a parameter in statement 1 of policy Extra", id="by-a-list-of-names",
        ),
        pytest.param(
            {"Role": role(RoleName="App"), "Extra": attached(allow(), Roles={"Ref": "Names"})},
            UNKNOWN, "known only at deployment: a parameter in statement 1 of policy Extra", id="by-a-list-of-unknown-names",
        ),
        pytest.param(
            {"Role": role(), "Another": role(), "Extra": attached(allow(), Roles=[{"Ref": "Another"}])},
            BROKEN, f"{NONE}: it has no policies", id="of-another-role",
        ),
        pytest.param({"Role": role(), "Extra": attached(deny()), "More": attached(allow())}, BROKEN, "denied by statement 1 of policy Extra", id="deny-in-one"),
        pytest.param(
            {"Role": role(allow(), ManagedPolicyArns=[f"arn:aws:iam::{HERE}:policy/Team"])},
            UNKNOWN, f"known only at deployment: managed policy arn:aws:iam::{HERE}:policy/Team, which is not in the templates",
            id="managed-policy-elsewhere",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[{"Ref": "Name"}])},
            UNKNOWN, "known only at deployment: managed policy ${Name}, which is not in the templates", id="managed-policy-by-parameter",
        ),
        pytest.param(
            {"Role": role(deny(), ManagedPolicyArns=[{"Ref": "Name"}])},
            BROKEN, "denied by statement 1 of policy 'Own' of Role", id="deny-besides-a-policy-elsewhere",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns={"Ref": "Names"})},
            UNKNOWN, "known only at deployment: managed policy ${Names}, which is not in the templates",
            id="list-of-managed-policies",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[f"arn:aws:iam::aws:policy/{ECS_TASK}"])},
            HOLDS, f"allowed by AWS managed policy arn:aws:iam::aws:policy/{ECS_TASK}", id="aws-managed",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"])},
            BROKEN, f"{NONE}: it has AWS managed policy arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
            id="aws-managed-without-pull",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy"])},
            UNKNOWN, f"known only at deployment: AWS managed policy arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy, which is none of those of {aws_managed_policies().date}",
            id="aws-managed-with-wrong-path",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own"}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="no-document",
        ),
        pytest.param(
            {"Role": role(), "Extra": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Role"}]}}},
            UNKNOWN, "known only at deployment: the document of policy Extra", id="no-document-attached",
        ),
        pytest.param(
            {"Role": role(Policies={"Ref": "Name"})},
            UNKNOWN, "known only at deployment: the document of Properties.Policies… of Role", id="policies-unknown",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": {"Ref": "Name"}}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="document-unknown",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": {"Statement": {"Ref": "Name"}}}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="statements-unknown",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": {**document(allow(GET)), **INCLUDE}}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="statements-included",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17"}}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="no-statements",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": json.dumps(document(allow()))}])},
            HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="document-in-json",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": sub(json.dumps(document(allow(on=f"{ARN}/${{Name}}"))))}])},
            UNKNOWN, f"known only at deployment: whether {APP} is {ARN}/${{Name}} in statement 1 of policy 'Own' of Role",
            id="document-in-half-known-json",
        ),
        pytest.param(
            {"Role": role(Policies=[{"PolicyName": "Own", "PolicyDocument": "{"}])},
            UNKNOWN, "known only at deployment: the document of policy 'Own' of Role", id="document-in-broken-json",
        ),
    ],
)  # fmt: skip
def test_what_a_role_carries(resources: Object, verdict: Verdict, reason: str) -> None:
    parameters = {"Name": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}}
    decision = judge(resources, Parameters=parameters)
    assert (decision.verdict, decision.why) == (verdict, reason)


def exported(name: str, value: Any) -> Object:
    return {"Outputs": {"Out": {"Value": value, "Export": {"Name": name}}}}


def test_policies_of_other_stacks_count() -> None:
    elsewhere = template(
        {"Extra": attached(allow(), Roles=[{"Fn::ImportValue": "role"}])}, name="elsewhere", Parameters={}
    )
    decision = judge({"Role": role()}, others=(elsewhere,), **exported("role", {"Ref": "Role"}))
    assert (decision.verdict, decision.why) == (HOLDS, FOUND)


def test_managed_policies_of_other_stacks_count() -> None:
    managed = attached(allow(), type_="ManagedPolicy", Roles=None)
    elsewhere = template({"Extra": managed}, name="elsewhere", **exported("policy", {"Ref": "Extra"}))
    decision = judge({"Role": role(ManagedPolicyArns=[{"Fn::ImportValue": "policy"}])}, others=(elsewhere,))
    assert (decision.verdict, decision.why) == (HOLDS, FOUND)


@pytest.mark.parametrize(("big", "verdict"), [("yes", HOLDS), ("no", BROKEN), (None, BROKEN)])
def test_a_managed_policy_that_another_stack_may_leave_out(big: str | None, verdict: Verdict) -> None:
    elsewhere = template(
        {"Bucket": {"Type": "AWS::S3::Bucket"}},
        name="elsewhere",
        Parameters={"Big": {"Type": "String", **({} if big is None else {"Default": big})}},
        Conditions={"Big": {"Fn::Equals": [{"Ref": "Big"}, "yes"]}},
        **exported("policy", in_case("Big", f"arn:aws:iam::aws:policy/{ECS_TASK}")),
    )
    given = Template(
        elsewhere.name,
        elsewhere.body,
        account=elsewhere.account,
        region=elsewhere.region,
        parameters={} if big is None else {"Big": big},
    )
    resources = {"Role": role(ManagedPolicyArns=[{"Fn::ImportValue": "policy"}])}
    assert judge(resources, others=(given,)).verdict is verdict


WRITTEN = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Pull")


def called_pull(*statements: Any, **more: Any) -> Object:
    return attached(*statements, type_="ManagedPolicy", Roles=None, ManagedPolicyName="Pull", **more)


@pytest.mark.parametrize(
    ("own", "others", "verdict"),
    [
        pytest.param([deny()], [[allow()]], BROKEN, id="own-before-that-of-another-stack"),
        pytest.param([], [[allow()]], HOLDS, id="of-another-stack"),
        pytest.param([], [[allow()], [deny()]], UNKNOWN, id="of-one-of-two-others"),
    ],
)
def test_managed_policies_of_one_name(own: list[Object], others: list[list[Object]], verdict: Verdict) -> None:
    resources = {"Role": role(ManagedPolicyArns=[WRITTEN]), **({"Extra": called_pull(*own)} if own else {})}
    elsewhere = [template({"Extra": called_pull(*each)}, name=str(each), account=None) for each in others]
    here = template(resources, account=None)
    iam = Roles(worlds.only(*elsewhere, here))
    assert decide(iam.of(here.resources["Role"]), GET, APP).verdict is verdict


@pytest.mark.parametrize("managed", [{"Ref": "Extra"}, f"arn:aws:iam::aws:policy/{ECS_TASK}"], ids=["own", "aws"])
def test_roles_share_a_managed_policy(managed: Any) -> None:
    resources = {name: role(ManagedPolicyArns=[managed]) for name in ("Role", "Second")}
    own = template({**resources, "Extra": attached(allow(), type_="ManagedPolicy", Roles=None)})
    iam = Roles(worlds.only(own))
    carried = [iam.of(own.resources[name]) for name in resources]
    assert [decide(one, GET, APP).verdict for one in carried] == [HOLDS, HOLDS]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        pytest.param("P{}", f"arn:aws:iam::{HERE}:policy/P{{}}", id="by name"),
        pytest.param(sub("${AWS::StackName}-{}"), sub(f"arn:aws:iam::{HERE}:policy/${{AWS::StackName}}-{{}}"), id="by a half-known name"),
        pytest.param(sub("${AWS::StackName}-{}"), f"arn:aws:iam::aws:policy/{ECS_TASK}", id="of AWS beside half-known names"),
    ],
)  # fmt: skip
def test_each_managed_policy_is_found_without_a_look_at_the_others(name: Any, named: Any) -> None:
    def numbered(node: Any, number: int) -> Any:
        return json.loads(json.dumps(node).replace("{}", str(number)))

    def work(count: int) -> int:
        roles = {f"Role{i}": role(ManagedPolicyArns=[numbered(named, i)]) for i in range(count)}
        policies = {
            f"P{i}": attached(allow(), type_="ManagedPolicy", Roles=None, ManagedPolicyName=numbered(name, i))
            for i in range(count)
        }
        own = template({**roles, **policies})
        iam = Roles(worlds.only(own))
        with counted() as work:
            for each in roles:
                iam.of(own.resources[each])
        return work.steps

    work(10)  # what is read once
    small, large = work(25), work(100)
    assert large / small == pytest.approx(4, rel=0.1)


def test_a_role_with_one_of_two_names() -> None:
    resources = {"Role": role(RoleName=in_case("Prod", "A", "B")), "Extra": attached(allow(), Roles=["A"])}
    decision = judge(resources, Conditions=CONDITIONS, Parameters={"Stage": {"Type": "String"}})
    assert decision.verdict is BROKEN


@pytest.mark.parametrize(("account", "verdict"), [(HERE, HOLDS), (None, HOLDS), (OTHER, BROKEN)])
def test_a_role_name_means_the_role_of_its_account(account: str | None, verdict: Verdict) -> None:
    elsewhere = template({"Extra": attached(allow(), Roles=["App"])}, name="elsewhere", account=account)
    assert judge({"Role": role(RoleName="App")}, others=(elsewhere,)).verdict is verdict


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        pytest.param([{"Extra": attached(allow(), Roles=["App"])}], HOLDS, id="of-a-role-that-is-elsewhere"),
        pytest.param([{"Extra": attached(allow(), Roles=["App"]), "Own": role(RoleName="App")}], BROKEN, id="of-its-own"),
        pytest.param(
            [{"Extra": attached(allow(), Roles=["App"]), "Own": {**role(RoleName="App"), "Condition": "Prod"}}],
            BROKEN, id="of-its-own-in-one-case",
        ),
        pytest.param(
            [{"Extra": attached(allow(), Roles=["App"])}, {"Another": role(RoleName="App")}],
            UNKNOWN, id="of-one-of-two-that-are-elsewhere",
        ),
        pytest.param(
            [{"Extra": attached(allow(), Roles=["App"]), "Own": role(RoleName={"Ref": "Many"})}],
            UNKNOWN, id="of-its-own-or-of-one-elsewhere",
        ),
        pytest.param(
            [{"Extra": attached(allow(), Roles=["App"]), "Own": {**role(RoleName={"Ref": "Many"}), "Condition": "No"}}],
            HOLDS, id="of-one-elsewhere",
        ),
    ],
)  # fmt: skip
def test_a_role_name_means_the_role_of_its_template(others: list[Object], verdict: Verdict) -> None:
    conditions = {**CONDITIONS, "No": {"Fn::Equals": ["yes", "no"]}}
    many = {"Type": "String", "AllowedValues": [f"Role-{number}" for number in range(MAX_WORLDS)]}
    parameters = {"Stage": {"Type": "String"}, "Many": many}
    elsewhere = [
        template(each, name=str(index), account=None, Conditions=conditions, Parameters=parameters)
        for index, each in enumerate(others)
    ]
    assert judge({"Role": role(RoleName="App")}, others=tuple(elsewhere), account=None).verdict is verdict


@pytest.mark.parametrize(
    ("name", "attach", "verdict", "reason"),
    [
        pytest.param(
            f"arn:aws:iam::{HERE}:role/svc/App", "App", UNKNOWN,
            f"known only at deployment: role arn:aws:iam::{HERE}:role/svc/App, which is not in the templates", id="arn",
        ),
        pytest.param("App", "Other", UNKNOWN, "known only at deployment: role App, which is not in the templates", id="name"),
        pytest.param(
            Text(()), "App", UNKNOWN, "known only at deployment: role , which is not in the templates", id="unknown",
        ),
    ],
)  # fmt: skip
def test_imported_role(name: str | Text, attach: str, verdict: Verdict, reason: str) -> None:
    own = template({"Extra": attached(allow(), Roles=[attach])})
    iam = Roles(worlds.only(own))
    carried = iam.of_target(Target(name, None), own)
    assert len(carried.identity.statements) == (attach == "App" and isinstance(name, str))
    decision = decide(carried, GET, APP)
    assert (decision.verdict, decision.why) == (verdict, reason)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        pytest.param("App", BROKEN, id="name"),
        pytest.param(f"arn:aws:iam::{HERE}:role/App", BROKEN, id="arn"),
        pytest.param(f"arn:aws:iam::{OTHER}:role/App", UNKNOWN, id="of-another-account"),
    ],
)
def test_imported_role_that_a_template_denies(name: str, verdict: Verdict) -> None:
    own = template({"Extra": attached(deny(), Roles=["App"])})
    decision = decide(Roles(worlds.only(own)).of_target(Target(name, None), own), GET, APP)
    assert decision.verdict is verdict
    assert (decision.why == "denied by statement 1 of policy Extra") is (verdict is BROKEN)


# conditions of templates

CONDITIONS = {
    "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "Test": {"Fn::Not": [{"Condition": "Prod"}]},
    **{f"C{index}": {"Fn::Equals": [{"Ref": "Stage"}, f"c{index}"]} for index in range(7)},
}


def in_case(condition: str, yes: Any, no: Any = None) -> Object:
    return {"Fn::If": [condition, yes, {"Ref": "AWS::NoValue"} if no is None else no]}


@pytest.mark.parametrize(
    ("resources", "assumed", "verdict", "reason"),
    [
        pytest.param({"Role": role(in_case("Prod", allow()))}, {}, BROKEN, f"{NONE}: it has policy 'Own' of Role", id="statement"),
        pytest.param({"Role": role(in_case("Prod", allow()))}, {"Prod": True}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="statement-assumed"),
        pytest.param({"Role": role(in_case("Prod", allow()))}, {"Test": False}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="statement-implied"),
        pytest.param({"Role": role(in_case("Prod", allow()))}, {"Prod": False}, BROKEN, f"{NONE}: it has policy 'Own' of Role", id="statement-assumed-away"),
        pytest.param({"Role": role(in_case("Prod", allow(Sid="A"), allow(Sid="B")))}, {}, HOLDS, "allowed by statement B of policy 'Own' of Role", id="either-statement"),
        pytest.param({"Role": role(in_case("Prod", allow()), in_case("Test", allow()))}, {}, HOLDS, "allowed by statement 2 of policy 'Own' of Role", id="one-or-the-other"),
        pytest.param({"Role": role(allow(), in_case("Prod", deny()))}, {}, BROKEN, "denied by statement 2 of policy 'Own' of Role", id="deny"),
        pytest.param({"Role": role(allow(), in_case("Prod", deny()))}, {"Prod": False}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="deny-assumed-away"),
        pytest.param({"Role": role(), "Extra": attached(allow(), condition="Prod")}, {}, BROKEN, f"{NONE}: it has no policies", id="policy"),
        pytest.param({"Role": {**role(), "Condition": "Prod"}, "Extra": attached(allow(), condition="Prod")}, {}, HOLDS, FOUND, id="policy-and-role"),
        pytest.param({"Role": role(), "Extra": attached(allow(), Roles=[in_case("Prod", {"Ref": "Role"})])}, {}, BROKEN, f"{NONE}: it has no policies", id="attachment"),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[in_case("Prod", {"Ref": "Extra"})]), "Extra": attached(allow(), type_="ManagedPolicy", Roles=None)},
            {}, BROKEN, f"{NONE}: it has no policies", id="managed-policy",
        ),
        pytest.param(
            {
                "Role": role(ManagedPolicyArns=[in_case("Prod", {"Ref": "Extra"})]),
                "Extra": {**attached(allow(), type_="ManagedPolicy", Roles=None), "Condition": "Prod"},
            },
            {"Prod": True}, HOLDS, FOUND, id="managed-policy-assumed",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[in_case("Prod", f"arn:aws:iam::aws:policy/{ECS_TASK}")])},
            {}, BROKEN, f"{NONE}: it has no policies", id="aws-managed-policy",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=in_case("Prod", [f"arn:aws:iam::aws:policy/{ECS_TASK}"], ["arn:aws:iam::aws:policy/AdministratorAccess"]))},
            {}, HOLDS, "allowed by AWS managed policy arn:aws:iam::aws:policy/AdministratorAccess", id="either-aws-managed-policy",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[{"Fn::FindInMap": ["Map", {"Ref": "Stage"}, "Arn"]}])},
            {}, HOLDS, f"allowed by AWS managed policy arn:aws:iam::aws:policy/{ECS_TASK}", id="one-of-two-by-a-map",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[WRITTEN]), "A": called_pull(allow(), condition="Prod"), "B": called_pull(allow(LAYER), condition="Test")},
            {}, BROKEN, f"{NONE}: it has policy B", id="managed-policies-of-one-name",
        ),
        pytest.param(
            {"Role": role(ManagedPolicyArns=[WRITTEN]), "A": called_pull(allow(), condition="Prod"), "B": called_pull(allow(GET), condition="Test")},
            {}, HOLDS, "allowed by statement 1 of policy B", id="managed-policies-of-one-name-that-both-allow-it",
        ),
        pytest.param({"Role": role(*(in_case(f"C{i}", allow()) for i in range(7)))}, {}, BROKEN, f"{NONE}: it has policy 'Own' of Role", id="each-statement-in-one-case"),
        pytest.param({"Role": role({"Effect": "Allow", "Action": in_case("Prod", GET, LAYER), "Resource": "*"})}, {}, BROKEN, f"{NONE}: it has policy 'Own' of Role", id="action"),
        pytest.param({"Role": role({"Effect": "Allow", "Action": in_case("Prod", GET, LAYER), "Resource": "*"})}, {"Prod": True}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="action-assumed"),
        pytest.param({"Role": role(PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/ReadOnlyAccess"), Policies=[])}, {}, BROKEN, f"{NONE}: it has no policies", id="nothing-to-bound"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/ReadOnlyAccess"))}, {}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="boundary-in-one-case"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/ReadOnlyAccess"))}, {"Prod": False}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="boundary-assumed-away"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/AmazonS3FullAccess"))}, {}, BROKEN, f"no statement of the permissions boundary of role Role allows {GET} on {APP}: it has AWS managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess", id="boundary-without-ecr-in-one-case"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/AmazonS3FullAccess"))}, {"Prod": True}, BROKEN, f"no statement of the permissions boundary of role Role allows {GET} on {APP}: it has AWS managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess", id="boundary-without-ecr-assumed"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", f"arn:aws:iam::{HERE}:policy/Org"))}, {}, UNKNOWN, f"known only at deployment: managed policy arn:aws:iam::{HERE}:policy/Org, which is not in the templates", id="boundary-elsewhere-in-one-case"),
        pytest.param({"Role": role(allow(), PermissionsBoundary=in_case("Prod", "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"))}, {"Prod": True}, HOLDS, "allowed by statement 1 of policy 'Own' of Role and AWS managed policy arn:aws:iam::aws:policy/PowerUserAccess", id="one-of-two-boundaries"),
    ],
)  # fmt: skip
def test_conditions_of_the_template(resources: Object, assumed: dict[str, bool], verdict: Verdict, reason: str) -> None:
    decision = judge(
        resources,
        assumed=assumed,
        Parameters={"Stage": {"Type": "String"}},
        Conditions=CONDITIONS,
        Mappings={
            "Map": {
                "a": {"Arn": f"arn:aws:iam::aws:policy/{ECS_TASK}"},
                "b": {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
            }
        },
    )
    assert (decision.verdict, decision.why) == (verdict, reason)


# permissions boundaries

BOUNDARY = "the permissions boundary of role Role"


@pytest.mark.parametrize(
    ("statements", "boundary", "verdict", "reason"),
    [
        pytest.param([allow()], [allow("*")], HOLDS, "allowed by statement 1 of policy 'Own' of Role and statement 1 of policy Bound", id="allows"),
        pytest.param([allow()], [allow("s3:*")], BROKEN, f"no statement of {BOUNDARY} allows {GET} on {APP}: it has policy Bound", id="without-ecr"),
        pytest.param([allow()], [allow("*"), deny(GET)], BROKEN, "denied by statement 2 of policy Bound", id="denies"),
        pytest.param([allow("logs:*")], [allow("*")], BROKEN, f"{NONE}: it has policy 'Own' of Role", id="grants-nothing"),
        pytest.param([allow()], [allow(on={"Ref": "Name"})], UNKNOWN, f"known only at deployment: whether {APP} is ${{Name}} in statement 1 of policy Bound", id="unknown"),
        pytest.param([allow()], "arn:aws:iam::aws:policy/PowerUserAccess", HOLDS, "allowed by statement 1 of policy 'Own' of Role and AWS managed policy arn:aws:iam::aws:policy/PowerUserAccess", id="aws-managed"),
        pytest.param([allow()], "arn:aws:iam::aws:policy/AmazonS3FullAccess", BROKEN, f"no statement of {BOUNDARY} allows {GET} on {APP}: it has AWS managed policy arn:aws:iam::aws:policy/AmazonS3FullAccess", id="aws-managed-without-ecr"),
        pytest.param([allow()], f"arn:aws:iam::{HERE}:policy/Org", UNKNOWN, f"known only at deployment: managed policy arn:aws:iam::{HERE}:policy/Org, which is not in the templates", id="elsewhere"),
        pytest.param([allow("logs:*")], f"arn:aws:iam::{HERE}:policy/Org", BROKEN, f"{NONE}: it has policy 'Own' of Role", id="elsewhere-but-nothing-to-bound"),
        pytest.param([allow()], {"Ref": "AWS::NoValue"}, HOLDS, "allowed by statement 1 of policy 'Own' of Role", id="none"),
    ],
)  # fmt: skip
def test_boundary(statements: list[Object], boundary: Any, verdict: Verdict, reason: str) -> None:
    bound = attached(*boundary, type_="ManagedPolicy", Roles=None) if isinstance(boundary, list) else REPOSITORY
    reference = {"Ref": "Bound"} if isinstance(boundary, list) else boundary
    resources = {"Role": role(*statements, PermissionsBoundary=reference), "Bound": bound}
    decision = judge(resources, Parameters={"Name": {"Type": "String"}})
    assert (decision.verdict, decision.why) == (verdict, reason)


# AWS managed policies


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        (ECS_TASK, "YYYY--"),
        ("service-role/AmazonEC2ContainerServiceforEC2Role", "YYYY--"),
        ("AmazonEC2ContainerRegistryReadOnly", "YYYY--"),
        ("AmazonEC2ContainerRegistryPullOnly", "-YYYY-"),
        ("AmazonEC2ContainerRegistryPowerUser", "YYYY--"),
        ("AmazonEC2ContainerRegistryFullAccess", "YYYYYY"),
        ("AdministratorAccess", "YYYYYY"),
        ("PowerUserAccess", "YYYYYY"),
        ("AmazonECS_FullAccess", "------"),
        ("AmazonECSInfrastructureRolePolicyForManagedInstances", "------"),
        ("AmazonECSInstanceRolePolicyForManagedInstances", "------"),
        ("service-role/AWSBatchServiceRole", "------"),
        ("AWSElasticBeanstalkFullAccess", "YYYY--"),
        ("AWSECRPullThroughCacheServiceRolePolicy", "Y-Y---"),
        ("AWSDenyAll", "------"),
        ("AmazonBraketFullAccess", "--Y---"),
        ("AWSRoboMaker_FullAccess", "-?----"),
        ("AmazonSSMManagedInstanceCore", "------"),
    ],
)
def test_pull_actions_of_aws_managed_policies(name: str, answers: str) -> None:
    resources = {"Role": role(ManagedPolicyArns=[f"arn:aws:iam::aws:policy/{name}"])}
    shown = {HOLDS: "Y", BROKEN: "-", UNKNOWN: "?"}
    found = [judge(resources, action, "*" if action == TOKEN else APP).verdict for action in ACTIONS[:6]]
    assert "".join(map(shown.__getitem__, found)) == answers


@pytest.mark.parametrize(
    ("action", "on", "verdict"),
    [
        ("ecs:DiscoverPollEndpoint", "*", HOLDS),
        ("ecs:RegisterContainerInstance", f"arn:aws:ecs:{REGION}:{HERE}:cluster/main", HOLDS),
        ("ecs:Poll", f"arn:aws:ecs:{REGION}:{HERE}:container-instance/main/1", HOLDS),
        ("ecs:SubmitContainerStateChange", f"arn:aws:ecs:{REGION}:{HERE}:cluster/main", BROKEN),
        ("ecs:PutSystemLogEvents", f"arn:aws:ecs:{REGION}:{HERE}:container-instance/main/1", UNKNOWN),
        ("s3:PutObject", "arn:aws:s3:::bucket/key", UNKNOWN),
        ("s3:GetObject", "arn:aws:s3:::bucket/key", BROKEN),
    ],
)
def test_other_actions_of_aws_managed_policies(action: str, on: str, verdict: Verdict) -> None:
    arns = ["arn:aws:iam::aws:policy/AmazonECSInstanceRolePolicyForManagedInstances"]
    assert judge({"Role": role(ManagedPolicyArns=arns)}, action, on).verdict is verdict


@pytest.mark.parametrize(
    ("reference", "region", "on", "verdict"),
    [
        pytest.param(sub("arn:${AWS::Partition}:iam::aws:policy/" + ECS_TASK), None, arn("App"), HOLDS, id="partition-unknown"),
        pytest.param(sub("arn:${AWS::Partition}:iam::aws:policy/" + ECS_TASK), "cn-north-1", arn("App"), HOLDS, id="partition-known"),
        pytest.param(sub("arn:${Name}:iam::aws:policy/" + ECS_TASK), None, arn("App"), HOLDS, id="partition-by-parameter"),
        pytest.param(sub("arn:aws:iam::aws:policy/${Name}"), None, arn("App"), UNKNOWN, id="name-by-parameter"),
        pytest.param(sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/Own"), None, arn("App"), UNKNOWN, id="own-account"),
        pytest.param("arn:aws-cn:iam::aws:policy/AmazonBraketFullAccess", "cn-north-1", sub(f"{SUB_ARN}amazon-braket-1"), HOLDS, id="arns-of-the-partition"),
        pytest.param("arn:aws:iam::aws:policy/AmazonBraketFullAccess", "cn-north-1", sub(f"{SUB_ARN}amazon-braket-1"), BROKEN, id="arns-of-another-partition"),
        pytest.param(sub("arn:${AWS::Partition}:iam::aws:policy/AmazonBraketFullAccess"), None, sub(f"{SUB_ARN}amazon-braket-1"), HOLDS, id="arns-of-whatever-partition"),
    ],
)  # fmt: skip
def test_partition_of_aws_managed_policies(reference: Any, region: str | None, on: Any, verdict: Verdict) -> None:
    resources = {"Role": role(ManagedPolicyArns=[reference]), **REPOSITORY_RESOURCES}
    assert judge(resources, GET, on, account=None, region=region, Parameters=PARAMETERS).verdict is verdict


def test_the_data_on_aws_managed_policies_is_generated() -> None:
    assert gzip.decompress(DATA.read_bytes()).decode() == rendered(), "run: python -m tests.pull.iam.managed_policies"


def test_the_data_says_what_the_documents_say() -> None:
    """A role with the document in line is judged as one with the policy by its name."""
    verdicts = Counter[Verdict]()
    for name, policy in published().items():
        by_name = template({"Role": role(ManagedPolicyArns=[f"arn:aws:iam::aws:policy/{name}"])})
        in_line = template({"Role": role(*listed(policy["Document"]["Statement"]))})
        named, spelt = (Roles(worlds.only(each)) for each in (by_name, in_line))
        for action in ACTIONS[:4]:
            on = "*" if action == TOKEN else APP
            found, expected = (
                decide(iam.of(each.resources["Role"]), action, on).verdict
                for iam, each in ((named, by_name), (spelt, in_line))
            )
            assert found is expected, (name, action)
            verdicts[found] += 1
    assert min(verdicts[verdict] for verdict in (HOLDS, BROKEN, UNKNOWN)) > 10, verdicts


# policies of repositories


def granting(principal: Any, **more: Any) -> Object:
    return {"Effect": "Allow", "Principal": principal, "Action": "ecr:*", **more}


ROOT = f"arn:aws:iam::{HERE}:root"
ROLE_ARN = f"arn:aws:iam::{HERE}:role/App"
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
POLICY = "the policy of repository App"
OWN = "statement 1 of policy 'Own' of Role"
LACKS = f"no statement of {POLICY} allows role Role {GET} on {{}}"


@pytest.mark.parametrize(
    ("statements", "statement", "owner", "verdict", "reason"),
    [
        pytest.param([allow()], None, HERE, HOLDS, f"allowed by {OWN}", id="same-account-without-policy"),
        pytest.param([allow()], granting(OTHER), HERE, HOLDS, f"allowed by {OWN}", id="same-account-with-policy-for-others"),
        pytest.param([allow()], {**granting("*"), "Effect": "Deny"}, HERE, BROKEN, f"denied by statement 1 of {POLICY}", id="same-account-denied"),
        pytest.param([], granting({"AWS": ROLE_ARN}), HERE, HOLDS, f"allowed by statement 1 of {POLICY}", id="same-account-grant-to-role"),
        pytest.param([], granting({"AWS": arn("Role")}), HERE, HOLDS, f"allowed by statement 1 of {POLICY}", id="same-account-grant-to-role-by-attribute"),
        pytest.param([], granting("*"), HERE, HOLDS, f"allowed by statement 1 of {POLICY}", id="same-account-grant-to-all"),
        pytest.param([], granting({"AWS": ROOT}), HERE, BROKEN, f"no statement of role Role allows {GET} on {{}}: it has no policies", id="same-account-root-only-delegates"),
        pytest.param([deny()], granting({"AWS": ROLE_ARN}), HERE, BROKEN, f"denied by {OWN}", id="same-account-role-denied"),
        pytest.param([allow()], None, OTHER, BROKEN, f"repository App of account {OTHER} has no policy that allows {GET} on {{}}", id="cross-account-without-policy"),
        pytest.param([allow()], granting("*"), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="everyone"),
        pytest.param([allow()], granting({"AWS": "*"}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="every-aws-principal"),
        pytest.param([allow()], granting({"AWS": HERE}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="account"),
        pytest.param([allow()], granting({"AWS": ROOT}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="root"),
        pytest.param([allow()], granting({"AWS": sub(f"arn:${{AWS::Partition}}:iam::{HERE}:root")}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="root-as-cdk-writes-it"),
        pytest.param([allow()], granting({"AWS": [OTHER, ROLE_ARN]}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="role"),
        pytest.param([], granting({"AWS": {"Fn::ImportValue": "role"}}), HERE, HOLDS, f"allowed by statement 1 of {POLICY}", id="role-by-import"),
        pytest.param([], granting({"AWS": ROLE_ARN}), OTHER, BROKEN, f"no statement of role Role allows {GET} on {{}}: it has no policies", id="role-without-its-own"),
        pytest.param([allow()], granting({"AWS": f"{ROLE_ARN}s"}), OTHER, BROKEN, LACKS, id="another-role"),
        pytest.param([allow()], granting({"AWS": "333333333333"}), OTHER, BROKEN, LACKS, id="another-account"),
        pytest.param([allow()], granting({"AWS": f"arn:aws:iam::{HERE}:user/App"}), OTHER, BROKEN, LACKS, id="user"),
        pytest.param([allow()], granting({"Service": "ecs-tasks.amazonaws.com"}), OTHER, BROKEN, LACKS, id="service"),
        pytest.param([allow()], granting({"Federated": "cognito", "CanonicalUser": "x"}), OTHER, BROKEN, LACKS, id="federated"),
        pytest.param([allow()], granting({"AWS": {"Ref": "Name"}}), OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="parameter"),
        pytest.param([allow()], granting({"Ref": "Name"}), OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="whole-principal"),
        pytest.param([allow()], granting({"AWS": "AROAEXAMPLEID"}), OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="unique-id"),
        pytest.param([allow()], granting({"AWS": f"arn:aws:sts::{HERE}:assumed-role/App/task"}), OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="session"),
        pytest.param([allow()], granting({"AWS": f"arn:aws:sts::{HERE}:assumed-role/Other/task"}), OTHER, BROKEN, LACKS, id="session-of-another-role"),
        pytest.param([allow()], granting("ecs"), OTHER, UNKNOWN, f"known only at deployment: a Principal that is an object in statement 1 of {POLICY}", id="principal-is-no-object"),
        pytest.param([allow()], {"Effect": "Allow", "Action": "ecr:*"}, OTHER, UNKNOWN, f"known only at deployment: a Resource in statement 1 of {POLICY}", id="no-principal"),
        pytest.param([allow()], {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}, OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="no-principal-but-resource"),
        pytest.param([allow()], granting("*", Condition=ORGANIZATION), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="organization"),
        pytest.param([allow()], granting("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}}), OTHER, BROKEN, LACKS, id="another-organization"),
        pytest.param([allow()], granting("*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}), OTHER, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="organization-path"),
        pytest.param([allow()], granting("*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), OTHER, UNKNOWN, f"known only at deployment: condition StringEquals on aws:SourceVpc in statement 1 of {POLICY}", id="condition-unknown"),
        pytest.param([allow()], granting({"AWS": HERE}, Action=LAYER), OTHER, BROKEN, LACKS, id="another-action"),
        pytest.param([allow()], {"Effect": "Deny", "NotPrincipal": {"AWS": OTHER}, "Action": "ecr:*"}, HERE, BROKEN, f"denied by statement 1 of {POLICY}", id="not-principal-of-others"),
        pytest.param([allow()], {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE_ARN}, "Action": "ecr:*"}, HERE, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="not-principal-of-the-role"),
        pytest.param([allow()], {"Effect": "Deny", "NotPrincipal": "*", "Action": "ecr:*"}, HERE, HOLDS, f"allowed by {OWN}", id="not-principal-of-all"),
        pytest.param([allow()], {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "ecr:*"}, OTHER, UNKNOWN, f"known only at deployment: whom statement 1 of {POLICY} addresses", id="allow-with-not-principal"),
        pytest.param([allow()], granting({"AWS": HERE}), None, HOLDS, f"allowed by {OWN} and statement 1 of {POLICY}", id="account-unknown-and-all-agree"),
        pytest.param([allow()], None, None, UNKNOWN, f"known only at deployment: whether account {HERE} of role Role is ${{AWS::AccountId}}", id="account-unknown"),
        pytest.param([allow("logs:*")], None, None, BROKEN, f"no statement of role Role allows {GET} on {{}}: it has policy 'Own' of Role", id="account-unknown-and-none-agrees"),
    ],
)  # fmt: skip
def test_repository_policy(
    statements: list[Object], statement: Object | None, owner: str | None, verdict: Verdict, reason: str
) -> None:
    decision = across(role(*statements, RoleName="App"), statement, owner)
    assert (decision.verdict, decision.why) == (
        verdict,
        reason.replace("{}", f"arn:aws:ecr:{REGION}:{owner}:repository/app"),
    )


def across(puller: Object, statement: Any, owner: str | None, action: str = GET, **more: Object) -> Answer:
    """Return the decision on the role of one template and the repository of another."""
    properties: Object = {"RepositoryName": "app"}
    if isinstance(statement, (dict, list)):
        properties["RepositoryPolicyText"] = document(*(statement if isinstance(statement, list) else [statement]))
    elif statement is not None:
        properties["RepositoryPolicyText"] = statement
    resources = {"App": {"Type": "AWS::ECR::Repository", "Properties": properties}, "Role": role(RoleName="App")}
    roles = template({"Role": puller, **more}, name="roles", **exported("role", arn("Role")))
    repositories = template(resources, name="repositories", account=owner, Parameters=PARAMETERS)
    iam = Roles(worlds.only(roles, repositories))
    return decide(
        iam.of(roles.resources["Role"]),
        action,
        "*" if action == TOKEN else f"arn:aws:ecr:{REGION}:{owner}:repository/app",
        context=KNOWN,
        policy=RepositoryPolicies(iam.documents).of(repositories.resources["App"]),
    )


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param(json.dumps(document(granting({"AWS": HERE}))), HOLDS, id="json"),
        pytest.param(sub(json.dumps(document(granting({"AWS": "${Name}"})))), UNKNOWN, id="half-known-json"),
        pytest.param(sub(json.dumps(document(granting({"AWS": f"arn:${{AWS::Partition}}:iam::{HERE}:root"})))), HOLDS, id="json-with-known-holes"),
        pytest.param(sub(json.dumps({**document(granting({"AWS": "${Name}"})), "Id": "\ue005\U000f0000"}, ensure_ascii=False)), UNKNOWN, id="half-known-json-with-private-characters"),
        pytest.param("}", UNKNOWN, id="no-json"),
        pytest.param("[" * 100_000, UNKNOWN, id="endless-json"),
        pytest.param("[" * 300 + "]" * 300, UNKNOWN, id="deep-json"),
        pytest.param({"Ref": "Name"}, UNKNOWN, id="parameter"),
        pytest.param({"Ref": "AWS::NoValue"}, BROKEN, id="none"),
        pytest.param({"Fn::If": ["Nobody", "{}", "{}"]}, UNKNOWN, id="no-statements"),
        pytest.param({"Fn::ImportValue": "nothing"}, BROKEN, id="absent-in-another-stack"),
    ],
)  # fmt: skip
def test_repository_policy_text(text: Any, verdict: Verdict) -> None:
    resources = {"App": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": text}}}
    owner = template(resources, account=OTHER, Parameters=PARAMETERS)
    roles = template({"Role": role(allow(), RoleName="App")}, name="roles")
    nothing = template({}, name="nothing", account=OTHER, **exported("nothing", {"Ref": "AWS::NoValue"}))

    def ask(world: World) -> Iterator[Verdict]:
        iam = Roles(world)
        decision = decide(
            iam.of(roles.resources["Role"]),
            GET,
            f"arn:aws:ecr:{REGION}:{OTHER}:repository/app",
            policy=RepositoryPolicies(iam.documents).of(owner.resources["App"]),
        )
        yield decision.verdict

    assert worlds.together(Worlds([owner, roles, nothing]), ask) == [verdict]


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [("*", HOLDS), ({"AWS": ROLE_ARN}, BROKEN), ({"AWS": ROOT}, BROKEN)],
    ids=["everyone", "role", "account"],
)
def test_a_boundary_bounds_what_a_repository_grants_to_a_role(principal: Any, verdict: Verdict) -> None:
    bound = attached(allow("s3:*"), type_="ManagedPolicy", Roles=None)
    puller = role(allow(), RoleName="App", PermissionsBoundary={"Ref": "Bound"})
    assert across(puller, granting(principal), HERE, Bound=bound).verdict is verdict


def test_not_principal_denies_every_role_with_a_boundary() -> None:
    bound = attached(allow("*"), type_="ManagedPolicy", Roles=None)
    puller = role(allow(), RoleName="App", PermissionsBoundary={"Ref": "Bound"})
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE_ARN, ROOT]}, "Action": "ecr:*"}
    assert across(puller, statement, HERE, Bound=bound).verdict is BROKEN


@pytest.mark.parametrize("name", ["App", Text((Hole(Kind.PARAMETER, "Name"),))], ids=["name", "parameter"])
def test_an_imported_role_of_unknown_arn_may_have_any_session(name: str | Text) -> None:
    session = granting({"AWS": f"arn:aws:sts::{HERE}:assumed-role/App/task"})
    resources = {"App": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": document(session)}}}
    owner = template(resources)
    iam = Roles(worlds.only(owner))
    policy = RepositoryPolicies(iam.documents).of(owner.resources["App"])
    decision = decide(iam.of_target(Target(name, None), owner), GET, APP, policy=policy)
    assert f"whom statement 1 of {POLICY} addresses" in decision.why


def test_a_repository_grants_no_token() -> None:
    assert across(role(RoleName="App"), granting("*"), HERE, TOKEN).verdict is BROKEN
    assert across(role(allow(TOKEN), RoleName="App"), None, OTHER, TOKEN).verdict is HOLDS
