"""From a commit to the sockets: one listener per room and protocol, each frame encoded once.

The public frame of an event is built once for all viewers, and one more for every player who has
secrets in it; the frames of a commit are sent together. So a hundred spectators cost one encoding
and a hundred writes, however many events the commit has. Beyond `AT_ONCE` members the writes are
spread over turns of the loop, in order, so that ten thousand members do not delay other rooms.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from vphost.rules.mode import REFUSED, Event, Rejected
from vphost.services.journal.commits import Commit
from vphost.services.rooms.handle import RoomHandle
from vphost.web.protocol import text_frame
from vphost.wire.codec import FrameContext, Request
from vphost.wire.endpoints import SocketProtocol

MAX_HELD = 2000
AT_ONCE = 200
"""Up to how many members are all written to at once."""
TURN_S = 0.004
"""How long one turn of the loop writes to members of a larger room."""
PARCELS_MAX = 1_000
"""Broadcasts of one room that may wait to be spread; beyond this they are written at once."""
log = structlog.get_logger("vphost.web")


class Member(Protocol):
    """A socket as its hubs see it."""

    user: str
    session: str

    def deliver(self, frame: bytes) -> None:
        """Write an encoded frame; never raises, never waits."""
        ...

    def answer_up_to(self, commit: Commit) -> None:
        """Send the answer to a commit of the member's user, whose events come next; never raises.
        """
        ...

    def close(self, code: int, reason: str) -> None: ...


@dataclass(slots=True)
class Place:
    """A socket in a hub.

    player: its player id as last known, so that a removed player still gets the event that says
    so. after_seq: number of the newest event that it already has. held: frames kept back while
    older events are being sent, None when nothing is kept back.
    """

    player: int | None
    after_seq: int
    held: list[tuple[int, bytes]] | None = None


def visible(commit: Commit) -> Iterator[tuple[FrameContext, Event]]:
    """Yield the visible events of a commit, each with its number and place."""
    order = 0
    for event in commit.events:
        if not event.name.startswith("_"):
            context = FrameContext(
                commit.room, commit.room_seq_first + order, order, commit.at_ms, commit.labels,
                commit.shift_ms,
            )
            yield context, event
            order += 1


@dataclass(slots=True)
class Parcel:
    """A broadcast that is being spread. members: who has yet to get it. send: writes it to one."""

    members: Iterator[Member]
    send: Callable[[Member], None]


class Hub:
    """The sockets that follow one room over one protocol."""

    def __init__(self, room: RoomHandle, protocol: SocketProtocol) -> None:
        self.room = room
        self.codec = protocol.codec
        self._partings = protocol.partings
        self.members: dict[Member, Place] = {}
        self.heard_seq = room.seq
        """Number of the newest event that has been given to the members."""
        self._parcels: deque[Parcel] = deque()

    def attach(self, member: Member, hold: bool = False) -> None:
        """Let a socket follow the room from now on. hold: keep frames back until `release`."""
        if not self.members:
            self.room.add_listener(self.broadcast)
            self.heard_seq = self.room.seq
        self.members[member] = Place(
            self.room.player_of(member.user), self.room.seq, [] if hold else None
        )

    def detach(self, member: Member) -> None:
        """Let a socket follow the room no longer."""
        if self.members.pop(member, None) is not None and not self.members:
            self.room.remove_listener(self.broadcast)

    def hold(self, member: Member) -> None:
        """Keep a socket's frames back while older events are fetched for it."""
        self.members[member].held = []

    def release(self, member: Member, after_seq: int) -> None:
        """Send a socket its held frames that are newer than after_seq, and hold no more."""
        place = self.members.get(member)
        if place is None:
            return
        held, place.held, place.after_seq = place.held or [], None, after_seq
        self.player_of(member)
        for seq, frame in held:
            if seq > after_seq:
                member.deliver(frame)

    def broadcast(self, commit: Commit) -> None:
        """Send one commit to all sockets of this room. Never raises into the room."""
        events = list(visible(commit))
        try:
            # The socket of a player who is sent away closes right after that event and must not
            # get the later ones of the commit, so then each event is sent by itself.
            if any(event.secret and event.name in self._partings for _, event in events):
                for context, event in events:
                    self._send(commit, [(context, event)])
            elif events:
                self._send(commit, events)
        except Exception as error:  # A frame that cannot be made must not stop the room.
            log.error("broadcast_failed", room=self.room.id, commit=commit.id, error=repr(error))
            for member in tuple(self.members):
                member.close(1011, "internal error")
        self.heard_seq = max(self.heard_seq, commit.room_seq_first - 1 + len(events))

    def has_heard(self, commit: Commit) -> bool:
        """Return whether the members have been given a commit's events."""
        return self.heard_seq >= commit.room_seq_first or not any(visible(commit))

    async def wait_until_current(self) -> None:
        """Wait until the members have been given all durable events, a turn of the loop or two.

        So a query that follows a command on the same socket is answered after the command's
        events, and a view is never sent before events that it already contains.
        """
        seq = self.room.seq
        while self.heard_seq < seq and self.members:
            await asyncio.sleep(0)

    def frames(self, commit: Commit, player: int | None) -> list[bytes]:
        """Return the encoded frames of a commit for one viewer."""
        return [
            text_frame(self.codec.event(context, event, secret_for(event, player)))
            for context, event in visible(commit)
        ]

    def player_of(self, member: Member) -> int | None:
        """Return the player id of a socket's user, even right after the player was removed.

        Once known it is remembered: when the event of the removal is sent, the state of the room
        no longer knows the player, who still has to get their own form of it and the goodbye.
        """
        place = self.members.get(member)
        if place is None:
            return self.room.player_of(member.user)
        if place.player is None:
            place.player = self.room.player_of(member.user)
        return place.player

    @property
    def is_spreading(self) -> bool:
        """Whether broadcasts are still being written to the last members."""
        return bool(self._parcels)

    def publish(self, frame_for: Callable[[str], bytes | None]) -> None:
        """Send every socket a frame that is not an event. frame_for: user -> frame, or None."""

        def send(member: Member) -> None:
            frame = frame_for(member.user)
            if frame is not None and member in self.members:
                member.deliver(frame)

        self._spread(send)

    def share_refusal(
        self, context: FrameContext, request: Request, rejected: Rejected, caller: str
    ) -> None:
        """Send a refusal to everybody but the caller, without the request's id."""
        shared = replace(request, request_id=None)
        frame = text_frame(self.codec.rejected(context, shared, rejected, None))
        self.publish(lambda user: None if user == caller else frame)

    def _send(self, commit: Commit, events: list[tuple[FrameContext, Event]]) -> None:
        """Send some events of a commit together, a parting by itself.

        goodbyes: player -> the reason that a parting gives to them. Their sockets are closed with
        it, after the event and never before, since the event says why. The close code 1000 tells a
        client not to reconnect.
        """
        frames = self._projections(events)
        public, plain = frames[None], len(frames) == 1
        last, event = events[-1]
        seq, user = last.seq or 0, commit.user
        goodbyes = {
            owner: str(own["reason"]) for owner, own in event.secret.items()
            if event.name in self._partings and "reason" in own
        }

        def send(member: Member) -> None:
            place = self.members.get(member)
            if place is None:
                return
            if member.user == user:
                member.answer_up_to(commit)
            player = None if plain else self.player_of(member)
            self._deliver(member, place, seq, frames.get(player, public))
            if player is not None and player in goodbyes:
                member.close(1000, goodbyes[player])

        self._spread(send)

    def _projections(
        self, events: list[tuple[FrameContext, Event]]
    ) -> dict[int | None, bytes]:
        """Return player -> the encoded frames of all events; None is everybody without secrets."""
        owners = {owner for _, event in events for owner in event.secret}
        parts: dict[int | None, list[bytes]] = {None: [], **{owner: [] for owner in owners}}
        for context, event in events:
            public = text_frame(self.codec.event(context, event, None))
            parts[None].append(public)
            for owner in owners:
                parts[owner].append(
                    text_frame(self.codec.event(context, event, owner))
                    if owner in event.secret else public
                )
                parts[owner].append(self._refusal(context, event, owner))
        return {owner: b"".join(frames) for owner, frames in parts.items()}

    def _refusal(self, context: FrameContext, event: Event, owner: int) -> bytes:
        """Return the refusal that an event contains for one player, or empty bytes.

        (An action chosen ahead of one's turn may turn out to be impossible when the turn comes.)
        """
        refused = event.secret.get(owner, {}).get(REFUSED)
        if refused is None:
            return b""
        request = Request(refused["action"], {}, None)
        return text_frame(self.codec.rejected(
            replace(context, seq=None), request, Rejected(refused["code"]), owner
        ))

    def _spread(self, send: Callable[[Member], None]) -> None:
        """Write to all members: at once when they are few, otherwise some in each turn."""
        if len(self.members) <= AT_ONCE and not self._parcels:
            for member in tuple(self.members):
                send(member)
            return
        self._parcels.append(Parcel(iter(tuple(self.members)), send))
        if len(self._parcels) == 1:
            asyncio.get_running_loop().call_soon(self._take_turn)
        while len(self._parcels) > PARCELS_MAX:
            self._step()

    def _take_turn(self) -> None:
        """Write to the next members, and schedule the next turn while some are left."""
        self._step()
        if self._parcels:
            asyncio.get_running_loop().call_soon(self._take_turn)

    def _step(self) -> None:
        parcel = self._parcels[0]
        end_s = time.monotonic() + TURN_S
        for member in parcel.members:
            parcel.send(member)
            if time.monotonic() >= end_s:
                return
        self._parcels.popleft()

    @staticmethod
    def _deliver(member: Member, place: Place, seq: int, frame: bytes) -> None:
        if place.held is None:
            if seq > place.after_seq:
                member.deliver(frame)
        elif len(place.held) < MAX_HELD:
            place.held.append((seq, frame))
        else:
            member.close(1013, "too far behind")


def secret_for(event: Event, player: int | None) -> int | None:
    """Return the projection of an event for a player: their own, or None for the public one."""
    return player if player in event.secret else None
