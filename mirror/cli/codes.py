"""Exit codes, as `--help` explains them."""

DONE = 0
SOME_FAILED = 1
BAD_CONFIG = 2
NO_CREDENTIALS = 3
STOPPED = 128
"""And the number of the signal, as shells have it: 130 for Ctrl-C."""
