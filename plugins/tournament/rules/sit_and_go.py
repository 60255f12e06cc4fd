"""The sit-n-go tournament at one table, game mode `T`.

Everybody who sits and can pay the entry fee plays, for chips of their own currency. Nobody is
thrown out: who is away is dealt in and acted for at once, and may come back; who leaves is out
after the hand. The blinds rise between hands; the button may be dead, so that nobody escapes a
big blind. It ends when one has all chips, or when the host ends it.
Source: table protocol 1.0.45, 1.0.70, 1.0.73, 1.0.96, 1.0.99; poker-rules D.
"""

from __future__ import annotations

from hashlib import sha256

from plugins.tournament.rules import keeping, levels, placing
from plugins.tournament.rules.keeping import LEVEL, alive, kept
from vphost.rules import books
from vphost.rules.mode import Json, Posting, Rejected
from vphost.rules.poker.seats import Positions, dead_button, first_positions
from vphost.rules.poker.table.banking import open_bank
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.planning import entrant, planned
from vphost.rules.poker.table.ring_game import RingGame
from vphost.rules.poker.table.state import Player, Table
from vphost.rules.poker.table.unfolding import Unfolding

CHIPS = "CHIPS"
"""The currency of tournament chips; it has the decimals of the table's own."""
AWAY_MS = 1_000
"""How long somebody who is away is waited for."""
ABSENCES_MAX = 2
NOT_IN_TOURNAMENTS = frozenset({"buy_in", "join", "sit_out", "straddle"})


class SitAndGo(RingGame):
    """The game mode `T`. Implements `vphost.rules.poker.table.format.Format`."""

    game_mode = "T"
    host_away_ms = None
    folds = keeping.FOLDS

    # -- before a game ---------------------------------------------------------------------

    def may_start(self, table: Table) -> Rejected | None:
        """Refuse with not_enough_players unless two who are here can pay the entry fee."""
        return None if len(self.entrants(table)) >= 2 else Rejected("not_enough_players")

    def entrants(self, table: Table) -> list[Player]:
        """Return who enters: all who sit, are connected and can pay."""
        fee = levels.settings(table)["entry_fee"]
        return [
            player for player in table.seated() if player.connected and not player.leaving
            and fee <= player.bank + self.issued(table, player)
        ]

    def issued(self, table: Table, player: Player) -> int:
        """Return what somebody's bank is issued when it is opened for this game.

        Nothing from a wallet, which may not cover it: they open their bank by sitting down.
        """
        is_wallet = table.config["funding"] == "wallet"
        return 0 if player.bank_open or is_wallet else self.bank_at_seat(table, player)

    def open(self, unfolding: Unfolding) -> None:
        """Take the fees into the prize account, give out the chips, start the blind clock."""
        settings, entrants = levels.settings(unfolding.table), self.entrants(unfolding.table)
        for player in entrants:
            if self.issued(unfolding.table, player):
                open_bank(unfolding, player.id)
            self.enter(unfolding, player.id, settings["entry_fee"], settings["starting_chips"])
        unfolding.tell("start_tournament", {"player": None}, hidden={
            "entrants": [player.id for player in entrants],
            "pool": settings["entry_fee"] * len(entrants),
        })
        due_ms = unfolding.now_ms + settings["level_duration"] * 1000
        levels.tell_level(unfolding, 1, due_ms)

    def enter(self, unfolding: Unfolding, number: int, fee: int, chips: int) -> None:
        """Let one player in: the fee goes to the prizes, the chips come to the table."""
        player, table = unfolding.player(number), unfolding.table
        unfolding.tell(
            "bankroll",
            {
                "player": number, "bank": player.bank - fee, "table_stack": chips,
                "delayed_table_stack": 0, "bank_open": True,
            },
            hidden={"bank_open": True},
            postings=(
                *unfolding.move(unfolding.bank(number), placing.prize_account(table), fee),
                *unfolding.move_chips(books.WORLD, unfolding.stack(number), chips),
            ),
        )

    # -- between hands ---------------------------------------------------------------------

    def sits_out(self, table: Table, player: Player) -> bool:
        """Nobody sits out of a tournament."""
        return False

    def plan(self, table: Table, seed: bytes) -> HandPlan | None:
        """Deal in everybody who has chips, wherever they are; nobody escapes a big blind."""
        players = [
            player for player in table.seated()
            if player.id in alive(table) and player.chips and not player.leaving
        ]
        if len(players) < 2:
            return None
        seats = [int(player.seat or 0) for player in players]
        places = self.positions(table, seed, seats)
        return planned(
            table, seed, places, [entrant(player) for player in players],
            levels.stakes_at(table, kept(table)["level"]), unit=10 ** table.config["decimals"],
            positions=(places.button, places.small_blind, places.big_blind), chips=CHIPS,
        )

    def positions(self, table: Table, seed: bytes, seats: list[int]) -> Positions:
        """Return where button and blinds are; drawn by lot in the first hand."""
        last = kept(table)["positions"]
        if last is not None:
            return dead_button(Positions(*last), seats)
        lot = int.from_bytes(sha256(b"button" + seed).digest(), "big") % len(seats)
        return first_positions(seats[lot], seats)

    def review(self, unfolding: Unfolding) -> None:
        """Place who is out, and end the tournament when it is decided."""
        placing.review(unfolding)

    def takes_settings(self, table: Table) -> bool:
        """A running tournament keeps its settings (1.0.99)."""
        return table.game is None or table.game.hands == 0

    # -- in a hand -------------------------------------------------------------------------

    def chips(self, table: Table) -> str:
        """Stacks and pots hold chips, which are no money."""
        return CHIPS

    def turn_ms(self, table: Table, player: Player) -> tuple[int, int]:
        """Somebody who is away is acted for at once; everybody else has their time."""
        is_away = bool(player.leaving) or player.absences >= ABSENCES_MAX or (
            not player.connected and player.absences > 0
        )
        return (AWAY_MS, 0) if is_away else super().turn_ms(table, player)

    # -- people ----------------------------------------------------------------------------

    def refusal(self, table: Table, op: str, player: Player | None) -> str | None:
        """Refuse what only a game for money knows, and changes of seats in a tournament."""
        if op in NOT_IN_TOURNAMENTS:
            return "disabled"
        if table.game is None:
            return None
        if op == "pause_next_hand" and not levels.settings(table)["pausing"]:
            return "disabled"
        return "game_running" if op == "sit_player" else None

    def may_return(self, table: Table, player: Player) -> bool:
        """Whoever has left a running tournament only looks on (1.0.96)."""
        return table.own is None or player.id not in kept(table)["entrants"]

    # -- the blind clock -------------------------------------------------------------------

    def clock_over(self, unfolding: Unfolding, name: str) -> None:
        """The level is over."""
        assert name == LEVEL
        levels.rise(unfolding)

    def retell_clocks(self, unfolding: Unfolding) -> None:
        """Tell the level again; one that the host has stopped stands as it was."""
        table = unfolding.table
        if table.own is not None and kept(table)["clocks"][LEVEL] is not None:
            levels.tell_level(unfolding, kept(table)["level"], kept(table)["clocks"][LEVEL])

    def pause_fields(self, table: Table, now_ms: int, *, stops: bool) -> dict[str, Json]:
        """Say what is left of the level, or when it is over."""
        left_ms = None if table.own is None else levels.clock_left_ms(table, now_ms)
        if stops:
            return {"blind_scheduler_remaining_time": left_ms}
        return {"blind_scheduler_expiration": None if left_ms is None else now_ms + left_ms}

    def private_fields(self, table: Table) -> dict[str, Json]:
        """Say who entered and who is out, the level, and the winners once they are known."""
        if table.own is None:
            return super().private_fields(table)
        winners = kept(table)["winners"]
        level = None if winners is not None else levels.level_fields(
            table, kept(table)["level"], kept(table)["clocks"][LEVEL]
        )
        return {
            "blind_level_data": level,
            "tournament_winners": None if winners is None else {"winners": winners},
            "tournament": {
                "entrants": sorted(kept(table)["entrants"]),
                "out": [
                    {"players": group["entries"], "place": group["first"]}
                    for group in kept(table)["out"]
                ],
            },
        }

    # -- the end ---------------------------------------------------------------------------

    def settle(self, unfolding: Unfolding) -> None:
        """End the game; one that nobody has won yet is ranked by chips first."""
        if unfolding.table.own is not None and kept(unfolding.table)["winners"] is None:
            placing.tell_winners(unfolding)
        super().settle(unfolding)

    def given_back(self, unfolding: Unfolding, player: Player) -> tuple[Posting, ...]:
        """Return the postings that empty a player's accounts: the bank is money, chips are not."""
        number = player.id
        chips = (
            (unfolding.stack(number), player.stack), (unfolding.delayed(number), player.delayed),
        )
        return (
            *unfolding.move(unfolding.bank(number), unfolding.outside(number), player.bank),
            *(posting for account, amount in chips
              for posting in unfolding.move_chips(account, books.WORLD, amount)),
        )
