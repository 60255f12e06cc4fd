"""The base of every handler: who asks, strict bodies, the shape of errors, security headers."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import structlog
from tornado.web import HTTPError, RequestHandler

from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected
from vphost.services.accounts.api_keys import PREFIX
from vphost.services.accounts.scopes import ADMIN_READ, ADMIN_WRITE
from vphost.services.guesses import network
from vphost.services.ports import StoreDown
from vphost.web.access import KEY, OPERATOR, PUBLIC, VERBS
from vphost.web.apis import Apis, in_words, plain_problem, shown
from vphost.web.error_page import error_page, is_for_people
from vphost.web.peers import client_ip, is_local
from vphost.web.site import Caller, Site
from vphost.wire.rest import Api, Refusal, Refused, level_and_scope
from vphost.wire.strict_json import NotJson, parse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PATH_MAX = 512
"""How much of a path a refusal may repeat, characters."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_BY_STATUS = {
    400: "bad_message", 401: "not_authenticated", 403: "forbidden", 404: "not_found",
    405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type",
    429: "too_many_messages", 503: "busy",
}
log = structlog.get_logger("vphost.web")


def policy(origins: tuple[str, ...]) -> str:
    """Return POLICY for pages that also upload files to these origins and show pictures there."""
    more = "".join(f" {origin}" for origin in origins)
    return POLICY.replace("'self' data:", f"'self' data:{more}").replace(
        "connect-src 'self'", f"connect-src 'self'{more}"
    )


class Problem(HTTPError):
    """A refusal with a code. message: for people; by default the code's own sentence.

    retry_after_s: sent as Retry-After when it is above 0.
    """

    def __init__(
        self, code: str, message: str = "", status: int = 0, retry_after_s: float = 0
    ) -> None:
        known = CODES.get(code)
        super().__init__(status or (known.status if known else 400))
        self.code = code
        self.message = message or (known.text if known else code)
        self.retry_after_s = retry_after_s


class Base(RequestHandler):
    """access: verb -> level, for every verb that the class serves (see `access.check`)."""

    access: ClassVar[Mapping[str, str]] = {}
    site: Site
    caller: Caller | None = None

    def initialize(self, site: Site, **_: Any) -> None:
        self.site = site
        # Bodies are JSON or refused. Tornado would parse forms before any of our checks.
        self.request._parse_body = _leave_alone  # type: ignore[method-assign]

    def served(self) -> list[str]:
        """Return the verbs that this handler serves."""
        return served(type(self))

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    async def prepare(self) -> None:
        """Check the verb, the access and the body's type before any handler runs."""
        verb = "GET" if self.request.method == "HEAD" else str(self.request.method)
        if verb not in self.access:
            raise Problem("method_not_allowed")
        level, scope = level_and_scope(self.access[verb])
        if level == OPERATOR and not scope:
            scope = ADMIN_READ if verb == "GET" else ADMIN_WRITE
        if level != PUBLIC:
            try:
                self.caller = await self.signed_in()
                self._judge(self.caller, level, scope)
            except Problem as refused:
                if level == OPERATOR:
                    self._note_refused(refused.code)
                raise
        if self.request.body and not self._is_json():
            raise Problem("unsupported_media_type")

    def check_rate(self) -> None:
        """Limit the rate of calls from one address. Raises: Problem `too_many_messages`."""
        rate = self.site.request_rate
        wait_s = 0.0 if rate is None else rate.take(self.client_ip())
        if wait_s > 0:
            raise Problem("too_many_messages", retry_after_s=wait_s)

    def _judge(self, caller: Caller, level: str, scope: str) -> None:
        """Check a caller's rights. A key has only those of its scopes. Raises: Problem."""
        if caller.scopes is None:
            is_let_in = level not in (OPERATOR, KEY) or level == OPERATOR and caller.is_operator
        else:
            is_let_in = level in (OPERATOR, KEY) and (not scope or scope in caller.scopes)
        if not is_let_in:
            raise Problem("forbidden")

    def _note_refused(self, code: str) -> None:
        """Record in the audit log who tried to use what is for operators only."""
        if self.site.audit is None:
            return
        who = f"address:{network(self.client_ip())}"
        if self.caller is not None:
            is_key = self.caller.scopes is not None
            who = self.caller.id if is_key else f"user:{self.caller.id}"
        path = f"{self.request.method} {self.request.path[:160]}"
        self.site.audit.note_refused(who, "operator.refused", path, code)

    def client_ip(self) -> str:
        """Return the client's address; forwarded addresses count only from trusted proxies."""
        return client_ip(self.request, self.site.trusted_proxies)

    def is_local(self) -> bool:
        """Return whether the client is on this machine."""
        return is_local(self.request, self.site.trusted_proxies)

    async def signed_in(self) -> Caller:
        """Return the caller that the bearer token or API key names. Raises: Problem."""
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Problem("not_authenticated")
        token = token.strip()
        if token.startswith(PREFIX) and self.site.identify_key is not None:
            caller = await self.site.identify_key(token, self.client_ip())
        else:
            caller = await self.site.identify(token)
        if isinstance(caller, Rejected):
            wait_s = float(caller.detail.get("retry_after_s", 0))
            raise Problem(caller.code, status=429 if wait_s else 401, retry_after_s=wait_s)
        return caller

    def body(self, longest: int | None = None) -> Json:
        """Return the decoded JSON body with exact decimals, None when there is none.

        longest: in bytes; by default the host's limit.

        Raises: Problem when it is not strict JSON.
        """
        try:
            return self.parse_body(longest)
        except NotJson as error:
            raise Problem(error.code, str(error)) from None

    def parse_body(self, longest: int | None = None) -> Json:
        """Return what `body` does. Raises: NotJson, which may name the wrong field."""
        if not self.request.body:
            return None
        return parse(self.request.body, longest or self.site.limits.body_bytes)

    def answer(self, body: Json, status: int = 200) -> None:
        """Finish with a JSON body."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(body, separators=(",", ":"), ensure_ascii=False))

    async def head(self, *args: str, **kwargs: str) -> None:
        """Answer as GET does; Tornado omits the body."""
        answer = self.get(*args, **kwargs)
        if answer is not None:
            await answer

    def api(self) -> Api | None:
        """Return the Api in whose words refusals are told; None outside of every one."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, StoreDown):
            error = Problem("store_down", retry_after_s=1)
            self.set_status(error.status_code)
        allow = allowed(self.served()) if self.get_status() == 405 else []
        if self.get_status() == 405:
            self.set_status(405 if allow else 404)  # A path without any method does not exist.
        refusal, api = self._refusal(error), self.api()
        if refusal.retry_after_s > 0:
            self.set_header("Retry-After", str(math.ceil(refusal.retry_after_s)))
        if allow:
            self.set_header("Allow", ", ".join(allow))
        challenge = "Bearer" if api is None else api.challenge
        if self.get_status() == 401 and challenge:
            self.set_header("WWW-Authenticate", challenge)
        self.set_header("X-Incident-Id", refusal.incident)
        if api is not None:
            self._refuse(api, refusal)
            return
        headers = self.request.headers
        if is_for_people(self.request.method, self.request.path, headers.get("Accept", "")):
            page = error_page(self.site.static, self.get_status(), refusal.incident)
            if page is not None:
                self.set_header("Content-Type", "text/html; charset=utf-8")
                self.finish(page)
                return
        self.set_header("Content-Type", "application/problem+json; charset=utf-8")
        self.finish(json.dumps(plain_problem(refusal), separators=(",", ":")))

    def _refusal(self, error: BaseException | None) -> Refusal:
        """Return what went wrong, apart from any words."""
        status = self.get_status()
        code = _BY_STATUS.get(status, "internal_error")
        text, fields, retry_after_s = CODES[code].text, {}, 0.0
        if isinstance(error, Problem):
            code, text, retry_after_s = error.code, error.message, error.retry_after_s
        if isinstance(error, Refused):
            code, fields, retry_after_s = error.code, error.fields, error.retry_after_s
            text = error.text or (CODES[code].text if code in CODES else code)
        return Refusal(
            status=status, code=code, text=text, fields=fields, retry_after_s=retry_after_s,
            incident=getattr(self, "_incident", None) or uuid.uuid4().hex[:12],
            verb=str(self.request.method), path=self.request.path[:PATH_MAX],
            query=shown(self.request.query_arguments),
        )

    def _refuse(self, api: Api, refusal: Refusal) -> None:
        reply, body = in_words(api, refusal)
        self.set_status(reply.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        self.set_header("Content-Type", f"{api.refusal_kind}; charset=utf-8")
        self.finish(body)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log faults of ours, with the incident's id and without the query string."""
        if isinstance(value, Problem):
            return
        if isinstance(value, HTTPError) and value.status_code < 500:
            return
        if isinstance(value, StoreDown):
            log.info("store_down", path=self.request.path)
            return
        self._incident = uuid.uuid4().hex[:12]
        log.error(
            "request_failed", incident=self._incident, method=self.request.method,
            path=self.request.path, error=repr(value), exc_info=(typ, value, tb),
        )

    def _is_json(self) -> bool:
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return kind == "application/json"


def _leave_alone() -> None:
    """Replace Tornado's parsing of bodies by nothing."""


class NotFound(Base):
    """Every path that no other handler serves."""

    access = {verb: PUBLIC for verb in VERBS}

    def initialize(self, site: Site, **given: Any) -> None:
        super().initialize(site)
        self._apis: Apis = given["apis"]

    async def prepare(self) -> None:
        raise Problem("not_found")

    def api(self) -> Api | None:
        return self._apis.of(self.request.path)


def served(handler: type[RequestHandler]) -> list[str]:
    """Return the verbs for which a handler class has its own method."""
    plain = RequestHandler._unimplemented_method
    return [verb for verb in VERBS if getattr(handler, verb.lower()) is not plain]


def allowed(verbs: list[str]) -> list[str]:
    """Return the verbs for an Allow header: HEAD is allowed wherever GET is."""
    return [*verbs, "HEAD"] if "GET" in verbs else verbs
