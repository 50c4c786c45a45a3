"""Where templates are deployed that do not say so themselves, and with which parameters.

Sources:
    https://docs.aws.amazon.com/cdk/v2/guide/environments.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html (files of parameters)
    https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/ (--parameter-overrides)
    https://docs.aws.amazon.com/codepipeline/latest/userguide/cfn-artifacts.html (template configuration files)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.manifests import Context
from ecr_ecs_constructs.cloudformation.reading import Given, Reader
from ecr_ecs_constructs.cloudformation.template import Node, TemplateError

_KEY, _VALUE, _KEPT, _SECTION = "ParameterKey", "ParameterValue", "UsePreviousValue", "Parameters"
_ALLOWED = (
    'must be a list of {"ParameterKey": …, "ParameterValue": …} or of "NAME=VALUE", or an object of values by name, at '
    'its top or below "Parameters"'
)


class Parameter(NamedTuple):
    """A value given for a template's parameter from outside.

    Attributes:
        stack: the name of the only stack that it is for, None for every stack that has such a parameter.
        name: the parameter's name.
        value: its value, a list with commas.
        is_usual: whether it is given once for all calls, so that no template of one call need have the parameter.
    """

    stack: str | None
    name: str
    value: str
    is_usual: bool = False


class Environment(NamedTuple):
    """The account, the region and the stacks of templates that do not say where they are deployed.

    Attributes:
        account: the account, as 12 digits; None where it is not known.
        region: the region; None where it is not known.
        stacks: the files of templates that are no part of a cloud assembly, by their paths or the ends of these, each
            with the name of its stack.
        usual_stacks: such as are given once for all calls, so that the files need not be in one.
    """

    account: str | None = None
    region: str | None = None
    stacks: tuple[tuple[Path, str], ...] = ()
    usual_stacks: tuple[tuple[Path, str], ...] = ()

    def of(self, file: Path, context: Context) -> Context:
        """Return the facts about a template, with what they leave open.

        Args:
            file: its file.
            context: what is known of it.
        """
        named = [name for given, name in (*self.stacks, *self.usual_stacks) if _is(file, given)]
        return context._replace(
            stack_name=context.stack_name or next(iter(named), None),
            account=context.account or self.account,
            region=context.region or self.region,
        )

    def check(self, bare: Sequence[Path]) -> None:
        """Check that each file with a stack is one template without one.

        Args:
            bare: the files of these templates.

        Raises:
            TemplateError: a file is none of them, or several.
        """
        for given, name in self.stacks:
            found = [file for file in bare if _is(file, given)]
            if len(found) != 1:
                those = f"{given}, which is {' and '.join(map(str, found))}" if found else str(given)
                raise TemplateError(
                    f"stack {name!r} must be that of one template outside of a cloud assembly, got {those}"
                )


def _is(file: Path, given: Path) -> bool:
    """Return whether a file is the one that a path names, or the end of one."""
    return os.path.realpath(file) == os.path.realpath(given) or file.parts[-len(given.parts) :] == given.parts


ANY_ENVIRONMENT = Environment()
"""Nothing is known of where templates are deployed that do not say so."""


def read_parameters(file: Path) -> tuple[Parameter, ...]:
    """Return the parameters of a file.

    It has a form of the AWS command line (a list of `ParameterKey` and `ParameterValue`, at its top or below
    `Parameters`, or of `NAME=VALUE`), that of AWS CodePipeline (an object with `Parameters`), or holds values by name;
    a name may begin with that of a stack, `STACK:NAME`. What keeps its previous value is left out.

    Args:
        file: the path of a file in JSON or YAML.

    Raises:
        TemplateError: it can't be read, or has not this form.
    """
    reader = Reader(file, Given.of([file]))
    node = reader.node(file)
    inner = node.get(_SECTION) if isinstance(node, dict) else None
    try:
        return tuple(_parameters(inner if isinstance(inner, (dict, list)) else node))
    except _MisfitError as misfit:
        line = f":{_line(reader.text(file), misfit.key)}" if misfit.key else ""
        raise TemplateError(f"{file}{line}: {misfit.words}") from None


class _MisfitError(Exception):
    """A part of a file that has not the form of parameters.

    Attributes:
        key: the text in the file by which it is found; empty for the file itself.
        words: what it is, and must be.
    """

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key
        self.words = words


def _line(text: str, key: str) -> int:
    """Return the line, from 1, where a key stands first; 1 where it is found in none."""
    name = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    return next((number for number, line in enumerate(text.splitlines(), 1) if name.search(line)), 1)


def _parameters(node: Node) -> Iterator[Parameter]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield _parameter(name, value)
        return
    if not isinstance(node, list):
        raise _MisfitError("", _ALLOWED)
    for index, each in enumerate(node):
        if isinstance(each, str) and each.find("=") > 0:
            name, _, text = each.partition("=")
            yield _parameter(name, text)
            continue
        if not (isinstance(each, dict) and isinstance(each.get(_KEY), str)):
            raise _MisfitError("", f"[{index}]: {_ALLOWED}")
        if each.get(_KEPT) is not True:
            yield _parameter(str(each[_KEY]), each.get(_VALUE))


def _parameter(name: str, value: Node) -> Parameter:
    stack, _, own = name.rpartition(":")
    items = [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    texts = [item for item in items if item is not None]
    if len(texts) < len(items):
        raise _MisfitError(name, f"parameter {name!r} must be a text, a number, true or false, or a list of these")
    return Parameter(stack or None, own, ",".join(texts))


def _text(value: Node) -> str | None:
    """Return a value as CloudFormation takes it, None for one that it does not take."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None
