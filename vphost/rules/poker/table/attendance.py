"""Coming, sitting, standing up, talking, and whether one wants to be dealt in."""

from __future__ import annotations

from vphost.rules.changing import replace
from vphost.rules.mode import Json, Rejected
from vphost.rules.poker.table import events
from vphost.rules.poker.table.state import (
    ALLOWED, KICKED, NEW, NEW_PARTICIPANT, NEW_PARTICIPANT_READY, NEW_READY, PLAYERS_MAX, SIT_OUT,
    SIT_OUT_PARTICIPANT, SIT_OUT_READY, Player, Table,
)
from vphost.rules.poker.table.unfolding import Unfolding

CHAT_LENGTH_MAX = 500
JOINED = {
    SIT_OUT: SIT_OUT_READY, SIT_OUT_READY: SIT_OUT_READY, SIT_OUT_PARTICIPANT: ALLOWED,
    NEW: NEW_READY, NEW_READY: NEW_READY,
    NEW_PARTICIPANT: NEW_PARTICIPANT_READY, NEW_PARTICIPANT_READY: NEW_PARTICIPANT_READY,
}
"""Join status -> the same after `join`."""
STAYED_OUT = {
    ALLOWED: SIT_OUT, SIT_OUT_READY: SIT_OUT, NEW_READY: NEW,
    NEW_PARTICIPANT_READY: NEW_PARTICIPANT,
}
"""Join status -> the same after `sit_out`, for somebody who is not in the running hand."""


def info(player: Player) -> dict[str, Json]:
    """Return what everybody may know of a player."""
    return {
        "player": player.id, "seat": player.seat, "username": player.username,
        "bank": player.bank, "table_stack": player.stack,
        "delayed_table_stack": player.delayed, "has_initial_buy_in": player.has_initial_buy_in,
        "bank_open": player.bank_open, "status": player.status, "jitsi_id": player.jitsi_id,
    }


def connect(unfolding: Unfolding, user: str, args: dict[str, Json]) -> Rejected | None:
    """A user opened a socket; an unknown one becomes a player.

    args: `player`: the number that they have outside this room, if they have one.
    Refusals: table_expired, once the goodbye is over.
    """
    table = unfolding.table
    if table.closed:
        return Rejected("table_expired")
    player = table.of_user(user)
    if player is not None and player.connected and not player.gone:
        return None
    if player is not None and player.gone and not table.format.may_return(table, player):
        return None
    if player is None:
        if len(table.players) >= PLAYERS_MAX:
            return None
        player = Player(number_for(table, args.get("player")), user, "")
    username = str(args.get("username") or f"player {player.id}")
    here = replace(player, username=username, connected=True, gone="")
    came_back = player.gone or player.id not in table.players
    unfolding.tell(
        events.PLAYER_CONNECTED, {**info(here), "is_host": user == table.host},
        hidden={"user": user},
    )
    status = ALLOWED if table.game is None else NEW
    if came_back and unfolding.player(here.id).join_status != status:
        tell_status(unfolding, here.id, status)
    return None


def number_for(table: Table, wanted: int | None) -> int:
    """Return the number of a new player: the one that is wanted, or the next free one."""
    if wanted is not None and wanted > 0 and wanted not in table.players:
        return wanted
    number = len(table.players) + 1
    while number in table.players:
        number += 1
    return number


def disconnect(unfolding: Unfolding, user: str, args: dict[str, Json]) -> Rejected | None:
    """A socket of a user closed; with their last one the player is disconnected."""
    player = unfolding.table.of_user(user)
    if player is None or not player.connected or (args.get("connections") or 0) > 0:
        return None
    unfolding.tell(events.PLAYER_DISCONNECTED, {"player": player.id})
    host_gone(unfolding, player)
    return None


def host_gone(unfolding: Unfolding, player: Player) -> None:
    """If that was the host, the running game has ten minutes left."""
    table = unfolding.table
    if player.user != table.host or table.host_away:
        return
    runs = table.game is not None and not table.game.ends_by_itself
    bound_ms = table.format.host_away_ms
    due = unfolding.now_ms + bound_ms if runs and bound_ms is not None else None
    unfolding.tell(events.HOST_LEFT, {"player": player.id, "game_end_expiration": due})


def sit(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Take a seat, change it, or stand up (`seat` null); the first seat of a game opens a bank.

    A player who is leaving after the hand and takes their own seat again stays, as a new player.
    Refusals: no_such_seat, seat_taken, hand_running (they are in the hand), not_seated (they stand
    already).
    """
    table, seat = unfolding.table, args["seat"]
    if seat is None and player.seat is None:
        return Rejected("not_seated")
    seats = min(table.config["seats"], table.coming["seats"])
    if seat is not None and not 0 <= seat < seats:
        return Rejected("no_such_seat", {"seats": seats})
    if player.leaving == KICKED:
        return None if seat == player.seat else Rejected("hand_running")
    if seat == player.seat and player.bank_open and not player.leaving:
        return None
    holder = None if seat is None else table.at_seat(seat)
    if holder is not None and holder.id != player.id:
        return Rejected("seat_taken")
    if seat != player.seat and table.is_playing(player.id):
        return Rejected("hand_running")
    tell_seated(unfolding, player, seat, args.get("jitsi_id"))
    tell_status_of_seat(unfolding, player, seat)
    return None


def tell_seated(
    unfolding: Unfolding, player: Player, seat: int | None, jitsi_id: str | None
) -> None:
    """Tell the seat; the bank is issued with it when it is not open yet."""
    opens = seat is not None and not player.bank_open
    issued = unfolding.table.format.bank_at_seat(unfolding.table, player) if opens else 0
    unfolding.tell(
        events.PLAYER_SEATED,
        {
            **info(replace(
                player, seat=seat, bank=player.bank + issued, bank_open=player.bank_open or opens,
            )),
            "jitsi_id": player.jitsi_id or jitsi_id,
        },
        hidden={"bank_open": player.bank_open or opens, "at_ms": unfolding.now_ms},
        postings=unfolding.move(unfolding.outside(player.id), unfolding.bank(player.id), issued),
    )


def tell_status_of_seat(unfolding: Unfolding, before: Player, seat: int | None) -> None:
    """Say how a player who has come to a running game, stayed, or stood up takes part."""
    if unfolding.table.game is None:
        return
    if seat is not None and before.seat not in (None, seat):
        tell_owing_of_move(unfolding, before.id)
        return
    if before.leaving:
        status = NEW_PARTICIPANT if unfolding.table.is_playing(before.id) else NEW
    elif before.seat is None or seat is None:
        status = NEW
    else:
        return
    if unfolding.player(before.id).join_status != status:
        tell_status(unfolding, before.id, status)


def tell_owing_of_move(unfolding: Unfolding, number: int) -> None:
    """Say at once that somebody who changed seats has to post or to wait for the big blind."""
    if unfolding.table.format.owes_for_move(unfolding.table, number):
        tell_status(unfolding, number, SIT_OUT_READY)


def tell_status(unfolding: Unfolding, player: int, status: str, posts: bool = False) -> None:
    """Tell a join status. posts: they want to post instead of waiting for the big blind."""
    unfolding.tell(
        events.JOIN_STATUS_UPDATED, {"player": player, "join_status": status},
        hidden={"posts": posts},
    )


def update_jitsi_id(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Change the id in the video conference. Refusals: not_seated."""
    if player.seat is None:
        return Rejected("not_seated")
    unfolding.tell(events.JITSI_ID_CHANGED, {**info(player), "jitsi_id": args["jitsi_id"]})
    return None


def join(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Ask to be dealt in: at once, posting what is owed, or on the big blind.

    A player who asks is present: hands in which the system had to act for them are forgotten.
    Refusals: no_game (everybody plays in its first hand), not_seated, action_not_available (they
    play already).
    """
    if unfolding.table.game is None:
        return Rejected("no_game")
    if player.seat is None:
        return Rejected("not_seated")
    absent = unfolding.table.format.sits_out(unfolding.table, player)
    status = SIT_OUT_READY if absent else JOINED.get(player.join_status)
    posts = bool(args["immediately"])
    if status is None or status == player.join_status and posts == player.posts:
        return Rejected("action_not_available")
    unfolding.tell(
        events.JOIN, {"player": player.id, "immediately": posts}, hidden={"is_there": True}
    )
    tell_status(unfolding, player.id, status, posts)
    return None


def sit_out(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Leave out hands from the next one on. Refusals: no_game, not_seated, action_not_available."""
    if unfolding.table.game is None:
        return Rejected("no_game")
    if player.seat is None:
        return Rejected("not_seated")
    status = STAYED_OUT.get(player.join_status)
    if status == SIT_OUT and unfolding.table.is_playing(player.id):
        status = SIT_OUT_PARTICIPANT
    if status is None:
        return Rejected("action_not_available")
    unfolding.tell(events.SIT_OUT, {"player": player.id})
    tell_status(unfolding, player.id, status)
    return None


def chat(unfolding: Unfolding, player: Player, args: dict[str, Json]) -> Rejected | None:
    """Say something to the table. Refusals: bad_message (empty or too long)."""
    message = args["message"]
    if not message.strip() or len(message) > CHAT_LENGTH_MAX:
        return Rejected("bad_message", {"field": "message"})
    unfolding.tell(events.CHAT_MESSAGE, {
        "player": player.id, "message": message, "username": player.username,
    }, hidden={"at_ms": unfolding.command.wall(unfolding.now_ms)})
    return None
