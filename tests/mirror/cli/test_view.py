"""Which view is chosen; that what is drawn is right is `tests/console/test_terminal.py`'s to show."""

import io
import sys
from pathlib import Path

import pytest

from console.live import LiveView
from mirror.cli import view
from mirror.report.text import TextLog


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_view_is_found_where_it_lies() -> None:
    module = sys.modules["console.live"]
    assert module.__name__ == view.PLUG
    assert Path(str(module.__file__)) == view._BESIDE


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Screen(), {"TERM": "xterm"}, LiveView),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "1"}, LiveView),
        (Screen(), {"TERM": "dumb"}, TextLog),
        (Screen(), {}, TextLog),
        (io.StringIO(), {"TERM": "xterm"}, TextLog),
    ],
)
def test_by_what_stdout_is_and_by_what_its_owner_wishes(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, environ: dict[str, str], expected: type
) -> None:
    monkeypatch.setattr("sys.stdout", stream)
    assert type(view.choose(environ)) is expected
