"""A command that waits for its answer, and everybody who waits for the same answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from vphost.rules.mode import SYSTEM, Command, Rejected
from vphost.services.journal.commits import Accepted, Commit, Outcome

ID_REUSED = Rejected("id_reused", {"field": "request_id"})
ASKED_DIGITS = 32


class Ask:
    """A command on its way through a room. Cancelling a waiter does not withdraw the command."""

    __slots__ = ("command", "commit_id", "asked", "decided_ms", "done", "_first", "_others")

    def __init__(self, command: Command, commit_id: str) -> None:
        self.command = command
        self.commit_id = commit_id
        self.asked = asked_of(command)
        self.decided_ms = 0
        self.done = False
        self._first: asyncio.Future[Outcome] | None = None
        self._others: list[tuple[Command, asyncio.Future[Outcome]]] | None = None

    def wait(self) -> asyncio.Future[Outcome]:
        """Return the future of the first caller."""
        self._first = asyncio.get_running_loop().create_future()
        return self._first

    def join(self, command: Command) -> asyncio.Future[Outcome]:
        """Return a future for a caller who repeats the id, perhaps with other contents."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if self._others is None:
            self._others = []
        self._others.append((command, future))
        return future

    def answer(self, outcome: Outcome) -> None:
        """Answer everybody who waits; only the first call counts."""
        if self.done:
            return
        self.done = True
        if self._first is not None and not self._first.done():
            self._first.set_result(outcome)
        for command, future in self._others or ():
            if not future.done():
                future.set_result(self._again(outcome, command))

    def _again(self, outcome: Outcome, command: Command) -> Outcome:
        if not _is_same(self.command.op, self.asked, command):
            return ID_REUSED
        if isinstance(outcome, Accepted):
            return Accepted(outcome.commit, repeated=True)
        return outcome


def asked_of(command: Command) -> str:
    """Return a digest of a command's request, which tells a repeat from another use of its id.

    It is "" for the host's own commands, whose ids are made from their contents. Decoded arguments
    are compared, so that the amounts 5, 5.0 and "5.00" are the same. Arguments whose name begins
    with "_" say who asks and may differ.
    """
    if command.user == SYSTEM:
        return ""
    args = {name: value for name, value in command.args.items() if not name.startswith("_")}
    try:
        body = orjson.dumps([command.op, args], default=_plain, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # Arguments that JSON cannot hold never come from a socket.
        return ""
    return hashlib.sha256(body).hexdigest()[:ASKED_DIGITS]


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _is_same(op: str, asked: str, command: Command) -> bool:
    """Return whether a command repeats one with this op and digest; older versions stored no
    digest, so for their commits only the op is compared."""
    return op == command.op and (not asked or asked == asked_of(command))


def first_answer(commit: Commit, command: Command) -> Outcome:
    """Return the answer to a command whose id was committed before."""
    if _is_same(commit.op, commit.asked, command):
        return Accepted(commit, repeated=True)
    return ID_REUSED


def known_outcome(outcome: Outcome) -> asyncio.Future[Outcome]:
    """Return a future that has its outcome already."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    future.set_result(outcome)
    return future
