"""How bad findings are where a project has decided otherwise than the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.rules.rule import Finding, Severity

OFF = "off"
"""In place of a severity: what the rule finds is not reported."""


class Severities(NamedTuple):
    """The severities of findings at some places.

    Attributes:
        of_rules: by the id of a rule, how bad its findings are; None for such as are not reported.
        path: a pattern of construct paths; it is about what is below these, too. None for everywhere.
        template: a pattern of the paths of templates, or of the ends of these; None for all.
        file: where they are decided; empty where that is no file.
        line: the line in there, from 1.
        location: the place in there.
    """

    of_rules: Mapping[str, Severity | None]
    path: str | None = None
    template: str | None = None
    file: str = ""
    line: int = 0
    location: str = ""

    def concerns(self, finding: Finding) -> bool:
        """Return whether it is about a finding."""
        return finding.rule in self.of_rules and self._is_at(finding.template, finding.construct_path)

    def fits(self, templates: Iterable[Template]) -> bool:
        """Return whether something of some templates is at one of its places."""
        if self.path is None:
            return self.template is None or any(self._is_at(each.name, None) for each in templates)
        return any(
            self._is_at(each.name, resource.construct_path)
            for each in templates
            for resource in each.resources.values()
        )

    def _is_at(self, template: str, path: str | None) -> bool:
        return (self.path is None or is_below(path, self.path)) and (
            self.template is None or is_named(template, self.template)
        )


def severity_of(finding: Finding, decided: Sequence[Severities]) -> Severity | None:
    """Return how bad a finding is as a project has decided, the last decision before others; None for not reported."""
    for each in reversed(decided):
        if each.concerns(finding):
            return each.of_rules[finding.rule]
    return finding.severity


def is_below(path: str | None, pattern: str) -> bool:
    """Return whether a construct path fits a pattern, or is below one that does; `*` stands for any text in a name."""
    if path is None:
        return False
    names, patterns = path.split("/"), pattern.split("/")
    return len(names) >= len(patterns) and all(map(fnmatchcase, names, patterns))


def is_named(file: str, pattern: str) -> bool:
    """Return whether the path of a file, or an end of it, fits a pattern."""
    parts = PurePath(file).parts
    return any(fnmatchcase("/".join(parts[start:]), pattern) for start in range(len(parts)))
