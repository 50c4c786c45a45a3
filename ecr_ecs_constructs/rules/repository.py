"""The repository of an image is there before the container runs."""

from __future__ import annotations

from ecr_ecs_constructs.rules.rule import Severity, linked

unverifiable_repository = linked(
    "unverifiable-repository",
    Severity.INFO,
    "Judge the template that makes the repository in the same call, or verify that the repository is there.",
)
