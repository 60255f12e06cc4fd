"""The ends of what the host's own folder takes: in time, and at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.services.hand_clock import HandClock
from tests.uploads.samples import PNG
from vphost.files.local import AT_ONCE, AT_ONCE_EACH, GRANT_S, LocalFiles, LocalReceiving
from vphost.rules.mode import Rejected
from vphost.services.file_ports import FilePlace

KIND = "image/png"


def named(number: int) -> str:
    """Return the name of a picture."""
    return f"player_avatars/{number:032x}.png"


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[LocalFiles]:
    made = LocalFiles(tmp_path, b"k" * 32, 1 << 20, HandClock())
    made.base = "https://play.example.org"
    await made.check()
    yield made
    await made.close()


def begun(
    files: LocalFiles, name: str, length: int, source: str = ""
) -> LocalReceiving | Rejected:
    """Begin an upload with leave. source: "": another one for every name."""
    query = parse_qs(urlsplit(files.grant(FilePlace(name, KIND, 1 << 20)).url).query)
    return files.receive(
        name, query["expires"][0], query["signature"][0], KIND, length, source or name
    )


async def test_a_grant_ends_at_its_second(files: LocalFiles) -> None:
    clock = files._clock
    assert isinstance(clock, HandClock)
    query = parse_qs(urlsplit(files.grant(FilePlace(named(1), KIND, 1 << 20)).url).query)
    end_s, signature = query["expires"][0], query["signature"][0]
    start_ms = clock.calendar_ms()
    clock.wall_ms += int(end_s) * 1000 - start_ms
    assert GRANT_S * 1000 - 1000 < clock.calendar_ms() - start_ms <= GRANT_S * 1000
    receiving = files.receive(named(1), end_s, signature, KIND, len(PNG), "192.0.2.1")
    assert isinstance(receiving, LocalReceiving)
    await receiving.abort()
    clock.wall_ms += 1
    late = files.receive(named(1), end_s, signature, KIND, len(PNG), "192.0.2.1")
    assert late == Rejected("upload_refused")


async def test_so_many_come_in_at_once_and_who_breaks_off_makes_room(files: LocalFiles) -> None:
    running = [begun(files, named(number), len(PNG)) for number in range(AT_ONCE)]
    assert all(isinstance(one, LocalReceiving) for one in running)
    assert begun(files, named(AT_ONCE), len(PNG)) == Rejected("busy")
    first = running[0]
    assert isinstance(first, LocalReceiving)
    await first.abort()
    await first.abort()
    last = begun(files, named(AT_ONCE), len(PNG))
    assert isinstance(last, LocalReceiving)
    assert begun(files, named(AT_ONCE + 1), len(PNG)) == Rejected("busy")
    assert await last.write(PNG[:10]) is None and await last.write(PNG[10:]) is None
    assert await last.finish() is None
    found = await files.find(named(AT_ONCE))
    assert found is not None and await files.read(found, 0, 1000) == PNG


async def test_who_sends_slowly_takes_up_a_part_of_the_room(files: LocalFiles) -> None:
    slow = [begun(files, named(1), len(PNG), "192.0.2.1") for _ in range(AT_ONCE_EACH)]
    assert begun(files, named(2), len(PNG), "192.0.2.1") == Rejected("busy")
    other = begun(files, named(3), len(PNG), "192.0.2.2")
    for one in (slow[0], other):
        assert isinstance(one, LocalReceiving)
        await one.abort()
    assert isinstance(begun(files, named(2), len(PNG), "192.0.2.1"), LocalReceiving)


async def test_who_gives_up_while_bytes_are_written_leaves_nothing(
    files: LocalFiles, tmp_path: Path
) -> None:
    for number in range(100):
        for is_late in (False, True):
            receiving = begun(files, named(number), len(PNG))
            assert isinstance(receiving, LocalReceiving)
            both = [receiving.write(PNG), receiving.abort()]
            await asyncio.gather(*(reversed(both) if is_late else both))
    assert not list((tmp_path / ".parts").iterdir())


async def test_what_is_announced_counts_until_it_is_over_and_a_start_counts_again(
    files: LocalFiles, expect_log: Callable[[str], list[str]], tmp_path: Path
) -> None:
    expect_log("uploads_full")
    half = 1 << 19
    first = begun(files, named(1), half)
    second = begun(files, named(2), half)
    assert isinstance(first, LocalReceiving) and isinstance(second, LocalReceiving)
    assert begun(files, named(3), 1) == Rejected("storage_full")
    await second.abort()
    assert await first.write(PNG.ljust(half, b"\0")) is None
    assert await first.finish() is None
    (tmp_path / ".parts" / "left").write_bytes(b"of a kill")
    await files.check()
    assert not list((tmp_path / ".parts").iterdir())
    assert begun(files, named(3), half + 1) == Rejected("storage_full")
    third = begun(files, named(3), half)
    assert isinstance(third, LocalReceiving)
    assert await third.write(b"x" * (half + 1)) == Rejected("too_large")
    await third.abort()
