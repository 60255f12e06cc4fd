"""What a room remembers of its past in memory: its newest commits, and the ids of all commits.

An id whose commit is not here is looked up in the journal, unless it is known to be fresh.
"""

from __future__ import annotations

from collections import OrderedDict

from vphost.services.journal.commit_codec import visible
from vphost.services.journal.commits import Commit
from vphost.services.rooms.id_filter import IdFilter


class RecentCommits:
    """The newest commits of a room by id, and a filter of the ids of all its commits."""

    def __init__(self, commits_max: int, ids_max: int) -> None:
        self._commits: OrderedDict[str, Commit] = OrderedDict()
        self._commits_max = commits_max
        self._ids_max = ids_max
        self._ids = IdFilter(ids_max)
        self._complete = True
        self._first_seq = 1

    def add(self, commit: Commit) -> None:
        """Remember a durable commit."""
        self._commits[commit.id] = commit
        if len(self._commits) > self._commits_max:
            _, oldest = self._commits.popitem(last=False)
            self._first_seq = oldest.room_seq_first + visible(oldest.events)
        self.note(commit.id)

    def note(self, commit_id: str) -> None:
        """Remember that an id has been committed."""
        self._ids.add(commit_id)

    def begin_at(self, first_seq: int) -> None:
        """Note that commits of earlier events are not remembered, although their ids may be."""
        self._first_seq = max(self._first_seq, first_seq)

    def forget_past(self, first_seq: int, ids: IdFilter | None = None) -> None:
        """Note that there are older commits, of which at most the ids are known here.

        first_seq: number of the first visible event that the remembered commits can have. ids:
        filter of all older commits; None when not even the ids are known, until `know_ids`.
        """
        self._complete = ids is not None
        self._ids = IdFilter(self._ids_max) if ids is None else ids
        self.begin_at(first_seq)

    @property
    def knows_ids(self) -> bool:
        """Whether the filter contains the ids of all commits."""
        return self._complete

    def know_ids(self) -> None:
        """Note that the ids of all older commits have been added by now."""
        self._complete = True

    def dump_ids(self) -> bytes | None:
        """Return the filter as bytes for a snapshot, None while it is incomplete."""
        return self._ids.dump() if self._complete else None

    def get(self, commit_id: str) -> Commit | None:
        """Return a remembered commit."""
        return self._commits.get(commit_id)

    def is_fresh(self, commit_id: str) -> bool:
        """Return whether an id is known never to have been committed, without asking the store."""
        return self._complete and commit_id not in self._ids

    def place_of(self, seq: int) -> int | None:
        """Return the place in the book of a visible event's commit, None if not remembered."""
        for commit in reversed(self._commits.values()):
            if commit.room_seq_first <= seq < commit.room_seq_first + visible(commit.events):
                return commit.seq
        return None

    def since(self, seq: int) -> list[Commit] | None:
        """Return commits with visible events after a number; None when memory is too short."""
        if seq + 1 < self._first_seq:
            return None
        found: list[Commit] = []
        for commit in reversed(self._commits.values()):
            seen = visible(commit.events)
            if commit.room_seq_first + seen - 1 <= seq:
                if seen:
                    break
                continue
            if seen:
                found.append(commit)
        found.reverse()
        return found
