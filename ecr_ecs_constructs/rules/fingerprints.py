"""The fingerprint of a finding, by which later runs know it again, and the names of files that it rests on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import PurePath

from ecr_ecs_constructs.rules.rule import Finding

VERSION = 1
"""The version of how fingerprints are made: another one makes every finding a new one."""


def fingerprint(finding: Finding, folder: str = "") -> str:
    """Return the same text for the same finding in every run, wherever lines have moved to and whatever is accepted.

    It is made of the rule, the template, the resource, the construct, the place in the resource and the message; not of
    lines, the severity, the advice or an acknowledgement.

    Args:
        finding: a finding.
        folder: the absolute path of the folder from which the command was called; as `relative` takes it.
    """
    parts = (
        finding.rule,
        relative(finding.template, folder),
        finding.logical_id,
        finding.construct_path or "",
        finding.location,
        finding.message,
    )
    # JSON in ASCII holds any text, a lone surrogate included, and no two lists are the same in it.
    return hashlib.sha256(json.dumps([VERSION, *parts]).encode("ascii")).hexdigest()


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
