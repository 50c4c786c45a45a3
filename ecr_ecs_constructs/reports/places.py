"""The places in files that reports point at."""

from __future__ import annotations

import re
from typing import NamedTuple

from ecr_ecs_constructs.rules.fingerprints import relative
from ecr_ecs_constructs.rules.rule import Finding


class FilePlace(NamedTuple):
    """A place in a file.

    Attributes:
        file: the name of the file, as `rules.fingerprints.relative` gives it.
        line: the line, from 1; None where it is not known.
        column: the column, from 1, in characters; None where it is not known.
    """

    file: str
    line: int | None = None
    column: int | None = None


def place_of(finding: Finding, folder: str) -> FilePlace:
    """Return where a person looks: at the statement that made the resource, else at the place in the template."""
    return statement_of(finding, folder) or template_place_of(finding, folder)


def statement_of(finding: Finding, folder: str) -> FilePlace | None:
    """Return the statement that made the resource, where it is known."""
    statement = re.fullmatch("(.+):([1-9][0-9]{0,8})", finding.source or "", re.DOTALL)
    return statement and FilePlace(relative(statement[1], folder), int(statement[2]))


def template_place_of(finding: Finding, folder: str) -> FilePlace:
    """Return the place in the template."""
    line, column = finding.position or (None, None)
    return FilePlace(relative(finding.template, folder), line, column)


def bytes_of(file: str) -> bytes:
    """Return the name of a file in UTF-8, or else in the bytes that it has where it is no text.

    Of such a name Python makes lone surrogates. A template may say others, which no name has.

    Source: https://peps.python.org/pep-0383/
    """
    try:
        return file.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return file.encode("utf-8", "surrogatepass")


def resource_of(finding: Finding) -> str:
    """Return the name of the resource: its construct path, else its logical id; empty where it is of none."""
    return finding.construct_path or finding.logical_id
