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

from ecr_ecs_constructs.pull.boot.first_boot import (
    COMPUTED,
    DRIVERS,
    NO_PRIVILEGED,
    RESERVED,
    FirstBoot,
    meaningful,
    shown,
)

_LINE = re.compile(r"\[|[\w.\"'-]+[ \t]*=")
_MAX_PARTS = 50  # of a key; how long tomllib takes grows with their square
_LONG_KEY = re.compile(rf"(?:\.[ \t]*[\w\"'-]+[ \t]*){{{_MAX_PARTS}}}")
_MAX_DEPTH = 5  # of the settings that are looked for
_SETTINGS = ("settings",)
_ECS = (*_SETTINGS, "ecs")
_CLUSTER = (*_ECS, "cluster")
_DRIVERS, _PRIVILEGED = (*_ECS, "logging-drivers"), (*_ECS, "allow-privileged-containers")
_RESERVED = (*_ECS, "reserved-memory")
_OF_ECS = (
    *("allow-privileged-containers", "awsvpc-block-imds", "backend-host", "cluster", "container-stop-timeout"),
    *(
        "enable-container-metadata",
        "enable-spot-instance-draining",
        "image-cleanup-age",
        "image-cleanup-delete-per-cycle",
    ),
    *("image-cleanup-enabled", "image-cleanup-wait", "image-pull-behavior", "instance-attributes", "logging-drivers"),
    *("loglevel", "metadata-service-burst", "metadata-service-rps", "reserved-memory", "task-cleanup-wait"),
)
"""The settings of ECS that there are; Bottlerocket starts with no others."""

_REGION = (*_SETTINGS, "aws", "region")
_MIRRORS = (*_SETTINGS, "container-registry", "mirrors")
_NETWORK = (*_SETTINGS, "network")
_ELSEWHERE = ((*_NETWORK, "https-proxy"), (*_NETWORK, "http-proxy"), (*_NETWORK, "hosts"), (*_SETTINGS, "dns"))


def is_toml(source: str) -> bool:
    """Return whether user data of an unknown system begins as TOML does."""
    return next(meaningful(source), "").lstrip().startswith("[")


def read_toml(source: str, boot: FirstBoot) -> None:
    """Read the settings: `cluster` below `settings.ecs`, and what leads elsewhere or keeps the agent from starting."""
    first = next(meaningful(source), "[").strip()
    if not _LINE.match(first):
        boot.ignored = f"user data begins with {shown(first)}, and Bottlerocket reads nothing but TOML"
        return
    import tomllib  # noqa: PLC0415 - only Bottlerocket needs it

    if _LONG_KEY.search(source):
        boot.not_followed(f"user data gives a key of more than {_MAX_PARTS} parts, which is not followed")
        return
    try:
        settings = tomllib.loads(source)
    except RecursionError:
        boot.not_followed("user data nests values deeper than they are followed")
        return
    except ValueError as error:
        boot.may_stop(f"user data is no TOML at {shown(_line_of(error, source))}")
        boot.unclear = boot.stops
        return
    boot.settings[NO_PRIVILEGED] = "true"  # as it is by default
    for key, value in _values(settings):
        _read_setting(key, value, boot)


def _line_of(error: ValueError, source: str) -> str:
    """Return the line that an error of tomllib names, the last one that says something where it names none."""
    named = re.search(r"\(at line ([0-9]+),", str(error))
    if named:
        return source.replace("\r\n", "\n").split("\n")[int(named[1]) - 1].strip()
    return ["", *meaningful(source)][-1].strip()


def _values(node: object, key: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield each value with the parts of its key; an empty table is one, and so is a list, but for that of mirrors."""
    if isinstance(node, dict) and node and len(key) < _MAX_DEPTH:
        for name, inner in node.items():
            yield from _values(inner, (*key, name))
    elif isinstance(node, list) and key == _MIRRORS:
        for mirror in node:
            yield from _values(mirror, key)
    else:
        yield key, node


def _read_setting(key: tuple[str, ...], value: object, boot: FirstBoot) -> None:
    name = ".".join(key)
    if key[:3] == _CLUSTER:
        boot.named = value if isinstance(value, str) and key == _CLUSTER else COMPUTED
    if key == _DRIVERS:
        boot.settings[DRIVERS] = json.dumps(value) if isinstance(value, list) else COMPUTED
    if key == _RESERVED:
        boot.settings[RESERVED] = str(value)
    if key == _PRIVILEGED and value is True:
        boot.settings[NO_PRIVILEGED] = "false"
    is_new = key[: len(_ECS)] == _ECS and len(key) > len(_ECS) and key[len(_ECS)] not in _OF_ECS
    if is_new or (key in (_SETTINGS, _ECS) and value != {}) or any("bootstrap-" in part for part in key):
        # What is run before the agent starts can change any setting.
        boot.may_stop(f"user data gives {name}")
        boot.not_followed(f"user data gives {name}, which is not followed")
    if (
        (value and any(key[: len(other)] == other for other in _ELSEWHERE))
        or (key == _REGION and boot.is_other_region(str(value)))
        or key == _MIRRORS
        or (key == (*_MIRRORS, "registry") and value not in ("docker.io", "public.ecr.aws"))
    ):
        boot.may_reroute(f"user data gives {name}")
