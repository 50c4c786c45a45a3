"""Every rule: its names, and its page, whose examples of CloudFormation are judged."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules import catalogue
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES, rules_without
from ecr_ecs_constructs.rules.rule import Finding, Rule, Severity
from tests.judging import assembly, findings, write

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = Path(catalogue.__file__).parent / "pages"

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)

SECTIONS = ["What it checks", "Why it is bad", "Bad", "Good", "References"]


def sections(rule: Rule) -> dict[str, str]:
    _, *parts = re.split(r"^## (.+)\n", rule.page, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def fence(rule: Rule, section: str, language: str) -> str:
    """Return the example of a section that is in YAML or in Python."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", sections(rule)[section], re.DOTALL | re.MULTILINE)
    return str(found)


def allowed_accounts(rule: Rule) -> frozenset[str] | None:
    """Return the accounts that the bad example says are allowed."""
    return frozenset(re.findall(r"--allow-account ([0-9]{12})", sections(rule)["Bad"])) or None


def example(tmp_path: Path, rule: Rule, section: str, metadata: str = "") -> tuple[Path, Policy]:
    """Write an example as files, with the context that the page names: regions, accounts, options.

    Args:
        tmp_path: where to write.
        rule: the rule.
        section: which of its examples.
        metadata: what each resource gets as `Metadata`.
    """
    text = fence(rule, section, "yaml")
    if metadata:
        text = re.sub(r"^(    Type: AWS::.*)$", rf"\1\n    Metadata: {metadata}", text, flags=re.MULTILINE)
    templates = re.split("^---\n", text, flags=re.MULTILINE)
    region = re.search(r"(?:In a stack of|in the region) `?([a-z0-9-]+)", sections(rule)["Bad"])
    own = [re.search(r"^# in account ([0-9]{12})$", template, re.MULTILINE) for template in templates]
    policy = Policy(allowed_accounts=allowed_accounts(rule))
    if region is None and own == [None]:
        return write(tmp_path, text), policy
    place = region[1] if region else "unknown-region"
    environments = [f"aws://{account[1] if account else 'unknown-account'}/{place}" for account in own]
    return assembly(tmp_path, list(zip(templates, environments, strict=True))), policy


def judged(tmp_path: Path, rule: Rule, section: str) -> list[str]:
    path, policy = example(tmp_path, rule, section)
    return broken(findings(path, RULES, policy), rule)


def broken(found: Iterable[Finding], rule: Rule) -> list[str]:
    """Return the rules that an example breaks, those of less than an error left out besides the page's own."""
    return [finding.rule for finding in found if finding.severity is Severity.ERROR or finding.rule == rule.id]


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(RULES)


def test_each_rule_has_a_page_and_each_page_a_rule() -> None:
    assert {page.name for page in PAGES.iterdir()} == {f"{rule.id}.md" for rule in RULES}


@pytest.mark.parametrize(
    ("arguments", "pages"),
    [
        pytest.param(["check", "a.json"], [], id="check"),
        pytest.param(["explain", "floating-tag"], ["floating-tag.md"], id="explain"),
        pytest.param(["rules"], [f"{rule.id}.md" for rule in RULES], id="rules"),
    ],
)
def test_only_who_shows_pages_reads_them(tmp_path: Path, arguments: list[str], pages: list[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    program = f"""
import os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from ecr_ecs_constructs.cli import main
assert main({arguments!r}) == 0
print(*(os.path.basename(path) for path in opened if path.startswith({str(PAGES)!r})), file=sys.stderr)
"""
    environment = {"PYTHONPATH": str(PAGES.parent.parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == pages


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


WITHOUT_PROPERTY = {
    "undeployable-task",  # the message names it
    "unverifiable-template",
    "unused-acknowledgement",
}
WITHOUT_CDK = {"early-success", *WITHOUT_PROPERTY}
PROPERTY = re.compile(r"(?<!\[)\b(Image|Policies|Condition|[A-Z][a-z]+([A-Z][a-z]+)+)\b")


@each_rule
def test_fix_names_the_property_in_both_notations(rule: Rule) -> None:
    if "[[vouch]]" in rule.fix:  # nothing in the templates is wrong
        return
    assert (PROPERTY.search(rule.fix) is None) is (rule.id in WITHOUT_PROPERTY)
    has_argument = re.search(r"\b[a-z][a-z0-9_]*(=|\()|grant_read|EcsInstanceRole", rule.fix) is not None
    assert has_argument is (rule.id not in WITHOUT_CDK)


@each_rule
def test_page(rule: Rule) -> None:
    found = sections(rule)
    assert list(found) == SECTIONS
    assert all(found.values())
    for section in ("Bad", "Good"):
        assert re.findall("^### (.+)$", found[section], re.MULTILINE) == ["CloudFormation", "CDK"]
        assert re.findall("^```(.+)$", found[section], re.MULTILINE) == ["yaml", "python"]
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


@pytest.mark.parametrize(
    "rule",
    # What the last one finds, the findings of the others decide: tests/rules/test_acknowledgements.py has its table.
    [rule for rule in RULES if rule.id != "unused-acknowledgement"],
    ids=lambda rule: rule.id,
)
def test_acknowledged_in_the_template(tmp_path: Path, rule: Rule) -> None:
    path, policy = example(tmp_path, rule, "Bad", f"{{ecr-ecs-constructs: {{acknowledge: {{{rule.id}: why}}}}}}")
    assert [finding.acknowledged for finding in findings(path, [rule], policy)] == ["why"]
