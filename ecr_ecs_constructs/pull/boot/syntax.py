"""The syntax of shell scripts: a line with all that belongs to it is read into commands, and nothing is expanded yet.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from ecr_ecs_constructs.pull.boot.instance import UnreadError, shown


class IncompleteError(Exception):
    """A script ends within a command, and more of it is to come."""


class Fragment(NamedTuple):
    """A part of a word.

    Attributes:
        kind: `text`, `variable` (by its name), `run` (the output of a script), `process` (a script that reads or
            writes what stands for a file), `range` (of numbers, in braces) or `unknown` (an expansion that is not
            followed).
        text: the text, the name, the script.
        quoted: whether it stands in quotes, so that it is not split into words.
    """

    kind: str
    text: str
    quoted: bool


Word: TypeAlias = tuple[Fragment, ...]


class Redirection:
    """A redirection of a command's input or output.

    Attributes:
        operator: such as `>>`, without the number before it.
        number: of what is redirected, empty for the usual one.
        target: the file; for a here document what stands in it.
    """

    def __init__(self, operator: str, number: str, target: Word) -> None:
        self.operator = operator
        self.number = number
        self.target = target


class Simple(NamedTuple):
    """A command of words: the variables that it assigns (with `+` to append), its words and its redirections."""

    line: str
    assigned: tuple[tuple[str, bool, Word], ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]


class Pipeline(NamedTuple):
    """Commands whose output is the input of the next one."""

    line: str
    negated: bool
    commands: tuple[Command, ...]


class Chain(NamedTuple):
    """Pipelines joined by `&&` and `||`; the operator of the first one is empty."""

    line: str
    parts: tuple[tuple[str, Pipeline], ...]


class If(NamedTuple):
    """Branches, each with its condition; that of `else` has none."""

    line: str
    branches: tuple[tuple[Body, Body], ...]


class For(NamedTuple):
    """A loop over words."""

    line: str
    name: str
    words: tuple[Word, ...]
    body: Body


class Group(NamedTuple):
    """Commands in braces, or in parentheses: those are run by a shell of their own."""

    line: str
    subshell: bool
    body: Body


Command: TypeAlias = "Simple | If | For | Group"
Body: TypeAlias = tuple[Chain, ...]

_BLANK = re.compile(r"(?:[^\S\n]+|\\\n)*(?:\#[^\n]*)?")
_OPERATOR = re.compile(r"&&|\|\||;;&?|;&|\|&|[;|&()]")
_REDIRECTION = re.compile(r"(\d{0,3})(&>>?|<<<|<<-?|<>|>>|>\||>&|<&|[<>])(?!\()")
_PLAIN = re.compile(r"[^\s\\'\"`$;|&<>(){}]+")
_IN_QUOTES = re.compile(r"[^\"\\`$]+")
_IN_DOCUMENT = re.compile(r"[^\\`$]+")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\}|(\{[^}\n]{0,200}\}|[?$!@*#-]))")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_RANGE = re.compile(r"\{[^{}\s;|&<>()]*(?:,|\.\.)[^{}\s;|&<>()]*\}|[{}]")
_PARENTHESIS = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<=\s)\#[^\n]*|[()]", re.DOTALL)
_DELIMITER = re.compile(r"[ \t]*(?:'([^'\n]*)'|\"([^\"\n]*)\"|(\\?)([^\s;|&<>()'\"\\]+))(?=[\s;|&<>()]|$)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=")
_NAME = re.compile(r"[A-Za-z_]\w*")
_FUNCTION = re.compile(r"\([ \t]*\)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_MAX_DEPTH = 12  # of commands in commands


def unescaped(text: str) -> str:
    """Return a text with what its backslashes stand for."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text) if "\\" in text else text


class _Lexer:
    """Reads the words of a script.

    Attributes:
        source: the script.
        at: where it goes on.
    """

    def __init__(self, source: str, *, more: bool) -> None:
        self.source = source
        self.at = 0
        self._more = more
        self._documents: list[tuple[Redirection, str, bool, bool]] = []

    def ended(self) -> None:
        """Tell that the script ends where a command goes on.

        Raises:
            IncompleteError: more of it is to come.
            UnreadError: it has no end.
        """
        if self._more:
            raise IncompleteError
        raise self.unread(self.at - 1)

    def unread(self, at: int) -> UnreadError:
        """Return the error of a place that is not followed."""
        return UnreadError(f"user data runs {shown(self.line(at))}, which is not followed")

    def line(self, at: int) -> str:
        """Return the line around a place."""
        start = self.source.rfind("\n", 0, max(at, 0)) + 1
        end = self.source.find("\n", at)
        return self.source[start : end if end >= 0 else None].strip()

    def blank(self, *, lines: bool = False) -> None:
        """Read blanks and comments, and the ends of lines with the here documents below them."""
        while True:
            self.at = _BLANK.match(self.source, self.at).end()  # type: ignore[union-attr] # it matches nothing too
            if not lines or not self.source.startswith("\n", self.at):
                return
            self.newline()

    def newline(self) -> None:
        """Read the end of a line, and the here documents below it."""
        self.at += 1
        documents, self._documents = self._documents, []
        for redirection, name, tabs, literal in documents:
            closing = re.compile(rf"^{'	*' if tabs else ''}{re.escape(name)}\r?$", re.MULTILINE)
            found = closing.search(self.source, self.at)
            if found is None and self._more:
                raise IncompleteError
            # Without its delimiter it goes on to the end of the script.
            start, end = self.at, found.start() if found else len(self.source)
            text = self.source[start:end]
            text = re.sub(r"^\t+", "", text, flags=re.MULTILINE) if tabs else text
            redirection.target = (Fragment("text", text, True),) if literal else _Lexer(text, more=False).expanded(text)
            self.at = min(found.end() + 1, len(self.source)) if found else len(self.source)

    def expanded(self, text: str) -> Word:
        """Return the parts of a here document that is expanded."""
        parts: list[Fragment] = []
        self.source, self.at = text, 0
        self._expand_to(len(text), _IN_DOCUMENT, parts)
        return tuple(parts)

    def word(self) -> Word:
        """Read a word; it is empty where none stands here."""
        source, parts, size = self.source, list[Fragment](), len(self.source)
        while self.at < size:
            character = source[self.at]
            if plain := _PLAIN.match(source, self.at) or _RANGE.match(source, self.at) or _ANSI.match(source, self.at):
                self._take(plain, parts)
            elif character == "\\":
                parts.append(Fragment("text", source[self.at + 1 : self.at + 2].strip("\n"), True))
                self.at += 2
            elif character in "'`":
                end = source.find(character, self.at + 1)
                if end < 0:
                    self.ended()
                parts.append(
                    Fragment("text" if character == "'" else "run", source[self.at + 1 : end], character == "'")
                )
                self.at = end + 1
            elif character == '"':
                self.at += 1
                parts.append(Fragment("text", "", True))
                self._expand_to(size, _IN_QUOTES, parts)
            elif character == "$":
                self._expand(parts, quoted=False)
            elif character in "<>" and source.startswith("(", self.at + 1):
                self.at += 2
                start = self.at
                self._close()
                parts.append(Fragment("process", source[start : self.at - 1], False))
            else:
                break
        if self.at >= size and self._more:
            raise IncompleteError
        return tuple(parts)

    def _take(self, found: re.Match[str], parts: list[Fragment]) -> None:
        """Take a piece of a word that is read at once: plain text, words in braces, or text with escapes."""
        self.at = found.end()
        if found.re is _ANSI:
            parts.append(Fragment("text", unescaped(found[1]), True))
        else:
            parts.append(Fragment("range" if found.re is _RANGE and len(found[0]) > 1 else "text", found[0], False))

    def redirection(self) -> Redirection | None:
        """Read a redirection, None where none stands here."""
        found = _REDIRECTION.match(self.source, self.at)
        if found is None:
            return None
        self.at = found.end()
        result = Redirection(found[2], found[1], ())
        if found[2] in ("<<", "<<-"):
            delimiter = _DELIMITER.match(self.source, self.at)
            if delimiter is None:
                raise self.unread(self.at)
            self.at = delimiter.end()
            plain = next(group for group in (delimiter[1], delimiter[2], delimiter[4]) if group is not None)
            self._documents.append((result, plain, found[2] == "<<-", delimiter[4] is None or bool(delimiter[3])))
            return result
        self.blank()
        result.target = self.word()
        if not result.target:
            raise self.unread(self.at)
        return result

    def _expand_to(self, end: int, plain: re.Pattern[str], parts: list[Fragment]) -> None:
        """Expand what stands in double quotes, or in a here document up to its end."""
        source = self.source
        escaped = '"\\$`' if plain is _IN_QUOTES else "\\$`"
        while self.at < end:
            if match := plain.match(source, self.at, end):
                parts.append(Fragment("text", match[0], True))
                self.at = match.end()
            elif source[self.at] == '"':
                self.at += 1
                return
            elif source[self.at] == "\\":
                following = source[self.at + 1 : self.at + 2]
                text = "" if following == "\n" else following if following in escaped else f"\\{following}"
                parts.append(Fragment("text", text, True))
                self.at += 2
            else:
                self._expand(parts, quoted=True)
        if plain is _IN_QUOTES:
            self.ended()

    def _expand(self, parts: list[Fragment], *, quoted: bool) -> None:
        """Read what begins with a dollar sign or a backquote."""
        source, at = self.source, self.at
        if source[at] == "`":
            end = source.find("`", at + 1)
            if end < 0:
                self.ended()
            parts.append(Fragment("run", source[at + 1 : end], quoted))
            self.at = end + 1
        elif source.startswith("$(", at):
            self.at += 2
            self._close()
            inner = source[at + 2 : self.at - 1]
            parts.append(Fragment("unknown" if inner.startswith("(") else "run", inner, quoted))
        elif found := _VARIABLE.match(source, at):
            name = found[1] or found[2]
            is_known = name is not None and not name[0].isdigit()
            parts.append(Fragment("variable", name, quoted) if is_known else Fragment("unknown", found[0], quoted))
            self.at = found.end()
        elif source.startswith("${", at):
            raise self.unread(at)
        else:
            parts.append(Fragment("text", "$", quoted))
            self.at += 1

    def _close(self) -> None:
        """Go on behind the parenthesis whose inside begins here."""
        depth = 1
        for match in _PARENTHESIS.finditer(self.source, self.at):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            if not depth:
                self.at = match.end()
                return
        self.ended()


class Parser(_Lexer):
    """Reads a script line by line."""

    def __init__(self, source: str, *, more: bool = False, depth: int = 0) -> None:
        """Begin with the first line.

        Args:
            source: the script.
            more: whether more of it is to come.
            depth: in how many others it stands.
        """
        super().__init__(source, more=more)
        self.closed = ""  # the word that ended the last body
        self._depth = depth

    def read(self) -> Body | None:
        """Read the commands of the next line, and all lines that belong to them; None at the end.

        Raises:
            IncompleteError: the script ends within a command, and more of it is to come.
            UnreadError: something is not followed.
        """
        self.blank()
        while self.source.startswith("\n", self.at):
            self.newline()
            self.blank()
        if self.at >= len(self.source):
            return None
        body: list[Chain] = []
        while self.at < len(self.source) and not self.source.startswith("\n", self.at):
            body.append(self._chain())
            self.blank()
        if self.at < len(self.source):
            self.newline()
        elif self._more:
            raise IncompleteError
        return tuple(body)

    def _body(self, *closing: str) -> Body:
        """Read commands up to one of some reserved words, and go on behind it; it is kept as `closed`."""
        body: list[Chain] = []
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.unread(self.at)
        while True:
            self.blank(lines=True)
            if self.at >= len(self.source):
                self.ended()
            for word in closing:
                if self._takes(word):
                    self._depth -= 1
                    self.closed = word
                    return tuple(body)
            body.append(self._chain())

    def _takes(self, word: str) -> bool:
        """Read a reserved word or an operator where it stands here."""
        end = self.at + len(word)
        is_word = word.isalpha() and re.match(r"[^\s;|&()<>]", self.source[end : end + 1])
        if is_word or not self.source.startswith(word, self.at):
            return False
        if end >= len(self.source) and self._more:
            raise IncompleteError
        self.at = end
        return True

    def _chain(self) -> Chain:
        start = self.at
        parts = [("", self._pipeline())]
        while True:
            self.blank()
            operator = next((each for each in ("&&", "||") if self.source.startswith(each, self.at)), None)
            if operator is None:
                break
            self.at += 2
            self.blank(lines=True)
            parts.append((operator, self._pipeline()))
        found = _OPERATOR.match(self.source, self.at)
        if found and found[0] == ";":
            self.at += 1
        elif found and not found[0].startswith((")", ";")):
            raise self.unread(start)  # nothing waits for what runs in the background
        elif found and found[0] == ")" and not self._depth:
            raise self.unread(start)
        return Chain(self.line(start), tuple(parts))

    def _pipeline(self) -> Pipeline:
        start, negated = self.at, False
        while re.match(r"!\s", self.source[self.at : self.at + 2]):
            self.at, negated = self.at + 1, not negated
            self.blank()
        commands = [self._command()]
        while True:
            self.blank()
            if self.source.startswith("||", self.at) or not self.source.startswith("|", self.at):
                return Pipeline(self.line(start), negated, tuple(commands))
            self.at += 2 if self.source.startswith("|&", self.at) else 1
            self.blank(lines=True)
            commands.append(self._command())

    def _command(self) -> Command:
        start = self.at
        if self.at >= len(self.source):
            self.ended()
        line = self.line(start)
        if self.source.startswith("((", start) or any(map(self._takes, ("case", "function", "select"))):
            raise self.unread(start)
        if self._takes("while") or self._takes("until"):
            raise UnreadError(f"user data runs {shown(line)}, which may keep the agent from starting")
        for word in ("if", "for", "{", "("):
            if self._takes(word) and (word != "{" or self.source[self.at : self.at + 1].isspace()):
                command = self._compound(word, line)
                self.blank()
                if self.redirection() is not None:
                    raise self.unread(start)  # a group with redirection
                return command
            self.at = start
        return self._simple(line)

    def _compound(self, word: str, line: str) -> Command:
        if word in "{(":
            return Group(line, word == "(", self._body(")" if word == "(" else "}"))
        return self._if(line) if word == "if" else self._for(line)

    def _if(self, line: str) -> Command:
        branches: list[tuple[Body, Body]] = []
        condition = self._body("then")
        while True:
            body = self._body("elif", "else", "fi")
            branches.append((condition, body))
            if self.closed == "fi":
                return If(line, tuple(branches))
            condition = self._body("then") if self.closed == "elif" else ()
            if not condition:
                return If(line, (*branches, ((), self._body("fi"))))

    def _for(self, line: str) -> Command:
        self.blank()
        name = _NAME.match(self.source, self.at)
        if name is None:
            raise self.unread(self.at)
        self.at = name.end()
        self.blank(lines=True)
        if not self._takes("in"):
            raise self.unread(self.at)
        words: list[Word] = []
        while True:
            self.blank()
            word = self.word()
            if not word:
                break
            words.append(word)
        self._takes(";")
        self.blank(lines=True)
        if not self._takes("do"):
            raise self.unread(self.at)
        return For(line, name[0], tuple(words), self._body("done"))

    def _simple(self, line: str) -> Command:
        start = self.at
        assigned: list[tuple[str, bool, Word]] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            self.blank()
            if redirection := self.redirection():
                redirections.append(redirection)
                continue
            found = None if words else _ASSIGNMENT.match(self.source, self.at)
            if found:
                self.at = found.end()
                assigned.append((found[1], bool(found[2]), self.word()))
                if self.source.startswith("(", self.at):
                    raise self.unread(start)  # a list
                continue
            if words and words[0] == _DOUBLE and (test := _OPERATOR.match(self.source, self.at)):
                self.at = test.end()
                words.append((Fragment("text", test[0], True),))
                continue
            word = self.word()
            if not word:
                break
            words.append(word)
            if words[0] == _DOUBLE and word == _CLOSED:
                break
        if _FUNCTION.match(self.source, self.at) or not (assigned or words or redirections):
            raise self.unread(start)
        return Simple(line, tuple(assigned), tuple(words), tuple(redirections))


_DOUBLE, _CLOSED = (Fragment("text", "[[", False),), (Fragment("text", "]]", False),)
