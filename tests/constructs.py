"""What the public classes say of themselves: the class of CDK that each builds on, what it adds, and its hooks."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, NamedTuple

import aws_cdk as cdk
from constructs import Construct

import ecr_ecs_constructs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLASSES: Sequence[type] = [
    each for name in ecr_ecs_constructs.__all__ if isinstance(each := getattr(ecr_ecs_constructs, name), type)
]
"""The public classes, in the order of the package's `__all__`."""

CONSTRUCTS = [each for each in CLASSES if issubclass(each, Construct)]
"""Those of them that are constructs."""

_HOOK = re.compile(r"(?:Return|Make) (?P<decides>.*?); a hook(?:, |\.\n\nIt is )called (?P<when>.*?)\.\s", re.DOTALL)
"""How the docstring of a hook begins."""


class Hook(NamedTuple):
    """A method that teams override.

    Attributes:
        name: its name.
        call: its name and its parameters, as a caller writes them.
        decides: what it decides.
        when: when it is called.
    """

    name: str
    call: str
    decides: str
    when: str


def first_sentence(cls: type) -> str:
    """Return the first sentence of a docstring, in one line."""
    paragraph = _lines(cls).partition("\n\n")[0].replace("\n", " ")
    return re.split(r"(?<=\.) ", paragraph, maxsplit=1)[0]


def foundation(cls: type) -> str:
    """Return the class of CDK that a class extends, else those that its line `Builds on:` names; empty for none."""
    for base in cls.__mro__:
        if base.__module__.startswith(f"{cdk.__name__}."):
            return f"`{_short(base)}`"
    told = re.search(r"^Builds on: (.*?)\.$", _lines(cls), re.MULTILINE)
    return told[1] if told else ""


def told_hooks(cls: type) -> Sequence[str]:
    """Return the names in the line `Hooks:` of a docstring."""
    told = re.search(r"^Hooks: (.*?)\.$", _lines(cls), re.MULTILINE | re.DOTALL)
    return re.findall(r"`(\w+)`", told[1]) if told else ()


def methods_called_hooks(cls: type) -> Sequence[str]:
    """Return the names of the methods whose docstrings call them hooks in their first paragraph."""
    methods = inspect.getmembers(cls, inspect.isfunction)
    return [name for name, value in methods if "; a hook" in _lines(value).partition("\n\n")[0]]


def hooks(cls: type) -> Sequence[Hook]:
    """Return the hooks of a class, as their docstrings tell of them."""
    return [_hook(name, getattr(cls, name)) for name in methods_called_hooks(cls)]


def _hook(name: str, function: Callable[..., object]) -> Hook:
    text = _lines(function)
    found = _HOOK.match(f"{text}\n")
    assert found, (
        f"{name} must say when it is called, as in 'Return …; a hook, called ….', got {text.splitlines()[0]!r}"
    )
    own = str(
        inspect.signature(function).replace(return_annotation=inspect.Signature.empty, parameters=_bare(function))
    )
    return Hook(name, f"{name}{own}", *(" ".join(part.split()) for part in found.group("decides", "when")))


def construct_table(classes: Sequence[type] = CLASSES) -> str:
    """Return a table of what classes add to CDK."""
    rows = [f"| `{each.__name__}` | {on} | {first_sentence(each)} |" for each in classes if (on := foundation(each))]
    return "\n".join(("| class | builds on | what it is |", "|---|---|---|", *rows))


def hook_table(classes: Sequence[type] = CLASSES) -> str:
    """Return a table of the hooks of classes; what several share has one row, and names as above are left out."""
    owners: dict[Hook, str] = {}
    for cls in classes:
        for hook in hooks(cls):
            owners[hook] = ", ".join(each for each in (owners.get(hook), f"`{cls.__name__}`") if each)
    rows, above = [], ""
    for hook, names in owners.items():
        rows.append(f"| {names if names != above else ''} | `{hook.call}` | {hook.decides} | {hook.when} |")
        above = names
    return "\n".join(("| class | hook | what it decides | when it is called |", "|---|---|---|---|", *rows))


def _bare(function: Callable[..., object]) -> list[inspect.Parameter]:
    """Return the parameters of a method but its object, without their types."""
    _, *others = inspect.signature(function).parameters.values()
    return [each.replace(annotation=inspect.Parameter.empty) for each in others]


def _lines(described: object) -> str:
    return inspect.getdoc(described) or ""


def _short(cls: type) -> str:
    """Return the name of a class of CDK as the documents write it, such as `ecs.Cluster`."""
    return f"{cls.__module__.rpartition('.')[2].removeprefix('aws_')}.{cls.__name__}"
