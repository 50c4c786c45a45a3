"""What the settings in the user data of Bottlerocket say.

Sources:
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    https://bottlerocket.dev/en/os/latest/api/settings/network/
    https://bottlerocket.dev/en/os/latest/api/settings/container-registry/
    https://github.com/bottlerocket-os/bottlerocket/issues/3671 (it does not start with a table that stands twice)
    https://github.com/bottlerocket-os/bottlerocket/issues/1346 (nor with anything else that is no TOML)
"""

from __future__ import annotations

import re

from ecr_ecs_constructs.pull.first_boot import COMPUTED, FirstBoot, meaningful, shown

_LINE = re.compile(r"\[|[\w.\"'-]+[ \t]*=")
_TEXT = re.compile(r"(?:\"([^\"\\]*)\"|'([^']*)')[ \t]*(?:#.*)?")
_TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_NO_VALUE = re.compile(r"(?!(?:true|false|inf|nan)$)[A-Za-z\"']|[^\"']*[\"']")
_MIRRORS = "settings.container-registry.mirrors"
_ELSEWHERE = ("settings.network.https-proxy", "settings.network.http-proxy", "settings.network.hosts", "settings.dns.")


def is_toml(source: str) -> bool:
    """Return whether user data of an unknown system begins as TOML does."""
    return next(meaningful(source), "").lstrip().startswith("[")


def read_toml(source: str, boot: FirstBoot) -> None:
    """Read the settings: `cluster` below `settings.ecs`, in any way that TOML writes tables."""
    table = ""
    first = next(meaningful(source), "[").strip()
    if not _LINE.match(first):
        boot.ignored = f"user data begins with {shown(first)}, and Bottlerocket reads nothing but TOML"
        return
    names = []
    seen, depth = set[str](), 0
    for line in map(str.strip, meaningful(source)):
        header = line.partition("#")[0].rstrip()
        key, equals, value = line.partition("=")
        key = f"{table}{_dotted(key)}"
        if depth:  # in a list of several lines
            depth += _opened(line)
            continue
        if header.startswith("[") and header.endswith("]"):
            key = table = f"{_dotted(header.strip('[]'))}."
            if header.startswith("[["):  # one of a list, which the settings of ECS are not
                seen = {each for each in seen if not each.startswith(table)} | {"settings.ecs."}
        elif equals and key == "settings.ecs.cluster":
            name = _TEXT.fullmatch(value.strip())
            names.append(COMPUTED if name is None else name[1] or name[2] or "")
        elif equals:
            _read_setting(key, value.strip(), boot)
            depth = _opened(value)
        if key in seen or (not equals and key is not table) or (equals and _NO_VALUE.match(_bare(value))):
            boot.may_stop(f"user data is no TOML at {shown(line)}")
        seen.add(key)
    boot.name_one_of(names)
    if '"""' in source or "'''" in source:
        boot.not_followed("user data gives texts of several lines, which are not followed")


def _bare(value: str) -> str:
    """Return a value without its texts and its comment."""
    return _TEXTS.sub("", value).partition("#")[0].strip()


def _opened(value: str) -> int:
    """Return how many lists begin in a line that do not end in it."""
    bare = _bare(value)
    return bare.count("[") - bare.count("]")


def _read_setting(key: str, value: str, boot: FirstBoot) -> None:
    if key in ("settings", "settings.ecs") or "bootstrap-" in key:
        # What is run before the agent starts can change any setting.
        boot.may_stop(f"user data gives {key}")
        boot.not_followed(f"user data gives {key}, which is not followed")
    text = _TEXT.fullmatch(value)
    given = text[1] or text[2] or "" if text else value
    if (
        (key.startswith(_ELSEWHERE) and given)
        or (key == "settings.aws.region" and boot.is_other_region(given))
        or key == _MIRRORS
        or (key == f"{_MIRRORS}.registry" and given not in ("docker.io", "public.ecr.aws"))
    ):
        boot.may_reroute(f"user data gives {key}")


def _dotted(key: str) -> str:
    return re.sub(r"[\s\"']", "", key)
