"""A real host in a process of its own: started, killed, started again, ended by its id."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 30.0


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class HostProcess:
    """One host on one store; `port` stays the same over restarts."""

    folder: Path
    port: int = field(default_factory=free_port)
    flags: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    output: list[str] = field(default_factory=list)

    @property
    def store(self) -> str:
        """The store's URL."""
        return f"sqlite:{self.folder / 'host.sqlite'}"

    @property
    def origin(self) -> str:
        """The address of the pages."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of run.py on this host's store and folder."""
        return [sys.executable, "run.py", *arguments, "--store", self.store,
                "--var", str(self.folder)]

    def cli(self, *arguments: str) -> tuple[int, Any]:
        """Run an operator's command and return its exit status and its JSON line."""
        done = subprocess.run(
            self.command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        lines = done.stdout.splitlines()
        assert len(lines) == 1, (arguments, done.returncode, done.stdout, done.stderr)
        return done.returncode, json.loads(lines[0])

    def ok(self, *arguments: str) -> Any:
        """Run an operator's command that has to succeed."""
        status, answer = self.cli(*arguments)
        assert status == 0, (arguments, answer)
        return answer

    def start(self) -> None:
        """Start the host and wait until it is ready."""
        log = open(self.folder / "host.log", "ab")
        with log:
            self.process = subprocess.Popen(
                [*self.command("serve", *self.flags), "--port", str(self.port)],
                cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            assert self.process.poll() is None, f"the host ended: {self.log_tail()}"
            assert time.monotonic() < deadline, f"not ready in time: {self.log_tail()}"
            select.select([], [], [], 0.02)

    def is_ready(self) -> bool:
        """Ask /readyz."""
        try:
            with urllib.request.urlopen(f"{self.origin}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def log_tail(self) -> str:
        """Return the end of what the host wrote."""
        return (self.folder / "host.log").read_text()[-4000:]

    def kill(self) -> None:
        """SIGKILL, without a chance to say anything."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        self.process = None

    def terminate(self) -> int:
        """SIGTERM; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process = None
        return status

    def close(self) -> None:
        """End the process, if it lives, by its id."""
        if self.process is not None:
            self.kill()
