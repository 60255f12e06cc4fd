"""Who is at the other end of a connection, behind proxies that are trusted and none that are not.

Tornado's `xheaders` believes the header of whoever connects; here it is believed only when the
peer itself is one of the configured proxies.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Set

from tornado.httputil import HTTPServerRequest

FORWARDED = "X-Forwarded-For"


def client_ip(request: HTTPServerRequest, trusted: Set[str]) -> str:
    """Return the address of the client: the peer's, or what a trusted proxy says it was.

    trusted: addresses of proxies. The newest entry of the header that is no proxy counts.
    """
    peer = request.remote_ip or ""
    if peer not in trusted:
        return peer
    for entry in reversed(request.headers.get(FORWARDED, "").split(",")):
        address = entry.strip()
        if address not in trusted:
            return address if is_address(address) else peer
    return peer


def is_local(request: HTTPServerRequest, trusted: Set[str]) -> bool:
    """Say whether a request comes from this machine.

    A proxy on this machine that nobody configured would make everybody local; so a forwarded
    request of a peer that is not trusted is never local.
    """
    if request.remote_ip not in trusted and FORWARDED in request.headers:
        return False
    address = client_ip(request, trusted).partition("%")[0]
    return is_address(address) and ipaddress.ip_address(address).is_loopback


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
