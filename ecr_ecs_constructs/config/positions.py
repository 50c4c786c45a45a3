"""The lines of the keys of a document in TOML, which the parser of Python does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

Path = tuple[str | int, ...]


_MOST_LINES = 1000
"""How many lines of one statement are looked at: each costs as much as all before it."""


class Positions:
    """The lines of the keys of a document, which are looked for once and only where one is asked for.

    Args:
        text: the document, which can be parsed.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        lines: dict[Path, int] = {(): 1}
        for line, each in _statements(self._text):
            lines.setdefault(each, line)
        return lines

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line, from 1, where a key stands, or else that of what is around it.

        Args:
            path: the keys and indices that lead to the key.
        """
        known = (self._lines.get(tuple(path[:length])) for length in range(len(path), -1, -1))
        return next(line for line in known if line is not None)


def last_statement(text: str) -> int:
    """Return the line, from 1, where the last statement of a document begins, the first one that has no end."""
    start, written = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        start = start if written else number
        if number - start > _MOST_LINES:
            break
        written = "" if _parsed(written + line) is not None else written + line
    return start


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _statements(text: str) -> Iterator[tuple[int, Path]]:
    """Yield the path that each header of a table and each key has, with its line."""
    header: Path = ()
    last: dict[Path, int] = {}
    written, start = "", 1
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        written, start = (written + line, start) if written else (line, number)
        if number - start > _MOST_LINES:
            return
        node = _parsed(written)
        if node is None:
            continue  # a value goes on in the next line
        is_header = written.lstrip().startswith("[")
        written = ""
        if is_header:
            header = _header(node, last)
            yield start, header
        else:
            yield from ((start, (*header, *path)) for path in _paths(node))


def _header(node: object, last: dict[Path, int]) -> Path:
    """Return the path of a table, that of the last one where it is in an array of tables.

    Args:
        node: the header as it is parsed by itself.
        last: by the path of each array of tables, the index of its last one.
    """
    path: Path = ()
    while isinstance(node, (dict, list)) and node:
        if isinstance(node, list):
            last[path] = last.get(path, -1) + 1
            path, node = (*path, last[path]), node[0]
        else:
            ((key, node),) = node.items()
            path = (*path, key)
            if path in last and not isinstance(node, list):
                path = (*path, last[path])
    return path


def _paths(node: object) -> Iterator[Path]:
    """Yield the paths of all parts of what one statement says."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (key,)
        yield from ((key, *below) for below in _paths(value))
