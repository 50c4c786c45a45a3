"""Every rule: its names, and its page, whose examples are run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES, rules_without
from ecr_ecs_constructs.rules.rule import Rule, Severity
from tests.judging import assembly, findings, write

if TYPE_CHECKING:
    from pathlib import Path

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)

SECTIONS = ["What it checks", "Why it is bad", "Bad", "Good", "References"]


def sections(rule: Rule) -> dict[str, str]:
    _, *parts = re.split(r"^## (.+)\n", rule.page, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def example(tmp_path: Path, rule: Rule, section: str, metadata: str = "") -> tuple[Path, Policy]:
    """Write an example as files, with the context that the page names: regions, accounts, options.

    Args:
        tmp_path: where to write.
        rule: the rule.
        section: which of its examples.
        metadata: what each resource gets as `Metadata`.
    """
    bad, text = sections(rule)["Bad"], sections(rule)[section]
    (fence,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    if metadata:
        fence = re.sub(r"^(    Type: AWS::.*)$", rf"\1\n    Metadata: {metadata}", fence, flags=re.MULTILINE)
    templates = re.split("^---\n", fence, flags=re.MULTILINE)
    region = re.search(r"(?:In a stack of|in the region) `?([a-z0-9-]+)", bad)
    own = [re.search(r"^# in account ([0-9]{12})$", template, re.MULTILINE) for template in templates]
    allowed = re.findall(r"--allow-account ([0-9]{12})", bad)
    policy = Policy(allowed_accounts=frozenset(allowed) if allowed else None)
    if region is None and own == [None]:
        return write(tmp_path, fence), policy
    place = region[1] if region else "unknown-region"
    environments = [f"aws://{account[1] if account else 'unknown-account'}/{place}" for account in own]
    return assembly(tmp_path, list(zip(templates, environments, strict=True))), policy


def judged(tmp_path: Path, rule: Rule, section: str) -> list[str]:
    """The rules that an example breaks, those of less than an error left out besides the page's own."""
    path, policy = example(tmp_path, rule, section)
    found = findings(path, RULES, policy)
    return [finding.rule for finding in found if finding.severity is Severity.ERROR or finding.rule == rule.id]


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(RULES)


@each_rule
def test_names(rule: Rule) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", rule.id)
    assert re.fullmatch(r"[A-Z][^\n]*\.", rule.summary)
    assert rule.page.startswith(f"{rule.summary}\n\n## ")


@each_rule
def test_fix_is_imperative(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][a-z]+ [^\n]*\.", rule.fix)
    first = rule.fix.split()[0]
    assert not first.endswith(("s", "ing", "ed")), first
    assert first not in {"The", "A", "An", "You", "This", "It"}


@each_rule
def test_page(rule: Rule) -> None:
    found = sections(rule)
    assert list(found) == SECTIONS
    assert all(found.values())
    assert re.fullmatch(r"(- https://\S+\n?)+", found["References"])


@each_rule
def test_bad_example(tmp_path: Path, rule: Rule) -> None:
    assert judged(tmp_path, rule, "Bad") == [rule.id]


@each_rule
def test_good_example(tmp_path: Path, rule: Rule) -> None:
    assert judged(tmp_path, rule, "Good") == []


@each_rule
def test_ignored_rule_is_left_out(rule: Rule) -> None:
    assert rules_without([rule.id]) == tuple(other for other in RULES if other is not rule)


def test_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^ignore must hold ids of rules, got 'no-rule': `ecr-ecs rules` lists them$"):
        rules_without(["floating-tag", "no-rule"])


@each_rule
def test_acknowledged_in_the_template(tmp_path: Path, rule: Rule) -> None:
    path, policy = example(tmp_path, rule, "Bad", f"{{ecr-ecs-constructs: {{acknowledge: {{{rule.id}: why}}}}}}")
    assert [finding.acknowledged for finding in findings(path, [rule], policy)] == ["why"]
