"""A real terminal for a process under test: what is typed there, what is shown there, how large it is."""

import os
import pty
import re
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parent.parent

# Makes the terminal the one whose Ctrl-C the process hears, which a shell does for what it starts.
_ATTACH = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PATIENCE = 60.0

CTRL_C = "\x03"
SHOWN, HIDDEN = "\x1b[?25h", "\x1b[?25l"
"""The cursor."""


class Terminal:
    """A process on a pseudo-terminal. Its stderr is there too; stdout may be a file instead."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        cwd: Path = CHECKOUT,
        size: tuple[int, int] = (30, 100),
        stdout: Path | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, size)
        self._told = ""
        self._changed = threading.Condition()
        out = slave if stdout is None else os.open(stdout, os.O_WRONLY | os.O_CREAT)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ATTACH, *command],
            cwd=cwd,
            env={"TERM": "xterm-256color", **environ},
            stdin=slave,
            stdout=out,
            stderr=slave,
            start_new_session=True,
        )
        for each in {slave, out}:
            os.close(each)
        self._reader = threading.Thread(target=self._read, name="terminal")
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        os.close(self._master)

    @property
    def raw(self) -> str:
        """Everything that the terminal was sent."""
        with self._changed:
            return self._told

    @property
    def text(self) -> str:
        """Without what only moves the cursor or colours."""
        return _CONTROL.sub("", self.raw)

    def wait_for(self, what: str | Callable[[str], bool]) -> str:
        """Until the text holds it; the text."""
        seen: Callable[[str], bool] = (lambda text: what in text) if isinstance(what, str) else what
        with self._changed:
            found = self._changed.wait_for(lambda: seen(_CONTROL.sub("", self._told)), _PATIENCE)
        assert found, f"did not show: {what}\n{self.text}"
        return self.text

    def press(self, key: str) -> None:
        """As on a keyboard; `CTRL_C` is one."""
        os.write(self._master, key.encode())

    def resize(self, rows: int, columns: int) -> None:
        """As by dragging the window's corner."""
        termios.tcsetwinsize(self._master, (rows, columns))

    def end(self) -> int:
        """The exit code, when all that was shown has been read."""
        code = self.process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        return code

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # how Linux says that nobody has the terminal open any more
                piece = b""
            with self._changed:
                self._told += piece.decode("utf-8", "replace")
                self._changed.notify_all()
            if not piece:
                return
