"""The command `ecr-ecs trace`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ecr_ecs_constructs.cli.exit_codes import FAILED, OK, fail
from ecr_ecs_constructs.cli.output import lacks, show
from ecr_ecs_constructs.cli.project import Loading, decided
from ecr_ecs_constructs.cli.terminal import style_of_output
from ecr_ecs_constructs.cloudformation.assembly import STANDARD_INPUT
from ecr_ecs_constructs.cloudformation.template import NoTemplateError, Template
from ecr_ecs_constructs.reports import tree
from ecr_ecs_constructs.rules.judge import judge


def trace(options: argparse.Namespace) -> int:
    """Show the pull paths of containers."""
    config = decided(options)
    loading = Loading(config)
    templates, name = _templates_and_name(options.paths, loading)
    report = judge(templates, config.policy(options.today), ())
    chosen = [container for container in report.containers if name is None or container.container == name]
    if not chosen:
        names = ", ".join(sorted({container.container for container in report.containers}))
        known = f"the containers are {names}" if names else "there is no container"
        return fail(f"{name!r} is neither a path with templates nor a container: {known}" if name else known)
    show(tree.render(chosen, style_of_output(plain=options.no_color), ascii_only=lacks("├─└│")))
    return FAILED if loading.has_failed else OK


def _templates_and_name(every: Sequence[Path], loading: Loading) -> tuple[Sequence[Template], str | None]:
    """Return the templates to trace, and the name of a container where the last path is one."""
    *paths, last = every
    if paths and last != STANDARD_INPUT and not last.exists():
        return loading.of(paths), str(last)
    try:
        return loading.of(every), None
    except NoTemplateError:
        if not paths:
            raise
        # A folder may have the name of the container whose image is built from it.
        return loading.of(paths), str(last)
