"""The errors that cfn-lint finds in a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def errors(template: str, *regions: str) -> Sequence[str]:
    """Return them as texts.

    Args:
        template: in JSON.
        regions: where it is deployed; that of cfn-lint's default if there are none.
    """
    # Its imports take a second, which every process that collects tests would spend.
    from cfnlint import lint  # noqa: PLC0415

    return [str(found) for found in lint(template, regions=list(regions)) if found.rule.severity == "error"]
