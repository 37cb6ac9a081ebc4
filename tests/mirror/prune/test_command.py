"""`mirror prune`, from the command line to the registries."""

import json
from pathlib import Path

import pytest

from mirror import cli, settings
from tests.mirror.prune.conftest import Mirror

TEXT = "version: 1\nprivate: {prefix: hub}\npublic: false\ndefaults: {to: [private]}\nimages: [maven:3.6]\n"


@pytest.fixture
def arguments(mirror: Mirror, tmp_path: Path) -> list[str]:
    mirror.private("hub/maven", "3.4", "3.5", "3.6")
    (tmp_path / "mirror.yaml").write_text(TEXT)
    return ["prune", "--config", str(tmp_path / "mirror.yaml")]


def prune(mirror: Mirror, arguments: list[str], *more: str) -> int:
    """The command runs on the machine's clock, for which all of these tags were pushed just now."""
    return cli.main([*arguments, *more], {settings.SOURCE: mirror.registries.hub_url})


def test_a_plan_is_shown_written_and_carried_out(
    mirror: Mirror, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = mirror.private("hub/maven")
    file = str(tmp_path / "plan.json")
    host = mirror.registries.ecr_url.partition("://")[2]
    assert prune(mirror, arguments, "--plan", file) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 tags would go when older than 30 days",
        "0 tags would go; nothing was removed",
        f"read {file}, then: mirror prune --apply {file}",
    ]
    assert prune(mirror, arguments, "--plan", file, "--min-age", "0") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"would go  {host}/hub/maven:3.4  pushed 20")
    assert lines[0].endswith(": not named in tags")
    assert lines[2] == "2 tags would go; nothing was removed"
    assert set(repository.tags) == {"3.4", "3.5", "3.6"}
    assert prune(mirror, arguments, "--apply", file, "--max", "1") == 2
    assert "--max: 2 tags would be removed, allowed: 1" in capsys.readouterr().err
    digest = repository.tags["3.4"]
    assert prune(mirror, arguments, "--apply", file) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"removed  {host}/hub/maven:3.4  {digest}"
    assert lines[2] == "2 of 2 tags removed"
    assert set(repository.tags) == {"3.6"}
    assert prune(mirror, arguments, "--apply", file) == 0
    assert capsys.readouterr().out.splitlines()[2] == "0 of 2 tags removed"


def test_other_programs_get_json_and_people_get_words_beside_it(
    mirror: Mirror, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    assert prune(mirror, arguments, "--json", "--min-age", "0", "--plan", str(file)) == 0
    out, err = capsys.readouterr()
    assert out == file.read_text()
    assert "2 tags would go; nothing was removed" in err
    digest = mirror.private("hub/maven").tags["3.5"]
    mirror.private("hub/maven", "3.4")
    assert prune(mirror, arguments, "--json", "--apply", str(file)) == 0
    out, err = capsys.readouterr()
    host = mirror.registries.ecr_url.partition("://")[2]
    document = json.loads(out)
    assert {"reference": f"{host}/hub/maven:3.5", "digest": digest} in document["removed"]
    assert (document["version"], document["failed"], document["unseen"]) == (1, [], [])
    assert len(document["removed"]) + len(document["stayed"]) == 2
    assert "of 2 tags removed" in err


def test_what_fails_makes_the_exit_code_1(
    mirror: Mirror, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "plan.json")
    assert prune(mirror, arguments, "--plan", file, "--min-age", "0") == 0
    service = mirror.registries.private["eu-central-1"]
    service.authorize = lambda _key, action, _resource: action != "ecr:BatchDeleteImage"
    assert prune(mirror, arguments, "--apply", file) == 1
    assert "failed   " in capsys.readouterr().out
    service.authorize = lambda _key, action, _resource: action != "ecr:DescribeImages"
    assert prune(mirror, arguments) == 1
    assert "not looked at: private hub/maven: " in capsys.readouterr().out
    assert prune(mirror, arguments, "--apply", file) == 1
    out = capsys.readouterr().out
    assert "not looked at: private hub/maven: " in out
    assert out.endswith("0 of 2 tags removed\n")


def test_after_the_deadline_nothing_is_looked_at_and_nothing_removed(
    mirror: Mirror, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "plan.json")
    prune(mirror, arguments, "--plan", file, "--min-age", "0")
    capsys.readouterr()
    late = {settings.SOURCE: mirror.registries.hub_url, settings.DEADLINE_SECONDS: "0.000001"}
    assert cli.main([*arguments, "--apply", file], late) == 1
    assert "not looked at: private hub/maven: the run's deadline came first" in capsys.readouterr().out
    assert set(mirror.private("hub/maven").tags) == {"3.4", "3.5", "3.6"}


def test_a_bad_plan_is_refused_before_anybody_is_asked(
    mirror: Mirror, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"version": 9}')
    mirror.registries.log.clear()
    assert prune(mirror, arguments, "--apply", str(file)) == 2
    assert "version: got 9, allowed: 1" in capsys.readouterr().err
    assert mirror.registries.log.entries == ()


@pytest.mark.parametrize("wrong", [["--min-age", "-1"], ["--max", "many"], ["--min-age", "nan"], ["--image", "a"]])
def test_wrong_options_are_exit_code_2(mirror: Mirror, arguments: list[str], wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        prune(mirror, arguments, *wrong)
    assert caught.value.code == 2


def test_a_plan_is_either_made_or_carried_out(mirror: Mirror, arguments: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        prune(mirror, arguments, "--plan", "a", "--apply", "b")
    assert caught.value.code == 2
