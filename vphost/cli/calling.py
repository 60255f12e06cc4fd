"""One operation, carried out by the running host that owns the book, or here when none runs.

The store's lease says where its owner's control socket is. When nobody answers there, the tool
takes the lease itself for a moment. When that fails too, the book is owned by a living process
that cannot be reached, and the tool stops.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine, Mapping
from typing import Any

import orjson

from vphost.config.settings import Config
from vphost.control.client import Unreachable, call
from vphost.control.server import refusal
from vphost.rules.mode import Json, Rejected
from vphost.services.ports import StoreDown, StoreRefused

DONE, REFUSED = 0, 1
READS = frozenset({"key.list", "ledger.balance", "user.list"})
"""Operations that only read; they do not create a store where a path was mistyped."""


def perform(config: Config, op: str, args: Mapping[str, Json]) -> int:
    """Do an operation and print its one JSON line. Raises: StoreRefused."""
    outcome = ask(config, op, args)
    if outcome["ok"]:
        print_line(outcome["answer"])
        return DONE
    return print_refusal(outcome["code"], outcome["detail"])


def ask(config: Config, op: str, args: Mapping[str, Json]) -> dict[str, Any]:
    """Return `{"ok": true, "answer"}` or `{"ok": false, "code", "message", "detail"}`.

    An argument that JSON cannot hold (bytes that are not UTF-8) is refused here.
    Raises: StoreRefused when the store cannot be used or its owner cannot be reached.
    """
    for name, value in args.items():
        if not _can_be_sent(value):
            return refusal("bad_message", {"field": name})
    try:
        return asyncio.run(_ask(config, op, args))
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None


def _can_be_sent(value: Json) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


async def _ask(config: Config, op: str, args: Mapping[str, Json]) -> dict[str, Any]:
    from vphost.wiring.offline import offline_operations, store_exists

    if op in READS and not store_exists(config.store):
        raise StoreRefused(f"{config.store}: there is no such file")
    answer = await _ask_host(config, op, args)
    if answer is not None:
        return answer
    try:
        async with offline_operations(config) as call_offline:
            outcome = await call_offline(op, args)
    except StoreRefused:
        # A host may have started since; if it answers now, all is well.
        answer = await _ask_host(config, op, args)
        if answer is None:
            raise
        return answer
    if isinstance(outcome, Rejected):
        return refusal(outcome.code, outcome.detail)
    return {"ok": True, "answer": outcome}


async def _ask_host(
    config: Config, op: str, args: Mapping[str, Json]
) -> dict[str, Any] | None:
    """Return a living host's answer, None when nobody answers."""
    from vphost.wiring.offline import control_of

    lease = await control_of(config)
    if lease is None:
        return None
    try:
        return await asyncio.to_thread(call, lease.control, op, args, owner=lease.owner)
    except Unreachable:
        return None


def print_verdict(checking: Coroutine[Any, Any, Mapping[str, Any]]) -> int:
    """Print what a check of a whole store found; its `ok` is the exit status.

    Raises: StoreRefused.
    """
    try:
        report = asyncio.run(checking)
    except StoreDown as error:
        raise StoreRefused(f"it does not answer: {error}") from None
    print_line(report)
    return DONE if report["ok"] else REFUSED


def print_line(fields: Mapping[str, Json]) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_refusal(code: str, detail: Mapping[str, Json]) -> int:
    """Print a refusal and return its exit status."""
    answer = refusal(code, detail)
    print_line({key: answer[key] for key in ("code", "message", "detail")})
    return REFUSED
