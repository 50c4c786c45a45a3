"""Measure child processes, and show what was measured as tables."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

# The unit of a process' peak memory; getrusage(2) of each system says it.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Process:
    """A child process that has ended.

    Attributes:
        seconds: from its start to its end.
        peak: the largest resident memory of it or of one of the processes that it waited for, in bytes.
        output: what it wrote to standard output.
    """

    seconds: float
    peak: int
    output: str


def run(command: Sequence[str], codes: Sequence[int] = (0,)) -> Process:
    """Run a command to its end.

    Args:
        command: the program and its arguments.
        codes: the exit codes with which it has done what it is measured for.

    Raises:
        RuntimeError: it ended with another exit code.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors)  # noqa: S603 - what is measured, no shell
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode not in codes:
            tail = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(command[:4])} … ended with code {process.returncode}: {tail}")
        return Process(seconds, usage.ru_maxrss * _PEAK_UNIT, out.read().decode())


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: what was measured.
        seconds: of each run.
        peak: the largest peak memory of the runs in bytes, None where it has no process of its own.
        note: what else is to be said.
    """

    name: str
    seconds: tuple[float, ...]
    peak: int | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the runs in seconds."""
        return statistics.median(self.seconds)


def table(title: str, rows: Sequence[Row]) -> str:
    """Return rows side by side: median with spread, ratio to the first, peak memory."""
    cells = [("", "median", "fastest … slowest", "runs", "ratio", "peak memory", "")]
    cells += [
        (
            row.name,
            _time(row.median),
            f"{_time(min(row.seconds))} … {_time(max(row.seconds))}",
            str(len(row.seconds)),
            f"{row.median / rows[0].median:.2f}",
            "" if row.peak is None else f"{row.peak / 2**20:.0f} MiB",
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if index in (0, len(widths) - 1) else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    return "\n".join((title, *(f"  {line}" for line in lines), ""))


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


@dataclass(frozen=True)
class Goal:
    """A goal and whether one run met it.

    Attributes:
        name: what is asked.
        value: what was measured.
        limit: the most that meets it, or the least where `at_least`.
        form: how both are written, a format such as `{:.1f} times`.
        at_least: whether more is better.
    """

    name: str
    value: float
    limit: float
    form: str
    at_least: bool = False

    def __str__(self) -> str:
        """Return the goal in one line."""
        met = self.value >= self.limit if self.at_least else self.value <= self.limit
        bound = "at least" if self.at_least else "at most"
        value, limit = self.form.format(self.value), self.form.format(self.limit)
        return f"  {'met   ' if met else 'MISSED'}  {self.name}: {value}, goal {bound} {limit}"
