"""The command `ecr-ecs baseline`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ecr_ecs_constructs.cli.exit_codes import FAILED, OK
from ecr_ecs_constructs.cli.output import show, spare, write
from ecr_ecs_constructs.cli.project import decided, judged, with_rules
from ecr_ecs_constructs.config.baseline import USUAL_FILE, Names, content
from ecr_ecs_constructs.reports.text import escape


def baseline(options: argparse.Namespace) -> int:
    """Write the findings that are there now to a file, by which later calls know them again."""
    config = with_rules(decided(options), options)
    file: Path = options.output or config.baseline or Path(USUAL_FILE)
    report, _, files, has_failed = judged(config, options)
    spare([file], [*options.paths, *files])
    if has_failed:  # what is in the other files would seem new
        return FAILED
    found = [finding for finding in report.findings if finding.acknowledged is None]
    write(content(found, Names(file, files)), file)
    noun = "finding" if len(found) == 1 else "findings"
    show(escape(f"{len(found)} {noun} written to {file}") + "\n")
    return OK
