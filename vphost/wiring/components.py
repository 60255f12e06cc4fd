"""The parts of a process as one ordered list: opened, started, drained and closed in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeAlias

Step: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Component:
    """One part. A step that it does not need is None; one that fails cleans up after itself."""

    name: str
    #: Builds it, or opens what it works with; the parts before it are open.
    open: Step | None = None
    #: Lets it begin to work; all parts are open, and those before it work.
    start: Step | None = None
    #: Lets it end what runs, while the parts before it still work. It gets the reason, for people.
    drain: Callable[[str], Awaitable[None]] | None = None
    #: Gives back what `open` or `start` took, whether or not it was drained.
    close: Step | None = None


class Components:
    """An ordered list of parts, and how far each of them has come."""

    def __init__(self, components: Sequence[Component]) -> None:
        self._components = tuple(components)
        self._entered: list[Component] = []
        self._closing = AsyncExitStack()

    async def start(self) -> None:
        """Open all in order, then start all in order.

        When one fails, those that were opened or started are closed, the last one first, and its
        error is raised.
        """
        try:
            for one in self._components:
                if one.open is not None:
                    await one.open()
                    self._enter(one)
            for one in self._components:
                if one.start is not None:
                    await one.start()
                    self._enter(one)
        except BaseException:
            await self.close()
            raise

    def _enter(self, one: Component) -> None:
        if one in self._entered:
            return
        self._entered.append(one)
        if one.close is not None:
            self._closing.push_async_callback(one.close)

    async def drain(self, reason: str) -> None:
        """Drain those that were opened or started, the last of the list first."""
        for one in reversed(self._components):
            if one in self._entered and one.drain is not None:
                await one.drain(reason)

    async def close(self) -> None:
        """Close those that were opened or started, the last one first; again: nothing happens.

        All are closed, whatever fails; then the last failure is raised.
        """
        self._entered.clear()
        await self._closing.aclose()
