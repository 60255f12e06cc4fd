"""Lines of history: after a backup is restored, event numbers mean other events than before.

A room's event numbers continue from where a restored backup ends, so a number alone does not say
which events a client has seen. Every start, for whatever reason, therefore begins a line with an id
of its own and stores after which commit it began; a client sends the line on which it got its
number. A number of an older line is valid up to the commit where the next line began, not beyond.
"""

from __future__ import annotations

import secrets

from vphost.services.ports import Documents, Duplicate, StaleVersion

COLLECTION = "lines"
"""One document per book (`lines`: pairs of id and the newest commit's seq when it began, oldest
first; `restored_at`: the lowest seq at which a backup was put back), and `RESTORED`."""
RESTORED = "restored"
"""Id of a document that only a copied store file has, until a host starts on it."""
LINES_MAX = 64
"""How many are stored; numbers of older lines are no longer accepted."""
NOTHING = -1


class Lines:
    """The lines of one book."""

    def __init__(self) -> None:
        self.current = secrets.token_hex(8)
        self._began = 0
        self._older: list[tuple[str, int]] = []
        self._restored_at: int | None = None

    async def open(self, documents: Documents, book: str, head_seq: int) -> None:
        """Begin this start's line after the newest commit of the book. Raises: StoreDown."""
        await documents.declare(COLLECTION, unique=(), indexed=())
        mark = await documents.get(COLLECTION, RESTORED)
        while True:
            found = await documents.get(COLLECTION, book)
            lines, restored = ([], []) if found is None else (
                list(found.body["lines"]), list(found.body["restored_at"])
            )
            if mark is not None:
                restored = [min([head_seq, *restored])]
            lines = [*lines, [self.current, head_seq]][-LINES_MAX:]
            body = {"lines": lines, "restored_at": restored}
            try:
                if found is None:
                    await documents.insert(COLLECTION, book, body)
                else:
                    await documents.replace(COLLECTION, book, found.version, body)
                break
            except (Duplicate, StaleVersion):
                continue
        if mark is not None:
            await documents.delete(COLLECTION, RESTORED, mark.version)
        self._older = [(str(id), int(began)) for id, began in lines[:-1]]
        self._began = head_seq
        self._restored_at = min(restored, default=None)

    def bound(self, line: str | None) -> int | None:
        """Return up to which commit of the book a client's event numbers are still the same.

        line: the one on which the client got them; None when the client did not say: then only
        restored backups that the store knows of count.
        Returns: None when all numbers are the same, NOTHING when none can be relied on.
        """
        if line is None:
            return self._restored_at
        if line == self.current:
            return None
        ids = [id for id, _ in self._older]
        if line not in ids:
            return NOTHING
        later = self._older[ids.index(line) + 1:]
        return min([self._began, *(began for _, began in later)])
