"""A service is made behind all that its tasks need."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.order import unordered
from ecr_ecs_constructs.rules.rule import Severity, rule


@rule(
    "unordered-deployment",
    Severity.WARNING,
    "Let the service depend on what it needs: DependsOn in a template, service.node.add_dependency(…) in the CDK.",
)
def unordered_deployment(facts: Facts) -> Iterator[Problem]:
    """Find services that may be made before a policy, a route or an endpoint that their tasks need."""
    return facts.of_containers(unordered)
