"""The configuration of a project: where its templates go, what is checked, what fails, what is vouched for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.environments import ANY_ENVIRONMENT, Environment, Parameter
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.severities import Severities


class Config(NamedTuple):
    """The decisions of a project; as it stands here, none.

    Attributes:
        file: where it stands; None for nowhere.
        environment: where templates are deployed that do not say so.
        parameters: the values that parameters are deployed with.
        exclude: patterns of the names of files, or of their paths below a given folder, that are left out.
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
        allowed_accounts: the accounts whose registries are accepted besides the stack's own; None for all.
        ignore: the ids of rules that are left out.
        severities: how bad findings are where that is not what their rules say; the last that fits one counts.
        vouches: what lives elsewhere and is right.
        gate: what fails.
        only_reports: whether a synthesis only reports what it finds.
        baseline: the file of the baseline; None for none.
    """

    file: Path | None = None
    environment: Environment = ANY_ENVIRONMENT
    parameters: tuple[Parameter, ...] = ()
    exclude: tuple[str, ...] = ()
    allow_public_gallery: bool = False
    allowed_accounts: frozenset[str] | None = None
    ignore: tuple[str, ...] = ()
    severities: tuple[Severities, ...] = ()
    vouches: tuple[Vouch, ...] = ()
    gate: Gate = Gate()
    only_reports: bool = False
    baseline: Path | None = None

    def policy(self, today: date | None = None) -> Policy:
        """Return what is allowed, as of a day; that of the call, if not given."""
        return Policy(self.allow_public_gallery, self.allowed_accounts, today, self.vouches)


NOTHING = Config()
"""The configuration of a project that has none."""
