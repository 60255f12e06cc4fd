"""Serves the REST routes of plugins; access and body are checked before the plugin is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from vphost.rules.mode import Json
from vphost.web.access import VERBS
from vphost.web.base import Base, Problem
from vphost.wire.endpoints import Route

Check = Callable[[str, Json], str | None]
"""($id of a schema, body) -> what is wrong with it, None when nothing is."""


class PluginRoute(Base):
    """The base of all; `handler_for` makes a class for each route, with exactly its verbs."""

    route: Route
    check: Check

    async def _serve(self, **groups: str) -> None:
        verb = "GET" if self.request.method == "HEAD" else str(self.request.method)
        body = self.body()
        schema = self.route.schemas.get(verb)
        if schema is None and body is not None:
            raise Problem("bad_message", "No body is expected.")
        if schema is not None:
            wrong = type(self).check(schema, body)
            if wrong is not None:
                raise Problem("bad_message", wrong)
        user = self.caller.id if self.caller else None
        status, answer = await self.route.handle(verb, user, groups, body)
        self.answer(answer, status)


def handler_for(route: Route, check: Check) -> type[PluginRoute]:
    """Return a handler class with exactly the verbs that the route states."""
    verbs: Mapping[str, Any] = {
        verb.lower(): PluginRoute._serve for verb in VERBS if verb in route.access
    }
    body = {"route": route, "check": staticmethod(check), "access": dict(route.access), **verbs}
    return type("PluginRoute", (PluginRoute,), body)


def plain(value: Json) -> Json:
    """Return a body for a validator: Decimals become ints or floats, nothing else changes."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
