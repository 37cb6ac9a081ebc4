import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mirror import cli
from mirror.config import canonical, reader
from sandbox.registries.docker_hub import Account
from sandbox.registries.faults import Fault
from sandbox.registries.images import ImageBuilder
from sandbox.registries.server import Registries
from sandbox.registries.store import Store

CHECKOUT = Path(__file__).resolve().parents[3]
Cli = Callable[..., int]


@pytest.fixture
def call(registries: Registries, file: Path, store: Store) -> Cli:
    """Calls `main` between Docker Hub with three references and a plain registry; variables by name."""
    for name, tag in (("app", "1"), ("app", "2"), ("other", "1")):
        ImageBuilder(registries.hub, f"library/{name}").small([tag], name=f"{name} {tag}")
    url = registries.plain("mine", store)

    def run(*arguments: str, **environ: str) -> int:
        command = [*arguments, "--config", str(file), "--private", url]
        return cli.main(command, {"MIRROR_SOURCE": registries.hub_url, **environ})

    return run


def test_all_done(call: Cli, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("sync") == cli.DONE
    assert {name: sorted(each.tags) for name, each in store.repositories.items()} == {
        "app": ["1", "2"],
        "other": ["1"],
    }
    out, err = capsys.readouterr()
    assert "3 copied" in out
    assert err == ""
    assert call("sync") == cli.DONE
    assert "3 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("plan",), ("sync", "--dry-run")])
def test_a_plan_changes_nothing(
    registries: Registries, call: Cli, store: Store, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert call(*arguments) == cli.DONE
    assert store.repositories == {}
    assert registries.hub_state.pulls == 0
    assert "3 to copy" in capsys.readouterr().out


def test_the_environment_may_ask_for_one(call: Cli, store: Store) -> None:
    assert call("sync", MIRROR_DRY_RUN="true") == cli.DONE
    assert store.repositories == {}


def test_references_that_were_typed_come_before_the_environments(call: Cli, store: Store) -> None:
    assert call("sync", "--image", "app:2", MIRROR_IMAGES="app:1", MIRROR_SCOPE="other") == cli.DONE
    assert store.create("app").tags.keys() == {"2"}
    assert call("sync", MIRROR_IMAGES="app:1", MIRROR_SCOPE="other") == cli.DONE
    assert store.create("app").tags.keys() == {"1", "2"}
    assert store.create("other").tags == {}
    assert call("sync", MIRROR_SCOPE="oth*") == cli.DONE
    assert store.create("other").tags.keys() == {"1"}


def test_one_failure_is_exit_code_1(call: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("sync", "--image", "app:1", "--image", "app:9") == cli.SOME_FAILED
    out = capsys.readouterr().out
    assert "1 copied" in out
    assert "1 failed" in out


def test_what_waits_for_pulls_is_no_failure_unless_one_says_so(registries: Registries, call: Cli) -> None:
    registries.hub_state.anonymous = Account(limit=4)
    assert call("sync") == cli.DONE
    registries.hub_state.anonymous = Account(limit=0)
    assert call("sync", "--fail-on-deferred") == cli.SOME_FAILED


def test_a_bad_file_is_exit_code_2(call: Cli, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("version: 2\nimages: [App]\n")
    assert call("sync") == cli.BAD_CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{file}: 2 problems\n")


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        (("--image", "nope:1"), {}, "no repository is declared for nope"),
        ((), {"MIRROR_IMAGES": "Nope"}, "MIRROR_IMAGES: not an image name"),
        ((), {"MIRROR_SCOPE": "nope"}, "MIRROR_SCOPE: 'nope' matches none of the 2 images"),
        ((), {"MIRROR_DRY_RUN": "maybe"}, "MIRROR_DRY_RUN: got 'maybe'"),
        (("--source", "ftp://x"), {}, "--source: got 'ftp://x'"),
        (("--report-dir", "/dev/null/x"), {}, "--report-dir: /dev/null/x: Not a directory"),
    ],
)
def test_a_bad_option_or_variable_is_too(
    call: Cli,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    environ: dict[str, str],
    message: str,
) -> None:
    assert call("sync", *arguments, **environ) == cli.BAD_CONFIG
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "65", "many", "-1", "²"])
def test_jobs_have_bounds(call: Cli, capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    with pytest.raises(SystemExit) as caught:
        call("sync", f"--jobs={jobs}")
    assert caught.value.code == cli.BAD_CONFIG
    assert "--jobs" in capsys.readouterr().err


def test_credentials_that_are_not_accepted_are_exit_code_3(
    call: Cli, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "dckr_pat_wrong"}
    assert call("sync", **environ) == cli.NO_CREDENTIALS
    out, err = capsys.readouterr()
    assert "refuses the user name and token" in err
    assert "dckr_pat_wrong" not in out + err
    assert store.repositories == {}


def test_a_registry_named_on_the_command_line_is_not_told_docker_hubs_token(registries: Registries, call: Cli) -> None:
    registries.hub_state.users["me"] = "token"
    environ = {"MIRROR_DOCKER_HUB_USERNAME": "me", "MIRROR_DOCKER_HUB_TOKEN": "token"}
    assert call("sync", "--source", registries.hub_url, **environ) == cli.DONE
    assert {entry.user for entry in registries.log.matching(registry="hub")} == {""}
    assert call("sync", **environ) == cli.DONE
    assert "me" in {entry.user for entry in registries.log.matching(registry="hub")}


def test_passwords_in_urls_are_not_shown(
    registries: Registries, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = registries.plain("closed", user="me", password="right").replace("://", "://me:hunter2@")
    arguments = ["sync", "--config", str(file), "--private", url, "--image", "app:1"]
    ImageBuilder(registries.hub, "library/app").small(["1"])
    assert cli.main(arguments, {"MIRROR_SOURCE": registries.hub_url}) in {cli.SOME_FAILED, cli.NO_CREDENTIALS}
    out, err = capsys.readouterr()
    assert "hunter2" not in out + err


def test_reports_are_written(call: Cli, tmp_path: Path) -> None:
    directory = tmp_path / "out" / "reports"
    assert call("sync", "--report-dir", str(directory)) == cli.DONE
    report = json.loads((directory / "report.json").read_text())
    assert {image["reference"] for image in report["images"]} == {"app:1", "app:2", "other:1"}


def test_what_was_changed_or_deleted_behind_the_mirrors_back_is_told_and_set_right(
    call: Cli, store: Store, tmp_path: Path
) -> None:
    def reported(*arguments: str) -> dict[str, dict[str, str]]:
        assert call(*arguments, "--report-dir", str(tmp_path)) == cli.DONE
        name = "plan.json" if arguments[0] == "plan" else "report.json"
        images = json.loads((tmp_path / name).read_text())["images"]
        return {image["reference"]: image["destinations"][0] for image in images}

    reported("sync")
    app, other = store.repositories["app"], store.repositories["other"]
    left, theirs = dict(app.tags), app.tags["2"]
    app.tags["1"] = theirs
    del other.tags["1"]
    for arguments in (("plan",), ("sync",)):
        found = reported(*arguments)
        assert found["app:1"]["drift"].startswith(f"changed to {theirs[:19]} in the registry after ")
        assert found["app:1"]["found"] == theirs
        assert found["other:1"]["drift"].startswith("deleted in the registry after ")
        assert found["app:2"]["drift"] == ""
    assert app.tags == left
    assert "1" in other.tags
    assert {each["drift"] for each in reported("sync").values()} == {""}


def test_config_prints_what_the_build_reads(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["config", "--config", str(file)], {}) == cli.DONE
    printed = capsys.readouterr().out
    assert printed == canonical.dumps(reader.read_file(file))
    asset = tmp_path / "mirror.json"
    asset.write_text(printed)
    assert cli.main(["config", "--config", str(asset)], {}) == cli.DONE
    assert capsys.readouterr().out == printed


def test_a_wait_that_would_outlast_the_deadline_is_not_begun(
    registries: Registries, call: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    registries.faults.add(Fault(registry="cdn", status=503, headers={"Retry-After": "3600"}, times=10**9))
    assert call("sync", "--image", "app:1", MIRROR_DEADLINE_SECONDS="30") == cli.DONE
    registries.faults.clear()
    out = capsys.readouterr().out
    assert "1 deferred" in out
    assert "503" in out
    assert "waiting" not in out


@pytest.mark.slow
def test_boto3_is_not_imported_where_no_registry_is_amazons(tmp_path: Path, file: Path, registries: Registries) -> None:
    url = registries.plain("mine")
    program = (
        "import sys; from mirror import cli; "
        f"code = cli.main(['plan', '--config', {str(file)!r}, '--private', {url!r}]); "
        "print(code, sorted({'boto3', 'yaml', 'botocore'} & sys.modules.keys()))"
    )
    ImageBuilder(registries.hub, "library/app").small(["1", "2"])
    ImageBuilder(registries.hub, "library/other").small(["1"])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={**os.environ, "MIRROR_SOURCE": registries.hub_url},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 ['yaml']"
