"""Fold one event into the table. Every change of state is here, in `evolve_hand` or in
`evolve_clock`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vphost.rules.changing import replace
from vphost.rules.mode import Event
from vphost.rules.poker.table import events, evolve_clock as clock, evolve_hand as hand
from vphost.rules.poker.table.format import UNDEFINED
from vphost.rules.poker.table.state import ALLOWED, CHAT_KEPT, KICKED, LEFT, Game, Player, Table


def evolve(table: Table, event: Event, stepped: hand.Stepped | None = None) -> Table:
    """Return the table after one committed event; names without a fold change nothing.

    stepped: where the machine went with an action, if it has been asked already.
    """
    if stepped is not None:
        return hand.remember(hand.action_ack(table, event, stepped), event)
    fold, own = FOLDS.get(event.name), table.format.folds.get(event.name)
    folded = table if fold is None else fold(table, event)
    if own is not None:
        folded = own(folded, event)
    return hand.remember(folded, event)


def player_connected(table: Table, event: Event) -> Table:
    """A user opened a socket: the first time they become a player."""
    number, username = int(event.data["player"]), event.data["username"]
    player = table.players.get(number)
    if player is None:
        full = int(table.config["timebank_limit"]) * 1000
        player = Player(number, event.hidden["user"], username, timebank_ms=full)
    if player.user == table.host:
        table = replace(table, host_away=False, host_due_ms=None)
    return table.with_player(replace(player, connected=True, gone="", username=username))


def player_disconnected(table: Table, event: Event) -> Table:
    """A player's last socket closed."""
    return table.change(event.data["player"], connected=False)


def host_left(table: Table, event: Event) -> Table:
    """The host is away; without a game there is nothing to end."""
    return replace(table, host_away=True, host_due_ms=event.data["game_end_expiration"])


def player_seated(table: Table, event: Event) -> Table:
    """A player took a seat or stood up; the first seat of a game opens their bank."""
    data = event.data
    player = table.players[data["player"]].seated_from(event.hidden.get("at_ms"), data["seat"])
    return table.with_player(replace(
        player, seat=data["seat"], bank=data["bank"], jitsi_id=data["jitsi_id"],
        bank_open=bool(event.hidden["bank_open"]), leaving="",
    ))


def player_gone(table: Table, event: Event) -> Table:
    """A player left or was kicked: the seat is free, bank and stack stay until the game ends."""
    player = table.players[event.data["player"]].seated_from(event.hidden.get("at_ms"), None)
    return table.with_player(replace(
        player, seat=None, connected=False, leaving="", posts=False,
        straddles=False, has_initial_buy_in=event.data["has_initial_buy_in"],
        gone=KICKED if event.name == events.PLAYER_KICKED else LEFT,
    ))


def leaving(table: Table, event: Event) -> Table:
    """A player will be gone when the hand is over; older journals say `_leaving`."""
    return table.change(event.data["player"], leaving=event.data["how"])


def jitsi_id_changed(table: Table, event: Event) -> Table:
    """A player's id in the video conference changed."""
    return table.change(event.data["player"], jitsi_id=event.data["jitsi_id"])


def join_status_updated(table: Table, event: Event) -> Table:
    """Whether a player is dealt in changed; hidden `posts` says that they will post."""
    data = event.data
    return table.change(
        data["player"], join_status=data["join_status"], posts=bool(event.hidden["posts"])
    )


def joined(table: Table, event: Event) -> Table:
    """A player asked to be dealt in, so they are present; older journals have no `is_there`."""
    if not event.hidden.get("is_there"):
        return table
    return table.change(event.data["player"], absences=0)


def bankroll(table: Table, event: Event) -> Table:
    """A player's money as it now is; hidden `bank_open` tells an issue from a cash-out."""
    data = event.data
    return table.change(
        data["player"], bank=data["bank"], stack=data["table_stack"],
        delayed=data["delayed_table_stack"], bank_open=bool(event.hidden["bank_open"]),
    )


def game_opened(table: Table, event: Event) -> Table:
    """A game begins: everybody's timebank is full."""
    full = int(table.config["timebank_limit"]) * 1000
    players = {
        number: replace(player, timebank_ms=full, absences=0, place=None, ahead=0)
        for number, player in table.players.items()
    }
    game = Game(event.data["game_id"], event.data["game_type"])
    return replace(table, players=players, game=game, deal=None)


def end_current_game(table: Table, event: Event) -> Table:
    """The game ends when the hand is over."""
    assert table.game is not None
    return replace(table, game=replace(table.game, ending=True), host_due_ms=None)


def current_game_ended(table: Table, event: Event) -> Table:
    """Back to the lobby: all money went back, and the next game begins for everybody alike."""
    players: Mapping[int, Player] = {
        number: replace(
            player, join_status=ALLOWED, posts=False, missed_small=False, missed_big=False,
            straddles=False, absences=0, has_initial_buy_in=False, bank_open=False,
            bank=0, stack=0, delayed=0, place=None, ahead=0,
        )
        for number, player in table.players.items()
    }
    after = replace(
        table, players=players, game=None, deal=None, host_due_ms=None, own=None
    )
    # Journals from before the choice was undone do not say it, and keep the mode.
    mode = event.data.get("game_mode", table.config["game_mode"])
    return with_game_mode(after, mode, is_chosen=table.is_mode_chosen and mode != UNDEFINED)


def state_config_updated(table: Table, event: Event) -> Table:
    """The configuration changed, at once or from the next hand on.

    Before version 2 it never did; such events only told what it was.
    """
    if "decimals" not in event.hidden:
        return table
    decimals = event.hidden["decimals"]
    config = {**table.config, **event.data["config"], "decimals": decimals}
    if event.data["takes_effect"] != "now":
        return replace(table, pending=config)
    return replace(table, config=config, pending=None)


def game_mode_chosen(table: Table, event: Event) -> Table:
    """The host has chosen what is played."""
    waited = table.config["game_mode"] == UNDEFINED
    return with_game_mode(
        table, event.data["game_mode"], is_chosen=waited or table.is_mode_chosen
    )


def with_game_mode(table: Table, mode: str, *, is_chosen: bool) -> Table:
    """Return the table for another kind of game, in the settings that wait as well."""
    if mode == table.config["game_mode"] and is_chosen == table.is_mode_chosen:
        return table
    pending = table.pending
    return replace(
        table, config={**table.config, "game_mode": mode}, is_mode_chosen=is_chosen,
        pending=None if pending is None else {**pending, "game_mode": mode},
    )


def goodbye(table: Table, event: Event) -> Table:
    """The table has expired and no game runs: a short time to say goodbye."""
    return replace(table, goodbye_until_ms=event.data["until_ms"])


def closed(table: Table, event: Event) -> Table:
    """The table is over."""
    return replace(table, closed=True)


def drained(table: Table, event: Event) -> Table:
    """No new hand is dealt until the process has been restarted."""
    return replace(table, drained=True)


def resumed(table: Table, event: Event) -> Table:
    """The process was away: game clocks move; in a new process a drain is over."""
    moved = clock.shift(table, int(event.data["paused_ms"]))
    return replace(moved, drained=table.drained and not event.data["restarted"])


def chat_message(table: Table, event: Event) -> Table:
    """The newest messages are kept; old journals do not say when one was written."""
    data = event.data
    message = {
        "player": data["player"], "username": data["username"], "message": data["message"],
        "timestamp": event.hidden.get("at_ms"),
    }
    return replace(table, chat=(*table.chat, message)[-CHAT_KEPT:])


FOLDS: Mapping[str, Callable[[Table, Event], Table]] = {
    events.PLAYER_CONNECTED: player_connected,
    events.PLAYER_DISCONNECTED: player_disconnected,
    events.HOST_LEFT: host_left,
    events.PLAYER_SEATED: player_seated,
    events.PLAYER_LEFT: player_gone,
    events.PLAYER_KICKED: player_gone,
    events.PLAYER_LEAVING: leaving,
    events.LEAVING: leaving,
    events.JOIN: joined,
    events.JITSI_ID_CHANGED: jitsi_id_changed,
    events.JOIN_STATUS_UPDATED: join_status_updated,
    events.BANKROLL: bankroll,
    events.GAME_OPENED: game_opened,
    events.END_CURRENT_GAME: end_current_game,
    events.CURRENT_GAME_ENDED: current_game_ended,
    events.STATE_CONFIG_UPDATED: state_config_updated,
    events.GAME_MODE_CHOSEN: game_mode_chosen,
    events.GOODBYE: goodbye,
    events.CLOSED: closed,
    events.DRAINED: drained,
    events.RESUMED: resumed,
    events.CHAT_MESSAGE: chat_message,
    **hand.FOLDS,
    **clock.FOLDS,
}
