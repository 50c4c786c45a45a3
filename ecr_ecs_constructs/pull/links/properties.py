"""No link holds that rests on a resource with a property of which it is not known what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, wraps

from ecr_ecs_constructs.cloudformation.template import Resource
from ecr_ecs_constructs.pull.answer import Answer, Problem, Verdict
from ecr_ecs_constructs.pull.containers import Container
from ecr_ecs_constructs.pull.facts import Here
from ecr_ecs_constructs.pull.properties.declared import declared_type
from ecr_ecs_constructs.pull.properties.unknown import unknown_properties

Question = Callable[[Here, Container], Iterable[Answer]]


def with_properties(questions: Mapping[str, Question], links: Mapping[str, str]) -> Mapping[str, Question]:
    """Return the questions of links, unknown where they rest on a resource with a property that is unknown.

    Several links read the same resource. The one that the rule of its type belongs to says what is unknown of it; the
    others do so where that one does not read it.

    Args:
        questions: the question of each link, by its name.
        links: the name of the link that a rule belongs to.
    """

    def with_own(name: str, question: Question) -> Question:
        @wraps(question)
        def asked(here: Here, container: Container) -> Iterator[Answer]:
            answers, read = _asked(here, container, question)
            yield from answers
            for resource in read:
                declared = declared_type(resource.type)
                link = name if declared is None else links[declared.rule]
                if link == name or resource not in _asked(here, container, questions[link])[1]:
                    yield from _unknown(here, resource)

        return asked

    return {name: with_own(name, question) for name, question in questions.items()}


def _asked(here: Here, container: Container, question: Question) -> tuple[Sequence[Answer], Sequence[Resource]]:
    """Return the answers to a question, and the resources with unknown properties that these rest on."""
    answers, read = here.world.noted(partial(here.answers, question, container))
    return answers, read if any(answer.applies for answer in answers) else ()


def _unknown(here: Here, resource: Resource) -> Iterator[Answer]:
    """Yield that it is not known what the properties of a resource do."""
    declared = declared_type(resource.type)
    if declared is None:
        return
    for each in unknown_properties(here.world, resource):
        name, what = each.location.removeprefix("Properties."), each.declared.reason
        message = f"cannot verify {resource.logical_id}: its {name} {what}"
        problem = Problem(declared.rule, resource, each.location, message, Verdict.UNKNOWN)
        yield Answer.found(None, f"{name} of {resource.logical_id} {what}", problem)
