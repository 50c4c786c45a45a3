"""All that is asked of the templates of one call, each question answered once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.pull.architecture import Launches
from ecr_ecs_constructs.pull.network import Networks
from ecr_ecs_constructs.pull.path import Model
from ecr_ecs_constructs.pull.permission import Pulls
from ecr_ecs_constructs.pull.placement import Placements
from ecr_ecs_constructs.pull.runtime_platform import Platforms


class Policy:
    """What the one who asks allows.

    Attributes:
        allow_public_gallery: whether images of `public.ecr.aws` are accepted.
        allowed_accounts: the accounts, 12 digits each, whose registries are accepted besides that of the stack's
            own account; None for all.
        today: the day as of which ends of life and ages are judged, that of the call if not given.

    Raises:
        ValueError: an allowed account that is not 12 digits.
    """

    def __init__(
        self,
        allow_public_gallery: bool = False,
        allowed_accounts: frozenset[str] | None = None,
        today: date | None = None,
    ) -> None:
        for account in sorted(allowed_accounts or (), key=str):
            if re.fullmatch("[0-9]{12}", str(account)) is None:
                raise ValueError(f"allowed_accounts must hold accounts of 12 digits, got {account!r}")
        self.allow_public_gallery = allow_public_gallery
        self.allowed_accounts = allowed_accounts
        self.today = today or date.today()


class Facts:
    """What the templates of one call say, and the policy that they are judged under."""

    def __init__(self, templates: Sequence[Template], policy: Policy) -> None:
        self.policy = policy
        self.model = Model(templates)
        self.placements = Placements(self.model)
        self.launches = Launches(self.model.evaluator)
        self.pulls = Pulls(self.model, self.placements)
        self.networks = Networks(self)
        self.platforms = Platforms(self)
