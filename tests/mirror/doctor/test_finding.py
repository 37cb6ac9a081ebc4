import pytest

from mirror.doctor.finding import Level, failed
from mirror.errors import (
    CredentialsError,
    DeniedError,
    LimitKind,
    MirrorError,
    RateLimitError,
    TransportError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("err", "fix"),
    [
        (DeniedError("no", status=403), "Allow it."),
        (TransportError("no answer"), TransportError.advice),
        (UnavailableError("ill", status=500), "The registry is in trouble"),
        (UnavailableError("ill", status=200, advice="Deploy."), "Deploy."),
        (
            RateLimitError("slow", kind=LimitKind.RATE, retry_after=None),
            "Wait a few minutes, and look for who else asks",
        ),
        (CredentialsError("none", advice="Log in."), "Log in."),
    ],
)
def test_every_failure_has_something_to_do(err: MirrorError, fix: str) -> None:
    found = failed("what", err, denied="Allow it.")
    assert found.level is Level.BAD
    assert found.detail == str(err)
    assert found.fix.startswith(fix)
    assert found.credentials == isinstance(err, CredentialsError)
