"""The table's settings: chosen before the first game, changed at any time, told when they count.

While a game runs a change waits for the next hand, so that nobody plays a hand under two sets of
rules; its announcement says so, and it is told once more when it comes into force.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import Currency
from vphost.rules.poker.table import events
from vphost.rules.poker.table.arguments import is_count
from vphost.rules.poker.table.config import changed_config, public_config
from vphost.rules.poker.table.format import CASH
from vphost.rules.poker.table.state import Table
from vphost.rules.poker.table.unfolding import Unfolding

NOW, NEXT_HAND, NEXT_TOURNAMENT = "now", "next_hand", "next_tournament"
MESSAGES = {
    NOW: None, NEXT_HAND: "The new settings take effect with the next hand.",
    NEXT_TOURNAMENT: "The new settings take effect with the next tournament.",
}
"""From when a change counts -> what its creator is told."""
OF_PROTOCOL = (CASH, "T", "TD")
"""Game modes that the protocol names, whether this host has them or not."""
DECIMALS_MAX = 8


def configure(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The host changes some fields; those not named stay as they are.

    args: `config`: the changed fields as an owner writes them, money in major units. `currencies`:
    code -> decimals of those that the host process knows; without it the table's own only.
    Refusals: not_the_host, table_expired, bad_message, bad_config (names every wrong field, also
    one that cannot be changed now).
    """
    table = unfolding.table
    # The table's own decimals stand, whatever the host calls them now: stacks are counted in them.
    currencies = {**(args.get("currencies") or {}), table.currency: table.config["decimals"]}
    if not all(is_count(value) and value <= DECIMALS_MAX for value in currencies.values()):
        return Rejected("bad_message", {"field": "currencies"})
    wanted = changed_config(table.coming, args["config"], {
        code: Currency(code, decimals, "") for code, decimals in currencies.items()
    }, table.formats)
    if isinstance(wanted, Rejected):
        return wanted
    wrong = obstacles(table, wanted)
    if wrong:
        return Rejected("bad_config", {"fields": wrong})
    if {**table.coming, **wanted} != table.coming:
        tell_config(unfolding, wanted, when(table))
    return None


def when(table: Table) -> str:
    """Return from when a change of the settings counts."""
    if table.game is None:
        return NOW
    return NEXT_HAND if table.format.takes_settings(table) else NEXT_TOURNAMENT


def obstacles(table: Table, wanted: Mapping[str, Json]) -> dict[str, str]:
    """Return which fields of a checked configuration cannot be changed now, and why."""
    wrong: dict[str, str] = {}
    if wanted["game_mode"] != table.config["game_mode"]:
        wrong["game_mode"] = "is chosen by itself; here only the one in force may stand"
    if table.game is not None or table.holds_money:
        for name in ("currency", "funding"):
            if wanted[name] != table.config[name]:
                wrong[name] = "cannot change while there is money at the table"
    if any(player.seat is not None and player.seat >= wanted["seats"]
           for player in table.players.values()):
        wrong["seats"] = "are fewer than the seats that are taken"
    return wrong


def tell_config(unfolding: Unfolding, config: Mapping[str, Json], takes_effect: str) -> None:
    """Say what is played, now or from the next hand on. config: checked."""
    before = unfolding.table.config
    unfolding.tell(
        events.STATE_CONFIG_UPDATED,
        {
            "config": public_config(config), "takes_effect": takes_effect,
            "message": MESSAGES[takes_effect],
            "changed": [
                name for name, value in public_config(config).items() if before.get(name) != value
            ],
        },
        hidden={"decimals": config["decimals"]},
    )


def take_over(unfolding: Unfolding) -> None:
    """Bring a change that waits into force; no hand runs."""
    if unfolding.table.pending is not None:
        tell_config(unfolding, unfolding.table.pending, NOW)


def choose_game_mode(unfolding: Unfolding, args: dict[str, Json]) -> Rejected | None:
    """The host says what is played at a table that waits for it.

    Told every time, also when the choice is the same; until the game starts there may be another.
    args: `game_mode`. Refusals: not_the_host, table_expired, bad_message, game_running,
    mode_not_available (this host has no such game mode, or the table was made for another one).
    """
    table, wanted = unfolding.table, args["game_mode"]
    if wanted not in (*OF_PROTOCOL, *table.formats):
        return Rejected("bad_message", {"field": "game_mode"})
    if table.game is not None:
        return Rejected("game_running")
    if wanted not in table.game_modes:
        return Rejected("mode_not_available")
    unfolding.tell(events.GAME_MODE_CHOSEN, {"player": None, "game_mode": wanted})
    return None
