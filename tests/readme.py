"""The parts of the README that are made from the code: `python -m tests.readme --write` writes them anew."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from functools import cache
from pathlib import Path

from ecr_ecs_constructs.cli import main
from ecr_ecs_constructs.rules.catalogue import RULES

README = Path(__file__).parent.parent / "README.md"


def output_of(*arguments: str) -> str:
    """Return what the command prints to 100 columns, as a block of code."""
    output = io.StringIO()
    width, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "100"
    try:
        with contextlib.redirect_stdout(output):
            main(arguments)
    finally:
        if width is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = width
    return f"```\n{output.getvalue()}```"


def command_help() -> str:
    """Return the help of the command's main part."""
    return output_of("check", "--help")


@cache
def assembly() -> str:
    """Return the folder of the cloud assembly of the reference app."""
    from app import app  # noqa: PLC0415 - it is synthesized where it is imported

    return app.outdir


def trace() -> str:
    """Return the pull paths of the reference app."""
    return output_of("trace", assembly())


def rule_table() -> str:
    """Return the rules as a table."""
    rows = [f"| `{rule.id}` | {rule.severity.value} | {rule.summary} |" for rule in RULES]
    return "\n".join(("| id | severity | what it finds |", "|---|---|---|", *rows))


GENERATED = {"trace": trace, "help": command_help, "rules": rule_table}


def with_generated_parts(text: str) -> str:
    """Return the README with its generated parts made anew."""
    for name, make in GENERATED.items():
        pattern = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert len(pattern.findall(text)) == 1, f"the README must have one part {name}"
        before, after = pattern.split(text)[0], pattern.split(text)[-1]
        start, end = next((match[1], match[2]) for match in pattern.finditer(text))
        text = f"{before}{start}{make()}\n{end}{after}"
    return text


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.readme --write")
    README.write_text(with_generated_parts(README.read_text()))
