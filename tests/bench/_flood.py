"""A flooder: `python -m tests.bench._flood PORT PATH NAME`: one frame, again and again.

Connects, sends as fast as the host reads, and comes again, a moment after it was thrown out.
"""

from __future__ import annotations

import base64
import os
import socket
import sys
import time

WAIT_S = 5.0
AGAIN_S = 0.2
FLOODS: dict[str, tuple[bytes, int]] = {
    "pings": (b"\x89\x80" + bytes(4), 2_000),
    "small broken messages": (b"\x81\x82" + bytes(4) + b"{}", 2_000),
    "large broken messages": (b"\x81\xfe\xff\xff" + bytes(4) + b"x" * 65_535, 1),
}
"""What one frame is, and how many are sent at a time."""


def flood(port: int, path: str, frames: bytes) -> None:
    """Flood over one connection until it ends."""
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as line:
        key = base64.b64encode(os.urandom(16)).decode()
        line.sendall((
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode())
        line.recv(65_536)
        while True:
            line.sendall(frames)
            line.setblocking(False)
            try:
                while line.recv(65_536):
                    pass
            except BlockingIOError:
                pass
            line.settimeout(WAIT_S)


if __name__ == "__main__":
    frame, count = FLOODS[sys.argv[3]]
    sent = frame * count
    while True:
        try:
            flood(int(sys.argv[1]), sys.argv[2], sent)
        except OSError:
            time.sleep(AGAIN_S)
