"""Answers of a registry, and the errors of the specification (distribution-spec, *Error Codes*)."""

import json
from collections.abc import Mapping

from aiohttp import web


class Refusal(Exception):  # noqa: N818 - an answer rather than a failure of this program
    """Ends a request with an error document."""

    def __init__(
        self, status: int, code: str, message: str = "", *, headers: Mapping[str, str] | None = None, text: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.text = text
        """A plain body in place of the document."""

    def response(self) -> web.Response:
        """The answer."""
        if self.text:
            return web.Response(status=self.status, text=self.text, headers=self.headers)
        document = {"errors": [{"code": self.code, "message": self.message, "detail": {}}]}
        return web.Response(
            status=self.status,
            body=json.dumps(document).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )


def empty(status: int, **headers: str) -> web.Response:
    """An answer without a body; underscores in names stand for hyphens."""
    return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})
