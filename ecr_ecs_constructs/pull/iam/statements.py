"""The statements of IAM policies, and whether one applies to a request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Node, Resource, Template
from ecr_ecs_constructs.cloudformation.values import (
    ABSENT,
    Hole,
    Text,
    Value,
    pieces_of,
    scalar,
    text,
)
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Form, Truth, every, matches, negate, same, some


class Principal:
    """The role that makes a request.

    Args:
        arn: its ARN.
        account: the ID of its account.
        partition: the partition of its account.
    """

    def __init__(self, arn: str | Text, account: str | Text, partition: str | Text) -> None:
        self.arn = arn
        self.account = account
        self.partition = partition

    @cached_property
    def root(self) -> str | Text:
        """The ARN that stands for its account."""
        return text("arn:", self.partition, ":iam::", self.account, ":root")

    @cached_property
    def sessions(self) -> str | Text | None:
        """The pattern of the ARNs of its sessions; None where the name of the role can't be told from its path."""
        name = text(*self._after_slash)
        return text("arn:", self.partition, ":sts::", self.account, ":assumed-role/", name, "/*") if name else None

    @cached_property
    def context(self) -> Mapping[str, ContextValue]:
        """The values of the condition keys that it decides, by key in lower case."""
        return {
            "aws:principalarn": self.arn,
            "aws:principalaccount": self.account,
            "aws:principaltype": "AssumedRole",
            "aws:principalisawsservice": "false",
            "aws:username": (),
        }

    def named(self, kind: str, value: str | Text, *, local: bool) -> Address:
        """Return by which principal an element of `Principal` means it.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

        Args:
            kind: the kind of principal: `AWS`.
            value: the element.
            local: whether it is written in the template of the request.
        """
        if kind != "AWS":
            return Address(False, False, False)
        everyone = same(value, "*", local=local)
        account = some((same(value, self.account, local=local), same(value, self.root, local=local)))
        role = same(value, self.arn, local=local)
        if role is False and isinstance(value, str):
            if re.fullmatch(r"AROA[A-Z0-9]+", value):  # the unique ID of a role
                role = None
            elif ":assumed-role/" in value:  # a session, whose name is known only at run time
                sessions = self.sessions
                role = None if sessions is None or matches(sessions, value, Form.LIKE) is not False else False
        return Address(everyone, role, account)

    @property
    def _after_slash(self) -> Iterator[str | Hole]:
        pieces = pieces_of(self.arn)
        last = max((i for i, piece in enumerate(pieces) if isinstance(piece, str) and "/" in piece), default=None)
        if last is not None:
            yield str(pieces[last]).rpartition("/")[2]
            yield from pieces[last + 1 :]


class Service(Principal):
    """The service of AWS that makes a request.

    Args:
        names: all its names.
        account: the account for which it does.
        context: the values of the condition keys that it sets, by key in lower case.
    """

    def __init__(self, names: tuple[str | Text, ...], account: str | Text, context: Mapping[str, ContextValue]) -> None:
        super().__init__(names[0], account, "")
        self._names = names
        self._context = context

    @cached_property
    def context(self) -> Mapping[str, ContextValue]:
        """The values of the condition keys that it sets, by key in lower case."""
        return self._context

    def named(self, kind: str, value: str | Text, *, local: bool) -> Address:
        """Return by which principal an element of `Principal` means it; whether `*` does is not documented.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

        Args:
            kind: the kind of principal: `Service`.
            value: the element.
            local: whether it is written in the template of the request.
        """
        if kind == "Service":
            return Address(False, some(same(value, name, local=local) for name in self._names), False)
        everyone = kind == "AWS" and same(value, "*", local=local) is not False
        return Address(None if everyone else False, False, False)


class Request(NamedTuple):
    """One request of a role, or a service, to AWS.

    Attributes:
        principal: the role, or the service.
        action: what it does: `ecr:BatchGetImage`.
        resource: the ARN of the resource that it acts on, `*` for an action without resources.
        template: the template in which the names of parameters in `resource` and `context` mean something.
        context: what returns the values of condition keys, by key in lower case. What is not in it is not known.
    """

    principal: Principal
    action: str
    resource: str | Text
    template: Template | None
    context: Callable[[], Mapping[str, ContextValue]]


class Policy(NamedTuple):
    """One policy document and where it stands.

    Attributes:
        title: what it is called in messages: `policy 'Pull' of TaskRole`.
        resource: the resource whose property it is; None for an AWS managed policy.
        arn: the ARN, for an AWS managed policy.
    """

    title: str
    resource: Resource | None = None
    arn: str | None = None

    def __str__(self) -> str:
        return self.title


class _Answer(NamedTuple):
    """Whether something is so, and what is missing to know it."""

    truth: Truth
    missing: str = ""


_YES, _NO = _Answer(True), _Answer(False)


class Statement:
    """One statement of a policy document.

    Attributes:
        policy: the policy.
        index: its place in the policy, from 0.
        actions: the only actions that it can apply to, where that is plain.
        variables: whether policy variables have a meaning in it: those of version 2008-10-17 are plain text.
        values: all that the statement can be.

    Args:
        doubt: what would have to be known to tell whether it counts; empty where it surely does.
    """

    def __init__(
        self, policy: Policy, index: int, values: tuple[Value, ...], *, variables: bool = True, doubt: str = ""
    ) -> None:
        self.policy = policy
        self.index = index
        self.variables = variables
        self.values: tuple[Value, ...] = (*values, ABSENT) if doubt else values
        self._node: Node = values[0] if len(values) == 1 else None
        self.actions = _plain_actions(self._node)
        self._given = values
        self._doubt = doubt

    def doubted(self, doubt: str) -> Statement:
        """Return the same statement, of which it is not known whether it counts.

        Args:
            doubt: what would have to be known.
        """
        return Statement(self.policy, self.index, self._given, variables=self.variables, doubt=self._doubt or doubt)

    @property
    def sid(self) -> str | None:
        """Its `Sid`, None where it has none."""
        sid = self._node.get("Sid") if self.actions is not None else ABSENT
        if sid is None or (isinstance(sid, str) and "{{" not in sid):
            return sid
        value = self.values[0]
        sid = value.get("Sid") if isinstance(value, dict) else None
        return sid if isinstance(sid, str) else None

    def __str__(self) -> str:
        return str(self.policy) if self.policy.arn else f"statement {self.sid or self.index + 1} of {self.policy}"

    def stands_in(self, template: Template | None) -> bool:
        """Return whether it is written in a template."""
        return self.policy.resource is not None and self.policy.resource.template is template

    @cached_property
    def _bodies(self) -> tuple[_Body, ...]:
        return tuple([_read(value) for value in self.values])

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects that it can have."""
        if self.actions is not None:
            return (self._node["Effect"],)
        if any(body.problem for body in self._bodies):
            return _EFFECTS
        return tuple(effect for effect in _EFFECTS if any(body.effect == effect for body in self._bodies))

    def concerns(self, actions: tuple[str, ...], resources: Sequence[str | Text]) -> Sequence[Truth]:
        """Return whether the statement can apply to each of several requests at all; quick, for most can't.

        What it says of two requests that it concerns does not depend on their actions.

        Args:
            actions: what is requested.
            resources: the resource of each request.

        Returns:
            The answer for each request, None where not even that is sure of its action; nothing if it concerns none.
        """
        if self.actions is None:
            return [_agreed([body.acts(action) for body in self._bodies]) for action in actions]
        named = _some_actions(self.actions, actions)
        pattern = self._node.get("Resource") if named else None
        if not isinstance(pattern, str) or "{{" in pattern or _is_open(pattern):
            return named
        return [truth and (r == pattern or not isinstance(r, str)) for truth, r in zip(named, resources, strict=True)]

    @property
    def _is_everywhere(self) -> bool:
        """Whether nothing but its actions decides whether it applies."""
        plain = self.actions is not None and not self._doubt and self._node.get("Resource") == "*"
        return plain and self._node.keys() <= _PLAIN_KEYS

    def applies(self, effect: str, request: Request) -> tuple[Truth, str]:
        """Return whether the statement has an effect on a request of an identity that carries it.

        Args:
            effect: `Allow` or `Deny`.
            request: the request.

        Returns:
            The answer, and what is missing to know it.
        """
        if self._is_everywhere:
            return effect in self.effects and _some_action(self.actions or (), request.action), ""
        answers = [body.applies(effect, request, self) for body in self._bodies]
        truth = _agreed([answer.truth for answer in answers])
        if truth is not None:
            return truth, ""
        return None, f"{next((a.missing for a in answers if a.missing), self._doubt or 'a parameter')} in {self}"

    def addresses(self, effect: str, request: Request, *, bounded: bool = False) -> tuple[Address, str]:
        """Return whether the statement, of a resource's policy, has an effect on a request, and by which principal.

        Args:
            effect: `Allow` or `Deny`.
            request: the request.
            bounded: whether the role has a permissions boundary.

        Returns:
            The answers for each way to name the role, and what is missing to know them.
        """
        addresses = [body.addresses(request, self, bounded=bounded) for body in self._bodies]
        truth, missing = self.applies(effect, request)
        if truth is False:
            return Address(False, False, False), ""
        sides = [_agreed(side) for side in zip(*addresses, strict=True)]
        address = Address(*(every((truth, side)) for side in sides))
        return address, missing or f"whom {self} addresses"


_PLAIN_KEYS = frozenset({"Sid", "Effect", "Action", "Resource"})


def _plain_actions(statement: Node) -> tuple[str, ...] | None:
    """Return the actions of a statement, whether its functions are evaluated or not, None where they are not plain."""
    if not isinstance(statement, dict) or statement.get("Effect") not in _EFFECTS:
        return None
    if "NotAction" in statement or TRANSFORM in statement:
        return None
    actions = statement.get("Action")
    if isinstance(actions, str):
        actions = (actions,)
    elif not isinstance(actions, list) or not actions:
        return None
    for action in actions:
        if not isinstance(action, str) or "{{" in action:
            return None
    return tuple(actions)


def _agreed(truths: Sequence[Truth]) -> Truth:
    """Return the answer that holds in every world."""
    first = truths[0] if truths else None
    for truth in truths:
        if truth is not first:
            return None
    return first


class Address(NamedTuple):
    """By which principal a statement means a role.

    Attributes:
        everyone: by `*`.
        role: by the role's own ARN.
        account: by the account of the role.
    """

    everyone: Truth
    role: Truth
    account: Truth


_EFFECTS = ("Allow", "Deny")


class _Condition(NamedTuple):
    operator: str
    key: str
    values: tuple[str | Text, ...]


class _Body(NamedTuple):
    """One value of a statement, read."""

    effect: str = ""
    actions: tuple[str | Text, ...] = ()
    but_actions: bool = False
    resources: tuple[str | Text, ...] = ()
    but_resources: bool = False
    conditions: tuple[_Condition, ...] = ()
    principals: tuple[tuple[str, str | Text], ...] = ()
    but_principals: bool = False
    problem: str = ""  # why it can't be read

    def applies(self, effect: str, request: Request, statement: Statement) -> _Answer:
        if self.problem:
            return _Answer(None, self.problem)
        if self.effect != effect:
            return _NO
        acts = self._acts(request.action)
        if acts.truth is False:
            return _NO
        local = statement.stands_in(request.template)
        concerns = self._concerns(request, statement, local)
        if concerns.truth is False:
            return _NO
        missing = acts.missing or concerns.missing
        for condition in self.conditions:
            context = request.context()
            met = _met(condition, context, local, context if statement.variables else None)
            if met.truth is False:
                return _NO
            if met.truth is None:
                missing = missing or met.missing
        return _Answer(None, missing) if missing else _YES

    def acts(self, action: str) -> Truth:
        return None if self.problem else self._acts(action).truth

    def _acts(self, action: str) -> _Answer:
        literal = tuple([pattern for pattern in self.actions if isinstance(pattern, str)])
        truth: Truth = _some_action(literal, action)
        if not truth and len(literal) < len(self.actions):
            truth = some(matches(_lower(p), action.lower(), Form.LIKE) for p in self.actions if isinstance(p, Text))
        if truth is None:
            return _Answer(None, f"action {_listed(self.actions)}")
        return _NO if truth is self.but_actions else _YES

    def _concerns(self, request: Request, statement: Statement, local: bool) -> _Answer:
        if not self.resources:  # the policy of a resource needs none
            return _YES if self.principals else _Answer(None, "a Resource")
        unknown: list[str | Text] = []
        for pattern in self.resources:
            variables = request.context() if statement.variables and _has_variable(pattern) else None
            truth = matches(pattern, request.resource, Form.RESOURCE, local=local, variables=variables)
            if truth:
                return _NO if self.but_resources else _YES
            if truth is None:
                unknown.append(pattern)
        if unknown:
            return _Answer(None, f"whether {request.resource} is {_listed(unknown)}")
        return _YES if self.but_resources else _NO

    def addresses(self, request: Request, statement: Statement, *, bounded: bool) -> Address:
        if self.problem:
            return Address(None, None, None)
        if not self.effect:  # it is not there
            return Address(False, False, False)
        local = statement.stands_in(request.template)
        named = [request.principal.named(kind, value, local=local) for kind, value in self.principals]
        if not named:
            return Address(None, None, None)
        address = Address(*map(some, zip(*named, strict=True)))
        if not self.but_principals:
            return address
        if self.effect == "Allow":  # "not supported"
            return Address(None, None, None)
        if address.everyone is True:
            return Address(False, False, False)
        # A role's session is spared only where the role, its session and its account are all named.
        spared = some(address) is not False and not bounded
        return Address(None if spared else True, False, False)


# reading


def _read(value: Value) -> _Body:
    """Read one value of a statement.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if value is ABSENT:
        return _Body()
    if not isinstance(value, dict):
        return _Body(problem="all that stands")
    if TRANSFORM in value:
        return _Body(problem=f"what {TRANSFORM} adds")
    effect = value.get("Effect")
    if effect not in _EFFECTS:
        return _Body(problem=f"the effect {effect}" if isinstance(effect, Text) else "an Effect of Allow or Deny")
    if ("Action" in value) is ("NotAction" in value):
        return _Body(problem="one of Action and NotAction")
    if "Resource" in value and "NotResource" in value:
        return _Body(problem="one of Resource and NotResource")
    conditions = _conditions(value.get("Condition"))
    principals = _principals(value.get("Principal", value.get("NotPrincipal")))
    if conditions is None or principals is None:
        return _Body(problem="a Condition that is an object" if conditions is None else "a Principal that is an object")
    return _Body(
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


def _conditions(value: Value) -> tuple[_Condition, ...] | None:
    if value is None:
        return ()
    if not (isinstance(value, dict) and all(isinstance(keys, dict) for keys in value.values())):
        return None
    return tuple(
        _Condition(operator, key, _texts(values)) for operator, keys in value.items() for key, values in keys.items()
    )


def _principals(value: Value) -> tuple[tuple[str, str | Text], ...] | None:
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple((kind, element) for kind, elements in value.items() for element in _texts(elements))
    return (("AWS", value),) if value == "*" or isinstance(value, Text) else None


def _lower(pattern: Text) -> str | Text:
    return text(*(piece.lower() if isinstance(piece, str) else piece for piece in pattern.pieces))


def _listed(texts: Sequence[str | Text]) -> str:
    return " or ".join(map(str, texts))


@lru_cache(maxsize=65_536)
def _is_open(resource: str) -> bool:
    """Return whether a pattern can match another text than itself."""
    return _OPEN.search(resource) is not None or resource.count(":") < 5


_OPEN = re.compile("[*?$]")


@lru_cache(maxsize=65_536)
def _some_action(patterns: tuple[str, ...], action: str) -> bool:
    """Return whether one of the patterns matches an action; case does not count.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return any(matches(pattern.lower(), action.lower(), Form.LIKE) for pattern in patterns)


@lru_cache(maxsize=65_536)
def _some_actions(patterns: tuple[str, ...], actions: tuple[str, ...]) -> tuple[bool, ...]:
    """Return whether one of the patterns matches each action; nothing if they match none."""
    found = tuple([_some_action(patterns, action) for action in actions])
    return found if True in found else ()


def _has_variable(pattern: str | Text) -> bool:
    if isinstance(pattern, str):
        return "${" in pattern
    return any(isinstance(piece, str) and "${" in piece for piece in pattern.pieces)


# conditions

_OPERATORS: Mapping[str, tuple[Form | None, bool]] = {
    "stringequals": (Form.EXACT, False),
    "stringnotequals": (Form.EXACT, True),
    "stringequalsignorecase": (Form.IGNORE_CASE, False),
    "stringnotequalsignorecase": (Form.IGNORE_CASE, True),
    "stringlike": (Form.LIKE, False),
    "stringnotlike": (Form.LIKE, True),
    "arnequals": (Form.ARN, False),
    "arnlike": (Form.ARN, False),
    "arnnotequals": (Form.ARN, True),
    "arnnotlike": (Form.ARN, True),
    "bool": (Form.IGNORE_CASE, False),
    **{
        f"{kind}{name}": (None, False) for kind in ("numeric", "date") for name in ("equals", "lessthan", "greaterthan")
    },
    **{f"{kind}{name}thanequals": (None, False) for kind in ("numeric", "date") for name in ("less", "greater")},
    "numericnotequals": (None, True),
    "datenotequals": (None, True),
    "binaryequals": (None, False),
    "ipaddress": (None, False),
    "notipaddress": (None, True),
}
"""How each condition operator reads its values, None for those that are not decided here, and whether it negates.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""


def _met(
    condition: _Condition,
    context: Mapping[str, ContextValue],
    local: bool,
    variables: Mapping[str, ContextValue] | None,
) -> _Answer:
    """Return whether a request meets a condition.

    Sources:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    missing = f"condition {condition.operator} on {condition.key}"
    quantifier, _, operator = condition.operator.lower().rpartition(":")
    optional = operator.endswith("ifexists")
    operator = operator.removesuffix("ifexists")
    value = context.get(condition.key.lower())
    if value is None:
        return _Answer(None, missing)
    if operator == "null":
        sought = "true" if value == () else "false"
        return _Answer(some(matches(v, sought, Form.IGNORE_CASE) for v in condition.values), missing)
    if operator not in _OPERATORS or quantifier not in ("", "foranyvalue", "forallvalues"):
        return _Answer(None, missing)
    form, negated = _OPERATORS[operator]
    if value == ():
        return _Answer(optional or quantifier == "forallvalues" or (negated and not quantifier), missing)
    if form is None or not (quantifier or isinstance(value, (str, Text))):
        return _Answer(None, missing)

    def meets(one: str | Text) -> Truth:
        met = some(matches(v, one, form, local=local, variables=variables) for v in condition.values)
        return negate(met) if negated else met

    values = (value,) if isinstance(value, (str, Text)) else value
    return _Answer((every if quantifier == "forallvalues" else some)(map(meets, values)), missing)
