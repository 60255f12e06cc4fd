"""A check that every outgoing frame fits its schema; for tests and the demo.

In production it is off: a frame that breaks its schema is a bug that tests should find, and
checking a frame costs more than making it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from vphost.rules.mode import Event, Json, Labels, Mode, Rejected
from vphost.rules.mode_parts import protocol_of
from vphost.wire.codec import BadMessage, Codec, FrameContext, Request
from vphost.wire.schemas import SchemaSet


class UndescribedFrame(AssertionError):
    """A frame that does not fit its schema; the message names the event, the path and the rule."""


class OutgoingCheck:
    """A codec around a codec that checks every frame before it is sent."""

    def __init__(self, codec: Codec, schemas: SchemaSet, folder: str) -> None:
        """folder: of the outgoing messages below /schemas/v1/, with a final slash: `table/out/`."""
        self._codec = codec
        self._schemas = schemas
        self._folder = folder
        self.out_folder = folder
        self.events: frozenset[str] | None = getattr(codec, "events", None)

    def check(self, frame: bytes) -> bytes:
        """Return the frame when it fits its schema. Raises: BrokenFrame."""
        message = orjson.loads(frame)
        check_frame(self._schemas, self._folder, message.get("event"), message)
        return frame

    def decode(self, frame: str | bytes, labels: Labels) -> Request | BadMessage:
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

    def notice(
        self, context: FrameContext, name: str, fields: Mapping[str, Json],
        request: Request | BadMessage | None = None,
    ) -> bytes:
        """Return the checked frame that is not an event, or empty bytes when there is none."""
        frame = self._codec.notice(context, name, fields, request)
        return self.check(frame) if frame else frame


def check_frame(schemas: SchemaSet, folder: str, name: str, message: Json) -> None:
    """Check a message against the schema of its name. Raises: BrokenFrame."""
    place = f"{folder}{name}.json"
    if place not in schemas:
        raise UndescribedFrame(f"no schema at {place}")
    fault = schemas.explain(place, message)
    if fault is not None:
        raise UndescribedFrame(f"{name}: {'.'.join(map(str, fault.path))}: {fault.text}")


class ModeFrames:
    """What the protocols of the modes can send: the `border.Wire` that rooms ask."""

    def __init__(
        self, schemas: SchemaSet, codecs: Mapping[str, Codec], checks_frames: bool
    ) -> None:
        """codecs: by protocol name. checks_frames: make and check every frame before a commit."""
        self._schemas = schemas
        self._codecs = codecs
        self._checks_frames = checks_frames
        self._names: dict[str, frozenset[str] | None] = {
            name: getattr(codec, "events", None) for name, codec in codecs.items()
        }

    def event_names(self, mode: Mode[Any]) -> frozenset[str] | None:
        """Return the names of events that have a frame; None when the protocol does not say."""
        return self._names.get(protocol_of(mode, mode.name))

    def fault_of_events(
        self, mode: Mode[Any], room: str, first_seq: int, at_ms: int, events: Sequence[Event],
        labels: Labels,
    ) -> str | None:
        """Return what is wrong with the first frame that does not fit; None when all do.

        Every event is made for everybody and for each player with secrets in it.
        Returns None, too, when frames are not checked.
        """
        codec = self._codecs.get(protocol_of(mode, mode.name))
        if codec is None or not self._checks_frames:
            return None
        visible = [event for event in events if not event.name.startswith("_")]
        for order, event in enumerate(visible):
            context = FrameContext(room, first_seq + order, order, at_ms, labels)
            for player in (None, *event.secret):
                frames = partial(codec.event, context, event, player)
                if (fault := self._fault(codec, event.name, frames)) is not None:
                    return fault
        return None

    def fault_of_view(
        self, mode: Mode[Any], room: str, seq: int, view: Mapping[str, Json], player: int | None,
        labels: Labels,
    ) -> str | None:
        """Return what is wrong with a view's frames; None when they fit or are not checked."""
        codec = self._codecs.get(protocol_of(mode, mode.name))
        if codec is None or not self._checks_frames:
            return None
        context = FrameContext(room, seq, 0, 0, labels)
        for name, payload in view.items():
            def frame(name: str = name, payload: Json = payload) -> bytes:
                return b"".join(codec.view(context, {name: payload}, player))
            if (fault := self._fault(codec, name, frame)) is not None:
                return fault
        return None

    def _fault(self, codec: Codec, name: str, make: Callable[[], bytes]) -> str | None:
        """Return what is wrong with a frame: it cannot be made, or it does not fit its schema."""
        try:
            message = orjson.loads(make() or b"null")
            folder = getattr(codec, "out_folder", None)
            if message is not None and folder is not None:
                check_frame(self._schemas, folder, message.get("event", name), message)
        except UndescribedFrame as error:
            return str(error)
        except Exception as error:  # A plugin's codec may raise anything for an unexpected event.
            return f"{name}: {type(error).__name__}: {error}"
        return None
