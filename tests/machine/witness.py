"""A witness who believes nothing but the journal: folds it, books it, and says what each viewer
has to be told of it, and which cards he may be told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.machine.open_cards import Wishes, own_cards, public_cards
from tests.rules.poker.table.cash_table import CODEC, MODE, ROOM, cards_in, through_json
from vphost.rules import books
from vphost.rules.mode import CREATED, Event
from vphost.rules.poker.table.state import Table
from vphost.services.journal.commit_codec import decode
from vphost.services.journal.sealing import Sealer
from vphost.services.ports import Record
from vphost.wire.codec import FrameContext

Frame = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What one event number says: the public frame, and the frames of those with secrets."""

    public: Frame
    own: Mapping[int, Frame]

    def to(self, player: int | None) -> Frame:
        """Return what a player hears, None for who is none."""
        return self.public if player is None else self.own.get(player, self.public)


class Witness:
    """The table and the books as the journal has them."""

    def __init__(self, sealer: Sealer, room: str = ROOM) -> None:
        self._sealer = sealer
        self.room = room
        self.state: Table | None = None
        self.wishes = Wishes()
        self.book_seq = 0
        self.seq = 0
        self.at_ms = 0
        self.told: dict[int, Told] = {}
        self.commits: dict[str, range] = {}
        """Commit id -> the numbers of its visible events."""
        self.tables: dict[int, list[tuple[set[str], Table]]] = {}
        """Event number -> the cards that were open and the table, after each commit of then."""
        self.accounts: dict[str, int] = {}

    @property
    def table(self) -> Table:
        """The table after the newest commit."""
        assert self.state is not None
        return self.state

    def take(self, record: Record) -> None:
        """Fold one commit, and check that it is whole."""
        assert record.seq == self.book_seq + 1, "the journal has a gap"
        self.book_seq = record.seq
        assert not books.unbalanced(record.postings), record
        for posting in record.postings:
            held = self.accounts.get(posting.account, 0) + posting.amount
            self.accounts[posting.account] = held
        assert record.id not in self.commits, "an id acted twice"
        self.commits[record.id] = range(record.room_seq_first, record.room_seq_last + 1)
        if record.room == self.room:
            self.fold(record)

    def fold(self, record: Record) -> None:
        """Fold the events of the table and note what they tell."""
        assert record.room_seq_first == self.seq + 1, "the table's numbers have a gap"
        self.at_ms = record.at_ms
        order = 0
        for event in decode(record, self._sealer).events:
            before = self.state
            if event.name == CREATED:
                given = event.data
                self.state = MODE.create(self.room, given["config"], given["now_ms"])
            else:
                self.state = MODE.evolve(self.table, through_json(event))
            if not event.name.startswith("_"):
                self.seq += 1
                context = FrameContext(
                    self.room, self.seq, order, record.at_ms, MODE.labels(self.table)
                )
                self.told[self.seq] = self.frames(context, event, before)
                order += 1
        assert self.seq == record.room_seq_last
        known = public_cards(self.table, self.wishes)
        self.tables.setdefault(self.seq, []).append((known, self.table))

    def frames(self, context: FrameContext, event: Event, before: Table | None) -> Told:
        """Return the frames of an event; nobody may see more cards than he should."""
        public = json.loads(CODEC.event(context, event, None))
        own = {
            player: json.loads(CODEC.event(context, event, player)) for player in event.secret
        }
        known = public_cards(self.table, self.wishes)
        if before is not None:
            known |= public_cards(before, self.wishes)
        assert cards_in(public) <= known, ("told to everybody", public, known)
        for player, frame in own.items():
            allowed = known | own_cards(self.table, player)
            assert cards_in(frame) <= allowed, ("told to one", player, frame, allowed)
        return Told(public, own)

    def check_full(self, full: Sequence[Frame], player: int | None) -> None:
        """A whole state (two frames) is the view of its moment and shows no other card."""
        seq = full[0]["payload"]["seq"]
        at_ms = round(full[0]["timestamp"] * 1000)
        views = []
        for known, table in self.tables[seq]:
            context = FrameContext(self.room, seq, 0, at_ms, MODE.labels(table))
            seen = CODEC.view(context, MODE.view(table, player), player)
            views.append([json.loads(frame) for frame in seen])
            assert cards_in(views[-1]) <= known | own_cards(table, player), (player, full)
        assert list(full) in views

    def may_know(self, player: int | None) -> set[str]:
        """Return the cards that a viewer may see now."""
        return public_cards(self.table, self.wishes) | own_cards(self.table, player)

    def check_books(self) -> None:
        """The accounts are what the table says, nothing is below zero, the sum is zero."""
        table, accounts = self.table, self.accounts
        expected = {
            account: amount
            for number, player in table.players.items()
            for account, amount in (
                (books.bank(self.room, number), player.bank),
                (books.stack(self.room, number), player.stack),
                (books.delayed(self.room, number), player.delayed),
            ) if amount
        }
        running = table.running
        pot = 0 if running is None else sum(running.hand.contributions)
        if pot:
            expected[books.pot(self.room)] = pot
        assert expected == {
            name: amount for name, amount in accounts.items()
            if amount and name.startswith(f"room:{self.room}:")
        }
        assert all(amount >= 0 for name, amount in accounts.items() if name != books.WORLD)
        assert sum(accounts.values()) == 0
        issued = -accounts.get(books.WORLD, 0)
        users = sum(held for name, held in accounts.items() if name.startswith("user:"))
        assert sum(expected.values()) + users == issued
