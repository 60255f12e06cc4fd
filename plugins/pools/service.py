"""Answers every operation: finds the game, asks its room, and says what came of it.

Whoever is at the other end of a socket is known to the host; who governs a source is known to the
directory; everything else is decided by the game's room. The operations themselves are in
`requests_*`; here is what they share, and what happens after commits.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from plugins.pools.asker import Answer, Asker, Refused
from plugins.pools.codec import PoolsCodec
from plugins.pools.directory import Directory, is_admin
from plugins.pools.pulse import PROTOCOL, Pulse, resolved_pools
from plugins.pools.rules.state import Game, Pool
from plugins.pools.used_ids import LOOKS, UsedIds, asked_of
from vphost.plugin_api import (
    Command, CommitSeen, Document, FrameContext, Host, Json, Peer, Rejected, Request, StoreDown,
)

Handler = Callable[["Service", Asker], Awaitable[None]]
NAMESPACE = uuid.UUID("a52b3f8e-6b0e-4c55-9f0c-6f1d7b9a2c41")
"""Of ids that are made from a user and their request id, so that a repeat makes the same."""
SETTLE_S = 30.0
"""How long an answer waits for settlements that it has to tell."""
ID_REUSED, ID_FIELD = "id_reused", "header.request_id"
MAY_COUNT = frozenset({"store_down", "too_slow", "unresolved_pools", "internal_error"})
"""Refusals of requests that may have had an effect all the same."""
UNSUBSCRIBE_S = 10.0
"""How long after a game's end its subscribers are forgotten."""


class Service:
    """The living plugin."""

    def __init__(
        self, host: Host, codec: PoolsCodec, handlers: Mapping[str, Handler],
        numbers: Mapping[str, Mapping[str, int]],
    ) -> None:
        self.host = host
        self.codec = codec
        self.numbers = numbers
        self.directory = Directory(host.documents("pools"))
        self.pulse = Pulse(host, codec, self.balance_changed)
        self._handlers = handlers
        self._ready = asyncio.Event()
        self._used = UsedIds()
        self._closing: set[str] = set()
        self._pool_games: dict[str, str] = {}
        self._stakes_in: dict[int, set[str]] = {}
        self._untold: dict[tuple[str, str], int] = {}
        self._has_untold = asyncio.Event()
        self._waiting: dict[str, list[tuple[Callable[[Game], bool], asyncio.Future[None]]]] = {}

    # -- life --------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the directory, subscribe who has joined, go on closing sources."""
        await self.directory.open()
        for game_id in tuple(self.directory.games):
            await asyncio.sleep(0)  # Maybe it has to be folded first.
            game = self.host.state(game_id)
            if game is None or game.closed:
                continue
            for number in game.subscribed:
                self.host.subscribe(PROTOCOL, game.people[number].user, game.id)
            for number, staked in game.exposure.items():
                if staked:
                    self.stakes_in(number).add(game.id)
            self._pool_games.update(dict.fromkeys(game.pools, game.id))
        self._ready.set()
        self.host.spawn(self._tell_balances(), "balances")
        for source in await self.directory.open_sources():
            if source.body["closing"]:
                await self.close_games(source, source.body["closing"], f"resume:{source.version}")

    async def opened(self) -> None:
        """Wait until requests are answered."""
        await self._ready.wait()

    def close(self) -> None:
        """Tell nothing more."""
        self.pulse.close()

    # -- requests ----------------------------------------------------------------------------

    async def answer(self, peer: Peer, request: Request) -> Sequence[bytes]:
        """Answer one request of a socket."""
        try:
            await self._ready.wait()
            asker = Asker(peer, await self.directory.number(peer.user), request)
            await self._act_once(asker)
        except Refused as refused:
            return [self._error(request, refused.rejected)]
        except StoreDown:
            return [self._error(request, Rejected("store_down"))]
        echo = request.raw[1]
        return [
            self.codec.answer(one.name, one.fields, one.decimals, echo)
            for one in asker.answers if echo is not None or not self._hears(peer.user, one)
        ]

    async def _act_once(self, asker: Asker) -> None:
        """Do what is asked, unless its id was used for something else. Raises: Refused."""
        request, user = asker.request, asker.peer.user
        handle, key = self._handlers[request.op], request.request_id
        if key is None or request.op in LOOKS:
            await handle(self, asker)
            return
        if not self._used.begin(user, key, asked_of(request)):
            raise Refused(ID_REUSED, field=ID_FIELD)
        is_kept = True
        try:
            await handle(self, asker)
        except Refused as refused:
            is_kept = refused.rejected.code in MAY_COUNT
            raise
        finally:
            self._used.end(user, key, is_kept)

    def _error(self, request: Request, rejected: Rejected) -> bytes:
        context = FrameContext("", None, 0, self.host.clock.calendar_ms())
        return self.codec.rejected(context, request, rejected, None)

    def _hears(self, user: str, answer: Answer) -> bool:
        """Say whether a user gets an answer as a subscriber, too."""
        if answer.heard_in is None:
            return False
        game = self.host.state(answer.heard_in)
        person = None if game is None else game.person_of(user)
        return person is not None and person.number in game.subscribed

    async def ask_room(
        self, asker: Asker, game: Game, op: str, is_source_admin: bool = False, **args: Json
    ) -> Mapping[str, Json] | None:
        """Give a game a command in the asker's name; returns the mode's answer to it.

        None: nothing had to be done. Raises: Refused.
        """
        command = Command(
            asker.request.request_id or uuid.uuid4().hex, asker.peer.user, f"pools.{op}",
            {**args, "_by": asker.by(is_source_admin)},
        )
        outcome = await self.host.send(game.id, command)
        if isinstance(outcome, Rejected):
            if outcome.code == ID_REUSED:
                raise Refused(ID_REUSED, field=ID_FIELD)
            raise Refused(outcome.code, **outcome.detail)
        return None if outcome.commit is None else outcome.commit.answer

    def own_id(self, asker: Asker, kind: str) -> str:
        """Return a new UUID; for a repeated request the same. kind: what it is the id of."""
        key = asker.request.request_id
        if key is None:
            return str(uuid.uuid4())
        return str(uuid.uuid5(NAMESPACE, f"{asker.peer.user}\n{kind}\n{key}"))

    # -- finding -----------------------------------------------------------------------------

    def games(self) -> list[Game]:
        """Return all games, closed ones too."""
        states = (self.host.state(game) for game in tuple(self.directory.games))
        return [game for game in states if game is not None]

    def game(self, game_id: str) -> Game:
        """Return a game. Raises: Refused."""
        game_id = game_id.lower()
        game: Game | None = None
        if game_id in self.directory.games:
            game = self.host.state(game_id)
        if game is None:
            raise Refused("no_such_game")
        return game

    def pool(self, pool_id: str) -> tuple[Game, Pool]:
        """Return a pool with its game. Raises: Refused."""
        pool_id = pool_id.lower()
        known = self._pool_games.get(pool_id)
        candidates = [self.host.state(known)] if known is not None else self.games()
        for game in candidates:
            if game is not None and pool_id in game.pools:
                self._pool_games[pool_id] = game.id
                return game, game.pools[pool_id]
        raise Refused("no_such_pool")

    async def source(self, source_id: str) -> Document:
        """Return a source. Raises: Refused."""
        found = await self.directory.source(source_id.lower())
        if found is None:
            raise Refused("no_such_source")
        return found

    async def own_source(self, asker: Asker, source_id: str) -> Document:
        """Return a source that the asker governs. Raises: Refused."""
        found = await self.source(source_id)
        if not is_admin(found, asker.peer.user):
            raise Refused("not_an_admin_of_the_source")
        return found

    async def governs_source_of(self, asker: Asker, game: Game) -> bool:
        """Say whether the asker is an admin of a game's source."""
        found = await self.directory.source(game.source)
        return found is not None and is_admin(found, asker.peer.user)

    # -- balances ----------------------------------------------------------------------------

    def stakes_in(self, number: int) -> set[str]:
        """Return the games in which a user may have money in unresolved pools."""
        return self._stakes_in.setdefault(number, set())

    def exposure(self, number: int, currency: str) -> int:
        """Return what a user has in unresolved pools, minor units."""
        total = 0
        for game_id in tuple(self._stakes_in.get(number, ())):
            game: Game | None = self.host.state(game_id)
            staked = 0 if game is None else game.exposure.get(number, 0)
            if not staked:
                self._stakes_in[number].discard(game_id)
            elif game is not None and game.currency == currency:
                total += staked
        return total

    def available(self, user: str, currency: str) -> int:
        """Return what a user can bet, minor units."""
        return self.host.balance(f"user:{user}", currency)

    def balance_changed(self, user: str, number: int, game: Game) -> None:
        """Note that a user is to be told their balance (res 815)."""
        self._untold[user, game.currency] = number
        self._has_untold.set()

    async def _tell_balances(self) -> None:
        """Tell balances as long as the plugin lives; what changed twice meanwhile is told once."""
        while True:
            await self._has_untold.wait()
            self._has_untold.clear()
            untold, self._untold = self._untold, {}
            for (user, currency), number in untold.items():
                available = self.available(user, currency)
                await self.host.push(PROTOCOL, user, self.codec.answer("balance_updated", {
                    "current_balance": available + self.exposure(number, currency),
                    "available_balance": available, "currency": currency,
                }, self.host.currencies[currency].decimals))

    # -- after commits -----------------------------------------------------------------------

    def committed(self, commit: CommitSeen) -> None:
        """Tell the many what a commit of a game changed."""
        game: Game | None = self.host.state(commit.room)
        if game is None or commit.room not in self.directory.games:
            return
        for event in commit.events:
            if event.name == "_bet_placed":
                number = event.data["user_id"]
                self.stakes_in(number).add(game.id)
                self.pulse.bet_placed(game, event.data["pool_id"])
                self.balance_changed(event.data["user"], number, game)
            elif event.name == "_user_joined_game":
                self.pulse.presence_changed(game, "user_joined_game")
            elif event.name == "_user_left_game":
                self.pulse.presence_changed(game, "user_left_game")
            elif event.name == "new_betting_pool":
                self._pool_games[event.data["pool_id"]] = game.id
            elif event.name == "game_closed":
                self._tell_closer(game)
                self.host.spawn(self._forget(game), f"closed {game.id}")
        for pool_id, in_crowd in resolved_pools(commit):
            if in_crowd:
                self.pulse.resolved_in_a_crowd(game, pool_id)
            self.host.spawn(self.pulse.tell_balances(game, pool_id), f"balances {pool_id}")
        self._wake(game)

    @contextmanager
    def closing(self, game_id: str) -> Iterator[None]:
        """Note that somebody is about to be answered that a game is closed."""
        self._closing.add(game_id)
        try:
            yield
        finally:
            self._closing.discard(game_id)

    def _tell_closer(self, game: Game) -> None:
        """Tell whoever closed a game that it is closed now, unless they hear or are answered."""
        by = game.closing_by or 0
        if by and by not in game.subscribed and game.id not in self._closing:
            self.host.spawn(self._push_closed(by, game.id), f"closed {game.id} told")

    async def _push_closed(self, number: int, game_id: str) -> None:
        user = self.directory.user_of(number)
        if user:
            frame = self.codec.answer("game_closed", {"game_id": game_id})
            await self.host.push(PROTOCOL, user, frame)

    async def _forget(self, game: Game) -> None:
        """End the subscriptions of a closed game, once its last frames are on their way."""
        await asyncio.sleep(UNSUBSCRIBE_S)
        for number in game.subscribed:
            self.host.unsubscribe(PROTOCOL, game.people[number].user, game.id)

    async def until(self, game_id: str, is_so: Callable[[Game], bool]) -> None:
        """Wait until a game's state is as wished. Raises: Refused when it takes too long."""
        if is_so(self.game(game_id)):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(game_id, [])
        entry = (is_so, future)
        waiting.append(entry)
        try:
            await asyncio.wait_for(future, SETTLE_S)
        except TimeoutError:
            if not is_so(self.game(game_id)):
                raise Refused("too_slow") from None
        finally:
            waiting.remove(entry)
            if not waiting:
                self._waiting.pop(game_id, None)

    def _wake(self, game: Game) -> None:
        for is_so, future in self._waiting.get(game.id, ()):
            if not future.done() and is_so(game):
                future.set_result(None)

    # -- closing sources ---------------------------------------------------------------------

    async def close_games(self, source: Document, number: int, key: str) -> list[str]:
        """Close all games of a source, as often as it takes.

        Returns: pools that have to be resolved by hand before; when there are none the source is
        closed. Safe to repeat: the source notes that it is being closed before anything else.
        """
        unresolved: list[str] = []
        closing: list[str] = []
        for game_id in list(self.directory.games_of(source.id)):
            game: Game | None = self.host.state(game_id)
            if game is None or game.closed:
                continue
            by: dict[str, Any] = {"number": number, "name": "", "is_source_admin": True}
            outcome = await self.host.send(game_id, Command(
                f"close:{key}", "system", "pools.close", {"_by": by}
            ))
            if isinstance(outcome, Rejected):
                if outcome.code != "game_closed":
                    raise Refused(outcome.code, **outcome.detail)
                continue
            closing.append(game_id)
            if outcome.commit is not None and outcome.commit.answer is not None:
                unresolved += outcome.commit.answer["unresolved"]
        if unresolved:
            return unresolved
        for game_id in closing:
            await self.until(game_id, lambda game: game.closed)
        await self.directory.change_source(source.id, open=0, closing=0)
        return []
