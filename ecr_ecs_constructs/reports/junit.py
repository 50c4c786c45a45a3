"""Reports as JUnit XML, for the dashboards of CI services: a suite for each template.

A test is the proof of a container, or a finding. It fails where the gate fails: what is found and does not fail is
skipped and tells why, and so is a container that is not proven and need not be.

Source: https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ecr_ecs_constructs.reports.places import FilePlace, place_of, resource_of
from ecr_ecs_constructs.reports.text import escape
from ecr_ecs_constructs.rules.fingerprints import relative
from ecr_ecs_constructs.rules.judge import ContainerReport, Report
from ecr_ecs_constructs.rules.rule import Finding
from ecr_ecs_constructs.rules.unproven import NOT_PROVEN, all_findings


def render(report: Report) -> str:
    """Return a report as one XML document in ASCII, with a newline at its end."""
    suites: dict[str, list[ET.Element]] = {}
    for template, test in _tests(report):
        suites.setdefault(template, []).append(test)
    root = ET.Element("testsuites", name="ecr-ecs")
    for template, tests in suites.items():
        ET.SubElement(root, "testsuite", name=escape(relative(template, report.folder))).extend(tests)
    for element in [*root, root]:
        for count, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            element.set(count, str(sum(1 for _ in element.iter(tag))))
        element.set("errors", "0")
    del root.attrib["skipped"]  # only suites have it
    ET.indent(root)
    document: bytes = ET.tostring(root, "us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _tests(report: Report) -> Iterator[tuple[str, ET.Element]]:
    """Yield each test with the template that it is of."""
    for container in report.containers:
        if container.verdict == "proven" or not report.requires_proof:
            yield container.template, _proof(container)
    for finding in all_findings(report):
        yield finding.template, _found(finding, report)


def _proof(container: ContainerReport) -> ET.Element:
    """Return the test of a container that is proven, or need not be: else a finding tells of it."""
    test = _test(container.construct_path or container.logical_id, f"container {container.container}")
    if container.verdict != "proven":
        message = f"{container.verdict}: " + "; ".join(
            f"{link.name} {link.verdict.value}: {link.evidence}"
            for link in container.links
            if link.verdict.value == container.verdict
        )
        ET.SubElement(test, "skipped", type=container.verdict, message=escape(message))
    return test


def _found(finding: Finding, report: Report) -> ET.Element:
    test = _test(resource_of(finding), f"{finding.rule}: {finding.message}")
    fails = finding.rule == NOT_PROVEN or report.gate.fails(finding)
    result = ET.SubElement(test, "failure" if fails else "skipped", type=finding.rule, message=escape(finding.message))
    level = finding.accepted or finding.severity.value
    if finding.acknowledged is not None:
        level = f"{level}: {finding.acknowledged}"
    at = " ".join(filter(None, (_shown(place_of(finding, report.folder)), finding.location)))
    # No line begins with text from a template.
    result.text = "\n".join((escape(level), escape(f"at: {at}"), escape(f"fix: {finding.fix}")))
    return test


def _test(resource: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=escape(resource), name=escape(name))


def _shown(place: FilePlace) -> str:
    return ":".join(str(part) for part in place if part is not None)
