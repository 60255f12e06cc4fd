"""Random lives of a host: sources, games, pools, bets, events, clocks, closings and restarts.

After every step exposure and balances have to equal the ledger, and no money has been made. The
requests go through codec and service as those of sockets do; a restart is a new host on the same
store, which has to come up with the same games.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from plugins.pools.plugin import Pools
from plugins.pools.rules import storing
from tests.plugins.pools.pools_house import NAME_OF, OP, RES, SCHEMAS, House, config
from vphost.app import App
from vphost.plugin.registry import PluginRegistry
from vphost.plugin_api import Peer, Request
from vphost.rules.mode import NO_LABELS

USERS = ("chief", "anna", "bert", "carl")
GRANT = 10_000
LEAVES = ("argentina:1", "argentina:2", "brazil:7", "none")
TEAMS = ("argentina", "brazil", "none")


class Pooling(RuleBasedStateMachine):
    """One host and what has been opened in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="pools-"))
        self.peers: dict[str, Peer] = {}
        self.sources: list[str] = []
        self.games: list[str] = []
        self.pools: list[str] = []
        self.bets: dict[str, dict[str, Any]] = {}
        self.sent = 0
        self.loop.run_until_complete(self.start())

    async def start(self) -> None:
        """Start a host on the folder's store."""
        self.plugin = Pools()
        plugins = PluginRegistry()
        plugins.add("pools", self.plugin)
        self.house = House(App(config(self.folder), plugins=plugins))
        await self.house.app.start()
        await self.service._ready.wait()

    @property
    def service(self) -> Any:
        """The living plugin's service."""
        return self.plugin._service

    def teardown(self) -> None:
        self.loop.run_until_complete(self.house.app.stop())
        self.loop.close()
        shutil.rmtree(self.folder)

    def ask(self, user: str, op: str, **fields: Any) -> dict[str, Any]:
        """Send a request and return its first answer; every frame is as its schema says."""
        self.sent += 1
        header = {"request_id": fields.pop("request_id", f"r{self.sent}")}
        message = json.dumps({"op": OP[op], "header": header, **fields})
        request = self.service.codec.decode(message, NO_LABELS)
        assert isinstance(request, Request), request
        frames = self.loop.run_until_complete(
            self.service.answer(self.peers[user], request)
        )
        answers: list[dict[str, Any]] = [json.loads(frame) for frame in frames]
        for answer in answers:
            assert SCHEMAS.explain(f"pools/out/{NAME_OF[answer['res']]}.json", answer) is None
        return answers[0]

    def idle(self) -> None:
        """Wait until everything that was sent to rooms has arrived."""

        async def wait() -> None:
            while self.house.app.house.rooms._outbox.pending:
                await asyncio.sleep(0)

        self.loop.run_until_complete(wait())

    # -- steps -------------------------------------------------------------------------------

    @initialize()
    def people(self) -> None:
        async def add() -> None:
            for name in USERS:
                await self.house.user(name, "100")
                found = await self.house.app.house.accounts.by_name(name)
                assert found is not None
                self.peers[name] = Peer(found.id, name)
            await self.house.call("pools.source_admin", name="chief")

        self.loop.run_until_complete(add())

    @precondition(lambda self: len(self.sources) < 2)
    @rule()
    def open_source(self) -> None:
        self.sources.append(self.ask("chief", "open_game_source", source_name="s")["source_id"])

    @precondition(lambda self: self.sources and len(self.games) < 4)
    @rule(place=st.integers(0, 1), opened=st.booleans())
    def open_game(self, place: int, opened: bool) -> None:
        answer = self.ask(
            "chief", "create_and_open_game", source_id=self.sources[place % len(self.sources)],
            game_name="g", actions="Goal", targets=["Argentina:1", "Argentina:2", "Brazil:7"],
        )
        if answer["res"] == RES["error"]:
            assert answer["code"] == "source_closed"
            return
        self.games.append(answer["game_id"])
        self.ask("chief", "become_an_admin_for_game", game_id=answer["game_id"])

    @precondition(lambda self: self.games)
    @rule(
        place=st.integers(0, 3), kind=st.sampled_from([1, 1, 1, 2, 3]), leaf=st.booleans(),
        again=st.booleans(), takeout=st.sampled_from([0, 0, 1500]),
        breakage=st.sampled_from([0, 0.1]),
    )
    def open_pool(
        self, place: int, kind: int, leaf: bool, again: bool, takeout: int, breakage: float
    ) -> None:
        names = ["argentina:1", "brazil:7"] if leaf else ["argentina", "brazil"]
        finish = self.house.app.house.clock.now_ms() + 60 if kind == 2 else None
        answer = self.ask(
            "chief", "create_and_open_betting_pool", game_id=self.games[place % len(self.games)],
            action="goal", targets=names, pool_type=kind, recreate_on_end=again and kind != 2,
            finish_at=finish, rules={"takeout_bp": takeout, "breakage": breakage},
        )
        if answer["res"] != RES["error"]:
            self.pools.append(answer["pool_id"])

    @precondition(lambda self: self.pools)
    @rule(
        user=st.sampled_from(USERS), place=st.integers(0, 20),
        backed=st.sampled_from((*LEAVES, *TEAMS)), amount=st.integers(1, 4_000),
    )
    def bet(self, user: str, place: int, backed: str, amount: int) -> None:
        pool = self.pools[place % len(self.pools)]
        before = self.house.balance(f"user:{self.peers[user].user}")
        text = f"{amount // 100}.{amount % 100:02}"
        answer = self.ask(
            user, "place_bet_in_betting_pool", pool_id=pool, target=backed, amount=text
        )
        after = self.house.balance(f"user:{self.peers[user].user}")
        if answer["res"] == RES["bet_placed"]:
            assert answer["amount"] == text
            self.bets[f"r{self.sent}"] = {
                "user": user, "pool": pool, "target": backed, "amount": text,
                "bet_id": answer["bet_id"],
            }
        else:
            assert answer["code"] in (
                "insufficient_funds", "no_such_target", "pool_closed", "betting_blocked",
                "game_closed", "no_such_pool",
            ), answer
            assert after >= before

    @precondition(lambda self: self.bets)
    @rule(place=st.integers(0, 50))
    def repeat_a_bet(self, place: int) -> None:
        request_id = sorted(self.bets)[place % len(self.bets)]
        bet = self.bets[request_id]
        before = self.house.state(self.service.pool(bet["pool"])[0].id).exposure
        answer = self.ask(
            bet["user"], "place_bet_in_betting_pool", request_id=request_id,
            pool_id=bet["pool"], target=bet["target"], amount=bet["amount"],
        )
        assert answer["bet_id"] == bet["bet_id"]
        assert self.house.state(answer["game_id"]).exposure == before

    @precondition(lambda self: self.games)
    @rule(place=st.integers(0, 3), leaf=st.sampled_from(LEAVES), ago=st.integers(0, 30))
    def event(self, place: int, leaf: str, ago: int) -> None:
        now_ms = self.house.app.house.clock.now_ms()
        self.ask(
            "chief", "register_game_event", game_id=self.games[place % len(self.games)],
            action_id="goal", target_id=leaf, happened_at=now_ms - ago,
        )
        self.idle()

    @precondition(lambda self: self.pools)
    @rule(place=st.integers(0, 20), winner=st.sampled_from(("argentina", "brazil", None)))
    def resolve(self, place: int, winner: str | None) -> None:
        how: dict[str, Any] = {"void": True} if winner is None else {"target": winner}
        pool = self.pools[place % len(self.pools)]
        first = self.ask("chief", "resolve_betting_pool", pool_id=pool, **how)
        again = self.ask("chief", "resolve_betting_pool", pool_id=pool, **how)
        assert {**first, "response_header": 0} == {**again, "response_header": 0}

    @precondition(lambda self: self.pools)
    @rule(place=st.integers(0, 20), what=st.sampled_from(("block", "allow")))
    def switch(self, place: int, what: str) -> None:
        self.ask("chief", f"{what}_betting_in_pool", pool_id=self.pools[place % len(self.pools)])

    @precondition(lambda self: self.games)
    @rule(place=st.integers(0, 3), user=st.sampled_from(USERS), op=st.sampled_from(
        ("join_game", "leave_game")))
    def come_and_go(self, place: int, user: str, op: str) -> None:
        self.ask(user, op, game_id=self.games[place % len(self.games)])

    @precondition(lambda self: len(self.games) > 2)
    @rule(place=st.integers(0, 3))
    def close_game(self, place: int) -> None:
        self.ask("chief", "close_game", game_id=self.games[place % len(self.games)])
        self.idle()

    @precondition(lambda self: len(self.sources) == 2 and len(self.games) == 4)
    @rule()
    def close_source(self) -> None:
        self.ask("chief", "close_game_source", source_id=self.sources[0])
        self.idle()

    @rule()
    def let_time_pass(self) -> None:
        self.loop.run_until_complete(asyncio.sleep(0.08))
        self.idle()

    @rule()
    def restart(self) -> None:
        before = {game.id: storing.dump(game) for game in self.house.games()}
        self.loop.run_until_complete(self.house.app.stop())
        self.loop.run_until_complete(self.start())
        for game in self.house.games():
            after = storing.dump(game)
            timed = [pool for pool in before[game.id]["pools"] if pool["finish_ms"] is not None]
            if not timed:
                assert after == before[game.id]

    # -- always ------------------------------------------------------------------------------

    @invariant()
    def the_books_agree(self) -> None:
        self.house.check_books()
        if not self.peers:
            return
        total = 0
        for name, peer in self.peers.items():
            available = self.house.balance(f"user:{peer.user}")
            current = self.ask(name, "get_my_current_balance")["current_balance"]
            staked = self.ask(name, "get_my_exposure")["exposure"]
            assert round(current * 100) == available + round(staked * 100)
            total += available + round(staked * 100)
        house = sum(self.house.balance(f"house:{what}") for what in ("takeout", "breakage"))
        assert total + house == GRANT * len(USERS)


Pooling.TestCase.settings = settings(
    max_examples=100 if os.environ.get("VPHOST_FUZZ") else 4, stateful_step_count=20, deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestPooling = Pooling.TestCase
