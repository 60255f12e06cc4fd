"""The control socket of a running host: one JSON object per line in, one out.

Three locks keep other users of the machine out, each sufficient by itself: a folder of mode 0700,
a socket of mode 0600, and the kernel's word for who is at the other end. Every call is written to
the audit log with who asked, what, and how it ended; never with the answer, which may be a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import struct
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import orjson
import structlog

from vphost.control.client import NOT_THE_OWNER, OtherHost, Unreachable, call
from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected
from vphost.services.operators.audit import cleaned
from vphost.services.ports import StoreDown

LINE_BYTES_MAX = 256 * 1024
CONNECTIONS_MAX = 16
IDLE_S = 60.0
HANG_UP_S = 1.0
HANG_UP_READS = 16
"""How long, and how many times, a refused connection is still read."""
ANSWER_S = 2.0
"""How long to wait for a host that may be alive before its socket is taken over."""
SUN_PATH_MAX = 100
"""Longest path of a unix socket that all systems accept, bytes."""

Call: TypeAlias = Callable[[str, Mapping[str, Json]], Awaitable[Mapping[str, Json] | Rejected]]
Answer: TypeAlias = Mapping[str, Json] | Rejected
Record: TypeAlias = Callable[[int, str, Mapping[str, Json], Answer], Awaitable[None]]
"""(the system's user id, op, args, outcome): returns when the call is in the audit log."""
AUDIT_NAME = "vphost.audit"
AUDIT = structlog.get_logger(AUDIT_NAME)


@dataclass(frozen=True, slots=True)
class ControlPeer:
    """Who the kernel says is at the other end."""

    pid: int
    uid: int


def place(wanted: Path) -> Path:
    """Return where the socket goes: the wanted path, made absolute, or a private folder of the
    system's temporary directory when that is too long for a socket."""
    path = wanted.absolute()
    if len(os.fsencode(path)) <= SUN_PATH_MAX:
        return path
    return Path(tempfile.mkdtemp(prefix="vphost-")) / "host.sock"


class ControlServer:
    """Listens for operators' calls and hands them to one dispatch function."""

    def __init__(
        self, path: Path, call: Call, uids: frozenset[int] | None = None,
        record: Record | None = None, owner: str = "",
    ) -> None:
        """path: from `place`. uids: who may call; None for the process's own user and root.

        record: awaited before a call is answered; may raise StoreDown. owner: `Lease.owner` of the
        lease that names this socket; calls meant for another owner are refused.
        """
        self.path = path
        self._owner = owner
        self._made: tuple[int, int] | None = None
        self._call = call
        self._uids = frozenset({os.getuid(), 0}) if uids is None else uids
        self._record = record
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Open the socket.

        Raises: OSError when it cannot be opened or a running host has it; PermissionError when the
        folder belongs to another user.
        """
        # Calls are logged whatever the configured level is.
        logging.getLogger(AUDIT_NAME).setLevel(logging.INFO)
        folder = self.path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(folder, 0o700)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        # We hold the lease of our store. If somebody answers here nevertheless, it is the host of
        # another store that shares our folder; if nobody does, the socket was left by a dead one.
        if await asyncio.to_thread(_is_answered, self.path):
            raise OSError(errno.EADDRINUSE, "another host has this folder", str(self.path))
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self.path))
            os.chmod(self.path, 0o600)
            self._made = self._now_there()
        except OSError:
            listener.close()
            raise
        self._server = await asyncio.start_unix_server(
            self._connected, sock=listener, limit=LINE_BYTES_MAX
        )

    async def close(self) -> None:
        """Stop listening, end the open connections, remove the socket."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(OSError):
            if self._made == self._now_there():  # Otherwise it belongs to a new owner by now.
                self.path.unlink()
            self.path.parent.rmdir()

    def _now_there(self) -> tuple[int, int]:
        """Return what identifies the socket that is at the path now. Raises: OSError."""
        found = self.path.stat()
        return found.st_ino, found.st_ctime_ns

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the lines of one connection until it ends, is idle or breaks the protocol."""
        try:
            peer = _peer(writer)
            if peer.uid not in self._uids or len(self._tasks) > CONNECTIONS_MAX:
                code = "busy" if peer.uid in self._uids else "forbidden"
                AUDIT.warning("control_refused", uid=peer.uid, pid=peer.pid, code=code)
                await self._audit(peer, "control.open", {}, Rejected(code))
                await _write(writer, refusal(code))
                await _hang_up(reader, writer)
                return
            while await self._serve_line(reader, writer, peer):
                pass
        except (TimeoutError, ConnectionError):
            pass
        except Exception:
            AUDIT.exception("control_failed")
            with contextlib.suppress(OSError):
                await _write(writer, refusal("internal_error"))
                await _hang_up(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve_line(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: ControlPeer
    ) -> bool:
        """Answer one line; False when it was the last."""
        try:
            async with asyncio.timeout(IDLE_S):
                line = await reader.readline()
        except ValueError:
            await _write(writer, refusal("too_large"))
            await _hang_up(reader, writer)
            return False
        if not line.endswith(b"\n"):
            return False
        request = _request(line)
        if isinstance(request, Rejected):
            AUDIT.warning("control_refused", uid=peer.uid, pid=peer.pid, code=request.code)
            await _write(writer, refusal(request.code, request.detail))
            return True
        op, args, owner = request
        if owner not in ("", self._owner):
            await _write(writer, refusal(NOT_THE_OWNER))
            return True
        try:
            outcome = await self._call(op, args)
        except Exception:
            await self._audit(peer, op, args, Rejected("internal_error"))
            raise
        outcome = await self._audit(peer, op, args, outcome)
        code = outcome.code if isinstance(outcome, Rejected) else None
        AUDIT.info("control_call", uid=peer.uid, pid=peer.pid, op=op, args=cleaned(args), code=code)
        if isinstance(outcome, Rejected):
            await _write(writer, refusal(outcome.code, outcome.detail))
        else:
            await _write(writer, {"ok": True, "answer": outcome})
        return True

    async def _audit(
        self, peer: ControlPeer, op: str, args: Mapping[str, Json], outcome: Answer
    ) -> Answer:
        """Write a call to the audit log and return its outcome.

        When the log cannot be written the outcome is `store_down`, although the operation itself
        was carried out: nothing is answered that is not on record.
        """
        if self._record is not None:
            try:
                await self._record(peer.uid, op, args, outcome)
            except StoreDown:
                return Rejected("store_down")
        return outcome


def refusal(code: str, detail: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """Return the answer to a refused call."""
    text = CODES[code].text if code in CODES else code
    return {"ok": False, "code": code, "message": text, "detail": dict(detail or {})}


def _is_answered(path: Path) -> bool:
    """Return whether a living host listens at a path."""
    try:
        call(str(path), "", {}, ANSWER_S, owner="nobody")
    except Unreachable as error:
        return isinstance(error, OtherHost)
    return True


def _request(line: bytes) -> tuple[str, Mapping[str, Json], str] | Rejected:
    """Return op, args and the owner that the call is meant for ("" for any)."""
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Rejected("bad_message", {"reason": "not JSON"})
    if not isinstance(request, dict) or set(request) - {"owner"} != {"op", "args"}:
        return Rejected("bad_message", {"reason": "an object with op and args"})
    op, args, owner = request["op"], request["args"], request.get("owner", "")
    if not isinstance(op, str) or len(op) > 64 or not isinstance(args, dict):
        return Rejected("bad_message", {"reason": "op is a text, args an object"})
    if not isinstance(owner, str):
        return Rejected("bad_message", {"reason": "owner is a text"})
    return op, args, owner


async def _write(writer: asyncio.StreamWriter, answer: Mapping[str, Json]) -> None:
    writer.write(orjson.dumps(answer) + b"\n")
    async with asyncio.timeout(IDLE_S):
        await writer.drain()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End a connection so that the last answer arrives.

    Closing a socket with unread bytes sends a reset, upon which the peer's kernel may throw away
    an answer that its program has not read yet; so what was sent is read first, within bounds.
    """
    writer.write_eof()
    with contextlib.suppress(TimeoutError, ConnectionError, ValueError):
        async with asyncio.timeout(HANG_UP_S):
            for _ in range(HANG_UP_READS):
                if not await reader.read(LINE_BYTES_MAX):
                    break


def _peer(writer: asyncio.StreamWriter) -> ControlPeer:
    """Return the credentials of the other end, from the kernel."""
    connection = writer.get_extra_info("socket")
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", raw)
    return ControlPeer(pid, uid)
