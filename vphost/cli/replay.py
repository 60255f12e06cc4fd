"""`replay FILE...`: play hand histories through the rules core, one JSON line per hand.

A hand's `id` is its file as named on the command line; in a `.phhs` file it is followed by
`#<key>`, the key of the hand's TOML table.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = "play hand histories (PHH) through the rules"
FILE_BYTES_MAX = 64 * 1024 * 1024
REFUSED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help=".phh or .phhs")
    parser.add_argument(
        "--legal", action="store_true", help="also what each player could do before they acted"
    )
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one line per hand; 1 when any has an error."""
    status = 0
    for name in arguments.files:
        for line in replayed(name, arguments.legal):
            status = REFUSED if line["error"] is not None else status
            sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    return status


def replayed(name: str, legal: bool) -> Iterator[dict[str, Any]]:
    """Yield the lines of one file."""
    from vphost.rules.poker.history.phh import Unread, read_file
    from vphost.rules.poker.history.replay import replay

    try:
        text = text_of(name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield _line(name, None, (), f"bad_hand_history: cannot be read: {reason}", legal)
        return
    for hand in read_file(name, text):
        if isinstance(hand, Unread):
            yield _line(hand.id, None, (), hand.error, legal)
            continue
        played = replay(hand)
        yield _line(
            played.id, played.final_stacks, [asdict(one) for one in played.decisions],
            played.error, legal,
        )


def _line(
    hand_id: str, stacks: Any, decisions: Any, error: str | None, legal: bool
) -> dict[str, Any]:
    line = {"id": hand_id, "final_stacks": stacks, "error": error}
    if legal:
        line["decisions"] = decisions
    return line


def text_of(name: str) -> str:
    """Return a file's text. Raises: OSError, ValueError when it is too long or not UTF-8."""
    with open(name, "rb") as file:
        raw = file.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        raise ValueError(f"more than {FILE_BYTES_MAX} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
