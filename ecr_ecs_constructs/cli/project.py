"""The decisions of a project and of the options of a command, and the templates that they lead to."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cli.exit_codes import fail
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import read_parameters
from ecr_ecs_constructs.cloudformation.template import Template, TemplateError
from ecr_ecs_constructs.config.config import NOTHING, Config
from ecr_ecs_constructs.config.reading import ConfigError, nearest, read
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.judge import Report, judge


def decided(options: argparse.Namespace) -> Config:
    """Return what a project and the options of a command have decided.

    Lists add up; of single values that of the option counts.
    """
    config = NOTHING
    if not options.no_config:
        config = nearest() if options.config is None else read(options.config)
    of_files = [parameter for file in options.parameters for parameter in read_parameters(file)]
    environment = config.environment
    return config._replace(
        environment=environment._replace(
            account=options.account or environment.account,
            region=options.region or environment.region,
            stacks=tuple(options.stack),
        ),
        parameters=(*config.parameters, *of_files, *options.parameter),
        exclude=(*config.exclude, *options.exclude),
        allow_public_gallery=options.allow_public_gallery or config.allow_public_gallery,
    )


def with_rules(config: Config, options: argparse.Namespace) -> Config:
    """Return what a project has decided with the options about what is checked."""
    accounts = config.allowed_accounts
    return config._replace(
        allowed_accounts=accounts
        if options.allow_account is None
        else (accounts or frozenset()) | {*options.allow_account},
        ignore=(*config.ignore, *options.ignore),
    )


class Judged(NamedTuple):
    """The judgement of the templates that a command is given.

    Attributes:
        report: what is found.
        rules: the ids of the rules that were checked.
        files: the names of the files that findings may be in.
        has_failed: whether a file could not be read, of which standard error tells.
    """

    report: Report
    rules: Collection[str]
    files: Collection[str]
    has_failed: bool


def judged(config: Config, options: argparse.Namespace) -> Judged:
    """Judge the templates that a command is given.

    Args:
        config: what is decided.
        options: the options of the command.

    Raises:
        ConfigError: no rule is left to check.
    """
    chosen = [rule for rule in RULES if rule.id in (options.rule or BY_ID) and rule.id not in config.ignore]
    if not chosen:
        also = f", with ignore in {config.file}," if config.ignore and config.file is not None else ""
        raise ConfigError(f"--rule and --ignore{also} must leave a rule to check, and leave none")
    loading = Loading(config)
    templates = loading.of(options.paths)
    report = judge(templates, config.policy(options.today), chosen, config.severities)
    own = [] if config.file is None else [str(config.file)]
    files = {*(template.name for template in templates), *own}
    return Judged(report, [rule.id for rule in chosen], files, loading.has_failed)


class Loading:
    """The loading of templates as a project has decided.

    Attributes:
        has_failed: whether a file could not be read, of which standard error tells.
    """

    def __init__(self, config: Config) -> None:
        self.has_failed = False
        self._config = config

    def of(self, paths: Sequence[Path]) -> Sequence[Template]:
        """Return the templates below some paths."""
        config = self._config
        return load(paths, config.parameters, config.environment, exclude=config.exclude, unreadable=self._complain)

    def _complain(self, error: TemplateError) -> None:
        self.has_failed = True
        fail(str(error))
