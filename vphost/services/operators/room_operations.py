"""What an operator may do with rooms, as named operations."""

from __future__ import annotations

from collections.abc import Mapping

from vphost.rules.mode import Json, Rejected
from vphost.services.operators.operations import TEXT_MAX, Added, Answer
from vphost.services.ports import StoreDown, StoreRefused
from vphost.services.rooms.rooms import Rooms

NO_HOST = Rejected("action_not_available", {
    "reason": "no host is running; the next start rebuilds every room",
})


def room_operations(rooms: Rooms | None) -> Mapping[str, Added]:
    """Return the operations. rooms: None for a store on which no host runs."""

    async def revive(args: Mapping[str, Json]) -> Answer:
        """Restart a stopped room from what is in the journal."""
        room_id = args.get("id")
        if args.keys() != {"id"} or type(room_id) is not str or not 0 < len(room_id) <= TEXT_MAX:
            return Rejected("bad_message", {"field": "id"})
        if rooms is None:
            return NO_HOST
        try:
            room = await rooms.revive(room_id)
        except StoreDown:
            return Rejected("store_down")
        except StoreRefused as error:
            return Rejected("room_quarantined", {"room": room_id, "reason": str(error)[:200]})
        if isinstance(room, Rejected):
            return room
        return {"id": room.id, "mode": room.mode_name, "seq": room.seq}

    return {"room.revive": revive}
