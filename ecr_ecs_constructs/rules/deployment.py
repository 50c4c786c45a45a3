"""A deployment whose tasks can't start ends, and it ends as a failure.

Sources:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.edits import put
from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.placement.runners import SERVICE
from ecr_ecs_constructs.rules.rule import Severity, rule

_CONFIGURATION = "Properties.DeploymentConfiguration"
_ALL = 100


@rule(
    "missing-circuit-breaker",
    Severity.WARNING,
    "Set DeploymentCircuitBreaker to {Enable: true, Rollback: true} (circuit_breaker=ecs.DeploymentCircuitBreaker("
    "rollback=True) in the CDK).",
)
def missing_circuit_breaker(facts: Facts) -> Iterator[Problem]:
    """Find services whose deployment hangs for hours where its tasks can't start."""
    return facts.of_resources(_hangs, SERVICE)


def _hangs(here: Here, service: Resource) -> Iterator[Problem]:
    services = here.deployments.services
    has_tasks = services.is_rolling(service) and services.starts_tasks(service)
    if has_tasks and services.is_broken_off(service) is False and services.is_watched(service) is False:
        fact = "no circuit breaker ends a deployment whose tasks can't start: CloudFormation waits for hours"
        edits = put(service, f"{_CONFIGURATION}.DeploymentCircuitBreaker", {"Enable": True, "Rollback": True})
        yield Problem("missing-circuit-breaker", service, _CONFIGURATION, fact, edits=edits)


@rule(
    "early-success",
    Severity.WARNING,
    "Set HealthyPercent to 100, or leave EarlySuccessCriteria out.",
)
def early_success(facts: Facts) -> Iterator[Problem]:
    """Find services whose deployment succeeds before all of its tasks run."""
    return facts.of_resources(_is_early, SERVICE)


def _is_early(here: Here, service: Resource) -> Iterator[Problem]:
    services = here.deployments.services
    percent = services.healthy_percent(service)
    if percent is not None and percent < _ALL and services.is_rolling(service):
        done = f"with {percent} percent of its tasks healthy" if percent else "without a healthy task"
        fact = f"a deployment succeeds {done}, whether or not the others can start"
        # Where some tasks run, the image can be pulled; others may be in another zone, or on another instance.
        severity = "info" if percent else None
        yield Problem("early-success", service, f"{_CONFIGURATION}.EarlySuccessCriteria", fact, severity=severity)
