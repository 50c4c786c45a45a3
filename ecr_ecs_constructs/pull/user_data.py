"""Which cluster instances join by their user data.

The ECS agent registers with the cluster that its configuration names, and with the one called `default` where it
names none. User data is read as the operating system reads it: cloud-init (scripts, cloud-config, MIME archives) on
Linux, TOML on Bottlerocket, PowerShell on Windows.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_windows_container_instance.html
    https://bottlerocket.dev/en/os/latest/api/settings/ecs/
    https://cloudinit.readthedocs.io/en/latest/explanation/format.html
"""

from __future__ import annotations

import base64
import email
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN, StandIns
from ecr_ecs_constructs.cloudformation.template import Node
from ecr_ecs_constructs.cloudformation.values import ABSENT, Text, Value
from ecr_ecs_constructs.pull.ami import System

DEFAULT_CLUSTER = "default"
"""The cluster that an agent joins whose configuration names none."""


class Certainty(Enum):
    """How much user data says of the cluster."""

    SAID = "said"
    SILENT = "silent"
    UNKNOWN = "unknown"


class Join(NamedTuple):
    """What user data says of the cluster that an instance joins.

    Attributes:
        certainty: whether it names the cluster, certainly says nothing, or can't be followed.
        cluster: the name or ARN of the cluster, `DEFAULT_CLUSTER` where it says nothing, None where it is not known.
        evidence: why.
        installs: whether it installs the agent, or runs what may do so.
        proxied: whether it names an HTTP proxy, through which agent and Docker may send.
    """

    certainty: Certainty
    cluster: str | Text | None
    evidence: str
    installs: bool = False
    proxied: bool = False


def plain(node: Node) -> Node:
    """Return a node of user data without its `Fn::Base64`, which hide what they hold."""
    if isinstance(node, dict):
        if node.keys() == {"Fn::Base64"}:
            return plain(node["Fn::Base64"])
        return {key: plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, list) else node


Setup = Callable[[], Iterable[str | Text]]
"""What `cfn-init` writes and runs, asked for only where it is called."""


def read_user_data(value: Value, system: System | None, setup: Setup = tuple) -> Join:
    """Return which cluster user data joins.

    Args:
        value: what the evaluator made of the user data without its `Fn::Base64`; `ABSENT` or None for none.
        system: of the machine image, None where it is not known.
        setup: gives what `cfn-init` writes and runs.
    """
    if value is ABSENT or value is None:
        return Join(Certainty.SILENT, DEFAULT_CLUSTER, "there is no user data")
    if not isinstance(value, (str, Text)):
        return Join(Certainty.UNKNOWN, None, "user data is no text", installs=True)
    script = _Script(value)
    said = _Said()
    if re.fullmatch(STAND_IN, script.text.strip()):
        said.not_followed(f"user data is {value}, known only at deployment")
    else:
        _read(script, system, setup, said)
    join = _conclude(script, said)
    return join._replace(proxied=True) if said.proxied else join


class _Said:
    """What is found while user data is read.

    Attributes:
        clusters: the clusters that it names.
        unclear: what may name a cluster and can't be followed.
        ignored: what the operating system does not read, so that it names none.
        runs: whether it runs what is not known to leave the instance as it is.
        proxied: whether it names an HTTP proxy.
    """

    def __init__(self) -> None:
        self.clusters: list[str] = []
        self.unclear: list[str] = []
        self.ignored: list[str] = []
        self.runs = False
        self.proxied = False

    def look_for_proxies(self, source: str) -> None:
        """Note whether a text names an HTTP proxy, for the agent, for Docker or for all.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
        """
        self.proxied = self.proxied or _PROXY.search(source) is not None

    def not_followed(self, evidence: str) -> None:
        """Note what may do anything."""
        self.unclear.append(evidence)
        self.runs = True


class _Script(StandIns):
    """A text in which each hole is one character."""

    def __init__(self, value: str | Text) -> None:
        super().__init__()
        self.text = self.encode(value)


_PROXY = re.compile("https?[_-]proxy", re.IGNORECASE)
_AGENT = re.compile(r"ecs-init|ecs-agent|ecs-anywhere|\binstall\b[^\n]*\becs\b")


def _conclude(script: _Script, said: _Said) -> Join:
    clusters = list(dict.fromkeys(script.decode(cluster) for cluster in said.clusters))
    installs = said.runs or _AGENT.search(_decoded(script.text)) is not None
    if len(clusters) == 1:
        return Join(Certainty.SAID, clusters[0], f"user data names the cluster {clusters[0]}", installs)
    if clusters:
        evidence = f"user data names the clusters {' and '.join(map(str, clusters))}"
        return Join(Certainty.UNKNOWN, None, evidence, installs)
    if said.unclear:
        return Join(Certainty.UNKNOWN, None, str(script.decode(said.unclear[0])), installs)
    evidence = said.ignored[0] if said.ignored else "user data names no cluster"
    return Join(Certainty.SILENT, DEFAULT_CLUSTER, str(script.decode(evidence)), installs)


_TOML_LINE = re.compile(r"\s*(\[|[\w.\"'-]+\s*=)")
_WINDOWS_TAG = re.compile(r"\s*<(powershell|script|persist)>|\s*version:", re.IGNORECASE)


def _read(script: _Script, system: System | None, setup: Setup, said: _Said) -> None:
    source = _decoded(script.text)
    said.look_for_proxies(source)
    if system is System.BOTTLEROCKET or (system is None and _is_toml(source)):
        _read_toml(source, said)
    elif system is System.WINDOWS or (system is None and _WINDOWS_TAG.match(source)):
        _read_powershell(source, said)
    else:
        _read_cloud_init(script, source, setup, said)


_COMPRESSED = b"\x1f\x8b"
_MAX_SIZE = 1 << 20  # of what is followed; Amazon EC2 takes 16 KB, but what those unpack to is unbounded
_NO_TEXT = "\x1f"  # stands for what is in base64 and is no text


def _decoded(source: str) -> str:
    """Return a text out of base64 and gzip, where it is in them."""
    try:
        content = base64.b64decode("".join(source.split()), validate=True)
    except ValueError:  # it is not
        return source
    try:
        if content.startswith(_COMPRESSED):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(_MAX_SIZE + 1)
        return content.decode() if len(content) <= _MAX_SIZE else _NO_TEXT
    except (EOFError, OSError, ValueError, zlib.error):
        return _NO_TEXT


def _shown(source: str) -> str:
    line = (source.splitlines() or [""])[0]
    return f"'{line}'" if len(line) <= 60 else f"'{line[:60]}…'"


def _meaningful(source: str) -> Iterator[str]:
    for line in source.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def _is_toml(source: str) -> bool:
    first = next(_meaningful(source), "")
    return first.lstrip().startswith("[") and _TOML_LINE.match(first) is not None


def _read_toml(source: str, said: _Said) -> None:
    """Read the settings of Bottlerocket: `cluster` below `settings.ecs`, in any way that TOML writes tables."""
    table = ""
    first = next(_meaningful(source), "[")
    if not _TOML_LINE.match(first):
        said.ignored.append(f"user data begins with {_shown(first)}, and Bottlerocket reads nothing but TOML")
        return
    for line in _meaningful(source):
        if header := re.fullmatch(r"\s*\[\s*([^\[\]]*?)\s*\]\s*(#.*)?", line):
            table = f"{_dotted(header[1])}."
        elif pair := re.fullmatch(r"\s*([^=]+?)\s*=\s*(.*?)\s*", line):
            key = f"{table}{_dotted(pair[1])}"
            if key == "settings.ecs.cluster":
                name = re.match(r"\"([^\"]*)\"|'([^']*)'", pair[2])
                _name(name[1] or name[2] or "" if name else "", said)
            elif key in ("settings", "settings.ecs") or "bootstrap-" in key:
                said.not_followed(f"user data gives {key}, which is not followed")


def _dotted(key: str) -> str:
    return re.sub(r"[\s\"']", "", key)


_CLUSTER_NAME = re.compile(
    rf"(?:arn:(?:[\w-]|{STAND_IN})+:ecs:(?:[\w-]|{STAND_IN})*:(?:[\w-]|{STAND_IN})*:cluster/)?(?:[A-Za-z0-9_-]|{STAND_IN}){{1,255}}"
)
"""A name, or an ARN, half known; the agent takes both.

Source: https://github.com/aws/amazon-ecs-agent/blob/master/agent/config/types.go
"""


def _name(name: str, said: _Said) -> None:
    if _CLUSTER_NAME.fullmatch(name):
        said.clusters.append(name)
    else:
        said.unclear.append("user data computes the name of the cluster on the instance")


_QUOTED = r"\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|(?P<bare>[^\s\"';|&<>,\\]*)"


def _values(pattern: str, source: str, variables: str) -> Iterator[str]:
    """Yield what a pattern assigns, variables replaced where the script gives them one value."""
    for match in re.finditer(f"{pattern}(?:{_QUOTED})", source):
        value = next(group for group in (match["double"], match["single"], match["bare"]) if group is not None)
        yield _resolved(value, source, variables)


def _resolved(value: str, source: str, variables: str, depth: int = 3) -> str:
    """Replace the variables of a script in a value; one whose value is not plain stays as it is."""
    for name in set(re.findall(r"\$\{?(\w+)\}?", value)) if depth else ():
        given = set()
        for match in re.finditer(f"{variables.format(re.escape(name))}(?:{_QUOTED})", source, re.MULTILINE):
            given.add(next(group for group in (match["double"], match["single"], match["bare"]) if group is not None))
        given.discard(value)  # a file that passes the variable on
        if len(given) == 1:
            inner = _resolved(given.pop(), source, variables, depth - 1)
            value = re.sub(rf"\$(?:\{{{name}\}}|{name}\b)", lambda _, inner=inner: inner, value)  # type: ignore[misc]
    return value


_SHELL_VARIABLE = r"^[ \t]*(?:export[ \t]+|local[ \t]+|readonly[ \t]+)?{}="
_POWERSHELL_VARIABLE = r"^[ \t]*\${}[ \t]*=[ \t]*"
_ECS_CLUSTER = r"(?<![\w$\{])ECS_CLUSTER[ \t]*=[ \t]*"


def _read_powershell(source: str, said: _Said) -> None:
    if not source.strip():
        return
    if not _WINDOWS_TAG.match(source):
        said.ignored.append("user data of Windows is neither <powershell> nor <script>, so it is not run")
        return
    lines = re.sub(r"`\r?\n", " ", "\n".join(_meaningful(source)))
    for pattern in (
        r"(?i:Initialize-ECSAgent\b[^\n]*?\s-Cluster[:\s]\s*)",
        r"(?i:SetEnvironmentVariable\(\s*[\"']ECS_CLUSTER[\"']\s*,\s*)",
        r"(?i:\$env:ECS_CLUSTER\s*=\s*)",
    ):
        for name in _values(pattern, lines, _POWERSHELL_VARIABLE):
            _name(name, said)
    if not re.search(r"Initialize-ECSAgent(?![^\n]*@\w)", lines, re.IGNORECASE):
        said.not_followed("user data does not say how the agent is started")


def _read_cloud_init(script: _Script, source: str, setup: Setup, said: _Said) -> None:
    head = source.lstrip().lower()
    if head.startswith(("content-type:", "mime-version:")):
        for part in email.message_from_string(source.lstrip()).walk():
            if not part.is_multipart():
                content = str(part.get_payload())
                if str(part["Content-Transfer-Encoding"]).lower() == "base64":
                    content = _decoded(content)
                    said.look_for_proxies(content)
                _read_part(script, part.get_content_type(), content, setup, said)
    else:
        _read_part(script, "text/plain", source, setup, said)


_TYPES = (
    ("#!", "text/x-shellscript"),
    ("#cloud-config", "text/cloud-config"),
    ("#cloud-boothook", "text/cloud-boothook"),
)
"""By what cloud-init tells what it is given."""


def _read_part(script: _Script, kind: str, source: str, setup: Setup, said: _Said) -> None:
    if kind == "text/plain":
        kind = next((name for start, name in _TYPES if source.startswith(start)), kind)
    if kind in ("text/x-shellscript", "text/cloud-boothook"):
        _read_shell(script, source, setup, said)
    elif kind == "text/cloud-config":
        _read_cloud_config(source, said)
    elif kind != "text/plain" or source.startswith("#") or re.match(rf"\s*{STAND_IN}|\s+\S|{_NO_TEXT}", source):
        # Included from elsewhere, a template, known only at deployment, or a script behind an empty line.
        shown = "compressed or no text" if source == _NO_TEXT else _shown(source.strip())
        said.not_followed(f"user data of this form is not followed: {shown}")
    elif source.strip():
        said.ignored.append(f"cloud-init runs no user data that begins with {_shown(source)} instead of '#!'")


def _assignments(source: str) -> Iterator[str]:
    lines = "\n".join(_meaningful(source))
    yield from _values(_ECS_CLUSTER, lines, _SHELL_VARIABLE)


def _read_cloud_config(source: str, said: _Said) -> None:
    found = list(_assignments(source))
    for name in found:
        _name(name, said)
    if not found and re.search(r"write_files|runcmd|bootcmd|include|ecs|jinja", source, re.IGNORECASE):
        said.not_followed("cloud-config runs commands or writes files that are not followed")


def _read_shell(script: _Script, source: str, setup: Setup, said: _Said) -> None:
    found = list(_assignments(source))
    initializes = [line for line in _lines(source) if re.search(r"cfn-init(?:\.exe)?\s", line)]
    if initializes:
        texts = [script.encode(written) for written in setup()]
        said.look_for_proxies("\n".join(texts))
        inits = [name for each in texts for name in _assignments(each)]
        if not inits and not found:
            said.not_followed("cfn-init sets up what the templates don't tell")
        found += inits
    for name in found:
        _name(name, said)
    for line in _lines(source):
        if line in initializes:
            continue
        evidence = f"user data runs {_shown(line.strip())}, which may name a cluster"
        if not all(map(_leaves_alone, _commands(line))):
            said.not_followed(evidence)
        elif _configures(line):
            said.unclear.append(evidence)


_HARMLESS = frozenset(
    """
    [ [[ amazon-linux-extras apt apt-get case cat cfn-hup cfn-signal chmod chown date dd dnf done echo elif esac exit
    export fallocate fi for groupadd hostnamectl ip6tables iptables iptables-save ln local logger mkdir mkswap mount mv
    nft printf pwd readonly return rm rpm service set shutdown sleep start stop swapoff swapon sysctl systemctl tee test
    timedatectl touch trap true ulimit umount useradd usermod wait while yum { } EOF
    """.split()  # noqa: SIM905 - a list of words
)
"""Commands that leave the configuration of the agent alone, unless they are given its file."""

_WRITES_TEXT = ("echo", "printf", "cat <<", "mkdir", "touch", "chmod", "chown")
"""What may be given the file of the agent's configuration: it writes what stands there, or nothing."""

_CONFIGURES = re.compile(r"/etc/ecs|ecs\.config")


def _lines(source: str) -> Iterator[str]:
    yield from _meaningful(re.sub(r"\\\r?\n", " ", source))


def _commands(line: str) -> Iterator[str]:
    """Yield the commands of a line of a shell script, as far as they can be told apart by their separators."""
    yield from filter(None, map(str.strip, re.split(r"&&|\|\||[;|]", line)))


def _configures(line: str) -> bool:
    """Return whether a line of a shell script gives the agent a configuration that does not stand in it."""
    if not _CONFIGURES.search(line):
        return False
    writes = line.lstrip().removeprefix("sudo ").startswith(_WRITES_TEXT)
    return not writes or re.search(rf"[$`]|{STAND_IN}", line) is not None


def _leaves_alone(command: str) -> bool:
    words = [word for word in command.split() if word not in ("sudo", "-E", "nohup", "then", "else", "do", "if", "!")]
    if words and re.match(r"\w+=", words[0]):
        return True  # a variable, or a line of a file that is written
    return not words or words[0].rpartition("/")[2] in _HARMLESS
