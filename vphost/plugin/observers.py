"""Passes commits to plugins, beside the rooms: each plugin in a task and at a pace of its own.

A plugin gets commits of the modes that it names (`OBSERVED_MODES`); those of other modes are not
even queued for it. Commits are passed on in slices of time, in the order of the book. None is ever
left out: when a plugin is so slow that memory cannot hold all of them, the rest is read from the
journal, and the log says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Set
from functools import partial
from typing import TypeAlias

import structlog

from vphost.plugin.registry import PluginRegistry
from vphost.plugin_api import CommitSeen, StoreDown
from vphost.services.journal.feed import BOUND, Feed, Lag

Missed: TypeAlias = Callable[
    [Set[str] | None, int, int], Awaitable[tuple[list[CommitSeen], int]]
]
"""(modes, after, limit) -> the commits of these modes (None: of all) among the journal's next ones,
and the seq of the last one that was looked at."""
SLICE_S = 0.005
"""How long one turn of the loop passes commits to a plugin."""
SLOW_S = 0.25
"""A call that blocks the loop for longer is named in the log: everybody has to wait for it."""
AT_ONCE = 200
RETRY_S = 2.0
log = structlog.get_logger("vphost.plugins")


async def _nothing(modes: Set[str] | None, after: int, limit: int) -> tuple[list[CommitSeen], int]:
    return [], after


class Observers:
    """All plugins that observe commits."""

    def __init__(
        self, plugins: PluginRegistry, missed: Missed | None = None, bound: int = BOUND
    ) -> None:
        """missed: reads the journal; None when there is none, so that memory keeps everything.

        bound: how many commits memory keeps for a plugin.
        """
        self._observers = {
            name: _Observer(
                name, modes, partial(plugins.after_commit, name), missed or _nothing,
                None if missed is None else bound,
            ) for name, modes in plugins.observed_modes().items()
        }

    def start(self, after: int = 0) -> None:
        """Begin to pass on the commits after a place of the book."""
        for observer in self._observers.values():
            observer.start(after)

    def take(self, commit: CommitSeen) -> None:
        """Queue a commit that has just become durable; called for all, in order of the book."""
        for observer in self._observers.values():
            observer.take(commit)

    def lags(self) -> Mapping[str, Lag]:
        """Return how far each plugin is behind, by its name."""
        return {name: observer.lag() for name, observer in self._observers.items()}

    async def stop(self, bound_s: float) -> None:
        """Pass on what waits, within a time limit, and stop."""
        await asyncio.gather(*(one.stop(bound_s) for one in self._observers.values()))


class _Observer:
    """One plugin. modes: those whose commits it gets, None for all."""

    def __init__(
        self, name: str, modes: frozenset[str] | None, tell: Callable[[CommitSeen], None],
        missed: Missed, bound: int | None,
    ) -> None:
        self._name = name
        self._modes = modes
        self._tell = tell
        self._feed: Feed[CommitSeen] = Feed(partial(missed, modes), bound)
        self._after = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._is_late = False
        self._task: asyncio.Task[None] | None = None

    def start(self, after: int) -> None:
        self._after = after
        self._feed.begin(after)
        self._idle.set()
        self._task = asyncio.create_task(self._run(), name=f"after_commit {self._name}")

    def take(self, commit: CommitSeen) -> None:
        is_wanted = self._modes is None or commit.mode in self._modes
        self._feed.take(commit, is_wanted)
        if is_wanted:
            self._idle.clear()
            self._wake.set()

    def lag(self) -> Lag:
        return self._feed.lag(self._after)

    async def stop(self, bound_s: float) -> None:
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), bound_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._catch_up()
            except StoreDown as error:
                log.warning("after_commit_waits", plugin=self._name, error=str(error))
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _catch_up(self) -> None:
        """Pass on everything that is durable. Raises: StoreDown."""
        while True:
            # Commits arrive here when durable, but a room's listeners get them in the next turn of
            # the loop. They come first: plugins observe what has been broadcast.
            newest = self._feed.newest
            await asyncio.sleep(0)
            self._log_lag()
            commits, reached = await self._feed.next(self._after, AT_ONCE, newest)
            if reached == self._after:
                break
            await self._tell_all(commits)
            self._after = reached
        if not self._wake.is_set():
            self._idle.set()

    async def _tell_all(self, commits: list[CommitSeen]) -> None:
        loop = asyncio.get_running_loop()
        slice_began_s = loop.time()
        for commit in commits:
            began_s = loop.time()
            self._tell(commit)
            now_s = loop.time()
            if now_s - began_s >= SLOW_S:
                log.warning(
                    "after_commit_slow", plugin=self._name, mode=commit.mode, room=commit.room,
                    ms=round(1000 * (now_s - began_s)),
                )
            if now_s - slice_began_s >= SLICE_S:
                await asyncio.sleep(0)
                slice_began_s = loop.time()

    def _log_lag(self) -> None:
        """Log once when memory no longer holds everything that waits, and when it does again."""
        is_late = not self._feed.is_in_memory(self._after)
        if is_late and not self._is_late:
            lag = self.lag()
            log.warning("after_commit_overrun", plugin=self._name, waiting=lag.commits)
        elif self._is_late and not is_late:
            log.info("after_commit_caught_up", plugin=self._name)
        self._is_late = is_late
