"""Readers of single settings: from a TOML value, or the text of a flag or variable, to our type.

Each raises `BadValue` with the reason; the caller adds which setting it was.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from vphost.rules.money import MAX_MINOR, Currency
from vphost.wire.origins import normal_origin, origin_of

LIST_MAX = 64
TEXT_MAX = 1024
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_NETWORK_NAME = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){0,3}(?:localhost|local|test)", re.IGNORECASE
)
_HOUSE = re.compile(r"house:[a-z][a-z0-9_]{0,40}")


class BadValue(ValueError):
    """A value that does not fit its setting."""


def text(value: object) -> str:
    """Return a string without control characters."""
    if not isinstance(value, str):
        raise BadValue("expected a text")
    if not value or len(value) > TEXT_MAX or any(ord(char) < 32 for char in value):
        raise BadValue("empty, too long, or with control characters")
    return value


def number(low: int, high: int) -> Callable[[object], int]:
    """Return a reader of integers from low to high, both included."""

    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue("expected a whole number")
        if not low <= value <= high:
            raise BadValue(f"{value} is out of range")
        return value

    return read


def flag(value: object) -> bool:
    """Return a switch: a TOML boolean, or one of the usual words."""
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "on": True, "yes": True,
             "0": False, "false": False, "off": False, "no": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise BadValue("expected on or off")


def choice(*words: str) -> Callable[[object], str]:
    """Return a reader of one word of a list."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadValue("not one of the words")
        return value

    return read


def listed(value: object) -> list[object]:
    """Return a list, or the parts of a comma-separated text."""
    if isinstance(value, str):
        value = [word.strip() for word in value.split(",") if word.strip()]
    if not isinstance(value, list):
        raise BadValue("expected a list")
    if len(value) > LIST_MAX:
        raise BadValue(f"more than {LIST_MAX} entries")
    return value


def folder(value: object) -> Path:
    """Return a path, which need not exist."""
    return value if isinstance(value, Path) else Path(text(value))


def folders(value: object) -> tuple[Path, ...]:
    """Return folders that exist."""
    paths = tuple(folder(one) for one in listed(value))
    for path in paths:
        if not path.is_dir():
            raise BadValue(f"{path} is no folder")
    return paths


def store_url(value: object) -> str:
    """Return the URL of a store that this version can open."""
    url = text(value)
    scheme, _, rest = url.partition(":")
    if scheme in ("mongodb", "mongodb+srv"):
        if not re.fullmatch(r"//[^/?#]+/[A-Za-z0-9_-]{1,63}(\?.*)?", rest):
            raise BadValue("not mongodb://HOST:PORT/NAME with the name of a database")
        return url
    if url != "memory:" and (scheme != "sqlite" or not rest or rest.startswith("//")):
        raise BadValue("not a store")
    return url


def address(value: object) -> str:
    """Return an IP address, or localhost as one."""
    word = text(value)
    if word == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(word))
    except ValueError:
        raise BadValue("not an IP address") from None


def networks(value: object) -> tuple[str, ...]:
    """Return networks as `10.0.0.0/8`; a single address becomes one, localhost becomes two."""
    found: list[str] = []
    for one in listed(value):
        word = text(one)
        found += ["127.0.0.1/32", "::1/128"] if word == "localhost" else [_network(word)]
    return tuple(found)


def _network(word: str) -> str:
    try:
        network = ipaddress.ip_network(word)
    except ValueError as error:
        raise BadValue(f"{word!r} is no network: {error}") from None
    bits = network.prefixlen
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None:
        # Clients are compared by their IPv4 address, also when it arrives mapped into IPv6.
        network, bits = ipaddress.ip_network((mapped, max(0, bits - 96))), bits - 96
    if bits <= 0:
        raise BadValue(f"{word!r} would believe everybody")
    return str(network)


def origins(value: object) -> tuple[str, ...]:
    """Return exact web origins as browsers send them; no wildcard, no path."""
    found = []
    for one in listed(value):
        origin = normal_origin(text(one))
        if origin is None:
            raise BadValue(f"{one!r} is no origin")
        found.append(origin)
    return tuple(found)


def mail_url(value: object) -> str:
    """Return where mail goes: `outbox` or the URL of a server, without a password."""
    url = text(value)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise BadValue("not a mail server") from None
    if url != "outbox" and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        raise BadValue("not a mail server")
    if parts.password is not None:
        raise BadValue("holds a password, which belongs in mail_password_file")
    return url


class Secret(str):
    """A string that is not shown by accident: its repr is `'***'`."""

    def __repr__(self) -> str:
        return "'***'"


def secret(value: object) -> Secret:
    """Return a password or key, or several separated by single spaces."""
    word = text(value)
    if not re.fullmatch(r"[!-~]+( [!-~]+)*", word):
        raise BadValue("has something other than letters, digits and punctuation")
    return Secret(word)


def uploads_url(value: object) -> str:
    """Return where uploads go: `local`, or `s3://BUCKET`."""
    word = text(value)
    if word != "local" and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", word):
        raise BadValue("neither local nor a bucket")
    return word


def word(pattern: str) -> Callable[[object], str]:
    """Return a reader of a text that fits a pattern."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise BadValue("not in the required form")
        return value

    return read


def mail_address(value: object) -> str:
    """Return a plain mail address as servers carry it; a local one (`name@localhost`) will do.

    The validator refuses every local domain (`localhost`, `.local`). For one of those it is given
    only the part before the @, and the domain is checked here to be the name of a computer.
    """
    address = text(value)
    local, _, domain = address.rpartition("@")
    is_here = _NETWORK_NAME.fullmatch(domain) is not None
    try:
        found = validate_email(
            f"{local}@example.org" if is_here else address, check_deliverability=False,
            allow_smtputf8=False, strict=True, globally_deliverable=False,
        )
    except EmailNotValidError:
        raise BadValue("not a mail address") from None
    return f"{found.local_part}@{domain}" if is_here else found.ascii_email or found.normalized


def page_address(value: object) -> str:
    """Return the address of a page, or ""."""
    if value == "":
        return ""
    word = text(value)
    if origin_of(word) is None or "#" in word:
        raise BadValue("not a web address")
    return word


def currencies(value: object) -> tuple[Currency, ...]:
    """Return the currencies of a table `CODE = {decimals = 2, symbol = "E"}`."""
    if not isinstance(value, dict) or not 1 <= len(value) <= LIST_MAX:
        raise BadValue("expected a table in the file")
    found = []
    for code, body in value.items():
        if not _CODE.fullmatch(code):
            raise BadValue(f"{code!r} is no currency code")
        if not isinstance(body, dict) or set(body) - {"decimals", "symbol"}:
            raise BadValue(f"{code} has decimals and symbol, nothing else")
        decimals, symbol = number(0, 8)(body.get("decimals")), text(body.get("symbol", code))
        if len(symbol) > 8:
            raise BadValue(f"the symbol of {code} is too long")
        found.append(Currency(code, decimals, symbol))
    return tuple(found)


def house_limits(value: object) -> dict[tuple[str, str], int]:
    """Return how far each operator's account may go below zero, minor units, by currency.

    value: a table `"house:rake" = {EUR = 100000}`.
    """
    if not isinstance(value, dict) or len(value) > LIST_MAX:
        raise BadValue("expected a table in the file")
    limits = {}
    for account, by_currency in value.items():
        if not _HOUSE.fullmatch(account):
            raise BadValue(f"{account!r} is no operator's account")
        if not isinstance(by_currency, dict):
            raise BadValue(f"{account} has an amount for each currency")
        for code, limit in by_currency.items():
            limits[account, code] = number(0, MAX_MINOR)(limit)
    return limits
