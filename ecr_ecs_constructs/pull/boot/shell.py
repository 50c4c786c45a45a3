"""Shell scripts, followed without running them, up to the first thing that is not known.

Followed are known commands in straight lines, tests, branches, and loops that surely end. Where the outcome of a
command is known only on the instance, all that it may lead to is followed, as long as that is little: under `set -e`
it may end the script. Functions, files that are run, background jobs and groups with redirection are not followed.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from ecr_ecs_constructs.pull.boot.commands import FOLDERS, HALTING, KNOWN, Call, Done, behind_prefixes
from ecr_ecs_constructs.pull.boot.expansion import Expansion, State, States, act_of, unread
from ecr_ecs_constructs.pull.boot.instance import CONFIGURATION, MAX_SIZE, UnreadError
from ecr_ecs_constructs.pull.boot.settings import COMPUTED, UNKNOWN
from ecr_ecs_constructs.pull.boot.syntax import (
    Body,
    Chain,
    Command,
    For,
    Fragment,
    Group,
    If,
    IncompleteError,
    Parser,
    Pipeline,
    Simple,
    Word,
)

_MAX_STATES = 16  # that a script may lead to
_MAX_ROUNDS = 100  # of a loop
_MAX_COMMANDS = 5000  # that are run
_MAX_DEPTH = 4  # of scripts in scripts
_MAX_VALUE = 1000  # characters of a variable


Initialize = Callable[[Sequence[str], str, State], Iterable[State]]
"""Follows `cfn-init` with its arguments; it is told what the call is, in words."""


class Shell:
    """The shell of an instance, which runs its scripts."""

    def __init__(self, initialize: Initialize) -> None:
        """Begin with no script.

        Args:
            initialize: follows `cfn-init`.
        """
        self._initialize = initialize
        self._expansion = Expansion(self._script)
        self._left = _MAX_COMMANDS
        self._depth = 0

    def run(self, source: str, states: Iterable[State], *, more: bool = False) -> tuple[States, str]:
        """Return all states that a script may lead to, and the rest of it that goes on in what is to come.

        Args:
            source: the script.
            states: those before it.
            more: whether more of it is to come.

        Raises:
            UnreadError: it does something that is not followed.
        """
        parser = Parser(source, more=more, depth=self._depth)
        known = tuple(states)
        while any(not state.left for state in known):
            start = parser.at
            try:
                body = parser.read()
            except IncompleteError:
                return known, source[start:]
            if body is None:
                break
            known = self._told_apart(self._body(body, known), parser.line(start))
        return known, ""

    def _told_apart(self, states: States, line: str) -> States:
        """Return the states behind a line, with the line that told them apart; nobody reads what they have written."""
        plain = (state._replace(parted="", output=state.output if self._depth else "") for state in states)
        found = tuple(dict.fromkeys(plain))
        parted = next((state.parted for state in states if state.parted), line)
        is_one = len({state._replace(status=True) for state in found}) < 2
        return found if is_one else tuple(state._replace(parted=parted) for state in found)

    # what is put together

    def _each(self, states: Iterable[State], line: str, follow: Callable[[State], Iterable[State]]) -> States:
        """Return all states that some states lead to, those that have left unchanged."""
        found = dict.fromkeys(after for state in states for after in ((state,) if state.left else follow(state)))
        if len(found) > _MAX_STATES:
            raise unread(line)
        return tuple(found)

    def _body(self, body: Body, states: Iterable[State], *, tested: bool = False) -> States:
        known = tuple(states)
        for chain in body:
            known = self._each(known, chain.line, partial(self._chain, chain, tested=tested))
        return known

    def _chain(self, chain: Chain, state: State, *, tested: bool) -> States:
        known: States = (state,)
        for index, (operator, pipeline) in enumerate(chain.parts):
            is_tested = tested or index + 1 < len(chain.parts) or pipeline.negated
            known = self._each(known, chain.line, partial(self._joined, operator, pipeline, tested=is_tested))
        return known

    def _joined(self, operator: str, pipeline: Pipeline, state: State, *, tested: bool) -> Iterator[State]:
        if operator and state.status is not (operator == "&&"):
            yield state
            return
        if len(pipeline.commands) == 1:
            known = self._command(pipeline.commands[0], state, "", tested=tested)
        else:
            known = self._piped(pipeline, state, tested=tested)
        for each in known:
            status = each.status is not pipeline.negated or bool(each.left)
            ends = "e" in each.options and not tested and not status and _may_end(pipeline)
            yield each if each.left else each._replace(status=status, left="exit" if ends else "")

    def _piped(self, pipeline: Pipeline, state: State, *, tested: bool) -> Iterator[State]:
        """Yield the states behind commands of which each reads what the one before it writes."""
        known = [(state.inner, "", True)]
        for command in pipeline.commands:
            following: dict[tuple[State, str, bool], None] = {}
            for before, given, success in known:
                for after in self._command(command, before._replace(output="", left=""), given, tested=tested):
                    inner = before._replace(instance=after.instance, status=after.status)
                    following[inner, after.output, success and after.status] = None
            known = [*following]
            if len(known) > _MAX_STATES:
                raise unread(pipeline.line)
        for inner, written, success in known:
            status = success if "pipefail" in state.options else inner.status
            yield state.around(inner._replace(status=status), output=written)

    def _command(self, command: Command, state: State, given: str, *, tested: bool) -> Iterable[State]:
        self._left -= 1
        if self._left < 0:
            raise UnreadError(f"user data runs more than {_MAX_COMMANDS} commands, which is not followed")
        if isinstance(command, Simple):
            return self._simple(command, state, given)
        if isinstance(command, Group):
            if not command.subshell:
                return self._body(command.body, (state,), tested=tested)
            known = self._body(command.body, (state.inner,), tested=tested)
            return (state.around(each, output=each.output) for each in known)
        if isinstance(command, If):
            return self._if(command, state, tested=tested)
        return self._for(command, state, tested=tested)

    def _if(self, command: If, state: State, *, tested: bool) -> Iterator[State]:
        known: States = (state,)
        for condition, body in command.branches:
            known = self._body(condition, known, tested=True)
            yield from self._body(body, (each for each in known if each.status or each.left), tested=tested)
            known = tuple(each for each in known if not each.status and not each.left)
        yield from (each._replace(status=True) for each in known)

    def _for(self, command: For, state: State, *, tested: bool) -> Iterable[State]:
        if any(not part.quoted and re.search(r"[*?]", part.text) for word in command.words for part in word):
            raise unread(command.line)  # a pattern of files
        words, state = self._expansion.words(command.words, state, command.line)

        def follow(word: str, before: State) -> Iterator[State]:
            for after in self._body(command.body, (before.assigned(command.name, word),), tested=tested):
                yield after._replace(left="") if after.left == "continue" else after

        known: States = (state._replace(status=True),)
        for word in words:
            if COMPUTED in word:
                raise unread(command.line)  # nobody knows how many words they are
            known = self._each(known, command.line, partial(follow, word))
        return (each._replace(left="") if each.left == "break" else each for each in known)

    def _script(self, source: str, state: State, line: str) -> States:
        """Return the states behind a script in this one."""
        if self._depth >= _MAX_DEPTH or len(source) > MAX_SIZE:
            raise unread(line)
        self._depth += 1
        try:
            return self.run(source, (state,))[0]
        finally:
            self._depth -= 1

    # what is run

    def _simple(self, command: Simple, state: State, given: str) -> Iterator[State]:
        """Yield the states behind a command of words."""
        line, act = command.line, act_of(command.line)
        words, state = self._expansion.words(_words_behind(state, command), state._replace(status=True), line)
        before, state = state.variables, state._replace(status=True)
        for name, append, word in command.assigned:
            if name == "IFS":
                raise unread(line)
            value, state = self._expansion.word(word, state, line)
            known = dict(state.variables).get(name, COMPUTED) if append else ""
            state = state.assigned(name, known + value)
        may_fail = not state.status  # a substitution
        if words:
            state = state._replace(variables=before, status=True)
        words = behind_prefixes(words, act)
        targets, given, state = self._expansion.redirected(command.redirections, state, given, line)
        if not words:
            if command.words:
                raise unread(line)
            ends: Iterable[State] = _statuses(state, None if may_fail else True)
        else:
            ends = self._builtin(words, state, given, line)
        for end in ends:
            written, instance = end.output.removeprefix(state.output), end.instance
            if words[:1] == ["exec"]:
                written = COMPUTED
            taking = [target for target in targets if target.takes]
            for target in targets:
                text = written if taking and target is taking[-1] else ""
                instance = instance.written(target.path, text, act, append=target.append)
            output = state.output if taking else end.output
            yield end._replace(instance=instance, output=output)

    def _builtin(self, words: Sequence[str], state: State, given: str, line: str) -> Iterable[State]:
        """Return the states behind a command, of the shell itself or of another program."""
        folder, _, name = words[0].rpartition("/")
        arguments = words[1:]
        if (folder and folder not in FOLDERS) or UNKNOWN.search(words[0]):
            raise unread(line)
        if name in _DECLARING:
            return (_declared(arguments, state, act_of(line)),)
        if name in ("exit", "break", "continue"):
            if len(arguments) > (name == "exit"):
                raise unread(line)
            return (state._replace(left=name, status=arguments in ([], ["0"])),)
        if name == "set":
            return (_with_options(arguments, state, line),)
        if name in ("read", "unset"):
            for variable in arguments:
                state = state.assigned(variable, COMPUTED)
            return _statuses(state, None if name == "read" else True)
        if name in ("cd", "pushd"):
            return _gone(arguments, state)
        if name in (".", "source") and len(arguments) == 1 and arguments[0].startswith(_SETTINGS):
            return _statuses(state._replace(variables=()), None)
        if name == "trap":
            return (self._trapped(arguments, state, line),)
        if name == "exec" and not arguments:
            return (state,)
        if name in _SHELLS:
            return self._shell(arguments, state, given, line)
        if name == "cfn-init":
            return self._initialize(arguments, act_of(line), state)
        return self._known(Call(name, arguments, given, act_of(line), state.cwd), state, line)

    def _known(self, call: Call, state: State, line: str) -> Iterable[State]:
        follow = KNOWN.get(call.name)
        if follow is None:
            raise unread(line)
        done: Done = follow(call, state.instance)
        state = state._replace(instance=done.instance, output=state.output + done.output)
        if not done.ends:
            instance = state.instance.doubted(call.act)
            return (state._replace(instance=instance, left="exit"),)
        if call.name in HALTING:
            return (state, state._replace(left="exit"))
        return _statuses(state, done.status)

    def _shell(self, arguments: Sequence[str], state: State, given: str, line: str) -> Iterator[State]:
        """Yield the states behind a shell that is given a script as a word, or as its input."""
        options = [word for word in arguments if word.startswith("-")]
        others = [word for word in arguments if not word.startswith("-")]
        by_word = any(option.endswith("c") for option in options)
        if len(others) != by_word or (not by_word and (not given or COMPUTED in given[:1])):
            raise unread(line)
        flags = frozenset(flag for option in options for flag in option if flag in "eu")
        inner = state.inner._replace(options=flags, variables=())  # it knows those alone that are exported
        for end in self._script(others[0] if by_word else given, inner, line):
            yield state.around(end, output=end.output)

    def _trapped(self, arguments: Sequence[str], state: State, line: str) -> State:
        """Follow a script that is run later: it must leave the instance as it is."""
        if arguments[:1] not in ([], ["-"], [""], ["-l"], ["-p"]):
            # By then the configuration may say anything, and a helper script may be installed.
            later = state.instance.set("", "")._replace(has_helpers=True)
            if not {"DEBUG", "RETURN"}.isdisjoint(arguments):
                raise unread(line)
            for end in self._script(arguments[0], state.inner._replace(instance=later, options=frozenset()), line):
                if end.instance._replace(fetches=later.fetches, signals=later.signals) != later:
                    return state._replace(instance=state.instance.doubted(act_of(line)))
                state = _behind_trap(state, arguments, end)
        return state


def _behind_trap(state: State, conditions: Sequence[str], end: State) -> State:
    """Return a state with what a script does that is run on some conditions: it may end, or signal at the end."""
    if end.left and "ERR" in conditions:
        state = state._replace(options=state.options | {"e"})
    signals = end.instance.signals if "EXIT" in conditions else None
    return state._replace(instance=state.instance.signalled(*signals)) if signals else state


_SHELLS = frozenset({"bash", "dash", "ksh", "sh", "zsh"})
_FOLDERS = frozenset("/ /etc /etc/ecs /home /home/ec2-user /opt /root /tmp /usr/local /var/log".split())  # noqa: SIM905 - a list of words
"""Folders that are there on each instance."""

_DECLARING = frozenset({"declare", "export", "local", "readonly", "typeset"})
_SETTINGS = ("/etc/os-release", "/etc/profile", "/etc/environment", "/etc/sysconfig/", CONFIGURATION)
_PROXY = re.compile(r"https?_proxy", re.IGNORECASE)


def _words_behind(state: State, command: Simple) -> Iterable[Word]:
    """Return the words of a command as they are in a state: where the one before it fails, its exit code is no 0."""
    if state.status:
        return command.words
    return [
        tuple([Fragment("text", "1", part.quoted) if part.text == "$?" else part for part in word])
        for word in command.words
    ]


def _statuses(state: State, status: bool | None) -> States:
    """Return a state with each outcome that a command may have."""
    both = (True, False) if status is None else (status,)
    return tuple(state._replace(status=each) for each in both)


def _may_end(pipeline: Pipeline) -> bool:
    """Return whether a failure of a pipeline ends a script under `set -e`: inside of a block it has done so before."""
    last = pipeline.commands[-1]
    return len(pipeline.commands) > 1 or isinstance(last, Simple) or (isinstance(last, Group) and last.subshell)


def _gone(arguments: Sequence[str], state: State) -> States:
    """Return the states behind a change of the working directory, which may not be there."""
    path = Call("", (), "", "", state.cwd).path(arguments[0]) if len(arguments) == 1 else COMPUTED
    inside = state._replace(cwd=path)
    return (inside,) if path in _FOLDERS else (inside, state._replace(status=False))


def _declared(words: Sequence[str], state: State, act: str) -> State:
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            state = state.assigned(name, value)
    # What a script exports reaches its own commands only, but tells that the way is by a proxy.
    is_proxy = any(map(_PROXY.search, words))
    return state._replace(instance=state.instance.rerouted(act)) if is_proxy else state


def _with_options(words: Sequence[str], state: State, line: str) -> State:
    options = set(state.options)
    left = list(words)
    while left:
        word = left.pop(0)
        names = [*word[1:]]
        if not re.fullmatch(r"[+-][a-zA-Z]+", word) or ("o" in names and not left):
            raise unread(line)
        if "o" in names:
            long = left.pop(0)
            names = [each for each in names if each != "o"] + [{"errexit": "e", "nounset": "u"}.get(long, long)]
        options = options | {*names} if word[0] == "-" else options - {*names}
    if "n" in options:
        raise unread(line)
    return state._replace(options=frozenset(options & {"e", "u", "pipefail"}))
