"""`hands --table T [--hand N]`: finished hands of a table as PHH.

Without `--hand` all of them are printed as one `.phhs` text, a table per hand; `--list` prints
one JSON line with a summary instead. Only what everybody at the table was told is read, so that
cards that were folded or mucked stay hidden here too, and no key is needed. Running hands are not
shown. It only reads the store, whether or not a host is running.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from vphost.cli.calling import DONE, print_line, print_refusal
from vphost.cli.settings import add_settings
from vphost.config.settings import Config
from vphost.rules.money import to_major
from vphost.rules.poker.history.export import RecordedHand, Recorder
from vphost.rules.poker.history.phh import BadHistory
from vphost.rules.poker.history.write import phh_text
from vphost.services.ports import Journal, StoreDown, StoreRefused

HELP = "print finished hands of a table as hand histories (PHH)"
PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--table", required=True, metavar="T", help="its token, long or short")
    parser.add_argument("--hand", type=int, metavar="N", help="only this one; they count from 1")
    parser.add_argument(
        "--list", action="store_true", help="one JSON line with number, time, players and result"
    )
    add_settings(parser)


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Print the hands; 1 when there is no such table or finished hand."""
    try:
        return asyncio.run(_run(arguments, config))
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None


async def _run(arguments: argparse.Namespace, config: Config) -> int:
    from vphost.wiring.offline import find_table, reading

    async with reading(config) as (journal, documents):
        table = await find_table(documents, arguments.table)
        if table is None:
            return print_refusal("not_found", {"table": arguments.table[:64]})
        recorder, hands = Recorder(), []
        async for hand in _finished(journal, table, recorder):
            if arguments.hand in (None, hand.number):
                hands.append(hand)
    running = recorder.running
    if arguments.hand is not None and not hands:
        is_running = running is not None and running.number == arguments.hand
        code = "hand_running" if is_running else "not_found"
        return print_refusal(code, {"hand": arguments.hand})
    decimals = {currency.code: currency.decimals for currency in config.currencies}
    if arguments.list:
        print_line({"table": table, "hands": [_summary(hand, decimals) for hand in hands]})
        return DONE
    return _print(hands, table, decimals, with_headings=arguments.hand is None)


async def _finished(
    journal: Journal, table: str, recorder: Recorder
) -> AsyncIterator[RecordedHand]:
    """Yield the finished hands of a table, oldest first."""
    from vphost.services.journal.commit_codec import decode

    after = 0
    while records := await journal.read_room(table, after, PAGE):
        for record in records:
            after = record.seq
            stored = decode(record, None)
            for event in stored.events:
                hand = recorder.read(event, stored.wall_ms)
                if hand is not None:
                    yield hand


def _print(
    hands: list[RecordedHand], table: str, decimals: dict[str, int], with_headings: bool
) -> int:
    for hand in hands:
        try:
            text = phh_text(hand, table, decimals.get(str(hand.config["currency"]), 0))
        except BadHistory as bad:
            if not with_headings:
                return print_refusal(bad.code, {"hand": hand.number, "reason": bad.text})
            text = f"# Hand {hand.number} is left out: {bad.text}\n"
        else:
            text = f"[{hand.number}]\n{text}" if with_headings else text
        sys.stdout.write(text + ("\n" if with_headings else ""))
    sys.stdout.flush()
    return DONE


def _summary(hand: RecordedHand, decimals: dict[str, int]) -> dict[str, Any]:
    assert hand.final is not None
    digits = decimals.get(str(hand.config["currency"]), 0)
    return {
        "hand": hand.number, "at_ms": hand.at_ms, "game": hand.game_id,
        "sequence": hand.sequence, "players": list(hand.names),
        "result": [
            to_major(after - before, digits) for before, after in zip(hand.stacks, hand.final)
        ],
    }
