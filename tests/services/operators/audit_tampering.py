"""What somebody with a database shell could do to an audit log, and what the check says then.

The same list is used on every store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from vphost.services.operators.audit import HEAD, PLACE, ROWS, Audit, hash_of, row_id
from vphost.services.ports import Document, Documents

Tamper: TypeAlias = Callable[[Documents], Awaitable[None]]


async def row(documents: Documents, seq: int) -> Document:
    """Return a row that is there."""
    found = await documents.get(ROWS, row_id(seq))
    assert found is not None
    return found


async def write(documents: Documents, seq: int, body: dict[str, object]) -> None:
    """Put something in the place of a row."""
    there = await row(documents, seq)
    await documents.replace(ROWS, there.id, there.version, body)


async def alter(documents: Documents) -> None:
    await write(documents, 3, {**(await row(documents, 3)).body, "actor": "user:somebody-else"})


async def alter_and_hash(documents: Documents) -> None:
    body = {**(await row(documents, 3)).body, "outcome": "forbidden"}
    await write(documents, 3, {**body, "hash": hash_of(body)})


async def alter_the_last(documents: Documents) -> None:
    body = {**(await row(documents, 6)).body, "outcome": "forbidden"}
    await write(documents, 6, {**body, "hash": hash_of(body)})


async def add_a_field(documents: Documents) -> None:
    body = {**(await row(documents, 2)).body, "note": "x"}
    await write(documents, 2, {**body, "hash": hash_of(body)})


async def drop(documents: Documents) -> None:
    there = await row(documents, 4)
    await documents.delete(ROWS, there.id, there.version)


async def drop_the_first(documents: Documents) -> None:
    there = await row(documents, 1)
    await documents.delete(ROWS, there.id, there.version)


async def swap(documents: Documents) -> None:
    one, other = await row(documents, 2), await row(documents, 5)
    await write(documents, 2, dict(other.body))
    await write(documents, 5, dict(one.body))


async def truncate(documents: Documents) -> None:
    for seq in (5, 6):
        there = await row(documents, seq)
        await documents.delete(ROWS, there.id, there.version)


async def drop_the_head(documents: Documents) -> None:
    there = await documents.get(HEAD, PLACE)
    assert there is not None
    await documents.delete(HEAD, PLACE, there.version)


TAMPERED: tuple[tuple[Tamper, str], ...] = (
    (alter, "row 3: altered, its hash differs"),
    (alter_and_hash, "row 4: does not follow the row before it"),
    (alter_the_last, "row 6: is not the one that the head names"),
    (add_a_field, "row 2: its fields are not those of a row"),
    (drop, "row 4: missing"),
    (drop_the_first, "row 1: missing"),
    (swap, "row 2: says that it is row 5"),
    (truncate, "row 5 to 6: missing, the head names row 6"),
    (drop_the_head, "the head is missing"),
)


async def six_rows(audit: Audit) -> None:
    """Write six rows."""
    await audit.open()
    for number in range(6):
        await audit.record("uid:0", "user.disable", f"user:{number}", {"number": number})
