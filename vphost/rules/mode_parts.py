"""What a mode may have beside `Mode`: each part is a protocol of its own, for those who need it.

Whoever needs a part asks `isinstance(mode, Part)` once, not per command: the check looks for every
name. A part whose method is None is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol, runtime_checkable

from vphost.rules.mode import Alarms, Event, Json, Rejected
from vphost.rules.money import Currency


@runtime_checkable
class HasProtocol(Protocol):
    """A mode that is entered through another protocol than the one of its own name."""

    protocol: str


@runtime_checkable
class OwnSocketsOnly(Protocol):
    """A mode that may be entered through its plugin's own protocol alone, if it says True."""

    own_sockets_only: bool


@runtime_checkable
class UsesHouseAccounts(Protocol):
    """A mode whose commits touch `house:<what>` for these names."""

    house_accounts: Collection[str]


@runtime_checkable
class LoadsVersions(Protocol):
    """A mode whose `load` understands snapshots of these older versions."""

    loads_versions: Collection[int]


@runtime_checkable
class FoldsStored(Protocol):
    """A mode whose own folding is believed, if it says True: JSON makes no difference to it."""

    folds_stored: bool


@runtime_checkable
class HasAlarms(Protocol):
    """A mode with calendar dates: asked instead of `wake_at`."""

    def alarms(self, state: Any) -> Alarms:
        """Return the next deadlines, by game time and by the wall clock."""
        ...


@runtime_checkable
class Upcasts(Protocol):
    """A mode that turns events of older versions into those of now."""

    def upcast(self, event: Event, version: int) -> Event:
        """Return an event of an older version as `evolve` takes it; visible if it was visible."""
        ...


@runtime_checkable
class KnowsParted(Protocol):
    """A mode that remembers who was a player."""

    def parted(self, state: Any, user: str) -> str:
        """Return how a user went, `left` or `kicked`; "" for who is here or was never."""
        ...


@runtime_checkable
class IssuesMoney(Protocol):
    """A mode whose rooms may have chips of their own."""

    def issues(self, state: Any) -> bool | frozenset[str]:
        """Return whether the room moves money of `world`, which never reaches users or house."""
        ...


@runtime_checkable
class ChangesConfig(Protocol):
    """A mode that says itself what a change of a configuration makes of the whole."""

    def change_config(
        self, config: Mapping[str, Json], changes: Mapping[str, Json],
        currencies: Mapping[str, Currency],
    ) -> Mapping[str, Json] | Rejected:
        """Return the whole configuration as `check_config` does.

        config: checked. changes: as an owner wrote them.
        """
        ...


@runtime_checkable
class Summarizes(Protocol):
    """A mode with a summary of its state for those who know the mode."""

    def summary(self, state: Any) -> object:
        """Return it, in O(players)."""
        ...


@runtime_checkable
class ReadsHands(Protocol):
    """A mode whose finished hands are counted and shown."""

    def hand_reader(self) -> Any:
        """Return what reads finished hands out of one room's events (`HandReader` of tables)."""
        ...


def protocol_of(mode: object, name: str) -> str:
    """Return the name of the protocol through which a mode's rooms are entered.

    mode: None when it is not installed. name: the mode's own.
    """
    return mode.protocol if isinstance(mode, HasProtocol) else name


def is_entered_apart(mode: object) -> bool:
    """Return whether a mode's rooms are entered through its plugin's own protocol alone."""
    return isinstance(mode, OwnSocketsOnly) and mode.own_sockets_only
