"""The exit codes of the command."""

from __future__ import annotations

from ecr_ecs_constructs.cli.output import complain

OK, FINDINGS, FAILED = 0, 1, 2
"""The exit codes: nothing at or above the threshold; findings; anything else."""


def fail(message: str) -> int:
    """Say in one line why the command fails, and return the exit code for it."""
    complain(f"ecr-ecs: {message}")
    return FAILED
