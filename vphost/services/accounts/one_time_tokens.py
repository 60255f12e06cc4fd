"""What has been used up: one-time tokens that live for about a minute.

A ticket names the process that gave it (`boot`), and only that one takes it: so what was used
need not be stored, and a restart makes every ticket worthless instead of good once more.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable


class OneTimeTokens:
    """The ids that have been used and are not over yet."""

    def __init__(self, now_s: Callable[[], int]) -> None:
        self.boot = secrets.token_hex(8)
        self._now_s = now_s
        self._used: set[str] = set()
        self._in_order: deque[tuple[int, str]] = deque()

    def __len__(self) -> int:
        return len(self._used)

    def use(self, ticket: str, boot: str, over_s: int) -> bool:
        """Use a ticket up; False when it was used, or is of another process.

        over_s: when it expires, epoch seconds; by then it is refused for that.
        """
        now_s = self._now_s()
        while self._in_order and self._in_order[0][0] < now_s:
            self._used.discard(self._in_order.popleft()[1])
        if boot != self.boot or ticket in self._used:
            return False
        self._used.add(ticket)
        self._in_order.append((over_s, ticket))
        return True
