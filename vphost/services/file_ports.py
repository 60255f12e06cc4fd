"""The port for storing people's files: in a remote storage, or in the host's own folder.

What may be uploaded, and how much, is decided in `uploads.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vphost.rules.mode import Rejected


@dataclass(frozen=True, slots=True)
class FilePlace:
    """What a file will be. name: `destination/random.extension`. kind: its media type."""

    name: str
    kind: str
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Grant:
    """The request with which one file may be sent."""

    method: str
    url: str
    #: Header fields of the request.
    headers: Mapping[str, str]
    #: Fields of a form, followed by the field `file`; empty when the body is the plain bytes.
    fields: Mapping[str, str]
    #: Where the file can be loaded from afterwards.
    file_url: str
    expires_in_s: int


class Files(Protocol):
    """Where people's files are stored."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins other than this host that browsers have to contact for files."""
        ...

    async def check(self) -> None:
        """Check at start what would fail in use. Raises: PortUnusable."""
        ...

    def grant(self, place: FilePlace) -> Grant:
        """Allow one upload for a while, without asking anybody."""
        ...

    async def close(self) -> None: ...


class Receiving(Protocol):
    """One file that is being received. Exactly one of `finish` and `abort` ends it."""

    async def write(self, chunk: bytes) -> Rejected | None:
        """Add some bytes. Refusals: too_large, unsupported_media_type, storage_full."""
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
    """Files that the host receives and serves itself."""

    def receive(
        self, name: str, expires: str, signature: str, kind: str, length: int, source: str
    ) -> Receiving | Rejected:
        """Begin to receive a file. kind: as announced. length: bytes. source: the client's
        network, which may have only so many uploads at once.

        Refusals: upload_refused (not granted, or too late), unsupported_media_type, too_large,
        storage_full, busy.
        """
        ...

    async def find(self, name: str) -> StoredFile | None: ...

    async def read(self, file: StoredFile, offset: int, length: int) -> bytes: ...
