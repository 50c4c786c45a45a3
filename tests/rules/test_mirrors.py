# ruff: noqa: E501 - in a table, a case is a line
"""Pull-through caches of private registries of Amazon ECR, of the same account and of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import assembly
from tests.rules.test_origins import HERE, KEY, THERE, UNTAKEN, cache, creation, replication, task, told

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "aws://210987654321/us-east-1"
SAME_ACCOUNT, OTHER_ACCOUNT = (
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    "210987654321.dkr.ecr.us-east-1.amazonaws.com",
)
HEAD = "Parameters: {Free: {Type: String}}\nResources:"
FETCHES = "ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer", "ecr:GetImageCopyStatus"
STORES = (
    "ecr:GetAuthorizationToken",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
BY_ROLE = ", CustomRoleArn: !GetAtt Role.Arn"


def upstream(policy: str = "", name: str = "team/web") -> str:
    return f"\n  Repo: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: {name}{policy}}}}}"


def statement(principal: str = "123456789012", actions: tuple[str, ...] = FETCHES, effect: str = "Allow") -> str:
    return f"{{Effect: {effect}, Principal: {{AWS: '{principal}'}}, Action: [{', '.join(map(repr, actions))}]"


def lets_in(principal: str = "123456789012", actions: tuple[str, ...] = FETCHES) -> str:
    return f", RepositoryPolicyText: {{Version: '2012-10-17', Statement: [{statement(principal, actions)}}}]}}"


def registry_policy(actions: tuple[str, ...] = FETCHES, effect: str = "Allow") -> str:
    every = f"{statement(actions=actions, effect=effect)}, Resource: '*'}}"
    return f"\n  Policy: {{Type: AWS::ECR::RegistryPolicy, Properties: {{PolicyText: {{Version: '2012-10-17', Statement: [{every}]}}}}}}"


def role(
    actions: tuple[str, ...] = (*FETCHES, *STORES), service: str = "pullthroughcache.ecr.amazonaws.com", on: str = "*"
) -> str:
    trust = f"{{Statement: [{{Effect: Allow, Principal: {{Service: {service}}}, Action: 'sts:AssumeRole'}}]}}"
    allowed = f"{{Statement: [{{Effect: Allow, Action: [{', '.join(map(repr, actions))}], Resource: '{on}'}}]}}"
    policies = f"[{{PolicyName: Fetch, PolicyDocument: {allowed}}}]"
    return (
        f"\n  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {trust}, Policies: {policies}}}}}"
    )


def denying(action: str) -> str:
    everyone = f"{{Effect: Deny, Principal: '*', Action: '{action}', Resource: '*'}}"
    return f"\n  Deny: {{Type: AWS::ECR::RegistryPolicy, Properties: {{PolicyText: {{Version: '2012-10-17', Statement: [{everyone}]}}}}}}"


def without(action: str) -> tuple[str, ...]:
    return tuple(each for each in (*FETCHES, *STORES) if each != action)


def of(where: str, name: str = "hub/team/web") -> str:
    return f"holds: repository {name} is made at the first pull by pull-through cache rule Cache, from repository team/web of account {where}"


def untaken(why: str, name: str = "hub/team/web") -> str:
    return f"unknown: repository {name} of account 123456789012 in us-east-1 is not in the templates, and {why}"


def unfetched(why: str, name: str = "hub/team/web") -> str:
    return untaken(f"pull-through cache rule Cache may not fetch it: {why}", name)


DISABLED = ", EncryptionConfiguration: {EncryptionType: KMS, KmsKey: !GetAtt Key.Arn}"
FROM_REGION, FROM_ACCOUNT = "123456789012 in eu-west-1", "210987654321 in us-east-1"


@pytest.mark.parametrize(
    ("name", "rule", "there", "expected"),
    [
        pytest.param("hub/team/web", cache(SAME_ACCOUNT), upstream(), of(FROM_REGION), id="other region"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT, ", UpstreamRegistry: ecr"), upstream(), of(FROM_REGION), id="other region, by its kind"),
        pytest.param("hub/team/web", cache('!Sub "${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com"'), upstream(), of(FROM_REGION), id="other region, by the account of the stack"),
        pytest.param("hub/web", cache(SAME_ACCOUNT, ", UpstreamRepositoryPrefix: team"), upstream(), of(FROM_REGION, "hub/web"), id="prefix upstream"),
        pytest.param("team/web", cache(SAME_ACCOUNT, prefix="ROOT"), upstream(), of(FROM_REGION, "team/web"), id="no prefix"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT), upstream() + denying("ecr:BatchGetImage"), unfetched("role AWSServiceRoleForECRPullThroughCache, ecr:BatchGetImage: denied by statement 1 of registry policy Deny"), id="registry upstream that denies the service"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT) + denying("ecr:PutImage"), upstream(), unfetched("role AWSServiceRoleForECRPullThroughCache, ecr:PutImage: denied by statement 1 of registry policy Deny"), id="own registry that denies the service"),
        pytest.param("hub/a/b", cache("quay.io") + denying("ecr:PutImage"), "", untaken("pull-through cache rule Cache may not store what it fetches: role AWSServiceRoleForECRPullThroughCache, ecr:PutImage: denied by statement 1 of registry policy Deny", "hub/a/b"), id="registry of others, and the own one that denies the service"),
        pytest.param("hub/team/${Free}", cache(SAME_ACCOUNT), upstream(), untaken(f"which repository of {SAME_ACCOUNT} pull-through cache rule Cache fetches is known only at deployment", "hub/team/${Free}"), id="any repository"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT), upstream(name="team/app"), unfetched(f"repository team/web of account {FROM_REGION} is not in the templates"), id="another repository upstream"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT, ", UpstreamRegistry: k8s"), upstream(), untaken(f"pull-through cache rule Cache has UpstreamRegistry k8s, and {SAME_ACCOUNT} is ecr"), id="other kind"),
        pytest.param("hub/team/web", cache("123456789012.dkr.ecr.us-east-1.amazonaws.com"), upstream(), untaken("pull-through cache rule Cache has the URL of its own registry"), id="own registry"),
        pytest.param("hub/team/web", cache("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"), upstream(), untaken("pull-through cache rule Cache fetches from 123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn, which is of another partition"), id="registry of another partition"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT), upstream(DISABLED) + KEY, unfetched("Enabled of key Key is false"), id="key upstream is disabled"),
        pytest.param("hub/web", cache(f"{SAME_ACCOUNT}/team"), upstream(), untaken(UNTAKEN.format(f"{SAME_ACCOUNT}/team"), "hub/web"), id="part of a registry"),
        pytest.param("hub/team/web", cache("123456789012.dkr-ecr.eu-west-1.on.aws"), upstream(), untaken(UNTAKEN.format("123456789012.dkr-ecr.eu-west-1.on.aws")), id="by its other host"),
        pytest.param("hub/a/b", cache("quay.io", ", CustomRoleArn: !Ref Free"), "", untaken("pull-through cache rule Cache has a CustomRoleArn, which is for registries of Amazon ECR, and fetches quay.io", "hub/a/b"), id="role for another registry"),
    ],
)  # fmt: skip
def test_of_the_same_account(tmp_path: Path, name: str, rule: str, there: str, expected: str) -> None:
    assert told(tmp_path, from_region(name, rule, there)) == expected


def from_region(name: str, rule: str, there: str) -> list[tuple[str, str]]:
    """The stacks of a task and of another region of its account."""
    own = task(name).replace('Image: "', 'Image: !Sub "')
    return [(f"{HEAD}{rule}{own}\n", HERE), (f"{HEAD}{there or upstream()}\n", THERE)]


def gives(effect: str) -> str:
    policy = f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Principal": "*", "Action": "ecr:PutImage"}}]}}'
    return f"\n  Creation: {{Type: AWS::ECR::RepositoryCreationTemplate, Properties: {{Prefix: hub, AppliedFor: [PULL_THROUGH_CACHE], RepositoryPolicy: '{policy}'}}}}"


def lacks(action: str, more: str = "") -> str:
    return unfetched(f"role Role, {action}: {more or f'no statement of role Role allows {action} on '}")


@pytest.mark.parametrize(
    ("rule", "there", "expected"),
    [
        pytest.param(BY_ROLE + "|" + role(), upstream(lets_in()), of(FROM_ACCOUNT), id="let in by the repository"),
        pytest.param(BY_ROLE + "|" + role(), upstream() + registry_policy(), of(FROM_ACCOUNT), id="let in by the registry"),
        pytest.param("|", upstream(lets_in()), unfetched("Cache has no CustomRoleArn, which Amazon ECR asks for with a registry of another account"), id="no role"),
        pytest.param(BY_ROLE + "|" + role(), upstream(), lacks("ecr:BatchGetImage", "repository Repo"), id="not let in"),
        pytest.param(BY_ROLE + "|" + role(), upstream(lets_in("999988887777")), lacks("ecr:BatchGetImage", "no statement of "), id="another account let in"),
        pytest.param(BY_ROLE + "|" + role(), upstream(lets_in(actions=FETCHES[:3])), lacks("ecr:GetImageCopyStatus", "no statement of "), id="not let in for all"),
        pytest.param(BY_ROLE + "|" + role(without("ecr:PutImage")), upstream(lets_in()), lacks("ecr:PutImage"), id="may not store"),
        pytest.param(BY_ROLE + "|" + role(without("ecr:GetAuthorizationToken")), upstream(lets_in()), lacks("ecr:GetAuthorizationToken"), id="gets no token"),
        pytest.param(BY_ROLE + "|" + role() + registry_policy(("ecr:PutImage",), "Deny"), upstream(lets_in()), lacks("ecr:PutImage", "denied by statement 1 of registry policy Policy"), id="kept from storing by its registry"),
        pytest.param(BY_ROLE + "|" + role() + gives("Deny"), upstream(lets_in()), lacks("ecr:PutImage", "denied by statement 1 of the policy that Creation gives repository hub/team/web"), id="kept from storing by the creation template"),
        pytest.param(BY_ROLE + "|" + role() + gives("Allow"), upstream(lets_in()), of(FROM_ACCOUNT), id="let in by the creation template"),
        pytest.param(BY_ROLE + "|" + role(on="arn:aws:ecr:us-east-1:123456789012:repository/*"), upstream(lets_in()), lacks("ecr:BatchGetImage"), id="may not fetch"),
        pytest.param(BY_ROLE + "|" + role(service="ecr.amazonaws.com"), upstream(lets_in()), unfetched("no statement of its trust policy lets pullthroughcache.ecr.amazonaws.com assume it"), id="another service trusted"),
        pytest.param(", CustomRoleArn: 'arn:aws:iam::123456789012:role/fetch'|", upstream(lets_in()), unfetched("role arn:aws:iam::123456789012:role/fetch"), id="role elsewhere"),
    ],
)  # fmt: skip
def test_of_another_account(tmp_path: Path, rule: str, there: str, expected: str) -> None:
    assert told(tmp_path, from_account(rule, there)).startswith(expected)


def from_account(rule: str, there: str) -> list[tuple[str, str]]:
    """The stacks of a task, with more of its cache and what stands beside it, and of another account."""
    more, _, beside = rule.partition("|")
    own = f"{HEAD}{cache(OTHER_ACCOUNT, more)}{beside}{task('hub/team/web')}\n"
    return [(own, HERE), (f"{HEAD}{there}\n", OTHER)]


def maker(role: str, use: str = "CREATE_ON_PUSH") -> str:
    return f"\n  Creation: {{Type: AWS::ECR::RepositoryCreationTemplate, Properties: {{Prefix: team, AppliedFor: [{use}], CustomRoleArn: {role}}}}}"


MAKES = "ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"
MAKER = "ecr.amazonaws.com"
GIVEN = "!GetAtt Role.Arn"


def unmade(why: str) -> str:
    return untaken(f"repository creation template Creation may not make it: {why}", "team/web")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(maker(GIVEN) + role(MAKES, MAKER), "holds: repository team/web is made at the first push by Creation", id="may make it"),
        pytest.param(maker(GIVEN) + role(MAKES, MAKER, "arn:aws:ecr:*:*:repository/team/*"), "holds: repository team/web is made at the first push by Creation", id="may make those below the prefix"),
        pytest.param(maker(GIVEN) + role(MAKES, MAKER, "arn:aws:ecr:*:*:repository/other/*"), unmade("role Role, ecr:CreateRepository: no statement of role Role allows ecr:CreateRepository on "), id="may make others"),
        pytest.param(maker(GIVEN) + role(MAKES[:2], MAKER), unmade("role Role, ecr:TagResource: no statement of "), id="may not tag"),
        pytest.param(maker(GIVEN) + role(MAKES, MAKER) + registry_policy(MAKES[:1], "Deny"), unmade("role Role, ecr:CreateRepository: denied by statement 1 of registry policy Policy"), id="kept from it by the registry"),
        pytest.param(maker(GIVEN) + role(MAKES), unmade("no statement of its trust policy lets ecr.amazonaws.com assume it"), id="trusts the service of caches"),
        pytest.param(maker("'arn:aws:iam::123456789012:role/make'"), unmade("role arn:aws:iam::123456789012:role/make"), id="role elsewhere"),
        pytest.param(cache("registry.k8s.io", prefix="team") + maker(GIVEN, "PULL_THROUGH_CACHE") + role(MAKES[:1], MAKER), unmade("role Role, ecr:ReplicateImage"), id="at the first pull"),
    ],
)  # fmt: skip
def test_role_of_a_creation_template(tmp_path: Path, resources: str, expected: str) -> None:
    assert told(tmp_path, by_template(resources)).startswith(expected)


def by_template(resources: str) -> list[tuple[str, str]]:
    """The stacks of a task, whose repository a creation template makes, and of another region."""
    return from_region("team/web", resources, upstream())


FAULT = "\n  Fault: {Type: AWS::ECR::Repository, Properties: {ImageTagMutability: SOMETIMES}}"
IMPORTS = registry_policy(("ecr:BatchImportUpstreamImage",))


@pytest.mark.parametrize(
    ("name", "own", "beside", "there"),
    [
        pytest.param("hub/a/b", "", cache("quay.io"), HERE, id="cache rule"),
        pytest.param("hub/a/b", cache("quay.io"), creation("PULL_THROUGH_CACHE", "hub"), HERE, id="creation template of a cache"),
        pytest.param("team/web", "", creation("CREATE_ON_PUSH"), HERE, id="creation template"),
        pytest.param("hub/a/b", cache("quay.io"), IMPORTS, HERE, id="policy of the registry"),
        pytest.param("team/web", "", replication(), THERE, id="replication"),
        pytest.param("hub/team/web", cache(SAME_ACCOUNT), upstream(), THERE, id="repository upstream"),
        pytest.param("hub/team/web", cache(OTHER_ACCOUNT, BY_ROLE) + role(), registry_policy(), OTHER, id="policy of the registry upstream"),
    ],
)  # fmt: skip
def test_nothing_comes_of_a_stack_that_is_not_made(
    tmp_path: Path, name: str, own: str, beside: str, there: str
) -> None:
    for number, (fault, refused) in enumerate([("", False), (FAULT, True)]):
        (tmp_path / str(number)).mkdir()
        stacks = [(f"{HEAD}{own}{task(name)}\n", HERE), (f"{HEAD}{beside}{fault}\n", there)]
        (container,) = judge(load([assembly(tmp_path / str(number), stacks)]), Policy(), ()).containers
        (placed,) = (link for link in container.links if link.name == "placement")
        assert ("Fault" in placed.evidence) is refused
