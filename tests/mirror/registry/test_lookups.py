import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mirror.registry.lookups import side_by_side


def test_answers_come_in_the_order_of_the_questions() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert side_by_side(pool, lambda number: number * 2, range(100)) == list(range(0, 200, 2))
        assert side_by_side(pool, str, []) == []


def test_they_are_asked_side_by_side() -> None:
    together = threading.Barrier(3, timeout=10)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(side_by_side(pool, lambda _: together.wait(), range(3))) == [0, 1, 2]


def test_a_full_pool_is_not_waited_for() -> None:
    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(release.wait, 30)
        assert side_by_side(pool, lambda _: threading.current_thread(), range(3)) == [threading.current_thread()] * 3
        release.set()
        assert busy.result()


def test_the_first_error_ends_it() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return 1 // number

    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(release.wait, 30)
        with pytest.raises(ZeroDivisionError):
            side_by_side(pool, ask, [1, 0, 2])
        release.set()
        assert busy.result()
    assert asked == [1, 0]
