"""What operators reach over REST, put together: a small part of the composition root."""

from __future__ import annotations

from functools import partial

from vphost.config.settings import BOOK
from vphost.plugin.registry import PluginRegistry
from vphost.rules.mode import Rejected
from vphost.services.accounts.api_keys import PRINCIPAL
from vphost.services.journal.commits import Commit
from vphost.services.operators.audit import Audit
from vphost.services.operators.back_office import BackOffice
from vphost.web.site import Caller, Site
from vphost.wiring.container import Services

KICK = "kick_player_after_game"
KICKED = ("player_kicked", "player_leaving")
"""What a table answers that with: now, or when the hand is over."""


def admit_operators(site: Site, house: Services, plugins: PluginRegistry) -> None:
    """Give the site API keys, the audit log and the operators' services."""

    async def identify_key(text: str, address: str) -> Caller | Rejected:
        key = await house.keys.check(text, address)
        if isinstance(key, Rejected):
            return key
        return Caller(f"{PRINCIPAL}{key.id}", key.name, scopes=key.scopes)

    def paid(table: str) -> None:
        house.audit.note("host", "table.paid", f"table:{table}")

    if not house.checkout.is_free:
        house.tables.on_paid.append(paid)
    house.rooms.observe(partial(_note_kick, house.audit))
    site.identify_key = identify_key
    site.audit = house.audit
    site.modes = plugins.modes
    site.back_office = BackOffice(
        journal=house.journal, documents=house.documents, ledger=house.ledger, book=BOOK,
        accounts=house.accounts, sign_in=house.people.sign_in, audit=house.audit,
        clock=house.clock, hand_modes=plugins.hand_readers(),
    )


def _note_kick(audit: Audit, commit: Commit) -> None:
    """Put it into the audit log when somebody sends a player away, over a socket or REST."""
    if commit.op != KICK:
        return
    for event in commit.events:
        if event.name in KICKED and "player" in event.data:
            audit.note(
                f"user:{commit.user}", "player.kick", f"table:{commit.room}",
                {"player": event.data["player"], "commit": commit.id},
            )
