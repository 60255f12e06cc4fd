"""What every store has to keep; the tests of each store inherit these classes.

A test module gives the fixtures: `store` (an open, empty journal with its documents), and for
`SharedContract` `opener`, an async function that opens the same stored bytes once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import pytest

from tests.store.chains import PAID, Chain, assert_chained, read_all
from vphost.rules.mode import Posting
from vphost.services.ports import (
    MAX_BODY_BYTES, MAX_PAGE, BadRecord, Document, Documents, Duplicate, Fenced, Head, Journal,
    Lease, Snapshot, StaleVersion, StoreDown, StoreRefused,
)

Store: TypeAlias = tuple[Journal, Documents]
Opener: TypeAlias = Callable[[], Awaitable[Store]]

OURS = Lease(epoch=0, owner="a", pid=1, host="here", heartbeat_ms=10_000, control="/run/a.sock")
STALE_AFTER_MS = 5_000


@pytest.fixture
def journal(store: Store) -> Journal:
    return store[0]


@pytest.fixture
def documents(store: Store) -> Documents:
    return store[1]


class JournalContract:
    """Commits and snapshots."""

    async def test_an_empty_book_has_the_zero_head(self, journal: Journal) -> None:
        assert await journal.head("main") == Head(0, "0" * 64)
        assert await journal.read("main", 0, 10) == []
        assert await journal.find("nothing") is None

    async def test_what_was_appended_is_read_back_in_order(self, journal: Journal) -> None:
        records = Chain().some(5)
        await journal.append(records[:3])
        await journal.append(records[3:])
        assert await journal.read("main", 0, 10) == records
        assert await journal.read("main", 2, 2) == records[2:4]
        assert await journal.head("main") == Head(5, records[-1].hash)
        assert await journal.find("main:4") == records[3]

    async def test_appending_nothing_does_nothing(self, journal: Journal) -> None:
        await journal.append([])
        assert (await journal.head("main")).seq == 0

    async def test_a_record_keeps_all_its_fields(self, journal: Journal) -> None:
        record = Chain().next(
            id="r:u:é", room="r", room_seqs=(4, 6), resolves="hold-1", body=b'{"text":"\xc3\xa9"}',
            postings=(Posting("world", "BTC", -(2**53)), Posting("user:u", "BTC", 2**53)),
        )
        await journal.append([record])
        assert await journal.find("r:u:é") == record

    async def test_books_are_numbered_apart(self, journal: Journal) -> None:
        main, side = Chain("main").some(2), Chain("side").some(1)
        await journal.append([main[0], side[0], main[1]])
        assert await journal.read("main", 0, 10) == main
        assert await journal.read("side", 0, 10) == side

    async def test_a_room_is_read_by_book_seq_and_by_room_seq(self, journal: Journal) -> None:
        chain = Chain()
        hidden_first = chain.next(room="r", room_seqs=(1, 0))
        other_room = chain.next(room="s", room_seqs=(1, 1))
        three = chain.next(room="r", room_seqs=(1, 3))
        hidden = chain.next(room="r", room_seqs=(4, 3))
        ledger_only = chain.next()
        last = chain.next(room="r", room_seqs=(4, 4))
        await journal.append([hidden_first, other_room, three, hidden, ledger_only, last])
        assert await journal.read_room("r", 0, 10) == [hidden_first, three, hidden, last]
        assert await journal.read_room("r", 3, 10) == [hidden, last]
        assert await journal.read_room("r", 0, 2) == [hidden_first, three]
        assert await journal.read_room("r", 0, 10, after_room_seq=2) == [three, hidden, last]
        assert await journal.read_room("r", 0, 10, after_room_seq=3) == [last]
        assert await journal.read_room("", 0, 10) == []

    async def test_sending_the_same_again_stores_it_once(self, journal: Journal) -> None:
        records = Chain().some(4)
        await journal.append(records[:2])
        await journal.append(records)
        await journal.append(records)
        assert await read_all(journal) == records

    async def test_a_long_append_is_completed(self, journal: Journal) -> None:
        records = Chain().some(150)
        await journal.append(records[:70])
        await journal.append(records)
        assert await read_all(journal) == records

    async def test_a_bad_record_is_found_among_many(self, journal: Journal) -> None:
        chain = Chain()
        records = [*chain.some(40), chain.next(postings=PAID[:1]), *chain.some(40)]
        with pytest.raises(BadRecord):
            await journal.append(records)
        assert await read_all(journal) == records[:(await journal.head("main")).seq]
        assert (await journal.head("main")).seq <= 40

    async def test_other_bytes_under_a_taken_number_are_fenced(self, journal: Journal) -> None:
        ours, theirs = Chain().next(id="ours"), Chain().next(id="theirs", body=b'{"other":1}')
        await journal.append([theirs])
        with pytest.raises(Fenced):
            await journal.append([ours])
        assert await read_all(journal) == [theirs]

    async def test_the_same_id_with_other_bytes_is_fenced(self, journal: Journal) -> None:
        await journal.append([Chain().next(id="one")])
        with pytest.raises(Fenced):
            await journal.append([Chain().next(id="one", body=b'{"other":1}')])

    async def test_bytes_that_follow_another_commit_are_fenced(self, journal: Journal) -> None:
        await journal.append(Chain().some(1))
        with pytest.raises(Fenced):
            await journal.append([Chain(seq=1, hash="1" * 64).next()])

    async def test_an_id_stands_under_one_number_only(self, journal: Journal) -> None:
        chain = Chain()
        await journal.append([chain.next(id="one")])
        with pytest.raises(Duplicate) as refused:
            await journal.append([chain.next(id="one")])
        assert refused.value.field == "id"
        assert (await journal.head("main")).seq == 1

    async def test_a_hold_is_resolved_once(self, journal: Journal) -> None:
        chain = Chain()
        await journal.append([chain.next(resolves="hold-1"), chain.next(), chain.next()])
        with pytest.raises(Duplicate) as refused:
            await journal.append([chain.next(resolves="hold-1")])
        assert refused.value.field == "resolves"

    @pytest.mark.parametrize("postings", [
        (Posting("world", "PLAY", -500),),
        (Posting("world", "PLAY", -500), Posting("user:ada", "PLAY", 499)),
        (Posting("world", "PLAY", -500), Posting("user:ada", "EUR", 500)),
        (Posting("world", "PLAY", 2**62), Posting("user:ada", "PLAY", 2**62)),
        (Posting("world", "PLAY", 2**64), Posting("user:ada", "PLAY", -(2**64))),
    ])
    async def test_unbalanced_postings_are_refused(
        self, journal: Journal, postings: tuple[Posting, ...]
    ) -> None:
        with pytest.raises(BadRecord):
            await journal.append([Chain().next(postings=postings)])
        assert (await journal.head("main")).seq == 0

    async def test_a_commit_needs_no_postings(self, journal: Journal) -> None:
        record = Chain().next(postings=())
        await journal.append([record])
        assert await read_all(journal) == [record]

    async def test_a_gap_waits_until_it_is_filled(self, journal: Journal) -> None:
        records = Chain().some(3)
        with pytest.raises(StoreDown):
            await journal.append(records[1:])
        assert (await journal.head("main")).seq == 0
        await journal.append(records)
        assert await read_all(journal) == records

    async def test_a_refused_record_leaves_a_prefix(self, journal: Journal) -> None:
        chain = Chain()
        good, bad = chain.next(), chain.next(postings=(Posting("world", "PLAY", 1),))
        with pytest.raises(BadRecord):
            await journal.append([good, bad])
        assert await read_all(journal) in ([], [good])

    async def test_appends_that_wait_together_all_arrive(self, journal: Journal) -> None:
        records = Chain().some(300)
        await asyncio.gather(*(journal.append([record]) for record in records))
        assert await read_all(journal) == records
        assert_chained(records)

    async def test_a_refused_append_costs_its_neighbours_nothing(self, journal: Journal) -> None:
        main, side = Chain("main").some(2), Chain("side")
        bad = side.next(postings=(Posting("world", "PLAY", 1),))
        outcomes = await asyncio.gather(
            journal.append(main[:1]), journal.append([bad]), journal.append(main[1:]),
            return_exceptions=True,
        )
        assert [type(one) for one in outcomes] == [type(None), BadRecord, type(None)]
        assert await read_all(journal) == main

    async def test_who_no_longer_waits_harms_nobody(self, journal: Journal) -> None:
        records = Chain().some(2)
        leaving = asyncio.create_task(journal.append(records[:1]))
        await asyncio.sleep(0)
        leaving.cancel()
        await journal.append(records)
        assert await read_all(journal) == records

    async def test_bodies_have_a_bound(self, journal: Journal) -> None:
        chain = Chain()
        largest = chain.next(body=b"1" * MAX_BODY_BYTES)
        await journal.append([largest])
        assert await journal.find(largest.id) == largest
        with pytest.raises(BadRecord):
            await journal.append([chain.next(body=b"1" * (MAX_BODY_BYTES + 1))])
        with pytest.raises(BadRecord):
            await journal.save_snapshot(
                Snapshot("room", "r", 1, 1, "cash", 1, b"1" * (MAX_BODY_BYTES + 1))
            )

    @pytest.mark.parametrize("limit", [0, MAX_PAGE + 1])
    async def test_pages_have_a_bound(self, journal: Journal, limit: int) -> None:
        with pytest.raises(AssertionError):
            await journal.read("main", 0, limit)

    async def test_the_newest_snapshot_is_kept(self, journal: Journal) -> None:
        old = Snapshot("room", "r", 5, 9, "cash", 1, b'{"a":1}')
        new = replace(old, seq=8, room_seq=12, mode_version=2, body=b'{"a":2}')
        ledger = Snapshot("ledger", "r", 3, 0, "", 0, b"{}")
        assert await journal.snapshot("room", "r") is None
        for snapshot in (old, new, old, ledger):
            await journal.save_snapshot(snapshot)
        assert await journal.snapshot("room", "r") == new
        assert await journal.snapshot("ledger", "r") == ledger

    async def test_a_closed_store_is_down(self, journal: Journal) -> None:
        await journal.close()
        with pytest.raises(StoreDown):
            await journal.append(Chain().some(1))


class LeaseContract:
    """One owner at a time, seen from one process."""

    async def test_the_first_owner_finds_no_lease(self, journal: Journal) -> None:
        assert await journal.read_lease("main") is None
        assert await journal.take_lease("main", OURS, STALE_AFTER_MS) is None
        assert await journal.read_lease("main") == replace(OURS, epoch=1)

    async def test_a_book_is_not_taken_twice(self, journal: Journal) -> None:
        await journal.take_lease("main", OURS, STALE_AFTER_MS)
        with pytest.raises(StoreRefused, match=r"pid 1 on here.*2\.0 s ago"):
            await journal.take_lease(
                "main", replace(OURS, owner="b", heartbeat_ms=12_000), STALE_AFTER_MS
            )

    async def test_heartbeats_are_written(self, journal: Journal) -> None:
        await journal.take_lease("main", OURS, STALE_AFTER_MS)
        await journal.heartbeat("main", 1, 11_000)
        assert await journal.read_lease("main") == replace(OURS, epoch=1, heartbeat_ms=11_000)

    async def test_a_released_book_is_taken_at_once(self, journal: Journal) -> None:
        await journal.take_lease("main", OURS, STALE_AFTER_MS)
        await journal.release_lease("main", 1, 11_000)
        next_owner = replace(OURS, owner="b", heartbeat_ms=11_001)
        previous = await journal.take_lease("main", next_owner, STALE_AFTER_MS)
        assert previous == replace(OURS, epoch=1, heartbeat_ms=11_000)
        assert await journal.read_lease("main") == replace(next_owner, epoch=2)

    async def test_an_earlier_epoch_is_fenced(self, journal: Journal) -> None:
        await journal.take_lease("main", OURS, STALE_AFTER_MS)
        await journal.release_lease("main", 1, 11_000)
        await journal.take_lease("main", replace(OURS, heartbeat_ms=12_000), STALE_AFTER_MS)
        with pytest.raises(Fenced):
            await journal.heartbeat("main", 1, 13_000)
        with pytest.raises(Fenced):
            await journal.release_lease("main", 1, 13_000)
        await journal.append(Chain().some(1))

    async def test_the_owner_appends(self, journal: Journal) -> None:
        await journal.take_lease("main", OURS, STALE_AFTER_MS)
        await journal.append(Chain().some(1))
        assert (await journal.head("main")).seq == 1


class DocumentsContract:
    """The small repository."""

    @pytest.fixture(autouse=True)
    async def declared(self, documents: Documents) -> None:
        await documents.declare("users", unique=["name", "mail"], indexed=["kind", "age"])

    async def test_a_document_is_read_back(self, documents: Documents) -> None:
        body = {"name": "ada", "nested": {"list": [1, None, "é", 1.5, True]}}
        assert await documents.insert("users", "1", body) == Document("1", 1, body)
        assert await documents.get("users", "1") == Document("1", 1, body)
        assert await documents.get("users", "2") is None

    async def test_an_id_is_taken_once_in_its_collection(self, documents: Documents) -> None:
        await documents.declare("tables", unique=[], indexed=[])
        await documents.insert("users", "1", {})
        await documents.insert("tables", "1", {})
        with pytest.raises(Duplicate) as refused:
            await documents.insert("users", "1", {})
        assert refused.value.field == "id"

    async def test_a_unique_value_is_taken_once(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "ada", "mail": "a@x"})
        with pytest.raises(Duplicate) as refused:
            await documents.insert("users", "2", {"name": "bob", "mail": "a@x"})
        assert refused.value.field == "mail"
        assert await documents.get("users", "2") is None
        await documents.insert("users", "3", {"name": "bob", "mail": "b@x"})

    async def test_missing_and_null_are_not_unique(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": None})
        await documents.insert("users", "2", {"name": None})
        await documents.insert("users", "3", {})

    async def test_a_string_and_an_integer_differ(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "7", "kind": "7"})
        await documents.insert("users", "2", {"name": 7, "kind": 7})
        assert [one.id for one in await documents.find("users", {"kind": 7}, "", 9)] == ["2"]
        assert [one.id for one in await documents.find("users", {"name": "7"}, "", 9)] == ["1"]

    async def test_replacing_raises_the_version(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "ada"})
        assert (await documents.replace("users", "1", 1, {"name": "eva"})).version == 2
        assert await documents.get("users", "1") == Document("1", 2, {"name": "eva"})
        await documents.insert("users", "2", {"name": "ada"})

    async def test_a_changed_document_is_not_overwritten(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"age": 1})
        await documents.replace("users", "1", 1, {"age": 2})
        with pytest.raises(StaleVersion):
            await documents.replace("users", "1", 1, {"age": 3})
        with pytest.raises(StaleVersion):
            await documents.replace("users", "nobody", 1, {})
        with pytest.raises(StaleVersion):
            await documents.delete("users", "1", 1)
        assert await documents.get("users", "1") == Document("1", 2, {"age": 2})

    async def test_of_two_changes_at_once_one_wins(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"age": 0})
        outcomes = await asyncio.gather(
            *(documents.replace("users", "1", 1, {"age": age}) for age in range(1, 9)),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Document) for one in outcomes) == 1
        assert sum(isinstance(one, StaleVersion) for one in outcomes) == 7

    async def test_a_refused_replacement_changes_nothing(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "ada", "kind": "person"})
        await documents.insert("users", "2", {"name": "bob", "kind": "bot"})
        with pytest.raises(Duplicate):
            await documents.replace("users", "2", 1, {"name": "ada", "kind": "person"})
        assert (await documents.find("users", {"kind": "bot"}, "", 9))[0].body["name"] == "bob"
        with pytest.raises(Duplicate):
            await documents.insert("users", "3", {"name": "bob"})

    async def test_a_deleted_document_frees_its_values(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "ada", "kind": "person"})
        await documents.delete("users", "1", 1)
        assert await documents.get("users", "1") is None
        assert await documents.find("users", {"kind": "person"}, "", 9) == []
        await documents.insert("users", "1", {"name": "ada"})
        with pytest.raises(StaleVersion):
            await documents.delete("users", "2", 1)

    async def test_finding_goes_by_all_fields_in_order_of_id(self, documents: Documents) -> None:
        for number in range(20):
            body = {"kind": "even" if number % 2 == 0 else "odd", "age": number // 10}
            await documents.insert("users", f"{number:02}", body)
        found = await documents.find("users", {"kind": "odd", "age": 1}, "", 3)
        assert [one.id for one in found] == ["11", "13", "15"]
        found = await documents.find("users", {"kind": "odd", "age": 1}, "15", 3)
        assert [one.id for one in found] == ["17", "19"]
        assert len(await documents.find("users", {}, "", 50)) == 20

    async def test_only_declared_fields_are_searched(self, documents: Documents) -> None:
        with pytest.raises(AssertionError):
            await documents.find("users", {"secret": "x"}, "", 9)
        with pytest.raises(AssertionError):
            await documents.insert("undeclared", "1", {})

    async def test_declaring_anew_indexes_what_is_there(self, documents: Documents) -> None:
        await documents.insert("users", "1", {"name": "ada", "city": "ulm"})
        await documents.insert("users", "2", {"name": "bob", "city": "ulm"})
        with pytest.raises(Duplicate):
            await documents.declare("users", unique=["name", "city"], indexed=[])
        assert len(await documents.find("users", {"name": "ada"}, "", 9)) == 1
        await documents.declare("users", unique=["name"], indexed=["city"])
        assert len(await documents.find("users", {"city": "ulm"}, "", 9)) == 2

    @pytest.mark.parametrize("value", [True, 1.5, ["x"], {"a": 1}])
    async def test_declared_fields_are_strings_or_integers(
        self, documents: Documents, value: object
    ) -> None:
        with pytest.raises(BadRecord):
            await documents.insert("users", "1", {"name": value})
        assert await documents.get("users", "1") is None

    @pytest.mark.parametrize("value", [{1}, 2**80, b"bytes", "\ud800"])
    async def test_a_body_is_json(self, documents: Documents, value: object) -> None:
        with pytest.raises(BadRecord):
            await documents.insert("users", "1", {"value": value})

    async def test_documents_have_a_bound(self, documents: Documents) -> None:
        frame = len('{"value":""}')
        await documents.insert("users", "1", {"value": "x" * (MAX_BODY_BYTES - frame)})
        with pytest.raises(BadRecord):
            await documents.insert("users", "2", {"value": "x" * (MAX_BODY_BYTES - frame + 1)})


class SharedContract:
    """Two processes on the same bytes, or one after the other."""

    async def test_all_is_there_after_opening_again(self, opener: Opener) -> None:
        journal, documents = await opener()
        records = Chain().some(3)
        snapshot = Snapshot("room", "r", 2, 2, "cash", 1, b"{}")
        await journal.append(records)
        await journal.save_snapshot(snapshot)
        await documents.declare("users", unique=["name"], indexed=[])
        await documents.insert("users", "1", {"name": "ada"})
        await journal.close()
        journal, documents = await opener()
        assert await read_all(journal) == records
        assert await journal.snapshot("room", "r") == snapshot
        await documents.declare("users", unique=["name"], indexed=[])
        with pytest.raises(Duplicate):
            await documents.insert("users", "2", {"name": "ada"})

    async def test_a_second_writer_is_fenced(self, opener: Opener) -> None:
        (ours, _), (theirs, _) = await opener(), await opener()
        await theirs.append([Chain().next(id="theirs", body=b'{"by":"them"}')])
        with pytest.raises(Fenced):
            await ours.append([Chain().next(id="ours")])

    async def test_a_living_owner_keeps_the_book(self, opener: Opener) -> None:
        (first, _), (second, _) = await opener(), await opener()
        await first.take_lease("main", OURS, STALE_AFTER_MS)
        with pytest.raises(StoreRefused, match="pid 1 on here"):
            await second.take_lease("main", replace(OURS, owner="b"), STALE_AFTER_MS)
        assert await second.read_lease("main") == replace(OURS, epoch=1)

    async def test_an_owner_elsewhere_is_waited_for(self, opener: Opener) -> None:
        journal, _ = await opener()
        await journal.take_lease("main", replace(OURS, host="elsewhere"), STALE_AFTER_MS)
        await journal.close()
        journal, _ = await opener()
        too_early = replace(OURS, heartbeat_ms=10_000 + STALE_AFTER_MS - 1)
        with pytest.raises(StoreRefused, match="on elsewhere"):
            await journal.take_lease("main", too_early, STALE_AFTER_MS)
        late_enough = replace(OURS, heartbeat_ms=10_000 + STALE_AFTER_MS)
        previous = await journal.take_lease("main", late_enough, STALE_AFTER_MS)
        assert previous == replace(OURS, epoch=1, host="elsewhere")

    async def test_a_released_book_goes_to_the_next(self, opener: Opener) -> None:
        (first, _), (second, _) = await opener(), await opener()
        await first.take_lease("main", OURS, STALE_AFTER_MS)
        await first.release_lease("main", 1, 10_500)
        assert await second.take_lease("main", OURS, STALE_AFTER_MS) is not None
        with pytest.raises(StoreRefused):
            await first.take_lease("main", OURS, STALE_AFTER_MS)
