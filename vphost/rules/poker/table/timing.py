"""What the clock does: turns, reveals, the next hand, and the calendar of table and host.

Game clocks (turn, timebank, reveal, side pots, time between hands) stand still while the process
is away; calendar dates (the table's expiry, the goodbye, the host's ten minutes) do not. A player
without a connection keeps their turn time and their timebank: they may be coming back. Once the
timebank is used up, the turn time is all that they have.
"""

from __future__ import annotations

from vphost.rules.mode import EMPTY, Alarms, Json, Rejected
from vphost.rules.poker.table import events
from vphost.rules.poker.table.attendance import host_gone
from vphost.rules.poker.table.betting import act_for
from vphost.rules.poker.table.dealing import deal
from vphost.rules.poker.table.ending import end_game, finish, tell_award_timer
from vphost.rules.poker.table.leaving import EXPIRED, cash_out, remove
from vphost.rules.poker.table.planning import could_deal
from vphost.rules.poker.table.state import LEFT, Table
from vphost.rules.poker.table.unfolding import Unfolding

GOODBYE_MS = 2 * 60_000
STEPS_MAX = 100
"""Most deadlines that one tick works off; the next tick goes on."""


def wake_at(table: Table) -> int | None:
    """Return the next deadline, epoch ms."""
    running = [moment for moment in deadlines(table).values() if moment is not None]
    return min(running, default=None)


def alarms(table: Table) -> Alarms:
    """Return the next deadline of the game, and the table's expiry by the wall clock."""
    found = deadlines(table)
    expiry_ms = found.pop("expiry", None)
    running = [moment for moment in found.values() if moment is not None]
    return Alarms(min(running, default=None), expiry_ms)


def deadlines(table: Table) -> dict[str, int | None]:
    """Return every running deadline by the name of its step."""
    if table.closed:
        return {}
    found: dict[str, int | None] = {"host": table.host_due_ms}
    if table.goodbye_until_ms is not None:
        found["goodbye"] = table.goodbye_until_ms
    elif table.game is None or table.running is None and not table.game.ends_by_itself:
        found["expiry"] = table.expires_ms
    if table.deal is not None:
        found["turn"] = None if table.deal.turn is None else table.deal.turn.total_expires_ms
        found["reveal"] = table.deal.reveal_until_ms
        found["settle"] = table.deal.settle_until_ms
    if table.game is not None and table.game.award is not None:
        if not table.drained or table.game.ending:
            found["award"] = table.game.award.expires_ms
    if table.own is not None:
        found |= {f"own:{name}": due for name, due in table.own.get("clocks", EMPTY).items()}
    return found


def tick(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Do all that is due, the earliest first."""
    for _ in range(STEPS_MAX):
        due = [
            (moment, name) for name, moment in deadlines(unfolding.table).items()
            if moment is not None
            and moment <= (unfolding.sure_ms if name == "expiry" else unfolding.now_ms)
        ]
        if not due:
            break
        name = min(due)[1]
        if name.startswith("own:"):
            unfolding.table.format.clock_over(unfolding, name.removeprefix("own:"))
        else:
            STEPS[name](unfolding)
    return None


def award_over(unfolding: Unfolding) -> None:
    """The time between hands is over: the next hand, the end, or wait for the host."""
    if unfolding.game.ending:
        end_game(unfolding)
        expire_if_due(unfolding)
    elif could_deal(unfolding.table):
        deal(unfolding)
    else:
        tell_award_timer(unfolding)


def tell_ending(unfolding: Unfolding) -> None:
    """Say that the game ends, if nobody knows yet."""
    if not unfolding.game.ending:
        unfolding.tell(events.END_CURRENT_GAME, {"player": None})


def host_is_away(unfolding: Unfolding) -> None:
    """The host was away too long: the game ends, after the hand if one runs."""
    tell_ending(unfolding)
    if unfolding.table.running is None:
        end_game(unfolding)


def expire(unfolding: Unfolding) -> None:
    """The table is expired and no hand runs: end the game, say goodbye."""
    if unfolding.table.game is not None:
        tell_ending(unfolding)
        end_game(unfolding)
    unfolding.tell(events.GOODBYE, {"until_ms": unfolding.now_ms + GOODBYE_MS})


def expire_if_due(unfolding: Unfolding) -> None:
    """Say goodbye after a game that ended after the table's expiry."""
    if unfolding.is_expired and unfolding.table.goodbye_until_ms is None:
        unfolding.tell(events.GOODBYE, {"until_ms": unfolding.now_ms + GOODBYE_MS})


def close(unfolding: Unfolding) -> None:
    """The goodbye is over: everybody has to go."""
    for player in list(unfolding.table.players.values()):
        if player.connected or player.seat is not None:
            remove(unfolding, player.id, LEFT, EXPIRED)
        else:
            cash_out(unfolding, player.id)
    unfolding.tell(events.CLOSED)


STEPS = {
    "turn": act_for, "reveal": finish, "settle": tell_award_timer, "award": award_over,
    "host": host_is_away, "expiry": expire, "goodbye": close,
}


def drain(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """Start no hand any more, until the process has been restarted."""
    if not unfolding.table.drained:
        unfolding.tell(events.DRAINED)
    return None


def resume(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The process is back: move the game's clocks and tell them again.

    args: `paused_ms`, how long it was away; `restarted`: it is a new process, in which nobody
    is connected yet (after a mere standstill the sockets are still there); `clock_jumped`: the
    wall clock jumped, by which moments are shown: they are told again and stay. After a pause the
    seconds in which pages show the side pots are over: what was said of their end holds, and
    nobody decides anything in them.
    """
    paused_ms, restarted = args["paused_ms"], bool(args.get("restarted"))
    if paused_ms > 0 or restarted and unfolding.table.drained:
        unfolding.tell(events.RESUMED, {"paused_ms": paused_ms, "restarted": restarted})
    if restarted:
        forget_sockets(unfolding)
    if paused_ms > 0 or args.get("clock_jumped"):
        tell_clocks(unfolding)
    if paused_ms > 0 and unfolding.table.deal is not None and (
        unfolding.table.deal.settle_until_ms is not None
    ):
        tell_award_timer(unfolding)
    return None


def forget_sockets(unfolding: Unfolding) -> None:
    """Everybody's socket ended with the process that held it."""
    for player in list(unfolding.table.players.values()):
        if player.connected:
            unfolding.tell(events.PLAYER_DISCONNECTED, {"player": player.id})
            host_gone(unfolding, player)


def tell_clocks(unfolding: Unfolding) -> None:
    """Tell the moved deadlines: whose turn it is, the reveal, the time before the next hand."""
    hand, game = unfolding.table.deal, unfolding.table.game
    if hand is not None and hand.turn is not None:
        turn = hand.turn
        unfolding.tell(events.TURN, {
            **turn.event, "timestamp_turn_expiration": turn.expires_ms,
            "timestamp_total_expiration": turn.total_expires_ms,
        })
    if hand is not None and hand.reveal is not None:
        fields: dict[str, Json] = dict(hand.reveal)
        name = fields.pop("event")
        unfolding.tell(name, {**fields, "finish_time_expiration": hand.reveal_until_ms})
    if game is not None and game.award is not None and game.award.expires_ms is not None:
        unfolding.tell(events.AWARD_TIMER, {
            **game.award.event, "winners_award_timer_expiration": game.award.expires_ms,
        })
    unfolding.table.format.retell_clocks(unfolding)
