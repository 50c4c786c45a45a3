"""Work whose results all live until its end, and the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the cyclic garbage collector off, where nothing becomes garbage that it could find.

    It would look through everything loaded so far, again and again: a third of the time of a large assembly, and more
    of it inside a synthesis, whose own objects it would look through too.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
