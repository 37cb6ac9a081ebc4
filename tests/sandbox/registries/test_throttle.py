from sandbox.registries.throttle import Throttle


def test_a_second_holds_so_many_and_refills_evenly() -> None:
    now = [0.0]
    throttle = Throttle(4, now=lambda: now[0])
    assert [throttle.take() for _ in range(5)] == [True] * 4 + [False]
    now[0] = 0.25
    assert [throttle.take() for _ in range(2)] == [True, False]
    now[0] = 60.0
    assert [throttle.take() for _ in range(5)] == [True] * 4 + [False]
