"""Images that a task definition names stay in their repository."""

from __future__ import annotations

from collections.abc import Iterator

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.cloudformation.values import Hole, Kind, Text
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
    "Let LifecyclePolicy (add_lifecycle_rule(…) in the CDK) take only images that no task runs: those without a tag, "
    "or with tags that are never deployed; or keep the deployed tags by a rule of higher priority.",
)
def expiring_deployed_image(facts: Facts) -> Iterator[Problem]:
    """Find images of task definitions that a lifecycle rule of their repository deletes or archives."""
    return facts.of_containers(_expires)


def _expires(here: Here, container: Container) -> Iterator[Problem]:
    image = container.image
    if image.uri is None:
        return
    for repository in here.repositories.of(container.resource.template, image):
        rules = read_rules(here.world.value(repository, _POLICY))
        if rules is not None:
            yield from _taken(here, container, repository, rules)


def _taken(
    here: Here, container: Container, repository: Resource, rules: tuple[LifecycleRule, ...]
) -> Iterator[Problem]:
    image = container.image
    named = f"{shown_image(image)} of {container.resource.logical_id}"
    is_of_digest = image.uri is not None and image.uri.digest is not None
    tag = _SOME_TAG if is_of_digest else image.part("tag")
    known = (tag,) if isinstance(tag, str) else ()
    found, untagged = taking(rules, known), taking(rules, ())
    if found is not None and found.status != "untagged":
        # A tag that is not known may be one of those that a rule keeps.
        is_sure = bool(known) or not any(rule.patterns for rule in rules)
        yield _problem(repository, found, found.said_of(named), is_sure=is_sure)
    elif untagged is not None and here.repositories.overwritable(repository, tag):
        # ECS keeps the digest of the tag as long as a deployment lives, and the next push takes its tag away.
        fact = f"{untagged.said_of(named)}, once another push has its tag; tasks of the deployment still start from it"
        yield _problem(repository, untagged, fact, is_sure=False)


_SOME_TAG = Text((Hole(Kind.ANYTHING, "the tag of a digest"),))


def _problem(repository: Resource, found: LifecycleRule, fact: str, *, is_sure: bool) -> Problem:
    """Return the finding: a warning where time alone takes the image away, else information."""
    severity = None if is_sure and not found.is_by_count else Severity.INFO
    return Problem("expiring-deployed-image", repository, f"Properties.{_POLICY}", fact, severity=severity)
