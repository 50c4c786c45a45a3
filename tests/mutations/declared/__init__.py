"""Changes that the judge passes, each with the reason why the task starts all the same.

A declaration lists what is good. Where a change keeps the task from starting, it is not declared: the judge is wrong
there. What nobody has looked at yet stands in `open.txt`.
"""

from __future__ import annotations

from tests.mutations.declared.additions import ADDITIONS, harmless_addition
from tests.mutations.declared.declaration import Change, Declared
from tests.mutations.declared.images import IMAGES
from tests.mutations.declared.jobs import JOBS
from tests.mutations.declared.machines import MACHINES
from tests.mutations.declared.names import NAMES
from tests.mutations.declared.networks import NETWORKS
from tests.mutations.declared.policies import POLICIES
from tests.mutations.declared.runners import RUNNERS
from tests.mutations.declared.sections import SECTIONS
from tests.mutations.declared.tasks import TASKS
from tests.mutations.mutants import Mutant

DECLARED: tuple[Declared, ...] = (
    *NAMES,
    *IMAGES,
    *TASKS,
    *RUNNERS,
    *JOBS,
    *MACHINES,
    *NETWORKS,
    *POLICIES,
    *SECTIONS,
    *ADDITIONS,
)
"""All declarations but those that the table of properties makes; the first that speaks of a change counts."""


def declaration(mutant: Mutant) -> Declared | None:
    """Return the declaration that speaks of a change, None where none does."""
    change = Change.of(mutant)
    found = next((each for each in DECLARED if each.covers(change)), None)
    return harmless_addition(mutant) if found is None and mutant.change == "added" else found
