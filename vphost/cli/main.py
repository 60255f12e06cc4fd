"""The command line: which subcommand, with which settings.

Settings may stand before or after the subcommand. A command imports what it needs only when it
runs, so that replaying a hand does not load a web server.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from vphost import __version__
from vphost.cli.settings import add_settings, read_config
from vphost.cli.showing import print_config
from vphost.config.settings import ConfigError
from vphost.services.ports import PortUnusable, StoreRefused

COMMANDS = {
    "serve": "vphost.cli.serve",
    "replay": "vphost.cli.replay",
    "hands": "vphost.cli.hands",
    "stats": "vphost.cli.stats",
    "user": "vphost.cli.user",
    "token": "vphost.cli.token",
    "ledger": "vphost.cli.ledger",
    "key": "vphost.cli.key",
    "audit": "vphost.cli.audit",
    "table": "vphost.cli.table",
    "room": "vphost.cli.room",
    "store": "vphost.cli.store",
    "backup": "vphost.cli.backup",
    "restore": "vphost.cli.backup",
    "check-config": "vphost.cli.check_config",
    "openapi": "vphost.cli.reference",
    "asyncapi": "vphost.cli.reference",
}
USAGE = 2


def main(argv: Sequence[str]) -> int:
    """Run a command line and return its exit status."""
    # Loading plugins takes time, so it is done only for a command that is not one of ours.
    plugins = None if _command_in(argv) in COMMANDS else _plugin_commands(argv)
    if isinstance(plugins, str):
        return _fail(plugins)
    try:
        arguments = _parser(plugins or {}).parse_args(argv)
        config = read_config(arguments)
        if "print_config" in arguments:
            return print_config(config)
        if arguments.command in (plugins or {}):
            from vphost.cli.plugin import run as run_plugin
            return run_plugin((plugins or {})[arguments.command], arguments, config)
        module = importlib.import_module(COMMANDS[arguments.command or "serve"])
        return int(module.run(arguments, config))
    except ConfigError as error:
        return _fail(f"configuration: {error}")
    except StoreRefused as error:
        return _fail(f"store: {error}")
    except PortUnusable as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output is gone (`| head`). Python flushes stdout once more at exit and
        # would complain about the same broken pipe; now that goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except OSError as error:
        return _fail(f"{error.filename or 'system'}: {error.strerror or error}")


def _command_in(argv: Sequence[str]) -> str | None:
    """Return the word of a command line that names the command, None when there is none.

    Settings may stand before it, and their values may look like commands (`--store serve`).
    """
    settings = argparse.ArgumentParser(
        add_help=False, allow_abbrev=False, exit_on_error=False, argument_default=argparse.SUPPRESS
    )
    add_settings(settings)
    settings.add_argument("rest", nargs=argparse.REMAINDER)
    try:
        rest = settings.parse_known_args(argv)[0].rest
    except argparse.ArgumentError:
        return next((word for word in argv if word in COMMANDS), None)
    return next((word for word in rest if not word.startswith("-")), None)


def _fail(reason: str) -> int:
    line = " ".join(reason.split())
    print(f"run.py: {line}", file=sys.stderr)
    return USAGE


def _parser(plugins: dict[str, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py", description="A game host with plugin rules, a journal and a ledger.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"vphost {__version__}")
    add_settings(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, path in COMMANDS.items():
        module = importlib.import_module(path)
        module.add_arguments(_command(commands, name, module.HELP))
    for name, plugin in plugins.items():
        added = _command(commands, name, plugin.help)
        try:
            plugin.add_arguments(added)
        except Exception as error:  # one line for the operator in place of a traceback
            raise ConfigError("plugin", f"command {name}: {error!r}") from error
        for one in _with_actions(added):
            add_settings(one)
    return parser


def _with_actions(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return a command's parser and those of its verbs, after which settings may stand too."""
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += list(action.choices.values())
    return found


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, allow_abbrev=False
    )
    return added


def _plugin_commands(argv: Sequence[str]) -> dict[str, Any] | str:
    """Return the plugins' commands by name, or why plugins could not be loaded."""
    if not any(word in ("-h", "--help") or not word.startswith("-") for word in argv):
        return {}
    from vphost.plugin.registry import PluginError, PluginRegistry

    settings = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_settings(settings)
    host = PluginRegistry()
    try:
        config = read_config(settings.parse_known_args(argv)[0])
        host.discover(config.plugin_dirs)
        return dict(host.commands(taken=COMMANDS))
    except ConfigError as error:
        return f"configuration: {error}"
    except PluginError as error:
        return str(error)
