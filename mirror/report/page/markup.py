"""Text on its way into HTML."""

import html
import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# HTML has no way to write these, not even escaped.


def escape(text: str) -> str:
    """Text as text, in an element or in a quoted attribute, whoever wrote it."""
    return html.escape(_FORBIDDEN.sub("\ufffd", text))
