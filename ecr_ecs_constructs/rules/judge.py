"""The one judge: what every door asks, and the report that each gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.edits import place_by_names
from ecr_ecs_constructs.cloudformation.garbage import uncollected
from ecr_ecs_constructs.cloudformation.positions import Position
from ecr_ecs_constructs.cloudformation.template import METADATA_KEY, Constructs, Resource, Template
from ecr_ecs_constructs.cloudformation.vouches import Vouch
from ecr_ecs_constructs.pull.answer import Problem, Verdict
from ecr_ecs_constructs.pull.bearing import bearing_on
from ecr_ecs_constructs.pull.containers import Container, ContainerPlace
from ecr_ecs_constructs.pull.facts import Facts, Here, Policy
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.pull.proof import problems, prove
from ecr_ecs_constructs.rules.acknowledgements import (
    Acknowledgement,
    Acknowledgements,
    FindingPlace,
    unused_acknowledgement,
)
from ecr_ecs_constructs.rules.ami import images
from ecr_ecs_constructs.rules.catalogue import BY_ID, RULES
from ecr_ecs_constructs.rules.fingerprints import FindingKey
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.rule import Finding, Rule, Severity
from ecr_ecs_constructs.rules.severities import Severities, severity_of


class ContainerReport(NamedTuple):
    """A container, and whether its image can be pulled where it runs.

    Attributes:
        template: the name of the template's file.
        logical_id: the resource that defines it.
        construct_path: the path of the construct that made the resource, where known.
        container: its name; where it has none, the place in the resource.
        image: its image in the notation of `Fn::Sub`, several with `|` between them.
        links: the links of its pull path.
        location: the place in the resource.
        source: the `file:line` of the statement that made the construct, where known.
        position: the line and the column of the place in the template's file, where it is not proven.
    """

    template: str
    logical_id: str
    construct_path: str | None
    container: str
    image: str
    links: tuple[Link, ...]
    location: str = ""
    source: str | None = None
    position: Position | None = None

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
        gate: the gate of who asks.
        folder: the absolute path of the folder from which who asks sees the files; empty where it does not matter.
        gone: the findings of the baseline that are no more; None where there is no baseline.
    """

    templates: int
    resources: int
    containers: tuple[ContainerReport, ...]
    findings: tuple[Finding, ...]
    gate: Gate = Gate()
    folder: str = ""
    gone: tuple[FindingKey, ...] | None = None

    @property
    def requires_proof(self) -> bool:
        """True where each container must be proven."""
        return self.gate.requires_proof

    @property
    def passes(self) -> bool:
        """The answer whether nothing fails."""
        return self.gate.passes(self.findings, [container.verdict for container in self.containers])


Below = Callable[[str | None], bool]
"""Returns whether it is asked about a construct path, None for one that is not known."""

Around = Mapping[str, Mapping[str, str]]
"""The acknowledgements on an app and its stages: by construct path, the reason for each rule, by its full id."""


@uncollected()
def judge(
    templates: Sequence[Template],
    policy: Policy | None = None,
    rules: Sequence[Rule] = RULES,
    severities: Sequence[Severities] = (),
    *,
    below: Below | None = None,
    around: Around | None = None,
) -> Report:
    """Judge templates.

    Args:
        templates: all that are deployed together, as `cloudformation.assembly.load` returns them.
        policy: what is allowed.
        rules: what is checked.
        severities: how bad findings are where that is not what their rules say; the last that fits a finding counts.
        below: what is asked about, and with it whatever runs a container there, wherever that stands; None for all.
        around: at a synthesis, the acknowledgements that a cloud assembly does not hold. Those of the construct tree
            accept nothing then: CDK applies them itself.

    Returns:
        The findings and the containers. It depends on the arguments alone.
    """
    facts = Facts(templates, policy or Policy())
    return Report(
        templates=len({template.name for template in templates}),
        # A template that several nested stacks use is counted once, and so is what is the same in each of them.
        resources=sum({template.name: len(template.resources) for template in templates}.values()),
        containers=_once(_containers(facts, below)),
        findings=_findings(facts, rules, severities, below, around),
    )


@uncollected()
def find(
    templates: Sequence[Template],
    policy: Policy | None = None,
    rules: Sequence[Rule] = RULES,
    severities: Sequence[Severities] = (),
    *,
    below: Below | None = None,
    around: Around | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of the report that `judge` makes, without the proof of each container."""
    return _findings(Facts(templates, policy or Policy()), rules, severities, below, around)


def _findings(
    facts: Facts,
    rules: Sequence[Rule],
    severities: Sequence[Severities] = (),
    below: Below | None = None,
    around: Around | None = None,
) -> tuple[Finding, ...]:
    """Return each finding of rules once, as a project has decided of it, in the order of the report."""
    return _Findings(facts, rules, severities, below, around).all


class _Findings:
    """The findings of rules, with what a project has decided of them.

    Attributes:
        all: each finding once, in the order of the report.
    """

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        severities: Sequence[Severities],
        below: Below | None,
        around: Around | None,
    ) -> None:
        self._severities = severities
        self._at_synthesis = around is not None
        self._accepted = Acknowledgements(facts.templates, facts.policy.today, around or {})
        found: dict[Finding, tuple[Problem, int]] = {}
        for index, rule in enumerate(rules):
            for problem in rule.check(facts):
                # A template that several nested stacks use gives each finding once.
                found.setdefault(_finding(rule, problem), (problem, index))
        places = {
            finding: FindingPlace(resource, finding.construct_path, resource.template.bundle)
            for finding, resource in _in_order(facts, found)
        }
        last: Sequence[tuple[Finding, FindingPlace]] = ()
        if unused_acknowledgement in rules:
            places.update(self._idle([rule for rule in rules if rule is not unused_acknowledgement], places))
            # Whether those of the rule itself accept something is known only now; they don't accept each other.
            last = [each for each in self._idle([unused_acknowledgement], places) if each[0] not in places]
        asked = _asked_about(facts, below, found)
        decided = [
            self._decided(finding, self._accepting(finding, place))
            for finding, place in places.items()
            if asked(finding)
        ]
        decided += [self._decided(finding, None) for finding, _ in last if asked(finding)]
        if unused_acknowledgement in rules:
            decided += [self._decided(_of_idle_vouch(vouch, why), None) for vouch, why in _idle_vouches(facts)]
            idle = (each for each in severities if not each.fits(facts.templates))
            decided += [self._decided(_of_idle_severities(each), None) for each in idle]
        self.all = tuple(filter(None, decided))

    def _accepting(self, finding: Finding, place: FindingPlace) -> str | None:
        """Return the reason of the nearest acknowledgement of a finding."""
        accepting = self._accepted.of(finding.rule, place)
        return next((each.reason for each in accepting if each.resource is not None or not self._at_synthesis), None)

    def _decided(self, finding: Finding, reason: str | None) -> Finding | None:
        """Return a finding as bad as the project has decided, None for one that is not reported."""
        severity = severity_of(finding, self._severities)
        return None if severity is None else finding._replace(severity=severity, acknowledged=reason)

    def _idle(
        self, checked: Sequence[Rule], found: Mapping[Finding, FindingPlace]
    ) -> Sequence[tuple[Finding, FindingPlace]]:
        """Return the findings about acknowledgements that accept nothing of what some rules find."""
        by_rule: dict[str, list[FindingPlace]] = {rule.id: [] for rule in checked}
        for finding, place in found.items():
            by_rule.get(finding.rule, []).append(place)
        idle: list[tuple[Finding, FindingPlace]] = []
        for each, why in self._accepted.idle(by_rule, BY_ID):
            finding = _of_idle(each, why)
            hidden = self._hidden(each, found) if self._at_synthesis and each.resource is None else ()
            severity = min((finding.severity, *hidden), key=[*Severity].index)
            idle.append((finding._replace(severity=severity), each.place))
        return idle

    def _hidden(self, idle: Acknowledgement, found: Mapping[Finding, FindingPlace]) -> Iterator[Severity]:
        """Yield how bad the findings are that CDK does not tell for an acknowledgement, though it accepts nothing."""
        for finding, place in found.items():
            if finding.rule == idle.rule and idle.covers(place):
                severity = severity_of(finding, self._severities)
                if severity is not None:
                    yield severity


def _asked_about(
    facts: Facts, below: Below | None, found: Mapping[Finding, tuple[Problem, int]]
) -> Callable[[Finding], bool]:
    """Return what tells whether a finding is asked about: it is below, or bears on a container that is."""
    if below is None:
        return lambda _: True
    inside = [place for place in facts.places if below(place.resource.construct_path)]
    bearing = bearing_on(facts, inside)

    def asked(finding: Finding) -> bool:
        return below(finding.construct_path) or (finding in found and bearing.has(found[finding][0]))

    return asked


def _in_order(facts: Facts, found: Mapping[Finding, tuple[Problem, int]]) -> Iterator[tuple[Finding, Resource]]:
    """Yield findings in the order of the templates, their resources, the places in these, and the rules."""
    with_findings = {problem.resource.template for problem, _ in found.values()}
    resources = (template.resources.values() for template in facts.templates if template in with_findings)
    order = {resource: position for position, resource in enumerate(chain.from_iterable(resources))}

    def place(finding: tuple[Finding, tuple[Problem, int]]) -> tuple[int, tuple[str | int, ...], int, str]:
        _, (problem, index) = finding
        return order[problem.resource], _place(problem.location), index, problem.message

    for finding, (problem, _) in sorted(found.items(), key=place):
        yield finding, problem.resource


@lru_cache(maxsize=4096)
def _place(location: str) -> tuple[str | int, ...]:
    """Return what a location is sorted by: element 10 stands behind element 2."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split("([0-9]+)", location))


def _finding(rule: Rule, problem: Problem) -> Finding:
    resource, path = problem.resource, problem.resource.construct_path
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
        source=_source(resource.template.constructs, path),
        position=_position(resource.template, resource.logical_id, problem.location),
        edits=problem.edits,
        place=place_by_names(resource, problem.location),
    )


def _position(template: Template, logical_id: str, location: str) -> Position | None:
    """Return where a place in a resource is written."""
    return None if template.positions is None else template.positions.of(logical_id, location)


def _of_idle(idle: Acknowledgement, why: str) -> Finding:
    """Return the finding about an acknowledgement that accepts nothing."""
    rule, resource, path = unused_acknowledgement, idle.resource, idle.path
    location = "" if resource is None else f"Metadata.{METADATA_KEY}.acknowledge.{idle.rule}"
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        verdict=Verdict.BROKEN,
        template=idle.template.name,
        logical_id="" if resource is None else resource.logical_id,
        construct_path=path,
        location=location,
        message=f"acknowledgement of {idle.rule!r} accepts nothing: {why}",
        fix=rule.fix,
        source=_source(idle.template.constructs, path),
        position=None if resource is None else _position(idle.template, resource.logical_id, location),
    )


def _idle_vouches(facts: Facts) -> Iterator[tuple[Vouch, str]]:
    """Yield what is vouched for and nothing needs, each with the reason; all links are asked before."""
    if facts.worlds.vouches:
        problems(facts)
        facts.of_hosts(images)
        yield from facts.worlds.vouches.idle()


def _of_idle_vouch(vouch: Vouch, why: str) -> Finding:
    """Return the finding about a fact that is vouched for and counts for nothing."""
    source = f"{vouch.file}:{vouch.line}" if vouch.template is None else None
    position = Position(vouch.line, vouch.column) if vouch.line else None
    message = f"what is vouched for {vouch.title} counts for nothing: {why}"
    return _of_idle_part(vouch.file, vouch.location, message, source, position)


def _of_idle_severities(idle: Severities) -> Finding:
    """Return the finding about severities that are decided for places where nothing is."""
    places = ((f"below {idle.path!r}", idle.path), (f"in a template {idle.template!r}", idle.template))
    where = " and ".join(words for words, pattern in places if pattern is not None)
    source = f"{idle.file}:{idle.line}" if idle.file else None
    position = Position(idle.line, 1) if idle.line else None
    message = f"what is decided of severities counts for nothing: no resource stands {where}"
    return _of_idle_part(idle.file, idle.location, message, source, position)


def _of_idle_part(file: str, location: str, message: str, source: str | None, position: Position | None) -> Finding:
    """Return the finding about a part of a file, of no resource, that counts for nothing."""
    return Finding(
        rule=unused_acknowledgement.id,
        severity=unused_acknowledgement.severity,
        verdict=Verdict.BROKEN,
        template=file,
        logical_id="",
        construct_path=None,
        location=location,
        message=message,
        fix=unused_acknowledgement.fix,
        source=source,
        position=position,
    )


def _source(constructs: Constructs, path: str | None) -> str | None:
    """Return the `file:line` of the statement that made a construct, or else the first one in it or around it."""
    sources = constructs.sources
    if not path or not sources or path in sources:
        return sources.get(path) if path else None
    inside = (source for inner, source in sources.items() if inner.startswith(f"{path}/"))
    scopes = accumulate(path.split("/"), "{}/{}".format)
    around = (sources[scope] for scope in reversed([*scopes]) if scope in sources)
    return next(chain(inside, around), None)


def _once(containers: Iterable[ContainerReport]) -> tuple[ContainerReport, ...]:
    """Return containers, of those that are the same but for their places the first."""
    found: dict[ContainerReport, ContainerReport] = {}
    for container in containers:
        found.setdefault(container._replace(location="", position=None), container)
    return tuple(found.values())


def _containers(facts: Facts, below: Below | None) -> Iterator[ContainerReport]:
    for place in facts.places:
        resource = place.resource
        if below is not None and not below(resource.construct_path):
            continue
        links = prove(facts, place)
        if links:
            names, images = _said(facts, place)
            report = ContainerReport(
                template=resource.template.name,
                logical_id=resource.logical_id,
                construct_path=resource.construct_path,
                container=next((name for name in names if name is not None), place.location),
                image=" | ".join(dict.fromkeys(images)),
                links=links,
                location=place.location,
                source=_source(resource.template.constructs, resource.construct_path),
            )
            # Lines are looked for only where somebody asks for them: a proven container has no finding.
            is_proven = report.verdict == "proven"
            yield (
                report
                if is_proven
                else report._replace(position=_position(resource.template, resource.logical_id, place.location))
            )


def _said(facts: Facts, place: ContainerPlace) -> tuple[list[str | None], list[str]]:
    """Return the names that a container has in all worlds, and its images."""
    given = facts.of_container(_itself, place)
    containers = [container for _, found in given.found for container in found]
    images = [str(container.image) for container in containers]
    return [container.name for container in containers], [*images, given.undecided] if given.undecided else images


def _itself(_: Here, container: Container) -> tuple[Container]:
    return (container,)
