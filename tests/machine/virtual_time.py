"""An event loop whose time passes only when nobody has anything to do: hours in milliseconds.

Timers of the loop fire in their order and to the moment, so that a random test of timeouts, pauses
and outages is quick and takes the same course every time. Work that real threads do (the store)
is waited for in real time, while the loop's own time stands still.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

THREAD_S = 20.0
"""How long a thread may really take, seconds."""


class VirtualSelector(selectors.DefaultSelector):
    """Moves time to the next timer instead of waiting for it."""

    now_s = 0.0
    outside = 0
    """Pieces of work that real threads have to finish."""

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; wait for threads, else jump to the next timer."""
        if self.outside and timeout != 0:
            found = super().select(THREAD_S)
            assert found, "a thread does not answer"
            return found
        found = super().select(0)
        if not found:
            assert timeout is not None, "everybody waits and nothing will ever happen"
            self.now_s += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time; seconds from 0."""

    def __init__(self) -> None:
        self.selector = VirtualSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        """Return the loop's own time."""
        return self.selector.now_s

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Let time stand still while a thread works."""
        self.selector.outside += 1
        try:
            yield
        finally:
            self.selector.outside -= 1

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function on a thread; time stands still meanwhile."""
        self.selector.outside += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, future: asyncio.Future[Any]) -> None:
        self.selector.outside -= 1


class VirtualClock:
    """Game time over the loop's time, epoch ms."""

    def __init__(self, loop: VirtualLoop, start_ms: int) -> None:
        self._loop = loop
        self._offset_ms = start_ms

    def now_ms(self) -> int:
        """Return game time, epoch ms."""
        return self._offset_ms + round(self._loop.time() * 1000)

    def at_least(self, moment_ms: int) -> None:
        """Never go behind what the journal has seen."""
        self._offset_ms += max(0, moment_ms - self.now_ms())

    calendar_ms = now_ms


class Outside:
    """A door to threads: every call of it is waited for in real time."""

    def __init__(self, loop: VirtualLoop, inner: Any) -> None:
        self._loop = loop
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        async def call(*args: Any, **named: Mapping[str, Any]) -> Any:
            with self._loop.outside():
                return await method(*args, **named)

        return call
