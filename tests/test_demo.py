"""The reference app, deployed by the real CDK command line to the embedded AWS, and the program that shows it."""

from __future__ import annotations

import dataclasses
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo import __main__ as program
from demo.cdk import Cdk, CommandError
from demo.deployment import deploy
from demo.differences import differences
from demo.emulator import ACCOUNT, ROOT, Emulator, emulator
from demo.image import push
from demo.progress import Progress, tail
from demo.readback import read
from demo.report import Container, Report, Source
from ecr_ecs_constructs.image_uri import EcrImageUri

pytestmark = pytest.mark.slow

PULL = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
}

EMPTY = Report({}, (), (), (), (), (), (), ())


@dataclass(frozen=True)
class Deployed:
    """The reference app as it runs."""

    aws: Emulator
    cdk: Cdk
    report: Report


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("aws")
    with (folder / "aws.log").open("w", encoding="utf-8") as log, emulator(folder, log) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(aws: Emulator) -> Deployed:
    cdk = Cdk(aws, aws.folder)
    deploy(cdk, Progress(io.StringIO()))
    return Deployed(aws, cdk, read(aws, cdk.deployed))


def test_nothing_differs(deployed: Deployed) -> None:
    assert differences(deployed.report, deployed.cdk.templates) == []
    assert deployed.report.stacks == dict.fromkeys(
        ("EcrEcsRepositories", "EcrEcsCluster", "EcrEcsEc2Service", "EcrEcsFargateService"), "CREATE_COMPLETE"
    )


def test_everything_is_there_or_reported(deployed: Deployed) -> None:
    cloudformation = deployed.aws.client("cloudformation")
    for stack, template in deployed.cdk.templates.items():
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        there = {each["LogicalResourceId"] for page in pages for each in page["StackResourceSummaries"]}
        absent = {each["Type"] for name, each in template["Resources"].items() if name not in there}
        assert {f"{kind}: not created" for kind in absent} <= set(deployed.report.gaps)


def test_gaps_are_told(deployed: Deployed) -> None:
    containers, instances, permissions, *kinds = deployed.report.gaps
    assert containers == "containers: 0 of 2 tasks run, so that nothing is pulled"
    assert instances == "instances: 0 of 1 have joined their cluster, so that no user data has run"
    assert permissions == "permissions: an access key that nobody has issued may read the repositories"
    assert "Custom::VpcRestrictDefaultSG: not created" in kinds
    assert not [kind for kind in kinds if kind.startswith("AWS::ECS::") and kind.endswith("not created")]


def test_repository(deployed: Deployed) -> None:
    (repository,) = deployed.report.repositories
    assert (repository.name, repository.mutability, repository.scan_on_push) == ("ecr-ecs/app", "IMMUTABLE", True)
    assert [rule["selection"]["countNumber"] for rule in repository.lifecycle["rules"]] == [90]
    assert list(repository.images) == ["1.0.0"]


def test_instance_role(deployed: Deployed) -> None:
    (role,) = deployed.report.roles
    repository = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/ecr-ecs/app"
    pulls = {resource: PULL & set(actions) for resource, actions in role.allowed.items() if PULL & set(actions)}
    assert pulls == {"*": {"ecr:GetAuthorizationToken"}, repository: PULL - {"ecr:GetAuthorizationToken"}}


def test_capacity(deployed: Deployed) -> None:
    (capacity,) = deployed.report.capacities
    assert (capacity.least, capacity.most, capacity.instances, capacity.instance_type) == (1, 4, 1, "t3.small")
    assert capacity.image_source == "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    assert (capacity.managed_scaling, capacity.termination_protection) == ("ENABLED", "ENABLED")
    assert capacity.provider is not None


def test_services(deployed: Deployed) -> None:
    ec2, fargate = deployed.report.services
    (repository,) = deployed.report.repositories
    (capacity,) = deployed.report.capacities
    image = EcrImageUri.parse(f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecr-ecs/app:1.0.0")
    for service, where in ((ec2, capacity.provider), (fargate, "FARGATE")):
        assert service.where == where
        assert (service.status, service.desired) == ("ACTIVE", 1)
        assert service.containers == (Container("App", str(image), repository.images["1.0.0"]),)


def test_deployments_fail_fast(deployed: Deployed) -> None:
    ecs = deployed.aws.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    for service in deployed.report.services:
        described = ecs.describe_services(cluster=cluster, services=[service.name])["services"][0]
        breaker = described["deploymentConfiguration"]["deploymentCircuitBreaker"]
        assert (breaker["enable"], breaker["rollback"]) == (True, True)
        assert described["deploymentConfiguration"]["minimumHealthyPercent"] == 100


def test_endpoints(deployed: Deployed) -> None:
    names = {
        endpoint.service.removeprefix("com.amazonaws.us-east-1."): endpoint for endpoint in deployed.report.endpoints
    }
    assert set(names) == {"ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs", "s3"}
    assert {name for name, endpoint in names.items() if endpoint.kind == "Gateway"} == {"s3"}


def test_report_as_text(deployed: Deployed) -> None:
    text = "\n".join(deployed.report.lines())
    (repository,) = deployed.report.repositories
    for line in (
        "  ecr-ecs/app of EcrEcsRepositories: tags immutable, scanned on push",
        f"    image: 1.0.0 is {repository.images['1.0.0']}",
        "      ecr:GetAuthorizationToken",
        "  com.amazonaws.us-east-1.ecr.dkr (interface, available)",
        f"    App: {ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecr-ecs/app:1.0.0",
        "  Custom::VpcRestrictDefaultSG: not created",
    ):
        assert line in text.splitlines()


def changed(report: Report, field: str, **change: Any) -> Report:
    first, *others = getattr(report, field)
    items: Any = (dataclasses.replace(first, **change), *others)
    return dataclasses.replace(report, **{field: items})


@pytest.mark.parametrize(
    ("field", "change", "expected"),
    [
        pytest.param("repositories", {"mutability": "MUTABLE"}, "ImageTagMutability is 'MUTABLE', not 'IMMUTABLE'"),
        pytest.param("repositories", {"scan_on_push": False}, "ScanOnPush is False, not True"),
        pytest.param("repositories", {"lifecycle": {}}, "there is no lifecycle policy"),
        pytest.param("roles", {"allowed": {}, "name": "R"}, f"the role R does not allow {', '.join(sorted(PULL))}"),
        pytest.param("capacities", {"least": 2}, "MinSize is 2, not 1"),
        pytest.param("capacities", {"most": 5}, "MaxSize is 5, not 4"),
        pytest.param("capacities", {"managed_scaling": "DISABLED"}, "managed scaling is 'DISABLED', not 'ENABLED'"),
        pytest.param(
            "capacities",
            {"termination_protection": "DISABLED"},
            "managed termination protection is 'DISABLED', not 'ENABLED'",
        ),
        pytest.param(
            "capacities",
            {"image_id": "ami-1", "image_source": "no public parameter"},
            "image ami-1 comes from no public parameter",
        ),
        pytest.param("endpoints", {"state": "pending"}, "state is 'pending', not 'available'"),
        pytest.param("services", {"status": "INACTIVE"}, "status is 'INACTIVE', not 'ACTIVE'"),
        pytest.param("services", {"desired": 0}, "DesiredCount is 0, not 1"),
        pytest.param(
            "services",
            {"containers": (Container("App", "registry/app:2", None),)},
            "container App: there is no image registry/app:2",
        ),
    ],
)
def test_difference(deployed: Deployed, field: str, change: dict[str, Any], expected: str) -> None:
    wrong = changed(deployed.report, field, **change)
    source = getattr(wrong, field)[0].source
    assert differences(wrong, deployed.cdk.templates) == [f"{source}: {expected}"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"stacks": {"S": "ROLLBACK_COMPLETE"}}, "stack S is ROLLBACK_COMPLETE", id="rolled back"),
        pytest.param({"missing": (Source("S", "Queue"),)}, "S/Queue is not there", id="missing"),
    ],
)
def test_difference_of_the_whole(deployed: Deployed, change: dict[str, Any], expected: str) -> None:
    wrong = dataclasses.replace(deployed.report, **change)
    assert differences(wrong, deployed.cdk.templates) == [expected]


def test_files_of_the_user_are_left_alone(deployed: Deployed) -> None:
    assert (deployed.aws.folder / "cache").is_dir()  # where the command line remembers the account of the key


def test_wrong_setting_ends_in_its_line(aws: Emulator, tmp_path: Path) -> None:
    cdk = Cdk(aws, tmp_path, context={"ecr-ecs:nat": "maybe"})
    with pytest.raises(CommandError, match=r"^cdk synth ended with exit code 1$"):
        cdk.synth()
    assert any("context 'ecr-ecs:nat' must be true or false, got 'maybe'" in line for line in tail(cdk.log, 20))


def test_command_line_that_is_not_installed(aws: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.cdk.ROOT", tmp_path)
    with pytest.raises(CommandError, match=r"^there is no .*/cdk: 'make demo' installs it$"):
        Cdk(aws, tmp_path).synth()


def test_second_deployment(deployed: Deployed, tmp_path: Path) -> None:
    """Stands behind the tests that read the first deployment."""
    later = Cdk(deployed.aws, tmp_path, context={"ecr-ecs:image_tag": "1.0.1", "ecr-ecs:desired_count": "2"})
    push(deployed.aws.client("ecr"), "ecr-ecs/app", "1.0.1")
    later.synth()
    later.deploy()
    report = read(deployed.aws, later.deployed)
    assert differences(report, later.templates) == []
    for service in report.services:
        assert service.desired == 2
        assert [container.image.rpartition(":")[2] for container in service.containers] == ["1.0.1"]


def processes(mark: str) -> dict[int, str]:
    """The processes that have inherited a mark by their environment."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if mark.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


SYNTHESIZED = """\
import shutil, sys
from demo import __main__, cdk

cdk.Cdk.synth = lambda self: shutil.copytree(sys.argv[1], self.assembly)
sys.exit(__main__.main())
"""
"""The program with templates that are there already, given by their folder."""


@contextmanager
def started(mark: str, *command: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run Python in the folder of the project, in an environment that carries a mark."""
    environment = {**os.environ, "DEMO_MARK": mark}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, **options
    )
    with process:
        yield process


def wait_for(process: subprocess.Popen[str], mark: str, program: str) -> None:
    """Wait until a process with a mark runs a program, or fail if the process ends before."""
    while not any(program in command for command in processes(mark).values()):
        assert process.poll() is None, f"it has ended, and {program} did not run"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds child processes by /proc")
@pytest.mark.parametrize(
    ("number", "to_group", "step", "child", "code"),
    [
        pytest.param(signal.SIGINT, True, "Start AWS", "demo.aws_server", 130, id="Ctrl-C at the start"),
        pytest.param(signal.SIGINT, True, "cdk synth", "app.py", 130, id="Ctrl-C while the app runs"),
        pytest.param(signal.SIGTERM, False, "cdk bootstrap", "bin/cdk bootstrap", 143, id="SIGTERM while it deploys"),
    ],
)
def test_interruption_leaves_nothing(
    deployed: Deployed, *, number: signal.Signals, to_group: bool, step: str, child: str, code: int
) -> None:
    mark = uuid.uuid4().hex
    program = ("-c", SYNTHESIZED, deployed.cdk.assembly) if step == "cdk bootstrap" else ("-m", "demo")
    with started(mark, *program, start_new_session=True) as demo:
        assert demo.stdout is not None
        output = ""
        while step not in output:
            character = demo.stdout.read(1)
            assert character, output
            output += character
        wait_for(demo, mark, child)
        (os.killpg if to_group else os.kill)(demo.pid, number)
        output += demo.stdout.read()
        assert demo.wait() == code
    assert processes(mark) == {}
    assert "Traceback" not in output
    if "http://" in output:
        address = urllib.parse.urlsplit(output.partition("http://")[2].partition(",")[0].join(("http://", "")))
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", address.port or 0)) != 0


def test_reader_that_has_seen_enough(deployed: Deployed) -> None:
    mark = uuid.uuid4().hex
    with started(mark, "-c", SYNTHESIZED, deployed.cdk.assembly, stderr=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline().startswith("Start AWS ... ")
        demo.stdout.close()
        assert demo.stderr.read() == ""
        assert demo.wait() == 1
    assert processes(mark) == {}


class TestProgram:
    """What the program says and leaves when it does not end well."""

    @pytest.fixture(autouse=True)
    def parts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # those of the test runner stay
        monkeypatch.setattr(tempfile, "mkdtemp", lambda prefix: str(tmp_path))
        monkeypatch.setattr(program, "emulator", lambda folder, log: nullcontext(Emulator("http://aws", folder, "key")))
        monkeypatch.setattr(program, "deploy", lambda cdk, progress: None)
        monkeypatch.setattr(program, "read", lambda *given: EMPTY)
        monkeypatch.setattr(Cdk, "stacks", {})

    def test_success(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert program.main() == 0
        assert "\nAll that is emulated is as the templates say, after " in capsys.readouterr().out
        assert not tmp_path.exists()

    def test_failed_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def deploy(cdk: Cdk, _progress: Progress) -> None:
            cdk.log.write_text("before\nwhat went wrong\n", encoding="utf-8")
            raise CommandError("cdk synth ended with exit code 1")

        monkeypatch.setattr(program, "deploy", deploy)
        assert program.main() == 1
        lines = capsys.readouterr().out.splitlines()
        assert "error: cdk synth ended with exit code 1" in lines
        assert lines[-2:] == ["  before", "  what went wrong"]
        assert f"The end of {tmp_path}/cdk.log:" in lines
        assert (tmp_path / "cdk.log").exists()

    def test_difference(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr(program, "differences", lambda report, templates: ["S/Queue is not there"])
        assert program.main() == 1
        assert capsys.readouterr().out.splitlines()[-1] == "error: S/Queue is not there"

    def test_crash(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(program, "read", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            program.main()
        assert not tmp_path.exists()
