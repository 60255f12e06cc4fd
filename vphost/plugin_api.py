"""Everything that a plugin may import from the host, besides `vphost.rules`.

Names here are stable within a contract version (`vphost.hookspecs.CONTRACT`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pluggy

from vphost.rules.mode import (
    NO_LABELS, SYSTEM, Alarms, Command, Decision, Event, Json, Labels, Mode, Posting, Rejected,
    Send,
)
from vphost.rules.mode_parts import (
    ChangesConfig, FoldsStored, HasAlarms, HasProtocol, IssuesMoney, KnowsParted, LoadsVersions,
    OwnSocketsOnly, ReadsHands, Summarizes, Upcasts, UsesHouseAccounts,
)
from vphost.rules.money import Currency
from vphost.rules.report import Column, Form, GameReader, Grid, Report, Sheet
from vphost.services.journal.commits import Accepted, Commit as CommitSeen, Outcome
from vphost.services.ledger.plugin_money import Hold
from vphost.services.ports import Clock, Document, Documents, Duplicate, StaleVersion, StoreDown
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.rooms import BadRoom
from vphost.wire.codec import BadMessage, Codec, FrameContext, Request
from vphost.wire.endpoints import Peer, Route, SchemaFolder, SocketProtocol
from vphost.wire.rest import (
    HOST_API, PAGE, Api, Ask, Credentials, Identified, Query, Refusal, Refused, Reply, Resource,
    Verb, page,
)
from vphost.wire.schemas import Fault, SchemaSet
from vphost.wire.strict_json import NotJson, parse as parse_json

hookimpl = pluggy.HookimplMarker("vphost")

__all__ = [
    "Accepted", "Alarms", "Api", "Ask", "BadMessage", "BadRoom", "ChangesConfig", "CliCommand",
    "Clock", "Codec", "Column", "Command", "CommitSeen", "Credentials", "Currency", "Decision",
    "Desk", "Document", "Documents", "Duplicate", "Event", "Fault", "FoldsStored", "Form",
    "FrameContext", "GameReader", "Grid", "HasAlarms", "HasProtocol", "Hold", "hookimpl",
    "Host", "HOST_API", "Identified", "IssuesMoney", "Json", "KnowsParted", "Labels",
    "LoadsVersions", "Mode", "ModeFault", "NO_LABELS", "NotJson", "Outcome", "OwnSocketsOnly",
    "PAGE", "page", "parse_json", "Peer", "plain_protocol", "Posting", "Query", "ReadsHands",
    "Refusal", "Refused", "Rejected", "Reply", "Report", "Request", "Resource", "Route",
    "SchemaFolder", "SchemaSet", "Send", "Sheet", "SocketProtocol", "StaleVersion", "StoreDown",
    "Summarizes", "SYSTEM", "Upcasts", "UsesHouseAccounts", "Verb",
]


class Desk(Protocol):
    """What a plugin's operator operations work with, in a running host or on a store without one.

    host: the running host; None when there is none, so that no rooms are running either.
    """

    host: Host | None
    clock: Clock

    def documents(self, namespace: str) -> Documents:
        """Return the document store with every collection name prefixed by the namespace."""
        ...

    async def user_named(self, name: str) -> str | None:
        """Return the id of the user with a name, ignoring case; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class CliCommand:
    """A subcommand of run.py. add_arguments: gets an argparse parser. run: (arguments, call) ->
    exit status; `call` runs an operation in the running host, or on the store when none runs.
    operations: the plugin's own ones, name -> (desk, args) -> answer; their names begin with the
    command's name and a dot. Their args are unchecked input: check them."""

    name: str
    help: str
    add_arguments: Callable[[Any], None]
    run: Callable[[Any, Callable[[str, Mapping[str, Json]], Mapping[str, Json]]], int]
    operations: Mapping[
        str, Callable[[Desk, Mapping[str, Json]], Awaitable[Mapping[str, Json] | Rejected]]
    ] = field(default_factory=dict)


class Host(Protocol):
    """What a plugin may call in the running host."""

    clock: Clock
    schemas: SchemaSet
    currencies: Mapping[str, Currency]
    is_demo: bool

    async def create_room(
        self, room: str, mode: str, config: Mapping[str, Json]
    ) -> Rejected | None:
        """Create a room; an existing one of the same mode is left as it is.

        config: passed to the mode's `check_config`, which completes or refuses it.
        Returns: None, or the mode's refusal.
        Raises: KeyError when there is no such mode; BadRoom (a ValueError) when the id is invalid
            (letters, digits, - and _, at most 64), or the room exists and is of another mode;
            ModeFault when the room that the mode makes cannot be committed; StoreDown.
        """
        ...

    async def send(self, room: str, command: Command) -> Outcome:
        """Give a command to a room and wait until it is durable or refused."""
        ...

    def view(self, room: str, user: str | None) -> Mapping[str, Json] | None:
        """Return what a user may see of a room; None when there is no such room."""
        ...

    def state(self, room: str) -> Any:
        """Return the durable state of a room of the plugin's own mode; None when there is no such
        room. It is the mode's immutable object: read it, and never change it."""
        ...

    async def admit(self, user: str, room: str, protocol: str = "") -> Rejected | None:
        """Return None when a user may connect to a room, otherwise the refusal.

        protocol: the name of the socket's protocol; a room whose mode has another one
        (`mode.protocol`, by default the mode's own name) is refused with `not_found`.
        """
        ...

    def codec(self, name: str) -> Codec:
        """Return the codec `table`, or the plain one for the schemas of a registered prefix.

        Raises: KeyError when there is neither.
        """
        ...

    def documents(self, namespace: str) -> Documents:
        """Return the document store with every collection name prefixed by the namespace."""
        ...

    def balance(self, account: str, currency: str) -> int:
        """Return a balance in minor units, as committed."""
        ...

    async def transact(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        """Move money without a room; at most once per id, which is the plugin's own for ever.

        id: 1 to 128 visible ASCII characters. postings: sum to zero per currency, at most 1,000,
        in any order; of `x:<plugin>:...`, of `house:<what>` as the plugin's HOUSE_ACCOUNTS declares
        them, and of users, who have to exist when they get something. They may be none: then the
        id alone is used up. memo: JSON that is kept with it, at most 64 KiB.
        Returns: the commit, `repeated` when the same was moved before; or a refusal, with nothing
        moved: insufficient_funds, id_reused (other contents), forbidden (an account that is none
        of these), not_found (no such user), bad_message, bad_amount, busy; or store_down: it may
        still count, send the same again.
        """
        ...

    async def hold(self, hold: Hold, memo: Mapping[str, Json]) -> Outcome:
        """Move a user's money aside into `user:<id>:hold:<plugin>:<ref>`, at most once per ref.

        Refusals as of `transact`.
        """
        ...

    async def resolve(
        self, hold: Hold, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        """End a hold, once for ever, whatever becomes of the money.

        postings: where it goes, and what moves with it: beside the held amount, which the host
        takes from the hold, they sum to zero. Given back whole: one posting to the user.
        Refusals as of `transact`; not_found when so much is not held under that ref; id_reused
        when the hold has been resolved otherwise.
        """
        ...

    async def bar_hold(self, ref: str, memo: Mapping[str, Json]) -> Outcome:
        """Use a ref up without money, so that a hold that comes late is refused `id_reused`.

        id_reused when there has been a hold of that ref already.
        """
        ...

    async def push(self, protocol: str, user: str, frame: bytes) -> int:
        """Send a frame to all sockets of a user on a protocol; returns how many there were."""
        ...

    def subscribe(self, protocol: str, user: str, room: str) -> None:
        """Let all sockets of a user on a protocol, also later ones, get a room's events."""
        ...

    def unsubscribe(self, protocol: str, user: str, room: str) -> None: ...

    def is_online(self, protocol: str, user: str) -> bool:
        """Return whether a user has a socket on a protocol."""
        ...

    def publish(
        self, protocol: str, room: str,
        frame: bytes | Sequence[bytes] | Callable[[str], bytes | None],
    ) -> None:
        """Send a frame that is not an event to all sockets that follow a room on a protocol.

        frame: the same for all, or several that are sent together, or a function of the user (None
        to send nothing). Many sockets are written to over several turns of the loop, after whatever
        was sent to them before.
        """
        ...

    def is_publishing(self, protocol: str, room: str) -> bool:
        """Return whether frames are still being written to some sockets that follow a room.

        A plugin that publishes the newest state again and again should wait for that.
        """
        ...

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a task of the plugin's own, from `startup` on; it is cancelled at shutdown.

        A task that raises is logged and not started again.
        """
        ...

    async def user_named(self, name: str) -> str | None:
        """Return the id of the user of a name, whatever its case; None when there is none."""
        ...

    async def api_key(self, text: str, address: str) -> Identified | Rejected:
        """Return whose API key of this host a text is, with its scopes.

        address: the client's; who tries wrong keys from it has to wait. Refusals:
        not_authenticated, which never says why; too_many_attempts. Raises: StoreDown.
        """
        ...


def plain_protocol(host: Host, prefix: str, path: str) -> SocketProtocol:
    """Return a websocket protocol that needs nothing but the schemas registered under a prefix.

    Requests are `{"op": NAME, ..., "request_id"?}` as in `<prefix>/in/NAME.json`, events `{"event",
    "timestamp", "payload"}` as in `<prefix>/out/NAME.json`, refusals the event `error` with its
    `code`. A client that connects gets the mode's view, or with `?since=N` the events after N.
    path: a regular expression with the group `room`. The rooms are those of the mode whose name, or
    whose attribute `protocol`, is the prefix.
    """
    async def allowed(user: str, room: str) -> Rejected | None:
        return await host.admit(user, room, prefix)

    return SocketProtocol(
        name=prefix, path=path, codec=host.codec(prefix), allowed=allowed, view_at_start=True,
    )
