"""Access tokens and those who forge them (RFC 8725)."""

from __future__ import annotations

import base64
import hmac
import json
import warnings
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vphost.rules.mode import Rejected
from vphost.services.accounts.access_tokens import (
    KIND, MAX_LIFETIME_S, MAX_TOKEN_CHARS, SKEW_S, AccessTokens, open_session_keys,
)
from vphost.services.journal.sealing import add_key
from vphost.services.ports import StoreRefused

NOW_S = 1_700_000_000
KEYS = {"old": b"o" * 32, "new": b"n" * 32}
NO = Rejected("not_authenticated")
CLAIMS: dict[str, Any] = {
    "iss": "vphost", "aud": "players", "sub": "ada", "iat": NOW_S, "exp": NOW_S + 60, "jti": "1",
}
HEADER = {"alg": "HS256", "kid": "new", "typ": KIND}


class HandClock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.wall_ms = NOW_S * 1000

    def now_ms(self) -> int:
        return 0

    def at_least(self, moment_ms: int) -> None:
        """Game time stands still here."""

    def calendar_ms(self) -> int:
        return self.wall_ms


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sessions(clock: HandClock) -> AccessTokens:
    return AccessTokens(KEYS, clock, issuer="vphost", audience="players")


def forge(
    claims: dict[str, Any] = CLAIMS, header: dict[str, Any] = HEADER, key: Any = KEYS["new"]
) -> str:
    """Return a token that is signed well, whatever it says."""
    return jwt.encode(claims, key, header.get("alg", "HS256"), headers=header)


def encoded(part: Any) -> str:
    """Return one segment of a token."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Return a token as no library would make it, with a good HMAC-SHA256 by the key."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.digest(key, text.encode(), 'sha256'))}"


def test_a_token_names_its_user(sessions: AccessTokens) -> None:
    token = sessions.issue("ada", 60)
    assert sessions.verify(token) == "ada"
    assert jwt.get_unverified_header(token) == HEADER
    assert sessions.issue("ada", 60) != token


def test_the_forger_can_make_a_good_token(sessions: AccessTokens) -> None:
    assert sessions.verify(forge()) == "ada"
    assert sessions.verify(signed(HEADER, CLAIMS, KEYS["new"])) == "ada"


def test_tokens_of_an_older_key_stay_good(clock: HandClock, sessions: AccessTokens) -> None:
    before = AccessTokens({"old": KEYS["old"]}, clock, issuer="vphost", audience="players")
    assert sessions.verify(before.issue("ada", 60)) == "ada"
    assert before.verify(sessions.issue("ada", 60)) == NO


def test_a_token_ends(clock: HandClock, sessions: AccessTokens) -> None:
    token = sessions.issue("ada", 60)
    clock.wall_ms += 59_999
    assert sessions.verify(token) == "ada"
    clock.wall_ms += 1
    assert sessions.verify(token) == Rejected("token_expired")


def test_an_expired_token_that_was_changed_is_no_expired_token(
    clock: HandClock, sessions: AccessTokens
) -> None:
    token = sessions.issue("ada", 1)
    clock.wall_ms += 5_000
    head, claims, signature = token.split(".")
    forged = ".".join([head, encoded({**CLAIMS, "sub": "eva"}), signature])
    assert sessions.verify(forged) == NO


@pytest.mark.parametrize("lifetime_s", [0, -1, MAX_LIFETIME_S + 1])
def test_a_life_has_bounds(sessions: AccessTokens, lifetime_s: int) -> None:
    with pytest.raises(AssertionError):
        sessions.issue("ada", lifetime_s)


@pytest.mark.parametrize("change", [
    {"iss": "other"}, {"iss": None}, {"iss": ["vphost"]}, {"aud": "operators"},
    {"aud": ["players"]}, {"aud": ["players", "operators"]}, {"aud": None},
    {"iat": NOW_S + SKEW_S + 1}, {"nbf": NOW_S + SKEW_S + 1}, {"exp": "9999999999"},
    {"exp": NOW_S + 60.5}, {"exp": True}, {"exp": None}, {"exp": 1e400}, {"iat": "now"},
    {"iat": True}, {"nbf": "x"}, {"nbf": []}, {"sub": 7}, {"sub": None}, {"jti": 5},
])
def test_a_claim_that_is_not_ours_is_refused(
    sessions: AccessTokens, change: dict[str, Any]
) -> None:
    assert sessions.verify(signed(HEADER, {**CLAIMS, **change}, KEYS["new"])) == NO


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti"])
def test_every_claim_has_to_be_there(sessions: AccessTokens, missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    assert sessions.verify(forge(claims)) == NO


def test_clocks_may_differ_a_little(sessions: AccessTokens) -> None:
    assert SKEW_S <= 60
    assert sessions.verify(forge({**CLAIMS, "iat": NOW_S + SKEW_S})) == "ada"
    assert sessions.verify(forge({**CLAIMS, "nbf": NOW_S + SKEW_S})) == "ada"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(sessions: AccessTokens, algorithm: str) -> None:
    head = encoded({**HEADER, "alg": algorithm})
    assert sessions.verify(f"{head}.{encoded(CLAIMS)}.") == NO
    good_signature = forge().rpartition(".")[2]
    assert sessions.verify(f"{head}.{encoded(CLAIMS)}.{good_signature}") == NO


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_our_key_is_refused(sessions: AccessTokens, algorithm: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        assert sessions.verify(forge(header={**HEADER, "alg": algorithm})) == NO


def test_a_public_key_is_not_a_secret(sessions: AccessTokens) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for encoding in (Encoding.DER, Encoding.PEM):
        public = private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        assert sessions.verify(signed(HEADER, CLAIMS, public)) == NO
    assert sessions.verify(forge(header={**HEADER, "alg": "RS256"}, key=private)) == NO


@pytest.mark.parametrize("key_id", [
    "../../dev/null", "/dev/null", "' OR 1=1 --", "other", "", 7, None, ["new"], {"new": 1}, True,
    "https://evil.example/key",
])
def test_a_key_id_is_only_looked_up(sessions: AccessTokens, key_id: Any) -> None:
    for key in (b"", b"\x00" * 32, KEYS["new"]):
        assert sessions.verify(signed({**HEADER, "kid": key_id}, CLAIMS, key)) == NO


@pytest.mark.parametrize("extra", [
    {"jwk": {"kty": "oct", "k": encoded(b"e" * 32)}}, {"jku": "https://evil.example/keys"},
    {"x5u": "https://evil.example/cert"}, {"x5c": ["MIIB"]}, {"crit": ["exp"]}, {"zip": "DEF"},
    {"cty": "JWT"}, {"unknown": 1}, {"b64": True}, {"b64": False, "crit": ["b64"]},
])
def test_a_header_that_brings_its_own_key_is_refused(
    sessions: AccessTokens, extra: dict[str, Any]
) -> None:
    for key in (KEYS["new"], b"e" * 32):
        assert sessions.verify(signed({**HEADER, **extra}, CLAIMS, key)) == NO


@pytest.mark.parametrize("kind", ["JWT", "refresh+jwt", "access", "at+jwt", "ACCESS+JWT", 1])
def test_another_kind_of_token_is_refused(sessions: AccessTokens, kind: Any) -> None:
    assert sessions.verify(forge(header={**HEADER, "typ": kind})) == NO


def test_a_token_without_a_kind_is_refused(sessions: AccessTokens) -> None:
    assert sessions.verify(forge(header={**HEADER, "typ": None})) == NO


@pytest.mark.parametrize("token", [
    "", ".", "..", "...", "a.b", "a.b.c", "é.é.é", "\ud800", "\x00", "e30.e30.e30",
    "bnVsbA.bnVsbA.", "W10.W10.", f"{encoded(HEADER)}.{encoded(CLAIMS)}",
    f"{encoded(HEADER)}.{encoded(CLAIMS)}.", f"{encoded(HEADER)}.{encoded([])}.AAAA",
    f"{encoded(b'[' * 900)}.{encoded(b'[' * 400)}.AAAA",
])
def test_rubbish_is_refused(sessions: AccessTokens, token: str) -> None:
    assert sessions.verify(token) == NO


def test_every_changed_character_is_noticed(sessions: AccessTokens) -> None:
    token = sessions.issue("ada", 60)
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        assert sessions.verify(token[:place] + other + token[place + 1:]) == NO, place


def test_an_oversized_token_is_refused_however_well_signed(sessions: AccessTokens) -> None:
    frame = len(forge({**CLAIMS, "sub": ""}))
    room = (MAX_TOKEN_CHARS - frame) * 3 // 4
    assert sessions.verify(forge({**CLAIMS, "sub": "a" * (room - 2)})) == "a" * (room - 2)
    assert sessions.verify(forge({**CLAIMS, "sub": "a" * (room + 5)})) == NO
    assert sessions.verify("a" * 50_000_000) == NO


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sessions.key"
    keys = open_session_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_session_keys(path) == keys
    assert [len(key) for key in keys.values()] == [32]


def test_a_new_key_signs_and_the_old_one_verifies(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "sessions.key"
    before = AccessTokens(open_session_keys(path), clock, issuer="i", audience="a")
    key_id = add_key(path)
    after = AccessTokens(open_session_keys(path), clock, issuer="i", audience="a")
    assert after.verify(before.issue("ada", 60)) == "ada"
    assert jwt.get_unverified_header(after.issue("ada", 60))["kid"] == key_id


def test_a_key_file_that_others_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions.key"
    open_session_keys(path)
    path.chmod(0o640)
    with pytest.raises(StoreRefused, match="0640"):
        open_session_keys(path)
