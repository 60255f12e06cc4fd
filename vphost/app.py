"""The process: every part is opened in order, drained, and closed again.

`App` is a host; `serve` runs one until it is told to stop. (An operator's tool on a store without
a host has a smaller container of its own, in `wiring/offline.py`.)
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import structlog

from vphost import logs
from vphost.config.settings import Config
from vphost.control.server import ControlServer, place
from vphost.plugin.checks import wrong_prefix
from vphost.plugin.host_api import HostApi
from vphost.plugin.observers import Observers
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.rules.mode import Json
from vphost.services.operators.audit import of_calls
from vphost.services.operators.room_operations import room_operations
from vphost.services.ports import PortUnusable, StoreDamaged, StoreDown
from vphost.services.throttle import Rate
from vphost.web.access import AccessNotStated
from vphost.web.area import DemoRefused, Edge
from vphost.web.connection import RESTART, UNAUTHENTICATED as SIGNED_OUT
from vphost.web.listener import raise_file_limit
from vphost.web.peers import Networks
from vphost.web.registry import Sockets
from vphost.web.rest.accounts import AccountsSite
from vphost.web.rest.admin import AdminSite
from vphost.web.rest.areas import OwnAreas, bound_resources
from vphost.web.rest.debug import DebugSite
from vphost.web.rest.guests import GuestsSite
from vphost.web.rest.plugin import plain
from vphost.web.server import Server, apis_of, application, urls
from vphost.web.site import Limits, Site
from vphost.wire.codec import Codec
from vphost.wire.faults import checker
from vphost.wire.outgoing import ModeFrames, OutgoingCheck
from vphost.wire.plain import PlainCodec
from vphost.wire.schemas import SchemaError, SchemaSet
from vphost.wiring.accounts import links
from vphost.wiring.components import Component, Components
from vphost.wiring.container import Services, open_services
from vphost.wiring.demo import BOT_GRANT, BOTS_BET_IN, make_bots
from vphost.wiring.integrations import own_files
from vphost.wiring.operator_desk import OperatorDesk
from vphost.wiring.operators import identify_key, make_back_office
from vphost.wiring.reference import references
from vphost.wiring.web_adapter import WebAdapter, limits_of

ROOT = Path(__file__).parents[1]
HOUSEKEEPING_S = 60.0
CLEANING_ROUNDS = 30
"""After this many rounds of housekeeping, what has expired is dropped."""
CHECKS_PER_S, CHECKS_AT_ONCE = 5, 20
"""How often one user may have messages checked against schemas, fifty at a time."""
GOODBYE_S = 2.0
"""How long the end waits for closing sockets and slow observers."""
GC_THRESHOLDS = (50_000, 50, 100)
SWITCH_S = 0.001
STOPPED, FAILED, UNUSABLE = 0, 1, 2
log = structlog.get_logger("vphost.app")


class App:
    """One host. Await `start()`, then use `address`; always await `stop(reason)` at the end."""

    def __init__(
        self, config: Config, *, plugins: PluginRegistry | None = None,
        check_outgoing: bool | None = None, limits: Limits | None = None,
    ) -> None:
        """plugins: already found (tests); by default those of entry points and configuration.

        check_outgoing: check every frame against its schema (None: in the demo, or as configured).
        """
        self.config = config
        self.plugins = plugins
        self.address = ("", 0)
        self.lost = asyncio.Event()
        checks = config.demo or config.check_frames
        self._checks = checks if check_outgoing is None else check_outgoing
        self._limits = limits or limits_of(config)
        self.house: Services
        self.site: Site
        self.areas: OwnAreas
        self._services = AsyncExitStack()
        self._schemas: SchemaSet
        self._door: HostApi
        self._observers: Observers
        self._control: ControlServer
        self._server: Server
        self._housekeeping: asyncio.Task[None]
        self._components = Components(self._parts())

    def _parts(self) -> Sequence[Component]:
        """Return the parts of the process, each upon those before it."""
        return (
            Component("plugins", open=self._register_plugins, close=self._unload_plugins),
            Component("services", open=self._open_services, close=self._services.aclose),
            Component("edge", open=self._build_edge, drain=self._close_sockets),
            Component("rooms", start=self._recover, drain=self._drain_rooms),
            Component("area", start=self._start_area, close=self._stop_area),
            Component("observers", start=self._observe, close=self._stop_observers),
            Component("plugins' work", start=self._start_plugins, close=self._stop_plugins),
            Component("demo", start=self._start_demo),
            Component("control", start=self._open_control, close=self._close_control),
            Component("server", start=self._listen, drain=self._stop_listening,
                      close=self._close_server),
            Component("housekeeping", start=self._begin_housekeeping,
                      close=self._end_housekeeping),
        )

    @property
    def origin(self) -> str:
        """The address of the pages."""
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Open everything in order; the first socket is accepted last.

        Raises: StoreRefused, StoreDown, PluginError, SchemaError, AccessNotStated, DemoRefused,
        OSError; whatever was opened until then is closed again.
        """
        await self._components.start()
        log.info("listening", origin=self.origin, plugins=list(self._plugins.names))

    async def _open_services(self) -> None:
        control = place(self.config.control_socket)
        self.house = await self._services.enter_async_context(
            open_services(self.config, self._plugins, str(control), self.lost.set)
        )
        self._control = ControlServer(
            control, self.house.operations.call, record=of_calls(self.house.audit, "control"),
            owner=self.house.owner,
        )

    async def _build_edge(self) -> None:
        """Put together what plugins, sockets and REST see of the services."""
        plugins, house, schemas = self._plugins, self.house, self._schemas
        sockets = Sockets()
        door = self._door = HostApi(
            clock=house.clock, rooms=house.rooms, documents=house.documents, ledger=house.ledger,
            sockets=sockets, codecs=self._codecs(schemas),
            make_codec=lambda prefix: PlainCodec(schemas, prefix), schemas=schemas,
            accounts=house.accounts,
            currencies={currency.code: currency for currency in self.config.currencies},
            is_demo=self.config.demo, keys=house.keys,
        )
        door.gate = house.area.admit
        plugins.register_doors(door)
        codecs = {protocol.name: protocol.codec for protocol in plugins.protocols.values()}
        house.rooms.check_frames(ModeFrames(schemas, codecs, self._checks))
        desk = OperatorDesk(door, house.clock, house.documents, house.accounts)
        house.operations.add(plugins.operations(desk))
        house.operations.add(house.area.operations())
        house.operations.add(house.keys.operations())
        house.operations.add(room_operations(house.rooms))
        adapter = self._adapter(plugins)
        self._observers = Observers(plugins, house.rooms.missed.read)
        self.site = self._site(plugins, sockets, schemas, adapter)
        self.areas = self._own_areas(sockets, adapter)
        rest = house.area.resources(Edge(
            sockets=sockets, schemas=schemas, lets_guests_in=self.areas.guests.lets_in,
            note_look=self.areas.admin.note_look,
        ))
        specs = urls(
            self.site, plugins.protocols.values(),
            [*bound_resources(self.areas), *rest, *plugins.routes], _body_check(schemas),
        )
        apis = apis_of(plugins.routes)
        self._server = Server(self.site, application(self.site, specs, apis), apis)

    @property
    def _plugins(self) -> PluginRegistry:
        assert self.plugins is not None, "they are found first"
        return self.plugins

    async def _register_plugins(self) -> None:
        try:
            if self.plugins is None:
                self.plugins = PluginRegistry()
                self.plugins.discover(self.config.plugin_dirs)
            self.plugins.register()
            self.plugins.check_modes()
            self._schemas = SchemaSet.load(schema_folders(self.plugins))
        except BaseException:
            await self._unload_plugins()
            raise

    async def _unload_plugins(self) -> None:
        self._plugins.unload()

    def _codecs(self, schemas: SchemaSet) -> Mapping[str, Codec]:
        """Return the areas' codecs, by the prefix of their schemas."""
        return {
            name: OutgoingCheck(codec, schemas, f"{name}/out/") if self._checks else codec
            for name, codec in self.house.area.codecs(schemas).items()
        }

    def _adapter(self, plugins: PluginRegistry) -> WebAdapter:
        house = self.house
        return WebAdapter(
            config=self.config, accounts=house.accounts, area=house.area, rooms=house.rooms,
            ledger=house.ledger, plugins=plugins, sign_in=house.account_services.sign_in,
        )

    def _own_areas(self, sockets: Sockets, adapter: WebAdapter) -> OwnAreas:
        """Return what the host's own REST works with."""
        config, house = self.config, self.house
        has_guests = config.demo and config.guests != "off"
        return OwnAreas(
            accounts=AccountsSite(
                sign_in=house.account_services.sign_in,
                registration=house.account_services.registration,
                profile=adapter.profile, set_avatar=house.accounts.set_avatar,
                uploads=house.uploads, own_files=own_files(house.files),
            ),
            guests=GuestsSite(
                adapter.guest if has_guests else None, config.guests == "anywhere"
            ),
            debug=DebugSite(
                self.site.faults, self.site.debug_here, self.site.debug_for_operators,
                Rate(CHECKS_PER_S, CHECKS_AT_ONCE, house.clock.now_ms),
            ),
            uploads=house.uploads,
            admin=AdminSite(
                make_back_office(house), adapter.balances, sockets,
                {one.code: one for one in config.currencies},
            ),
        )

    def _site(
        self, plugins: PluginRegistry, sockets: Sockets, schemas: SchemaSet, adapter: WebAdapter
    ) -> Site:
        config, house = self.config, self.house
        house.account_services.sign_in.on_ended.append(
            lambda user, session: sockets.close_session(user, session, SIGNED_OUT, "signed out")
        )
        for protocol in plugins.protocols.values():
            sockets.add_protocol(protocol)
        return Site(
            limits=self._limits, sockets=sockets, identify=adapter.identify,
            find_room=adapter.find_room, now_ms=house.clock.now_ms,
            shift_ms=house.rooms.calendar.shift_ms,
            clock_jumps=house.rooms.calendar.report,
            damaged=lambda: house.journal.damaged, line=house.rooms.lines.current,
            is_troubled=lambda: house.writer.troubled, static=ROOT / "static",
            schemas=schemas.served(),
            reference=references(plugins, schemas),
            allowed_origins=config.socket_origins,
            trusted_proxies=Networks(config.trusted_proxies),
            identify_socket=adapter.identify_socket, is_live=house.account_services.sign_in.is_live,
            identify_key=partial(identify_key, house.keys), audit=house.audit,
            lags=lambda: {**house.area.lags(), **self._observers.lags()},
            player_number=house.area.player_number, own_files=own_files(house.files),
            file_origins=house.files.origins,
            faults=checker(schemas), idempotency=house.idempotency, checks_answers=self._checks,
            request_rate=Rate(
                config.requests_per_s, config.requests_burst, house.clock.now_ms
            ),
            debug_here=config.demo and config.debug != "off",
            debug_for_operators=config.debug == "operators",
        )

    async def _recover(self) -> None:
        previous = self.house.previous
        await self.house.rooms.recover(None if previous is None else previous.heartbeat_ms)

    async def _start_area(self) -> None:
        try:
            await self.house.area.start()
        except BaseException:
            await self._stop_area()
            raise

    async def _stop_area(self) -> None:
        await self.house.area.stop()

    async def _observe(self) -> None:
        self._observers.start(self.house.writer.head.seq)
        self.house.rooms.follow(self._observers.take)

    async def _stop_observers(self) -> None:
        await self._observers.stop(GOODBYE_S)

    async def _start_plugins(self) -> None:
        try:
            self._plugins.startup(self._door)
        except BaseException:
            await self._stop_plugins()
            raise

    async def _stop_plugins(self) -> None:
        self._plugins.shutdown()
        await self._door.close()

    async def _start_demo(self) -> None:
        """Let the demo's bots play; the area ends them."""
        if not self.config.demo:
            return
        await self.house.area.start_demo(await make_bots(
            self.house.accounts, self.house.ledger,
            grants={BOTS_BET_IN: BOT_GRANT} if self.config.currency(BOTS_BET_IN) else {},
        ))

    async def _open_control(self) -> None:
        await self._control.start()

    async def _close_control(self) -> None:
        await self._control.close()

    async def _listen(self) -> None:
        """Accept the first socket; whatever needs the address learns it now."""
        self.address = self._server.listen(self.config.address, self.config.port)
        self.site.is_ready = True
        self.house.rooms.begin_waking()
        self.house.account_services.registration.links = links(self.config, self.origin)
        if (own := own_files(self.house.files)) is not None:
            own.base = (self.config.public_url or self.origin).rstrip("/")
        self.house.account_services.mail_queue.start()

    async def _close_server(self) -> None:
        await self._server.close()

    async def _begin_housekeeping(self) -> None:
        self._housekeeping = asyncio.create_task(self._keep_house(), name="housekeeping")

    async def _end_housekeeping(self) -> None:
        await _cancelled(self._housekeeping)

    async def _keep_house(self) -> None:
        """Do what is due, now and then; after a failure of the store, try again later."""
        for round_no in itertools.count():
            try:
                await self.house.area.keep_house()
                if round_no % CLEANING_ROUNDS == 0:
                    await self._clean()
            except StoreDown as error:
                log.warning("housekeeping_failed", error=str(error))
            await asyncio.sleep(HOUSEKEEPING_S)

    async def _clean(self) -> None:
        """Close the sockets whose sign-in has expired, and drop what has expired."""
        sockets = self.site.sockets
        for user, session in sockets.sessions():
            if not await self.site.is_live(user, session):
                sockets.close_session(user, session, SIGNED_OUT, "signed out")
        if self.house.rooms.calendar.is_doubtful:
            return  # The clock may be wrong, so nothing that it calls expired is dropped yet.
        await self.house.area.clean()
        await self.house.account_services.clean()
        await self.house.idempotency.forget_old()

    async def stop(self, reason: str = "The host is being restarted.") -> None:
        """Drain and end: accept nobody new, let running hands end in time, close the sockets.

        reason: sent to the sockets as they are closed.
        """
        log.info("draining", reason=reason, bound_s=self.config.drain_s)
        await self._components.drain(reason)
        await self._components.close()
        log.info("stopped")

    async def _stop_listening(self, reason: str) -> None:
        self.site.is_draining = True
        self._server.stop_listening()

    async def _drain_rooms(self, reason: str) -> None:
        if not self.lost.is_set():
            await self.house.rooms.drain(self.config.drain_s * 1000)

    async def _close_sockets(self, reason: str) -> None:
        """Tell the sockets why, and wait a moment for what is on its way to them."""
        self.site.close_sockets(RESTART, reason)
        tasks = tuple(self.site.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=GOODBYE_S)
        for task in self.site.tasks:
            task.cancel()
        await asyncio.gather(*self.site.tasks, return_exceptions=True)


async def _cancelled(task: asyncio.Task[None]) -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)


def schema_folders(plugins: PluginRegistry) -> list[tuple[str, Path]]:
    """Return (prefix, folder) of all schemas; bundled plugins' lie in the host's own folder.

    Raises: PluginError for a prefix under which the host's own messages lie.
    """
    own = (ROOT / "schemas").resolve()
    taken = [one.name for one in own.iterdir()]
    for prefix, folder in plugins.schemas.items():
        wrong = wrong_prefix(prefix, taken)
        if wrong is not None and not folder.path.resolve().is_relative_to(own):
            raise PluginError(plugins.schema_owners[prefix], wrong)
    others = [
        (folder.prefix, folder.path) for folder in plugins.schemas.values()
        if not folder.path.resolve().is_relative_to(own)
    ]
    return [("", own), *others]


def _body_check(schemas: SchemaSet) -> Callable[[str, Json], str | None]:
    def check(name: str, body: Json) -> str | None:
        fault = schemas.explain(name, plain(body))
        return None if fault is None else fault.text

    return check


# -- for the command line ------------------------------------------------------------------


def serve(config: Config) -> int:
    """Run a host until SIGTERM or SIGINT. Returns: 0 after a clean end, 2 when it cannot start."""
    logs.configure(config.log_level)
    try:
        return asyncio.run(_serve(config))
    except PluginError as error:
        return _cannot(str(error))
    except SchemaError as error:
        return _cannot(f"schema: {error}")
    except AccessNotStated as error:
        return _cannot(f"access: {error}")
    except (DemoRefused, PortUnusable) as error:
        return _cannot(str(error))
    except StoreDamaged as error:
        return _cannot(f"store: {error}")
    except StoreDown as error:
        return _cannot(f"store: it does not answer: {error}")
    except OSError as error:
        where = error.filename or f"{config.address} port {config.port}"
        return _cannot(f"{where}: {error.strerror or error}")


def _cannot(reason: str) -> int:
    print(f"run.py: {' '.join(reason.split())}", file=sys.stderr)
    return UNUSABLE


def _signalled(told: asyncio.Event) -> None:
    """Drain at the first signal; at the second end the process at once, which loses nothing."""
    if told.is_set():
        log.warning("ended_by_a_second_signal")
        os._exit(FAILED)
    told.set()


def tune() -> None:
    """Tune the interpreter for a process that has started.

    Collect garbage less often, and have busy threads (a large settlement, a snapshot) release the
    interpreter lock after one millisecond: the event loop has to get it back after every system
    call, and with the default of five a commit beside such a thread took 6 ms instead of 2 (p99 30
    and 5).
    """
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _serve(config: Config) -> int:
    raise_file_limit()
    gc.set_threshold(*GC_THRESHOLDS)  # A start, too, makes many objects and little garbage.
    app = App(config)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _signalled, told)
    await app.start()
    tune()
    print(f"vphost listens on {app.origin}/", flush=True)
    waits = [asyncio.create_task(told.wait()), asyncio.create_task(app.lost.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await app.stop()
    if app.lost.is_set():
        return _cannot("store: another process owns the book now")
    return STOPPED
