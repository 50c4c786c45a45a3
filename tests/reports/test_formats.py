"""All forms of one report: they hold the same findings, are valid, and nothing of a template steers a reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped] # its stubs are for one line
import pytest

from ecr_ecs_constructs.cli.formats import FORMATS
from ecr_ecs_constructs.cloudformation.assembly import load
from ecr_ecs_constructs.pull.answer import Verdict
from ecr_ecs_constructs.pull.facts import Policy
from ecr_ecs_constructs.pull.link import Link
from ecr_ecs_constructs.reports.sarif import render as sarif
from ecr_ecs_constructs.reports.text import escape, finding_line, render
from ecr_ecs_constructs.rules.catalogue import RULES
from ecr_ecs_constructs.rules.fingerprints import FindingKey
from ecr_ecs_constructs.rules.gate import Gate
from ecr_ecs_constructs.rules.hygiene import scan_disabled
from ecr_ecs_constructs.rules.judge import judge
from ecr_ecs_constructs.rules.rule import Severity
from ecr_ecs_constructs.rules.unproven import NOT_PROVEN, all_findings
from tests.reports.reporting import CONTAINER, EMPTY, FINDING, REPORT
from tests.reports.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ecr_ecs_constructs.rules.judge import Report

    Found = set[tuple[str, str, int, str]]
    """Rule, file, line (1 where it is not known), message."""

FOLDER = "/home/me/app"
REQUIRED = REPORT._replace(
    gate=Gate(requires_proof=True),
    folder=FOLDER,
    findings=(
        *REPORT.findings,
        FINDING._replace(rule="floating-tag", template=f"{FOLDER}/cdk.out/Web.json", source=None, message="a"),
        FINDING._replace(rule="floating-tag", template="/elsewhere/Web.json", source=None, logical_id="", message="b"),
        FINDING._replace(rule="no-rule", severity=Severity.INFO, source="../app/web.py:3", acknowledged="so"),
    ),
)


def expected(report: Report) -> Found:
    """What each form must hold; the files are written out here as they are to be shown."""
    files = {
        "out/Web.template.json": "out/Web.template.json",
        f"{FOLDER}/cdk.out/Web.json": "cdk.out/Web.json",
        "/elsewhere/Web.json": "/elsewhere/Web.json",
        "stacks/web.py:31": "stacks/web.py",
        "../app/web.py:3": "web.py",
    }
    lines = {"stacks/web.py:31": 31, "../app/web.py:3": 3}
    found = set()
    for finding in all_findings(report):
        where = finding.source or finding.template
        line = lines.get(where) or (finding.position.line if finding.position else 1)
        found.add((finding.rule, files[where], line, finding.message))
    return found


def of_sarif(text: str) -> Found:
    found = set()
    (run,) = json.loads(text)["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        artifact = place["artifactLocation"]
        is_relative = artifact.get("uriBaseId") == "%SRCROOT%"
        assert is_relative != artifact["uri"].startswith("file:///")
        file = unquote(artifact["uri"].removeprefix("file://"))
        found.add((result["ruleId"], file, place["region"]["startLine"], result["message"]["text"]))
    return found


def unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands in a log: level, properties, data, read as the runner reads them."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch("::(error|warning|notice) (.*?)::(.*)", line)
        assert match, line
        properties = dict(each.split("=", 1) for each in match[2].split(","))
        found.append((match[1], {name: unescaped(value) for name, value in properties.items()}, unescaped(match[3])))
    return found


def of_github(text: str) -> Found:
    return {
        (
            re.sub("^(acknowledged|baseline): ", "", each["title"]),
            each["file"],
            int(each.get("line", 1)),
            data.split("\n")[0],
        )
        for _, each, data in commands(text)
    }


def of_gitlab(text: str) -> Found:
    return {
        (
            each["check_name"],
            each["location"]["path"],
            each["location"]["lines"]["begin"],
            re.sub(r" \((acknowledged: .*|baseline)\)$", "", each["description"]),
        )
        for each in json.loads(text)
    }


def of_junit(text: str) -> Found:
    found = set()
    for test in ET.fromstring(text).iter("testcase"):
        for result in test:
            if result.text is not None:  # that of a container has none
                _, at, _ = result.text.split("\n")
                match = re.match(r"at: (\S+?)(?::(\d+))?(?::\d+)?(?: |$)", at)
                assert match
                found.add((result.attrib["type"], match[1], int(match[2] or 1), result.attrib["message"]))
    return found


def of_json(text: str) -> set[tuple[str, str, str]]:
    return {
        (each["rule"], each["source"] or each["template"], each["message"]) for each in json.loads(text)["findings"]
    }


READERS: dict[str, Callable[[str], Found]] = {
    "sarif": of_sarif,
    "github": of_github,
    "gitlab": of_gitlab,
    "junit": of_junit,
}


@pytest.mark.parametrize("report", [REQUIRED, REPORT._replace(folder=FOLDER), EMPTY], ids=["required", "not", "empty"])
def test_all_forms_hold_the_same_findings(report: Report) -> None:
    assert {*READERS, "text", "json", "diff"} == {*FORMATS}  # a diff holds no findings, but what mends them
    found = {name: read(FORMATS[name](report)) for name, read in READERS.items()}
    assert found == dict.fromkeys(READERS, expected(report))
    everything = all_findings(report)
    assert of_json(FORMATS["json"](report)) == {
        (each.rule, each.source or each.template, each.message) for each in everything
    }
    text = render(report, accepted=True)  # what is accepted is counted otherwise
    assert {line for line in text.splitlines() if re.match(r"\w+\[", line)} == {*map(finding_line, report.findings)}
    unproven = re.findall(r"^  (?:broken|unknown): (\w+) of ", text, re.MULTILINE)
    assert unproven == [each.message.split("'")[1] for each in everything if each.rule == NOT_PROVEN]


def test_a_container_that_must_be_proven_is_a_finding() -> None:
    """Two of three containers are not; none of them is one where nobody asks."""
    unproven = [each for each in all_findings(REQUIRED) if each.rule == NOT_PROVEN]
    assert [each.message for each in unproven] == [
        "container 'web' is broken: image broken: nginx has no ECR registry; network unknown: imported VPC",
        "container 'sidecar' is unknown: image unknown: who knows",
    ]
    assert all_findings(REPORT) == REPORT.findings


# SARIF


def published() -> Any:
    folder = Path(__file__).parents[1] / "data" / "sarif"
    schema = json.loads((folder / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(EMPTY, id="nothing"),
        pytest.param(REPORT, id="no folder"),
        pytest.param(REQUIRED, id="all"),
        pytest.param(EMPTY._replace(findings=tuple(FINDING._replace(rule=rule.id) for rule in RULES)), id="each rule"),
    ],
)
def test_sarif_is_valid(report: Report) -> None:
    published().validate(json.loads(sarif(report)))


def test_sarif_that_is_not_valid() -> None:
    document = json.loads(sarif(REPORT))
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not published().is_valid(document)


def result(**changes: Any) -> Any:
    report = EMPTY._replace(folder=FOLDER, findings=(FINDING._replace(**changes),))
    return json.loads(sarif(report))["runs"][0]["results"][0]


def test_sarif_of_a_statement() -> None:
    found = result()
    mark = found["partialFingerprints"]["primaryLocationLineHash"]
    assert re.fullmatch("[0-9a-f]{64}", mark)
    assert found == {
        "ruleId": "unqualified-image",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "container 'web': image 'nginx' has no ECR registry"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "stacks/web.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 31},
                },
                "logicalLocations": [{"name": "Task", "fullyQualifiedName": "Web/Task/Resource", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": mark, "ecrEcs/v1": mark},
        "properties": {
            "verdict": "broken",
            "location": "Properties.ContainerDefinitions[0].Image",
            "fix": "Name the image in full.",
        },
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "out/Web.template.json", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 7, "startColumn": 11},
                },
                "message": {"text": "The resource in the template."},
            }
        ],
    }


@pytest.mark.parametrize(
    ("template", "artifact"),
    [
        pytest.param("a b/ü#?.json", {"uri": "a%20b/%C3%BC%23%3F.json", "uriBaseId": "%SRCROOT%"}, id="encoded"),
        pytest.param("\udcff.json", {"uri": "%FF.json", "uriBaseId": "%SRCROOT%"}, id="no text"),
        pytest.param("\ud800.json", {"uri": "%ED%A0%80.json", "uriBaseId": "%SRCROOT%"}, id="no name"),
        pytest.param("c:d.json", {"uri": "c%3Ad.json", "uriBaseId": "%SRCROOT%"}, id="no scheme"),
        pytest.param("./x/../a.json", {"uri": "a.json", "uriBaseId": "%SRCROOT%"}, id="shortened"),
        pytest.param(f"{FOLDER}/a.json", {"uri": "a.json", "uriBaseId": "%SRCROOT%"}, id="absolute, inside"),
        pytest.param(f"{FOLDER}2/a.json", {"uri": f"file://{FOLDER}2/a.json"}, id="absolute, outside"),
        pytest.param("../a b.json", {"uri": "file:///home/me/a%20b.json"}, id="outside"),
        pytest.param("-", {"uri": "-", "uriBaseId": "%SRCROOT%"}, id="standard input"),
    ],
)
def test_sarif_address(template: str, artifact: dict[str, str]) -> None:
    found = result(template=template, source=None)
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == artifact
    assert "relatedLocations" not in found


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param("a.py:3", ("a.py", 3), id="statement"),
        pytest.param("a:b.py:3", ("a%3Ab.py", 3), id="colon"),
        pytest.param("a.py", ("out/Web.template.json", 7), id="no line"),
        pytest.param("a.py:0", ("out/Web.template.json", 7), id="line 0"),
        pytest.param("a.py:٣", ("out/Web.template.json", 7), id="other digits"),
        pytest.param(f"a.py:{'9' * 5000}", ("out/Web.template.json", 7), id="no line is so long"),
        pytest.param("", ("out/Web.template.json", 7), id="empty"),
    ],
)
def test_statement(source: str, place: tuple[str, int]) -> None:
    found = result(source=source)["locations"][0]["physicalLocation"]
    assert (found["artifactLocation"]["uri"], found["region"]["startLine"]) == place


def test_sarif_of_what_is_accepted() -> None:
    assert result(acknowledged="mirrored")["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "mirrored"}
    ]
    assert "suppressions" not in result()


@pytest.mark.parametrize(
    ("gone", "in_baseline", "expected"),
    [
        pytest.param(None, False, None, id="no baseline"),
        pytest.param((), False, "new", id="new"),
        pytest.param((), True, "unchanged", id="in the baseline"),
        pytest.param((FindingKey.of(FINDING),), True, "unchanged", id="another one is gone"),
    ],
)
def test_sarif_of_a_baseline(gone: tuple[FindingKey, ...] | None, in_baseline: bool, expected: str | None) -> None:
    """Code scanning would take what is gone for a result."""
    report = EMPTY._replace(findings=(FINDING._replace(in_baseline=in_baseline),), gone=gone)
    (only,) = json.loads(sarif(report))["runs"][0]["results"]
    assert only.get("baselineState") == expected
    assert "suppressions" not in only


MENDED = """\
Resources:
  Repository: # é\u202e
    Type: AWS::ECR::Repository
  Other: {Type: AWS::ECR::Repository, Properties: {RepositoryName: x}}"""


def test_sarif_of_what_mends_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MENDED, encoding="utf-8")
    report = judge(load([tmp_path / "a.yaml"]), Policy(), [scan_disabled])._replace(folder=str(tmp_path))
    document = json.loads(sarif(report))
    published().validate(document)
    fixes = [fix for result in document["runs"][0]["results"] for fix in result["fixes"]]
    assert {fix["description"]["text"] for fix in fixes} == {scan_disabled.fix}
    first, second = [change for fix in fixes for change in fix["artifactChanges"]]
    assert first == {
        "artifactLocation": {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"},
        "replacements": [
            {
                "deletedRegion": {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 1},
                "insertedContent": {
                    "text": "    Properties:\n      ImageScanningConfiguration:\n        ScanOnPush: true\n"
                },
            }
        ],
    }
    assert second["replacements"][0]["deletedRegion"] == {
        "startLine": 4,
        "startColumn": 1,
        "endLine": 4,
        "endColumn": 1 + len(MENDED.rpartition("\n")[2]),
    }


def test_sarif_of_no_resource() -> None:
    assert "logicalLocations" not in result(logical_id="", construct_path=None)["locations"][0]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param("a[0].b", "a[0].b", id="no link"),
        pytest.param("[a](https://x.org)", "\\[a\\](https://x.org)", id="link"),
        pytest.param("[a\\](x)", "\\[a\\\\\\](x)", id="link that is escaped half"),
    ],
)
def test_no_link_in_a_message(message: str, text: str) -> None:
    assert result(message=message)["message"]["text"] == text


def test_rules_are_told_as_github_takes_them() -> None:
    """At most 1,024 characters of a description, and the page as help."""
    report = EMPTY._replace(findings=tuple(FINDING._replace(rule=rule.id) for rule in RULES))
    told = json.loads(sarif(report))["runs"][0]["tool"]["driver"]["rules"]
    assert [each["id"] for each in told] == [rule.id for rule in RULES]
    for each, rule in zip(told, RULES, strict=True):
        assert each["help"]["markdown"] == f"{rule.page}\n\n## Fix\n\n{rule.fix}"
        assert max(len(each["shortDescription"]["text"]), len(each["fullDescription"]["text"])) <= 1024


# GitHub


def test_the_worst_come_first() -> None:
    """GitHub shows ten of each level."""
    levels = [*reversed(Severity), *Severity]
    found = tuple(FINDING._replace(severity=each) for each in levels)
    accepted = (FINDING._replace(in_baseline=True), FINDING._replace(acknowledged="so"))
    report = EMPTY._replace(findings=(*accepted, *found))
    titles = [(level, properties["title"]) for level, properties, _ in commands(FORMATS["github"](report))]
    rule = "unqualified-image"
    assert titles == [
        *[("error", rule)] * 2,
        *[("warning", rule)] * 2,
        *[("notice", rule)] * 2,
        ("notice", f"baseline: {rule}"),
        ("notice", f"acknowledged: {rule}"),
    ]


def test_github_command() -> None:
    finding = FINDING._replace(message="100%: a, b", source="a,b:c%.py:3", acknowledged=None)
    assert FORMATS["github"](EMPTY._replace(findings=(finding,))) == (
        "::error file=a%2Cb%3Ac%25.py,line=3,title=unqualified-image::100%25: a, b"
        "%0Aat: Web/Task/Resource Properties.ContainerDefinitions[0].Image%0Afix: Name the image in full.\n"
    )


# GitLab


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "critical", id="error"),
        pytest.param({"severity": Severity.WARNING}, "minor", id="warning"),
        pytest.param({"severity": Severity.INFO}, "info", id="info"),
        pytest.param({"acknowledged": "so"}, "info", id="acknowledged"),
        pytest.param({"in_baseline": True}, "info", id="in the baseline"),
    ],
)
def test_gitlab_severity(changes: dict[str, Any], expected: str) -> None:
    report = EMPTY._replace(findings=(FINDING._replace(**changes),))
    (found,) = json.loads(FORMATS["gitlab"](report))
    assert found["severity"] == expected
    assert {*found} == {"description", "check_name", "fingerprint", "severity", "location"}


# JUnit


def suites(report: Report) -> list[ET.Element]:
    root = ET.fromstring(FORMATS["junit"](report))
    assert root.tag == "testsuites"
    return [*root]


ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name"},
    "failure": {"type", "message"},
    "skipped": {"type", "message"},
}
"""The elements that every reader of JUnit XML takes, with their attributes."""


@pytest.mark.parametrize("report", [REQUIRED, REPORT, EMPTY], ids=["required", "not", "empty"])
def test_junit_is_what_readers_take(report: Report) -> None:
    root = ET.fromstring(FORMATS["junit"](report))
    for element in root.iter():
        assert {*element.attrib} == ATTRIBUTES[element.tag]
    for suite in [root, *root]:
        counted = {tag: len([*suite.iter(tag)]) for tag in ("testcase", "failure", "skipped")}
        assert (suite.get("tests"), suite.get("failures")) == (str(counted["testcase"]), str(counted["failure"]))
        assert suite.get("skipped", str(counted["skipped"])) == str(counted["skipped"])
    for test in root.iter("testcase"):
        assert len(test) <= 1  # readers keep one result of a test
    names = [suite.get("name") for suite in root]
    assert len(names) == len({*names})


@pytest.mark.parametrize(
    ("gate", "changes", "tag"),
    [
        pytest.param(Gate(), {}, "failure", id="error"),
        pytest.param(Gate(), {"severity": Severity.WARNING}, "skipped", id="warning"),
        pytest.param(
            Gate(fail_on=Severity.WARNING), {"severity": Severity.WARNING}, "failure", id="warning that fails"
        ),
        pytest.param(Gate(fail_on=None), {}, "skipped", id="nothing fails"),
        pytest.param(Gate(), {"acknowledged": "so"}, "skipped", id="acknowledged"),
        pytest.param(Gate(), {"in_baseline": True}, "skipped", id="in the baseline"),
        pytest.param(Gate(), {"verdict": Verdict.UNKNOWN}, "failure", id="unknown"),
        pytest.param(Gate(unknown_fails=False), {"verdict": Verdict.UNKNOWN}, "skipped", id="unknown is reported"),
    ],
)
def test_junit_fails_where_the_gate_fails(gate: Gate, changes: dict[str, Any], tag: str) -> None:
    ((test,),) = suites(EMPTY._replace(gate=gate, findings=(FINDING._replace(**changes),)))
    assert [result.tag for result in test] == [tag]


@pytest.mark.parametrize(
    ("gate", "tags"),
    [
        pytest.param(Gate(), [["skipped"], [], ["skipped"]], id="need not be proven"),
        pytest.param(Gate(requires_proof=True), [[], ["failure"], ["failure"]], id="must be proven"),
        pytest.param(Gate(fail_on=None, requires_proof=True), [[], ["failure"], ["failure"]], id="nothing else fails"),
    ],
)
def test_junit_of_containers(gate: Gate, tags: list[list[str]]) -> None:
    (suite,) = suites(EMPTY._replace(gate=gate, containers=REPORT.containers))
    assert [[result.tag for result in test] for test in suite] == tags


# JSON


def strict(schema: Any) -> Any:
    """A schema that takes no other properties than it has."""
    if isinstance(schema, dict):
        changed = {key: strict(value) for key, value in schema.items()}
        return {**changed, "additionalProperties": False} if changed.get("type") == "object" else changed
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("report", [REQUIRED, REPORT, EMPTY], ids=["required", "not", "empty"])
def test_json_is_as_published(report: Report) -> None:
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(json.loads(FORMATS["json"](report)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(["version"], 2, id="version"),
        pytest.param(["findings", 0, "severity"], "fatal", id="severity"),
        pytest.param(["findings", 0, "line"], 0, id="line"),
        pytest.param(["containers", 0, "verdict"], "holds", id="verdict of a container"),
        pytest.param(["containers", 0, "links", 0, "link"], "x", id="link"),
        pytest.param(["summary", "error"], "1", id="count"),
    ],
)
def test_json_that_is_not_as_published(path: list[Any], value: object) -> None:
    document = part = json.loads(FORMATS["json"](REPORT))
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


# whatever a template says

NASTY = {
    "script": "<script>alert(1)</script>",
    "command": "::error::x",
    "command in a new line": "a\n::error::x",
    "old command": "##[error]x",
    "Azure": "##vso[task.complete result=Failed]",
    "colour": "\x1b[31m",
    "title of the terminal": "\x1b]0;x\x07",
    "lines": "a\r\nb\rc\n\x0b\x0c\x1c\x85\u2028\u2029d",
    "direction": "\u202ea\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "invisible": "a\u200b\u00ad\ufeffb",
    "NUL": "a\x00b",
    "lone surrogates": "\ud800a\udcff",
    "no characters": "\ufffe\uffff",
    "end of CDATA": "]]>",
    "escaped line": "%0A::error::x%0D%25",
    "properties": "a,line=1:b",
    "quotes": "\"'`\\",
    "comment": "--><!--",
    "entity": "&lt;&#0;",
    "link": "[x](https://x.org)",
    "C1": "\x80\x9b31m",
}
FIELDS = ["template", "logical_id", "construct_path", "location", "message", "source", "acknowledged", "container"]


def hostile(field: str, text: str, *, required: bool = True) -> Report:
    """A report in which a text stands in one place, by a finding, and by a container that is not proven."""
    link = Link("image", Verdict.BROKEN, text)
    container = CONTAINER._replace(links=(link,))
    if field in container._fields:
        container = container._replace(**{field: text})  # type: ignore[arg-type] # fields of text
    finding = FINDING._replace(source=None)
    if field in finding._fields:
        finding = finding._replace(**{field: f"{text}:3" if field == "source" else text})  # type: ignore[arg-type] # as above
    return EMPTY._replace(
        folder=FOLDER, gate=Gate(requires_proof=required), containers=(container,), findings=(finding, FINDING)
    )


@pytest.mark.parametrize("required", [True, False], ids=["required", "not"])
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_a_template_steers_a_reader(form: str, text: str, required: bool) -> None:
    for field in FIELDS:
        rendered = FORMATS[form](hostile(field, text, required=required))
        assert all(character.isprintable() or character == "\n" for character in rendered)
        assert "##" not in rendered
        rendered.encode()  # no lone surrogate
        if form != "github":
            assert not any(line.lstrip().startswith("::") for line in rendered.split("\n"))
        check(form, rendered, 3 if required else 2)


def check(form: str, rendered: str, count: int) -> None:
    """Check that a reader of a form reads it, and finds as many findings as there are."""
    if form == "github":
        assert len(commands(rendered)) == count
    elif form == "junit":
        root = ET.fromstring(rendered)
        assert {element.tag for element in root.iter()} <= {*ATTRIBUTES}
        assert len([*root.iter("failure")]) + len([*root.iter("skipped")]) == 3  # that of the container included
        assert plain(value for element in root.iter() for value in (*element.attrib.values(), element.text or ""))
    elif form in ("sarif", "gitlab"):
        document = json.loads(rendered)
        results = document if form == "gitlab" else document["runs"][0]["results"]
        assert len(results) == count
        assert plain(texts(document))
    elif form == "json":
        assert rendered.isascii()
        assert len(json.loads(rendered)["findings"]) == count


def texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def plain(values: Iterable[str]) -> bool:
    """Whether texts hold nothing that their reader could be steered by once it has read the form."""
    return all(escape(line) == line for value in values for line in value.replace("## ", "").split("\n"))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_sarif_of_any_text_is_valid(text: str) -> None:
    validator = published()
    for field in FIELDS:
        validator.validate(json.loads(sarif(hostile(field, text))))
