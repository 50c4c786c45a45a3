"""Requests to AWS: who makes one, what it does, and on which resource.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/intro-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Template
from ecr_ecs_constructs.cloudformation.values import Hole, Text, pieces_of, text
from ecr_ecs_constructs.pull.texts.pattern import ContextValue, Form, Truth, matches, same, some


class Address(NamedTuple):
    """By which principal a policy means whoever makes a request; three truths, for each of them grants differently.

    Attributes:
        everyone: by `*`.
        itself: by the ARN of the role, or the name of the service.
        account: by the account of the role.
        missing: what is missing to know it.
    """

    everyone: Truth
    itself: Truth
    account: Truth
    missing: str = ""

    @property
    def truths(self) -> tuple[Truth, Truth, Truth]:
        """Its answers for everyone, itself and the account."""
        return self.everyone, self.itself, self.account

    @property
    def truth(self) -> Truth:
        """The answer to whether it is meant at all."""
        return some(self.truths)


NOBODY, SOMEBODY = Address(False, False, False), Address(None, None, None)


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
            return NOBODY
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


_OF_SERVICES: Mapping[str, ContextValue] = {
    "aws:principalisawsservice": "true",
    **dict.fromkeys(
        (
            "aws:multifactorauthage",
            "aws:multifactorauthpresent",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:username",
            "sts:externalid",
        ),
        (),
    ),
}
"""The values of the condition keys of principals in a request of a service: it is of no organization, and no user.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""


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
        """The values of the condition keys of its requests, by key in lower case."""
        return {**_OF_SERVICES, **self._context}

    def named(self, kind: str, value: str | Text, *, local: bool) -> Address:
        """Return by which principal an element of `Principal` means it; AWS does not document whether `*` does.

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


class Anonymous(Principal):
    """Whoever makes a request without credentials.

    Args:
        account: the account that the request is for.
    """

    def __init__(self, account: str | Text) -> None:
        super().__init__("", account, "")

    @cached_property
    def context(self) -> Mapping[str, ContextValue]:
        """The values of the condition keys of principals, which such a request has none of."""
        absent: tuple[str, ...] = ()
        return dict.fromkeys(
            ("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principaltype", "aws:username"),
            absent,
        )

    def named(self, kind: str, value: str | Text, *, local: bool) -> Address:
        """Return by which principal an element of `Principal` means it: by `*` alone.

        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

        Args:
            kind: the kind of principal: `AWS`.
            value: the element.
            local: whether it is written in the template of the request.
        """
        return Address(same(value, "*", local=local) if kind == "AWS" else False, False, False)


class Request(NamedTuple):
    """A request of a role, or a service, to AWS.

    Attributes:
        principal: the role, or the service.
        action: the action: `ecr:BatchGetImage`.
        resource: the ARN of the resource that it acts on, `*` for an action without resources.
        template: the template in which the names of parameters in `resource` and `context` mean something.
        context: returns the values of condition keys, by key in lower case. A key that is not in it is not known.
    """

    principal: Principal
    action: str
    resource: str | Text
    template: Template | None
    context: Callable[[], Mapping[str, ContextValue]]
