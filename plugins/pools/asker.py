"""One request on its way: who asks, what, and the answers so far. Refusals are raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vphost.plugin_api import Json, Peer, Rejected, Request


class Refused(Exception):
    """A request that cannot be done; the answer is the error with this code."""

    def __init__(self, code: str, /, **detail: Json) -> None:
        super().__init__(code)
        self.rejected = Rejected(code, detail)


@dataclass(frozen=True, slots=True)
class Answer:
    """One frame for the asker. name: of the response; fields: money in minor units.

    heard_in: a game whose subscribers get the same frame unasked. A subscriber who sent no
    request id, and so awaits no echo, is not told twice.
    """

    name: str
    fields: Mapping[str, Json]
    decimals: int = 2
    heard_in: str | None = None


@dataclass(slots=True)
class Asker:
    """Who asks, and with what. number: their integer id."""

    peer: Peer
    number: int
    request: Request
    answers: list[Answer] = field(default_factory=list)

    @property
    def args(self) -> Mapping[str, Json]:
        """The arguments of the request."""
        return self.request.args

    def by(self, is_source_admin: bool = False) -> Mapping[str, Json]:
        """Return who asks, for a room."""
        return {
            "number": self.number, "name": self.peer.name, "is_source_admin": is_source_admin,
        }

    def say(self, name: str, /, **fields: Json) -> None:
        """Add an answer without money."""
        self.answers.append(Answer(name, fields))
