"""The doors that a plugin has to the living host, beside hooks: each used by a plugin of a test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import websocket_connect

from tests.web.web_bells import BellMode
from tests.web.web_edge import EchoCodec, let_in
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.plugin_api import (
    CliCommand, Command, Desk, Hold, Host, Json, Mode, Peer, Posting, Rejected, Request,
    SocketProtocol, hookimpl,
)
from vphost.services.accounts.accounts import Kind
from vphost.services.journal.commits import Commit
from vphost.web.hub import AT_ONCE

ROOM = "steeple"


class OwnBells(BellMode):
    """A mode that only its own plugin lets sockets into."""

    own_sockets_only = True


class Bells:
    """A plugin as a class. It subscribes whoever asks `join`, and counts a socket's requests."""

    VPHOST_CONTRACT = 1
    mode: type[BellMode] = BellMode
    operation = "bells.who"

    def __init__(self) -> None:
        self.host: Host

    @hookimpl
    def register_modes(self) -> list[Mode[Any]]:
        return [self.mode()]

    @hookimpl
    def register_protocols(self, host: Host) -> list[SocketProtocol]:
        self.host = host
        return [SocketProtocol("many", "/ws/many/", EchoCodec(), let_in, self.answer)]

    @hookimpl
    def register_commands(self) -> list[CliCommand]:
        return [CliCommand("bells", "bells", lambda parser: None, lambda args, call: 0,
                           {self.operation: self.who})]

    async def answer(self, peer: Peer, request: Request) -> list[bytes]:
        peer.notes["asked"] = peer.notes.get("asked", 0) + 1
        if request.op == "join":
            self.host.subscribe("many", peer.user, ROOM)
        return [json.dumps({"op": request.op, "name": peer.name, **peer.notes}).encode()]

    async def who(self, desk: Desk, args: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        user = await desk.user_named(str(args.get("name")))
        return {"user": user, "lives": desk.host is not None}


class House:
    """A running host with the plugin."""

    def __init__(self, folder: Path, plugin: type[Bells]) -> None:
        self.plugins = PluginRegistry()
        self.plugins.add("bells", plugin)
        config = Config(store="memory:", var=folder, port=0, messages_per_s=1000)
        self.app = App(config, plugins=self.plugins)
        bells = self.plugins._pluggy.get_plugin("bells")
        assert isinstance(bells, Bells)
        self.plugin = bells
        self.sockets: list[Any] = []

    async def __aenter__(self) -> House:
        await self.app.start()
        await self.app.house.rooms.create(ROOM, "bells", {})
        return self

    async def __aexit__(self, *error: object) -> None:
        for socket in self.sockets:
            socket.close()
            while await asyncio.wait_for(socket.read_message(), 10) is not None:
                pass
        await self.app.stop()

    async def connect(self, name: str) -> Any:
        user = await self.app.house.accounts.ensure(name, Kind.PERSON)
        token = self.app.house.access_tokens.issue(user.id, 600)
        url = f"{self.app.origin.replace('http', 'ws')}/ws/many/?token={token}"
        socket = await websocket_connect(url)
        self.sockets.append(socket)
        assert (await heard(socket))["event"] == "user_connected"
        return socket

    async def ask(self, socket: Any, op: str) -> dict[str, Any]:
        await socket.write_message(json.dumps({"op": op}))
        return await heard(socket)


async def heard(socket: Any) -> dict[str, Any]:
    """Return the next frame of a socket."""
    frame: dict[str, Any] = json.loads(await asyncio.wait_for(socket.read_message(), 10))
    return frame


def test_a_class_gives_every_host_an_object_of_its_own(tmp_path: Path) -> None:
    first, second = House(tmp_path, Bells), House(tmp_path, Bells)
    assert isinstance(first.plugin, Bells) and first.plugin is not second.plugin


async def test_a_socket_has_notes_of_its_own(tmp_path: Path) -> None:
    async with House(tmp_path, Bells) as house:
        one, other = await house.connect("anna"), await house.connect("anna")
        assert (await house.ask(one, "x"))["asked"] == 1
        assert (await house.ask(one, "x")) == {"op": "x", "name": "anna", "asked": 2}
        assert (await house.ask(other, "x"))["asked"] == 1


async def test_frames_reach_exactly_those_who_were_subscribed(tmp_path: Path) -> None:
    async with House(tmp_path, Bells) as house:
        host = house.plugin.host
        anna, bert, carl = [await house.connect(name) for name in ("anna", "bert", "carl")]
        for socket in (anna, bert):
            await house.ask(socket, "join")
        assert host.state(ROOM) is not None and host.state("elsewhere") is None
        host.publish("many", ROOM, b'{"n": 1}')
        user = await host.user_named("ANNA")
        assert user is not None and host.is_online("many", user)
        host.publish("many", ROOM, lambda who: b'{"n": 2}' if who == user else None)
        host.publish("many", ROOM, b'{"n": 3}')
        host.publish("many", "elsewhere", b'{"n": 4}')
        assert [(await heard(anna))["n"] for _ in range(3)] == [1, 2, 3]
        assert [(await heard(bert))["n"] for _ in range(2)] == [1, 3]
        assert (await house.ask(carl, "x"))["op"] == "x"
        assert await host.user_named("nobody") is None


async def test_many_are_written_to_over_several_turns_in_order(tmp_path: Path) -> None:
    """The frames of one socket keep their order, whoever comes first."""
    async with House(tmp_path, Bells) as house:
        socket = await house.connect("anna")
        await house.ask(socket, "join")
        host, hub = house.plugin.host, house.app.site.sockets.hub(
            "many", house.app.house.rooms.get(ROOM))  # type: ignore[arg-type]
        crowd = [Listener() for _ in range(AT_ONCE + 50)]
        for member in crowd:
            hub.attach(member)
        for number in range(3):
            host.publish("many", ROOM, b'{"n": %d}' % number)
        assert crowd[-1].frames == [], "not all in one turn"
        await host.send(ROOM, Command("r", "tester", "ring", {"times": 1, "pad": 0}))
        assert [(await heard(socket)).get("n") for _ in range(4)] == [0, 1, 2, None]
        while len(crowd[-1].frames) < 4:
            await asyncio.sleep(0)
        assert len({tuple(member.frames) for member in crowd}) == 1
        for member in crowd:
            hub.detach(member)


class Listener:
    """A member of a hub that keeps what it gets."""

    user = "listener"
    session = ""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def deliver(self, frame: bytes) -> None:
        self.frames.append(frame)

    def answer_up_to(self, commit: Commit) -> None:
        raise AssertionError("it gives no commands")

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(reason)


async def test_tasks_of_a_plugin_end_with_the_host(
    tmp_path: Path, expect_log: Callable[[str], list[str]]
) -> None:
    expect_log("plugin_task_failed")
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def fail() -> None:
        raise ValueError("a bug")

    async with House(tmp_path, Bells) as house:
        house.plugin.host.spawn(wait(), "waits")
        house.plugin.host.spawn(fail(), "fails")
        await asyncio.sleep(0)
    assert ended == [True]


async def test_operators_operations_come_with_a_command(tmp_path: Path) -> None:
    async with House(tmp_path, Bells) as house:
        anna = await house.app.house.accounts.ensure("anna", Kind.PERSON)
        answer = await house.app.house.operations.call("bells.who", {"name": "anna"})
        assert answer == {"user": anna.id, "lives": True}


class Misnamed(Bells):
    """A plugin whose operation bears another's name."""

    operation = "ledger.deposit"


async def test_an_operation_has_its_commands_name(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"ledger\.deposit"):
        async with House(tmp_path, Misnamed):
            pass


class Closed(Bells):
    """A plugin whose mode is entered through itself alone."""

    mode = OwnBells


async def test_a_room_is_not_found_through_the_protocol_of_another_mode(tmp_path: Path) -> None:
    async with House(tmp_path, Bells) as house:
        host = house.plugin.host
        refused = await host.admit("anna", ROOM, "table")
        assert refused is not None and refused.code == "not_found"
        assert await host.admit("anna", ROOM, Bells.mode.name) is None


@pytest.mark.parametrize(("plugin", "code"), [(Bells, None), (Closed, "forbidden")])
async def test_a_mode_can_keep_other_protocols_out(
    tmp_path: Path, plugin: type[Bells], code: str | None
) -> None:
    async with House(tmp_path, plugin) as house:
        refused = await house.plugin.host.admit("anna", ROOM)
        assert (None if refused is None else refused.code) == code


class Tills(Bells):
    """A plugin that moves money without a room, by an operator's operation."""

    HOUSE_ACCOUNTS = ("bells",)
    operation = "bells.pay"

    async def who(self, desk: Desk, args: Mapping[str, Json]) -> Mapping[str, Json] | Rejected:
        user = str(await desk.user_named("anna"))
        own, seen = self.host, desk.host
        assert own is not None and seen is not None
        hold = Hold("one", user, "PLAY", 5)
        paid = (Posting("house:bells", "PLAY", 5),)
        outcomes = [
            await seen.transact("fee", [Posting(f"user:{user}", "PLAY", -3),
                                        Posting("x:bells:fees", "PLAY", 3)], {}),
            await own.transact("fee", [Posting(f"user:{user}", "PLAY", -3),
                                       Posting("x:other:fees", "PLAY", 3)], {}),
            await own.hold(hold, {}), await own.resolve(hold, paid, {}),
            await seen.bar_hold("one", {}),
        ]
        return {"outcomes": [
            one.code if isinstance(one, Rejected) else one.repeated for one in outcomes
        ]}


async def test_a_plugin_moves_money_of_its_own_accounts_alone(tmp_path: Path) -> None:
    async with House(tmp_path, Tills) as house:
        operations, ledger = house.app.house.operations, house.app.house.ledger
        await operations.call("user.add", {"name": "anna"})
        await operations.call("ledger.deposit", {
            "name": "anna", "amount": "1.00", "currency": "PLAY", "id": "d",
        })
        answer = await operations.call("bells.pay", {})
        assert answer == {"outcomes": [False, "forbidden", False, False, "id_reused"]}
        user = await house.app.house.accounts.by_name("anna")
        assert user is not None and ledger.balance(f"user:{user.id}", "PLAY") == 92
        assert ledger.balance("x:bells:fees", "PLAY") == 3
        assert ledger.balance("house:bells", "PLAY") == 5


@pytest.mark.parametrize("wrong", ["bells", ("Bells",), ("a:b",), (1,)])
def test_house_accounts_are_a_tuple_of_names(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(PluginError, match="HOUSE_ACCOUNTS"):
        House(tmp_path, type("Wrong", (Bells,), {"HOUSE_ACCOUNTS": wrong}))
