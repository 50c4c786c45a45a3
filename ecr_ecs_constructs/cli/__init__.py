"""The command `ecr-ecs`: the judge for a terminal and for CI, without Node and without AWS."""

from ecr_ecs_constructs.cli.main import main

__all__ = ["main"]
