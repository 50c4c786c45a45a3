"""The elements of a statement: effect, actions, resources, conditions and principals.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import TRANSFORM
from ecr_ecs_constructs.cloudformation.validity.policies import EFFECTS
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, scalar, text
from ecr_ecs_constructs.pull.answer import Answer, all_of
from ecr_ecs_constructs.pull.iam.conditions import Condition
from ecr_ecs_constructs.pull.iam.requests import NOBODY, SOMEBODY, Address, Request
from ecr_ecs_constructs.pull.texts.pattern import Form, Truth, matches, some

_YES, _NO = Answer(True), Answer(False)


class Elements(NamedTuple):
    """The elements of a statement.

    Attributes:
        effect: `Allow` or `Deny`.
        actions: the patterns of `Action`, or of `NotAction`.
        but_actions: whether it is `NotAction`.
        resources: the patterns of `Resource`, or of `NotResource`.
        but_resources: whether it is `NotResource`.
        conditions: the conditions, all of which must be met.
        principals: the kind and the value of each `Principal`, or `NotPrincipal`.
        but_principals: whether it is `NotPrincipal`.
        problem: why the statement can't be read; nothing else is known of it then.
    """

    effect: str = ""
    actions: tuple[str | Text, ...] = ()
    but_actions: bool = False
    resources: tuple[str | Text, ...] = ()
    but_resources: bool = False
    conditions: tuple[Condition, ...] = ()
    principals: tuple[tuple[str, str | Text], ...] = ()
    but_principals: bool = False
    problem: str = ""

    def applies(self, effect: str, request: Request, *, local: bool, variables: bool) -> Answer:
        """Return whether they have an effect on a request, whoever makes it.

        Args:
            effect: `Allow` or `Deny`.
            request: the request.
            local: whether they are written in the template of the request.
            variables: whether policy variables have a meaning in them.
        """
        if self.problem:
            return Answer(None, self.problem)
        if self.effect != effect:
            return _NO
        return all_of(self._parts(request, local=local, variables=variables))

    def _parts(self, request: Request, *, local: bool, variables: bool) -> Iterator[Answer]:
        yield self._acts(request.action)
        yield self._concerns(request, local=local, variables=variables)
        for condition in self.conditions:
            context = request.context()
            yield condition.met(context, local=local, variables=context if variables else None)

    def acts(self, action: str) -> Truth:
        """Return whether they are about an action."""
        return None if self.problem else self._acts(action).truth

    def _acts(self, action: str) -> Answer:
        literal = tuple([pattern for pattern in self.actions if isinstance(pattern, str)])
        truth: Truth = matches_action(literal, action)
        if not truth and len(literal) < len(self.actions):
            truth = some(matches(_lower(p), action.lower(), Form.LIKE) for p in self.actions if isinstance(p, Text))
        if truth is None:
            return Answer(None, f"action {_listed(self.actions)}")
        return _NO if truth is self.but_actions else _YES

    def _concerns(self, request: Request, *, local: bool, variables: bool) -> Answer:
        if not self.resources:  # the policy of a resource needs none
            return _YES if self.principals else Answer(None, "a Resource")
        unknown: list[str | Text] = []
        for pattern in self.resources:
            context = request.context() if variables and _has_variable(pattern) else None
            truth = matches(pattern, request.resource, Form.RESOURCE, local=local, variables=context)
            if truth:
                return _NO if self.but_resources else _YES
            if truth is None:
                unknown.append(pattern)
        if unknown:
            return Answer(None, f"whether {request.resource} is {_listed(unknown)}")
        return _YES if self.but_resources else _NO

    def partition_of(self, request: Request) -> str:
        """Return the partition that an ARN of theirs has where that of a request is known by the templates' ARNs alone.

        Empty where the request, or all ARNs of theirs, leave it open, and where the region of the request decides it.
        """
        held = [(self.resources, request.resource)]
        for condition in self.conditions:
            value = request.context().get(condition.key.lower())
            held += [(condition.values, each) for each in ((value,) if isinstance(value, (str, Text)) else value or ())]
        for patterns, value in held:
            hole = next(
                (each for each in pieces_of(value) if isinstance(each, Hole) and each.kind is Kind.PARTITION), None
            )
            told = hole.pattern if hole is not None else None
            if told and any(str(pattern).startswith(f"arn:{told}:") for pattern in patterns):
                return told
        return ""

    def addresses(self, request: Request, *, local: bool, bounded: bool) -> Address:
        """Return by which principal they mean whoever makes a request, whatever it is.

        Args:
            request: the request.
            local: whether they are written in the template of the request.
            bounded: whether the role has a permissions boundary.
        """
        named = [request.principal.named(kind, value, local=local).truths for kind, value in self.principals]
        if self.problem or not named:
            return SOMEBODY
        everyone, itself, account = map(some, zip(*named, strict=True))
        address = Address(everyone, itself, account)
        if not self.but_principals:
            return address
        if self.effect == "Allow":  # "not supported"
            return SOMEBODY
        if address.everyone is True:
            return NOBODY
        # A role's session is spared only where the role, its session and its account are all named.
        is_spared = address.truth is not False and not bounded
        return Address(None if is_spared else True, False, False)


def read(value: Value) -> Elements:
    """Read the elements of a statement."""
    if not isinstance(value, dict):
        return Elements(problem="all that stands")
    if TRANSFORM in value:
        return Elements(problem=f"what {TRANSFORM} adds")
    effect = value.get("Effect")
    if effect not in EFFECTS:
        return Elements(problem=f"the effect {effect}" if isinstance(effect, Text) else "an Effect of Allow or Deny")
    if ("Action" in value) is ("NotAction" in value):
        return Elements(problem="one of Action and NotAction")
    if "Resource" in value and "NotResource" in value:
        return Elements(problem="one of Resource and NotResource")
    conditions = _conditions(value.get("Condition"))
    if conditions is None:
        return Elements(problem="a Condition that is an object")
    principals = _principals(value.get("Principal", value.get("NotPrincipal")))
    if principals is None:
        return Elements(problem="a Principal that is an object")
    return Elements(
        effect,
        _texts(value.get("Action", value.get("NotAction"))),
        "NotAction" in value,
        _texts(value.get("Resource", value.get("NotResource"))),
        "NotResource" in value,
        conditions,
        principals,
        "NotPrincipal" in value,
    )


def _texts(value: Value) -> tuple[str | Text, ...]:
    """Return the elements of a list, or the one element that stands for a list of one."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple([element for item in value for element in _texts(item)])
    if isinstance(value, Hole):
        return (Text((value,)),)
    if isinstance(value, Text):
        return (value,)
    literal = scalar(value)
    return () if literal is None else (literal,)


def _conditions(value: Value) -> tuple[Condition, ...] | None:
    """Return the conditions of a statement, None where they can't be read."""
    if value is None:
        return ()
    if not isinstance(value, dict):
        return None
    found: list[Condition] = []
    for operator, keys in value.items():
        if not isinstance(keys, dict):
            return None
        found += [Condition(operator, key, _texts(values)) for key, values in keys.items()]
    return tuple(found)


def _principals(value: Value) -> tuple[tuple[str, str | Text], ...] | None:
    """Return the kind and the value of each principal of a statement, None where they can't be read."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple((kind, element) for kind, elements in value.items() for element in _texts(elements))
    return (("AWS", value),) if value == "*" or isinstance(value, Text) else None


@lru_cache(maxsize=65_536)
def matches_action(patterns: tuple[str, ...], action: str) -> bool:
    """Return whether one of the patterns matches an action; case does not count.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return any(matches(pattern.lower(), action.lower(), Form.LIKE) for pattern in patterns)


def _lower(pattern: Text) -> str | Text:
    return text(*(piece.lower() if isinstance(piece, str) else piece for piece in pattern.pieces))


def _listed(texts: Sequence[str | Text]) -> str:
    return " or ".join(map(str, texts))


def _has_variable(pattern: str | Text) -> bool:
    if isinstance(pattern, str):
        return "${" in pattern
    return any(isinstance(piece, str) and "${" in piece for piece in pattern.pieces)
