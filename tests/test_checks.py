"""EcrEcsChecks: the same judge by aspect, by plugin, by the constructs of this library and by the command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import cloudformation_include as cfn_include
from constructs import Construct, IConstruct

from ecr_ecs_constructs import (
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrRepository,
    __version__,
)
from ecr_ecs_constructs.checks import EcrEcsChecks, bring_along
from ecr_ecs_constructs.rules.catalogue import RULES
from tests.judging import ECR

if TYPE_CHECKING:
    from collections.abc import Callable

ELSE = [rule.id for rule in RULES if rule.id != "unqualified-image"]
"""What other rules find here is no matter of this file."""

NGINX = "container 'web': image 'nginx' has no ECR registry"
IMAGE = "Properties.ContainerDefinitions[0].Image"


class Found(NamedTuple):
    rule: str
    template: str
    logical_id: str
    location: str
    message: str


def task(scope: Construct, id: str = "Task", image: str = "nginx") -> ecs.CfnTaskDefinition:
    container = ecs.CfnTaskDefinition.ContainerDefinitionProperty(name="web", image=image)
    return ecs.CfnTaskDefinition(scope, id, memory="512", container_definitions=[container])


def synthesize(app: cdk.App) -> str | None:
    """Synthesize an app; return the error's text."""
    try:
        app.synth()
    except RuntimeError as error:
        return str(error)
    return None


def violations(app: cdk.App) -> list[dict[str, Any]]:
    """The violations that CDK reports of these checks when it synthesizes an app, one for each construct."""
    report = Path(app.outdir) / "validation-report.json"
    report.unlink(missing_ok=True)
    error = synthesize(app)
    if not report.is_file():
        assert error is None
        return []
    plugins = [one for one in json.loads(report.read_text())["pluginReports"] if one["pluginName"] == "ecr-ecs"]
    found = [violation for plugin in plugins for violation in plugin["violations"]]
    assert (error is not None) == any(violation["severity"] == "error" for violation in found)
    return found


def places(app: cdk.App) -> list[str]:
    """The construct paths of what is found."""
    return sorted(place["constructPath"] for one in violations(app) for place in one["violatingConstructs"])


class Scopes(NamedTuple):
    """An app with a bad task in each place that a scope can be."""

    app: cdk.App
    stage: cdk.Stage
    stack: cdk.Stack
    nested: cdk.NestedStack
    construct: Construct
    task: ecs.CfnTaskDefinition


def scopes() -> Scopes:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    stage = cdk.Stage(app, "Stage")
    nested = cdk.NestedStack(stack, "Nested")
    construct = Construct(stack, "Construct")
    for scope in (cdk.Stack(stage, "Stack"), cdk.Stack(app, "Stack2"), stack, nested):
        task(scope)
    return Scopes(app, stage, stack, nested, construct, task(construct))


ALL = ["Stack/Construct/Task", "Stack/Nested/Task", "Stack/Task", "Stack2/Task", "Stage/Stack/Task"]


def bring_along_and_add(scopes: Scopes, checks: EcrEcsChecks) -> None:
    bring_along(scopes.nested)
    cdk.Validations.of(scopes.app).add_plugins(checks)


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        pytest.param(lambda s, c: cdk.Validations.of(s.app).add_plugins(c), ALL, id="plugin of the app"),
        pytest.param(lambda s, c: cdk.Validations.of(s.stage).add_plugins(c), ALL[-1:], id="plugin of a stage"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.app).add(c), ALL, id="aspect of the app"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.stage).add(c), ALL[-1:], id="aspect of a stage"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.stack).add(c), ALL[:3], id="aspect of a stack"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.nested).add(c), ALL[1:2], id="aspect of a nested stack"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.construct).add(c), ALL[:1], id="aspect of a construct"),
        pytest.param(lambda s, c: cdk.Aspects.of(s.task).add(c), ALL[:1], id="aspect of a resource"),
        pytest.param(
            lambda s, c: [cdk.Aspects.of(scope).add(c) for scope in (s.construct, s.stage)],
            [ALL[0], ALL[-1]],
            id="one instance as the aspect of two scopes",
        ),
        pytest.param(
            lambda s, c: [cdk.Aspects.of(scope).add(c) for scope in (s.stack, s.construct)],
            ALL[:3],
            id="one instance as the aspect of a scope and of one below",
        ),
        pytest.param(
            lambda s, c: (cdk.Aspects.of(s.stage).add(c), cdk.Validations.of(s.app).add_plugins(c)),
            ALL,
            id="one instance as aspect and plugin",
        ),
        pytest.param(
            lambda s, c: (cdk.Validations.of(s.app).add_plugins(c), cdk.Aspects.of(s.construct).add(c)),
            ALL,
            id="one instance as plugin and aspect",
        ),
        pytest.param(lambda s, c: bring_along(s.nested), ALL[1:2], id="brought along"),
        pytest.param(bring_along_and_add, ALL, id="brought along and plugin"),
        pytest.param(lambda s, c: None, [], id="not at all"),
    ],
)
def test_judges_below_its_scopes(add: Callable[[Scopes, EcrEcsChecks], object], expected: list[str]) -> None:
    made = scopes()
    add(made, EcrEcsChecks(ignore=ELSE))
    assert places(made.app) == expected
    assert places(made.app) == expected  # a second synthesis finds the same


def test_one_instance_serves_several_apps() -> None:
    checks = EcrEcsChecks(ignore=ELSE)
    for _ in range(2):
        made = scopes()
        cdk.Aspects.of(made.stack).add(checks)
        assert places(made.app) == ALL[:3]


@jsii.implements(cdk.IAspect)
class AddTask:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, cdk.Stack) and node.node.try_find_child("Added") is None:
            task(node, "Added")


def test_construct_that_an_aspect_adds_is_judged() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    cdk.Aspects.of(stack).add(EcrEcsChecks(ignore=ELSE))
    cdk.Aspects.of(stack).add(AddTask())
    assert places(app) == ["Stack/Added"]


# The same findings by each door


def override(stack: cdk.Stack) -> None:
    made = task(stack, "Overridden", f"{ECR}/app:1")
    made.add_property_override("ContainerDefinitions.1", {"Name": "sidecar", "Image": "busybox"})


INCLUDED = """\
Conditions: {Own: !Equals [!Ref "AWS::Region", us-east-1]}
Resources:
  Included:
    Type: AWS::ECS::TaskDefinition
    Metadata: {"aws:cdk:path": Another/App/Task}
    Properties:
      Memory: 512
      ContainerDefinitions: [{Name: web, Image: !If [Own, nginx, GOOD]}]
"""


def build(folder: Path, context: dict[str, bool]) -> tuple[cdk.App, set[Found]]:
    """An app with images in all forms, good and bad."""
    app = cdk.App(context=context)
    shared = cdk.Stack(app, "Shared")
    repository = ecr.Repository(shared, "Repository", image_tag_mutability=ecr.TagMutability.IMMUTABLE)
    stack = cdk.Stack(app, "Stack")
    fixed = cdk.Stack(app, "Fixed", env=cdk.Environment(account="123456789012", region="us-east-1"))
    stage = cdk.Stage(app, "Stage", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    nested = cdk.NestedStack(stack, "Nested")
    deep = cdk.NestedStack(nested, "Deep")
    staged = cdk.Stack(stage, "Staged")
    own = ecr.Repository(stack, "Repository")

    def good(scope: Construct, id: str, image: ecs.ContainerImage) -> None:
        ecs.FargateTaskDefinition(scope, id).add_container("web", image=image)

    good(stack, "SameStack", ecs.ContainerImage.from_ecr_repository(own, "1"))
    good(stack, "CrossStack", ecs.ContainerImage.from_ecr_repository(repository, "1"))
    good(nested, "Parents", ecs.ContainerImage.from_ecr_repository(own, "1"))
    good(nested, "Own", ecs.ContainerImage.from_ecr_repository(ecr.Repository(nested, "Repository"), "1"))
    good(deep, "CrossStack", ecs.ContainerImage.from_ecr_repository(repository, "1"))
    good(staged, "Own", ecs.ContainerImage.from_ecr_repository(ecr.Repository(staged, "Repository"), "1"))
    good(fixed, "Own", ecs.ContainerImage.from_ecr_repository(ecr.Repository(fixed, "Repository"), "1"))
    for scope in (stack, nested, fixed, staged):
        named = ecr.Repository.from_repository_name(scope, "Named", "team/app")
        arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
        good(scope, "ImportedByName", ecs.ContainerImage.from_ecr_repository(named, "1"))
        by_arn = ecr.Repository.from_repository_arn(scope, "ByArn", arn)
        good(scope, "ImportedByArn", ecs.ContainerImage.from_ecr_repository(by_arn, "1"))
        (folder / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
        good(scope, "Asset", ecs.ContainerImage.from_asset(str(folder)))
        good(scope, "Reference", ecs.ContainerImage.from_registry(f"{ECR}/app:1"))

    expected = set()
    for scope in (stack, nested, deep, fixed, staged):
        file = scope.template_file
        path = f"assembly-Stage/{file}" if scope is staged else file
        bad = task(scope, "Bad")
        override(scope)
        expected |= {
            Found("unqualified-image", path, stack.resolve(bad.logical_id), IMAGE, NGINX),
            Found(
                "unqualified-image",
                path,
                "Overridden",
                "Properties.ContainerDefinitions[1].Image",
                "container 'sidecar': image 'busybox' has no ECR registry",
            ),
        }
    (folder / "included.yaml").write_text(INCLUDED.replace("GOOD", f"{ECR}/app:1"), encoding="utf-8")
    cfn_include.CfnInclude(staged, "Include", template_file=str(folder / "included.yaml"))
    cfn_include.CfnInclude(stack, "Include", template_file=str(folder / "included.yaml"))
    # The stage is of another region than the bad branch.
    expected.add(Found("unqualified-image", stack.template_file, "Included", f"{IMAGE}.Fn::If[1]", NGINX))
    return app, expected


DOORS = {
    "plugin": lambda app: cdk.Validations.of(app).add_plugins(EcrEcsChecks(ignore=ELSE)),
    "aspect": lambda app: cdk.Aspects.of(app).add(EcrEcsChecks(ignore=ELSE)),
}


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="app by itself"),
        pytest.param(dict.fromkeys(("aws:cdk:enable-asset-metadata", "aws:cdk:enable-path-metadata"), True), id="cdk"),
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_same_findings_by_each_door(tmp_path: Path, door: str, context: dict[str, bool]) -> None:
    app, expected = build(tmp_path, context)
    DOORS[door](app)
    reported = [
        Found(
            one["ruleName"],
            place["cloudFormationResource"]["templatePath"],
            place["cloudFormationResource"]["logicalId"],
            location,
            one["description"],
        )
        for one in violations(app)
        for place in one["violatingConstructs"]
        for location in place["cloudFormationResource"]["propertyPaths"]
    ]
    assert sorted(reported) == sorted(expected)
    command = subprocess.run(
        [sys.executable, "-m", "ecr_ecs_constructs", "check", app.outdir, "--format=json", "--rule=unqualified-image"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert command.returncode == 1
    told = [
        Found(
            one["rule"],
            str(Path(one["template"]).relative_to(app.outdir)),
            one["logical_id"],
            one["location"],
            one["message"],
        )
        for one in json.loads(command.stdout)["findings"]
    ]
    assert sorted(told) == sorted(expected)


# Acknowledgements and options


def acknowledge(scope: Construct, rule: str = "unqualified-image") -> None:
    cdk.Validations.of(scope).acknowledge(cdk.Acknowledgment(id=f"ecr-ecs::{rule}", reason="mirrored by the host"))


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        pytest.param(lambda s: acknowledge(s.app), [], id="on the app"),
        pytest.param(lambda s: acknowledge(s.stage), ALL[:4], id="on a stage"),
        pytest.param(lambda s: acknowledge(s.stack), ALL[3:], id="on a stack"),
        pytest.param(lambda s: acknowledge(s.nested), [ALL[0], *ALL[2:]], id="on a nested stack"),
        pytest.param(lambda s: acknowledge(s.construct), ALL[1:], id="on a construct"),
        pytest.param(lambda s: acknowledge(s.task), ALL[1:], id="on a resource"),
        pytest.param(lambda s: acknowledge(s.app, "floating-tag"), ALL, id="another rule"),
        pytest.param(
            lambda s: s.task.add_metadata(
                "ecr-ecs-constructs", {"acknowledge": {"unqualified-image": "mirrored by the host"}}
            ),
            ALL[1:],
            id="in the template",
        ),
    ],
)
def test_acknowledged(add: Callable[[Scopes], None], expected: list[str]) -> None:
    made = scopes()
    cdk.Validations.of(made.app).add_plugins(EcrEcsChecks(ignore=ELSE))
    add(made)
    assert [place for place in places(made.app) if place] == expected


def one(image: str, env: cdk.Environment | None = None, **options: Any) -> list[tuple[str, str]]:
    """Rule and severity of what is found of an image."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=env)
    cdk.CfnParameter(stack, "Free")
    task(stack, "Task", image)
    cdk.Validations.of(app).add_plugins(EcrEcsChecks(**{"ignore": [], **options}))
    images = [rule.id for rule in RULES if rule.id.endswith("-image") or rule.id == "floating-tag"]
    return [(found["ruleName"], found["severity"]) for found in violations(app) if found["ruleName"] in images]


FREE = cdk.Fn.ref("Free")
HOME = cdk.Environment(account="123456789012", region="us-east-1")


@pytest.mark.parametrize(
    ("image", "env", "options", "expected"),
    [
        pytest.param(f"{ECR}/app:1", None, {}, [], id="good"),
        pytest.param("nginx", None, {}, [("unqualified-image", "error")], id="bad"),
        pytest.param(FREE, None, {}, [("unverifiable-image", "error")], id="unknown"),
        pytest.param(
            FREE, None, {"fail_on_unknown": False}, [("unverifiable-image", "warning")], id="unknown does not fail"
        ),
        pytest.param("nginx", None, {"fail_on_unknown": False}, [("unqualified-image", "error")], id="bad still fails"),
        pytest.param(f"{ECR}/app:latest", None, {}, [("floating-tag", "info")], id="info"),
        pytest.param(
            f"{ECR}/app:1",
            cdk.Environment(account="123456789012", region="eu-west-1"),
            {},
            [("cross-region-image", "warning")],
            id="warning",
        ),
        pytest.param("nginx", None, {"ignore": ["unqualified-image"]}, [], id="ignored"),
        pytest.param("public.ecr.aws/nginx/nginx:1", None, {}, [("unqualified-image", "error")], id="public gallery"),
        pytest.param(
            "public.ecr.aws/nginx/nginx:1", None, {"allow_public_gallery": True}, [], id="public gallery allowed"
        ),
        pytest.param(f"{ECR}/app:1", None, {"allowed_accounts": ["123456789012"]}, [], id="allowed account"),
        pytest.param(
            f"{ECR}/app:1",
            None,
            {"allowed_accounts": ["111111111111"]},
            [("foreign-registry-image", "error")],
            id="another account",
        ),
        pytest.param(
            f"{ECR}/app:1", None, {"allowed_accounts": []}, [("foreign-registry-image", "error")], id="no account"
        ),
        pytest.param(f"{ECR}/app:1", HOME, {"allowed_accounts": []}, [], id="own account"),
    ],
)
def test_options(
    image: str, env: cdk.Environment | None, options: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert one(image, env, **options) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            {"ignore": ["no-rule"]},
            "ignore must hold ids of rules, got 'no-rule': `ecr-ecs rules` lists them",
            id="rule",
        ),
        pytest.param(
            {"allowed_accounts": ["123456789012", "1234"]},
            "allowed_accounts must hold accounts of 12 digits, got '1234'",
            id="account",
        ),
        pytest.param(
            {"fail_on": "never"},
            "fail_on must be error, warning or info, got 'never': report_only=True fails nothing",
            id="severity",
        ),
        pytest.param(
            {"fail_on": "warn"},
            "fail_on must be error, warning or info, got 'warn': did you mean 'warning'?",
            id="slip in the severity",
        ),
        pytest.param(
            {"fail_on": "xyz"},
            "fail_on must be error, warning or info, got 'xyz': it is no severity",
            id="no severity",
        ),
        pytest.param(
            {"allowed_accounts": [1234]}, "allowed_accounts must hold accounts of 12 digits, got 1234", id="number"
        ),
        pytest.param(
            {"allowed_accounts": "123456789012"},
            "allowed_accounts must hold accounts of 12 digits, got '0'",
            id="one text",
        ),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        EcrEcsChecks(**options)


def test_plugin_tells_its_rules() -> None:
    checks = EcrEcsChecks(ignore=["floating-tag"])
    assert checks.name == "ecr-ecs"
    assert checks.version == __version__
    assert set(checks.rule_ids) == {rule.id for rule in RULES} - {"floating-tag"}


def test_description_does_not_steer_the_terminal() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    task(stack, "Task", "\x1b[31m")
    cdk.Validations.of(app).add_plugins(EcrEcsChecks(ignore=ELSE))
    assert "\x1b" not in "".join(found["description"] for found in violations(app))


# Brought along by the constructs of this library


def test_one_plugin_serves_an_app(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    add_plugins = cdk.Validations.add_plugins

    def add(self: cdk.Validations, *plugins: cdk.IPolicyValidationPlugin) -> None:
        registered.extend(plugins)
        add_plugins(self, *plugins)

    monkeypatch.setattr(cdk.Validations, "add_plugins", add)
    made = scopes()
    for scope in (made.construct, made.nested, made.stage):
        bring_along(scope)
    other = scopes()
    bring_along(other.stack)
    assert not registered  # CDK asks plugins in their order, and those of a team come first
    assert sorted(set(places(made.app))) == [*ALL[:2], ALL[4]]
    assert sorted(set(places(made.app))) == [*ALL[:2], ALL[4]]
    assert len(registered) == 1
    assert sorted(set(places(other.app))) == ALL[:3]
    assert len(registered) == 2


def test_app_that_has_still_to_look_up_a_network_is_synthesized() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    cluster = ecs.Cluster(stack, "Cluster", vpc=ec2.Vpc.from_lookup(stack, "Vpc", vpc_name="app"))
    definition = EcrFargateTaskDefinition(stack, "Task", cpu=256, memory_limit_mib=512)
    image = EcrImage.from_ecr_repository(EcrRepository(stack, "Repository"), tag="1")
    definition.add_container("web", image=image, logging=ecs.LogDrivers.aws_logs(stream_prefix="web"))
    EcrFargateService(stack, "Service", cluster=cluster, task_definition=definition)
    manifest = Path(app.synth().directory) / "manifest.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["missing"]


# As programs

PROGRAM = """\
import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from ecr_ecs_constructs.checks import EcrEcsChecks

app = cdk.App()
stack = cdk.Stack(app, "Stack")
ecs.CfnTaskDefinition(stack, "Task", memory="512", container_definitions=[{"name": "web", "image": "nginx"}])
cdk.Validations.of(app).add_plugins(EcrEcsChecks())
app.synth()
"""


def names_all(output: str) -> bool:
    """Whether an output names construct, container, image and reason."""
    return NGINX in output and "Stack/Task" in output


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(PROGRAM, encoding="utf-8")
    root = Path(__file__).parents[1]
    path = os.pathsep.join((str(Path(sys.executable).parent), str(root / "node_modules" / ".bin"), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(root), "CDK_HOME": str(folder), "CI": "true"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_program_raises(tmp_path: Path) -> None:
    done = run(tmp_path, sys.executable, "app.py")
    assert done.returncode == 1
    assert names_all(done.stderr)


@pytest.mark.slow
def test_cdk_synth_fails(tmp_path: Path) -> None:
    done = run(tmp_path, "cdk", "synth", "--quiet", "--app", f"{sys.executable} app.py")
    assert done.returncode == 1
    assert names_all(done.stderr + done.stdout)
