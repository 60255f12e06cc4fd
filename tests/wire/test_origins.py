"""Web origins: equal ones become equal texts, in the configuration and from browsers."""

from __future__ import annotations

import pytest

from vphost.config.settings import ConfigError, make
from vphost.wire.origins import is_of_host, normal_origin, origin_of


@pytest.mark.parametrize(("text", "origin"), [
    ("https://play.example", "https://play.example"),
    ("https://play.example:443", "https://play.example"),
    ("http://play.example:80", "http://play.example"),
    ("https://play.example:", "https://play.example"),
    ("https://play.example:80", "https://play.example:80"),
    ("http://play.example:0443", "http://play.example:443"),
    ("HTTPS://Play.Example:0443", "https://play.example"),
    ("https://münchen.example", "https://xn--mnchen-3ya.example"),
    ("https://MÜNCHEN.example:443", "https://xn--mnchen-3ya.example"),
    ("https://mu\u0308nchen.example", "https://xn--mnchen-3ya.example"),
    ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ("https://straße.example", "https://xn--strae-oqa.example"),
    ("https://पोकर.example", "https://xn--11b5bt0i.example"),
    ("https://例え。example", "https://xn--r8jz45g.example"),
    ("https://ｐｌａｙ.example", "https://play.example"),
    ("http://[::1]:8888", "http://[::1]:8888"),
    ("http://[2001:DB8:0:0::7]:80", "http://[2001:db8::7]"),
    ("http://127.0.0.1:8888", "http://127.0.0.1:8888"),
    ("http://my_host:3000", "http://my_host:3000"),
    ("https://play.example.", "https://play.example."),
])
def test_an_origin_is_as_browsers_send_it(text: str, origin: str) -> None:
    assert normal_origin(text) == origin
    assert normal_origin(origin) == origin
    assert make({"allowed_origins": [text]}, {}, None).allowed_origins == (origin,)


@pytest.mark.parametrize("text", [
    "null", "*", "https://*.example", "https://a.example/", "https://a.example?", "https://a/#",
    "ftp://a", "https://u@a", "https://u:p@a", "https://a:x", "https://a:70000", "https://a:0",
    "https:a", "https://", "https://a b", "https://a\\b", "https://a\tb", " https://a",
    "https://-é",
    "https://a..b", "https://xn--.é", "https://a%2eb", "https://[::1", "https://[fe80::1%25e]",
    "https://1.2.3", "https://256.1.1.1", "https://0x7f.1", "https://" + "a" * 64, "javascript:x",
    "https://a,https://b", "https://a\u202e.example", "https://" + "a." * 2000,
])
def test_what_is_no_origin_is_refused_at_start(text: str) -> None:
    assert normal_origin(text) is None
    with pytest.raises(ConfigError) as caught:
        make({"allowed_origins": [text]}, {}, None)
    assert caught.value.field == "allowed_origins"


def test_the_empty_header_is_no_origin() -> None:
    assert normal_origin("") is None


def test_a_public_url_is_an_origin_of_sockets() -> None:
    config = make({
        "public_url": "https://Spiel.Müller.example:443/games/",
        "allowed_origins": ["http://a.example:80"],
    }, {}, None)
    assert config.socket_origins == {"https://spiel.xn--mller-kva.example", "http://a.example"}
    assert make({}, {}, None).socket_origins == frozenset()


def test_the_path_of_a_page_does_not_count() -> None:
    assert origin_of("https://a.example:443/x/?y=1") == "https://a.example"


@pytest.mark.parametrize(("origin", "host", "is_own"), [
    ("https://a.example", "a.example", True),
    ("https://a.example", "A.example:443", True),
    ("https://a.example:443", "a.example", True),
    ("http://a.example", "a.example:80", True),
    ("https://münchen.example", "xn--mnchen-3ya.example", True),
    ("http://[::1]:8888", "[0:0::1]:8888", True),
    ("https://a.example", "a.example:80", False),
    ("https://a.example", "b.example", False),
    ("https://a.example", "", False),
    ("https://a.example", "u@a.example", False),
    ("https://a.example", "a.example/", False),
    ("null", "null", False),
    ("", "", False),
])
def test_the_hosts_own_origin_is_known(origin: str, host: str, is_own: bool) -> None:
    assert is_of_host(origin, host) is is_own
