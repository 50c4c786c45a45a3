"""Every rule's page again: its examples of the CDK are run as they stand, and what they synthesize is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from ecr_ecs_constructs.testing import findings
from tests.rules.test_catalogue import allowed_accounts, broken, each_rule, fence

if TYPE_CHECKING:
    from pathlib import Path

    from ecr_ecs_constructs.rules.rule import Rule


def judged(folder: Path, rule: Rule, section: str) -> list[str]:
    """Run an example as the app of a folder, beside an image to build; return the rules that it breaks."""
    (folder / "web").mkdir()
    (folder / "web" / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    names: dict[str, Any] = {"__file__": str(folder / "app.py")}
    exec(compile(fence(rule, section, "python"), f"{rule.id}.md", "exec"), names)
    assert isinstance(names["app"], cdk.App)
    accounts = allowed_accounts(rule)
    return broken(findings(names["app"], allowed_accounts=None if accounts is None else sorted(accounts)), rule)


@each_rule
def test_bad_example(tmp_path: Path, rule: Rule) -> None:
    assert judged(tmp_path, rule, "Bad") == [rule.id]


@each_rule
def test_good_example(tmp_path: Path, rule: Rule) -> None:
    assert judged(tmp_path, rule, "Good") == []
