"""`python3 -m mirror`."""

import sys

from mirror.cli import main

if __name__ == "__main__":
    sys.exit(main())
