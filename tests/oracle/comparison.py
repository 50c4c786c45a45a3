"""The symbolic answer beside those of the foldings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import Template, TemplateError, check_shape
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.oracle.bases import Part
from tests.oracle.cases import Case
from tests.oracle.folding import fold, worlds

TODAY = date(2026, 11, 23)
WORST_FIRST = ("broken", "unknown", "holds")
NOTHING = "nothing"
MAX_WORLDS = 96


class Disagreement(NamedTuple):
    """A difference between the symbolic answer and the worst of the foldings.

    Attributes:
        about: the name of the link, or the id of the rule.
        said: what the judge says of the templates with conditions.
        worst: the worst that it says of a folding.
        where: the container, or the resource.
        evidence: the words of both.
    """

    about: str
    said: str
    worst: str
    where: str
    evidence: str

    @property
    def kind(self) -> str:
        return f"{self.about}: {self.said} instead of {self.worst}"


class Comparison(NamedTuple):
    """One case, judged both ways.

    Attributes:
        foldings: how many foldings CloudFormation takes.
        disagreements: what differs.
    """

    foldings: int
    disagreements: tuple[Disagreement, ...] = ()


def judged(parts: Sequence[Part]) -> Report:
    templates = []
    for part in parts:
        check_shape(part.body, part.name)
        own = Template(part.name, part.body, stack_name=part.name, account=part.account, region=part.region)
        templates.append(own)
    return judge(templates, Policy(today=TODAY))


def compare(case: Case) -> Comparison | None:
    """Compare the judge with itself; None where a case is none, or has too many worlds."""
    parts = case.parts()
    every = [*worlds(parts)] if parts is not None else []
    if parts is None or not 1 < len(every) <= MAX_WORLDS:
        return None
    try:
        folded = [fold(parts, world) for world in every]
        valid = [judged(one) for one in folded if one is not None]
    except TemplateError:
        return None
    if not valid:
        return None
    symbolic, whole = judged(parts), len(valid) == len(every)
    return Comparison(len(valid), (*_links(symbolic, valid, whole), *_findings(symbolic, valid, whole)))


def _links(symbolic: Report, foldings: Sequence[Report], whole: bool) -> Iterator[Disagreement]:
    answers = [_answers(report) for report in foldings]
    for key, links in _answers(symbolic).items():
        there = [folding[key] for folding in answers if key in folding]
        for name, (said, evidence) in links.items() if there else ():
            worst = min((folding[name] for folding in there), key=_badness)
            # A world that CloudFormation refuses may be the worst of the symbolic answer.
            if said != worst[0] and (whole or _badness((said, "")) > _badness(worst)):
                yield Disagreement(name, said, worst[0], ".".join(key), f"{evidence}\n{worst[1]}")


_Links = dict[str, tuple[str, str]]


def _answers(report: Report) -> dict[tuple[str, str, str], _Links]:
    """The worst answer of each link with its evidence, for each container; one of a name may stand in two branches."""
    found: dict[tuple[str, str, str], _Links] = {}
    for container in report.containers:
        links = found.setdefault((container.template, container.logical_id, container.container), {})
        for link in container.links:
            answer = "holds" if link.verdict.value == "not-applicable" else link.verdict.value, link.evidence
            links[link.name] = min(links.get(link.name, answer), answer, key=_badness)
    return found


def _badness(answer: tuple[str, str]) -> int:
    return WORST_FIRST.index(answer[0])


def _findings(symbolic: Report, foldings: Sequence[Report], whole: bool) -> Iterator[Disagreement]:
    said, worst = _found([symbolic]), _found(foldings)
    for key in sorted(said.keys() | worst.keys()):
        one, other = said.get(key, (NOTHING, "")), worst.get(key, (NOTHING, ""))
        order = [*WORST_FIRST, NOTHING]
        if one[0] != other[0] and (whole or order.index(one[0]) > order.index(other[0])):
            yield Disagreement(key[0], one[0], other[0], ".".join(key[1:]), f"{one[1]}\n{other[1]}")


def _found(reports: Sequence[Report]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """The worst verdict of each rule about each resource, with its message."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for report in reports:
        for finding in report.findings:
            key = finding.rule, finding.template, finding.logical_id
            if key not in found or WORST_FIRST.index(finding.verdict.value) < WORST_FIRST.index(found[key][0]):
                found[key] = finding.verdict.value, finding.message
    return found


def smaller(case: Case, kind: str) -> Case:
    """Return a case with as few changes as still show a disagreement of a kind."""
    for change in case.changes:
        less = case._replace(changes=tuple(other for other in case.changes if other is not change))
        found = compare(less)
        if found is not None and any(each.kind == kind for each in found.disagreements):
            return smaller(less, kind)
    return case
