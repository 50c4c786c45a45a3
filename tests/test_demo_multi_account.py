"""The reference app in several accounts, deployed by the real CDK command line to the accounts of the embedded AWS."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from demo.cdk import Cdk
from demo.deployment import deploy
from demo.differences import differences
from demo.emulator import Environment, emulator
from demo.progress import Progress
from demo.readback import read
from demo.report import Report

pytestmark = pytest.mark.slow

TOOLS, STAGING, PRODUCTION = "111122223333", "222233334444", "333344445555"
SERVICES = ("Cluster", "Ec2Service", "FargateService")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cdk, Report]]:
    folder = tmp_path_factory.mktemp("aws")
    with (folder / "aws.log").open("w", encoding="utf-8") as log, emulator(folder, log) as aws:
        cdk = Cdk(aws, folder, context={"ecr-ecs:reference": "multi-account"})
        deploy(cdk, Progress(io.StringIO()))
        yield cdk, read(aws, cdk.deployed, cdk.left_out)


def test_nothing_differs(deployed: tuple[Cdk, Report]) -> None:
    cdk, report = deployed
    assert differences(report, cdk.templates) == []
    names = [f"Registries-EcrEcsRegistry-{region}" for region in ("eu-central-1", "us-east-1")]
    names += [f"{stage}-EcrEcs{name}" for stage in ("Staging", "Production") for name in SERVICES]
    assert report.stacks == dict.fromkeys(names, "CREATE_COMPLETE")


def test_each_account_has_its_own(deployed: tuple[Cdk, Report]) -> None:
    cdk, _ = deployed
    places = [(STAGING, "eu-central-1"), (PRODUCTION, "us-east-1"), (TOOLS, "eu-central-1"), (STAGING, "us-east-1")]
    clients = [cdk.emulator.client("ecs", Environment(*place)) for place in places]
    assert [len(client.list_clusters()["clusterArns"]) for client in clients] == [1, 1, 0, 0]
    (cluster,) = clients[0].list_clusters()["clusterArns"]
    assert cluster.startswith(f"arn:aws:ecs:eu-central-1:{STAGING}:cluster/Staging-EcrEcsCluster-")


def test_images_come_from_the_registry_of_the_region(deployed: tuple[Cdk, Report]) -> None:
    _, report = deployed
    found = {
        f"{service.source.stack}/{container.name}": (container.image, container.digest is not None)
        for service in report.services
        for container in service.containers
    }
    home, copies = (f"{TOOLS}.dkr.ecr.{region}.amazonaws.com" for region in ("eu-central-1", "us-east-1"))
    assert found == {
        "Staging-EcrEcsEc2Service/App": (f"{home}/ecr-ecs/app:1.0.0", True),
        "Staging-EcrEcsFargateService/App": (f"{home}/ecr-ecs/app:1.0.0", True),
        "Staging-EcrEcsFargateService/Proxy": (f"{home}/ecr-public/nginx/nginx:1.27", False),
        "Production-EcrEcsEc2Service/App": (f"{copies}/ecr-ecs/app:1.0.0", True),
        "Production-EcrEcsFargateService/App": (f"{copies}/ecr-ecs/app:1.0.0", True),
        "Production-EcrEcsFargateService/Proxy": (f"{copies}/ecr-public/nginx/nginx:1.27", False),
    }


def test_what_is_left_out_is_told(deployed: tuple[Cdk, Report]) -> None:
    _, report = deployed
    assert report.gaps[:2] == ("EcrEcsPipeline: not deployed", "EcrEcsPipeline-support-us-east-1: not deployed")
    assert "      image: fetched at its first pull, and not there yet" in [*report.lines()]
