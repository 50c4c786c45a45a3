"""An instance while its user data is followed: what the ECS agent will find when it starts.

`ecs-init` reads `/etc/ecs/ecs.config` line by line: spaces around a line do not count, what stands before its first
`=` is the name of a setting, everything behind it the value, quotes included, and of a setting that stands twice the
last one counts. It starts the agent when cloud-init has finished.

Sources:
    https://github.com/aws/amazon-ecs-agent/blob/master/ecs-init/docker/docker.go
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/types.go
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
    https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot.settings import CLUSTER, COMPUTED, UNKNOWN, Impact, of_key

CONFIGURATION = "/etc/ecs/ecs.config"
"""The file that the agent of Amazon Linux takes its settings from."""


class UnreadError(Exception):
    """User data does something that is not followed; the message says what."""


class Signal(NamedTuple):
    """A signal to CloudFormation.

    Attributes:
        stack: the name, or the ID, of the stack.
        resource: the logical ID of the resource that waits for it.
        region: the region of the stack, empty where the command says none.
        succeeds: whether it says that the instance is ready.
        by_helper: whether a helper script of CloudFormation sends it, rather than the AWS CLI.
    """

    stack: str
    resource: str
    region: str
    succeeds: bool
    by_helper: bool = False


class Instance(NamedTuple):
    """An instance while its user data is followed.

    Attributes:
        settings: what the configuration of the agent says so far, as far as it decides anything: keys and values.
        unfinished: the last line of the configuration, while it lacks its end.
        doubt: what may keep the agent from starting, or may change what it does; empty where nothing does.
        reroutes: what sends the traffic of the instance another way than its subnet says; empty where nothing does.
        fetches: whether something runs that may bring the agent to where it is not.
        ignored: why user data is not read at all; empty where it is.
        region: that of the instance, None where it is not known.
        signals: the signals that it surely sends; None where these are not followed.
        resets: what takes away what others wrote to the configuration, or would still write; empty where nothing does.
        has_helpers: whether the helper scripts of CloudFormation are installed, which no ECS-optimized image has.
    """

    settings: tuple[tuple[str, str], ...] = ()
    unfinished: str = ""
    doubt: str = ""
    reroutes: str = ""
    fetches: bool = False
    ignored: str = ""
    region: str | None = None
    signals: tuple[Signal, ...] | None = ()
    resets: str = ""
    has_helpers: bool = False

    @property
    def cluster(self) -> str:
        """The cluster that the configuration names, empty where it names none."""
        return dict(self.finished.settings).get(CLUSTER, "")

    @property
    def sent(self) -> tuple[Signal, ...] | None:
        """The signals that it sends by what it has; None where these are not followed."""
        signals = self.signals
        return None if signals is None else tuple(each for each in signals if self.has_helpers or not each.by_helper)

    @property
    def finished(self) -> Instance:
        """The instance with the last line of the configuration read, though it may lack its end."""
        line = self.unfinished
        return self._configured("\n", f"user data writes {shown(line)}", append=True) if line else self

    def doubted(self, act: str, why: str = "may keep the agent from starting") -> Instance:
        """Return the instance with a doubt that user data does something that lets the agent be."""
        return self if self.doubt else self._replace(doubt=f"{act}, which {why}")

    def rerouted(self, act: str) -> Instance:
        """Return the instance with its traffic led another way."""
        why = f"{act}, which may lead its traffic another way than that of its subnet"
        return self if self.reroutes else self._replace(reroutes=why)

    def signalled(self, *signals: Signal) -> Instance:
        """Return the instance with some more signals sent."""
        return self._replace(signals=tuple(dict.fromkeys((*(self.signals or ()), *signals))))

    def reset(self, act: str) -> Instance:
        """Return the instance without what others wrote to its configuration, or would still write."""
        return self if self.resets else self._replace(resets=f"{act}, which may take away what others write there")

    def set(self, key: str, value: str) -> Instance:
        """Return the instance with a setting of its agent."""
        return self._replace(settings=(*(each for each in self.settings if each[0] != key), (key, value)))

    def written(self, path: str, text: str, act: str, *, append: bool = False) -> Instance:
        """Return the instance with something written to a file.

        Args:
            path: of the file, absolute.
            text: what is written.
            act: what user data does to write it, in words.
            append: whether what stands in the file is kept.

        Raises:
            UnreadError: nobody knows what the file does to the agent.
        """
        if path == CONFIGURATION:
            return self._configured(text, act, append=append)
        for pattern, effect in _FILES:
            if pattern.match(path):
                return effect(self, text, act)
        raise UnreadError(f"{act}, which is not followed")

    def _configured(self, text: str, act: str, *, append: bool) -> Instance:
        found = self if append else self._replace(settings=(), unfinished="").reset(act)
        *lines, last = f"{found.unfinished}{text}".split("\n")
        for line in lines:
            found = _with_line(found, line.strip(), act)
        if UNKNOWN.search(last.partition("=")[0]):
            raise UnreadError(f"{act}, which is not followed")
        return found._replace(unfinished=last)


def _with_line(instance: Instance, line: str, act: str) -> Instance:
    """Return an instance with a line of the agent's configuration."""
    key, equals, value = line.partition("=")
    if UNKNOWN.search(key):
        raise UnreadError(f"{act}, which is not followed")  # perhaps several lines
    if not equals or key.startswith("#"):
        return instance
    impact = of_key(key, value.strip(), instance.region)
    if impact is Impact.DECIDES:
        return instance.set(key, value.strip())
    if impact is Impact.REROUTES:
        return instance.rerouted(act)
    why = f"gives the agent {key}={value.strip()}, whose effect is not known".replace(COMPUTED, "…")
    return instance if impact is Impact.NONE else instance.doubted(act, why)


def _let_be(instance: Instance, _text: str, _act: str) -> Instance:
    return instance


_PROXY = re.compile(r"https?[_-]proxy", re.IGNORECASE)


def _variables(instance: Instance, text: str, act: str) -> Instance:
    """Follow a file of environment variables that shells and programs read."""
    return instance.rerouted(act) if _PROXY.search(text) or COMPUTED in text else instance


_DROP_IN = re.compile(r"\[(?:Service|Unit)\]|Environment=\"?\w*PROXY=.*|#.*|", re.IGNORECASE)
_OPTIONS = re.compile(
    r"(?:export +)?\w*_PROXY=.*|DAEMON_MAXFILES=\d+|#.*"
    r"|OPTIONS=\"(?:\$\{?OPTIONS\}?|--(?:storage-opt|log-opt|default-ulimit|log-driver)[= ][\w.=:-]+|\s)*\"|",
    re.IGNORECASE,
)


def _unit(instance: Instance, text: str, act: str) -> Instance:
    """Follow a drop-in of the agent's or Docker's unit, or Docker's options: they may give a proxy, and no more."""
    for line in text.split("\n"):
        if not (_DROP_IN.fullmatch(line.strip()) or _OPTIONS.fullmatch(line.strip())):
            return instance.doubted(act)
    return instance.rerouted(act) if _PROXY.search(text) else instance


_OF_DOCKER = frozenset(
    """
    bip data-root debug default-address-pools default-ulimits features insecure-registries live-restore log-driver
    log-level log-opts max-concurrent-downloads max-concurrent-uploads mtu registry-mirrors storage-driver storage-opts
    userland-proxy
    """.split()  # noqa: SIM905 - a list of words
)
"""Keys of the Docker daemon that let images of ECR be pulled; a mirror is asked for images of Docker Hub only."""


def _daemon(instance: Instance, text: str, act: str) -> Instance:
    try:
        options = json.loads(text)
    except (RecursionError, ValueError):
        return instance.doubted(act)
    if isinstance(options, dict) and not options.keys() - _OF_DOCKER - {"dns", "proxies"}:
        return instance if options.keys() <= _OF_DOCKER else instance.rerouted(act)
    return instance.doubted(act)


def _replaced(instance: Instance, _text: str, act: str) -> Instance:
    """Follow another unit in the place of the agent's, or of Docker's: a link to `/dev/null` masks it."""
    return instance.doubted(act)


def _way(instance: Instance, _text: str, act: str) -> Instance:
    return instance.rerouted(act)


_FILES = tuple(
    (re.compile(pattern), effect)
    for pattern, effect in (
        (r"/etc/hosts$|/etc/resolv\.conf$", _way),
        (r"/etc/docker/daemon\.json$", _daemon),
        (r"/etc/systemd/system/(?:ecs|docker)\.service\.d/|/etc/sysconfig/docker$", _unit),
        (r"/etc/(?:environment$|profile$|profile\.d/|bashrc$)", _variables),
        (
            r"/etc/(?:amazon|awslogs|cfn|logrotate\.d|rsyslog\.d|security|ssh|sudoers\.d|sysctl\.d|yum\.repos\.d)/"
            r"|/etc/(?:ecs\.config|fstab|hostname|localtime|issue|motd|sysctl\.conf|yum\.conf)$",
            _let_be,
        ),
        (r"/dev/(?:console|null|stderr|stdout|tty\d*|fd/.*)$|/proc/sys/(?:vm|fs)/|/usr/local/|/var/log/", _let_be),
        (r"/etc/systemd/system/(?:multi-user\.target\.wants/)?(?:docker|ecs)\.(?:service|socket)$", _replaced),
        (r"/etc/systemd/system/(?!ecs|docker|containerd|cloud-)[\w@-]+\.(?:service|timer|mount)$", _let_be),
        (rf"/(?!(?:bin|boot|dev|etc|lib|lib64|proc|run|sbin|sys|usr|var)(?:/|$)|[^/]*{UNKNOWN.pattern})", _let_be),
        (r"/var/tmp/", _let_be),  # noqa: S108 - of the instance
    )
)
"""The known files, and what writing them does: that of the first pattern that matches counts.

A unit of one's own does nothing before it is started; below folders that the system does not read, files lie still.
"""

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
    line = (source[:1000].splitlines() or [""])[0].replace(COMPUTED, "…")
    return f"'{line}'" if len(line) <= 60 else f"'{line[:60]}…'"


def meaningful(source: str) -> Iterator[str]:
    """Yield the lines that are neither empty nor comments."""
    for line in source.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line
