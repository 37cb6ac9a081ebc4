"""Content digests (image-spec, *Digests*)."""

import hashlib
import re
from typing import NewType

Digest = NewType("Digest", str)
"""``algorithm:hex``. Only made by `parse_digest` and `digest_of`, so a `Digest` is always well-formed."""

_PATTERN = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
# The two registered algorithms. Anything else could not be verified here, so it is refused on the way in.


def parse_digest(text: str) -> Digest:
    """The digest written in `text`. `ValueError` unless it is lower-case sha256 or sha512 of full length."""
    if _PATTERN.fullmatch(text) is None:
        msg = f"not a digest: {text!r} (expected sha256: and 64 lower-case hex digits)"
        raise ValueError(msg)
    return Digest(text)


def digest_of(content: bytes) -> Digest:
    """The sha256 digest of `content`."""
    return Digest("sha256:" + hashlib.sha256(content).hexdigest())


def hasher(digest: Digest) -> "hashlib._Hash":
    """A fresh hash object of the digest's own algorithm; compare with `matches`."""
    return hashlib.new(digest.partition(":")[0], usedforsecurity=True)


def matches(digest: Digest, hashed: "hashlib._Hash") -> bool:
    """Whether what went through `hashed` is the content of `digest`."""
    return hashed.hexdigest() == digest.partition(":")[2]


def short(digest: Digest) -> str:
    """``sha256:`` and the first twelve digits: for people, never for machines."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}:{value[:12]}"
