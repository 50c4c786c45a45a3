"""The decisions of a project and of the options of a command, and the templates that they lead to."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ecr_ecs_constructs.cli.exit_codes import fail
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.cloudformation.environments import read_parameters
from ecr_ecs_constructs.cloudformation.template import Template, TemplateError
from ecr_ecs_constructs.config.config import NOTHING, Config
from ecr_ecs_constructs.config.reading import nearest, read


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
