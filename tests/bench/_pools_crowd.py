"""Thousands of subscribers and a few who bet, in a process of their own: `python -m` this.

Reads one JSON line of settings, then one word a line: `bet` places bets and reports, `end` ends.
Frames are written and read by hand: a client that cost more than the host would measure itself.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import deque
from functools import partial
from typing import Any

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
DISTRIBUTION = re.compile(rb'"t":(\d+)\},"res":360,.*?"bets_count":(\d+),"bettors_count"')
AT_ONCE = 100
"""Sockets that connect at the same time."""
PAUSE_S = 0.002
WAIT_S = 30.0


class Crowd:
    """What all sockets of this process have heard."""

    def __init__(self) -> None:
        self.frames = 0
        self.beats: dict[tuple[int, int], list[float]] = {}
        """(host's moment of a distribution, bets in it) -> [copies, last one's moment, s]."""

    def heard(self, payload: bytes) -> None:
        """Note one text frame that is no answer."""
        self.frames += 1
        found = DISTRIBUTION.search(payload)
        if found is not None:
            beat = self.beats.setdefault((int(found[1]), int(found[2])), [0, 0.0])
            beat[0] += 1
            beat[1] = time.time()


class Line(asyncio.Protocol):
    """One socket."""

    def __init__(self, crowd: Crowd, port: int, path: str) -> None:
        self.crowd = crowd
        self.waiting: deque[asyncio.Future[bytes]] = deque()
        self.opened = asyncio.get_running_loop().create_future()
        self.transport: Any = None
        self.is_closing = False
        self.asked = 0
        self._bytes = bytearray()
        self._hello = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._hello)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_closing:
            sys.exit(f"the host closed a socket: {bytes(self._bytes[:300])!r} {error}")

    def data_received(self, chunk: bytes) -> None:
        self._bytes += chunk
        if not self.opened.done():
            head, found, rest = self._bytes.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head[:20], head
            self._bytes = rest
            self.opened.set_result(None)
        self._take()

    def _take(self) -> None:
        read, line = 0, self._bytes
        while len(line) - read >= 2:
            start, size = read + 2, line[read + 1]
            if size == 126:
                start, size = read + 4, int.from_bytes(line[read + 2:read + 4], "big")
            elif size == 127:
                start, size = read + 10, int.from_bytes(line[read + 2:read + 10], "big")
            if len(line) < start + size:
                break
            self._frame(line[read] & 0xF, bytes(line[start:start + size]))
            read = start + size
        del line[:read]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.write(payload, PONG)
        elif opcode == TEXT and b'"request_id"' in payload[:80]:
            self.waiting.popleft().set_result(payload)
        elif opcode == TEXT:
            self.crowd.heard(payload)

    def write(self, payload: bytes, opcode: int = TEXT) -> None:
        """Send one frame; the mask is all zeros."""
        size = len(payload)
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else (
            bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
        )
        self.transport.write(head + bytes(4) + payload)

    def ask(self, message: dict[str, Any]) -> asyncio.Future[bytes]:
        """Send a request; its future gets the answer. Answers come in order."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        self.asked += 1
        self.write(json.dumps({"header": {"request_id": self.asked}, **message}).encode())
        return future


async def connect(crowd: Crowd, given: dict[str, Any]) -> list[Line]:
    """Open a socket for every token; the first message of each is `given["first"]`."""
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(token: str) -> Line:
        async with gate:
            path = f"{given['path']}?token={token}"
            _, line = await loop.create_connection(
                lambda: Line(crowd, given["port"], path), "127.0.0.1", given["port"]
            )
            await line.opened
            if given["first"] is not None:
                answer = await line.ask(given["first"])
                assert b'"res":666' not in answer, answer
            return line

    return list(await asyncio.gather(*map(one, given["tokens"])))


async def paced(lines: list[Line], bet: dict[str, Any], rate: int, seconds: int) -> dict[str, Any]:
    """Bet so many times a second, on the lines in turn; return how the answers came."""
    accepted: list[float] = []
    took: list[float] = []
    refused: list[bytes] = []

    def note(future: asyncio.Future[bytes], sent: float) -> None:
        now = time.time()
        if b'"res":356' in future.result():
            accepted.append(now)
            took.append((now - sent) * 1000)
        else:
            refused.append(future.result())

    began, placed = time.time(), 0
    while placed < rate * seconds:
        now = time.time()
        due = min(int((now - began) * rate), rate * seconds)
        for number in range(placed, due):
            future = lines[number % len(lines)].ask(bet)
            future.add_done_callback(partial(note, sent=now))
        placed = due
        await asyncio.sleep(PAUSE_S)
    while len(accepted) + len(refused) < placed:
        await asyncio.sleep(PAUSE_S)
    return {"accepted": accepted, "took_ms": took, "refused": [str(one) for one in refused[:3]],
            "refusals": len(refused), "seconds": time.time() - began}


async def all_have_heard(crowd: Crowd, bets: int, sockets: int) -> None:
    """Wait until every socket has the distribution with all bets, at most WAIT_S."""
    end = time.time() + WAIT_S
    while time.time() < end:
        if any(key[1] == bets and beat[0] == sockets for key, beat in crowd.beats.items()):
            return
        await asyncio.sleep(PAUSE_S)


async def flat_out(lines: list[Line], bet: dict[str, Any], window: int, seconds: float) -> int:
    """Bet as fast as answers come, `window` unanswered on every line; return how many."""
    end = time.time() + seconds
    done = 0

    async def one(line: Line) -> None:
        nonlocal done
        asked: deque[asyncio.Future[bytes]] = deque()
        while time.time() < end:
            while len(asked) < window:
                asked.append(line.ask(bet))
            answer = await asked.popleft()
            assert b'"res":356' in answer, answer
            done += 1
        for future in asked:
            await future
            done += 1

    await asyncio.gather(*map(one, lines))
    return done


async def main() -> None:
    """Do what standard input says."""
    loop = asyncio.get_running_loop()
    crowd = Crowd()

    def read() -> str:
        return sys.stdin.readline().strip()

    given = json.loads(await loop.run_in_executor(None, read))
    lines = await connect(crowd, given)
    print(json.dumps({"connected": len(lines)}), flush=True)
    while await loop.run_in_executor(None, read) == "bet":
        crowd.frames, before = 0, time.time()
        crowd.beats.clear()
        some = lines[:given["bettors"]]
        if given["window"]:
            bets = await flat_out(some, given["bet"], given["window"], given["seconds"])
            print(json.dumps({"bets": bets, "seconds": time.time() - before}), flush=True)
            continue
        said = await paced(some, given["bet"], given["rate"], given["seconds"])
        await all_have_heard(crowd, len(said["accepted"]), len(lines))
        beats = [[*key, *beat] for key, beat in sorted(crowd.beats.items())]
        print(json.dumps({**said, "beats": beats, "frames": crowd.frames}), flush=True)
    for line in lines:
        line.is_closing = True
        line.transport.close()


if __name__ == "__main__":
    asyncio.run(main())
