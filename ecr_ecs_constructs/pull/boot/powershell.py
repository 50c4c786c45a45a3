"""User data of Windows: PowerShell that calls `Initialize-ECSAgent`.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
"""

from __future__ import annotations

import re

from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, FirstBoot, meaningful, shown

_TAG = re.compile(r"<(powershell|script|persist)>|version:", re.IGNORECASE)
_RUN = re.compile(r"^version:|</powershell>", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:powershell|script)>", re.IGNORECASE)
_VALUE = r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s\"';|&<>,\\]*))"
_START = re.compile(r"Initialize-ECSAgent\b", re.IGNORECASE)
_CLUSTER = re.compile(rf"[ \t]-Cluster(?::|[ \t])[ \t]*{_VALUE}", re.IGNORECASE)
_SPLATTED = re.compile(r"@\w")
_BEFORE = re.compile(r"(?:[^\"'{}|;]*;)*[ \t]*")
_SHORT = re.compile(r"^[ \t]+[^\s;|&-]|[ \t]-c\w*(?::|[ \t])", re.IGNORECASE)
_VARIABLE = re.compile(rf"\$(\w+)[ \t]*=[ \t]*{_VALUE}[ \t]*;?")
_USED = re.compile(r"\$\{?(\w+)\}?")
_LEAVING = re.compile(r"(?:exit|return|throw)\b", re.IGNORECASE)
_STOPPING = re.compile(
    r"(?:Restart|Stop)-Computer\b|(?:Stop|Set|Suspend|Remove)-Service\b.*\b(?:AmazonECS|docker)\b", re.I
)
_PROXY = re.compile(r"\bhttps?_proxy\b|winhttp +set +proxy", re.IGNORECASE)


_UNSTARTED = "user data does not say how the agent is started"


def is_powershell(source: str) -> bool:
    """Return whether user data begins as that of Windows does."""
    return _TAG.match(source.lstrip()) is not None


def read_powershell(source: str, boot: FirstBoot) -> None:
    """Read the call of `Initialize-ECSAgent`."""
    if not source.strip():
        return
    if not (is_powershell(source) and _RUN.search(source)):
        boot.ignored = "user data of Windows is neither <powershell> nor <script>, so it is not run"
        if is_powershell(source) or _RUN.search(source):
            boot.not_followed("user data is no <powershell> with its end")
        return
    variables: dict[str, str] = {}
    names: list[str] = []
    depth, started, left, aside = 0, False, False, ""
    for line in map(str.strip, meaningful(_plain(source))):
        if assigned := _VARIABLE.fullmatch(line):
            value = _expanded(assigned, variables)
            variables[assigned[1].lower()] = value if not depth and assigned[1].lower() not in variables else COMPUTED
        elif start := _START.search(line):
            started = True
            cluster = _CLUSTER.search(line)
            if depth or left or not _BEFORE.fullmatch(line, 0, start.start()) or _SPLATTED.search(line):
                aside = _UNSTARTED
            elif cluster:
                names.append(_expanded(cluster, variables))
            elif _SHORT.search(line[start.end() :]):
                aside = "user data starts the agent with arguments that are not followed"
        elif "ecs_cluster" in line.lower():
            aside = "user data sets ECS_CLUSTER, which Initialize-ECSAgent may set too"
        left = left or (not depth and _LEAVING.match(line) is not None)
        depth = max(depth + line.count("{") - line.count("}"), 0)
        if _STOPPING.search(line):
            boot.may_stop(f"user data runs {shown(line)}")
        if _PROXY.search(line):
            boot.may_reroute(f"user data runs {shown(line)}")
    boot.name_one_of(names)
    if not started or (aside and not names):
        boot.not_followed(aside if started else _UNSTARTED)


def _plain(source: str) -> str:
    """Return a source without tags and comments of several lines, and what is computed instead of its long texts."""
    text = _without(source.replace("\r\n", "\n"), "<#", "#>", "")
    for quote in "'\"":
        text = _without(text, f"@{quote}\n", f"\n{quote}@", COMPUTED)
    return _TAGS.sub("\n", text).replace("`\n", " ")


def _without(source: str, opening: str, closing: str, instead: str) -> str:
    """Return a source with something else instead of all that stands between two marks."""
    kept, at = [], 0
    while (start := source.find(opening, at)) >= 0:
        kept += [source[at:start], instead]
        end = source.find(closing, start + 2)
        at = end + len(closing) if end >= 0 else len(source)
    return "".join([*kept, source[at:]])


def _expanded(match: re.Match[str], variables: dict[str, str]) -> str:
    if match["single"] is not None:
        return match["single"]
    return _USED.sub(lambda used: variables.get(used[1].lower(), COMPUTED), match["double"] or match["bare"] or "")
