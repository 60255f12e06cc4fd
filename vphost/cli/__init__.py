"""Ring 2: the subcommands of `run.py`, one module each.

A module has `HELP`, `add_arguments(parser)` and `run(arguments, config) -> exit status`. Status 0
is done, 1 refused (one JSON line with code and message), 2 wrong usage, a broken configuration or
a store that cannot be used (one line on stderr).
"""
