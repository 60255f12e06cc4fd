"""Whose request it is: forwarded addresses are believed from trusted proxies only."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from vphost.web.peers import FORWARDING, Networks, client_ip, is_local

PROXIES = Networks(("10.0.0.0/30", "127.0.0.1", "2001:db8:1::/48", "::1"))


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
        ("10.0.0.4", "198.51.100.7", "10.0.0.4"),
        ("2001:db8:1::5", "198.51.100.7", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.7:51234", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7:51234, 10.0.0.2:80", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("127.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("127.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "fe80::7%eth0", "fe80::7"),
        ("127.0.0.1", " \t203.0.113.7 ", "203.0.113.7"),
    ],
)
def test_the_client_behind_trusted_proxies(
    peer: str, forwarded: str | None, client: str
) -> None:
    assert client_ip(request(peer, forwarded), PROXIES) == client


NO_ADDRESS = [
    "", " ", ",", "unknown", "_hidden", "localhost", "203.0.113.7:", "203.0.113.7:x",
    "203.0.113.7:65536", "203.0.113.7:1:2", "203.0.113", "203.0.113.07", "203.0.113.7/32",
    "203.0.113.7%lo", "[203.0.113.7]", "[203.0.113.7]:80", "[2001:db8::7", "2001:db8::7]:80",
    "[]:80", "[::1]x", '"203.0.113.7"', "for=203.0.113.7", "203.0.113.7;80", "2130706433",
    "0x7f.0.0.1", "\u0661.2.3.4", "6.6.6.6, unknown", "127.0.0.1, ", "127.0.0.1, 1.2.3.4:x",
]


@pytest.mark.parametrize("forwarded", NO_ADDRESS)
def test_a_client_that_cannot_be_told_counts_as_the_proxy(forwarded: str) -> None:
    assert client_ip(request("127.0.0.1", forwarded), PROXIES) == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("203.0.113.9", False), ("::ffff:203.0.113.9", False), ("", False), ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_who_comes_straight_from_here_is_local(peer: str, local: bool) -> None:
    assert is_local(request(peer), Networks(("10.0.0.1",))) is local


@pytest.mark.parametrize("proxies", [PROXIES, Networks(())], ids=["trusted", "unknown"])
@pytest.mark.parametrize("forwarded", [
    *NO_ADDRESS, "203.0.113.9", "203.0.113.9:51234", "[2001:db8::7]:51234", "127.0.0.1", "::1",
    "127.0.0.1:80", "[::1]:80", "127.0.0.1, 203.0.113.9", "203.0.113.9, 127.0.0.1",
])
def test_who_was_forwarded_is_never_local(forwarded: str, proxies: Networks) -> None:
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1"):
        assert not is_local(request(peer, forwarded), proxies)


def test_a_trusted_proxy_without_a_header_makes_nobody_local() -> None:
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1"):
        assert not is_local(request(peer), PROXIES)


@pytest.mark.parametrize("name", FORWARDING)
def test_any_sign_of_a_proxy_makes_a_request_foreign(name: str) -> None:
    made = request("127.0.0.1")
    made.headers[name] = "for=127.0.0.1"
    assert not is_local(made, Networks(()))
    assert client_ip(made, Networks(())) == "127.0.0.1"


def test_forwarded_and_its_like_name_nobody() -> None:
    made = request("10.0.0.1", "198.51.100.7")
    made.headers["Forwarded"] = "for=192.0.2.1"
    made.headers["X-Real-IP"] = "192.0.2.1"
    assert client_ip(made, PROXIES) == "198.51.100.7"
