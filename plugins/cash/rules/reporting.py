"""What a finished cash game did to everybody's money, read off the postings of its events.

Money goes bank -> chips -> bank or the outside; what goes between chips and the pot is play. So a
buy-in is what chips grow by without the pot, a cash-out what they shrink by, and the net is what
play did. Nothing is counted a second time: the pots' side never enters, which is why the sum over
all players and the house is zero only if no chip was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vphost.rules.mode import Event, Json
from vphost.rules.poker.variants import VARIANTS

CHIPS = frozenset({"stack", "delayed"})
SETTINGS = ("name", "currency", "small_blind", "big_blind", "ante")
"""What a report tells of a table's configuration, beside the limit of its game."""
CREATED, CONFIGURED = "_created", "state_config_updated"


@dataclass(slots=True)
class Line:
    """One player's money in a game, minor units. buy_ins: how often he bought."""

    buy_ins: int = 0
    bought: int = 0
    cashed: int = 0


@dataclass(slots=True)
class Moved:
    """What one event did: player -> change of his chips; the house's change; whether a pot was
    part of it."""

    chips: dict[int, int] = field(default_factory=dict)
    house: int = 0
    has_pot: bool = False


class CashReader:
    """Implements `vphost.rules.report.GameReader` for cash tables."""

    def __init__(self, kept: Mapping[str, Json]) -> None:
        """kept: of the reader before, empty for the first one of a room."""
        self._people: dict[int, tuple[str, str]] = {
            int(number): (user, name) for number, (user, name) in kept.get("people", {}).items()
        }
        self._config: Mapping[str, Json] = kept.get("config", {})
        self._begin()

    def _begin(self) -> None:
        self._lines: dict[int, Line] = {}
        self._house = 0
        self._game: Mapping[str, Json] | None = None
        self._started_ms = 0

    def kept(self) -> Mapping[str, Json]:
        """Return who is known, and the settings in force."""
        return {
            "people": {str(number): list(one) for number, one in self._people.items()},
            "config": dict(self._config),
        }

    def take(self, event: Event, at_ms: int) -> Mapping[str, Json] | None:
        """Take the next event; return the facts of the game that it ended."""
        if event.postings:
            self._book(event)
        if event.name == "player_connected":
            number, user = int(event.data["player"]), event.hidden["user"]
            self._people[number] = (user, event.data["username"])
        elif event.name == CREATED:
            self._configure(event.data["config"])
        elif event.name == CONFIGURED and event.data.get("takes_effect", "now") == "now":
            self._configure(event.data["config"])
        elif event.name == "_game_opened":
            self._game, self._started_ms = event.data, at_ms
        elif event.name == "current_game_ended" and self._game is not None:
            return self._end(self._game, at_ms)
        return None

    def _configure(self, config: Mapping[str, Json]) -> None:
        self._config = {
            **self._config, **{name: config[name] for name in SETTINGS if name in config},
            "limits": {
                game: config[game]["limit"] for game in VARIANTS if game in config
            },
        }

    def _book(self, event: Event) -> None:
        """Add what an event did to everybody's chips outside play."""
        moved = movement(event)
        self._house += moved.house
        if moved.has_pot:
            return
        for number, change in moved.chips.items():
            line = self._lines.setdefault(number, Line())
            if change > 0:
                line.buy_ins += 1
                line.bought += change
            elif change < 0:
                line.cashed -= change
            if change < 0 and self._game is None:
                del self._lines[number]  # he went before a game began

    def _end(self, game: Mapping[str, Json], at_ms: int) -> Mapping[str, Json]:
        facts = {
            "game_id": game["game_id"], "game_type": game["game_type"], **self._config,
            "started_ms": self._started_ms, "ended_ms": at_ms, "house": self._house,
            "lines": [
                {
                    "player": number, "user": user, "username": username,
                    "buy_ins": line.buy_ins, "bought": line.bought, "cashed": line.cashed,
                }
                for number, (user, username) in self._people.items()  # in the order of coming
                if (line := self._lines.get(number)) is not None and line.bought
            ],
        }
        self._begin()
        return facts


def movement(event: Event) -> Moved:
    """Return what an event's postings did to chips, pot and house."""
    moved = Moved()
    for posting in event.postings:
        kind, _, name = posting.account.partition(":")
        if kind == "house":
            moved.house += posting.amount
        elif kind == "room":
            _, _, what = name.partition(":")
            what, _, number = what.partition(":")
            if what == "pot":
                moved.has_pot = True
            elif what in CHIPS:
                player = int(number)
                moved.chips[player] = moved.chips.get(player, 0) + posting.amount
    return moved
