"""A host with accounts, and who calls it over real HTTP."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugins.cash import plugin as cash
from tests.web.web_bells import Belfry, belfry
from tests.web.web_edge import Raw, parse_answer
from vphost.rules.mode import Json

PASSWORD = "correct horse"
API = "/api/v1/"


@dataclass(frozen=True)
class Answer:
    """An answer, its JSON decoded; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Json

    @property
    def code(self) -> str:
        """The code of a refusal."""
        assert set(self.body) == {"detail", "code"}, self.body
        return str(self.body["code"])


@dataclass
class People:
    """Calls to a host. outbox: where its letters lie."""

    host: Belfry
    outbox: Path
    read: set[str] = field(default_factory=set)

    async def call(
        self, verb: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> Answer:
        """Make one call below /api/v1/. headers: `If_Match` becomes If-Match."""
        raw = b"" if body is None else body if isinstance(body, bytes) else _json(body)
        lines = [
            f"{verb} {API}{path} HTTP/1.1", f"Host: 127.0.0.1:{self.host.port}",
            "Connection: close", f"Content-Length: {len(raw)}",
            *([] if "Content_Type" in headers else ["Content-Type: application/json"]),
            *([f"Authorization: Bearer {token}"] if token else []),
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        async with Raw.connected(self.host.port) as connection:
            await connection.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
            status, found, content = parse_answer(await connection.read_all())
        return Answer(status, found, json.loads(content) if content else None)

    async def get(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """GET anything; return status, header fields and bytes."""
        async with Raw.connected(self.host.port) as connection:
            await connection.write(
                f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
            )
            return parse_answer(await connection.read_all())

    async def post(self, path: str, body: Any = None, token: str = "") -> Answer:
        """POST below auth/."""
        return await self.call("POST", f"auth/{path}", body, token)

    async def letter(self, to: str) -> tuple[str, str]:
        """Wait for the next letter to an address; return its subject and the key in it."""
        for _ in range(1000):
            for file in sorted(self.outbox.glob("*.eml")):
                message = email.message_from_bytes(
                    file.read_bytes(), policy=email.policy.default
                )
                if file.name not in self.read and message["To"] == to:
                    self.read.add(file.name)
                    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
                    key = re.search(r"#key=(\S+)", text)
                    return str(message["Subject"]), key[1] if key else ""
            await asyncio.sleep(0.01)
        raise AssertionError(f"no letter came to {to}")

    async def register(self, name: str, password: str = PASSWORD) -> None:
        """Make a confirmed account `name@example.org`."""
        mail = f"{name}@example.org"
        answer = await self.post(
            "registration/", {"email": mail, "username": name, "password": password}
        )
        assert answer.status == 201, answer
        _, key = await self.letter(mail)
        assert (await self.post("confirm-email/", {"key": key})).status == 200

    async def sign_in(self, name: str, password: str = PASSWORD) -> dict[str, str]:
        """Return a pair of tokens."""
        answer = await self.post(
            "token/", {"email": f"{name}@example.org", "password": password}
        )
        assert answer.status == 200, answer
        return dict(answer.body)

    async def is_good(self, token: str) -> bool:
        """Say whether an access token is taken."""
        return (await self.call("GET", "users/current/", token=token)).status == 200

    @asynccontextmanager
    async def socket(self, token: str, room: str = "belfry") -> AsyncIterator[Raw]:
        """Open a socket with a token and wait until it is in."""
        async with Raw.connected(self.host.port) as raw:
            await raw.upgrade(self.host.port, f"/ws/bells/{room}/?token={token}")
            first = await raw.message()
            assert first["event"] == "user_connected", first
            yield raw

    async def refused(self, token: str, room: str = "belfry") -> int:
        """Open a socket that is refused before any event; return its close code."""
        async with Raw.connected(self.host.port) as raw:
            await raw.upgrade(self.host.port, f"/ws/bells/{room}/?token={token}")
            first = await raw.message()
            assert first["event"] == "auth_error", first
            return await raw.close_code()


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


@asynccontextmanager
async def people(folder: Path, **settings: Any) -> AsyncIterator[People]:
    """Run a host whose answers are checked against their schemas."""
    async with belfry(folder, more={"cash": cash}, **settings) as host:
        host.app.site.checks_answers = True
        yield People(host, folder / "outbox")
