"""The ECS agent and its configuration, as user data leaves them when an instance has booted for the first time.

`ecs-init` reads `/etc/ecs/ecs.config` line by line: spaces around a line do not count, what stands before its first
`=` is the name of a setting, everything behind it the value, quotes included, and of a setting that stands twice the
last one counts. It starts the agent when cloud-init has finished.

Sources:
    https://github.com/aws/amazon-ecs-agent/blob/master/ecs-init/docker/docker.go
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/types.go
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import zlib
from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN

CONFIGURATION = "/etc/ecs/ecs.config"
"""The file that the agent of Amazon Linux takes its settings from."""

COMPUTED = "\0"
"""Stands for text that is known only on the instance."""

_UNKNOWN = re.compile(f"{COMPUTED}|{STAND_IN}")
_OTHER_CONFIGURATION = ("/etc/ecs/", "/var/lib/ecs/", "/etc/systemd/system/ecs.service", "/etc/default/ecs")
_DOCKER = "/etc/docker/daemon.json"
_RESOLVER = re.compile(r"\"dns\"|\"proxies\"")
_OF_THE_HOST = ("/etc/hosts", "/etc/resolv.conf")
_PROXY = re.compile(r"https?[_-]proxy", re.IGNORECASE)
_ELSEWHERE = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ECS_BACKEND_HOST"})


DRIVERS, TASK_ENI, NO_PRIVILEGED = "ECS_AVAILABLE_LOGGING_DRIVERS", "ECS_ENABLE_TASK_ENI", "ECS_DISABLE_PRIVILEGED"
RESERVED = "ECS_RESERVED_MEMORY"
"""The settings of the agent that decide which tasks it takes."""

_HEEDED = frozenset({DRIVERS, TASK_ENI, NO_PRIVILEGED, RESERVED})


class FirstBoot:
    """An instance while its user data is read, as far as it is known.

    Attributes:
        named: the cluster that the configuration names so far, None where it names none.
        unclear: what may name another one, or None; a setting written later outweighs it.
        stops: what may keep the agent from starting.
        ignored: what is not read at all, so that it names none.
        runs: whether something runs that is not known to leave the instance without an agent.
        files: what stands in the files that are surely written, by their paths.
        reroutes: what sends the traffic of the instance another way than its subnet says.
        settings: what the configuration says of which tasks the agent takes, by the names of its settings.
    """

    def __init__(self, region: str | None = None) -> None:
        """Begin with an instance that nothing was done to.

        Args:
            region: that of the instance, None where it is not known.
        """
        self.named: str | None = None
        self.unclear = ""
        self.stops = ""
        self.ignored = ""
        self.runs = False
        self.files: dict[str, str] = {}
        self.reroutes = ""
        self.settings: dict[str, str] = {}
        self._region = region
        self._unfinished = ("", "")

    def not_followed(self, evidence: str) -> None:
        """Note why what user data does is not known."""
        self.unclear = evidence
        self.runs = True

    def may_name(self, act: str) -> None:
        """Note what user data does that may name a cluster."""
        self.unclear = f"{act}, which may name a cluster"

    def may_stop(self, act: str) -> None:
        """Note what user data does that may keep the agent from starting."""
        self.stops = self.stops or f"{act}, which may keep the agent from starting"

    def may_reroute(self, act: str) -> None:
        """Note what user data does that may lead traffic of the instance another way."""
        self.reroutes = self.reroutes or f"{act}, which may lead its traffic another way than that of its subnet"

    def name_one_of(self, clusters: list[str]) -> None:
        """Note the clusters that are named, of which one counts."""
        different = list(dict.fromkeys(clusters))
        if len(different) > 1:
            self.unclear = f"user data names the clusters {' and '.join(different)}"
        elif different:
            self.named = different[0]

    def is_other_region(self, region: str) -> bool:
        """Return whether a text may be another region than that of the instance."""
        return region != self._region and not _UNKNOWN.search(region)

    def write(self, path: str, text: str, act: str, *, append: bool = False, sure: bool = True) -> None:
        """Note what is written to a file.

        Args:
            path: of the file, absolute.
            text: what is written.
            act: what user data does to write it, in words.
            append: whether what stands in the file is kept.
            sure: whether it is certainly written.
        """
        before = self.files.pop(path, None) if append else ""
        if sure and before is not None and len(before) + len(text) <= MAX_SIZE:
            self.files[path] = before + text
        if path == CONFIGURATION:
            self._configure(text, act, append=append, sure=sure)
        elif may_be_configuration(path):
            self.may_name(act)
        elif path in _OF_THE_HOST or _PROXY.search(text) or (path == _DOCKER and _RESOLVER.search(text)):
            # A mirror does not lead elsewhere: the Docker daemon asks it for images of Docker Hub only.
            self.may_reroute(act)
        elif path.startswith(_OTHER_CONFIGURATION) and not self.named:
            self.may_name(act)

    def _configure(self, text: str, act: str, *, append: bool, sure: bool) -> None:
        lines = f"{self._unfinished[0] if append else ''}{text}".split("\n")
        if not sure:
            if not append or not all(_leaves_cluster(line.strip(), self.named) for line in lines):
                self.may_name(act)
            for line in lines:
                self._read_way(line.strip(), act)
                self._set(line.strip(), sure=False)
            return
        if not append:
            self.named, self.unclear = None, ""
            self.settings.clear()
        last = lines.pop()
        self._unfinished = last if len(last) <= MAX_SIZE else COMPUTED, act
        for line in lines:
            self._read(line.strip(), act)

    def _read(self, line: str, act: str) -> None:
        key, equals, value = line.partition("=")
        if _UNKNOWN.search(key):
            self.may_name(act)  # perhaps by several lines
        elif key == "ECS_CLUSTER" and equals:
            self.named, self.unclear = value.strip(), ""
        self._read_way(line, act)
        self._set(line)

    def _read_way(self, line: str, act: str) -> None:
        key, _, value = line.partition("=")
        if key in _ELSEWHERE or (key == "AWS_DEFAULT_REGION" and self.is_other_region(value)):
            self.may_reroute(act)

    def _set(self, line: str, *, sure: bool = True) -> None:
        key, _, value = line.partition("=")
        if key in _HEEDED:
            self.settings[key] = value.strip() if sure else COMPUTED

    def is_silent(self) -> bool:
        """Return whether nothing so far may name a cluster."""
        return not (self.named or self.unclear or "ECS_CLUSTER=" in self._unfinished[0])

    def finish(self) -> None:
        """Read the last line of the configuration, though it may lack its end."""
        line, act = self._unfinished
        self._unfinished = ("", "")
        self._read(line.strip(), act)


def _leaves_cluster(line: str, named: str | None) -> bool:
    key, equals, value = line.partition("=")
    if key == "ECS_CLUSTER" and equals:
        return value.strip() == named
    return not _UNKNOWN.search(key)


def may_be_configuration(path: str) -> bool:
    """Return whether a path that is known only in part may be that of the agent's configuration."""
    parts = _UNKNOWN.split(path)
    return len(parts) > 1 and CONFIGURATION.startswith(parts[0]) and CONFIGURATION.endswith(parts[-1])


MAX_SIZE = 1 << 16
"""How many characters are followed; Amazon EC2 takes 16 KB, but what those unpack to is unbounded."""

NO_TEXT = "\x1f"
"""Stands for what is in base64 and is no text."""

_COMPRESSED = b"\x1f\x8b"


def decoded(source: str) -> str:
    """Return a text out of base64 and gzip, where it is in them."""
    try:
        content = base64.b64decode("".join(source.split()), validate=True)
    except ValueError:  # it is not
        return source
    try:
        if content.startswith(_COMPRESSED):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(MAX_SIZE + 1)
        return content.decode() if len(content) <= MAX_SIZE else NO_TEXT
    except (EOFError, OSError, ValueError, zlib.error):
        return NO_TEXT


def shown(source: str) -> str:
    """Return what a message shows of a text: its first line, or the beginning of that."""
    line = (source[:1000].splitlines() or [""])[0]
    return f"'{line}'" if len(line) <= 60 else f"'{line[:60]}…'"


def meaningful(source: str) -> Iterator[str]:
    """Yield the lines that are neither empty nor comments."""
    for line in source.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line
