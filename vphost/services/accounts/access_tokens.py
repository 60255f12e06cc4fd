"""Access tokens: who is at the other end of a socket or a request.

They follow RFC 8725: one algorithm (3.1, 3.2), a key of 32 random bytes (3.5), issuer and audience
checked (3.8, 3.9), nothing in a token trusted before its signature is verified (3.10: `kid` is only
looked up in a table, and `jwk`, `jku`, `x5u` and every other header is refused unread), and a type
of its own, so that no other kind of token passes for one (3.11). A token says who somebody is, not
what they may do: whether a user is disabled, or may see a table, is checked where it matters.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt

from vphost.rules.mode import Json, Rejected
from vphost.services.journal.sealing import add_key, read_keys
from vphost.services.ports import Clock, StoreRefused

ALGORITHM = "HS256"
KIND = "access+jwt"
"""The `typ` of our access tokens' header."""
REFRESH, TICKET, AGAIN = "refresh+jwt", "ticket+jwt", "again+jwt"
"""Types of refresh tokens, of one-time tokens for sockets, and of what gets the next of these."""
CONFIRM, RESET = "confirm+jwt", "reset+jwt"
"""Types of the keys in e-mails."""
DEVICE = "device+jwt"
"""Type of what a device keeps to show that its owner has signed in there; it signs nobody in."""
KINDS = frozenset({KIND, REFRESH, TICKET, AGAIN, CONFIRM, RESET, DEVICE})

MAX_TOKEN_CHARS = 2048
"""Longer tokens are refused without looking at them."""

SKEW_S = 30
"""How far the clock of a token's issuer (an earlier process of ours) may have been ahead."""

MAX_LIFETIME_S = 366 * 24 * 3600
"""Longest life of any token; scripts use such long ones."""

CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti")


class AccessTokens:
    """Issues tokens with the newest key and verifies those of any key."""

    def __init__(
        self, keys: Mapping[str, bytes], clock: Clock, *, issuer: str, audience: str
    ) -> None:
        """keys: key id -> 32 bytes, newest last; at least one."""
        assert keys, "a signer needs a key"
        self._keys = dict(keys)
        self._newest = next(reversed(self._keys))
        self._clock = clock
        self._issuer = issuer
        self._audience = audience

    def issue(
        self, user_id: str, lifetime_s: int, kind: str = KIND, **more: Json
    ) -> str:
        """Return a signed token. lifetime_s: 1 to MAX_LIFETIME_S. more: additional claims."""
        assert 1 <= lifetime_s <= MAX_LIFETIME_S, "a token's life has bounds"
        assert kind in KINDS, "a token has a kind of ours"
        now_s = self._clock.calendar_ms() // 1000
        claims = {
            "iss": self._issuer, "aud": self._audience, "sub": user_id, "iat": now_s,
            "exp": now_s + lifetime_s, "jti": secrets.token_hex(16), **more,
        }
        return jwt.encode(
            claims, self._keys[self._newest], ALGORITHM,
            headers={"typ": kind, "kid": self._newest},
        )

    def verify(self, token: str) -> str | Rejected:
        """Return the id of the user that an access token names. Refusals: as `read`."""
        claims = self.read(token)
        if isinstance(claims, Rejected):
            return claims
        user_id: str = claims["sub"]
        return user_id

    def read(self, token: str, *kinds: str) -> Mapping[str, Json] | Rejected:
        """Return the claims of a valid token of one of these kinds (by default an access token).

        `kind` is added to the claims. Refusals: `token_expired` for one that was valid once,
        otherwise `not_authenticated`, which never says why.
        """
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            return Rejected("not_authenticated")
        try:
            claims = self._claims(token, kinds or (KIND,))
        except jwt.PyJWTError:
            return Rejected("not_authenticated")
        if claims is None or not _has_sound_times(claims):
            return Rejected("not_authenticated")
        now_s = self._clock.calendar_ms() // 1000
        if max(claims["iat"], claims.get("nbf", 0)) > now_s + SKEW_S:
            return Rejected("not_authenticated")
        if claims["exp"] <= now_s:
            return Rejected("token_expired")
        return claims

    def left_s(self, claims: Mapping[str, Json]) -> float:
        """Return for how many seconds from now a token with these claims is valid."""
        return float(claims["exp"] - self._clock.calendar_ms() / 1000)

    def _claims(self, token: str, kinds: Sequence[str]) -> dict[str, Any] | None:
        """Return the claims of a token that we signed, before its times are checked.

        Returns None when its header is not one of ours. Raises: jwt.PyJWTError.
        """
        header = jwt.get_unverified_header(token)
        key_id = header.pop("kid", None)
        kind = header.pop("typ", None)
        if header != {"alg": ALGORITHM} or kind not in kinds or key_id not in self._keys:
            return None
        claims: dict[str, Any] = jwt.decode(
            token, self._keys[key_id], algorithms=[ALGORITHM], audience=self._audience,
            issuer=self._issuer,
            options={
                "require": list(CLAIMS), "strict_aud": True, "verify_exp": False,
                "verify_iat": False, "verify_nbf": False,
            },
        )
        return {**claims, "kind": kind}


def open_session_keys(path: Path) -> dict[str, bytes]:
    """Return the signing keys of a key file, which is made (mode 0600) when there is none.

    Sealing keys are in another file, so that no key has two uses.
    Raises: StoreRefused when others may read the file or a line is not a key.
    """
    if not path.exists():
        add_key(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise StoreRefused(f"key file {path}: mode is {mode:04o}, has to be 0600")
    return read_keys(path)


def _has_sound_times(claims: Mapping[str, Any]) -> bool:
    """Return whether all times are integers; bool is excluded, although Python calls it an int."""
    times = (claims["iat"], claims["exp"], claims.get("nbf", 0))
    return all(type(moment) is int for moment in times)
