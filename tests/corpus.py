"""Judge each template below a folder by itself: `python -m tests.corpus FOLDER`.

For templates that others have published, of which nobody says what the answers are: none may crash the judge, and each
error that it finds is to be looked at. Most of them run images of Docker Hub, of which no registry is asked for a
permission or a way; so each is judged once more as if its images were of the account's own registry.

Exit codes: 0 judged, whatever the verdicts are; 1 the judge crashed; 2 there is nothing to judge.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecr_ecs_constructs.cloudformation.assembly import TEMPLATE_SUFFIXES, load
from ecr_ecs_constructs.cloudformation.template import Node, Template, TemplateError
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.containers import CONTAINERS
from ecr_ecs_constructs.reports.text import escape, finding_line
from ecr_ecs_constructs.rules import permission, role
from ecr_ecs_constructs.rules.judge import Report, judge
from ecr_ecs_constructs.rules.rule import Rule, Severity
from tests.pull.network.networks import OWN

RULES_OF = {
    "image": {"unqualified-image", "unverifiable-image"},
    "permission": {
        rule.id for module in (permission, role) for rule in vars(module).values() if isinstance(rule, Rule)
    },
}
"""The rules that say the same as a link."""


@dataclass(frozen=True)
class Reading:
    """A way to read all templates.

    Attributes:
        title: what is read.
        change: is handed the templates of a file before they are judged.
        beside: the links that many templates can't hold; they are counted, and not listed.
    """

    title: str
    change: Callable[[Iterable[Template]], None]
    beside: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """A template's file and the report on it.

    Attributes:
        name: the file below the folder.
        report: what the judge says.
        seconds: processor time of reading and judging.
    """

    name: str
    report: Report
    seconds: float


@dataclass(frozen=True)
class Corpus:
    """What came of all files of a folder.

    Attributes:
        reading: how they were read.
        judged: those that were judged.
        refused: by name, why a file is no template.
        crashed: by name, how an internal error came about.
    """

    reading: Reading
    judged: Sequence[Judged]
    refused: Mapping[str, str]
    crashed: Mapping[str, str]

    def lines(self, shown: Container[str] = ()) -> Iterator[str]:
        """Yield the verdicts by link, what is to be looked at and not yet shown, and how much was read."""
        beside = " and ".join(self.reading.beside)
        yield from self.verdicts()
        for title, lines in (
            (f"broken links besides {beside}", self.broken()),
            (f"errors besides those of {beside}", self.errors()),
            ("refused", (f"{name}: {why}" for name, why in self.refused.items())),
            ("internal errors", (f"{name}: {how}" for name, how in self.crashed.items())),
        ):
            found = [f"  {escape(line)}" for line in lines]
            new = [line for line in found if line not in shown]
            yield f"{len(found)} {title}{'' if found == new else f', {len(new)} of them not shown above'}"
            yield from new
        seconds = sum(each.seconds for each in self.judged)
        containers = sum(len(each.report.containers) for each in self.judged)
        yield f"{len(self.judged)} templates judged, {containers} containers, {seconds:.2f} s of processor time"

    def times(self) -> Iterator[str]:
        """Yield each template that was judged with its time, the slowest first."""
        yield f"{'ms':>8}  containers  template"
        for each in sorted(self.judged, key=lambda each: -each.seconds):
            yield f"{each.seconds * 1000:8.1f}  {len(each.report.containers):10}  {escape(each.name)}"

    def verdicts(self) -> Iterator[str]:
        """Yield how often each link has each verdict."""
        counts: dict[str, Counter[Verdict]] = {}
        for each in self.judged:
            for container in each.report.containers:
                for link in container.links:
                    counts.setdefault(link.name, Counter())[link.verdict] += 1
        yield "".join((f"{'link':<13}", *(f"{verdict.value:>16}" for verdict in Verdict)))
        for name, found in counts.items():
            yield "".join((f"{name:<13}", *(f"{found[verdict]:16}" for verdict in Verdict)))

    def broken(self) -> Iterator[str]:
        """Yield each broken link of the others with its evidence."""
        for each in self.judged:
            for container in each.report.containers:
                for link in container.links:
                    if link.verdict is Verdict.BROKEN and link.name not in self.reading.beside:
                        where = f"{each.name} {container.logical_id} {container.container}"
                        yield f"{where}: {link.name}: {link.evidence}"

    def errors(self) -> Iterator[str]:
        """Yield each finding of the other rules that is an error."""
        left_out = set().union(*(RULES_OF[link] for link in self.reading.beside))
        for each in self.judged:
            for finding in each.report.findings:
                if finding.severity is Severity.ERROR and finding.rule not in left_out:
                    yield finding_line(finding._replace(template=each.name, source=None))


def files_below(folder: Path) -> list[Path]:
    """Return the files that may hold templates, by their names."""
    return sorted(file for file in folder.rglob("*") if file.suffix in TEMPLATE_SUFFIXES and file.is_file())


def read_corpus(folder: Path, reading: Reading) -> Corpus:
    """Judge each file below a folder by itself."""
    judged, refused, crashed = [], {}, {}
    for file in files_below(folder):
        name = str(file.relative_to(folder))
        start = time.process_time()
        try:
            templates = load([file])
            reading.change(templates)
            report = judge(templates)
        except TemplateError as error:
            refused[name] = str(error).removeprefix(f"{file}:").strip()
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            crashed[name] = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
        else:
            judged.append(Judged(name, report, time.process_time() - start))
    return Corpus(reading, judged, refused, crashed)


def put_own_images(templates: Iterable[Template]) -> None:
    """Put an image of the account's own registry in place of each image."""
    for template in templates:
        for kind in CONTAINERS:
            for resource in template.by_type.get(kind, ()):
                _put_own_images(resource.properties)


def _put_own_images(node: Node) -> None:
    if isinstance(node, dict):
        if "Image" in node:
            node["Image"] = {**OWN}
        for value in node.values():
            _put_own_images(value)
    elif isinstance(node, list):
        for item in node:
            _put_own_images(item)


READINGS = (
    Reading("As they are", lambda templates: None, ("image",)),
    # The roles were written for the registries that the templates name.
    Reading("As if each image were of the account's own registry", put_own_images, ("image", "permission")),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the templates below a folder and say what came of it; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="corpus",
        usage="make corpus FOLDER=…, or python -m tests.corpus FOLDER",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where the templates are")
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"{folder}: is no folder")
    if not files_below(folder):
        parser.error(f"{folder}: holds no file that ends with {', '.join(TEMPLATE_SUFFIXES)}")
    corpora = [read_corpus(folder, reading) for reading in READINGS]
    lines = [*corpora[0].times()]
    for corpus in corpora:
        lines += ["", corpus.reading.title, *corpus.lines(shown=lines)]
    sys.stdout.write("\n".join((*lines, "")))
    return int(any(corpus.crashed for corpus in corpora))


if __name__ == "__main__":
    sys.exit(main())
