"""Every message of the judge in one file: `python -m tests.messages --write` writes it anew."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parents[1] / "snapshots" / "messages.txt"
