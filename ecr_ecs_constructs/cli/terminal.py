"""The means of the terminal that standard output is.

Sources:
    https://no-color.org
    https://force-color.org
    https://github.com/zkat/supports-hyperlinks
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from ecr_ecs_constructs.reports.style import PLAIN, Style


def style_of_output(*, plain: bool) -> Style:
    """Return the means of standard output.

    Args:
        plain: whether none of them is to be used.
    """
    environment = os.environ
    if plain or environment.get("NO_COLOR"):
        return PLAIN
    is_terminal = sys.stdout is not None and sys.stdout.isatty() and environment.get("TERM") != "dumb"
    return Style(
        colours=is_terminal or bool(environment.get("FORCE_COLOR")),
        links=is_terminal and _shows_links(environment),
    )


def _shows_links(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal is known to show links; another one may print their targets."""
    version = environment.get("VTE_VERSION", "")
    return (
        any(environment.get(name) in values for name, values in _TERMINALS.items())
        or any(name in environment for name in ("DOMTERM", "KONSOLE_VERSION", "WT_SESSION"))
        or (version.isdecimal() and int(version) >= 5000)  # GNOME Terminal and others, since 0.50
    )


_TERMINALS = {
    "TERM_PROGRAM": {"Hyper", "WezTerm", "ghostty", "iTerm.app", "terminology", "vscode"},
    "TERM": {"alacritty", "alacritty-direct", "xterm-ghostty", "xterm-kitty"},
    "COLORTERM": {"xfce4-terminal"},
}
