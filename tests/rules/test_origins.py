# ruff: noqa: E501 - in a table, a case is a line
"""Repositories that no template declares: those of caches, of pushes and of replication."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID
from ecr_ecs_constructs.rules.judge import judge
from tests.judging import ECR, assembly, write

if TYPE_CHECKING:
    from pathlib import Path

HERE, THERE = "aws://123456789012/us-east-1", "aws://123456789012/eu-west-1"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"


def task(repository: str) -> str:
    return f"""
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {{ContainerDefinitions: [{{Name: web, Memory: 512, Image: "{ECR}/{repository}:1"}}]}}"""


def cache(url: str, more: str = "", prefix: str = "hub") -> str:
    return f"\n  Cache: {{Type: AWS::ECR::PullThroughCacheRule, Properties: {{EcrRepositoryPrefix: {prefix}, UpstreamRegistryUrl: {url}{more}}}}}"


def creation(use: str, prefix: str = "team") -> str:
    return f"\n  Creation: {{Type: AWS::ECR::RepositoryCreationTemplate, Properties: {{Prefix: {prefix}, AppliedFor: [{use}]}}}}"


def replication(
    region: str = "us-east-1", more: str = "", account: str = "'123456789012'", name: str = "team/web"
) -> str:
    rules = f"[{{Destinations: [{{RegistryId: {account}, Region: {region}}}]{more}}}]"
    return f"""
  Source: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: {name}}}}}
  Replication: {{Type: AWS::ECR::ReplicationConfiguration, Properties: {{ReplicationConfiguration: {{Rules: {rules}}}}}}}"""


def made(id: str, prefix: str = "hub", policy: str = "", use: str = "PULL_THROUGH_CACHE", **more: str) -> str:
    given = "".join(f", {key}: {value}" for key, value in ({"RepositoryPolicy": policy} | more).items() if value)
    return f"\n  {id}: {{Type: AWS::ECR::RepositoryCreationTemplate, Properties: {{Prefix: {prefix}, AppliedFor: [{use}]{given}}}}}"


HUB, GALLERY = "registry-1.docker.io", "public.ecr.aws"
CREDENTIALS = f", CredentialArn: '{SECRET}'"
AT_PULL, AT_PUSH = "is made at the first pull by pull-through cache rule Cache", "is made at the first push by Creation"
BY_ROLE = "\n  ByRole: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: own, UpstreamRegistryUrl: quay.io, CustomRoleArn: !Ref Free}}"
HEAD = "Conditions: {China: !Equals [!Ref Free, china]}\nParameters: {Free: {Type: String}}\nResources:"


def own_secret(name: str, more: str = "") -> str:
    given = f", {more}" if more else ""
    return f"\n  Secret: {{Type: AWS::SecretsManager::Secret, Properties: {{Name: {name}{given}}}}}"


def holds(repository: str, why: str) -> str:
    return f"holds: repository {repository} {why}"


def unknown(repository: str, why: str = "") -> str:
    more = f", and {why}" if why else ""
    return f"unknown: repository {repository} of account 123456789012 in us-east-1 is not in the templates{more}"


UNNAMED = "pull-through cache rule Cache has credentials in {}, and the name of the secret must begin with ecr-pullthroughcache/"
FROM_SECRET = "pull-through cache rule Cache has credentials in ${Secret}"
IN_SECRET = ", CredentialArn: !Ref Secret"
YET = f"{FROM_SECRET}, which may hold no username and accessToken yet: "
EMPTY, GENERATED = f"{YET}it has no value in the templates", f"{YET}CloudFormation generates its value"
ELSEWHERE = "pull-through cache rule Cache has credentials in {}, and Amazon ECR reads those of its own account and region alone"
UNREAD = f"{FROM_SECRET}, in which it is not known that username and accessToken stand"
NAMELESS = "each repository of {} has two names, and pull-through cache rule Cache looks for nginx there"
UNTAKEN = "pull-through cache rule Cache has upstream registry {}, of which it is not known whether Amazon ECR can fetch from it"
UNCOPIED = "no replication of the templates copies it there, as repository creation template Creation expects"
UNOFFICIAL = (
    "broken: Docker Hub has no repository nginx: pull-through cache rule Cache finds its official images below library/"
)


@pytest.mark.parametrize(
    ("repository", "resources", "expected"),
    [
        pytest.param("hub/nginx/nginx", cache(GALLERY), holds("hub/nginx/nginx", AT_PULL), id="cache of the public gallery"),
        pytest.param("hub/nginx/nginx", cache("quay.io"), holds("hub/nginx/nginx", AT_PULL), id="cache of Quay"),
        pytest.param("hub/nginx", cache("quay.io"), unknown("hub/nginx", NAMELESS.format("quay.io")), id="cache of Quay, a repository of no organization"),
        pytest.param("hub/nginx", cache(GALLERY), unknown("hub/nginx", NAMELESS.format(GALLERY)), id="cache of the public gallery, a repository of no registry"),
        pytest.param("nginx", cache(GALLERY, prefix="ROOT"), unknown("nginx", NAMELESS.format(GALLERY)), id="no prefix, a repository of no registry"),
        pytest.param("hub/nginx", cache("registry.k8s.io", ", UpstreamRegistry: k8s"), holds("hub/nginx", AT_PULL), id="cache of Kubernetes"),
        pytest.param("hub/nginx", cache("quay.io", ", UpstreamRegistry: k8s"), "broken: pull-through cache rule Cache has UpstreamRegistry k8s, and quay.io is quay", id="cache of two registries"),
        pytest.param("hub/nginx", cache("example.com"), unknown("hub/nginx", UNTAKEN.format("example.com")), id="cache of another registry"),
        pytest.param("hub/nginx", cache("own.azurecr.io", CREDENTIALS), holds("hub/nginx", AT_PULL), id="cache of a registry of an account"),
        pytest.param("hub/nginx", cache("own.azurecr.io"), "broken: pull-through cache rule Cache has no CredentialArn, which Amazon ECR asks for with own.azurecr.io", id="cache of a registry of an account, without credentials"),
        pytest.param("hub/chainguard/nginx", cache("cgr.dev", CREDENTIALS), holds("hub/chainguard/nginx", AT_PULL), id="cache of Chainguard"),
        pytest.param("hub/nginx", cache("123456789012.dkr.ecr.eu-west-1.amazonaws.com"), unknown("hub/nginx", "pull-through cache rule Cache may not fetch it: repository nginx of account 123456789012 in eu-west-1 is not in the templates"), id="cache of a private registry"),
        pytest.param("hub/nginx", cache("quay.io", ", UpstreamRegistry: !Ref Free"), unknown("hub/nginx", "pull-through cache rule Cache has UpstreamRegistry ${Free}, and quay.io is quay"), id="cache of a kind that is not known"),
        pytest.param("hub/nginx", cache("!Ref Free"), unknown("hub/nginx", UNTAKEN.format("${Free}")), id="cache of a registry that is not known"),
        pytest.param("hub/a/b", cache(HUB, CREDENTIALS), holds("hub/a/b", AT_PULL), id="cache of Docker Hub"),
        pytest.param("hub/library/nginx", cache(HUB, CREDENTIALS), holds("hub/library/nginx", AT_PULL), id="official image of Docker Hub"),
        pytest.param("hub/nginx", cache(HUB, CREDENTIALS), UNOFFICIAL, id="official image without library"),
        pytest.param("nginx", cache(HUB, CREDENTIALS, "ROOT"), UNOFFICIAL, id="official image without library, and no prefix"),
        pytest.param("library/nginx", cache(HUB, CREDENTIALS, "ROOT"), holds("library/nginx", AT_PULL), id="no prefix"),
        pytest.param("hub/a/b", cache(HUB), f"broken: pull-through cache rule Cache has no CredentialArn, which Amazon ECR asks for with {HUB}", id="no credentials"),
        pytest.param("hub/a/b", cache(HUB, CREDENTIALS.replace("ecr-pullthroughcache", "hub")), f"broken: {UNNAMED.format(SECRET.replace('ecr-pullthroughcache', 'hub'))}", id="credentials of another name"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub"), unknown("hub/a/b", EMPTY), id="credentials of the templates, none yet"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", "GenerateSecretString: {}"), unknown("hub/a/b", GENERATED), id="credentials of the templates, a generated value"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """GenerateSecretString: {SecretStringTemplate: '{"username": "a"}', GenerateStringKey: accessToken}"""), unknown("hub/a/b", GENERATED), id="credentials with a generated token"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """SecretString: !Sub '{"username": "a", "accessToken": "${Free}"}'"""), holds("hub/a/b", AT_PULL), id="credentials with a token that is given at deployment"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """SecretString: '{"username": "a", "accessToken": ""}'"""), unknown("hub/a/b", UNREAD), id="credentials with an empty token"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """SecretString: '"username" "accessToken"'"""), unknown("hub/a/b", UNREAD), id="credentials that are no JSON"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", "SecretString: !Ref Free"), unknown("hub/a/b", UNREAD), id="credentials that are given at deployment"),
        pytest.param("hub/a/b", cache(HUB, CREDENTIALS.replace("us-east-1", "eu-west-1")), f"broken: {ELSEWHERE.format(SECRET.replace('us-east-1', 'eu-west-1'))}", id="credentials of another region"),
        pytest.param("hub/a/b", cache(HUB, CREDENTIALS.replace("123456789012", "210987654321")), f"broken: {ELSEWHERE.format(SECRET.replace('123456789012', '210987654321'))}", id="credentials of another account"),
        pytest.param("hub/a/b", cache(HUB, f", CredentialArn: !Sub '{SECRET}'".replace("us-east-1", "${Free}")), unknown("hub/a/b", ELSEWHERE.format(SECRET.replace("us-east-1", "${Free}"))), id="credentials of a region that is given at deployment"),
        pytest.param("hub/a/b", cache(HUB, ", CredentialArn: !Sub 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:ecr-pullthroughcache/hub-AbCdEf'"), holds("hub/a/b", AT_PULL), id="credentials of the own region and account"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("hub"), f"broken: {UNNAMED.format('${Secret}')}", id="credentials of the templates, of another name"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", "KmsKeyId: !Ref Free"), unknown("hub/a/b", f"{FROM_SECRET}, and Amazon ECR asks for one that is encrypted by alias/aws/secretsmanager"), id="credentials under a key of one's own"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """SecretString: '{"user": "a", "accessToken": "b"}'"""), unknown("hub/a/b", UNREAD), id="credentials by other keys"),
        pytest.param("hub/a/b", cache(HUB, IN_SECRET) + own_secret("ecr-pullthroughcache/hub", """SecretString: '{"username": "a", "accessToken": "b"}'"""), holds("hub/a/b", AT_PULL), id="credentials by their keys"),
        pytest.param("hub/a/b", cache(HUB, ", CredentialArn: !Ref Free"), unknown("hub/a/b", UNNAMED.format("${Free}")), id="credentials that are not known"),
        pytest.param("hub/a/b", cache("quay.io", ", UpstreamRepositoryPrefix: c"), unknown("hub/a/b", "which repository of quay.io pull-through cache rule Cache takes by its UpstreamRepositoryPrefix is not known"), id="upstream prefix"),
        pytest.param("a/b", cache("quay.io", ", UpstreamRepositoryPrefix: c", "ROOT"), "broken: pull-through cache rule Cache has UpstreamRepositoryPrefix c, which Amazon ECR takes only below a prefix of its own", id="upstream prefix, and no prefix"),
        pytest.param("a/b", cache("quay.io", ", UpstreamRepositoryPrefix: ROOT", "ROOT"), holds("a/b", AT_PULL), id="no prefix on either side"),
        pytest.param("other/a", cache(GALLERY), unknown("other/a"), id="not below the prefix"),
        pytest.param("hub/a/b", cache(GALLERY) + BY_ROLE, holds("hub/a/b", AT_PULL), id="cache by a role beside it, of another prefix"),
        pytest.param("hub/a/b", cache(GALLERY) + made("Creation", "other", CustomRoleArn="!Ref Free"), holds("hub/a/b", AT_PULL), id="creation template by a role beside it, of another prefix"),
        pytest.param("hub/a/b", cache(GALLERY) + made("Creation", EncryptionConfiguration="{EncryptionType: AES256}"), holds("hub/a/b", AT_PULL), id="creation template that encrypts by keys of the service"),
        pytest.param("hub/a/b", cache(GALLERY).replace("Rule,", "Rule, Condition: China,"), f"where Free is not china: {unknown('hub/a/b')}", id="cache under a condition"),
        pytest.param("team/web", creation("CREATE_ON_PUSH"), holds("team/web", AT_PUSH), id="made at a push"),
        pytest.param("team/web", creation("CREATE_ON_PUSH", "ROOT"), holds("team/web", AT_PUSH), id="each is made at a push"),
        pytest.param("team/web", creation("CREATE_ON_PUSH", "other"), unknown("team/web"), id="another is made at a push"),
        pytest.param("team/web", creation("PULL_THROUGH_CACHE"), unknown("team/web"), id="template for caches, and none"),
        pytest.param("team/web", creation("REPLICATION"), unknown("team/web", UNCOPIED), id="template for copies, and no replication"),
        pytest.param("team/web", creation("REPLICATION", "other"), unknown("team/web"), id="template for copies of another prefix, and no replication"),
    ],
)  # fmt: skip
def test_origin(tmp_path: Path, repository: str, resources: str, expected: str) -> None:
    assert told(tmp_path, templates(repository, resources)) == world_first(expected)


def templates(repository: str, resources: str, elsewhere: str = "") -> list[tuple[str, str]]:
    """The stacks of a task, and of another region where it has resources there."""
    own = [(f"{HEAD}{resources}{task(repository)}\n", HERE)]
    return [*own, (f"{HEAD}{elsewhere}\n", THERE)] if elsewhere else own


def told(folder: Path, stacks: list[tuple[str, str]]) -> str:
    (container,) = judge(load([assembly(folder, stacks)]), Policy(), ()).containers
    (link,) = (link for link in container.links if link.name == "repository")
    return f"{link.verdict}: {link.evidence}"


def world_first(expected: str) -> str:
    """The verdict goes before the words that tell the world."""
    world, _, rest = expected.partition(": unknown: ")
    return f"unknown: {world}: {rest}" if rest else expected


REPLICATED = "is replicated from Source by Replication"
KEY = "\n  Key: {Type: AWS::KMS::Key, Properties: {Enabled: false}}"
FILTER = ", RepositoryFilters: [{{FilterType: PREFIX_MATCH, Filter: {}}}]"


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        pytest.param(replication(), holds("team/web", REPLICATED), id="replicated"),
        pytest.param(replication(account="!Ref AWS::AccountId"), holds("team/web", REPLICATED), id="to the own account"),
        pytest.param(replication(more=FILTER.format("team/")), holds("team/web", REPLICATED), id="by a filter"),
        pytest.param(replication(more=FILTER.format("other/")), unknown("team/web"), id="another filter"),
        pytest.param(replication(more=FILTER.format("!Ref Free")), unknown("team/web"), id="filter that is not known"),
        pytest.param(replication("us-west-2"), unknown("team/web"), id="to another region"),
        pytest.param(replication(account="'210987654321'"), unknown("team/web"), id="to another account"),
        pytest.param(replication("!Ref Free"), unknown("team/web"), id="to a region that is not known"),
        pytest.param(replication(name="team/app"), unknown("team/web"), id="of another repository"),
        pytest.param(replication(name="team/web, EncryptionConfiguration: {EncryptionType: KMS, KmsKey: !GetAtt Key.Arn}") + KEY, unknown("team/web", "Replication may not copy Source to it: Enabled of key Key is false"), id="of a repository whose key is disabled"),
        pytest.param(replication().replace("Configuration, P", "Configuration, Condition: China, P"), world_first(f"where Free is not china: {unknown('team/web')}"), id="under a condition"),
    ],
)  # fmt: skip
def test_replication(tmp_path: Path, elsewhere: str, expected: str) -> None:
    assert told(tmp_path, templates("team/web", "", elsewhere)) == expected


OTHER = "aws://210987654321/us-east-1"
SERVICE_ROLE = (
    "arn:aws:iam::210987654321:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication"
)


def lets_copy(
    principal: str = "arn:aws:iam::210987654321:root",
    actions: str = "ecr:CreateRepository, ecr:ReplicateImage",
    more: str = "",
) -> str:
    statement = f'{{Effect: Allow, Principal: {{AWS: "{principal}"}}, Action: [{actions}], Resource: "*"{more}}}'
    return f"\n  Policy: {{Type: AWS::ECR::RegistryPolicy, Properties: {{PolicyText: {{Statement: [{statement}]}}}}}}"


def not_copied(action: str) -> str:
    lacking = "no statement of the policy of the registry of account 123456789012 in us-east-1 allows role AWSServiceRoleForECRReplication"
    why = f"Replication may not copy Source to it: {lacking} {action} on arn:aws:ecr:us-east-1:123456789012:repository/team/web"
    return unknown("team/web", why)


@pytest.mark.parametrize(
    ("policy", "source", "expected"),
    [
        pytest.param(lets_copy(), OTHER, holds("team/web", REPLICATED), id="let in"),
        pytest.param(lets_copy(SERVICE_ROLE), OTHER, holds("team/web", REPLICATED), id="only Amazon ECR is let in"),
        pytest.param("", OTHER, unknown("team/web", "whether Replication may copy Source to it is known only at deployment: the policy of the registry of account 123456789012 in us-east-1, which is not in the templates"), id="policy that is not in the templates"),
        pytest.param(lets_copy("arn:aws:iam::111122223333:root"), OTHER, not_copied("ecr:ReplicateImage"), id="another account is let in"),
        pytest.param(lets_copy(actions="ecr:CreateRepository"), OTHER, not_copied("ecr:ReplicateImage"), id="may make repositories alone"),
        pytest.param(lets_copy(actions="ecr:ReplicateImage"), OTHER, not_copied("ecr:CreateRepository"), id="may make no repository"),
        pytest.param(lets_copy(more=", Condition: {Bool: {'aws:SecureTransport': !Ref Free}}"), OTHER, unknown("team/web", "whether Replication may copy Source to it is known only at deployment: condition Bool on aws:SecureTransport in statement 1 of registry policy Policy"), id="under a condition of IAM that is not known"),
        pytest.param("", THERE, holds("team/web", REPLICATED), id="own account"),
        pytest.param(lets_copy("arn:aws:iam::111122223333:root"), THERE, holds("team/web", REPLICATED), id="own account, and a policy for another one"),
        pytest.param(lets_copy(), "aws://unknown-account/eu-west-1", unknown("team/web", "whether Replication may copy Source to it is known only at deployment: whether account ${AWS::AccountId} of role AWSServiceRoleForECRReplication is 123456789012 and whom statement 1 of registry policy Policy addresses"), id="account that is not known"),
    ],
)  # fmt: skip
def test_replication_from_another_account(tmp_path: Path, policy: str, source: str, expected: str) -> None:
    assert told(tmp_path, from_elsewhere(policy, source)) == expected


def from_elsewhere(policy: str, source: str) -> list[tuple[str, str]]:
    """The stacks of a task with a policy of its registry, and of a repository elsewhere that is copied to it."""
    return [(f"{HEAD}{policy}{task('team/web')}\n", HERE), (f"{HEAD}{replication()}\n", source)]


NAMES = """\
Parameters: {{Env: {{Type: String}}, Name: {{Type: String}}, Word: {{Type: String, AllowedPattern: "[a-z]{{2,9}}"}}}}
Mappings: {{Of: {{us-east-1: {{name: east}}, eu-west-1: {{name: west}}}}}}
Resources:
  Repo: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: {name}}}}}
  Other: {{Type: AWS::ECR::Repository, Properties: {{RepositoryName: !Sub "${{Env}}-other"}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ecs-tasks.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      Policies:
        - PolicyName: Pull
          PolicyDocument:
            Statement:
              - {{Effect: Allow, Action: "ecr:GetAuthorizationToken", Resource: "*"}}
              - {{Effect: Allow, Action: "ecr:*", Resource: {resource}}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions: [{{Name: web, Image: {image}}}]
"""
HALF = '!Sub "${Env}-web"'
BY_MAP = "!FindInMap [Of, !Ref AWS::Region, name]"
ARN = '!Sub "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/%s"'


def named(name: str, image: str, resource: str = "!GetAtt Repo.Arn") -> str:
    """A template of a repository with a name, a role that may pull from a resource, and a task with an image."""
    return NAMES.format(name=name, image=image, resource=resource)


def at(image: str, more: str = "") -> str:
    """An image of the stack's own registry."""
    written = f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/{image}"
    return f'!Sub ["{written}", {{{more}}}]' if more else f'!Sub "{written}"'


FREE = "image unknown, repository unknown"


@pytest.mark.parametrize(
    ("name", "image", "resource", "expected"),
    [
        pytest.param(HALF, at("${Env}-web:1"), "!GetAtt Repo.Arn", "image holds, repository holds, permission holds", id="the same name, and the ARN of its repository"),
        pytest.param(HALF, at("${Env}-web:1"), ARN % "${Env}-web", "image holds, repository holds, permission holds", id="the same name, and the ARN with it"),
        pytest.param(HALF, at("${Env}-web:1"), '"*"', "image holds, repository holds, permission holds", id="the same name, and every repository"),
        pytest.param(HALF, at("${Env}-web:1"), "!GetAtt Other.Arn", "image holds, repository holds, permission broken", id="the same name, and another repository's ARN"),
        pytest.param(HALF, '!Sub "${Repo.RepositoryUri}:1"', ARN % "${Env}-web", "image holds, repository holds, permission holds", id="by reference, and the ARN with its name"),
        pytest.param(HALF, at("${Repo}:1"), ARN % "${Repo}", "image holds, repository holds, permission holds", id="by reference alone"),
        pytest.param('!Join ["", [!Ref Env, "-web"]]', at("${Env}-web:1"), "!GetAtt Repo.Arn", "image holds, repository holds, permission holds", id="the same name in another notation"),
        pytest.param(HALF, at("${Name}-web:1"), '"*"', f"{FREE}, permission holds", id="another parameter"),
        pytest.param(HALF, at("${Name}:1"), '"*"', f"{FREE}, permission holds", id="a free name"),
        pytest.param(HALF, at("${Name}@sha256:" + 64 * "a"), '"*"', f"{FREE}, permission holds", id="a free name, and a digest"),
        pytest.param(HALF, at("team/${Name}:${Env}"), '"*"', f"{FREE}, permission holds", id="a free name, and a free tag"),
        pytest.param(HALF, at("${Name}:1"), ARN % "${Env}-web", f"{FREE}, permission unknown", id="a free name, and one repository"),
        pytest.param(HALF, at("${Word}:1"), '"*"', "image holds, repository unknown, permission holds", id="a name of a pattern"),
        pytest.param(HALF, at("${Name}"), '"*"', "image unknown, repository unknown, permission unknown", id="a free name that holds the tag"),
        pytest.param(HALF, at("${Name}:"), '"*"', "image broken, repository unknown, permission unknown", id="a free name, and no tag"),
        pytest.param(HALF, at("A${Name}:1"), '"*"', "image broken, repository unknown, permission unknown", id="a name that can't be one"),
        pytest.param(BY_MAP, at("${Of}:1", f"Of: {BY_MAP}"), "!GetAtt Repo.Arn", "image holds, repository holds, permission holds", id="the same name by a map"),
        pytest.param(BY_MAP, at("east:1"), "!GetAtt Repo.Arn", "image holds, repository unknown, permission broken", id="the name of one region alone"),
    ],
)  # fmt: skip
def test_name(tmp_path: Path, name: str, image: str, resource: str, expected: str) -> None:
    result = judge(load([write(tmp_path, named(name, image, resource))]), Policy(), [BY_ID["unverifiable-image"]])
    (container,) = result.containers
    assert ", ".join(f"{link.name} {link.verdict}" for link in container.links[:3]) == expected
    open_registry = expected.startswith(FREE) and "permission unknown" not in expected
    assert not open_registry or not result.findings


# The policies that creation templates give

OTHER = "210987654321"
REGISTRY = "aws://210987654321/us-east-1"
PULLS = "[ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, ecr:BatchCheckLayerAvailability, ecr:BatchImportUpstreamImage]"


def lets_in(principal: str, actions: str = PULLS) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions.strip("[]").split(", ")}
    return json.dumps(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


PULLER = f"""
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: ecs-tasks.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      Policies: [{{PolicyName: Pull, PolicyDocument: {{Statement: [{{Effect: Allow, Action: "ecr:*", Resource: "*"}}]}}}}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions: [{{Name: web, Image: {OTHER}.dkr.ecr.us-east-1.amazonaws.com/hub/nginx/nginx:1}}]
"""
OWN, NOBODY = lets_in("arn:aws:iam::123456789012:root"), lets_in("arn:aws:iam::111122223333:root")
IMPORTS = '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], Resource: "*"}]}'
POLICY = f"\n  Policy: {{Type: AWS::ECR::RegistryPolicy, Properties: {{PolicyText: {IMPORTS}}}}}"
RULE = cache(GALLERY) + POLICY


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(RULE + made("Creation", policy=OWN), "holds", id="lets the account in"),
        pytest.param(RULE + made("Creation", "ROOT", OWN), "holds", id="lets the account in, for every repository"),
        pytest.param(RULE + made("Creation", policy=NOBODY), "broken", id="lets another account in"),
        pytest.param(RULE + made("Creation"), "broken", id="gives no policy"),
        pytest.param(RULE + made("Creation", policy=lets_in("arn:aws:iam::123456789012:root", "[ecr:BatchGetImage]")), "broken", id="lacks an action"),
        pytest.param(RULE, "unknown", id="none"),
        pytest.param(RULE + made("Creation", policy=OWN, use="REPLICATION"), "unknown", id="of another use"),
        pytest.param(RULE + made("Creation", "other", OWN), "unknown", id="of another prefix"),
        pytest.param(RULE + made("Wide", "ROOT", NOBODY) + made("Narrow", "hub/nginx", OWN), "holds", id="the narrow of two lets the account in"),
        pytest.param(RULE + made("Wide", "ROOT", OWN) + made("Narrow", "hub/nginx", NOBODY), "broken", id="the wide of two lets the account in"),
        pytest.param(RULE + made("Wide", "hub", OWN) + made("Narrow", "!Ref Free", NOBODY), "unknown", id="which of two is not known"),
        pytest.param(RULE + made("Creation", policy=OWN) + made("Other", "other", CustomRoleArn="!Ref Free"), "holds", id="beside one of another prefix that makes by a role"),
        pytest.param(RULE + made("Creation", policy=OWN, CustomRoleArn="!Ref Free"), "holds", id="makes by a role, which is asked with the repository"),
        pytest.param(RULE + made("Creation", policy="!Ref Free"), "unknown", id="a policy that is not known"),
        pytest.param(RULE + made("Creation", policy=OWN).replace("Template, P", "Template, Condition: China, P"), "unknown", id="under a condition"),
        pytest.param(cache(GALLERY) + made("Creation", policy=OWN), "unknown", id="the registry policy is not in the templates"),
        pytest.param(RULE.replace("BatchImportUpstreamImage", "ReplicateImage") + made("Creation", policy=OWN), "broken", id="the registry policy lets nobody import"),
        pytest.param(RULE.replace("123456789012:root", "111122223333:root") + made("Creation", policy=OWN), "broken", id="the registry policy lets another account import"),
        pytest.param(made("Creation", policy=OWN, use="CREATE_ON_PUSH"), "holds", id="for pushes, without a cache"),
    ],
)  # fmt: skip
def test_policy_of_a_creation_template(tmp_path: Path, resources: str, expected: str) -> None:
    (container,) = judge(load([assembly(tmp_path, pulled(resources))]), Policy(), ()).containers
    assert [str(link.verdict) for link in container.links if link.name == "permission"] == [expected]


def pulled(resources: str, elsewhere: str = "") -> list[tuple[str, str]]:
    """The stacks of a registry with some resources, of another region, and of a task of another account that pulls."""
    stacks = ((resources, REGISTRY), (elsewhere, REGISTRY.replace("us-east-1", "eu-west-1")), (PULLER, HERE))
    return [(f"{HEAD}{each}\n", where) for each, where in stacks if each]


def copying(more: str = "", region: str = "us-east-1") -> str:
    """A replication of the image's repository."""
    return replication(region, more, f"'{OTHER}'", "hub/nginx/nginx")


FOR_COPIES = made("Creation", policy=OWN, use="REPLICATION")
ABSENT = f"repository hub/nginx/nginx of account {OTHER} in us-east-1"
MISSING = f"unknown: {ABSENT} is not in the templates"
UNTOLD_POLICY = f"the policy of {ABSENT}, which is not in the templates"
UNGIVEN = f"{UNTOLD_POLICY}, and no repository creation template of the templates gives the copy a policy"
COPIED = "holds: repository hub/nginx/nginx is replicated from Source by Replication"
BUT_FOR, ASKED = (
    "unknown: execution role Role may pull but for ",
    "unknown: execution role Role, ecr:BatchGetImage: known only at deployment: ",
)
OFFERED = f"{MISSING}, and {UNCOPIED}"
PULLED = (
    "holds: execution role Role: ecr:BatchGetImage, ecr:GetDownloadUrlForLayer allowed by statement 1 of policy 'Pull' "
    "of Role and statement 1 of the policy that Creation gives repository hub/nginx/nginx; ecr:GetAuthorizationToken "
    "allowed by statement 1 of policy 'Pull' of Role; sts:AssumeRole allowed by statement 1 of its trust policy"
)
LACKS, WANTED = (
    "broken: execution role Role may not call ecr:BatchGetImage: ",
    f"ecr:BatchGetImage on arn:aws:ecr:us-east-1:{OTHER}:repository/hub/nginx/nginx",
)
KEPT = f"{LACKS}no statement of the policy that Creation gives repository hub/nginx/nginx allows role Role {WANTED}"
NEVER = f"{LACKS}Creation gives repository hub/nginx/nginx of account {OTHER} no policy that allows {WANTED}"


@pytest.mark.parametrize(
    ("resources", "elsewhere", "expected"),
    [
        pytest.param(FOR_COPIES, copying(), [COPIED, PULLED], id="copied and let in"),
        pytest.param("", copying(), [COPIED, BUT_FOR + UNGIVEN], id="no creation template"),
        pytest.param(POLICY, copying(), [COPIED, ASKED + UNGIVEN], id="no creation template, and a registry policy"),
        pytest.param(made("Creation", policy=OWN), copying(), [COPIED, BUT_FOR + UNGIVEN], id="creation template for caches"),
        pytest.param(made("Creation", "!Ref Free", OWN, "REPLICATION"), copying(), [COPIED, BUT_FOR + UNTOLD_POLICY], id="creation template of a prefix that is not known"),
        pytest.param(made("Creation", policy=NOBODY, use="REPLICATION"), copying(), [COPIED, KEPT], id="creation template that lets in another account"),
        pytest.param(made("Creation", use="REPLICATION"), copying(), [COPIED, NEVER], id="creation template without a policy"),
        pytest.param(POLICY + made("Creation", use="REPLICATION"), copying(), [COPIED, KEPT], id="creation template without a policy, and a registry policy"),
        pytest.param(FOR_COPIES, "", [OFFERED, BUT_FOR + UNTOLD_POLICY], id="no replication"),
        pytest.param(FOR_COPIES, copying(region="us-west-2"), [OFFERED, BUT_FOR + UNTOLD_POLICY], id="replication to another region"),
        pytest.param(FOR_COPIES, copying(FILTER.format("other/")), [OFFERED, BUT_FOR + UNTOLD_POLICY], id="replication of others"),
        pytest.param("", "", [MISSING, BUT_FOR + UNTOLD_POLICY], id="nothing"),
    ],
)  # fmt: skip
def test_words_of_a_copy(tmp_path: Path, resources: str, elsewhere: str, expected: list[str]) -> None:
    (container,) = judge(load([assembly(tmp_path, pulled(resources, elsewhere))]), Policy(), ()).containers
    links = [link for link in container.links if link.name in ("repository", "permission")]
    assert [f"{link.verdict}: {link.evidence}" for link in links] == expected
