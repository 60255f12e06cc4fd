"""What a REST call is, as values: the same objects serve it and describe it (OpenAPI).

A `Resource` is a path with its verbs; a `Verb` says in one place who may call it, what it takes,
what it answers and which function does it. Between the areas that declare (the host's in
`web/rest/`, a plugin's in its `routes.py`), `web`, which serves, and whoever writes the reference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected

H = TypeVar("H")
NOTHING: Mapping[str, Json] = {}
ABOUT_FIELDS = ("bad_message", "bad_amount")
"""Refusals that are answered as wrong fields when they name one."""
JSON = "application/json"
BODY_BYTES = 65_536
"""Longest body where a verb states no other: to read a megabyte of brackets takes half a second."""

TOKEN: Mapping[str, Json] = {
    "type": "string", "pattern": "^[0-9A-Za-z-]{4,36}$", "maxLength": 36,
    "description": "A table's id (UUID) or its short token of four characters.",
}
NUMBER: Mapping[str, Json] = {
    "type": "integer", "minimum": 1, "maximum": 2**53 - 1,
    "description": "An id of a player or of a row.",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter. schema: inline JSON Schema (string, integer or boolean), strict and
    described; a value that does not fit is a field error under its name."""

    name: str
    schema: Mapping[str, Json]
    required: bool = False


LIMIT = Query("limit", {
    "type": "integer", "minimum": 1, "maximum": 100, "default": 50,
    "description": "Most results on a page.",
})
AFTER = Query("after", {
    "type": "string", "maxLength": 64, "pattern": "^[0-9A-Za-z._:-]*$",
    "description": "The last id of the page before; results are ordered by id.",
})
PAGE = (LIMIT, AFTER)
"""Every list takes these; see `page`."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[H]):
    """One call, checked already: access, body and parameters fit what the verb states.

    user, username, session: who asks ("" for nobody on a public verb); expires_in_s: how long
    his token is good, when it belongs to no session. path, query: by name,
    numbers as int; an optional parameter without default that was not given is missing.
    body: decoded, fractions as Decimal; None when there is none. address: the client's; is_local:
    it is this machine's own.
    version: of the If-Match header; None when there was none.
    action_id: the same for every repeat with one Idempotency-Key, unique otherwise: the id of
    what is created, so that a repeat after a crash finds it instead of making another.
    raw, headers: the body's bytes and the header fields, for signed webhooks.
    host: the `web.site.Site` for the host's own areas, None for a plugin.
    """

    host: H
    verb: str
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Json
    address: str
    is_local: bool
    action_id: str
    user: str = ""
    username: str = ""
    session: str = ""
    is_operator: bool = False
    expires_in_s: float | None = None
    version: int | None = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def expect(self, version: int) -> int:
        """Return the version to replace; the caller's If-Match wins over what was just read.

        Raises: Refused `version_changed` (409) when they differ.
        """
        if self.version is not None and self.version != version:
            raise Refused("version_changed")
        return version


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. status: one that the verb states. body: None only where no schema is stated.

    version: of the document, sent as ETag. headers: further ones.
    """

    body: Json = None
    status: int = 200
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer that is no success: a code of `rules.codes` (or a plugin's own), or field errors.

    fields: field -> messages; answered as 400 with exactly these. text: for people, else the
    code's own sentence. status: for a code that `rules.codes` does not list.
    """

    def __init__(
        self, code: str = "bad_message", text: str = "", *, status: int = 0,
        fields: Mapping[str, Sequence[str]] = NOTHING, retry_after_s: float = 0,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = status
        self.fields = {name: list(messages) for name, messages in fields.items()}
        self.retry_after_s = retry_after_s

    @classmethod
    def of(cls, rejected: Rejected) -> Refused:
        """Return a service's refusal as an answer.

        Its detail may hold `retry_after_s`, and `field` where broken input or an amount is refused.
        """
        field, code = rejected.detail.get("field"), rejected.code
        fields = {str(field): [CODES[code].text]} if field and code in ABOUT_FIELDS else NOTHING
        return cls(
            code, retry_after_s=float(rejected.detail.get("retry_after_s", 0)), fields=fields
        )


Handle: TypeAlias = Callable[[Ask[Any]], Awaitable[Reply]]
"""Raises: Refused (`Refused.of` for a `Rejected` of the services); StaleVersion becomes 409
`version_changed`, StoreDown 503 `store_down`."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What one method of a resource does.

    handle: does it. summary: one line for the reference. answers: status -> place of the schema
    below schemas/ (`rest/auth/pair.json`), None for an empty body; only successes, the refusals
    that every verb can have are described once. refusals: further statuses that it answers, with
    why. body: the place of the body's schema, "" for none. body_optional: it may be missing.
    body_bytes: the longest one, at most the host's own limit, which alone holds where it is raw.
    idempotent: it creates and takes an Idempotency-Key. versioned: it takes If-Match, and the
    document's version decides races. raw: it takes JSON whose bytes its sender has signed:
    `Ask.raw`, which the function checks itself. kind: media type of the success; where it is not
    JSON the answer's body is a text, and its schema one of a string.
    """

    handle: Handle
    summary: str
    answers: Mapping[int, str | None]
    body: str = ""
    body_optional: bool = False
    body_bytes: int = BODY_BYTES
    query: Sequence[Query] = ()
    refusals: Mapping[int, str] = field(default_factory=dict)
    idempotent: bool = False
    versioned: bool = False
    raw: bool = False
    kind: str = JSON


@dataclass(frozen=True, slots=True)
class Resource:
    """A path with its verbs.

    path: with a trailing slash and `{names}`: `/api/v1/tables/{token}/`. access: verb -> level,
    `public`, `user` or `operator`, with the finer rule in words behind a colon
    (`user: the table's creator`), which the handler keeps. parameters: the names' inline schemas;
    what does not fit is 404. area: the reference's heading.
    """

    path: str
    verbs: Mapping[str, Verb]
    access: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    area: str = ""


def page(
    items: Sequence[tuple[str, Json]], limit: int, path: str, query: Mapping[str, Any]
) -> Mapping[str, Json]:
    """Return the body of a list: `{"results": [...], "next": path or None}`.

    items: (id, result) ordered by id, up to limit + 1 of them as found after `query["after"]`;
    the one too many says that there is a next page. path: of the list.
    """
    shown = items[:limit]
    following = None
    if len(items) > limit:
        following = f"{path}?{urlencode({**query, 'limit': limit, 'after': shown[-1][0]})}"
    return {"results": [result for _, result in shown], "next": following}
