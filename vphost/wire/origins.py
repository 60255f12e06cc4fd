"""Web origins in the one form in which browsers send them, so that equal origins are equal strings.

RFC 6454, 6.2, and the URL standard: scheme and host in lower case, an internationalised name in its
`xn--` form (UTS 46), an IP address in its shortest form, and no port when it is the default.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}
URL_MAX = 2048
_ASCII_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def origin_of(url: str) -> str | None:
    """Return the origin of a web address; None when it is not one, or contains a user name."""
    parts = _split(url)
    if parts is None:
        return None
    host = _host(parts.hostname or "")
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    if not host:
        return None
    return f"{parts.scheme}://{host}" + (
        "" if port == DEFAULT_PORTS[parts.scheme] else f":{port}"
    )


def normal_origin(text: str) -> str | None:
    """Return an origin in normal form; None when the text is not exactly an origin."""
    parts = _split(text)
    if parts is None or parts.path or parts.query or parts.fragment or text[-1] in "?#":
        return None
    return origin_of(text)


def is_of_host(origin: str, host: str) -> bool:
    """Return whether an origin's host and port are those of a Host header.

    The scheme is not compared, as a proxy in front of us may terminate TLS. A port that is the
    scheme's default may be missing on either side.
    """
    known = normal_origin(origin)
    return known is not None and known == normal_origin(f"{known.partition(':')[0]}://{host}")


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http(s) address; None for anything else or with a user name."""
    if len(url) > URL_MAX or not url.isprintable() or "\\" in url or " " in url:
        return None
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in DEFAULT_PORTS and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return None
    return parts if is_sound else None


def _host(name: str) -> str:
    """Return a host as browsers write it, "" when it cannot be one."""
    if ":" in name:
        return _address(name)
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    if not _ASCII_HOST.fullmatch(name):
        return ""
    if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
        return _address(name)
    return name


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return "" if address.scope_id else f"[{address}]"
