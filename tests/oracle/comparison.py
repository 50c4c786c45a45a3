"""The symbolic answer beside those of the foldings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import TemplateError
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import Report, judge
from tests.oracle.bases import Part, templates
from tests.oracle.cases import Case
from tests.oracle.folding import fold, worlds

TODAY = date(2026, 11, 23)
WORST_FIRST = ("broken", "unknown", "holds")
NOTHING = "nothing"
DEPLOYED = ("placement", "undeployable-task")
"""The link and the rule that are broken where CloudFormation refuses a template."""
VERDICT = "verdict"
MAX_WORLDS = 96


class Disagreement(NamedTuple):
    """A difference between the symbolic answer and the worst of the foldings.

    Attributes:
        about: the name of the link, the id of the rule, or the verdict of all links.
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


class Judged(NamedTuple):
    """A folding with its report.

    Attributes:
        report: what the judge says of it.
        refused: the names of its templates that CloudFormation refuses.
    """

    report: Report
    refused: frozenset[str]


class Comparison(NamedTuple):
    """One case, judged both ways.

    Attributes:
        foldings: how many foldings there are.
        disagreements: what differs.
    """

    foldings: int
    disagreements: tuple[Disagreement, ...] = ()


def judged(parts: Sequence[Part]) -> Report:
    return judge(templates(parts), Policy(today=TODAY))


def compare(case: Case) -> Comparison | None:
    """Compare the judge with itself; None where a case is none, or has too many worlds."""
    parts = case.parts()
    every = [*worlds(parts)] if parts is not None else []
    if parts is None or not 1 < len(every) <= MAX_WORLDS:
        return None
    try:
        folded = [fold(parts, world) for world in every]
        foldings = [Judged(judged(one.parts), one.refused) for one in folded]
    except TemplateError:
        return None
    symbolic = judged(parts)
    return Comparison(len(foldings), (*_links(symbolic, foldings), *_findings(symbolic, foldings)))


def _heeded(foldings: Sequence[Judged], about: str) -> tuple[Sequence[Judged], bool]:
    """Return the foldings of which a link or a rule must have the worst answer, and whether it may have no worse one.

    Of a template that CloudFormation refuses, links and rules about other things may say anything.
    """
    heeded = [each for each in foldings if about in DEPLOYED or not each.refused]
    return heeded, len(heeded) == len(foldings)


def _links(symbolic: Report, foldings: Sequence[Judged]) -> Iterator[Disagreement]:
    answers = {id(each): _answers(each.report) for each in foldings}
    for key, links in _answers(symbolic).items():
        for name, (said, evidence) in links.items():
            heeded, is_exact = _heeded(foldings, name)
            there = [own[key][name] for each in heeded if key in (own := answers[id(each)])]
            if not there:
                continue
            worst = min(there, key=_badness)
            if said != worst[0] and (is_exact or _badness((said, "")) > _badness(worst)):
                yield Disagreement(name, said, worst[0], ".".join(key), f"{evidence}\n{worst[1]}")
        # A container of a refused template never starts.
        said = min(links.values(), key=_badness)[0]
        if said == "holds" and any(key[0] in each.refused and key in answers[id(each)] for each in foldings):
            yield Disagreement(VERDICT, said, "broken", ".".join(key), "CloudFormation refuses a template")


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


def _findings(symbolic: Report, foldings: Sequence[Judged]) -> Iterator[Disagreement]:
    said = _found([symbolic])
    every = _found([each.report for each in foldings])
    valid = _found([each.report for each in foldings if not each.refused])
    for key in sorted(said.keys() | every.keys()):
        _, is_exact = _heeded(foldings, key[0])
        one = said.get(key, (NOTHING, ""))
        other = (every if key[0] in DEPLOYED else valid).get(key, (NOTHING, ""))
        order = [*WORST_FIRST, NOTHING]
        if one[0] != other[0] and (is_exact or order.index(one[0]) > order.index(other[0])):
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
