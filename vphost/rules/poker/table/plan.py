"""The plan of a hand: all that a replay needs to set up the same hand again.

A format makes it (`planning.planned`); it is stored as the hidden part of `_hand_started`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vphost.rules.mode import Json
from vphost.rules.poker.stakes import AnteKind, Stakes


@dataclass(frozen=True, slots=True)
class PlannedEntrant:
    """Somebody who is dealt in, with what they put in beside a blind of their position.

    seat: from 0. live_post, dead_post: minor units. straddle: total of the street, 0 for none.
    """

    player: int
    seat: int
    live_post: int = 0
    dead_post: int = 0
    straddle: int = 0


@dataclass(frozen=True, slots=True)
class HandPlan:
    """Who is dealt in, where button and blinds are, from which seed the deck comes."""

    #: 32 bytes from which the deck is shuffled.
    seed: bytes
    #: Clockwise; the positions below are indexes into them.
    entrants: tuple[PlannedEntrant, ...]
    button: int
    #: None when nobody posts it.
    small_blind: int | None
    big_blind: int
    #: Players whom the blinds passed over by moving to where they are.
    missed_small: tuple[int, ...] = ()
    missed_big: tuple[int, ...] = ()
    #: Player -> hands that they are ahead of the blinds, where it changes; None: no such count.
    ahead: Mapping[int, int] | None = None
    #: None for those of the table's configuration.
    stakes: Stakes | None = None
    #: The smallest chip, minor units.
    unit: int = 1
    #: The street on which betting begins.
    first_betting: int = 0
    #: Seats of button, small and big blind, where a dead button has to be known the next time.
    positions: tuple[int, int, int] | None = None
    #: The currency of the chips where they are no money, else "".
    chips: str = ""

    def stored(self) -> dict[str, Json]:
        """Return the plan as JSON. Usual values are left out, as in older plans."""
        plan: dict[str, Json] = {
            "seed": self.seed.hex(), "entrants": [_stored_entrant(one) for one in self.entrants],
            "button": self.button, "small_blind": self.small_blind, "big_blind": self.big_blind,
            "missed_small": list(self.missed_small), "missed_big": list(self.missed_big),
        }
        if self.ahead is not None:
            plan["ahead"] = {str(player): hands for player, hands in self.ahead.items()}
        if self.stakes is not None:
            plan["stakes"] = _stored_stakes(self.stakes)
        if self.unit != 1:
            plan["unit"] = self.unit
        if self.first_betting:
            plan["first_betting"] = self.first_betting
        if self.positions is not None:
            plan["positions"] = list(self.positions)
        if self.chips:
            plan["chips"] = self.chips
        return plan

    @classmethod
    def load(cls, stored: Mapping[str, Json]) -> HandPlan:
        """Return the plan that `stored` wrote, in this version or an older one."""
        ahead, stakes = stored.get("ahead"), stored.get("stakes")
        return cls(
            seed=bytes.fromhex(stored["seed"]),
            entrants=tuple(PlannedEntrant(**one) for one in stored["entrants"]),
            button=stored["button"], small_blind=stored["small_blind"],
            big_blind=stored["big_blind"], missed_small=tuple(stored["missed_small"]),
            missed_big=tuple(stored["missed_big"]),
            ahead=None if ahead is None else {int(one): ahead[one] for one in ahead},
            stakes=None if stakes is None else _load_stakes(stakes),
            unit=stored.get("unit", 1), first_betting=stored.get("first_betting", 0),
            positions=_load_positions(stored.get("positions")), chips=stored.get("chips", ""),
        )


def _stored_entrant(one: PlannedEntrant) -> dict[str, Json]:
    return {
        "player": one.player, "seat": one.seat, "straddle": one.straddle,
        "live_post": one.live_post, "dead_post": one.dead_post,
    }


def _stored_stakes(own: Stakes) -> dict[str, Json]:
    return {
        "small_blind": own.small_blind, "big_blind": own.big_blind, "ante": own.ante,
        "ante_kind": own.ante_kind.value, "small_bet": own.small_bet, "big_bet": own.big_bet,
    }


def _load_stakes(stored: Mapping[str, Json]) -> Stakes:
    return Stakes(**{**stored, "ante_kind": AnteKind(stored["ante_kind"])})


def _load_positions(stored: list[int] | None) -> tuple[int, int, int] | None:
    if stored is None:
        return None
    button, small_blind, big_blind = stored
    return button, small_blind, big_blind
