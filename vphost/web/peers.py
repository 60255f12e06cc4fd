"""Who is at the other end of a connection, looking behind trusted proxies only.

Tornado's `xheaders` trusts the header of whoever connects; here it is trusted only when the peer
itself is one of the configured proxies. `X-Forwarded-For` is the only header that names a client:
`Forwarded` (RFC 7239), `X-Real-IP` and the like do not, but they show that a request was forwarded.

Two questions are kept apart, because wrong answers have different costs. Which client to count for
limits (`client_ip`) always needs an answer, so a client that cannot be told counts as its proxy.
Clients on this machine (`is_local`) may do more than others, so nothing that came through a proxy
counts as local: a proxy that sets no header, or passes on what a stranger wrote into it, would
otherwise make everybody local.
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
"""Headers that are added only by something between the client and this host."""
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
    """Return the client's address: the peer's, or the one that a trusted proxy states.

    trusted: addresses of proxies. Of the header's entries the last one that is not a trusted proxy
    counts, since anybody may have written the entries before it. If that is not an address, the
    proxy itself counts.
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
    """Return whether a request comes from this machine, with nothing in between."""
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
    """Return an address in its normal form; anything else unchanged."""
    known = parse(address)
    return address if known is None else str(known)


def parse(text: str) -> Address | None:
    """Return an address without its zone, mapped IPv4 as IPv4; None when it is not an address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or ipaddress.IPv6Address(int(address))
