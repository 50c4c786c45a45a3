"""Texts in YAML, for which PyYAML is needed: it is imported by the first text, as most templates are in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr_ecs_constructs.cloudformation.template import Node, TemplateError

if TYPE_CHECKING:
    from ecr_ecs_constructs.cloudformation.yaml_reader import Written


class MissingLibraryError(TemplateError):
    """A text in YAML where PyYAML is not installed; the message says how to install it."""


def parse(content: str, name: str) -> Node:
    """Parse a text in YAML as `yaml_reader.parse` does, which says what it takes, gives and raises besides.

    Raises:
        MissingLibraryError: PyYAML is not installed.
    """
    try:
        from ecr_ecs_constructs.cloudformation import yaml_reader  # noqa: PLC0415 - heavy
    except ModuleNotFoundError:
        raise MissingLibraryError(
            f"{name}: YAML can't be read, as PyYAML is not installed: pip install PyYAML"
        ) from None
    return yaml_reader.parse(content, name)


def parts(content: str) -> Written:
    """Return the parts of a text in YAML that `parse` has taken, with their places."""
    from ecr_ecs_constructs.cloudformation import yaml_reader  # noqa: PLC0415 - heavy

    return yaml_reader.parts(content)
