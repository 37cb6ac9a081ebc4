import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.codebuild.container import Container, Interrupted


@dataclass
class Shell:
    container: Container
    lines: list[str]

    def run(self, command: str, *, seconds: float = 60, succeeding: bool = True) -> int:
        return self.container.run(command, succeeding=succeeding, deadline=time.monotonic() + seconds)

    def close(self) -> list[str]:
        """All output; only complete once nothing runs any more."""
        self.container.__exit__()
        return self.lines


@pytest.fixture(params=["sh", "bash"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    lines: list[str] = []
    state, cwd = tmp_path / "state of it", tmp_path / "src"
    state.mkdir()
    cwd.mkdir()
    environment = {"PATH": os.defpath, "GIVEN": "it's given"}
    container = Container(state, interpreter=request.param, environment=environment, cwd=cwd, output=lines.append)
    made = Shell(container, lines)
    yield made
    made.container.stop()


def test_the_environment_is_the_given_one_and_no_more(shell: Shell) -> None:
    os.environ["OF_THE_TEST"] = "leaked"
    try:
        shell.run('echo "$GIVEN:$OF_THE_TEST"')
    finally:
        del os.environ["OF_THE_TEST"]
    assert shell.close() == ["it's given:"]


def test_variables_and_the_directory_carry_over(shell: Shell) -> None:
    shell.run("export EXPORTED='one two'; PLAIN=\"it's\"; mkdir sub; cd sub")
    shell.run('echo "$EXPORTED $PLAIN $(basename "$PWD")"')
    assert shell.close() == ["one two it's sub"]


def test_they_carry_over_from_a_command_that_exits(shell: Shell) -> None:
    assert shell.run("A=kept; exit 3") == 3
    shell.run('echo "$A"')
    assert shell.close() == ["kept"]


def test_the_exit_code_is_the_last_commands(shell: Shell) -> None:
    assert shell.run("false\ntrue") == 0
    assert shell.run("true; (exit 7)") == 7
    assert shell.run("no-such-command 2>/dev/null") == 127


def test_whether_the_build_succeeds_is_told_anew(shell: Shell) -> None:
    shell.run('echo "$CODEBUILD_BUILD_SUCCEEDING"')
    shell.run('echo "$CODEBUILD_BUILD_SUCCEEDING"', succeeding=False)
    assert shell.close() == ["1", "0"]


def test_both_outputs_and_what_is_said_keep_their_order(shell: Shell) -> None:
    shell.container.say("first")
    shell.run("echo second; echo third >&2; printf 'fo'; printf 'urth\\n'")
    shell.container.say("fifth")
    assert shell.close() == ["first", "second", "third", "fourth", "fifth"]


def test_bytes_that_are_no_text_do_no_harm(shell: Shell) -> None:
    shell.run("printf '\\377\\n'")
    assert shell.close() == ["\ufffd"]


def test_stdin_is_empty(shell: Shell) -> None:
    assert shell.run("cat") == 0


def test_time_out_kills_at_once(shell: Shell, tmp_path: Path) -> None:
    os.mkfifo(never := tmp_path / "never")
    with pytest.raises(Interrupted):
        shell.run(f"read -r x < {never}", seconds=0.05)
    with pytest.raises(Interrupted):
        shell.run("echo more")
    assert shell.close() == []


def test_stop_from_another_thread_interrupts(shell: Shell, tmp_path: Path) -> None:
    os.mkfifo(alive := tmp_path / "alive")
    os.mkfifo(never := tmp_path / "never")

    def stop() -> None:
        with alive.open() as pipe:
            pipe.readline()
            shell.container.stop()
            gone.append(pipe.read())

    gone: list[str] = []
    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(Interrupted):
        shell.run(f"exec 3> {alive}; echo up >&3; read -r x < {never}")
    stopper.join()
    assert gone == [""]


def test_a_process_in_the_background_lives_on_and_ends_with_the_container(shell: Shell, tmp_path: Path) -> None:
    os.mkfifo(alive := tmp_path / "alive")
    os.mkfifo(never := tmp_path / "never")
    shell.run(f"(exec 3> {alive}; echo up >&3; read -r x < {never}) &")
    with alive.open() as pipe:
        assert pipe.readline() == "up\n"
        shell.run("echo meanwhile")
        assert shell.close() == ["meanwhile"]
        assert pipe.read() == ""


def test_stopping_twice_is_harmless(shell: Shell) -> None:
    shell.container.stop()
    shell.container.stop()
    with pytest.raises(Interrupted):
        shell.run("true")


OTHER = """
import sys, time
from pathlib import Path
from sandbox.codebuild.container import Container

state = Path(sys.argv[1])
container = Container(state, interpreter="sh", environment={"PATH": "/usr/bin:/bin"}, cwd=state, output=print)
container.run("exec 3> alive; echo up >&3; read -r x < never", succeeding=True, deadline=time.monotonic() + 60)
"""


@pytest.mark.slow
def test_not_even_a_killed_sandbox_leaves_a_process(tmp_path: Path) -> None:
    os.mkfifo(alive := tmp_path / "alive")
    os.mkfifo(tmp_path / "never")
    with subprocess.Popen([sys.executable, "-c", OTHER, str(tmp_path)]) as sandbox, alive.open() as pipe:
        assert pipe.readline() == "up\n"
        sandbox.kill()
        assert pipe.read() == "", "the command's process is gone, or this would wait"
