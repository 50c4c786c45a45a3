"""Keyword arguments: lists of them that stand once, and those that are refused with a reason."""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast, dataclass_transform

from typing_extensions import is_typeddict

from ecr_ecs_constructs.argument_kinds import misfit
from ecr_ecs_constructs.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Class = TypeVar("_Class", bound=type)
_List = TypeVar("_List", bound="Mapping[str, object]")
_Callable = TypeVar("_Callable", bound="Callable[..., object]")
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass_transform(kw_only_default=True)
def argument_list(cls: _Class) -> _Class:
    """Mark a `TypedDict` as a list of keyword arguments.

    A function takes the list by `**options: Unpack[List]`, under `takes(List)`, and hands it on by
    `**List(**options)`. Type checkers understand the first. Editors that complete by jedi, which knows no `Unpack`,
    look into the function for what is called with `**options`; marked as here, the list looks like a data class to
    them, whose fields they show.

    Args:
        cls: the `TypedDict`, with `total=False`. Its docstring describes each argument below `Attributes:`.
    """
    return cls


def takes(
    options: type[Mapping[str, object]] | None = None, *, refuses: Mapping[str, str] = _NONE
) -> Callable[[_Callable], _Callable]:
    """Say which arguments a function, or the `__init__` of a class, takes besides those that it names.

    `inspect.signature` and `help` show all of them. jsii reads the signature of an override: when CDK calls it, jsii
    hands over only the arguments that stand there. In `help` the descriptions of the list stand in place of the line
    `**options: …`.

    Args:
        options: the list of the arguments that it takes by `**options`; each is None if it is not given.
        refuses: the arguments that CDK's function takes and this one does not, with the reason and what to use instead.

    Returns:
        A decorator. What it makes raises `ValueError` for an argument that is refused, unless that is None, and
        `TypeError` for an argument that is unknown, or that fails with a value of another kind than its annotation.
    """

    def decorate(target: _Callable) -> _Callable:
        checked: object = target
        if isinstance(target, type):
            target.__init__ = _checked(target.__init__, options, refuses)  # type: ignore[misc] # the class itself, no other
            target.__doc__ = _documented(target.__doc__, options)
        else:
            checked = _checked(target, options, refuses)
        return cast("_Callable", checked)

    return decorate


def only(options: type[_List], given: Mapping[str, object]) -> _List:
    """Return those arguments that a list names.

    Args:
        options: the list.
        given: the arguments of a longer list.
    """
    names = inspect.get_annotations(options)
    return cast("_List", {name: value for name, value in given.items() if name in names})


def left_out(argument: str, value: object, reason: str) -> ValueError:
    """Return the error for an argument that is refused.

    Args:
        argument: the name of the argument.
        value: what was given.
        reason: why it is refused, and what to use instead.
    """
    return ValueError(f"{argument} must be left out, got {value!r}: {reason}")


def _checked(
    function: Callable[_Parameters, _Result], options: type[Mapping[str, object]] | None, refuses: Mapping[str, str]
) -> Callable[_Parameters, _Result]:
    signature = _signature(function, options)
    positional = [name for name, each in signature.parameters.items() if each.kind in _BY_PLACE]

    @functools.wraps(function)
    def checked(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        for name in [name for name in kwargs if name not in signature.parameters]:
            value = kwargs.pop(name)
            if name not in refuses:
                hint = did_you_mean(name, signature.parameters)
                unexpected = f"{_called(function, args)}() got an unexpected keyword argument {name!r}"
                raise TypeError(f"{unexpected}; {hint}" if hint else unexpected)
            if value is not None:
                raise left_out(name, value, refuses[name])
        if len(args) > len(positional):
            by_name = ", ".join(f"{name}=…" for name in [*signature.parameters][len(positional) :][:3])
            given = f"got {args[len(positional)]!r} behind {positional[-1]}"
            called = _called(function, args)
            raise TypeError(f"{called}() must be given its arguments by their names ({by_name}), {given}")
        try:
            return function(*args, **kwargs)
        except (AttributeError, RuntimeError, TypeError) as error:
            # A value of another kind fails wherever it is first used: in Python, or in CDK as a RuntimeError.
            raise _misfits(signature, args, kwargs) or _named_anew(error, function, args) from error

    checked.__doc__ = _documented(function.__doc__, options)
    checked.__signature__ = signature  # type: ignore[attr-defined] # what inspect.signature looks for first
    return checked


def _misfits(signature: inspect.Signature, args: tuple[object, ...], kwargs: Mapping[str, object]) -> TypeError | None:
    """Return the error for the first argument whose value is of another kind than its annotation says."""
    given = {**dict(zip(signature.parameters, args, strict=False)), **kwargs}
    annotations = {name: signature.parameters[name].annotation for name in given}
    errors = (misfit(name, annotations[name], given[name]) for name in given if isinstance(annotations[name], str))
    return next(filter(None, errors), None)


def _called(function: Callable[..., object], args: tuple[object, ...]) -> str:
    """Return how whoever calls a function knows it: a method by the class of its object, which may inherit it."""
    name = function.__name__
    if not args or name == "__init__" or "self" not in inspect.signature(function).parameters:
        return function.__qualname__
    return f"{type(args[0]).__name__}.{name}"


def _named_anew(error: Exception, function: Callable[..., object], args: tuple[object, ...]) -> Exception:
    """Return an error of the call of a function with the name by which its caller knows it."""
    called, (name, parenthesis, words) = _called(function, args), str(error).partition("()")
    is_own = isinstance(error, TypeError) and parenthesis and name == function.__qualname__ != called
    return TypeError(f"{called}(){words}") if is_own else error


_BY_PLACE: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _signature(function: Callable[..., object], options: type[Mapping[str, object]] | None) -> inspect.Signature:
    signature = inspect.signature(function)
    if options is None:
        return signature
    *named, _ = signature.parameters.values()
    handed_on = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation.__forward_arg__)
        for name, annotation in inspect.get_annotations(options).items()
    ]
    return signature.replace(parameters=[*named, *handed_on])


def _documented(text: str | None, options: type[Mapping[str, object]] | None) -> str | None:
    """Put the descriptions of a list in place of the line that names it."""
    if text is None or options is None:
        return text
    described = _described(options)
    return re.sub(r"(?m)^( *)\*\*options: .*$", lambda found: textwrap.indent(described, found[1]), text)


def _described(options: type[Mapping[str, object]]) -> str:
    bases = [base for base in getattr(options, "__orig_bases__", ()) if is_typeddict(base)]
    _, _, own = inspect.cleandoc(options.__doc__ or "").partition("\nAttributes:\n")
    return "\n".join([*map(_described, bases), textwrap.dedent(own)])
