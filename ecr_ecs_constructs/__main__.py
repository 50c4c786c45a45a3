"""`ecr-ecs` and `python -m ecr_ecs_constructs`: the command as a process of its own."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

INTERRUPTED = 130
"""The exit code of what SIGINT has ended: 128 and the number of the signal, as shells have it."""


def run() -> NoReturn:
    """Run the command as a process of its own, which ends with it."""
    gc.disable()  # not even once at the end of the work
    try:
        from ecr_ecs_constructs.cli import main  # noqa: PLC0415 - most of the time is spent on it: it is interrupted, too

        code = main()
        gc.freeze()  # what the process still holds needs no look for garbage
        sys.exit(code)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)  # at once: what standard output still holds may wait for its reader


if __name__ == "__main__":
    run()
