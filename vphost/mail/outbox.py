"""Mail without a server: each letter becomes a file, and a line in the log says which.

A file appears whole or not at all; a letter that is written again replaces its own file.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from vphost.mail.message import message, name_of
from vphost.services.ports import Letter, MailDown, PortUnusable

log = structlog.get_logger("vphost.mail")


class MailFolder:
    """`ports.Mailer` into a folder."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    async def check(self) -> None:
        """Make the folder and try writing into it. Raises: PortUnusable."""
        def work() -> None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self._folder / ".probe"
            probe.write_bytes(b"")
            probe.unlink()

        try:
            await self._run(work)
        except OSError as error:
            raise PortUnusable(f"mail: outbox {self._folder}: {error.strerror}") from None

    async def send(self, letter: Letter) -> None:
        """Write a letter. Raises: MailDown, MailRefused."""
        made = message(letter, self._sender)
        path = self._folder / f"{name_of(letter)}.eml"

        def work() -> None:
            part = path.with_suffix(".part")
            with open(part, "wb", opener=_private) as file:
                file.write(bytes(made))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)

        try:
            await self._run(work)
        except OSError as error:
            raise MailDown(f"outbox: {error.strerror}") from None
        log.info("mail_in_outbox", file=path.name, subject=letter.subject)

    async def close(self) -> None:
        """End the thread once it has finished what it is doing."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self, work: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work)  # type: ignore


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
