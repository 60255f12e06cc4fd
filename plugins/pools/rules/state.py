"""The state of one game: who is here, what may happen, its pools and their bets.

All of it is immutable. What grows with the number of bets or users lies in `IntMap`s, so that a
bet costs the same in a pool of ten and of a hundred thousand. `users` alone is shared between
states: it only ever gains entries that never change (an account's integer id), and what counts is
whether the number is in `people`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from plugins.pools.rules.betlog import BetLog
from plugins.pools.rules.betting_types import Bet, PoolRules
from plugins.pools.rules.intmap import IntMap

PARIMUTUEL_EVENT, PARIMUTUEL_TIME, BINARY_EVENT, BINARY_TIME = 1, 2, 3, 4
BINARY = (BINARY_EVENT, BINARY_TIME)
TIMED = (PARIMUTUEL_TIME, BINARY_TIME)

NOT_YET, PRE_GAME, IN_PROGRESS, BETTING_CLOSED, CLOSED = (
    "betting_not_yet_active", "pre_game_betting_active", "game_in_progress_betting_active",
    "game_in_progress_betting_closed", "game_closed",
)

UNRESOLVED_MAX = 200
"""Pools of a game that may wait for their result."""
RESOLVED_MAX = 500
"""Resolved pools that a game remembers, the newest."""
EVENTS_MAX = 2_000
"""Events that a game remembers, the newest."""
DUMP_BYTES_MAX = 11 * 2**19
"""Largest estimate (5.5 MiB) of a game as JSON; a bet beyond is refused. Snapshots are sealed and
then written in letters, a third longer, and have to stay below the store's 8 MiB."""
COMMIT_BYTES_MAX = 15 * 2**19
"""Largest estimate (7.5 MiB) of the commit that settles a pool; a bet beyond is refused."""
PRESENCE_MAX = 200
"""The number of subscribers above which presence is told as counts and results as totals."""

BET_BYTES, STAKE_BYTES, PERSON_BYTES, POOL_BYTES = 28, 64, 64, 2_048
"""What a bet, a bettor's stake and return, a person and a pool add to a dump at most, beside the
numbers and texts that are counted as they are."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who joined, bet or governs here. points: net win so far, minor units."""

    number: int
    user: str
    name: str
    points: int = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """A registered event. id: UUID."""

    id: str
    action: str
    target: str
    happened_ms: int
    was_given: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """The result of a pool that waits for its settlement.

    winner: the winning target, None when it is void. round: how often settling was asked for.
    """

    winner: str | None
    happened_ms: int | None
    is_void: bool
    round: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """How a pool ended; money in minor units."""

    #: A target; None where none won.
    winner: str | None
    is_void: bool
    resolved_ms: int
    #: All stakes went back.
    is_money_return: bool
    #: The operator's share.
    takeout: int
    #: What rounding prices down left over.
    breakage: int
    #: What the house added.
    minus: int
    #: Users with a bet placed too late.
    invalidated: tuple[int, ...]
    #: User -> all that they got back.
    returned: IntMap[int]


@dataclass(frozen=True, slots=True)
class Pool:
    """One betting pool; users by number, money in minor units."""

    id: str
    description: str
    action: str
    targets: tuple[str, ...]
    kind: int
    created_ms: int
    start_ms: int | None
    finish_ms: int | None
    stop_ms: int | None
    recreate: bool
    rules: PoolRules
    is_blocked: bool
    is_hot: bool
    likely_ms: int | None = None
    block_ms: int | None = None
    allow_ms: int | None = None
    has_expired: bool = False
    bets: BetLog = field(default_factory=BetLog)
    #: User -> all that they put in.
    stakes: IntMap[int] = field(default_factory=IntMap)
    #: User -> place of their newest bet.
    latest: IntMap[int] = field(default_factory=IntMap)
    #: Target -> (stakes, number of bets).
    totals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    total: int = 0
    count: int = 0
    #: What the users in it will at most add to the commit that settles it.
    commit_bytes: int = 0
    #: What the bets add at most to the game's dump.
    bets_bytes: int = 0
    ending: Ending | None = None
    result: Result | None = None

    @property
    def is_binary(self) -> bool:
        """Return whether only people can resolve it."""
        return self.kind in BINARY

    @property
    def is_open(self) -> bool:
        """Return whether its result is not known."""
        return self.ending is None and self.result is None

    def takes_bets(self, now_ms: int) -> bool:
        """Return whether a bet would be accepted at a moment, as far as the pool is concerned."""
        return self.is_open and not self.is_blocked and not self.has_expired and (
            (self.start_ms is None or now_ms >= self.start_ms)
            and (self.stop_ms is None or now_ms < self.stop_ms)
            and (self.finish_ms is None or now_ms < self.finish_ms)
            and (self.block_ms is None or now_ms < self.block_ms)
        )

    def status(self, now_ms: int) -> str:
        """Return the word of the wire for where the pool is in its life."""
        if self.result is not None:
            return "resolved"
        if self.start_ms is not None and now_ms < self.start_ms:
            return "not_yet_open"
        return "open" if self.takes_bets(now_ms) else "running"


@dataclass(frozen=True, slots=True)
class Game:
    """One game: a room of the mode. Moments are epoch ms."""

    id: str
    source: str
    name: str
    kind: str
    currency: str
    decimals: int
    hashtag: str
    open_ms: int
    close_ms: int | None
    live_start_ms: int
    live_finish_ms: int | None
    admins_max: int
    actions: Mapping[str, str]
    targets: Mapping[str, str]
    #: Whether pools may be opened (from `open_ms` on).
    opened: bool
    users: dict[str, int] = field(default_factory=dict, compare=False)
    people: IntMap[Person] = field(default_factory=IntMap)
    #: By number, like `admins`.
    subscribed: IntMap[bool] = field(default_factory=IntMap)
    admins: tuple[int, ...] = ()
    events: tuple[Happened, ...] = ()
    pools: Mapping[str, Pool] = field(default_factory=dict)
    exposure: IntMap[int] = field(default_factory=IntMap)
    #: The number of the admin who closes it (0: the host), None while nobody does.
    closing_by: int | None = None
    #: Nothing is left to be resolved by hand.
    closes_when_settled: bool = False
    closed: bool = False
    #: The next deadline.
    wake_ms: int | None = None
    #: Estimated size of the dump, bytes.
    weight: int = 8_192

    def status(self, now_ms: int) -> str:
        """Return the game's status as the wire says it."""
        if self.closed:
            return CLOSED
        if not self.opened or now_ms < self.open_ms:
            return NOT_YET
        if self.closing_by is not None:
            return BETTING_CLOSED
        return PRE_GAME if now_ms < self.live_start_ms else IN_PROGRESS

    def person_of(self, user: str) -> Person | None:
        """Return who a user is here, None when they never were here."""
        number = self.users.get(user)
        return None if number is None else self.people.get(number, None)

    def unresolved(self) -> list[Pool]:
        """Return the pools without a result, oldest first."""
        return [pool for pool in self.pools.values() if pool.result is None]

    def bets_of(self, number: int, pool: Pool, limit: int) -> list[tuple[int, Bet]]:
        """Return the newest bets of a user in an unresolved pool, with their places."""
        found: list[tuple[int, Bet]] = []
        place = pool.latest.get(number, None)
        while place is not None and len(found) < limit:
            found.append((place, pool.bets[place]))
            place = pool.bets.before(place)
        return found

    def with_pool(self, pool: Pool) -> Game:
        """Return the game with one pool new or changed. At most 700 pools: a small copy."""
        return replace(self, pools={**self.pools, pool.id: pool})


def bet_id(pool: str, place: int) -> str:
    """Return the UUID of a bet: of its pool and its place there, so that none has to be stored."""
    return str(uuid.uuid5(uuid.UUID(pool), str(place)))


def person_bytes(person: Person) -> int:
    """Return what a person adds to a dump at most."""
    return PERSON_BYTES + len(person.user) + len(person.name.encode())


def bet_bytes(number: int, amount: int) -> int:
    """Return what a bet adds to a dump at most."""
    return BET_BYTES + len(str(number)) + len(str(amount))


def stake_bytes(game: Game, person: Person) -> int:
    """Return what a bettor adds at most to the commit that settles their pool: a posting, and
    their number among the invalidated bettors."""
    return len(person.user) + len(game.currency) + 50


def next_deadline(game: Game) -> int | None:
    """Return when something is to be done by itself, None for never."""
    if game.closed:
        return None
    moments = [] if game.close_ms is None or game.closing_by is not None else [game.close_ms]
    for pool in game.pools.values():
        if not pool.is_open:
            continue
        if pool.finish_ms is not None and not pool.has_expired:
            moments.append(pool.finish_ms)
        moments += [moment for moment in (pool.block_ms, pool.allow_ms) if moment is not None]
    return min(moments, default=None)
