"""A whole host with a tiny mode: users come, ring, whisper and go. For tests of sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.web.web_edge import EchoCodec, Raw
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.plugin_api import Command, Decision, Event, Json, Rejected, SocketProtocol, hookimpl
from vphost.rules.mode import Labels
from vphost.services.accounts.accounts import Kind, User
from vphost.services.journal.commits import Accepted
from vphost.web.site import Limits

ROOM = "belfry"
SEATS = 1000


@dataclass(frozen=True, slots=True)
class State:
    """users: a player's number is his place from 1. rings: how often the bell was rung."""

    users: tuple[str, ...] = ()
    rings: int = 0


class BellMode:
    """Everything that a socket can meet, in its smallest form."""

    name = "bells"
    version = 1
    heavy: frozenset[str] = frozenset()

    def check_config(self, config: Mapping[str, Json], currencies: Any) -> Mapping[str, Json]:
        return config

    def create(self, room_id: str, config: Mapping[str, Json], now_ms: int) -> State:
        return State()

    def decide(self, state: State, command: Command, now_ms: int) -> Decision | Rejected:
        ask = getattr(self, f"on_{command.op}", None)
        if ask is None:
            return Rejected("unknown_action")
        decided: Decision | Rejected = ask(
            state, command, self.player_of(state, command.user)
        )
        return decided

    def on_connect(self, state: State, command: Command, player: int | None) -> Decision:
        if player is None:
            return Decision((Event("joined", {"user": command.user}),))
        return Decision((Event("came", {"player": player}),))

    def on_disconnect(self, state: State, command: Command, player: int | None) -> Decision:
        if command.args["connections"] or player is None:
            return Decision(())
        return Decision((Event("went", {"player": player}),))

    def on_ring(self, state: State, command: Command, player: int | None) -> Decision:
        times = command.args.get("times", 1)
        pad = "x" * command.args.get("pad", 0)
        return Decision(tuple(
            Event("rang", {"player": player, "rings": state.rings + n + 1, "pad": pad})
            for n in range(times)
        ))

    def on_whisper(self, state: State, command: Command, player: int | None) -> Decision:
        to, text = command.args["to"], command.args["text"]
        return Decision((
            Event("_noted", {}), Event("whispered", {"to": to, "text": None}, {to: {"text": text}}),
        ))

    def on_answer_me(self, state: State, command: Command, player: int | None) -> Decision:
        return Decision((Event("asked", {}),), answer={"just": "you"})

    def on_nothing(self, state: State, command: Command, player: int | None) -> Decision:
        return Decision(())

    def on_leave(self, state: State, command: Command, player: int | None) -> Decision:
        assert player is not None
        return Decision((Event("player_left", {"player": player}, {player: {"reason": "Bye"}}),))

    def on_refuse(self, state: State, command: Command, player: int | None) -> Rejected:
        return Rejected("forbidden")

    def evolve(self, state: State, event: Event) -> State:
        if event.name == "joined":
            return replace(state, users=(*state.users, event.data["user"]))
        if event.name == "player_left":
            gone = event.data["player"] - 1
            return replace(state, users=(*state.users[:gone], "", *state.users[gone + 1:]))
        return replace(state, rings=state.rings + (event.name == "rang"))

    def view(self, state: State, player: int | None) -> Mapping[str, Json]:
        return {"state": {"rings": state.rings, "you": player}}

    def player_of(self, state: State, user: str) -> int | None:
        return state.users.index(user) + 1 if user in state.users else None

    def labels(self, state: State) -> Labels:
        return Labels(decimals=2)

    def wake_at(self, state: State) -> int | None:
        return None

    def dump(self, state: State) -> Mapping[str, Json]:
        return {"users": list(state.users), "rings": state.rings}

    def load(self, room_id: str, dumped: Mapping[str, Json]) -> State:
        return State(tuple(dumped["users"]), dumped["rings"])


def bell_plugin(codec: EchoCodec, view_at_start: bool = False) -> Any:
    """Return a plugin with the mode and a protocol at /ws/bells/<room>/."""
    module: Any = ModuleType("bells")
    module.VPHOST_CONTRACT = 1

    @hookimpl
    def register_modes() -> list[Any]:
        return [BellMode()]

    @hookimpl
    def register_protocols(host: Any) -> list[SocketProtocol]:
        async def allowed(user: str, room: str) -> Rejected | None:
            return Rejected("forbidden") if user == module.banned else None

        return [SocketProtocol("bells", r"/ws/bells/(?P<room>[a-z]{1,36})/", codec, allowed,
                               view_at_start=view_at_start,
                               partings=frozenset({"player_left"}))]

    module.banned = None
    module.register_modes, module.register_protocols = register_modes, register_protocols
    return module


@dataclass
class Belfry:
    """A running host with the room `belfry` in it."""

    app: App
    plugin: Any
    codec: EchoCodec

    @property
    def port(self) -> int:
        return self.app.address[1]

    @property
    def room(self) -> Any:
        return self.app.house.rooms.get(ROOM)

    async def user(self, name: str) -> User:
        user = await self.app.house.accounts.ensure(name, Kind.PERSON)
        return user

    async def token(self, name: str) -> str:
        return self.app.house.access_tokens.issue((await self.user(name)).id, 600)

    async def path(self, name: str, since: int | None = None) -> str:
        more = "" if since is None else f"&since={since}"
        return f"/ws/bells/{ROOM}/?token={await self.token(name)}{more}"

    async def enter(self, raw: Raw, name: str, since: int | None = None) -> dict[str, Json]:
        """Open a socket for a user and wait until he is in the room."""
        await raw.upgrade(self.port, await self.path(name, since))
        first = await raw.message()
        assert first["event"] == "user_connected", first
        return first

    async def ring(self, times: int = 1, pad: int = 0) -> None:
        """Ring from inside the process, as nobody of the test."""
        self.rung = getattr(self, "rung", 0) + 1
        outcome = await self.room.submit(
            Command(f"test-{self.rung}", "tester", "ring", {"times": times, "pad": pad})
        )
        assert isinstance(outcome, Accepted), outcome


@asynccontextmanager
async def belfry(
    folder: Path, limits: Limits | None = None, codec: EchoCodec | None = None,
    view_at_start: bool = False, more: Mapping[str, Any] | None = None, **settings: Any,
) -> AsyncIterator[Belfry]:
    """Run a host on a store in memory until the block ends. more: further plugins by name."""
    codec = codec or EchoCodec()
    plugins = PluginRegistry()
    plugin = bell_plugin(codec, view_at_start)
    plugins.add("bells", plugin)
    for name, other in (more or {}).items():
        plugins.add(name, other)
    config = Config(**{"store": "memory:", "var": folder, "port": 0, "drain_s": 5, **settings})
    app = App(config, plugins=plugins, limits=limits)
    await app.start()
    try:
        if app.house.rooms.get(ROOM) is None:
            await app.house.rooms.create(ROOM, "bells", {})
        yield Belfry(app, plugin, codec)
    finally:
        if not app.site.is_draining:
            await app.stop("test ended")
