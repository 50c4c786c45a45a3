"""The tables of constructs and hooks hold all of them: what a docstring leaves out is found here."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import pytest
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from tests import constructs
from tests.constructs import CLASSES, CONSTRUCTS, construct_table, hook_table, hooks, methods_called_hooks, told_hooks
from tests.test_imports import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVERY_HOOK = {hook.name for each in CLASSES for hook in hooks(each)}


@pytest.mark.parametrize("cls", CONSTRUCTS, ids=lambda cls: cls.__name__)
def test_what_a_construct_builds_on_is_of_cdk(cls: type) -> None:
    names = re.findall("`(.*?)`", constructs.foundation(cls))
    assert names, "its docstring must have a line such as 'Builds on: `ecr.CfnRegistryPolicy`.'"
    for module, name in (each.split(".") for each in names):
        assert hasattr(importlib.import_module(f"aws_cdk.aws_{module}"), name)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_docstring_names_each_hook(cls: type) -> None:
    assert [*told_hooks(cls)] == [*methods_called_hooks(cls)], "its docstring must have a line 'Hooks: …'"


@pytest.mark.parametrize("module", MODULES)
def test_what_is_called_a_hook_is_one(module: str) -> None:
    """As in a message that refuses an argument: `override the hook create_role`."""
    text = MODULES[module].read_text(encoding="utf-8")
    assert {*re.findall(r"\bhook `?([a-z]+_[a-z_]+)", text)} <= EVERY_HOOK


class Team(ecr.Repository):
    """A repository of a team.  It has more."""

    def told(self) -> None:
        """Return nothing; a hook, called as it is made."""

    def told_behind(self) -> None:
        """Make nothing at all, also where
        nobody asks; a hook.

        It is called by nobody. It never was.
        """

    def helper(self) -> None:
        """Return something else."""


class Group(Construct):
    """Several things
    together. And more.

    Builds on: `ecr.CfnRegistryPolicy`, `ecr.CfnSigningConfiguration`.

    Hooks: `one`,
    `other`.
    """

    def one(self) -> None:
        """Return one; a hook, of which nobody knows when it is called."""


def test_tables() -> None:
    assert construct_table([Team, Group, str]).splitlines()[2:] == [
        "| `Team` | `ecr.Repository` | A repository of a team. |",
        "| `Group` | `ecr.CfnRegistryPolicy`, `ecr.CfnSigningConfiguration` | Several things together. |",
    ]
    assert hook_table([Team, str, Team]).splitlines()[2:] == [
        "| `Team`, `Team` | `told()` | nothing | as it is made |",
        "|  | `told_behind()` | nothing at all, also where nobody asks | by nobody |",
    ]


@pytest.mark.parametrize(
    ("ask", "cls", "expected"),
    [
        pytest.param(told_hooks, Team, [], id="docstring without a line"),
        pytest.param(methods_called_hooks, Team, ["told", "told_behind"], id="methods"),
        pytest.param(told_hooks, Group, ["one", "other"], id="docstring with a line"),
        pytest.param(methods_called_hooks, Group, ["one"], id="one of them is no method"),
    ],
)
def test_names(ask: Callable[[type], Sequence[str]], cls: type, expected: list[str]) -> None:
    assert [*ask(cls)] == expected


def test_a_hook_says_when_it_is_called() -> None:
    with pytest.raises(AssertionError, match=r"^one must say when it is called"):
        hooks(Group)
