"""The messages of some inputs as text: grouped by rule and by link, each form once."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from ecr_ecs_constructs.pull.proof import LINKS
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.judge import judge
from tests.messages.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ecr_ecs_constructs.rules.rule import Finding
    from tests.messages.inputs import Input


def rendered(inputs: Iterable[Input], *folders: Path) -> str:
    """Return all messages of the judge on some inputs, of each form the first one.

    Args:
        inputs: what is judged.
        folders: where their files are, which is left out of the names of templates.
    """
    parents = re.compile("|".join(re.escape(f"{folder}/") for folder in folders))
    found: dict[str, dict[tuple[str, str], str]] = {}
    for templates, policy, severities in inputs:
        report = judge(templates, policy, severities=severities)
        said = [(f.rule, f"{f.verdict.value}{_severity(f)}", f.message) for f in report.findings]
        said += [(link.name, link.verdict.value, link.evidence) for c in report.containers for link in c.links]
        for group, verdict, message in said:
            shown = parents.sub("", message)
            found.setdefault(group, {}).setdefault((verdict, form(shown)), shown)
    parts = [f"{rule.id}: {rule.severity.value}\n  fix: {rule.fix}\n{_lines(found.pop(rule.id, {}))}" for rule in RULES]
    parts += [f"link {name}\n{_lines(found.pop(name, {}))}" for name in LINKS]
    assert not found, found.keys()
    return "\n".join(parts)


def _severity(finding: Finding) -> str:
    """Return how bad a finding is, where that is not the severity of its rule."""
    return "" if finding.severity is BY_ID[finding.rule].severity else f" ({finding.severity.value})"


def _lines(forms: Mapping[tuple[str, str], str]) -> str:
    return "".join(sorted(f"  {verdict}: {_printable(text)}\n" for (verdict, _), text in forms.items()))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for sentence in sentences() for word in re.findall(r"[\w-]+", str(sentence)))


@cache
def form(message: str) -> str:
    """Return a message with nothing but the words of the code: no names, no values, nor how many there are of them."""
    message = re.sub(r"^container '[^']*': ", "", message)
    message = re.sub(r"\$\{[^}]*\}\S*|'[^']*'|\"[^\"]*\"", "…", message)
    words = _words()
    message = re.sub(r"[^\s,;:()…]+(?::[^\s,;:()…]+)*", lambda found: found[0] if found[0] in words else "…", message)
    message = re.sub(r"…+", "…", message)
    return re.sub(r"…(?:(?:, and|, or|,| and| or|) …)+", "…", message)
