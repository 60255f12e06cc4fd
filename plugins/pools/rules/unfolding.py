"""What one command causes, told event by event, so that each may see what came before it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from hashlib import blake2b

from plugins.pools.rules.evolve import evolve
from plugins.pools.rules.state import Game, Person
from vphost.rules.mode import EMPTY, Command, Decision, Event, Json, Posting, Send


class Unfolding:
    """The game as it is and as it becomes, while a command is being decided."""

    def __init__(self, game: Game, command: Command, now_ms: int) -> None:
        self._game = game
        self._folded = 0
        self.command = command
        self.args = command.args
        self.now_ms = command.wall(now_ms)
        """The wall clock: all moments of pools are the outside world's."""
        self.events: list[Event] = []
        self.sends: list[Send] = []
        self.answer: Mapping[str, Json] | None = None
        self._drawn = 0

    @property
    def game(self) -> Game:
        """The game after all that was told. Folded when asked for: most commands tell one event
        and ask no more, and the host folds it anyway."""
        while self._folded < len(self.events):
            self._game = evolve(self._game, self.events[self._folded])
            self._folded += 1
        return self._game

    def tell(
        self, name: str, data: Mapping[str, Json], postings: tuple[Posting, ...] = (),
        hidden: Mapping[str, Json] = EMPTY,
    ) -> None:
        """Add an event."""
        self.events.append(Event(name, data, hidden=hidden, postings=postings))

    def fresh_uuid(self) -> str:
        """Return a new id, drawn from the command's seed."""
        self._drawn += 1
        drawn = blake2b(
            self._drawn.to_bytes(4, "big"), key=self.command.seed, digest_size=16
        ).digest()
        return str(uuid.UUID(bytes=drawn, version=4))

    def asker(self) -> Person:
        """Return who asks, as the plugin's own service says."""
        by = self.args["_by"]
        return Person(by["number"], self.command.user, by["name"])

    def is_admin(self) -> bool:
        """Return whether the asker governs this game (the host always does)."""
        by = self.args["_by"]
        return bool(by.get("is_host")) or by["number"] in self.game.admins

    def is_source_admin(self) -> bool:
        """Return whether the asker governs the source of this game (the host always does)."""
        by = self.args["_by"]
        return bool(by.get("is_host") or by.get("is_source_admin"))

    def decision(self) -> Decision:
        """Return what was told."""
        return Decision(tuple(self.events), tuple(self.sends), self.answer)
