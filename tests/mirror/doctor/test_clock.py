import time
from email.utils import formatdate

import pytest

from mirror.credentials.registries import Network, open_plain
from mirror.doctor.clock import judged, reachable, skew, worst
from mirror.doctor.finding import Level
from mirror.errors import TransportError
from mirror.transport.clock import Deadline
from tests.support import Answer, ScriptedServer, TodayPlus


@pytest.mark.parametrize(
    ("date", "seconds"),
    [(formatdate(1_000_000, usegmt=True), 60.0), (None, None), ("", None), ("soon", None), ("Mon, 99 Xxx 2026", None)],
)
def test_the_skew_is_read_from_the_date(date: str | None, seconds: float | None) -> None:
    assert skew(date, 1_000_060.0) == seconds


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "ok"), (-29, "ok"), (30, "warning"), (-299, "warning"), (300, "bad"), (-86400, "bad")]
)
def test_what_a_skew_means(seconds: float, level: str) -> None:
    assert judged("hub", seconds).level == level


def test_of_several_the_worst_counts() -> None:
    assert worst([]) is None
    found = worst([judged("a", 0), judged("b", 400), judged("c", 40)])
    assert found is not None
    assert found.detail == "400 s ahead of b"


def test_any_answer_is_one() -> None:
    tomorrow = TodayPlus(time.time(), days=1)
    with Network.open(Deadline(tomorrow)) as network, ScriptedServer(Answer(503)) as server:
        way, clock = reachable(network, open_plain(network, server.url, option="--private"))
    assert (way.level, way.detail) == (Level.OK, "it answers (HTTP 503)")
    assert clock.level is Level.BAD
    assert " s ahead of 127.0.0.1:" in clock.detail


def test_no_answer_is_told_with_where_to_look(network: Network) -> None:
    with ScriptedServer() as server:
        url = server.url
    (way,) = reachable(network, open_plain(network, url, option="--private"))
    assert (way.level, way.fix) == (Level.BAD, TransportError.advice)
