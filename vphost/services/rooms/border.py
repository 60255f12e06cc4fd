"""The border between the host and a mode: a mode's output is checked before it is committed.

A mode is a plugin's code, and any of its values may have a wrong type. Whatever passes here can be
stored, folded again after a restart, sent to viewers and booked by the ledger; anything else
becomes a `ModeFault`, which stops the mode's room and nothing else. `decide` is the exception: when
it raises, nothing has changed, and only its command is refused.

Which accounts a mode may touch is a rule (docs/plugins.md, "Money"): those of its own room, those
of its players, those of the house that it declares (`house_accounts`), and `world` where its state
says that it issues its own chips (`issues`) - which then never reach a user or the house.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Protocol, TypeVar

import orjson

from vphost.rules.books import HOUSE, USER, WORLD, is_of_user, of_room
from vphost.rules.mode import (
    CREATED, HOST_OPERATIONS, NO_LABELS, Alarms, Command, Decision, Event, Json, Labels, Mode,
    Posting, Rejected, Send,
)
from vphost.rules.mode_parts import (
    HasAlarms, IssuesMoney, KnowsParted, Summarizes, Upcasts, UsesHouseAccounts, is_entered_apart,
)
from vphost.rules.money import Currency
from vphost.services.rooms.mode_fault import CannotLoad, ModeFault, defined_at, kind_of, raised

R = TypeVar("R")
OF_THE_HOST = frozenset({CREATED, "_transferred"})
"""Names of events that only the host may write."""
MOMENT_MAX = 2**53
AMOUNT_MAX = 2**63 - 1
DECIMALS_MAX = 18
SEND_ID_MAX = 256
_EVENT = re.compile(r"_?[a-z][a-z0-9_]{0,63}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OP = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
_ACCOUNT = re.compile(r"[!-~]{1,200}")
_CURRENCY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_TARGET = re.compile(r"(room:[0-9A-Za-z][0-9A-Za-z_-]{0,63}|job:[a-z][a-z0-9_]{0,63})")


class Wire(Protocol):
    """What can be sent by the protocols of modes, according to their schemas."""

    def event_names(self, mode: Mode[Any]) -> frozenset[str] | None:
        """Return the names of events that a mode's viewers can be sent; None when unknown."""
        ...

    def fault_of_events(
        self, mode: Mode[Any], room: str, first_seq: int, at_ms: int, events: Sequence[Event],
        labels: Labels,
    ) -> str | None:
        """Return what is wrong with the frames of visible events; None when nothing is known."""
        ...

    def fault_of_view(
        self, mode: Mode[Any], room: str, seq: int, view: Mapping[str, Json], player: int | None,
        labels: Labels,
    ) -> str | None:
        """Return what is wrong with the frames of a view; None when nothing is known."""
        ...


class Border:
    """Calls one room's mode and checks what it returns. Every method raises: ModeFault."""

    def __init__(self, room_id: str, mode: Mode[Any], wire: Callable[[], Wire | None]) -> None:
        """wire: returns the check of frames; None before the protocols are known."""
        self.mode = mode
        self.room = room_id
        self._own = of_room(room_id)
        self._wire = wire
        self._house = frozenset(
            mode.house_accounts if isinstance(mode, UsesHouseAccounts) else ()
        )
        self._alarms = mode.alarms if isinstance(mode, HasAlarms) else None
        self._summary = mode.summary if isinstance(mode, Summarizes) else None
        self._upcast = mode.upcast if isinstance(mode, Upcasts) else None
        self._parted = mode.parted if isinstance(mode, KnowsParted) else None
        self._issues = mode.issues if isinstance(mode, IssuesMoney) else None
        self._good_labels = NO_LABELS
        self._are_good = False

    # -- asking the mode -------------------------------------------------------------------

    def check_config(
        self, config: Mapping[str, Json], currencies: Mapping[str, Currency]
    ) -> Mapping[str, Json] | Rejected:
        """Return the completed configuration, or the refusal of an invalid one."""
        checked = self._call("check_config", self.mode.check_config, config, currencies)
        if type(checked) is Rejected:
            self._check_refusal(checked, "check_config")
        elif not isinstance(checked, Mapping):
            raise self.wrong("check_config", f"returned {kind_of(checked)}, not a mapping")
        return checked

    def create(self, config: Mapping[str, Json], now_ms: int) -> Any:
        """Return the state of a new room."""
        return self._state("create", self.mode.create, self.room, config, now_ms)

    def decide(self, state: Any, command: Command, now_ms: int) -> Decision | Rejected:
        """Return what a command would cause. Money and frames are checked later."""
        try:
            decided: object = self.mode.decide(state, command, now_ms)
        except BaseException as error:
            raise raised("decide", error, refuses_only=True) from error
        if type(decided) is Decision:
            return self._checked(decided)
        if type(decided) is Rejected:
            self._check_refusal(decided)
            return decided
        raise self.wrong("decide", f"returned {kind_of(decided)}, not a Decision or Rejected")

    def evolve(self, state: Any, event: Event) -> Any:
        """Return the state after one event."""
        return self._state("evolve", self.mode.evolve, state, event)

    def labels(self, state: Any) -> Labels:
        """Return the labels of a state."""
        labels = self._call("labels", self.mode.labels, state)
        if not self._are_good or labels != self._good_labels:
            self._check_labels(labels)
            self._good_labels, self._are_good = labels, True
        return labels

    def alarms(self, state: Any) -> Alarms:
        """Return the next deadlines of a state, by game time and by the wall clock."""
        if self._alarms is None:
            moment = self._call("wake_at", self.mode.wake_at, state)
            self._check_moment("wake_at", moment)
            return Alarms(moment)
        alarms: object = self._call("alarms", self._alarms, state)
        if type(alarms) is not Alarms:
            raise self.wrong("alarms", f"returned {kind_of(alarms)}, not Alarms")
        self._check_moment("alarms", alarms.game_ms)
        self._check_moment("alarms", alarms.wall_ms)
        return alarms

    def _check_moment(self, method: str, moment: object) -> None:
        if moment is not None and (type(moment) is not int or not 0 <= moment <= MOMENT_MAX):
            raise self.wrong(method, f"returned {kind_of(moment)}, not epoch ms or None")

    def view(self, state: Any, player: int | None, seq: int = 0) -> Mapping[str, Json]:
        """Return what a viewer may see. seq: number of the newest event in the state."""
        view = self._call("view", self.mode.view, state, player)
        if not isinstance(view, Mapping):
            raise self.wrong("view", f"returned {kind_of(view)}, not a mapping")
        wire = self._wire()
        names = None if wire is None else wire.event_names(self.mode)
        for name, payload in view.items():
            if type(name) is not str or not isinstance(payload, Mapping):
                raise self.wrong("view", "is to map names of events to payloads")
            if names is not None and name not in names:
                raise self.wrong("view", f"holds {name[:64]!r}, which no schema describes")
        try:
            orjson.dumps(view, default=_plain, option=orjson.OPT_NON_STR_KEYS)
        except TypeError as error:
            raise self.wrong("view", f"is not JSON: {error}") from None
        if wire is not None and (fault := wire.fault_of_view(
            self.mode, self.room, seq, view, player, self._good_labels
        )):
            raise self.wrong("view", f"holds what its schema refuses: {fault}")
        return view

    def summary(self, state: Any) -> object | None:
        """Return the mode's own summary of a state, for those who know the mode; None: it has none.
        """
        return None if self._summary is None else self._call("summary", self._summary, state)

    def player_of(self, state: Any, user: str) -> int | None:
        """Return the player id of a user."""
        player = self._call("player_of", self.mode.player_of, state, user)
        if player is not None and type(player) is not int:
            raise self.wrong("player_of", f"returned {kind_of(player)}, not an integer or None")
        return player

    def dump(self, state: Any) -> Mapping[str, Json] | None:
        """Return a state as JSON, None while it is in the middle of something (a hand)."""
        dumped = self._call("dump", self.mode.dump, state)
        if dumped is not None and not isinstance(dumped, Mapping):
            raise self.wrong("dump", f"returned {kind_of(dumped)}, not a mapping or None")
        return dumped

    def load(self, dumped: Mapping[str, Json]) -> Any:
        """Return the state that a dump describes."""
        return self._state("load", self.mode.load, self.room, dumped)

    def check_loaded(self, state: Any, dumped: Mapping[str, Json]) -> None:
        """Check that `load` restores a dumped state; only dataclasses are compared.

        Raises: CannotLoad.
        """
        try:
            loaded = self.load(dumped)
        except ModeFault as fault:
            raise CannotLoad(f"what dump made cannot be loaded: {fault}", fault.where) from fault
        differs = type(state) is type(loaded) and is_dataclass(state) and loaded != state
        if differs:
            where = defined_at(self.mode.dump)
            raise CannotLoad(f"dump lacks something: {_differing(state, loaded)}", where)

    def upcast(self, event: Event, version: int) -> Event:
        """Return an event of an older version of the mode as `evolve` accepts it now."""
        if self._upcast is None or version == self.mode.version:
            return event
        made = self._call("upcast", self._upcast, event, version)
        if type(made) is not Event or made.name.startswith("_") != event.name.startswith("_"):
            raise self.wrong("upcast", "is to return an event, visible if it was visible")
        return made

    # -- what a commit holds ---------------------------------------------------------------

    def check_money(
        self, before: Any, after: Any, user: str, events: Sequence[Event]
    ) -> None:
        """Check that a commit touches only accounts that its room may touch.

        before, after: the states around it. user: who gave the command.
        """
        issued, people = set[str](), set[str]()
        for event in events:
            for posting in event.postings:
                account = posting.account
                if account.startswith(self._own):
                    continue
                if account == WORLD:
                    issued.add(posting.currency)
                elif account.startswith(HOUSE) and account[len(HOUSE):] in self._house:
                    people.add(posting.currency)
                elif is_of_user(account) and self._is_of_player(
                    account[len(USER):], before, after, user
                ):
                    people.add(posting.currency)
                else:
                    raise self.wrong(
                        "decide", f"moves money of {account!r}, which is no account of this room,"
                        f" of its players or of the house (event {event.name!r})"
                    )
        if issued:
            self._check_issue(before, after, issued, people)

    def check_events(
        self, first_seq: int, at_ms: int, events: Sequence[Event], labels: Labels
    ) -> None:
        """Check that the visible events can be sent to viewers."""
        wire = self._wire()
        if wire is None:
            return
        names = wire.event_names(self.mode)
        if names is not None:
            for event in events:
                if event.name not in names and not event.name.startswith("_"):
                    raise self.wrong("decide", f"made {event.name!r}, which no schema describes")
        fault = wire.fault_of_events(self.mode, self.room, first_seq, at_ms, events, labels)
        if fault is not None:
            raise self.wrong("decide", f"made an event that its schema refuses: {fault}")

    def _is_of_player(self, user: str, before: Any, after: Any, asks: str) -> bool:
        """Return whether a user plays here, has played here, or gave this command."""
        if user == asks and user:
            return True
        parted = self._parted
        for state in (after, before):
            if state is None:
                continue
            if self.player_of(state, user) is not None:
                return True
            if parted is not None and self._call("parted", parted, state, user):
                return True
        return False

    def _check_issue(
        self, before: Any, after: Any, issued: set[str], people: set[str]
    ) -> None:
        """Look whether the room issues these currencies, and pays nobody with them."""
        issues = self._issues
        allowed: set[str] = set()
        if issues is not None:
            for state in (after, before):
                if state is None:
                    continue
                said = self._call("issues", issues, state)
                if said is True:
                    allowed |= issued
                elif isinstance(said, frozenset | set | tuple | list):
                    allowed.update(said)
        if not issued <= allowed:
            raise self.wrong("decide", "moves money of 'world', and its room issues none")
        if issued & people:
            raise self.wrong("decide", "moves issued money and people's money in one commit")

    def _checked(self, decision: Decision) -> Decision:
        """Return a decision with all its parts of the right types, events and sends as tuples."""
        events, sends = decision.events, decision.sends
        if type(events) not in (tuple, list) or type(sends) not in (tuple, list):
            raise self.wrong("decide", "is to give its events and its sends as tuples")
        for event in events:
            self._check_event(event)
        for send in sends:
            self._check_send(send)
        if decision.answer is not None and not isinstance(decision.answer, Mapping):
            raise self.wrong("decide", f"answers with {kind_of(decision.answer)}, not a mapping")
        if type(events) is tuple and type(sends) is tuple:
            return decision
        return Decision(tuple(events), tuple(sends), decision.answer, decision.state)

    def _check_event(self, event: Event) -> None:
        if type(event) is not Event:
            raise self.wrong("decide", f"made {kind_of(event)} where an Event belongs")
        name = event.name
        if type(name) is not str or not _EVENT.fullmatch(name) or name in OF_THE_HOST:
            raise self.wrong("decide", f"named an event {str(name)[:64]!r}; {EVENT_NAMES}")
        if not isinstance(event.data, Mapping) or not isinstance(event.hidden, Mapping):
            raise self.wrong("decide", f"made {name!r} with data or hidden that is no mapping")
        if event.secret:
            self._check_secret(event)
        elif type(event.secret) is not dict:
            raise self.wrong("decide", f"made {name!r} with a secret that is no mapping")
        if event.postings:
            self._check_postings(event)
        elif type(event.postings) not in (tuple, list):
            raise self.wrong("decide", f"made {name!r} with postings that are no tuple")

    def _check_secret(self, event: Event) -> None:
        if not isinstance(event.secret, Mapping) or not all(
            type(player) is int and isinstance(fields, Mapping)
            for player, fields in event.secret.items()
        ):
            raise self.wrong(
                "decide", f"made {event.name!r} with a secret that is not player number -> fields"
            )

    def _check_postings(self, event: Event) -> None:
        if type(event.postings) not in (tuple, list):
            raise self.wrong("decide", f"made {event.name!r} with postings that are no tuple")
        for one in event.postings:
            if type(one) is not Posting:
                raise self.wrong("decide", f"made {event.name!r} with {kind_of(one)} as a posting")
            if type(one.amount) is not int or abs(one.amount) > AMOUNT_MAX:
                raise self.wrong("decide", f"moves {kind_of(one.amount)}, not whole minor units")
            if type(one.account) is not str or not _ACCOUNT.fullmatch(one.account):
                raise self.wrong("decide", "moves money of an account that has no name")
            if type(one.currency) is not str or not _CURRENCY.fullmatch(one.currency):
                raise self.wrong("decide", "moves money of a currency that has no code")

    def _check_send(self, send: Send) -> None:
        if type(send) is not Send:
            raise self.wrong("decide", f"made {kind_of(send)} where a Send belongs")
        if type(send.id) is not str or not 0 < len(send.id) <= SEND_ID_MAX:
            raise self.wrong("decide", f"made a send whose id is {kind_of(send.id)} or too long")
        if not send.id.isprintable():
            raise self.wrong("decide", "made a send whose id cannot be printed")
        if type(send.target) is not str or not _TARGET.fullmatch(send.target):
            raise self.wrong("decide", "made a send whose target is no room:<id> or job:<name>")
        if type(send.op) is not str or not _OP.fullmatch(send.op):
            raise self.wrong("decide", "made a send without the name of an operation")
        if send.op in HOST_OPERATIONS:
            raise self.wrong("decide", f"sends {send.op!r}, which only the host gives")
        if not isinstance(send.args, Mapping):
            raise self.wrong("decide", f"sends {kind_of(send.args)} as arguments")

    def _check_refusal(self, refusal: Rejected, method: str = "decide") -> None:
        if type(refusal.code) is not str or not _CODE.fullmatch(refusal.code):
            raise self.wrong(method, "refused with a code that is no lower-case word")
        detail = refusal.detail
        if not detail and type(detail) is dict:
            return
        if not isinstance(detail, Mapping):
            raise self.wrong(method, f"refused with {kind_of(detail)} as detail")
        try:
            orjson.dumps(detail, default=_plain)
        except TypeError as error:
            raise self.wrong(method, f"refused with a detail that is not JSON: {error}") from None

    def _check_labels(self, labels: object) -> None:
        if type(labels) is not Labels:
            raise self.wrong("labels", f"returned {kind_of(labels)}, not Labels")
        if type(labels.decimals) is not int or not 0 <= labels.decimals <= DECIMALS_MAX:
            raise self.wrong("labels", "has decimals that are no small number")
        if type(labels.currency) is not str:
            raise self.wrong("labels", "has a currency that is no text")
        if type(labels.game_mode) is not str:
            raise self.wrong("labels", "has a game mode that is no text")
        if type(labels.is_over) is not bool:
            raise self.wrong("labels", "has an is_over that is neither true nor false")
        if not isinstance(labels.more, Mapping):
            raise self.wrong("labels", f"has {kind_of(labels.more)} as more, not a mapping")
        try:
            orjson.dumps(labels.more, default=_plain)
        except TypeError as error:
            raise self.wrong("labels", f"is not JSON: {error}") from None

    # -- calling ---------------------------------------------------------------------------

    def _call(self, method: str, function: Callable[..., R], *args: object) -> R:
        try:
            return function(*args)
        except BaseException as error:
            raise raised(method, error) from error

    def _state(self, method: str, function: Callable[..., R], *args: object) -> R:
        state = self._call(method, function, *args)
        if state is None or hasattr(state, "__await__"):
            raise self.wrong(method, f"returned {kind_of(state)}, not a state")
        return state

    def wrong(self, method: str, what: str) -> ModeFault:
        """Return the fault of a method that gave something wrong."""
        return ModeFault(f"{method} {what}", defined_at(getattr(self.mode, method, None)))


def check_config(
    mode: Mode[Any], config: Mapping[str, Json], currencies: Mapping[str, Currency]
) -> Mapping[str, Json] | Rejected:
    """Return a configuration as its mode completes it, or its refusal. Raises: ModeFault."""
    border = Border("", mode, lambda: None)
    return border.check_config(config, currencies)


def check_table_config(
    mode: Mode[Any], config: Mapping[str, Json], currencies: Mapping[str, Currency]
) -> Mapping[str, Json] | Rejected:
    """Return a table's configuration as its mode completes it, or the refusal.

    A mode whose rooms are entered only through its plugin's own sockets has no tables and is
    refused with `bad_config`. Raises: ModeFault.
    """
    if is_entered_apart(mode):
        return Rejected("bad_config", {"mode": mode.name})
    return check_config(mode, config, currencies)


EVENT_NAMES = "a name is lower-case letters, digits and underscores, and none of the host's own"


def _differing(state: Any, loaded: Any) -> str:
    """Return the names of the fields in which two states differ."""
    return ", ".join(
        field.name for field in fields(state)
        if field.compare and getattr(state, field.name) != getattr(loaded, field.name)
    )


def _plain(value: object) -> Mapping[str, Json]:
    """Convert read-only mappings, which orjson does not know; the codecs do the same."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{kind_of(value)} is not JSON")
