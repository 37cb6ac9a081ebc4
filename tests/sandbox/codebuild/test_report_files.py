from pathlib import Path

import pytest

from mirror.report import junit
from sandbox.codebuild.report_files import ReportFiles, UnreadableError, read_junit
from tests import reports


def write(directory: Path, **files: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.xml").write_text(text, encoding="utf-8")


def test_files_are_found_below_the_base_directory_and_nowhere_else(tmp_path: Path) -> None:
    write(tmp_path / "src" / "reports" / "deep", b="")
    write(tmp_path / "src" / "reports", a="")
    write(tmp_path / "src", other="")
    write(tmp_path, outside="")
    found = ReportFiles("g", ("a.xml", "**/*", "../../outside.xml"), "reports").find(tmp_path / "src")
    assert [path.name for path in found] == ["a.xml", "b.xml"]


def test_cases_say_what_happened_and_why(tmp_path: Path) -> None:
    write(
        tmp_path,
        a="<testsuites><testsuite name='s'>"
        "<testcase name='passes' classname='c' time='0.25'/>"
        "<testcase name='fails'><failure message='because'>at line 3</failure></testcase>"
        "<testcase name='breaks'><error>oops</error></testcase>"
        "<testcase name='waits'><skipped/></testcase>"
        "</testsuite></testsuites>",
    )
    found = read_junit([tmp_path / "a.xml"], tmp_path)
    assert found[0] == {
        "prefix": "c",
        "name": "passes",
        "testSuiteName": "s",
        "status": "SUCCEEDED",
        "durationInNanoSeconds": 250_000_000,
        "message": "",
        "testRawDataPath": "a.xml",
    }
    assert [(each["name"], each["status"], each["message"]) for each in found[1:]] == [
        ("fails", "FAILED", "because"),
        ("breaks", "ERROR", "oops"),
        ("waits", "SKIPPED", ""),
    ]


@pytest.mark.parametrize(
    "text", ["", "<testsuite>", "<html/>", "<testsuite><testcase name='a' time='soon'/></testsuite>"]
)
def test_what_is_no_junit_is_named(text: str, tmp_path: Path) -> None:
    write(tmp_path, broken=text)
    with pytest.raises(UnreadableError, match=r"^broken\.xml: "):
        read_junit([tmp_path / "broken.xml"], tmp_path)


def test_a_reader_that_knows_nothing_of_us_reads_our_files(tmp_path: Path) -> None:
    (text,) = junit.render(reports.failing())
    write(tmp_path, ours=text)
    found = {case["name"]: case for case in read_junit([tmp_path / "ours.xml"], tmp_path)}
    passed = [name for name, case in found.items() if case["status"] == "SUCCEEDED"]
    assert passed == ["maven:3.6.3-jdk-11", "alpine:3.22"]
    skipped = [name for name, case in found.items() if case["status"] == "SKIPPED"]
    assert skipped == ["redis:7", "openjdk:11", "golang:1.25"]
    assert found["redis:7"]["message"].startswith("deferred; Docker Hub: the pull limit is reached")
    assert found["node:22"]["message"] == "denied: no permission for PutImage → Deploy the stacks again."
    assert found["node:22"]["prefix"] == "node"
    assert found[f"evil:{reports.HOSTILE}"]["message"].startswith(reports.HOSTILE)
