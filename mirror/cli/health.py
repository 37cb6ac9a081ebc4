"""`doctor`, by itself and before a run."""

import sys
from collections.abc import Callable, Mapping

from mirror.cli.codes import DONE, NO_CREDENTIALS, SOME_FAILED
from mirror.cli.speaking import say, wants_colours, write
from mirror.config.model import MirrorConfig
from mirror.doctor.command import Health, as_document, coloured, doctor
from mirror.run.options import RunOptions
from mirror.transport.redact import redact

_CODES = {Health.WELL: DONE, Health.ILL: SOME_FAILED, Health.NO_CREDENTIALS: NO_CREDENTIALS}


def examine(config: MirrorConfig, places: RunOptions, environ: Mapping[str, str], *, as_json: bool = False) -> int:
    """Check everything; the exit code. As JSON it is one document on stdout instead of lines."""
    heard: Callable[[str], None] = (lambda _: None) if as_json else say
    if wants_colours(sys.stdout, environ):
        said = doctor(config, places, environ=environ, say=heard, paint=coloured)
    else:
        said = doctor(config, places, environ=environ, say=heard)
    if as_json:
        write(redact(as_document(said)))
    return _CODES[said.health]
