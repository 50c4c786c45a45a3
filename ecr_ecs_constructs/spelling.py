"""Words that are written wrong, and the one that was meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question for the known word that is most like a word, such as `did you mean 'account'?`.

    Args:
        word: the word as it is written.
        known: the words that there are.

    Returns:
        The question, empty where no known word is like it.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - most words are written right

    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
