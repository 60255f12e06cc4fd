"""One call to a living host through its control socket; blocking, for command-line tools."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import orjson

from vphost.rules.mode import Json

ANSWER_BYTES_MAX = 64 * 1024 * 1024
TIMEOUT_S = 30.0


class Unreachable(Exception):
    """Nobody answers at the control socket."""


def call(
    path: str, op: str, args: Mapping[str, Json], timeout_s: float = TIMEOUT_S
) -> dict[str, Any]:
    """Return the host's answer: `{"ok": true, "answer"}` or `{"ok": false, "code", ...}`.

    Raises: Unreachable when there is no host, it does not answer in time, or speaks otherwise.
    """
    line = orjson.dumps({"op": op, "args": args}) + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(path)
            connection.sendall(line)
            answer = orjson.loads(_line(connection))
    except (OSError, ValueError) as error:
        raise Unreachable(f"{path}: {error}") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise Unreachable(f"{path}: not a host")
    return answer


def _line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError("closed without an answer")
        received += part
        if len(received) > ANSWER_BYTES_MAX:
            raise ConnectionError("the answer is too long")
    return bytes(received)
