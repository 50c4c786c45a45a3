"""Judge every single change of proven templates, and print what is still proven and declared by nobody."""

from __future__ import annotations

import argparse
import os
import sys

from tests.mutations.declared import DECLARED
from tests.mutations.judging import BASES
from tests.mutations.mutants import CLASSES, mutants
from tests.mutations.survey import Survey, drawn, still_open, survey, write_open


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--base", choices=BASES, action="append", help="changes of this base; of all if not given")
    parser.add_argument("--class", choices=CLASSES, action="append", dest="classes", help="changes of this class")
    parser.add_argument("--draw", type=int, metavar="COUNT", help="so many changes of each base, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shown", type=int, default=1, help="how many of each group are shown")
    parser.add_argument("--shrink", action="store_true", help="leave out of open.txt what is no longer met")
    options = parser.parse_args()
    names = options.base or BASES
    chosen = [
        mutant
        for name in names
        for mutant in (drawn(name, options.seed, options.draw) if options.draw is not None else mutants(name))
        if mutant.change in (options.classes or CLASSES)
    ]
    is_whole = not (options.base or options.classes or options.draw is not None)
    found = survey(chosen, processes=os.cpu_count() or 1)
    _show(found, options.shown, is_whole)
    if is_whole and options.shrink:
        write_open(found)
    return bool(found.undeclared) or (is_whole and bool([*_unmet(found)]))


def _show(found: Survey, shown: int, is_whole: bool) -> None:
    for own, met in sorted(found.undeclared.items(), key=lambda item: (item[0].type, item[0].path, item[0].change)):
        _say(f"{len(met):5} undeclared: {own}")
        for mutant in met[:shown]:
            _say(f"      {mutant}")
    for line in _unmet(found) if is_whole else ():
        _say(line)
    _say(f"{found.judged.total()} changes, {found.proven.total()} still proven")
    for name in CLASSES:
        _say(f"{found.judged[name]:7} {name}, {found.proven[name]} still proven")
    for declared in DECLARED:
        if found.declared[declared]:
            where = f"{declared.types} {', '.join(declared.paths)}"
            _say(f"{found.declared[declared]:7} {declared.sort.value}: {where}: {declared.why}")
    _say(f"{found.open.total():7} not judged yet, in {len(found.open)} groups")
    undeclared = sum(map(len, found.undeclared.values()))
    _say(f"{undeclared:7} undeclared, in {len(found.undeclared)} groups")


def _unmet(found: Survey) -> list[str]:
    """Return the declarations and the open groups that are met less often than they say, a line each."""
    unused = [declared for declared in DECLARED if not found.declared[declared]]
    fewer = {own: count for own, count in still_open().items() if found.open[own] != count}
    lines = [f"      unused declaration: {one.types} {', '.join(one.paths)}: {one.why}" for one in unused]
    return lines + [
        f"      open, met {found.open[own]} times instead of {count}: {own}" for own, count in fewer.items()
    ]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
