"""Which labels a room had when: found by place, kept over a snapshot, bounded."""

from __future__ import annotations

import json

from vphost.rules.mode import Labels
from vphost.services.rooms.label_history import KEPT, LabelHistory


def test_labels_are_those_right_after_a_commit() -> None:
    history = LabelHistory()
    for seq, decimals in ((3, 2), (5, 2), (9, 8), (12, 8), (20, 2)):
        history.note(seq, Labels(decimals))
    found = [history.at(seq) for seq in (2, 3, 8, 9, 19, 20, 99)]
    assert [one and one["decimals"] for one in found] == [None, 2, 2, 8, 8, 2, 2]


def test_a_history_comes_back_from_its_json() -> None:
    history, again = LabelHistory(), LabelHistory()
    for seq in range(1, 6):
        history.note(seq, Labels(seq, is_over=bool(seq % 2)))
    again.load(json.loads(json.dumps(history.dump())))
    assert [again.at(seq) for seq in range(8)] == [history.at(seq) for seq in range(8)]


def test_of_too_many_changes_the_oldest_are_forgotten() -> None:
    history = LabelHistory()
    for seq in range(1, KEPT + 2):
        history.note(seq, Labels(seq, is_over=bool(seq % 2)))
    assert history.at(1) is None and history.at(2) == {
        "decimals": 2, "currency": "", "game_mode": "UNDEFINED",
    }
    assert len(history.dump()) == KEPT
