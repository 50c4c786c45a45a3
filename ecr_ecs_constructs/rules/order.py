"""Runners are made behind all that their tasks need."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.pull.order import unordered
from ecr_ecs_constructs.rules.rule import Severity, rule


@rule(
    "unordered-deployment",
    Severity.WARNING,
    "Let what runs the tasks depend on what they need: DependsOn in a template, node.add_dependency(…) in the CDK.",
)
def unordered_deployment(facts: Facts) -> Iterator[Problem]:
    """Find runners that may be made before a policy, a route, an endpoint, a cache or an image of their tasks."""
    return facts.of_containers(unordered)
