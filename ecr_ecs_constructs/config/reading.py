"""Where the configuration stands, and how it is read: `ecr-ecs.toml`, or `[tool.ecr-ecs]` in `pyproject.toml`.

Sources:
    https://toml.io/en/v1.0.0
    https://packaging.python.org/en/latest/specifications/pyproject-toml/#arbitrary-tool-configuration-the-tool-table
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path

from ecr_ecs_constructs.cloudformation.environments import Environment, Parameter, read_parameters
from ecr_ecs_constructs.cloudformation.forms import misfit_of
from ecr_ecs_constructs.cloudformation.reading import Given, Reader
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError
from ecr_ecs_constructs.cloudformation.vouches import Vouch, vouch_of
from ecr_ecs_constructs.config.config import NOTHING, Config
from ecr_ecs_constructs.config.positions import Positions, last_statement
from ecr_ecs_constructs.config.schema import KINDS, SCHEMA
from ecr_ecs_constructs.pull.vouching import misvouched
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.rules.severities import OFF, Severities

OWN_FILE, SHARED_FILE = "ecr-ecs.toml", "pyproject.toml"
_TABLE = ("tool", "ecr-ecs")
_BARE = re.compile("[A-Za-z0-9_-]+")
"""The keys that are written without quotation marks."""

Table = dict[str, Node]


class ConfigError(ValueError):
    """A configuration that can't be read, or is not as it must be: one line with the file, the line and the key."""


def nearest(folder: Path | None = None) -> Config:
    """Return the configuration that stands nearest upwards.

    Args:
        folder: the folder where the search begins, the current one if not given.

    Returns:
        It, or `NOTHING` where there is none.

    Raises:
        ConfigError: it can't be read, or is not as it must be.
    """
    start = folder or Path()
    for each in (start, *start.absolute().parents):
        for name in (OWN_FILE, SHARED_FILE):
            if (each / name).is_file() and (name == OWN_FILE or _TABLE[1] in _text(each / name)):
                found = _read(each / name)
                if found is not None:
                    return found
    return NOTHING


def read(file: Path) -> Config:
    """Return the configuration of a file.

    Args:
        file: its path; in a `pyproject.toml` the table `[tool.ecr-ecs]` counts.

    Raises:
        ConfigError: it can't be read, holds none, or is not as it must be.
    """
    found = _read(file)
    if found is None:
        raise ConfigError(f"{file}: must have the table [{'.'.join(_TABLE)}]")
    return found


def _text(file: Path) -> str:
    try:
        return Reader(file, Given.of([file])).text(file)
    except TemplateError as error:
        raise ConfigError(str(error)) from None


def _read(file: Path) -> Config | None:
    """Return the configuration of a file, None where it has none."""
    text = _text(file)
    try:
        node = _plain(tomllib.loads(text, parse_float=str))  # a tag 1.10 is not 1.1
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line ([0-9]+)", str(error))
        line = told[1] if told else last_statement(text)
        raise ConfigError(f"{file}:{line}: must be TOML, and can't be parsed there") from None
    except RecursionError:
        raise ConfigError(f"{file}: must be TOML, and is nested too deep") from None
    above: tuple[str, ...] = _TABLE if file.name == SHARED_FILE else ()
    for key in above:
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    misfit = misfit_of(node, SCHEMA)
    if misfit is not None or not isinstance(node, dict):
        path = misfit.path if misfit else ()
        place = named(path) or f"[{'.'.join(above)}]"
        words = misfit.words if misfit else "must be a table"
        raise ConfigError(f"{file}:{Positions(text).line((*above, *path))}: {place} {words}")
    return _config(file, Positions(text), above, node)


def named(path: Sequence[str | int]) -> str:
    """Return a path as it is written: `override[1].severity`, `stack."web.yaml"`."""
    parts = [
        f"[{part}]" if isinstance(part, int) else f".{part}" if _BARE.fullmatch(part) else f'."{part}"' for part in path
    ]
    return "".join(parts).removeprefix(".")


def _plain(node: object) -> Node:
    """Return a part of a document with texts in place of days."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, (date, datetime, time)):
        return node.isoformat()
    assert isinstance(node, (str, int, float, bool))  # noqa: S101 - TOML has no other values
    return node


def _config(file: Path, positions: Positions, above: tuple[str, ...], table: Table) -> Config:
    folder = file.parent
    read_ones = [
        each
        for index, name in enumerate(_texts(table, "parameters"))
        for each in _parameters(folder / name, f"{file}:{positions.line((*above, 'parameters', index))}")
    ]
    given = [*_given(_table(table, "parameter"))]
    fail_on = str(table.get("fail-on", Severity.ERROR.value))
    vouches = tuple(_vouch(file, positions, above, index, each) for index, each in enumerate(_tables(table, "vouch")))
    accounts, baseline = table.get("allow-account"), _optional(table, "baseline")
    return Config(
        file=file,
        environment=Environment(
            _optional(table, "account"),
            _optional(table, "region"),
            usual_stacks=tuple((_place(folder, name), str(stack)) for name, stack in _table(table, "stack").items()),
        ),
        parameters=(*read_ones, *given),
        exclude=tuple(_texts(table, "exclude")),
        allow_public_gallery=table.get("allow-public-gallery") is True,
        allowed_accounts=None if accounts is None else frozenset(_texts(table, "allow-account")),
        ignore=tuple(_texts(table, "ignore")),
        severities=(
            *([_severities(table)] if "severity" in table else []),
            *(_override(file, positions, above, *each) for each in enumerate(_tables(table, "override"))),
        ),
        vouches=vouches,
        gate=Gate(
            fail_on=None if fail_on == "never" else Severity(fail_on),
            unknown_fails=table.get("unknown") != "report",
            requires_proof=table.get("require") == "proven",
        ),
        only_reports=table.get("synthesis") == "report",
        baseline=None if baseline is None else folder / baseline,
    )


def _parameters(file: Path, place: str) -> Sequence[Parameter]:
    """Return the parameters of a file, which is named at a place of the configuration."""
    try:
        return [each._replace(is_usual=True) for each in read_parameters(file)]
    except TemplateError as error:
        raise ConfigError(f"{error} (named in {place})") from None


def _given(table: Table) -> Iterator[Parameter]:
    for name, value in table.items():
        stack, _, own = name.rpartition(":")
        items = value if isinstance(value, list) else [value]
        yield Parameter(stack or None, own, ",".join(map(_said, items)), is_usual=True)


def _said(value: Node) -> str:
    """Return a value as CloudFormation takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(folder: Path, name: str) -> Path:
    """Return the path of a file that is given from the folder of the configuration, or by its end."""
    return folder / name if (folder / name).exists() else Path(name)


def _severities(table: Table) -> Severities:
    decided = _table(table, "severity")
    return Severities(
        {rule: None if each == OFF else Severity(str(each)) for rule, each in decided.items()},
        _optional(table, "path"),
        _optional(table, "template"),
    )


def _override(file: Path, positions: Positions, above: tuple[str, ...], index: int, table: Table) -> Severities:
    line = positions.line((*above, "override", index))
    return _severities(table)._replace(file=str(file), line=line, location=f"override[{index}]")


def _vouch(file: Path, positions: Positions, above: tuple[str, ...], index: int, table: Table) -> Vouch:
    kind = next(kind for kind in KINDS if kind in table)
    misfit = misvouched(table)
    if misfit is not None:
        path = ("vouch", index, *misfit.path)
        raise ConfigError(f"{file}:{positions.line((*above, *path))}: {named(path)} {misfit.words}")
    return vouch_of(kind, table, str(file), positions.line((*above, "vouch", index)), f"vouch[{index}]")


def _optional(table: Mapping[str, Node], key: str) -> str | None:
    value = table.get(key)
    return None if value is None else str(value)


def _texts(table: Mapping[str, Node], key: str) -> list[str]:
    value = table.get(key, [])
    return [str(each) for each in value] if isinstance(value, list) else []


def _table(table: Mapping[str, Node], key: str) -> Table:
    value = table.get(key, {})
    return value if isinstance(value, dict) else {}


def _tables(table: Mapping[str, Node], key: str) -> list[Table]:
    value = table.get(key, [])
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
