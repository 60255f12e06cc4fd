"""What is kept of finished hands: documents of tables, games and users, as plain values.

A table's document holds each player's counters by kind of game, and those of pairs of players; a
game's, from its start to its end, each player's counters; a user's, their counters of all tables by
kind of game. A kind of game is its type and its money ("THD.EUR"), because money of two currencies
does not add up. Every document says up to which hand it has counted, so that no hand is ever
counted twice.

Figures that need the cards of hands not shown would betray them, even to a player who folded. A
table holds them back, under `unseen`, until the game ends; then they go to the users' documents,
apart from the rest. At a table that does not show them (`stats_bluffing`) they are never counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vphost.rules.mode import Json
from vphost.rules.poker.statistics.counters import Counters, merged
from vphost.rules.poker.statistics.hand import HandCounts

Mark = tuple[int, int]
"""Where a hand ended: seq of its last commit, place of the event in it."""
NEVER: Mark = (0, 0)
PAIRS_MAX = 20_000
"""Most pairs of players that a table keeps, both ways counted; later ones are left out, so that its
document stays below what a store takes. A hundred and forty players who all met have as many."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished hand of a table; money in minor units."""

    game_type: str
    game_id: str
    currency: str
    #: Ids, by entrant index.
    players: tuple[int, ...]
    #: By entrant index.
    users: tuple[str, ...]
    counts: HandCounts
    #: Whether the table will tell figures that need the cards nobody showed.
    counts_unseen: bool = False
    #: Whether its chips were no money.
    is_tournament: bool = False

    @property
    def kind(self) -> str:
        """Type and money of the game."""
        return f"{self.game_type}.{self.currency}"

    def unseen(self, place: int) -> Counters:
        """Return what a player's unseen cards count, with the pots that they are a share of."""
        won = {"pots_won": 1} if self.counts.players[place].get("pots_won") else {}
        return {**self.counts.unseen[place], **won}


@dataclass(frozen=True, slots=True)
class Release:
    """What a table held back is given to its users, or dropped. is_shown: it is given."""

    is_shown: bool


def new_table() -> dict[str, Json]:
    """Return the document of a table without hands."""
    return {
        "upto": list(NEVER), "hands": 0, "users": {}, "players": {}, "versus": {}, "unseen": {},
    }


def new_game() -> dict[str, Json]:
    """Return the document of a game without hands."""
    return {"upto": list(NEVER), "hands": 0, "players": {}}


def new_user() -> dict[str, Json]:
    """Return the document of a user without hands."""
    return {
        "upto": list(NEVER), "played_ms": 0, "cash_games": 0, "tournaments": 0, "kinds": {},
        "unseen": {},
    }


def mark_of(body: Mapping[str, Json]) -> Mark:
    """Return up to which hand a document has counted."""
    seq, place = body["upto"]
    return int(seq), int(place)


def is_first_hand(table: Mapping[str, Json], hand: Finished, player: int) -> bool:
    """Return whether a hand is a player's first one of its game. table: before the hand."""
    known = table["players"].get(str(player))
    return known is None or known["game"] != hand.game_id


def table_with(
    table: Mapping[str, Json], hand: Finished, mark: Mark, took_ms: int
) -> dict[str, Json]:
    """Return a table's document with one more hand."""
    players = dict(table["players"])
    for place, number in enumerate(hand.players):
        known = players.get(
            str(number), {"games": 0, "game": "", "played_ms": 0, "kinds": {}}
        )
        players[str(number)] = {
            "games": known["games"] + is_first_hand(table, hand, number),
            "game": hand.game_id, "played_ms": known["played_ms"] + took_ms,
            "kinds": _added(known["kinds"], hand.kind, hand.counts.seen(place)),
        }
    versus = dict(table["versus"])
    for (one, other), counters in hand.counts.versus.items():
        pair = pair_key(hand.players[one], hand.players[other])
        if pair not in versus and len(versus) >= PAIRS_MAX:
            continue
        versus[pair] = _added(versus.get(pair, {}), hand.kind, counters)
    return {
        **table, "upto": list(mark), "hands": table["hands"] + 1,
        "players": players, "versus": versus, "unseen": _held_back(table, hand),
    }


def _held_back(table: Mapping[str, Json], hand: Finished) -> Mapping[str, Json]:
    """Return what a table does not tell yet, by user: kind -> counters."""
    held: dict[str, Json] = dict(table.get("unseen", {}))
    if hand.counts_unseen:
        for place, user in enumerate(hand.users):
            if user:
                held[user] = _added(held.get(user, {}), hand.kind, hand.unseen(place))
    return held


def released_table(table: Mapping[str, Json], mark: Mark) -> dict[str, Json]:
    """Return a table's document that holds nothing back any more."""
    return {**table, "upto": list(mark), "unseen": {}}


def released_user(
    user: Mapping[str, Json], held: Mapping[str, Mapping[str, int]], mark: Mark
) -> dict[str, Json]:
    """Return a user's document with what a table held back of theirs. held: kind -> counters."""
    unseen = dict(user.get("unseen", {}))
    for kind, counters in held.items():
        unseen = _added(unseen, kind, counters)
    return {**user, "upto": list(mark), "unseen": unseen}


def game_with(
    game: Mapping[str, Json], hand: Finished, mark: Mark, took_ms: int
) -> dict[str, Json]:
    """Return a game's document with one more hand."""
    players = dict(game["players"])
    for place, number in enumerate(hand.players):
        known = players.get(str(number), {"played_ms": 0, "counters": {}})
        players[str(number)] = {
            "played_ms": known["played_ms"] + took_ms,
            "counters": merged((known["counters"], hand.counts.seen(place))),
        }
    return {"upto": list(mark), "hands": game["hands"] + 1, "players": players}


def user_with(
    user: Mapping[str, Json], hand: Finished, place: int, mark: Mark, took_ms: int,
    is_first: bool,
) -> dict[str, Json]:
    """Return a user's document with one more hand. place: their entrant index."""
    return {
        **user, "upto": list(mark), "played_ms": user["played_ms"] + took_ms,
        "cash_games": user["cash_games"] + (is_first and not hand.is_tournament),
        "tournaments": user.get("tournaments", 0) + (is_first and hand.is_tournament),
        "kinds": _added(user["kinds"], hand.kind, hand.counts.seen(place)),
        "unseen": user.get("unseen", {}),
    }


def pair_key(one: int | str, other: int | str) -> str:
    """Return under which key a table keeps a player's counters against another."""
    return f"{one}-{other}"


def of_type(kinds: Mapping[str, Mapping[str, int]], game_type: str | None = None) -> Counters:
    """Return the counters of all kinds of a type of game, or of all; money as if it were one."""
    return merged(
        counters for kind, counters in kinds.items()
        if game_type is None or kind.partition(".")[0] == game_type
    )


def _added(kinds: Mapping[str, Any], kind: str, counters: Mapping[str, int]) -> dict[str, Json]:
    return {**kinds, kind: merged((kinds.get(kind, {}), counters))}
