"""A unified diff of the changes that mend findings for certain, which `git apply` and `patch -p1` take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.edits import Edit, Replacement, apply, by_file, lines_of
from ecr_ecs_constructs.cloudformation.positions import TemplatePositions
from ecr_ecs_constructs.reports.places import bytes_of
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.fingerprints import relative
from ecr_ecs_constructs.rules.judge import Report

_CONTEXT = 3
"""How many lines stand around a change."""


def render(report: Report) -> str:
    """Return all that mends findings which are not accepted as one unified diff, empty where there is nothing.

    Files are named as they stand below the current folder. It is exact, control characters included: it belongs in a
    file, not on a terminal.
    """
    open_findings = (finding for finding in report.findings if finding.accepted is None)
    files = by_file(chain.from_iterable(finding.edits for finding in open_findings))
    return "".join(line for each in files for line in _of_file(each, report.folder))


def shown(report: Report) -> str:
    """Return the same for people and logs: control characters have escapes, and no line begins with a template's."""
    lines = [f"  | {escape(line.rstrip())}".rstrip() for line in lines_of(render(report))]
    return "".join(f"{line}\n" for line in ["changes that mend findings:", *lines]) if lines else ""


def _of_file(edits: Sequence[Edit], folder: str) -> Iterator[str]:
    source = edits[0].source
    changed = apply(source, edits)
    if changed.replacements:
        name = relative(edits[0].template, folder).lstrip("/")
        yield f"--- {_quoted(f'a/{name}')}\n+++ {_quoted(f'b/{name}')}\n"
        yield from _hunks(*_pieces(source, changed.replacements))


def _quoted(name: str) -> str:
    """Return the name of a file as Git writes it: in quotes where it is no plain text; a space ends it."""
    if not name.isprintable() or '"' in name or "\\" in name:
        plain = (chr(each) if 32 <= each < 127 and each not in b'"\\' else f"\\{each:03o}" for each in bytes_of(name))
        return f'"{"".join(plain)}"'
    return f"{name}\t" if " " in name else name


class _Piece(NamedTuple):
    """Lines of a file that are replaced.

    Attributes:
        start: the number of the first one, from 0.
        end: the number of the one behind them.
        new: what stands there instead.
    """

    start: int
    end: int
    new: list[str]


def _pieces(source: TemplatePositions, replacements: Sequence[Replacement]) -> tuple[list[str], list[_Piece]]:
    """Return the lines of a file, and what is replaced; the first line begins with the byte order mark."""
    old = lines_of(source.text)
    number = {offset: line for line, offset in enumerate([0, *accumulate(map(len, old))])}
    pieces = [_Piece(number[start], number[end], lines_of(text)) for start, end, text in replacements]
    for lines in (old, *(piece.new for piece in pieces if piece.start == 0)):
        lines[0] = source.mark + lines[0]
    return old, pieces


def _hunks(old: Sequence[str], pieces: Sequence[_Piece]) -> Iterator[str]:
    """Yield the hunks of a diff.

    Args:
        old: the lines of the file.
        pieces: what is replaced.
    """
    moved = 0
    for group in _groups(pieces):
        first = at = max(group[0].start - _CONTEXT, 0)
        body: list[str] = []
        for start, end, new in group:
            body += [f" {each}" for each in old[at:start]]
            body += [*(f"-{each}" for each in old[start:end]), *(f"+{each}" for each in new)]
            at = end
        body += [f" {each}" for each in old[at : at + _CONTEXT]]
        before = sum(each[0] != "+" for each in body)
        after = sum(each[0] != "-" for each in body)
        yield f"@@ -{first + 1},{before} +{first + moved + 1},{after} @@\n"
        yield from (each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in body)
        moved += after - before


def _groups(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Yield those that are so near that their context meets."""
    group: list[_Piece] = []
    for piece in pieces:
        if group and piece.start > group[-1].end + 2 * _CONTEXT:
            yield group
            group = []
        group.append(piece)
    yield group
