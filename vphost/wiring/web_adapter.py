"""What the web layer asks of the services, in its own words: who, which room, which tables."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.rules import books
from vphost.rules.mode import Json, Rejected
from vphost.rules.money import to_major
from vphost.rules.poker.table.summary import TableSummary
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.sign_in import SignIn, Who
from vphost.services.ledger.ledger import Ledger
from vphost.services.ports import Clock
from vphost.services.rooms.border import ModeFault
from vphost.services.rooms.room import Room
from vphost.services.rooms.rooms import Rooms
from vphost.tables.checkout import Checkout
from vphost.tables.tables import MAX_LISTED, Table, Tables
from vphost.web.base import Problem
from vphost.web.site import Caller

LOBBY_MS = 1000
"""How old the lobby's answer may be: drawing it looks into every room."""
GRANTED = ("PLAY", "DON")
"""What a guest gets, as far as the host has it: for tables and for pools."""
MONEY = ("small_blind", "big_blind", "min_buy_in", "max_buy_in")


class WebAdapter:
    """The doors of `web.site.Site`, over the services."""

    def __init__(
        self, *, config: Config, clock: Clock, accounts: Accounts,
        tables: Tables, rooms: Rooms, ledger: Ledger, plugins: PluginRegistry, sign_in: SignIn,
        checkout: Checkout,
    ) -> None:
        self._checkout = checkout
        self._sign_in = sign_in
        self._config = config
        self._clock = clock
        self._accounts = accounts
        self._tables = tables
        self._rooms = rooms
        self._ledger = ledger
        self._plugins = plugins
        self._lobby: list[Mapping[str, Json]] = []
        self._lobby_until = 0

    async def identify(self, token: str) -> Caller | Rejected:
        """Return whom an access token names: one of ours, or one that a plugin knows."""
        return await self._known(await self._sign_in.who(token, for_socket=False), token)

    async def identify_socket(self, token: str, room: str) -> Caller | Rejected:
        """Return who opens a socket with a token; a ticket is used up, for its table only."""
        who = await self._sign_in.who(token, for_socket=True)
        if isinstance(who, Who) and who.table and not await self._is_for(who.table, room):
            return Rejected("not_authenticated")
        return await self._known(who, token)

    async def _known(self, who: Who | Rejected, token: str) -> Caller | Rejected:
        if isinstance(who, Who):
            user = who.user
            return Caller(
                user.id, user.username, user.is_operator, who.session, who.expires_in_s
            )
        known = None if who.code == "token_expired" else self._plugins.authenticate(token)
        if known is None:
            return who
        found = await self._accounts.by_id(known)
        if found is None or found.disabled:
            return Rejected("not_authenticated")
        return Caller(found.id, found.username, found.is_operator)

    async def _is_for(self, table: str, room: str) -> bool:
        """Say whether a ticket's table, by id or short token, is the one of a room."""
        if not room or table.lower() == room.lower():
            return bool(room)
        found = await self._tables.find(table)
        return found is not None and found.id == room

    async def profile(self, user_id: str) -> Mapping[str, Json]:
        """Return what a user sees of himself."""
        user = await self._accounts.by_id(user_id)
        assert user is not None, "the caller has been identified"
        return {
            "id": user.id, "username": user.username, "kind": user.kind.value,
            "email": user.email or None, "is_operator": user.is_operator,
            "joined_at": user.created_at / 1000, "balances": self.balances(user.id),
            "payment_method": await self._checkout.card(user.id),
            "avatar_url": user.avatar or None,
        }

    async def avatar(self, user_id: str) -> str:
        """Return where a user's picture lies, "" for nowhere."""
        user = await self._accounts.by_id(user_id)
        return "" if user is None else user.avatar

    async def find_room(self, token: str) -> Room | None:
        """Return a room by its id, or by its table's short token."""
        room = await self._rooms.find(token) or await self._rooms.find(token.lower())
        if room is None:
            table = await self._tables.find(token)
            room = None if table is None else await self._rooms.find(table.id)
        return room

    async def guest(self) -> Mapping[str, Json]:
        """Make a guest with a grant in each of GRANTED. Raises: Problem when that fails."""
        user = await self._accounts.guest()
        if isinstance(user, Rejected):
            raise Problem("busy")
        grant = [
            posting for code in GRANTED if self._config.currency(code) is not None
            for posting in books.move(
                books.WORLD, books.user(user.id), code, self._config.guest_grant
            )
        ]
        if grant:
            granted = await self._ledger.transact(
                f"guest:{user.id}", grant, {"kind": "guest_grant", "user": user.id}
            )
            if isinstance(granted, Rejected):
                raise Problem(granted.code)
        lifetime_s = self._config.token_lifetime_s
        return {
            "access": await self._sign_in.begin_without_refresh(user.id, lifetime_s),
            "expires_in_s": lifetime_s,
            "user": {"id": user.id, "username": user.username},
        }

    def balances(self, user: str) -> Mapping[str, str]:
        """Return a user's money that is not zero, code -> major units."""
        held = {
            one.code: (self._ledger.balance(books.user(user), one.code), one.decimals)
            for one in self._config.currencies
        }
        return {code: to_major(*amount) for code, amount in held.items() if amount[0]}

    async def lobby(self) -> Sequence[Mapping[str, Json]]:
        """Return the open tables, at most a page; the newest answer may be a second old."""
        now_ms = self._clock.now_ms()
        if now_ms >= self._lobby_until:
            self._lobby_until = now_ms + LOBBY_MS
            tables = await self._tables.list_public("", MAX_LISTED)
            listed = []
            for table in tables:
                if not self._rooms.is_awake(table.id):
                    await asyncio.sleep(0)  # Folding a room takes a while; a hundred would be felt.
                listed.append(self._listed(table))
            self._lobby = listed
        return self._lobby

    def _listed(self, table: Table) -> Mapping[str, Json]:
        config = table.config
        decimals = config.get("decimals", 2)
        room = self._rooms.get(table.id)
        summary: object | None = None
        if room is not None and not room.quarantined:
            with contextlib.suppress(ModeFault):  # The room has said so in the log, and is stopped.
                summary = room.summary()
        known = summary if isinstance(summary, TableSummary) else None
        return {
            "token": table.id, "short_token": table.short_token, "mode": table.mode,
            "name": config.get("name", "Table"), "currency": config.get("currency"),
            "seats": config.get("seats"),
            "seated": 0 if known is None else known.seated,
            "is_running": known is not None and known.game_id is not None,
            "games": [
                {"game": game, "limit": config[game]["limit"]}
                for game in config.get("allowed_games", ()) if game in config
            ],
            **{name: to_major(config[name], decimals) for name in MONEY if name in config},
        }
