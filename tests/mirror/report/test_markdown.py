from mirror.report import markdown
from mirror.report.model import Action
from tests import reports


def test_failures_come_before_changes() -> None:
    text = markdown.render(reports.failing())
    assert text.startswith("## hub-mirror: 3 of 8 references failed\n")
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == ["### What needs somebody", "### Changed in the registry by somebody else", "### What changed"]


def test_text_from_registries_is_no_markup() -> None:
    lines = [line for line in markdown.render(reports.failing()).splitlines() if "evil" in line]
    assert len(lines) == 1
    outside = "".join(lines[0].split("`")[::2]).replace("<br>", "")
    unescaped = outside.replace("\\<", "").replace("\\>", "").replace("\\*", "")
    assert "<" not in unescaped
    assert "\x1b" not in lines[0]


def test_a_code_span_cannot_be_left() -> None:
    report = reports.report(reports.image("a`b|c:1", reports.place("a`b|c:1", Action.COPIED)))
    row = markdown.render(report).splitlines()[-1]
    assert row.count("|") == 7
    assert row.count("`") == 4


def test_many_changes_are_counted() -> None:
    images = [reports.image(f"a{n}:1", reports.place(f"a{n}:1", Action.COPIED)) for n in range(130)]
    text = markdown.render(reports.report(*images))
    assert text.rstrip().endswith("| and 30 more | | | | | |")
    assert len(text) < 65_536


def test_a_dry_run_says_so() -> None:
    report = reports.report(reports.image("a:1", reports.place("a:1", Action.COPIED)), dry_run=True)
    assert "## hub-mirror, dry run: all is well" in markdown.render(report)
    assert "### What would change" in markdown.render(report)
