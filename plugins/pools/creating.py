"""From the arguments of `create_game` to the configuration of a room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plugins.pools.asker import Refused
from plugins.pools.rules import targets
from vphost.plugin_api import Currency, Json

CURRENCY = "DON"
ADMINS_MAX = 10
"""Admins of one game."""
HASHTAG_MAX = 64
_WORDS = re.compile(r"\w+")


def room_config(
    args: Mapping[str, Json], currencies: Mapping[str, Currency], opened: bool, now_ms: int
) -> dict[str, Any]:
    """Return a new game's configuration. Raises: Refused."""
    currency = args.get("currency", CURRENCY)
    if currency not in currencies:
        raise Refused("unknown_currency", field="currency")
    open_ms = _future(args.get("open_at"), now_ms)
    close_ms = args.get("close_at")
    if close_ms is not None and close_ms <= (open_ms or now_ms):
        raise Refused(
            "bad_time", field="close_at",
            detail="close_at: it has to lie in the future, after open_at.",
        )
    given = {"actions": args.get("actions", []), "targets": args.get("targets", [])}
    try:
        targets.check_new(given["actions"], given["targets"])
        targets.with_actions({}, given["actions"])
        targets.with_targets({}, given["targets"])
    except targets.BadName as error:
        raise Refused("bad_target", detail=f"{error}.") from None
    name = args["game_name"]
    return {
        "source": args["source_id"], "name": name, "kind": args.get("type", ""),
        "currency": currency, "decimals": currencies[currency].decimals,
        "hashtag": args.get("hashtag") or hashtag(name),
        "open_ms": now_ms if open_ms is None else open_ms,
        "close_ms": close_ms,
        "live_start_ms": now_ms if args.get("live_start_at") is None else args["live_start_at"],
        "live_finish_ms": args.get("live_finish_at"), "admins_max": ADMINS_MAX,
        "opened": opened, **given,
    }


def _future(moment: int | None, now_ms: int) -> int | None:
    """Return a moment to come; one that is over is now (None)."""
    return None if moment is None or moment <= now_ms else moment


def hashtag(name: str) -> str:
    """Return a hashtag made from a name: `#ArgentinaBrazil`."""
    words = [word[:1].upper() + word[1:] for word in _WORDS.findall(name)]
    return "#" + ("".join(words)[:HASHTAG_MAX] or "Game")
