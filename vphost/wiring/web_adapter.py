"""What the web layer needs from the services, in its own terms: callers, rooms, guests, balances.
"""

from __future__ import annotations

from collections.abc import Mapping

from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.rules import books
from vphost.rules.mode import Json, Rejected
from vphost.rules.money import to_major
from vphost.services.accounts.accounts import Accounts
from vphost.services.accounts.sign_in import SignIn, Who
from vphost.services.ledger.ledger import Ledger
from vphost.services.rooms.room import Room
from vphost.services.rooms.rooms import Rooms
from vphost.web.area import Area
from vphost.web.base import Problem
from vphost.web.site import Caller, Limits

GRANTED = ("PLAY", "DON")
"""The currencies that a guest gets, if the host has them: for tables and for pools."""


class WebAdapter:
    """Functions for `web.site.Site` and the REST areas, over the services."""

    def __init__(
        self, *, config: Config, accounts: Accounts, area: Area, rooms: Rooms, ledger: Ledger,
        plugins: PluginRegistry, sign_in: SignIn,
    ) -> None:
        self._area = area
        self._sign_in = sign_in
        self._config = config
        self._accounts = accounts
        self._rooms = rooms
        self._ledger = ledger
        self._plugins = plugins

    async def identify(self, token: str) -> Caller | Rejected:
        """Return the caller that an access token names: one of ours, or one that a plugin knows."""
        return await self._known(await self._sign_in.who(token, for_socket=False), token)

    async def identify_socket(self, token: str, room: str) -> Caller | Rejected:
        """Return the caller who opens a socket with a token.

        A one-time token is used up, and is valid only for its table.
        """
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
        """Return whether a one-time token's table, by id or short token, is that of a room."""
        if not room or table.lower() == room.lower():
            return bool(room)
        return await self._area.room_named(table) == room

    async def profile(self, user_id: str) -> Mapping[str, Json]:
        """Return what users see of their own account."""
        user = await self._accounts.by_id(user_id)
        assert user is not None, "the caller has been identified"
        return {
            "id": user.id, "username": user.username, "kind": user.kind.value,
            "email": user.email or None, "is_operator": user.is_operator,
            "joined_at": user.created_at / 1000, "balances": self.balances(user.id),
            **await self._area.profile(user.id), "avatar_url": user.avatar or None,
        }

    async def find_room(self, token: str) -> Room | None:
        """Return a room by its id, or by another name that leads to it."""
        room = await self._rooms.find(token) or await self._rooms.find(token.lower())
        if room is None:
            named = await self._area.room_named(token)
            room = None if named is None else await self._rooms.find(named)
        return room

    async def guest(self) -> Mapping[str, Json]:
        """Create a guest with a grant in each of GRANTED. Raises: Problem when that fails."""
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


def limits_of(config: Config) -> Limits:
    """Return the bounds of the edge as configured."""
    return Limits(
        socket_buffer_bytes=config.send_buffer_bytes_max,
        ping_interval_s=float(config.ping_interval_s),
        ping_timeout_s=float(config.ping_timeout_s),
        messages_per_s=float(config.messages_per_s), message_burst=config.messages_burst,
        message_bytes=config.frame_bytes_max, sockets_per_user=config.sockets_per_user_max,
    )
