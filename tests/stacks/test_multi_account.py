"""The reference app in several accounts: proven by one call, deployed to the accounts of the emulator."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stage, pipelines
from aws_cdk import Stack as CdkStack
from aws_cdk import aws_ecr as ecr
from aws_cdk.assertions import Template

from demo.cdk import Stack, stacks_of
from ecr_ecs_constructs.cli.main import main
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.stacks.app import ReferenceApp
from ecr_ecs_constructs.stacks.multi_account import MultiAccountApp
from ecr_ecs_constructs.stacks.pipeline import PipelineStack
from ecr_ecs_constructs.stacks.reference import reference_app
from ecr_ecs_constructs.stacks.registry import RegistryStack
from tests.cfn_lint import errors
from tests.stacks.nag import answering
from tests.stacks.reference import CONTEXT, resources
from tests.support import line

TOOLS, STAGING, PRODUCTION = "111122223333", "222233334444", "333344445555"
STACKS = {
    "Registries-EcrEcsRegistry-eu-central-1": f"aws://{TOOLS}/eu-central-1",
    "Registries-EcrEcsRegistry-us-east-1": f"aws://{TOOLS}/us-east-1",
    **{
        f"Staging-EcrEcs{name}": f"aws://{STAGING}/eu-central-1" for name in ("Cluster", "Ec2Service", "FargateService")
    },
    **{
        f"Production-EcrEcs{name}": f"aws://{PRODUCTION}/us-east-1"
        for name in ("Cluster", "Ec2Service", "FargateService")
    },
    "EcrEcsPipeline": f"aws://{TOOLS}/eu-central-1",
    "EcrEcsPipeline-support-us-east-1": f"aws://{TOOLS}/us-east-1",
}
SNAPSHOT = Path(__file__).resolve().parents[1] / "snapshots" / "MultiAccount.json"


def made(folder: Path, **settings: object) -> tuple[MultiAccountApp, set[tuple[str, str]]]:
    """The app with some settings changed, synthesized, and what cdk-nag finds without an answer, or the other way."""
    changed = {f"ecr-ecs:{name}": value for name, value in settings.items()}
    with answering() as unanswered:
        app = MultiAccountApp(context=CONTEXT | changed, outdir=str(folder))
        return app, unanswered(app)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, str]]]:
    folder = tmp_path_factory.mktemp("accounts")
    return folder, made(folder)[1]


@pytest.fixture(scope="module")
def assembly(default: tuple[Path, set[tuple[str, str]]]) -> Path:
    return default[0]


@pytest.fixture(scope="module")
def stacks(assembly: Path) -> dict[str, Stack]:
    return dict(stacks_of(assembly))


def body(stacks: dict[str, Stack], name: str) -> dict[str, Any]:
    return stacks[name].template


def test_each_finding_of_nag_has_an_answer(default: tuple[Path, set[tuple[str, str]]]) -> None:
    assert default[1] == set()


def test_proven_by_one_call(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(assembly), "--require", "proven"]) == 0
    *_, containers, findings = capsys.readouterr().out.splitlines()
    assert containers.endswith(": 6 proven, 0 broken, 0 unknown")
    assert findings == "0 errors, 0 warnings, 0 info"


def test_environments(stacks: dict[str, Stack]) -> None:
    assert {name: str(stack.environment) for name, stack in stacks.items()} == STACKS


@pytest.mark.parametrize(
    ("stack", "region", "images"),
    [
        pytest.param("Staging-EcrEcsEc2Service", "eu-central-1", ["ecr-ecs/app:1.0.0"], id="in the home region"),
        pytest.param("Production-EcrEcsEc2Service", "us-east-1", ["ecr-ecs/app:1.0.0"], id="from a copy"),
        pytest.param(
            "Production-EcrEcsFargateService",
            "us-east-1",
            ["ecr-ecs/app:1.0.0", "ecr-public/nginx/nginx:1.27"],
            id="from a copy and a cache",
        ),
    ],
)
def test_images(stacks: dict[str, Stack], stack: str, region: str, images: list[str]) -> None:
    (task,) = resources(body(stacks, stack), "AWS::ECS::TaskDefinition")
    registry = f"{TOOLS}.dkr.ecr.{region}."
    found = [line(container["Image"]) for container in task["ContainerDefinitions"]]
    assert [image.partition("/")[2] for image in found] == images
    assert all(image.startswith(registry) for image in found)


def test_copies_go_to_the_other_region(stacks: dict[str, Stack]) -> None:
    home, copies = (body(stacks, f"Registries-EcrEcsRegistry-{region}") for region in ("eu-central-1", "us-east-1"))
    (replication,) = resources(home, "AWS::ECR::ReplicationConfiguration")
    (rule,) = replication["ReplicationConfiguration"]["Rules"]
    assert rule["Destinations"] == [{"Region": "us-east-1", "RegistryId": TOOLS}]
    assert resources(copies, "AWS::ECR::Repository") == []
    templates = resources(copies, "AWS::ECR::RepositoryCreationTemplate")
    assert sorted((each["Prefix"], *each["AppliedFor"]) for each in templates) == [
        ("ecr-ecs", "REPLICATION"),
        ("ecr-public", "PULL_THROUGH_CACHE"),
    ]


def test_pipeline(stacks: dict[str, Stack]) -> None:
    template = body(stacks, "EcrEcsPipeline")
    (pipeline,) = resources(template, "AWS::CodePipeline::Pipeline")
    actions = {stage["Name"]: [each["Name"] for each in stage["Actions"]] for stage in pipeline["Stages"]}
    assert list(actions) == ["Source", "Build", "UpdatePipeline", "Assets", "Registries", "Staging", "Production"]
    assert actions["Staging"][0] == "ImageForStaging"
    assert actions["Production"][:2] == ["ApproveProduction", "ImageForProduction"]
    commands = {
        command
        for project in resources(template, "AWS::CodeBuild::Project")
        for phase in json.loads(line(project["Source"]["BuildSpec"])).get("phases", {}).values()
        for command in phase.get("commands", ())
    }
    assert {
        "ecr-ecs check cdk.out --require proven",
        f"aws ecr describe-images --region us-east-1 --registry-id {TOOLS} --repository-name ecr-ecs/app "
        "--image-ids imageTag=1.0.0",
    } <= commands
    (synth,) = [command for command in commands if command.startswith("cdk synth")]
    assert "--context 'ecr-ecs:reference=multi-account' " in synth
    assert f"--context 'ecr-ecs:production={PRODUCTION}/us-east-1'" in synth


@pytest.mark.parametrize("name", [name for name in STACKS if not name.startswith("Production")])
def test_cfn_lint_finds_no_error(stacks: dict[str, Stack], name: str) -> None:
    found = errors(json.dumps(body(stacks, name)), stacks[name].environment.region)
    # Within the action of a pipeline, cfn-lint counts a hint about style as an error.
    assert [each for each in found if "(Prefer using Fn::Sub over Fn::Join" not in each] == []


def test_snapshot(stacks: dict[str, Stack]) -> None:
    """`UPDATE_SNAPSHOTS=1 pytest tests/stacks` writes the snapshot anew: registries in full, of the rest the ids."""
    now = {
        name: stack.template
        if name.startswith("Registries")
        else {id_: each["Type"] for id_, each in stack.template["Resources"].items()}
        for name, stack in stacks.items()
    }
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8")), "UPDATE_SNAPSHOTS=1 pytest tests/stacks accepts it"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(
            {
                "tools": f"{TOOLS}/eu-central-1",
                "staging": f"{TOOLS}/eu-central-1",
                "production": f"{TOOLS}/eu-central-1",
                "image_digest": "sha256:" + "0" * 64,
                "instance_type": "c7g.large",
                "repository_name": "app",
            },
            id="one account and region, by digest, on Arm",
        ),
        pytest.param(
            {"tools": f"{TOOLS}/us-west-2", "repository_name": "app"},
            id="tools in a region of their own, a name without a namespace",
            marks=pytest.mark.long,
        ),
        pytest.param(
            dict.fromkeys(("tools", "staging"), f"{TOOLS}/cn-north-1") | {"production": f"{STAGING}/cn-northwest-1"},
            id="China",
            marks=pytest.mark.long,
        ),
    ],
)
def test_other_settings(settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(tmp_path, **settings)[1] == set()
    assert main(["check", str(tmp_path), "--require", "proven"]) == 0
    assert "6 proven, 0 broken, 0 unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "kind"),
    [(None, ReferenceApp), ("single-account", ReferenceApp), ("multi-account", MultiAccountApp)],
)
def test_choice(name: str | None, kind: type[App]) -> None:
    assert type(reference_app(context={"ecr-ecs:reference": name} if name else {})) is kind


def test_no_such_app() -> None:
    with pytest.raises(
        ValueError, match=r"^context 'ecr-ecs:reference' must be one of single-account, multi-account, "
    ) as refused:
        reference_app(context={"ecr-ecs:reference": "two"})
    assert str(refused.value).endswith("got 'two': there is no such app")


class TwoRepositories(RegistryStack):
    def create_repository(self, repository_name: str, pull_accounts: Sequence[str]) -> ecr.Repository:
        EcrRepository(self, "Base", repository_name="base", pull_accounts=pull_accounts)
        return super().create_repository(repository_name, pull_accounts)


def test_hook_for_the_repository() -> None:
    stack = TwoRepositories(
        App(),
        "Registry",
        repository_name="app",
        pull_accounts=[STAGING],
        copies_to=[],
        env=Environment(account=TOOLS, region="eu-central-1"),
    )
    names = [each["RepositoryName"] for each in resources(Template.from_stack(stack).to_json(), "AWS::ECR::Repository")]
    assert sorted(names) == ["app", "base"]


class FromGitHub(PipelineStack):
    def create_source(self) -> pipelines.IFileSetProducer:
        arn = "arn:aws:codestar-connections:eu-central-1:111122223333:connection/1"
        return pipelines.CodePipelineSource.connection("team/app", "main", connection_arn=arn)


def test_hook_for_the_source() -> None:
    stack = FromGitHub(App(), "Pipeline", context={}, env=Environment(account=TOOLS, region="eu-central-1"))
    stage = Stage(stack, "Stage", env=Environment(account=TOOLS, region="eu-central-1"))
    ecr.CfnRepository(CdkStack(stage, "Images"), "Repository")
    stack.add_stage(stage)
    (pipeline,) = resources(Template.from_stack(stack).to_json(), "AWS::CodePipeline::Pipeline")
    assert pipeline["Stages"][0]["Actions"][0]["ActionTypeId"]["Provider"] == "CodeStarSourceConnection"
