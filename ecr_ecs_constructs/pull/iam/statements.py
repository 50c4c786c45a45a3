"""The statements of policy documents, and whether one applies to a request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource, Template
from ecr_ecs_constructs.cloudformation.validity.policies import EFFECTS
from ecr_ecs_constructs.cloudformation.values import Text, Value
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.elements import Elements, matches_action, read
from ecr_ecs_constructs.pull.iam.requests import NOBODY, Address, Request
from ecr_ecs_constructs.pull.texts.pattern import Truth, every


class PolicyDocument(NamedTuple):
    """A policy document and where it stands.

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


class Statement:
    """A statement of a policy document.

    Attributes:
        document: the document.
        index: its place in the document, from 0.
        value: the statement as it is evaluated.
        variables: whether policy variables have a meaning in it: those of version 2008-10-17 are plain text.
        actions: the only actions that it can apply to, where that is plain.

    Args:
        doubt: what would have to be known to tell whether it counts; empty where it surely does.
        partition: the partition in which it means what it is said to mean; empty where it does so in each.
    """

    def __init__(
        self,
        document: PolicyDocument,
        index: int,
        value: Value,
        *,
        variables: bool = True,
        doubt: str = "",
        partition: str = "",
    ) -> None:
        self.document = document
        self.index = index
        self.value = value
        self._object = value if isinstance(value, dict) else _NOTHING
        self.variables = variables
        self.actions = _plain_actions(value)
        self._doubt = doubt
        self._partition = partition

    def within(self, request: Request) -> Statement:
        """Return the same statement, with the partition in which it means a request that it applies to."""
        partition = self._elements.partition_of(request) if request.resource != "*" or self.keys else ""
        if not partition or self.document.arn:
            return self
        doubt, variables = self._doubt, self.variables
        return Statement(self.document, self.index, self.value, variables=variables, doubt=doubt, partition=partition)

    def doubted(self, doubt: str) -> Statement:
        """Return the same statement, of which it is not known whether it counts.

        Args:
            doubt: what would have to be known.
        """
        return Statement(self.document, self.index, self.value, variables=self.variables, doubt=self._doubt or doubt)

    def unconditional(self) -> Statement:
        """Return the same statement without its conditions."""
        value: Value = {key: each for key, each in self._object.items() if key != "Condition"}
        return Statement(self.document, self.index, value, variables=self.variables, doubt=self._doubt)

    @property
    def sid(self) -> str | None:
        """Its `Sid`, None where it has none."""
        sid = self._object.get("Sid")
        return sid if isinstance(sid, str) else None

    def __str__(self) -> str:
        if self.document.arn:
            return str(self.document)
        where = f" in partition {self._partition}" if self._partition else ""
        return f"statement {self.sid or self.index + 1} of {self.document}{where}"

    def _stands_in(self, template: Template | None) -> bool:
        return self.document.resource is not None and self.document.resource.template is template

    @cached_property
    def _elements(self) -> Elements:
        return read(self.value)

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects that it can have."""
        if self.actions is not None:
            return (str(self._object["Effect"]),)
        return EFFECTS if self._elements.problem else (self._elements.effect,)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The condition keys that it asks for, in lower case."""
        if "Condition" not in self._object:
            return frozenset()
        return frozenset(key.lower() for key in self.condition_keys)

    @property
    def condition_keys(self) -> tuple[str, ...]:
        """The condition keys that it asks for, as they are written, each once."""
        return tuple(dict.fromkeys(condition.key for condition in self._elements.conditions))

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
            return [self._if_it_counts(self._elements.acts(action)) for action in actions]
        named = _named(self.actions, actions)
        pattern = self._object.get("Resource") if named else None
        if not isinstance(pattern, str) or "{{" in pattern or _is_open(pattern):
            return named
        return [truth and (r == pattern or not isinstance(r, str)) for truth, r in zip(named, resources, strict=True)]

    def names(self, action: str) -> bool:
        """Return whether one of its plain actions surely is, or matches, an action."""
        return matches_action(self.actions or (), action)

    @property
    def _is_everywhere(self) -> bool:
        """True where nothing but its actions decides whether it applies."""
        is_plain = self.actions is not None and not self._doubt and self._object.get("Resource") == "*"
        return is_plain and self._object.keys() <= _PLAIN_KEYS

    def applies(self, effect: str, request: Request) -> Answer:
        """Return whether the statement has an effect on a request of an identity that carries it.

        Args:
            effect: `Allow` or `Deny`.
            request: the request.
        """
        if self._is_everywhere:
            return Answer(effect in self.effects and self.names(request.action))
        local = self._stands_in(request.template)
        answer = self._elements.applies(effect, request, local=local, variables=self.variables)
        truth = self._if_it_counts(answer.truth)
        if truth is not None:
            return Answer(truth)
        missing = self._doubt if answer.truth else answer.why
        return Answer(None, f"{missing} in {self}")

    def addresses(self, effect: str, request: Request, *, bounded: bool = False) -> Address:
        """Return whether the statement, of a resource's policy, has an effect on a request, and by which principal.

        Args:
            effect: `Allow` or `Deny`.
            request: the request.
            bounded: whether the role has a permissions boundary.
        """
        answer = self.applies(effect, request)
        if answer.truth is False:
            return NOBODY
        address = self._elements.addresses(request, local=self._stands_in(request.template), bounded=bounded)
        everyone, itself, account = (every((answer.truth, truth)) for truth in address.truths)
        return Address(everyone, itself, account, answer.why or f"whom {self} addresses")

    def _if_it_counts(self, truth: Truth) -> Truth:
        return None if truth and self._doubt else truth


_NOTHING: Mapping[str, Value] = {}
_PLAIN_KEYS = frozenset({"Sid", "Effect", "Action", "Resource"})


def _plain_actions(statement: Value) -> tuple[str, ...] | None:
    """Return the actions of a statement, None where they are not plain."""
    if not isinstance(statement, dict) or statement.get("Effect") not in EFFECTS:
        return None
    if "NotAction" in statement or TRANSFORM in statement:
        return None
    written = statement.get("Action")
    listed = written if isinstance(written, list) else [written]
    actions = tuple([action for action in listed if isinstance(action, str) and "{{" not in action])
    return actions if actions and len(actions) == len(listed) else None


@lru_cache(maxsize=65_536)
def _named(patterns: tuple[str, ...], actions: tuple[str, ...]) -> tuple[bool, ...]:
    """Return whether one of the patterns matches each action; nothing if they match none."""
    found = tuple([matches_action(patterns, action) for action in actions])
    return found if True in found else ()


@lru_cache(maxsize=65_536)
def _is_open(resource: str) -> bool:
    """Return whether a pattern can match another text than itself."""
    return _OPEN.search(resource) is not None or resource.count(":") < 5


_OPEN = re.compile("[*?$]")
