"""What operators reach over REST, put together: a small part of the composition root."""

from __future__ import annotations

from vphost.config import BOOK
from vphost.house import House
from vphost.plugin_host import PluginHost
from vphost.rules.mode import Rejected
from vphost.services.back_office import BackOffice
from vphost.services.keys import PRINCIPAL
from vphost.web.site import Caller, Site


def admit_operators(site: Site, house: House, plugins: PluginHost) -> None:
    """Give the site API keys, the audit log and the operators' services."""

    async def identify_key(text: str, address: str) -> Caller | Rejected:
        key = await house.keys.check(text, address)
        if isinstance(key, Rejected):
            return key
        return Caller(f"{PRINCIPAL}{key.id}", key.name, scopes=key.scopes)

    site.identify_key = identify_key
    site.audit = house.audit
    site.modes = plugins.modes
    site.back_office = BackOffice(
        journal=house.journal, documents=house.documents, ledger=house.ledger, book=BOOK,
        accounts=house.accounts, sign_in=house.people.sign_in, audit=house.audit,
        clock=house.clock, hand_modes=plugins.hand_readers(),
    )
