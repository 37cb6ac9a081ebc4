import subprocess
import sys
from pathlib import Path

import mirror
from mirror.report import cost
from mirror.report.views import View, views
from tests import reports

USAGE = cost.observed(())
MODULE = """\
from mirror.report.views import View

VIEW = View("latest", "txt", "text/plain", lambda report, _: [f"{len(report.images)} references"])
"""
PROGRAM = """\
import sys
from pathlib import Path

from mirror.publish import Directory, publish
from tests import reports

assert publish(reports.small(), directory=Directory(Path(sys.argv[1])), bucket=None) == []
"""


def test_the_views() -> None:
    found = views()
    assert [(view.stem, view.suffix) for view in found] == [
        ("report", "json"),
        ("junit", "xml"),
        ("report", "md"),
        ("status", "html"),
    ]
    assert {name for view in found for name in view.files(reports.small(), USAGE)} == {
        "report.json",
        "junit-1.xml",
        "report.md",
        "status.html",
    }


def test_a_plan_has_names_of_its_own_and_is_no_test() -> None:
    plan = reports.report(*reports.small().images, dry_run=True)
    assert {name for view in views() for name in view.files(plan, USAGE)} == {"plan.json", "plan.md", "plan.html"}


def test_several_files_are_numbered_and_text_is_utf_8_whatever_is_in_it() -> None:
    view = View("a", "txt", "text/plain", lambda _report, _usage: ["1", "\ud800"], is_numbered=True)
    assert view.files(reports.small(), USAGE) == {"a-1.txt": b"1", "a-2.txt": b"?"}


def test_adding_a_view_is_adding_one_file(tmp_path: Path) -> None:
    engine = tmp_path / "mirror"
    for source in Path(mirror.__file__).parent.rglob("*"):
        if source.is_file() and source.suffix != ".pyc":
            copy = engine / source.relative_to(Path(mirror.__file__).parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (engine / "report" / "latest.py").write_text(MODULE)
    checkout = Path(__file__).resolve().parents[3]
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "out")],
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{checkout}", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (tmp_path / "out" / "latest.txt").read_text() == "3 references"
    assert (tmp_path / "out" / "status.html").exists()
