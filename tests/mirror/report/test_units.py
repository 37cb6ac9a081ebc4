import pytest

from mirror.registry.protocols import PullQuota
from mirror.report.units import bytes_text, count_text, quota_text, seconds_text

KIB = 1024


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (KIB, "1.0 KiB"),
        (int(1.46 * KIB), "1.5 KiB"),
        (99 * KIB, "99.0 KiB"),
        (812 * KIB, "812 KiB"),
        (KIB**2, "1.0 MiB"),
        (int(1.4 * KIB**3), "1.4 GiB"),
        (5 * KIB**4, "5.0 TiB"),
        (5000 * KIB**4, "5000 TiB"),
    ],
)
def test_bytes(count: int, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "60 min"),
    ],
)
def test_seconds(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_counts() -> None:
    assert [count_text(number, "pull") for number in (0, 1, 2)] == ["0 pulls", "1 pull", "2 pulls"]
    assert count_text(2, "repository", "repositories") == "2 repositories"
    assert count_text(1, "repository", "repositories") == "1 repository"


def test_quotas() -> None:
    assert quota_text(None) == ""
    assert quota_text(PullQuota(200, 186, 21600)) == ", 186 of 200 in 6 h left"
    assert quota_text(PullQuota(200, 186, 5400)) == ", 186 of 200 in 1.5 h left"
    assert quota_text(PullQuota(200, 0, 0)) == ", 0 of 200 left"
