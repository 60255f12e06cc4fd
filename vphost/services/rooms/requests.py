"""A command that waits for its answer, with everybody who asked the same."""

from __future__ import annotations

import asyncio

from vphost.rules.mode import Command, Rejected
from vphost.services.journal.commits import Accepted, Commit, Outcome

ID_REUSED = Rejected("id_reused")


class Ask:
    """A command on its way through a room. Cancelling a waiter does not take the command back."""

    __slots__ = ("command", "commit_id", "decided_ms", "done", "_first", "_others")

    def __init__(self, command: Command, commit_id: str) -> None:
        self.command = command
        self.commit_id = commit_id
        self.decided_ms = 0
        self.done = False
        self._first: asyncio.Future[Outcome] | None = None
        self._others: list[tuple[str, asyncio.Future[Outcome]]] | None = None

    def wait(self) -> asyncio.Future[Outcome]:
        """Return the future of the first who asks."""
        self._first = asyncio.get_running_loop().create_future()
        return self._first

    def join(self, op: str) -> asyncio.Future[Outcome]:
        """Return a future for one who repeats the command, maybe wrongly with another op."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if self._others is None:
            self._others = []
        self._others.append((op, future))
        return future

    def answer(self, outcome: Outcome) -> None:
        """Give the answer to all who wait; only the first call counts."""
        if self.done:
            return
        self.done = True
        if self._first is not None and not self._first.done():
            self._first.set_result(outcome)
        for op, future in self._others or ():
            if not future.done():
                future.set_result(self._again(outcome, op))

    def _again(self, outcome: Outcome, op: str) -> Outcome:
        if op != self.command.op:
            return ID_REUSED
        if isinstance(outcome, Accepted):
            return Accepted(outcome.commit, repeated=True)
        return outcome


def first_answer(commit: Commit, op: str) -> Outcome:
    """Return the answer to a repeat of a committed command."""
    return Accepted(commit, repeated=True) if commit.op == op else ID_REUSED


def known_outcome(outcome: Outcome) -> asyncio.Future[Outcome]:
    """Return a future that has its outcome already."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    future.set_result(outcome)
    return future
