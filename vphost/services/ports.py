"""The doors to the outside: what the services need, as protocols with their errors.

Implementations live in ring 2 (`store/`, `bus/`, ...) and are named only by `app.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from vphost.rules.mode import Posting


class StoreDown(Exception):
    """The store does not answer, or refused for a passing reason. Nothing is known of the write."""


class StoreDamaged(StoreDown):
    """What the store gives back is not what it was given. Asking again will not help."""


class StoreRefused(Exception):
    """The store cannot be used: it cannot be opened, or its format is newer. Exit code 2."""


class StoreEmpty(StoreRefused):
    """There is no store at this place yet; only reading it was asked for."""


class Fenced(Exception):
    """Another process owns the book: this one has to stop at once."""


class Duplicate(Exception):
    """A document with this unique value exists. field: which index refused."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class StaleVersion(Exception):
    """The document changed since it was read, or is not there."""


class BadRecord(Exception):
    """What no store ever takes: unbalanced postings, a body above MAX_BODY_BYTES, no JSON.

    A bug of the caller; nothing was stored, and sending it again is of no use.
    """


MAX_BODY_BYTES = 8 * 2**20
"""Largest body of a commit, a snapshot or a document."""

MAX_PAGE = 10_000
"""Largest `limit` of a read; asking for more is a bug (AssertionError)."""


class Record(NamedTuple):
    """One commit as it is stored.

    id: command or transaction id in its scope (`<room>:<user>:<command id>`), unique for ever.
    book, seq: place in the journal, seq from 1 without gaps.
    room, room_seq_first, room_seq_last: the room's events in it; room "" and 0, 0 for a pure
        ledger transaction. (last = first - 1 when the commit has no visible event.)
    at_ms: when it was decided, epoch ms. resolves: the hold it ends, or None.
    postings: also readable in the body; kept beside it so that the store can check their sum.
    body: canonical JSON bytes of the whole commit with secrets sealed; the hash runs over it.
    prev_hash, hash: hex SHA-256; hash = SHA-256(prev_hash || body).
    """

    id: str
    book: str
    seq: int
    room: str
    room_seq_first: int
    room_seq_last: int
    at_ms: int
    resolves: str | None
    postings: tuple[Posting, ...]
    body: bytes
    prev_hash: str
    hash: str


class Head(NamedTuple):
    """The newest commit of a book; seq 0 and 64 zeros for an empty one."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folded state: kind `room` (key: room id) or `ledger` (key: book), right after commit seq.

    room_seq: the room's newest event number. body: JSON bytes, secrets sealed.
    """

    kind: str
    key: str
    seq: int
    room_seq: int
    mode: str
    mode_version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """Who owns the book. epoch: rises with every owner. control: path of the control socket."""

    epoch: int
    owner: str
    pid: int
    host: str
    heartbeat_ms: int
    control: str


class Journal(Protocol):
    """Append-only commits, snapshots and the lease of one book."""

    async def append(self, records: Sequence[Record]) -> None:
        """Make all records durable, in order, all or a prefix; return when they are.

        Raises: Fenced when (book, seq) is taken by different bytes; StoreDown when the outcome
        is unknown (append the same records again: those that are there are skipped) or the one
        before is not there yet; Duplicate with field `id` (the id stands under another seq) or
        `resolves`; BadRecord.
        """
        ...

    async def head(self, book: str) -> Head: ...

    async def find(self, commit_id: str) -> Record | None: ...

    async def read(self, book: str, after_seq: int, limit: int) -> list[Record]: ...

    async def read_room(
        self, room: str, after_seq: int, limit: int, after_room_seq: int = 0
    ) -> list[Record]:
        """Return commits of a room in order, after a book seq and with events after a room seq."""
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
        """Say that this owner lives. Raises: Fenced when a newer epoch exists."""
        ...

    async def release_lease(self, book: str, epoch: int, now_ms: int) -> None: ...

    async def read_lease(self, book: str) -> Lease | None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document: id unique in its collection; version from 1, raised by each change."""

    id: str
    version: int
    body: Mapping[str, Any]


class Documents(Protocol):
    """Small repository with unique indexes and compare-and-set on a version.

    Collections are declared once with their unique fields (top-level strings or integers of the
    body; a missing or null field is not indexed) and their searchable fields.
    """

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None: ...

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        """Raises: Duplicate with field `id` or the unique field."""
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
        """Raises: StaleVersion, Duplicate."""
        ...

    async def delete(self, collection: str, id: str, version: int) -> None:
        """Raises: StaleVersion."""
        ...


class Clock(Protocol):
    """Time for games: epoch milliseconds that never jump with the wall clock."""

    def now_ms(self) -> int: ...

    def at_least(self, moment_ms: int) -> None:
        """Move game time forward to a moment that the journal has already seen."""
        ...

    def calendar_ms(self) -> int:
        """Return the wall clock, for expiry dates and tokens."""
        ...


class Seeds(Protocol):
    """Randomness."""

    def draw(self) -> bytes:
        """Return 32 fresh bytes from the operating system."""
        ...


class PortUnusable(Exception):
    """An outside service cannot do what it is configured for; the host does not start.

    The message names the setting and never holds a secret.
    """


class MailDown(Exception):
    """The mail was not taken, for a passing reason; send the same letter again."""


class MailRefused(Exception):
    """The mail will never be taken. The message is for the operator's log."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a letter. name: plain ASCII. kind: its media type."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. id: of the send that it is for; the same letter has the same Message-ID."""

    id: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Where letters go."""

    async def check(self) -> None:
        """Say at start what would fail at use. Raises: PortUnusable.

        A service that just does not answer now is no reason: letters wait for it.
        """
        ...

    async def send(self, letter: Letter) -> None:
        """Give a letter away; a repeat carries the same Message-ID.

        Raises: MailDown, MailRefused.
        """
        ...

    async def close(self) -> None: ...


class PaymentsDown(Exception):
    """The payment provider did not answer, or not now; ask again with the same key."""


class PaymentsRefused(Exception):
    """The payment provider will not do it. The message is for the operator's log."""


class BadNotice(Exception):
    """What came to the webhook is no notice that the provider has signed just now."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a table costs. amount_minor: smallest units. currency: its code in upper case."""

    id: str
    product: str
    name: str
    description: str
    amount_minor: int
    currency: str


INTENT_OPEN, INTENT_RUNNING, INTENT_PAID, INTENT_CANCELLED = (
    "open", "running", "paid", "cancelled"
)
"""How far an intent has come; an open one may be paid or cancelled, a running one neither."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that a payer's browser may confirm with the client_secret. state: INTENT_..."""

    id: str
    state: str
    amount_minor: int
    currency: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """The provider says that an intent was paid. id: of the event, the same for every delivery.

    labels: those of the intent. payment_method: what it was paid with, "" for unknown.
    """

    id: str
    intent: str
    labels: Mapping[str, str]
    amount_minor: int
    currency: str
    payment_method: str


@dataclass(frozen=True, slots=True)
class Card:
    """What may be shown of a card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Payments(Protocol):
    """Who takes money for tables. Calls but `read_notice` raise PaymentsDown, PaymentsRefused."""

    @property
    def is_free(self) -> bool:
        """Whether a table is paid once it is made; nothing below is asked then."""
        ...

    @property
    def publishable_key(self) -> str:
        """What a page names to the provider, "" for nothing."""
        ...

    async def check(self) -> None:
        """Say at start what would fail at use. Raises: PortUnusable.

        A provider that just does not answer now is no reason: games need none.
        """
        ...

    async def prices(self) -> Sequence[Price]:
        """Return what may be paid for, ordered by id."""
        ...

    async def create_intent(
        self, key: str, price: Price, labels: Mapping[str, str]
    ) -> Intent:
        """Begin a payment; the same key with the same price is the same intent."""
        ...

    async def find_intent(self, intent_id: str) -> Intent | None:
        """Return an intent as it is now; None when the provider does not know it."""
        ...

    async def cancel_intent(self, intent_id: str) -> bool:
        """Return whether nobody can pay it any more, and nobody has."""
        ...

    async def card(self, payment_method: str) -> Card | None:
        """Return what may be shown of it; None when it is no card."""
        ...

    def read_notice(self, raw: bytes, signature: str) -> Notice | None:
        """Return what the provider says; None for what is of no interest. Raises: BadNotice."""
        ...

    async def close(self) -> None: ...
