"""The host as a whole: start, restart, drain, refusals at start, the demo, the sample plugin."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog

from tests.web.web_bells import BellMode, belfry, bell_plugin
from tests.web.web_edge import EchoCodec, Raw
from vphost import app as wholes, logs
from vphost.app import App
from vphost.config.settings import BOOK, Config
from vphost.plugin.observers import Observers
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.plugin_api import Command, CommitSeen, hookimpl
from vphost.rules import books
from vphost.rules.mode import Rejected
from vphost.rules.money import Currency
from vphost.services.accounts.accounts import Kind
from vphost.services.journal.feed import Lag
from vphost.services.ports import StoreRefused
from vphost.services.rooms.loading import MARKS
from vphost.store import open_store
from vphost.web.access import AccessNotStated
from vphost.wire.endpoints import Route

ROOT = Path(__file__).parents[1]


def config(folder: Path, **settings: Any) -> Config:
    """Return settings of a host on a file in a folder, on a free port."""
    return Config(**{"store": f"sqlite:{folder / 'a.sqlite'}", "var": folder, "port": 0,
                     "drain_s": 5, **settings})


def plugins(**modules: Any) -> PluginRegistry:
    """Return a plugin host with the bell mode and these plugins."""
    host = PluginRegistry()
    host.add("bells", bell_plugin(EchoCodec()))
    for name, module in modules.items():
        host.add(name, module)
    return host


def module(**hooks: Any) -> Any:
    """Return a plugin with these hooks."""
    made: Any = ModuleType("plugin")
    made.VPHOST_CONTRACT = 1
    for name, function in hooks.items():
        setattr(made, name, hookimpl(function))
    return made


async def get(app: App, path: str) -> tuple[int, bytes]:
    """Return status and body of a page."""
    async with Raw.connected(app.address[1]) as raw:
        await raw.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        head, _, body = (await raw.read_all()).partition(b"\r\n\r\n")
        return int(head.split()[1]), body


# -- start and stop --------------------------------------------------------------------------


async def test_a_start_that_is_refused_leaves_a_mark_of_when_play_stopped(tmp_path: Path) -> None:
    """It had the lease, whose heartbeat then says no more when the players were last served."""
    app = App(config(tmp_path), plugins=plugins())
    await app.start()
    await app.house.rooms.create("belfry", "bells", {})
    await app.stop()
    stopped_ms = await heartbeat_ms(tmp_path)
    keys = config(tmp_path).sealing_keys
    keys.chmod(0o644)
    with pytest.raises(StoreRefused, match="mode is 0644"):
        await App(config(tmp_path), plugins=plugins()).start()
    assert await heartbeat_ms(tmp_path) > stopped_ms
    assert await mark(tmp_path) == {"since_ms": stopped_ms}
    keys.chmod(0o600)
    app = App(config(tmp_path), plugins=plugins())
    await app.start()
    await app.house.rooms.all_back()
    await app.stop()
    assert await mark(tmp_path) is None


async def heartbeat_ms(folder: Path) -> int:
    """Return when the store's owner was last alive."""
    journal, _ = await open_store(config(folder).store, read_only=True)
    lease = await journal.read_lease(BOOK)
    await journal.close()
    assert lease is not None
    return lease.heartbeat_ms


async def mark(folder: Path) -> Any:
    """Return what tells since when not all rooms have been awake."""
    journal, documents = await open_store(config(folder).store, read_only=True)
    found = await documents.get(MARKS, BOOK)
    await journal.close()
    return None if found is None else found.body


async def test_what_happened_is_there_after_a_restart(tmp_path: Path) -> None:
    for rings in (0, 3):
        app = App(config(tmp_path), plugins=plugins())
        await app.start()
        room = app.house.rooms.get("belfry") or await app.house.rooms.create("belfry", "bells", {})
        assert room.state.rings == rings
        if not rings:
            from vphost.plugin_api import Command
            await room.submit(Command("c1", "u", "ring", {"times": 3}))
        await app.stop()


async def test_a_jump_of_the_clock_is_told_in_readyz(tmp_path: Path, expect_log: Any) -> None:
    expect_log("the clock jumped")
    async with belfry(tmp_path) as host:
        clock = host.app.house.clock
        real = clock.calendar_ms
        clock.calendar_ms = lambda: real() + 25 * 3_600_000  # type: ignore[method-assign]
        host.app.house.rooms.watch.beat()
        status, body = await get(host.app, "/readyz")
        told = json.loads(body)
        assert (status, told["ok"], told["clock"]["jumps"]) == (200, True, 1)
        assert round(told["clock"]["last_jump"]) == 25 * 3_600


async def test_a_plugin_that_is_overrun_hears_of_everything(
    tmp_path: Path, expect_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_log("after_commit_overrun")
    monkeypatch.setattr(wholes, "Observers", functools.partial(Observers, bound=2))
    heard: dict[str, list[CommitSeen]] = {"all": [], "bells": [], "cash": []}
    watchers = {}
    for name, found in heard.items():
        watcher = module(after_commit=lambda commit, found=found: found.append(commit))
        watcher.OBSERVED_MODES = None if name == "all" else (name,)
        watchers[f"of_{name}"] = watcher
    app = App(config(tmp_path), plugins=plugins(**watchers))
    await app.start()
    try:
        room = await app.house.rooms.create("belfry", "bells", {})
        await asyncio.gather(*(
            room.submit(Command(f"c{number}", "u", "ring")) for number in range(200)
        ))
        async with asyncio.timeout(20):
            while any(len(heard[name]) < 201 for name in ("all", "bells")):
                await asyncio.sleep(0.01)
    finally:
        await app.stop()
    told = [commit.id for commit in heard["all"] if commit.op == "ring"]
    assert told == [f"belfry:u:c{number}" for number in range(200)]
    assert [one.seq for one in heard["bells"]] == [one.seq for one in heard["all"]]
    assert not heard["cash"]


async def test_readyz_names_who_is_behind(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host:
        lags = {"statistics": Lag(0, 0), "pools": Lag(3, 999)}
        host.app.site.lags = lambda: lags
        assert await get(host.app, "/readyz") == (200, b'{"ok":true,"draining":false}')
        lags["statistics"] = Lag(12_000, 8_400)
        status, body = await get(host.app, "/readyz")
        assert (status, json.loads(body)) == (200, {
            "ok": True, "draining": False,
            "behind": {"statistics": {"commits": 12_000, "seconds": 8}},
        })


async def test_a_draining_host_is_not_ready_and_takes_nobody(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        assert await get(host.app, "/readyz") == (200, b'{"ok":true,"draining":false}')
        host.app.site.is_draining = True
        assert (await get(host.app, "/readyz"))[0] == 503
        await raw.write((
            f"GET {await host.path('ann')} HTTP/1.1\r\nHost: 127.0.0.1:{host.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode())
        assert b" 503 " in await raw.reader.readuntil(b"\r\n")
        await host.app.stop()


async def test_the_hooks_of_a_life_are_called_in_order(tmp_path: Path) -> None:
    life: list[str] = []
    watcher = module(
        startup=lambda host: life.append("startup"),
        shutdown=lambda: life.append("shutdown"),
        after_commit=lambda commit: life.append(commit.op),
    )
    app = App(config(tmp_path), plugins=plugins(watcher=watcher))
    await app.start()
    await app.house.rooms.create("belfry", "bells", {})
    await app.stop()
    assert life == ["startup", "create", "drain", "shutdown"] or life == [
        "startup", "create", "shutdown"
    ]


async def test_a_plugin_reaches_the_host_through_its_door(tmp_path: Path) -> None:
    from vphost.plugin_api import Accepted, Command, Host, Rejected

    doors: list[Host] = []

    def startup(host: Host) -> None:
        doors.append(host)

    app = App(config(tmp_path), plugins=plugins(guest=module(startup=startup)))
    await app.start()
    door = doors[0]
    await door.create_room("r", "bells", {})
    assert isinstance(await door.send("r", Command("c", "u", "ring")), Accepted)
    assert await door.send("none", Command("c", "u", "ring")) == Rejected("not_found")
    assert door.view("r", "u") == {"state": {"rings": 1, "you": None}}
    assert door.view("none", None) is None
    assert await door.admit("u", "r") is None and await door.admit("u", "none") is not None
    assert door.balance("user:u", "PLAY") == 0
    documents = door.documents("guest")
    await documents.declare("notes", unique=[], indexed=[])
    await documents.insert("notes", "1", {"a": 1})
    assert await documents.get("notes", "1") is not None
    await app.stop()


async def test_pushes_and_subscriptions_reach_all_sockets_of_a_user(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        ann = (await host.user("ann")).id
        sockets = host.app.site.sockets
        assert sockets.push("bells", ann, b'{"event": "pushed"}') == 1
        assert sockets.push("bells", "nobody", b"{}") == 0
        assert await raw.message() == {"event": "pushed"}
        other = await host.app.house.rooms.create("other", "bells", {})
        sockets.subscribe("bells", ann, other)
        from vphost.plugin_api import Command
        await other.submit(Command("c", "x", "ring"))
        assert (await raw.message())["rings"] == 1
        sockets.unsubscribe("bells", ann, "other")
        await other.submit(Command("d", "x", "ring"))
        await raw.say(op="refuse")
        assert (await raw.message())["event"] == "error"


# -- refusals at start -----------------------------------------------------------------------


async def test_a_store_with_a_living_owner_is_refused(tmp_path: Path) -> None:
    app = App(config(tmp_path), plugins=plugins())
    await app.start()
    with pytest.raises(StoreRefused):
        await App(config(tmp_path), plugins=plugins()).start()
    await app.stop()


async def test_a_failed_start_gives_everything_back(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="plugin bad: startup failed"):
        await App(
            config(tmp_path), plugins=plugins(bad=module(startup=lambda host: 1 / 0))
        ).start()
    app = App(config(tmp_path), plugins=plugins())
    await app.start()
    await app.stop()


async def test_a_route_without_access_stops_the_start(tmp_path: Path) -> None:
    async def handle(*_: Any) -> tuple[int, Any]:
        return 200, None

    def register_routes(host: Any) -> list[Route]:
        return [Route("/api/v1/x/bad/", {"GET": "everybody"}, handle)]

    with pytest.raises(AccessNotStated, match="GET /api/v1/x/bad/"):
        await App(config(tmp_path), plugins=plugins(bad=module(
            register_routes=register_routes))).start()


async def run_host(folder: Path, *arguments: str, port: int = 0) -> asyncio.subprocess.Process:
    """Start run.py in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "run.py", "serve", "--store", f"sqlite:{folder / 'a.sqlite'}",
        "--var", str(folder), "--port", str(port), *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


async def refusal(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Return the exit status and what stands on stderr beside log lines."""
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    lines = [line for line in errors.decode().splitlines() if not line.startswith("{")]
    return process.returncode, "\n".join(lines)


async def test_a_taken_port_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, line = await refusal(await run_host(tmp_path, port=port))
    assert status == 2 and str(port) in line and line.count("\n") == 0


async def test_a_broken_plugin_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "wrong.py").write_text("VPHOST_CONTRACT = 7")
    status, line = await refusal(await run_host(tmp_path, "--plugin-dir", str(folder)))
    assert (status, line) == (
        2, "run.py: plugin wrong: it was written for contract 7; this host knows 1"
    )


async def test_a_file_that_is_no_store_is_one_clear_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"not a database" * 100)
    status, line = await refusal(await run_host(tmp_path))
    assert status == 2 and line.startswith("run.py: store: ") and line.count("\n") == 0


async def test_a_second_signal_ends_the_process_at_once() -> None:
    script = (
        "import asyncio; from vphost.app import _signalled; told = asyncio.Event()\n"
        "_signalled(told); print(told.is_set(), flush=True); _signalled(told); print('never')"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert output.startswith(b"True\n") and b"never" not in output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_host_with_0(tmp_path: Path, number: signal.Signals) -> None:
    process = await run_host(tmp_path)
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 30)
    assert line.startswith(b"vphost listens on http://127.0.0.1:")
    process.send_signal(number)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    _, errors = await process.communicate()
    events = [json.loads(one)["event"] for one in errors.decode().splitlines()]
    assert events[0] == "listening" and events[-2:] == ["draining", "stopped"]


# -- logs ------------------------------------------------------------------------------------


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logging as in production, into a text; set back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    logs.configure("debug", text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("tornado.general", "pymongo", "botocore"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_tokens_never_reach_a_line(stream: io.StringIO) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"
    structlog.get_logger("a").warning("asked", uri=f"/ws/?token={token}&since=3")
    logging.getLogger("b").warning("GET /ws/?token=%s failed", "opaque-token")
    structlog.get_logger("a").warning(
        "hush", key="sk_live_1a2B", hook="whsec_3c", client="pi_4_secret_5d", path="?signature=6e&",
        own="GET /vph_abc234.7f-G/",
    )
    logging.getLogger("botocore.endpoint").debug("Sending %s", "Signature=8hI")
    try:
        raise ValueError(f"cannot read {token}")
    except ValueError:
        structlog.get_logger("a").exception("failed")
    lines = stream.getvalue()
    assert "eyJ" not in lines and "opaque-token" not in lines and "[redacted]" in lines
    assert not [one for one in ("_1a2B", "_3c", "_5d", "=6e", "7f-G", "8hI") if one in lines]
    assert all(json.loads(line)["level"] in ("warning", "error") for line in lines.splitlines())


def test_a_forged_line_stays_one_line(stream: io.StringIO) -> None:
    structlog.get_logger("a").info('x\n{"level":"info"}', name="y\nz")
    assert len(stream.getvalue().splitlines()) == 1


async def test_the_access_log_has_no_query(tmp_path: Path, stream: io.StringIO) -> None:
    async with belfry(tmp_path) as host, Raw.connected(host.port) as raw:
        await host.enter(raw, "ann")
        assert (await get(host.app, "/nowhere?token=secret-secret"))[0] == 404
    lines = stream.getvalue()
    assert "/nowhere" in lines and "token=" not in lines and "secret-secret" not in lines


# -- the demo --------------------------------------------------------------------------------


async def test_the_demo_lets_guests_in_with_a_grant(tmp_path: Path) -> None:
    app = App(config(tmp_path, demo=True, drain_s=0))
    await app.start()
    async with Raw.connected(app.address[1]) as raw:
        await raw.write(b"POST /api/v1/auth/guest/ HTTP/1.1\r\nHost: a\r\n"
                        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        guest = json.loads((await raw.read_all()).partition(b"\r\n\r\n")[2])
    assert app.house.ledger.balance(books.user(guest["user"]["id"]), "PLAY") == 1_000_00
    assert app.house.ledger.balance(books.user(guest["user"]["id"]), "DON") == 1_000_00
    user = await app.house.accounts.by_id(guest["user"]["id"])
    assert user is not None and user.kind is Kind.GUEST
    status, body = await get(app, "/api/v1/lobby/tables/")
    table = json.loads(body)["tables"][0]
    assert (status, table["seated"], table["big_blind"]) == (200, 4, "0.50")
    assert (await get(app, "/schemas/v1/table/in/buy_in.json"))[0] == 200
    await app.stop()


async def test_the_demo_finds_its_table_again(tmp_path: Path) -> None:
    tokens = []
    for _ in range(2):
        app = App(config(tmp_path, demo=True, drain_s=0))
        await app.start()
        tokens.append([t["token"] for t in await app.house.area.lobby.tables()])
        await app.stop()
    assert tokens[0] == tokens[1] and len(tokens[0]) == 1


async def test_without_the_demo_there_are_no_guests(tmp_path: Path) -> None:
    async with belfry(tmp_path) as host:
        assert host.app.areas.guests.make is None


# -- the sample mode of the documentation ----------------------------------------------------


async def test_the_sample_mode_is_played_over_a_socket(tmp_path: Path) -> None:
    host = PluginRegistry()
    host.discover([ROOT / "docs" / "sample_mode"], entry_points=False)
    app = App(config(tmp_path), plugins=host, check_outgoing=True)
    await app.start()
    house = app.house
    checked = house.rooms.modes["highcard"].check_config({}, {"PLAY": Currency("PLAY", 2, "")})
    assert not isinstance(checked, Rejected)
    await house.rooms.create("duel", "highcard", checked)
    users = [await house.accounts.ensure(name, Kind.PERSON) for name in ("ann", "bob")]
    for user in users:
        grant = books.move(books.WORLD, books.user(user.id), "PLAY", 500)
        await house.ledger.transact(f"grant:{user.id}", grant, {})
    port = app.address[1]
    async with Raw.connected(port) as ann, Raw.connected(port) as bob:
        for raw, user in ((ann, users[0]), (bob, users[1])):
            token = house.access_tokens.issue(user.id, 60)
            await raw.upgrade(port, f"/ws/highcard/duel/?token={token}")
            assert (await raw.message())["event"] == "state"
        assert (await ann.message())["event"] == "joined"
        await ann.say(op="stake", request_id="a1")
        own, seen = await ann.message(), await bob.message()
        assert own["payload"]["card"] is not None and seen["payload"]["card"] is None
        await ann.say(op="stake", request_id="a2")
        refused = await ann.message()
        assert (refused["event"], refused["payload"]["code"]) == ("error", "action_not_available")
        await bob.say(op="stake")
        assert (await ann.message())["payload"]["card"] is None
        ended = (await ann.message())["payload"]
        cards = {int(player): card for player, card in ended["cards"].items()}
        assert ended["winner"] == max(cards, key=cards.__getitem__)
    winner, loser = users[ended["winner"] - 1], users[2 - ended["winner"]]
    assert house.ledger.balance(books.user(winner.id), "PLAY") == 1000
    assert house.ledger.balance(books.user(loser.id), "PLAY") == 0
    assert (await get(app, "/schemas/v1/highcard/in/stake.json"))[0] == 200
    await app.stop()


def test_the_bell_mode_of_the_tests_is_a_mode() -> None:
    from vphost.plugin_api import Mode

    mode: Mode[Any] = BellMode()
    assert mode.name == "bells"
