"""The effects of shell commands on the files of an instance, on the ECS agent, and on variables."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot import commands
from ecr_ecs_constructs.pull.boot.commands import TOUCHES, UNKNOWN
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, CONFIGURATION, FirstBoot, may_be_configuration

_MAX_VALUE = 1000  # characters of a variable


class Environment:
    """The execution environment of a shell, which it keeps between its commands.

    Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_13

    Attributes:
        variables: the values of variables, as far as they are known.
        functions: the bodies of functions, by their names.
        cwd: the working directory.
    """

    def __init__(self, variables: dict[str, str], functions: dict[str, str], cwd: str = "/") -> None:
        self.variables = variables
        self.functions = functions
        self.cwd = cwd

    def inner(self) -> Environment:
        """Return that of another shell which this one runs."""
        return Environment(dict(self.variables), self.functions, self.cwd)

    def path(self, path: str) -> str:
        """Return a path from the root."""
        return path if UNKNOWN.match(path) else posixpath.normpath(posixpath.join(self.cwd, path))

    def assign(self, given: Iterable[tuple[str, str]], *, sure: bool) -> None:
        """Give variables their values, surely or perhaps."""
        for name, value in given:
            known = len(value) <= _MAX_VALUE and (sure or self.variables.get(name) == value)
            self.variables[name] = value if known else COMPUTED


class Redirection(NamedTuple):
    """A file that takes output of a command.

    Attributes:
        path: of the file.
        append: whether what stands in it is kept.
        output: whether it takes what the command writes, and not only its errors.
    """

    path: str
    append: bool
    output: bool


class Call(NamedTuple):
    """A command where it is run.

    Attributes:
        name: of the command, without its folder.
        words: the command and its arguments.
        input: what it reads.
        act: tells what user data does, in words.
        sure: whether it is certainly run.
        is_repeated: whether it is run until it succeeds, or as long as it does.
        is_captured: whether its output is part of a word.
    """

    name: str
    words: list[str]
    input: str
    act: Callable[[], str]
    sure: bool
    is_repeated: bool
    is_captured: bool


def store(call: Call, boot: FirstBoot, path: str, text: str, *, append: bool) -> None:
    """Follow that a command writes a file."""
    boot.write(path, text, call.act(), append=append, sure=call.sure)


def redirect(redirections: Sequence[Redirection], written: str, boot: FirstBoot, act: str, *, sure: bool) -> str:
    """Follow where a command's output goes, and return what is left of it."""
    last = max((index for index, each in enumerate(redirections) if each.output), default=-1)
    for index, each in enumerate(redirections):
        boot.write(each.path, written if index == last else "", act, append=each.append, sure=sure)
    return "" if last >= 0 else written


# commands that write what they are given


def _echo(call: Call, *_: object) -> str:
    return commands.echo(call.words[1:])


def _printf(call: Call, *_: object) -> str:
    return commands.printf(call.words[1:])


def _cat(call: Call, *_: object) -> str:
    return f"{COMPUTED}\n" if any(word != "-" for word in call.words[1:]) else call.input


def _tee(call: Call, boot: FirstBoot, around: Environment) -> str:
    words = call.words[1:]
    append = any(word in ("-a", "--append", "-ai", "-ia") for word in words)
    for word in words:
        if not word.startswith("-"):
            store(call, boot, around.path(word), call.input, append=append)
    return call.input


WRITERS: Mapping[str, Callable[[Call, FirstBoot, Environment], str]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _tee,
}
"""Commands that write what they are given; each is followed, and gives what it writes."""


def script_of(call: Call, boot: FirstBoot, around: Environment) -> str | None:
    """Return the script that a command runs: one that a shell is given, or that was written before."""
    words = call.words
    if call.name in commands.SHELLS:
        for word, following in pairwise(words[1:]):
            if word.startswith("-") and word.endswith("c"):
                return following
        words = [word for word in words[1:] if not word.startswith("-")]
        if not words:
            return None if call.input.startswith(COMPUTED) else call.input or None
        return boot.files.get(around.path(words[0]))
    text = boot.files.get(around.path(words[0])) if "/" in words[0] else None
    return text if text is not None and commands.is_of_shell(text) else None


# all others


def is_replaced(call: Call, redirections: Sequence[Redirection]) -> bool:
    """Return whether another program takes the place of the shell, or its output goes to the agent's configuration."""
    is_redirected = any(TOUCHES.search(each.path) for each in redirections)
    return call.name == "exec" and (len(call.words) > 1 or is_redirected)


def output(call: Call) -> str:
    """Return what a command writes that is not followed for what it writes."""
    if call.name == "mktemp":
        return f"/tmp/{COMPUTED}\n"  # noqa: S108 - of the script that is read
    return "" if call.name in commands.QUIET else f"{COMPUTED}\n"


def reads_settings(call: Call, around: Environment) -> bool:
    """Return whether a command reads a file of variables and nothing else; what these are is not known then."""
    if call.name not in (".", "source"):
        return False
    around.variables.clear()
    return len(call.words) == 2 and call.words[1].startswith(commands.SETTINGS)


def follow(call: Call, boot: FirstBoot, around: Environment) -> None:
    """Follow what a command does besides writing."""
    name, words = call.name, call.words
    if name in commands.DECLARING:
        parts = (word.partition("=") for word in words[1:] if "=" in word)
        around.assign(((variable, value) for variable, _, value in parts), sure=call.sure)
    elif name in ("read", "unset"):
        around.assign(((word, COMPUTED) for word in words[1:]), sure=call.sure)
    elif name in ("cd", "pushd", "popd"):
        known = len(words) == 2 and call.sure and not UNKNOWN.search(words[1])
        around.cwd = around.path(words[1]) if known else COMPUTED
    elif name == "trap" and any(map(TOUCHES.search, words)):
        boot.may_stop(call.act())  # it is run at the end
    elif name == "rm" and around.path(words[-1]) == CONFIGURATION and len(words) <= 3:
        store(call, boot, CONFIGURATION, "", append=False)
    elif name not in commands.READING and name not in commands.LEAVING and _touches(call, around):
        boot.may_name(call.act())
    if name in commands.FETCHING and not call.is_captured:
        boot.runs = True
    if (call.is_repeated and commands.asks_agent(words)) or commands.may_stop(name, words[1:]):
        boot.may_stop(call.act())
    if commands.may_reroute(name, words):
        boot.may_reroute(call.act())


def _touches(call: Call, around: Environment) -> bool:
    """Return whether a command may change the file of the agent's configuration."""
    name, words = call.name, call.words
    if around.cwd.startswith("/etc/ecs") and (name in commands.FETCHING or name in ("dd", "mv", "rm")):
        return True
    if name in ("mv", "rm") and any(map(_holds_configuration, map(around.path, words[1:]))):
        return True
    if name == "find" and not {"-delete", "-exec", "-execdir", "-ok"}.isdisjoint(words):
        return True
    if name in commands.COPYING and may_be_configuration(around.path(words[-1])):
        return True
    if name in commands.UNPACKING and any(word in ("/", "/etc", "/etc/") for word in words):
        return True
    return any(map(TOUCHES.search, words[1:]))


def _holds_configuration(path: str) -> bool:
    """Return whether a path, or a pattern of paths, is that of the agent's configuration or of a folder around it."""
    return any(fnmatchcase(held, path) for held in (CONFIGURATION, "/etc/ecs", "/etc", "/"))
