"""Images that a task definition names stay in their repository."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Facts, Here
from ecr_ecs_constructs.pull.lifecycle import LifecycleRule, read_rules, taking
from ecr_ecs_constructs.pull.links.image import shown_image
from ecr_ecs_constructs.rules.rule import Severity, rule

_POLICY = "LifecyclePolicy.LifecyclePolicyText"


@rule(
    "expiring-deployed-image",
    Severity.WARNING,
    "Let the lifecycle policy take only images that no task runs: those without a tag, or with tags that are never "
    "deployed; or keep the deployed tags by a rule of higher priority.",
)
def expiring_deployed_image(facts: Facts) -> Iterator[Problem]:
    """Find images of task definitions that a lifecycle rule of their repository deletes or archives."""
    return facts.of_containers(_expires)


def _expires(here: Here, container: Container) -> Iterator[Problem]:
    image = container.image
    if image.uri is None:
        return
    for repository in here.model.repositories(container.resource.template, image):
        rules = read_rules(here.world.value(repository, _POLICY))
        if rules is not None:
            yield from _taken(here, container, repository, rules)


def _taken(
    here: Here, container: Container, repository: Resource, rules: tuple[LifecycleRule, ...]
) -> Iterator[Problem]:
    image = container.image
    named = f"{shown_image(image)} of {container.resource.logical_id}"
    if image.uri is not None and image.uri.digest is not None:
        found = taking(rules, ())
        is_sure = found is not None and found.status == "any" and not _asks_for_tags(rules)
        if found is not None:
            yield _problem(repository, found, found.said_of(named) + ("" if is_sure else ", if it has no tag"), is_sure)
        return
    tag = image.part("tag")
    # A tag that is known only at deployment matters only to rules that ask for tags.
    is_known = isinstance(tag, str) or not _asks_for_tags(rules)
    found = taking(rules, (str(tag),)) if is_known else None
    if found is not None:
        yield _problem(repository, found, found.said_of(named), True)
        return
    untagged = taking(rules, ())
    if untagged is not None and here.model.overwritable(repository, tag):
        # ECS keeps the digest of the tag as long as a deployment lives, and the next push takes its tag away.
        fact = f"{untagged.said_of(named)}, once another push has its tag; tasks of the deployment still start from it"
        yield _problem(repository, untagged, fact, False)


def _asks_for_tags(rules: tuple[LifecycleRule, ...]) -> bool:
    return any(rule.patterns for rule in rules)


def _problem(repository: Resource, found: LifecycleRule, fact: str, is_sure: bool) -> Problem:
    """Return the finding: a warning where time alone takes the image away, else information."""
    severity = None if is_sure and not found.is_by_count else Severity.INFO
    return Problem("expiring-deployed-image", repository, f"Properties.{_POLICY}", fact, severity=severity)
