"""`stats FILE...`: what each player of hand histories did, as one JSON object by player name.

Counts are counts (`vpip` is the number of hands, `vpip_pct` the share of them); ratios, averages
and percentages are null where there is nothing to divide by. Money is in the files' unit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from vphost.cli.calling import perform
from vphost.cli.replay import text_of
from vphost.cli.settings import add_settings
from vphost.config.settings import Config

HELP = "player statistics of hand histories (PHH) as JSON, or a rebuild of the host's own"
DONE, REFUSED, USAGE = 0, 1, 2
MILLION = 1_000_000
ABOUT = """\
counts (they add up over files):
{counts}
  biggest_pot            most chips collected in one hand (the larger one is kept)
ratios (null where there is nothing to divide by):
  af                     aggressive / calls, after the flop
  *_pct                  vpip, pfr and limp of the hands that were no walks; flops_seen and
                         pots_won of the hands dealt; wtsd and wwsf of the flops seen; wsd of the
                         showdowns; others of their own chances
  average_pot, bb100     chips collected a pot won; big blinds won per hundred hands
versus: against each other player: chips, hands, showdowns_won, showdowns_lost.
A hand that cannot be replayed is skipped and reported on stderr, and the exit status is 1.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    from vphost.rules.poker.statistics.counters import SUMS

    counts = "\n".join(f"  {name:<22} {text}" for name, text in SUMS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = ABOUT.format(counts=counts)
    parser.add_argument("files", nargs="*", metavar="FILE", help=".phh or .phhs")
    parser.add_argument(
        "--rebuild", action="store_true",
        help="instead: drop the host's own statistics and count its whole journal again",
    )
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print one object for all files; 1 when a hand had to be left out."""
    if arguments.rebuild == bool(arguments.files):
        print("run.py stats: either files or --rebuild", file=sys.stderr)
        return USAGE
    if arguments.rebuild:
        return perform(config, "stats.rebuild", {})
    return _of_files(arguments.files)


def _of_files(names: Sequence[str]) -> int:
    from vphost.rules.poker.history.phh import BadHistory, Unread, read_file
    from vphost.rules.poker.statistics.history import Histories

    status, histories = DONE, Histories()
    for name in names:
        try:
            text = text_of(name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            status = _left_out(name, f"bad_hand_history: cannot be read: {reason}")
            continue
        for hand in read_file(name, text):
            if isinstance(hand, Unread):
                status = _left_out(hand.id, hand.error)
                continue
            try:
                histories.add(hand)
            except BadHistory as bad:
                status = _left_out(hand.id, str(bad))
    shown = {
        player: _shown(counters, {
            other: against for (one, other), against in histories.versus.items() if one == player
        }, histories.decimals)
        for player, counters in sorted(histories.players.items())
    }
    sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.flush()
    return status


def _shown(
    counters: Mapping[str, int], versus: Mapping[str, Mapping[str, int]], decimals: int
) -> dict[str, Any]:
    """Return a player's figures, money in major units."""
    from vphost.rules.poker.statistics.counters import VERSUS, figures, whole
    from vphost.rules.poker.statistics.history import MONEY

    have: dict[str, Any] = dict(whole(counters))
    ratios = figures(counters)
    for name in MONEY:
        have[name] = _major(have[name], decimals)
    if ratios["average_pot"] is not None:
        ratios["average_pot"] = round(ratios["average_pot"] / 10**decimals, decimals + 4)
    have["net_bb"] = round(have.pop("net_bb_millionths") / MILLION, 6)
    against = {
        other: {name: counted.get(name, 0) for name in VERSUS}
        | {"chips": _major(counted.get("chips", 0), decimals)}
        for other, counted in sorted(versus.items())
    }
    return {**have, **ratios, "versus": against}


def _major(amount: int, decimals: int) -> int | float:
    """Return money for people to read, an integer where possible. Nothing is computed from it."""
    unit: int = 10**decimals
    whole, part = divmod(amount, unit)
    return amount / unit if part else whole


def _left_out(hand: str, reason: str) -> int:
    print(f"{hand}: {reason}", file=sys.stderr)
    return REFUSED
