from mirror.report.steady import PER_SECOND, Steady
from tests.support import FakeClock


def taken(steady: Steady) -> int:
    count = 0
    while steady.take():
        count += 1
    return count


def test_a_few_at_once_and_then_as_many_a_second(clock: FakeClock) -> None:
    steady = Steady(clock.monotonic)
    assert taken(steady) == PER_SECOND
    clock.now += 1
    assert taken(steady) == PER_SECOND
    clock.now += 0.5
    assert taken(steady) == PER_SECOND // 2


def test_a_silence_is_not_saved_up(clock: FakeClock) -> None:
    steady = Steady(clock.monotonic)
    clock.now += 3600
    assert taken(steady) == PER_SECOND
