"""A check that what leaves the host is what the schemas say; for tests and the demo.

In production it is off: a frame that breaks its schema is a bug to be found before, and checking
costs more than making it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from vphost.rules.mode import Event, Json, Rejected
from vphost.wire.codec import BadMessage, Codec, FrameContext, Request
from vphost.wire.schemas import SchemaSet


class BrokenFrame(AssertionError):
    """A frame that its schema refuses; the message names the event, the place and the rule."""


class OutgoingCheck:
    """A codec around a codec that checks every frame before it is sent."""

    def __init__(self, codec: Codec, schemas: SchemaSet, folder: str) -> None:
        """folder: of the messages to clients, below /schemas/v1/, with its slash: `table/out/`."""
        self._codec = codec
        self._schemas = schemas
        self._folder = folder

    def check(self, frame: bytes) -> bytes:
        """Return a frame that is as its schema says. Raises: BrokenFrame."""
        message = orjson.loads(frame)
        place = f"{self._folder}{message.get('event')}.json"
        if place not in self._schemas:
            raise BrokenFrame(f"no schema at {place}")
        fault = self._schemas.explain(place, message)
        if fault is not None:
            raise BrokenFrame(f"{message['event']}: {'.'.join(map(str, fault.path))}: {fault.text}")
        return frame

    def decode(self, frame: str | bytes, labels: Mapping[str, Json]) -> Request | BadMessage:
        """Decode as the inner codec does."""
        return self._codec.decode(frame, labels)

    def event(self, context: FrameContext, event: Event, player: int | None) -> bytes:
        """Return the checked frame of one event for one projection."""
        return self.check(self._codec.event(context, event, player))

    def view(
        self, context: FrameContext, view: Mapping[str, Json], player: int | None
    ) -> Sequence[bytes]:
        """Return the checked frames that bring a viewer up to date."""
        return [self.check(frame) for frame in self._codec.view(context, view, player)]

    def rejected(
        self, context: FrameContext, request: Request | BadMessage, rejected: Rejected,
        player: int | None,
    ) -> bytes:
        """Return the checked answer to a refused request."""
        return self.check(self._codec.rejected(context, request, rejected, player))

    def notice(self, context: FrameContext, name: str, fields: Mapping[str, Json]) -> bytes:
        """Return the checked frame to one socket that is no event, empty where there is none."""
        frame = self._codec.notice(context, name, fields)
        return self.check(frame) if frame else frame
