from mirror.oci import media_types


def test_all_four_types_are_asked_for() -> None:
    """One left out and a registry may convert what it gives, or not give it."""
    assert set(media_types.ACCEPT.split(", ")) == media_types.INDEXES | media_types.MANIFESTS
    assert not media_types.SCHEMA1 & (media_types.INDEXES | media_types.MANIFESTS)
