import xml.etree.ElementTree as ET
from typing import Any

from mirror.report import junit
from mirror.report.model import Action
from tests import reports

# What CodeBuild and the common JUnit schemas (Ant's, Surefire's) know of: element, its attributes, its children.
KNOWN: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"tests", "failures", "errors", "skipped", "time", "name"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, {"testcase"}),
    "testcase": ({"classname", "name", "time"}, {"failure", "skipped", "system-out"}),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


def parse(text: str) -> ET.Element:
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own output


def check(element: ET.Element) -> None:
    attributes, children = KNOWN[element.tag]
    assert set(element.attrib) <= attributes
    assert {child.tag for child in element} <= children
    for child in element:
        check(child)


def cases(text: str) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in parse(text).iter("testcase")}


def test_it_is_junit() -> None:
    (text,) = junit.render(reports.failing())
    root = parse(text)
    check(root)
    (suite,) = root
    assert suite.attrib["timestamp"] == "2026-11-24T03:00:00"
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "skipped")}
    found: dict[str, Any] = {
        "tests": len(list(suite.iter("testcase"))),
        "failures": len(list(suite.iter("failure"))),
        "skipped": len(list(suite.iter("skipped"))),
    }
    assert counts == found == {"tests": 8, "failures": 3, "skipped": 3}


def test_a_case_is_a_reference_and_says_what_failed_and_why() -> None:
    (text,) = junit.render(reports.failing())
    found = cases(text)
    node = found["node:22"]
    assert node.attrib["classname"] == "node"
    failure = node.find("failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "failed",
        "message": "denied: no permission for PutImage → Deploy the stacks again.",
    }
    skipped = found["redis:7"].find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"].startswith("deferred; Docker Hub: the pull limit is reached")
    assert [child.tag for child in found["maven:3.6.3-jdk-11"]] == ["system-out"]
    assert found["ghost"].find("failure") is not None


def test_text_that_xml_cannot_have_is_replaced() -> None:
    (text,) = junit.render(reports.failing())
    (case,) = (case for name, case in cases(text).items() if name.startswith("evil:"))
    assert case.attrib["name"] == f"evil:{reports.HOSTILE}"
    failure = case.find("failure")
    assert failure is not None
    assert f"{reports.HOSTILE}\ufffd\ufffd[31m\ufffd" in failure.attrib["message"]


def test_files_have_at_most_five_hundred_cases_and_the_first_one_all_failures() -> None:
    failed = [
        reports.image(f"late-{n}:1", reports.place(f"late-{n}:1", Action.FAILED, reason="denied")) for n in range(3)
    ]
    report = reports.report(*reports.large(1198).images, *failed)
    files = junit.render(report)
    assert [len(cases(text)) for text in files] == [500, 500, 201]
    assert [len(list(parse(text).iter("failure"))) for text in files] == [3, 0, 0]
    assert set().union(*(cases(text) for text in files)) == {image.reference for image in report.images}


def test_nothing_asked_for_is_one_empty_file() -> None:
    (text,) = junit.render(reports.report())
    assert cases(text) == {}
