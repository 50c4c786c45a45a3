"""EcrPullThroughCache and EcrUpstream: rules for each registry, images below them, and what Amazon ECR would refuse."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Environment, Fn, Stack, Stage
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Annotations, Match, Template

from ecr_ecs_constructs import (
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrPullThroughCache,
    EcrRegistryPolicy,
    EcrRepository,
    EcrRepositoryTemplate,
    EcrUpstream,
    EcsCluster,
)
from ecr_ecs_constructs.testing import assert_no_findings, assert_proven, findings
from tests.support import THREE, line, only, properties, pulls, statements

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Environment(account="111122223333", region="eu-central-1")
DIGEST = f"sha256:{'a' * 64}"
OWN = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
OWN_ARN = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository"
TOKEN = {"*": {"ecr:GetAuthorizationToken"}}
IMPORT, CREATE = "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:ecr-pullthroughcache/hub-a1b2c3"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


@pytest.fixture
def here() -> Stack:
    return Stack(App(), "Stack", env=HERE)


def secret(stack: Stack) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", SECRET_ARN)


def rule(name: str, url: str, *, asks: bool = False, prefix: str | None = None, **others: str) -> dict[str, Any]:
    return {
        "EcrRepositoryPrefix": prefix or name,
        "UpstreamRegistry": name,
        "UpstreamRegistryUrl": url,
        **({"CredentialArn": SECRET_ARN} if asks else {}),
        **others,
    }


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        pytest.param(lambda _: EcrUpstream.public_gallery(), rule("ecr-public", "public.ecr.aws"), id="public gallery"),
        pytest.param(lambda _: EcrUpstream.kubernetes(), rule("k8s", "registry.k8s.io"), id="Kubernetes"),
        pytest.param(lambda _: EcrUpstream.quay(), rule("quay", "quay.io"), id="Quay"),
        pytest.param(
            lambda stack: EcrUpstream.docker_hub(credentials=secret(stack)),
            rule("docker-hub", "registry-1.docker.io", asks=True),
            id="Docker Hub",
        ),
        pytest.param(
            lambda stack: EcrUpstream.github(credentials=secret(stack)),
            rule("github-container-registry", "ghcr.io", asks=True),
            id="GitHub",
        ),
        pytest.param(
            lambda stack: EcrUpstream.gitlab(credentials=secret(stack)),
            rule("gitlab-container-registry", "registry.gitlab.com", asks=True),
            id="GitLab",
        ),
        pytest.param(
            lambda stack: EcrUpstream.chainguard(credentials=secret(stack)),
            rule("chainguard", "cgr.dev", asks=True),
            id="Chainguard",
        ),
        pytest.param(
            lambda stack: EcrUpstream.azure("TeamImages", credentials=secret(stack)),
            rule("azure-container-registry", "teamimages.azurecr.io", asks=True),
            id="Azure",
        ),
        pytest.param(
            lambda _: EcrUpstream.ecr(region="us-east-1"),
            rule("ecr", "111122223333.dkr.ecr.us-east-1.amazonaws.com"),
            id="Amazon ECR in another region, by no role",
        ),
        pytest.param(
            lambda _: EcrUpstream.ecr(region="cn-north-1"),
            rule("ecr", "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"),
            id="Amazon ECR in China",
        ),
        pytest.param(
            lambda _: EcrUpstream.ecr(account="111122223333", region="us-east-1"),
            rule("ecr", "111122223333.dkr.ecr.us-east-1.amazonaws.com"),
            id="Amazon ECR in another region of the same account",
        ),
        pytest.param(
            lambda stack: EcrUpstream.ecr(
                account="999988887777",
                role=iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/fetch"),
            ),
            rule(
                "ecr",
                "999988887777.dkr.ecr.eu-central-1.amazonaws.com",
                CustomRoleArn="arn:aws:iam::111122223333:role/fetch",
            ),
            id="Amazon ECR in another account, by a role that is given",
        ),
    ],
)
def test_upstreams(here: Stack, upstream: Callable[[Stack], EcrUpstream], expected: dict[str, Any]) -> None:
    EcrPullThroughCache(here, "Cache", upstream=upstream(here))
    assert only(here, "AWS::ECR::PullThroughCacheRule") == expected


def test_upstream_in_a_stack_without_environment(stack: Stack) -> None:
    EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.ecr(account="999988887777"))
    found = only(stack, "AWS::ECR::PullThroughCacheRule")
    assert line(found["UpstreamRegistryUrl"]) == "999988887777.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"


FETCH = {
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetDownloadUrlForLayer",
    "ecr:GetImageCopyStatus",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}


def test_role_for_another_account(here: Stack) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.ecr(account="999988887777", region="us-east-1"))
    assert cache.role is not None
    (trust,) = only(here, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "pullthroughcache.ecr.amazonaws.com"}
    assert pulls(here) == {
        **TOKEN,
        "arn:${AWS::Partition}:ecr:eu-central-1:111122223333:repository/ecr/*": FETCH,
        "arn:${AWS::Partition}:ecr:us-east-1:999988887777:repository/*": FETCH,
    }
    (made,) = Template.from_stack(here).find_resources("AWS::ECR::PullThroughCacheRule").values()
    assert made["Properties"]["CustomRoleArn"] == here.resolve(cache.role.role_arn)
    (policy,) = Template.from_stack(here).find_resources("AWS::IAM::Policy")
    assert policy in made["DependsOn"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"ecr_repository_prefix": "hub"}, {"EcrRepositoryPrefix": "hub"}, id="prefix"),
        pytest.param({"ecr_repository_prefix": "team/hub"}, {"EcrRepositoryPrefix": "team/hub"}, id="prefix of two"),
        pytest.param({"ecr_repository_prefix": "ROOT"}, {"EcrRepositoryPrefix": "ROOT"}, id="no prefix"),
        pytest.param(
            {"upstream_repository_prefix": "prod"}, {"UpstreamRepositoryPrefix": "prod"}, id="prefix upstream"
        ),
    ],
)
def test_prefixes(here: Stack, options: dict[str, Any], expected: dict[str, Any]) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.ecr(region="us-east-1"), **options)
    found = only(here, "AWS::ECR::PullThroughCacheRule")
    assert {key: found[key] for key in expected} == expected
    assert only(here, "AWS::ECR::RepositoryCreationTemplate")["Prefix"] == cache.ecr_repository_prefix


LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "Untagged images 90 days after their push",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countNumber": 90,
                "countUnit": "days",
            },
            "action": {"type": "expire"},
        }
    ]
}


def test_template(stack: Stack) -> None:
    EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.public_gallery())
    found = only(stack, "AWS::ECR::RepositoryCreationTemplate")
    assert json.loads(found.pop("LifecyclePolicy")) == LIFECYCLE
    assert found == {
        "AppliedFor": ["PULL_THROUGH_CACHE"],
        "Description": "Images of the public gallery",
        "ImageTagMutability": "MUTABLE",
        "Prefix": "ecr-public",
    }


def test_template_for_others(here: Stack) -> None:
    EcrPullThroughCache(
        here,
        "Cache",
        upstream=EcrUpstream.public_gallery(),
        encryption_key=kms.Key(here, "Key"),
        pull_accounts=["999988887777"],
        pull_organization="o-a1b2c3d4e5",
    )
    found = only(here, "AWS::ECR::RepositoryCreationTemplate")
    assert found["EncryptionConfiguration"]["EncryptionType"] == "KMS"
    policy = line(found["RepositoryPolicy"])
    assert [
        (statement["Sid"], set(statement["Action"]), statement["Principal"]["AWS"])
        for statement in json.loads(policy)["Statement"]
    ] == [
        ("PullFromAccounts", THREE | {IMPORT}, "arn:${AWS::Partition}:iam::999988887777:root"),
        ("PullFromOrganization", THREE | {IMPORT}, "*"),
    ]


def add(stack: Stack, image: ecs.ContainerImage) -> None:
    EcrFargateTaskDefinition(stack, "Task").add_container("App", image=image)


def image_of(stack: Stack) -> str:
    (container,) = only(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return line(container["Image"])


@pytest.mark.parametrize(
    ("prefix", "image", "name", "which"),
    [
        pytest.param(None, lambda _: ("nginx/nginx", "1.27"), "ecr-public/nginx/nginx", ":1.27", id="tag"),
        pytest.param("all", lambda _: ("nginx/nginx", "1.27"), "all/nginx/nginx", ":1.27", id="prefix"),
        pytest.param("all/", lambda _: ("nginx/nginx", "1.27"), "all/nginx/nginx", ":1.27", id="prefix with its slash"),
        pytest.param("ROOT", lambda _: ("nginx/nginx", "1.27"), "nginx/nginx", ":1.27", id="no prefix"),
        pytest.param(
            None,
            lambda stack: ("nginx/nginx", CfnParameter(stack, "Tag").value_as_string),
            "ecr-public/nginx/nginx",
            ":${Tag}",
            id="tag of a parameter",
        ),
    ],
)
def test_image(
    stack: Stack, prefix: str | None, image: Callable[[Stack], tuple[str, str]], name: str, which: str
) -> None:
    cache = EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.public_gallery(), ecr_repository_prefix=prefix)
    add(stack, cache.image(*image(stack)))
    assert image_of(stack) == f"{OWN}/{name}{which}"
    assert pulls(stack) == {**TOKEN, f"{OWN_ARN}/{name}": THREE | {IMPORT}}


def test_image_by_digest(here: Stack) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.docker_hub(credentials=secret(here)))
    image = cache.image("library/nginx", digest=DIGEST)
    assert isinstance(image, EcrImage)
    add(here, image)
    registry = "111122223333.dkr.ecr.eu-central-1.${AWS::URLSuffix}"
    assert image_of(here) == f"{registry}/docker-hub/library/nginx@{DIGEST}"


def test_task_definition_waits_for_the_cache(stack: Stack) -> None:
    cache = EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.public_gallery())
    add(stack, cache.image("nginx/nginx", "1.27"))
    template = Template.from_stack(stack)
    (task,) = template.find_resources("AWS::ECS::TaskDefinition").values()
    waits = {template.to_json()["Resources"][each]["Type"] for each in task["DependsOn"]}
    assert {"AWS::ECR::PullThroughCacheRule", "AWS::ECR::RepositoryCreationTemplate"} <= waits


def test_stack_waits_for_that_of_the_cache() -> None:
    app = App()
    images, services = Stack(app, "Images"), Stack(app, "Services")
    add(services, EcrPullThroughCache(images, "Cache", upstream=EcrUpstream.public_gallery()).image("a/b", "1"))
    artifact = app.synth().get_stack_artifact(services.artifact_id)
    assert "Images" in {each.id for each in artifact.dependencies}


def test_image_in_another_stage() -> None:
    app = App()
    images = Stack(Stage(app, "Shared", env=HERE), "Images")
    services = Stack(Stage(app, "Prod", env=HERE), "Services")
    add(services, EcrPullThroughCache(images, "Cache", upstream=EcrUpstream.public_gallery()).image("a/b", "1"))
    assert image_of(services) == "111122223333.dkr.ecr.eu-central-1.${AWS::URLSuffix}/ecr-public/a/b:1"


@pytest.mark.parametrize(
    ("env", "place"),
    [
        pytest.param(HERE, "account", id="account"),
        pytest.param(Environment(region="eu-central-1"), "region", id="region"),
    ],
)
def test_image_of_a_cache_that_may_be_elsewhere(env: Environment, place: str) -> None:
    app = App()
    cache = EcrPullThroughCache(Stack(app, "Images"), "Cache", upstream=EcrUpstream.public_gallery())
    services = Stack(app, "Services", env=env)
    known = env.account or env.region
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        add(services, cache.image("a/b", "1"))
    assert str(caught.value) == (
        f"image must be of a cache in a known {place}, got one of 'Images/Cache': 'Services' would pull from {known}; "
        "give an env to 'Images'"
    )


@pytest.mark.parametrize(
    ("prefix", "repository"),
    [
        pytest.param(None, lambda stack: f"team/{CfnParameter(stack, 'Name').value_as_string}", id="name"),
        pytest.param(lambda stack: CfnParameter(stack, "Prefix").value_as_string, lambda _: "a/b", id="prefix"),
    ],
)
def test_image_of_a_name_that_is_not_known(
    stack: Stack, prefix: Callable[[Stack], str] | None, repository: Callable[[Stack], str]
) -> None:
    """As everywhere: nobody could say which repository it is."""
    ecr_repository_prefix = None if prefix is None else prefix(stack)
    cache = EcrPullThroughCache(
        stack, "Cache", upstream=EcrUpstream.public_gallery(), ecr_repository_prefix=ecr_repository_prefix
    )
    with pytest.raises(ValueError, match=r"it has a repository that is known only at deployment; it is parameter"):
        add(stack, cache.image(repository(stack), "1"))


@pytest.mark.parametrize(
    ("make", "title"),
    [
        pytest.param(EcrUpstream.docker_hub, "Docker Hub", id="Docker Hub"),
        pytest.param(EcrUpstream.github, "GitHub", id="GitHub"),
        pytest.param(EcrUpstream.gitlab, "GitLab", id="GitLab"),
        pytest.param(EcrUpstream.chainguard, "Chainguard", id="Chainguard"),
        pytest.param(partial(EcrUpstream.azure, "team-images"), "Azure", id="Azure"),
    ],
)
def test_no_credentials(make: Callable[..., EcrUpstream], title: str) -> None:
    with pytest.raises(ValueError, match=f"^credentials must be a secret, got None: {title} asks who pulls$"):
        make(credentials=None)


def test_no_upstream(stack: Stack) -> None:
    upstream: Any = "public.ecr.aws"
    with pytest.raises(TypeError, match=r"^upstream must be an EcrUpstream, got 'public\.ecr\.aws': "):
        EcrPullThroughCache(stack, "Cache", upstream=upstream)


@pytest.mark.parametrize(
    ("upstream", "repository", "reason"),
    [
        pytest.param(
            lambda stack: EcrUpstream.docker_hub(credentials=secret(stack)),
            "nginx",
            "Docker Hub has its official images below library/; give 'library/nginx'",
            id="official image of Docker Hub",
        ),
        pytest.param(
            lambda stack: EcrUpstream.docker_hub(credentials=secret(stack)),
            "docker.io/library/nginx",
            "the cache knows the registry; give 'library/nginx'",
            id="Docker Hub's registry",
        ),
        pytest.param(
            lambda _: EcrUpstream.public_gallery(),
            "public.ecr.aws/nginx/nginx",
            "the cache knows the registry; give 'nginx/nginx'",
            id="registry",
        ),
        pytest.param(
            lambda _: EcrUpstream.public_gallery(),
            "nginx",
            "in the public gallery it begins with the alias of a registry, as in '<name>/nginx'",
            id="public gallery without an alias",
        ),
        pytest.param(
            lambda _: EcrUpstream.quay(),
            "etcd",
            "in Quay it begins with an organization, as in '<name>/etcd'",
            id="Quay",
        ),
        pytest.param(lambda _: EcrUpstream.kubernetes(), "Pause", "repository name 'k8s/Pause' is not ", id="capital"),
        pytest.param(
            lambda _: EcrUpstream.kubernetes(),
            "pause:3.9",
            "give the tag as the second argument, '3.9'",
            id="with its tag",
        ),
        pytest.param(
            lambda _: EcrUpstream.public_gallery(),
            f"nginx/nginx@{DIGEST}",
            f"give the digest as digest='{DIGEST}'",
            id="with its digest",
        ),
    ],
)
def test_image_refused(here: Stack, upstream: Callable[[Stack], EcrUpstream], repository: str, reason: str) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=upstream(here))
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        cache.image(repository, "1")
    recipe = f"repository must be its whole name in the registry upstream, got {repository!r}: "
    assert str(caught.value).startswith(f"{recipe}{reason}")


def test_image_of_a_single_part(here: Stack) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.kubernetes())
    add(here, cache.image("pause", "3.9"))
    assert image_of(here).endswith("/k8s/pause:3.9")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({}, "tag or digest must be given, and not both, got tag None and digest None: ", id="neither"),
        pytest.param(
            {"tag": "1", "digest": DIGEST}, "tag or digest must be given, and not both, got tag '1' ", id="both"
        ),
        pytest.param({"tag": "1:2"}, "tag must name an image, got '1:2': ", id="no tag"),
        pytest.param({"digest": "1"}, "digest must name an image, got '1': ", id="no digest"),
    ],
)
def test_which_image_refused(here: Stack, options: dict[str, Any], message: str) -> None:
    cache = EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.kubernetes())
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        cache.image("pause", **options)
    assert str(caught.value).startswith(message)


NAMED = "credentials must be a secret whose name begins with 'ecr-pullthroughcache/', got "


def named(name: str) -> Callable[[Stack], secretsmanager.ISecret]:
    return lambda stack: secretsmanager.Secret.from_secret_name_v2(stack, "Secret", name)


def by_arn(account: str, region: str, name: str) -> Callable[[Stack], secretsmanager.ISecret]:
    arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1b2c3"
    return lambda stack: secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", arn)


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        pytest.param(
            lambda stack: secretsmanager.Secret(stack, "Secret"),
            f"{NAMED}'Stack/Secret': CloudFormation generates its name; give secret_name",
            id="generated name",
        ),
        pytest.param(
            lambda stack: secretsmanager.Secret(stack, "Secret", secret_name="hub"),
            f"{NAMED}'hub': Amazon ECR may read no other one",
            id="another name",
        ),
        pytest.param(named("team/hub"), f"{NAMED}'team/hub': Amazon ECR may read no other one", id="imported by name"),
        pytest.param(
            by_arn("111122223333", "eu-central-1", "hub"),
            f"{NAMED}'hub': Amazon ECR may read no other one",
            id="by ARN",
        ),
        pytest.param(
            by_arn("999988887777", "eu-central-1", "ecr-pullthroughcache/hub"),
            "credentials must be in the account of the cache, 111122223333, got '999988887777': "
            "Amazon ECR reads them there",
            id="another account",
        ),
        pytest.param(
            by_arn("111122223333", "us-east-1", "ecr-pullthroughcache/hub"),
            "credentials must be in the region of the cache, eu-central-1, got 'us-east-1': "
            "Amazon ECR reads them there",
            id="another region",
        ),
        pytest.param(
            lambda stack: secretsmanager.Secret(
                stack, "Secret", secret_name="ecr-pullthroughcache/hub", encryption_key=kms.Key(stack, "Key")
            ),
            "credentials must be encrypted by the key aws/secretsmanager, got 'Stack/Key': "
            "Amazon ECR can use no other key for them; leave out encryption_key",
            id="key of its own",
        ),
    ],
)
def test_credentials_refused(here: Stack, credentials: Callable[[Stack], secretsmanager.ISecret], message: str) -> None:
    upstream = EcrUpstream.docker_hub(credentials=credentials(here))
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        EcrPullThroughCache(here, "Cache", upstream=upstream)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(
            lambda stack: secretsmanager.Secret(stack, "Secret", secret_name="ecr-pullthroughcache/hub"), id="made here"
        ),
        pytest.param(
            lambda stack: secretsmanager.Secret(
                stack, "Secret", secret_name=f"ecr-pullthroughcache/{CfnParameter(stack, 'Name').value_as_string}"
            ),
            id="half known name",
        ),
        pytest.param(
            lambda stack: secretsmanager.Secret(
                stack, "Secret", secret_name=CfnParameter(stack, "Name").value_as_string
            ),
            id="name of a parameter",
        ),
        pytest.param(named("ecr-pullthroughcache/hub"), id="imported by name"),
        pytest.param(
            lambda stack: secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", Fn.import_value("Arn")),
            id="imported by an export",
        ),
    ],
)
def test_credentials(here: Stack, credentials: Callable[[Stack], secretsmanager.ISecret]) -> None:
    given = credentials(here)
    EcrPullThroughCache(here, "Cache", upstream=EcrUpstream.docker_hub(credentials=given))
    assert only(here, "AWS::ECR::PullThroughCacheRule")["CredentialArn"] == here.resolve(given.secret_arn)


@pytest.mark.parametrize(
    ("upstream", "options", "message"),
    [
        pytest.param(
            EcrUpstream.ecr,
            {},
            "account or region must be given, got None: a registry is no upstream of itself",
            id="no registry",
        ),
        pytest.param(
            lambda: EcrUpstream.ecr(account="12345"),
            {},
            "account must hold account IDs, got '12345': an account ID has 12 digits",
            id="no account",
        ),
        pytest.param(
            lambda: EcrUpstream.ecr(account="111122223333", region="eu-central-1"),
            {},
            "upstream must be another registry than that of the cache, got "
            "'111122223333.dkr.ecr.eu-central-1.amazonaws.com': give another account or region",
            id="itself",
        ),
        pytest.param(
            EcrUpstream.quay,
            {"upstream_repository_prefix": "coreos"},
            "upstream_repository_prefix must be left out for Quay, got 'coreos': "
            "Amazon ECR takes it for its own registries only",
            id="prefix upstream of another registry",
        ),
        *(
            pytest.param(
                EcrUpstream.quay,
                {"ecr_repository_prefix": prefix},
                f"ecr_repository_prefix must be the first parts of a repository's name, got {prefix!r}: it is ROOT, or "
                "2 to 30 lower-case letters and digits, with single separators between them",
                id=f"prefix {prefix!r}",
            )
            for prefix in ("", "a", "a" * 31, "Quay", "quay//", "quay\n", "/quay")
        ),
        pytest.param(
            EcrUpstream.quay,
            {"pull_accounts": "111122223333"},
            "pull_accounts must be a list of account IDs, got '111122223333': it is one text",
            id="accounts in one text",
        ),
    ],
)
def test_refused(here: Stack, upstream: Callable[[], EcrUpstream], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        EcrPullThroughCache(here, "Cache", upstream=upstream(), **options)
    assert str(caught.value) == message
    assert here.node.children == []


def test_azure_without_a_name(here: Stack) -> None:
    with pytest.raises(ValueError, match=r"^name must be that of a registry of Azure, got 'a\.azurecr\.io': "):
        EcrUpstream.azure("a.azurecr.io", credentials=secret(here))


class WithoutTemplate(EcrPullThroughCache):
    def create_template(self) -> None:
        return None


def test_hook_for_the_template(stack: Stack) -> None:
    cache = WithoutTemplate(stack, "Cache", upstream=EcrUpstream.public_gallery())
    add(stack, cache.image("nginx/nginx", "1.27"))
    assert properties(stack, "AWS::ECR::RepositoryCreationTemplate") == []
    assert pulls(stack) == {**TOKEN, f"{OWN_ARN}/ecr-public/nginx/nginx": THREE | {IMPORT, CREATE}}


class KeepingForAYear(EcrPullThroughCache):
    def create_template(self) -> EcrRepositoryTemplate:
        return EcrRepositoryTemplate(
            self,
            "Template",
            prefix=self.ecr_repository_prefix,
            applied_for=["PULL_THROUGH_CACHE"],
            resource_tags={"team": "platform"},
        )


def test_hook_for_another_template(stack: Stack) -> None:
    KeepingForAYear(stack, "Cache", upstream=EcrUpstream.public_gallery())
    found = only(stack, "AWS::ECR::RepositoryCreationTemplate")
    assert found["ResourceTags"] == [{"Key": "team", "Value": "platform"}]


class WithRole(EcrPullThroughCache):
    def create_role(self) -> iam.IRole:
        return iam.Role.from_role_name(self, "Role", "fetch")


def test_hook_for_the_role(here: Stack) -> None:
    WithRole(here, "Cache", upstream=EcrUpstream.ecr(account="999988887777"))
    arn = only(here, "AWS::ECR::PullThroughCacheRule")["CustomRoleArn"]
    assert line(arn) == "arn:${AWS::Partition}:iam::111122223333:role/fetch"
    assert statements(here) == []


def test_service_with_images_of_caches_is_proven(stack: Stack) -> None:
    """`nginx` becomes a proven image in one line."""
    credentials = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "ecr-pullthroughcache/docker-hub")
    hub = EcrPullThroughCache(stack, "Hub", upstream=EcrUpstream.docker_hub(credentials=credentials))
    gallery = EcrPullThroughCache(stack, "Gallery", upstream=EcrUpstream.public_gallery())
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("hub", image=hub.image("library/nginx", "1.27"))
    task.add_container("gallery", image=gallery.image("nginx/nginx", "1.27"))
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1)
    EcrFargateService(stack, "Service", cluster=EcsCluster(stack, "Cluster", vpc=vpc), task_definition=task)
    assert_proven(stack)
    assert_no_findings(stack)


@pytest.mark.parametrize(
    ("account", "region"),
    [
        pytest.param("111122223333", "us-east-1", id="other region"),
        pytest.param("999988887777", "eu-central-1", id="other account"),
        pytest.param("999988887777", "us-east-1", id="other account and region"),
    ],
)
def test_service_with_images_of_another_registry_of_ecr_is_proven(account: str, region: str) -> None:
    app = App()
    images = Stack(app, "Images", env=Environment(account=account, region=region))
    EcrRepository(images, "Repository", repository_name="team/base")
    if account != "111122223333":
        EcrRegistryPolicy(images, "Policy", cache_accounts=["111122223333"])
    stack = Stack(app, "Services", env=HERE)
    cache = EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.ecr(account=account, region=region))
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("App", image=cache.image("team/base", "1"))
    vpc = ec2.Vpc(stack, "Vpc", availability_zones=["eu-central-1a"], nat_gateways=1)
    EcrFargateService(stack, "Service", cluster=EcsCluster(stack, "Cluster", vpc=vpc), task_definition=task)
    assert_proven(app)


def test_service_without_a_way_to_the_internet_is_not(stack: Stack) -> None:
    gallery = EcrPullThroughCache(stack, "Gallery", upstream=EcrUpstream.public_gallery())
    task = EcrFargateTaskDefinition(stack, "Task")
    task.add_container("gallery", image=gallery.image("nginx/nginx", "1.27"))
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, subnet_configuration=[isolated])
    EcrFargateService(stack, "Service", cluster=EcsCluster(stack, "Cluster", vpc=vpc), task_definition=task)
    with pytest.raises(AssertionError, match="what the cache rule fetches"):
        assert_proven(stack)


@pytest.mark.parametrize(
    ("lets_pull", "lets_import", "found"),
    [
        pytest.param(True, True, [], id="let in"),
        pytest.param(True, False, ["unverifiable-role"], id="not known to be let in for the first pull"),
        pytest.param(False, True, ["missing-repository-policy"], id="not let in"),
    ],
)
def test_service_of_another_account(lets_pull: bool, lets_import: bool, found: list[str]) -> None:
    app = App()
    images = Stack(app, "Images", env=HERE)
    services = Stack(app, "Services", env=Environment(account="999988887777", region="eu-central-1"))
    let_in = ["999988887777"]
    cache = EcrPullThroughCache(
        images, "Cache", upstream=EcrUpstream.public_gallery(), pull_accounts=let_in if lets_pull else []
    )
    if lets_import:
        EcrRegistryPolicy(images, "Policy", import_accounts=let_in)
    task = EcrFargateTaskDefinition(services, "Task")
    task.add_container("App", image=cache.image("nginx/nginx", "1.27"))
    vpc = ec2.Vpc(services, "Vpc", availability_zones=["eu-central-1a"], nat_gateways=1)
    EcrFargateService(services, "Service", cluster=EcsCluster(services, "Cluster", vpc=vpc), task_definition=task)
    assert [each.rule for each in findings(app)] == found
    if not found:
        assert_proven(app)
        Annotations.from_stack(services).has_no_warning("*", Match.any_value())


HINT = '; a cache makes it one: EcrPullThroughCache(scope, "Cache", upstream=EcrUpstream.'


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        pytest.param("nginx", 'docker_hub(credentials=secret)).image("library/nginx", "<tag>")', id="official image"),
        pytest.param("nginx:1.27", 'docker_hub(credentials=secret)).image("library/nginx", "1.27")', id="and its tag"),
        pytest.param("grafana/loki:3", 'docker_hub(credentials=secret)).image("grafana/loki", "3")', id="of a user"),
        pytest.param(
            f"docker.io/library/nginx@{DIGEST}",
            f'docker_hub(credentials=secret)).image("library/nginx", digest="{DIGEST}")',
            id="digest",
        ),
        pytest.param("public.ecr.aws/a/b:1", 'public_gallery()).image("a/b", "1")', id="public gallery"),
        pytest.param("quay.io/a/b:1", 'quay()).image("a/b", "1")', id="Quay"),
        pytest.param("registry.k8s.io/pause:3", 'kubernetes()).image("pause", "3")', id="Kubernetes"),
        pytest.param("ghcr.io/a/b:1", 'github(credentials=secret)).image("a/b", "1")', id="GitHub"),
        pytest.param("registry.gitlab.com/a/b:1", 'gitlab(credentials=secret)).image("a/b", "1")', id="GitLab"),
        pytest.param("cgr.dev/a/b:1", 'chainguard(credentials=secret)).image("a/b", "1")', id="Chainguard"),
        pytest.param("team.azurecr.io/a:1", 'azure("team", credentials=secret)).image("a", "1")', id="Azure"),
    ],
)
def test_other_images_point_to_the_cache(image: str, hint: str) -> None:
    with pytest.raises(ValueError, match=r"^image must be a fully qualified reference") as caught:
        EcrImage(image)
    assert str(caught.value).endswith(f"{HINT}{hint}")


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("mcr.microsoft.com/dotnet/runtime:8.0", id="registry that is no upstream"),
        pytest.param("localhost/app:1", id="own machine"),
        pytest.param("registry.example.com:5000/app:1", id="own registry"),
        pytest.param("Nginx:1", id="no image at all"),
        pytest.param("111122223333.dkr.ecr.eu-central-1.amazonaws.com/app", id="Amazon ECR, without a tag"),
        pytest.param("", id="nothing"),
    ],
)
def test_no_cache_for_other_images(image: str) -> None:
    with pytest.raises(ValueError, match=r"^image must be a fully qualified reference") as caught:
        EcrImage(image)
    assert "EcrPullThroughCache" not in str(caught.value)


def test_hint_of_a_container(here: Stack) -> None:
    task = EcrFargateTaskDefinition(here, "Task")
    with pytest.raises(ValueError, match=r'docker_hub\(credentials=secret\)\)\.image\("library/nginx", "<tag>"\)$'):
        task.add_container("App", image=f"nginx:{CfnParameter(here, 'Tag').value_as_string}")


def test_second_prefix(stack: Stack) -> None:
    EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.quay())
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the whole message is compared
        EcrPullThroughCache(stack, "Other", upstream=EcrUpstream.public_gallery(), ecr_repository_prefix="quay/")
    message = "ecr_repository_prefix must be another one, got 'quay/': 'Stack/Cache' has it in the same registry"
    assert str(caught.value) == message


def test_second_prefix_beside_a_rule_of_cdk(stack: Stack) -> None:
    ecr.CfnPullThroughCacheRule(stack, "Plain", ecr_repository_prefix="quay", upstream_registry_url="quay.io")
    with pytest.raises(ValueError, match=r"'Stack/Plain' has it in the same registry$"):
        EcrPullThroughCache(stack, "Cache", upstream=EcrUpstream.quay())
