"""Players of the demo that are no people: users like any other behind the same command door.

A bot hears what its own viewer would hear and asks its room like everybody. It keeps no state of
the game: when it is its turn, it looks at its view. So it goes on by itself after a restart.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

import structlog

from vphost.rules.mode import Command, Json, Rejected
from vphost.rules.poker.bot import Spot, choose
from vphost.services.journal.commits import Commit
from vphost.services.rooms.rooms import Room

THINK_S = (0.7, 2.2)
"""How long a bot seems to think, seconds."""
LOG = structlog.get_logger("vphost.bots")


class Bot:
    """One user that plays at one table."""

    def __init__(self, room: Room, user: str, name: str, buy_in: int, dice: random.Random) -> None:
        self.room = room
        self.user = user
        self.name = name
        self.buy_in = buy_in
        self.dice = dice
        self.task: asyncio.Task[None] | None = None
        self.wake = asyncio.Event()

    async def start(self, seat: int) -> None:
        """Connect, sit down, buy chips, and play from then on."""
        await self.ask("connect", {"username": self.name, "connections": 1})
        await self.ask("sit_player", {"seat": seat})
        await self.ask("join", {"immediately": False})
        self.room.add_listener(self.heard)
        self.wake.set()
        self.task = asyncio.create_task(self.live(), name=f"bot {self.name}")

    async def stop(self) -> None:
        """Stop playing; the seat is kept."""
        self.room.remove_listener(self.heard)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def heard(self, commit: Commit) -> None:
        """Wake when something happened that may want an answer."""
        names = {event.name for event in commit.events}
        if names & {"turn", "game_end", "game_start", "current_game_ended", "bankroll"}:
            self.wake.set()

    async def live(self) -> None:
        """Answer turns and keep chips on the table until cancelled."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(self.dice.uniform(*THINK_S))
            await self.refill()
            await self.act()

    async def refill(self) -> None:
        """Buy chips when there are none."""
        player = self.room.player_of(self.user)
        if player is None:
            return
        state = self.room.view(player)["game_state"]
        key = str(player)
        held = state["players_stack"].get(key, 0) + state["players_delayed_stack"].get(key, 0)
        if held == 0 and not in_hand(state, player):
            await self.ask("buy_in", {"amount": self.buy_in})

    async def act(self) -> None:
        """Take the turn if it is this bot's."""
        player = self.room.player_of(self.user)
        if player is None:
            return
        view = self.room.view(player)
        turn = view["private_data"]["turn"]
        if turn is None or turn["player"] != player:
            return
        state = view["game_state"]
        offered = turn["available_actions"]
        spot = Spot(
            unit=max(1, view["private_data"]["state_config"]["small_blind"]),
            hole=tuple(view["private_data"]["pocket_cards"] or ()),
            board=tuple(state["community_cards"]),
            pot=pot_of(state),
            call=turn["call_amount"],
            min_to=turn["min_total"],
            max_to=turn["max_total"],
            can_check="action_check" in offered,
        )
        op, amount = choose(spot, self.dice.random())
        if op == "raise":
            op = "action_raise" if "action_raise" in offered else "action_bet"
            await self.ask(op, {"total": amount})
        else:
            await self.ask(op, {} if amount is None else {"amount": amount})

    async def ask(self, op: str, args: Mapping[str, Json]) -> bool:
        """Give a command to the room; a refusal is noted, never fatal."""
        request = f"bot-{self.dice.getrandbits(64):016x}"
        outcome = await self.room.submit(Command(request, self.user, op, args))
        if isinstance(outcome, Rejected):
            LOG.debug("bot refused", bot=self.name, op=op, code=outcome.code)
        return not isinstance(outcome, Rejected)


def in_hand(state: Mapping[str, Json], player: int) -> bool:
    """Return whether the player is still in a running hand (all-in players have no stack)."""
    return state["betting_round"] is not None and player in state["players"]


def pot_of(state: Mapping[str, Json]) -> int:
    """Return all chips in the middle, bets of the street included, minor units."""
    pots = sum(state["pots"])
    rounds = state["bets"]
    street = rounds[state["betting_round"]] if state["betting_round"] < len(rounds) else ()
    return pots + sum(bet or 0 for bet in street)


class Bots:
    """The bots of one table, and the dealer's hand that keeps the game going for its host."""

    def __init__(self, room: Room, host: str, seed: Callable[[], bytes]) -> None:
        self.room = room
        self.host = host
        self.dice = random.Random(seed())
        self.bots: list[Bot] = []
        self.wake = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self, users: Mapping[str, str], buy_in: int) -> None:
        """Seat the bots from seat 1 on and start the game.

        users: user id -> name. buy_in: minor units that each puts on the table.
        """
        for seat, (user, name) in enumerate(users.items(), start=1):
            dice = random.Random(self.dice.getrandbits(128))
            bot = Bot(self.room, user, name, buy_in, dice)
            self.bots.append(bot)
            await bot.start(seat)
        self.room.add_listener(self.heard)
        self.wake.set()
        self.task = asyncio.create_task(self.keep_going(), name="demo host")

    async def stop(self) -> None:
        """Stop all."""
        self.room.remove_listener(self.heard)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        for bot in self.bots:
            await bot.stop()

    def heard(self, commit: Commit) -> None:
        """Look again after everything that may have stopped the game."""
        names = {event.name for event in commit.events}
        if names & {"winners_award_timer", "current_game_ended", "bankroll", "player_seated",
                    "player_join_status_updated"}:
            self.wake.set()

    async def keep_going(self) -> None:
        """As the host: give new money to who ran out, start the game or the next hand."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(1.0)
            view = self.room.view(None)
            state, timer = view["game_state"], view["private_data"]["winners_award_timer"]
            poor = [
                {"player": player, "amount": bot.buy_in * 10}
                for bot in self.bots
                if (player := self.room.player_of(bot.user)) is not None
                and player in state["seats"]
                and state["players_bank"].get(str(player), 0) < bot.buy_in
            ]
            if poor:
                await self.ask("update_bankroll", {"changes": poor})
            if state["game_id"] is None:
                await self.ask("game_start", {"game_type": "THD"})
            elif timer is not None and timer["show_next_game_button"]:
                await self.ask("next_hand", {})

    async def ask(self, op: str, args: Mapping[str, Json]) -> None:
        """Give a command of the table's host to the room; a refusal changes nothing."""
        request = f"host-{self.dice.getrandbits(64):016x}"
        await self.room.submit(Command(request, self.host, op, args))
