"""The commands `ecr-ecs rules` and `ecr-ecs explain`."""

from __future__ import annotations

import argparse

from ecr_ecs_constructs.cli.exit_codes import OK
from ecr_ecs_constructs.cli.output import show
from ecr_ecs_constructs.reports import text
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES


def list_rules(_: argparse.Namespace) -> int:
    """List the rules."""
    show(text.rule_list(RULES))
    return OK


def explain(options: argparse.Namespace) -> int:
    """Print the page of a rule."""
    show(text.rule_page(BY_ID[options.rule]))
    return OK
