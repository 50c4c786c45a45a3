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
from collections.abc import Callable

from ecr_ecs_constructs.cloudformation import yaml_text
from ecr_ecs_constructs.cloudformation.stand_ins import STAND_IN, StandIns
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError
from ecr_ecs_constructs.pull.boot.cfn_init import Setup, quoted
from ecr_ecs_constructs.pull.boot.commands import is_of_shell
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, NO_TEXT, FirstBoot, decoded, shown
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
    apt apt_update apt_upgrade apt_reboot_if_required bootcmd ca_certs chpasswd cloud_final_modules disable_root
    disk_setup final_message fqdn fs_setup groups growpart hostname keyboard locale manage_etc_hosts mounts ntp output
    package_update package_upgrade packages password phone_home preserve_hostname random_seed repo_update repo_upgrade
    resize_rootfs rsyslog runcmd ssh ssh_authorized_keys ssh_deletekeys ssh_genkeytypes ssh_keys ssh_pwauth swap
    system_info timezone users write_files yum_repos
    """.split()  # noqa: SIM905 - a list of words
) - {"cloud_final_modules", "system_info"}
"""Keys of cloud-config that leave the configuration of the agent alone, or are followed."""


class CloudInit:
    """Reads user data as cloud-init does."""

    def __init__(self, texts: StandIns, setup: Setup, boot: FirstBoot) -> None:
        """Begin with an instance that nothing was done to.

        Args:
            texts: the characters that stand for holes in the user data.
            setup: gives what `cfn-init` does.
            boot: takes what is found.
        """
        self._texts = texts
        self._setup = setup
        self._boot = boot
        self._shell = Shell(boot, self._initialize)
        self._steps: list[tuple[int, Callable[[], None]]] = []
        self._keys: set[str] = set()

    def read(self, source: str) -> None:
        """Read all parts of user data, and follow what they do in the order in which it is done."""
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
        for _, step in sorted(self._steps, key=lambda step: step[0]):
            step()

    def _read_part(self, kind: str, source: str) -> None:
        if kind == "text/plain":
            kind = next((name for start, name in _TYPES if source.startswith(start)), kind)
        if kind == "text/cloud-boothook":
            self._steps.append((_BOOTHOOK, lambda: self._shell.run(source)))
        elif kind == "text/x-shellscript" and is_of_shell(source):
            self._steps.append((_SCRIPTS, lambda: self._shell.run(source)))
        elif kind == "text/cloud-config":
            self._read_config(source)
        elif kind != "text/plain" or source.startswith("#") or re.match(rf"\s*{STAND_IN}|\s+\S|{NO_TEXT}", source):
            # Included from elsewhere, a template, known only at deployment, or a script behind an empty line.
            what = "compressed or no text" if source == NO_TEXT else shown(source.strip())
            self._not_followed(f"user data of this form is not followed: {what}")
        elif source.strip():
            self._boot.ignored = f"cloud-init runs no user data that begins with {shown(source)} instead of '#!'"

    def _read_config(self, source: str) -> None:
        config = _parsed(source)
        if not isinstance(config, dict):
            if config is not None:
                self._not_followed("cloud-config is not followed: it is no mapping")
            return
        for key, value in config.items():
            if key == "power_state":
                self._boot.may_stop("cloud-config gives power_state")
            elif key not in _HARMLESS or (key in self._keys and key in (*_COMMANDS, "write_files")):
                self._not_followed(f"cloud-config gives {key}, which is not followed")
            elif key == "write_files":
                for file in value if isinstance(value, list) else [None]:
                    self._write(file)
            elif key in _COMMANDS:
                self._run(key, value)
        self._keys |= config.keys()

    def _write(self, file: Node) -> None:
        path, content = (file.get("path"), file.get("content", "")) if isinstance(file, dict) else (None, None)
        if not isinstance(file, dict) or not isinstance(path, str) or not isinstance(content, str):
            self._not_followed("cloud-config writes files that are not followed")
            return
        if "encoding" in file or "source" in file:
            content = f"{COMPUTED}\n"
        act = f"user data writes the file {path}"
        append = file.get("append") == "true"
        where = posixpath.normpath(path)
        self._steps.append(
            (
                _DEFERRED if file.get("defer") == "true" else _FILES,
                lambda: self._boot.write(where, content, act, append=append),
            )
        )

    def _run(self, key: str, commands: Node) -> None:
        lines: list[str] = []
        for command in commands if isinstance(commands, list) else [None]:
            if isinstance(command, str):
                lines.append(command)
            elif isinstance(command, list):
                lines.append(quoted(word if isinstance(word, str) else COMPUTED for word in command))
            else:
                self._not_followed("cloud-config runs commands that are not followed")
        self._steps.append((_COMMANDS[key], lambda: self._shell.run("\n".join(lines))))

    def _not_followed(self, evidence: str) -> None:
        # Whatever it does may be done last.
        self._steps.append((_ANY_TIME, lambda: self._boot.not_followed(evidence)))

    def _initialize(self, words: list[str], act: str, sure: bool) -> None:
        """Follow what `cfn-init` does."""
        boot = self._boot
        known = False
        sets = [name for name in _option(words, "-c", "--configsets").split(",") if name]
        for step in self._setup(_option(words, "-r", "--resource"), sets):
            known = True
            given = self._texts.encode(step.text)
            if step.path is None:
                self._shell.run(given, sure=sure and step.sure)
            else:
                boot.write(step.path, given, act, sure=sure and step.sure)
            boot.runs = boot.runs or "ecs-init" in given
        if not known or boot.is_silent():
            boot.not_followed("cfn-init sets up what the templates don't tell")


def _option(words: list[str], *names: str) -> str:
    """Return what an option of a command gives, empty where the command does not have it."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
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
