from pathlib import Path

import pytest

from mirror import cli
from mirror.cli.keeping import Reports
from mirror.config.model import MirrorConfig
from mirror.publish import Directory
from tests import reports


def keep(directory: Path, *, dry_run: bool = False) -> None:
    kept = Reports(Directory(directory), None, partial=False, metrics=None)
    kept.keep(reports.report(*reports.small().images, dry_run=dry_run), MirrorConfig(()), environ={})


def test_the_last_line_says_where_the_reports_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path)
    assert capsys.readouterr().out == (
        f"status page: {tmp_path}/status.html; report.json and report.md are beside it\n"
    )
    keep(tmp_path, dry_run=True)
    assert capsys.readouterr().out == f"status page: {tmp_path}/plan.html; plan.json and plan.md are beside it\n"
    named = {"status.html", "report.json", "report.md", "plan.html", "plan.json", "plan.md"}
    assert named <= {path.name for path in tmp_path.iterdir()}


def test_what_could_not_be_written_is_not_pointed_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file" / "below")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Not a directory" in err


@pytest.mark.parametrize(
    ("path", "message"),
    [("file", "there is a file of that name"), ("/dev/null/x", "Not a directory")],
)
def test_a_place_that_is_none_is_refused_before_the_run(
    file: Path, capsys: pytest.CaptureFixture[str], path: str, message: str
) -> None:
    (file.parent / "file").write_text("")
    place = str(file.parent / path)
    assert cli.main(["sync", "--config", str(file), "--report-dir", place], {}) == cli.BAD_CONFIG
    assert f"--report-dir: {place}: {message}; allowed: a directory that can be written to" in capsys.readouterr().err
