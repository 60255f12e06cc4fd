"""Which labels a room had after which of its commits, as far as they say what amounts are in.

They change seldom; a commit that is read back is told with those that it had, not with those of
now. A snapshot keeps them, so that nothing has to be folded again for the commits before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from vphost.rules.mode import Json, Labels

KEPT = 64
"""Changes that are kept; of commits before the oldest of them nothing is known."""


class LabelHistory:
    """The labels of a room by place in the book, oldest first."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self._labels: list[Mapping[str, Json]] = []

    def note(self, seq: int, labels: Labels) -> None:
        """Remember the labels after a commit. seq: its place in the book, above all before.

        Only those by which amounts are written; the others of a commit are those of now.
        """
        units: Mapping[str, Json] = {
            "currency": labels.currency, "decimals": labels.decimals, "game_mode": labels.game_mode
        }
        if self._labels and self._labels[-1] == units:
            return
        self._places.append(seq)
        self._labels.append(units)
        del self._places[:-KEPT], self._labels[:-KEPT]

    def at(self, seq: int) -> Mapping[str, Json] | None:
        """Return the labels right after a commit, None when it is too old."""
        index = bisect_right(self._places, seq)
        return self._labels[index - 1] if index else None

    def dump(self) -> list[Json]:
        """Return it as JSON: pairs of place and labels."""
        return [[place, dict(labels)] for place, labels in zip(self._places, self._labels)]

    def load(self, dumped: Iterable[Json]) -> None:
        """Take what `dump` wrote in place of what is known."""
        pairs = list(dumped)
        self._places = [int(place) for place, _ in pairs]
        self._labels = [labels for _, labels in pairs]
