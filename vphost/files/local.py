"""Files in a folder of the host, which receives and serves them itself.

A grant is an address signed by the host for one name until one time. The file itself uses the
name up: it is linked into its place when it is whole and on the disk, and a link never replaces
an existing file, so that of two uploads, at once or across a restart, exactly one wins. Until
then it has a temporary name that is never served; leftovers are removed at the next start.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import urlencode

import structlog

from vphost.rules.mode import Rejected
from vphost.services.file_ports import FilePlace, Grant, StoredFile
from vphost.services.ports import Clock, PortUnusable
from vphost.services.uploads import DESTINATIONS, bytes_max_of, kind_of, sniffed

GRANT_S = 600
AT_ONCE, AT_ONCE_EACH = 32, 8
"""Uploads received at once, in all and from one source, so that slow clients stop nobody else."""
HEAD = 16
PARTS = ".parts"
_SECONDS = re.compile(r"[0-9]{1,12}")
FULL, WRONG = Rejected("storage_full"), Rejected("unsupported_media_type")
T = TypeVar("T")
log = structlog.get_logger("vphost.files")


class LocalFiles:
    """`file_ports.OwnFiles` in a folder. base: prefix of the files' addresses; set before use."""

    origins = ()

    def __init__(self, folder: Path, key: bytes, bytes_max: int, clock: Clock) -> None:
        """key: signs grants. bytes_max: of all files together."""
        self.base = ""
        self._folder = folder
        self._key = key
        self._bytes_max = bytes_max
        self._clock = clock
        self._held = 0
        self._running: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="files")

    async def check(self) -> None:
        """Make the folders, try writing, and count the bytes stored. Raises: PortUnusable."""
        def work() -> int:
            held = 0
            for name in (PARTS, *DESTINATIONS):
                folder = self._folder / name
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                for file in os.scandir(folder):
                    if name == PARTS:
                        os.unlink(file.path)
                    else:
                        held += file.stat().st_size
            (self._folder / PARTS / "probe").write_bytes(b"")
            (self._folder / PARTS / "probe").unlink()
            return held

        try:
            self._held = await self.run(work)
        except OSError as error:
            raise PortUnusable(f"uploads: {self._folder}: {error.strerror}") from None

    def grant(self, place: FilePlace) -> Grant:
        """Sign an address to which one file may be sent."""
        expires = str(self._clock.calendar_ms() // 1000 + GRANT_S)
        query = urlencode({"expires": expires, "signature": self._sign(place.name, expires)})
        url = f"{self.base}/uploads/{place.name}"
        return Grant("PUT", f"{url}?{query}", {"Content-Type": place.kind}, {}, url, GRANT_S)

    def receive(
        self, name: str, expires: str, signature: str, kind: str, length: int, source: str
    ) -> LocalReceiving | Rejected:
        """Begin to receive a file; refuse it for its signature, type, size or the space left."""
        is_granted = _SECONDS.fullmatch(expires) and signature.isascii() and (
            hmac.compare_digest(signature, self._sign(name, expires))
        )
        if not is_granted or int(expires) * 1000 < self._clock.calendar_ms():
            return Rejected("upload_refused")
        if kind_of(name) != kind:
            return WRONG
        if not 0 < length <= bytes_max_of(name):
            return Rejected("too_large" if length else "bad_message")
        if self._held + length > self._bytes_max:
            log.warning("uploads_full", held=self._held, bytes_max=self._bytes_max)
            return FULL
        if self._running.total() >= AT_ONCE or self._running[source] >= AT_ONCE_EACH:
            return Rejected("busy")
        return LocalReceiving(self, name, self._folder / name, length, source)

    async def find(self, name: str) -> StoredFile | None:
        """Return a file by its name."""
        kind = kind_of(name)
        if not kind:
            return None
        path = self._folder / name
        with suppress(OSError):
            return StoredFile(path, kind, (await self.run(path.stat)).st_size)
        return None

    async def read(self, file: StoredFile, offset: int, length: int) -> bytes:
        """Return up to length bytes of a file from an offset."""
        def work() -> bytes:
            with open(file.path, "rb") as opened:
                opened.seek(offset)
                return opened.read(length)

        return await self.run(work)

    async def close(self) -> None:
        """End the threads once they have finished what they are doing."""
        await asyncio.to_thread(self._threads.shutdown)

    async def run(self, work: Callable[[], T]) -> T:
        """Run on a thread what waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def new_part(self) -> Path:
        """Return a new temporary path for a file that is being received."""
        return self._folder / PARTS / secrets.token_hex(16)

    def count(self, source: str, running: int, held: int) -> None:
        """Add to the number of running uploads of a source, and to the bytes that are held.

        The whole announced size counts from the beginning; an upload that fails gives it back.
        """
        self._running[source] += running
        if not self._running[source]:
            del self._running[source]
        self._held += held

    def _sign(self, name: str, expires: str) -> str:
        return hmac.digest(self._key, f"upload\n{name}\n{expires}".encode(), "sha256").hex()


class LocalReceiving:
    """One file that is being received; its full size counts as used from the beginning."""

    def __init__(
        self, files: LocalFiles, name: str, path: Path, length: int, source: str
    ) -> None:
        self._files = files
        self._name = name
        self._path = path
        self._length = length
        self._source = source
        self._came = 0
        self._head = b""
        self._part = files.new_part()
        self._file: BinaryIO | None = None
        self._is_open = True
        self._disk = asyncio.Lock()
        files.count(source, 1, length)

    async def write(self, chunk: bytes) -> Rejected | None:
        """Write some bytes to the disk; the first HEAD of them have to match the type."""
        self._came += len(chunk)
        if self._came > self._length:
            return Rejected("too_large")
        if len(self._head) < HEAD:
            self._head += chunk[:HEAD - len(self._head)]
            if len(self._head) == HEAD and sniffed(self._head) != kind_of(self._name):
                return WRONG

        def work() -> None:
            if not self._is_open:
                return
            if self._file is None:
                self._file = open(self._part, "xb", opener=_private)
            self._file.write(chunk)

        return await self._on_disk(work)

    async def finish(self) -> Rejected | None:
        """Make the file appear under its name: whole or not at all, and only once."""
        if self._came != self._length or sniffed(self._head) != kind_of(self._name):
            await self.abort()
            return WRONG
        is_new = False

        def work() -> None:
            nonlocal is_new
            assert self._file is not None, "a file has at least a byte"
            self._file.flush()
            os.fsync(self._file.fileno())
            with suppress(FileExistsError):
                os.link(self._part, self._path)
                is_new = True
            _sync_folder(self._path.parent)

        refused = await self._on_disk(work)
        await self._end(is_new)
        if refused is None and not is_new:
            return Rejected("already_uploaded")
        if refused is None:
            log.info("uploaded", file=self._name, bytes=self._length)
        return refused

    async def abort(self) -> None:
        """Discard what was received. Does nothing when called again or after `finish`."""
        await self._end(is_kept=False)

    async def _end(self, is_kept: bool) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._files.count(self._source, -1, 0 if is_kept else -self._length)

        def work() -> None:
            if self._file is not None:
                self._file.close()
            with suppress(FileNotFoundError):
                os.unlink(self._part)

        await self._on_disk(work)

    async def _on_disk(self, work: Callable[[], None]) -> Rejected | None:
        """Run disk work one piece at a time: an upload may be aborted while a chunk is written."""
        try:
            async with self._disk:
                await self._files.run(work)
        except OSError as error:
            log.warning("upload_not_written", file=self._name, error=error.strerror)
            return FULL
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
