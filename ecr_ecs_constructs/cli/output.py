"""The streams and the files that the command writes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from ecr_ecs_constructs.reports.text import escape


def show(content: str) -> None:
    """Write to standard output, with escapes for the characters that its encoding does not have."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, "is closed")
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(content.encode(encoding, "backslashreplace").decode(encoding))


def complain(line: str) -> None:
    """Write a line to standard error, unless it is closed, full, or has no reader: the exit code says enough."""
    if sys.stderr is None:  # a process may be started without
        return
    try:
        sys.stderr.write(f"{escape(line)}\n")
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Throw away all that is still to be written to a stream, also what it holds when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def lacks(characters: str) -> bool:
    """Return whether the encoding of standard output lacks some characters."""
    encoding = (sys.stdout and sys.stdout.encoding) or "utf-8"
    return characters.encode(encoding, "ignore").decode(encoding) != characters


def spare(outputs: Iterable[Path], inputs: Iterable[str | Path]) -> None:
    """Refuse to write what the call has read, which would be lost.

    Args:
        outputs: the files that are to be written.
        inputs: the files that were read.

    Raises:
        OSError: one of them was read.
    """
    read = {*map(os.path.realpath, inputs)}
    for output in outputs:
        if os.path.realpath(output) in read:
            raise OSError(errno.EEXIST, "is read by this call, and can't be written", str(output))


def write(content: str, output: Path | None) -> None:
    """Write a report to standard output, or to a file, which is written as a whole or not at all."""
    if output is None:
        show(content)
        return
    try:
        if output.exists() and not output.is_file():  # such as a pipe
            output.write_text(content, encoding="utf-8")
            return
        target = output.resolve()  # a link stays one
        # A name that nobody can foresee: a link that stood there would lead this to another file.
        whole = target.with_name(f".ecr-ecs-{os.urandom(8).hex()}")
        try:
            with whole.open("x", encoding="utf-8") as file:
                file.write(content)
            if target.exists():
                whole.chmod(target.stat().st_mode & 0o7777)
            whole.replace(target)
        finally:
            whole.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror}", str(output)) from None
