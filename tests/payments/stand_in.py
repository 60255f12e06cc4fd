"""A program: Stripe's API on this machine, `python stand_in.py PORT`.

PyPI's localstripe answers for intents, payment methods and signed webhooks. Beside it here: prices,
answers that are told again under an idempotency key, and failures by order of a test.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from localstripe import resources, server, webhooks

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PRODUCT = {"id": "prod_day", "object": "product", "active": True, "name": "A table for a day",
           "description": "Up to nine seats"}


def price(id: str, amount: int | None, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """Return a price as the API has it."""
    return {
        "id": id, "object": "price", "active": True, "type": "one_time", "nickname": None,
        "unit_amount": amount, "currency": currency, "product": PRODUCT, **more,
    }


PRICES = [
    price("price_yen", 800, "jpy"),
    price("price_day", 499),
    price("price_by_weight", None),
    price("price_retired", 100, product={**PRODUCT, "id": "prod_old", "active": False}),
]
SENDING: set[asyncio.Task[None]] = set()
ANSWERS: dict[str, tuple[int, bytes]] = {}
ORDERED: dict[str, Any] = {"fail": 0, "silent": False, "keys": [], "prices": None}


@web.middleware
async def failing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Fail as ordered: `fail` times with 503, after the work was done; or say nothing at all."""
    if request.path.startswith("/_config/"):
        return await handler(request)
    if ORDERED["silent"]:
        await asyncio.sleep(3600)
    answer = await repeated(request, handler)
    if ORDERED["fail"] > 0:
        ORDERED["fail"] -= 1
        return web.json_response({"error": {"type": "api_error", "message": "no"}}, status=503)
    return answer


async def repeated(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the first answer again under its key."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return await handler(request)
    ORDERED["keys"].append(key)
    if key not in ANSWERS:
        answer = await handler(request)
        assert isinstance(answer, web.Response) and isinstance(answer.body, bytes)
        ANSWERS[key] = (answer.status, answer.body)
    status, body = ANSWERS[key]
    return web.Response(status=status, body=body, content_type="application/json")


async def prices(request: web.Request) -> web.Response:
    """GET /v1/prices."""
    data = PRICES if ORDERED["prices"] is None else ORDERED["prices"]
    return web.json_response(
        {"object": "list", "url": "/v1/prices", "has_more": False, "data": data}
    )


def send_later(event: Any) -> None:
    """Let an event be sent as localstripe does it, a second later."""
    task = asyncio.ensure_future(webhooks._send_webhook(event))
    SENDING.add(task)
    task.add_done_callback(SENDING.discard)


async def hush(request: web.Request) -> web.Response:
    """POST /_config/hush: forget who listens, and what is still to be sent."""
    webhooks._webhooks.clear()
    for task in SENDING:
        task.cancel()
    return web.Response()


async def order(request: web.Request) -> web.Response:
    """POST /_config/order: change what is ordered; returns how it stands."""
    ORDERED.update(await request.json())
    made = [one.id for name, one in resources.store.items() if name.startswith("payment_intent:")]
    return web.json_response({**ORDERED, "intents": made})


def main() -> None:
    """Serve until the process is ended."""
    # Its own program keeps everything in a file of a fixed name; nothing here outlives a test.
    type(resources.store).dump_to_disk = lambda self: None
    resources.schedule_webhook = send_later
    server.app.middlewares.insert(0, failing)
    server.app.router.add_post("/_config/hush", hush)
    server.app.router.add_get("/v1/prices", prices)
    server.app.router.add_post("/_config/order", order)
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
