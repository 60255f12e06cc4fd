"""Who takes payments for tables: nobody, or Stripe."""

from __future__ import annotations

from vphost.payments.free import FreePayments
from vphost.services.ports import Payments, PortUnusable


def open_payments(
    kind: str, *, url: str, key: str, webhook_secrets: tuple[str, ...], publishable_key: str
) -> Payments:
    """Return the payments port of a kind.

    kind: `free` or `stripe`. url: of the provider. key: its secret API key. webhook_secrets: any
    of them may have signed a notice. publishable_key: given to pages, "" for none.
    Raises: PortUnusable.
    """
    if kind == "free":
        return FreePayments()
    if kind != "stripe":
        raise PortUnusable("payments: neither free nor stripe")
    if not key:
        raise PortUnusable("payments: stripe needs stripe_key or stripe_key_file")
    if not webhook_secrets:
        raise PortUnusable(
            "payments: stripe needs stripe_webhook_secret or stripe_webhook_secret_file"
        )
    try:
        from vphost.payments.stripe import StripePayments
    except ImportError:
        raise PortUnusable("payments: stripe needs `pip install vphost[stripe]`") from None
    return StripePayments(
        url=url, key=key, webhook_secrets=webhook_secrets, publishable_key=publishable_key
    )
