import threading

import pytest

from mirror.errors import DeadlineError
from mirror.transport.clock import Deadline, SystemClock
from tests.support import FakeClock


def test_without_a_deadline_everything_is_allowed(clock: FakeClock) -> None:
    deadline = Deadline.after(clock, None)
    assert deadline.remaining is None
    assert deadline.allows(1e9)
    deadline.check("anything")


def test_a_deadline_counts_down_and_then_refuses(clock: FakeClock) -> None:
    deadline = Deadline.after(clock, 10)
    clock.sleep(4)
    assert deadline.remaining == 6
    assert deadline.allows(6)
    assert not deadline.allows(6.1)
    clock.sleep(7)
    with pytest.raises(DeadlineError, match="deadline came first") as caught:
        deadline.check("the copy")
    assert caught.value.before == "the copy"


def test_waking_ends_a_sleep_at_once() -> None:
    clock = SystemClock()
    ended = threading.Event()

    def sleep() -> None:
        clock.sleep(3600)
        ended.set()

    thread = threading.Thread(target=sleep)
    thread.start()
    clock.wake()
    assert ended.wait(timeout=10)
    thread.join()
    clock.sleep(3600)  # and every later one


def test_the_machines_times_move() -> None:
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.wall() > 1_700_000_000
