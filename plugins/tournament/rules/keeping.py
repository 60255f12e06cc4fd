"""What a running tournament keeps beside the table: who entered, the level, the prizes, who is out.

It is plain JSON in `Table.own`, made by the folds below and by nothing else, so that a snapshot
holds it and a replay makes it again. Money and chips in minor units, moments in epoch ms.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.changing import replace
from vphost.rules.mode import Event, Json
from vphost.rules.poker.table.format import Fold
from vphost.rules.poker.table.state import Table

LEVEL = "level"
"""The name of the blind clock among `clocks`."""


def kept(table: Table) -> Mapping[str, Json]:
    """Return what the running tournament keeps; there has to be one."""
    assert table.own is not None, "a tournament runs"
    return table.own


def keep(table: Table, **fields: Json) -> Table:
    """Return the table with some of it changed."""
    return replace(table, own={**kept(table), **fields})


def alive(table: Table) -> list[int]:
    """Return the player ids of those who are not out, in the order in which they entered."""
    gone = {player for group in kept(table)["out"] for player in group["entries"]}
    return [player for player in kept(table)["entrants"] if player not in gone]


# -- folds -------------------------------------------------------------------------------------


def started(table: Table, event: Event) -> Table:
    """A tournament begins: all fees are in the prize account, all have their chips."""
    return replace(table, own={
        "entrants": list(event.hidden["entrants"]), "pool": event.hidden["pool"], "out": [],
        "level": 1, "left_ms": None, "clocks": {LEVEL: None}, "positions": None, "winners": None,
    })


def level_told(table: Table, event: Event) -> Table:
    """The level rises; after the winners the same event clears the page, and nothing here."""
    level = event.data["blinds_level"]
    if level is None or table.own is None:
        return table
    return keep(
        table, level=level, left_ms=None, clocks={LEVEL: event.data["blind_scheduler_expiration"]},
    )


def hand_started(table: Table, event: Event) -> Table:
    """Remember where button and blinds were, dead ones included."""
    return keep(table, positions=list(event.hidden["positions"]))


def paused(table: Table, event: Event) -> Table:
    """The blind clock stands while nobody plays."""
    return keep(
        table, left_ms=event.data["blind_scheduler_remaining_time"], clocks={LEVEL: None}
    )


def unpaused(table: Table, event: Event) -> Table:
    """It goes on."""
    return keep(
        table, left_ms=None, clocks={LEVEL: event.data["blind_scheduler_expiration"]}
    )


def eliminated(table: Table, event: Event) -> Table:
    """Somebody is out, or several in one hand; what was left of their chips is out of play."""
    for player in event.data["players"]:
        table = table.change(player, stack=0, delayed=0)
    group = {"first": event.data["place"], "entries": list(event.data["players"])}
    return keep(table, out=[*kept(table)["out"], group])


def won(table: Table, event: Event) -> Table:
    """The tournament is decided; its game ends by the clock."""
    assert table.game is not None
    table = keep(table, winners=dict(event.data["winners"]), clocks={LEVEL: None}, left_ms=None)
    return replace(table, game=replace(table.game, ending=True))


FOLDS: Mapping[str, Fold] = {
    "start_tournament": started, "blind_level_data": level_told, "_hand_started": hand_started,
    "pause_winners_award_timer": paused, "unpause_winners_award_timer": unpaused,
    "player_eliminated": eliminated, "tournament_winners": won,
}
