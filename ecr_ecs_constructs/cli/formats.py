"""The forms of a report, and where each is written."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.rules.judge import Report


def _of(module: str) -> Callable[[Report], str]:
    """Return what renders a report by a module of `reports`, which is imported where it is asked for."""

    def render(report: Report) -> str:
        text: str = import_module(f"ecr_ecs_constructs.reports.{module}").render(report)
        return text

    return render


FORMATS: Mapping[str, Callable[[Report], str]] = {
    name: _of(name) for name in ("text", "json", "sarif", "github", "gitlab", "junit", "diff")
}
"""The functions that render a report, by the name of its form."""


class Wanted(NamedTuple):
    """A report that is asked for.

    Attributes:
        format: the name of its form; None where only a file is given, for the text.
        output: the file that it is written to; None for standard output.
    """

    format: str | None
    output: Path | None = None


class FormatAction(argparse.Action):
    """Asks for a report in one more form."""

    def __call__(self, _: object, namespace: argparse.Namespace, values: object, __: object = None) -> None:
        """Note the form."""
        earlier: Sequence[Wanted] = getattr(namespace, self.dest) or ()
        if any(one.format is None for one in earlier):
            raise argparse.ArgumentError(None, "--output must stand behind the --format that it is of")
        setattr(namespace, self.dest, [*earlier, Wanted(str(values))])


class OutputAction(argparse.Action):
    """Says where the last report that was asked for is written."""

    def __call__(self, _: object, namespace: argparse.Namespace, values: object, __: object = None) -> None:
        """Note the file."""
        *earlier, last = getattr(namespace, self.dest) or [Wanted(None)]
        if last.output is not None:
            raise argparse.ArgumentError(None, f"a --format must stand before each --output, got {str(values)!r} too")
        setattr(namespace, self.dest, [*earlier, last._replace(output=Path(str(values)))])


def wanted(asked: Sequence[Wanted] | None) -> Sequence[tuple[str, Path | None]]:
    """Return the forms to write, each with its file, None for standard output.

    Files come first: the reader of standard output may go.

    Args:
        asked: those that are asked for, in order; none for the text on standard output.

    Raises:
        ValueError: two of them go to the same place.
    """
    every = [(one.format or "text", one.output) for one in asked or [Wanted(None)]]
    printed = [form for form, output in every if output is None]
    if len(printed) > 1:
        raise ValueError(
            f"at most one report goes to standard output, got {' and '.join(printed)}: "
            "--output FILE behind a --format writes it to a file"
        )
    files = [output for _, output in every if output is not None]
    places = Counter(map(os.path.realpath, files))
    for file in files:
        if places[os.path.realpath(file)] > 1:
            raise ValueError(f"{file}: two reports can't be written to one file")
    return sorted(every, key=lambda one: one[1] is None)


def check_forms(reports: Sequence[tuple[str, Path | None]], *, with_diff: bool) -> None:
    """Refuse forms that can't be written as they are asked for.

    Args:
        reports: the forms, each with its file.
        with_diff: whether what mends findings is to be shown below the text.

    Raises:
        ValueError: a diff would go to standard output, or there is no text to show it below.
    """
    if ("diff", None) in reports:
        raise ValueError(
            "--format diff needs --output FILE: its text is exact, and may steer a terminal; --diff shows it"
        )
    if with_diff and not any(form == "text" for form, _ in reports):
        raise ValueError("--diff needs --format text; --format diff --output FILE writes a file for `git apply`")
