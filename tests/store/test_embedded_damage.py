"""The embedded store: other names of its file, damaged pages, a log that grew."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.chains import Chain
from vphost.rules.mode import Event, Posting
from vphost.services.journal.checked_journal import CheckedJournal
from vphost.services.journal.commit_codec import ZERO_HASH, draft
from vphost.services.journal.sealing import Sealer
from vphost.services.ports import Journal, Lease, StoreDamaged, StoreRefused
from vphost.services.rooms.lines import COLLECTION, RESTORED
from vphost.store import open_store
from vphost.store.embedded.copying import backup
from vphost.store.embedded.layout import LOG_BYTES_MAX, connect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    opened, _ = await open_store(f"sqlite:{path}")
    yield opened
    await opened.close()


def ours(heartbeat_ms: int) -> Lease:
    return Lease(0, "test", os.getpid(), "here", heartbeat_ms, "")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_store_with_a_second_name_is_refused(path: Path, journal: Journal) -> None:
    other = path.with_name("other.sqlite")
    os.link(path, other)
    for read_only in (False, True):
        with pytest.raises(StoreRefused, match="another name"):
            await open_store(f"sqlite:{other}", read_only=read_only)
    other.unlink()
    again, _ = await open_store(f"sqlite:{path}", read_only=True)
    await again.close()


async def test_a_symbolic_link_leads_to_the_same_lock(path: Path, journal: Journal) -> None:
    await journal.take_lease("main", ours(now_ms()), 5_000)
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    second, _ = await open_store(f"sqlite:{link}")
    try:
        with pytest.raises(StoreRefused, match="living process"):
            await second.take_lease("main", Lease(0, "b", 1, "elsewhere", now_ms(), ""), 0)
    finally:
        await second.close()


def damage(path: Path, needle: bytes, bytes_instead: bytes) -> None:
    """Change bytes of a closed store file as a failing disk would."""
    connection = connect(str(path), read_only=False)
    list(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
    connection.close()
    content = path.read_bytes()
    assert content.count(needle) >= 1, "the needle is in the file"
    path.write_bytes(content.replace(needle, bytes_instead))


async def damaged_store(path: Path, needle: bytes, instead: bytes) -> CheckedJournal:
    first, _ = await open_store(f"sqlite:{path}")
    prev_hash = ZERO_HASH
    for seq in (1, 2, 3):
        record = draft(
            id=f"r:ada:{seq}", book="main", room="r", room_seq_first=seq, room_seq_last=seq,
            mode="toy", mode_version=1, user="ada", op="pay", at_ms=seq,
            events=(Event("paid", {}, postings=MOVE),), sends=(), answer=None, resolves=None,
            sealer=Sealer({"k1": bytes(32)}),
        ).place(seq, prev_hash)
        await first.append([record])
        prev_hash = record.hash
    await first.close()
    damage(path, needle, instead)
    opened, _ = await open_store(f"sqlite:{path}")
    return CheckedJournal(opened)


MOVE = (Posting("user:ada", "PLAY", -7654321), Posting("user:bob", "PLAY", 7654321))


@pytest.mark.parametrize(("needle", "instead"), [
    (b'"user:ada"', b'"user:bda"'), (b"7654321", b"7654329"), (b'"PLAY"', b'"PLBY"'),
    (b'[["user', b'[["u\xffer'), (b'[["user', b'{{"user'), (b'7654321]]{', b'7654329]]{'),
])
async def test_a_damaged_commit_is_not_believed(
    path: Path, needle: bytes, instead: bytes, expect_log: Any
) -> None:
    lines = expect_log("the store is damaged")
    journal = await damaged_store(path, needle, instead)
    try:
        with pytest.raises(StoreDamaged):
            await journal.read("main", 0, 10)
        with pytest.raises(StoreDamaged):
            await journal.read_room("r", 0, 10)
        assert journal.damaged == len(lines) == 1, "once is enough"
    finally:
        await journal.close()


async def test_a_damaged_page_is_found_by_the_check_at_start(path: Path) -> None:
    first, _ = await open_store(f"sqlite:{path}")
    chain = Chain()
    await first.append([chain.next() for _ in range(300)])
    await first.close()
    content = bytearray(path.read_bytes())
    content[-2 * 4096:-4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(StoreRefused, match="is damaged"):
        await open_store(f"sqlite:{path}", check=True)


async def test_the_log_shrinks_after_a_reader_that_pinned_it(
    path: Path, journal: Journal
) -> None:
    chain = Chain()
    await journal.append([chain.next()])
    reader = connect(str(path), read_only=True)
    reader.execute("BEGIN; SELECT count(*) FROM commits").get
    body = os.urandom(1_000_000).hex().encode()
    log = Path(f"{path}-wal")
    for _ in range(20):
        await journal.append([chain.next(body=body)])
    assert log.stat().st_size > 30_000_000
    reader.execute("COMMIT")
    reader.close()
    for _ in range(3):
        await journal.append([chain.next()])
    assert log.stat().st_size <= LOG_BYTES_MAX


async def test_a_copied_file_says_that_it_is_one(path: Path, journal: Journal) -> None:
    await journal.append([Chain().next()])
    backup(path, path.with_name("backup"))
    copied, documents = await open_store(f"sqlite:{path.with_name('backup')}")
    await documents.declare(COLLECTION, (), ())
    assert await documents.get(COLLECTION, RESTORED) is not None
    await copied.close()
