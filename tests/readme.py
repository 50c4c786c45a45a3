"""The parts of the documents that are made from the code: `python -m tests.readme --write` writes them anew."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ecr_ecs_constructs.cli import main
from ecr_ecs_constructs.config import baseline
from ecr_ecs_constructs.config.schema import SCHEMA
from ecr_ecs_constructs.rules.catalogue import RULES
from tests import constructs
from tests.reports.schema import SCHEMA as REPORT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecr_ecs_constructs.rules.rule import Rule

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REPORTS = ROOT / "docs" / "reports.md"
CI = ROOT / "docs" / "ci.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
REGISTRY = ROOT / "docs" / "registry.md"
RULE_INDEX = ROOT / "docs" / "rules.md"
PAGES = "../ecr_ecs_constructs/rules/pages"


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


def late(*options: str) -> str:
    """Return the report on an example that breaks behind the pull."""
    with contextlib.chdir(ROOT):
        return output_of("check", "examples/late", *options)


def in_form(form: str) -> str:
    """Return the report on one finding of that example in a form."""
    return late("--rule", "unordered-deployment", "--format", form)


def sarif_result() -> str:
    """Return the result of that finding in SARIF, without what is told of its rule."""
    document = json.loads(in_form("sarif").strip("`\n"))
    return f"```\n{json.dumps(document['runs'][0]['results'][0], indent=2)}\n```"


def rule_table() -> str:
    """Return the rules as a table."""
    return _table((f"`{rule.id}`", rule) for rule in RULES)


def rule_index() -> str:
    """Return the rules as a table that leads to their pages."""
    return _table((f"[`{rule.id}`]({PAGES}/{rule.id}.md)", rule) for rule in RULES)


SCHEMAS: dict[str, Mapping[str, object]] = {
    "ecr-ecs.schema.json": SCHEMA,
    "baseline.schema.json": baseline.SCHEMA,
    "report.schema.json": REPORT_SCHEMA,
}
"""The forms of files, by the names below `docs` under which they are published."""


def schemas() -> dict[Path, str]:
    """Return the published forms of files."""
    return {ROOT / "docs" / name: json.dumps(each, indent=2) + "\n" for name, each in SCHEMAS.items()}


def _table(rules: Iterable[tuple[str, Rule]]) -> str:
    rows = [f"| {name} | {rule.severity.value} | {rule.summary} |" for name, rule in rules]
    return "\n".join(("| id | severity | what it finds |", "|---|---|---|", *rows))


def configuration_keys() -> str:
    """Return the keys of the configuration as a table."""
    properties = SCHEMA["properties"]
    assert isinstance(properties, Mapping)
    rows = [f"| `{key}` | {_allowed(each)} | {each['description']} |" for key, each in properties.items()]
    return "\n".join(("| key | value | meaning |", "|---|---|---|", *rows))


def _allowed(schema: Mapping[str, Any]) -> str:
    """Return the values that a key may have, in words."""
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    names = {"array": "a list", "object": "a table", "boolean": "`true` or `false`"}
    return str(names.get(schema["type"]) or schema["$comment"])


def action_inputs() -> str:
    """Return the inputs of the action for GitHub as a table."""
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    rows = [
        f"| `{name}` | {f'`{default}`' if (default := each['default']) else ''} | {each['description']} |"
        for name, each in inputs.items()
    ]
    return "\n".join(("| input | default | meaning |", "|---|---|---|", *rows))


def registry_hooks() -> str:
    """Return the hooks of the constructs of registries, for which CDK has no constructs of its own, as a table."""
    of_registries = [each for each in constructs.CONSTRUCTS if constructs.foundation(each).startswith("`ecr.Cfn")]
    return constructs.hook_table(of_registries)


GENERATED: dict[Path, dict[str, Callable[[], str]]] = {
    CI: {"inputs": action_inputs},
    CONFIGURATION: {"keys": configuration_keys},
    README: {
        "constructs": constructs.construct_table,
        "hooks": constructs.hook_table,
        "late": late,
        "trace": trace,
        "help": command_help,
        "rules": rule_table,
    },
    REGISTRY: {"hooks": registry_hooks},
    REPORTS: {
        "sarif": sarif_result,
        **{form: partial(in_form, form) for form in ("github", "gitlab", "junit")},
    },
    RULE_INDEX: {"rules": rule_index},
}


def with_generated_parts(document: Path) -> str:
    """Return a document with its generated parts made anew."""
    text = document.read_text(encoding="utf-8")
    for name, make in GENERATED[document].items():
        pattern = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert len(pattern.findall(text)) == 1, f"{document.name} must have one part {name}"
        before, after = pattern.split(text)[0], pattern.split(text)[-1]
        start, end = next((match[1], match[2]) for match in pattern.finditer(text))
        text = f"{before}{start}{make()}\n{end}{after}"
    return text


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.readme --write")
    for file, content in schemas().items():
        file.write_text(content, encoding="utf-8")
    for document in GENERATED:
        document.write_text(with_generated_parts(document), encoding="utf-8")
