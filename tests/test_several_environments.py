"""Cloud assemblies, or folders, that define the same are of several environments, of which none sees another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.reading import parse
from ecr_ecs_constructs.cluster import EcsCluster
from ecr_ecs_constructs.image import EcrImage
from ecr_ecs_constructs.network import EcrVpcEndpoints
from ecr_ecs_constructs.pull.facts import Facts, Policy
from ecr_ecs_constructs.repository import EcrRepository
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.judge import judge
from ecr_ecs_constructs.service import EcrFargateService
from ecr_ecs_constructs.task_definition import EcrFargateTaskDefinition
from ecr_ecs_constructs.testing import findings
from tests import readme
from tests.test_bases import BASES, TODAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr_ecs_constructs.rules.judge import Report

ANYWHERE = "aws://unknown-account/unknown-region"
FIRST, SECOND = "aws://123456789012/us-east-1", "aws://123456789012/eu-west-1"
OTHER_ACCOUNT = "aws://210987654321/us-east-1"
OWN = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"

Body = dict[str, Any]


class Stack(NamedTuple):
    """A stack of a cloud assembly."""

    name: str
    body: Body
    environment: str = ANYWHERE


def resources(**given: Body) -> Body:
    return {"Resources": given}


def named(type_: str, **properties: Any) -> Body:
    return {"Type": type_, "Properties": properties}


def repository(name: str = "shop/web", **more: Any) -> Body:
    return named("AWS::ECR::Repository", RepositoryName=name, **more)


def joined(*bodies: Body) -> Body:
    """One template of the sections of several."""
    sections = {key for body in bodies for key in body}
    return {key: {name: part for body in bodies for name, part in body.get(key, {}).items()} for key in sections}


def service(image: object = None) -> Body:
    """A service that is proven where the repository of its image is; it names that by its name alone."""
    body: Any = parse((BASES / "public-fargate.yaml").read_text(encoding="utf-8"), BASES)
    parts = body["Resources"]
    (web, _) = parts["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    web["Image"] = image or {"Fn::Sub": f"{OWN}/shop/web:1"}
    parts["TaskDefinition"]["Properties"]["ContainerDefinitions"] = [web]
    return {"Resources": {name: part for name, part in parts.items() if "Repository" not in name}}


def write(folder: Path, stacks: list[Stack] | dict[str, Body]) -> None:
    """Write a cloud assembly of stacks, or a folder of templates."""
    folder.mkdir(parents=True)
    if isinstance(stacks, dict):
        for name, body in stacks.items():
            (folder / name).write_text(json.dumps(body), encoding="utf-8")
        return
    artifacts = {}
    for stack in stacks:
        file = f"{stack.name}.template.json"
        (folder / file).write_text(json.dumps(stack.body), encoding="utf-8")
        artifacts[stack.name] = {
            "type": "aws:cloudformation:stack",
            "environment": stack.environment,
            "properties": {"templateFile": file},
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")


def judged(folder: Path, apps: Mapping[str, list[Stack] | dict[str, Body]], *given: str) -> Report:
    """The report on assemblies and folders of some names, which messages call by these alone."""
    for name, stacks in apps.items():
        write(folder / name, stacks)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return judge(load(given or [*apps]), Policy(today=TODAY))


def verdicts(report: Report) -> dict[str, str]:
    """By its folder, the verdict of each container, and the first link that does not hold with where that is so."""
    found = {}
    for container in report.containers:
        bad = [link for link in container.links if link.verdict.value not in ("holds", "not-applicable")]
        told = [f"{link.name} {link.verdict.value} {where(link.evidence)}".strip() for link in bad]
        found[str(Path(container.template).parent)] = next(iter(told), container.verdict)
    return found


def where(evidence: str) -> str:
    """The words of a link's evidence that say in which environment it is so."""
    return evidence.partition(":")[0] if evidence.startswith("where ") else ""


LOGS = resources(Logs=named("AWS::Logs::LogGroup", LogGroupName="/shop"))
EXPORTED = {"Outputs": {"Shop": {"Value": "shop", "Export": {"Name": "shop"}}}}
GROUP = resources(Open=named("AWS::EC2::SecurityGroup", GroupName="shop", GroupDescription="shop"))
TOPIC = resources(Topic=named("AWS::SNS::Topic", TopicName="shop"))
QUEUE = resources(Queue=named("AWS::SQS::Queue", QueueName="shop"))
GIVEN = {
    "Parameters": {"Name": {"Type": "String"}},
    **resources(Logs=named("AWS::Logs::LogGroup", LogGroupName={"Ref": "Name"})),
}
REPOSITORY = resources(Web=repository())
NESTED = resources(Nested=named("AWS::CloudFormation::Stack", TemplateURL="nested.json"))


def app(*more: Body, name: str = "Service", environment: str = ANYWHERE, image: object = None) -> list[Stack]:
    return [Stack(name, joined(service(image), *more), environment)]


def images(*more: Body, name: str = "Images", environment: str = ANYWHERE) -> list[Stack]:
    return [Stack(name, joined(REPOSITORY, *more), environment)]


FOLDER = {"web.json": joined(service(), LOGS)}
OF_FIRST = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1"


@pytest.mark.parametrize(
    ("one", "other", "sees"),
    [
        pytest.param(app(), images(), True, id="nothing in common"),
        pytest.param(app(name="Shop"), images(name="Shop"), False, id="stack"),
        pytest.param(app(EXPORTED), images(EXPORTED), False, id="export"),
        pytest.param(app(LOGS), images(LOGS), False, id="log group"),
        pytest.param(app(TOPIC), images(TOPIC), False, id="topic"),
        pytest.param(app(GROUP), images(GROUP), False, id="security group of the default VPC"),
        pytest.param(app(TOPIC), images(QUEUE), True, id="one name of two types"),
        pytest.param(app(GIVEN), images(GIVEN), True, id="names that are given at deployment"),
        pytest.param(
            app(LOGS, environment=FIRST), images(LOGS, environment=FIRST), False, id="in one account and region"
        ),
        pytest.param(app(LOGS), images(LOGS, environment=FIRST), False, id="in an account and region, and anywhere"),
        pytest.param(
            app(LOGS, environment=SECOND, image=OF_FIRST),
            images(LOGS, environment=FIRST),
            True,
            id="in two regions",
        ),
        pytest.param(
            app(LOGS, environment=SECOND, image=OF_FIRST, name="Shop"),
            images(LOGS, environment=FIRST, name="Shop"),
            True,
            id="stack in two regions",
        ),
        pytest.param(app(LOGS), {"images.json": joined(REPOSITORY, LOGS)}, False, id="assembly and folder"),
        pytest.param(app(), {"images.json": REPOSITORY}, True, id="assembly and folder with nothing in common"),
        pytest.param(FOLDER, {"images.json": joined(REPOSITORY, LOGS)}, False, id="folders"),
        pytest.param(
            {"web.json": joined(service(), NESTED), "nested.json": LOGS},
            {"images.json": joined(REPOSITORY, NESTED), "nested.json": LOGS},
            False,
            id="nested stacks",
        ),
    ],
)
def test_what_defines_the_same_is_apart(tmp_path: Path, one: Any, other: Any, sees: bool) -> None:
    expected = {"one": "proven" if sees else "repository unknown"}
    assert verdicts(judged(tmp_path, {"one": one, "other": other})) == expected
    assert verdicts(judged(tmp_path / "turned", {"other": other, "one": one})) == expected


def test_templates_that_are_given_one_by_one_are_together(tmp_path: Path) -> None:
    apps: Any = {"one": FOLDER, "other": {"images.json": joined(REPOSITORY, LOGS)}}
    assert verdicts(judged(tmp_path, apps, "one/web.json", "other/images.json")) == {"one": "proven"}


def test_a_name_twice_in_one_assembly_is_no_environment(tmp_path: Path) -> None:
    stacks = [Stack("Web", joined(service(), REPOSITORY), FIRST), Stack("Images", REPOSITORY, FIRST)]
    (container,) = judged(tmp_path, {"app": stacks}).containers
    said = [link.evidence for link in container.links if link.name == "placement"]
    assert said == ["Web and Web have both RepositoryName shop/web"]


DENIED = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}]}
CLOSED = resources(Web=repository(RepositoryPolicyText=DENIED))
WHOLE = joined(service(), REPOSITORY)
BOTH = {"dev": "proven", "prod": "proven"}


def exported(tag: str) -> Body:
    uri = {"Fn::Sub": f"${{Web.RepositoryUri}}:{tag}"}
    return {"Outputs": {"Image": {"Value": uri, "Export": {"Name": "image"}}}}


def stack(name: str, *bodies: Body, environment: str = ANYWHERE) -> list[Stack]:
    return [Stack(name, joined(*bodies), environment)]


@pytest.mark.parametrize(
    ("apps", "expected"),
    [
        pytest.param({"dev": stack("Dev", WHOLE), "prod": stack("Prod", WHOLE)}, BOTH, id="one repository in each"),
        pytest.param(
            {"dev": stack("Shop", WHOLE, environment=FIRST), "prod": stack("Shop", WHOLE, environment=FIRST)},
            BOTH,
            id="one repository in each, of one account and region",
        ),
        pytest.param(
            {"dev": stack("Shop", WHOLE, environment=FIRST), "prod": stack("Shop", WHOLE, environment=OTHER_ACCOUNT)},
            BOTH,
            id="one repository in each, of two accounts",
        ),
        pytest.param(
            {"dev": stack("Dev", WHOLE), "prod": stack("Prod", WHOLE, CLOSED)},
            {"dev": "proven", "prod": "permission broken"},
            id="broken in one",
        ),
        pytest.param(
            {"images": images(), "dev": app(LOGS, name="Dev"), "prod": app(LOGS, name="Prod")},
            BOTH,
            id="repository that both see",
        ),
        pytest.param(
            {"logs": stack("Logs", LOGS), "dev": stack("Dev", WHOLE), "prod": stack("Prod", WHOLE, LOGS)},
            BOTH,
            id="two assemblies of one environment, the other in one",
        ),
        pytest.param(
            {"logs": stack("Logs", LOGS, REPOSITORY), "dev": app(TOPIC), "prod": stack("Prod", WHOLE, LOGS, TOPIC)},
            BOTH,
            id="service and repository of one environment in two assemblies",
        ),
        pytest.param(
            {"dev": images(name="Dev"), "prod": images(name="Prod"), "web": app()},
            {"web": "proven"},
            id="service of both",
        ),
        pytest.param(
            {"dev": images(name="Dev"), "test": images(name="Test"), "prod": images(name="Prod"), "web": app()},
            {"web": "proven"},
            id="service of three",
        ),
        pytest.param(
            {
                "web": app(),
                "logs": stack("Logs", LOGS, REPOSITORY),
                "topic": stack("Topic", TOPIC),
                "prod": stack("Prod", REPOSITORY, LOGS, TOPIC),
            },
            {"web": "proven"},
            id="service of both, one of them of two assemblies",
        ),
        pytest.param(
            {"dev": images(name="Dev"), "prod": stack("Prod", CLOSED), "web": app()},
            {"web": "permission broken where dev is not deployed"},
            id="service of both, broken in one",
        ),
        pytest.param(
            {"dev": images(LOGS, name="Dev"), "prod": stack("Prod", LOGS), "web": app()},
            {"web": "repository unknown where dev is not deployed"},
            id="service of both, with a repository in one",
        ),
        pytest.param(
            {
                "dev": images(exported("1"), name="Dev"),
                "prod": images(exported("2"), name="Prod"),
                "web": app(image={"Fn::ImportValue": "image"}),
            },
            {"web": "proven"},
            id="service of both that imports what each exports",
        ),
        pytest.param(
            {
                "dev": images(exported("1"), name="Shop"),
                "prod": images(exported("2"), name="Shop"),
                "web": app(image={"Fn::GetStackOutput": {"StackName": "Shop", "OutputName": "Image"}}),
            },
            {"web": "proven"},
            id="service of both that gets the output of each",
        ),
    ],
)
def test_environments(tmp_path: Path, apps: Any, expected: dict[str, str]) -> None:
    assert verdicts(judged(tmp_path, apps)) == expected


def test_an_acknowledgement_is_about_its_own_assembly(tmp_path: Path) -> None:
    apps: Any = {name: app(name=name, image="nginx") for name in ("Dev", "Prod")}
    for stacks in apps.values():
        stacks[0].body["Resources"]["TaskDefinition"]["Metadata"] = {"aws:cdk:path": "Shop/Task/Resource"}
    for name, stacks in apps.items():
        write(tmp_path / name, stacks)
    manifest = json.loads((tmp_path / "Dev" / "manifest.json").read_text())
    accepted = {"type": "aws:cdk:acknowledged-rules", "data": {"ecr-ecs::unqualified-image": "only there"}}
    manifest["artifacts"]["Dev"]["metadata"] = {"/Shop/Task": [accepted]}
    (tmp_path / "Dev" / "manifest.json").write_text(json.dumps(manifest))
    report = judge(load([tmp_path / name for name in apps]), Policy(today=TODAY))
    reasons = [each.acknowledged for each in report.findings if each.rule == "unqualified-image"]
    assert reasons == ["only there", None]


@pytest.mark.parametrize("levels", [("Stages/Dev", "Stages/Prod"), ("Dev", "Prod")], ids=["one in each", "one app"])
def test_nested_assemblies(tmp_path: Path, levels: Sequence[str]) -> None:
    """The stages of a pipeline."""
    write(tmp_path / "cdk.out", stack("Pipeline", LOGS))
    manifest = {"artifacts": json.loads((tmp_path / "cdk.out" / "manifest.json").read_text())["artifacts"]}
    for level in levels:
        write(tmp_path / "cdk.out" / level, stack("Web", WHOLE))
        manifest["artifacts"][level] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": level}}
    (tmp_path / "cdk.out" / "manifest.json").write_text(json.dumps(manifest))
    assert [each.verdict for each in judge(load([tmp_path / "cdk.out"])).containers] == ["proven", "proven"]


DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}]}
CONTROL = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:any"
ANY = {"Fn::ImportValue": "any"}
COPIES = {"Rules": [{"Destinations": [{"Region": "eu-west-1", "RegistryId": "123456789012"}]}]}
CACHED = {"Prefix": "ROOT", "AppliedFor": ["PULL_THROUGH_CACHE"], "RepositoryPolicy": json.dumps(DENY)}
POISON = resources(
    Anything=named("Custom::Anything", ServiceToken=LAMBDA, Of=ANY),
    Block=named("AWS::EC2::VPCBlockPublicAccessOptions", InternetGatewayBlockMode="block-bidirectional"),
    Cache=named("AWS::ECR::PullThroughCacheRule", EcrRepositoryPrefix="shop", UpstreamRegistryUrl="public.ecr.aws"),
    Caches=named("AWS::ECR::RepositoryCreationTemplate", **CACHED),
    Control=named("AWS::Organizations::Policy", Type="SERVICE_CONTROL_POLICY", Content=CONTROL, TargetIds=["r-abcd"]),
    Policy=named("AWS::ECR::RegistryPolicy", PolicyText=DENY),
    Replicas=named("AWS::ECR::ReplicationConfiguration", ReplicationConfiguration=COPIES),
    Scans=named("AWS::ECR::RegistryScanningConfiguration", ScanType="BASIC", Rules=[]),
    Sizes=named("AWS::AutoScaling::ScheduledAction", AutoScalingGroupName=ANY, MinSize=0, MaxSize=0),
)
"""All that says something about everything else in its account."""

ALONE = sorted(file.name for file in BASES.glob("*.yaml"))


@pytest.mark.parametrize("base", ALONE)
def test_nothing_is_seen_of_another_environment(base: str, tmp_path: Path) -> None:
    bodies: dict[str, Any] = {name: parse((BASES / name).read_text("utf-8"), BASES) for name in ALONE}
    others = [Stack(name.removesuffix(".yaml"), body) for name, body in bodies.items()]
    apps: Any = {"dev": [Stack("Shop", bodies[base])], "prod": [Stack("Shop", POISON), *others]}
    alone = judged(tmp_path, apps, "dev")
    with_others = judged(tmp_path / "both", apps)
    told = [each for each in with_others.findings if Path(each.template).parent.name == "dev"]
    assert with_others.containers[: len(alone.containers)] == alone.containers
    assert told == [*alone.findings]


def test_the_reference_app_twice_is_as_each_alone(tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        shutil.copytree(readme.assembly(), tmp_path / name)
    paths = [tmp_path / "dev", tmp_path / "prod"]
    both = judge(load(paths))
    dev, prod = (judge(load([path])) for path in paths)
    assert {container.verdict for container in both.containers} == {"proven"}
    assert both.containers == (*dev.containers, *prod.containers)
    assert both.findings == (*dev.findings, *prod.findings)


def stage(app: cdk.App, name: str) -> None:
    """A stage that is like any other of its app but for its name."""
    within = cdk.Stage(app, name)
    repository = EcrRepository(cdk.Stack(within, "Images"), "Repository", repository_name="team/app")
    stack = cdk.Stack(within, "Web")
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    cluster = EcsCluster(stack, "Cluster", vpc=ec2.Vpc(stack, "Vpc", max_azs=2, subnet_configuration=[isolated]))
    EcrVpcEndpoints(stack, "Endpoints", vpc=cluster.vpc)
    task = EcrFargateTaskDefinition(stack, "Task")
    by_name = EcrRepository.from_repository_name(stack, "ByName", "team/app")
    task.add_container("app", image=EcrImage.from_ecr_repository(repository, "1"))
    task.add_container("sidecar", image=EcrImage.from_ecr_repository(by_name, "2"), essential=False)
    EcrFargateService(stack, "Service", cluster=cluster, task_definition=task)


def test_stages_of_one_app() -> None:
    app = cdk.App()
    stage(app, "Dev")
    stage(app, "Prod")
    assert [str(finding) for finding in findings(app) if finding.rule != "floating-tag"] == []
    assert [container.verdict for container in judge(load([app.outdir])).containers] == ["proven"] * 4


def test_environments_cost_what_their_templates_do(tmp_path: Path) -> None:
    steps: list[int] = []
    for count in (5, 10, 20):
        for number in range(len(steps) and count // 2, count):
            shutil.copytree(readme.assembly(), tmp_path / str(number))
        facts = Facts(load([tmp_path / str(number) for number in range(count)]), Policy())
        for rule in RULES:
            _ = [*rule.check(facts)]
        steps.append(facts.worlds.steps)
    assert steps[2] - steps[1] <= 2 * (steps[1] - steps[0])
