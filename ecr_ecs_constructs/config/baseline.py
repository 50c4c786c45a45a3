"""The baseline of a project: the findings that were there when it began, which do not fail.

A baseline changes no verdict: only findings are accepted by it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.forms import Misfit, Schema, misfit_of
from ecr_ecs_constructs.cloudformation.positions import BYTE_ORDER_MARK, TemplatePositions, TextPart
from ecr_ecs_constructs.cloudformation.reading import Given, Reader, current_folder, parse
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError
from ecr_ecs_constructs.config.reading import ConfigError, named
from ecr_ecs_constructs.rules.fingerprints import FindingKey, relative
from ecr_ecs_constructs.rules.rule import Finding

USUAL_FILE = "ecr-ecs.baseline.json"
"""The file that a baseline is written to where nothing else is said."""

VERSION = 1
"""The version of the form."""


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


_PARTS = {
    "template": _text("The template's file, from the folder of this file."),
    "logical_id": _text("The resource; empty for the template."),
    "construct_path": _text("The construct that made the resource, where known."),
    "location": _text("The place in the resource."),
    "rule": _text("The id of the rule."),
    "message": _text("The fact with its value."),
}
_OPTIONAL = "construct_path"

SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Baseline of ecr-ecs: ecr-ecs.baseline.json",
    "type": "object",
    "description": "The findings that were there when a project began, as `ecr-ecs baseline` writes them.",
    "properties": {
        "version": {"type": "integer", "enum": [VERSION], "description": "The version of this form."},
        "findings": {
            "type": "array",
            "description": "The findings, in the order of their templates.",
            "items": {
                "type": "object",
                "description": "A finding: what it is known again by.",
                "properties": _PARTS,
                "required": [key for key in _PARTS if key != _OPTIONAL],
                "additionalProperties": False,
            },
        },
    },
    "required": ["version", "findings"],
    "additionalProperties": False,
}
"""The form of a baseline."""


class Names:
    """The names of files as a baseline has them: from its folder, with `/` between their parts.

    Args:
        file: the file of the baseline.
        files: the names of the files that are judged, as findings have them.
        outdir: the folder that a synthesis writes to. Where it is not below the current one, as in unit tests, its
            templates are named as `cdk synth` writes them.
    """

    def __init__(self, file: Path, files: Iterable[str], outdir: str = "") -> None:
        self._here = Path(current_folder())
        self.folder = os.path.normpath(self._here / file.parent)  # links stay, as in the names of templates
        self._outdir = outdir
        self._by_file = {name: self._named(name) for name in files}
        self.judged = frozenset(self._by_file.values())

    def _named(self, file: str) -> str:
        path = self._here / file
        if self._outdir and path.is_relative_to(self._outdir) and not path.is_relative_to(self._here):
            path = self._here / "cdk.out" / path.relative_to(self._outdir)
        return relative(str(path), self.folder)

    def key_of(self, finding: Finding) -> FindingKey:
        """Return what a finding is known again by."""
        return FindingKey.of(finding)._replace(
            template=self._by_file.get(finding.template) or self._named(finding.template),
            # A few messages name other templates, too.
            message=_WORD.sub(lambda word: self._by_file.get(word[0], word[0]), finding.message),
        )


_WORD = re.compile(r"[^\s,:;()]+")


class Baseline(NamedTuple):
    """The baseline of a project.

    Attributes:
        file: where it stands.
        findings: what its findings are known again by.
    """

    file: Path = Path(USUAL_FILE)
    findings: frozenset[FindingKey] = frozenset()

    def applied(
        self, found: Iterable[Finding], files: Iterable[str], rules: Collection[str] = (), outdir: str = ""
    ) -> tuple[tuple[Finding, ...], tuple[FindingKey, ...]]:
        """Return findings, each with whether it is in the baseline, and those of the baseline that are gone.

        A finding is gone where its rule and its template were judged, or the template is no more.

        Args:
            found: the findings.
            files: the names of the files that were judged.
            rules: the ids of the rules that were checked.
            outdir: the folder that a synthesis writes to.
        """
        if not self.findings:
            return tuple(found), ()
        names = Names(self.file, files, outdir)
        keys = {finding: _keys(finding, names) for finding in found}
        marked = tuple(each._replace(in_baseline=not own.isdisjoint(self.findings)) for each, own in keys.items())
        gone = [
            each
            for each in self.findings.difference(*keys.values())
            if each.rule in rules and (each.template in names.judged or not Path(names.folder, each.template).exists())
        ]
        return marked, tuple(sorted(gone, key=_place))


def _keys(finding: Finding, names: Names) -> frozenset[FindingKey]:
    """Return by what a finding is known again: also by its number in a list, as older baselines have it."""
    own = names.key_of(finding)
    return frozenset((own, own._replace(location=finding.location)))


def content(found: Iterable[Finding], names: Names) -> str:
    """Return what a file is to hold so that findings are in its baseline, in an order that nothing else decides."""
    written = [
        {key: value for key, value in zip(_PARTS, _place(one), strict=True) if value or key != _OPTIONAL}
        for one in sorted({names.key_of(finding) for finding in found}, key=_place)
    ]
    return json.dumps({"version": VERSION, "findings": written}, indent=2) + "\n"


def _place(finding: FindingKey) -> tuple[str, ...]:
    return tuple(getattr(finding, key) for key in _PARTS)


def read(file: Path | None) -> Baseline:
    """Return the baseline of a file, an empty one for none.

    Raises:
        ConfigError: it can't be read, or is not as it must be; what it holds is not quoted.
    """
    if file is None:
        return Baseline()
    try:
        text = Reader(file, Given.of([file])).text(file).removeprefix(BYTE_ORDER_MARK)
        node = parse(text, file) if text.lstrip()[:1] == "{" else []
    except TemplateError as error:
        hint = "" if os.path.lexists(file) else "; `ecr-ecs baseline` writes it"
        raise ConfigError(f"{error}{hint}") from None
    misfit = misfit_of(node, SCHEMA)
    if misfit is not None:
        raise ConfigError(_complaint(file, text, misfit))
    return Baseline(file, frozenset(map(_key, _findings(node))))


def _findings(node: Node) -> Iterator[dict[str, Node]]:
    findings = node["findings"] if isinstance(node, dict) else None
    for each in findings if isinstance(findings, list) else ():
        if isinstance(each, dict):
            yield each


def _key(finding: dict[str, Node]) -> FindingKey:
    return FindingKey(**{key: str(finding.get(key, "")) for key in _PARTS})


def _complaint(file: Path, text: str, misfit: Misfit) -> str:
    """Return what is wrong with a baseline; a key that it must not have is not quoted, either."""
    if text.lstrip()[:1] != "{":
        return f"{file}: must be JSON, as `ecr-ecs baseline` writes it"
    part: TextPart = (positions := TemplatePositions(text)).root
    for key in misfit.path:
        part = part.parts[key]
    known = [key for key in misfit.path if isinstance(key, int) or key in _KNOWN]
    words = misfit.words if len(known) == len(misfit.path) else "must have no other keys than those of a baseline"
    return f"{file}:{positions.position(part.key).line}: {named(known) or 'the baseline'} {words}"


_KNOWN = {"version", "findings", *_PARTS}
