"""The choices of a world: values of parameters, outcomes of what nothing in the templates decides, keys of maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Variable = tuple[object, ...]
"""Something to choose: a parameter, a pseudo parameter, the outcome of what nothing decides, the key of a map."""

Choice = str | bool

OTHER = "\0other"
"""The choice of a value that no condition compares with."""

NO_KEY = "\0no key"
"""The key of a value that is none of a map's keys."""


class Fork(Exception):
    """No error: a question goes on in the worlds of these choices."""

    def __init__(self, variable: Variable, choices: Sequence[Choice]) -> None:
        super().__init__(variable)
        self.variable = variable
        self.choices = choices


class Choices(dict[Variable, Choice]):
    """The choices of a world; it notes which of them are read, those that are not made too.

    Attributes:
        reads: the choices that were read for the question that is being answered, in the order in which they were.

    Args:
        given: the choices.
        is_chosen: returns whether any world may choose a variable; of no other anything is noted.
    """

    __slots__ = ("_is_chosen", "reads")

    def __init__(self, given: Mapping[Variable, Choice], is_chosen: Callable[[Variable], bool]) -> None:
        super().__init__(given)
        self.reads: dict[Variable, Choice | None] = {}
        self._is_chosen = is_chosen

    def read(self, variable: Variable) -> Choice | None:
        """Return the choice for a variable, None where none is made."""
        choice = self.get(variable)
        if choice is not None or self._is_chosen(variable):
            self.reads[variable] = choice
        return choice
