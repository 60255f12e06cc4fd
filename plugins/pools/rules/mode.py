"""One game of betting pools as a `Mode`: which operation is decided where.

Operations are named `pools.<what>` and given by the plugin's own service alone, which knows who is
admin of which source: no message of another protocol can be one of them. `args["_by"]` says who
asks: `number` (the account's integer id), `name`, `is_source_admin`, `is_host`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from plugins.pools.rules import betting, bettors, opening, pooling, resolving, storing
from plugins.pools.rules.evolve import evolve
from plugins.pools.rules.state import Game
from plugins.pools.rules.targets import with_actions, with_targets
from plugins.pools.rules.unfolding import Unfolding
from vphost.rules.mode import SYSTEM, Alarms, Command, Decision, Event, Json, Labels, Rejected
from vphost.rules.money import Currency

Operation: TypeAlias = Callable[[Unfolding], Rejected | None]

OPERATIONS: Mapping[str, Operation] = {
    "pools.open": opening.open_game, "pools.update": opening.update, "pools.close": opening.close,
    "pools.join": bettors.join, "pools.leave": bettors.leave,
    "pools.become_admin": bettors.become_admin, "pools.appoint": bettors.appoint,
    "pools.chat": bettors.chat, "pools.create_pool": pooling.create,
    "pools.block": pooling.block, "pools.allow": pooling.allow,
    "pools.suggest_hot": pooling.suggest_hot, "pools.bet": betting.place,
    "pools.event": resolving.register, "pools.resolve": resolving.resolve,
}
IGNORED = frozenset({"connect", "disconnect", "resume", "drain"})
"""Operations of every mode that mean nothing here: calendar deadlines run on, nobody plays."""

CONFIG = frozenset({
    "source", "name", "kind", "currency", "decimals", "hashtag", "open_ms", "close_ms",
    "live_start_ms", "live_finish_ms", "admins_max", "actions", "targets", "opened",
})
"""What a game is made from: fields of `Game`."""


class PoolsMode:
    """Implements `vphost.rules.mode.Mode`; its rooms are entered through the plugin alone."""

    name = "pools"
    version = 1
    heavy = frozenset({resolving.SETTLE})
    own_sockets_only = True
    house_accounts = frozenset({"takeout", "breakage", "minus"})

    def check_config(
        self, config: Mapping[str, Json], currencies: Mapping[str, Currency]
    ) -> Mapping[str, Json] | Rejected:
        """Return a game's configuration as the plugin's service makes it (`creating.py`)."""
        if config.keys() != CONFIG or config["currency"] not in currencies:
            return Rejected("bad_config", {"mode": self.name})
        return config

    def create(self, room_id: str, config: Mapping[str, Json], now_ms: int) -> Game:
        """Return a new game. config: fields of `Game` that were given, with `creator` (their
        number) and moments that may be None for now."""
        given = dict(config)
        open_ms = given.pop("open_ms")
        live_start_ms = given.pop("live_start_ms")
        game = Game(
            id=room_id, open_ms=now_ms if open_ms is None else open_ms,
            live_start_ms=now_ms if live_start_ms is None else live_start_ms,
            actions=with_actions({}, given.pop("actions")),
            targets=with_targets({}, given.pop("targets")), wake_ms=given["close_ms"], **given,
        )
        return game

    def decide(self, state: Game, command: Command, now_ms: int) -> Decision | Rejected:
        """Answer a command; see each operation for its refusals."""
        story = Unfolding(state, command, now_ms)
        op = command.op
        if op in IGNORED:
            return Decision(())
        if op in ("tick", resolving.SETTLE):
            if command.user != SYSTEM:
                return Rejected("forbidden")
            if op == "tick":
                tick(story)
            else:
                resolving.settle_pool(story)
                opening.close_if_settled(story)
            return story.decision()
        if op not in OPERATIONS or "_by" not in command.args:
            return Rejected("unknown_action")
        refused = OPERATIONS[op](story)
        return story.decision() if refused is None else refused

    def evolve(self, state: Game, event: Event) -> Game:
        """Fold one committed event."""
        return evolve(state, event)

    def view(self, state: Game, player: int | None) -> Mapping[str, Json]:
        """Return nothing: users who have joined ask for what they want to know."""
        return {}

    def player_of(self, state: Game, user: str) -> int | None:
        """Return a user's number, None when they are unknown here."""
        person = state.person_of(user)
        return None if person is None else person.number

    def labels(self, state: Game) -> Labels:
        """Return what the codec needs beside an event."""
        return Labels(state.decimals, state.currency)

    def wake_at(self, state: Game) -> int | None:
        """Return the next deadline."""
        return state.wake_ms

    def alarms(self, state: Game) -> Alarms:
        """Return the next deadline: they are all the outside world's."""
        return Alarms(None, state.wake_ms)

    def dump(self, state: Game) -> Mapping[str, Json] | None:
        """Return the game as JSON."""
        return storing.dump(state)

    def load(self, room_id: str, dumped: Mapping[str, Json]) -> Game:
        """Return the game that `dump` wrote."""
        return storing.load(room_id, dumped)


def tick(story: Unfolding) -> None:
    """Do what is due: blocks and allowances, expired pools, the game's own closing."""
    for pool_id in list(story.game.pools):
        pool = story.game.pools[pool_id]
        if not pool.is_open:
            continue
        due = sorted(
            (moment, what) for what, moment in (("allow", pool.allow_ms), ("block", pool.block_ms))
            if moment is not None and moment <= story.now_ms
        )
        if due:
            pooling.switch_now(story, pool, due[-1][1])
        if pool.finish_ms is not None and pool.finish_ms <= story.now_ms and not pool.has_expired:
            resolving.expire(story, story.game.pools[pool_id])
    game = story.game
    close_ms = game.close_ms
    if close_ms is not None and close_ms <= story.now_ms and game.closing_by is None:
        opening.close_as(story, opening.BY_THE_HOST)
    story.answer = None
