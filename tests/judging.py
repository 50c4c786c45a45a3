"""Templates and cloud assemblies for the tests of the judge, and what it finds in them in one line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ecr_ecs_constructs.rules.rule import Finding, Rule

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def write(folder: Path, template: str, environment: str | None = None) -> Path:
    """Write a template in YAML, as a stack of a cloud assembly where an environment such as `aws://1…2/us-east-1`
    is given; return what the command takes."""
    if environment is not None:
        return assembly(folder, [(template, environment)])
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    return folder / "template.yaml"


def assembly(
    folder: Path, stacks: Sequence[tuple[str, str]], dependencies: Mapping[int, Sequence[str]] | None = None
) -> Path:
    """Write a cloud assembly of templates in YAML, each with its environment, as `Stack`, `Stack1` and so on.

    Args:
        folder: where to write; it is returned.
        stacks: the templates.
        dependencies: the names of the stacks that each depends on, by its number.
    """
    artifacts = {}
    for number, (template, environment) in enumerate(stacks):
        file = f"template{number or ''}.yaml"
        (folder / file).write_text(template, encoding="utf-8")
        artifacts[f"Stack{number or ''}"] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": file},
            "dependencies": (dependencies or {}).get(number, []),
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    return folder


def findings(path: Path, rules: Sequence[Rule], policy: Policy | None = None) -> tuple[Finding, ...]:
    return judge(load([path]), policy or Policy(), rules).findings


def where(world: str, said: str) -> str:
    """What is said of a link, `broken: …`, with the words that tell the world in which it is so from others."""
    verdict, _, evidence = said.partition(": ")
    return f"{verdict}: where {world}: {evidence}"


def place(finding: Finding) -> str:
    """Rule, verdict where it is unknown, and place of a finding."""
    unknown = "?" if finding.verdict.value == "unknown" else ""
    return f"{finding.rule}{unknown} {finding.logical_id}.{finding.location}"


def line(finding: Finding) -> str:
    """Rule, verdict where it is unknown, place and message of a finding."""
    return f"{place(finding)}: {finding.message}"


def told(found: Sequence[Finding], expected: Sequence[str]) -> list[str]:
    """Each finding in a line, with its message only where a message is the point of what is expected in its place."""
    with_message = [": " in each for each in expected]
    return [line(each) if any(with_message[index : index + 1]) else place(each) for index, each in enumerate(found)]
