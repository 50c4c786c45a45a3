"""Parameters and outputs."""

from __future__ import annotations

from tests.mutations.declared.declaration import TEXT, Declared, H

SECTIONS = (
    Declared(H, "Parameters", ("*/Description", "Description"), TEXT, "is for people"),
    Declared(H, "Outputs", ("*/Description", "Description"), TEXT, "is for people"),
)
