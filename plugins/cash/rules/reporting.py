"""What a finished cash game did to everybody's money, read off the postings of its events.

Money goes bank -> chips -> bank or the outside; what goes between chips and the pot is play. So a
buy-in is what chips grow by without the pot, a cash-out what they shrink by, and the net is what
play did. Nothing is counted a second time: the pots' side never enters, which is why the sum over
all players and the house is zero only if no chip was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vphost.rules.mode import Event, Json, Posting
from vphost.rules.poker.table.events import Visitor, visit
from vphost.rules.poker.variants import VARIANTS

CHIPS = frozenset({"stack", "delayed"})
BANK, POT, PRIZE, HOUSE = "bank", "pot", "prize", "house"
"""Parts of a table in the names of its accounts, and the house."""
SETTINGS = ("name", "currency", "small_blind", "big_blind", "ante")
"""What a report tells of a table's configuration, beside the limit of its game."""


@dataclass(slots=True)
class PlayerMoney:
    """One player's money in a game, minor units. buy_ins: how many times they bought chips."""

    buy_ins: int = 0
    bought: int = 0
    cashed: int = 0


@dataclass(slots=True)
class ChipMovement:
    """What one event did to the chips of players (player -> change) and of the house, and whether
    a pot was part of it."""

    chips: dict[int, int] = field(default_factory=dict)
    house: int = 0
    has_pot: bool = False


class CashReader(Visitor):
    """Implements `vphost.rules.report.GameReader` for cash tables."""

    def __init__(self, kept: Mapping[str, Json]) -> None:
        """kept: of the reader before, empty for the first one of a room."""
        self._people: dict[int, tuple[str, str]] = {
            int(number): (user, name) for number, (user, name) in kept.get("people", {}).items()
        }
        self._config: Mapping[str, Json] = kept.get("config", {})
        self._facts: Mapping[str, Json] | None = None
        self._begin()

    def _begin(self) -> None:
        self._lines: dict[int, PlayerMoney] = {}
        self._house = 0
        self._game: tuple[str, str] | None = None
        self._started_ms = 0

    def kept(self) -> Mapping[str, Json]:
        """Return the players that are known, and the settings in force."""
        return {
            "people": {str(number): list(one) for number, one in self._people.items()},
            "config": dict(self._config),
        }

    def read(self, event: Event, at_ms: int) -> Mapping[str, Json] | None:
        """Read the next event; return the facts of the game that it ended."""
        self._facts = None
        visit(self, event, at_ms)
        return self._facts

    def on_player(self, player: int, user: str, username: str) -> None:
        """Learn who plays under which number."""
        self._people[player] = (user, username)

    def on_created(self, config: Mapping[str, Json]) -> None:
        """Keep what the table was made with."""
        self.on_config(config)

    def on_game_opened(self, game_id: str, game_type: str, at_ms: int) -> None:
        """Begin a game; chips bought before it belong to it."""
        self._game, self._started_ms = (game_id, game_type), at_ms

    def on_game_end(self, at_ms: int) -> None:
        """Add up the game."""
        if self._game is not None:
            self._facts = self._end(*self._game, at_ms)

    def on_config(self, config: Mapping[str, Json]) -> None:
        """Keep the settings that a report tells."""
        self._config = {
            **self._config, **{name: config[name] for name in SETTINGS if name in config},
            "limits": {
                game: config[game]["limit"] for game in VARIANTS if game in config
            },
        }

    def on_postings(self, postings: Sequence[Posting]) -> None:
        """Add what an event did to everybody's chips outside play."""
        moved = movement(postings, self._config.get("currency", ""))
        self._house += moved.house
        if moved.has_pot:
            return
        for number, change in moved.chips.items():
            line = self._lines.setdefault(number, PlayerMoney())
            if change > 0:
                line.buy_ins += 1
                line.bought += change
            elif change < 0:
                line.cashed -= change
            if change < 0 and self._game is None:
                del self._lines[number]  # They left before a game began.

    def _end(self, game_id: str, game_type: str, at_ms: int) -> Mapping[str, Json]:
        facts = {
            "game_id": game_id, "game_type": game_type, **self._config,
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


def movement(postings: Sequence[Posting], currency: str) -> ChipMovement:
    """Return what postings did to chips, pot and house.

    currency: of the table's money; chips of a tournament are none. Its entry fee, which goes from
    a bank into the prize account, counts as chips bought, and a prize as chips cashed in.
    """
    money = [posting for posting in postings if posting.currency == currency]
    parts = [(part_of(posting.account), posting.amount) for posting in money]
    is_prize = any(what == PRIZE for (what, _), _ in parts)
    moved = ChipMovement()
    for (what, number), amount in parts:
        if what == HOUSE:
            moved.house += amount
        elif what == POT:
            moved.has_pot = True
        elif what in CHIPS or is_prize and what == BANK:
            change = amount if what in CHIPS else -amount
            moved.chips[number] = moved.chips.get(number, 0) + change
    return moved


def part_of(account: str) -> tuple[str, int]:
    """Return which part of a table an account is, and whose (0: nobody's); "house" for the house.
    """
    kind, _, rest = account.partition(":")
    if kind != "room":
        return kind, 0
    what, _, number = rest.partition(":")[2].partition(":")
    return what, int(number or 0)
