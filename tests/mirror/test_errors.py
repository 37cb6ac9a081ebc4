import inspect
import re

import pytest

from mirror import errors
from mirror.errors import (
    ConfigError,
    LimitKind,
    MirrorError,
    NotFoundError,
    Problem,
    RateLimitError,
    RegistryErrorDetail,
    RepositoryNotFoundError,
    UnavailableError,
    VerificationError,
)


def test_the_picture_of_the_hierarchy_is_right() -> None:
    """The module begins with a drawing; this reads it back."""
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in str(errors.__doc__).splitlines():
        match = re.match(r"\s*[│├└─ ]*(?=[A-Z]\w*Error)(\w+)", line)
        if match is None:
            continue
        depth = match.start(1)
        above = [each for each in above if each[0] < depth]
        drawn[match[1]] = above[-1][1] if above else "Exception"
        above.append((depth, match[1]))
    found = {
        name: value.__base__.__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception) and value.__base__ is not None
    }
    assert drawn == found


def test_problems_stand_in_the_order_of_the_file() -> None:
    late = Problem(12, 3, "images[1]", "late")
    early = Problem(2, 0, "", "early")
    nowhere = Problem(0, 0, "--image", "typed")
    error = ConfigError("mirror.yaml", (late, early, nowhere))
    assert error.problems == (nowhere, early, late)
    assert str(error) == (
        "mirror.yaml: 3 problems\n"
        "  mirror.yaml: --image: typed\n"
        "  mirror.yaml:2: early\n"
        "  mirror.yaml:12:3: images[1]: late"
    )
    assert str(ConfigError("f", (early,))).startswith("f: 1 problem\n")


def test_advice_is_optional() -> None:
    assert MirrorError("what").advice is None
    assert MirrorError("what", advice="do").advice == "do"
    assert str(MirrorError("what", advice="do")) == "what"


def test_verification_says_both_and_what_to_do() -> None:
    error = VerificationError("blob", expected="sha256:a", got="sha256:b")
    assert str(error) == "blob: expected sha256:a, got sha256:b"
    assert error.advice is not None
    assert "Run again" in error.advice


def test_a_registrys_error_has_its_codes() -> None:
    details = (RegistryErrorDetail("NAME_UNKNOWN", "no such"), RegistryErrorDetail("DENIED"))
    error = RepositoryNotFoundError("app", status=404, details=details)
    assert isinstance(error, NotFoundError)
    assert error.codes == {"NAME_UNKNOWN", "DENIED"}
    assert error.status == 404


@pytest.mark.parametrize("kind", LimitKind)
def test_a_limit_knows_its_kind(kind: LimitKind) -> None:
    error = RateLimitError("slow", kind=kind, retry_after=2.5, advice="Wait.")
    assert (error.status, error.kind, error.retry_after, error.advice) == (429, kind, 2.5, "Wait.")


def test_unavailable_may_say_for_how_long() -> None:
    assert UnavailableError("down", status=503).retry_after is None
    assert UnavailableError("down", status=503, retry_after=3).retry_after == 3
