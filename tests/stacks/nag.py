"""cdk-nag on apps: its findings, and whether in a reference app each has an answer and each answer a finding."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from ecr_ecs_constructs.stacks import acknowledgements


class _Acknowledged:
    """Takes acknowledgements in the place of CDK, and keeps them from it."""

    taken: ClassVar[list[tuple[str, str, str]]] = []

    def __init__(self, construct: IConstruct) -> None:
        self.path = construct.node.path

    @classmethod
    def of(cls, construct: IConstruct) -> _Acknowledged:
        return cls(construct)

    def acknowledge(self, rule: Acknowledgment) -> None:
        self.taken.append((self.path, rule.id, rule.reason))


@contextmanager
def answering() -> Iterator[Callable[[App], set[tuple[str, str]]]]:
    """Keep the acknowledgements of an app from CDK, so that its report has every finding.

    Yields:
        What synthesizes an app that was made meanwhile, and returns path and rule of each finding without an answer and
        of each answer without a finding.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acknowledgements, "Validations", _Acknowledged)
        patch.setattr(_Acknowledged, "taken", [])
        yield _unanswered


def findings(app: App) -> set[tuple[str, str]]:
    """Synthesize an app in which cdk-nag finds something; return path and rule of each of its findings."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text(encoding="utf-8"))
    (of_nag,) = [each for each in report["pluginReports"] if each["pluginName"] == "AwsSolutions"]
    others = [each for each in report["pluginReports"] if each is not of_nag and each["conclusion"] != "success"]
    assert others == []
    return {
        (construct["constructPath"], f"AwsSolutions::{violation['ruleName']}")
        for violation in of_nag["violations"]
        for construct in violation["violatingConstructs"]
    }


def _unanswered(app: App) -> set[tuple[str, str]]:
    found = findings(app)
    answers = {
        (place, rule): {(path, name) for path, name in found if name == rule and f"{path}/".startswith(f"{place}/")}
        for place, rule, _ in _Acknowledged.taken
    }
    return {key for key, answered in answers.items() if not answered} | (found - set().union(*answers.values()))
