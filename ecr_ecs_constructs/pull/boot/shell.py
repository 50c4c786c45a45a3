"""What a shell script does to the configuration of the ECS agent, as far as it can be followed without running it.

A script is read once, from its first line to its last. Followed are plain writes: `echo`, `printf`, `cat` and `tee`
with their redirections, pipes, groups and here documents, and variables that get one plain value. What stands in a
branch, a loop or a function may be done or not. Commands that do not touch the configuration are told by their names;
any other may do anything.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot import commands
from ecr_ecs_constructs.pull.boot.commands import SHELLS, TOUCHES, UNKNOWN, is_of_shell
from ecr_ecs_constructs.pull.boot.first_boot import (
    COMPUTED,
    CONFIGURATION,
    MAX_SIZE,
    FirstBoot,
    may_be_configuration,
    shown,
)

_MAX_DEPTH = 4  # of scripts in scripts
_MAX_VALUE = 1000  # characters of a variable
_MAX_CHARACTERS = 2 * MAX_SIZE  # of all scripts, with functions as often as they are called

_TOKEN = re.compile(
    r"(?P<blank>[^\S\n]+|\\\r?\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<redirection>&>>?|\d{0,3}(?:<<<|<<-?|<>|>>|>\||[<>]&?)(?!\())"
    r"|(?P<operator>\n|&&|\|\||;;&?|;&|\|&|[;|&()])"
)
_PLAIN = re.compile(r"[^\s\\'\"`$;|&<>()]+")
_IN_QUOTES = re.compile(r"[^\"\\`$]+")
_IN_DOCUMENT = re.compile(r"[^\\`$]+")
_EXPANSION = re.compile(r"\$(?:(?P<name>\w+)|\{(?P<braced>\w+)\}|\{[^}\n]{0,200}\}|[?$!@*#-])")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_PARENTHESIS = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<=\s)\#[^\n]*|[()]", re.DOTALL)
_DELIMITER = re.compile(r"[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|\\?([^\s;|&<>()]+))")
_FUNCTION = re.compile(r"\([ \t]*\)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=")
_PREFIXES = frozenset({"!", "builtin", "command", "nohup", "sudo", "time"})
_OPENING = frozenset({"case", "for", "if", "select", "until", "while"})
_CLOSING = frozenset({"done", "esac", "fi"})
_BETWEEN = frozenset({"do", "elif", "else", "then"})


def _holds_configuration(path: str) -> bool:
    """Return whether a path, or a pattern of paths, is that of the agent's configuration or of a folder around it."""
    return any(fnmatchcase(held, path) for held in (CONFIGURATION, "/etc/ecs", "/etc", "/"))


class _Block(NamedTuple):
    """What a reserved word or a parenthesis opened.

    Attributes:
        kind: the word that opened it, `function` for the body of one.
        sure: whether what stands in it is certainly run, as far as what is around it is.
        chain: whether it is certainly reached through the `&&` and `||` before it.
        failed: whether it is reached only when something goes wrong.
        output: what it has written so far, for a redirection behind its end.
        start: where what stands in it begins.
        shell: that of what is around it.
    """

    kind: str
    sure: bool
    chain: bool
    failed: bool
    output: list[str]
    start: int
    shell: Shell


class _Redirection(NamedTuple):
    path: str
    append: bool
    output: bool  # whether it takes what the command writes, and not only its errors


class Shell:
    """What the scripts of an instance have in common."""

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
        _Script(self, source, {}, sure=sure).read()


class _Script:
    """A script, or one in it that another shell runs."""

    def __init__(self, shell: Shell, source: str, variables: dict[str, str], *, sure: bool, depth: int = 0) -> None:
        self._shell = shell
        self.functions: dict[str, str] = {}
        self._defined: list[tuple[str, dict[str, str], str, bool]] = []  # functions, and what is known around them
        shell.left -= len(source)
        self._source = source
        self.variables = variables
        self._depth = depth
        self.captured = False
        self.sure = sure
        self.cwd = "/"  # where cloud-init runs scripts
        self._at = 0
        self._body_end = 0  # of the here documents that begin below this line
        self._output: list[str] = []
        self._blocks: list[_Block] = []
        self._unsure_blocks = 0
        self._pattern = False  # whether a pattern of a `case` is read
        self.exited = False
        self._chain = True  # whether what `&&` and `||` join is certainly reached
        self._failed = False  # whether it is reached only when something goes wrong
        self._begin()
        self._input = ""

    def _begin(self) -> None:
        """Begin with a command."""
        self._start = -1
        self._words: list[str] = []
        self._given: list[tuple[str, str]] = []
        self._redirections: list[_Redirection] = []
        self._header = False  # of a loop or a `case`
        self._ended: str | None = None  # what a block wrote that ended here
        self._opened = 0  # where it began

    def read(self) -> str:
        """Read the script and return what it writes."""
        source = self._source
        while self._at < len(source) and not self.exited:
            token = _TOKEN.match(source, self._at)
            if token is None:
                self._take_word()
            else:
                self._at = token.end()
                if token["redirection"]:
                    self._redirect(token)
                elif token["operator"]:
                    self._separate(token[0])
        if not self.exited:
            self._finish("\n")
        return "".join(self._output)

    def _separate(self, operator: str) -> None:
        if operator == "\n" and self._body_end:
            self._at, self._body_end = self._body_end, 0
        if self._pattern:
            if operator == ")":
                self._begin()
                self._pattern = False
        elif operator == "(":
            self._open_parenthesis()
        else:
            self._finish(operator)
            if operator == ")":
                self._close_block("(")
            elif operator.startswith(";;"):
                self._pattern = bool(self._blocks) and self._blocks[-1].kind == "case"

    def _open_parenthesis(self) -> None:
        start = self._at - 1
        if self._start < 0:
            if self._source.startswith("(", self._at):
                end = self._source.find("))", self._at)
                self._start, self._words = start, ["(("]
                self._at = end + 2 if end >= 0 else len(self._source)
            else:
                self._open("(", sure=True)
        elif function := _FUNCTION.match(self._source, start):
            self._at = function.end()
            self._words = ["function", *self._words[:1]]
        else:  # a list
            self._at = self._closing(self._at)
            self._given = [(name, COMPUTED) for name, _ in self._given]

    def _open(self, kind: str, *, sure: bool) -> None:
        block = _Block(kind, sure and self._chain, self._chain, self._failed, [], self._at, self._shell)
        self._blocks.append(block)
        self._unsure_blocks += not block.sure
        self._chain = True
        self._begin()
        self._header = kind in ("case", "for", "select")

    def _define(self, name: str) -> None:
        """Read the body of a function, which does nothing before it is called."""
        self._open("function", sure=True)
        self._defined.append((name, self.variables, self.cwd, self.sure))
        self.variables = dict(self.variables)
        self._shell = Shell(FirstBoot(), lambda *_: None)
        self._shell.left = 0

    def _close_block(self, *kinds: str) -> None:
        if self._blocks and self._blocks[-1].kind in kinds:
            block = self._blocks.pop()
            self._unsure_blocks -= not block.sure
            self._chain, self._failed = block.chain, block.failed
            if block.kind == "function":
                self._shell = block.shell
                name, self.variables, self.cwd, self.sure = self._defined.pop()
                self.functions[name] = self._source[block.start : self._at - 1]
                return
            self._ended, self._opened = "".join(block.output), block.start
            if self._ended and not block.sure:
                self._ended = f"{COMPUTED}\n"

    def _take_word(self) -> None:
        start = self._at
        word = self._word()
        if self._pattern and word != "esac":
            return
        if self._start < 0 and self._ended is None and self._reserved(word):
            return
        if self._start < 0:
            self._start = start
        if word == "{" and self._words[:1] == ["function"]:
            self._define(self._words[1] if len(self._words) > 1 else "")
        elif word == "in" and self._header and self._blocks[-1].kind == "case":
            self._begin()
            self._pattern = True
        elif not self._words and (assigned := _ASSIGNMENT.match(self._source, start)):
            name, value = assigned[1], word[len(assigned[0]) :]
            self._given.append((name, self.variables.get(name, COMPUTED) + value if assigned[2] else value))
        else:
            self._words.append(word)
            if word == "[[" and len(self._words) == 1:
                end = self._source.find("]]", self._at)
                self._at = end + 2 if end >= 0 else len(self._source)

    def _reserved(self, word: str) -> bool:
        """Return whether a word at the place of a command is no command, and follow it."""
        if word in _OPENING:
            self._open(word, sure=False)
        elif word == "{":
            self._open("{", sure=True)
        elif word == "}":
            self._close_block("{", "function")
        elif word in _CLOSING:
            self._close_block(*_OPENING)
            self._pattern = False
        else:
            return word in _BETWEEN
        return True

    # Words

    def _word(self) -> str:
        source, at, parts = self._source, self._at, list[str]()
        while at < len(source):
            character = source[at]
            if plain := _PLAIN.match(source, at):
                parts.append(plain[0])
                at = plain.end()
            elif character == "\\":
                parts.append(source[at + 1 : at + 2].strip("\n"))
                at += 2
            elif character == "'":
                end = source.find("'", at + 1)
                parts.append(source[at + 1 : end if end >= 0 else None])
                at = end + 1 if end >= 0 else len(source)
            elif character == '"':
                at = self._expand_to(at + 1, len(source), _IN_QUOTES, parts)
            elif ansi := _ANSI.match(source, at):
                parts.append(commands.unescaped(ansi[1]))
                at = ansi.end()
            elif character in "$`":
                at = self._expand(at, parts)
            elif character in "<>" and source.startswith("(", at + 1):
                start, at = at, self._closing(at + 2)
                parts.append(f"/dev/fd/{COMPUTED}")
                if TOUCHES.search(source, start, at):
                    self._not_followed(start)
            else:
                break
        self._at = max(at, self._at + 1)
        return "".join(parts)

    def _expand_to(self, at: int, end: int, plain: re.Pattern[str], parts: list[str]) -> int:
        """Expand what stands in double quotes, or in a here document up to its end; return where it ends."""
        source = self._source
        escaped = '"\\$`' if plain is _IN_QUOTES else "\\$`"
        while at < end:
            if match := plain.match(source, at, end):
                parts.append(match[0])
                at = match.end()
            elif source[at] == '"':
                return at + 1
            elif source[at] == "\\":
                following = source[at + 1 : at + 2]
                parts.append("" if following == "\n" else following if following in escaped else f"\\{following}")
                at += 2
            else:
                at = self._expand(at, parts)
        return at

    def _expand(self, at: int, parts: list[str]) -> int:
        """Expand what begins with a dollar sign or a backquote, and return where it ends."""
        source = self._source
        if source[at] == "`":
            end = source.find("`", at + 1)
            parts.append(self._substituted(source[at + 1 : end if end >= 0 else None]))
            return end + 1 if end >= 0 else len(source)
        if source.startswith("$(", at):
            end = self._closing(at + 2)
            arithmetic = source.startswith("(", at + 2)
            parts.append(COMPUTED if arithmetic else self._substituted(source[at + 2 : end - 1]))
            return end
        expansion = _EXPANSION.match(source, at)
        if expansion is None:
            parts.append("$")
            return at + 1
        parts.append(self.variables.get(expansion["name"] or expansion["braced"] or "", COMPUTED))
        return expansion.end()

    def _closing(self, at: int) -> int:
        """Return where the parenthesis ends whose inside begins here."""
        depth = 1
        for match in _PARENTHESIS.finditer(self._source, at):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            if not depth:
                return match.end()
        self._not_followed(at)
        return len(self._source)

    def _substituted(self, source: str) -> str:
        return self._nested(source, captured=True)[0].rstrip("\n")

    def _nested(self, source: str, *, captured: bool = False) -> tuple[str, _Script | None]:
        """Read a script that this one runs, and return what it writes; the script is None if it is not followed."""
        if self._depth >= _MAX_DEPTH or self._shell.left < len(source):
            self._not_followed(self._at)
            return COMPUTED, None
        script = _Script(self._shell, source, dict(self.variables), sure=self._certain(), depth=self._depth + 1)
        script.functions, script.cwd = self.functions, self.cwd
        script.captured = self.captured or captured
        return script.read(), script

    def _call(self, name: str) -> str:
        """Read the body of a function where it is called."""
        written, script = self._nested(self.functions[name])
        if script is not None:
            self.variables, self.cwd = script.variables, script.cwd
            self.exited = script.exited and self._certain()
            self.sure = self.sure and (self._failed or script.sure or not self._certain())
        return written

    def _redirect(self, token: re.Match[str]) -> None:
        if self._start < 0:
            self._start = token.start()
        operator = token[0].lstrip("0123456789")
        if operator in ("<<", "<<-"):
            self._input = self._document(tabs=operator == "<<-")
            return
        while (blank := _TOKEN.match(self._source, self._at)) and blank["blank"]:
            self._at = blank.end()
        target = self._word()
        if operator == "<<<":
            self._input = f"{target}\n"
        elif operator == "<":
            self._input = f"{COMPUTED}\n"
        elif ">" in operator and not (operator == ">&" and re.fullmatch(r"\d+|-", target)):
            output = operator.startswith("&") or token[0][0] in ">1<"
            self._redirections.append(_Redirection(self._path(target), ">>" in operator, output))

    def _document(self, *, tabs: bool) -> str:
        """Read a here document, which begins below this line."""
        source = self._source
        delimiter = _DELIMITER.match(source, self._at)
        if delimiter is None:
            return ""
        self._at = delimiter.end()
        name = next(group for group in delimiter.groups() if group is not None)
        start = self._body_end or (source.find("\n", self._at) + 1 or len(source))
        # Without its delimiter it goes on to the end of the script.
        closing = re.compile(rf"^{'	*' if tabs else ''}{re.escape(name)}\r?$", re.MULTILINE).search(source, start)
        end = closing.start() if closing else len(source)
        self._body_end = min(closing.end() + 1, len(source)) if closing else len(source)
        parts: list[str] = []
        if delimiter[3] is None or "\\" in delimiter[0]:
            parts.append(source[start:end])
        else:
            self._expand_to(start, end, _IN_DOCUMENT, parts)
        text = "".join(parts)
        return re.sub(r"^\t+", "", text, flags=re.MULTILINE) if tabs else text

    def _path(self, path: str) -> str:
        return path if UNKNOWN.match(path) else posixpath.normpath(posixpath.join(self.cwd, path))

    # Commands

    def _certain(self) -> bool:
        return self.sure and self._chain and not self._unsure_blocks

    def _act(self, at: int | None = None) -> str:
        at = max(self._start if at is None else at, 0)
        start = self._source.rfind("\n", 0, at) + 1
        end = self._source.find("\n", at)
        line = self._source[start : end if end >= 0 else None].strip()
        return f"user data runs {shown(line.replace(COMPUTED, '…'))}"

    def _not_followed(self, at: int | None = None) -> None:
        self._shell.boot.may_name(self._act(at))
        self._shell.boot.runs = True

    def _finish(self, operator: str) -> None:
        """Follow the command that ends here, and how the next one is joined to it."""
        if operator == "\n" and self._start < 0 and self._ended is None:
            return  # `&&` and `|` may stand at the end of a line
        if self._header:
            self.variables.pop(self._words[0] if self._words else "", None)
            self._begin()
            return
        if self._words[:1] == ["function"]:
            if operator == "\n":
                return  # its body begins on the next line
            self._begin()
        words, of_other_user = self._words, False
        while words and words[0] in _PREFIXES:
            of_other_user = of_other_user or commands.is_of_other_user(words)
            words = commands.behind_prefix(words)
        name = words[0].rpartition("/")[2] if words else ""
        fails = name in commands.TESTS or "!" in self._words[:1] or self._ended is not None
        sure = self.sure
        self.sure = sure and not of_other_user
        written = self._follow(name, words)
        if of_other_user:
            self.sure = sure  # the shell, which root runs, redirects what the command writes
        if self._redirections:
            written = self._write(written)
        if operator == "&" and self._ended is not None and TOUCHES.search(self._source, self._opened, self._at):
            self._shell.boot.may_name(self._act(self._opened))  # nothing waits for what is done in the background
        self._begin()
        if operator in ("|", "|&"):
            self._input = written
            return
        self._input = ""
        (self._blocks[-1].output if self._blocks else self._output).append(written)
        if operator == "&&":
            self._chain = self._chain and not fails
        elif operator == "||":
            self._failed = self._chain and not fails
            self._chain = False
        else:
            self._chain = True
            self._failed = bool(self._blocks) and self._blocks[-1].failed

    def _write(self, text: str) -> str:
        """Redirect what a command writes."""
        last = max((index for index, each in enumerate(self._redirections) if each.output), default=-1)
        for index, each in enumerate(self._redirections):
            self._store(each.path, text if index == last else "", append=each.append)
        return "" if last >= 0 else text

    def _store(self, path: str, text: str, *, append: bool) -> None:
        self._shell.boot.write(path, text, self._act(), append=append, sure=self._certain())

    def _follow(self, name: str, words: list[str]) -> str:
        """Follow a command, and return what it writes."""
        if self._ended is not None:
            return self._ended
        if not words:
            self._assign(self._given)
            if self._words:  # `sudo -i` with a script as its input
                self._not_followed()
            return ""
        if words[0] in self.functions:
            return self._call(words[0])
        writer = {"echo": commands.echo, "printf": commands.printf, "cat": self._cat, "tee": self._tee}.get(name)
        if writer is not None:
            return writer(words[1:])
        inner = self._inner(name, words)
        if inner is not None:
            return self._nested(inner)[0]
        if name == "cfn-init":
            self._shell.initialize(words, self._act(), self._certain())
        elif name not in commands.KNOWN and not self._reads_settings(name, words):
            self._not_followed()
        self._effect(name, words)
        if name == "mktemp":
            return f"/tmp/{COMPUTED}\n"  # noqa: S108 - of the script that is read
        return "" if name in commands.QUIET else f"{COMPUTED}\n"

    def _inner(self, name: str, words: list[str]) -> str | None:
        """Return the script that a command runs: one that a shell is given, or that was written before."""
        if name in SHELLS:
            for word, following in pairwise(words[1:]):
                if word.startswith("-") and word.endswith("c"):
                    return following
            words = [word for word in words[1:] if not word.startswith("-")]
            if not words:
                return None if self._input.startswith(COMPUTED) else self._input or None
            return self._shell.boot.files.get(self._path(words[0]))
        text = self._shell.boot.files.get(self._path(words[0])) if "/" in words[0] else None
        return text if text is not None and is_of_shell(text) else None

    def _assign(self, given: list[tuple[str, str]]) -> None:
        for name, value in given:
            known = len(value) <= _MAX_VALUE and (self._certain() or self.variables.get(name) == value)
            self.variables[name] = value if known else COMPUTED

    def _reads_settings(self, name: str, words: list[str]) -> bool:
        if name in (".", "source"):
            self.variables.clear()
            return len(words) == 2 and words[1].startswith(commands.SETTINGS)
        return False

    def _effect(self, name: str, words: list[str]) -> None:
        """Follow what a command does besides writing."""
        boot = self._shell.boot
        if name in commands.DECLARING:
            parts = (word.partition("=") for word in words[1:] if "=" in word)
            self._assign([(name, value) for name, _, value in parts])
        elif name in ("read", "unset"):
            self._assign([(word, COMPUTED) for word in words[1:]])
        elif name in ("cd", "pushd", "popd"):
            known = len(words) == 2 and self._certain() and not UNKNOWN.search(words[1])
            self.cwd = self._path(words[1]) if known else COMPUTED
        elif name == "exit":
            self._exit()
        elif name == "exec" and (len(words) > 1 or any(map(TOUCHES.search, (to.path for to in self._redirections)))):
            self._not_followed()
            self._exit()  # what stands below is not run
        elif name == "trap" and any(map(TOUCHES.search, words)):
            boot.may_stop(self._act())  # it is run at the end
        elif name == "rm" and self._path(words[-1]) == CONFIGURATION and len(words) <= 3:
            self._store(CONFIGURATION, "", append=False)
        elif name not in commands.READING and self._touches(name, words):
            boot.may_name(self._act())
        if name in commands.FETCHING and not self.captured:
            boot.runs = True
        waits = commands.asks_agent(words) and any(block.kind in ("until", "while") for block in self._blocks)
        if waits or commands.may_stop(name, words[1:]):
            boot.may_stop(self._act())
        if commands.may_reroute(name, words):
            boot.may_reroute(self._act())

    def _exit(self) -> None:
        if self._certain() and not any(block.kind in ("(", "function") for block in self._blocks):
            self.exited = True
        elif not self._failed:
            self.sure = False

    def _touches(self, name: str, words: list[str]) -> bool:
        """Return whether a command may change the file of the agent's configuration."""
        if self.cwd.startswith("/etc/ecs") and (name in commands.FETCHING or name in ("dd", "mv", "rm")):
            return True
        if name in ("mv", "rm") and any(map(_holds_configuration, map(self._path, words[1:]))):
            return True
        if name == "find" and not {"-delete", "-exec", "-execdir", "-ok"}.isdisjoint(words):
            return True
        if name in commands.COPYING and may_be_configuration(self._path(words[-1])):
            return True
        if name in commands.UNPACKING and any(word in ("/", "/etc", "/etc/") for word in words):
            return True
        return any(map(TOUCHES.search, words[1:]))

    # Commands that write what they are given

    def _cat(self, words: list[str]) -> str:
        return f"{COMPUTED}\n" if any(word != "-" for word in words) else self._input

    def _tee(self, words: list[str]) -> str:
        append = any(word in ("-a", "--append", "-ai", "-ia") for word in words)
        for word in words:
            if not word.startswith("-"):
                self._store(self._path(word), self._input, append=append)
        return self._input
