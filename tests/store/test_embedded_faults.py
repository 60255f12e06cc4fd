"""The embedded store against kills, torn files, full disks and other processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import apsw
import pytest

from tests.store.chains import Chain, assert_chained, read_all
from vphost.services.ports import Fenced, Journal, Lease, StoreDown, StoreRefused
from vphost.store import open_store
from vphost.store.embedded.journal import EmbeddedJournal
from vphost.store.embedded.layout import connect
from vphost.store.embedded.lease import Leases
from vphost.store.embedded.threads import DatabaseThread

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program of this folder; it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_program(name: str, path: Path, *more: str) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{HERE}"}
        process = subprocess.Popen(
            [sys.executable, str(HERE / name), str(path), *more], stdout=subprocess.PIPE,
            text=True, env=environment, cwd=ROOT,
        )
        started.append(process)
        return process

    yield start_program
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    opened, _ = await open_store(f"sqlite:{path}")
    yield opened
    await opened.close()


def ours(heartbeat_ms: int) -> Lease:
    return Lease(0, "test", os.getpid(), "here", heartbeat_ms, "")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_a_killed_process_loses_nothing_that_was_acknowledged(
    path: Path, start: Start
) -> None:
    acknowledged: dict[str, str] = {}
    for round_no in range(1, 7):
        process = start("appending_child.py", path)
        assert process.stdout is not None
        assert process.stdout.readline() == f"owner {round_no}\n"
        for _ in range(random.Random(round_no).randrange(1, 400)):
            commit_id, hash = process.stdout.readline().split()
            acknowledged[commit_id] = hash
        process.kill()
        lines = process.stdout.read().splitlines(keepends=True)
        for line in lines:
            if line.endswith("\n"):
                commit_id, hash = line.split()
                acknowledged[commit_id] = hash
        process.wait()
    journal, _ = await open_store(f"sqlite:{path}", read_only=True)
    records = await read_all(journal)
    await journal.close()
    assert_chained(records)
    stored = {record.id: record.hash for record in records}
    assert acknowledged.items() <= stored.items()
    assert len(acknowledged) > 500


async def test_a_torn_log_recovers_to_the_last_whole_commit(
    path: Path, journal: Journal, tmp_path: Path
) -> None:
    chain = Chain()
    sizes = []
    for _ in range(12):
        await journal.append([chain.next(body=b"1" * 3_000)])
        sizes.append(os.path.getsize(f"{path}-wal"))
    log = Path(f"{path}-wal").read_bytes()
    offsets = {offset + slip for offset in sizes for slip in (-1, 0, 1)}
    offsets |= set(range(0, len(log), 1_913))
    for offset in sorted(one for one in offsets if one <= len(log)):
        copy = tmp_path / f"torn-{offset}" / "store.sqlite"
        copy.parent.mkdir()
        shutil.copy(path, copy)
        Path(f"{copy}-wal").write_bytes(log[:offset])
        records = await read_and_go_on(copy)
        assert len(records) == sum(size <= offset for size in sizes), f"torn at {offset}"
        shutil.rmtree(copy.parent)


async def test_a_flipped_byte_in_the_log_ends_it_there(
    path: Path, journal: Journal, tmp_path: Path
) -> None:
    chain = Chain()
    for _ in range(8):
        await journal.append([chain.next(body=b"1" * 3_000)])
    log = Path(f"{path}-wal").read_bytes()
    for offset in range(100, len(log), 4_999):
        copy = tmp_path / f"flipped-{offset}" / "store.sqlite"
        copy.parent.mkdir()
        shutil.copy(path, copy)
        Path(f"{copy}-wal").write_bytes(
            log[:offset] + bytes([log[offset] ^ 0x40]) + log[offset + 1:]
        )
        assert len(await read_and_go_on(copy)) < 8
        shutil.rmtree(copy.parent)


async def read_and_go_on(path: Path) -> list[object]:
    """Return the commits of a store after checking that they chain and that one more fits on."""
    journal, _ = await open_store(f"sqlite:{path}")
    records = await read_all(journal)
    assert_chained(records)
    head = await journal.head("main")
    await journal.append([Chain(seq=head.seq, hash=head.hash).next()])
    await journal.close()
    return list(records)


def test_a_disk_that_fails_takes_nothing_and_recovers(path: Path, start: Start) -> None:
    process = start("limited_child.py", path)
    output, _ = process.communicate(timeout=60)
    words = output.split()
    failed_at = int(words[1])
    assert failed_at > 10
    assert words == [
        "failed-at", str(failed_at), "head-then", str(failed_at - 1),
        "head-after", str(failed_at + 3),
    ]


async def test_a_full_database_is_down_and_recovers(path: Path) -> None:
    connection = connect(str(path), read_only=False)
    pages = connection.pragma("page_count")
    connection.pragma("max_page_count", pages + 20)
    writer = DatabaseThread("store-writer", connection, together=True)
    journal = EmbeddedJournal(writer, writer, Leases(None))
    chain = Chain()
    record = chain.next(body=b"1" * 5_000)
    with pytest.raises(StoreDown, match="full"):
        while True:
            await journal.append([record])
            record = chain.next(body=b"1" * 5_000)
    assert (await journal.head("main")).seq == record.seq - 1
    await writer.run(lambda open_: open_.pragma("max_page_count", pages + 2_000))
    await journal.append([record])
    assert_chained(await read_all(journal))
    await journal.close()


async def test_a_locked_database_is_down_while_reads_go_on(path: Path, journal: Journal) -> None:
    records = Chain().some(2)
    await journal.append(records[:1])
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreDown):
        await journal.append(records[1:])
    assert await read_all(journal) == records[:1]
    other.execute("ROLLBACK")
    other.close()
    await journal.append(records[1:])
    assert await read_all(journal) == records


async def test_a_living_owner_is_named(path: Path, journal: Journal, start: Start) -> None:
    process = start("appending_child.py", path)
    assert process.stdout is not None
    assert process.stdout.readline() == "owner 1\n"
    with pytest.raises(StoreRefused, match=f"pid {process.pid} on here.* ago"):
        await journal.take_lease("main", ours(now_ms()), 60_000)


async def test_a_stopped_owner_keeps_the_book_whatever_its_heartbeat(
    path: Path, journal: Journal, start: Start
) -> None:
    process = start("appending_child.py", path, "idle")  # A writer may be stopped in a write.
    assert process.stdout is not None
    assert process.stdout.readline() == "owner 1\n"
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(StoreRefused, match=f"pid {process.pid}"):
        await journal.take_lease("main", ours(now_ms() + 3_600_000), 60_000)


async def test_a_killed_owner_need_not_be_waited_for(
    path: Path, journal: Journal, start: Start
) -> None:
    process = start("appending_child.py", path)
    assert process.stdout is not None
    assert process.stdout.readline() == "owner 1\n"
    process.kill()
    process.wait()
    previous = await journal.take_lease("main", ours(now_ms()), 60_000)
    assert previous is not None and previous.pid == process.pid


async def test_a_killed_owner_that_nobody_reaped_is_dead(
    path: Path, journal: Journal, start: Start
) -> None:
    process = start("appending_child.py", path)
    assert process.stdout is not None
    assert process.stdout.readline() == "owner 1\n"
    process.kill()
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert await journal.take_lease("main", ours(now_ms()), 60_000) is not None


async def test_an_owner_whose_lock_file_was_removed_is_waited_for_and_then_fenced(
    path: Path, journal: Journal
) -> None:
    await journal.take_lease("main", Lease(0, "a", os.getppid(), "here", 10_000, ""), 5_000)
    os.unlink(f"{path}.lock")
    second, _ = await open_store(f"sqlite:{path}")
    with pytest.raises(StoreRefused, match=f"pid {os.getppid()}"):
        await second.take_lease("main", ours(12_000), 5_000)
    assert (await second.take_lease("main", ours(15_000), 5_000)) is not None
    with pytest.raises(Fenced):
        await journal.append(Chain().some(1))
    with pytest.raises(Fenced):
        await journal.heartbeat("main", 1, 15_001)
    await second.append(Chain().some(1))
    await second.close()


async def test_a_reading_tool_needs_no_lease_and_changes_nothing(
    path: Path, journal: Journal
) -> None:
    await journal.take_lease("main", ours(now_ms()), 60_000)
    records = Chain().some(2)
    await journal.append(records)
    tool, _ = await open_store(f"sqlite:{path}", read_only=True)
    assert await read_all(tool) == records
    with pytest.raises(StoreDown):
        await tool.append([Chain(seq=2, hash=records[1].hash).next()])
    await tool.close()
    assert (await journal.head("main")).seq == 2


def test_every_commit_is_synced(path: Path) -> None:
    connection = connect(str(path), read_only=False)
    assert connection.pragma("journal_mode") == "wal"
    assert connection.pragma("synchronous") == 2
    connection.close()


def test_the_files_are_private(path: Path, journal: Journal) -> None:
    files = sorted(path.parent.glob("store.sqlite*"))
    assert len(files) >= 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("statement", [
    "UPDATE commits SET at_ms = 1",
    "DELETE FROM commits",
    "INSERT OR REPLACE INTO commits SELECT * FROM commits",
    "REPLACE INTO commits SELECT id, book, 2, room, room_seq_first, room_seq_last, at_ms, NULL,"
    " postings, body, hash, hash FROM commits",
    "REPLACE INTO commits SELECT 'new', book, 2, room, room_seq_first, room_seq_last, at_ms,"
    " resolves, postings, body, hash, hash FROM commits",
    "INSERT INTO commits SELECT 'new', book, 3, room, room_seq_first, room_seq_last, at_ms, NULL,"
    " postings, body, hash, hash FROM commits",
    "INSERT INTO commits SELECT 'new', book, 2, room, room_seq_first, room_seq_last, at_ms, NULL,"
    " '[[\"a\", \"PLAY\", 1]]', body, hash, hash FROM commits",
    "INSERT INTO commits SELECT 'new', book, 2, room, room_seq_first, room_seq_last, at_ms, NULL,"
    " '[[\"a\", \"PLAY\", 1.5], [\"b\", \"PLAY\", -1.5]]', body, hash, hash FROM commits",
])
async def test_the_file_itself_refuses_to_rewrite_history(
    path: Path, journal: Journal, statement: str
) -> None:
    record = Chain().next(resolves="hold")
    await journal.append([record])
    shell = apsw.Connection(str(path))
    shell.execute("PRAGMA recursive_triggers = OFF")
    with pytest.raises(apsw.ConstraintError):
        shell.execute(statement)
    shell.close()
    assert await read_all(journal) == [record]


async def test_a_newer_format_is_refused(path: Path) -> None:
    journal, _ = await open_store(f"sqlite:{path}")
    await journal.close()
    shell = apsw.Connection(str(path))
    shell.execute("PRAGMA user_version = 2")
    shell.close()
    with pytest.raises(StoreRefused, match="format 2; this release reads up to 1"):
        await open_store(f"sqlite:{path}")


async def test_another_programs_database_is_refused(path: Path) -> None:
    shell = apsw.Connection(str(path))
    shell.execute("CREATE TABLE theirs (a)")
    shell.close()
    with pytest.raises(StoreRefused, match="another program"):
        await open_store(f"sqlite:{path}")


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    content = b"Dear diary, " * 1_000
    path.write_bytes(content)
    with pytest.raises(StoreRefused, match="not a database"):
        await open_store(f"sqlite:{path}")
    assert path.read_bytes() == content


async def test_a_damaged_header_is_refused(path: Path) -> None:
    journal, _ = await open_store(f"sqlite:{path}")
    await journal.append(Chain().some(3))
    await journal.close()
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)
    path.write_bytes(content)
    with pytest.raises(StoreRefused, match="damaged"):
        await open_store(f"sqlite:{path}")


async def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreRefused, match="cannot be opened"):
        await open_store(f"sqlite:{path}")


@pytest.mark.parametrize("url", [
    "sqlite:", "memory:x", "mongodb://localhost", "mongodb:", "", "x:y",
])
async def test_urls_that_name_no_store_are_refused(url: str) -> None:
    with pytest.raises(StoreRefused):
        await open_store(url)


async def test_a_reading_tool_does_not_make_a_store(path: Path) -> None:
    with pytest.raises(StoreRefused):
        await open_store(f"sqlite:{path}", read_only=True)
    assert not path.exists()


def test_a_file_that_may_not_be_written_is_refused() -> None:
    """The child becomes nobody when the tests run as root, whom no file mode stops."""
    program = (
        "import os, sys; from vphost.store.embedded.layout import connect;"
        " os.geteuid() or os.setuid(65534); connect(sys.argv[1], read_only=False)"
    )
    folder = Path(tempfile.mkdtemp(prefix="vphost-test-"))
    try:
        path = folder / "store.sqlite"
        connect(str(path), read_only=False).close()
        path.chmod(0o444)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True,
            timeout=30,
        )
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
    assert done.returncode == 1
    assert f"StoreRefused: The store {path} cannot be opened: Permission denied." in done.stderr
