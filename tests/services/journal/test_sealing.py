"""Secrets at rest and their key file."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from vphost.rules.mode import Event, Posting, Send
from vphost.services.journal.commit_codec import ZERO_HASH, Draft, chain_hash, decode, draft
from vphost.services.journal.sealing import CannotUnseal, Sealer, add_key, open_key_file
from vphost.services.ports import StoreRefused

KEYS = {"old": bytes(32), "new": bytes(31) + b"\1"}


def test_what_was_sealed_opens_in_its_context_only() -> None:
    sealer = Sealer(KEYS)
    sealed = sealer.seal(b"AS KD", "commit/0")
    name, _, text = sealed.partition(".")
    assert name == "new" and b"AS KD" not in b64decode(text)
    assert sealer.unseal(sealed, "commit/0") == b"AS KD"
    with pytest.raises(CannotUnseal):
        sealer.unseal(sealed, "commit/1")


def test_the_same_text_is_never_sealed_the_same() -> None:
    sealer = Sealer(KEYS)
    assert len({sealer.seal(b"AS", "c") for _ in range(50)}) == 50


@pytest.mark.parametrize("damage", [
    lambda text: text[:-4] + ("AAA=" if text[-4:] != "AAA=" else "BBB="),
    lambda text: "old" + text[3:], lambda text: "gone" + text[3:], lambda text: "",
    lambda text: text[:9], lambda text: "new.!!!",
])
def test_a_changed_text_does_not_open(damage: Callable[[str], str]) -> None:
    sealer = Sealer(KEYS)
    with pytest.raises(CannotUnseal):
        sealer.unseal(damage(sealer.seal(b"AS", "c")), "c")


def test_old_keys_still_open() -> None:
    sealed = Sealer({"old": KEYS["old"]}).seal(b"AS", "c")
    assert Sealer(KEYS).unseal(sealed, "c") == b"AS"


def test_the_key_file_is_made_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys"
    sealed = open_key_file(path).seal(b"AS", "c")
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_key_file(path).unseal(sealed, "c") == b"AS"


def test_a_new_key_seals_and_the_old_one_opens(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    first = open_key_file(path)
    sealed = first.seal(b"AS", "c")
    key_id = add_key(path)
    second = open_key_file(path)
    assert second.key_id == key_id != first.key_id
    assert second.unseal(sealed, "c") == b"AS"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    open_key_file(path)
    path.chmod(0o640)
    with pytest.raises(StoreRefused, match="0640"):
        open_key_file(path)


@pytest.mark.parametrize("text", ["", "id short\n", "no-base64 !!!\n", "garbage\n", "ä b\n"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(StoreRefused, match="keys"):
        open_key_file(path)


def drafted(**changes: Any) -> Draft:
    fields: dict[str, Any] = dict(
        id="r:ann:1", book="main", room="r", room_seq_first=1, room_seq_last=2, mode="toy",
        mode_version=1, user='a","seq":0,"user":"b', op="add", at_ms=5,
        events=(
            Event("dealt", {"z": 1, "a": None}, {7: {"cards": ["AS"]}}, {"deck": "d"}),
            Event("moved", {}, postings=(Posting("world", "PLAY", -1), Posting("u", "PLAY", 1))),
        ),
        sends=(Send("s", "room:x", "get", {"n": 1}),), answer={"ok": True}, resolves=None,
        sealer=Sealer(KEYS),
    )
    return draft(**{**fields, **changes})


def test_a_commit_comes_back_as_it_was() -> None:
    draft = drafted()
    record = draft.place(12345, ZERO_HASH)
    stored = decode(record, Sealer(KEYS))
    assert stored.user == 'a","seq":0,"user":"b' and stored.answer == {"ok": True}
    assert stored.events[0].secret == {7: {"cards": ["AS"]}}
    assert stored.events[0].hidden == {"deck": "d"}
    assert stored.events[1].postings == record.postings
    assert stored.sends == (Send("s", "room:x", "get", {"n": 1}),)
    without_key = decode(record, None).events[0]
    assert without_key.secret == {} and without_key.hidden == {}


@pytest.mark.parametrize("seq", [1, 10, 2**53])
def test_the_body_is_canonical_and_holds_its_place(seq: int) -> None:
    record = drafted().place(seq, "a" * 64)
    fields = orjson.loads(record.body)
    assert fields["seq"] == seq and orjson.dumps(fields, option=orjson.OPT_SORT_KEYS) == record.body
    assert record.hash == chain_hash("a" * 64, record.body)
