from typing import Any

import pytest

from mirror.errors import (
    DeadlineError,
    DeniedError,
    LimitKind,
    MirrorError,
    RateLimitError,
    TransportError,
    UnavailableError,
)
from mirror.transport.clock import Deadline
from mirror.transport.retry import MAX_ATTEMPTS, RetryPolicy, retry_after_seconds
from tests.support import FakeClock


class Step:
    """Fails with these errors in turn, then succeeds."""

    def __init__(self, *errors: MirrorError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def policy(clock: FakeClock, seconds: float | None = None, spread: float = 0.5, **others: Any) -> RetryPolicy:
    return RetryPolicy(Deadline.after(clock, seconds), spread=lambda: spread, **others)


def limited(kind: LimitKind, retry_after: float | None) -> RateLimitError:
    return RateLimitError("too many", kind=kind, retry_after=retry_after)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_comes_as_seconds_or_as_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, now=1_800_000_000.0) == seconds


def test_what_may_pass_is_tried_again_with_growing_waits(clock: FakeClock) -> None:
    step = Step(TransportError("reset"), UnavailableError("502", status=502), TransportError("reset"))
    assert policy(clock).run(step) == "done"
    assert step.calls == 4
    assert clock.slept == [0.5, 1.0, 2.0]  # half (the spread) of 1, 2 and 4 seconds


def test_it_ends_with_the_last_error(clock: FakeClock) -> None:
    step = Step(*(TransportError(str(number)) for number in range(20)))
    with pytest.raises(TransportError, match=str(MAX_ATTEMPTS - 1)):
        policy(clock).run(step)
    assert step.calls == MAX_ATTEMPTS


def test_what_will_not_change_is_not_tried_again(clock: FakeClock) -> None:
    step = Step(DeniedError("no", status=403))
    with pytest.raises(DeniedError):
        policy(clock).run(step)
    assert (step.calls, clock.slept) == (1, [])


def test_a_servers_retry_after_is_kept_even_if_long(clock: FakeClock) -> None:
    assert policy(clock).run(Step(limited(LimitKind.RATE, 120.0))) == "done"
    assert clock.slept == [120.5]


def test_an_unavailable_servers_retry_after_is_kept_too(clock: FakeClock) -> None:
    assert policy(clock).run(Step(UnavailableError("503", status=503, retry_after=9.0))) == "done"
    assert clock.slept == [9.5]


def test_a_spent_quota_is_waited_for_within_the_deadline(clock: FakeClock) -> None:
    step = Step(*(limited(LimitKind.QUOTA, None) for _ in range(8)))
    assert policy(clock, 36000).run(step) == "done"
    assert clock.slept[:3] == [45.0, 90.0, 180.0]
    assert max(clock.slept) == 675.0  # three quarters of the cap


def test_a_spent_quota_is_not_waited_for_when_nobody_said_how_long(clock: FakeClock) -> None:
    step = Step(limited(LimitKind.QUOTA, None))
    with pytest.raises(RateLimitError):
        policy(clock).run(step)
    assert step.calls == 1


@pytest.mark.parametrize(
    "error",
    [
        limited(LimitKind.RATE, 61.0),
        limited(LimitKind.QUOTA, 61.0),
        UnavailableError("503", status=503, retry_after=61.0),
    ],
    ids=["slow down", "quota", "unavailable"],
)
def test_a_wait_beyond_the_deadline_is_not_begun_and_only_the_deadline_is_to_blame(
    clock: FakeClock, error: MirrorError
) -> None:
    step = Step(error)
    with pytest.raises(DeadlineError, match=f"before the next try: {error}"):
        policy(clock, 60).run(step)
    assert (step.calls, clock.slept) == (1, [])


def test_a_registry_that_says_slow_down_is_waited_for_within_the_deadline(clock: FakeClock) -> None:
    step = Step(*(limited(LimitKind.RATE, None) for _ in range(20)))
    assert policy(clock, 36000).run(step) == "done"
    assert clock.slept[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(clock.slept) == 150.0  # half of the cap


def test_and_for_some_tries_when_nobody_said_how_long(clock: FakeClock) -> None:
    step = Step(*(limited(LimitKind.RATE, 1.0) for _ in range(20)))
    with pytest.raises(RateLimitError):
        policy(clock).run(step)
    assert step.calls == MAX_ATTEMPTS


def test_a_server_that_keeps_saying_at_once_is_asked_less_and_less(clock: FakeClock) -> None:
    step = Step(*(limited(LimitKind.RATE, 0.0) for _ in range(2000)))
    with pytest.raises(DeadlineError):
        policy(clock, 36000).run(step)
    assert clock.slept[: MAX_ATTEMPTS - 1] == [0.5] * (MAX_ATTEMPTS - 1)
    assert clock.slept[MAX_ATTEMPTS - 1] == 16.0
    assert step.calls < 300


def test_where_the_same_is_to_be_had_elsewhere_nobody_waits_for_long(clock: FakeClock) -> None:
    step = Step(*(limited(LimitKind.RATE, None) for _ in range(9)))
    with pytest.raises(RateLimitError):
        policy(clock, 36000, attempts=2, waits_out_limits=False).run(step)
    assert step.calls == 2


def test_a_server_that_asks_for_days_is_not_waited_for(clock: FakeClock) -> None:
    with pytest.raises(UnavailableError):
        policy(clock, 36000).run(Step(UnavailableError("503", status=503, retry_after=90_000.0)))
    assert clock.slept == []


def test_a_deadline_that_comes_while_waiting_says_so(clock: FakeClock) -> None:
    deadline = Deadline.after(clock, 10)

    class Slow(FakeClock):
        def sleep(self, seconds: float) -> None:
            clock.now += 20

    slow = RetryPolicy(Deadline(_joined(Slow(), clock), deadline.at), spread=lambda: 0.5)
    with pytest.raises(DeadlineError):
        slow.run(Step(TransportError("reset")))


def _joined(slow: FakeClock, clock: FakeClock) -> FakeClock:
    """A clock that oversleeps."""

    class Joined(FakeClock):
        def monotonic(self) -> float:
            return clock.now

        def sleep(self, seconds: float) -> None:
            slow.sleep(seconds)

    return Joined()


def test_a_person_is_told_of_long_waits_only(clock: FakeClock) -> None:
    told: list[str] = []
    patient = RetryPolicy(Deadline(clock), spread=lambda: 0.5, on_wait=told.append)
    patient.run(Step(TransportError("reset"), limited(LimitKind.RATE, 30.0)))
    assert told == ["waiting 30 s: too many"]
