import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirror.oci.digest import digest_of, hasher, matches, parse_digest, short


@given(st.binary(max_size=100))
def test_a_digest_is_of_its_content_only(content: bytes) -> None:
    digest = digest_of(content)
    assert parse_digest(digest) == digest
    hashed = hasher(digest)
    hashed.update(content)
    assert matches(digest, hashed)
    hashed.update(b"more")
    assert not matches(digest, hashed)


def test_sha512_is_a_registered_algorithm() -> None:
    digest = parse_digest("sha512:" + hashlib.sha512(b"x").hexdigest())
    hashed = hasher(digest)
    hashed.update(b"x")
    assert matches(digest, hashed)
    assert short(digest).startswith("sha512:")
    assert len(short(digest)) == len("sha512:") + 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        "sha256:" + "A" * 64,
        "sha256:" + "0" * 63,
        "md5:" + "0" * 32,
        "sha256:" + "0" * 64 + "\n",
        "0" * 64,
    ],
)
def test_what_could_not_be_verified_is_no_digest(text: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        parse_digest(text)
