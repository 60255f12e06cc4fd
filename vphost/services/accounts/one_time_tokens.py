"""Which one-time tokens have been used; they live for about a minute.

A token names the process that issued it (`boot`), and only that process accepts it. So used tokens
need not be stored: a restart makes every old token worthless instead of valid once more.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable


class OneTimeTokens:
    """The ids of used tokens that have not expired yet."""

    def __init__(self, now_s: Callable[[], int]) -> None:
        self.boot = secrets.token_hex(8)
        self._now_s = now_s
        self._used: set[str] = set()
        self._in_order: deque[tuple[int, str]] = deque()

    def __len__(self) -> int:
        return len(self._used)

    def use(self, token: str, boot: str, expires_s: int) -> bool:
        """Use a token up; False when it was used before, or is of another process.

        expires_s: when it expires, epoch seconds; after that it need not be remembered.
        """
        now_s = self._now_s()
        while self._in_order and self._in_order[0][0] < now_s:
            self._used.discard(self._in_order.popleft()[1])
        if boot != self.boot or token in self._used:
            return False
        self._used.add(token)
        self._in_order.append((expires_s, token))
        return True
