"""Child processes that never outlive the block that started them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GRACE_SECONDS = 5.0
"""How long a child has to end by itself after it was asked to."""


@contextmanager
def running(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: IO[str],
    cwd: Path | None = None,
    pipe_output: bool = False,
) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process group of its own, and end that group with the block.

    Args:
        command: the program and its arguments.
        env: the whole environment of the process.
        log: where standard error goes, and standard output unless it is piped.
        cwd: the working directory.
        pipe_output: whether standard output is read through the process' `stdout`.

    Yields:
        The process; its standard input is an open pipe.
    """
    process: subprocess.Popen[str] | None = None
    try:
        with _held_back(signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen(  # noqa: S603 - the programs of this package, no shell
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if pipe_output else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        yield process
    finally:
        if process is not None:
            _end(process)


@contextmanager
def _held_back(*numbers: signal.Signals) -> Iterator[None]:
    """Take the signals that come in the block at its end: within, a process may be there that nobody knows yet."""
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda number, _: came.append(number)) for number in numbers}
    try:
        yield
    finally:
        for caught, handler in handlers.items():
            signal.signal(caught, handler)
        for number in came:
            signal.raise_signal(number)


def _end(process: subprocess.Popen[str]) -> None:
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
        except (ProcessLookupError, PermissionError):  # the whole group has ended; macOS says the latter
            break
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
