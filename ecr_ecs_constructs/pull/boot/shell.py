"""Shell scripts, followed without running them as far as they write the configuration of the ECS agent.

A script is read once, from its first line to its last. Followed are plain writes: `echo`, `printf`, `cat` and `tee`
with their redirections, pipes, groups and here documents, and variables that get one plain value. What stands in a
branch, a loop or a function may be done or not. Commands that do not touch the configuration are told by their names;
any other may do anything.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot import commands, effects
from ecr_ecs_constructs.pull.boot.blocks import Blocks
from ecr_ecs_constructs.pull.boot.commands import TOUCHES
from ecr_ecs_constructs.pull.boot.effects import Call, Environment, Redirection
from ecr_ecs_constructs.pull.boot.first_boot import COMPUTED, MAX_SIZE, FirstBoot, shown
from ecr_ecs_constructs.pull.boot.words import Words

_MAX_DEPTH = 4  # of scripts in scripts
_MAX_CHARACTERS = 2 * MAX_SIZE  # of all scripts, with functions as often as they are called

_FUNCTION = re.compile(r"\([ \t]*\)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=")
_OPENING = frozenset({"case", "for", "if", "select", "until", "while"})
_CLOSING = frozenset({"done", "esac", "fi"})
_BETWEEN = frozenset({"do", "elif", "else", "then"})


class Shell:
    """The shell of an instance, which runs all of its scripts."""

    def __init__(self, boot: FirstBoot, initialize: Callable[[list[str], str, bool], None]) -> None:
        """Begin with an instance on which no script has run.

        Args:
            boot: takes what is found.
            initialize: is called where a script calls `cfn-init`, with its words, what the call is and whether it is
                certain.
        """
        self.boot = boot
        self.initialize = initialize
        self.left = _MAX_CHARACTERS

    def run(self, source: str, *, sure: bool = True) -> None:
        """Read a script.

        Args:
            source: its text.
            sure: whether it is certainly run.
        """
        _Script(self, source, Environment({}, {}), sure=sure).read()


class _Command:
    """A command while it is read.

    Attributes:
        start: where it begins, -1 before its first word.
        words: its words.
        given: the variables that are assigned before it.
        redirections: where its output goes.
        is_header: whether it is the header of a loop or a `case`.
        ended: what a block wrote that ended here; None where it is no block.
        opened: where that block began.
    """

    def __init__(self, *, is_header: bool = False) -> None:
        self.start = -1
        self.words: list[str] = []
        self.given: list[tuple[str, str]] = []
        self.redirections: list[Redirection] = []
        self.is_header = is_header
        self.ended: str | None = None
        self.opened = 0

    @property
    def is_begun(self) -> bool:
        """True where anything of it was read."""
        return self.start >= 0 or self.ended is not None


class _Definition(NamedTuple):
    """A function while its body is read, and all that is as before behind it."""

    name: str
    shell: Shell
    around: Environment
    sure: bool


class _Script:
    """A script, or one in it that another shell runs.

    Attributes:
        around: what its shell keeps between commands.
        blocks: the blocks around what is read.
        exited: whether it certainly ended before its last line.
    """

    def __init__(
        self, shell: Shell, source: str, around: Environment, *, sure: bool, depth: int = 0, captured: bool = False
    ) -> None:
        shell.left -= len(source)
        self.around = around
        self.blocks = Blocks(sure=sure)
        self.exited = False
        self._shell = shell
        self._source = source
        self._text = Words(
            source,
            value=lambda name: self.around.variables.get(name, COMPUTED),
            output=lambda inner: self._nested(inner, captured=True)[0],
            unread=self._not_followed,
        )
        self._depth = depth
        self._captured = captured
        self._defined: list[_Definition] = []
        self._command = _Command()
        self._input = ""  # of the command that is read

    def read(self) -> str:
        """Read the script and return what it writes."""
        text, end = self._text, len(self._source)
        while text.at < end and not self.exited:
            token = text.token()
            if token is None:
                self._take_word()
            elif token["redirection"]:
                self._redirect(token)
            elif token["operator"]:
                self._separate(token[0])
        if not self.exited:
            self._finish("\n")
        return self.blocks.output

    # how it is put together

    def _separate(self, operator: str) -> None:
        if operator == "\n":
            self._text.end_line()
        if self.blocks.is_pattern:
            if operator == ")":
                self._command = _Command()
                self.blocks.is_pattern = False
        elif operator == "(":
            self._open_parenthesis()
        else:
            self._finish(operator)
            if operator == ")":
                self._close("(")
            elif operator.startswith(";;"):
                self.blocks.is_pattern = self.blocks.ends_in("case")

    def _open_parenthesis(self) -> None:
        text, command = self._text, self._command
        start = text.at - 1
        if command.start < 0:
            if self._source.startswith("(", text.at):
                command.start, command.words = start, ["(("]
                text.skip_behind("))")
            else:
                self._open("(", sure=True)
        elif function := _FUNCTION.match(self._source, start):
            text.at = function.end()
            command.words = ["function", *command.words[:1]]
        else:  # a list
            text.skip_parenthesis()
            command.given = [(name, COMPUTED) for name, _ in command.given]

    def _open(self, kind: str, *, sure: bool) -> None:
        self.blocks.open(kind, self._text.at, sure=sure)
        self._command = _Command(is_header=kind in ("case", "for", "select"))

    def _define(self, name: str) -> None:
        """Read the body of a function, which does nothing before it is called."""
        self._open("function", sure=True)
        self._defined.append(_Definition(name, self._shell, self.around, self.blocks.sure))
        self.around = self.around.inner()
        self._shell = Shell(FirstBoot(), lambda *_: None)
        self._shell.left = 0

    def _close(self, *kinds: str) -> None:
        block = self.blocks.close(*kinds)
        if block is None:
            return
        if block.kind == "function":
            name, self._shell, self.around, self.blocks.sure = self._defined.pop()
            self.around.functions[name] = self._source[block.start : self._text.at - 1]
            return
        written = "".join(block.output)
        self._command.ended = f"{COMPUTED}\n" if written and not block.sure else written
        self._command.opened = block.start

    def _take_word(self) -> None:
        start, command = self._text.at, self._command
        word = self._text.word()
        if self.blocks.is_pattern and word != "esac":
            return
        if not command.is_begun and self._reserved(word):
            return
        if command.start < 0:
            command.start = start
        if word == "{" and command.words[:1] == ["function"]:
            self._define(command.words[1] if len(command.words) > 1 else "")
        elif word == "in" and command.is_header and self.blocks.ends_in("case"):
            self._command = _Command()
            self.blocks.is_pattern = True
        elif not command.words and (assigned := _ASSIGNMENT.match(self._source, start)):
            name, value = assigned[1], word[len(assigned[0]) :]
            before = self.around.variables.get(name, COMPUTED) if assigned[2] else ""
            command.given.append((name, before + value))
        else:
            command.words.append(word)
            if word == "[[" and len(command.words) == 1:
                self._text.skip_behind("]]")

    def _reserved(self, word: str) -> bool:
        """Return whether a word at the place of a command is no command, and follow it."""
        if word in _OPENING:
            self._open(word, sure=False)
        elif word == "{":
            self._open("{", sure=True)
        elif word == "}":
            self._close("{", "function")
        elif word in _CLOSING:
            self._close(*_OPENING)
            self.blocks.is_pattern = False
        else:
            return word in _BETWEEN
        return True

    def _redirect(self, token: re.Match[str]) -> None:
        if self._command.start < 0:
            self._command.start = token.start()
        operator = token[0].lstrip("0123456789")
        if operator in ("<<", "<<-"):
            self._input = self._text.document(tabs=operator == "<<-")
            return
        target = self._text.target()
        if operator == "<<<":
            self._input = f"{target}\n"
        elif operator == "<":
            self._input = f"{COMPUTED}\n"
        elif ">" in operator and not (operator == ">&" and re.fullmatch(r"\d+|-", target)):
            output = operator.startswith("&") or token[0][0] in ">1<"
            self._command.redirections.append(Redirection(self.around.path(target), ">>" in operator, output))

    # what it does

    def _act(self, at: int | None = None) -> str:
        line = self._text.line(max(self._command.start if at is None else at, 0))
        return f"user data runs {shown(line.replace(COMPUTED, '…'))}"

    def _not_followed(self, at: int | None = None) -> None:
        self._shell.boot.may_name(self._act(at))
        self._shell.boot.runs = True

    def _nested(self, source: str, *, captured: bool = False) -> tuple[str, _Script | None]:
        """Read a script that this one runs, and return what it writes; the script is None if it is not followed."""
        if self._depth >= _MAX_DEPTH or self._shell.left < len(source):
            self._not_followed(self._text.at)
            return COMPUTED, None
        sure, depth, captured = self.blocks.are_certain, self._depth + 1, self._captured or captured
        script = _Script(self._shell, source, self.around.inner(), sure=sure, depth=depth, captured=captured)
        return script.read(), script

    def _call(self, name: str) -> str:
        """Read the body of a function where it is called."""
        written, script = self._nested(self.around.functions[name])
        if script is not None:
            certain = self.blocks.are_certain
            self.around, self.exited = script.around, script.exited and certain
            self.blocks.sure = self.blocks.sure and (self.blocks.failed or script.blocks.sure or not certain)
        return written

    def _finish(self, operator: str) -> None:
        """Follow the command that ends here, and how the next one is joined to it."""
        command = self._command
        if operator == "\n" and not command.is_begun:
            return  # `&&` and `|` may stand at the end of a line
        if command.is_header:
            self.around.variables.pop(command.words[0] if command.words else "", None)
            self._command = _Command()
            return
        if command.words[:1] == ["function"]:
            if operator == "\n":
                return  # its body begins on the next line
            command = self._command = _Command()
        words, of_other_user = commands.behind_prefixes(command.words)
        name = words[0].rpartition("/")[2] if words else ""
        written = self._run(command, name, words, of_other_user=of_other_user)
        is_background = operator == "&" and command.ended is not None
        if is_background and TOUCHES.search(self._source, command.opened, self._text.at):
            self._shell.boot.may_name(self._act(command.opened))  # nothing waits for it
        self._command = _Command()
        if operator in ("|", "|&"):
            self._input = written
            return
        self._input = ""
        fails = name in commands.TESTS or "!" in command.words[:1] or command.ended is not None
        self.blocks.join(operator, written, fails=fails)

    def _run(self, command: _Command, name: str, words: list[str], *, of_other_user: bool) -> str:
        """Follow a command and its redirections, and return what it writes that is not redirected."""
        sure = self.blocks.sure
        self.blocks.sure = sure and not of_other_user
        written = command.ended if command.ended is not None else self._follow(command, name, words)
        if of_other_user:
            self.blocks.sure = sure  # the shell, which root runs, redirects what the command writes
        boot, to, certain = self._shell.boot, command.redirections, self.blocks.are_certain
        return effects.redirect(to, written, boot, self._act(), sure=certain) if to else written

    def _follow(self, command: _Command, name: str, words: list[str]) -> str:
        """Follow a command, and return what it writes."""
        boot, around, certain = self._shell.boot, self.around, self.blocks.are_certain
        if not words:
            around.assign(command.given, sure=certain)
            if command.words:  # `sudo -i` with a script as its input
                self._not_followed()
            return ""
        if words[0] in around.functions:
            return self._call(words[0])
        is_repeated = self.blocks.is_in("until", "while")
        call = Call(name, words, self._input, self._act, certain, is_repeated, self._captured)
        if name in effects.WRITERS:
            return effects.WRITERS[name](call, boot, around)
        inner = effects.script_of(call, boot, around)
        if inner is not None:
            return self._nested(inner)[0]
        if name == "cfn-init":
            self._shell.initialize(words, self._act(), certain)
        elif name not in commands.KNOWN and not effects.reads_settings(call, around):
            self._not_followed()
        is_replaced = effects.is_replaced(call, command.redirections)
        if is_replaced:
            self._not_followed()
        if is_replaced or name == "exit":
            self.exited = self.blocks.leave()  # what stands below is not run
        effects.follow(call, boot, around)
        return effects.output(call)
