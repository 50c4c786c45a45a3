"""`python -m ecr_ecs_constructs`: the command `ecr-ecs`."""

import sys

from ecr_ecs_constructs.cli import main

sys.exit(main())
