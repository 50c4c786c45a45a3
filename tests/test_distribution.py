"""What is published: the wheel, the source distribution, and the command that is installed alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ecr_ecs_constructs
from tests.judging import ECR

if TYPE_CHECKING:
    from email.message import Message

PACKAGE = Path(ecr_ecs_constructs.__file__).parent
ROOT = PACKAGE.parent
NAME = f"{PACKAGE.name}-{ecr_ecs_constructs.__version__}"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel and the source distribution are built into."""
    folder = tmp_path_factory.mktemp("published")
    for build in ("build_sdist", "build_wheel"):
        program = f"from flit_core.buildapi import {build}; {build}({str(folder)!r})"
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(published: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(published / f"{NAME}-py3-none-any.whl")


@pytest.fixture(scope="module")
def described(wheel: zipfile.ZipFile) -> Message:
    return message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def test_wheel_holds_the_package_and_the_licence(wheel: zipfile.ZipFile) -> None:
    files = {file.relative_to(ROOT).as_posix() for file in PACKAGE.rglob("*") if file.is_file()}
    about = {
        f"{NAME}.dist-info/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }
    assert {*wheel.namelist()} == {file for file in files if "__pycache__" not in file} | about
    assert wheel.read(f"{NAME}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("Version", ecr_ecs_constructs.__version__, id="version"),
        pytest.param("License-Expression", "Apache-2.0", id="licence"),
        pytest.param("Requires-Python", ">=3.11", id="Python"),
        pytest.param("Description-Content-Type", "text/markdown", id="form of the README"),
    ],
)
def test_metadata(described: Message, field: str, value: str) -> None:
    assert described[field] == value


def test_readme_is_the_description(described: Message) -> None:
    content = described.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.strip() == (ROOT / "README.md").read_bytes().strip()


def test_classifiers_are_sorted_and_tell_the_oldest_python(described: Message) -> None:
    classifiers = described.get_all("Classifier", [])
    assert classifiers == sorted(set(classifiers))
    oldest = described["Requires-Python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {oldest}" in classifiers


def test_source_distribution_holds_the_papers(published: Path) -> None:
    with tarfile.open(published / f"{NAME}.tar.gz") as archive:
        beside = {name.removeprefix(f"{NAME}/") for name in archive.getnames() if f"/{PACKAGE.name}/" not in name}
    papers = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docs/ci.md",
        "docs/configuration.md",
        "docs/design.md",
        "docs/baseline.schema.json",
        "docs/ecr-ecs.schema.json",
        "docs/migration.md",
        "docs/registry.md",
        "docs/report.schema.json",
        "docs/reports.md",
        "docs/rules.md",
        "examples/ci/buildspec.yml",
        "examples/ci/github.yml",
        "examples/ci/gitlab-ci.yml",
        "examples/late/repositories.yaml",
        "examples/late/service.yaml",
        "examples/migration/app.py",
    }
    assert beside == papers | {"pyproject.toml", "PKG-INFO"}


def test_changelog_tells_of_this_version() -> None:
    versions = re.findall(r"^## \[(.+?)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0][0] == ecr_ecs_constructs.__version__
    assert all(re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", day) for _, day in versions)


class Alone:
    """An environment that holds the command, PyYAML and nothing else, and a folder to run it in.

    PyYAML is taken from the environment of the tests, so that no index is needed.
    """

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        environment = folder / "environment"
        self._run(sys.executable, "-m", "venv", "--without-pip", str(environment)).check_returncode()
        self.bin = environment / "bin"
        (self.packages,) = environment.glob("lib/python*/site-packages")
        for file in metadata.files("PyYAML") or ():
            target = self.packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(Path(file.locate()).read_bytes())
        (command,) = re.findall("^pip (install --no-deps .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
        pip = (sys.executable, "-m", "pip", "--python", str(self.bin / "python"), *command.split())
        self._run(*pip, "--no-index", "--find-links", str(wheels)).check_returncode()

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command; return its exit code, the first line of its output, and its errors."""
        done = self._run(str(self.bin / "ecr-ecs"), *arguments)
        return done.returncode, done.stdout.partition("\n")[0], done.stderr


@pytest.fixture(scope="module")
def alone(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return Alone(tmp_path_factory.mktemp("alone"), published)


TEMPLATE = f"""
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{{Name: web, Image: {ECR}/web:1.4.2}}, {{Name: proxy, Image: nginx}}]
"""


def test_command_alone(alone: Alone) -> None:
    assert alone.run("--version") == (0, f"ecr-ecs {ecr_ecs_constructs.__version__}", "")
    (alone.folder / "a.yaml").write_text(TEMPLATE)
    code, line, error = alone.run("check", "a.yaml", "--rule", "unqualified-image")
    assert (code, error) == (1, "")
    assert "image 'nginx' has no ECR registry" in line


def test_command_alone_is_as_small_as_told(alone: Alone) -> None:
    names = {folder.name for folder in alone.packages.iterdir()}
    assert {name.lower().partition("-")[0] for name in names} == {PACKAGE.name, "yaml", "_yaml", "pyyaml"}
    size = sum(file.stat().st_size for file in alone.packages.rglob("*") if file.is_file())
    told = re.search(r"It takes about ([0-9]+) MB", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert round(size / 1_000_000) == int(told[1])
