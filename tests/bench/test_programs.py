import json
import subprocess
from pathlib import Path

import pytest

from bench.programs import Job, crane, docker, environment, our_program, peers, regsync, skopeo
from bench.registries import find_program


def job(folder: Path) -> Job:
    return Job("s:1", ("a:2", "b:3"), ("app/x:1", "app/x:2"), folder)


def test_peers_that_copy_one_image_get_a_command_for_each_image_and_destination(tmp_path: Path) -> None:
    for commands in (skopeo(job(tmp_path)), crane(job(tmp_path))):
        pairs = [tuple(part.removeprefix("docker://") for part in command[-2:]) for command in commands]
        assert pairs == [
            ("s:1/app/x:1", "a:2/app/x:1"),
            ("s:1/app/x:1", "b:3/app/x:1"),
            ("s:1/app/x:2", "a:2/app/x:2"),
            ("s:1/app/x:2", "b:3/app/x:2"),
        ]


def test_regsync_gets_one_file(tmp_path: Path) -> None:
    (command,) = regsync(job(tmp_path))
    document = json.loads(Path(command[-1]).read_text())

    assert command[:2] == ["regsync", "once"]
    assert [each["registry"] for each in document["creds"]] == ["s:1", "a:2", "b:3"]
    assert len(document["sync"]) == 4
    assert document["sync"][0] == {"source": "s:1/app/x:1", "target": "a:2/app/x:1", "type": "image"}


def test_docker_leaves_nothing_behind(tmp_path: Path) -> None:
    first, _ = docker(job(tmp_path))

    assert first[-1].splitlines() == [
        "docker pull --quiet s:1/app/x:1",
        "docker tag s:1/app/x:1 a:2/app/x:1",
        "docker push --quiet a:2/app/x:1",
        "docker rmi a:2/app/x:1",
        "docker tag s:1/app/x:1 b:3/app/x:1",
        "docker push --quiet b:3/app/x:1",
        "docker rmi b:3/app/x:1",
        "docker rmi s:1/app/x:1",
    ]


def test_ours_gets_every_tag_and_both_destinations(tmp_path: Path) -> None:
    program = our_program(tmp_path / "bytecode")
    (command,) = program.commands(job(tmp_path))
    written = json.loads((tmp_path / "mirror.yaml").read_text())

    assert command[-6:] == ["--source", "http://s:1", "--private", "http://a:2", "--public", "http://b:3"]
    assert written["images"] == [{"name": "app/x", "tags": ["1", "2"]}]
    assert written["defaults"] == {"to": ["private", "public"]}
    assert (tmp_path / "mirror.json").exists()


def test_programs_see_nothing_of_the_users_settings(tmp_path: Path) -> None:
    found = environment(our_program(tmp_path), tmp_path)

    assert set(found) == {"PATH", "HOME", "TMPDIR", "LC_ALL", "PYTHONPATH", "PYTHONPYCACHEPREFIX"}
    assert found["HOME"] == str(tmp_path)


@pytest.mark.skipif(find_program("skopeo") is None, reason="skopeo is neither installed nor unpacked")
def test_skopeo_starts_in_that_environment_also_where_it_was_only_unpacked(tmp_path: Path) -> None:
    program = next(each for each in peers() if each.name == "skopeo")

    said = subprocess.run([str(find_program("skopeo")), "--version"], env=environment(program, tmp_path), check=True)

    assert said.returncode == 0
