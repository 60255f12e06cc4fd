"""Serves a `Resource`: everything that it states is checked before its function is called."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jsonschema_rs

from vphost.rules.codes import CODES
from vphost.rules.mode import Json, Rejected
from vphost.services.idempotency import KEY, Answered, Work
from vphost.services.ports import StaleVersion
from vphost.web.access import VERBS
from vphost.web.apis import shown
from vphost.web.base import Base, Problem
from vphost.web.rest.plugin import plain
from vphost.web.site import Caller
from vphost.wire.faults import UNKNOWN, WHOLE, faults
from vphost.wire.rest import JSON, Api, Ask, Credentials, Query, Refused, Reply, Resource, Verb
from vphost.wire.strict_json import NotJson

_NAME = re.compile(r"\{([a-z_]+)\}")
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,15})"')
_NUMBER = re.compile(r"-?[0-9]{1,16}")
VALUE_MAX = 256
"""Longest value of a query parameter, characters."""


class Call(Base):
    """The base of all; `handler_of` makes a class for each resource."""

    resource: Resource
    parameters: Mapping[str, tuple[Any, bool]]
    """Path parameter -> (validator, whether it is a number)."""
    queries: Mapping[str, Mapping[str, tuple[Query, Any]]]
    """Verb -> query parameter -> (its declaration, validator)."""

    notes: Mapping[str, Json] = {}
    """What the Api has noted about its caller."""

    async def prepare(self) -> None:
        self.check_rate()
        await super().prepare()

    async def signed_in(self) -> Caller:
        """Return the caller, as the resource's Api identifies callers. Raises: Problem."""
        api = self.resource.api
        if api.identify is None:
            return await super().signed_in()
        found = await api.identify(Credentials(
            verb=str(self.request.method), path=dict(self.path_kwargs),
            query=shown(self.request.query_arguments), headers=self.request.headers,
            address=self.client_ip(),
        ))
        if isinstance(found, Rejected):
            wait_s = float(found.detail.get("retry_after_s", 0))
            known = CODES.get(found.code)
            status = 429 if wait_s else known.status if known else 401
            raise Problem(found.code, status=status, retry_after_s=wait_s)
        self.notes = found.notes
        if found.is_user:
            return Caller(found.id, found.name)
        return Caller(f"{api.name}:{found.id}", found.name, scopes=found.scopes)

    def compute_etag(self) -> None:
        """Compute no ETag from the body: the ETag is the document's version."""
        return None

    async def _serve(self, **groups: str) -> None:
        verb = "GET" if self.request.method == "HEAD" else str(self.request.method)
        stated = self.resource.verbs[verb]
        path = self._path(groups)
        query = self._query(verb)
        body = self._checked_body(stated)
        version = self._version() if stated.versioned else None
        work = await self._begin(stated)
        if isinstance(work, Answered):
            self._tell(Reply(work.body, work.status, headers=work.headers), stated.kind)
            return
        caller = self.caller
        ask = Ask(
            host=self.resource.host, verb=verb, path=path, query=query, body=body,
            address=self.client_ip(), is_local=self.is_local(), action_id=work.id,
            user=caller.id if caller else "", username=caller.name if caller else "",
            session=caller.session if caller else "",
            is_operator=bool(caller and caller.is_operator), version=version,
            scopes=caller.scopes or frozenset() if caller else frozenset(), notes=self.notes,
            expires_in_s=caller.expires_in_s if caller else None,
            raw=self.request.body, headers=self.request.headers,
        )
        await self._do(stated, ask, work)

    async def _do(self, stated: Verb, ask: Ask[Any], work: Work) -> None:
        """Call the function; store the answer of a success under its idempotency key."""
        idempotency = self.site.idempotency
        try:
            reply = self._wrapped(await stated.handle(ask))
            self._check_answer(stated, reply)
        except BaseException as error:
            if idempotency is not None and work.place:
                idempotency.abandon(work)
            if isinstance(error, StaleVersion):
                raise Refused("version_changed") from None
            raise
        if idempotency is not None and work.place:
            kept = dict(reply.headers)
            if reply.version is not None:
                kept["ETag"] = _etag(reply.version)
            await idempotency.keep(work, reply.status, reply.body, kept)
        self._tell(reply, stated.kind)

    def _wrapped(self, reply: Reply) -> Reply:
        """Return an answer with its body in the Api's envelope."""
        if reply.body is None:
            return reply
        return replace(reply, body=self.resource.api.envelope(reply))

    def _path(self, groups: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, text in groups.items():
            validator, is_number = self.parameters[name]
            value = _number(text) if is_number else text
            if not validator.is_valid(value):
                raise Problem("not_found")
            found[name] = value
        return found

    def _query(self, verb: str) -> dict[str, Any]:
        """Return the query's parameters. Raises: Refused with the wrong fields."""
        known = self.queries[verb]
        wrong: dict[str, list[str]] = {}
        found: dict[str, Any] = {}
        for name, values in self.request.query_arguments.items():
            if name not in known:
                wrong[name[:64]] = [UNKNOWN]
            elif len(values) > 1:
                wrong[name] = ["Is given twice."]
            else:
                query, validator = known[name]
                value = _value(values[0], query.schema["type"])
                found[name] = value
                wrong.update(_under(name, faults(validator, value)))
        for name, (query, _) in known.items():
            if name not in found and query.required:
                wrong.setdefault(name, ["This field is required."])
            if name not in found and "default" in query.schema:
                found[name] = query.schema["default"]
        if wrong:
            raise Refused(fields=wrong)
        return found

    def _checked_body(self, stated: Verb) -> Json:
        if stated.raw:
            return None
        try:
            body = self.parse_body(stated.body_bytes)
        except NotJson as error:
            fields = {error.field: [str(error)]} if error.field else {}
            raise Refused(error.code, str(error), fields=fields) from None
        if body is None and not self.request.body and (stated.body_optional or not stated.body):
            return None
        if not stated.body:
            raise Refused("bad_message", "No body is expected.")
        if not self.request.body:
            raise Refused("bad_message", "A JSON body is expected.")
        wrong = self.site.faults(stated.body, plain(body))
        if wrong:
            raise Refused(fields=wrong)
        return body

    def _version(self) -> int | None:
        given = self.request.headers.get("If-Match", "*").strip()
        if given == "*":
            return None
        found = _VERSION.fullmatch(given)
        if found is None:
            raise Refused("bad_header", 'If-Match has to be an ETag as it was sent, like "7".')
        return int(found[1])

    async def _begin(self, stated: Verb) -> Work | Answered:
        """Return the work of a call, or the answer that its idempotency key got before."""
        name = self.resource.api.idempotency
        key = self.request.headers.get(name) if stated.idempotent else None
        idempotency = self.site.idempotency
        if key is None or idempotency is None or self.caller is None:
            return Work(str(uuid.uuid4()))
        if not KEY.fullmatch(key):
            raise Refused("bad_header", f"{name} has 1 to 128 visible ASCII characters.")
        line = f"{self.request.method} {self.request.uri}\n"
        work = await idempotency.begin(self.caller.id, key, line.encode() + self.request.body)
        if isinstance(work, Rejected):
            raise Refused(work.code, retry_after_s=1 if work.code == "still_running" else 0)
        return work

    def _check_answer(self, stated: Verb, reply: Reply) -> None:
        """Check an answer against what the verb states; a difference is a bug of ours."""
        assert reply.status in stated.answers, f"{reply.status} is not stated"
        schema = stated.answers[reply.status]
        assert (schema is None) == (reply.body is None), "a body is stated or it is not"
        if schema is not None and self.site.checks_answers:
            wrong = self.site.faults(schema, reply.body)
            assert not wrong, f"the answer differs from {schema}: {dict(wrong)}"

    def _tell(self, reply: Reply, kind: str = JSON) -> None:
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.version is not None:
            self.set_header("ETag", _etag(reply.version))
        if reply.body is None:
            self.set_status(reply.status)
            self.clear_header("Content-Type")
            self.finish()
        elif kind == JSON:
            self.answer(reply.body, reply.status)
        else:
            self.set_status(reply.status)
            self.set_header("Content-Type", f"{kind}; charset=utf-8")
            self.finish(str(reply.body))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Set the status of a `Refused`, as Tornado knows only its own errors."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, Refused):
            known = CODES.get(error.code)
            status_code = error.status or (known.status if known else 400)
        super().send_error(status_code, **kwargs)

    def api(self) -> Api | None:
        return self.resource.api

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, Refused):
            super().log_exception(typ, value, tb)


def regex_of(resource: Resource) -> str:
    """Return the regular expression of a resource's path; names are checked afterwards."""
    parts = _NAME.split(resource.path)
    parts[0::2] = [re.escape(part) for part in parts[0::2]]
    parts[1::2] = [f"(?P<{name}>[^/]{{1,64}})" for name in parts[1::2]]
    return "".join(parts)


def handler_of(resource: Resource) -> type[Call]:
    """Return a handler class with exactly the verbs that the resource states.

    Raises: ValueError when a name in the path has no schema, or an inline schema is invalid.
    """
    names = _NAME.findall(resource.path)
    if set(names) != resource.parameters.keys():
        raise ValueError(f"{resource.path}: names and parameters differ")
    verbs: Mapping[str, Any] = {
        verb.lower(): Call._serve for verb in VERBS if verb in resource.verbs
    }
    return type("Call", (Call,), {
        "resource": resource, "access": dict(resource.access), **verbs,
        "parameters": {
            name: (_compiled(schema), schema["type"] == "integer")
            for name, schema in resource.parameters.items()
        },
        "queries": {
            verb: {
                query.name: (query, _compiled(query.schema)) for query in resource.queries(verb)
            }
            for verb in resource.verbs
        },
    })


def _compiled(schema: Mapping[str, Json]) -> Any:
    return jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)


def _etag(version: int) -> str:
    return f'"{version}"'


def _number(text: str) -> int | str:
    return int(text) if _NUMBER.fullmatch(text) else text


def _value(raw: bytes, kind: str) -> Json:
    """Return a query parameter's value in its type; text that has another type stays text.

    Its schema then refuses it.
    """
    text = raw.decode("utf-8", "replace")[:VALUE_MAX + 1]
    if kind == "integer":
        return _number(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _under(name: str, wrong: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(messages) for key, messages in wrong.items() if key == WHOLE}
