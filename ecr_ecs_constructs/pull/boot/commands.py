"""The known commands of shell scripts: what each does to an instance and to its ECS agent, and how it ends.

Everything else is unknown. A package manager, a download or a call of AWS is taken to succeed, as on an instance that
works.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-install.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/http_proxy_config.html
    https://www.freedesktop.org/software/systemd/man/latest/systemctl.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot.instance import CONFIGURATION, Instance, Signal, UnreadError
from ecr_ecs_constructs.pull.boot.settings import COMPUTED, UNKNOWN
from ecr_ecs_constructs.pull.boot.syntax import unescaped


class Call(NamedTuple):
    """A command where it is run.

    Attributes:
        name: of the command, without its folder.
        words: its arguments.
        input: what it reads.
        act: what user data does, in words.
        cwd: the working directory.
    """

    name: str
    words: Sequence[str]
    input: str
    act: str
    cwd: str

    def path(self, path: str) -> str:
        """Return a path from the root."""
        joined = path if path.startswith(COMPUTED) else posixpath.join(self.cwd, path)
        return posixpath.normpath(joined).replace("//", "/")

    @property
    def plain(self) -> list[str]:
        """The arguments that are no options."""
        return [word for word in self.words if not word.startswith("-")]

    @property
    def unread(self) -> UnreadError:
        """The error of a command that is not followed."""
        return UnreadError(f"{self.act}, which is not followed")


class Done(NamedTuple):
    """The outcome of a command.

    Attributes:
        instance: the instance behind it.
        output: what it writes.
        status: whether it succeeds; None where it may fail.
        ends: whether it surely ends.
    """

    instance: Instance
    output: str = ""
    status: bool | None = True
    ends: bool = True


Follow = Callable[[Call, Instance], Done]


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FAILING = _set("""
    cmp curl diff dig egrep fgrep getent grep host id ls mountpoint nslookup pgrep ping stat type wget which
""")
"""Commands that may fail as a matter of course; the others are taken to succeed."""

_QUIET = _set("""
    : blockdev chgrp chmod chown depmod e2label fallocate groupadd growpart hash hostnamectl lvextend mkdir mkfs
    mkfs.ext4 mkfs.xfs mkswap modprobe mount parted partprobe pvresize resize2fs setenforce sleep swapoff swapon
    sync sysctl timedatectl touch true tune2fs ulimit umask umount update-ca-certificates update-ca-trust useradd
    usermod wait xfs_growfs
""")
"""Commands that write nothing."""

_WRITING = _set("""
    amazon-cloudwatch-agent-ctl arch awk base64 basename blkid cfn-get-metadata cfn-hup
    cut date df dirname dmesg du ec2-metadata file free getconf gpasswd head history hostname jq lsblk lscpu
    logger nproc ps pwd readlink realpath rev seq sort tr uname uniq uptime wc whoami
""")
"""Commands whose output is known only on the instance."""

_READING = _set("chmod chown egrep fgrep grep head ls mkdir stat tail touch wc")
"""Commands that may be given the file of the agent's configuration, and leave what stands in it."""

_TOUCHES = re.compile(r"/etc/ecs|ecs\.config|amazon/amazon-ecs-agent")


def _told(call: Call, instance: Instance) -> Done:
    """Follow a command that leaves the instance alone."""
    if call.name not in _READING and any(map(_TOUCHES.search, call.words)):
        raise call.unread
    if call.name == "sleep" and "infinity" in call.words:
        return Done(instance, ends=False)
    status = None if call.name in _FAILING else True
    return Done(instance, "" if call.name in _QUIET else f"{COMPUTED}\n", status)


def _echo(call: Call, instance: Instance) -> Done:
    options, words = "", list(call.words)
    while words and re.fullmatch(r"-[neE]+", words[0]):
        options += words.pop(0)
    text = " ".join(words)
    return Done(instance, (unescaped(text) if "e" in options else text) + ("" if "n" in options else "\n"))


def _printf(call: Call, instance: Instance) -> Done:
    form, values = unescaped(call.words[0]) if call.words else "", call.words[1:]
    pieces = re.split(r"%[sdb]", form.replace("%%", "\1"))
    if any("%" in piece for piece in pieces) or form.startswith("-"):
        return Done(instance, f"{COMPUTED}\n")
    count, text = len(pieces) - 1, ""
    while True:
        given = [*values[:count], *[""] * (count - len(values))]
        text += "".join(f"{piece}{value}" for piece, value in zip(pieces, [*given, ""], strict=True))
        values = values[count:]
        if not values or not count:
            return Done(instance, text.replace("\1", "%"))


def _cat(call: Call, instance: Instance) -> Done:
    return Done(instance, f"{COMPUTED}\n" if any(word != "-" for word in call.words) else call.input)


def _tail(call: Call, instance: Instance) -> Done:
    follows = any(re.fullmatch(r"-[0-9a-zA-Z]*[fF]|--follow.*|--retry", word) for word in call.words)
    return Done(instance, f"{COMPUTED}\n", ends=not follows)


def _tee(call: Call, instance: Instance) -> Done:
    append = any(word in ("-a", "--append", "-ai", "-ia") for word in call.words)
    for word in call.plain:
        instance = instance.written(call.path(word), call.input, call.act, append=append)
    return Done(instance, call.input)


def _remove(call: Call, instance: Instance) -> Done:
    for path in map(call.path, call.plain):
        is_pattern = re.search(r"[*?\[]", path) is not None
        if is_pattern and fnmatchcase(CONFIGURATION, f"{path}*"):
            raise call.unread
        if not re.match(r"/var/(?:cache|tmp)/|/var/lib/(?:cloud|ecs/data|docker/network)/|/usr/local/", f"{path}/"):
            instance = instance.written(path, "", call.act)
    return Done(instance)


def _copy(call: Call, instance: Instance) -> Done:
    """Follow a command that writes its last argument, or a file of a name that is known in it."""
    *sources, target = call.plain or [""]
    path = call.path(target)
    instance = instance.written(f"{path}/{COMPUTED}" if target.endswith("/") else path, COMPUTED, call.act)
    return _remove(call._replace(words=sources), instance) if call.name == "mv" else Done(instance)


def _edit(call: Call, instance: Instance) -> Done:
    """Follow `sed`, which changes files in their place where it is told to."""
    if any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in call.words):
        for word in call.plain[-1:]:
            instance = instance.written(call.path(word), COMPUTED, call.act)
    return Done(instance, f"{COMPUTED}\n")


def _dd(call: Call, instance: Instance) -> Done:
    for word in call.words:
        if word.startswith("of="):
            instance = instance.written(call.path(word[3:]), COMPUTED, call.act)
    return Done(instance)


_INTROSPECTION = re.compile(r"\b51678\b")


def _fetch(call: Call, instance: Instance) -> Done:
    """Follow a command that may write files: into the working directory, and to each path that it is given."""
    if any(map(_TOUCHES.search, call.words)):
        raise call.unread
    given = (word.partition("=")[2] if word.startswith("--") else word for word in call.words)
    for path in (call.path("file"), *map(call.path, (each for each in given if each.startswith("/")))):
        instance = instance.written(path, COMPUTED, call.act)
    status = None if call.name in _FAILING else True
    if any("169.254.169.254" in word for word in call.words):
        status = True
    elif any(map(_INTROSPECTION.search, call.words)):
        status = False  # the agent starts behind all of this
    return Done(instance._replace(fetches=True), f"{COMPUTED}\n", status)


def _pip(call: Call, instance: Instance) -> Done:
    done = _fetch(call, instance)
    return done._replace(instance=done.instance._replace(has_helpers=_has_helpers(call, done.instance)))


def _find(call: Call, instance: Instance) -> Done:
    if not {"-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint"}.isdisjoint(call.words):
        raise call.unread
    return Done(instance, f"{COMPUTED}\n")


_CALLS = _set("""
    autoscaling:complete-lifecycle-action autoscaling:record-lifecycle-action-heartbeat cloudformation:signal-resource
    cloudwatch:put-metric-data configure:set ec2:associate-address ec2:attach-volume ec2:create-tags
    ec2:modify-instance-attribute ec2:wait s3:cp s3:ls s3:sync sns:publish sts:assume-role
""")


def _aws(call: Call, instance: Instance) -> Done:
    words = list(call.words)
    while words and words[0].startswith("-"):
        del words[: 1 if "=" in words[0] else 2]
    service, verb = [*words, "", ""][:2]
    if service == "--version" or re.match(r"(?:describe|get|head|list)-", verb) or f"{service}:{verb}" in _CALLS:
        if verb == "signal-resource":
            options = _options(call.words)
            names = ("--stack-name", "--logical-resource-id", "--region")
            stack, resource, region = (options.get(name, "") for name in names)
            # Without a region the AWS CLI takes that of the instance, where it finds it at all.
            instance = instance.signalled(Signal(stack, resource, region, options.get("--status") == "SUCCESS"))
        return _fetch(call, instance)
    raise call.unread


def _options(words: Sequence[str]) -> dict[str, str]:
    """Return the values of options, by the names that these have in front of a value of their own or a `=`."""
    found: dict[str, str] = {}
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.startswith("-"):
            found[name] = value if equals else "".join(words[index + 1 : index + 2])
    return found


def _signal(call: Call, instance: Instance) -> Done:
    """Follow a signal to CloudFormation; an exit code that is known only on the instance is that of a success.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-signal.html
    """
    options = _options(call.words)

    def given(*names: str, absent: str = "") -> str:
        return next((options[name] for name in names if name in options), absent)

    code, success = given("-e", "--exit-code", absent="0"), given("-s", "--success", absent="true")
    succeeds = (code == "0" or UNKNOWN.search(code) is not None) and success.lower() == "true"
    succeeds = succeeds and "--url" not in options  # which leads it elsewhere
    signal = Signal(given("--stack"), given("--resource"), given("--region"), succeeds, by_helper=True)
    return _told(call, instance.signalled(signal) if instance.has_helpers else instance)


def _docker(call: Call, instance: Instance) -> Done:
    if call.plain[:1] and call.plain[0] in _set(
        "images info inspect load login network plugin ps pull tag version volume"
    ):
        return Done(instance._replace(fetches=True), f"{COMPUTED}\n")
    raise call.unread


_AGENT = re.compile(r"(?:amazon-)?ecs(?:-init|-agent)?")
_DOCKER = re.compile(r"docker(?:-ce)?|containerd(?:\.io)?")
_REMOVING = _set("autoremove erase purge remove swap -e --erase -r --remove -P --purge")


def _package(call: Call, instance: Instance) -> Done:
    names = ("docker", "docker.io", "ecs-init", "amazon-ecs-init", "containerd")
    parts = [word for word in call.words if UNKNOWN.search(word) or any(fnmatchcase(name, word) for name in names)]
    if parts and not _REMOVING.isdisjoint(call.words):
        instance = instance.doubted(call.act)
    fetches = instance.fetches or call.name in ("rpm", "dpkg")
    return Done(instance._replace(fetches=fetches, has_helpers=_has_helpers(call, instance)), f"{COMPUTED}\n")


def _has_helpers(call: Call, instance: Instance) -> bool:
    """Return whether an instance has the helper scripts of CloudFormation behind a command of a package manager.

    Sources:
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-helper-scripts-reference.html
        https://github.com/aws/containers-roadmap/issues/1368 (no ECS-optimized image of Amazon Linux 2 has them)
        https://github.com/amazonlinux/amazon-linux-2023/issues/768 (nor has one of Amazon Linux 2023)
    """
    is_about = any("aws-cfn-bootstrap" in word for word in call.words)
    if not is_about or _REMOVING.isdisjoint(call.words):
        return instance.has_helpers or (is_about and not {"install", "-i", "-U", "-Uvh", "-ivh"}.isdisjoint(call.words))
    return False


_ASKING = _set("""
    cat daemon-reload is-active is-enabled is-failed is-system-running list-dependencies list-unit-files list-units
    reset-failed show status
""")
_SERVICES = _set("""
    acpid amazon-cloudwatch-agent amazon-ssm-agent atd auditd autofs awslogs awslogsd cfn-hup chronyd cloudwatch-agent
    cron crond dbus fstrim.timer haveged httpd iptables ip6tables irqbalance lvm2-lvmetad nfs nfs-server ntpd
    postfix rngd rpcbind rsyslog sendmail snapd sshd sshguard sysstat systemd-journald systemd-resolved
    systemd-timesyncd tuned update-motd xinetd yum-cron
""")
_CHANGING = _set("disable enable mask preset reenable reload restart save start stop try-restart unmask condrestart")


def _service(call: Call, instance: Instance) -> Done:
    """Follow what is done to services; who waits for the agent waits for ever, since it waits for cloud-init."""
    words = [re.sub(r"\.(?:service|socket)$", "", word) for word in call.plain]
    verb, units = (call.name, words) if call.name not in ("systemctl", "service", "initctl", "chkconfig") else ("", [])
    if call.name == "service":
        verb, units = [*words[1:], ""][0], words[:1]
    elif not verb:
        verb, units = [*words, ""][0], words[1:]
    if call.name == "chkconfig":
        verb, units = {"on": "enable", "off": "disable"}.get(words[-1] if words else "", ""), words[:1]
    if verb in _ASKING:
        return Done(instance, f"{COMPUTED}\n", True if verb == "daemon-reload" else None)
    if verb not in _CHANGING or not units:
        raise call.unread
    waits = "--no-block" not in call.words
    starts = verb in ("start", "restart", "try-restart", "condrestart") or "--now" in call.words
    for unit in units:
        if _AGENT.fullmatch(unit):
            if verb in ("disable", "mask", "stop") or (starts and waits):
                instance = instance.doubted(call.act)
        elif _DOCKER.fullmatch(unit):
            if verb in ("disable", "mask", "stop"):
                instance = instance.doubted(call.act)
        elif unit not in _SERVICES:
            raise call.unread
    return Done(instance)


_OWN_TRAFFIC, _LET_THROUGH = _set("INPUT OUTPUT"), _set("ACCEPT LOG RETURN")


def _network(call: Call, instance: Instance) -> Done:
    """Follow a command that may send traffic of the instance itself another way, or nowhere."""
    words = call.words
    if call.name in ("iptables", "ip6tables"):
        # Not that of containers, nor what the agent answers to them.
        changes = (
            not _OWN_TRAFFIC.isdisjoint(words)
            and _LET_THROUGH.isdisjoint(words)
            and not any(word.startswith(("docker", "169.254.170.2")) for word in words)
        )
    elif call.name == "nft":
        changes = "list" not in words
    else:
        changes = not {"add", "append", "change", "del", "delete", "down", "flush", "replace"}.isdisjoint(words)
    return Done(instance.rerouted(call.act) if changes else instance, f"{COMPUTED}\n")


def _mktemp(_: Call, instance: Instance) -> Done:
    return Done(instance, f"/tmp/{COMPUTED}\n")  # noqa: S108 - of the script that is read


def _test(call: Call, instance: Instance) -> Done:
    words = list(call.words)
    if words[-1:] in (["]"], ["]]"]) and call.name != "test":
        words.pop()
    return Done(instance, status=_truth(words, is_pattern=call.name == "[["))


def _truth(words: Sequence[str], *, is_pattern: bool) -> bool | None:
    """Return the outcome of a test of literal words, None where it is known only on the instance."""
    if words[:1] == ["!"]:
        inner = _truth(words[1:], is_pattern=is_pattern)
        return None if inner is None else not inner
    if len(words) == 2 and words[0] in ("-z", "-n"):
        known = UNKNOWN.sub("", words[1])
        is_empty = None if UNKNOWN.search(words[1]) and not known else not known
        return None if is_empty is None else is_empty is (words[0] == "-z")
    if len(words) == 3 and words[1] in ("=", "==", "!=") and not any(map(UNKNOWN.search, words)):
        if is_pattern and re.search(r"[*?\[(]", words[2]):
            return None
        return (words[0] == words[2]) is (words[1] != "!=")
    if len(words) == 3 and words[1] in _ORDERS and all(re.fullmatch(r"-?\d{1,9}", words[at]) for at in (0, 2)):
        return _ORDERS[words[1]](int(words[0]), int(words[2]))
    return None


_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ne": lambda left, right: left != right,
    "-lt": lambda left, right: left < right,
    "-le": lambda left, right: left <= right,
    "-gt": lambda left, right: left > right,
    "-ge": lambda left, right: left >= right,
}


def _halt(call: Call, instance: Instance) -> Done:
    """Follow what ends the instance: where it starts again, the agent starts with it."""
    restarts = call.name == "reboot" or "-r" in call.words or "6" in call.words[:1]
    return Done(instance.reset(call.act) if restarts else instance.doubted(call.act), status=None)


def _false(_: Call, instance: Instance) -> Done:
    return Done(instance, status=False)


HALTING = _set("halt init poweroff reboot shutdown telinit")
"""Commands behind which it is not known how much more of a script is run."""

KNOWN: Mapping[str, Follow] = {
    **dict.fromkeys(_QUIET | _WRITING | _FAILING, _told),
    **dict.fromkeys(_set("curl gunzip gzip mdadm tar unzip wget yum-config-manager xfs_repair"), _fetch),
    **dict.fromkeys(_set("pip pip3"), _pip),
    **dict.fromkeys(_set("amazon-linux-extras apt apt-get dnf dpkg rpm snap yum zypper"), _package),
    **dict.fromkeys(_set("chkconfig initctl restart service start stop systemctl"), _service),
    **dict.fromkeys(_set("ip ip6tables iptables nft route"), _network),
    **dict.fromkeys(_set("cp install ln mv"), _copy),
    **dict.fromkeys(_set("[ [[ test"), _test),
    **dict.fromkeys(HALTING, _halt),
    "iptables-save": _told,
    "aws": _aws,
    "cfn-signal": _signal,
    "docker": _docker,
    "find": _find,
    "sed": _edit,
    "dd": _dd,
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tail": _tail,
    "tee": _tee,
    "rm": _remove,
    "mktemp": _mktemp,
    "false": _false,
    "journalctl": _tail,
}
"""The known commands besides those of the shell itself."""

FOLDERS = _set("""
    /bin /opt/aws/amazon-cloudwatch-agent/bin /opt/aws/bin /sbin /usr/bin /usr/local/bin /usr/sbin
""")
"""The folders of known commands."""

_PREFIXES = _set("builtin command env nice nohup sudo time timeout")


def behind_prefixes(words: Sequence[str], act: str) -> list[str]:
    """Return a command without the words before it that say how to run it.

    Raises:
        UnreadError: another user than root runs it, who may not write what root may.
    """
    left = list(words)
    while left and left[0] in _PREFIXES:
        prefix = left.pop(0)
        if prefix == "command" and left[:1] and left[0] in ("-v", "-V"):
            return ["which", *left[1:]]
        user = ""
        while left and left[0].startswith("-"):
            option = left.pop(0)
            found = re.fullmatch(r"-[A-Za-z]*u(.*)|--user(?:=(.*))?", option) if prefix == "sudo" else None
            if found:
                user = found[1] or found[2] or (left.pop(0) if left else "")
            elif option in ("-g", "--group", "-n") and prefix != "sudo":
                del left[:1]
        if prefix == "timeout":
            del left[:1]
        while prefix == "env" and left and "=" in left[0]:
            del left[0]
        if user not in ("", "root", "#0") and left[:1] not in (["echo"], ["printf"], ["cat"]):
            raise UnreadError(f"{act}, which is not followed")
    if left[:1] == ["cloud-init-per"]:
        return behind_prefixes(left[3:], act)
    return left
