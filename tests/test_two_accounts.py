# ruff: noqa: E501 - in a table, a case is a line
"""A registry of one account and a service of another: what each pull rests on, taken away in turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from ecr_ecs_constructs import (
    EcrFargateService,
    EcrFargateTaskDefinition,
    EcrImage,
    EcrPullThroughCache,
    EcrRegistryPolicy,
    EcrReplication,
    EcrRepository,
    EcrRepositoryTemplate,
    EcrUpstream,
    EcsCluster,
)
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.rules.judge import judge

if TYPE_CHECKING:
    from pathlib import Path

    from ecr_ecs_constructs.rules.judge import ContainerReport, Report

TOOLS, SHOP = "111122223333", "999988887777"
HERE, THERE = "eu-central-1", "eu-west-1"

STACKS, WAYS = ("Tools", "Shop"), ("direct", "cached", "replica")
Bodies = dict[str, dict[str, Any]]
"""The templates by their stacks."""

Change = Callable[[Bodies], None]
"""Changes them."""


def make(app: cdk.App) -> None:
    """Make a repository, a cache and a replication in the account of the tools, and a service that pulls by each."""
    tools = cdk.Stack(app, "Tools", env=cdk.Environment(account=TOOLS, region=HERE))
    repository = EcrRepository(tools, "Repository", repository_name="team/app", pull_accounts=[SHOP])
    cache = EcrPullThroughCache(tools, "Cache", upstream=EcrUpstream.public_gallery(), pull_accounts=[SHOP])
    EcrRegistryPolicy(tools, "Policy", import_accounts=[SHOP])
    EcrReplication(tools, "Replication", regions=[THERE], accounts=[SHOP], repository_filters=["team/"])

    shop = cdk.Stack(app, "Shop", env=cdk.Environment(account=SHOP, region=THERE))
    policy = EcrRegistryPolicy(shop, "Policy", replication_accounts=[TOOLS])
    EcrRepositoryTemplate(shop, "Template", prefix="team", applied_for=["REPLICATION"])
    task = EcrFargateTaskDefinition(shop, "Task")
    task.add_container("direct", image=EcrImage.from_ecr_repository(repository, "1"))
    task.add_container("cached", image=cache.image("nginx/nginx", "1.27"))
    task.add_container("replica", image=f"{SHOP}.dkr.ecr.{THERE}.amazonaws.com/team/app:1")
    vpc = ec2.Vpc(shop, "Vpc", availability_zones=[f"{THERE}a", f"{THERE}b"], nat_gateways=1)
    service = EcrFargateService(shop, "Service", cluster=EcsCluster(shop, "Cluster", vpc=vpc), task_definition=task)
    service.node.add_dependency(policy)


class Accounts:
    """The cloud assembly of the app, in which templates are changed.

    Args:
        folder: where it is written.
    """

    def __init__(self, folder: Path) -> None:
        app = cdk.App(outdir=str(folder))
        make(app)
        app.synth()
        self._files = {stack: folder / f"{stack}.template.json" for stack in STACKS}
        self._texts = {stack: file.read_text(encoding="utf-8") for stack, file in self._files.items()}
        self._folder = folder

    def judged(self, change: Change = lambda _: None) -> Report:
        """The report after a change, and that alone."""
        bodies = {stack: json.loads(text) for stack, text in self._texts.items()}
        change(bodies)
        for stack, body in bodies.items():
            self._files[stack].write_text(json.dumps(body), encoding="utf-8")
        return judge(load([self._folder]))


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    return Accounts(tmp_path_factory.mktemp("accounts"))


@pytest.fixture(scope="module")
def before(accounts: Accounts) -> Report:
    return accounts.judged()


def told(report: Report) -> list[str]:
    """Rule, verdict where it is unknown, and container of each finding."""
    unknown = {"unknown": "?"}
    return [f"{each.rule}{unknown.get(each.verdict, '')} {each.message.partition(':')[0]}" for each in report.findings]


def resource(changed: Bodies, stack: str, type_: str) -> tuple[str, Any]:
    """The only resource of a type, which is named by its end, with its logical id."""
    (found,) = [
        (name, each) for name, each in changed[stack]["Resources"].items() if each["Type"].endswith(f"::{type_}")
    ]
    return found


def without(stack: str, type_: str, name: str | None = None) -> Change:
    """Take away a resource, or a property of it."""

    def change(changed: Bodies) -> None:
        logical_id, found = resource(changed, stack, type_)
        if name is not None:
            del found["Properties"][name]
            return
        del changed[stack]["Resources"][logical_id]
        for each in changed[stack]["Resources"].values():
            if logical_id in each.get("DependsOn", []):
                each["DependsOn"].remove(logical_id)

    return change


def without_action(stack: str, type_: str, document: str, action: str) -> Change:
    """Take away an action from all statements of a policy."""

    def change(changed: Bodies) -> None:
        for statement in resource(changed, stack, type_)[1]["Properties"][document]["Statement"]:
            if isinstance(statement["Action"], list) and action in statement["Action"]:
                statement["Action"].remove(action)

    return change


def giving(stack: str, type_: str, name: str, value: object) -> Change:
    """Give a resource another value of a property."""
    return lambda changed: resource(changed, stack, type_)[1]["Properties"].update({name: value})


IMPORT = "ecr:BatchImportUpstreamImage"
ELSEWHERE = {"Rules": [{"Destinations": [{"RegistryId": SHOP, "Region": "eu-north-1"}]}]}
OTHERS = {
    "Rules": [
        {
            "Destinations": [{"RegistryId": SHOP, "Region": THERE}],
            "RepositoryFilters": [{"Filter": "base/", "FilterType": "PREFIX_MATCH"}],
        }
    ]
}
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ecr:*"}]})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(without("Tools", "Repository", "RepositoryPolicyText"), ["missing-repository-policy container 'direct'"], id="policy of the repository"),
        pytest.param(without_action("Tools", "RegistryPolicy", "PolicyText", IMPORT), ["missing-pull-through-permission container 'cached'"], id="import action of the registry policy"),
        pytest.param(without("Tools", "RegistryPolicy"), ["unverifiable-role? container 'cached'"], id="registry policy"),
        pytest.param(without_action("Shop", "IAM::Policy", "PolicyDocument", IMPORT), ["missing-pull-through-permission container 'cached'"], id="import action of the role"),
        pytest.param(without("Tools", "RepositoryCreationTemplate", "RepositoryPolicy"), ["missing-repository-policy container 'cached'"], id="policy of the creation template"),
        pytest.param(without("Tools", "RepositoryCreationTemplate"), ["missing-pull-through-permission container 'cached'"], id="creation template"),
        pytest.param(without("Tools", "PullThroughCacheRule"), ["unverifiable-repository? container 'cached'", "unverifiable-role? container 'cached'"], id="cache"),
        pytest.param(without("Tools", "ReplicationConfiguration"), ["unverifiable-repository? container 'replica'"], id="replication"),
        pytest.param(giving("Tools", "ReplicationConfiguration", "ReplicationConfiguration", ELSEWHERE), ["unverifiable-repository? container 'replica'"], id="destination of the replication"),
        pytest.param(giving("Tools", "ReplicationConfiguration", "ReplicationConfiguration", OTHERS), ["unverifiable-repository? container 'replica'"], id="filter of the replication"),
        pytest.param(without("Shop", "RegistryPolicy"), ["unverifiable-repository? container 'replica'"], id="registry policy for the replication"),
        pytest.param(without_action("Shop", "RegistryPolicy", "PolicyText", "ecr:ReplicateImage"), ["unverifiable-repository? container 'replica'"], id="replicate action of the registry policy"),
        pytest.param(without_action("Shop", "RegistryPolicy", "PolicyText", "ecr:CreateRepository"), ["unverifiable-repository? container 'replica'"], id="create action of the registry policy"),
        pytest.param(without("Shop", "RepositoryCreationTemplate"), [], id="creation template for the replication, whose account is that of the service"),
        pytest.param(giving("Shop", "RepositoryCreationTemplate", "RepositoryPolicy", DENY), ["missing-pull-permission container 'replica'"], id="creation template for the replication that denies"),
    ],
)  # fmt: skip
def test_without(accounts: Accounts, before: Report, change: Change, expected: list[str]) -> None:
    report = accounts.judged(change)
    assert sorted(told(report)) == sorted([*told(before), *expected])
    untouched = {*WAYS} - {each.split("'")[1] for each in expected}
    assert of(untouched, report) == of(untouched, before)


def of(names: set[str], report: Report) -> list[ContainerReport]:
    return [each for each in report.containers if each.container in names]


def test_as_it_is(before: Report) -> None:
    assert {each.container: each.verdict for each in before.containers} == dict.fromkeys(WAYS, "proven")
    assert told(before) == [f"cross-region-image container '{each}'" for each in ("direct", "cached")]
