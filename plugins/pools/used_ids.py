"""Which request ids were used for what, over all games: no single room can know.

A game's room tells a repeat from another use of an id for ever, and so do the documents of sources
and games. But an id belongs to its user, not to a game: here the newest ids are remembered, so that
one which was used in one game is refused in another.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from vphost.plugin_api import Json, Request

IDS_MAX = 20_000
LISTS = ("actions", "targets")
LOOKS = frozenset({
    "ping", "get_opcodes", "authenticate", "list_game_sources_i_am_admin_of", "get_game_details",
    "list_games_for_source", "list_upcoming_games_for_source", "list_games_i_am_admin_of",
    "list_all_betting_pools_for_game", "list_my_open_betting_pools_for_game",
    "list_my_running_betting_pools_for_game", "list_my_resolved_betting_pools_for_game",
    "get_betting_pool_bets_distribution", "get_my_current_balance", "get_my_available_balance",
    "get_my_exposure", "get_leaderboard", "get_leaderboard_for_game",
})
"""Operations that change nothing; their ids are only echoed."""


@dataclass(slots=True)
class Use:
    """What an id was used for. running: requests at work. is_kept: it may have had an effect."""

    asked: str
    running: int = 0
    is_kept: bool = False


class UsedIds:
    """The newest ids of all users."""

    def __init__(self, ids_max: int = IDS_MAX) -> None:
        self._ids_max = ids_max
        self._uses: OrderedDict[tuple[str, str], Use] = OrderedDict()

    def begin(self, user: str, key: str, asked: str) -> bool:
        """Note a request before it is done; False when its id was used for something else."""
        use = self._uses.setdefault((user, key), Use(asked))
        if use.asked != asked:
            return False
        use.running += 1
        if len(self._uses) > self._ids_max:
            self._uses.popitem(last=False)
        return True

    def end(self, user: str, key: str, is_kept: bool) -> None:
        """Note how a request ended; an id that had no effect may be used again."""
        use = self._uses.get((user, key))
        if use is None:
            return
        use.running -= 1
        use.is_kept = use.is_kept or is_kept
        if not use.is_kept and use.running <= 0:
            del self._uses[user, key]


def asked_of(request: Request) -> str:
    """Return a digest of what a request asks for, however its amounts and lists are written."""
    args = {
        name: _canonical(name, value) for name, value in request.args.items() if value is not None
    }
    body = orjson.dumps([request.op, args], default=_plain, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


def _canonical(name: str, value: Json) -> Json:
    if name == "amount":
        return format(Decimal(value).normalize(), "f")
    if name in LISTS and isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return value


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else format(value.normalize(), "f")
