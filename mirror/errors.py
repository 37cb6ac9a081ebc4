"""The engine's exceptions, all below one root.

::

    MirrorError                      anything this program expects to go wrong
    ├── ConfigError                  mirror.yaml (or an override) is not usable: every problem at once
    ├── CredentialsError             no usable AWS or registry credentials
    ├── DeadlineError                the run's deadline came before the work was done
    ├── BudgetError                  the pulls that are left do not suffice
    ├── VerificationError            bytes are not what their digest or size promised
    ├── UnsupportedError             content that cannot be mirrored, and why (schema 1, foreign layers, …)
    ├── UnexpectedError              a mistake in this program, contained
    ├── TransportError               no answer came (DNS, refused, reset, time-out)
    │   └── SilentError              nor to anybody else for minutes, so nobody waits for it any more
    └── RegistryError                an answer came, and it was no
        ├── NotFoundError            manifest, blob or tag does not exist
        │   └── RepositoryNotFoundError
        ├── DeniedError              401 or 403 with the best credentials at hand
        ├── RateLimitError           429; `kind` tells the pull quota from the abuse limit
        ├── TagImmutableError        the tag exists and may not be moved
        ├── RefusedError             the registry will not take this manifest or blob, whatever we do
        └── UnavailableError         5xx, or an answer that makes no sense

Where and doing what is added by wrapping (`raise … from err`), never by editing text.
Only `mirror.cli` turns these into exit codes.
"""

import enum
import traceback
from dataclasses import dataclass
from pathlib import Path


class MirrorError(Exception):
    """Base of everything expected to go wrong. `str()` is for a person; `advice` says what to do."""

    advice: str | None = None
    """One sentence on what to do about it, or `None` where the message says it all."""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        if advice is not None:
            self.advice = advice


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a file that a person wrote."""

    line: int
    """1-based line in the file; 0 when the problem has no line (an override, an environment variable)."""
    column: int
    """1-based column; 0 when unknown."""
    path: str
    """Where in the document, e.g. ``images[3].tags[0]``; empty for the whole file."""
    message: str
    """What is wrong, what was found, what is allowed."""


class ConfigError(MirrorError):
    """The configuration is not usable. Carries every problem found, in file order."""

    def __init__(self, source: str, problems: tuple[Problem, ...]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems))
        lines = [_problem_line(source, problem) for problem in self.problems]
        count = f"{len(lines)} problem{'s' if len(lines) != 1 else ''}"
        super().__init__(f"{source}: {count}\n" + "\n".join(lines))


def _problem_line(source: str, problem: Problem) -> str:
    where = source
    if problem.line:
        where += f":{problem.line}"
        if problem.column:
            where += f":{problem.column}"
    path = f" {problem.path}:" if problem.path not in {"", source} else ""
    return f"  {where}:{path} {problem.message}"


class CredentialsError(MirrorError):
    """Credentials are missing, expired beyond renewal, or not accepted."""


class DeadlineError(MirrorError):
    """The run's deadline is too near for the next step; what is left belongs to a later run.

    What that step would have been is in `before`, not in the message: a person reads it once for all that is left.
    """

    def __init__(self, message: str, *, before: str = "", advice: str | None = None) -> None:
        self.before = before
        super().__init__(message, advice=advice)


class BudgetError(MirrorError):
    """The pulls that are left, above the floor, do not suffice; what needs them belongs to a later run."""


class VerificationError(MirrorError):
    """Content does not match the digest or the size that its descriptor promised."""

    def __init__(self, what: str, *, expected: str, got: str) -> None:
        self.expected = expected
        self.got = got
        super().__init__(
            f"{what}: expected {expected}, got {got}",
            advice="The bytes were damaged or changed on the way; nothing of them was kept. Run again.",
        )


class UnsupportedError(MirrorError):
    """This content cannot be mirrored as it is; the message says what it is and why not."""

    advice = "Take it out of mirror.yaml, or mirror another tag."


class UnexpectedError(MirrorError):
    """A mistake in this program that befell one image; the others are not to suffer from it."""

    def __init__(self, err: Exception) -> None:
        where = traceback.extract_tb(err.__traceback__)[-1:]
        places = "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in where)
        super().__init__(
            f"unexpected {type(err).__name__}: {err}{places}",
            advice="This is a mistake in hub-mirror, please report it. The other images are not affected.",
        )


class TransportError(MirrorError):
    """No usable answer: name not resolved, connection refused or broken, time-out."""

    advice = "Check the way there: name resolution, HTTPS_PROXY, NO_PROXY, and in a VPC its NAT gateway or endpoints."


class SilentError(TransportError):
    """The registry has not answered anybody for minutes, or with 429 only (`is_later`); it was not asked."""

    def __init__(self, message: str, *, is_later: bool) -> None:
        self.is_later = is_later
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class RegistryErrorDetail:
    """One entry of a registry's error document (distribution-spec, Error Codes)."""

    code: str
    message: str = ""


class RegistryError(MirrorError):
    """A registry answered with an error status."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        details: tuple[RegistryErrorDetail, ...] = (),
        advice: str | None = None,
    ) -> None:
        self.status = status
        self.details = details
        super().__init__(message, advice=advice)

    @property
    def codes(self) -> frozenset[str]:
        """The error codes of the answer, upper case as in the specification."""
        return frozenset(detail.code for detail in self.details)


class NotFoundError(RegistryError):
    """A manifest, blob or tag does not exist (404)."""


class RepositoryNotFoundError(NotFoundError):
    """The repository itself does not exist (`NAME_UNKNOWN`)."""


class DeniedError(RegistryError):
    """401 or 403, after renewing the token once."""

    advice = "Ask the doctor, who names the login or the permission that is missing: mirror doctor."


class LimitKind(enum.Enum):
    """Why a registry answered 429."""

    QUOTA = "quota"
    """Docker Hub's pull quota: no more manifest GETs until the window moves."""
    RATE = "rate"
    """Too many requests in a short time: slow down."""


class RateLimitError(RegistryError):
    """429. `retry_after` is in seconds from the answer, `None` where the registry did not say."""

    def __init__(
        self,
        message: str,
        *,
        kind: LimitKind,
        retry_after: float | None,
        details: tuple[RegistryErrorDetail, ...] = (),
        advice: str | None = None,
    ) -> None:
        self.kind = kind
        self.retry_after = retry_after
        super().__init__(message, status=429, details=details, advice=advice)


class TagImmutableError(RegistryError):
    """The tag exists and the repository does not let it move (`TAG_INVALID` on ECR)."""


class RefusedError(RegistryError):
    """The registry refuses this content for what it is (unsupported type, too large, no layers)."""


class UnavailableError(RegistryError):
    """5xx after all retries, or an answer outside the protocol. `retry_after` as in `RateLimitError`."""

    advice = "The registry is in trouble, not this run. Run again later; what is mirrored stays."

    def __init__(
        self,
        message: str,
        *,
        status: int,
        retry_after: float | None = None,
        details: tuple[RegistryErrorDetail, ...] = (),
        advice: str | None = None,
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, status=status, details=details, advice=advice)
