import threading

import pytest

from mirror.copier.budget import TIGHT, Budget, unlimited
from mirror.errors import BudgetError


def test_without_a_limit_everything_fits() -> None:
    budget = unlimited()
    budget.reserve(10**6, "maven")
    assert budget.available is None


def test_what_is_promised_is_not_available_and_the_floor_never_is() -> None:
    left = [20]
    budget = Budget(lambda: left[0], keep=5)
    assert budget.available == 15
    budget.reserve(10, "maven")
    with pytest.raises(BudgetError, match="redis: needs 6 pulls, 5 are left beside the 5 that are kept"):
        budget.reserve(6, "redis")
    left[0] = 10  # the ten were spent: the source says so
    budget.release(10)
    assert budget.available == 5
    left[0] = 3
    assert budget.available == 0


def test_an_index_is_not_begun_when_its_children_cannot_fit() -> None:
    budget = Budget(lambda: 2)
    with pytest.raises(BudgetError, match="needs at least 3 pulls"):
        budget.reserve(1, "maven", for_index=True)
    budget.saw_children(1)
    budget.reserve(1, "maven", for_index=True)


def test_images_take_turns_when_it_is_tight() -> None:
    left = [TIGHT - 1]
    budget = Budget(lambda: left[0])
    inside, second = threading.Event(), threading.Event()

    def other() -> None:
        inside.set()
        with budget.turn():
            second.set()

    thread = threading.Thread(target=other)
    with budget.turn():
        thread.start()
        assert inside.wait(10)
        assert not second.is_set()
    assert second.wait(10)
    thread.join()


def test_nobody_waits_when_it_is_not() -> None:
    budget = Budget(lambda: TIGHT)
    with budget.turn(), budget.turn():
        pass


def test_nobody_waits_when_all_is_known_to_fit() -> None:
    budget = Budget(lambda: TIGHT - 1)
    assert budget.is_tight
    budget.fits = True
    with budget.turn(), budget.turn():
        pass


def test_what_is_known_of_an_index_decides_before_it_is_read() -> None:
    budget = Budget(lambda: 5)
    with pytest.raises(BudgetError, match=r"maven: needs 6 pulls, 5 are left$"):
        budget.reserve(1, "maven", for_index=True, below=5)
    assert budget.available == 5
    budget.reserve(1, "maven", for_index=True, below=4)
    assert budget.available == 4


def test_a_refusal_promises_nothing() -> None:
    budget = Budget(lambda: 5, keep=1)
    assert budget.refusal(4, "maven") is None
    assert str(budget.refusal(5, "maven")) == "maven: needs 5 pulls, 4 are left beside the 1 that are kept"
    assert budget.available == 4
