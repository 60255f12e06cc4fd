"""The door to where people's files lie: a remote storage, or the host's own folder.

Beside `ports.py`, which is long enough. What may be uploaded, and how much, is decided in
`uploads.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vphost.rules.mode import Rejected


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file will lie. name: `destination/random.extension`. kind: its media type."""

    name: str
    kind: str
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Grant:
    """How one file may be sent: a request with these header fields; a form with these fields and
    then the field `file`, or (no fields) the plain bytes. file_url: where it lies afterwards."""

    method: str
    url: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]
    file_url: str
    expires_in_s: int


class Files(Protocol):
    """Where people's files lie."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Whom browsers talk to for files beside this host."""
        ...

    async def check(self) -> None:
        """Say at start what would fail at use. Raises: PortUnusable."""
        ...

    def grant(self, place: Place) -> Grant:
        """Allow one upload for a while; needs no answer of anybody."""
        ...

    async def close(self) -> None: ...


class Receiving(Protocol):
    """One file on its way in. Exactly one of `finish` and `abort` ends it."""

    async def write(self, chunk: bytes) -> Rejected | None:
        """Refusals: too_large, unsupported_media_type, storage_full."""
        ...

    async def finish(self) -> Rejected | None:
        """Make it durable. Refusals: already_uploaded, unsupported_media_type, storage_full."""
        ...

    async def abort(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is served. kind: its media type."""

    path: Path
    kind: str
    size: int


class OwnFiles(Files, Protocol):
    """Files that the host takes in and serves itself."""

    def receive(
        self, name: str, expires: str, signature: str, kind: str, length: int, source: str
    ) -> Receiving | Rejected:
        """Begin to take a file in. kind: as announced; length: bytes; source: where they come
        from, and nobody may take up all the room.

        Refusals: upload_refused (not granted, or too late), unsupported_media_type, too_large,
        storage_full, busy.
        """
        ...

    async def find(self, name: str) -> StoredFile | None: ...

    async def read(self, file: StoredFile, offset: int, length: int) -> bytes: ...
