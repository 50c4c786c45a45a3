"""`python -m ecr_ecs_constructs`: the command `ecr-ecs`."""

from ecr_ecs_constructs.cli import run

run()
