import pytest

from mirror import settings
from mirror.errors import ConfigError
from mirror.settings import Settings


def test_nothing_set_is_the_default() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment(dict.fromkeys(settings.ALL, "")) == Settings()
    assert Settings.from_environment(dict.fromkeys(settings.ALL, "  ")) == Settings()


@pytest.mark.parametrize("name", ["MIRROR_IMAGES", "MIRROR_SCOPE"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maven:3", ("maven:3",)),
        ("maven:3,redis:7", ("maven:3", "redis:7")),
        (" maven:3 ,\n redis:7,,\r\n\n", ("maven:3", "redis:7")),
        ("b\na,b", ("b", "a")),
    ],
)
def test_lists_are_divided_by_commas_and_lines(name: str, text: str, expected: tuple[str, ...]) -> None:
    found = Settings.from_environment({name: text})
    assert (found.images if name == settings.IMAGES else found.scope) == expected


@pytest.mark.parametrize("text", ["1", "true", "TRUE", "Yes", " on "])
def test_yes(text: str) -> None:
    assert Settings.from_environment({settings.DRY_RUN: text}).dry_run
    assert Settings.from_environment({settings.DOCTOR: text}).doctor


@pytest.mark.parametrize("text", ["0", "false", "No", "off", " "])
def test_no(text: str) -> None:
    assert not Settings.from_environment({settings.DRY_RUN: text}).dry_run
    assert not Settings.from_environment({settings.DOCTOR: text}).doctor


@pytest.mark.parametrize(("text", "seconds"), [("90", 90.0), (" 0.5 ", 0.5), ("1e3", 1000.0)])
def test_seconds(text: str, seconds: float) -> None:
    assert Settings.from_environment({settings.DEADLINE_SECONDS: text}).deadline_seconds == seconds


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "inf", "1 h"])
def test_what_is_no_number_of_seconds(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_environment({settings.DEADLINE_SECONDS: text})
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (0, "MIRROR_DEADLINE_SECONDS")
    assert problem.message == f"got {text!r}, allowed: a number of seconds above 0"


def test_texts_are_taken_as_they_are() -> None:
    found = Settings.from_environment(
        {
            settings.SOURCE: " http://localhost:5000 ",
            settings.REPORT_DIR: "out",
            settings.REPORT_BUCKET: "bucket",
            settings.METRICS: "hub-mirror",
        }
    )
    assert (found.source, found.report_dir, found.report_bucket, found.metrics) == (
        "http://localhost:5000",
        "out",
        "bucket",
        "hub-mirror",
    )


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_environment({settings.DRY_RUN: "maybe", settings.DEADLINE_SECONDS: "soon"})
    assert str(caught.value) == (
        "environment: 2 problems\n"
        "  environment: MIRROR_DEADLINE_SECONDS: got 'soon', allowed: a number of seconds above 0\n"
        "  environment: MIRROR_DRY_RUN: got 'maybe', allowed: true or false"
    )


def test_names_are_distinct_and_ours() -> None:
    names = [*settings.ALL, settings.HUB_USERNAME, settings.HUB_TOKEN]
    assert len(set(names)) == len(names)
    assert all(name.startswith("MIRROR_") for name in names)
