from __future__ import annotations

import json
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.cloudformation.conditions.worlds import Worlds
from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Text, pieces_of
from ecr_ecs_constructs.pull.containers import CONTAINERS
from ecr_ecs_constructs.pull.images import Image, read_image
from ecr_ecs_constructs.pull.repositories import Repositories
from tests import worlds
from tests.cloudformation.nodes import NO_VALUE, choice, equals, ref, select, string, strings, sub, template, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr_ecs_constructs.cloudformation.template import Node
    from ecr_ecs_constructs.cloudformation.values import Value
    from tests.cloudformation.nodes import Json

HOST = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
CDK_HOST = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"


def task(*containers: Node) -> dict[str, Json]:
    return {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": list(containers)}}}


def found(own: Template) -> list[tuple[str, str | None, list[str]]]:
    """Return location, name and images of each container, an image without error marked as right."""
    images: dict[tuple[str, str, str | None], dict[Image, None]] = {}
    for each in chain.from_iterable(worlds.containers([own])):
        images.setdefault((each.resource.logical_id, each.location, each.name), {})[each.image] = None
    return [(location, name, list(map(shown, of_it))) for (_, location, name), of_it in images.items()]


def shown(image: Image) -> str:
    return f"{image} {image.error.reason if image.error else image.open_name or 'right'}"


FIRST = "Properties.ContainerDefinitions[0]"
RIGHT = f"{HOST}/app:1 right"


@pytest.mark.parametrize(
    ("kind", "properties", "locations"),
    [
        pytest.param(
            "AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{}, {}]}, [FIRST, FIRST.replace("0", "1")], id="task"
        ),
        pytest.param("AWS::ECS::DaemonTaskDefinition", {"ContainerDefinitions": [{}]}, [FIRST], id="daemon"),
        pytest.param(
            "AWS::ECS::ExpressGatewayService", {"PrimaryContainer": {}}, ["Properties.PrimaryContainer"], id="express"
        ),
        pytest.param(
            "AWS::Batch::JobDefinition", {"ContainerProperties": {}}, ["Properties.ContainerProperties"], id="job"
        ),
        pytest.param(
            "AWS::Batch::JobDefinition",
            {"EcsProperties": {"TaskProperties": [{"Containers": [{}, {}]}]}},
            [f"Properties.EcsProperties.TaskProperties[0].Containers[{i}]" for i in range(2)],
            id="ecs-job",
        ),
        pytest.param(
            "AWS::Batch::JobDefinition",
            {
                "NodeProperties": {
                    "NodeRangeProperties": [
                        {"Container": {}},
                        {"EcsProperties": {"TaskProperties": [{"Containers": [{}]}]}},
                    ]
                }
            },
            [
                "Properties.NodeProperties.NodeRangeProperties[0].Container",
                "Properties.NodeProperties.NodeRangeProperties[1].EcsProperties.TaskProperties[0].Containers[0]",
            ],
            id="multi-node-job",
        ),
        pytest.param(
            "AWS::Batch::JobDefinition", {"EksProperties": {"PodProperties": {"Containers": [{}]}}}, [], id="eks-job"
        ),
        pytest.param("AWS::ECS::TaskDefinition", {}, [], id="no-container"),
        pytest.param("AWS::ECS::Service", {"ContainerDefinitions": [{}]}, [], id="other-type"),
    ],
)
def test_containers(kind: str, properties: Node, locations: list[str]) -> None:
    named = json.loads(json.dumps(properties).replace("{}", json.dumps({"Name": "web", "Image": f"{HOST}/app:1"})))
    own = template(Resources={"R": {"Type": kind, "Properties": named}})
    assert found(own) == [(location, "web", [RIGHT]) for location in locations]


@pytest.mark.parametrize(
    ("container", "name", "images"),
    [
        pytest.param({"Image": f"{HOST}/app:1"}, None, [RIGHT], id="no-name"),
        pytest.param({"Name": ref("Env"), "Image": f"{HOST}/app:1"}, "dev", [RIGHT], id="name-by-default"),
        pytest.param({"Name": {"a": "b"}, "Image": f"{HOST}/app:1"}, None, [RIGHT], id="name-is-no-text"),
        pytest.param({"Name": "web"}, "web", ["None is missing"], id="no-image"),
        pytest.param({"Image": None}, None, ["None is nothing, not a text"], id="null"),
        pytest.param({"Image": [f"{HOST}/app:1"]}, None, [f"[{HOST}/app:1] is a list, not a text"], id="list"),
        pytest.param({"Image": {"a": "b"}}, None, ["{a: b} is an object, not a text"], id="object"),
        pytest.param({"Image": 5}, None, ["5 has no ECR registry"], id="number"),
        pytest.param({"Image": NO_VALUE}, None, ["None is missing"], id="no-value"),
        pytest.param(
            {"Image": when("C", f"{HOST}/app:1", NO_VALUE)},
            None,
            [RIGHT, "None is missing"],
            id="no-value-in-one-branch",
        ),
        pytest.param(
            {"Image": when("C", f"{HOST}/app:1", "nginx")}, None, [RIGHT, "nginx has no ECR registry"], id="bad-branch"
        ),
        pytest.param(
            {"Image": when("C", f"{HOST}/app:1", when("C", "never", f"{HOST}/app:1"))},
            None,
            [RIGHT, RIGHT],
            id="impossible-inner-branch",
        ),
        pytest.param({"Image": ref("Choice")}, None, [RIGHT, "nginx has no ECR registry"], id="bad-choice"),
        pytest.param({"Image": sub("${Host}/app:${Env}")}, None, [f"{HOST}/app:dev right"], id="defaults"),
        pytest.param({"Image": sub("${Host}/app:${Tag}")}, None, [HOST + "/app:${Tag} right"], id="free-tag"),
        pytest.param(
            {"Image": sub("${Host}/${Tag}:1")},
            None,
            [HOST + "/${Tag}:1 has a repository that is known only at deployment"],
            id="free-repository",
        ),
        pytest.param({"Image": ref("Ecr")}, None, ["${Ecr} right"], id="constrained"),
        pytest.param(
            {"Image": ref("Any")},
            None,
            ["${Any} is known only at deployment; what its pattern admits includes ''"],
            id="badly-constrained",
        ),
        pytest.param({"Image": select(1, ref("Images"))}, None, ["${Images} right"], id="constrained-list"),
        pytest.param(
            {"Image": sub("${Repo.RepositoryUri}:1")}, None, [CDK_HOST + "/${Repo}:1 right"], id="repository-uri"
        ),
        pytest.param(
            {"Image": {"Fn::GetAtt": ["Repo", "RepositoryUri"]}},
            None,
            [CDK_HOST + "/${Repo} has neither tag nor digest"],
            id="repository-uri-without-tag",
        ),
        pytest.param(
            {"Image": sub("${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/${Repo}:1")},
            None,
            ["${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/${Repo}:1 right"],
            id="by-hand",
        ),
        pytest.param(
            {"Image": sub("${Repo}/app:1")}, None, ["${Repo}/app:1 has no ECR registry"], id="repository-as-registry"
        ),
        pytest.param(
            {"Image": sub(f"{HOST}/${{Bucket}}:1")},
            None,
            [HOST + "/${Bucket}:1 has a repository that is known only at deployment"],
            id="bucket-as-repository",
        ),
        pytest.param(
            {"Image": "{{resolve:ssm:/image}}"},
            None,
            ["{{resolve:ssm:/image}} is known only at deployment"],
            id="dynamic",
        ),
        pytest.param(
            {"Image": sub(f"{HOST}/app:{{{{resolve:ssm:/tag}}}}")},
            None,
            [HOST + "/app:{{resolve:ssm:/tag}} right"],
            id="dynamic-tag",
        ),
        pytest.param(
            {"Name": "a", "Fn::Transform": {}},
            "a",
            ["${Fn::Transform} is known only at deployment"],
            id="included-image",
        ),
        pytest.param(
            {"Fn::Transform": {}}, None, ["${Fn::Transform} is known only at deployment"], id="included-container"
        ),
        pytest.param(
            ref("Any"),
            None,
            ["${Any} is known only at deployment; what its pattern admits includes ''"],
            id="container-is-a-parameter",
        ),
        pytest.param(NO_VALUE, None, [], id="no-container"),
    ],
)
def test_images(container: Node, name: str | None, images: list[str]) -> None:
    own = template(
        Resources={**task(container), "Repo": {"Type": "AWS::ECR::Repository"}, "Bucket": {"Type": "AWS::S3::Bucket"}},
        Parameters={
            "Env": string(Default="dev"),
            "Tag": string(),
            "Host": string(Default=HOST),
            "Choice": choice(f"{HOST}/app:1", "nginx"),
            "Ecr": string(AllowedPattern=r"[0-9]{12}\.dkr\.ecr\.eu-west-1\.amazonaws\.com/[a-z]{2,9}:[0-9]"),
            "Any": string(AllowedPattern=".*"),
            "Images": strings(AllowedValues=[f"{HOST}/app:1", f"{HOST}/app:2"]),
        },
    )
    assert [(names, found_images) for _, names, found_images in found(own)] == ([(name, images)] if images else [])


def test_name_in_one_branch() -> None:
    own = template(Resources=task({"Name": when("C", NO_VALUE, "web"), "Image": f"{HOST}/app:1"}))
    assert found(own) == [(FIRST, None, [RIGHT]), (FIRST, "web", [RIGHT])]


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        pytest.param(
            ref("P"), [("Properties.ContainerDefinitions…", None, ["${P} is known only at deployment"])], id="parameter"
        ),
        pytest.param(
            when("C", [{"Image": f"{HOST}/app:1"}], ref("P")),
            [
                ("Properties.ContainerDefinitions.Fn::If[1][0]", None, [RIGHT]),
                ("Properties.ContainerDefinitions.Fn::If[2]…", None, ["${P} is known only at deployment"]),
            ],
            id="parameter-in-one-branch",
        ),
        pytest.param(
            {"Fn::ForEach::L": ["N", ref("P"), {"Image": "${N}"}]},
            [("Properties.ContainerDefinitions…", None, ["${Fn::ForEach::L} is known only at deployment"])],
            id="loop",
        ),
    ],
)
def test_unknown_containers(containers: Node, expected: list[tuple[str, str | None, list[str]]]) -> None:
    resource = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": containers}}
    assert found(template(Resources={"Task": resource}, Parameters={"P": string()})) == expected


def test_condition_of_the_task() -> None:
    own = template(
        Resources={"Task": {**task({"Image": when("C", f"{HOST}/app:1", "nginx")})["Task"], "Condition": "C"}},
        Conditions={"C": equals(ref("P"), "x")},
        Parameters={"P": string()},
    )
    assert found(own) == [(FIRST, None, [RIGHT])]


def test_task_that_never_is() -> None:
    own = template(
        Resources={"Task": {**task({"Image": "nginx"})["Task"], "Condition": "C"}}, Conditions={"C": equals("x", "y")}
    )
    assert found(own) == []


def test_loop_of_tasks() -> None:
    body = {"Task${N}": task({"Image": "${N}"})["Task"]}
    own = template(Resources={"Fn::ForEach::L": ["N", [f"{HOST}/app:1", "nginx"], body]})
    assert found(own) == [(FIRST, None, [RIGHT]), (FIRST, None, ["nginx has no ECR registry"])]


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        pytest.param(f"{HOST}/app:1", ["111111111111", "eu-west-1", "amazonaws.com", "app", "1", ""], id="literal"),
        pytest.param(
            sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/a/${Repo}-${AWS::Region}:v${Tag}"),
            ["${AWS::AccountId}", "${AWS::Region}", "${AWS::URLSuffix}", "a/${Repo}-${AWS::Region}", "v${Tag}", ""],
            id="holes",
        ),
        pytest.param(
            sub(f"{HOST}/${{Repo}}@${{Tag}}"),
            ["111111111111", "eu-west-1", "amazonaws.com", "${Repo}", "", "${Tag}"],
            id="digest",
        ),
        pytest.param(
            sub(f"{HOST}/${{Repo}}:${{Tag}}@sha256:${{Digest}}"),
            ["111111111111", "eu-west-1", "amazonaws.com", "${Repo}", "${Tag}", "sha256:${Digest}"],
            id="tag-and-digest",
        ),
    ],
)
def test_parts(image: Node, parts: list[str]) -> None:
    own = template(
        Resources={**task({"Image": image}), "Repo": {"Type": "AWS::ECR::Repository"}},
        Parameters={"Tag": string(), "Digest": string()},
    )
    [[container]] = worlds.containers([own])
    read = container.image
    assert [str(read.part(name)) for name in ("account", "region", "suffix", "repository", "tag", "digest")] == parts


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("public.ecr.aws/nginx/nginx:1", None),
        (f"{HOST}/app:1", None),
        ("nginx:1", "has no ECR registry"),
        (["a"], "is a list, not a text"),
    ],
)
def test_public_gallery_allowed(image: Value, reason: str | None) -> None:
    read = read_image("x", image)
    error = read.error_under(allow_public_gallery=True)
    assert (error.reason if error else None) == reason
    assert read.error_under(allow_public_gallery=False) is read.error


REPO = {"Type": "AWS::ECR::Repository"}


def named(name: Node, **more: Node) -> dict[str, Node]:
    return {**REPO, "Properties": {"RepositoryName": name}, **more}


@pytest.mark.parametrize(
    ("image", "resources", "expected"),
    [
        pytest.param(sub("${Repo.RepositoryUri}:1"), {"Repo": REPO}, ["Repo"], id="reference"),
        pytest.param(
            sub(f"{HOST}/${{Repo}}:1"), {"Repo": REPO, "Other": REPO}, ["Repo"], id="reference-behind-literal"
        ),
        pytest.param(sub(f"{HOST}/a/${{Repo}}:1"), {"Repo": REPO}, [], id="part-of-a-name"),
        pytest.param(sub("${Repo.RepositoryUri}:1"), {"Repo": named("app")}, ["Repo"], id="reference-to-named"),
        pytest.param(f"{HOST}/app:1", {"Repo": named("app"), "Other": named("web")}, ["Repo"], id="name"),
        pytest.param(f"{HOST}/app:1", {"Repo": named(when("C", "app", "web"))}, ["Repo"], id="name-in-one-branch"),
        pytest.param(
            f"{HOST}/app:1", {"Repo": named("app"), "Other": named("app")}, ["Repo", "Other"], id="name-twice"
        ),
        pytest.param(f"{HOST}/app:1", {"Repo": named(sub("app${P}"))}, [], id="half-known-name"),
        pytest.param(f"{HOST}/app:1", {"Repo": REPO}, [], id="no-name"),
        pytest.param("nginx", {"Repo": named("nginx")}, [], id="no-reference"),
    ],
)
def test_repositories(image: Node, resources: dict[str, Node], expected: list[str]) -> None:
    own = template(Resources={**task({"Image": image}), **resources}, Parameters={"P": string()})
    assert repositories(own) == expected


def repositories(*templates: Template) -> list[str]:
    """Return the repositories of the image of the only container in any world."""
    [found] = worlds.of_containers(
        templates, lambda here, container: here.repositories.of(templates[0], container.image)
    )
    return list(dict.fromkeys(each.logical_id for of_world in found for each in of_world))


ONE, TWO = "111111111111", "222222222222"
OWN = sub("${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1")


@pytest.mark.parametrize(
    ("image", "own", "other", "expected"),
    [
        pytest.param(f"{HOST}/app:1", (None, None), (ONE, "eu-west-1"), True, id="literal"),
        pytest.param(f"{HOST}/app:1", (None, None), (None, None), True, id="literal-and-unknown"),
        pytest.param(f"{HOST}/app:1", (None, None), (TWO, "eu-west-1"), False, id="other-account"),
        pytest.param(f"{HOST}/app:1", (None, None), (ONE, "us-east-1"), False, id="other-region"),
        pytest.param(OWN, (None, None), (None, None), True, id="own-unknown"),
        pytest.param(OWN, (None, None), (ONE, "eu-west-1"), True, id="own-unknown-and-known"),
        pytest.param(OWN, (ONE, "eu-west-1"), (ONE, "eu-west-1"), True, id="own"),
        pytest.param(OWN, (ONE, "eu-west-1"), (TWO, "eu-west-1"), False, id="not-own-account"),
        pytest.param(OWN, (ONE, "eu-west-1"), (ONE, "us-east-1"), False, id="not-own-region"),
        pytest.param(OWN, (ONE, "eu-west-1"), (None, None), True, id="own-and-unknown"),
    ],
)
def test_repositories_elsewhere(
    image: Node, own: tuple[str | None, str | None], other: tuple[str | None, str | None], expected: bool
) -> None:
    web = template(Resources=task({"Image": image}), account=own[0], region=own[1])
    store = template(Resources={"Repo": named("app")}, account=other[0], region=other[1])
    assert bool(repositories(web, store)) is expected


def mutability(mode: Node, *patterns: Node) -> dict[str, Node]:
    kind = "ImageTagMutabilityExclusionFilter"
    filters: Json = [{f"{kind}Type": "WILDCARD", f"{kind}Value": pattern} for pattern in patterns]
    return {"ImageTagMutability": mode, **({"ImageTagMutabilityExclusionFilters": filters} if patterns else {})}


TAG = Text(pieces_of("v"))


@pytest.mark.parametrize(
    ("properties", "tag", "expected"),
    [
        pytest.param({}, "1", True, id="default"),
        pytest.param(mutability("MUTABLE"), "1", True, id="mutable"),
        pytest.param(mutability("IMMUTABLE"), "1", False, id="immutable"),
        pytest.param(mutability("IMMUTABLE"), TAG, False, id="immutable-unknown-tag"),
        pytest.param(mutability("OTHER"), "1", None, id="no-mode"),
        pytest.param(mutability(["IMMUTABLE"]), "1", None, id="mode-is-a-list"),
        pytest.param(mutability(ref("P")), "1", None, id="unknown-mode"),
        pytest.param(mutability(when("C", "MUTABLE", NO_VALUE)), "1", True, id="same-in-both-branches"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "dev-*"), "dev-1", True, id="excluded"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "dev-*"), "1-dev-1", False, id="not-excluded"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "a*b*c"), "axxbc", True, id="stars"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "*a" * 60), "a" * 59, False, id="many-stars"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "a.b"), "axb", False, id="dot-is-a-dot"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION", "x", "1"), "1", True, id="second-filter"),
        pytest.param(mutability("IMMUTABLE_WITH_EXCLUSION"), "1", False, id="no-filter"),
        pytest.param(mutability("MUTABLE_WITH_EXCLUSION", "v*"), "v1", False, id="fixed"),
        pytest.param(mutability("MUTABLE_WITH_EXCLUSION", "v*"), "1", True, id="not-fixed"),
        pytest.param(mutability("MUTABLE_WITH_EXCLUSION", "v*"), TAG, None, id="unknown-tag"),
        pytest.param(mutability("MUTABLE_WITH_EXCLUSION", "v*", ref("P")), "1", None, id="unknown-filter"),
        pytest.param(
            {**mutability("MUTABLE_WITH_EXCLUSION"), "ImageTagMutabilityExclusionFilters": ref("P")},
            "1",
            None,
            id="unknown-filters",
        ),
        pytest.param(
            {**mutability("MUTABLE_WITH_EXCLUSION"), "ImageTagMutabilityExclusionFilters": ["v"]},
            "1",
            None,
            id="malformed-filters",
        ),
        pytest.param(
            {
                "ImageTagMutability": when("C", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
                "ImageTagMutabilityExclusionFilters": when(
                    "C",
                    mutability("", "x")["ImageTagMutabilityExclusionFilters"],
                    mutability("", "1")["ImageTagMutabilityExclusionFilters"],
                ),
            },
            "1",
            False,
            id="filters-of-the-same-branch",
        ),
        pytest.param({"Fn::Transform": {}}, "1", None, id="included-properties"),
        pytest.param({"Fn::Transform": {}, **mutability("IMMUTABLE")}, "1", None, id="included-beside-mode"),
        pytest.param(
            when("C", mutability("IMMUTABLE"), mutability("IMMUTABLE")), "1", False, id="properties-in-branches"
        ),
    ],
)
def test_overwritable(properties: Node, tag: str | Text, expected: bool | None) -> None:
    assert overwritable(properties, tag) == [expected]


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(when("C", "IMMUTABLE", "MUTABLE"), id="two-modes"),
        pytest.param(when("C", "IMMUTABLE", NO_VALUE), id="default-in-one-branch"),
    ],
)
def test_overwritable_in_one_branch(mode: Node) -> None:
    assert overwritable(mutability(mode), "1") == [False, True]


def overwritable(properties: Node, tag: str | Text) -> list[bool | None]:
    """Return whether the tag of a repository with some properties can be moved, each answer of any world once."""
    own = template(Resources={"Repo": {**REPO, "Properties": properties}}, Parameters={"P": string()})
    repository = own.resources["Repo"]
    return worlds.together(Worlds([own]), lambda world: [Repositories(world).overwritable(repository, tag)])


def schemas() -> Path:
    """The folder of the CloudFormation schemas that cfn-lint ships."""
    package = find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "data" / "schemas" / "resources"


def image_paths(
    schema: Json, root: Json, path: tuple[str, ...] = (), seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the way to each property `Image` that a schema lets a template write."""
    if reference := schema.get("$ref"):
        if reference not in seen and "Eks" not in reference:
            definition = root["definitions"][reference.rpartition("/")[2]]
            yield from image_paths(definition, root, path, seen | {reference})
        return
    for name, inner in schema.get("properties", {}).items():
        if f"/properties/{'/'.join((*path, name))}" in root.get("readOnlyProperties", []):
            continue
        if name == "Image":
            yield ".".join(path)
        yield from image_paths(inner, root, (*path, name), seen)
    if isinstance(items := schema.get("items"), dict):
        yield from image_paths(items, root, (*path, "*"), seen)
    for branch in chain.from_iterable(schema.get(key, ()) for key in ("anyOf", "oneOf", "allOf")):
        yield from image_paths(branch, root, path, seen)


def test_every_container_of_the_schemas() -> None:
    """The table names each place where a resource of ECS or Batch holds an image, and no other."""
    places: dict[str, set[str]] = {}
    for file in schemas().rglob("*.json"):
        content = file.read_text()
        if '"AWS::ECS::' in content or '"AWS::Batch::' in content:
            schema = json.loads(content)
            for path in image_paths(schema, schema):
                if schema["typeName"].startswith(("AWS::ECS::", "AWS::Batch::")):
                    places.setdefault(schema["typeName"], set()).add(path)
    table = {kind: {".".join(filter(None, pair)) for pair in pairs} for kind, pairs in CONTAINERS.items()}
    assert table == places
