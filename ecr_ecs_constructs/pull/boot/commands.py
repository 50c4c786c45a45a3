"""Shell commands, told by their names and arguments.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
"""

from __future__ import annotations

import re

from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, CONFIGURATION

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


HARMLESS = _set("""
    : ( (( [ [[ amazon-linux-extras apt apt-get cat cd cfn-hup cfn-signal chmod chown date dd declare df dnf echo exec
    exit export false fallocate free grep groupadd head hostname hostnamectl id initctl ip ip6tables iptables
    iptables-save ln local logger ls mkdir mkswap mktemp mount mv nft nproc printf pwd read readonly restart return rm
    route service set shift sleep start stat stop swapoff swapon sysctl systemctl tail tee test timedatectl touch tr
    trap true typeset ulimit umount uname unset useradd usermod wait wc which whoami yum
""")
"""Commands that leave the configuration of the agent alone, unless they are given its file."""

FETCHING = _set("""
    amazon-cloudwatch-agent-ctl aws awk basename cp curl cut dirname docker dpkg file find gpasswd gunzip gzip install
    jq mkfs mkfs.ext4 mkfs.xfs pip pip3 rpm sed sort tar uniq unzip wget xfs_growfs yum-config-manager
""")
"""Commands that do so too, but may bring the agent to where it is not."""

ENDING = _set("halt init poweroff reboot shutdown telinit")
"""Commands that end what the instance does."""

KNOWN = HARMLESS | FETCHING | ENDING

READING = _set(
    ". [ cat chmod chown declare echo export grep head local ls mkdir printf source stat tail tee test touch wc"
)
"""Commands that may be given the file of the agent's configuration, and leave what stands in it."""

QUIET = _set(": (( [ [[ cd chmod chown exec export false ln mkdir mv rm set sleep test touch trap true umask unset")
"""Commands that write nothing."""

TESTS = _set("(( [ [[ false grep test")
"""Commands that fail as a matter of course; the others are taken to succeed."""

SETTINGS = ("/etc/os-release", "/etc/profile", "/etc/environment", "/etc/sysconfig/", CONFIGURATION)
"""Files of variables, and nothing else, that a script may read in."""

SHELLS = _set("bash dash ksh sh zsh")
"""Shells whose scripts are followed."""

LEAVING = _set("exec exit")
"""Commands behind which a script does not go on."""

DECLARING = _set("declare export local readonly typeset")
_SERVICES = _set("initctl restart service start stop systemctl")
_ASKING = _set("cat daemon-reload is-active is-enabled is-failed show status")
_STARTING = _set("enable start unmask")
_PACKAGES = _set("apt apt-get dnf dpkg rpm yum")
_REMOVING = _set("autoremove erase purge remove -e --erase -r --remove")
COPYING = _set("cp install ln mv")
UNPACKING = _set("aws cp mv tar unzip")
TOUCHES = re.compile(r"/etc/ecs|ecs\.config|ECS_CLUSTER|amazon/amazon-ecs-agent")
_INTROSPECTION = re.compile(r"\b51678\b")
_AGENT = re.compile(r"(?:amazon-)?ecs(?:-init|-agent)?(?:\.service)?")
_DOCKER = re.compile(r"docker(?:\.service|\.socket)?")
UNKNOWN = re.compile(f"{COMPUTED}|{STAND_IN}")
_PROXY = re.compile(r"https?_proxy", re.IGNORECASE)
_OWN_TRAFFIC = _set("INPUT OUTPUT")
_LET_THROUGH = _set("ACCEPT LOG RETURN")


def is_of_shell(source: str) -> bool:
    """Return whether a script names a shell as its interpreter."""
    words = source.partition("\n")[0].removeprefix("#!").split() if source.startswith("#!") else []
    names = [word.rpartition("/")[2] for word in words]
    return not SHELLS.isdisjoint(names[1:2] if names[:1] == ["env"] else names[:1])


def may_stop(name: str, words: list[str]) -> bool:
    """Return whether a command may keep the agent from starting.

    What waits for the agent to start waits for ever, because the agent waits for cloud-init, which runs the script.
    """
    if name in ENDING:
        return True
    computed = any(map(UNKNOWN.search, words))
    agent = computed or any(map(_AGENT.fullmatch, words))
    docker = computed or any(map(_DOCKER.fullmatch, words))
    if name in _PACKAGES:
        return (agent or docker) and not _REMOVING.isdisjoint(words)
    if name not in _SERVICES or not (agent or docker) or not _ASKING.isdisjoint(words):
        return False
    doing = {name, *words}
    if "restart" in doing or computed:
        return "--no-block" not in doing
    if _STARTING.isdisjoint(doing):
        return True
    return agent and not doing.isdisjoint({"start", "--now"}) and "--no-block" not in doing


def asks_agent(words: list[str]) -> bool:
    """Return whether a command asks the agent whether it runs.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-introspection.html
    """
    return any(map(_INTROSPECTION.search, words))


def echo(words: list[str]) -> str:
    """Return what `echo` writes of its arguments."""
    options = ""
    while words and re.fullmatch(r"-[neE]+", words[0]):
        options += words[0]
        words = words[1:]
    text = " ".join(words)
    return (unescaped(text) if "e" in options else text) + ("" if "n" in options else "\n")


def printf(words: list[str]) -> str:
    """Return what `printf` writes of its arguments."""
    form, values = unescaped(words[0]) if words else "", words[1:]
    pieces = re.split(r"%[sdb]", form.replace("%%", "\1"))
    if any("%" in piece for piece in pieces) or form.startswith("-"):
        return f"{COMPUTED}\n"
    count = len(pieces) - 1
    text = ""
    while True:
        given = [*values[:count], *[""] * (count - len(values))]
        text += "".join(f"{piece}{value}" for piece, value in zip(pieces, [*given, ""], strict=True))
        values = values[count:]
        if not values or not count:
            return text.replace("\1", "%")


def unescaped(text: str) -> str:
    """Return a text with what its backslashes stand for."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text) if "\\" in text else text


_PREFIXES = _set("! builtin command nohup sudo time")
_USER = re.compile(r" (?:-[A-Za-z]*u ?|--user[ =])(\S+)")


def behind_prefixes(words: list[str]) -> tuple[list[str], bool]:
    """Return a command without the words before it that say how to run it, and whether another user than root runs it.

    Another user may not write what root may.
    """
    of_other_user = False
    while words and words[0] in _PREFIXES:
        at = 1
        while at < len(words) and words[at].startswith("-"):
            at += 2 if words[at] in ("-u", "-g", "--user", "--group") else 1
        user = _USER.search(" ".join(words[:at])) if words[0] == "sudo" else None
        of_other_user = of_other_user or (user is not None and user[1] not in ("root", "#0"))
        words = words[at:]
    return words, of_other_user


def may_reroute(name: str, words: list[str]) -> bool:
    """Return whether a command sends traffic of the instance itself another way, or nowhere."""
    if name in ("iptables", "ip6tables"):
        # Not that of containers, nor what the agent answers to them.
        return not (
            _OWN_TRAFFIC.isdisjoint(words)
            or not _LET_THROUGH.isdisjoint(words)
            or any(word.startswith(("docker", "169.254.170.2")) for word in words)
        )
    if name in ("ip", "route"):
        return not {"add", "append", "change", "del", "delete", "flush", "replace"}.isdisjoint(words)
    if name == "nft":
        return "list" not in words
    # What a script exports reaches its own commands only, but tells that the way is by a proxy.
    return name in ("sed", "systemctl", *DECLARING) and any(map(_PROXY.search, words))
