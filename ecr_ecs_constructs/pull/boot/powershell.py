"""User data of Windows: PowerShell that calls `Initialize-ECSAgent`.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecr_ecs_constructs.pull.boot.instance import Instance, UnreadError, meaningful, shown
from ecr_ecs_constructs.pull.boot.settings import CLUSTER, COMPUTED, DRIVERS, TASK_ENI, Impact, of_key

_TAG = re.compile(r"<(powershell|script|persist)>|version:", re.IGNORECASE)
_RUN = re.compile(r"^version:|</powershell>", re.IGNORECASE)
_TAGS = re.compile(r"</?(?:powershell|script)>|<persist>.*?</persist>", re.IGNORECASE)
_VALUE = r"(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s\"';|&<>,\\()]+))"
_START = re.compile(r"Initialize-ECSAgent\b", re.IGNORECASE)
_ARGUMENT = re.compile(rf"[ \t]+-(?P<name>\w+)(?:(?::|[ \t]+)[ \t]*(?!-){_VALUE})?", re.IGNORECASE)
_VARIABLE = re.compile(rf"\$(\w+)[ \t]*=[ \t]*(?=[\"'$\d])(?!.*\$\(){_VALUE}[ \t]*;?")
_SETTING = re.compile(
    r"\[(?:System\.)?Environment\]::SetEnvironmentVariable\(\s*[\"'](?P<key>\w+)[\"']\s*,\s*"
    rf"{_VALUE}\s*,\s*(?:[\"']Machine[\"']|\[System\.EnvironmentVariableTarget\]::Machine)\s*\)[ \t]*;?",
    re.IGNORECASE,
)
_USED = re.compile(r"\$\{?(\w+)\}?")
_LEAVING = re.compile(r"(?:exit|return|throw)\b", re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?:Import-Module[ \t]+ECSTools\b|Write-(?:Host|Output)\b|(?:Start|Stop)-Transcript\b|Start-Sleep\b|cfn-signal\b"
    r"|Set-(?:DefaultAWSRegion|ExecutionPolicy|TimeZone)\b|Remove-Item\b[^;|]*\\ECS\\Cache)"
    r"[^(){}|;&]*;?|[{}]*|trap[ \t]*\{",
    re.IGNORECASE,
)
_PROXY = re.compile(r"\bhttps?_proxy\b|winhttp +set +proxy", re.IGNORECASE)
_SWITCHES = {"enabletaskeni": TASK_ENI, "enabletaskiamrole": "", "awsvpcblockimds": ""}

_UNSTARTED = "user data does not say how the agent is started"


def is_powershell(source: str) -> bool:
    """Return whether user data begins as that of Windows does."""
    return _TAG.match(source.lstrip()) is not None


def follow_powershell(source: str, instance: Instance) -> Instance:
    """Return an instance behind its user data.

    Raises:
        UnreadError: something is not followed, or it is not known how the agent is started.
    """
    if not source.strip():
        return instance
    if not (is_powershell(source) and _RUN.search(source)):
        if is_powershell(source) or _RUN.search(source):
            raise UnreadError("user data is no <powershell> with its end")
        return instance._replace(ignored="user data of Windows is neither <powershell> nor <script>, so it is not run")
    return _PowerShell(instance).follow(_plain(source))


class _PowerShell:
    """Follows a script of PowerShell line by line."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._variables = {"true": "true", "false": "false"}
        self._names: list[str] = []
        self._is_started = False
        self._aside = ""  # why what starts the agent is not known

    def follow(self, source: str) -> Instance:
        """Return the instance behind the script."""
        depth, left, is_trap = 0, False, False
        for line in _statements(source):
            if start := _START.search(line):
                self._is_started = True
                if depth or left or start.start():
                    self._aside = self._aside or _UNSTARTED
                else:
                    self._start(_without_end(line[start.end() :]))
            elif not is_trap:  # what goes wrong later is not asked here
                self._line(line, is_sure=not depth and not left)
            left = left or (not depth and _LEAVING.match(line) is not None)
            is_trap = (is_trap and depth > 0) or line.lower().startswith("trap")
            depth = max(depth + line.count("{") - line.count("}"), 0)
        if not self._is_started or (self._aside and not self._names):
            raise UnreadError(self._aside or _UNSTARTED)
        names = [*dict.fromkeys(self._names)]
        if len(names) > 1:
            raise UnreadError(f"user data names the clusters {' and '.join(names)}")
        return self._instance.set(CLUSTER, names[0]) if names else self._instance

    def _line(self, line: str, *, is_sure: bool) -> None:
        act = f"user data runs {shown(line)}"
        if _PROXY.search(line):
            self._instance = self._instance.rerouted(act)
        elif assigned := _VARIABLE.fullmatch(line):
            name = assigned[1].lower()
            is_known = is_sure and name not in self._variables
            self._variables[name] = self._expanded(assigned) if is_known else COMPUTED
        elif "ecs_cluster" in line.lower():
            self._aside = "user data sets ECS_CLUSTER, which Initialize-ECSAgent may set too"
        elif is_sure and (setting := _SETTING.fullmatch(line)):
            self._set(setting["key"], self._expanded(setting), act)
        elif not (_HARMLESS.fullmatch(line) or _LEAVING.match(line)):
            self._instance = self._instance.doubted(act, "is not followed")

    def _set(self, key: str, value: str, act: str) -> None:
        effect = of_key(key, value.lower() if value.lower() in ("true", "$true") else value, self._instance.region)
        if effect is Impact.DECIDES:
            self._instance = self._instance.set(key, value)
        elif effect is Impact.REROUTES:
            self._instance = self._instance.rerouted(act)
        elif effect is Impact.UNKNOWN:
            self._instance = self._instance.doubted(act, "is not followed")

    def _start(self, arguments: str) -> None:
        """Follow the arguments of `Initialize-ECSAgent`."""
        at = 0
        while found := _ARGUMENT.match(arguments, at):
            at, name = found.end(), found["name"].lower()
            has_value = any(found[kind] is not None for kind in ("double", "single", "bare"))
            if name == "cluster" and has_value:
                self._names.append(self._expanded(found))
            elif name == "loggingdrivers" and has_value:
                self._instance = self._instance.set(DRIVERS, self._expanded(found))
            elif name in _SWITCHES and not has_value:
                if _SWITCHES[name]:
                    self._instance = self._instance.set(_SWITCHES[name], "true")
            else:
                break
        else:
            if not arguments[at:].strip():
                return
        is_splatted = re.match(r"[ \t]*@\w", arguments[at:]) is not None
        self._aside = _UNSTARTED if is_splatted else "user data starts the agent with arguments that are not followed"
        self._names.clear()

    def _expanded(self, found: re.Match[str]) -> str:
        if found["single"] is not None:
            return found["single"]
        given = found["double"] if found["double"] is not None else found["bare"] or ""
        return _USED.sub(lambda used: self._variables.get(used[1].lower(), COMPUTED), given)


def _without_end(arguments: str) -> str:
    """Return arguments without a comment behind them, and without what throws their output away."""
    before, sign, comment = arguments.rpartition(" #")
    plain = before if sign and not {"'", '"'} & {*comment} else arguments
    call, pipe, last = plain.rstrip(" \t;").rpartition("|")
    return call if pipe and last.strip().lower() in ("out-null", "out-host") else plain.rstrip(" \t;")


def _plain(source: str) -> str:
    """Return a source without tags and comments of several lines, and what is computed instead of its long texts."""
    text = _without(source.replace("\r\n", "\n"), "<#", "#>", "")
    for quote in "'\"":
        text = _without(text, f"@{quote}\n", f"\n{quote}@", COMPUTED)
    return _TAGS.sub("\n", text).replace("`\n", " ")


def _statements(source: str) -> Iterator[str]:
    """Yield the statements of a script, each line cut at the semicolons that stand in no quotes and no block."""
    for line in meaningful(source):
        if re.search(r"[\"'{}]", line):
            yield line.strip()
        else:
            yield from (piece.strip() for piece in line.split(";") if piece.strip())


def _without(source: str, opening: str, closing: str, instead: str) -> str:
    """Return a source with something else instead of all that stands between two marks."""
    kept, at = [], 0
    while (start := source.find(opening, at)) >= 0:
        kept += [source[at:start], instead]
        end = source.find(closing, start + 2)
        at = end + len(closing) if end >= 0 else len(source)
    return "".join([*kept, source[at:]])
