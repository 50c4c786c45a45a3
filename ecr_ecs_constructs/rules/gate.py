"""The gate of a project: which findings fail, and whether each container must be proven."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.rules.rule import Finding, Severity


class Gate(NamedTuple):
    """The gate of a project.

    Attributes:
        fail_on: the lowest severity that fails; None for none.
        unknown_fails: whether what can't be verified fails as its severity says.
        requires_proof: whether each container must be proven, whatever is accepted or left out.
    """

    fail_on: Severity | None = Severity.ERROR
    unknown_fails: bool = True
    requires_proof: bool = False

    def fails(self, finding: Finding) -> bool:
        """Return whether a finding fails."""
        return (
            self.fail_on is not None
            and finding.accepted is None
            and _BADNESS[finding.severity] <= _BADNESS[self.fail_on]
            and (self.unknown_fails or finding.verdict is not Verdict.UNKNOWN)
        )

    def passes(self, findings: Iterable[Finding], verdicts: Iterable[str]) -> bool:
        """Return whether nothing fails.

        Args:
            findings: all findings.
            verdicts: the verdict of each container.
        """
        is_proven = not self.requires_proof or all(verdict == "proven" for verdict in verdicts)
        return is_proven and not any(map(self.fails, findings))


_BADNESS = {severity: place for place, severity in enumerate(Severity)}
