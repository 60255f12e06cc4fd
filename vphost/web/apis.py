"""Which Api a path belongs to, and refusals in its words, also where no handler is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import structlog

from vphost.rules.codes import CODES
from vphost.rules.mode import Json
from vphost.wire.rest import HOST_API, Api, Refusal, Reply, refuse_plainly

QUERY_MAX, VALUE_MAX = 32, 256
"""How much of a query a refusal may repeat: parameters, and characters of a value."""
log = structlog.get_logger("vphost.web")


class Apis:
    """The Apis of a host, by their prefixes."""

    def __init__(self, apis: Iterable[Api] = ()) -> None:
        """apis: those of plugins; the host's own is always there."""
        found = {one.prefix: one for one in (HOST_API, *apis)}
        self._longest_first = sorted(found.values(), key=lambda one: -len(one.prefix))

    def of(self, path: str) -> Api | None:
        """Return the Api below which a path is or would be: the one with the longest prefix."""
        for api in self._longest_first:
            if path.startswith(api.prefix) or f"{path}/" == api.prefix:
                return api
        return None


def in_words(api: Api, refusal: Refusal) -> tuple[Reply, bytes]:
    """Return a refusal as an Api answers it, and the bytes of its body.

    A plugin's Api that fails here is logged and answered for plainly: nobody is left without.
    """
    try:
        reply = api.refuse(refusal)
        return reply, json.dumps(reply.body, separators=(",", ":")).encode()
    except Exception as error:  # a plugin's bug in the last place that could answer
        log.error(
            "api_cannot_refuse", api=api.name, code=refusal.code, incident=refusal.incident,
            error=repr(error),
        )
    wrong = Refusal(500, "internal_error", CODES["internal_error"].text, refusal.incident)
    plain = refuse_plainly(wrong)
    return plain, json.dumps(plain.body, separators=(",", ":")).encode()


def shown(query: Mapping[str, list[bytes]]) -> Mapping[str, str]:
    """Return the first value of each parameter of a query, cut, for refusals and `identify`."""
    return {
        name[:VALUE_MAX]: values[0].decode("utf-8", "replace")[:VALUE_MAX]
        for name, values in list(query.items())[:QUERY_MAX] if values
    }


def plain_problem(refusal: Refusal) -> Json:
    """Return the body of a refusal outside of every Api."""
    return {
        "ok": False, "code": refusal.code, "message": refusal.text, "id": refusal.incident,
    }
