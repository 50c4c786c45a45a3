"""User data of Linux, read as cloud-init reads it.

cloud-init does it in this order: boothooks, `bootcmd`, `write_files`, scripts, `runcmd`. The ECS agent starts behind
all of it.

Sources:
    https://cloudinit.readthedocs.io/en/latest/explanation/format.html
    https://cloudinit.readthedocs.io/en/latest/reference/modules.html
"""

from __future__ import annotations

import email
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN, StandIns
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError
from ecr_ecs_constructs.pull.boot.cfn_init import Setup, quoted
from ecr_ecs_constructs.pull.boot.expansion import State, States
from ecr_ecs_constructs.pull.boot.instance import NO_TEXT, Instance, UnreadError, decoded, shown
from ecr_ecs_constructs.pull.boot.settings import COMPUTED
from ecr_ecs_constructs.pull.boot.shell import Shell

_TYPES = (
    ("#!", "text/x-shellscript"),
    ("#cloud-config-", "text/cloud-config-archive"),
    ("#cloud-config", "text/cloud-config"),
    ("#cloud-boothook", "text/cloud-boothook"),
)
"""By what cloud-init tells what it is given."""

_BOOTHOOK, _BOOTCMD, _FILES, _DEFERRED, _SCRIPTS, _RUNCMD, _ANY_TIME = range(7)

_COMMANDS = {"bootcmd": _BOOTCMD, "runcmd": _RUNCMD}

_HARMLESS = frozenset(
    """
    apt apt_reboot_if_required apt_update apt_upgrade bootcmd ca_certs chpasswd disable_root disk_setup final_message
    fqdn fs_setup groups growpart hostname keyboard locale mounts ntp output package_reboot_if_required package_update
    package_upgrade packages password phone_home preserve_hostname random_seed repo_update repo_upgrade resize_rootfs
    rsyslog runcmd ssh ssh_authorized_keys ssh_deletekeys ssh_genkeytypes ssh_keys ssh_pwauth swap timezone users
    write_files yum_repos
    """.split()  # noqa: SIM905 - a list of words
)
"""Keys of cloud-config that leave the agent alone, or are followed."""

_SHELL = re.compile(r"#![ \t]*(?:/usr)?/bin/(?:env[ \t]+)?(?:ba|da|k|z)?sh(?:[ \t]+-([a-zA-Z]+))?[ \t]*(?:\n|$)")
"""The first line of a script of a shell; Linux hands on all behind the interpreter as one word."""


class CloudInit:
    """Follows user data as cloud-init does."""

    def __init__(self, texts: StandIns, setup: Setup) -> None:
        """Begin with an instance that nothing was done to.

        Args:
            texts: the characters that stand for holes in the user data.
            setup: gives what `cfn-init` does.
        """
        self._texts = texts
        self._setup = setup
        self._shell = Shell(self._initialize)
        self._steps: list[tuple[int, Callable[[States], States]]] = []
        self._keys: set[str] = set()

    def follow(self, source: str, instance: Instance) -> States:
        """Return the states behind all parts of user data, in the order in which cloud-init does them.

        Raises:
            UnreadError: something is not followed.
        """
        head = source.lstrip()
        if head[:20].lower().startswith(("content-type:", "mime-version:")):
            for part in email.message_from_string(head).walk():
                if not part.is_multipart():
                    content = str(part.get_payload())
                    if str(part["Content-Transfer-Encoding"]).lower() == "base64":
                        content = decoded(content)
                    self._read_part(part.get_content_type(), content)
        else:
            self._read_part("text/plain", source)
        states: States = (State(instance),)
        for _, step in sorted(self._steps, key=lambda step: step[0]):
            states = step(tuple(State(state.instance, parted=state.parted) for state in states))
        return states

    def begin(self, source: str, states: States) -> tuple[States, str]:
        """Return the states before the first command of a shell's script, and the rest of the script."""
        first = _SHELL.match(source)
        if first is None or "n" in (first[1] or ""):
            raise UnreadError(f"user data of this form is not followed: {shown(source.strip())}")
        options = frozenset(first[1] or "") & {"e", "u"}
        return tuple(state._replace(options=options) for state in states), source[first.end() :]

    def go_on(self, source: str, states: States, *, more: bool) -> tuple[States, str]:
        """Return the states behind a part of a script, and what of it goes on in what is to come."""
        return self._shell.run(source, states, more=more)

    def _read_part(self, kind: str, source: str) -> None:
        if source.partition("\n")[0].endswith("\r"):
            source = source.replace("\r\n", "\n")
        if kind == "text/plain":
            kind = next((name for start, name in _TYPES if source.startswith(start)), kind)
        if kind == "text/cloud-boothook":
            self._steps.append(
                (_BOOTHOOK, partial(self._boothook, source.removeprefix("#cloud-boothook").lstrip("\n")))
            )
        elif kind == "text/x-shellscript":
            self._steps.append((_SCRIPTS, partial(self._script, source)))
        elif kind == "text/cloud-config":
            self._read_config(source)
        elif kind != "text/plain" or source.startswith("#") or re.match(rf"\s*{STAND_IN}|\s+\S|{NO_TEXT}", source):
            # Included from elsewhere, a template, known only at deployment, or a script behind an empty line.
            what = "compressed or no text" if source == NO_TEXT else shown(source.strip())
            raise UnreadError(f"user data of this form is not followed: {what}")
        elif source.strip():
            why = f"cloud-init runs no user data that begins with {shown(source)} instead of '#!'"
            self._steps.append((_ANY_TIME, partial(_changed, lambda instance: instance._replace(ignored=why))))

    def _boothook(self, source: str, states: States) -> States:
        """Return the states behind a boothook; one that names no shell may not be run at all."""
        if source.startswith("#!"):
            return self._script(source, states)
        found = tuple(dict.fromkeys((*states, *self._shell.run(source, states)[0])))
        return tuple(state._replace(parted=f"#cloud-boothook {source.strip()}") for state in found)

    def _script(self, source: str, states: States) -> States:
        states, rest = self.begin(source, states)
        return self.go_on(rest, states, more=False)[0]

    def _read_config(self, source: str) -> None:
        config = _parsed(source)
        if not isinstance(config, dict):
            if config is not None:
                raise UnreadError("cloud-config is not followed: it is no mapping")
            return
        for key, value in config.items():
            if key == "power_state":
                mode = value.get("mode") if isinstance(value, dict) else None
                if mode != "reboot":  # the agent starts when the instance starts again
                    self._steps.append((_ANY_TIME, partial(_changed, _switched_off)))
            elif key not in _HARMLESS or (key in self._keys and key in (*_COMMANDS, "write_files")):
                raise UnreadError(f"cloud-config gives {key}, which is not followed")
            elif key == "write_files":
                for file in value if isinstance(value, list) else [None]:
                    self._write(file)
            elif key in _COMMANDS:
                self._run(key, value)
        self._keys |= config.keys()

    def _write(self, file: Node) -> None:
        path, content = (file.get("path"), file.get("content", "")) if isinstance(file, dict) else (None, None)
        if not isinstance(file, dict) or not isinstance(path, str) or not isinstance(content, str):
            raise UnreadError("cloud-config writes files that are not followed")
        if "encoding" in file or "source" in file:
            content = f"{COMPUTED}\n"
        where = _DEFERRED if file.get("defer") == "true" else _FILES
        append, act = file.get("append") == "true", f"user data writes the file {path}"

        def write(instance: Instance) -> Instance:
            return instance.written(posixpath.normpath(path), content, act, append=append)

        self._steps.append((where, partial(_changed, write)))

    def _run(self, key: str, commands: Node) -> None:
        lines: list[str] = []
        for command in commands if isinstance(commands, list) else [None]:
            if isinstance(command, str):
                lines.append(command)
            elif isinstance(command, list):
                lines.append(quoted(word if isinstance(word, str) else COMPUTED for word in command))
            else:
                raise UnreadError("cloud-config runs commands that are not followed")
        self._steps.append((_COMMANDS[key], lambda states: self._shell.run("\n".join(lines), states)[0]))

    def _initialize(self, words: Sequence[str], act: str, state: State) -> Iterator[State]:
        """Follow what `cfn-init` does; it ends where a command fails."""
        sets = [name for name in _option(words, "-c", "--configsets").split(",") if name]
        known: dict[State, None] = {state: None}
        is_told = False
        for step in self._setup(_option(words, "-r", "--resource"), sets):
            is_told, before, known = True, known, {}
            given = self._texts.encode(step.text)
            for each in before:
                if not each.status:
                    known[each] = None
                elif step.path is not None:
                    known[each._replace(instance=each.instance.written(step.path, given, act))] = None
                else:
                    ends = self._shell.run(given, (State(each.instance),))[0]
                    known |= dict.fromkeys(state._replace(instance=end.instance, status=end.status) for end in ends)
                    known |= {} if step.sure else {each: None}
        if not state.instance.has_helpers:
            raise UnreadError("cfn-init is run, which no ECS-optimized image has, and which is not installed before")
        if not is_told or not any(each.instance.cluster for each in known):
            raise UnreadError("cfn-init sets up what the templates don't tell")
        yield from known


def is_of_shell(source: str) -> bool:
    """Return whether a script names a shell as its interpreter."""
    return _SHELL.match(source) is not None


def _switched_off(instance: Instance) -> Instance:
    return instance.doubted("cloud-config gives power_state")


def _changed(change: Callable[[Instance], Instance], states: States) -> States:
    return tuple(state._replace(instance=change(state.instance)) for state in states)


def _option(words: Iterable[str], *names: str) -> str:
    """Return what an option of a command gives, empty where the command does not have it."""
    given = [*words]
    for word, following in zip(given, [*given[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else following
    return ""


def _parsed(source: str) -> Node:
    try:
        return yaml_text.parse(source, "cloud-config of user data")
    except yaml_text.MissingLibraryError:  # no answer may depend on what is installed
        raise
    except (TemplateError, RecursionError):
        return "not YAML"
