"""The ports: what the services need from outside, as protocols with their errors.

Implementations live in ring 2 (`store/`, `mail/`, ...) and are named only in `app.py` and `wiring`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from vphost.rules.mode import Posting


class StoreDown(Exception):
    """The store does not answer, or refused for a passing reason. A write may be stored or not."""


class StoreDamaged(StoreDown):
    """The store returns something other than what was written. Trying again will not help."""


class StoreRefused(Exception):
    """The store cannot be used: it cannot be opened, or its format is newer. Exit code 2."""


class StoreEmpty(StoreRefused):
    """There is no store at this place yet, and it was to be opened only for reading."""


class Fenced(Exception):
    """Another process owns the book; this one has to stop at once."""


class Duplicate(Exception):
    """A document with this unique value exists already. field: the index that refused."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class StaleVersion(Exception):
    """The document has changed since it was read, or does not exist."""


class BadRecord(Exception):
    """Something that no store accepts: unbalanced postings, a body above MAX_BODY_BYTES, not JSON.

    It is a bug of the caller. Nothing was stored, and trying again is of no use.
    """


MAX_BODY_BYTES = 8 * 2**20
"""Largest body of a commit, a snapshot or a document."""

MAX_PAGE = 10_000
"""Largest `limit` of a read; asking for more is a bug (AssertionError)."""


class Record(NamedTuple):
    """One commit as it is stored."""

    #: Command or transaction id in its scope (`<room>:<user>:<command id>`), unique for ever.
    id: str
    #: Place in the journal: the book, and a number from 1 without gaps.
    book: str
    seq: int
    #: The room, and the numbers of its visible events in this commit. A commit without visible
    #: events has last = first - 1; a transaction outside of rooms has room "" and 0, 0.
    room: str
    room_seq_first: int
    room_seq_last: int
    #: When it was decided, in game time, epoch ms.
    at_ms: int
    #: The hold that it ends, or None.
    resolves: str | None
    #: Also contained in the body; stored beside it so that the store can check their sum.
    postings: tuple[Posting, ...]
    #: The whole commit as canonical JSON with secrets sealed; the hash runs over it.
    body: bytes
    #: Hex SHA-256: hash = SHA-256(prev_hash || body).
    prev_hash: str
    hash: str


class Head(NamedTuple):
    """Place and hash of the newest commit of a book; seq 0 and 64 zeros for an empty book."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state right after a commit, from which a start can go on."""

    #: `room` (the key is the room's id), `ledger` or `sends` (the key is the book).
    kind: str
    key: str
    #: Place of the commit in the book.
    seq: int
    #: Number of the room's newest event; 0 unless it is a room's snapshot.
    room_seq: int
    #: The room's mode and its version; "" and 0 unless it is a room's snapshot.
    mode: str
    mode_version: int
    #: JSON bytes; a room's state is sealed.
    body: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """Who owns the book."""

    #: Rises by one with every owner.
    epoch: int
    #: Random id of the owning process.
    owner: str
    #: Process id, and name of the machine.
    pid: int
    host: str
    #: When the owner was last known to be alive, in game time, epoch ms.
    heartbeat_ms: int
    #: Path of the owner's control socket.
    control: str


class Journal(Protocol):
    """Append-only commits, snapshots and the lease of one book."""

    async def append(self, records: Sequence[Record]) -> None:
        """Make records durable in order; return when all are. After an error a prefix may be.

        Raises: Fenced when (book, seq) is taken by another commit; StoreDown when the outcome is
        unknown (append the same records again: those that are stored are skipped) or a predecessor
        is not stored yet; Duplicate with field `id` (the id has another seq) or `resolves`;
        BadRecord.
        """
        ...

    async def head(self, book: str) -> Head: ...

    async def find(self, commit_id: str) -> Record | None: ...

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]: ...

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        """Return commits of a room in order, with a book seq above after_seq.

        after_room_seq: only commits whose last visible event has a higher number; 0 for all.
        """
        ...

    async def save_snapshot(self, snapshot: Snapshot) -> None: ...

    async def snapshot(self, kind: str, key: str) -> Snapshot | None: ...

    async def take_lease(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        """Become the owner. Returns the previous lease (None for the first owner).

        lease.heartbeat_ms is now. The epoch stored is the previous one + 1 (1 for the first),
        whatever `lease.epoch` says.
        Raises: StoreRefused when a living owner holds it.
        """
        ...

    async def heartbeat(self, book: str, epoch: int, now_ms: int) -> None:
        """Record that this owner is alive. Raises: Fenced when a newer epoch exists."""
        ...

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None: ...

    async def read_lease(self, book: str) -> Lease | None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document. id: unique in its collection. version: from 1, raised by each change."""

    id: str
    version: int
    body: Mapping[str, Any]


class Documents(Protocol):
    """A small document store with unique indexes and compare-and-set on a version.

    Collections are declared with their unique fields (top-level strings or integers of the body; a
    missing or null field is not indexed) and their searchable fields.
    """

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None: ...

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        """Add a document with version 1. Raises: Duplicate with field `id` or the unique field."""
        ...

    async def get(self, collection: str, id: str) -> Document | None: ...

    async def find(
        self, collection: str, where: Mapping[str, str | int], after_id: str, limit: int
    ) -> list[Document]:
        """Return documents whose declared fields equal `where`, ordered by id, after an id."""
        ...

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        """Change a document that still has this version. Raises: StaleVersion, Duplicate."""
        ...

    async def delete(self, collection: str, id: str, version: int) -> None:
        """Remove a document that still has this version. Raises: StaleVersion."""
        ...


class Clock(Protocol):
    """Time for games: epoch milliseconds that never jump with the wall clock."""

    def now_ms(self) -> int: ...

    def at_least(self, moment_ms: int) -> None:
        """Move game time forward to a moment that the journal already holds."""
        ...

    def calendar_ms(self) -> int:
        """Return the wall clock, epoch ms, for expiry dates and tokens."""
        ...


class Seeds(Protocol):
    """Randomness."""

    def draw(self) -> bytes:
        """Return 32 fresh bytes from the operating system."""
        ...


class PortUnusable(Exception):
    """An outside service cannot be used as configured; the host does not start.

    The message names the setting and never contains a secret.
    """


class MailDown(Exception):
    """The letter was not accepted, for a passing reason; send it again later."""


class MailRefused(Exception):
    """The letter will never be accepted. The message is for the operator's log."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a letter. name: plain ASCII. kind: its media type."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail."""

    #: Of the order that it fulfils; the same id gives the same Message-ID.
    id: str
    #: The recipient's address.
    to: str
    subject: str
    text: str
    #: The same as HTML, "" for none.
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Where letters go."""

    async def check(self) -> None:
        """Check at start what would fail in use. Raises: PortUnusable.

        A service that merely does not answer now is not an error: letters wait for it.
        """
        ...

    async def send(self, letter: Letter) -> None:
        """Send a letter; a repeat has the same Message-ID.

        Raises: MailDown, MailRefused.
        """
        ...

    async def close(self) -> None: ...


class PaymentsDown(Exception):
    """The payment provider did not answer, or cannot now; try again with the same key."""


class PaymentsRefused(Exception):
    """The payment provider refuses the call. The message is for the operator's log."""


class BadNotice(Exception):
    """What was sent to the webhook is not a notice that the provider signed recently."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a table costs."""

    #: The provider's ids of the price and of its product.
    id: str
    product: str
    #: For people.
    name: str
    description: str
    #: In the currency's smallest units.
    amount_minor: int
    #: Code in upper case.
    currency: str


INTENT_OPEN, INTENT_RUNNING, INTENT_PAID, INTENT_CANCELLED = (
    "open", "running", "paid", "cancelled"
)
"""States of an intent: an open one can be paid or cancelled, a running one neither."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that the payer's browser can confirm with client_secret. state: INTENT_..."""

    id: str
    state: str
    amount_minor: int
    currency: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """The provider's notice that an intent was paid."""

    #: Of the event; the same for every delivery of it.
    id: str
    #: The intent's id and labels.
    intent: str
    labels: Mapping[str, str]
    #: What was paid, in the currency's smallest units.
    amount_minor: int
    currency: str
    #: What it was paid with, "" for unknown.
    payment_method: str


@dataclass(frozen=True, slots=True)
class Card:
    """The parts of a card's data that may be shown."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Payments(Protocol):
    """Who takes payments for tables.

    All calls except `check`, `read_notice` and `close` raise PaymentsDown and PaymentsRefused.
    """

    @property
    def is_free(self) -> bool:
        """Whether a table counts as paid as soon as it exists; then nothing below is called."""
        ...

    @property
    def publishable_key(self) -> str:
        """The key with which a page identifies us to the provider, "" for none."""
        ...

    async def check(self) -> None:
        """Check at start what would fail in use. Raises: PortUnusable.

        A provider that merely does not answer now is not an error: games need no payments.
        """
        ...

    async def prices(self) -> Sequence[Price]:
        """Return the prices that tables can be sold at, ordered by id."""
        ...

    async def create_intent(
        self, key: str, price: Price, labels: Mapping[str, str]
    ) -> Intent:
        """Begin a payment; the same key with the same price gives the same intent."""
        ...

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it is now; None when the provider does not know it."""
        ...

    async def cancel_intent(self, intent_id: str) -> bool:
        """Cancel an intent if possible; return whether it was not paid and no longer can be."""
        ...

    async def card(self, payment_method: str) -> Card | None:
        """Return what may be shown of a payment method; None when it is not a card."""
        ...

    def read_notice(self, raw: bytes, signature: str) -> Notice | None:
        """Return what a notice says; None when it is of no interest here. Raises: BadNotice."""
        ...

    async def close(self) -> None: ...
