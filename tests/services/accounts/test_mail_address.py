"""Mail addresses: exactly one, to which a letter can go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.rest_client import PASSWORD, people
from vphost.mail.message import message
from vphost.services.accounts.mail_address import email_key, old_email_key, plain_address
from vphost.services.ports import Letter

NONE = [
    "", "bob", "@example.org", "bob@", "Bob <bob@example.org>", "<bob@example.org>",
    '"Bob" <bob@example.org>', "bob@example.org (Bob)", "bob(x)@example.org",
    "bob@(x)example.org", "bob@example.org, eve@example.org", "bob@example.org,eve@example.org",
    "bob@example.org;eve@example.org", "bob@example.org eve@example.org", "bob@eve@example.org",
    "bob@example.org\r\nBcc: eve@example.org", "bob@example.org\n", "bob\n@example.org",
    "bob\x00@example.org", "bob@example.org\x00", "bob@example.org.", "bob@.example.org",
    "bob@example..org", ".bob@example.org", "bob.@example.org", "b..ob@example.org",
    '"bob x"@example.org', '"bob"@example.org', "bob@[127.0.0.1]", "bob@[IPv6:::1]",
    "bob@127.0.0.1", "bob@localhost", "root@localhost.", "bob@printer.local", "bob@example",
    "bob@-example.org", "bob@example-.org", "bob@exa_mple.org", "bob@example.org:25",
    "mailto:bob@example.org", "bob@example.org?bcc=eve@example.org", "dörte@example.org",
    "b\u200bob@example.org", "bob@exam\u202eple.org", "bob@xn--a.org", "bob\t@example.org",
    "a" * 65 + "@example.org", "bob@" + "a" * 64 + ".org", "bob@" + "a." * 130 + "org",
    "a@" + ("ü" * 20 + ".") * 8 + "org", "group:bob@example.org;", "=?utf-8?q?b?= <b@example.org>",
]


@pytest.mark.parametrize("text", NONE, ids=ascii)
def test_what_is_not_one_address_is_none(text: str) -> None:
    assert plain_address(text) is None


@pytest.mark.parametrize(("text", "address"), [
    ("bob@example.org", "bob@example.org"),
    (" bob@example.org ", "bob@example.org"),
    ("BOB@EXAMPLE.ORG", "BOB@example.org"),
    ("o'brien+tag@mail.example.org", "o'brien+tag@mail.example.org"),
    ("bob@münchen.de", "bob@münchen.de"),
    ("bob@MÜNCHEN.DE", "bob@münchen.de"),
    ("bob@xn--mnchen-3ya.de", "bob@münchen.de"),
    ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
])
def test_one_address_is_taken_in_its_usual_form(text: str, address: str) -> None:
    assert plain_address(text) == address
    to = str(message(Letter("1", address, "s", "t"), "host@example.org")["To"])
    assert to == address.replace("münchen", "xn--mnchen-3ya")


def test_a_domain_is_the_same_in_both_forms() -> None:
    assert email_key("Bob@xn--mnchen-3ya.de") == email_key("bob@MÜNCHEN.de") == "bob@münchen.de"
    assert old_email_key("Bob@xn--mnchen-3ya.DE") == "bob@xn--mnchen-3ya.de"
    assert email_key("bob@xn--.de") == "bob@xn--.de"


async def test_a_wrong_address_takes_no_name(tmp_path: Path) -> None:
    async with people(tmp_path) as house:
        for email in (*NONE[2:32], "bob@example.org."):
            body = {"email": email, "username": "bob", "password": PASSWORD}
            answer = await house.post("registration/", body)
            assert answer.status == 400 and "email" in answer.body, email
        await house.register("bob")
