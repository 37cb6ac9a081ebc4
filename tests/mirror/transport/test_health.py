import pytest

from mirror.errors import SilentError
from mirror.transport.connection import Origin
from mirror.transport.health import PATIENCE_SECONDS, PROBE_SECONDS, Health
from tests.support import FakeClock


@pytest.fixture
def health(clock: FakeClock) -> Health:
    return Health(Origin("http", "registry.example", 80), clock)


def fail(health: Health, clock: FakeClock) -> None:
    health.silent(clock.now, "timed out")


def test_one_that_answers_is_asked(health: Health, clock: FakeClock) -> None:
    for _ in range(100):
        health.check()
        fail(health, clock)
        clock.now += PATIENCE_SECONDS - 1
        health.answered()


def test_one_that_does_not_is_asked_for_a_while_and_then_now_and_then(health: Health, clock: FakeClock) -> None:
    fail(health, clock)
    clock.now += PATIENCE_SECONDS
    health.check()
    clock.now += 1
    with pytest.raises(
        SilentError, match=r"^http://registry\.example has not answered for more than 2 minutes; at last: timed out$"
    ):
        health.check()
    clock.now += PROBE_SECONDS
    health.check()
    with pytest.raises(SilentError):  # one of them is enough
        health.check()
    clock.now += PROBE_SECONDS
    health.check()


def test_one_that_comes_back_is_asked_again(health: Health, clock: FakeClock) -> None:
    fail(health, clock)
    clock.now += PATIENCE_SECONDS + 1
    with pytest.raises(SilentError):
        health.check()
    health.answered()
    health.check()


def test_the_time_counts_from_when_the_first_request_began(health: Health, clock: FakeClock) -> None:
    """That it took a minute to time out is part of the silence."""
    began = clock.now
    clock.now += PATIENCE_SECONDS + 1
    health.silent(began, "timed out")
    with pytest.raises(SilentError):
        health.check()


def test_one_that_only_says_later_is_told_from_one_that_is_gone(health: Health, clock: FakeClock) -> None:
    health.silent(clock.now, "HTTP 429", is_later=True)
    clock.now += PATIENCE_SECONDS + 1
    with pytest.raises(SilentError, match='has said nothing but "later" for more than 2 minutes') as caught:
        health.check()
    assert caught.value.is_later
