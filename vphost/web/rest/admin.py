"""REST of operators: users, the ledger, the audit log. (Tables and hands: `tables/rest`.)

Whatever operators do here is in the audit log before they get their answer; what they look at is
recorded too, but not every time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import Currency, to_major
from vphost.services.accounts.accounts import User
from vphost.services.accounts.api_keys import PRINCIPAL
from vphost.services.operators.audit import newest
from vphost.services.operators.back_office import BackOffice
from vphost.web.registry import Sockets
from vphost.web.rest.permissions import ACCESS, API, resource
from vphost.wire.rest import LIMIT, PAGE, Ask, Query, Refused, Reply, Resource, Verb, page

AREA = "admin"
USER_ID: Mapping[str, Json] = {
    "type": "string", "pattern": "^[a-z2-7]{16}$", "maxLength": 16,
    "description": "A user's id.",
}
ACCOUNT_NAME: Mapping[str, Json] = {
    "type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[!-~]*$",
    "description": "The name of an account, or the beginning of it.",
}
AFTER_SEQ = Query("after", {
    "type": "integer", "minimum": 0, "maximum": 2**53 - 1, "default": 0,
    "description": "The last number of the previous page.",
})
STATE = "It is the caller, or one of the host's own users."
Handle = Callable[[Ask[Any]], Awaitable[Reply]]


class Watched(Protocol):
    """What an area for operators works with: it records what they look at."""

    async def note_look(self, actor: str, subject: str) -> None: ...


@dataclass(slots=True)
class AdminSite:
    """What this area works with. balances: a user's money, code -> major units."""

    back_office: BackOffice
    balances: Callable[[str], Mapping[str, str]]
    sockets: Sockets
    currencies: Mapping[str, Currency]

    async def note_look(self, actor: str, subject: str) -> None:
        """Record that an operator looks at something."""
        await self.back_office.note_look(actor, subject)


def actor(ask: Ask[Any]) -> str:
    """Return who asks, as the audit log names them."""
    return ask.user if ask.user.startswith(PRINCIPAL) else f"user:{ask.user}"


def noting_looks(path: str, handle: Handle, *queries: str) -> Handle:
    """Return a handler that also records who looked. queries: parameters that say at what."""

    async def note_and_handle(ask: Ask[Watched]) -> Reply:
        given = [f"{name}={ask.query[name]}" for name in queries if name in ask.query]
        subject = path.format(**ask.path) + ("?" + "&".join(given) if given else "")
        await ask.host.note_look(actor(ask), subject)
        return await handle(ask)

    return note_and_handle


def read_resource(
    path: str, handle: Handle, summary: str, answer: str, *queries: Query,
    parameters: Mapping[str, Mapping[str, Json]] | None = None,
    refusals: Mapping[int, str] | None = None,
    access: Mapping[str, Mapping[str, str]] = ACCESS,
) -> Resource:
    """Return a resource that operators read, with a record of who did. access: its table."""
    noting = noting_looks(path, handle, *(one.name for one in queries if one.required))
    return resource(path, {"GET": Verb(
        noting, summary, {200: answer}, query=queries, refusals=refusals or {}
    )}, parameters=parameters or {}, area=AREA, access=access)


def major(site: AdminSite, code: str, minor: int) -> str:
    """Return money in major units; of a currency that is no longer configured, in minor ones."""
    currency = site.currencies.get(code)
    return to_major(minor, currency.decimals if currency else 0)


def _balances(site: AdminSite, held: Mapping[str, int]) -> dict[str, str]:
    return {code: major(site, code, minor) for code, minor in sorted(held.items())}


# -- users ------------------------------------------------------------------------------------


def _listed(user: User) -> dict[str, Json]:
    return {
        "id": user.id, "username": user.username, "kind": user.kind.value,
        "email": user.email or None, "is_confirmed": user.is_confirmed,
        "is_operator": user.is_operator, "disabled": user.disabled,
        "created": user.created_at / 1000,
    }


def _told(site: AdminSite, user: User) -> Mapping[str, Json]:
    return {
        **_listed(user), "balances": dict(site.balances(user.id)),
        "sockets": site.sockets.count(user.id),
    }


async def users(ask: Ask[AdminSite]) -> Reply:
    """List users."""
    limit, after = ask.query["limit"], ask.query.get("after", "")
    accounts = ask.host.back_office.accounts
    if (name := ask.query.get("name")) is not None:
        one = await accounts.by_name(name)
        found = [one] if one is not None and one.id > after else []
    else:
        found = await accounts.page(after, limit + 1)
    rows = [(user.id, _listed(user)) for user in found]
    return Reply(page(rows, limit, f"{API}admin/users/", ask.query))


async def user(ask: Ask[AdminSite]) -> Reply:
    """Show a user."""
    found = await ask.host.back_office.accounts.by_id(ask.path["id"])
    if found is None:
        raise Refused("not_found")
    return Reply(_told(ask.host, found))


def _barring(disabled: bool) -> Handle:
    async def bar(ask: Ask[AdminSite]) -> Reply:
        changed = await ask.host.back_office.bar(
            actor(ask), ask.path["id"], disabled, ask.body["reason"]
        )
        if isinstance(changed, Rejected):
            raise Refused.of(changed)
        return Reply(_told(ask.host, changed))

    return bar


# -- the ledger -------------------------------------------------------------------------------


async def accounts(ask: Ask[AdminSite]) -> Reply:
    """List accounts."""
    limit = ask.query["limit"]
    found = ask.host.back_office.accounts_after(
        ask.query.get("after", ""), ask.query.get("prefix", ""), limit + 1
    )
    rows = [
        (name, {"account": name, "balances": _balances(ask.host, held)}) for name, held in found
    ]
    return Reply(page(rows, limit, f"{API}admin/ledger/accounts/", ask.query))


async def postings(ask: Ask[AdminSite]) -> Reply:
    """List an account's postings."""
    limit = ask.query["limit"]
    found, following = await ask.host.back_office.postings(
        ask.query["account"], ask.query["after"], limit
    )
    rows = [{
        "seq": one.seq, "at": one.at_ms / 1000, "commit": one.commit, "room": one.room or None,
        "user": one.user, "op": one.op, "currency": one.currency,
        "amount": major(ask.host, one.currency, one.amount), "postings": one.postings,
    } for one in found]
    query = urlencode({**ask.query, "after": following})
    path = f"{API}admin/ledger/postings/?{query}"
    return Reply({"results": rows, "next": None if following is None else path})


async def sums(ask: Ask[AdminSite]) -> Reply:
    """Add everything up."""
    head = await ask.host.back_office.head()
    return Reply({"commits": head.seq, "head": head.hash or "0" * 64, "currencies": [
        {
            "currency": one.currency, "sum": major(ask.host, one.currency, one.total),
            "issued": major(ask.host, one.currency, one.issued), "accounts": one.accounts,
        } for one in ask.host.back_office.sums()
    ]})


# -- the audit log ----------------------------------------------------------------------------


async def audit(ask: Ask[AdminSite]) -> Reply:
    """List rows of the audit log, the newest first."""
    limit, office = ask.query["limit"], ask.host.back_office
    checked_ms, verdict = await office.verdict()
    found = await newest(office.documents, ask.query["after"], limit + 1)
    rows: list[tuple[str, Json]] = []
    for row in found:
        told = {name: value for name, value in row.body.items() if name != "at_ms"}
        rows.append((str(int(row.id)), {**told, "at": row.body["at_ms"] / 1000}))
    return Reply({
        **page(rows, limit, f"{API}admin/audit/", ask.query),
        "chain": {**verdict.report(), "checked": checked_ms / 1000},
    })


USER = {"id": USER_ID}
routes = (
    read_resource(
        "admin/users/", users, "All users, by id.", "rest/admin/users.json", *PAGE,
        Query("name", {
            "type": "string", "minLength": 1, "maxLength": 64,
            "description": "Only the user of this name.",
        }),
    ),
    read_resource("admin/users/{id}/", user, "A user.", "rest/admin/user.json", parameters=USER),
    *(resource(f"admin/users/{{id}}/{name}/", {"POST": Verb(
        _barring(name == "disable"), summary, {200: "rest/admin/user.json"},
        body="rest/admin/reason.json", refusals={409: STATE},
    )}, parameters=USER, area=AREA) for name, summary in (
        ("disable", "Bar a user, who is signed out at once."),
        ("enable", "Let a barred user in again."),
    )),
    read_resource(
        "admin/ledger/accounts/", accounts, "Accounts that hold something, by name.",
        "rest/admin/accounts.json", LIMIT,
        Query("after", {**ACCOUNT_NAME, "description": "The last account of the previous page."}),
        Query("prefix", {**ACCOUNT_NAME, "description": "Only accounts that begin with this."}),
    ),
    read_resource(
        "admin/ledger/postings/", postings,
        "An account's postings, oldest first; a page may be short although there are more.",
        "rest/admin/postings.json", LIMIT, AFTER_SEQ,
        Query("account", ACCOUNT_NAME, required=True),
    ),
    read_resource("admin/ledger/sums/", sums, "All accounts added up.", "rest/admin/sums.json"),
    read_resource(
        "admin/audit/", audit, "What operators did, the newest first, and whether it is whole.",
        "rest/admin/audit.json", LIMIT, AFTER_SEQ,
    ),
)
