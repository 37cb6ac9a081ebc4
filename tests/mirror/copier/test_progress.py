from concurrent.futures import ThreadPoolExecutor

from mirror.copier.progress import Moved, Progress


def test_nothing_has_moved_at_first() -> None:
    assert Progress().now == Moved(0, 0, 0)


def test_what_moves_is_added_up() -> None:
    progress = Progress()
    progress.expect(100)
    progress.expect(50)
    progress.bytes(10, 20)
    before = progress.now
    progress.bytes(5, 0)
    assert before == Moved(downloaded=10, uploaded=20, expected=150)
    assert progress.now == Moved(downloaded=15, uploaded=20, expected=150)


def test_threads_lose_nothing() -> None:
    progress = Progress()

    def move(_: int) -> None:
        for _ in range(200):
            progress.bytes(1, 2)
            progress.expect(3)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(move, range(8)))
    assert progress.now == Moved(1600, 3200, 4800)
