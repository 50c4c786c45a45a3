"""The managed policies that an ARN or a reference means: those of the templates, and those of AWS.

Sources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import Resource, Template
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text, Value, pieces_of, text
from ecr_ecs_constructs.pull.iam.arns import MANAGED_POLICY, POLICY_NAME
from ecr_ecs_constructs.pull.iam.documents import Documents, Policies, joined
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument, Statement
from ecr_ecs_constructs.pull.texts.pattern import same


class ManagedPolicies(InWorld):
    """The managed policies in one world."""

    def __init__(self, documents: Documents) -> None:
        self.world = documents.world
        self._documents = documents

    @asked
    def of(self, arn: str | Text, template: Template) -> Policies:
        """Return the managed policy of an ARN.

        Args:
            arn: the ARN, or a reference to a managed policy.
            template: where it stands.
        """
        resources = self._resources(arn, template)
        if resources:
            found = joined([self._documents.of_policy(resource) for resource in resources])
            return found if len(resources) == 1 else found.doubted()
        return _of_aws(arn) or Policies(unknown=(f"managed policy {arn}, which is not in the templates",))

    def _resources(self, arn: str | Text, template: Template) -> Sequence[Resource]:
        """Return the managed policies of the templates that have an ARN; one in its own template goes before others."""
        pieces = pieces_of(arn)
        hole = pieces[0]
        if len(pieces) == 1 and isinstance(hole, Hole):
            own = hole.resource
            if own is None or own.type != MANAGED_POLICY or hole.attribute not in (None, "PolicyArn"):
                return ()
            return (own,) if self.world.exists(own) else ()
        end = pieces[-1]
        name = end.rpartition("/")[2] if isinstance(end, str) and "/" in end else None
        candidates = self.world.root.candidates(_names, (MANAGED_POLICY,), name)
        arns = [(policy, self._documents.arns.managed_policy(policy)) for policy in candidates]
        found = [policy for policy, own_arn in arns if own_arn is not None and same(arn, own_arn)]
        return [policy for policy in found if policy.template is template] or found


def _names(world: World, policy: Resource) -> Iterator[str]:
    """Yield the name of a managed policy where it has one of its own that is known before deployment."""
    name = world.value(policy, POLICY_NAME)
    if isinstance(name, str):
        yield name


# those of AWS


def _of_aws(arn: str | Text) -> Policies | None:
    """Return the AWS managed policy of an ARN, None for any other ARN."""
    pieces = pieces_of(arn)
    if isinstance(arn, str):
        found = re.fullmatch(r"arn:([^:]+):iam::aws:policy/(.+)", arn)
        return _read(arn, found[1], found[2]) if found else None
    if len(pieces) == 3 and pieces[0] == "arn:" and isinstance(pieces[2], str):
        found = re.fullmatch(r":iam::aws:policy/(.+)", pieces[2])
        return _read(str(arn), pieces[1], found[1]) if found else None
    return None


@lru_cache(maxsize=256)
def _read(arn: str, partition: str | Hole, name: str) -> Policies:
    """Return an AWS managed policy; one that is not known may be newer than what is known, or mistyped.

    Args:
        arn: its ARN in messages.
        partition: the partition of the ARN.
        name: what stands behind `policy/` in the ARN.
    """
    known = aws_managed_policies()
    title = f"AWS managed policy {arn}"
    documented = known.policy(name)
    if documented is None:
        return Policies(unknown=(f"{title}, which is none of those of {known.date}",))
    silent = "" if documented else f" (which grants nothing that a task needs to start, as of {known.date})"
    document = PolicyDocument(f"{title}{silent}", arn=arn)
    beyond = Text((Hole(Kind.ANYTHING, "what the policy says of other actions"),))
    effects = ("Allow", "Deny") if name in known.denying else ("Allow",)
    rest: list[Value] = [{"Effect": e, "NotAction": known.actions, "Resource": beyond} for e in effects]
    own = [_in_partition(statement, partition) for statement in documented]
    statements = [Statement(document, index, value) for index, value in enumerate((*own, *rest))]
    return Policies((document,), tuple(statements))


def _in_partition(value: Value, partition: str | Hole) -> Value:
    """Return a value with the ARNs of a partition in place of those of `aws`."""
    if isinstance(value, str) and value.startswith("arn:aws:"):
        return text("arn:", partition, value.removeprefix("arn:aws"))
    if isinstance(value, list):
        return [_in_partition(item, partition) for item in value]
    if isinstance(value, dict):
        return {key: _in_partition(item, partition) for key, item in value.items()}
    return value


class Known(NamedTuple):
    """The AWS managed policies, as far as they are known.

    Attributes:
        date: the day of the newest one.
        actions: the actions that this covers.
        denying: the policies with a statement that denies, by what stands behind `policy/` in their ARNs.
        lines: the file that says so, one policy a line.
    """

    date: str
    actions: list[Value]
    denying: frozenset[str]
    lines: str

    def policy(self, name: str) -> list[Value] | None:
        """Return the statements of a policy that name one of the actions, reduced to these; None for no policy.

        Args:
            name: what stands behind `policy/` in its ARN.
        """
        start = f"\n  {json.dumps(name)}: "
        _, found, rest = self.lines.partition(start)
        if not found:
            return None
        statements: list[Value] = json.loads(rest.partition("\n")[0].removesuffix(","))
        return statements


@lru_cache(maxsize=1)
def aws_managed_policies() -> Known:
    """Return what is known of AWS managed policies; to parse all of them would cost every run of the command 4 ms."""
    # importlib.resources would cost every run of the command 5 ms.
    packed = Path(__file__).with_name("managed_policies.json.gz").read_bytes()
    lines = gzip.decompress(packed).decode()
    head = json.loads(lines.partition(',\n "policies"')[0] + "}")
    return Known(head["date"], head["actions"], frozenset(head["denying"]), lines)
