"""The command `ecr-ecs trace`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecr_ecs_constructs.cli import main
from tests.judging import ECR

TEMPLATE = f"""
Parameters: {{Tag: {{Type: String, Default: "1"}}}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ContainerDefinitions:
        - {{Name: web, Image: !Sub "{ECR}/app:${{Tag}}"}}
        - {{Name: side, Image: public.ecr.aws/nginx/nginx:1}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("template.yaml").write_text(TEMPLATE, encoding="utf-8")
    Path("empty.yaml").write_text("Resources: {}", encoding="utf-8")
    for folder in ("side", "sources"):
        Path(folder).mkdir()
        Path(folder, "Dockerfile").write_text("FROM scratch", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("", ["template.yaml Task web: broken", "template.yaml Task side: broken"], id="all containers"),
        pytest.param("web", ["template.yaml Task web: broken"], id="one container"),
        pytest.param("side --allow-public-gallery", ["template.yaml Task side: unknown"], id="public gallery allowed"),
        pytest.param("side", ["template.yaml Task side: broken"], id="container of the name of its sources' folder"),
    ],
)
def test_containers(arguments: str, expected: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "template.yaml", *arguments.split()]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.removeprefix("container ") for line in lines if line.startswith("container ")] == expected


@pytest.mark.parametrize(
    ("arguments", "image"),
    [
        pytest.param("", f"│ {ECR}/app:1", id="default"),
        pytest.param("--parameter Tag=2", f"│ {ECR}/app:2", id="given"),
    ],
)
def test_parameter(arguments: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "template.yaml", "web", *arguments.split()]) == 0
    assert capsys.readouterr().out.splitlines()[1] == image


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            "template.yaml nobody",
            "ecr-ecs: 'nobody' is neither a path with templates nor a container: the containers are side, web\n",
            id="unknown name",
        ),
        pytest.param(
            "template.yaml sources",
            "ecr-ecs: 'sources' is neither a path with templates nor a container: the containers are side, web\n",
            id="folder without templates",
        ),
        pytest.param("sources", "ecr-ecs: sources: no template found\n", id="folder without templates alone"),
        pytest.param("empty.yaml", "ecr-ecs: there is no container\n", id="no container"),
        pytest.param(
            "empty.yaml web",
            "ecr-ecs: 'web' is neither a path with templates nor a container: there is no container\n",
            id="none of a name",
        ),
        pytest.param(
            "missing.yaml", "ecr-ecs: missing.yaml: cannot be read: No such file or directory\n", id="no file"
        ),
        pytest.param(
            "template.yaml --today soon",
            "ecr-ecs trace: argument --today: must be a day as YYYY-MM-DD, got 'soon' (see ecr-ecs trace --help)\n",
            id="no day",
        ),
    ],
)
def test_one_line_says_what_is_wrong(arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", *arguments.split()]) == 2
    assert capsys.readouterr() == ("", message)
