"""The one judge: what every door asks, and the report that each gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.template import METADATA_KEY, Constructs, Resource, Template
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container, ContainerPlace
from ecr_ecs_constructs.pull.facts import Facts, Here, Policy
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.pull.proof import prove
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.rule import Finding, Rule, Severity

T = TypeVar("T")

NAME = "ecr-ecs"
"""The name of the checks: a rule's full id is `ecr-ecs::<id>`."""


class ContainerReport(NamedTuple):
    """A container, and whether its image can be pulled where it runs.

    Attributes:
        template: the name of the template's file.
        logical_id: the resource that defines it.
        construct_path: the path of the construct that made the resource, where known.
        container: its name; where it has none, the place in the resource.
        image: its image in the notation of `Fn::Sub`, several with `|` between them.
        links: the links of its pull path.
    """

    template: str
    logical_id: str
    construct_path: str | None
    container: str
    image: str
    links: tuple[Link, ...]

    @property
    def verdict(self) -> str:
        """`proven` when every link holds, `broken` when one is broken, else `unknown`."""
        verdicts = {link.verdict for link in self.links}
        if Verdict.BROKEN in verdicts:
            return "broken"
        return "unknown" if Verdict.UNKNOWN in verdicts else "proven"


class Report(NamedTuple):
    """The report on the templates of one call.

    Attributes:
        templates: how many templates were judged.
        resources: how many resources they hold.
        containers: every container, in the order of the templates.
        findings: every finding, in the order of the templates, their resources, the places in these, and the rules.
    """

    templates: int
    resources: int
    containers: tuple[ContainerReport, ...]
    findings: tuple[Finding, ...]


@uncollected()
def judge(
    templates: Sequence[Template],
    policy: Policy | None = None,
    rules: Sequence[Rule] = RULES,
) -> Report:
    """Judge templates.

    Args:
        templates: all that are deployed together, as `cloudformation.assembly.load` returns them.
        policy: what is allowed.
        rules: what is checked.

    Returns:
        The findings and the containers. It depends on the arguments alone.
    """
    facts = Facts(templates, policy or Policy())
    return Report(
        templates=len({template.name for template in templates}),
        # A template that several nested stacks use is counted once, and so is what is the same in each of them.
        resources=sum({template.name: len(template.resources) for template in templates}.values()),
        containers=tuple(dict.fromkeys(_containers(facts))),
        findings=_findings(facts, rules, tree=True),
    )


@uncollected()
def find(
    templates: Sequence[Template],
    policy: Policy | None = None,
    rules: Sequence[Rule] = RULES,
    *,
    tree_acknowledgements: bool = True,
) -> tuple[Finding, ...]:
    """Judge templates as `judge` does, without the proof of each container.

    Args:
        templates: all that are deployed together, as `cloudformation.assembly.load` returns them.
        policy: what is allowed.
        rules: what is checked.
        tree_acknowledgements: whether the acknowledgements of the construct tree count, besides those in a resource's
            own `Metadata`; CDK applies them itself to what a plugin reports.

    Returns:
        The findings of the report.
    """
    return _findings(Facts(templates, policy or Policy()), rules, tree=tree_acknowledgements)


def _findings(facts: Facts, rules: Sequence[Rule], *, tree: bool) -> tuple[Finding, ...]:
    found: dict[Finding, tuple[Problem, int]] = {}
    for index, rule in enumerate(rules):
        for problem in rule.check(facts):
            # A template that several nested stacks use gives each finding once.
            found.setdefault(_finding(rule, problem, tree), (problem, index))
    with_findings = {problem.resource.template for problem, _ in found.values()}
    resources = (template.resources.values() for template in facts.templates if template in with_findings)
    order = {resource: position for position, resource in enumerate(chain.from_iterable(resources))}

    def place(finding: tuple[Finding, tuple[Problem, int]]) -> tuple[int, tuple[str | int, ...], int, str]:
        _, (problem, index) = finding
        return order[problem.resource], _place(problem.location), index, problem.message

    return tuple(finding for finding, _ in sorted(found.items(), key=place))


@lru_cache(maxsize=4096)
def _place(location: str) -> tuple[str | int, ...]:
    """Return what a location is sorted by: element 10 stands behind element 2."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", location))


def _finding(rule: Rule, problem: Problem, tree: bool) -> Finding:
    resource, path = problem.resource, problem.resource.construct_path
    constructs = resource.template.constructs
    return Finding(
        rule=rule.id,
        severity=Severity(problem.severity) if problem.severity else rule.severity,
        verdict=problem.verdict,
        template=resource.template.name,
        logical_id=resource.logical_id,
        construct_path=path,
        location=problem.location,
        message=problem.message,
        fix=rule.fix,
        source=_source(constructs, path),
        acknowledged=_own_reason(resource, rule.id) or (_tree_reason(constructs, path, rule.id) if tree else None),
    )


def _own_reason(resource: Resource, rule_id: str) -> str | None:
    """Return the reason for which a resource's own `Metadata` acknowledges a rule."""
    own = resource.metadata.get(METADATA_KEY)
    reasons = own.get("acknowledge") if isinstance(own, dict) else None
    reason = reasons.get(rule_id) if isinstance(reasons, dict) else None
    return reason if isinstance(reason, str) else None


def _tree_reason(constructs: Constructs, path: str | None, rule_id: str) -> str | None:
    """Return the reason of the nearest acknowledgement of a rule in the construct tree."""
    reasons = (given.get(f"{NAME}::{rule_id}") for given in _nearest_first(constructs.acknowledged, path))
    return next((reason for reason in reasons if reason is not None), None)


def _source(constructs: Constructs, path: str | None) -> str | None:
    """Return the `file:line` of the statement that made the nearest construct of which it is known."""
    return next(_nearest_first(constructs.sources, path), None)


def _nearest_first(by_path: Mapping[str, T], path: str | None) -> Iterator[T]:
    """Yield what is known of a construct and of the scopes around it."""
    while path and by_path:
        if path in by_path:
            yield by_path[path]
        path = path.rpartition("/")[0]


def _containers(facts: Facts) -> Iterator[ContainerReport]:
    for place in facts.places:
        resource = place.resource
        links = prove(facts, place)
        if links:
            names, images = _said(facts, place)
            yield ContainerReport(
                template=resource.template.name,
                logical_id=resource.logical_id,
                construct_path=resource.construct_path,
                container=next((name for name in names if name is not None), place.location),
                image=" | ".join(dict.fromkeys(images)),
                links=links,
            )


def _said(facts: Facts, place: ContainerPlace) -> tuple[list[str | None], list[str]]:
    """Return the names that a container has in all worlds, and its images."""
    given = facts.of_container(_itself, place)
    containers = [container for _, found in given.found for container in found]
    images = [str(container.image) for container in containers]
    return [container.name for container in containers], [*images, given.undecided] if given.undecided else images


def _itself(_: Here, container: Container) -> tuple[Container]:
    return (container,)
