import pytest

from mirror.registry import urls


def test_endpoints_are_those_of_the_specification() -> None:
    assert urls.manifest("library/maven", "3") == "/v2/library/maven/manifests/3"
    assert urls.blob("a/b", "sha256:0") == "/v2/a/b/blobs/sha256:0"
    assert urls.uploads("a/b") == "/v2/a/b/blobs/uploads/"
    assert urls.mount("a/b", "sha256:0", "c/d") == "/v2/a/b/blobs/uploads/?mount=sha256:0&from=c/d"
    assert urls.tags("a", 5) == "/v2/a/tags/list?n=5"
    assert urls.referrers("a", "sha256:0") == "/v2/a/referrers/sha256:0"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://r/v2/a/blobs/uploads/1", "https://r/v2/a/blobs/uploads/1?digest=sha256:0"),
        ("https://r/u?_state=abc%3D", "https://r/u?_state=abc%3D&digest=sha256:0"),
    ],
)
def test_the_digest_joins_whatever_query_a_session_has(location: str, expected: str) -> None:
    assert urls.complete(location, "sha256:0") == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('</v2/a/tags/list?n=2&last=b>; rel="next"', "/v2/a/tags/list?n=2&last=b"),
        ("<https://r/v2/a/tags/list?last=b>; rel=next", "https://r/v2/a/tags/list?last=b"),
        ('</x>; rel="prev"', None),
        ("", None),
        (None, None),
    ],
)
def test_the_next_page_is_found(link: str | None, expected: str | None) -> None:
    assert urls.next_page(link) == expected
