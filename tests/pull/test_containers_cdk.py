"""CDK's own renderings of ECR images evaluate to exactly what they will be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.cloudformation.assembly import load
from tests import worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

ONE, TWO = "111111111111", "222222222222"
HERE = cdk.Environment(account=ONE, region="eu-west-1")
THERE = cdk.Environment(account=ONE, region="us-east-1")
OTHERS = cdk.Environment(account=TWO, region="eu-west-1")

HOST = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
FIXED = f"{ONE}.dkr.ecr.eu-west-1.amazonaws.com"
ASSET = "cdk-hnb659fds-container-assets"


def task(scope: Construct, image: ecs.ContainerImage) -> None:
    ecs.FargateTaskDefinition(scope, "Task").add_container("web", image=image)


def tagged(repository: ecr.IRepository, tag: str | None = "1") -> ecs.ContainerImage:
    return ecs.ContainerImage.from_ecr_repository(repository, tag)


def same_stack(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository(stack, "Repo")))


def no_tag(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository(stack, "Repo"), None))


def digest(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository(stack, "Repo"), f"sha256:{'0a' * 32}"))


def named(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository(stack, "Repo", repository_name="team/web")))


def cross_stack(stage: cdk.Stage) -> None:
    store = ecr.Repository(cdk.Stack(stage, "Store"), "Repo")
    task(cdk.Stack(stage, "Web"), tagged(store))


def both_ways(stage: cdk.Stage) -> None:
    stage.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "both")
    cross_stack(stage)


def weak(stage: cdk.Stage) -> None:
    stage.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "weak")
    cross_stack(stage)


def weak_elsewhere(stage: cdk.Stage) -> None:
    stage.node.set_context("@aws-cdk/core:defaultCrossStackReferences", "weak")
    store = ecr.Repository(cdk.Stack(stage, "Store", env=THERE), "Repo", repository_name="team/web")
    task(cdk.Stack(stage, "Web"), tagged(store))


def other_region(stage: cdk.Stage) -> None:
    store = cdk.Stack(stage, "Store", env=THERE)
    repository = ecr.Repository(store, "Repo", repository_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
    task(cdk.Stack(stage, "Web"), tagged(repository))


def other_account(stage: cdk.Stage) -> None:
    store = ecr.Repository(cdk.Stack(stage, "Store", env=OTHERS), "Repo", repository_name="team/web")
    task(cdk.Stack(stage, "Web"), tagged(store))


def nested_own(stage: cdk.Stage) -> None:
    nested = cdk.NestedStack(cdk.Stack(stage, "Web"), "Nest")
    task(nested, tagged(ecr.Repository(nested, "Repo")))


def nested_parent(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    repository = ecr.Repository(stack, "Repo")
    task(cdk.NestedStack(stack, "Nest"), tagged(repository))


def nested_sibling(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    repository = ecr.Repository(cdk.NestedStack(stack, "Store"), "Repo")
    task(cdk.NestedStack(stack, "Nest"), tagged(repository))


def nested_twice(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    repository = ecr.Repository(stack, "Repo")
    task(cdk.NestedStack(cdk.NestedStack(stack, "Middle"), "Nest"), tagged(repository))


def from_nested(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository(cdk.NestedStack(cdk.NestedStack(stack, "Middle"), "Store"), "Repo")))


def nested_of_other_stack(stage: cdk.Stage) -> None:
    repository = ecr.Repository(cdk.NestedStack(cdk.Stack(stage, "Store"), "Nest"), "Repo")
    task(cdk.NestedStack(cdk.Stack(stage, "Web"), "Nest"), tagged(repository))


def stage_in_stage(stage: cdk.Stage) -> None:
    inner = cdk.Stage(stage, "Prod")
    store = ecr.Repository(cdk.Stack(inner, "Store"), "Repo")
    task(cdk.Stack(inner, "Web"), tagged(store))


def by_name(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, tagged(ecr.Repository.from_repository_name(stack, "Repo", "team/web")))


def by_arn(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    arn = f"arn:aws:ecr:us-east-1:{TWO}:repository/team/web"
    task(stack, tagged(ecr.Repository.from_repository_arn(stack, "Repo", arn)))


def by_attributes(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    arn = stack.format_arn(service="ecr", resource="repository", resource_name="team/web")
    repository = ecr.Repository.from_repository_attributes(
        stack, "Repo", repository_arn=arn, repository_name="team/web"
    )
    task(stack, tagged(repository))


def by_parameter(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    tag = cdk.CfnParameter(stack, "Tag")
    task(stack, tagged(ecr.Repository(stack, "Repo"), tag.value_as_string))


def docker_asset(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    folder = Path(stage.outdir)
    folder.joinpath("Dockerfile").write_text("FROM scratch\n")
    image = assets.DockerImageAsset(stack, "Image", directory=str(folder), exclude=["*", "!Dockerfile"])
    task(stack, ecs.ContainerImage.from_docker_image_asset(image))


def tarball(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    task(stack, ecs.ContainerImage.from_tarball(__file__))


def job(stage: cdk.Stage) -> None:
    stack = cdk.Stack(stage, "Web")
    container = batch.EcsFargateContainerDefinition(
        stack,
        "Container",
        cpu=1,
        memory=cdk.Size.gibibytes(2),
        image=tagged(ecr.Repository(stack, "Repo")),
    )
    batch.EcsJobDefinition(stack, "Job", container=container)


OWN = (
    same_stack,
    cross_stack,
    both_ways,
    weak,
    nested_own,
    nested_parent,
    nested_sibling,
    nested_twice,
    from_nested,
    nested_of_other_stack,
    stage_in_stage,
    job,
)
NAMED = (named, by_name, by_attributes)
ASSETS = (docker_asset, tarball)

REPO = "${Repo02AC86CF}"
OF_ASSETS = f"{HOST}/{ASSET}-${{AWS::AccountId}}-${{AWS::Region}}:#"
FIXED_ASSETS = f"{FIXED}/{ASSET}-{ONE}-eu-west-1:#"
CASES: list[tuple[Callable[[cdk.Stage], None], cdk.Environment | None, str]] = [
    *((make, None, f"{HOST}/{REPO}:1") for make in OWN),
    *((make, HERE, f"{FIXED}/{REPO}:1") for make in OWN),
    *((make, None, f"{HOST}/team/web:1") for make in NAMED),
    *((make, HERE, f"{FIXED}/team/web:1") for make in NAMED),
    *((make, None, OF_ASSETS) for make in ASSETS),
    *((make, HERE, FIXED_ASSETS) for make in ASSETS),
    (no_tag, None, f"{HOST}/{REPO}:latest"),
    (digest, None, f"{HOST}/{REPO}@sha256:#"),
    (by_parameter, None, f"{HOST}/{REPO}:${{Tag}}"),
    (by_parameter, HERE, f"{FIXED}/{REPO}:${{Tag}}"),
    (by_arn, None, f"{TWO}.dkr.ecr.us-east-1.${{AWS::URLSuffix}}/team/web:1"),
    (by_arn, HERE, f"{TWO}.dkr.ecr.us-east-1.amazonaws.com/team/web:1"),
    (
        other_region,
        HERE,
        f"{ONE}.dkr.ecr.us-east-1.amazonaws.com/other-region-fixed-storeonfixedstorerepoae3d6185d67b77d6e218:1",
    ),
    (weak_elsewhere, HERE, f"{ONE}.dkr.ecr.us-east-1.amazonaws.com/team/web:1"),
    (other_account, HERE, f"{TWO}.dkr.ecr.eu-west-1.amazonaws.com/team/web:1"),
]


def title(make: Callable[[cdk.Stage], None], env: cdk.Environment | None) -> str:
    return f"{make.__name__.replace('_', '-')}{'-fixed' if env else ''}"


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The images of each case, a stage of one app that is synthesized once."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("cdk")), analytics_reporting=False)
    for make, env, _ in CASES:
        make(cdk.Stage(app, title(make, env), env=env))
    app.synth()
    found: dict[str, list[str]] = {}
    for container, *others in worlds.containers(load([app.outdir])):
        assert container.resource.construct_path is not None
        case = container.resource.construct_path.partition("/")[0]
        found.setdefault(case, []).extend(
            re.sub("[0-9a-f]{64}", "#", str(image)) if image.uri else f"{image} {image.error}"
            for image in (each.image for each in (container, *others))
        )
    return found


@pytest.mark.parametrize(("make", "env", "expected"), CASES, ids=[title(make, env) for make, env, _ in CASES])
def test_rendering(
    images: dict[str, list[str]], make: Callable[[cdk.Stage], None], env: cdk.Environment | None, expected: str
) -> None:
    assert images[title(make, env)] == [expected]
