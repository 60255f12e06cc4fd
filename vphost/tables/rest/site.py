"""What the REST functions of tables work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from vphost.rules.mode import Json
from vphost.rules.money import Currency
from vphost.services.accounts.accounts import Accounts
from vphost.services.operators.audit import Audit
from vphost.services.rooms.rooms import Rooms
from vphost.services.throttle import Rate
from vphost.tables.checkout import Checkout
from vphost.tables.hands import Hands
from vphost.tables.lobby import Lobby
from vphost.tables.reports import Reports
from vphost.tables.statistics import Statistics
from vphost.tables.table_service import TableService
from vphost.web.registry import Sockets


@dataclass(frozen=True, slots=True)
class TableSite:
    """The services of tables, and what they need from the host."""

    hosting: TableService
    lobby: Lobby
    checkout: Checkout
    statistics: Statistics
    reports: Reports
    hands: Hands
    accounts: Accounts
    audit: Audit
    rooms: Rooms
    sockets: Sockets
    #: By code.
    currencies: Mapping[str, Currency]
    #: (a table's configuration, decimals of its currency) -> as it is sent.
    config_out: Callable[[Json, int], Json]
    #: Of attempts at short tokens, by user and by address.
    join_rate: Rate
    #: (whether they ask from this machine) -> whether somebody may become a guest.
    lets_guests_in: Callable[[bool], bool]
    #: (actor, subject): record that an operator looks at something.
    note_look: Callable[[str, str], Awaitable[None]]
    #: Mode -> the protocol that it speaks.
    protocol_of: Callable[[str], str]
    #: Game time, and what has to be added to get the wall clock, ms.
    now_ms: Callable[[], int]
    shift_ms: Callable[[], int]
