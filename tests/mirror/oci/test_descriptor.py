from typing import Any

import pytest

from mirror.oci.descriptor import Descriptor
from mirror.oci.platform import Platform

DIGEST = "sha256:" + "0" * 64
PLAIN = {"mediaType": "x/y", "digest": DIGEST, "size": 7}


def test_a_descriptor_is_read_with_what_is_absent() -> None:
    descriptor = Descriptor.from_json(PLAIN)
    assert (descriptor.media_type, descriptor.digest, descriptor.size) == ("x/y", DIGEST, 7)
    assert descriptor.platform is None
    assert descriptor.urls == ()


def test_all_members_are_kept() -> None:
    descriptor = Descriptor.from_json(
        {
            **PLAIN,
            "platform": {"os": "linux", "architecture": "arm", "variant": "v6"},
            "annotations": {"a": "b"},
            "artifactType": "z",
            "urls": ["https://example.com/l"],
        }
    )
    assert descriptor.platform == Platform("linux", "arm", "v6")
    assert (dict(descriptor.annotations), descriptor.artifact_type) == ({"a": "b"}, "z")
    assert descriptor.urls == ("https://example.com/l",)


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": "7"},
        {"size": True},
        {"size": None},
        {"mediaType": None},
        {"digest": "x"},
        {"digest": None},
    ],
)
def test_a_descriptor_that_promises_nothing_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"descriptor|digest"):
        Descriptor.from_json({**PLAIN, **change})
