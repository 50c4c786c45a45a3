"""The expansion of the words of a shell, and the state that it keeps between its commands.

Sources:
    https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_06 (word expansions)
    https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_13 (execution environment)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ecr_ecs_constructs.pull.boot.commands import Call
from ecr_ecs_constructs.pull.boot.instance import Instance, UnreadError, shown
from ecr_ecs_constructs.pull.boot.settings import COMPUTED
from ecr_ecs_constructs.pull.boot.syntax import Fragment, Redirection, Word

_MAX_VALUE = 1000  # characters of a variable
_RANGE = re.compile(r"\{(\d{1,2})\.\.(\d{1,2})\}")


class State(NamedTuple):
    """The state of a shell between two commands.

    Attributes:
        instance: the instance that it runs on.
        variables: the values of variables that are known; of one that is set, but not known, `COMPUTED`.
        cwd: the working directory.
        options: those of `set`: `e`, `u` and `pipefail` count.
        status: whether the last command succeeded.
        left: `exit` where the script has ended, `break` or `continue` in a loop, empty where it goes on.
        output: what it has written.
        parted: the line whose outcome led to this state and to others; empty where it is the only one.
    """

    instance: Instance
    variables: tuple[tuple[str, str], ...] = ()
    cwd: str = "/"
    options: frozenset[str] = frozenset()
    status: bool = True
    left: str = ""
    output: str = ""
    parted: str = ""

    def assigned(self, name: str, value: str) -> State:
        """Return the state with a variable of a value."""
        known = value if len(value) <= _MAX_VALUE else COMPUTED
        return self._replace(variables=(*(each for each in self.variables if each[0] != name), (name, known)))

    @property
    def inner(self) -> State:
        """That of a shell of its own, which this one runs."""
        return self._replace(output="", left="")

    def around(self, inner: State, *, output: str) -> State:
        """Return the state behind a shell of its own."""
        return self._replace(instance=inner.instance, status=inner.status, output=self.output + output)


States = tuple[State, ...]


class Redirected(NamedTuple):
    """A file that takes output: its path, whether it is appended to, and whether it takes more than errors."""

    path: str
    append: bool
    takes: bool


def act_of(line: str) -> str:
    """Return in words what user data does in a line."""
    return f"user data runs {shown(line)}"


def unread(line: str) -> UnreadError:
    """Return the error of a line that is not followed."""
    return UnreadError(f"{act_of(line)}, which is not followed")


class Expansion:
    """Expands words, as far as what they stand for is known."""

    def __init__(self, run: Callable[[str, State, str], States]) -> None:
        """Begin with nothing.

        Args:
            run: returns the states behind a script in a line.
        """
        self._run = run

    def word(self, word: Word, state: State, line: str) -> tuple[str, State]:
        """Return what a word expands to as a whole, and the state behind its expansion."""
        texts: list[str] = []
        for part in word:
            text, state = self._part(part, state, line)
            texts.append(text)
        return "".join(texts), state

    def words(self, words: Iterable[Word], state: State, line: str) -> tuple[list[str], State]:
        """Return the words that some words expand to, split at the blanks of what is not quoted."""
        found: list[str] = []
        for word in words:
            if all(part.kind == "text" for part in word):
                found.append("".join([part.text for part in word]))
                continue
            if len(word) == 1 and word[0].kind == "range" and (numbers := _RANGE.fullmatch(word[0].text)):
                found += map(str, range(int(numbers[1]), int(numbers[2]) + 1))
                continue
            pieces, is_word = [""], False
            for part in word:
                text, state = self._part(part, state, line)
                if part.quoted or part.kind == "text":
                    pieces[-1] += text
                    is_word = True
                else:
                    first_piece, *others = re.split(r"[ \t\n]+", text)
                    pieces[-1] += first_piece
                    pieces += others
            found += (piece for piece in pieces if piece or is_word)
        return found, state

    def _part(self, part: Fragment, state: State, line: str) -> tuple[str, State]:
        if part.kind == "text":
            return part.text, state
        if part.kind == "variable":
            value = dict(state.variables).get(part.text)
            if value is None and "u" in state.options:
                raise unread(line)  # it ends the script where it is not set
            return COMPUTED if value is None else value, state
        if part.kind in ("run", "process"):
            text, inner = self._captured(part.text, state, line)
            return (f"/dev/fd/{COMPUTED}", state) if part.kind == "process" else (text, inner)
        return COMPUTED, state

    def _captured(self, source: str, state: State, line: str) -> tuple[str, State]:
        """Return the output of a script that is part of a word, and the state behind it."""
        ends = self._run(source, state.inner._replace(status=True), line)
        instances = {end.instance._replace(fetches=state.instance.fetches) for end in ends}
        outputs = {end.output for end in ends}
        if len(instances) > 1:
            raise unread(line)
        status = all(end.status for end in ends)
        text = outputs.pop() if len(outputs) == 1 else f"{COMPUTED}\n"
        return text.rstrip("\n"), state._replace(instance=instances.pop(), status=status)

    def redirected(
        self, redirections: Sequence[Redirection], state: State, given: str, line: str
    ) -> tuple[list[Redirected], str, State]:
        """Return the files that take output, with whether they are appended to and take more than errors."""
        targets: list[Redirected] = []
        for each in redirections:
            text, state = self.word(each.target, state, line)
            if each.operator in ("<<", "<<-"):
                given = text
            elif each.operator == "<<<":
                given = f"{text}\n"
            elif each.operator in ("<", "<&", "<>"):
                given = f"{COMPUTED}\n"
            elif each.operator != ">&" or not re.fullmatch(r"\d+|-", text):
                takes = each.operator.startswith("&") or each.number in ("", "1")
                path = Call("", (), "", "", state.cwd).path(text)
                targets.append(Redirected(path, ">>" in each.operator, takes))
        return targets, given, state
