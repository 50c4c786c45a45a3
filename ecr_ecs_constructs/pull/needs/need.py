"""A need of a task: something that it must have before its process starts, by a permission and over a network.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text
from ecr_ecs_constructs.pull.answer import Answer
from ecr_ecs_constructs.pull.iam.trust import Assumer
from ecr_ecs_constructs.pull.texts.pattern import ContextValue
from ecr_ecs_constructs.pull.texts.references import Target

ANYTHING = Text((Hole(Kind.ANYTHING, "a resource"),))
"""A resource of which nothing is known."""


class Destination(NamedTuple):
    """A service, or another host, that must be reached.

    Attributes:
        service: its name, as that of a VPC endpoint ends.
        served: whether VPC endpoints of the service lead there, and why they do not, or may not.
        title: what it is called, where that is not the name of the service.
        dual_stack: whether it is reached over IPv6 too.
        region: its region, where that is not the one of the VPC.
        host: its name, where that is not the usual one of the service.
    """

    service: str
    served: Answer = Answer(True)
    title: str = ""
    dual_stack: bool = False
    region: str | Text = ""
    host: str | Text = ""

    @property
    def name(self) -> str:
        """The name by which people call it."""
        return self.title or self.service


class Mount(NamedTuple):
    """A file system that is mounted over the VPC.

    Attributes:
        service: the service that holds it: `Amazon EFS`.
        port: the port of TCP that its servers listen on.
        id: its ID, half-known where the template leaves it open.
        template: where that is written.
    """

    service: str
    port: int
    id: str | Text
    template: Template

    @property
    def name(self) -> str:
        """The name by which people call it."""
        return self.service


class Who(Enum):
    """Who asks for something, and so who must be allowed to."""

    PULLER = "the role that pulls the image"
    AMAZON_ECR = "Amazon ECR, which signs the URLs of layers"
    AGENT = "the role of the container instances, for the ECS agent"
    EXECUTION_ROLE = "the execution role of the task"
    LOGGER = "the execution role of the task; on EC2 the role of the instances where the task has none"
    TASK_ROLE = "the role of the task, for the volumes that are mounted by it"
    ANYONE = "a client without credentials"
    STARTER = "the role of what starts the task"
    SERVICE = "a service, which assumes a role"


class Ask(NamedTuple):
    """A request, or some, that somebody must be allowed to make.

    Attributes:
        who: who makes it.
        actions: the actions; nothing where they are not known.
        resource: the ARN of what they act on, half-known where the template leaves it open.
        also: another ARN that AWS documents for it: a role that may act on that alone is not known to succeed.
        made: the resource of the templates that it is, whose own policy has a say; None where it is not in them.
        account: the account of what is asked for, where that may be another one than that of the role; else nothing.
        region: the region of what is asked for; nothing where it is not known.
        via: the service that asks on behalf of the role, where it does not ask itself: `secretsmanager`.
        context: the values of further condition keys, each with its key in lower case.
        role: the role that asks, where the task does not tell it.
        assumer: the service that asks for a role, for `resource`.
    """

    who: Who
    actions: tuple[str, ...]
    resource: str | Text = ANYTHING
    also: str | Text = ""
    made: Resource | None = None
    account: str | Text = ""
    region: str | Text = ""
    via: str = ""
    context: tuple[tuple[str, ContextValue], ...] = ()
    role: Target | None = None
    assumer: Assumer | None = None


class Nothing:
    """The action, or the way, of a need that has none.

    Attributes:
        why: why there is none.

    Raises:
        ValueError: there is no reason.
    """

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        if not why:
            raise ValueError("a need without an action, or without a way, must have a reason for it")
        self.why = why

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nothing) and other.why == self.why

    def __hash__(self) -> int:
        return hash(self.why)


class Need(NamedTuple):
    """Something that a task must have before its process starts.

    Attributes:
        title: what it is called behind "needs for": `its secret DB_PASSWORD`.
        asks: what must be allowed for it.
        way: where it is had.
        there: whether it is in the templates, so that it surely exists; None where it may be elsewhere, false where
            it can't be had, whatever the templates leave open.
        perhaps: why it may not be needed at all.
        elsewhere: why it may be had from another place.
        creates: whether what is asked makes it where it is not there yet.
    """

    title: str
    asks: Ask | Nothing
    way: Destination | Mount | Nothing
    there: Answer = Answer(True)
    perhaps: str = ""
    elsewhere: str = ""
    creates: bool = False
