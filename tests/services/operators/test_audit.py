"""The audit log: an unbroken chain, durable before it is answered, without secrets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from tests.services.operators.audit_tampering import TAMPERED, Tamper, six_rows
from vphost.services.clock import SystemClock
from vphost.services.operators.audit import HEAD, ROWS, Audit, cleaned, newest, row_id
from vphost.services.operators.audit_check import verify
from vphost.services.ports import Document, Documents, StoreDown
from vphost.store import open_store


@pytest.fixture
async def documents() -> AsyncIterator[Documents]:
    journal, opened = await open_store("memory:")
    yield opened
    await journal.close()


@pytest.fixture
async def audit(documents: Documents) -> Audit:
    made = Audit(documents, SystemClock())
    await made.open()
    return made


async def test_rows_follow_each_other_and_verify(audit: Audit, documents: Documents) -> None:
    first = await audit.record("uid:0", "user.add", "user:a", {"name": "ada"})
    second = await audit.record("user:a", "key.revoke", "key:b", outcome="not_found")
    assert (first.seq, second.seq) == (1, 2)
    assert first.previous_hash == "0" * 64 and second.previous_hash == first.hash
    verdict = await verify(documents)
    assert verdict.report() == {"ok": True, "entries": 2, "head": second.hash, "faults": []}


@pytest.mark.parametrize(("tamper", "said"), TAMPERED, ids=lambda one: getattr(one, "__name__", ""))
async def test_73_the_first_wrong_row_is_named(
    documents: Documents, tamper: Tamper, said: str
) -> None:
    await six_rows(Audit(documents, SystemClock()))
    assert (await verify(documents)).ok
    await tamper(documents)
    assert (await verify(documents)).faults[0] == said


async def test_rows_of_many_at_once_are_one_chain(audit: Audit, documents: Documents) -> None:
    entries = await asyncio.gather(*(audit.record("uid:0", f"op{n}") for n in range(60)))
    for number in range(60):
        audit.note("host", f"note{number}")
    await audit.close()
    assert sorted(entry.seq for entry in entries) == list(range(1, 61))
    verdict = await verify(documents)
    assert (verdict.ok, verdict.entries) == (True, 120)


async def test_two_writers_share_one_chain(documents: Documents) -> None:
    audits = [Audit(documents, SystemClock()) for _ in range(3)]
    for one in audits:
        await one.open()
    await asyncio.gather(*(audits[n % 3].record("uid:0", f"op{n}") for n in range(30)))
    verdict = await verify(documents)
    assert (verdict.ok, verdict.entries) == (True, 30)


class Failing:
    """A store that fails at a chosen call: `before` it is done or `after`."""

    def __init__(self, documents: Documents, call: str, when: str, times: int = 1) -> None:
        self._documents = documents
        self._call = call
        self._when = when
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        return await self._do("insert", collection, id, body)

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        return await self._do("replace", collection, id, version, body)

    async def _do(self, call: str, *args: Any) -> Document:
        fails = call == self._call and self.left > 0
        self.left -= fails
        if fails and self._when == "before":
            raise StoreDown("asked for")
        done: Document = await getattr(self._documents, call)(*args)
        if fails:
            raise StoreDown("asked for")
        return done


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_row_whose_outcome_was_unknown_is_there_once(
    documents: Documents, audit: Audit, when: str
) -> None:
    failing = Audit(Failing(documents, "insert", when), SystemClock())
    await failing.open()
    assert (await failing.record("uid:0", "op")).seq == 1
    assert (await failing.record("uid:0", "op")).seq == 2
    assert (await verify(documents)).entries == 2


@pytest.mark.parametrize(("call", "when"), [
    ("insert", "before"), ("replace", "before"), ("replace", "after"),
])
async def test_a_kill_between_two_writes_leaves_a_whole_chain(
    documents: Documents, audit: Audit, call: str, when: str
) -> None:
    """The store's last word to the dying process is lost; another process goes on."""
    await audit.record("uid:0", "op")
    dying = Audit(Failing(documents, call, when, times=100), SystemClock(), pauses_s=(0.0,))
    await dying.open()
    with pytest.raises(StoreDown):
        await dying.record("uid:0", "op")
    assert (await verify(documents)).ok
    following = Audit(documents, SystemClock())
    await following.open()
    entry = await following.record("uid:0", "op")
    verdict = await verify(documents)
    assert (verdict.ok, verdict.entries) == (True, entry.seq)


async def test_a_writer_goes_on_after_the_store_failed(documents: Documents, audit: Audit) -> None:
    store = Failing(documents, "replace", "after", times=1)
    failing = Audit(store, SystemClock())
    await failing.open()
    with pytest.raises(StoreDown):
        await failing.record("uid:0", "op")
    assert (await failing.record("uid:0", "op")).seq == 2
    assert (await verify(documents)).ok


async def test_a_note_that_cannot_be_stored_is_told(
    documents: Documents, audit: Audit, expect_log: Any
) -> None:
    expect_log("audit_row_lost")
    failing = Audit(
        Failing(documents, "insert", "before", times=100), SystemClock(), pauses_s=(0.0,)
    )
    await failing.open()
    failing.note("host", "op")
    await failing.close()


async def test_strangers_cannot_fill_the_log(documents: Documents, audit: Audit) -> None:
    for number in range(500):
        for who in ("address:10.0.0.1", f"address:10.0.{number}.1"):
            audit.note_refused(who, "operator.refused", "admin/users/", "forbidden")
    audit.note("host", "op")
    await audit.close()
    rows = await newest(documents, 0, 1000)
    assert 100 < len(rows) <= 220
    assert sum(row.body["detail"].get("rows_left_out", 0) for row in rows) + len(rows) == 1001


async def test_no_secret_gets_into_a_row(audit: Audit, documents: Documents) -> None:
    await audit.record("uid:0", "op", "vph_abcdefghijklmnop." + "s" * 43, {
        "password": "hunter2", "config": {"deck": ["AS"], "name": "Friday", "pocket_cards": "KD"},
        "note": "his token is eyJhbGciOiJI.eyJzdWIiOiJh.c2lnbmF0dXJl indeed",
        "list": [{"api_key": "hunter2"}, 5], "Authorization": "Bearer hunter2",
    })
    [row] = await newest(documents, 0, 10)
    text = json.dumps(row.body)
    for secret in ("hunter2", "AS", "KD", "sssss", "eyJ", "c2lnbmF0dXJl"):
        assert secret not in text
    assert "Friday" in text and row.body["detail"]["password"] == "***"


async def test_facts_are_flat_and_bounded() -> None:
    told = cleaned({
        "text": "x" * 10_000, "list": list(range(10_000)), "big": 2**70, "none": None,
        "yes": True, "surrogate": "\ud800", **{f"f{n}": n for n in range(100)},
    })
    assert len(told) == 24 and told["none"] is None and told["yes"] is True
    assert told["big"] == str(2**70) and told["surrogate"] == "?"
    assert max(len(value) for value in told.values() if isinstance(value, str)) == 400


async def test_rows_are_paged_from_the_newest_on(audit: Audit, documents: Documents) -> None:
    await six_rows(audit)

    def seqs(rows: Sequence[Document]) -> list[int]:
        return [row.body["seq"] for row in rows]

    assert seqs(await newest(documents, 0, 4)) == [6, 5, 4, 3]
    assert seqs(await newest(documents, 3, 4)) == [2, 1]
    assert seqs(await newest(documents, 1, 4)) == []


async def test_a_store_without_a_log_is_in_order(documents: Documents) -> None:
    assert (await verify(documents, is_kept=False)).report()["ok"]


async def test_a_log_that_is_gone_as_a_whole_is_missed(audit: Audit, documents: Documents) -> None:
    await six_rows(audit)
    for collection in (ROWS, HEAD):
        for there in await documents.find(collection, {}, "", 100):
            await documents.delete(collection, there.id, there.version)
    assert (await verify(documents)).faults == ["the head is missing"]


async def test_a_start_tells_of_a_head_that_is_gone(
    audit: Audit, documents: Documents, expect_log: Any
) -> None:
    expect_log("audit_head_missing")
    await six_rows(audit)
    await TAMPERED[-1][0](documents)
    await Audit(documents, SystemClock()).open()


async def test_rows_are_in_the_order_of_their_ids(audit: Audit, documents: Documents) -> None:
    await six_rows(audit)
    found = await documents.find(ROWS, {}, row_id(0), 100)
    assert [row.id for row in found] == [row_id(n) for n in range(1, 7)]
    head = await documents.get(HEAD, "head")
    assert head is not None and head.body["seq"] == 6
