import pytest

from mirror.report.page.markup import escape


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("maven:3.9", "maven:3.9"),
        ("<b a='\"'>&", "&lt;b a=&#x27;&quot;&#x27;&gt;&amp;"),
        ("\x00\x1b[31m\x9b\x7f", "\ufffd\ufffd[31m\ufffd\ufffd"),
        ("\ud800", "\ufffd"),
        ("a\tb\nc", "a\tb\nc"),
        ("größer 🐳", "größer 🐳"),
    ],
)
def test_text_stays_text(text: str, html: str) -> None:
    assert escape(text) == html
