"""Policy documents, read where they stand in the templates.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.conditions.worlds import InWorld, World, asked
from ecr_ecs_constructs.cloudformation.template import TRANSFORM, Resource
from ecr_ecs_constructs.cloudformation.values import ABSENT, Content, Site, Text, Value
from ecr_ecs_constructs.pull.iam.arns import Arns
from ecr_ecs_constructs.pull.iam.statements import PolicyDocument, Statement
from ecr_ecs_constructs.pull.texts.documents import read_document


class Policies(NamedTuple):
    """Some policies that count together: those of a role, its permissions boundary, that of a repository.

    Attributes:
        documents: their documents.
        statements: the statements of these.
        unknown: what is not known of them.
    """

    documents: tuple[PolicyDocument, ...] = ()
    statements: tuple[Statement, ...] = ()
    unknown: tuple[str, ...] = ()

    def doubted(self) -> Policies:
        """Return the same policies, of which only a parameter tells whether they are attached."""
        return self._replace(statements=tuple([statement.doubted("a parameter") for statement in self.statements]))

    def ask_for(self, keys: frozenset[str]) -> bool:
        """Return whether a condition of theirs asks for one of some condition keys, in lower case."""
        return any(statement.keys & keys for statement in self.statements)

    def with_statement(self, value: Value) -> Policies:
        """Return the same policies with one more statement, to tell what they would allow by it.

        Args:
            value: the statement.
        """
        return self._replace(statements=(*self.statements, Statement(_ADDED, 0, value)))


NO_POLICIES = Policies()
_ADDED = PolicyDocument("a policy that is not there")


def joined(parts: Sequence[Policies]) -> Policies:
    """Return several policies as those that count together."""
    parts = [part for part in parts if part is not NO_POLICIES]
    if len(parts) < 2:
        return parts[0] if parts else NO_POLICIES
    return Policies(
        tuple([document for part in parts for document in part.documents]),
        tuple([statement for part in parts for statement in part.statements]),
        tuple([unknown for part in parts for unknown in part.unknown]),
    )


def _unread(document: PolicyDocument) -> Policies:
    return Policies((document,), unknown=(f"the document of {document}",))


class Documents(InWorld):
    """The policy documents of the templates in one world.

    Args:
        world: the world.
        services: the services whose actions are asked about, such as `ecr`, the same wherever this world is asked;
            statements that allow nothing else are passed over. All if not given.
    """

    def __init__(self, world: World, services: frozenset[str] | None = None) -> None:
        self.world = world
        self.arns = Arns(world)
        self._services = services

    @asked
    def of(self, resource: Resource, path: str, title: str) -> Policies:
        """Return the policy that stands in a property of a resource which must have it.

        Args:
            resource: the resource.
            path: the property.
            title: what the policy is called in messages.
        """
        return self.read(PolicyDocument(title, resource), self.world.sites(resource, path))

    def of_policy(self, policy: Resource) -> Policies:
        """Return the policy that a resource of IAM is."""
        return self.of(policy, "PolicyDocument", f"policy {policy.logical_id}")

    def read(self, document: PolicyDocument, sites: Sequence[Site]) -> Policies:
        """Return the policy of a document that must stand at one of some places.

        Args:
            document: the document.
            sites: the places.
        """
        found = [self.at(document, site) for site in sites]
        return joined(found) if found else _unread(document)

    def at(self, document: PolicyDocument, site: Site) -> Policies:
        """Return the policy of a document that may stand at a place."""
        node = site.node
        if not _is_document(node):
            value = self.world.read(site).value
            if value is ABSENT:
                return NO_POLICIES
            try:
                node = read_document(value) if isinstance(value, (str, Text)) else value
            except ValueError:
                return _unread(document)
            if not _is_document(node):
                return _unread(document)
        body = site._replace(node=node)
        if (isinstance(node, dict) and TRANSFORM in node) or not self.world.sites(site.resource, "Statement", body):
            return _unread(document)
        version = self.world.value(site.resource, "Version", "2008-10-17", body)
        statements = self._statements(document, body, variables=version != "2008-10-17")
        return _unread(document) if statements is None else Policies((document,), tuple(statements))

    def _statements(self, document: PolicyDocument, body: Site, *, variables: bool) -> list[Statement] | None:
        """Return the statements of a document, None where it is not known how many there are."""
        found: list[Statement] = []
        for place in self.world.sites(body.resource, "Statement.*", body):
            if place.location.endswith("…"):
                return None
            if self._is_of_others(place.node):
                continue  # as most statements of most roles
            value = self._expanded(self.world.read(place).value)
            if value is not ABSENT and value is not None:
                number = re.search(r"\[([0-9]+)\]", place.location[len(body.location) :])
                found.append(Statement(document, int(number[1]) if number else 0, value, variables=variables))
        return found

    def _is_of_others(self, statement: Content) -> bool:
        """Return whether a statement allows nothing but actions that nobody asks about, whatever else is in it."""
        if self._services is None or type(statement) is not dict or "NotAction" in statement or TRANSFORM in statement:
            return False
        if statement.get("Effect") != "Allow":  # of what a role must be able to do, not each action is asked about
            return False
        written = statement.get("Action")
        actions = written if isinstance(written, list) else [written]
        for action in actions:
            service = _service_of(action) if type(action) is str else None
            if service is None or service in self._services:
                return False
        return bool(actions)

    def _expanded(self, value: Value) -> Value:
        """Return a value with each reference to what has an ARN, or a name of its own, written out."""
        if isinstance(value, dict):
            return {key: self._expanded(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._expanded(item) for item in value]
        return self.arns.written(value) if isinstance(value, Text) else value


def _is_document(node: Content) -> bool:
    return isinstance(node, dict) and "Statement" in node


@lru_cache(maxsize=65_536)
def _service_of(action: str) -> str | None:
    """Return the service of an action in lower case, None where its name is not plain."""
    service, colon, _ = action.partition(":")
    return service.lower() if colon and service.replace("-", "").isalnum() else None
