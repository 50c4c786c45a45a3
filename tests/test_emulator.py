"""The embedded AWS by itself: what it was taught beyond moto, without the CDK command line."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo import image
from demo.emulator import ACCOUNT, ROOT, Emulator, emulator
from demo.processes import running
from demo.progress import Progress, tail

pytestmark = pytest.mark.slow

GROUP = {
    "Type": "AWS::AutoScaling::AutoScalingGroup",
    "Properties": {
        "AvailabilityZones": ["us-east-1a"],
        "MinSize": "0",
        "MaxSize": "1",
        "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"},
    },
}
LAUNCH_TEMPLATE = {
    "Type": "AWS::EC2::LaunchTemplate",
    "Properties": {"LaunchTemplateData": {"InstanceType": "t3.small", "ImageId": "ami-12c6146b"}},
}
CAPACITY = {
    "Template": LAUNCH_TEMPLATE,
    "Group": GROUP,
    "Provider": {
        "Type": "AWS::ECS::CapacityProvider",
        "Properties": {
            "AutoScalingGroupProvider": {
                "AutoScalingGroupArn": {"Ref": "Group"},
                "ManagedScaling": {"Status": "ENABLED", "TargetCapacity": 90},
                "ManagedTerminationProtection": "DISABLED",
            }
        },
    },
    "Cluster": {
        "Type": "AWS::ECS::Cluster",
        "Properties": {"ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]},
    },
    "Association": {
        "Type": "AWS::ECS::ClusterCapacityProviderAssociations",
        "Properties": {
            "Cluster": {"Ref": "Cluster"},
            "CapacityProviders": [{"Ref": "Provider"}],
            "DefaultCapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Provider"}, "Weight": 1}],
        },
    },
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("aws")
    with (
        pytest.MonkeyPatch.context() as patch,
        (folder / "aws.log").open("w", encoding="utf-8") as log,
    ):
        patch.setenv("AWS_PROFILE", "nobody")  # the user's settings are none of the emulator's business
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with emulator(folder, log) as started:
            yield started


def create(aws: Emulator, name: str, resources: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> None:
    body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
    aws.client("cloudformation").create_stack(StackName=name, TemplateBody=body)


def physical(aws: Emulator, stack: str, name: str) -> str:
    answer = aws.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


class TestCapacityProvider:
    @pytest.fixture(autouse=True)
    def stack(self, aws: Emulator) -> Iterator[None]:
        create(aws, "Capacity", CAPACITY)
        yield
        aws.client("cloudformation").delete_stack(StackName="Capacity")

    def provider(self, aws: Emulator) -> Any:
        name = physical(aws, "Capacity", "Provider")
        return aws.client("ecs").describe_capacity_providers(capacityProviders=[name])["capacityProviders"][0]

    def test_created(self, aws: Emulator) -> None:
        details = self.provider(aws)["autoScalingGroupProvider"]
        assert details["autoScalingGroupArn"].startswith(f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:")
        assert details["managedScaling"]["targetCapacity"] == 90
        assert details["managedScaling"]["status"] == "ENABLED"
        assert details["managedTerminationProtection"] == "DISABLED"

    def test_associated(self, aws: Emulator) -> None:
        name = physical(aws, "Capacity", "Provider")
        cluster = aws.client("ecs").describe_clusters(clusters=[physical(aws, "Capacity", "Cluster")])["clusters"][0]
        assert cluster["capacityProviders"] == [name]
        assert cluster["defaultCapacityProviderStrategy"] == [{"capacityProvider": name, "weight": 1}]
        assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]

    def test_updated(self, aws: Emulator) -> None:
        changed = json.loads(json.dumps(CAPACITY).replace('"TargetCapacity": 90', '"TargetCapacity": 50'))
        changed["Association"]["Properties"]["DefaultCapacityProviderStrategy"] = []
        aws.client("cloudformation").update_stack(StackName="Capacity", TemplateBody=json.dumps({"Resources": changed}))
        assert self.provider(aws)["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"] == 50
        cluster = aws.client("ecs").describe_clusters(clusters=[physical(aws, "Capacity", "Cluster")])["clusters"][0]
        assert cluster["defaultCapacityProviderStrategy"] == []

    def test_deleted(self, aws: Emulator) -> None:
        name = physical(aws, "Capacity", "Provider")
        aws.client("cloudformation").update_stack(
            StackName="Capacity",
            TemplateBody=json.dumps({"Resources": {name: CAPACITY[name] for name in ("Template", "Group", "Cluster")}}),
        )
        answer = aws.client("ecs").describe_capacity_providers(capacityProviders=[name])
        assert answer["capacityProviders"] == []


def test_output_of_another_stack(aws: Emulator) -> None:
    create(aws, "Producer", {"Cluster": {"Type": "AWS::ECS::Cluster"}}, {"Name": {"Value": {"Ref": "Cluster"}}})
    reference = {
        "Fn::GetStackOutput": {"StackName": "Producer", "OutputName": "Name", "Region": {"Ref": "AWS::Region"}}
    }
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "read", "Type": "String", "Value": reference}}
    create(aws, "Consumer", {"Parameter": parameter})
    read = aws.client("ssm").get_parameter(Name="read")["Parameter"]["Value"]
    assert read == physical(aws, "Producer", "Cluster")


def test_default_of_a_parameter_stays(aws: Emulator) -> None:
    cloudformation = aws.client("cloudformation")
    body = {
        "Parameters": {"Name": {"Type": "String", "Default": "kept"}},
        "Resources": {"Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": {"Ref": "Name"}}}},
    }
    cloudformation.create_stack(StackName="Default", TemplateBody=json.dumps(body))
    cloudformation.update_stack(
        StackName="Default",
        TemplateBody=json.dumps({**body, "Description": "changed"}),
        Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}],
    )
    assert physical(aws, "Default", "Cluster") == "kept"


def test_gaps(aws: Emulator) -> None:
    create(
        aws,
        "Gaps",
        {
            "Custom": {"Type": "Custom::Something", "Properties": {"ServiceToken": "arn:aws:lambda:::function:f"}},
            "Unknown": {"Type": "AWS::Nothing::Known", "Properties": {"Name": "x"}},
            "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ServiceConnectDefaults": {"Namespace": "n"}}},
            "Repository": {"Type": "AWS::ECR::Repository", "Properties": {"EmptyOnDelete": True}},
        },
    )
    gaps = aws.gaps()
    assert gaps["Custom::Something"] == ["*"]
    assert gaps["AWS::Nothing::Known"] == ["*"]
    assert gaps["AWS::ECS::Cluster"] == []
    assert gaps["AWS::ECR::Repository"] == ["EmptyOnDelete"]


def test_image_is_real(aws: Emulator) -> None:
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="real")
    digest = image.push(ecr, "real", "1")
    ecr.create_repository(repositoryName="again")
    assert digest == image.push(ecr, "again", "1")
    (found,) = ecr.batch_get_image(repositoryName="real", imageIds=[{"imageTag": "1"}])["images"]
    assert found["imageId"] == {"imageTag": "1", "imageDigest": digest}
    assert f"sha256:{hashlib.sha256(found['imageManifest'].encode()).hexdigest()}" == digest
    manifest = json.loads(found["imageManifest"])
    layers = [part["digest"] for part in (manifest["config"], *manifest["layers"])]
    answer = ecr.batch_check_layer_availability(repositoryName="real", layerDigests=layers)
    assert [layer["layerAvailability"] for layer in answer["layers"]] == ["AVAILABLE"] * 2


def test_loopback_only(aws: Emulator) -> None:
    address = urllib.parse.urlsplit(aws.endpoint)
    assert address.hostname == "127.0.0.1"
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", address.port or 0))


def test_own_account_and_key(aws: Emulator) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == ACCOUNT
    environment = aws.variables()
    assert environment["AWS_ACCESS_KEY_ID"] == aws.access_key
    assert environment["CDK_HOME"] == str(aws.folder)
    assert "AWS_PROFILE" not in environment


def test_server_ends_with_its_parent() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "demo.aws_server"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with server:
        assert server.stdout is not None
        assert server.stdin is not None
        assert int(server.stdout.readline()) > 0
        server.stdin.close()
        assert server.wait() == 0


def test_signal_while_a_process_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is dealt with when the process is known, which then ends with the block."""
    started: list[subprocess.Popen[str]] = []

    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)
            signal.raise_signal(signal.SIGTERM)

    def stop(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr("demo.processes.subprocess.Popen", Interrupted)
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with (
            (tmp_path / "log").open("w", encoding="utf-8") as log,
            pytest.raises(SystemExit),
            running([sys.executable, "-c", "input()"], env=dict(os.environ), log=log),
        ):
            pass
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)
    (process,) = started
    assert process.returncode is not None


def test_progress_without_a_terminal() -> None:
    out = io.StringIO()
    progress = Progress(out)
    with progress.step("First"):
        pass
    with pytest.raises(RuntimeError), progress.step("Second"):
        raise RuntimeError
    assert [line.rstrip("0123456789. s\n") for line in out.getvalue().splitlines()] == [
        "First",
        "Second ... failed after",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\n\x1b[31mlast\x1b[0m\n\n", encoding="utf-8")
    out = Terminal()
    with Progress(out).step("Working", log):
        while "last" not in out.getvalue():
            time.sleep(0.01)
    first, *_, last = out.getvalue().split("\r\x1b[K")[1:]
    assert re.fullmatch(r"Working \.\.\. \d+ s  \[31mlast\[0m", first)
    assert re.fullmatch(r"Working \.\.\. [0-9.]+ s\n", last)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("one\n\n  \n", ["one"], id="blank lines"),
        pytest.param("one\ntwo\nthree", ["two", "three"], id="the last ones"),
        pytest.param("\x1b[1mbold\x1b[0m\n", ["[1mbold[0m"], id="control characters"),
    ],
)
def test_tail(text: str, lines: list[str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(text, encoding="utf-8")
    assert tail(log, 2) == lines
