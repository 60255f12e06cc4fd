"""Every open socket of the host: by user, by room, by protocol."""

from __future__ import annotations

from vphost.services.rooms.handle import RoomHandle
from vphost.web.hub import Hub, Member
from vphost.web.protocol import text_frame
from vphost.wire.codec import Codec
from vphost.wire.endpoints import SocketProtocol

Key = tuple[str, str]
"""(protocol, room id) for hubs, (protocol, user) for members."""


class Sockets:
    """The registry. Nothing here awaits, so what it returns stays true until the next await."""

    def __init__(self) -> None:
        self._protocols: dict[str, SocketProtocol] = {}
        self._hubs: dict[Key, Hub] = {}
        self._members: dict[Key, dict[Member, None]] = {}
        self._subscribed: dict[Key, dict[str, RoomHandle]] = {}
        self._per_user: dict[str, int] = {}
        self._hubs_of: dict[Member, set[Key]] = {}

    def __len__(self) -> int:
        return len(self._hubs_of)

    def add_protocol(self, protocol: SocketProtocol) -> None:
        """Register a protocol's codec."""
        self._protocols[protocol.name] = protocol

    def codec(self, name: str) -> Codec | None:
        """Return a protocol's codec."""
        protocol = self._protocols.get(name)
        return None if protocol is None else protocol.codec

    def count(self, user: str) -> int:
        """Return how many sockets a user has open."""
        return self._per_user.get(user, 0)

    def add(self, protocol: str, member: Member) -> None:
        """Add a socket whose user is known; it follows the rooms that the user subscribed to."""
        self._hubs_of[member] = set()
        self._per_user[member.user] = self.count(member.user) + 1
        key = (protocol, member.user)
        self._members.setdefault(key, {})[member] = None
        for room in self._subscribed.get(key, {}).values():
            self.attach(protocol, room, member)

    def remove(self, protocol: str, member: Member) -> None:
        """Remove a socket, also from its rooms; unknown ones are ignored."""
        if member not in self._hubs_of:
            return
        for key in tuple(self._hubs_of[member]):
            self.detach(key, member)
        del self._hubs_of[member]
        left = self.count(member.user) - 1
        self._per_user[member.user] = left
        if not left:
            del self._per_user[member.user]
        members = self._members[protocol, member.user]
        members.pop(member, None)
        if not members:
            del self._members[protocol, member.user]

    def hub(self, protocol: str, room: RoomHandle) -> Hub:
        """Return the hub of a room on a protocol; a hub without sockets is a temporary one."""
        return self._hubs.get((protocol, room.id)) or Hub(
            room, self._protocols[protocol]
        )

    def is_spreading(self, protocol: str, room_id: str) -> bool:
        """Return whether broadcasts in a room are still being written to some sockets."""
        hub = self._hubs.get((protocol, room_id))
        return hub is not None and hub.is_spreading

    def attach(self, protocol: str, room: RoomHandle, member: Member, hold: bool = False) -> Hub:
        """Let a socket follow a room. hold: see `Hub.attach`."""
        key = (protocol, room.id)
        hub = self._hubs[key] = self.hub(protocol, room)
        hub.attach(member, hold)
        self._hubs_of[member].add(key)
        return hub

    def detach(self, key: Key, member: Member) -> None:
        """Remove a socket from a room; a hub without sockets is dropped."""
        hub = self._hubs.get(key)
        if hub is None:
            return
        hub.detach(member)
        self._hubs_of.get(member, set()).discard(key)
        if not hub.members:
            del self._hubs[key]

    def in_room(self, protocol: str, room_id: str, user: str) -> list[Member]:
        """Return a user's sockets that follow a room."""
        hub = self._hubs.get((protocol, room_id))
        return [m for m in hub.members if m.user == user] if hub else []

    def is_online(self, protocol: str, user: str) -> bool:
        """Return whether a user has a socket on a protocol."""
        return (protocol, user) in self._members

    def push(self, protocol: str, user: str, frame: bytes) -> int:
        """Send a frame to all sockets of a user; returns how many there were."""
        members = tuple(self._members.get((protocol, user), ()))
        encoded = text_frame(frame)
        for member in members:
            member.deliver(encoded)
        return len(members)

    def subscribe(self, protocol: str, user: str, room: RoomHandle) -> None:
        """Let all sockets of a user, including later ones, follow a room."""
        rooms = self._subscribed.setdefault((protocol, user), {})
        if room.id not in rooms:
            rooms[room.id] = room
            for member in self._members.get((protocol, user), {}):
                self.attach(protocol, room, member)

    def unsubscribe(self, protocol: str, user: str, room_id: str) -> None:
        """Undo `subscribe`; unknown ones are ignored."""
        rooms = self._subscribed.get((protocol, user), {})
        if rooms.pop(room_id, None) is None:
            return
        if not rooms:
            del self._subscribed[protocol, user]
        for member in self._members.get((protocol, user), {}):
            self.detach((protocol, room_id), member)

    def close_session(self, user: str, session: str, code: int, reason: str) -> int:
        """Close the sockets of a user's session ("": of all sessions); returns how many."""
        members = [
            one for one in self._hubs_of
            if one.user == user and (not session or one.session == session)
        ]
        for member in members:
            member.close(code, reason)
        return len(members)

    def sessions(self) -> set[tuple[str, str]]:
        """Return (user, session) of all sockets whose user is known."""
        return {(one.user, one.session) for one in self._hubs_of}
