"""Files as they begin, and files that are none."""

from __future__ import annotations

import struct
import zlib


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + (
    _chunk(b"IDAT", zlib.compress(b"\x00\x00")) + _chunk(b"IEND", b"")
)
GOOD = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40,
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 40,
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\x00" * 40,
    "audio/ogg": b"OggS\x00\x02" + b"\x00" * 40,
}
FRAME = b"\xff\xfb\x90\x00" + b"\x00" * 40
"""Music without a tag."""
BAD = [
    b"<html><script>alert(1)</script></html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"GIF89a" + b"\x00" * 40, b"\x89PNG", b"RIFF\x24\x00\x00\x00WAVEfmt ", b"\xff\xd8", b"x",
    b"%PDF-1.7", b"\xff\xff\xff\xff" + b"\x00" * 20, b"\xff\xfe<\x00h\x00t\x00m\x00l\x00",
    b"\xff\xf3\xf0\x00" + b"\x00" * 20, b"", b" " + PNG,
]
