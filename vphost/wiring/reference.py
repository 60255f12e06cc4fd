"""The references that a host serves and prints: its REST calls and its websockets.

They are generated from the very values that serve, so nothing has to be kept in step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from vphost import __version__
from vphost.plugin.registry import PluginRegistry
from vphost.rules.mode import Json
from vphost.tables.rest.areas import LOBBY, POKER
from vphost.web.rest.areas import resources
from vphost.wire.asyncapi import asyncapi
from vphost.wire.endpoints import Route
from vphost.wire.openapi import openapi
from vphost.wire.rest import HOST_API, Resource
from vphost.wire.schemas import SchemaSet

PLACES: Mapping[str, str] = {"openapi": "/swagger.json", "asyncapi": "/asyncapi.json"}
"""Name of a reference -> where a host serves it."""


def references(plugins: PluginRegistry, schemas: SchemaSet) -> Mapping[str, bytes]:
    """Return place -> JSON. plugins: registered, with their doors.

    Calls of an Api other than the host's have a document of their own (`Api.reference`).
    """
    given = [one for one in plugins.routes if isinstance(one, Resource)]
    plain = [one for one in plugins.routes if isinstance(one, Route)]
    others = {one.api.name: one.api for one in given if one.api != HOST_API}
    own = [*resources(), *LOBBY, *(POKER if plugins.formats else ())]
    ours = [*own, *(one for one in given if one.api == HOST_API)]
    return {
        PLACES["openapi"]: _bytes(openapi(ours, plain, schemas, __version__)),
        PLACES["asyncapi"]: _bytes(
            asyncapi(plugins.protocols.values(), schemas, __version__)
        ),
        **{
            api.reference: _bytes(openapi(
                [one for one in given if one.api == api], (), schemas, __version__, api
            ))
            for api in others.values()
        },
    }


def _bytes(document: Mapping[str, Json]) -> bytes:
    """Return JSON; schemas have bounds and examples beyond 64 bits."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
