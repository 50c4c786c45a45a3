from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from ecr_ecs_constructs.cli import main
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.task_definition import EcrFargateTaskDefinition
from ecr_ecs_constructs.testing import assert_no_findings, findings
from tests import readme
from tests.readme import GENERATED, README, REGISTRY, RULE_INDEX, with_generated_parts

ROOT = README.parent
TEXT = README.read_text()
DOCUMENTS = [
    TEXT,
    *((ROOT / name).read_text() for name in ("CONTRIBUTING.md", "SECURITY.md", "docs/design.md", "docs/reports.md")),
]

ELSEWHERE = {
    "make demo": "tests/test_demo.py runs what it runs",
    "make test": "this is it",
    "make lint": "the gate runs it",
    'make mutate BASES="schedule windows" CLASSES=deleted': "tests/mutations/test_mutations.py runs a part of it",
    "make mutate": "tests/mutations/test_mutations.py runs a part of it",
    "python -m tests.mutations --shrink": "it judges as `make mutate` does",
    "make oracle SECONDS=600 SEED=1": "tests/oracle/test_oracle.py runs a part of it",
    "make test-all": "this, and the long runs of the random tests",
    "make corpus FOLDER=YOUR_FOLDER": "tests/test_corpus.py runs what it runs",
    "make messages": "tests/messages makes what it writes",
    "make properties": "tests/pull/properties makes what it writes",
    "make readme": "test_generated_parts_are_current makes what it writes",
    ".ci/run": "it runs this",
    "python -m pytest tests/test_image_uri.py": "a part of this",
    "pip install --no-deps ecr_ecs_constructs PyYAML": "tests/test_distribution.py runs it in an empty environment",
    'source .venv/bin/activate && export PATH="$PWD/node_modules/.bin:$PATH"': "what make does for its targets",
    "cdk synth --quiet": "tests/test_demo.py runs it before it deploys",
    "cdk bootstrap": "tests/test_demo.py runs it against an embedded AWS",
    "cdk synth --quiet -c ecr-ecs:reference=multi-account": "tests/test_demo_multi_account.py runs it",
    'cdk bootstrap --trust "$TOOLS" --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess': (
        "needs an account for pipelines"
    ),
    "cdk deploy EcrEcsPipeline -c ecr-ecs:reference=multi-account": "needs an account for pipelines",
    "git archive --format zip --output source.zip HEAD": "needs an account for pipelines",
    'aws s3 cp source.zip "s3://$BUCKET/source.zip"': "needs an account for pipelines",
    "cdk deploy EcrEcsRepositories": "tests/test_demo.py runs it against an embedded AWS",
    "cdk deploy --all": "tests/test_demo.py runs it against an embedded AWS",
    'export REGISTRY="$ACCOUNT.dkr.ecr.$REGION.amazonaws.com"': "a variable for the next three",
    'docker build --platform linux/amd64 --tag "$REGISTRY/ecr-ecs/app:1.0.0" YOUR_FOLDER': "needs a container engine",
    'aws ecr get-login-password --region "$REGION" | docker login --username AWS --password-stdin "$REGISTRY"': (
        "needs a container engine"
    ),
    'docker push "$REGISTRY/ecr-ecs/app:1.0.0"': "needs a container engine",
}
"""The commands that are not run here, and why."""


IN_PLACE = "ecr-ecs check examples/late --account 123456789012 --region eu-west-1 --stack service.yaml=web"
BROKEN = {"ecr-ecs check examples/late": 1, IN_PLACE: 1}
"""The exit codes of the commands that find something."""


def blocks(language: str) -> list[str]:
    return [block for text in DOCUMENTS for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


COMMANDS = list(dict.fromkeys(line for block in blocks("sh") for line in block.splitlines()))


def test_blocks_render_everywhere() -> None:
    """PyPI colours code, but draws no diagrams, and no link leads from there into the clone."""
    fences = [re.findall(r"^```(.*)$", text, re.MULTILINE) for text in DOCUMENTS]
    assert {language for each in fences for language in each} == {"", "sh", "python"}
    assert [link for link in re.findall(r"\]\(([^)]*)\)", TEXT) if not link.startswith("https://")] == []


@pytest.mark.parametrize("document", GENERATED, ids=lambda document: document.name)
def test_generated_parts_are_current(document: Path) -> None:
    assert with_generated_parts(document) == document.read_text(encoding="utf-8"), "run `make readme`"


def test_published_schemas_are_current() -> None:
    published = {file: file.read_text(encoding="utf-8") for file in readme.schemas()}
    assert published == readme.schemas(), "run `make readme`"


def test_rule_index_leads_to_each_page() -> None:
    links = re.findall(r"\]\(([^)]*)\)", RULE_INDEX.read_text(encoding="utf-8"))
    assert [page.name for link in links if (page := RULE_INDEX.parent / link).is_file()] == [
        f"{rule.id}.md" for rule in RULES
    ]


def test_examples_run_and_are_proven(capsys: pytest.CaptureFixture[str]) -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="123456789012", region="eu-central-1"))
    examples = "\n".join(blocks("python"))
    exec(compile(examples, "README.md", "exec"), {"app": app, "stack": stack})
    assert "got 'nginx': it has no ECR registry" in capsys.readouterr().out
    assert [finding for finding in findings(app) if finding.severity.value == "error"] == []


def test_examples_of_registries_run_and_nothing_is_found() -> None:
    app = cdk.App()
    examples = "\n".join(re.findall(r"```python\n(.*?)```", REGISTRY.read_text(), re.DOTALL))
    names: dict[str, Any] = {"app": app}
    exec(compile(f"import aws_cdk as cdk\n{examples}", REGISTRY.name, "exec"), names)
    task = EcrFargateTaskDefinition(names["registry"], "Task")
    for name in ("nginx", "agent"):
        task.add_container(name, image=names[name])
    assert_no_findings(app)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(readme.assembly(), folder / "cdk.out")
    shutil.copytree(ROOT / "examples", folder / "examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("ecr-ecs ")])
def test_ecr_ecs_command(command: str, assembly: Path) -> None:
    assert main(command.split()[1:]) == BROKEN.get(command, 0)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make ")])
def test_make_target_exists(command: str) -> None:
    subprocess.run(["make", "-n", command.split()[1]], cwd=README.parent, check=True, capture_output=True)


def test_rooms_of_the_design_exist() -> None:
    house = (ROOT / "docs" / "design.md").read_text().partition("## The house\n")[2].partition("\n## ")[0]
    rooms = [room for row in re.findall(r"^\| (`.*?) \|", house, re.MULTILINE) for room in re.findall("`(.*?)`", row)]
    assert rooms
    assert [room for room in rooms if not (ROOT / room).exists()] == []
    package = ROOT / "ecr_ecs_constructs"
    parents = (ROOT, package, package / "pull")
    folders = {file.parent for file in package.rglob("*.py") if file.parent.parent in parents}
    assert {str(folder.relative_to(ROOT)) for folder in folders} <= {*rooms}


def test_a_dozen_words() -> None:
    words = (ROOT / "docs" / "design.md").read_text().partition("## Words\n")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| [a-z]+ \|", words, re.MULTILINE)) == 1 + 12  # the heading, and no more


def test_every_command_is_run_or_says_where() -> None:
    run_here = {line for line in COMMANDS if line.startswith("ecr-ecs ")}
    assert {*COMMANDS} - run_here == ELSEWHERE.keys()
