"""What operators use over REST, put together: a small part of the composition root."""

from __future__ import annotations

from vphost.config.settings import BOOK
from vphost.rules.mode import Rejected
from vphost.services.accounts.api_keys import PRINCIPAL, ApiKeys
from vphost.services.operators.back_office import BackOffice
from vphost.web.site import Caller
from vphost.wiring.container import Services


def make_back_office(services: Services) -> BackOffice:
    """Return the back office."""
    return BackOffice(
        journal=services.journal, documents=services.documents, ledger=services.ledger, book=BOOK,
        accounts=services.accounts, sign_in=services.account_services.sign_in, audit=services.audit,
        clock=services.clock,
    )


async def identify_key(keys: ApiKeys, text: str, address: str) -> Caller | Rejected:
    """Return the caller that an API key names, or the refusal."""
    key = await keys.check(text, address)
    if isinstance(key, Rejected):
        return key
    return Caller(f"{PRINCIPAL}{key.id}", key.name, scopes=key.scopes)
