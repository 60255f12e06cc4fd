"""Checks of the Apis that plugins register, once at start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vphost.services.accounts.scopes import SCOPES
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.web.rest.areas import resources
from vphost.wire.rest import HOST_API, Api, Resource, level_and_scope

API_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
PREFIX = re.compile(r"/([a-z0-9][a-z0-9._-]{0,63}/){1,8}")
OF_THE_HOST = frozenset({
    "account", "admin", "api", "asyncapi.json", "debug", "healthz", "join", "livez", "play",
    "pools", "readyz", "reference", "schemas", "static", "swagger", "swagger.json", "tables",
    "uploads", "ws",
})
"""First parts of paths that no plugin's Api may use; below `/api/v1/<area>/` it may."""


def wrong_apis(found: Iterable[Resource], owners: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the plugin and what is wrong with the Api of one of its resources; None: nothing.

    owners: path -> plugin.
    """
    apis: dict[str, tuple[Api, str]] = {HOST_API.name: (HOST_API, "")}
    for one in found:
        api, owner = one.api, owners[one.path]
        known, whose = apis.setdefault(api.name, (api, owner))
        if known != api or whose not in (owner, ""):
            return owner, f"there is another Api of the name {api.name!r}"
        if any(api.prefix == other.prefix and other != api for other, _ in apis.values()):
            return owner, f"another Api has the prefix {api.prefix!r}"
        if api != HOST_API and (wrong := _wrong_api(api) or _wrong_place(one)) is not None:
            return owner, wrong
        if (wrong := _wrong_verbs(one)) is not None:
            return owner, wrong
    return None


def _wrong_api(api: Api) -> str | None:
    if not API_NAME.fullmatch(api.name):
        return f"Api {api.name[:64]!r}: its name is no lower-case identifier"
    if not PREFIX.fullmatch(api.prefix):
        return f"Api {api.name}: its prefix is not written like /area/"
    parts = api.prefix.strip("/").split("/")
    is_area = parts[:2] == ["api", "v1"] and len(parts) > 2
    covers = any(one.path.startswith(api.prefix) for one in (*resources(), *LOBBY, *POKER))
    if covers or parts[0] in OF_THE_HOST and not is_area:
        return f"Api {api.name}: what lies below {api.prefix} is the host's own"
    return None


def _wrong_place(one: Resource) -> str | None:
    if one.path.startswith(one.api.prefix):
        return None
    return f"{one.path} is not below {one.api.prefix}"


def _wrong_verbs(one: Resource) -> str | None:
    if not one.api.idempotency and any(verb.idempotent for verb in one.verbs.values()):
        return f"{one.path}: its Api knows no repeated calls"
    for verb, access in one.access.items():
        level, scope = level_and_scope(access)
        if one.api.identify is not None and level == "operator":
            return f"{verb} {one.path}: its Api does not know operators"
        if one.api.identify is None and scope and scope not in SCOPES:
            return f"{verb} {one.path}: no key of this host can have the scope {scope!r}"
    return None
