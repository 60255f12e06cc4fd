"""Which line of the rooms' history a client has seen: a restored store begins another one.

Event numbers of a room begin again where a restored backup ends, so a number alone does not say
which events somebody has seen. Every start begins a line with an id of its own, whatever put the
store where it is, and notes after which commit; a client says with its number on which line it got
it. An older line proves the commits up to where the next one began, and nothing beyond.
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
"""Older ones prove nothing any more."""
NOTHING = -1


class Lines:
    """The lines of one book."""

    def __init__(self) -> None:
        self.current = secrets.token_hex(8)
        self._began = 0
        self._older: list[tuple[str, int]] = []
        self._restored_at: int | None = None

    async def open(self, documents: Documents, book: str, head_seq: int) -> None:
        """Begin this start's line after the newest commit. Raises: StoreDown."""
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
        """Return up to which commit of the book somebody's numbers are surely those of now.

        line: the one on which they were got; None: nobody said, and only restored backups that the
        store knows of are thought of. Returns: None when all are; NOTHING when none is.
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
