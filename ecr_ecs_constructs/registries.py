"""The private registry of an account and region: what it has one of, and the patterns of its repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk as cdk

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from constructs import Construct, IConstruct


def refuse_second(scope: Construct, type_: str, title: str) -> None:
    """Refuse a second resource of which a registry has one.

    Args:
        scope: where it is to be made.
        type_: the type of the resource.
        title: how the message names it.

    Raises:
        ValueError: there is one in the same account and region.
    """
    for made in _of_registry(scope, type_):
        raise ValueError(
            f"scope must be in another account or region, got {scope.node.path!r}: "
            f"a registry has one {title}, and that is {_path(made)!r}"
        )


def refuse_second_prefix(scope: Construct, type_: str, argument: str, prefix: str) -> None:
    """Refuse a second resource for a prefix of repositories.

    Args:
        scope: where it is to be made.
        type_: the type of the resource.
        argument: the name of the argument, which is that of the property.
        prefix: what it got.

    Raises:
        ValueError: there is one for the same prefix in the same account and region.
    """
    for made in _of_registry(scope, type_):
        other = getattr(made, argument)
        if other is not None and other.removesuffix("/") == prefix.removesuffix("/"):
            raise ValueError(
                f"{argument} must be another one, got {prefix!r}: {_path(made)!r} has it in the same registry"
            )


def check_patterns(argument: str, patterns: Sequence[str], form: re.Pattern[str], most: int) -> None:
    """Refuse what are no patterns of repositories.

    Args:
        argument: the name of the argument.
        patterns: what it got; tokens may be among them.
        form: how a pattern is written.
        most: how many characters it has at most.

    Raises:
        ValueError: it is one text, too many, or holds something else.
    """
    if isinstance(patterns, str) or len(patterns) > _MAX_FILTERS:
        raise ValueError(
            f"{argument} must be a list of {_MAX_FILTERS} patterns at most, got {patterns!r}: Amazon ECR takes no more"
        )
    for each in patterns:
        if not cdk.Token.is_unresolved(each) and not (len(each) <= most and form.fullmatch(each)):
            raise ValueError(
                f"{argument} must hold patterns of repository names, got {each!r}: "
                "it is the characters of a name, and '*' for any"
            )


_MAX_FILTERS: Final = 100


def _of_registry(scope: Construct, type_: str) -> Iterator[IConstruct]:
    """Yield the resources of a type that are made in the account and region of a scope."""
    for made in cdk.ConstructSelector.resources_of_type(type_).select(scope.node.root):
        if _is_same(scope, made):
            yield made


def _is_same(one: IConstruct, other: IConstruct) -> bool:
    """Return whether two constructs surely are deployed to one account and region.

    What is left open is the same for the stacks of a cloud assembly, and may differ between stages, which are deployed
    one by one.
    """
    joint = cdk.Stage.of(one) is cdk.Stage.of(other)
    stacks = cdk.Stack.of(one), cdk.Stack.of(other)
    for first, second in ([stack.account for stack in stacks], [stack.region for stack in stacks]):
        is_open = cdk.Token.is_unresolved(first), cdk.Token.is_unresolved(second)
        if not (joint if all(is_open) else first == second):
            return False
    return True


def _path(made: IConstruct) -> str:
    """Return the path of the construct that a user has made."""
    parent = made.node.scope
    return parent.node.path if made.node.id == "Resource" and parent is not None else made.node.path
