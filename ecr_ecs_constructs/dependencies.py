"""Dependencies on constructs that are made later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import constructs

if TYPE_CHECKING:
    from collections.abc import Callable


def add_late_dependency(dependent: constructs.IConstruct, roots: Callable[[], list[constructs.IConstruct]]) -> None:
    """Make the resources of a construct wait for those of constructs that are known only when the app is synthesized.

    Args:
        dependent: the construct whose resources wait.
        roots: returns the constructs whose resources they wait for.
    """
    group = constructs.DependencyGroup()
    constructs.Dependable.implement(group, _Late(roots))
    dependent.node.add_dependency(group)


class _Late(constructs.Dependable):
    def __init__(self, roots: Callable[[], list[constructs.IConstruct]]) -> None:
        super().__init__()
        self._roots = roots

    @property
    def dependency_roots(self) -> list[constructs.IConstruct]:
        return self._roots()
