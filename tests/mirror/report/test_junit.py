import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from mirror.report import junit
from mirror.report.model import Action, RunReport
from tests import reports

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def parse(text: str) -> ET.Element:
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own output


def cases(text: str) -> dict[str, ET.Element]:
    return {case.attrib["name"]: case for case in parse(text).iter("testcase")}


@pytest.mark.parametrize(
    "report",
    [reports.small(), reports.failing(), reports.large(), reports.report()],
    ids=["small", "failing", "large", "empty"],
)
def test_it_is_junit_as_codebuild_takes_it(report: RunReport) -> None:
    for text in junit.render(report):
        SCHEMA.validate(text)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<skipped", "<ignored"),
        (' type="failed"', ""),
        ('failures="3"', 'failures="some"'),
        ('name="redis:7"', 'name="node:22"'),
        ('time="1.500"', 'time="1,5"'),
        ('classname="redis"', 'classname=""'),
    ],
)
def test_the_schema_would_find_what_is_wrong(right: str, wrong: str) -> None:
    (text,) = junit.render(reports.failing())
    assert right in text
    with pytest.raises((xmlschema.XMLSchemaValidationError, ET.ParseError)):
        SCHEMA.validate(text.replace(right, wrong, 1))


def test_it_counts_its_cases() -> None:
    (text,) = junit.render(reports.failing())
    suite = parse(text)
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
    assert (
        skipped.attrib["message"] == "deferred; Docker Hub: the pull limit is reached → Nothing: the next run goes on."
    )
    assert skipped.text == "deferred\nDocker Hub: the pull limit is reached → Nothing: the next run goes on."
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


def test_a_case_keeps_its_name_whatever_becomes_of_it() -> None:
    """Trends compare by name."""
    reports_of_one = [reports.report(reports.image("app:1", reports.place("app:1", action))) for action in Action]
    found = {
        (case.attrib["classname"], name) for r in reports_of_one for name, case in cases(junit.render(r)[0]).items()
    }
    assert found == {("app", "app:1")}


def test_nothing_asked_for_is_one_empty_file() -> None:
    (text,) = junit.render(reports.report())
    assert cases(text) == {}
