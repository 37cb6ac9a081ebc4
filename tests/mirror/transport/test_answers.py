import json

import pytest

from mirror import errors
from mirror.errors import LimitKind, RateLimitError
from mirror.transport.answers import error_details, error_for
from mirror.transport.client import Request, Response
from tests.support import Answer, FakeClock, ScriptedServer, client_for


def document(code: str, message: str = "") -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def response(clock: FakeClock, answer: Answer) -> Response:
    with ScriptedServer(answer) as server:
        return client_for(clock).send(Request("GET", server.url))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, document("NAME_UNKNOWN"), errors.RepositoryNotFoundError),
        (404, document("MANIFEST_UNKNOWN"), errors.NotFoundError),
        (404, b"", errors.NotFoundError),
        (400, document("TAG_INVALID", "immutable"), errors.TagImmutableError),
        (401, b"", errors.DeniedError),
        (403, document("DENIED", "Your authorization token has expired."), errors.DeniedError),
        (400, document("MANIFEST_BLOB_UNKNOWN"), errors.RefusedError),
        (405, document("UNSUPPORTED"), errors.RefusedError),
        (413, b"<html>too large</html>", errors.RefusedError),
        (500, b"", errors.UnavailableError),
        (302, b"", errors.UnavailableError),
        (503, document("TOOMANYREQUESTS"), errors.RateLimitError),
    ],
)
def test_an_answer_means_one_kind_of_error(
    clock: FakeClock, status: int, body: bytes, kind: type[errors.RegistryError]
) -> None:
    found = error_for(response(clock, Answer(status, body=body)), what="maven:3", now=0)
    assert type(found) is kind
    assert found.status == (429 if kind is RateLimitError else status)
    assert str(found).startswith(f"maven:3: HTTP {status}")
    assert "<html>" not in str(found)


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        (
            {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600"},
            document("TOOMANYREQUESTS"),
            LimitKind.QUOTA,
        ),
        ({}, b"Too Many Requests", LimitKind.RATE),
        ({}, document("TOOMANYREQUESTS", "Rate exceeded"), LimitKind.RATE),
        ({"ratelimit-limit": "100", "ratelimit-remaining": "50"}, document("TOOMANYREQUESTS"), LimitKind.RATE),
    ],
)
def test_the_pull_quota_and_the_abuse_limit_are_told_apart(
    clock: FakeClock, headers: dict[str, str], body: bytes, kind: LimitKind
) -> None:
    found = error_for(response(clock, Answer(429, {**headers, "Retry-After": "3"}, body)), what="x", now=0)
    assert isinstance(found, RateLimitError)
    assert (found.kind, found.retry_after) == (kind, 3.0)
    assert bool(found.advice) == (kind is LimitKind.QUOTA)


def test_a_servers_words_are_cut_and_redacted(clock: FakeClock) -> None:
    body = document("DENIED", "Bearer abcdefghijkl " + "long " * 200)
    text = str(error_for(response(clock, Answer(403, body=body)), what="x", now=0))
    assert "abcdefghijkl" not in text
    assert len(text) < 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"errors": 5}', b'{"errors": [5]}', b"\xff"])
def test_what_is_no_error_document_has_no_details(body: bytes) -> None:
    assert error_details(body) == ()
