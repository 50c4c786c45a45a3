"""Acknowledgements: they accept findings for a reason, for as long as they say.

The `Metadata` of a resource accepts what is found in it; an acknowledgement on a construct accepts what is found below
it. A reason may begin with its last day: `until 2027-03-31: the image is replaced in spring`.

Source: https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ecr_ecs_constructs.cloudformation.template import METADATA_KEY, Node, Resource, Template
from ecr_ecs_constructs.pull.answer import Problem
from ecr_ecs_constructs.pull.facts import Facts
from ecr_ecs_constructs.rules.rule import NAME, Severity, rule
from ecr_ecs_constructs.spelling import did_you_mean


@rule(
    "unused-acknowledgement",
    Severity.WARNING,
    "Take it away, or write it anew: with the id of a rule that finds something there, as `ecr-ecs rules` lists it, or "
    "with what the templates leave open, as findings print it; with a reason, and a last day that is still to come.",
)
def unused_acknowledgement(_: Facts) -> Iterator[Problem]:
    """Find nothing in the facts: whether an acknowledgement accepts something, the findings of the others decide."""
    yield from ()


_PREFIX = f"{NAME}::"
_KEY = "acknowledge"
_END = re.compile(r"until[\s:]+([0-9][^\s:]*)\s*:?(.*)", re.DOTALL | re.IGNORECASE)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def ended(reason: str, today: date) -> str:
    """Return why a reason counts no longer, or does not count at all; empty where it does.

    Args:
        reason: the reason, with its last day before it where it ends.
        today: the day as of which it is judged.
    """
    end = _END.fullmatch(reason.strip())
    if not (reason if end is None else end[2]).strip():
        return "it has no reason"
    if end is None:
        return ""
    try:
        last = date.fromisoformat(end[1] if _DAY.fullmatch(end[1]) else "")
    except ValueError:
        return f"its last day must be a day such as 2027-03-31, and is {end[1]!r}"
    return f"its last day was {last}" if today > last else ""


class FindingPlace(NamedTuple):
    """The place of a finding.

    Attributes:
        resource: the resource; None for a construct.
        path: the construct, empty for the app; None where it is not known.
        bundle: the cloud assembly that the construct is in; None for each of a synthesis.
    """

    resource: Resource | None
    path: str | None
    bundle: str | None


class Acknowledgement(NamedTuple):
    """An acceptance of what a rule finds at one place.

    Attributes:
        rule: the id of the rule, as it is written.
        reason: why, with its last day before it where it ends.
        template: the template that it stands in, or whose constructs it is on.
        resource: the resource whose `Metadata` holds it; None for one on a construct.
        path: the construct that it is on, empty for the app; that of the resource, None where it is not known.
        bundle: the cloud assembly that it is about: constructs of several apps may have one path. None for each.
    """

    rule: str
    reason: str
    template: Template
    resource: Resource | None
    path: str | None
    bundle: str | None

    def covers(self, place: FindingPlace) -> bool:
        """Return whether it is about a place."""
        if self.resource is not None:
            return place.resource is self.resource
        if None not in (self.bundle, place.bundle) and self.bundle != place.bundle:
            return False
        return place.path is not None and f"{place.path}/".startswith(f"{self.path}/" if self.path else "")

    @property
    def place(self) -> FindingPlace:
        """Where it stands."""
        return FindingPlace(self.resource, self.path, self.bundle)

    @property
    def _nearness(self) -> tuple[bool, int]:
        return self.resource is None, -len(self.path or "")


class Acknowledgements:
    """The acknowledgements of templates, and what each accepts.

    Args:
        templates: the templates.
        today: the day as of which they are judged.
        around: the acknowledgements on an app and its stages, which a cloud assembly does not hold: by construct path,
            the reason for each rule, by its full id.
    """

    def __init__(self, templates: Sequence[Template], today: date, around: Mapping[str, Mapping[str, str]]) -> None:
        found = [each for template in templates for each in _of_resources(template)]
        found += [each for template in templates if template.parent is None for each in _of_constructs(template)]
        found += [each for template in templates[:1] for each in _on_constructs(template, around, None)]
        self._today = today
        self._by_rule: dict[str, list[Acknowledgement]] = {}
        for each in sorted(found, key=lambda each: each._nearness):  # noqa: SLF001 - its own module
            self._by_rule.setdefault(each.rule, []).append(each)

    def of(self, rule: str, place: FindingPlace) -> Iterator[Acknowledgement]:
        """Yield those about what a rule finds at a place that count, the nearest first."""
        for each in self._by_rule.get(rule, ()):
            if each.covers(place) and not ended(each.reason, self._today):
                yield each

    def idle(
        self, found: Mapping[str, Sequence[FindingPlace]], ids: Collection[str]
    ) -> Iterator[tuple[Acknowledgement, str]]:
        """Yield those that accept nothing, each with the reason.

        Args:
            found: by the id of each rule that was checked, the places where it finds something.
            ids: the ids of all rules.
        """
        for written, each_of_rule in self._by_rule.items():
            unknown = "" if written in ids else _mistyped(written, ids)
            for each in each_of_rule:
                why = ended(each.reason, self._today)
                if written not in ids:
                    if unknown:
                        yield each, unknown
                elif why:
                    yield each, why
                elif written in found and not any(map(each.covers, found[written])):
                    yield each, "the rule finds nothing there"


def _mistyped(written: str, ids: Collection[str]) -> str:
    """Return why something is the id of no rule; empty where it is that of other checks.

    CDK itself puts the name of its annotations before an id that names no checks.
    """
    namespace, _, rule = written.rpartition("::")
    if not namespace or namespace == NAME:
        hint = did_you_mean(written, ids)
        return f"no rule has this id; {hint}" if hint else "no rule has this id"
    is_ours = rule in ids or namespace.lower().replace("_", "-") == NAME
    return f"its id must begin with {_PREFIX!r}" if is_ours else ""


def _of_resources(template: Template) -> Iterator[Acknowledgement]:
    """Yield what the `Metadata` of resources accepts."""
    for resource in template.resources.values():
        own = resource.metadata.get(METADATA_KEY)
        for written, reason in _reasons(own):
            yield Acknowledgement(written, reason, template, resource, resource.construct_path, template.bundle)


def _reasons(own: Node) -> Iterator[tuple[str, str]]:
    """Yield the ids in the metadata of a resource with their reasons, also where it has not the form for them."""
    reasons = own.get(_KEY, {}) if isinstance(own, dict) else {}
    if isinstance(own, dict):
        yield from ((f"{METADATA_KEY}.{key}", "") for key in own if key != _KEY)
    if isinstance(reasons, dict):
        yield from ((written, reason if isinstance(reason, str) else "") for written, reason in reasons.items())
    else:
        each = reasons if isinstance(reasons, list) else [reasons]
        yield from ((one, "") for one in each if isinstance(one, str))


def _of_constructs(template: Template) -> Iterator[Acknowledgement]:
    """Yield what the constructs of a stack accept, as far as the cloud assembly tells."""
    yield from _on_constructs(template, template.constructs.acknowledged, template.bundle)


def _on_constructs(
    template: Template, reasons: Mapping[str, Mapping[str, str]], bundle: str | None
) -> Iterator[Acknowledgement]:
    for path, by_id in reasons.items():
        for full, reason in by_id.items():
            yield Acknowledgement(full.removeprefix(_PREFIX), reason, template, None, path, bundle)
