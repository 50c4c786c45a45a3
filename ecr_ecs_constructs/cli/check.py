"""The command `ecr-ecs check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ecr_ecs_constructs.cli.exit_codes import FAILED, FINDINGS, OK, fail
from ecr_ecs_constructs.cli.formats import FORMATS, wanted
from ecr_ecs_constructs.cli.output import write
from ecr_ecs_constructs.cli.project import Loading, decided
from ecr_ecs_constructs.cli.terminal import style_of_output
from ecr_ecs_constructs.config.config import Config
from ecr_ecs_constructs.reports import text
from ecr_ecs_constructs.reports.style import PLAIN
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.judge import Report, judge
from ecr_ecs_constructs.rules.rule import Severity


def check(options: argparse.Namespace) -> int:
    """Judge templates and report on them."""
    try:
        reports = wanted(options.reports)
    except ValueError as error:
        return fail(str(error))
    config = _checked(decided(options), options)
    chosen = [rule for rule in RULES if rule.id in (options.rule or BY_ID) and rule.id not in config.ignore]
    if not chosen:
        also = f", with ignore in {config.file}," if config.ignore and config.file is not None else ""
        return fail(f"--rule and --ignore{also} must leave a rule to check, and leave none")
    loading = Loading(config)
    report = judge(loading.of(options.paths), config.policy(options.today), chosen, config.severities)
    report = report._replace(gate=config.gate, folder=_current_folder())
    # Each is made before one is written: what can't be made leaves nothing behind.
    rendered = [(_rendered(report, form, output, options), output) for form, output in reports]
    for content, output in rendered:
        write(content, output)
    if loading.has_failed:
        return FAILED
    return OK if report.passes else FINDINGS


def _rendered(report: Report, form: str, output: Path | None, options: argparse.Namespace) -> str:
    """Return a report in a form; text makes use of a terminal where it is written to one."""
    if form != "text":
        return FORMATS[form](report)
    style = PLAIN if output else style_of_output(plain=options.no_color)
    return text.render(report, style, quiet=options.quiet, accepted=options.show_accepted)


def _current_folder() -> str:
    """Return the current folder, empty where it has been removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _checked(config: Config, options: argparse.Namespace) -> Config:
    """Return what a project has decided with the options about what is checked, and what fails."""
    accounts, gate = config.allowed_accounts, config.gate
    if options.fail_on is not None:
        gate = gate._replace(fail_on=None if options.fail_on == "never" else Severity(options.fail_on))
    if options.unknown is not None:
        gate = gate._replace(unknown_fails=options.unknown == "fail")
    return config._replace(
        allowed_accounts=accounts
        if options.allow_account is None
        else (accounts or frozenset()) | {*options.allow_account},
        ignore=(*config.ignore, *options.ignore),
        gate=gate._replace(requires_proof=gate.requires_proof or options.require == "proven"),
    )
