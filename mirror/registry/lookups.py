"""Questions asked side by side, also by a thread of the very pool that is to answer them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


def side_by_side(pool: Executor, ask: Callable[[Item], Found], items: Sequence[Item]) -> list[Found]:
    """What `ask` says of every item, in order; the first error is raised and what has not begun is dropped.

    The caller takes over whatever no thread of the pool has begun yet. So it never waits for a free thread, and a pool
    whose threads all ask in this way cannot stand still.
    """
    futures = [pool.submit(ask, item) for item in items[1:]]
    try:
        found = [ask(item) for item in items[:1]]
        for item, future in zip(items[1:], futures, strict=True):
            found.append(ask(item) if future.cancel() else future.result())
    finally:
        for future in futures:
            future.cancel()
    return found
