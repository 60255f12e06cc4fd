"""A feed of events with hostile bytes: each bad line is refused, the rest goes on."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from plugins.pools.operators import DONE, LINE_MAX, REFUSED, feed

GOOD = b'{"action_id": "goal", "target_id": "a"}\n'
GAME = "30cee1fa-fb20-41a6-a61c-0e0335abc2a9"


class Desk:
    """Takes every event and remembers it; what it is sent has to be JSON."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []

    def __call__(self, op: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        assert op == "pools.event" and args["game_id"] == GAME
        json.dumps(args, ensure_ascii=False).encode()
        self.events.append(args)
        return {"ok": True, "answer": {"n": len(self.events)}}


@pytest.mark.parametrize("line", [
    b"\xe9", b'{"action_id": "\xe9", "target_id": "a"}', b"[" * 3000, b'{"a":' * 600,
    b'{"action_id": "\\ud800", "target_id": "a"}', b"1" * 4000,
    b'{"action_id": "goal", "target_id": "a", "happened_at": ' + b"9" * 4000 + b"}",
    b'{"action_id": "goal", "target_id": "a", "happened_at": 1e400}',
    b'{"action_id": "goal", "target_id": "a", "happened_at": NaN}',
    b'{"action_id": "goal", "target_id": "a", "happened_at": "1417104170"}',
    b'{"action_id": "goal", "target_id": "a", "happened_at": true}',
    b'{"action_id": "goal", "target_id": "a", "happened_at": 0}',
    b'{"action_id": "goal", "target_id": "a", "extra": 0.5}',
    b'{"action_id": "goal"}', b'{"action_id": ["goal"], "target_id": "a"}',
    b'{"action_id": "goal", "action_id": "x", "target_id": "a"}',
    b"\xff\xfe{\x00", b"\x00", b"null", b"5", b'"x"', b"{" + b" " * 10 * LINE_MAX + b"}",
    codecs.BOM_UTF8 + GOOD.strip(),
], ids=range(23))
def test_a_bad_line_is_refused_and_the_rest_goes_on(
    line: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    assert feed(io.BytesIO(GOOD + line + b"\n" + GOOD + GOOD.strip()), GAME, desk) == REFUSED
    first, refused, *rest = map(json.loads, capsys.readouterr().out.splitlines())
    assert refused["code"] in ("bad_message", "too_large")
    assert refused["detail"]["line"] == 2 and (first, rest) == ({"n": 1}, [{"n": 2}, {"n": 3}])


def test_a_byte_order_mark_eats_no_event() -> None:
    desk = Desk()
    assert feed(io.BytesIO(codecs.BOM_UTF8 + GOOD + b"\r\n\n" + GOOD), GAME, desk) == DONE
    assert len(desk.events) == 2


@pytest.mark.parametrize("given, millis", [
    (1417104170, 1417104170000), (1417104170.5, 1417104170500), (1417104170000, 1417104170000),
    (None, None),
])
def test_a_moment_may_be_seconds(given: float | None, millis: int | None) -> None:
    desk = Desk()
    line = json.dumps({"action_id": "goal", "target_id": "a", "happened_at": given})
    assert feed(io.BytesIO(line.encode()), GAME, desk) == DONE
    assert desk.events[0]["happened_at"] == millis
