"""Compares for a while: `python -m tests.oracle --seconds 600 --seed 1`; `--base NAME --case N` shows one case."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.oracle.bases import NAMES
from tests.oracle.cases import Case, draw
from tests.oracle.comparison import Disagreement, compare, smaller


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--base", choices=NAMES)
    parser.add_argument("--case", type=int)
    parser.add_argument("--shown", type=int, default=3, help="how many of each kind are shown")
    options = parser.parse_args()
    end, number = time.process_time() + options.seconds, options.case or 0
    kinds: Counter[str] = Counter()
    compared = several = foldings = 0
    while time.process_time() < end:
        for name in (options.base,) if options.base else NAMES:
            case = draw(name, options.seed, number)
            found = compare(case)
            if found is None:
                continue
            compared += 1
            foldings += found.foldings
            several += found.foldings > 1
            for kind, each in {each.kind: each for each in found.disagreements}.items():
                kinds[kind] += 1
                if kinds[kind] <= options.shown:
                    _show(smaller(case, kind), kind, each)
        number += 1
        if options.case is not None:
            break
    _say(f"seed {options.seed}: {compared} cases, {several} with several worlds, {foldings} foldings")
    for kind, count in sorted(kinds.items()):
        _say(f"{count:6} {kind}")
    return bool(kinds)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(case: Case, kind: str, found: Disagreement) -> None:
    _say(f"---- {case.base} case {case.number}: {kind}\n     {found.where}")
    for line in found.evidence.splitlines():
        _say(f"     | {line[:300]}")
    for change in case.changes:
        _say(f"     {str(change)[:400]}")


if __name__ == "__main__":
    sys.exit(main())
