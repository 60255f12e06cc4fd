"""A table with its people, its host and its store, for random tests: what may be done to it, and
what has to hold whatever was done.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.machine.faulty_journal import Fault, FaultyJournal
from tests.machine.table_host import BOOK, SEALER, KnownSeeds, TableHost
from tests.machine.viewer import Viewer
from tests.machine.virtual_time import Outside, VirtualClock, VirtualLoop
from tests.machine.witness import Witness
from tests.rules.poker.table.cash_table import ROOM, START, checked
from vphost.rules import books
from vphost.rules.codes import CODES
from vphost.rules.money import to_major
from vphost.rules.poker.table.state import Table
from vphost.services.journal.commits import Accepted
from vphost.services.ledger.verify import verify
from vphost.services.rooms.rooms import GAP_MS, WATCH_PERIOD_MS
from vphost.store.embedded import open_embedded
from vphost.store.embedded.layout import MEMORY
from vphost.tables.bots import Bot

HOST = "host"
PEOPLE = ("ann", "bob", "cid", "dan")
STRANGER = "eve"
BOT = "robo"
USERS = (HOST, *PEOPLE, STRANGER)
PURSE = 900_00
"""What everybody has in his wallet, minor units; the stranger has too little for a bank."""
LIFE_MS = 40 * 60_000
REFUSALS = ("action_error", "unable_to_start_game")


@dataclass(frozen=True)
class Asked:
    """A request that was sent."""

    user: str
    message: Mapping[str, Any]

    @property
    def commit_id(self) -> str:
        """The id that its commit has, if it was accepted."""
        return f"{ROOM}:{self.user}:{self.message['request_id']}"


class World:
    """Everything that a random test drives. All methods run on the virtual loop."""

    def __init__(self, loop: VirtualLoop, settings: Mapping[str, Any]) -> None:
        self.loop = loop
        self.clock = VirtualClock(loop, START)
        self.seeds = KnownSeeds()
        self.config = {
            **checked(**settings), "host": HOST, "opened_at_ms": START,
            "expires_at_ms": START + LIFE_MS,
        }
        self.witness = Witness(SEALER)
        self.viewers = {
            user: Viewer(user, self.config, lambda: self.journal.acknowledged.get(ROOM, 0))
            for user in USERS
        }
        self.asked: list[Asked] = []
        self.moved: dict[str, tuple[str, int]] = {}
        self.alive_ms = START
        self.dice = random.Random(7)

    async def begin(self) -> None:
        """Open a store and a host with a table, and fill the wallets."""
        store, documents = await open_embedded(MEMORY)
        self.store = Outside(self.loop, store)
        self.documents = Outside(self.loop, documents)
        self.journal = FaultyJournal(self.store)
        await self.boot()
        await self.host.rooms.create(ROOM, "cash", self.config)
        for user in (*USERS, BOT):
            await self.deposit(f"first-{user}", user, 10_00 if user == STRANGER else PURSE)

    async def boot(self) -> None:
        """Start a host on the store."""
        self.host = TableHost(self.journal, self.documents, self.clock, self.seeds)
        await self.host.rooms.recover(self.alive_ms)
        self.host.rooms.begin_waking()

    async def finish(self) -> None:
        """Let the store work, check once more, from the store alone too, and stop everything."""
        try:
            await self.heal()
            await self.check()
            report = await verify(self.store, BOOK)
            assert report.ok, report.faults
        finally:
            await self.host.kill()
            await self.store.close()

    # ---- asking

    def send(self, user: str, action: str, **args: Any) -> Asked:
        """Send a request under a new id."""
        asked = Asked(user, {"action": action, "request_id": f"q{len(self.asked)}", **args})
        self.asked.append(asked)
        self.send_again(asked)
        return asked

    def send_again(self, asked: Asked) -> None:
        """Send a request under its id, maybe once more."""
        action, table = asked.message["action"], self.witness.table
        if action == "show_pocket_cards":
            self.witness.wishes.show(table, asked.user, asked.message["data"]["cards"])
        if action == "open_rabbit_hunt_cards":
            self.witness.wishes.hunt(table)
        self.viewers[asked.user].send(asked.message)

    async def ask(self, user: str, action: str, **args: Any) -> None:
        """Send one request and wait for what comes of it; a refusal changes nothing."""
        await self.be_there(user)
        if not self.viewers[user].is_open:
            return
        await self.look()
        before = self.witness.book_seq
        asked = self.send(user, action, **args)
        await self.settle()
        refused = self.refusal_of(asked)
        if refused is None or self.in_trouble:
            return
        assert refused["code"] in CODES
        assert refused["action"] == action
        if refused["code"] == "store_down":
            return
        assert await self.store.find(asked.commit_id) is None, "refused and done"
        added = await self.store.read(BOOK, before, 100)
        assert all(record.id.startswith(f"{ROOM}:system:") for record in added), "a refusal acted"

    def refusal_of(self, asked: Asked) -> Mapping[str, Any] | None:
        """Return what the one who asked was told, if he was refused."""
        for frame in reversed(self.viewers[asked.user].notices):
            payload: Mapping[str, Any] = frame["payload"]
            if frame["event"] in REFUSALS and (
                payload["request_id"] == asked.message["request_id"]
            ):
                return payload
        return None

    async def repeat(self, asked: Asked) -> None:
        """Send a request again: the first answer comes, and nothing happens a second time."""
        await self.be_there(asked.user)
        viewer = self.viewers[asked.user]
        await self.look()
        numbers = self.witness.commits.get(asked.commit_id)
        if not viewer.is_open or numbers is None or self.in_trouble:
            return
        await self.check()
        self.send_again(asked)
        await self.settle()
        if not viewer.is_open:
            return
        first = [frame for frame in viewer.heard if frame["payload"]["seq"] in numbers]
        told = [self.witness.told[seq].to(viewer.player) for seq in numbers]
        assert first == told, "a repeat has another answer"
        assert self.refusal_of(asked) is None
        other = {**asked.message, "action": "sit_out"}
        if asked.message["action"] not in ("sit_out", "connect"):
            viewer.send({k: v for k, v in other.items() if k in ("action", "request_id")})
            await self.settle()
            refused = self.refusal_of(asked)
            assert refused is not None and refused["code"] == "id_reused"

    async def be_there(self, user: str) -> None:
        """Connect a user who has no socket."""
        if not self.viewers[user].is_open:
            await self.connect(user, self.viewers[user].last)

    async def connect(
        self, user: str, since: int | None, in_a_hurry: bool = False
    ) -> None:
        """Open a socket; one without `since` asks for the whole state.

        in_a_hurry: he opens another one before he has heard of the first.
        """
        viewer = self.viewers[user]
        for _ in range(1 + in_a_hurry):
            viewer.connect(self.host, since)
        await self.settle()
        if since is None and viewer.is_open:
            viewer.send({"action": "initialize_state"})
            await self.settle()

    async def open_eyes(self, viewer: Viewer) -> None:
        """Ask for what a page has missed that was given a whole state."""
        viewer.blind = False
        viewer.send({"action": "initialize_state", "since": viewer.last})
        await self.settle()

    async def deposit(self, key: str, user: str, amount: int) -> None:
        """Give a user money from outside, or take it; the same key acts once."""
        account = books.user(user)
        source, target = (books.WORLD, account) if amount > 0 else (account, books.WORLD)
        postings = books.move(source, target, "PLAY", abs(amount))
        again = key in self.moved
        before = self.host.ledger.balance(account, "PLAY")
        outcome = await self.host.ledger.transact(key, postings, {"why": "test"})
        if isinstance(outcome, Accepted):
            assert self.moved.setdefault(key, (user, amount)) == (user, amount)
            if again:
                assert outcome.repeated
                assert self.host.ledger.balance(account, "PLAY") == before
        else:
            codes = ("store_down", "insufficient_funds", "id_reused", "busy")
            assert outcome.code in codes, outcome

    async def bot_acts(self) -> None:
        """Let a bot do what it would do if it woke up now."""
        bot = Bot(self.host.room, BOT, "Robo", 40_00, self.dice)
        await bot.ask("connect", {"username": bot.name, "connections": 1})
        player = self.host.room.player_of(BOT)
        if player is None:
            return
        state = self.host.room.view(player)["game_state"]
        free = [seat for seat in range(9) if state["seats"][seat] is None]
        if player not in state["seats"]:
            await bot.ask("sit_player", {"seat": free[0]})
            await bot.ask("join", {"immediately": True})
        await bot.refill()
        await bot.act()

    async def play(self, choice: int) -> None:
        """Let whoever's turn it is take an offered action."""
        await self.look()
        deal = self.witness.table.running
        if deal is None or deal.turn is None:
            return
        user = self.witness.table.players[deal.turn.player].user
        if user == BOT:
            await self.bot_acts()
            return
        turn = deal.turn.event
        kinds = [kind for kind in turn["available_actions"] if kind != "action_fold"]
        action = "action_fold" if choice == 0 else kinds[choice % len(kinds)]
        name = "total" if choice % 2 else "amount"
        low, high = turn[f"min_{name}"] or 0, turn[f"max_{name}"] or 0
        args = {}
        if action == "action_call":
            args = {"amount": to_major(turn["call_amount"], 2)}
        elif action in ("action_bet", "action_raise"):
            wanted = high if choice > 7 else min(high, low + 25 * choice)
            args = {name: to_major(wanted, 2)}
        await self.ask(user, action, **args)

    async def take_part(self, user: str, seat: int) -> None:
        """Do what is missing to be dealt in; the host starts what waits for him."""
        await self.look()
        player = self.witness.table.of_user(user)
        if player is None or player.seat is None:
            await self.ask(user, "sit_player", seat=seat)
        await self.look()
        player = self.witness.table.of_user(user)
        if player is not None and player.chips == 0:
            await self.ask(user, "buy_in", amount=20)
        game = self.witness.table.game
        if game is None:
            await self.ask(HOST, "game_start", game_type="THD")
            return
        await self.ask(user, "join", immediately=True)
        if game.award is not None and game.award.waits_for_host:
            await self.ask(HOST, "next_hand")

    async def show(self, user: str, which: str) -> None:
        """Show one's cards, or somebody else's."""
        cards = list(self.viewers[user].page.cards or ())
        if which == "one":
            cards = cards[:1]
        if which == "foreign":
            other = self.viewers[PEOPLE[0]].page.cards or ["AS", "KD"]
            cards = [cards[0] if cards else "2C", other[0]]
        if len(set(cards)) == len(cards) and cards:
            await self.ask(user, "show_pocket_cards", data={"cards": cards})
            if which == "twice":
                await self.ask(user, "show_pocket_cards", data={"cards": cards})

    async def burst(
        self, asks: Sequence[tuple[str, str, Mapping[str, Any]]], choices: Sequence[int]
    ) -> None:
        """Send many requests in one moment; the first ones act whose turn it is."""
        await self.look()
        deal = self.witness.table.running
        turn = None if deal is None or deal.turn is None else deal.turn.event
        for user in {user for user, _, _ in asks}:
            await self.be_there(user)
        if turn is not None:
            user = self.witness.table.players[turn["player"]].user
            if user != BOT:
                await self.be_there(user)
                for choice in choices:
                    self.send_if_open(user, turn["available_actions"][choice % 2], {})
        for user, action, args in asks:
            self.send_if_open(user, action, args)

    def send_if_open(self, user: str, action: str, args: Mapping[str, Any]) -> None:
        """Send a request where there is a socket."""
        if self.viewers[user].is_open:
            self.send(user, action, **args)

    async def lose_line(self, user: str, deaf: bool) -> None:
        """End a user's socket: his line breaks, or he reads no more."""
        viewer = self.viewers[user]
        if deaf and viewer.wire is not None:
            viewer.wire.deaf = True
        else:
            viewer.gone()

    # ---- time, store and process

    @property
    def in_trouble(self) -> bool:
        """Whether the store does not work now."""
        writer = self.host.writer
        return self.journal.down or self.journal.held or writer.troubled or writer.refusing

    async def pass_time(self, seconds: float) -> None:
        """Let time pass; whatever is due happens."""
        await asyncio.sleep(seconds)
        self.beat()

    def beat(self) -> None:
        """Write the heartbeat, which a store that fails does not take."""
        if not self.journal.down and not self.journal.held:
            self.alive_ms = self.clock.now_ms()

    async def pass_to_deadline(self, early_ms: int) -> None:
        """Let time pass to a moment before the next deadline."""
        wake_at = self.host.room.line.wake_at
        left_ms = 0 if wake_at is None else wake_at - early_ms - self.clock.now_ms()
        if 0 < left_ms < 600_000:
            await self.pass_time(left_ms / 1000)

    async def settle(self) -> None:
        """Wait until nothing more comes of what was asked; a dead store is not waited for."""
        for _ in range(1_000):
            for _ in range(12):
                await asyncio.sleep(0)
            await asyncio.sleep(1e-5)
            if self.host.room.idle and not self.loop.selector.outside:
                for _ in range(12):
                    await asyncio.sleep(0)
                if self.host.room.idle and not self.loop.selector.outside:
                    return
            if self.journal.down or self.journal.held:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the table never comes to rest")

    async def heal(self) -> None:
        """The store works again, and everybody has noticed."""
        self.journal.heal()
        for _ in range(100):
            if not self.in_trouble:
                break
            await asyncio.sleep(0.1)
        assert not self.in_trouble, "the writer never recovers"
        await self.settle()

    def turn_left_ms(self) -> int:
        """Return how long the one whose turn it is may still think."""
        deal = self.witness.table.deal
        assert deal is not None and deal.turn is not None
        return deal.turn.total_expires_ms - self.clock.now_ms()

    async def restart(
        self, away_s: float, orderly: bool, drain_ms: int, faults: Sequence[Fault] = ()
    ) -> None:
        """End the process, one way or the other, and start another one later.

        faults: what the first writes of the new process do.
        """
        self.beat()
        if orderly:
            await self.host.stop(drain_ms)
            self.beat()
        await self.host.kill()
        await self.store.head(BOOK)
        self.journal.heal()
        for viewer in self.viewers.values():
            viewer.lose_process()
        await self.look()
        before, seen_ms = self.witness.table, max(self.alive_ms, self.witness.at_ms)
        await asyncio.sleep(away_s)
        self.journal.faults.extend(faults)
        back_ms = self.clock.now_ms()
        await self.boot()
        await self.settle()
        await self.look()
        if not self.in_trouble:
            self.check_clocks(before, seen_ms, back_ms)
        self.beat()

    def check_clocks(self, before: Table, seen_ms: int, back_ms: int) -> None:
        """After a restart the same hand goes on, and nobody has lost time.

        seen_ms: the last moment of the old process that the new one can know of. back_ms: when
        that began. Whoever had no time left at the first has none at the second.
        """
        after = self.witness.table
        if before.running is None:
            return
        assert after.deal is not None and before.deal is not None
        was, turn = before.deal.turn, after.deal.turn
        if was is not None and was.total_expires_ms <= seen_ms:
            return
        assert after.deal.hand == before.deal.hand, (
            "other cards or chips", was, seen_ms, self.clock.now_ms())
        assert (was is None) == (turn is None)
        if was is not None and turn is not None:
            assert turn.total_expires_ms >= was.total_expires_ms + back_ms - seen_ms

    async def stand_still(self, ms: int) -> None:
        """The whole process stands still: time goes on, nothing else does."""
        await self.look()
        before, began_ms = self.witness.table.running, self.clock.now_ms()
        was_in_trouble = self.in_trouble
        self.loop.selector.now_s += ms / 1000
        await self.settle()
        await self.look()
        after, passed_ms = self.witness.table.running, self.clock.now_ms() - began_ms
        if ms < GAP_MS or was_in_trouble or self.in_trouble or None in (before, after):
            return
        assert before is not None and after is not None
        if before.turn is not None and after.turn is not None and before.hand == after.hand:
            moved = after.turn.total_expires_ms - before.turn.total_expires_ms
            # From the last beat before it on, so a little more than it stood still.
            longest = passed_ms + WATCH_PERIOD_MS
            assert ms <= moved <= longest, f"moved by {moved} in {ms} of {passed_ms}"

    # ---- what always holds

    async def look(self) -> None:
        """Let the witness read what the journal holds."""
        while found := await self.store.read(BOOK, self.witness.book_seq, 500):
            for record in found:
                self.witness.take(record)

    async def check(self) -> None:
        """Compare journal, state, ledger, pages and frames."""
        await self.settle()
        for viewer in self.viewers.values():
            if viewer.blind and viewer.is_open and not self.in_trouble:
                await self.open_eyes(viewer)
        await self.look()
        witness, room = self.witness, self.host.room
        assert not room.quarantined and not self.host.fenced
        witness.check_books()
        for viewer in self.viewers.values():
            viewer.check_heard(witness)
        if self.in_trouble:
            return
        assert room.state == witness.table, "the room is not what the journal says"
        assert room.seq == witness.seq
        balances = self.host.ledger.balances
        accounts = {(n, "PLAY"): amount for n, amount in witness.accounts.items() if amount}
        assert balances.durable() == accounts
        assert all(balances.available(*key) == amount for key, amount in accounts.items())
        for viewer in self.viewers.values():
            self.check_viewer(viewer)

    def check_viewer(self, viewer: Viewer) -> None:
        """Whoever has a socket is up to date, and the table knows who has one."""
        player = self.witness.table.of_user(viewer.user)
        if player is not None and not self.host.says_goodbye:
            assert player.connected == viewer.is_open, f"{viewer.user}: {player.status}"
        if viewer.is_open and viewer.connection is not None:
            assert self.host.sockets_of(viewer.user) == 1
            assert self.host.hears(viewer.connection), f"{viewer.user} is kept waiting"
            assert viewer.last == self.witness.seq, f"{viewer.user} has missed something"
            viewer.fresh = False
            viewer.check_page(self.witness.table, self.witness)
        for frame in viewer.notices:
            request = frame["payload"].get("request_id")
            assert request is None or frame["event"] in REFUSALS
        viewer.notices.clear()
