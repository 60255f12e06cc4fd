"""Statistics from the journal: counted once whatever happens, and the same after a rebuild."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.process import until
from vphost.app import App
from vphost.cli.main import main
from vphost.config.settings import BOOK, make
from vphost.rules.mode import Command, Rejected
from vphost.rules.poker.machine import options
from vphost.rules.poker.statistics.book import of_type, pair_key
from vphost.services.accounts.accounts import Kind, User
from vphost.services.journal.sealing import open_key_file
from vphost.services.ports import Document, Documents, StoreDown
from vphost.tables import statistics as counting
from vphost.tables.statistics import CURSOR, GAMES, TABLES, USERS, Statistics

NAMES = ("ann", "bob", "cid")


class Host:
    """A host with one cash table of three, told by commands."""

    def __init__(self, folder: Path) -> None:
        self.settings = {
            "store": f"sqlite:{folder / 'h.sqlite'}", "var": str(folder), "port": 0, "drain_s": 0,
        }
        self.count = 0
        self.users: list[User] = []
        self.table = ""
        self.app: App

    async def start(self) -> None:
        """Open the host, with its table if there is one."""
        self.app = App(make(self.settings, {}, None))
        await self.app.start()

    async def seat(self, **settings: Any) -> None:
        """Make the table and seat everybody. settings: of the table."""
        for name in NAMES:
            user = await self.app.house.accounts.add(name, Kind.PERSON)
            assert isinstance(user, User)
            self.users.append(user)
        table = await self.app.house.area.tables.create(
            self.users[0].id, "cash", {"time_between_hands": 0, **settings}
        )
        assert not isinstance(table, Rejected), table
        self.table = table.id
        for place, user in enumerate(self.users):
            await self.do(user.id, "connect", username=user.username, connections=1)
            await self.do(user.id, "sit_player", seat=place)
            await self.do(user.id, "buy_in", amount=4000)

    async def do(self, user: str, op: str, **args: Any) -> None:
        """Give a command that has to be accepted."""
        self.count += 1
        room = self.app.house.rooms.get(self.table)
        assert room is not None
        outcome = await room.submit(Command(f"s{self.count}", user, op, args))
        assert not isinstance(outcome, Rejected), (op, outcome)

    @property
    def state(self) -> Any:
        """The table as it is."""
        room = self.app.house.rooms.get(self.table)
        assert room is not None
        return room.state

    async def hands(self, number: int) -> None:
        """Play so many hands, then pause: everybody calls, two give up on the flop."""
        if self.state.game is None:
            await self.do(self.users[0].id, "game_start", game_type="THD")
        for _ in range(number):
            await until(lambda: self.is_somebodys_turn)
            hand = self.state.deal.number
            while self.state.deal.number == hand and self.is_somebodys_turn:
                await self.act()

    async def end_game(self) -> None:
        """End the game, after the hand that runs."""
        await until(lambda: self.is_somebodys_turn)
        while self.state.running is not None:
            await self.act()
        await self.do(self.users[0].id, "end_current_game")
        await until(lambda: self.state.game is None)

    @property
    def is_somebodys_turn(self) -> bool:
        """Whether a hand waits for an action."""
        return self.state.deal is not None and self.state.deal.turn is not None

    async def act(self) -> None:
        """Call or check before the flop, fold on it, whoever's turn it is."""
        deal = self.state.deal
        user, offered = self.state.players[deal.turn.player].user, options(deal.hand)
        if deal.hand.street:
            await self.do(user, "action_fold")
        elif offered.can_check:
            await self.do(user, "action_check")
        else:
            await self.do(user, "action_call", amount=offered.call)

    def statistics(self, documents: Documents | None = None, page: int = 1) -> Statistics:
        """Return another counter over the host's own store."""
        house, plugins = self.app.house, self.app.plugins
        assert plugins is not None
        return Statistics(
            house.journal, documents or house.documents,
            open_key_file(self.app.config.sealing_keys), BOOK, plugins.hand_readers(), page=page,
        )

    async def kept(self) -> dict[str, Any]:
        """Return all that is kept, by collection and id."""
        found = {}
        for collection in (TABLES, GAMES, USERS):
            for one in await self.app.house.documents.find(collection, {}, "", 100):
                found[f"{collection}/{one.id}"] = one.body
        return found

    async def counted(self) -> dict[str, Any]:
        """Return all that is kept once everything is counted."""
        await self.app.house.area.statistics.catch_up()
        return await self.kept()


class Failing:
    """The store's documents, of which one write fails: before it, or after it happened."""

    def __init__(self, documents: Documents, good: int, is_done: bool) -> None:
        self._documents = documents
        self._left = good
        self._is_done = is_done
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._documents, name)
        if name not in ("insert", "replace"):
            return real

        async def write(*args: Any) -> Document:
            self._left -= 1
            if self._left >= 0:
                written: Document = await real(*args)
                return written
            self.failed = True
            if self._is_done:
                await real(*args)
            raise StoreDown("the wire was cut")

        return write


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    """A living host with a table of three who sit."""
    made = Host(tmp_path)
    await made.start()
    await made.seat()
    yield made
    await made.app.stop()


@pytest.fixture
async def telling(tmp_path: Path) -> AsyncIterator[Host]:
    """A living host whose table tells what unseen cards amount to."""
    made = Host(tmp_path)
    await made.start()
    await made.seat(stats_bluffing=True)
    yield made
    await made.app.stop()


async def unseen(host: Host) -> tuple[int, int]:
    """Return how many folds are compared in public, and how many a table holds back."""
    kept = await host.counted()
    public = [kept[f"{USERS}/{user.id}"]["unseen"] for user in host.users]
    held = kept[f"{TABLES}/{host.table}"]["unseen"].values()
    total = [
        sum(of_type(kinds).get("folded_comparable", 0) for kinds in found)
        for found in (public, held)
    ]
    return total[0], total[1]


async def test_unseen_cards_count_when_the_game_ends(telling: Host) -> None:
    await telling.hands(2)
    assert await unseen(telling) == (0, 4)
    await telling.end_game()
    folds, held = await unseen(telling)
    assert folds >= 6 and not held
    before = await telling.kept()
    await telling.app.house.area.statistics.rebuild()
    assert await telling.kept() == before


async def test_unseen_cards_never_count_at_other_tables(host: Host) -> None:
    await host.hands(1)
    await host.do(host.users[0].id, "configure", config={"stats_bluffing": True})
    await host.end_game()
    folds, held = await unseen(host)
    assert (folds, held) == (2, 0), "only the hand that was dealt after the change"


async def test_unseen_cards_are_forgotten_when_switched_off(telling: Host) -> None:
    await telling.hands(2)
    await telling.do(telling.users[0].id, "configure", config={"stats_bluffing": False})
    await telling.hands(1)
    await telling.do(telling.users[0].id, "configure", config={"stats_bluffing": True})
    await telling.end_game()
    folds, held = await unseen(telling)
    assert (folds, held) == (2, 0), "only the last hand"


async def test_a_write_that_fails_loses_no_unseen_cards(telling: Host) -> None:
    await telling.hands(1)
    await telling.end_game()
    expected = await telling.counted()
    for good in range(100):
        failing = Failing(telling.app.house.documents, good, good % 2 == 0)
        cut = telling.statistics(failing)
        try:
            await cut.rebuild()
        except StoreDown:
            await telling.statistics().catch_up()
        assert await telling.kept() == expected, good
        if not failing.failed:
            break
    assert good > 8


async def test_counts_of_before_unseen_cards_go_on(telling: Host) -> None:
    await telling.hands(1)
    await telling.counted()
    for collection in (TABLES, USERS):
        for one in await telling.app.house.documents.find(collection, {}, "", 100):
            body = {name: value for name, value in one.body.items() if name != "unseen"}
            await telling.app.house.documents.replace(collection, one.id, one.version, body)
    await telling.end_game()
    folds, held = await unseen(telling)
    assert folds >= 2 and not held


async def test_finished_hands_are_counted_for_table_and_users(host: Host) -> None:
    await host.hands(3)
    kept = await host.counted()
    table = kept[f"{TABLES}/{host.table}"]
    assert table["hands"] == 3
    players = {table["users"][number]: one for number, one in table["players"].items()}
    for user in host.users:
        counters = of_type(players[user.id]["kinds"], "THD")
        assert counters["hands_dealt"] == counters["flops_seen"] == 3
        assert (players[user.id]["games"], kept[f"{USERS}/{user.id}"]["cash_games"]) == (1, 1)
        assert kept[f"{USERS}/{user.id}"]["kinds"] == players[user.id]["kinds"]
    assert sum(of_type(one["kinds"]).get("net", 0) for one in players.values()) == 0
    assert list(table["players"]["1"]["kinds"]) == ["THD.PLAY"]


async def test_net_is_what_the_stacks_say(host: Host) -> None:
    await host.hands(2)
    table = (await host.counted())[f"{TABLES}/{host.table}"]
    running = host.state.deal
    for number, player in host.state.players.items():
        chips = player.chips
        if running is not None and running.game_end is None and number in running.players:
            chips += running.hand.contributions[running.players.index(number)]
        net = of_type(table["players"][str(number)]["kinds"]).get("net", 0)
        assert chips == 4000 + net


async def test_a_game_is_counted_by_itself(host: Host) -> None:
    await host.hands(1)
    await host.end_game()
    for user in host.users:
        await host.do(user.id, "sit_player", seat=host.users.index(user))
        await host.do(user.id, "buy_in", amount=4000)
    await host.hands(2)
    kept = await host.counted()
    games = [body for id, body in kept.items() if id.startswith(f"{GAMES}/{host.table}.")]
    assert sum(game["hands"] for game in games) == kept[f"{TABLES}/{host.table}"]["hands"]
    assert {game["players"]["1"]["counters"]["hands_dealt"] for game in games} == {
        game["hands"] for game in games
    }
    assert len(games) == 2


async def test_pairs_are_kept_by_table(host: Host) -> None:
    await host.hands(2)
    table = (await host.counted())[f"{TABLES}/{host.table}"]
    for one in table["players"]:
        row = 0
        for other in table["players"]:
            if other == one:
                continue
            mine = of_type(table["versus"][pair_key(int(one), int(other))])
            theirs = of_type(table["versus"][pair_key(int(other), int(one))])
            assert mine["hands"] == 2
            assert mine.get("chips", 0) == -theirs.get("chips", 0)
            row += mine.get("chips", 0)
        assert row == of_type(table["players"][one]["kinds"]).get("net", 0)


async def test_a_living_host_counts_by_itself(host: Host) -> None:
    await host.hands(1)

    async def is_there() -> bool:
        return f"{TABLES}/{host.table}" in await host.kept() and bool(
            (await host.kept())[f"{TABLES}/{host.table}"]["hands"]
        )

    async with asyncio.timeout(10):
        while not await is_there():
            await asyncio.sleep(0.05)


async def test_a_living_host_counts_from_memory(host: Host) -> None:
    await host.hands(1)
    statistics = host.app.house.area.statistics
    await statistics.catch_up()
    reads: list[int] = []
    read = statistics._feed._read

    async def counted(after: int, limit: int) -> Any:
        reads.append(after)
        return await read(after, limit)

    statistics._feed._read = counted
    await host.hands(2)
    before = await host.counted()
    assert before[f"{TABLES}/{host.table}"]["hands"] == 3 and not reads
    await statistics.rebuild()
    assert reads and await host.kept() == before


async def test_counting_that_was_overrun_catches_up(host: Host, expect_log: Any) -> None:
    expect_log("statistics_behind")
    statistics = host.app.house.area.statistics
    await statistics.catch_up()
    statistics._feed._bound = 2
    async with statistics._lock:
        await host.hands(2)
        lag = statistics.lag()
        assert lag.commits > 2
        statistics._feed._newest_ms += 60_000
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(counting, "LAG_COMMITS", 1)
            statistics._log_lag()
    kept = await host.counted()
    assert kept[f"{TABLES}/{host.table}"]["hands"] == 2
    assert statistics.lag().commits < lag.commits


async def test_a_rebuild_gives_the_same(host: Host) -> None:
    await host.hands(3)
    before = await host.counted()
    answer = await host.app.house.operations.call("stats.rebuild", {})
    assert answer == {"hands": 3}
    assert await host.kept() == before
    assert await host.app.house.operations.call("stats.rebuild", {"x": 1}) == Rejected(
        "bad_message", {"field": "x"}
    )


async def test_counting_twice_changes_nothing(host: Host) -> None:
    await host.hands(2)
    before = await host.counted()
    cursor = await host.app.house.documents.get(CURSOR, "place")
    if cursor is not None:
        await host.app.house.documents.delete(CURSOR, cursor.id, cursor.version)
    assert await host.statistics().catch_up() == 2
    assert await host.kept() == before


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_write_that_fails_anywhere_loses_and_doubles_nothing(
    host: Host, is_done: bool
) -> None:
    await host.hands(2)
    expected = await host.counted()
    for good in range(100):
        failing = Failing(host.app.house.documents, good, is_done)
        cut = host.statistics(failing)
        try:
            await cut.rebuild()
            await cut.close()
        except StoreDown:
            assert await host.statistics().catch_up() >= 0
        assert await host.kept() == expected, good
        if not failing.failed:
            break
    assert good > 8


async def test_a_restart_in_the_middle_of_a_hand_counts_it_once(host: Host) -> None:
    await host.hands(1)
    await until(lambda: host.is_somebodys_turn)
    await host.act()
    await host.app.stop()
    await host.start()
    for user in host.users:
        await host.do(user.id, "connect", username=user.username, connections=1)
    await host.hands(1)
    before = await host.counted()
    assert before[f"{TABLES}/{host.table}"]["hands"] == 2
    await host.app.house.area.statistics.rebuild()
    assert await host.kept() == before


async def test_the_tool_rebuilds_without_a_host(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    await host.hands(2)
    before = await host.counted()
    await host.app.stop()
    words = ["stats", "--rebuild", "--store", str(host.settings["store"]), "--var",
             str(host.settings["var"])]
    assert await asyncio.to_thread(main, words) == 0
    assert json.loads(capsys.readouterr().out) == {"hands": 2}
    await host.start()
    assert await host.kept() == before


async def test_a_hand_that_cannot_be_read_harms_no_other(
    host: Host, expect_log: Any
) -> None:
    await host.hands(1)
    counter = host.statistics()
    first = True

    class Broken:
        """A reader whose first hand fails."""

        def __init__(self, real: Any) -> None:
            self.real = real
            self.users = real.users

        @property
        def in_hand(self) -> bool:
            return bool(self.real.in_hand)

        def read(self, event: Any) -> Any:
            nonlocal first
            hand = self.real.read(event)
            if hand is not None and first:
                first = False
                raise KeyError("broken")
            return hand

    make = counter._makers["table"]
    counter._makers = {"table": lambda: Broken(make())}  # type: ignore[dict-item,return-value]
    expect_log("hand_not_counted")
    await host.hands(2)
    assert await counter.rebuild() == 2
