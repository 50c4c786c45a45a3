"""The command `ecr-ecs check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ecr_ecs_constructs.cli.exit_codes import FAILED, FINDINGS, OK, fail
from ecr_ecs_constructs.cli.formats import FORMATS, check_forms, wanted
from ecr_ecs_constructs.cli.output import spare, write
from ecr_ecs_constructs.cli.project import decided, judged, with_rules
from ecr_ecs_constructs.cli.terminal import style_of_output
from ecr_ecs_constructs.cloudformation.reading import current_folder
from ecr_ecs_constructs.config.baseline import read
from ecr_ecs_constructs.config.config import Config
from ecr_ecs_constructs.reports import text
from ecr_ecs_constructs.reports.style import PLAIN
from ecr_ecs_constructs.rules.judge import Report
from ecr_ecs_constructs.rules.rule import Severity


def check(options: argparse.Namespace) -> int:
    """Judge templates and report on them."""
    try:
        reports = wanted(options.reports)
        check_forms(reports, with_diff=options.diff)
    except ValueError as error:
        return fail(str(error))
    config = _with_gate(with_rules(decided(options), options), options)
    baseline = read(config.baseline)
    report, rules, files, has_failed = judged(config, options)
    read_too = [] if config.baseline is None else [config.baseline]
    spare((output for _, output in reports if output is not None), [*options.paths, *files, *read_too])
    findings, gone = baseline.applied(report.findings, files, rules)
    report = report._replace(
        findings=findings,
        gone=None if config.baseline is None else gone,
        gate=config.gate,
        folder=current_folder(),
    )
    # Each is made before one is written: what can't be made leaves nothing behind.
    rendered = [(_rendered(report, form, output, options), output) for form, output in reports]
    for content, output in rendered:
        write(content, output)
    if has_failed:
        return FAILED
    return OK if report.passes else FINDINGS


def _rendered(report: Report, form: str, output: Path | None, options: argparse.Namespace) -> str:
    """Return a report in a form; text makes use of a terminal where it is written to one."""
    if form != "text":
        return FORMATS[form](report)
    style = PLAIN if output else style_of_output(plain=options.no_color)
    content = text.render(report, style, quiet=options.quiet, accepted=options.show_accepted)
    if not options.diff:
        return content
    from ecr_ecs_constructs.reports.diff import shown  # noqa: PLC0415 - only who asks for it needs it

    failing = tuple(each for each in report.findings if report.gate.fails(each))
    changes = shown(report._replace(findings=failing) if options.quiet else report)
    return "\n".join(filter(None, (content, changes)))


def _with_gate(config: Config, options: argparse.Namespace) -> Config:
    """Return what a project has decided with the options about what fails."""
    gate = config.gate
    if options.fail_on is not None:
        gate = gate._replace(fail_on=None if options.fail_on == "never" else Severity(options.fail_on))
    if options.unknown is not None:
        gate = gate._replace(unknown_fails=options.unknown == "fail")
    return config._replace(
        baseline=options.baseline or config.baseline,
        gate=gate._replace(requires_proof=gate.requires_proof or options.require == "proven"),
    )
