"""One socket's life: sign in, enter a room, ask, hear, leave. Knows codecs, not formats.

`received` only decodes and queues; a task of the connection's own takes the queue in order, so
that answers come in the order of the questions and a slow room never keeps pongs waiting.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping

import structlog

from vphost.rules.codes import CODES
from vphost.rules.mode import Command, Json, Rejected
from vphost.services.room import Room
from vphost.web.hub import Hub, visible
from vphost.web.limits import Bucket
from vphost.web.protocol import text_frame
from vphost.web.site import Caller, Site
from vphost.web.transport import Transport
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.endpoints import Peer, SocketProtocol

UNAUTHENTICATED, FORBIDDEN, REPLACED = 4401, 4403, 4409
POLICY, RESTART, TRY_LATER = 1008, 1012, 1013
_PASSING = frozenset({"busy", "store_down", "draining"})
_GOODBYE_TRIES = 5
log = structlog.get_logger("vphost.web")


class Connection:
    """A member of hubs. `user` is empty until the token has been checked."""

    def __init__(
        self, site: Site, protocol: SocketProtocol, room: Room | None, transport: Transport,
        is_lost: bool = False,
    ) -> None:
        """room: the one of the address. is_lost: the address names a room that is not there."""
        limits = site.limits
        self.site = site
        self.protocol = protocol
        self.codec = protocol.codec
        self.room = room
        self.transport = transport
        self.user = ""
        self.name = ""
        self._peer = Peer("", "")
        self.is_closed = False
        self._is_lost = is_lost
        self._entered = False
        self._messages = Bucket(limits.messages_per_s, limits.message_burst)
        self._strikes = limits.strikes
        self._broken = Bucket(0.1, limits.broken_frames)
        self._queue: asyncio.Queue[Request] = asyncio.Queue(limits.waiting_messages)
        self._work: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # -- from the socket ---------------------------------------------------------------------

    def opened(self, token: str | None, since: int | None) -> None:
        """Begin: with a token at once, else wait for the first frame to bring one."""
        self.site.open_sockets.add(self)
        if token is not None:
            self._begin(token, since)
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(
            self.site.limits.authenticate_s, self._refuse, "not_authenticated", UNAUTHENTICATED
        )

    def received(self, frame: str | bytes) -> None:
        """Take one message: decode it and put it into the queue, or answer why not."""
        if self.is_closed:
            return
        if not self._messages.take():
            self._flooded()
            return
        request = self.codec.decode(frame, self._labels())
        if self._work is None:
            self._first(request)
        elif isinstance(request, BadMessage):
            self._bad(request)
        else:
            try:
                self._queue.put_nowait(request)
            except asyncio.QueueFull:
                self._answer(request, Rejected("too_many_messages"))

    def gone(self) -> None:
        """The socket ended, whoever ended it."""
        self._leave()

    # -- from the hubs -----------------------------------------------------------------------

    def deliver(self, frame: bytes) -> None:
        """Write one encoded frame; a socket that cannot take it is let go."""
        if not self.transport.send(frame) and not self.is_closed:
            if self.transport.dropped:
                log.info("slow_reader_dropped", user=self.user, room=self._room_id())
            self._leave()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and leave at once, without waiting for the peer's answer."""
        self.transport.close(code, reason)
        self._leave()

    def replaced(self) -> None:
        """Give way to a newer connection of the same user."""
        self._entered = False
        self._refuse("already_connected", REPLACED)

    # -- signing in --------------------------------------------------------------------------

    def _first(self, request: Request | BadMessage) -> None:
        if isinstance(request, BadMessage) or request.op != "authenticate":
            self._refuse("not_authenticated", UNAUTHENTICATED)
            return
        self._begin(str(request.args.get("token", "")), _since(request.args))
        if self.room is None and self.protocol.answer is not None:
            self._queue.put_nowait(request)

    def _begin(self, token: str, since: int | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._work = self.site.spawn(self._live(token, since), "socket")

    async def _live(self, token: str, since: int | None) -> None:
        """The connection's task: enter, then take the queue in order until cancelled."""
        try:
            if await self._sign_in(token) and await self._enter(since):
                while not self.is_closed:
                    await self._handle(await self._queue.get())
        except asyncio.CancelledError:
            raise
        except Exception as error:  # top of a task: log, end this socket, harm nobody else
            incident = uuid.uuid4().hex[:12]
            log.error("socket_failed", incident=incident, error=repr(error), exc_info=True)
            self.close(1011, f"internal error {incident}")

    async def _sign_in(self, token: str) -> bool:
        caller = await self.site.identify(token)
        if isinstance(caller, Rejected):
            self._refuse(caller.code, UNAUTHENTICATED)
            return False
        if self._is_lost:
            self._refuse("not_found", FORBIDDEN)
            return False
        if self.room is not None:
            refusal = await self.protocol.allowed(caller.id, self.room.id)
            if refusal is not None:
                self._refuse(refusal.code, FORBIDDEN)
                return False
        return not self.is_closed and self._register(caller)

    def _register(self, caller: Caller) -> bool:
        """Become known; the newest connection of a user to a room wins."""
        sockets = self.site.sockets
        self.user, self.name = caller.id, caller.name
        self._peer = Peer(caller.id, caller.name)
        if self.room is not None and self.protocol.one_socket_per_room:
            for older in sockets.in_room(self.protocol.name, self.room.id, self.user):
                assert isinstance(older, Connection), "hubs of this process hold connections"
                older.replaced()
        if sockets.count(self.user) >= self.site.limits.sockets_per_user:
            self._refuse("too_many_messages", POLICY)
            return False
        sockets.add(self.protocol.name, self)
        return True

    async def _enter(self, since: int | None) -> bool:
        """Tell the room, then let the socket hear it from exactly there on."""
        if self.room is None:
            self._notice("user_connected", {"user": self.user, "username": self.name})
            return True
        hub = self.site.sockets.attach(self.protocol.name, self.room, self, hold=True)
        self._entered = True
        outcome = await self.room.submit(self._presence("connect"))
        if self.is_closed:
            return False
        if isinstance(outcome, Rejected):
            passing = outcome.code in _PASSING
            self._entered = passing and self._entered
            self._refuse(outcome.code, TRY_LATER if passing else FORBIDDEN)
            return False
        self._notice("user_connected", self._who())
        if since is None and not self.protocol.view_at_start:
            hub.release(self, self.room.seq)
        else:
            await self._catch_up(hub, self.room, since)
        return not self.is_closed

    def _who(self) -> Mapping[str, Json]:
        assert self.room is not None
        player = self.room.player_of(self.user)
        return {"user": self.user, "username": self.name, "player": player}

    # -- asking ------------------------------------------------------------------------------

    async def _handle(self, request: Request) -> None:
        room = self.room
        if room is None and request.room is not None:
            room = await self.site.find_room(request.room)
            if room is None:
                self._answer(request, Rejected("not_found"))
                return
        if room is None:
            await self._answer_without_room(request)
        elif request.is_query:
            await self._query(room, request)
        else:
            await self._command(room, request)

    async def _answer_without_room(self, request: Request) -> None:
        if self.protocol.answer is None:
            self._answer(request, Rejected("unknown_action"))
            return
        for frame in await self.protocol.answer(self._peer, request):
            self.deliver(text_frame(frame))

    async def _command(self, room: Room, request: Request) -> None:
        command = Command(
            request.request_id or uuid.uuid4().hex, self.user, request.op, request.args
        )
        outcome = await room.submit(command)
        if self.is_closed:
            return
        if isinstance(outcome, Rejected):
            self._answer(request, outcome)
            return
        commit = outcome.commit
        if commit is None:
            return
        hub = self.site.sockets.hub(self.protocol.name, room)
        player = hub.player_of(self)
        if outcome.repeated:
            for frame in hub.frames(commit, player):
                self.deliver(frame)
        if commit.answer is not None:
            self._notice(request.op, commit.answer)

    async def _query(self, room: Room, request: Request) -> None:
        hub = self.site.sockets.hub(self.protocol.name, room)
        await hub.level()
        if self in hub.members:
            hub.hold(self)
            await self._catch_up(hub, room, _since(request.args))
        else:
            self._send_view(hub, room)

    async def _catch_up(self, hub: Hub, room: Room, since: int | None) -> None:
        """Send what was missed after an event number, or the whole view, then go on live.

        Frames that are committed meanwhile are held in the hub; those that were part of what is
        sent here are left out, so nothing comes twice and nothing is missing.
        """
        limit = self.site.limits.replayed_events
        commits = None if since is None else await room.since(since, limit)
        if self.is_closed:
            return
        if commits is None:
            after = self._send_view(hub, room)
        else:
            after = since or 0
            player = hub.player_of(self)
            for commit in commits:
                for (context, _), frame in zip(
                    visible(commit), hub.frames(commit, player), strict=True
                ):
                    if context.seq is not None and context.seq > after:
                        self.deliver(frame)
                        after = context.seq
        hub.release(self, after)

    def _send_view(self, hub: Hub, room: Room) -> int:
        """Send all that the viewer may see now; returns the number it is as of."""
        player = hub.player_of(self)
        seq = room.seq
        context = FrameContext(room.id, seq, 0, self.site.now_ms(), room.labels)
        for frame in self.codec.view(context, room.view(player), player):
            self.deliver(text_frame(frame))
        return seq

    # -- answers -----------------------------------------------------------------------------

    def _answer(self, request: Request | BadMessage, rejected: Rejected) -> None:
        player = None if self.room is None or not self.user else self.room.player_of(self.user)
        self.deliver(
            text_frame(self.codec.rejected(self._context(), request, rejected, player))
        )

    def _bad(self, bad: BadMessage) -> None:
        self._answer(bad, Rejected(bad.code, {"detail": bad.detail}))
        if not self._broken.take():
            log.info("broken_messages", user=self.user, room=self._room_id())
            self.close(POLICY, "too many broken messages")

    def _flooded(self) -> None:
        if self._work is None:
            self._refuse("too_many_messages", POLICY)
            return
        self._answer(BadMessage("too_many_messages", ""), Rejected("too_many_messages"))
        self._strikes -= 1
        if self._strikes <= 0:
            log.info("flood", user=self.user, room=self._room_id())
            self.close(POLICY, "too many messages")

    def _refuse(self, code: str, close_code: int) -> None:
        """Say why this socket may not go on, and close it."""
        if self.is_closed:
            return
        text = CODES[code].text if code in CODES else code
        self._notice("auth_error", {"code": code, "detail": text})
        self.close(close_code, code)

    def _notice(self, name: str, fields: Mapping[str, Json]) -> None:
        frame = self.codec.notice(self._context(), name, fields)
        if frame:
            self.deliver(text_frame(frame))

    def _context(self) -> FrameContext:
        return FrameContext(self._room_id(), None, 0, self.site.now_ms(), self._labels())

    def _labels(self) -> Mapping[str, Json]:
        return {} if self.room is None else self.room.labels

    def _room_id(self) -> str:
        return "" if self.room is None else self.room.id

    # -- leaving -----------------------------------------------------------------------------

    def _leave(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self.site.open_sockets.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()
        self.site.sockets.remove(self.protocol.name, self)
        if self._entered and self.room is not None:
            self.site.spawn(self._goodbye(self.room), "goodbye")
        if self._work is not None and self._work is not asyncio.current_task():
            self._work.cancel()

    async def _goodbye(self, room: Room) -> None:
        """Tell the room; a busy one is asked again, a stopped one will know at its restart."""
        for attempt in range(_GOODBYE_TRIES):
            outcome = await room.submit(self._presence("disconnect"))
            if not isinstance(outcome, Rejected) or outcome.code not in ("busy", "store_down"):
                return
            await asyncio.sleep(0.1 * 2**attempt)

    def _presence(self, op: str) -> Command:
        """Return the command of coming or going, with how many sockets there are right now."""
        assert self.room is not None
        sockets = self.site.sockets.in_room(self.protocol.name, self.room.id, self.user)
        args = {"username": self.name, "connections": len(sockets)}
        return Command(uuid.uuid4().hex, self.user, op, args)


def _since(args: Mapping[str, Json]) -> int | None:
    since = args.get("since")
    return since if isinstance(since, int) and not isinstance(since, bool) and since >= 0 else None
