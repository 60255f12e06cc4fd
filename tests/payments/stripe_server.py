"""Stripe's API on this machine, ended by its process id; and events as Stripe signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import select
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import stripe

from tests.mongo_server import free_port

PROGRAM = Path(__file__).with_name("stand_in.py")
START_TIMEOUT_S = 30.0
KEY = "sk_test_12345"
SECRET = "whsec_of_the_tests"
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


@dataclass
class StripeServer:
    """One server; `client` is the payer's and the operator's side of it."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url})

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.process = subprocess.Popen([sys.executable, str(PROGRAM), str(self.port)])
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.order()
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None and time.monotonic() < deadline, "no server"
                select.select([], [], [], 0.02)

    def order(self, **what: Any) -> dict[str, Any]:
        """Order failures; returns how things stand."""
        return dict(self.post("/_config/order", what))

    def listen(self, address: str, secret: str = SECRET) -> None:
        """Let events be sent to an address."""
        self.post("/_config/webhooks/host", {"url": address, "secret": secret})

    def post(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def forget(self) -> None:
        """Forget everything, as another account does not know it."""
        request = urllib.request.Request(f"{self.url}/_config/data", method="DELETE")
        with urllib.request.urlopen(request, timeout=10):
            pass

    def pay(self, intent: str) -> str:
        """Pay an intent with a card as a payer's page does; returns the payment method."""
        method = self.client.v1.payment_methods.create(
            {"type": "card", "card": CARD}
        )
        self.client.v1.payment_intents.update(intent, {"payment_method": method.id})
        self.client.v1.payment_intents.confirm(intent)
        return str(method.id)

    def end(self) -> None:
        """Kill the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)


def event(
    id: str, table: str, intent: str, *, round_no: str = "1", amount: int = 499,
    currency: str = "eur", kind: str = "payment_intent.succeeded", method: str | None = None,
) -> dict[str, Any]:
    """Return an event as Stripe writes it."""
    return {
        "id": id, "object": "event", "type": kind, "created": int(time.time()),
        "data": {"object": {
            "id": intent, "object": "payment_intent", "amount": amount,
            "amount_received": amount, "currency": currency, "payment_method": method,
            "status": "succeeded", "metadata": {
                "vphost_table": table, "vphost_round": round_no, "vphost_user": "ada",
            },
        }},
    }


def signed(
    body: Mapping[str, Any] | bytes, secret: str = SECRET, age_s: int = 0
) -> tuple[bytes, str]:
    """Return an event's bytes and the signature that goes with them."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = str(int(time.time()) - age_s)
    mark = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    return raw, f"t={at},v1={mark}"
