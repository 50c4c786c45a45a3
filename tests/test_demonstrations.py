"""Each construct with its defaults under the eyes of others: cdk-nag, cfn-lint, the judge, and its logical ids."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.cfn_lint import errors
from tests.constructs import CONSTRUCTS
from tests.demonstrations import ACCOUNT, REGION, STACKS, VOUCHED, Demonstrations
from tests.stacks.nag import findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr_ecs_constructs.rules.judge import Report

SNAPSHOTS = Path(__file__).parent / "snapshots" / "constructs"

ARN = f"arn:<AWS::Partition>:ecs:{REGION}:{ACCOUNT}"
POLICY = "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy"
ALL, TASKS, CLUSTERS = "IAM5[Resource::*]", f"IAM5[Resource::{ARN}:task/*]", f"IAM5[Resource::{ARN}:cluster/*]"
INSTANCES = f"IAM5[Resource::{ARN}:container-instance/*]"
FOR_FLEETS = f"{POLICY}/AmazonECSInfrastructureRolePolicyForManagedInstances]"
FOR_EXPRESS_MODE = f"{POLICY}/service-role/AmazonECSInfrastructureRoleforExpressGatewayServices]"
FOR_EXECUTION = f"{POLICY}/service-role/AmazonECSTaskExecutionRolePolicy]"

REASONS = {
    ALL: "ecr:GetAuthorizationToken, ec2:DescribeTags and ecs:DiscoverPollEndpoint know no resource",
    TASKS: "the agent reports on tasks whose ids Amazon ECS makes",
    INSTANCES: "the agent reports on instances whose ids Amazon ECS makes",
    CLUSTERS: "a role that was given no cluster is for any of its account and region",
    FOR_FLEETS: "Amazon ECS launches instances by it, and AWS extends it when Amazon ECS needs more",
    FOR_EXPRESS_MODE: "Express Mode makes load balancers by it, and AWS extends it when Express Mode needs more",
    FOR_EXECUTION: "the role of CDK's own task definition is made before its images are named, so that it is for all",
    "AS3": "the capacity provider scales the group many times a day, and nobody has to act on it",
    "EC23": "the group lets in the addresses of its VPC alone, which cdk-nag can not read from Fn::GetAtt",
    "VPC7": "flow logs cost by traffic: whoever runs the network decides on them, and gives the cluster that VPC",
}
"""Why a finding of the AWS Solutions rules of cdk-nag stays."""

EXECUTION = {"Task/ExecutionRole/DefaultPolicy/Resource": [ALL]}


def on_instances(role: str, group: str, *more: str) -> Mapping[str, Sequence[str]]:
    return {**EXECUTION, f"{role}/DefaultPolicy/Resource": [ALL, INSTANCES, *more, TASKS], f"{group}/ASG": ["AS3"]}


MAIN = "Cluster/Main/AutoScalingGroup"
FINDINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Repository": {},
    "Cluster": {"Cluster/Vpc/Resource": ["VPC7"], **EXECUTION},
    "Capacity": on_instances("Cluster/Main/InstanceRole", MAIN),
    "InstanceRole": on_instances("Role", MAIN, CLUSTERS),
    "ExistingCluster": on_instances("Existing/Main/InstanceRole", "Existing/Main/AutoScalingGroup"),
    "OwnImage": on_instances("Cluster/Main/InstanceRole", MAIN),
    "ManagedInstances": {
        "Cluster/Fleet/ManagedInstances/InstanceRole/Resource": [ALL, INSTANCES],
        "Cluster/Fleet/ManagedInstancesInfrastructure/Resource": [FOR_FLEETS],
        **EXECUTION,
    },
    "Daemon": {
        "Cluster/Fleet/ManagedInstances/InstanceRole/Resource": [ALL, INSTANCES],
        "Cluster/Fleet/ManagedInstancesInfrastructure/Resource": [FOR_FLEETS],
        "Daemon/ExecutionRole/DefaultPolicy/Resource": [ALL],
    },
    "External": EXECUTION,
    "Endpoints": {"Endpoints/SecurityGroup/Resource": ["EC23"], "Vpc/Resource": ["VPC7"], **EXECUTION},
    "Registry": EXECUTION,
    "Express": {
        "Express/ExecutionRole/DefaultPolicy/Resource": [ALL],
        "Express/InfrastructureRole/Resource": [FOR_EXPRESS_MODE],
    },
    "Defaults": {
        "TaskExecutionRole/DefaultPolicy/Resource": [ALL],
        "TaskExecutionRole/Resource": [FOR_EXECUTION],
    },
}
"""What cdk-nag finds, by stacks and the paths in them."""

WITHOUT_CONTAINERS = {"Repository"}


class Synthesized:
    """The app with its assembly, what cdk-nag finds in it and what the judge does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = Demonstrations(folder).app
        self.nag: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for place, rule in findings(self.app):
            stack, _, path = place.partition("/")
            self.nag[stack][path].append(rule.removeprefix("AwsSolutions::AwsSolutions-"))
        vouch = Vouch("cluster", (VOUCHED,), "in the hall", None, "ecr-ecs.toml", 1, "vouch[0]")
        self.report: Report = judge(load([folder]), Policy(vouches=(vouch,)))

    def text(self, stack: str) -> str:
        return (self.folder / f"{stack}.template.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized(tmp_path_factory.mktemp("demonstrations"))


@pytest.fixture(scope="module")
def classes(made: Synthesized) -> set[type]:
    return {type(each) for each in made.app.node.find_all()}


@pytest.mark.parametrize("cls", CONSTRUCTS, ids=lambda cls: cls.__name__)
def test_each_construct_is_there(classes: set[type], cls: type) -> None:
    assert cls in classes, "tests/demonstrations.py must make it"


@pytest.mark.parametrize("stack", STACKS)
def test_nag_finds_what_has_a_reason(made: Synthesized, stack: str) -> None:
    found = {path: sorted(findings) for path, findings in made.nag[stack].items()}
    assert found == {path: sorted(findings) for path, findings in FINDINGS[stack].items()}
    assert {each for findings in found.values() for each in findings} <= REASONS.keys()


def test_each_reason_is_for_a_finding() -> None:
    assert {each for stack in FINDINGS.values() for findings in stack.values() for each in findings} == REASONS.keys()


@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_finds_no_error(made: Synthesized, stack: str) -> None:
    assert errors(made.text(stack), REGION) == []


@pytest.mark.parametrize("stack", STACKS)
def test_proven_with_its_defaults(made: Synthesized, stack: str) -> None:
    verdicts = {each.verdict for each in made.report.containers if Path(each.template).name.startswith(f"{stack}.")}
    assert verdicts == (set() if stack in WITHOUT_CONTAINERS else {"proven"})


def test_nothing_is_found(made: Synthesized) -> None:
    assert made.report.findings == ()


def test_all_run_the_image_of_the_repository(made: Synthesized) -> None:
    told = {link.evidence for each in made.report.containers for link in each.links if link.name == "repository"}
    cached, own = sorted(told, key=lambda evidence: "Repository/Repository/Resource" in evidence)
    assert ("Cache" in cached, "Repository/Repository/Resource" in own) == (True, True)


@pytest.mark.parametrize("stack", STACKS)
def test_snapshot(made: Synthesized, stack: str) -> None:
    """`UPDATE_SNAPSHOTS=1 pytest tests/test_demonstrations.py` writes the snapshots anew.

    A logical id that changes means that a deployed resource is replaced.
    """
    now: Any = json.loads(re.sub("[0-9a-f]{64}", "HASH", made.text(stack)))
    snapshot = SNAPSHOTS / f"{stack}.template.json"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert now == json.loads(snapshot.read_text(encoding="utf-8")), "UPDATE_SNAPSHOTS=1 accepts it"
