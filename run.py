"""The door of the program: arguments -> Config -> App -> serve. Everything else is a module."""

from __future__ import annotations

import sys

from vphost.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
