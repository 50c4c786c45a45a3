"""Deploys a reference app to an embedded AWS and reports what runs there: `python -m demo [multi-account]`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from demo.cdk import Cdk, CommandError
from demo.deployment import deploy
from demo.differences import differences
from demo.emulator import EmulatorError, emulator
from demo.progress import Progress, tail
from demo.readback import read


def main(reference: str | None = None) -> int:
    """Run the demonstration.

    Args:
        reference: the reference app; None for that of `cdk.json`.

    Returns:
        The exit code: 0 if everything is as the templates say.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    folder = Path(tempfile.mkdtemp(prefix="ecr-ecs-demo-"))
    progress = Progress()
    try:
        code = _run(folder, progress, {"ecr-ecs:reference": reference} if reference else {})
    except (CommandError, EmulatorError) as error:
        progress.say(f"error: {error}")
        for log in sorted(folder.glob("*.log")):
            progress.say(f"The end of {log}:", *(f"  {line}" for line in _end(log)))
        return 1
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return code


def _run(folder: Path, progress: Progress, context: Mapping[str, str]) -> int:
    start = time.monotonic()
    with (
        (folder / "aws.log").open("w", encoding="utf-8") as log,
        progress.started("Start AWS", emulator(folder, log)) as aws,
    ):
        progress.say(f"It is at {aws.endpoint}, and gone with this program.")
        cdk = Cdk(aws, folder, context=context)
        deploy(cdk, progress)
        with progress.step("Read back what runs"):
            report = read(aws, cdk.deployed, cdk.left_out)
    progress.say(*report.lines(), "")
    wrong = differences(report, cdk.templates)
    progress.say(*(f"error: {line}" for line in wrong))
    if not wrong:
        progress.say(f"All that is emulated is as the templates say, after {time.monotonic() - start:.0f} s.")
    return 1 if wrong else 0


def _end(log: Path) -> list[str]:
    """The last lines of a log, without the requests that the embedded AWS has served."""
    return [line for line in tail(log, 200) if not re.search(r'" \d{3} -$', line)][-20:]


def _stop(number: int, _: FrameType | None) -> None:
    for later in (signal.SIGINT, signal.SIGTERM):
        signal.signal(later, signal.SIG_IGN)  # the children are being ended; nothing may come between
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
