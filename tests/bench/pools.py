"""Betting pools under load: bets over sockets, a crowd that watches, a large pool that settles.

`bets` is against a bare Tornado handler that reads the same messages and answers as long ones,
without checks, money or a disk, with the same clients in the same run. `crowd` is one game with
10,000 subscribers and 500 bets a second: what the last of them still has to wait for.
`settle` is a pool of 100,000 bets that ends while another room goes on. The clients are a process
of their own; on a machine with two cores they take one of them.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from tornado.httpserver import HTTPServer
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from tests.bench._pools_host import crowd_of, people
from tests.bench._pools_house import CURRENCY, House, open_house, settled
from tests.plugins.pools.pools_house import running
from vphost.app import tune

SUBSCRIBERS, RATE, SECONDS = 10_000, 500, 60
BETTORS, WINDOW, FLAT_OUT_S = 50, 8, 5.0
BETS, BETTORS_OF_ONE_POOL = 100_000, 10_000
MONEY = 10**9
AT_ONCE = 64
OTHER_PAUSE_S = 0.005
ROUNDS = 3
POOLS_PATH, BARE_PATH = "/ws/pools/", "/bare/"


def main() -> Iterator[dict[str, Any]]:
    """Yield the rows."""
    for measure in (bets_row, crowd_row, settle_row):
        with tempfile.TemporaryDirectory() as folder:
            yield asyncio.run(measure(Path(folder)))


# -- bets per second -------------------------------------------------------------------------


class Bare(WebSocketHandler):
    """Answers a bet without doing anything."""

    def on_message(self, message: str | bytes) -> None:
        """Answer as long as the host does."""
        given = orjson.loads(message)
        self.write_message(orjson.dumps({
            "response_header": {"t": int(time.time() * 1000), **given["header"]}, "res": 356,
            "game_id": given["pool_id"], "pool_id": given["pool_id"],
            "bet_id": given["pool_id"], "target": given["target"], "amount": given["amount"],
            "placed_at": int(time.time() * 1000),
        }).decode())


async def bets_row(folder: Path) -> dict[str, Any]:
    """Measure how many bets a host accepts a second, in turns with a bare handler."""
    server = HTTPServer(Application([(BARE_PATH, Bare)]))
    server.listen(0, "127.0.0.1")
    bare_port = next(iter(server._sockets.values())).getsockname()[1]
    ours: list[float] = []
    bare: list[float] = []
    cpu_us: dict[int, list[float]] = {id(ours): [], id(bare): []}
    async with running(folder) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        tokens = await people(house, BETTORS, MONEY)
        bet = {"op": 392, "pool_id": pool, "target": "argentina", "amount": "1.00"}
        given: dict[str, Any] = {
            "tokens": tokens, "bet": bet, "bettors": BETTORS, "window": WINDOW,
            "seconds": FLAT_OUT_S, "first": None,
        }
        tune()
        async with (
            crowd_of(**given, port=house.app.address[1], path=POOLS_PATH) as here,
            crowd_of(**given, port=bare_port, path=BARE_PATH) as there,
        ):
            for _ in range(ROUNDS):
                for crowd, rates in ((here, ours), (there, bare)):
                    before_s = time.process_time()
                    await crowd.say("bet")
                    said = await crowd.hear()
                    rates.append(said["bets"] / said["seconds"])
                    busy_s = time.process_time() - before_s
                    cpu_us[id(rates)].append(busy_s / said["bets"] * 1e6)
        assert len(house.state(game).pools[pool].bets) >= sum(ours)
    server.stop()
    return {
        "what": f"bets over {BETTORS} sockets, {WINDOW} unanswered on each",
        "bets_per_s": round(max(ours)), "bare_tornado_per_s": round(max(bare)),
        "share": round(max(ours) / max(bare), 2), "cpu_us_per_bet": round(min(cpu_us[id(ours)])),
        "bare_cpu_us": round(min(cpu_us[id(bare)])),
    }


# -- a crowd that watches --------------------------------------------------------------------


async def crowd_row(
    folder: Path, subscribers: int = SUBSCRIBERS, rate: int = RATE, seconds: int = SECONDS
) -> dict[str, Any]:
    """Measure one game with many subscribers and steady bets."""
    async with running(folder, sockets_per_user_max=2) as house:
        admin = await house.admin()
        game = await house.game(admin)
        pool = await house.pool(admin, game)
        tokens = await people(house, subscribers, MONEY)
        bet = {"op": 392, "pool_id": pool, "target": "argentina", "amount": "1.00"}
        async with crowd_of(
            tokens=tokens, bet=bet, bettors=min(BETTORS, subscribers), rate=rate,
            seconds=seconds, first={"op": 363, "game_id": game},
            port=house.app.address[1], path=POOLS_PATH,
        ) as crowd:
            tune()
            before_mib, before_s = memory_mib(), time.process_time()
            await crowd.say("bet")
            said = await crowd.hear()
            busy_s = time.process_time() - before_s
            grown_mib = memory_mib() - before_mib
        assert all("too_many_messages" in one for one in said["refused"]), said["refused"]
        state = house.state(game)
        assert len(state.subscribed) == subscribers, "everybody has joined"
        assert state.pools[pool].count == len(said["accepted"]), "no accepted bet is lost"
    return {
        "what": f"{subscribers} subscribers, {rate} bets a second for {seconds} s",
        "bets_per_s": round(len(said["accepted"]) / said["seconds"], 1),
        "refusals": said["refusals"], **quantiles("answer", said["took_ms"]),
        **lags(said["beats"], said["accepted"], subscribers),
        "frames": said["frames"], "host_cpu_s": round(busy_s, 1), "memory_mib": round(before_mib),
        "memory_growth_mib": round(grown_mib, 1),
    }


def lags(
    beats: Sequence[Sequence[float]], accepted: Sequence[float], subscribers: int
) -> dict[str, Any]:
    """Return how late the last subscriber hears.

    last_subscriber: from the moment a distribution was made until the last one had it.
    bet_shown: from a bet's acceptance until the last one had a distribution that contains it.
    """
    whole = [beat for beat in beats if beat[2] == subscribers]
    assert whole and whole[-1][1] == len(accepted), "all have heard of the last bet"
    waits = []
    places = iter(whole)
    beat = next(places)
    for number, moment in enumerate(accepted, 1):
        while beat[1] < number:
            beat = next(places)
        waits.append((beat[3] - moment) * 1000)
    return {
        "distributions": len(beats), "heard_by_all": len(whole),
        **quantiles("last_subscriber", [beat[3] * 1000 - beat[0] for beat in whole]),
        **quantiles("bet_shown", waits),
    }


# -- a large pool that settles ---------------------------------------------------------------


async def settle_row(
    folder: Path, bets: int = BETS, bettors: int = BETTORS_OF_ONE_POOL
) -> dict[str, Any]:
    """Measure the settlement of a large pool and what another room feels of it."""
    async with open_house(folder) as house:
        await house.give(range(1, bettors + 2), MONEY)
        room, other = await house.game(1), await house.game(2)
        pool, small = await house.pool(room, takeout_bp=1_500), await house.pool(other)
        await fill(house, room, pool, bets, bettors)
        tune()
        calm = await felt(house, other, small, asyncio.sleep(2))
        began = time.perf_counter()
        took: list[float] = []

        async def settle() -> None:
            await house.event(room, "argentina")
            await settled(room, pool)
            took.append(time.perf_counter() - began)

        during = await felt(house, other, small, settle())
        body = await house.size_of_last(room)
        assert house.held(room, pool) == 0, "all stakes have gone where they belong"
    return {
        "what": f"a pool of {bets} bets by {bettors} settles", "seconds": round(took[0], 2),
        "commit_mib": round(body / 2**20, 2), **quantiles("other_room", during),
        **quantiles("other_room_before", calm),
    }


async def fill(house: House, room: Any, pool: str, bets: int, bettors: int) -> None:
    """Place bets: everybody on both targets in turn, with all amounts different enough."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        target = ("argentina", "brazil")[(number + number // bettors) % 2]
        async with gate:
            await house.bet(room, pool, 2 + number % bettors, target, 100 + number % 97)

    for first in range(0, bets, 1_000):
        await asyncio.gather(*map(one, range(first, min(first + 1_000, bets))))


async def felt(house: House, room: Any, pool: str, work: Any) -> list[float]:
    """Do something, and bet in another room all the time; return how long each bet took, ms."""
    took: list[float] = []
    task = asyncio.ensure_future(work)
    while not task.done():
        began = time.perf_counter()
        await house.bet(room, pool, 2, "brazil", 1)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(OTHER_PAUSE_S)
    await task
    return took


# -- figures ---------------------------------------------------------------------------------


def quantiles(name: str, values: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum, ms."""
    ordered = sorted(values)
    return {
        f"{name}_p50_ms": round(ordered[len(ordered) // 2], 1),
        f"{name}_p99_ms": round(ordered[len(ordered) * 99 // 100], 1),
        f"{name}_max_ms": round(ordered[-1], 1),
    }


def memory_mib() -> float:
    """Return how much memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


__all__ = ["CURRENCY", "main"]
