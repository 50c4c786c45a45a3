"""How deep objects and lists may lie in each other."""

from __future__ import annotations

MAX_NESTING = 200
"""How deep objects and lists may lie in each other."""

_TO_BRACES = bytes.maketrans(b"[]", b"{}")
_WITHOUT_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


def is_shallow(text: str) -> bool:
    """Return whether a text in JSON is nested at most `MAX_NESTING` deep.

    What stands outside of quotes decides it, brackets alone: this costs a small part of what parsing does.
    """
    plain = _without_escapes(text.encode())
    brackets = plain.translate(_TO_BRACES, _WITHOUT_BRACKETS).replace(b'""', b"")
    brackets = b"".join(brackets.split(b'"')[::2])
    for _ in range(MAX_NESTING):
        if not brackets:
            break
        brackets = brackets.replace(b"{}", b"")  # the innermost ones
    return not brackets


def _without_escapes(text: bytes) -> bytes:
    """Return a text in JSON without backslashes and what each of them escapes."""
    first, *others = text.split(b"\\")
    parts = iter(others)
    # Between two backslashes is nothing where the one escapes the other; then nothing behind them is escaped.
    return first + b"".join(part[1:] if part else next(parts, b"") for part in parts)
