"""`python3 -m mirror`."""

import signal
import sys

if __name__ == "__main__":
    # While modules are loaded nothing has begun that would have to be explained: Ctrl-C just ends it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from mirror.cli import main

    sys.exit(main())
