"""The one door to files: regular files below the given paths, each up to `MAX_SIZE`, in JSON or YAML.

No message quotes what a file holds: until it turns out to be a template, it may be anybody's.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Iterable
from functools import cache
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.nesting import MAX_NESTING, is_shallow
from ecr_ecs_constructs.cloudformation.positions import BYTE_ORDER_MARK
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError

MAX_SIZE = 64 * 2**20
"""How many bytes a file may have; CloudFormation itself takes templates of 1 MB."""


class Given(NamedTuple):
    """The paths that a user has given, as they are without links.

    Attributes:
        folders: the folders, each with a separator at its end; what lies below them may be read.
        files: everything else.
    """

    folders: tuple[str, ...]
    files: frozenset[str]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Given:
        """Return what is given with some paths, be they there or not."""
        folders, files = [], []
        for path in paths:
            if is_folder(path):
                folders.append(_closed(path))
            elif os.path.lexists(path):
                files.append(os.path.realpath(path))
        return cls(tuple(folders), frozenset(files))


ANYWHERE = Given(("",), frozenset())
"""No limits, for what the program itself has just written: every name in there is its own."""


def is_folder(path: Path) -> bool:
    """Return whether a path is that of a folder, or of a link to one; nothing with an impossible name is."""
    return os.path.isdir(path)  # noqa: PTH112 - that of pathlib raises an error for a name that is too long


def current_folder() -> str:
    """Return the absolute path of the current folder, empty where it has been removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _closed(folder: Path) -> str:
    """Return the path of a folder without links, with a separator at its end."""
    return os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - pathlib leaves it out


class Reader:
    """Reads the files to which one given path leads: those below it, or below the folder of a file.

    What the user has given besides may be read, too: a template in one folder may nest one in another. Links are
    followed as long as they do not lead out.

    Args:
        path: the given path.
        all_given: it and all others.
    """

    def __init__(self, path: Path, all_given: Given) -> None:
        folder = path if is_folder(path) else path.parent
        self._shown = "the current folder" if folder == Path() else str(folder)
        self._folders = (*([_closed(folder)] if _can_be(folder) else []), *all_given.folders)
        self._files = all_given.files
        # The files of a folder share its links: each is only asked whether it is one itself.
        self._real_folder = cache(os.path.realpath)

    def real(self, file: Path, called: str | None = None) -> str:
        """Return the path without links of a file or a folder, be it there or not.

        Args:
            file: its path.
            called: how messages call it, the place that names it and the name; None for what was found in a folder.

        Raises:
            TemplateError: it leads out of what may be read, or nothing can have this path.
        """
        try:
            return self._inside(file, called)
        except OSError as error:
            raise TemplateError(f"{file}: cannot be read: {error.strerror}") from None

    def _inside(self, file: Path, called: str | None) -> str:
        if not _can_be(file):
            raise OSError(errno.EINVAL, "no file can have this name")
        folder, name = os.path.split(file)
        real = os.path.join(self._real_folder(folder), name)  # noqa: PTH118 - pathlib takes three times as long
        if name in ("", os.curdir, os.pardir) or os.path.islink(real):  # noqa: PTH114 - as above
            real = os.path.realpath(file)
        # The folder itself is among those below it.
        if real.startswith(self._folders) or real in self._files or f"{real}{os.sep}" in self._folders:
            return real
        raise TemplateError(
            f"{called or f'{file}: the link'} leads out of {self._shown}: only files below the given paths are read;"
            " give its folder too, if it is to be read"
        )

    def finds(self, file: Path, called: str | None = None) -> bool:
        """Return whether there is a file to read; a folder is none.

        Raises:
            TemplateError: it leads out of what may be read, or is a pipe, a socket or a device.
        """
        try:
            mode = os.stat(self._inside(file, called)).st_mode  # noqa: PTH116 - a path without links is a text
        except OSError:
            return False
        if stat.S_ISDIR(mode):
            return False
        _check_kind(mode, called or str(file))
        return True

    def text(self, file: Path, called: str | None = None) -> str:
        """Return what stands in a file.

        Raises:
            TemplateError: it leads out of what may be read, is no regular file, larger than `MAX_SIZE`, no text in
                UTF-8, or can't be read.
        """
        try:
            content = _content(file, self._inside(file, called), called or str(file))
        except OSError as error:
            raise TemplateError(f"{file}: cannot be read: {error.strerror}") from None
        return _decoded(content, file)

    def standard_input(self) -> str:
        """Return what stands in standard input.

        Raises:
            TemplateError: it is larger than `MAX_SIZE`, no text in UTF-8, or closed.
        """
        if sys.stdin is None:
            raise TemplateError("-: cannot be read: standard input is closed")
        content = sys.stdin.buffer.read(MAX_SIZE + 1)
        if len(content) > MAX_SIZE:
            raise TooLargeError(f"-: must have at most {MAX_SIZE >> 20} MiB, has more")
        return _decoded(content, Path("-"))

    def node(self, file: Path, called: str | None = None) -> Node:
        """Return what a file in JSON or YAML holds.

        Raises:
            TemplateError: it can't be read or parsed.
        """
        return parse(self.text(file, called), file)


def _decoded(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{file}: must be a text in UTF-8, is none at byte {error.start}") from None


def _can_be(path: Path) -> bool:
    """Return whether anything can have a path, be it there or not."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


class TooLargeError(TemplateError):
    """A file that is larger than `MAX_SIZE`."""


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _check_kind(mode: int, called: str) -> None:
    if not stat.S_ISREG(mode):
        raise TemplateError(f"{called}: must be a regular file, is {_KINDS.get(stat.S_IFMT(mode), 'none')}")


# A system that lacks one of these flags has no such files either.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _content(file: Path, real: str, called: str) -> bytes:
    _check_kind(os.stat(file).st_mode, called)  # noqa: PTH116 - even opening a device can have effects
    descriptor = os.open(real, _FLAGS)
    try:
        status = os.fstat(descriptor)  # what counts is what was opened, whatever stands there by now
        _check_kind(status.st_mode, called)
        parts: list[bytes] = []
        left = MAX_SIZE + 1
        # The system tells no size of the files that it makes when they are read.
        while left and status.st_size <= MAX_SIZE:
            part = os.read(descriptor, min(left, max(status.st_size + 1, 2**16)))
            if not part:
                return b"".join(parts)
            parts.append(part)
            left -= len(part)
    finally:
        os.close(descriptor)
    raise TooLargeError(f"{file}: must have at most {MAX_SIZE >> 20} MiB, has more")


def parse(content: str, file: Path) -> Node:
    """Parse the content of a file, JSON by its first character, else YAML.

    Raises:
        TemplateError: it is neither, or is nested deeper than `MAX_NESTING`.
    """
    content = content.removeprefix(BYTE_ORDER_MARK)
    begin = content.lstrip()[:1]
    if not begin:
        raise TemplateError(f"{file}: is empty")
    try:
        return _json(content, file) if begin in "{[" else _yaml(content, file)
    except RecursionError:
        raise TemplateError(f"{file}: objects and lists must be nested at most {MAX_NESTING} deep") from None


def _json(content: str, file: Path) -> Node:
    try:
        node: Node = _JSON.decode(content)
    except ValueError as error:
        if file.suffix in (".yaml", ".yml"):  # YAML's flow style begins as JSON does
            return _yaml(content, file)
        if isinstance(error, json.JSONDecodeError):
            raise TemplateError(f"{file}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
        raise TemplateError(f"{file}: not JSON: {_WRONG_NUMBER}") from None
    if not is_shallow(content):
        raise RecursionError
    return node


_WRONG_NUMBER = "a number must be finite and have at most 4300 digits"


def _number(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(_WRONG_NUMBER)
    return number


_JSON = json.JSONDecoder(parse_constant=_number, parse_float=_number)


def _yaml(content: str, file: Path) -> Node:
    return yaml_text.parse(content, str(file))
