"""One socket's life: sign in, enter a room, ask, listen, leave. It knows codecs, not formats.

`receive` never waits, so that a slow room delays no pongs (those of `ping` included). A command for
the socket's own room is given to it at once, so that commands share a write; everything else is
queued for the connection's task.

Answers are sent in the order of the commands, each before the events of its own commit, and those
before the next answer. Two things see to that, because the room tells the outcome and the hub the
events in turns of the loop of their own: `answer_up_to`, called by the hub right before the events,
and `_unheard`, which holds back the next answer until the hub has sent the last one's events.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Mapping

import structlog

from vphost.rules.mode import HOST_OPERATIONS, NO_LABELS, Command, Json, Labels, Rejected
from vphost.services.journal.commits import Commit
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.handle import RoomHandle
from vphost.web.asked import Asked, commit_of, line_of, refusal_of, since_of, size_of, text_of
from vphost.web.hub import Hub, visible
from vphost.web.limits import TokenBucket
from vphost.web.protocol import text_frame
from vphost.web.site import Caller, Site
from vphost.web.transport import Transport
from vphost.wire.codec import BadMessage, FrameContext, Request
from vphost.wire.endpoints import Peer, SocketProtocol

PING, PONG, AUTHENTICATE = "ping", "pong", "authenticate"
UNAUTHENTICATED, FORBIDDEN, REPLACED = 4401, 4403, 4409
POLICY, RESTART, TRY_LATER = 1008, 1012, 1013
_PASSING = frozenset({"busy", "store_down", "draining"})
_GOODBYE_FIRST_S, _GOODBYE_LONGEST_S = 0.1, 5.0
log = structlog.get_logger("vphost.web")


class Connection:
    """A member of hubs. `user` is "" until the token has been checked."""

    def __init__(
        self, site: Site, protocol: SocketProtocol, room: RoomHandle | None, transport: Transport,
        is_lost: bool = False,
    ) -> None:
        """room: the one that the address names. is_lost: the address names one that does not
        exist."""
        limits = site.limits
        self.site = site
        self.protocol = protocol
        self.codec = protocol.codec
        self.room = room
        self.transport = transport
        self.user = ""
        self.name = ""
        self.session = ""
        self._peer = Peer("", "")
        self.is_closed = False
        self._line: str | None = None
        self._is_lost = is_lost
        self._entered = False
        self._number: int | None = None
        self._messages = TokenBucket(limits.messages_per_s, limits.message_burst)
        self._longest = min(limits.message_bytes, protocol.max_message_bytes)
        self._strikes = limits.strikes
        self._broken = TokenBucket(0.1, limits.broken_frames)
        self._mistyped = TokenBucket(1.0, 2 * limits.broken_frames)
        self._queue: asyncio.Queue[Request] = asyncio.Queue(limits.waiting_messages)
        self._asked: deque[Asked] = deque()
        self._unheard: tuple[Hub, Commit] | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_busy = True
        self._logon: Request | BadMessage | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # -- from the socket ---------------------------------------------------------------------

    def open(self, token: str | None, since: int | None, line: str | None = None) -> None:
        """Begin at once with a token; without one, wait for the first message to bring it."""
        self._line = line
        self.site.open_sockets.add(self)
        if token is not None:
            self._begin(token, since)
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(
            self.site.limits.authenticate_s, self._refuse, "not_authenticated", UNAUTHENTICATED
        )

    def receive(self, frame: str | bytes) -> None:
        """Decode one message and give or queue its request, or answer why it is refused."""
        if self.is_closed:
            return
        if not self._messages.take():
            self._refuse_flood()
            return
        request = (
            BadMessage("too_large", f"The message is longer than {self._longest} bytes.")
            if size_of(frame) > self._longest else self.codec.decode(frame, self._labels())
        )
        if self._work is None:
            self._log_on(request)
        elif isinstance(request, BadMessage):
            self._refuse_bad(request)
        elif request.is_query and request.op == PING:
            self._notice(PONG, {"request_id": request.request_id})
        elif self._is_free() and self.room is not None and not request.is_query:
            self._give(self.room, request)
        else:
            try:
                self._queue.put_nowait(request)
            except asyncio.QueueFull:
                self._answer(request, Rejected("too_many_messages"))

    def _is_free(self) -> bool:
        """Return whether a command may be given now: it overtakes nothing, and few are pending."""
        is_waiting = self._is_busy or not self._queue.empty()
        return not is_waiting and len(self._asked) < self.site.limits.asked_at_once

    def end(self) -> None:
        """Note that the socket has closed, whoever closed it."""
        self._leave()

    # -- from the hubs -----------------------------------------------------------------------

    def deliver(self, frame: bytes) -> None:
        """Write one encoded frame; leave when the socket cannot take it."""
        if not self.transport.send(frame) and not self.is_closed:
            if self.transport.dropped:
                log.info("slow_reader_dropped", user=self.user, room=self._room_id())
            self._leave()

    def answer_up_to(self, commit: Commit) -> None:
        """Answer the commands up to that of a commit whose events the hub sends next.

        The outcomes are there by now, but their callbacks may only run after the hub's listener.
        """
        for place, asked in enumerate(self._asked):
            if asked.outcome.done() and commit_of(asked.outcome) is commit:
                for _ in range(place + 1):
                    if self._asked:
                        self._reply(self._asked.popleft())
                break
        if self._asked:
            asyncio.get_running_loop().call_soon(self._settle)

    def close(self, code: int, reason: str) -> None:
        """Close and leave at once, without waiting for the peer's answer."""
        self.transport.close(code, reason)
        self._leave()

    def give_way(self) -> None:
        """Close in favour of a newer connection of the same user, which stays in the room."""
        self._entered = False
        self._refuse("already_connected", REPLACED)

    # -- signing in --------------------------------------------------------------------------

    def _log_on(self, request: Request | BadMessage) -> None:
        self._logon = request
        if isinstance(request, BadMessage) or request.op != AUTHENTICATE:
            code = "bad_message" if request.op == AUTHENTICATE else "not_authenticated"
            self._refuse(code, UNAUTHENTICATED)
            return
        self._line = line_of(request.args) or self._line
        self._begin(str(request.args.get("token", "")), since_of(request.args))
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
                self._logon = None
                while not self.is_closed:
                    if self._queue.empty():
                        self._is_busy = False
                    request = await self._queue.get()
                    self._is_busy = True
                    await self._handle(request)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # Top of a task: log it and end this socket only.
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, ModeFault):  # The room has logged it and is quarantined.
            self._refuse("room_quarantined", 1011)
            return
        incident = uuid.uuid4().hex[:12]
        log.error("socket_failed", incident=incident, error=repr(error), exc_info=error)
        self.close(1011, f"internal error {incident}")

    async def _sign_in(self, token: str) -> bool:
        if self.site.identify_socket is None:
            caller = await self.site.identify(token)
        else:
            caller = await self.site.identify_socket(token, self._room_id())
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
            if self.site.player_number is not None:
                self._number = await self.site.player_number(self.room.id, caller.id)
        if self.is_closed or not self._register(caller):
            return False
        # From now on the registry closes this socket when its session ends. The session may have
        # ended before, while this task was waiting, so look once more.
        if not await self.site.is_live(self.user, self.session):
            self._refuse("not_authenticated", UNAUTHENTICATED)
        return not self.is_closed

    def _register(self, caller: Caller) -> bool:
        """Add this socket to the registry and the room's hub; a user's older one gives way.

        It does not await anything, so of two that sign in at once the later finds the earlier.
        """
        sockets = self.site.sockets
        self.user, self.name, self.session = caller.id, caller.name, caller.session
        self._peer = Peer(caller.id, caller.name)
        if self.room is not None and self.protocol.one_socket_per_room:
            for older in sockets.in_room(self.protocol.name, self.room.id, self.user):
                assert isinstance(older, Connection), "hubs of this process hold connections"
                older.give_way()
        if sockets.count(self.user) >= self.site.limits.sockets_per_user:
            self._refuse("too_many_sockets", POLICY)
            return False
        sockets.add(self.protocol.name, self)
        if self.room is not None:
            sockets.attach(self.protocol.name, self.room, self, hold=True)
            self._entered = True
        if caller.expires_in_s is not None:
            self._deadline = asyncio.get_running_loop().call_later(
                caller.expires_in_s, self._refuse, "token_expired", UNAUTHENTICATED
            )
        return True

    async def _enter(self, since: int | None) -> bool:
        """Tell the room, then let the socket follow it from exactly that point on."""
        if self.room is None:
            self._notice("user_connected", {"user": self.user, "username": self.name})
            return True
        hub = self.site.sockets.hub(self.protocol.name, self.room)
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
        is_command = room is not None and not request.is_query
        await self._wait_for_answers(self.site.limits.asked_at_once - 1 if is_command else 0)
        if room is None:
            await self._answer_without_room(request)
        elif request.is_query:
            await self._query(room, request)
        elif request.op in HOST_OPERATIONS:  # A plugin's codec may return any op.
            self._answer(request, Rejected("unknown_action"))
        elif not self.is_closed:
            self._give(room, request)

    async def _wait_for_answers(self, left: int) -> None:
        """Wait until at most so many commands are unanswered."""
        while len(self._asked) > left and not self.is_closed:
            await asyncio.wait([self._asked[0].outcome])
            await asyncio.sleep(0)

    async def _answer_without_room(self, request: Request) -> None:
        if self.protocol.answer is None:
            self._answer(request, Rejected("unknown_action"))
            return
        for frame in await self.protocol.answer(self._peer, request):
            self.deliver(text_frame(frame))

    def _give(self, room: RoomHandle, request: Request) -> None:
        """Give a command to its room now; `_settle` or `answer_up_to` answers it."""
        command = Command(
            request.request_id or uuid.uuid4().hex, self.user, request.op, request.args
        )
        asked = Asked(request, room, room.give(command))
        self._asked.append(asked)
        asked.outcome.add_done_callback(self._settle)

    def _settle(self, _: object = None) -> None:
        """Answer the oldest commands whose outcome is known, until events have to come first."""
        while self._asked and self._asked[0].outcome.done() and not self._is_hearing():
            self._reply(self._asked.popleft())

    def _is_hearing(self) -> bool:
        """Return whether events of the last answered command have yet to be sent."""
        if self._unheard is not None:
            hub, commit = self._unheard
            if self in hub.members and not hub.has_heard(commit):
                return True
            self._unheard = None
        return False

    def _reply(self, asked: Asked) -> None:
        """Answer one command. The next answer waits until this one's events have been sent."""
        if self.is_closed or asked.outcome.cancelled():
            return
        try:
            self._reply_to(asked)
        except Exception as error:  # It would be lost in a callback: end this socket.
            self._fail(error)

    def _reply_to(self, asked: Asked) -> None:
        outcome, request = asked.outcome.result(), asked.request
        if isinstance(outcome, Rejected):
            self._answer(request, outcome)
            return
        commit = outcome.commit
        if commit is None:
            return
        hub = self.site.sockets.hub(self.protocol.name, asked.room)
        player = hub.player_of(self)
        if outcome.repeated:
            for frame in hub.frames(commit, player):
                self.deliver(frame)
        elif self._asked:
            self._unheard = hub, commit
        if commit.answer is not None:
            self._notice(request.op, commit.answer)

    async def _query(self, room: RoomHandle, request: Request) -> None:
        hub = self.site.sockets.hub(self.protocol.name, room)
        await hub.wait_until_current()
        if self in hub.members:
            hub.hold(self)
            self._line = line_of(request.args)
            await self._catch_up(hub, room, since_of(request.args))
        else:
            self._send_view(hub, room)

    async def _catch_up(self, hub: Hub, room: RoomHandle, since: int | None) -> None:
        """Send the events after a number, or the whole view, then go on live.

        Frames of commits made meanwhile are held in the hub; `release` drops those that are
        contained in what is sent here, so nothing is sent twice and nothing is missing.
        """
        limit = self.site.limits.replayed_events
        commits = None if since is None else await room.since(since, limit, self._line)
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

    def _send_view(self, hub: Hub, room: RoomHandle) -> int:
        """Send all that the viewer may see now; returns the number of the newest event in it."""
        player = hub.player_of(self)
        seq = room.seq
        context = self.site.context(room.id, seq, room.labels)
        for frame in self.codec.view(context, room.view(player), player):
            self.deliver(text_frame(frame))
        return seq

    # -- answers -----------------------------------------------------------------------------

    def _answer(self, request: Request | BadMessage, rejected: Rejected) -> None:
        player = None if self.room is None or not self.user else self.room.player_of(self.user)
        self.deliver(
            text_frame(self.codec.rejected(self._context(), request, rejected, player))
        )
        is_shared = rejected.code in self.protocol.shared_refusals
        if is_shared and self.room is not None and isinstance(request, Request):
            self.site.sockets.hub(self.protocol.name, self.room).share_refusal(
                self._context(), request, rejected, self.user
            )

    def _refuse_bad(self, bad: BadMessage) -> None:
        """Refuse an invalid message, and close after too many; wrong amounts are forgiven more."""
        self._answer(bad, refusal_of(bad))
        if not (self._mistyped if bad.code == "bad_amount" else self._broken).take():
            log.info("broken_messages", user=self.user, room=self._room_id())
            self.close(POLICY, "too many broken messages")

    def _refuse_flood(self) -> None:
        if self._work is None:
            self._refuse("too_many_messages", POLICY)
            return
        self._answer(BadMessage("too_many_messages", ""), Rejected("too_many_messages"))
        self._strikes -= 1
        if self._strikes <= 0:
            log.info("flood", user=self.user, room=self._room_id())
            self.close(POLICY, "too many messages")

    def _refuse(self, code: str, close_code: int) -> None:
        """Send why this socket may not go on, and close it."""
        if self.is_closed:
            return
        text = text_of(code, self._logon)
        self._notice("auth_error", {"code": code, "detail": text}, self._logon)
        self.close(close_code, code)

    def _notice(
        self, name: str, fields: Mapping[str, Json], request: Request | BadMessage | None = None
    ) -> None:
        frame = self.codec.notice(self._context(), name, fields, request)
        if frame:
            self.deliver(text_frame(frame))

    def _context(self) -> FrameContext:
        return self.site.context(self._room_id(), None, self._labels())

    def _labels(self) -> Labels:
        return NO_LABELS if self.room is None else self.room.labels

    def _room_id(self) -> str:
        return "" if self.room is None else self.room.id

    # -- leaving -----------------------------------------------------------------------------

    def _leave(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._asked.clear()
        self.site.open_sockets.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()
        self.site.sockets.remove(self.protocol.name, self)
        if self._entered and self.room is not None and not self.room.frozen:
            self.site.spawn(self._goodbye(self.room), "goodbye")
        if self._work is not None and self._work is not asyncio.current_task():
            self._work.cancel()

    async def _goodbye(self, room: RoomHandle) -> None:
        """Tell the room, however long it takes; a stopped room learns it at its restart.

        Otherwise somebody who left while the store was down would count as present for ever.
        """
        wait_s = _GOODBYE_FIRST_S
        while True:
            outcome = await room.submit(self._presence("disconnect"))
            if not isinstance(outcome, Rejected) or outcome.code not in ("busy", "store_down"):
                return
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _GOODBYE_LONGEST_S)

    def _presence(self, op: str) -> Command:
        """Return the command for coming or going, with the number of the user's sockets now."""
        assert self.room is not None
        sockets = self.site.sockets.in_room(self.protocol.name, self.room.id, self.user)
        args: dict[str, Json] = {"username": self.name, "connections": len(sockets)}
        if op == "connect" and self._number is not None:
            args["player"] = self._number
        return Command(uuid.uuid4().hex, self.user, op, args)
