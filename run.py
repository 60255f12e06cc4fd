"""The door of the program: arguments -> Config -> App -> serve. Everything else is a module."""

from __future__ import annotations

import sys

from vphost import logs
from vphost.cli.main import main

if __name__ == "__main__":
    logs.configure("warning")  # A command's answer is all that it says on stdout.
    sys.exit(main(sys.argv[1:]))
