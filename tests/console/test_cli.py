from pathlib import Path

import pytest

from console import cli


def test_the_status_page_is_opened_where_there_is_a_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "status.html"
    opened: list[str] = []

    def open_url(url: str) -> bool:
        opened.append(url)
        return True

    assert cli.show_status(page, open_url) == cli.NO_PAGE
    assert "make demo" in capsys.readouterr().err
    page.write_text("<!doctype html>")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert cli.show_status(page, open_url) == 0
    assert opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    assert cli.show_status(page, open_url) == 0
    assert opened == [page.as_uri()]
    assert capsys.readouterr().out == f"status page: {page.as_uri()}\n" * 2


def test_commands_are_the_engines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["plan", "--help"])
    assert ended.value.code == 0
    assert "--cost" in capsys.readouterr().out
