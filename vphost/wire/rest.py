"""REST calls as values: the same objects serve them and describe them (OpenAPI).

A `Resource` is a path with its verbs; a `Verb` says in one place what it takes, what it answers
and which function handles it. The `Api` to which a resource belongs says what all its calls have in
common: how callers are identified, and what answers and refusals look like. These values are shared
by the areas that declare calls (the host's in `web/rest/`, a plugin's in its `routes.py`), by
`web`, which serves them, and by the reference.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected

H = TypeVar("H")
NOTHING: Mapping[str, Json] = {}
ABOUT_FIELDS = ("bad_message", "bad_amount")
"""Codes of refusals that are answered as a wrong field when they name one."""
JSON = "application/json"
BODY_BYTES = 65_536
"""Longest body unless a verb states another. Parsing a megabyte of brackets takes half a second."""

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
    """A query parameter. schema: inline JSON Schema (string, integer or boolean) with bounds and a
    description; a value that does not fit is answered as a field error under its name."""

    name: str
    schema: Mapping[str, Json]
    required: bool = False


LIMIT = Query("limit", {
    "type": "integer", "minimum": 1, "maximum": 100, "default": 50,
    "description": "Most results on a page.",
})
AFTER = Query("after", {
    "type": "string", "maxLength": 64, "pattern": "^[0-9A-Za-z._:-]*$",
    "description": "The last id of the previous page; results are ordered by id.",
})
PAGE = (LIMIT, AFTER)
"""The query parameters of every list; see `page`."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[H]):
    """One call whose access, body and parameters have been checked against what the verb states."""

    #: What the resource was bound to: the services of its area; None where it was not.
    host: H
    #: The HTTP method, in upper case.
    verb: str
    #: Path and query parameters by name, numbers as int. An optional parameter that was not given
    #: and has no default is missing.
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    #: Decoded, with fractions as Decimal; None when there is none.
    body: Json
    #: The client's IP address, and whether it is this machine's own.
    address: str
    is_local: bool
    #: The same for every repeat with one Idempotency-Key, otherwise unique. It becomes the id of
    #: what is created, so that a repeat after a crash finds that instead of creating another.
    action_id: str
    #: Who asks: id, name and session, "" for nobody on a public verb.
    user: str = ""
    username: str = ""
    session: str = ""
    is_operator: bool = False
    #: Scopes of a caller that is an API key, and what the Api's `identify` found out besides.
    scopes: frozenset[str] = frozenset()
    notes: Mapping[str, Json] = field(default_factory=dict)
    #: How long the caller's token is still good, when it belongs to no session.
    expires_in_s: float | None = None
    #: From the If-Match header; None when there was none.
    version: int | None = None
    #: The body's bytes and the header fields, for signed webhooks.
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def expect(self, version: int) -> int:
        """Return the version to replace. version: the one that was just read.

        Raises: Refused `version_changed` (409) when the caller's If-Match names another one.
        """
        if self.version is not None and self.version != version:
            raise Refused("version_changed")
        return version


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. status: one that the verb states. body: None only where no schema is stated.

    version: of the document, sent as ETag. headers: further ones. meta: what the Api's envelope
    puts beside the body, of a list its place among the pages.
    """

    body: Json = None
    status: int = 200
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Json] = field(default_factory=dict)


class Refused(Exception):
    """An unsuccessful answer: a code of `rules.codes` (or a plugin's own), or field errors.

    fields: field -> messages; answered as 400 with exactly these. text: for people; by default the
    code's own sentence. status: needed for a code that `rules.codes` does not list.
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

        Its detail may have `retry_after_s`, and `field` for ABOUT_FIELDS, which becomes a field
        error.
        """
        field, code = rejected.detail.get("field"), rejected.code
        fields = {str(field): [CODES[code].text]} if field and code in ABOUT_FIELDS else NOTHING
        return cls(
            code, retry_after_s=float(rejected.detail.get("retry_after_s", 0)), fields=fields
        )


LEVELS = frozenset({"public", "user", "operator", "key"})
_ACCESS = re.compile(r"([a-z]+)(?:\(([a-z][a-z0-9_.:-]{0,63})\))? *(?::.*)?")


def level_and_scope(access: str) -> tuple[str, str]:
    """Return the level and the scope ("" for none) of an access statement; ("", "") for no such.

    access: `public`, `user`, `operator` or `key`, a scope that a key needs in parentheses, and the
    finer rule in words behind a colon: `key(rounds): of the same integration`.
    """
    found = _ACCESS.fullmatch(access)
    if found is None or found[1] not in LEVELS:
        return "", ""
    if found[2] and found[1] not in ("operator", "key"):
        return "", ""
    return found[1], found[2] or ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a call shows of its caller. path: the names in the path, as sent. address: the client's.

    query: the first value of each parameter, as sent.
    """

    verb: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    address: str


@dataclass(frozen=True, slots=True)
class Identified:
    """Who calls. id: of a user of this host when is_user, else of a key, unique in its Api.

    scopes: what a key may do. notes: JSON for the verbs' functions (`Ask.notes`).
    """

    id: str
    name: str = ""
    is_user: bool = False
    scopes: frozenset[str] = frozenset()
    notes: Mapping[str, Json] = field(default_factory=dict)


Identify: TypeAlias = Callable[[Credentials], Awaitable[Identified | Rejected]]
"""A refusal is answered with its code's status, 401 for an unknown code, and 429 when its detail
has `retry_after_s`. Raises: StoreDown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that did not succeed, before an Api puts it into words.

    status: as this host would answer. code: of `rules.codes`, or a plugin's. text: for people.
    fields: field -> messages, of wrong values; one inside another as `outer.inner`.
    incident: finds the line in the log; it is also sent as X-Incident-Id.
    verb, path, query: as they were asked, values cut; "" and none where nobody knows them.
    """

    status: int
    code: str
    text: str
    incident: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    retry_after_s: float = 0
    verb: str = ""
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


def refuse_plainly(refusal: Refusal) -> Reply:
    """Answer `{"field": [messages]}` for wrong fields, else `{"detail", "code"}`."""
    if refusal.fields:
        return Reply(refusal.fields, refusal.status)
    return Reply({"detail": refusal.text, "code": refusal.code}, refusal.status)


def bare(reply: Reply) -> Json:
    """Return the body without an envelope."""
    return reply.body


BEARER: Mapping[str, Json] = {
    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
    "description": "The `access` of a sign-in; for operators' calls also an API key.",
}


@dataclass(frozen=True, slots=True)
class Api:
    """A dialect of REST: what all calls below one prefix have in common."""

    #: Unique; a lower-case identifier. It names the reference and the security scheme.
    name: str
    #: Begins and ends with a slash. What is refused below it, or unknown there, is refused in
    #: this Api's words.
    prefix: str
    #: Heading of its reference.
    title: str
    #: How callers are known; None: by the bearer tokens and API keys of this host.
    identify: Identify | None = None
    #: The same as an OpenAPI security scheme.
    security: Mapping[str, Json] = field(default_factory=lambda: BEARER)
    #: The WWW-Authenticate of a 401, "" for none.
    challenge: str = "Bearer"
    #: The body that is sent for a success; what a verb states as its answer is the whole of it.
    envelope: Callable[[Reply], Json] = bare
    #: Status, body and further header fields that are sent for a refusal.
    refuse: Callable[[Refusal], Reply] = refuse_plainly
    #: Media type of refusals.
    refusal_kind: str = JSON
    #: Place of the schema of refusals, and of those of wrong values when they look different.
    refusal: str = "rest/errors/detail.json"
    wrong_fields: str = ""
    #: What every list takes (`Verb.is_list`).
    pages: Sequence[Query] = PAGE
    #: The header field whose repeated value gets the first answer again, "" for none.
    idempotency: str = "Idempotency-Key"

    @property
    def reference(self) -> str:
        """Where the reference of its calls is served."""
        return f"/reference/{self.name}.json"


HOST_API = Api(
    name="vphost", prefix="/api/v1/", title="vphost", wrong_fields="rest/errors/fields.json",
)
"""The host's own calls, and those of plugins that state no other Api."""


Handle: TypeAlias = Callable[[Ask[Any]], Awaitable[Reply]]
"""Raises: Refused (`Refused.of` for a `Rejected` of the services); StaleVersion becomes 409
`version_changed`, StoreDown 503 `store_down`."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What one method of a resource does."""

    #: The function that does it.
    handle: Handle
    #: One line for the reference.
    summary: str
    #: Status -> path of the schema below schemas/ (`rest/auth/pair.json`), None for an empty body.
    #: Only successes: the refusals that every verb can have are described once.
    answers: Mapping[int, str | None]
    #: Path of the body's schema, "" when it takes no body; and whether the body may be missing.
    body: str = ""
    body_optional: bool = False
    #: Longest body, within the host's own limit; for a raw verb only the host's limit applies.
    body_bytes: int = BODY_BYTES
    query: Sequence[Query] = ()
    #: Further statuses that it may answer, with the reason.
    refusals: Mapping[int, str] = field(default_factory=dict)
    #: It creates something and accepts an Idempotency-Key.
    idempotent: bool = False
    #: It accepts If-Match, and the document's version decides races.
    versioned: bool = False
    #: It takes JSON whose bytes the sender has signed (`Ask.raw`) and checks that itself.
    raw: bool = False
    #: Media type of a success. Unless it is JSON the body is a text, and its schema a string's.
    kind: str = JSON
    #: It takes the page parameters of its Api.
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A path with its verbs.

    path: below its Api's prefix, with `{names}`: `/api/v1/tables/{token}/`; below the host's prefix
    it ends with a slash. access: verb -> statement (`level_and_scope`); the handler enforces its
    finer rule. parameters: the names' inline schemas; a path that does not fit them is 404. area:
    the reference's heading. host: see `bound`.
    """

    path: str
    verbs: Mapping[str, Verb]
    access: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    area: str = ""
    api: Api = HOST_API
    host: object = None

    def queries(self, verb: str) -> Sequence[Query]:
        """Return the query parameters of a verb, those of pages included."""
        stated = self.verbs[verb]
        return (*self.api.pages, *stated.query) if stated.is_list else stated.query


def bound(host: object, resources: Iterable[Resource]) -> list[Resource]:
    """Return an area's resources with the services that their functions get as `Ask.host`."""
    return [replace(one, host=host) for one in resources]


def page(
    items: Sequence[tuple[str, Json]], limit: int, path: str, query: Mapping[str, Any]
) -> Mapping[str, Json]:
    """Return the body of a list: `{"results": [...], "next": path or None}`.

    items: (id, result) pairs ordered by id, those after `query["after"]` and up to limit + 1 of
        them: the extra one shows that there is a next page. path: of the list.
    """
    shown = items[:limit]
    following = None
    if len(items) > limit:
        following = f"{path}?{urlencode({**query, 'limit': limit, 'after': shown[-1][0]})}"
    return {"results": [result for _, result in shown], "next": following}
