"""What operators reach over REST, put together: a small part of the composition root."""

from __future__ import annotations

from vphost.config.settings import BOOK
from vphost.rules.mode import Rejected
from vphost.services.accounts.api_keys import PRINCIPAL, ApiKeys
from vphost.services.operators.back_office import BackOffice
from vphost.web.site import Caller
from vphost.wiring.container import Services


def make_back_office(house: Services) -> BackOffice:
    """Return what operators see and do."""
    return BackOffice(
        journal=house.journal, documents=house.documents, ledger=house.ledger, book=BOOK,
        accounts=house.accounts, sign_in=house.people.sign_in, audit=house.audit,
        clock=house.clock,
    )


async def identify_key(keys: ApiKeys, text: str, address: str) -> Caller | Rejected:
    """Return whom an API key names, or the refusal."""
    key = await keys.check(text, address)
    if isinstance(key, Rejected):
        return key
    return Caller(f"{PRINCIPAL}{key.id}", key.name, scopes=key.scopes)
