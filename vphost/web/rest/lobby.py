"""REST that makes sense with every mode unplugged: guests, who one is, the lobby."""

from __future__ import annotations

from vphost.web.access import PUBLIC, USER
from vphost.web.base import Base, Problem


class Guest(Base):
    """POST /api/v1/auth/guest/: be somebody, with a little play money."""

    access = {"POST": PUBLIC}

    async def post(self) -> None:
        if self.site.guest is None:
            raise Problem("not_found")
        if self.body() not in (None, {}):
            raise Problem("bad_message", "The body has to be empty.")
        if not self.site.guests_from_anywhere and not self.is_local():
            raise Problem("forbidden", "Guests are let in on this machine only.")
        if not self.site.guest_rate.take():
            raise Problem("too_many_messages")
        self.answer(await self.site.guest(), 201)


class CurrentUser(Base):
    """GET /api/v1/users/current/: who the token names, with his money in major units."""

    access = {"GET": USER}

    async def get(self) -> None:
        assert self.caller is not None, "the access table asked for a user"
        balances = self.site.balances(self.caller.id)
        self.answer({
            "id": self.caller.id, "username": self.caller.name, "balances": dict(balances)
        })


class Lobby(Base):
    """GET /api/v1/lobby/tables/: the open tables."""

    access = {"GET": PUBLIC}

    async def get(self) -> None:
        self.answer({"tables": list(await self.site.lobby())})


ROUTES = [
    (r"/api/v1/auth/guest/", Guest),
    (r"/api/v1/users/current/", CurrentUser),
    (r"/api/v1/lobby/tables/", Lobby),
]
