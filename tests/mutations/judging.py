"""Which single changes of a base the judge does not notice."""

from __future__ import annotations

from collections.abc import Sequence

from ecr_ecs_constructs.cloudformation.template import TemplateError
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.rules.judge import judge
from tests.mutations.mutants import Mutant
from tests.oracle.bases import NAMES, Part, templates
from tests.oracle.comparison import TODAY


def is_proven(mutant: Mutant) -> bool:
    """Return whether the templates with a change have containers, and all of them are proven.

    What has not the form of a template is not proven.
    """
    try:
        return _all_proven(mutant.parts())
    except TemplateError:
        return False


def _all_proven(parts: Sequence[Part]) -> bool:
    found = judge(templates(parts), Policy(today=TODAY), rules=()).containers
    return bool(found) and all(container.verdict == "proven" for container in found)


BASES = tuple(name for name in NAMES if name != "batch")
"""The bases that are proven as they are: which queue a job of AWS Batch goes to is given with each job."""
