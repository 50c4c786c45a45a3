"""The blocks of a shell script, and whether what stands in them is certainly run.

Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """A block of a script, opened by a reserved word or a parenthesis.

    Attributes:
        kind: the word that opened it, `function` for the body of one.
        sure: whether what stands in it is certainly run, as far as what is around it is.
        chain: whether it is certainly reached through the `&&` and `||` before it.
        failed: whether it is reached only when something goes wrong.
        output: what it has written so far, for a redirection behind its end.
        start: where what stands in it begins.
    """

    kind: str
    sure: bool
    chain: bool
    failed: bool
    output: list[str]
    start: int


class Blocks:
    """The blocks around what is read of a script.

    Attributes:
        sure: whether the script is certainly run so far.
        failed: whether what is read is reached only when something goes wrong.
        is_pattern: whether a pattern of a `case` is read.
    """

    def __init__(self, *, sure: bool) -> None:
        self.sure = sure
        self.failed = False
        self.is_pattern = False
        self._chain = True  # whether what `&&` and `||` join is certainly reached
        self._open: list[Block] = []
        self._unsure = 0
        self._output: list[str] = []

    @property
    def are_certain(self) -> bool:
        """True where what is read is certainly run."""
        return self.sure and self._chain and not self._unsure

    @property
    def output(self) -> str:
        """The output of commands that stand in no block."""
        return "".join(self._output)

    def is_in(self, *kinds: str) -> bool:
        """Return whether what is read stands in a block of some kinds."""
        return any(block.kind in kinds for block in self._open)

    def ends_in(self, kind: str) -> bool:
        """Return whether the innermost block is of a kind."""
        return bool(self._open) and self._open[-1].kind == kind

    def open(self, kind: str, start: int, *, sure: bool) -> None:
        """Begin a block.

        Args:
            kind: the word that opens it.
            start: where what stands in it begins.
            sure: whether that is run wherever the block is.
        """
        block = Block(kind, sure and self._chain, self._chain, self.failed, [], start)
        self._open.append(block)
        self._unsure += not block.sure
        self._chain = True

    def close(self, *kinds: str) -> Block | None:
        """End the innermost block where it is of some kinds, and return it."""
        if not self._open or self._open[-1].kind not in kinds:
            return None
        block = self._open.pop()
        self._unsure -= not block.sure
        self._chain, self.failed = block.chain, block.failed
        return block

    def join(self, operator: str, written: str, *, fails: bool) -> None:
        """Go on behind a command.

        Args:
            operator: what joins the next one to it.
            written: what it writes.
            fails: whether it fails as a matter of course.
        """
        (self._open[-1].output if self._open else self._output).append(written)
        if operator == "&&":
            self._chain = self._chain and not fails
        elif operator == "||":
            self.failed = self._chain and not fails
            self._chain = False
        else:
            self._chain = True
            self.failed = bool(self._open) and self._open[-1].failed

    def leave(self) -> bool:
        """Follow that the script ends here, and return whether it certainly does."""
        if self.are_certain and not self.is_in("(", "function"):
            return True
        self.sure = self.sure and self.failed
        return False
