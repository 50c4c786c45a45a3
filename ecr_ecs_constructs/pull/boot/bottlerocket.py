"""User data of Bottlerocket: settings in TOML.

Sources:
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    https://bottlerocket.dev/en/os/latest/api/settings/network/
    https://bottlerocket.dev/en/os/latest/api/settings/container-registry/
    https://toml.io/en/v1.0.0
    https://github.com/bottlerocket-os/bottlerocket/issues/3671 (it does not start with a table that stands twice)
    https://github.com/bottlerocket-os/bottlerocket/issues/1346 (nor with anything else that is no TOML)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ecr_ecs_constructs.pull.boot.instance import Instance, UnreadError, meaningful, shown
from ecr_ecs_constructs.pull.boot.settings import (
    ATTRIBUTES,
    CLUSTER,
    COMPUTED,
    DRIVERS,
    NO_PRIVILEGED,
    Impact,
    of_bottlerocket,
)

_LINE = re.compile(r"\[|[\w.\"'-]+[ \t]*=")
_MAX_PARTS = 50  # of a key; how long tomllib takes grows with their square
_LONG_KEY = re.compile(rf"(?:\.[ \t]*[\w\"'-]+[ \t]*){{{_MAX_PARTS}}}")
_MAX_DEPTH = 5  # of the settings that are looked for
_SETTINGS, _ECS = ("settings",), ("settings", "ecs")


def is_toml(source: str) -> bool:
    """Return whether user data of an unknown system begins as TOML does."""
    return next(meaningful(source), "").lstrip().startswith("[")


def follow_toml(source: str, instance: Instance) -> Instance:
    """Return an instance with the settings of its user data.

    Raises:
        UnreadError: a setting may name a cluster, or run something, or the user data is no TOML.
    """
    first = next(meaningful(source), "[").strip()
    if not _LINE.match(first):
        why = f"user data begins with {shown(first)}, and Bottlerocket reads nothing but TOML"
        return instance._replace(ignored=why)
    import tomllib  # noqa: PLC0415 - only Bottlerocket needs it

    if _LONG_KEY.search(source):
        raise UnreadError(f"user data gives a key of more than {_MAX_PARTS} parts, which is not followed")
    try:
        settings = tomllib.loads(source)
    except RecursionError:
        raise UnreadError("user data nests values deeper than they are followed") from None
    except ValueError as error:
        line = shown(_line_of(error, source))
        raise UnreadError(f"user data is no TOML at {line}, which may keep the agent from starting") from None
    instance = instance.set(NO_PRIVILEGED, "true")  # as it is by default
    for path, value in _values(settings):
        instance = _with(instance, path, value)
    return instance


def _line_of(error: ValueError, source: str) -> str:
    """Return the line that an error of tomllib names, the last one that says something where it names none."""
    named = re.search(r"\(at line ([0-9]+),", str(error))
    if named:
        return source.replace("\r\n", "\n").split("\n")[int(named[1]) - 1].strip()
    return ["", *meaningful(source)][-1].strip()


def _values(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield each value with the parts of its name; an empty table is one."""
    if isinstance(node, dict) and node and len(path) < _MAX_DEPTH:
        for name, inner in node.items():
            yield from _values(inner, (*path, name))
    else:
        yield path, node


def _with(instance: Instance, path: tuple[str, ...], value: object) -> Instance:
    """Return an instance with a setting."""
    name = ".".join(path)
    if path in ((), _SETTINGS, _ECS) and value == {}:
        return instance
    key, effect = of_bottlerocket(path, value, instance.region)
    if key == CLUSTER:
        is_name = isinstance(value, str) and effect is Impact.DECIDES
        return instance.set(CLUSTER, str(value) if is_name else COMPUTED)
    if key == ATTRIBUTES:
        return instance.set(key, _with_attribute(dict(instance.settings).get(key, "{}"), path[3:], value))
    if effect is Impact.DECIDES:
        return instance.set(key, _as_written(key, value))
    if effect is Impact.REROUTES:
        return instance.rerouted(f"user data gives {name}")
    if effect is Impact.NONE:
        return instance
    if path[:2] == _ECS or path == _SETTINGS or any("bootstrap-" in part for part in path):
        # What runs before the agent starts can change any setting.
        raise UnreadError(f"user data gives {name}, which is not followed")
    return instance.doubted(f"user data gives {name}", "is not followed")


def _with_attribute(attributes: str, name: tuple[str, ...], value: object) -> str:
    """Return the attributes of an instance in JSON with one more; an empty table adds none."""
    if value == {} and not name:
        return attributes
    if attributes == COMPUTED or len(name) != 1 or not isinstance(value, str):
        return COMPUTED
    return json.dumps({**json.loads(attributes), name[0]: value})


def _as_written(key: str, value: object) -> str:
    """Return the value of a setting as it stands in `ecs.config`."""
    if key == DRIVERS:
        return json.dumps(value) if isinstance(value, list) else COMPUTED
    if key == NO_PRIVILEGED:
        return "false" if value is True else "true"
    return str(value)
