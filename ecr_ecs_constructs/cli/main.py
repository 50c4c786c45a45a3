"""The command as a call: what becomes of errors, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ecr_ecs_constructs import __version__
from ecr_ecs_constructs.cli.arguments import parser
from ecr_ecs_constructs.cli.exit_codes import FAILED, OK, fail
from ecr_ecs_constructs.cli.output import drop
from ecr_ecs_constructs.cloudformation.template import TemplateError
from ecr_ecs_constructs.config.reading import ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: its arguments, those of the process if not given.

    Returns:
        The exit code.
    """
    command = "ecr-ecs"
    try:
        try:
            options = parser().parse_args(arguments)
            command = f"ecr-ecs {options.command}"
            code: int = options.run(options)
        except SystemExit as stop:  # argparse has said what there is to say
            code = int(stop.code or OK)
        if sys.stdout is not None:  # a process may be started without
            sys.stdout.flush()
    except (TemplateError, ConfigError) as error:
        return fail(str(error))
    except OSError as error:
        if error.filename is not None:
            return fail(f"{error.filename}: {error.strerror}")
        if sys.stdout is not None:
            drop(sys.stdout)
        if isinstance(error, BrokenPipeError):  # the reader has seen enough
            return FAILED
        return fail(f"standard output: {error.strerror}")
    except MemoryError:
        return fail("the memory is too small for what is judged")
    except Exception as error:  # a crash of ours must never look like a verdict
        return fail(_crash(command, error))
    return code


def _crash(command: str, error: Exception) -> str:
    """Return what to report of a crash; the text of the error may quote a template, and is left out."""
    package, place = Path(__file__).parents[1], "an unknown place"
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        file = Path(code.co_filename)
        if package in file.parents:
            place = f"{file.relative_to(package).as_posix()}:{step.tb_lineno} in {code.co_name}"
        step = step.tb_next
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"internal error, please report this line: {type(error).__name__} at {place}"
        f" ({command}, version {__version__}, Python {python}, {sys.platform})"
    )
