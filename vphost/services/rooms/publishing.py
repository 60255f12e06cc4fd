"""Telling a room's listeners what has become durable, after whoever asked was answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

import structlog

from vphost.services.journal.commits import Commit

LOG = structlog.get_logger("vphost.rooms")
Listener: TypeAlias = Callable[[Commit], None]


class Publisher:
    """Calls listeners with each commit in order, one turn of the loop after its answer.

    The turn is what puts the acknowledgement before the broadcast: setting the result of a future
    only schedules its waiter, and `publish` schedules the listeners after that. When one write
    makes several commits durable, this holds for the first of them only; so a connection does not
    rely on it (`web/connection.py`: `answer_up_to`).
    """

    def __init__(self, afterwards: Callable[[Commit], None]) -> None:
        """afterwards: called with each commit after all listeners."""
        self._afterwards = afterwards
        self._listeners: dict[Listener, int] = {}
        self._waiting: deque[Commit] = deque()

    def add(self, listener: Listener, after_seq: int) -> None:
        """Call a listener with commits after a place of the book."""
        self._listeners[listener] = after_seq

    def remove(self, listener: Listener) -> None:
        """Forget a listener; unknown ones are ignored."""
        self._listeners.pop(listener, None)

    def publish(self, commit: Commit) -> None:
        """Call the listeners with a commit in the next turn of the loop."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append(commit)

    def flush(self) -> None:
        """Call the listeners now with all waiting commits. A listener that raises is dropped."""
        while self._waiting:
            commit = self._waiting.popleft()
            for listener, after_seq in list(self._listeners.items()):
                if commit.seq <= after_seq:
                    continue
                try:
                    listener(commit)
                except Exception:
                    LOG.exception("a listener failed and is dropped", room=commit.room)
                    self._listeners.pop(listener, None)
            self._afterwards(commit)
