"""The fingerprint of a finding, by which later runs know it again, and the names of files that it rests on."""

from __future__ import annotations

import json
import os
import re
from pathlib import PurePath
from typing import NamedTuple

from ecr_ecs_constructs.rules.rule import Finding

VERSION = 1
"""The version of how fingerprints are made: another one makes every finding a new one."""


class FindingKey(NamedTuple):
    """The parts of a finding by which later runs know it again, wherever lines have moved to and whatever is accepted.

    The line, the severity, the advice and an acknowledgement are none of them.

    Attributes:
        rule: the id of the rule.
        template: the name of the template's file, with `/` between its parts.
        logical_id: the resource.
        construct_path: the path of the construct that made the resource, empty where it is not known.
        location: the place in the resource, with names in place of numbers where elements of lists have some.
        message: the fact with its value.
    """

    rule: str
    template: str
    logical_id: str
    construct_path: str
    location: str
    message: str

    @classmethod
    def of(cls, finding: Finding, folder: str = "") -> FindingKey:
        """Return what a finding is known again by.

        Args:
            finding: the finding.
            folder: the absolute path of the folder from which its template is named; as `relative` takes it.
        """
        return cls(
            finding.rule,
            relative(finding.template, folder),
            finding.logical_id,
            finding.construct_path or "",
            finding.place or finding.location,
            # A few messages name other templates, too.
            re.sub(rf"(?<![^\s,:;()]){re.escape(folder)}/", "", finding.message) if folder else finding.message,
        )


def fingerprint(finding: Finding, folder: str = "") -> str:
    """Return the same text for the same finding in every run.

    Args:
        finding: a finding.
        folder: the absolute path of the folder from which the command was called; as `relative` takes it.
    """
    import hashlib  # noqa: PLC0415 - only some reports need it, and it takes its time

    # JSON in ASCII holds any text, a lone surrogate included, and no two lists are the same in it.
    return hashlib.sha256(json.dumps([VERSION, *FindingKey.of(finding, folder)]).encode("ascii")).hexdigest()


def relative(file: str, folder: str) -> str:
    """Return the name of a file below a folder, with `/` between its parts.

    Args:
        file: the name as the call gave it, absolute or seen from the folder.
        folder: the absolute path of the folder; empty where it is not known, and then the name stays as it is.

    Returns:
        The name as it is seen from the folder; the absolute path where the file is not below it.
    """
    path = PurePath(os.path.normpath(PurePath(folder, file)))
    return (path.relative_to(folder) if folder and path.is_relative_to(folder) else path).as_posix()
