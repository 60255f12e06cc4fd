"""Counters that need everybody's cards: who folded the best hand, won without it, or lost late.

Cards that nobody knows are negative (`phh.UNKNOWN`), those of a hand that was mucked at the
showdown too (`replay.MUCKED`): such a hand lost to the ones that were shown, and that is all
that is known of it. A board that was run twice is judged by its first run.

Such a counter may tell its reader something about a hand that nobody has shown. So these are
counted into tables of their own, `unseen`; only a showdown at which all hands were shown is
counted with what everybody saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from vphost.rules.poker.hand import Hand

FEWEST_BOARD = 3
"""Board cards without which hands are not compared."""
TURN_CARDS, RIVER_CARDS = 4, 5
GIVEN_UP = -2


def count_cards(
    seen: tuple[Counter[str], ...], unseen: tuple[Counter[str], ...], end: Hand,
    won: Mapping[int, int], shown: frozenset[int],
) -> None:
    """Count for all players. won: index -> chips from pots. shown: whose cards everybody saw."""
    live = [index for index, folded in enumerate(end.folded) if not folded]
    if len(end.board) < FEWEST_BOARD or min(end.board) < 0:
        return
    _folded_best(unseen, end, live)
    if len(live) == 1:
        _won_without_best(unseen, end, live[0])
    elif len(end.board) == RIVER_CARDS:
        _screwed(seen if shown.issuperset(live) else unseen, end, live, won)


def _folded_best(tables: tuple[Counter[str], ...], end: Hand, live: list[int]) -> None:
    """Folded hands against those that went on, at the last board.

    With an unknown hand among those that went on nothing can be said.
    """
    seen = [index for index in live if _is_known(end, index)]
    if not seen or any(_is_hidden(end, index) for index in live):
        return
    best = max(_strength(end, index, end.board) for index in seen)
    for index, folded in enumerate(end.folded):
        if folded and _is_known(end, index):
            tables[index]["folded_comparable"] = 1
            if _strength(end, index, end.board) >= best:
                tables[index]["folded_best"] = 1
                tables[index]["folded_best_lost"] = end.contributions[index]


def _won_without_best(tables: tuple[Counter[str], ...], end: Hand, winner: int) -> None:
    if not _is_known(end, winner):
        return
    own = _strength(end, winner, end.board)
    tables[winner]["won_without_best"] = int(any(
        folded and _is_known(end, index) and _strength(end, index, end.board) > own
        for index, folded in enumerate(end.folded)
    ))


def _screwed(
    tables: tuple[Counter[str], ...], end: Hand, live: list[int], won: Mapping[int, int]
) -> None:
    """Best or tied for it on the turn among those at the showdown, and won nothing."""
    if not all(_is_known(end, index) for index in live):
        return
    turn = {index: _strength(end, index, end.board[:TURN_CARDS]) for index in live}
    best = max(turn.values())
    for index in live:
        tables[index]["screwed_on_river"] = int(turn[index] == best and not won.get(index))


def _strength(end: Hand, index: int, board: tuple[int, ...]) -> int:
    return end.setup.variant.strength(end.hole[index], board)


def _is_known(end: Hand, index: int) -> bool:
    return bool(end.hole[index]) and min(end.hole[index]) >= 0


def _is_hidden(end: Hand, index: int) -> bool:
    """Return whether a hand could be anything; one that was given up lost at least."""
    return not _is_known(end, index) and (
        not end.hole[index] or min(end.hole[index]) != GIVEN_UP
    )
