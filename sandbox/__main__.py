"""`python -m sandbox`."""

import os
import signal
import sys

from sandbox.isolation import forget_personal_settings

if __name__ == "__main__":
    forget_personal_settings(os.environ)
    # Loading moto takes seconds in which nothing runs yet that would have to be stopped: Ctrl-C just ends it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from sandbox.cli import main

    sys.exit(main())
