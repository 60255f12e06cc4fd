"""One call to a running host through its control socket; blocking, for command-line tools."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import orjson

from vphost.rules.mode import Json

ANSWER_BYTES_MAX = 64 * 1024 * 1024
TIMEOUT_S = 30.0
NOT_THE_OWNER = "not_the_owner"
"""The code with which a host refuses a call that is meant for the owner of another lease."""


class Unreachable(Exception):
    """Nobody answers at the control socket."""


class OtherHost(Unreachable):
    """A running host answers there, but not the one that the call is meant for."""


def call(
    path: str, op: str, args: Mapping[str, Json], timeout_s: float = TIMEOUT_S, owner: str = "",
) -> dict[str, Any]:
    """Return the host's answer: `{"ok": true, "answer"}` or `{"ok": false, "code", ...}`.

    owner: `Lease.owner` of the lease that led here; a host with another one does nothing.
        "": whoever answers.
    Raises: Unreachable when there is no host, it does not answer in time or not in our protocol;
        OtherHost when it is another one.
    """
    line = orjson.dumps({"op": op, "args": args, **({"owner": owner} if owner else {})}) + b"\n"
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
    if answer.get("code") == NOT_THE_OWNER:
        raise OtherHost(f"{path}: the host of another store")
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
