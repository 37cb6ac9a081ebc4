import pytest

from mirror.transport.redact import HIDDEN, redact, redact_url


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer eyJhbGciOi.abc.def", "eyJhbGciOi"),
        ("{'Authorization': 'Basic QVdTOnNlY3JldA=='}", "QVdTOnNlY3JldA"),
        ("token dckr_pat_AbC-123_x was refused", "AbC-123_x"),
        ("https://user:hunter2@registry.example/v2/", "hunter2"),
        ("GET https://cdn.example/data?X-Amz-Signature=deadbeef&X-Amz-Date=1 failed", "deadbeef"),
        ("https://cdn.example/data?verify=1700-abcdef", "1700-abcdef"),
        ("x-amz-security-token: FwoGZXIvYXdzE", "FwoGZXIvYXdzE"),
    ],
)
def test_secrets_do_not_get_through(text: str, secret: str) -> None:
    cleaned = redact(text)
    assert secret not in cleaned
    assert HIDDEN in cleaned or "registry.example" in cleaned


@pytest.mark.parametrize(
    "text", ["maven:3.6.3-jdk-11 sha256:0123abcd", "https://registry-1.docker.io/v2/library/maven/manifests/3", "basic"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_a_url_keeps_what_tells_it_apart() -> None:
    assert redact_url("https://a:b@h:8443/p?n=5&token=t#f") == f"https://h:8443/p?n=5&token={HIDDEN}"
    assert redact_url("http://[broken") == HIDDEN
