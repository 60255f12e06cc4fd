"""REST that makes sense with every mode unplugged: guests and the lobby."""

from __future__ import annotations

import ipaddress

from vphost.web.access import PUBLIC
from vphost.web.base import Base, Problem


class Guest(Base):
    """POST /api/v1/auth/guest/: be somebody, with a little play money."""

    access = {"POST": PUBLIC}

    async def post(self) -> None:
        if self.site.guest is None:
            raise Problem("not_found")
        if self.body() not in (None, {}):
            raise Problem("bad_message", "The body has to be empty.")
        if not self.site.guests_from_anywhere and not is_loopback(self.request.remote_ip):
            raise Problem("forbidden", "Guests are let in on this machine only.")
        if not self.site.guest_rate.take():
            raise Problem("too_many_messages")
        self.answer(await self.site.guest(), 201)


class Lobby(Base):
    """GET /api/v1/lobby/tables/: the open tables."""

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        self.answer({"tables": list(await self.site.lobby())})


def is_loopback(address: str | None) -> bool:
    """Say whether a request comes from this machine."""
    try:
        return ipaddress.ip_address((address or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


ROUTES = [
    (r"/api/v1/auth/guest/", Guest),
    (r"/api/v1/lobby/tables/", Lobby),
]
