"""EcrImage: whatever it is made from, its reference is qualified and its pull is permitted."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsii
import pytest
from aws_cdk import (
    App,
    Aws,
    CfnDynamicReference,
    CfnDynamicReferenceService,
    CfnParameter,
    Environment,
    Fn,
    IStringProducer,
    Lazy,
    NestedStack,
    Stack,
    Stage,
    Tags,
)
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.image_uri import EcrImageUri
from ecr_ecs_constructs.permissions import REPOSITORY_PULL_ACTIONS
from ecr_ecs_constructs.repository import EcrRepository
from tests.support import THREE, line, only, pulls, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
URI = f"{REGISTRY}/team/app:1.2.3"
DIGEST = f"sha256:{'a' * 64}"
TOKEN = {"*": {"ecr:GetAuthorizationToken"}}
THROUGH = {"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"}
OWN = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
OWN_ARN = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository"
URI_ARN = "arn:${AWS::Partition}:ecr:us-east-1:123456789012:repository/team/app"
NEW = "${Repository22E53BBD}"
NEW_ARN = "${Repository22E53BBD.Arn}"
NEW_REGISTRY = f"${{{NEW_ARN} at 4}}.dkr.ecr.${{{NEW_ARN} at 3}}.${{AWS::URLSuffix}}"
IMPORTED_REGISTRY = "${${import Arn} at 4}.dkr.ecr.${${import Arn} at 3}.${AWS::URLSuffix}"
ASSETS = "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"
REFUSED = "image must be a fully qualified reference of a private ECR registry, got "


def new(stack: Stack) -> ecr.IRepository:
    return EcrRepository(stack, "Repository")


def level1(stack: Stack) -> ecr.CfnRepository:
    found = ecr.CfnRepository(stack, "Level1")
    found.override_logical_id("Repository22E53BBD")
    return found


def named(stack: Stack) -> ecr.IRepository:
    return ecr.Repository.from_repository_name(stack, "Named", "team/app")


def imported(stack: Stack) -> ecr.IRepository:
    return ecr.Repository.from_repository_attributes(
        stack, "Imported", repository_arn=Fn.import_value("Arn"), repository_name=Fn.import_value("Name")
    )


def by_arn(stack: Stack) -> ecr.IRepository:
    arn = "arn:aws:ecr:eu-west-1:210987654321:repository/team/app"
    return ecr.Repository.from_repository_arn(stack, "ByArn", arn)


def parameter(stack: Stack) -> str:
    return CfnParameter(stack, "Parameter").value_as_string


@jsii.implements(IStringProducer)
class Later:
    def produce(self, context: Any) -> str:
        return URI


def add(stack: Stack, image: ecs.ContainerImage) -> ecs.ContainerDefinition:
    """Give the image to a container of CDK's own task definition."""
    return ecs.Ec2TaskDefinition(stack, "Task").add_container("App", image=image, memory_limit_mib=64)


def image_of(stack: Stack) -> str:
    (container,) = only(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return line(container["Image"])


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Stack")


SOURCES = [
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), "1"),
        f"{NEW_REGISTRY}/{NEW}:1",
        {NEW_ARN: THREE},
        id="repository and tag",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), digest=DIGEST),
        f"{NEW_REGISTRY}/{NEW}@{DIGEST}",
        {NEW_ARN: THREE},
        id="repository and digest",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), tag=parameter(stack)),
        f"{NEW_REGISTRY}/{NEW}:${{Parameter}}",
        {NEW_ARN: THREE},
        id="repository and tag of a parameter",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), digest=parameter(stack)),
        f"{NEW_REGISTRY}/{NEW}@${{Parameter}}",
        {NEW_ARN: THREE},
        id="repository and digest of a parameter",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(named(stack), "1"),
        f"{OWN}/team/app:1",
        {f"{OWN_ARN}/team/app": THREE},
        id="repository imported by name",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(by_arn(stack), "1"),
        "210987654321.dkr.ecr.eu-west-1.${AWS::URLSuffix}/team/app:1",
        {"arn:aws:ecr:eu-west-1:210987654321:repository/team/app": THREE},
        id="repository imported by ARN",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(imported(stack), "1"),
        f"{IMPORTED_REGISTRY}/${{import Name}}:1",
        {"${import Arn}": THREE},
        id="repository imported by unknown attributes",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), "1", pull_through_cache=True),
        f"{NEW_REGISTRY}/{NEW}:1",
        {NEW_ARN: THREE | THROUGH},
        id="repository of a pull-through cache",
    ),
    pytest.param(
        lambda stack: EcrImage(ecs.ContainerImage.from_ecr_repository(named(stack), "1"), pull_through_cache=True),
        f"{OWN}/team/app:1",
        {f"{OWN_ARN}/team/app": THREE | THROUGH},
        id="image of CDK of a pull-through cache",
    ),
    pytest.param(lambda stack: EcrImage.from_image_uri(URI), URI, {URI_ARN: THREE}, id="text"),
    pytest.param(lambda stack: EcrImage(URI), URI, {URI_ARN: THREE}, id="text, by the class"),
    pytest.param(lambda stack: EcrImage.from_registry(URI), URI, {URI_ARN: THREE}, id="text, by CDK's name"),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(EcrImageUri.parse(URI)), URI, {URI_ARN: THREE}, id="EcrImageUri"
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{URI}@{DIGEST}"),
        f"{URI}@{DIGEST}",
        {URI_ARN: THREE},
        id="text with tag and digest",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(URI, pull_through_cache=True),
        URI,
        {URI_ARN: THREE | THROUGH},
        id="text of a pull-through cache",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(
            f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/team/app:{parameter(stack)}"
        ),
        f"{OWN}/team/app:${{Parameter}}",
        {f"{OWN_ARN}/team/app": THREE},
        id="text with pseudo parameters and a parameter for the tag",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com/team/app:1"),
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/team/app:1",
        {f"{OWN_ARN}/team/app": THREE},
        id="text with account and region of the stack",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(
            Fn.sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/team/app:1")
        ),
        f"{OWN}/team/app:1",
        {f"{OWN_ARN}/team/app": THREE},
        id="text by Fn::Sub",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(Fn.join("/", [REGISTRY, "team", f"app:{parameter(stack)}"])),
        f"{REGISTRY}/team/app:${{Parameter}}",
        {URI_ARN: THREE},
        id="text by Fn::Join",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{REGISTRY}/team/app:{{{{resolve:ssm:/team/tag}}}}"),
        f"{REGISTRY}/team/app:{{{{resolve:ssm:/team/tag}}}}",
        {URI_ARN: THREE},
        id="text with a dynamic reference for the tag",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(
            f"{REGISTRY}/team/app:{CfnDynamicReference(CfnDynamicReferenceService.SSM, '/team/tag').to_string()}"
        ),
        f"{REGISTRY}/team/app:{{{{resolve:ssm:/team/tag}}}}",
        {URI_ARN: THREE},
        id="text with a dynamic reference of CDK for the tag",
    ),
    pytest.param(
        lambda stack: EcrImage.from_ecr_repository(new(stack), "{{resolve:ssm:/team/tag}}"),
        f"{NEW_REGISTRY}/{NEW}:{{{{resolve:ssm:/team/tag}}}}",
        {NEW_ARN: THREE},
        id="repository and tag of a dynamic reference",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(Lazy.uncached_string(Later())),
        URI,
        {URI_ARN: THREE},
        id="text that is made later",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{new(stack).repository_uri}:1"),
        f"{NEW_REGISTRY}/{NEW}:1",
        {NEW_ARN: THREE},
        id="text with the URI of a repository",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{level1(stack).attr_repository_uri}:1"),
        f"{NEW[:-1]}.RepositoryUri}}:1",
        {NEW_ARN: THREE},
        id="text with the URI of a repository of level 1",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{REGISTRY}/{level1(stack).ref}:1"),
        f"{REGISTRY}/{NEW}:1",
        {NEW_ARN: THREE},
        id="text with the name of a repository",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{new(stack).repository_uri}:{ecr.CfnRepository(stack, 'Other').ref}"),
        f"{NEW_REGISTRY}/{NEW}:${{Other}}",
        {NEW_ARN: THREE},
        id="text with another repository for the tag",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{imported(stack).registry_uri}/{level1(stack).ref}-base:1"),
        f"{IMPORTED_REGISTRY}/{NEW}-base:1",
        {f"arn:${{AWS::Partition}}:ecr:*:*:repository/{NEW}-base": THREE},
        id="text with a name that is longer than that of a repository",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{new(stack).registry_uri}/team/app:1"),
        f"{NEW_REGISTRY}/team/app:1",
        {"arn:${AWS::Partition}:ecr:*:*:repository/team/app": THREE},
        id="text with the registry of another repository",
    ),
    pytest.param(
        lambda stack: EcrImage.from_image_uri(f"{imported(stack).registry_uri}/team/app:1"),
        f"{IMPORTED_REGISTRY}/team/app:1",
        {"arn:${AWS::Partition}:ecr:*:*:repository/team/app": THREE},
        id="text with the registry of an imported repository",
    ),
    pytest.param(
        lambda stack: EcrImage(ecs.ContainerImage.from_ecr_repository(new(stack), "1")),
        f"{NEW_REGISTRY}/{NEW}:1",
        {NEW_ARN: THREE},
        id="CDK's image of a repository",
    ),
    pytest.param(
        lambda stack: EcrImage(ecs.ContainerImage.from_ecr_repository(imported(stack), "1")),
        f"{IMPORTED_REGISTRY}/${{import Name}}:1",
        {"${import Arn}": THREE},
        id="CDK's image of an imported repository",
    ),
    pytest.param(
        lambda stack: EcrImage(ecs.ContainerImage.from_registry(URI)),
        URI,
        {URI_ARN: THREE},
        id="CDK's image of a text, which grants nothing by itself",
    ),
]
CDK_TEXT = ecs.ContainerImage.from_registry(URI)
"""CDK's image of a text, which it tells nobody."""


@pytest.mark.parametrize(("image", "reference", "permissions"), SOURCES)
def test_sources(
    stack: Stack, image: Callable[[Stack], EcrImage], reference: str, permissions: dict[str, set[str]]
) -> None:
    add(stack, image(stack))
    assert image_of(stack) == reference
    assert pulls(stack) == {**TOKEN, **permissions}
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


@pytest.mark.parametrize(
    ("image", "reference", "permissions"),
    [
        *SOURCES[:-2],
        pytest.param(
            lambda stack: EcrImage(ecs.ContainerImage.from_ecr_repository(imported(stack), "1")),
            f"{IMPORTED_REGISTRY}/${{import Name}}:1",
            {"arn:${AWS::Partition}:ecr:*:*:repository/*": THREE},
            id="CDK's image of an imported repository, which CDK alone knows",
        ),
    ],
)
def test_sources_without_a_task_definition(
    stack: Stack, image: Callable[[Stack], EcrImage], reference: str, permissions: dict[str, set[str]]
) -> None:
    made = image(stack)
    assert line(stack.resolve(made.reference(stack))) == reference
    made.grant_pull(iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")), stack)
    assert pulls(stack) == {**TOKEN, **permissions}


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(EcrImage(CDK_TEXT), id="CDK's image of a text"),
        pytest.param(EcrImage.from_tarball("image.tar"), id="image that is built"),
    ],
)
def test_image_that_only_a_task_definition_takes(stack: Stack, image: EcrImage) -> None:
    with pytest.raises(ValueError, match=r"^image must be a reference or an EcrImage of a repository, got "):
        image.reference(stack)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("image")
    (directory / "Dockerfile").write_text("FROM scratch\n")
    (directory / "image.tar").touch()
    return directory


def from_asset(stack: Stack, context: Path) -> EcrImage:
    return EcrImage.from_asset(str(context), platform=ecr_assets.Platform.LINUX_ARM64, build_args={"A": "1"})


def from_docker_image_asset(stack: Stack, context: Path) -> EcrImage:
    platform = ecr_assets.Platform.LINUX_ARM64
    asset = ecr_assets.DockerImageAsset(
        stack, "Asset", directory=str(context), platform=platform, build_args={"A": "1"}
    )
    return EcrImage.from_docker_image_asset(asset)


@pytest.mark.parametrize("image", [from_asset, from_docker_image_asset])
def test_assets(stack: Stack, context: Path, image: Callable[[Stack, Path], EcrImage]) -> None:
    add(stack, image(stack, context))
    assert image_of(stack).startswith(f"{OWN}/{ASSETS}:")
    assert pulls(stack) == {**TOKEN, f"{OWN_ARN}/{ASSETS}": THREE}
    assert len(statements(stack)) == 2  # granted once
    app = stack.node.root
    assert isinstance(app, App)
    manifest = json.loads((Path(app.outdir) / "Stack.assets.json").read_text())
    (asset,) = manifest["dockerImages"].values()
    assert asset["source"].pop("directory").startswith("asset.")
    assert asset["source"] == {"platform": "linux/arm64", "dockerBuildArgs": {"A": "1"}}


def test_tarball(stack: Stack, context: Path) -> None:
    add(stack, EcrImage.from_tarball(str(context / "image.tar")))
    assert image_of(stack).startswith(f"{OWN}/{ASSETS}:")
    assert pulls(stack)[f"{OWN_ARN}/{ASSETS}"] == THREE


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param("nginx", "'nginx': it has no ECR registry", id="no registry"),
        pytest.param("nginx:latest", "'nginx:latest': it has no ECR registry", id="no registry, a tag"),
        pytest.param(f"{REGISTRY}/app", f"'{REGISTRY}/app': it has neither tag nor digest", id="no tag"),
        pytest.param(f"https://{URI}", f"'https://{URI}': it starts with the scheme 'https://'", id="scheme"),
        pytest.param(
            "12345.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "'12345.dkr.ecr.us-east-1.amazonaws.com/app:1': it has the account '12345'",
            id="account of five digits",
        ),
        pytest.param(
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1",
            "'123456789012.dkr.ecr.cn-north-1.amazonaws.com/app:1': it has the suffix 'amazonaws.com'",
            id="suffix of another partition",
        ),
        pytest.param(
            "public.ecr.aws/nginx/nginx:1",
            "'public.ecr.aws/nginx/nginx:1': it is of the public gallery",
            id="public gallery",
        ),
        pytest.param(
            "{{resolve:ssm:/team/image}}",
            "'{{resolve:ssm:/team/image}}': it is known only at deployment",
            id="dynamic reference",
        ),
        pytest.param(
            f"{REGISTRY}/{{{{resolve:ssm:/team/name}}}}:1",
            f"'{REGISTRY}/{{{{resolve:ssm:/team/name}}}}:1': it has a repository that is known only at deployment",
            id="dynamic reference for the repository",
        ),
        pytest.param(f"{REGISTRY}/app:", f"'{REGISTRY}/app:': it has ", id="empty tag"),
        pytest.param(f" {URI}", f"' {URI}': it ", id="space in front"),
        pytest.param(f"{URI}\n", f"'{URI}\\n': it ", id="newline behind"),
        pytest.param("", "'': it ", id="nothing"),
        pytest.param(
            f"{REGISTRY}/\ue003:1",
            f"'{REGISTRY}/${{Repository}}:1': it holds a private-use character",
            id="private use",
        ),
    ],
)
def test_literal_text_is_refused_at_once(image: str, message: str) -> None:
    for make in (EcrImage, EcrImage.from_image_uri, EcrImage.from_registry):
        with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
            make(image)
        assert str(caught.value).startswith(f"{REFUSED}{message}")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        pytest.param(parameter, "'${…}': it is known only at deployment", id="a parameter"),
        pytest.param(
            lambda stack: f"{parameter(stack)}/app:1",
            "'${…}/app:1': it has a registry that is known only at deployment",
            id="the registry of a parameter",
        ),
        pytest.param(
            lambda stack: f"{REGISTRY}/{parameter(stack)}:1",
            f"'{REGISTRY}/${{…}}:1': it has a repository that is known only at deployment",
            id="the name of a parameter",
        ),
        pytest.param(
            lambda stack: f"{new(stack).repository_uri}",
            "'${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}': it has neither tag nor digest",
            id="a repository without tag",
        ),
        pytest.param(
            lambda stack: f"{level1(stack).attr_arn}:1",
            "'arn:${…}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repository}:1': it ",
            id="an ARN",
        ),
        pytest.param(
            lambda stack: f"{Aws.REGION}.dkr.ecr.{Aws.ACCOUNT_ID}.amazonaws.com/app:1",
            "'${AWS::Region}.dkr.ecr.${AWS::AccountId}.amazonaws.com/app:1': it has ",
            id="account and region in each other's place",
        ),
        pytest.param(
            lambda stack: f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.example.com/app:1",
            "'${AWS::AccountId}.dkr.ecr.${AWS::Region}.example.com/app:1': it has the suffix 'example.com'",
            id="another suffix",
        ),
        pytest.param(
            lambda stack: ecs.ContainerImage.from_registry("nginx"), "'nginx': it has no ECR registry", id="CDK's text"
        ),
        pytest.param(
            lambda stack: ecs.ContainerImage.from_ecr_repository(new(stack), ""),
            "'${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}': it has neither tag nor digest",
            id="CDK's repository without tag",
        ),
        pytest.param(
            lambda stack: ecs.ContainerImage.from_ecr_repository(new(stack), "a b"),
            "'${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Repository}:a b': it ",
            id="CDK's repository with a wrong tag",
        ),
    ],
)
def test_others_are_refused_when_a_container_gets_them(
    stack: Stack, image: Callable[[Stack], str | ecs.ContainerImage], message: str
) -> None:
    with pytest.raises(RuntimeError) as caught:
        add(stack, EcrImage(image(stack)))
    assert str(caught.value).startswith(f"{REFUSED}{message}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "tag or digest must be given, and not both, got tag None and digest None: ", id="neither"),
        pytest.param(
            {"tag": "1", "digest": DIGEST},
            f"tag or digest must be given, and not both, got tag '1' and digest '{DIGEST}': ",
            id="both",
        ),
        pytest.param({"tag": ""}, "tag must name an image, got '': ", id="empty tag"),
        pytest.param({"tag": "a/b"}, "tag must name an image, got 'a/b': ", id="slash in the tag"),
        pytest.param({"tag": DIGEST}, f"tag must name an image, got '{DIGEST}': ", id="digest as tag"),
        pytest.param({"tag": "a" * 129}, f"tag must name an image, got '{'a' * 129}': ", id="long tag"),
        pytest.param({"digest": "1"}, "digest must name an image, got '1': ", id="tag as digest"),
        pytest.param(
            {"digest": "sha256:" + "A" * 64}, f"digest must name an image, got 'sha256:{'A' * 64}': ", id="capitals"
        ),
    ],
)
def test_repository_needs_a_tag_or_a_digest(stack: Stack, arguments: dict[str, str], message: str) -> None:
    repository = new(stack)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the message is compared
        EcrImage.from_ecr_repository(repository, **arguments)  # type: ignore[arg-type] # one type for all arguments
    assert str(caught.value).startswith(message)


def test_repository_is_refused_as_image(stack: Stack) -> None:
    with pytest.raises(TypeError, match=r"^image must be a reference of an image or a container image, got "):
        EcrImage(new(stack))  # type: ignore[arg-type] # what the test is about


def test_platform_has_no_default() -> None:
    with pytest.raises(TypeError, match="platform"):
        EcrImage.from_asset(".")  # type: ignore[call-arg] # what the test is about


def test_other_stack() -> None:
    app = App()
    images, services = Stack(app, "Images"), Stack(app, "Services")
    add(services, EcrImage(f"{new(images).repository_uri}:1"))
    assert pulls(services) == {**TOKEN, "${import Images:ExportsOutputFnGetAttRepository22E53BBDArn3AD4E30B}": THREE}


def test_other_account() -> None:
    """The repository lets the role in, also where the image is a text."""
    app = App()
    images = Stack(app, "Images", env=Environment(account="111111111111", region="us-east-1"))
    services = Stack(app, "Services", env=Environment(account="222222222222", region="us-east-1"))
    repository = EcrRepository(images, "Repository", repository_name="team/app")
    add(services, EcrImage(f"{repository.repository_uri}:1"))
    arn = "arn:${AWS::Partition}:ecr:us-east-1:111111111111:repository/team/app"
    assert pulls(services) == {**TOKEN, arn: THREE}
    (statement,) = only(images, "AWS::ECR::Repository")["RepositoryPolicyText"]["Statement"]
    assert (set(statement["Action"]), line(statement["Principal"]["AWS"])) == (
        THREE,
        "arn:${AWS::Partition}:iam::222222222222:root",
    )


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(lambda app: NestedStack(Stack(app, "Parent"), "Nested"), id="nested stack"),
        pytest.param(lambda app: Stack(Stage(app, "Stage"), "Stack"), id="stage"),
    ],
)
def test_places(place: Callable[[App], Stack]) -> None:
    stack = place(App())
    add(stack, EcrImage(URI))
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}


def test_one_image_for_several_containers(stack: Stack) -> None:
    image = EcrImage(URI)
    task = ecs.Ec2TaskDefinition(stack, "Task")
    for name in ("One", "Two"):
        task.add_container(name, image=image, memory_limit_mib=64)
    assert pulls(stack) == {**TOKEN, URI_ARN: THREE}
    containers = only(stack, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert [container["Image"] for container in containers] == [URI, URI]


def test_execution_role_pulls_on_ec2_too(stack: Stack) -> None:
    add(stack, EcrImage(URI))
    (execution_role,) = (
        logical_id
        for logical_id in Template.from_stack(stack).find_resources("AWS::IAM::Role")
        if "ExecutionRole" in logical_id
    )
    assert only(stack, "AWS::ECS::TaskDefinition")["ExecutionRoleArn"] == {"Fn::GetAtt": [execution_role, "Arn"]}


class MirroredImage(EcrImage):
    """A team's image: public images by the name of their mirror."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{REGISTRY}/mirror/{name}", pull_through_cache=True)

    def bind(self, scope: Construct, container_definition: ecs.ContainerDefinition) -> ecs.ContainerImageConfig:
        Tags.of(container_definition.task_definition).add("mirrored", "yes")
        return super().bind(scope, container_definition)


class NotedImage(EcrImage):
    """A subclass without a constructor of its own: the factories return it."""


def test_subclass(stack: Stack) -> None:
    container = add(stack, MirroredImage("nginx:1"))
    assert container.image_name == f"{REGISTRY}/mirror/nginx:1"
    arn = "arn:${AWS::Partition}:ecr:us-east-1:123456789012:repository/mirror/nginx"
    assert pulls(stack) == {**TOKEN, arn: THREE | THROUGH}
    assert only(stack, "AWS::ECS::TaskDefinition")["Tags"] == [{"Key": "mirrored", "Value": "yes"}]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda stack: NotedImage.from_image_uri(URI), id="from_image_uri"),
        pytest.param(lambda stack: NotedImage.from_registry(URI), id="from_registry"),
        pytest.param(lambda stack: NotedImage.from_ecr_repository(new(stack), "1"), id="from_ecr_repository"),
        pytest.param(lambda stack: NotedImage.of(URI), id="of"),
    ],
)
def test_factories_of_a_subclass(stack: Stack, make: Callable[[Stack], EcrImage]) -> None:
    assert type(make(stack)) is NotedImage


def test_factories_of_cdk() -> None:
    """A new factory of CDK's shows up here."""
    factories = {
        name
        for name, _ in inspect.getmembers(ecs.ContainerImage, inspect.ismethod)
        if name.startswith("from_") and name not in vars(EcrImage)
    }
    assert factories == set()


@pytest.mark.parametrize(
    ("image", "account", "told"),
    [
        pytest.param(lambda stack: EcrImage(URI), "210987654321", True, id="text"),
        pytest.param(
            lambda stack: EcrImage.from_ecr_repository(
                ecr.Repository.from_repository_arn(
                    stack, "Imported", "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
                ),
                "1",
            ),
            "210987654321",
            True,
            id="imported repository",
        ),
        pytest.param(lambda stack: EcrImage(URI), "123456789012", False, id="own account"),
        pytest.param(
            lambda stack: EcrImage(URI.replace("123456789012", "906394416424")), "210987654321", False, id="of AWS"
        ),
        pytest.param(lambda stack: EcrImage(URI), None, False, id="account known at deployment only"),
        pytest.param(
            lambda stack: EcrImage.from_ecr_repository(
                EcrRepository(
                    Stack(stack.node.root, "Owner", env=Environment(account="123456789012", region="us-east-1")),
                    "Repository",
                    repository_name="team/app",
                ),
                "1",
            ),
            "210987654321",
            False,
            id="repository of this app",
        ),
    ],
)
def test_what_another_account_must_add_is_told(
    image: Callable[[Stack], EcrImage], account: str | None, told: bool
) -> None:
    stack = Stack(App(), "Stack", env=Environment(account=account, region="us-east-1"))
    ecs.FargateTaskDefinition(stack, "Task").add_container("App", image=image(stack))
    found = Annotations.from_stack(stack).find_warning(
        "/Stack/Task/App", Match.string_like_regexp("repositoryOfOtherAccount")
    )
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": [*REPOSITORY_PULL_ACTIONS]}
    expected = (
        "the policy of repository 'team/app' in account 123456789012 must hold the statement "
        f"{json.dumps(statement)}: nothing here can add it [ack: ecr-ecs:repositoryOfOtherAccount]"
    )
    assert [message.entry.data for message in found] == ([expected] if told else [])
