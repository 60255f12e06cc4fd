"""Whose request it is: forwarded addresses are believed from trusted proxies only."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from vphost.web.peers import client_ip, is_local

PROXIES = frozenset({"10.0.0.1", "10.0.0.2"})


def request(peer: str, forwarded: str | None = None) -> HTTPServerRequest:
    """Return a request from a peer."""
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    made = HTTPServerRequest(headers=HTTPHeaders({"Host": "h"}), start_line=line)
    made.remote_ip = peer
    if forwarded is not None:
        made.headers["X-Forwarded-For"] = forwarded
    return made


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
    ],
)
def test_the_client_behind_trusted_proxies(
    peer: str, forwarded: str | None, client: str
) -> None:
    assert client_ip(request(peer, forwarded), PROXIES) == client


@pytest.mark.parametrize(
    ("peer", "forwarded", "local"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("203.0.113.9", None, False),
        ("127.0.0.1", "203.0.113.9", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("10.0.0.1", "127.0.0.1", True),
        ("10.0.0.1", "203.0.113.9", False),
        ("", None, False),
    ],
)
def test_only_this_machine_is_local(peer: str, forwarded: str | None, local: bool) -> None:
    assert is_local(request(peer, forwarded), PROXIES) is local
