import pytest

from mirror.oci.platform import Platform


@pytest.mark.parametrize(
    ("has", "wanted", "satisfied"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm/v6", "linux/arm", False),
        ("linux/arm/v6", "linux/arm/v6", True),
        ("linux/arm", "linux/arm/v6", False),
        ("linux/amd64", "linux/arm64", False),
        ("windows/amd64", "linux/amd64", False),
        ("linux/amd64/v1", "linux/amd64", True),
        ("linux/amd64", "linux/amd64/v1", True),
        ("linux/amd64/v3", "linux/amd64", False),
    ],
)
def test_variants_are_understood(has: str, wanted: str, satisfied: bool) -> None:
    assert Platform.parse(has).satisfies(Platform.parse(wanted)) is satisfied


@pytest.mark.parametrize("text", ["", "linux", "linux/", "linux/arm/v7/x", "Linux/AMD64", "linux amd64", "/amd64"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected os/architecture"):
        Platform.parse(text)


def test_a_descriptors_platform_is_read_with_what_is_absent() -> None:
    windows = Platform.from_json({"os": "windows", "architecture": "amd64", "os.version": "10.0.20348.1"})
    assert str(windows) == "windows/amd64"
    assert windows.os_version == "10.0.20348.1"
    assert windows.satisfies(Platform.parse("windows/amd64"))
    assert str(Platform.from_json({})) == ""
    assert Platform.from_json({"os": "unknown", "architecture": "unknown"}).is_unknown
