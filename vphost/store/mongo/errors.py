"""The driver's errors as errors of the ports.

Of a URL only host and port are ever repeated, because the rest may hold a password. The driver's
own texts may quote a URL, so they are passed on only for errors known to speak of the server.
"""

from __future__ import annotations

from asyncio import CancelledError, current_task
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo.errors import (
    BulkWriteError, ConnectionFailure, InvalidOperation, OperationFailure, PyMongoError,
)

from vphost.services.ports import StoreDown, StoreRefused

DUPLICATE, INVALID, TOO_LARGE = 11000, 121, (10334, 17280, 17419, 17420)
AUTHENTICATION = frozenset({13, 18, 8000})
"""Codes of wrong credentials and of missing rights."""
TEXT_MAX = 200


@contextmanager
def coded() -> Iterator[None]:
    """Turn the driver's errors into StoreDown; an expected one is to be caught inside.

    A cancellation that arrives meanwhile stays one: the driver may turn it into an error of its
    own or complete the call regardless, and then the cancelled task would go on for ever.
    """
    before = _cancellations()
    try:
        yield
    except PyMongoError as error:
        if _cancellations() > before:
            raise CancelledError from error
        raise down(error) from error
    if _cancellations() > before:
        raise CancelledError


def _cancellations() -> int:
    """Return how many times the running task was cancelled."""
    task = current_task()
    return 0 if task is None else task.cancelling()


@contextmanager
def opening(place: str) -> Iterator[None]:
    """Like `coded`, for opening a store: wrong credentials are refused, not retried."""
    try:
        yield
    except OperationFailure as error:
        if error.code in AUTHENTICATION:
            raise StoreRefused(f"The store {place} refuses our credentials.") from None
        raise down(error) from error
    except PyMongoError as error:
        raise down(error) from error


def down(error: PyMongoError) -> StoreDown:
    """Return the StoreDown of a failed call, whose outcome is unknown."""
    return StoreDown(f"The store failed: {_text(error)}.")


def _text(error: PyMongoError) -> str:
    """Return a short reason that repeats nothing of the URL but host and port."""
    if isinstance(error, InvalidOperation):
        return "it is closed"
    if isinstance(error, BulkWriteError):
        return f"a write was not confirmed ({_first_reason(error.details or {})})"
    if isinstance(error, OperationFailure):
        details: Mapping[str, Any] = error.details or {}
        return f"{type(error).__name__} {details.get('codeName') or error.code}"
    if isinstance(error, ConnectionFailure):
        text = str(error)
        for rest in (", Timeout:", " (configured", ", full error:"):
            text = text.partition(rest)[0]
        return text[:TEXT_MAX]
    return type(error).__name__


def _first_reason(details: Mapping[str, Any]) -> str:
    for kind in ("writeConcernErrors", "writeErrors"):
        for one in details.get(kind) or ():
            return str(one.get("codeName") or one.get("code"))
    return "no reason given"
