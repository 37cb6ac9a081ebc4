from email.message import Message

import pytest

from mirror.registry.protocols import PullQuota
from mirror.registry.quota import PullMeter, quota_from


def headers(**values: str) -> Message:
    message = Message()
    for name, value in values.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            headers(ratelimit_limit="100;w=21600", ratelimit_remaining="20;w=21600", docker_ratelimit_source="1.2.3.4"),
            PullQuota(100, 20, 21600, "1.2.3.4"),
        ),
        (headers(ratelimit_limit="200", ratelimit_remaining="0"), PullQuota(200, 0, 0)),
        (headers(), None),
        (headers(ratelimit_limit="100;w=21600"), None),
        (headers(ratelimit_limit="many", ratelimit_remaining="few"), None),
    ],
)
def test_the_quota_is_read_from_the_headers(given: Message, expected: PullQuota | None) -> None:
    assert quota_from(given) == expected


def test_answers_that_overtake_each_other_do_not_raise_what_is_left() -> None:
    meter = PullMeter()
    assert (meter.first, meter.last, meter.pulls) == (None, None, 0)
    for remaining in (50, 48, 49):
        meter.heard(PullQuota(100, remaining, 21600))
    meter.heard(None)
    meter.count()
    assert meter.first == PullQuota(100, 50, 21600)
    assert meter.last == PullQuota(100, 48, 21600)
    assert meter.pulls == 1
