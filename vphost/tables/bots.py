"""The bots of the demo: users like any other, which use the same commands.

A bot reacts to its room's events and gives commands like everybody else. It keeps no state of the
game: when it is its turn, it looks at its view. So it goes on by itself after a restart.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

import structlog

from vphost.rules.mode import Command, Json, Rejected
from vphost.rules.poker.bot import choose
from vphost.rules.poker.table import events
from vphost.rules.poker.table.own_turn import own_turn
from vphost.rules.poker.table.summary import TableSummary
from vphost.rules.poker.variants import HOLDEM
from vphost.services.journal.commits import Commit
from vphost.services.rooms.rooms import Room

THINK_S = (0.7, 2.2)
"""How long a bot seems to think, seconds."""
LOG = structlog.get_logger("vphost.bots")
WAKES_BOT = frozenset({
    events.TURN, events.GAME_END, events.GAME_START, events.CURRENT_GAME_ENDED, events.BANKROLL,
})
"""Events after which a bot may have to act."""
STARTS_GAMES = frozenset({
    events.AWARD_TIMER, events.CURRENT_GAME_ENDED, events.BANKROLL, events.PLAYER_SEATED,
    events.JOIN_STATUS_UPDATED,
})
"""Events after which a game may have to be started."""


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
        self.room.add_listener(self.notice)
        self.wake.set()
        self.task = asyncio.create_task(self.live(), name=f"bot {self.name}")

    async def stop(self) -> None:
        """Stop playing; the seat is kept."""
        self.room.remove_listener(self.notice)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    def notice(self, commit: Commit) -> None:
        """Wake up after a commit upon which the bot may have to act."""
        names = {event.name for event in commit.events}
        if names & WAKES_BOT:
            self.wake.set()

    async def live(self) -> None:
        """Take turns and keep chips on the table until cancelled."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(self.dice.uniform(*THINK_S))
            await self.refill()
            await self.act()

    async def refill(self) -> None:
        """Buy chips when there are none."""
        summary, player = summary_of(self.room), self.room.player_of(self.user)
        if summary is None or player is None or player in summary.dealt_in:
            return  # In a hand an empty stack may just mean that the bot is all-in.
        standing = summary.players[player]
        if standing.stack + standing.delayed == 0:
            await self.ask("buy_in", {"amount": self.buy_in})

    async def act(self) -> None:
        """Take the turn if it is this bot's."""
        player = self.room.player_of(self.user)
        if player is None:
            return
        turn = own_turn(self.room.view(player), player)
        if turn is None:
            return
        op, amount = choose(turn.spot, self.dice.random())
        if op == "raise":
            op = "action_raise" if "action_raise" in turn.actions else "action_bet"
            await self.ask(op, {"total": amount})
        else:
            await self.ask(op, {} if amount is None else {"amount": amount})

    async def ask(self, op: str, args: Mapping[str, Json]) -> bool:
        """Give a command to the room; return whether it was accepted."""
        request = f"bot-{self.dice.getrandbits(64):016x}"
        outcome = await self.room.submit(Command(request, self.user, op, args))
        if isinstance(outcome, Rejected):
            LOG.debug("bot refused", bot=self.name, op=op, code=outcome.code)
        return not isinstance(outcome, Rejected)


def summary_of(room: Room) -> TableSummary | None:
    """Return what everybody may know of a bot's table; None while its room is quarantined."""
    found = None if room.quarantined else room.summary()
    return found if isinstance(found, TableSummary) else None


class Bots:
    """The bots of one table, and a task that keeps the game going in place of its host."""

    def __init__(self, room: Room, host: str, seed: Callable[[], bytes]) -> None:
        self.room = room
        self.host = host
        self.dice = random.Random(seed())
        self.bots: list[Bot] = []
        self.wake = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self, users: Mapping[str, str], buy_in: int) -> None:
        """Seat the bots from seat 1 on and start the game.

        users: user id -> name. buy_in: what each puts on the table, minor units.
        """
        for seat, (user, name) in enumerate(users.items(), start=1):
            dice = random.Random(self.dice.getrandbits(128))
            bot = Bot(self.room, user, name, buy_in, dice)
            self.bots.append(bot)
            await bot.start(seat)
        self.room.add_listener(self.notice)
        self.wake.set()
        self.task = asyncio.create_task(self.keep_going(), name="demo host")

    async def stop(self) -> None:
        """Stop all bots."""
        self.room.remove_listener(self.notice)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        for bot in self.bots:
            await bot.stop()

    def notice(self, commit: Commit) -> None:
        """Wake up after a commit that may have stopped the game."""
        names = {event.name for event in commit.events}
        if names & STARTS_GAMES:
            self.wake.set()

    async def keep_going(self) -> None:
        """As the host: give money to bots that have run out, start the game or the next hand."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            await asyncio.sleep(1.0)
            summary = summary_of(self.room)
            if summary is None:
                continue
            poor = [
                {"player": player, "amount": bot.buy_in * 10}
                for bot in self.bots
                if (player := self.room.player_of(bot.user)) is not None
                and player in summary.seats and summary.players[player].bank < bot.buy_in
            ]
            if poor:
                await self.ask("update_bankroll", {"changes": poor})
            if summary.game_id is None:
                await self.ask("game_start", {"game_type": HOLDEM.code})
            elif summary.waits_for_creator:
                await self.ask("next_hand", {})

    async def ask(self, op: str, args: Mapping[str, Json]) -> None:
        """Give the room a command of the table's host; refusals are ignored."""
        request = f"host-{self.dice.getrandbits(64):016x}"
        await self.room.submit(Command(request, self.host, op, args))
