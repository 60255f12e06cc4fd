"""`python -m tests.fuzz.autobahn [GROUP ...]`: the Autobahn fuzzing client against our framing.

The client is a program of Python 2.7; where none can be found this says so and ends with 0. It is
installed once, into the virtual environment's folder and nowhere else. The server here is an echo
over `web.protocol.StrictProtocol` and nothing more. Prints one JSON line for each group and one for
each case that is neither OK nor informational; ends with 1 when a case failed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler, _WebSocketParams

from vphost.web.protocol import StrictProtocol

SUITE = "autobahntestsuite==25.10.1"
GROUPS = ("1", "2", "3", "4", "5", "6", "7", "9", "10")
MESSAGE_BYTES = 32 << 20
PLACE = Path(sys.prefix) / "autobahn"
CLIENT = (
    "import os, site; site.addsitedir(os.environ['VPHOST_AUTOBAHN']); "
    "from autobahntestsuite.wstest import run; run()"
)
GOOD = frozenset({"OK", "INFORMATIONAL", "NON-STRICT"})


class Echo(WebSocketHandler):
    """Sends back what it hears, text as text."""

    def get_websocket_protocol(self) -> StrictProtocol:
        return StrictProtocol(self, False, _WebSocketParams(
            ping_interval=None, ping_timeout=None, max_message_size=MESSAGE_BYTES,
            compression_options=None,
        ))

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, binary=isinstance(message, bytes))


def python2() -> str | None:
    """Return a Python 2.7 that runs: of VPHOST_PYTHON2, the path, or pyenv's folder."""
    found = [os.environ.get("VPHOST_PYTHON2"), shutil.which("python2.7"), shutil.which("pypy")]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found += [str(one / "bin" / "python2.7") for one in sorted(pyenv.glob("2.7*"))]
    return next((one for one in found if one and Path(one).exists() and _is_27(one)), None)


def _is_27(python: str) -> bool:
    asked = [python, "-c", "import sys; print(sys.version_info[:2])"]
    return "(2, 7)" in subprocess.run(asked, capture_output=True, text=True).stdout


def install(python: str) -> None:
    """Install the suite for that Python, once."""
    if (PLACE / "autobahntestsuite").is_dir():
        return
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--target", str(PLACE), SUITE], check=True, timeout=900,
    )


async def run(python: str, groups: tuple[str, ...], folder: Path) -> dict[str, dict[str, str]]:
    """Let the client fuzz an echo server; return case -> its verdicts."""
    server = HTTPServer(Application([("/", Echo)]), max_buffer_size=2 * MESSAGE_BYTES)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    spec = {
        "outdir": str(folder), "cases": [f"{group}.*" for group in groups],
        "exclude-cases": [], "exclude-agent-cases": {},
        "servers": [{
            "agent": "vphost", "url": f"ws://127.0.0.1:{sockets[0].getsockname()[1]}/",
            "options": {"version": 18},
        }],
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    client = await asyncio.create_subprocess_exec(
        python, "-c", CLIENT, "-m", "fuzzingclient", "-s", str(folder / "spec.json"),
        env={**os.environ, "VPHOST_AUTOBAHN": str(PLACE)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(client.communicate(), 1800)
    finally:
        if client.returncode is None:
            client.kill()
        server.stop()
    if client.returncode:
        raise RuntimeError(f"the client ended with {client.returncode}: {said.decode()[-2000:]}")
    verdicts: dict[str, dict[str, str]] = json.loads(
        (folder / "index.json").read_text())["vphost"]
    return verdicts


def rows(verdicts: dict[str, dict[str, str]]) -> list[dict[str, object]]:
    """Return one row for each group, and one for each case that is not simply good."""
    groups: dict[str, Counter[str]] = {}
    for case, verdict in verdicts.items():
        counts = groups.setdefault(case.split(".")[0], Counter())
        counts[worst(verdict)] += 1
    told: list[dict[str, object]] = [
        {"group": int(group), **dict(sorted(groups[group].items()))}
        for group in sorted(groups, key=int)
    ]
    odd: list[dict[str, object]] = [
        {"case": case, "behavior": verdict["behavior"], "close": verdict["behaviorClose"]}
        for case, verdict in sorted(verdicts.items())
        if worst(verdict) not in ("OK", "INFORMATIONAL")
    ]
    return told + odd


def worst(verdict: dict[str, str]) -> str:
    """Return a case's verdict, that on its close when the behaviour was fine."""
    both = (verdict["behavior"], verdict["behaviorClose"])
    return next((one for one in both if one not in GOOD), both[0])


def main(groups: tuple[str, ...]) -> int:
    """Find a Python 2.7, install, run, tell."""
    python = python2()
    if python is None:
        print(json.dumps({"autobahn": "left out, there is no Python 2.7 here"}))
        return 0
    install(python)
    with tempfile.TemporaryDirectory() as folder:
        verdicts = asyncio.run(run(python, groups, Path(folder)))
    for row in rows(verdicts):
        print(json.dumps({"autobahn": len(verdicts), **row}))
    return int(not verdicts or any(worst(one) not in GOOD for one in verdicts.values()))


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:]) or GROUPS))
