"""Passwords: Argon2id, computed on threads, a bounded number at a time.

Parameters are OWASP's minimum (19 MiB, two passes, one lane), about 20 ms each; a hash made with
other parameters is replaced when its owner next signs in. Two threads of low priority do the work,
and when too many calls wait, further ones get `Overworked` at once: a flood of sign-ins slows down
those who sign in, but no table. Passwords are compared in NFKC, so that they can be typed on any
keyboard, and are never truncated.
"""

from __future__ import annotations

import asyncio
import os
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
THREADS = 2
WAITING_MAX = 64
"""How many hashes may be computed or wait; further calls are refused."""
SHORTEST, LONGEST = 8, 1024
"""Characters of a password."""
NICENESS = 10


class Overworked(Exception):
    """Too many passwords wait to be hashed; try again in a second."""


class Passwords:
    """Makes and compares hashes. `open` first, `close` at the end."""

    def __init__(
        self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES, waiting_max: int = WAITING_MAX
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=LANES
        )
        self._executor = ThreadPoolExecutor(
            THREADS, thread_name_prefix="passwords", initializer=_be_nice
        )
        self._waiting_max = waiting_max
        self._waiting = 0
        self._nobodys = ""

    async def open(self) -> None:
        """Make the hash that is compared for users who do not exist."""
        self._nobodys = await self._work(lambda: self._hasher.hash(os.urandom(16)))

    async def hash(self, password: str) -> str:
        """Return the hash of a password. Raises: Overworked."""
        text = normal(password)
        return await self._work(lambda: self._hasher.hash(text))

    async def matches(self, hashed: str, password: str) -> bool:
        """Return whether a password fits a hash. hashed: "" for no user, which takes as long.

        Raises: Overworked.
        """
        text = normal(password)
        is_right = await self._work(lambda: self._verify(hashed or self._nobodys, text))
        return is_right and bool(hashed)

    def is_old(self, hashed: str) -> bool:
        """Return whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    async def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, hashed: str, text: str) -> bool:
        try:
            return self._hasher.verify(hashed, text)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, job: Callable[[], T]) -> T:
        if self._waiting >= self._waiting_max:
            raise Overworked
        self._waiting += 1
        future = self._executor.submit(job)
        # Counted until the thread is done, even when the caller has stopped waiting before.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _call_soon(loop, self._count_done))
        return await asyncio.wrap_future(future)

    def _count_done(self) -> None:
        self._waiting -= 1


def normal(password: str) -> str:
    """Return a password in the form in which it is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def fault_of(password: str, *known: str) -> str:
    """Return what is wrong with a new password, "" when nothing is.

    known: what everybody knows about its owner, which the password must not be. Apart from that
    only its length counts (NIST SP 800-63B).
    """
    text = normal(password)
    if len(text) < SHORTEST:
        return f"Has to have at least {SHORTEST} characters."
    if len(text) > LONGEST:
        return f"Has to have at most {LONGEST} characters."
    if any(text.casefold() == normal(one).casefold() for one in known):
        return "Is too easy to guess."
    return ""


def _be_nice() -> None:
    """Lower this thread's priority where the system can (on Linux niceness is per thread)."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # The loop is closed, so the count no longer matters.
        loop.call_soon_threadsafe(call)
