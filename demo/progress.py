"""One line a step, with the seconds that it took; on a terminal the running one is alive."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

_T = TypeVar("_T")
_TICK_SECONDS = 0.2


class Progress:
    """Shows the steps of a program as they go.

    Args:
        out: where to; None for the standard output.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()

    @contextmanager
    def step(self, title: str, log: Path | None = None) -> Iterator[None]:
        """Show a step.

        Args:
            title: what is done.
            log: the file whose last line tells how far it is.
        """
        start = time.monotonic()
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(title, log, start, done), daemon=True)
        if self._live:
            watcher.start()
        else:
            self._write(f"{title} ... ")
        outcome = "failed after "
        try:
            yield
            outcome = ""
        finally:
            done.set()
            if self._live:
                watcher.join()
                self._write(f"\r\x1b[K{title} ... ")
            self._write(f"{outcome}{time.monotonic() - start:.1f} s\n")

    @contextmanager
    def started(self, title: str, resource: AbstractContextManager[_T]) -> Iterator[_T]:
        """Show as a step how a resource comes up, and keep it for the block.

        Args:
            title: what is done.
            resource: what to enter.
        """
        with ExitStack() as stack:
            with self.step(title):
                value = stack.enter_context(resource)
            yield value

    def say(self, *lines: str) -> None:
        """Write lines.

        Args:
            lines: the lines.
        """
        self._write("".join(f"{line}\n" for line in lines))

    def _watch(self, title: str, log: Path | None, start: float, done: threading.Event) -> None:
        while not done.wait(_TICK_SECONDS):
            line = f"{title} ... {time.monotonic() - start:.0f} s  {_last_line(log)}"
            self._write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _last_line(log: Path | None) -> str:
    lines = tail(log, 1) if log and log.exists() else []
    return lines[-1] if lines else ""


def tail(log: Path, count: int) -> list[str]:
    """The last lines of a log that say something, without control characters.

    Args:
        log: the file.
        count: how many lines.
    """
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 400 * count))
        text = file.read().decode(errors="replace")
    lines = ("".join(character for character in line if character.isprintable()) for line in text.splitlines())
    return [line for line in lines if line.strip()][-count:]
