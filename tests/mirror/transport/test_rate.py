from mirror.transport.rate import Bucket, Rates
from tests.support import FakeClock


def test_a_burst_of_one_second_is_free_and_then_the_rate_holds(clock: FakeClock) -> None:
    bucket = Bucket(8, clock)
    start = clock.now
    for _ in range(8):
        bucket.take()
    assert clock.slept == []
    for _ in range(16):
        bucket.take()
    assert clock.now - start == 2.0


def test_a_pause_fills_the_bucket_but_never_above_a_second(clock: FakeClock) -> None:
    bucket = Bucket(4, clock)
    clock.sleep(100)
    start = clock.now
    for _ in range(8):
        bucket.take()
    assert clock.now - start == 1.0


def test_actions_without_a_bucket_are_not_limited(clock: FakeClock) -> None:
    rates = Rates.of(clock, {"put": 1})
    for _ in range(100):
        rates.take("get")
    assert clock.slept == []
    rates.take("put")
    rates.take("put")
    assert clock.slept == [1.0]
