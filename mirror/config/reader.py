"""Reads `mirror.yaml`.

The file is checked as a whole: every problem is found, each with its place, and only then is there one `ConfigError`.
"""

from pathlib import Path

from mirror.config import canonical, located
from mirror.config.document import read_document
from mirror.config.fields import Problems
from mirror.config.model import MirrorConfig
from mirror.errors import ConfigError, Problem

_EMPTY = "the file is empty; the least it can say is 'version: 1'"


def read_text(text: str, *, source: str) -> MirrorConfig:
    """The configuration written in YAML. `ConfigError` with all problems; `source` names the file in them."""
    value = located.from_yaml(text.removeprefix("\ufeff"), source=source)
    if value is None:
        raise ConfigError(source, (Problem(line=0, column=0, path="", message=_EMPTY),))
    return read_document(value, Problems(source))


def read_file(path: Path) -> MirrorConfig:
    """The configuration in a file: canonical when its name ends in ``.json``, else YAML.

    `ConfigError` also when the file cannot be read.
    """
    source = str(path)
    try:
        text = path.read_bytes().decode()
    except OSError as err:
        message = f"the file cannot be read: {err.strerror or err}"
        raise ConfigError(source, (Problem(line=0, column=0, path="", message=message),)) from err
    except UnicodeDecodeError as err:
        line = err.object[: err.start].count(b"\n") + 1
        message = f"the file is not UTF-8: byte 0x{err.object[err.start]:02x}"
        raise ConfigError(source, (Problem(line=line, column=0, path="", message=message),)) from err
    return canonical.loads(text, source=source) if path.suffix == ".json" else read_text(text, source=source)
