"""The only appender of a book. (Skeleton: signatures that others may write against.)"""

from __future__ import annotations

from collections.abc import Callable

from vphost.services.ports import Journal


class Writer:
    """Orders the commits of all rooms and makes them durable, many in one write."""

    def __init__(self, journal: Journal, book: str, on_fenced: Callable[[], None]) -> None:
        """on_fenced: called once when another process owns the book; the process has to stop."""
        raise NotImplementedError

    @property
    def troubled(self) -> bool:
        """Whether the store fails at the moment (readiness answers 503)."""
        raise NotImplementedError

    async def close(self) -> None:
        """Write what waits and stop."""
        raise NotImplementedError
