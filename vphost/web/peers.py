"""Who is at the other end of a connection, behind proxies that are trusted and none that are not.

Tornado's `xheaders` believes the header of whoever connects; here it is believed only when the
peer itself is one of the configured proxies. `X-Forwarded-For` is the only header that is read:
`Forwarded` (RFC 7239), `X-Real-IP` and the like name nobody, but whoever sends one was forwarded.

Two questions are kept apart, because a wrong answer costs something else. Who is counted as one
(`client_ip`) has to have an answer, so a client that cannot be told counts as its proxy. Who is on
this machine (`is_local`) is let in further than others, so whatever came through a proxy is not:
a proxy that sets no header, or passes on what a stranger wrote into it, would make everybody local.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Sequence
from typing import TypeAlias

from tornado.httputil import HTTPServerRequest

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED_FOR = "X-Forwarded-For"
FORWARDING = (
    FORWARDED_FOR, "Forwarded", "X-Real-IP", "X-Client-IP", "X-Forwarded-Host",
    "X-Forwarded-Proto", "X-Forwarded-Server", "X-Forwarded-Port", "True-Client-IP",
    "CF-Connecting-IP", "Via",
)
"""Headers that only something between the client and this host adds."""
_WITH_PORT = re.compile(
    r"(?:\[(?P<v6>[^\[\]]*:[^\[\]]*)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?"
)
PORT_MAX = 65535


class Networks(Container[str]):
    """Networks that an address may be in."""

    def __init__(self, networks: Sequence[str]) -> None:
        """networks: `10.0.0.0/8`, or single addresses. Raises: ValueError."""
        self._networks = [ipaddress.ip_network(one) for one in networks]

    def __contains__(self, address: object) -> bool:
        known = parse(str(address))
        return known is not None and any(known in one for one in self._networks)


def client_ip(request: HTTPServerRequest, trusted: Container[str]) -> str:
    """Return the address of the client: the peer's, or what a trusted proxy says it was.

    trusted: addresses of proxies. The newest entry of the header that is no proxy counts; the
    proxy itself when that entry is no address: what stands before it anybody may have written.
    """
    peer = normalize(request.remote_ip or "")
    if peer not in trusted:
        return peer
    for entry in reversed(request.headers.get(FORWARDED_FOR, "").split(",")):
        address = entry_address(entry)
        if not address:
            return peer
        if address not in trusted:
            return address
    return peer


def is_local(request: HTTPServerRequest, trusted: Container[str]) -> bool:
    """Say whether a request comes from this machine, with nothing in between."""
    peer = parse(request.remote_ip or "")
    if peer is None or not peer.is_loopback or str(peer) in trusted:
        return False
    return not any(name in request.headers for name in FORWARDING)


def entry_address(entry: str) -> str:
    """Return the address of a header's entry, which may have a port; "" when there is none.

    `203.0.113.7`, `203.0.113.7:51234`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:51234`.
    """
    text = entry.strip(" \t")
    found = _WITH_PORT.fullmatch(text)
    if found is not None:
        if int(found["port"] or 0) > PORT_MAX:
            return ""
        text = found["v6"] or found["v4"]
    address = parse(text)
    return "" if address is None else str(address)


def normalize(address: str) -> str:
    """Return an address in its usual form; what is none unchanged."""
    known = parse(address)
    return address if known is None else str(known)


def parse(text: str) -> Address | None:
    """Return an address without its zone, IPv4 inside IPv6 as IPv4; None when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or ipaddress.IPv6Address(int(address))
