"""A table between two hands as JSON, and back: for snapshots.

The last hand is stored too, because its positions decide the next ones and its cards may still be
shown. Such a snapshot holds cards; the store seals it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from vphost.rules.mode import Json
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import LIMITS
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.state import Award, Deal, Game, Player, Table
from vphost.rules.poker.variants import VARIANTS


def dump(table: Table) -> Mapping[str, Json] | None:
    """Return the table as JSON, None while a hand runs."""
    if table.running is not None:
        return None
    game = table.game
    return {
        **plain(table, "players", "game", "deal", "formats"),
        "players": [plain(player) for player in table.players.values()],
        "game": None if game is None else {
            **plain(game, "award"), "award": None if game.award is None else plain(game.award),
        },
        "deal": None if table.deal is None else dump_deal(table.deal),
    }


def plain(record: Any, *without: str) -> dict[str, Json]:
    """Return a dataclass's fields by name, tuples as lists."""
    return {
        field.name: listed(getattr(record, field.name))
        for field in fields(record) if field.name not in without
    }


def listed(value: Any) -> Json:
    """Return tuples as lists, all the way down."""
    return [listed(one) for one in value] if isinstance(value, tuple) else value


def tupled(value: Json) -> Any:
    """Return lists as tuples, all the way down; objects stay as they are."""
    return tuple(tupled(one) for one in value) if isinstance(value, list) else value


def dump_deal(deal: Deal) -> dict[str, Json]:
    """Return a hand that is over."""
    setup = deal.hand.setup
    return {
        **plain(deal, "hand", "facts", "rounds", "turn"),
        "rounds": [{str(player): bet for player, bet in one.items()} for one in deal.rounds],
        "hand": plain(deal.hand, "setup"),
        "setup": {
            **plain(setup, "variant", "limit", "stakes", "entrants", "given_hole"),
            "variant": setup.variant.code, "limit": setup.limit.code,
            "stakes": {
                **plain(setup.stakes, "ante_kind"), "ante_kind": setup.stakes.ante_kind.value,
            },
            "entrants": [plain(entrant) for entrant in setup.entrants],
        },
    }


def load(room: str, dumped: Mapping[str, Json], formats: Formats) -> Table:
    """Return the table that `dump` wrote."""
    game, deal = dumped["game"], dumped["deal"]
    return Table(**{
        **dumped, "room": room, "formats": formats,
        "players": {one["id"]: Player(**one) for one in dumped["players"]},
        "game": None if game is None else Game(**{
            **game, "award": None if game["award"] is None else Award(**game["award"]),
        }),
        "deal": None if deal is None else load_deal(deal),
        "chat": tuple(dumped.get("chat", ())),
    })


def load_deal(dumped: Mapping[str, Json]) -> Deal:
    """Return the hand that `dump_deal` wrote."""
    setup = dumped["setup"]
    stakes = Stakes(**{**setup["stakes"], "ante_kind": AnteKind(setup["stakes"]["ante_kind"])})
    hand = Hand(
        **{name: tupled(value) for name, value in dumped["hand"].items()},
        setup=HandSetup(**{
            **setup, "variant": VARIANTS[setup["variant"]], "limit": LIMITS[setup["limit"]],
            "stakes": stakes, "given_hole": {}, "deck": tuple(setup["deck"]),
            "entrants": tuple(Entrant(**one) for one in setup["entrants"]),
        }),
    )
    rest = {
        name: tupled(value) for name, value in dumped.items() if name not in ("hand", "setup")
    }
    rest["rounds"] = tuple(
        {int(player): bet for player, bet in one.items()} for one in dumped["rounds"]
    )
    return Deal(**{**rest, "hand": hand, "facts": (), "turn": None})
