"""What goes to many: distributions and presence, coalesced; results and balances after a pool.

A game has a beat. What changed since the last one is told once, as it is now, at most one frame
per pool and beat; the beat slows down with the number of subscribers, so that the frames per
second a host writes stay bounded. Nothing here is a promise: whoever missed a frame gets the next
or asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from plugins.pools.codec import PoolsCodec
from plugins.pools.rules import shapes
from plugins.pools.rules.state import Game
from vphost.plugin_api import CommitSeen, Host, Json

PROTOCOL = "pools"
BEAT_MS_MIN, BEAT_MS_MAX = 100, 5_000
SUBSCRIBERS_PER_MS = 10
"""10,000 subscribers are told once a second."""
LOOK_AGAIN_S = 0.02
AT_ONCE = 200
"""Participants looked at in one turn of the loop."""


def beat_ms(subscribers: int) -> int:
    """Return the shortest time between two distributions of a pool, ms."""
    return min(max(BEAT_MS_MIN, subscribers // SUBSCRIBERS_PER_MS), BEAT_MS_MAX)


@dataclass(slots=True)
class Beat:
    """What is to be told in a game.

    told_s: loop time of the last beat. needed_s: how long it took, when longer than a beat.
    """

    pools: dict[str, None] = field(default_factory=dict)
    presence: str | None = None
    told_s: float = 0.0
    needed_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


class Pulse:
    """Tells the subscribers of all games."""

    def __init__(
        self, host: Host, codec: PoolsCodec, balance: Callable[[str, int, Game], None]
    ) -> None:
        """balance: has a user told their balance: (user, number, game)."""
        self._host = host
        self._codec = codec
        self._balance = balance
        self._beats: dict[str, Beat] = {}

    def close(self) -> None:
        """Tell nothing more."""
        for beat in self._beats.values():
            if beat.timer is not None:
                beat.timer.cancel()
        self._beats.clear()

    def bet_placed(self, game: Game, pool_id: str) -> None:
        """Note that a pool's stakes changed."""
        beat = self._beats.setdefault(game.id, Beat())
        beat.pools[pool_id] = None
        self._arm(game, beat)

    def presence_changed(self, game: Game, name: str) -> None:
        """Note that somebody came or went in a crowd. name: of the response."""
        beat = self._beats.setdefault(game.id, Beat())
        beat.presence = name
        self._arm(game, beat)

    def _arm(self, game: Game, beat: Beat) -> None:
        if beat.timer is not None:
            return
        loop = asyncio.get_running_loop()
        due_s = beat.told_s + beat_ms(len(game.subscribed)) / 1000
        beat.timer = loop.call_at(max(due_s, loop.time()), self._tell, game.id)

    def _tell(self, game_id: str) -> None:
        beat = self._beats[game_id]
        loop = asyncio.get_running_loop()
        wait_s = self._wait_s(game_id, beat, loop.time())
        if wait_s:
            beat.timer = loop.call_later(wait_s, self._tell, game_id)
            return
        game: Game | None = self._host.state(game_id)
        pools, beat.pools = beat.pools, {}
        presence, beat.presence = beat.presence, None
        beat.timer = None
        beat.told_s = loop.time()
        if game is None:
            return
        frames = [
            self._frame(game, "betting_pool_bets_distribution", shapes.distribution(game, pool))
            for pool in map(game.pools.get, pools) if pool is not None and pool.result is None
        ]
        if presence is not None:
            frames.append(self._frame(game, presence, dict(shapes.presence(game))))
        if frames:
            self._host.publish(PROTOCOL, game.id, frames)
        if game.closed:
            del self._beats[game_id]

    def _wait_s(self, game_id: str, beat: Beat, now_s: float) -> float:
        """Return how much longer a game has to wait for its beat, s.

        While the last one is being written nothing new is told; a host that needed longer for it
        than a beat then rests for as long, so that telling takes half of its time at most.
        """
        since_s = now_s - beat.told_s
        if since_s >= BEAT_MS_MAX / 1000:
            return 0.0
        if self._host.is_publishing(PROTOCOL, game_id):
            beat.needed_s = since_s
            return LOOK_AGAIN_S
        rest_s, beat.needed_s = beat.needed_s, 0.0
        return min(rest_s, BEAT_MS_MAX / 1000 - since_s)

    def _frame(self, game: Game, name: str, fields: dict[str, Json]) -> bytes:
        return self._codec.answer(name, fields, game.decimals)

    # -- results -----------------------------------------------------------------------------

    def resolved_in_a_crowd(self, game: Game, pool_id: str) -> None:
        """Tell every subscriber the totals of a result with their own."""
        pool = game.pools.get(pool_id)
        if pool is None or pool.result is None:
            return
        ended, late = pool.result, frozenset(pool.result.invalidated)
        totals = shapes.result(game, pool, ended)

        def frame_for(user: str) -> bytes:
            number = game.users.get(user, 0)
            own = shapes.own_result(pool, ended, number, late)
            return self._codec.answer(
                "bet_pool_resolved", {**totals, "own_result": own}, game.decimals
            )

        self._host.publish(PROTOCOL, game.id, frame_for)

    async def tell_balances(self, game: Game, pool_id: str) -> None:
        """Tell all participants of a resolved pool their balances."""
        pool = game.pools.get(pool_id)
        if pool is None:
            return
        for place, number in enumerate(pool.stakes):
            person = game.people.get(number, None)
            if person is not None and self._host.is_online(PROTOCOL, person.user):
                self._balance(person.user, number, game)
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)


def resolved_pools(commit: CommitSeen) -> list[tuple[str, bool]]:
    """Return the pools that a commit settled, and whether its subscribers are a crowd."""
    return [
        (event.data["pool_id"], event.name.startswith("_")) for event in commit.events
        if event.name.endswith("bet_pool_resolved")
    ]
