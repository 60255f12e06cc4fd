"""No-shows: players who registered and never came, taken out by the director before payouts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registered:
    """An entry as registered. paid: into the pool; bounty: of it, on the head. Minor units."""

    entry: int
    paid: int
    bounty: int


@dataclass(frozen=True, slots=True)
class Removal:
    """Taking a no-show out. chips: leave play; what they have posted stays with the others."""

    entry: int
    chips: int


def can_take_out(*, has_acted: bool, remaining: int, paid_places: int) -> bool:
    """Return whether somebody is a no-show who can still be taken out: before anybody is paid."""
    return not has_acted and remaining > paid_places


def chips_in_play(entries: int, starting_chips: int, bought: int, out: Sequence[Removal]) -> int:
    """Return all chips there have to be. bought: of rebuys and add-ons."""
    return entries * starting_chips + bought - sum(removal.chips for removal in out)


def without_no_shows(
    entries: Sequence[Registered], out: Sequence[Removal]
) -> tuple[Registered, ...]:
    """Return the entries by which payouts are computed: as if no-shows had not registered.

    What those paid is no part of the pool; the director gives it back.
    """
    gone = {removal.entry for removal in out}
    return tuple(entry for entry in entries if entry.entry not in gone)
