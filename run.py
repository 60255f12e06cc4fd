"""The entry point of the program: arguments -> Config -> App -> serve. All else is a module."""

from __future__ import annotations

import sys

from vphost import logs
from vphost.cli.main import main

if __name__ == "__main__":
    logs.configure("warning")  # To stderr: on stdout a command prints only its answer.
    sys.exit(main(sys.argv[1:]))
