"""The parts of a process: in order in, in reverse order out, whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from vphost.wiring.components import Component, Components


class Diary:
    """Parts that write down what happens to them. fails: `<name> <step>` that raise."""

    def __init__(self, *fails: str) -> None:
        self.lines: list[str] = []
        self._fails = fails

    def step(self, name: str, what: str) -> Callable[..., Awaitable[None]]:
        async def take(*given: str) -> None:
            await asyncio.sleep(0)
            self.lines.append(" ".join((name, what, *given)))
            if f"{name} {what}" in self._fails:
                raise OSError(name)

        return take

    def part(self, name: str, *steps: str) -> Component:
        return Component(name, **{what: self.step(name, what) for what in steps})

    def parts(self) -> Components:
        return Components([
            self.part("a", "open", "close"), self.part("b", "open", "start", "drain", "close"),
            self.part("c", "start", "close"), self.part("d", "start", "drain", "close"),
        ])


async def test_parts_begin_in_order_and_end_in_reverse() -> None:
    diary = Diary()
    parts = diary.parts()
    await parts.start()
    assert diary.lines == ["a open", "b open", "b start", "c start", "d start"]
    diary.lines.clear()
    await parts.drain("why")
    await parts.close()
    await parts.close()
    assert diary.lines == [
        "d drain why", "b drain why", "d close", "c close", "b close", "a close",
    ]


@pytest.mark.parametrize(("fails", "closed"), [
    ("a open", []), ("b open", ["a close"]), ("b start", ["b close", "a close"]),
    ("c start", ["b close", "a close"]), ("d start", ["c close", "b close", "a close"]),
])
async def test_a_failing_part_closes_what_was_opened(fails: str, closed: list[str]) -> None:
    diary = Diary(fails)
    parts = diary.parts()
    with pytest.raises(OSError, match=fails[0]):
        await parts.start()
    assert [line for line in diary.lines if line.endswith("close")] == closed
    assert diary.lines[-len(closed) - 1] == fails
    await parts.drain("why")
    await parts.close()
    assert diary.lines[-1] == (closed[-1] if closed else fails)


async def test_all_are_closed_although_one_fails() -> None:
    diary = Diary("d close", "b close")
    parts = diary.parts()
    await parts.start()
    with pytest.raises(OSError, match="b"):
        await parts.close()
    assert diary.lines[-4:] == ["d close", "c close", "b close", "a close"]


async def test_a_cancelled_start_closes_what_was_opened() -> None:
    diary, reached = Diary(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.Event().wait()

    parts = Components([diary.part("a", "open", "close"), Component("b", open=hang)])
    task = asyncio.create_task(parts.start())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert diary.lines == ["a open", "a close"]
