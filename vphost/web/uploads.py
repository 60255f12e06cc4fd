"""/uploads/...: files that the host receives at signed addresses, and serves.

The media type of a file is fixed by its name and was checked when it was received. Even so nothing
in it can run: no sniffing, no scripts, no frames, and a browser that opens it directly saves it.
"""

from __future__ import annotations

import re

from tornado.iostream import StreamClosedError
from tornado.web import stream_request_body

from vphost.rules.mode import Rejected
from vphost.services.file_ports import OwnFiles, Receiving
from vphost.services.guesses import network
from vphost.services.uploads import BYTES_MAX
from vphost.web.access import PUBLIC
from vphost.web.base import Base, Problem

CHUNK = 64 * 1024
BODY_S = 120.0
"""How long one upload may take."""
YEAR_S = 31_536_000
TEXTS = {
    "unsupported_media_type": "The file is not of the type that was granted.",
    "too_large": "The file is too large.", "bad_message": "A file and its length are expected.",
}
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@stream_request_body
class Uploaded(Base):
    """One file. Its bytes are written to the disk as they arrive and never held as a whole."""

    access = {
        "GET": f"{PUBLIC}: whoever knows the random name",
        "PUT": f"{PUBLIC}: whoever has the address that was granted",
    }
    receiving: Receiving | None = None
    refused: Problem | None = None

    def files(self) -> OwnFiles:
        """Return this host's files. Raises: Problem `not_found` when they are stored elsewhere."""
        if self.site.own_files is None:
            raise Problem("not_found")
        return self.site.own_files

    async def prepare(self) -> None:
        """Check everything that can be known before the first byte."""
        self.check_rate()
        await super().prepare()
        if self.request.method == "PUT":
            await self._begin()

    async def _begin(self) -> None:
        files, name = self.files(), self.path_args[0]
        length = self.request.headers.get("Content-Length", "0")
        receiving = files.receive(
            name, self.get_query_argument("expires", ""),
            self.get_query_argument("signature", ""),
            self.request.headers.get("Content-Type", "").strip().lower(),
            int(length[:19]) if length.isdecimal() else 0, network(self.client_ip()),
        )
        if isinstance(receiving, Rejected):
            raise Problem(receiving.code, TEXTS.get(receiving.code, ""))
        self.receiving = receiving
        if await files.find(name) is not None:
            raise Problem("already_uploaded")
        connection = self.request.connection
        assert connection is not None, "it is being served"
        connection.set_max_body_size(BYTES_MAX)  # type: ignore[attr-defined]
        connection.set_body_timeout(BODY_S)  # type: ignore[attr-defined]

    async def data_received(self, chunk: bytes) -> None:
        """Write a piece of the file, or refuse the rest."""
        if self.receiving is None:
            return
        refused = await self.receiving.write(chunk)
        if refused is not None:
            self.refused = Problem(refused.code, TEXTS.get(refused.code, ""))
            await self._forget()

    async def put(self, name: str) -> None:
        """Finish an upload."""
        if self.refused is not None:
            raise self.refused
        assert self.receiving is not None, "it was begun"
        receiving, self.receiving = self.receiving, None
        refused = await receiving.finish()
        if refused is not None:
            raise Problem(refused.code, TEXTS.get(refused.code, ""))
        self.answer({"ok": True}, 201)

    async def get(self, name: str) -> None:
        """Serve a file, piece by piece."""
        files = self.files()
        found = await files.find(name)
        if found is None:
            raise Problem("not_found")
        self.set_header("Content-Type", found.kind)
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", f"public, max-age={YEAR_S}, immutable")
        self.set_header("Accept-Ranges", "bytes")
        piece = wanted(self.request.headers.get("Range", ""), found.size)
        if piece.stop - piece.start < found.size:
            self.set_status(206)
            self.set_header(
                "Content-Range", f"bytes {piece.start}-{piece.stop - 1}/{found.size}"
            )
        self.set_header("Content-Length", str(len(piece)))
        if self.request.method == "HEAD":
            return
        try:
            for offset in range(piece.start, piece.stop, CHUNK):
                self.write(await files.read(found, offset, min(CHUNK, piece.stop - offset)))
                await self.flush()
        except StreamClosedError:
            return

    def compute_etag(self) -> None:
        """Set no ETag: the content of a name never changes."""
        return None

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._leave()

    def on_finish(self) -> None:
        self._leave()

    def _leave(self) -> None:
        """Discard an incomplete file."""
        if self.receiving is not None:
            self.site.spawn(self._forget(), "upload forgotten")

    async def _forget(self) -> None:
        receiving, self.receiving = self.receiving, None
        if receiving is not None:
            await receiving.abort()


def wanted(asked: str, size: int) -> range:
    """Return the bytes that a Range header asks for; all of them for a range that is not served.

    Source: RFC 9110, 14.1.2 and 14.2: a server may ignore the header.
    """
    found = _RANGE.fullmatch(asked)
    if found is None or found[1] == found[2] == "":
        return range(size)
    if found[1] == "":
        piece = range(max(0, size - int(found[2])), size)
    else:
        piece = range(int(found[1]), min(size, int(found[2]) + 1) if found[2] else size)
    return piece if len(piece) else range(size)
