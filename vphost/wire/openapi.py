"""The reference of the REST calls (OpenAPI 3.1), generated from the values that serve them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vphost.rules.mode import Json
from vphost.wire.bundle import Bundle
from vphost.wire.endpoints import Route
from vphost.wire.rest import HOST_API, JSON, Api, Refusal, Resource, Verb, level_and_scope
from vphost.wire.schemas import SchemaSet
from vphost.wire.templates import names, template

VERSION = "3.1.0"
JSON_TYPE, PROBLEM_TYPE = JSON, "application/problem+json"
CONVENTIONS = (
    "Conventions: strict JSON, unknown fields are refused, errors are `{detail, code}` or "
    "field -> messages."
)
TEXT = {"type": "string"}
HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "How to sign in."},
    429: {"Retry-After": "Seconds to wait."},
}
"""Headers of refusals besides the incident's id, by status."""
REFUSALS: Mapping[int, str] = {
    400: "The query, a header or the body is not as described.",
    401: "Not signed in, or the token is not valid.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "It was changed meanwhile, or the key was used for another call.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many requests; Retry-After says when.",
    503: "The host is starting, stopping or its store fails.",
}
KEY: Mapping[str, Json] = {
    "in": "header",
    "description": "A repeated call with the same key gets the first success again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$", "maxLength": 128},
}
MATCH: Mapping[str, Json] = {
    "name": "If-Match", "in": "header",
    "description": "The version to replace; without it, the newest.",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,15}")$'},
}


def openapi(
    resources: Iterable[Resource], routes: Iterable[Route], schemas: SchemaSet, version: str,
    api: Api = HOST_API,
) -> Mapping[str, Json]:
    """Return the OpenAPI document of one Api.

    resources: its own, of host and plugins; routes: the plugins' others.
    """
    bundle = Bundle(schemas)
    paths = {one.path: _resource(one, bundle) for one in resources}
    paths.update((template(one.path), _route(one, bundle)) for one in routes)
    tags = {verb["tags"][0] for path in paths.values()
            for name, verb in path.items() if name != "parameters"}
    return {
        "openapi": VERSION,
        "info": {
            "title": api.title, "version": version,
            "description": f"Calls below {api.prefix}. {CONVENTIONS if api == HOST_API else ''}"
            .strip(),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted(tags)],
        "paths": paths,
        "components": {
            "schemas": bundle.components(),
            "securitySchemes": {_scheme(api): dict(api.security)},
        },
    }


def _resource(one: Resource, bundle: Bundle) -> dict[str, Json]:
    described: dict[str, Json] = {
        name.lower(): _verb(one, name, stated, bundle) for name, stated in one.verbs.items()
    }
    if one.parameters:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, **_described(schema)}
            for name, schema in one.parameters.items()
        ]
    return described


def _verb(one: Resource, name: str, stated: Verb, bundle: Bundle) -> Mapping[str, Json]:
    access = one.access.get(name, "")
    parameters: list[Mapping[str, Json]] = [
        {"name": query.name, "in": "query", "required": query.required, **_described(query.schema)}
        for query in one.queries(name)
    ]
    parameters += [{"name": one.api.idempotency, **KEY}] if stated.idempotent else []
    parameters += [MATCH] if stated.versioned else []
    operation = _operation(one.path, name, access, one.area or "plugins", one.api)
    operation["summary"] = stated.summary
    if parameters:
        operation["parameters"] = parameters
    if stated.body:
        operation["requestBody"] = {
            "required": not stated.body_optional,
            "content": {JSON_TYPE: {"schema": bundle.ref(stated.body)}},
        }
    if stated.raw:
        operation["requestBody"] = {"required": True, "content": {JSON_TYPE: {}}}
    answers = {
        str(status): _success(place, stated, bundle) for status, place in stated.answers.items()
    }
    refusals = {**_usual(one, name, stated, access), **stated.refusals}
    for status, text in sorted(refusals.items()):
        answers.setdefault(
            str(_told(one.api, status)), _refusal(status, text, bundle, one.api)
        )
    operation["responses"] = answers
    return operation


def _told(api: Api, status: int) -> int:
    """Return the status that an Api gives a refusal of ours."""
    return api.refuse(Refusal(status, "", "", "")).status


def _scheme(api: Api) -> str:
    return "bearer" if api == HOST_API else api.name


def _operation(
    path: str, name: str, access: str, area: str, api: Api = HOST_API
) -> dict[str, Json]:
    words = re.sub(r"[^A-Za-z0-9]+", "_", path.removeprefix(api.prefix)).strip("_")
    level, scope = level_and_scope(access)
    needs = [] if level == "public" else [{_scheme(api): [scope] if scope else []}]
    return {
        "operationId": f"{name.lower()}_{words}", "tags": [area], "x-access": access,
        "description": f"Access: {access}.", "security": needs,
    }


def _usual(one: Resource, name: str, stated: Verb, access: str) -> dict[int, str]:
    """Return status -> text of the refusals that follow from what the verb states."""
    level, _ = level_and_scope(access)
    may_come = {
        400: True, 401: level != "public",
        403: level in ("operator", "key") or bool(access.partition(": ")[2]),
        404: bool(one.parameters), 409: stated.idempotent or stated.versioned,
        413: bool(stated.body) or stated.raw, 415: name != "GET", 429: True, 503: True,
    }
    return {status: REFUSALS[status] for status, is_so in may_come.items() if is_so}


def _success(place: str | None, stated: Verb, bundle: Bundle) -> Mapping[str, Json]:
    answer: dict[str, Json] = {"description": "Done."}
    if place is not None:
        schema = bundle.ref(place)
        answer["content"] = {stated.kind: {"schema": schema}}
    if stated.versioned:
        answer["headers"] = {"ETag": {"description": "The document's version.", "schema": TEXT}}
    return answer


def _refusal(status: int, text: str, bundle: Bundle, api: Api) -> Mapping[str, Json]:
    schema = bundle.ref(api.refusal)
    if status == 400 and api.wrong_fields:
        schema = {"anyOf": [bundle.ref(api.wrong_fields), schema]}
    headers: dict[str, Json] = {
        name: {"description": words, "required": True, "schema": TEXT}
        for name, words in HEADERS.get(status, {}).items()
        if name != "WWW-Authenticate" or api.challenge
    }
    headers["X-Incident-Id"] = {
        "description": "Identifies the line in the log.", "required": True, "schema": TEXT,
    }
    content = {api.refusal_kind: {"schema": schema}}
    return {"description": text, "headers": headers, "content": content}


def _described(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"description": schema.get("description", ""), "schema": dict(schema)}


def _route(one: Route, bundle: Bundle) -> dict[str, Json]:
    """Return the operations of a plugin's route, which does not state its answers."""
    path = template(one.path)
    described: dict[str, Json] = {}
    for name, access in one.access.items():
        operation = described[name.lower()] = _operation(path, name, access, "plugins")
        body = one.schemas.get(name)
        if body is not None:
            operation["requestBody"] = {
                "required": True, "content": {JSON_TYPE: {"schema": bundle.ref(body)}},
            }
        operation["responses"] = {
            "2XX": {"description": "Done.", "content": {JSON_TYPE: {}}},
            "4XX": {"description": "Refused.", "content": {PROBLEM_TYPE: {}}},
            "503": {"description": REFUSALS[503], "content": {PROBLEM_TYPE: {}}},
        }
    given = names(one.path)
    if given:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True,
             "schema": {"type": "string", "pattern": rule}}
            for name, rule in given.items()
        ]
    return described
